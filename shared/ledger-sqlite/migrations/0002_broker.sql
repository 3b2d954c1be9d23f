-- The door of the broker, the users behind it, and which sealing key is in use.
ALTER TABLE inbox ADD COLUMN sender TEXT;       -- the broker's user
ALTER TABLE inbox ADD COLUMN routing_key TEXT;  -- set: the letter came by the broker

CREATE TABLE amqp_user (
    name       TEXT PRIMARY KEY,
    department TEXT NOT NULL,
    services   TEXT NOT NULL,  -- with commas; empty: all of the department
    offices    TEXT NOT NULL,
    added_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE seal_key (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the highest is in use
    key_id TEXT NOT NULL UNIQUE,
    words  TEXT NOT NULL,      -- algorithm
    chain  TEXT NOT NULL       -- fingerprints with commas, signer first
) STRICT;
