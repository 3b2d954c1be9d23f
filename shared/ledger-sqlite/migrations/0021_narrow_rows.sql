-- A page has 4 KiB, and a row that does not fit into what is left of one takes another. Foreign keys are not looked at while
-- this runs, and are looked through before it is committed.

-- Without a rowid a row of more than 1,002 bytes goes on in a page of its own, which an approval nearly always does.
CREATE TABLE application_again (
    id             TEXT NOT NULL PRIMARY KEY,
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
) STRICT;
INSERT INTO application_again SELECT id, department, application_no, service, bsk, docket_no, state, submission, approval, data,
    ascribed, supersedes, received_at, approved_at, minted FROM application ORDER BY id;
DROP TABLE application;
ALTER TABLE application_again RENAME TO application;
CREATE INDEX application_number ON application (application_no);
CREATE INDEX application_unminted ON application (approved_at) WHERE state = 'approved' AND minted = 0;
CREATE INDEX application_docket ON application (docket_no) WHERE docket_no IS NOT NULL;
CREATE INDEX application_mobile ON application (json_extract(data, '$.applicant.mobile'))
    WHERE json_extract(data, '$.applicant.mobile') IS NOT NULL;
CREATE TRIGGER provided_ends_phone AFTER UPDATE OF approved_at ON application
WHEN NEW.state = 'provided' AND NEW.approved_at IS NOT NULL
BEGIN INSERT OR IGNORE INTO phone_due VALUES (NEW.id, NEW.approved_at); END;

-- A plan is kept packed (`src/packed.rs`), and a seal beside the row: one that grows when it is sealed
-- leaves its neighbours, and most of a page. Certificates of before keep plan and cms where they are, and a program of before
-- that still runs beside this one goes on writing them there.
ALTER TABLE certificate ADD COLUMN packed BLOB;
CREATE TABLE certificate_seal (
    number INTEGER PRIMARY KEY REFERENCES certificate (number),
    cms    BLOB NOT NULL
) STRICT;
DROP TRIGGER certificate_is_fixed;
CREATE TRIGGER certificate_is_fixed BEFORE UPDATE ON certificate
WHEN NEW.number <> OLD.number OR NEW.uin <> OLD.uin OR NEW.application_id <> OLD.application_id OR NEW.plan <> OLD.plan
  OR NEW.packed IS NOT OLD.packed
  OR (NEW.cms IS NOT OLD.cms AND (OLD.cms IS NOT NULL OR EXISTS (SELECT 1 FROM certificate_seal WHERE number = OLD.number)))
  OR (OLD.credential IS NOT NULL AND NEW.credential IS NOT OLD.credential)
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'a minted certificate is never changed'); END;
CREATE TRIGGER certificate_seal_is_kept BEFORE UPDATE ON certificate_seal
BEGIN SELECT RAISE(ABORT, 'a recorded seal is never changed'); END;
CREATE TRIGGER certificate_seal_stays BEFORE DELETE ON certificate_seal
BEGIN SELECT RAISE(ABORT, 'a recorded seal is never removed'); END;
