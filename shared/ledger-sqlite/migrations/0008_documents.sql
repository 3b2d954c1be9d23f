-- Documents other than certificates: ordered with every word that is printed, planned by the first store that takes one up,
-- sealed, stored.
CREATE TABLE document_order (
    number     INTEGER PRIMARY KEY,   -- order of ordering
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,         -- an application's row, or a key such as department and period
    department TEXT,                  -- where it belongs
    district   TEXT,
    office     TEXT,
    bsk        TEXT,
    view       TEXT NOT NULL,
    digest     TEXT NOT NULL,         -- of the view
    ordered_by TEXT NOT NULL,
    state      TEXT NOT NULL,
    plan       TEXT,
    cms        BLOB,
    sha256     TEXT UNIQUE,
    size       INTEGER,
    ordered_at INTEGER NOT NULL,
    planned_at INTEGER,
    sealed_at  INTEGER,
    stored_at  INTEGER,
    UNIQUE (kind, subject, digest)
) STRICT;
CREATE INDEX document_order_subject ON document_order (subject, number);
CREATE INDEX document_order_place ON document_order (kind, department, number);
CREATE INDEX document_order_moving ON document_order (ordered_at) WHERE stored_at IS NULL;

CREATE TRIGGER document_order_is_fixed BEFORE UPDATE ON document_order
WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject OR NEW.view <> OLD.view
  OR NEW.digest <> OLD.digest OR NEW.ordered_by <> OLD.ordered_by OR NEW.ordered_at <> OLD.ordered_at
  OR NEW.department IS NOT OLD.department OR NEW.district IS NOT OLD.district OR NEW.office IS NOT OLD.office
  OR NEW.bsk IS NOT OLD.bsk
  OR (OLD.plan IS NOT NULL AND NEW.plan IS NOT OLD.plan)
  OR (OLD.cms IS NOT NULL AND NEW.cms IS NOT OLD.cms)
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'an ordered document is never changed'); END;
CREATE TRIGGER document_order_stays BEFORE DELETE ON document_order
BEGIN SELECT RAISE(ABORT, 'an ordered document is never removed'); END;

-- Hints of a lower rank wait for all others of their stage: certificates do not wait for a bulk of acknowledgements.
ALTER TABLE queue ADD COLUMN rank INTEGER NOT NULL DEFAULT 0;
DROP INDEX queue_order;
CREATE INDEX queue_order ON queue (stage, rank, number);
