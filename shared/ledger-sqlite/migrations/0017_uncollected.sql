-- Certificates that nobody fetches. A stay is a certificate's time at one centre, counted from 0; a row of `rerouting` ends it.

-- It went back to its department: the row is the claim, and it stays.
CREATE TABLE returned (
    uin    TEXT NOT NULL REFERENCES certificate (uin),
    stay   INTEGER NOT NULL,
    bsk    TEXT NOT NULL,
    reason TEXT NOT NULL,
    note   TEXT,               -- nobody's name or number
    actor  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (uin, stay)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER returned_is_kept BEFORE UPDATE ON returned BEGIN SELECT RAISE(ABORT, 'a return is never changed'); END;
CREATE TRIGGER returned_stays BEFORE DELETE ON returned BEGIN SELECT RAISE(ABORT, 'a return is never removed'); END;

-- It went on to another centre; the numbers are those of its notice in either stream.
CREATE TABLE rerouting (
    uin         TEXT NOT NULL REFERENCES certificate (uin),
    stay        INTEGER NOT NULL,
    from_bsk    TEXT NOT NULL,
    from_number INTEGER NOT NULL,
    to_bsk      TEXT NOT NULL,
    to_number   INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    note        TEXT,
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (uin, stay)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER rerouting_is_kept BEFORE UPDATE ON rerouting BEGIN SELECT RAISE(ABORT, 'a re-routing is never changed'); END;
CREATE TRIGGER rerouting_stays BEFORE DELETE ON rerouting BEGIN SELECT RAISE(ABORT, 'a re-routing is never removed'); END;

-- The citizen is reminded that it lies there: the row is the claim.
CREATE TABLE reminder (
    uin  TEXT NOT NULL REFERENCES certificate (uin),
    stay INTEGER NOT NULL,
    n    INTEGER NOT NULL,     -- from 1
    at   INTEGER NOT NULL,
    PRIMARY KEY (uin, stay, n)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER reminder_is_kept BEFORE UPDATE ON reminder BEGIN SELECT RAISE(ABORT, 'a reminder is never changed'); END;
CREATE TRIGGER reminder_stays BEFORE DELETE ON reminder BEGIN SELECT RAISE(ABORT, 'a reminder is never removed'); END;

-- What waits at centres, whatever waits longest first; where and whose it is is looked at in the index.
CREATE INDEX clock_waiting ON clock (started_at, application_id, department, service, district, office, bsk)
    WHERE kind = 'bsk' AND stopped_at IS NULL;

CREATE TRIGGER returned_moves AFTER INSERT ON returned
BEGIN UPDATE notice SET state = 'returned' WHERE uin = NEW.uin AND state <> 'handed_over'; END;
CREATE TRIGGER rerouting_moves AFTER INSERT ON rerouting BEGIN
    UPDATE notice SET bsk = NEW.to_bsk, number = NEW.to_number, state = 'ready'
    WHERE uin = NEW.uin AND bsk = NEW.from_bsk AND number = NEW.from_number AND state <> 'handed_over';
    SELECT RAISE(ABORT, 'what does not wait at a centre is not sent on from there')
    WHERE NOT EXISTS (SELECT 1 FROM notice WHERE uin = NEW.uin AND bsk = NEW.to_bsk AND number = NEW.to_number);
END;
