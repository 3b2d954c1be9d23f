-- Changes of the rules: proposed by one person, decided by another, and then never changed.
CREATE TABLE change (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    what        text NOT NULL,     -- JSON
    digest      text NOT NULL,     -- of what
    way         text NOT NULL,     -- what open clocks need after it: settle, derive
    state       text NOT NULL,     -- proposed, approved, rejected, withdrawn
    proposed_by text NOT NULL,
    proposed_at bigint NOT NULL,
    decided_by  text,
    decided_at  bigint,
    reason      text NOT NULL,
    version     bigint UNIQUE,     -- of the rules, once approved
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'approved') = (version IS NOT NULL)),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> proposed_by)
);
CREATE UNIQUE INDEX change_waiting ON change (digest) WHERE state = 'proposed';
CREATE TRIGGER change_is_fixed BEFORE UPDATE ON change FOR EACH ROW
WHEN (OLD.state <> 'proposed' OR NEW.number <> OLD.number OR NEW.what <> OLD.what OR NEW.digest <> OLD.digest
  OR NEW.way <> OLD.way OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at)
EXECUTE FUNCTION refuse('a decided change is never changed');
CREATE TRIGGER change_stays BEFORE DELETE ON change FOR EACH ROW
EXECUTE FUNCTION refuse('a change is never removed');

-- How many changes are approved, and up to which of them every open clock was recomputed: the one row is read in each
-- transaction that derives a clock.
CREATE TABLE rules (
    one     boolean PRIMARY KEY CHECK (one),
    version bigint NOT NULL,
    done    bigint NOT NULL
) WITH (fillfactor = 50);
INSERT INTO rules (one, version, done) VALUES (true, 0, 0);

-- A walk over the open clocks, for the changes of one way after one version and up to another.
CREATE TABLE run (
    number         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    way            text NOT NULL,
    after_version  bigint NOT NULL,
    upto           bigint NOT NULL,
    application_id uuid NOT NULL,  -- it goes on after this clock
    kind           text NOT NULL,
    key            text NOT NULL,
    looked         bigint NOT NULL,
    moved          bigint NOT NULL,
    began_at       bigint NOT NULL,
    done_at        bigint
) WITH (fillfactor = 50);
CREATE UNIQUE INDEX run_open ON run (way) WHERE done_at IS NULL;

-- A clock that a change has moved. What was promised stands with the clock.
CREATE TABLE moved (
    version        bigint NOT NULL,
    application_id uuid NOT NULL,
    kind           text NOT NULL,
    key            text NOT NULL,
    from_day       text,
    to_day         text,
    PRIMARY KEY (version, application_id, kind, key)
);
CREATE TRIGGER moved_is_kept BEFORE UPDATE OR DELETE ON moved FOR EACH ROW
EXECUTE FUNCTION refuse('a move is never changed');

-- The walk sees no clock that has stopped.
CREATE INDEX clock_open ON clock (application_id, kind, key) WHERE stopped_at IS NULL;
