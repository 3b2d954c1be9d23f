-- By what a certificate was handed over, and how a mistake is taken back.
ALTER TABLE handover ADD COLUMN way TEXT NOT NULL DEFAULT 'unstated';  -- code, paper, representative, exception
ALTER TABLE handover ADD COLUMN detail TEXT NOT NULL DEFAULT '{}';     -- of a paper its kind and last four, of a representative who it is
ALTER TABLE handover ADD COLUMN sampled INTEGER NOT NULL DEFAULT 0;    -- a supervisor is to look at the paper
CREATE INDEX handover_sampled ON handover (handed_at) WHERE sampled;

-- What was taken back stays here; nothing is taken back without its row.
CREATE TABLE handover_undone (
    uin       TEXT NOT NULL REFERENCES certificate (uin),
    bsk       TEXT NOT NULL,
    handed_to TEXT NOT NULL,
    way       TEXT NOT NULL,
    detail    TEXT NOT NULL,
    reference TEXT,
    actor     TEXT NOT NULL,
    handed_at INTEGER NOT NULL,
    undone_by TEXT NOT NULL,
    reason    TEXT NOT NULL,
    undone_at INTEGER NOT NULL,
    PRIMARY KEY (uin, handed_at)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER handover_undone_is_kept BEFORE UPDATE ON handover_undone
BEGIN SELECT RAISE(ABORT, 'what was taken back stays recorded'); END;
CREATE TRIGGER handover_undone_stays BEFORE DELETE ON handover_undone
BEGIN SELECT RAISE(ABORT, 'what was taken back stays recorded'); END;
DROP TRIGGER handover_stays;
CREATE TRIGGER handover_stays BEFORE DELETE ON handover
WHEN NOT EXISTS (SELECT 1 FROM handover_undone u WHERE u.uin = OLD.uin AND u.handed_at = OLD.handed_at)
BEGIN SELECT RAISE(ABORT, 'a hand-over is taken back with its record, and never removed'); END;

-- Back in the tray, where it stood before.
CREATE TRIGGER handover_undone_moves AFTER DELETE ON handover
BEGIN
    UPDATE notice SET state = CASE WHEN EXISTS (SELECT 1 FROM print p WHERE p.uin = OLD.uin AND p.bsk = notice.bsk AND p.kind = 'printed')
                                   THEN 'printed' ELSE 'ready' END
    WHERE uin = OLD.uin AND state = 'handed_over';
END;

-- One-time codes. The code is nowhere: its HMAC is, by a key that the portal alone has.
CREATE TABLE code (
    uin        TEXT NOT NULL REFERENCES certificate (uin),
    kind       TEXT NOT NULL,             -- hand_over_code, document_code
    n          INTEGER NOT NULL,          -- from 1
    mac        TEXT NOT NULL,
    state      TEXT NOT NULL,             -- open, used, spent, over
    tries      INTEGER NOT NULL,          -- wrong ones
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (uin, kind, n)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX code_open ON code (uin, kind) WHERE state = 'open';
CREATE TRIGGER code_is_spent_once BEFORE UPDATE ON code
WHEN OLD.state <> 'open' OR NEW.mac <> OLD.mac OR NEW.tries < OLD.tries OR NEW.expires_at <> OLD.expires_at
    OR (NEW.uin, NEW.kind, NEW.n, NEW.made_at) IS NOT (OLD.uin, OLD.kind, OLD.n, OLD.made_at)
BEGIN SELECT RAISE(ABORT, 'a code that was used, spent or replaced is over'); END;
CREATE TRIGGER code_stays BEFORE DELETE ON code BEGIN SELECT RAISE(ABORT, 'a code stays recorded'); END;

-- The phone of an approved application: how many of its applications are open is asked before a code is sent.
CREATE INDEX application_mobile ON application (json_extract(data, '$.applicant.mobile'))
    WHERE json_extract(data, '$.applicant.mobile') IS NOT NULL;

-- Neither code nor document: a supervisor allows it.
CREATE TABLE exception (
    uin        TEXT NOT NULL REFERENCES certificate (uin),
    n          INTEGER NOT NULL,          -- from 1
    bsk        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    asked_by   TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    state      TEXT NOT NULL,             -- open, allowed, refused, used
    decided_by TEXT,
    decided_at INTEGER,
    PRIMARY KEY (uin, n)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX exception_going ON exception (uin) WHERE state IN ('open', 'allowed');
CREATE INDEX exception_open ON exception (asked_at) WHERE state = 'open';
CREATE TRIGGER exception_goes_on BEFORE UPDATE ON exception
WHEN NOT ((OLD.state = 'open' AND NEW.state IN ('allowed', 'refused')) OR (OLD.state = 'allowed' AND NEW.state = 'used'))
    OR (NEW.uin, NEW.n, NEW.bsk, NEW.reason, NEW.asked_by, NEW.asked_at)
       IS NOT (OLD.uin, OLD.n, OLD.bsk, OLD.reason, OLD.asked_by, OLD.asked_at)
BEGIN SELECT RAISE(ABORT, 'an exception is decided once'); END;
CREATE TRIGGER exception_stays BEFORE DELETE ON exception BEGIN SELECT RAISE(ABORT, 'an exception stays recorded'); END;

-- What a supervisor found of a hand-over that was sampled.
CREATE TABLE sample_found (
    uin       TEXT NOT NULL,
    handed_at INTEGER NOT NULL,
    in_order  INTEGER NOT NULL,
    note      TEXT NOT NULL,
    found_by  TEXT NOT NULL,
    found_at  INTEGER NOT NULL,
    PRIMARY KEY (uin, handed_at)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER sample_found_is_kept BEFORE UPDATE ON sample_found
BEGIN SELECT RAISE(ABORT, 'what was found stays recorded'); END;
CREATE TRIGGER sample_found_stays BEFORE DELETE ON sample_found
BEGIN SELECT RAISE(ABORT, 'what was found stays recorded'); END;
