-- The clocks of the Right to Public Services Act. A clock holds all that its due day rests on: limit, start, pauses.
CREATE TABLE clock (
    application_id TEXT NOT NULL REFERENCES application (id),
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,      -- the stage or the case; empty of the service
    department     TEXT NOT NULL,
    service        TEXT,
    district       TEXT,
    office         TEXT,
    state          TEXT NOT NULL,
    amount         INTEGER,
    unit           TEXT,
    started_at     INTEGER,
    stopped_at     INTEGER,
    outcome        TEXT,
    reported_late  INTEGER NOT NULL,
    pauses         TEXT NOT NULL,      -- from-until, milliseconds, with spaces
    due_on         TEXT,               -- the last day in time
    provisional    INTEGER NOT NULL,
    promised_on    TEXT,               -- as first told to the citizen
    rungs          TEXT NOT NULL,      -- word:milliseconds, with spaces
    fired          INTEGER NOT NULL,   -- a bit for each rung that has fired
    next_at        INTEGER,            -- when the next rung fires
    PRIMARY KEY (application_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX clock_next ON clock (next_at) WHERE next_at IS NOT NULL;

-- A rung that has fired: the row is the claim, and it stays.
CREATE TABLE rung (
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    rung           TEXT NOT NULL,
    due_on         TEXT,
    moment         INTEGER NOT NULL,   -- when it was due
    fired_at       INTEGER NOT NULL,
    PRIMARY KEY (application_id, kind, key, rung)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER rung_is_kept BEFORE UPDATE ON rung BEGIN SELECT RAISE(ABORT, 'a rung that fired is never changed'); END;
CREATE TRIGGER rung_stays BEFORE DELETE ON rung BEGIN SELECT RAISE(ABORT, 'a rung that fired is never removed'); END;
