-- The State's own list of centres: a row for each version, whole; none is ever changed. The last one is in force.
CREATE TABLE centre_list (
    version   INTEGER PRIMARY KEY,
    sha256    TEXT NOT NULL,       -- of the contents
    contents  TEXT NOT NULL,       -- CSV
    loaded_at INTEGER NOT NULL,
    actor     TEXT NOT NULL
) STRICT;
CREATE TRIGGER centre_list_is_kept BEFORE UPDATE ON centre_list
    BEGIN SELECT RAISE(ABORT, 'a list that was loaded is never changed'); END;
CREATE TRIGGER centre_list_stays BEFORE DELETE ON centre_list
    BEGIN SELECT RAISE(ABORT, 'a list that was loaded is never removed'); END;
