-- Documents other than certificates: ordered with every word that is printed, planned by the first store that takes one up,
-- sealed, stored.
CREATE TABLE document_order (
    number     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- order of ordering
    id         uuid NOT NULL UNIQUE,
    kind       text NOT NULL,
    subject    text NOT NULL,     -- an application's row, or a key such as department and period
    department text,              -- where it belongs
    district   text,
    office     text,
    bsk        text,
    view       text NOT NULL,
    digest     text NOT NULL,     -- of the view
    ordered_by text NOT NULL,
    state      text NOT NULL,
    plan       text,
    cms        bytea,
    sha256     text UNIQUE,
    size       bigint,
    ordered_at bigint NOT NULL,
    planned_at bigint,
    sealed_at  bigint,
    stored_at  bigint,
    UNIQUE (kind, subject, digest)
) WITH (fillfactor = 60, toast_tuple_target = 256);
CREATE INDEX document_order_subject ON document_order (subject, number);
CREATE INDEX document_order_place ON document_order (kind, department, number);
CREATE INDEX document_order_moving ON document_order (ordered_at) WHERE stored_at IS NULL;

CREATE TRIGGER document_order_is_fixed BEFORE UPDATE ON document_order FOR EACH ROW
WHEN (NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject OR NEW.view <> OLD.view
  OR NEW.digest <> OLD.digest OR NEW.ordered_by <> OLD.ordered_by OR NEW.ordered_at <> OLD.ordered_at
  OR NEW.department IS DISTINCT FROM OLD.department OR NEW.district IS DISTINCT FROM OLD.district
  OR NEW.office IS DISTINCT FROM OLD.office OR NEW.bsk IS DISTINCT FROM OLD.bsk
  OR (OLD.plan IS NOT NULL AND NEW.plan IS DISTINCT FROM OLD.plan)
  OR (OLD.cms IS NOT NULL AND NEW.cms IS DISTINCT FROM OLD.cms)
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS DISTINCT FROM OLD.sha256))
EXECUTE FUNCTION refuse('an ordered document is never changed');
CREATE TRIGGER document_order_stays BEFORE DELETE ON document_order FOR EACH ROW
EXECUTE FUNCTION refuse('an ordered document is never removed');

-- An order is its own outbox: with it goes a row of `attempt`, which whoever looks for what is due hints to `store`. Those of
-- acknowledgements are many and are looked for apart.
DROP INDEX attempt_due;
CREATE INDEX attempt_due ON attempt (next_at) WHERE code <> 'acknowledgement';
CREATE INDEX attempt_acknowledgement ON attempt (next_at) WHERE code = 'acknowledgement';
