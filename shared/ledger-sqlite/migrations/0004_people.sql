-- Accounts. Nobody is ever removed: what somebody did stays his.
CREATE TABLE person (
    login        TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    post         TEXT NOT NULL,
    department   TEXT,               -- the bounds of the post
    district     TEXT,
    office       TEXT,
    bsk          TEXT,
    password     TEXT NOT NULL,      -- PHC string, argon2id
    totp         TEXT NOT NULL,      -- RFC 6238, base 32
    failures     INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    last_step    INTEGER NOT NULL DEFAULT 0,   -- the code that was used last
    added_at     INTEGER NOT NULL,
    disabled_at  INTEGER
) STRICT, WITHOUT ROWID;
CREATE TRIGGER person_stays BEFORE DELETE ON person BEGIN SELECT RAISE(ABORT, 'an account is never removed'); END;
