-- The ledger. Times are milliseconds since 1970 (UTC), ids are UUIDv7 text, byte strings are blobs.

-- What came through a door, until it is answered; then the body is dropped.
CREATE TABLE inbox (
    id          TEXT PRIMARY KEY,
    signature   TEXT,            -- NULL: the local door
    method      TEXT,
    path        TEXT,
    batch       INTEGER NOT NULL,
    body        BLOB,
    received_at INTEGER NOT NULL,
    answered_at INTEGER,
    answers     TEXT
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE answered_at IS NULL;

CREATE TABLE application (
    id             TEXT PRIMARY KEY,
    department     TEXT NOT NULL,
    application_no TEXT NOT NULL,
    service        TEXT,
    bsk            TEXT,
    docket_no      TEXT,
    state          TEXT NOT NULL,
    submission     TEXT,         -- digest of the submission's contents
    approval       TEXT,         -- digest of the approval's contents
    data           TEXT,         -- the approval's data
    ascribed       TEXT UNIQUE,
    supersedes     TEXT UNIQUE,
    received_at    INTEGER NOT NULL,
    approved_at    INTEGER,
    minted         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (department, application_no)
) STRICT, WITHOUT ROWID;
CREATE INDEX application_number ON application (application_no);
CREATE INDEX application_unminted ON application (approved_at) WHERE state = 'approved' AND minted = 0;

-- The key of an event is (authenticated department, source, id), for ever.
CREATE TABLE inbound_event (
    department     TEXT NOT NULL,
    source         TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    application_id TEXT NOT NULL REFERENCES application (id),
    digest         TEXT NOT NULL,
    data           TEXT,         -- NULL for an approval: the application holds it
    event_at       INTEGER NOT NULL,
    received_at    INTEGER NOT NULL,
    late           INTEGER NOT NULL,
    PRIMARY KEY (department, source, event_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX inbound_event_application ON inbound_event (application_id);

CREATE TABLE reserved_uin (
    uin        TEXT PRIMARY KEY,
    department TEXT NOT NULL,
    request    TEXT NOT NULL,
    place      INTEGER NOT NULL,
    used_by    TEXT REFERENCES application (id),
    UNIQUE (department, request, place)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER reserved_uin_is_given_once BEFORE UPDATE ON reserved_uin
WHEN NEW.uin <> OLD.uin OR NEW.department <> OLD.department OR (OLD.used_by IS NOT NULL AND NEW.used_by IS NOT OLD.used_by)
BEGIN SELECT RAISE(ABORT, 'a number belongs to one application, for ever'); END;

CREATE TABLE certificate (
    number         INTEGER PRIMARY KEY,   -- order of minting
    uin            TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL UNIQUE REFERENCES application (id),
    department     TEXT NOT NULL,
    progress       TEXT NOT NULL,
    standing       TEXT NOT NULL DEFAULT 'live',
    plan           TEXT NOT NULL,
    credential     BLOB,
    cms            BLOB,
    sha256         TEXT,
    size           INTEGER,
    minted_at      INTEGER NOT NULL,
    signed_at      INTEGER,
    sealed_at      INTEGER,
    stored_at      INTEGER,
    notified_at    INTEGER
) STRICT;
CREATE INDEX certificate_moving ON certificate (minted_at) WHERE progress <> 'notified';

-- What was minted stays: the plan, the number's owner, and each signature once it is there.
CREATE TRIGGER certificate_is_fixed BEFORE UPDATE ON certificate
WHEN NEW.uin <> OLD.uin OR NEW.application_id <> OLD.application_id OR NEW.plan <> OLD.plan
  OR (OLD.credential IS NOT NULL AND NEW.credential IS NOT OLD.credential)
  OR (OLD.cms IS NOT NULL AND NEW.cms IS NOT OLD.cms)
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'a minted certificate is never changed'); END;
CREATE TRIGGER certificate_stays BEFORE DELETE ON certificate
BEGIN SELECT RAISE(ABORT, 'a minted certificate is never removed'); END;

CREATE TABLE status_place (
    department TEXT NOT NULL,
    year       INTEGER NOT NULL,
    list       INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    uin        TEXT NOT NULL,
    PRIMARY KEY (department, year, list, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    sha256    TEXT PRIMARY KEY,
    uin       TEXT NOT NULL,
    kind      TEXT NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER document_is_kept BEFORE UPDATE ON document
BEGIN SELECT RAISE(ABORT, 'a recorded digest is never changed'); END;
CREATE TRIGGER document_stays BEFORE DELETE ON document
BEGIN SELECT RAISE(ABORT, 'a recorded digest is never removed'); END;

CREATE TABLE notice (
    bsk    TEXT NOT NULL,
    number INTEGER NOT NULL,
    uin    TEXT NOT NULL UNIQUE,
    PRIMARY KEY (bsk, number)
) STRICT, WITHOUT ROWID;

-- One row per stream; its number is taken in the transaction that writes the event, so no reader skips one.
CREATE TABLE counter (
    stream TEXT PRIMARY KEY,
    last   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE outbound (
    stream  TEXT NOT NULL,
    number  INTEGER NOT NULL,
    id      TEXT NOT NULL,
    word    TEXT NOT NULL,
    subject TEXT NOT NULL,
    data    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER outbound_is_kept BEFORE UPDATE ON outbound
BEGIN SELECT RAISE(ABORT, 'a published event is never changed'); END;

-- The embedded bus: hints, written and removed by the transactions of the work itself.
CREATE TABLE queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    stage  TEXT NOT NULL,
    item   TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    UNIQUE (stage, item)
) STRICT;
CREATE INDEX queue_order ON queue (stage, number);

CREATE TABLE attempt (
    stage    TEXT NOT NULL,
    item     TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    code     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (stage, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    stage     TEXT NOT NULL,
    item      TEXT NOT NULL,
    code      TEXT NOT NULL,
    reason    TEXT NOT NULL,
    attempts  INTEGER NOT NULL,
    parked_at INTEGER NOT NULL,
    UNIQUE (stage, item)
) STRICT;

CREATE INDEX parked_item ON parked (item);

-- Items that somebody decided to give up: the sweep passes them over.
CREATE TABLE discarded (
    stage TEXT NOT NULL,
    item  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (stage, item)
) STRICT, WITHOUT ROWID;

CREATE TABLE department_key (
    kid          TEXT PRIMARY KEY,
    department   TEXT NOT NULL,
    public       TEXT NOT NULL,
    added_at     INTEGER NOT NULL,
    withdrawn_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE credential_key (
    kid         TEXT PRIMARY KEY,
    public      TEXT NOT NULL,
    departments TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE seal_certificate (
    fingerprint TEXT PRIMARY KEY,
    der         BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE asset (
    sha256 TEXT PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    act     TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE INDEX audit_subject ON audit (subject);
CREATE TRIGGER audit_is_kept BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'an audit line is never changed'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'an audit line is never removed'); END;

-- Figures kept as they change: counting rows would take longer the more certificates there are.
CREATE TABLE tally (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE note (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
