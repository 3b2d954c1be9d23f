-- The State's own list of centres: a row for each version, whole; none is ever changed. The last one is in force.
CREATE TABLE centre_list (
    version   bigint PRIMARY KEY,
    sha256    text NOT NULL,       -- of the contents
    contents  text NOT NULL,       -- CSV
    loaded_at bigint NOT NULL,
    actor     text NOT NULL
);
CREATE TRIGGER centre_list_is_kept BEFORE UPDATE OR DELETE ON centre_list FOR EACH ROW
EXECUTE FUNCTION refuse('a list that was loaded is never changed');
