-- The departments' directories: offices, officers, and who is in charge. A row for each version, whole, as it follows the
-- one before; none is ever changed.
CREATE TABLE directory (
    department TEXT NOT NULL,
    version    INTEGER NOT NULL,
    sha256     TEXT NOT NULL,      -- of the file as it was handed in
    contents   TEXT NOT NULL,      -- JSON
    loaded_at  INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    PRIMARY KEY (department, version)
) STRICT;
CREATE TRIGGER directory_is_kept BEFORE UPDATE ON directory
    BEGIN SELECT RAISE(ABORT, 'a directory that was loaded is never changed'); END;
CREATE TRIGGER directory_stays BEFORE DELETE ON directory
    BEGIN SELECT RAISE(ABORT, 'a directory that was loaded is never removed'); END;

-- What a department wants intake to refuse.
CREATE TABLE directory_wish (
    department TEXT PRIMARY KEY,
    offices    INTEGER NOT NULL,
    officers   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A rung and a post of which nobody could be told: somebody is looked for again.
CREATE TABLE untold (
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    rung           TEXT NOT NULL,
    post           TEXT NOT NULL,
    since          INTEGER NOT NULL,
    again_at       INTEGER NOT NULL,
    PRIMARY KEY (application_id, kind, key, rung, post)
) STRICT, WITHOUT ROWID;
CREATE INDEX untold_again ON untold (again_at);
