-- Where an account is told of what concerns it; none: not by mail.
ALTER TABLE person ADD COLUMN email text;

-- A mailing is fixed before it is sent first: the lines that name it.
CREATE TABLE mailing (
    id       uuid PRIMARY KEY,
    login    text NOT NULL,
    state    text NOT NULL,          -- waiting, sent, failed
    made_at  bigint NOT NULL,
    next_at  bigint NOT NULL,
    attempts bigint NOT NULL,
    code     text NOT NULL,
    sent_at  bigint
);
CREATE INDEX mailing_waiting ON mailing (next_at) WHERE state = 'waiting';
CREATE INDEX mailing_failed ON mailing (id) WHERE state = 'failed';

-- A rung and somebody who is to be told of it: written with the rung.
CREATE TABLE mailing_line (
    application_id uuid NOT NULL,
    kind           text NOT NULL,
    key            text NOT NULL,
    rung           text NOT NULL,
    login          text NOT NULL,
    due_at         bigint NOT NULL,  -- when it is told
    mailing         uuid,
    PRIMARY KEY (application_id, kind, key, rung, login)
);
CREATE INDEX mailing_line_due ON mailing_line (login, due_at) WHERE mailing IS NULL;
CREATE INDEX mailing_line_mailing ON mailing_line (mailing) WHERE mailing IS NOT NULL;
