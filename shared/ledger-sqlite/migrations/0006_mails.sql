-- Where an account is told of what concerns it; none: not by mail.
ALTER TABLE person ADD COLUMN email TEXT;

-- A mailing is fixed before it is sent first: the lines that name it.
CREATE TABLE mailing (
    id       TEXT PRIMARY KEY,
    login    TEXT NOT NULL,
    state    TEXT NOT NULL,          -- waiting, sent, failed
    made_at  INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    code     TEXT NOT NULL,
    sent_at  INTEGER
) STRICT;
CREATE INDEX mailing_waiting ON mailing (next_at) WHERE state = 'waiting';
CREATE INDEX mailing_failed ON mailing (id) WHERE state = 'failed';

-- A rung and somebody who is to be told of it: written with the rung.
CREATE TABLE mailing_line (
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    rung           TEXT NOT NULL,
    login          TEXT NOT NULL,
    due_at         INTEGER NOT NULL,  -- when it is told
    mailing         TEXT,
    PRIMARY KEY (application_id, kind, key, rung, login)
) STRICT;
CREATE INDEX mailing_line_due ON mailing_line (login, due_at) WHERE mailing IS NULL;
CREATE INDEX mailing_line_mailing ON mailing_line (mailing) WHERE mailing IS NOT NULL;
