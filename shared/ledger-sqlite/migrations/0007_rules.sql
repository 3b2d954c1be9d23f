-- Changes of the rules: proposed by one person, decided by another, and then never changed.
CREATE TABLE change (
    number      INTEGER PRIMARY KEY,
    what        TEXT NOT NULL,     -- JSON
    digest      TEXT NOT NULL,     -- of what
    way         TEXT NOT NULL,     -- what open clocks need after it: settle, derive
    state       TEXT NOT NULL,     -- proposed, approved, rejected, withdrawn
    proposed_by TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    decided_by  TEXT,
    decided_at  INTEGER,
    reason      TEXT NOT NULL,
    version     INTEGER UNIQUE,    -- of the rules, once approved
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'approved') = (version IS NOT NULL)),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> proposed_by)
) STRICT;
CREATE UNIQUE INDEX change_waiting ON change (digest) WHERE state = 'proposed';
CREATE TRIGGER change_is_fixed BEFORE UPDATE ON change
WHEN OLD.state <> 'proposed' OR NEW.number <> OLD.number OR NEW.what <> OLD.what OR NEW.digest <> OLD.digest
  OR NEW.way <> OLD.way OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at
BEGIN SELECT RAISE(ABORT, 'a decided change is never changed'); END;
CREATE TRIGGER change_stays BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'a change is never removed'); END;

-- How many changes are approved, and up to which of them every open clock was recomputed: the one row is read in each
-- transaction that derives a clock.
CREATE TABLE rules (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    done    INTEGER NOT NULL
) STRICT;
INSERT INTO rules (one, version, done) VALUES (1, 0, 0);

-- A walk over the open clocks, for the changes of one way after one version and up to another.
CREATE TABLE run (
    number         INTEGER PRIMARY KEY,
    way            TEXT NOT NULL,
    after_version  INTEGER NOT NULL,
    upto           INTEGER NOT NULL,
    application_id TEXT NOT NULL,  -- it goes on after this clock
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    looked         INTEGER NOT NULL,
    moved          INTEGER NOT NULL,
    began_at       INTEGER NOT NULL,
    done_at        INTEGER
) STRICT;
CREATE UNIQUE INDEX run_open ON run (way) WHERE done_at IS NULL;

-- A clock that a change has moved. What was promised stands with the clock.
CREATE TABLE moved (
    version        INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    from_day       TEXT,
    to_day         TEXT,
    PRIMARY KEY (version, application_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER moved_is_kept BEFORE UPDATE ON moved BEGIN SELECT RAISE(ABORT, 'a move is never changed'); END;
CREATE TRIGGER moved_stays BEFORE DELETE ON moved BEGIN SELECT RAISE(ABORT, 'a move is never removed'); END;

-- The walk sees no clock that has stopped.
CREATE INDEX clock_open ON clock (application_id, kind, key) WHERE stopped_at IS NULL;
