-- The ledger. Times are milliseconds since 1970 (UTC) by this server's clock, ids are UUIDv7.

-- What came through a door, until it is answered; then the body is dropped.
CREATE TABLE inbox (
    id          uuid PRIMARY KEY,
    signature   text,            -- set: by HTTP
    method      text,
    path        text,
    sender      text,            -- the broker's user
    routing_key text,            -- set: by AMQP
    batch       boolean NOT NULL,
    body        bytea,
    received_at bigint NOT NULL,
    answered_at bigint,
    answers     text,
    approved    uuid[]           -- the applications that it approved: their hints to mint
);
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE answered_at IS NULL;
CREATE INDEX inbox_letter ON inbox (sha256(body)) WHERE answered_at IS NULL AND routing_key IS NOT NULL;

CREATE TABLE application (
    id             uuid PRIMARY KEY,
    department     text NOT NULL,
    application_no text NOT NULL,
    service        text,
    bsk            text,
    docket_no      text,
    state          text NOT NULL,
    submission     text,         -- digest of the submission's contents
    approval       text,         -- digest of the approval's contents
    data           text,         -- the approval's data, as its digest has it
    ascribed       text UNIQUE,
    supersedes     text UNIQUE,
    received_at    bigint NOT NULL,
    approved_at    bigint,
    minted         boolean NOT NULL DEFAULT false,
    UNIQUE (department, application_no)
);
CREATE INDEX application_number ON application (application_no);
CREATE INDEX application_unminted ON application (approved_at) WHERE state = 'approved' AND NOT minted;

-- The key of an event is (authenticated department, source, id), for ever.
CREATE TABLE inbound_event (
    department     text NOT NULL,
    source         text NOT NULL,
    event_id       text NOT NULL,
    kind           text NOT NULL,
    application_id uuid NOT NULL REFERENCES application (id),
    digest         text NOT NULL,
    data           text,         -- NULL for an approval: the application holds it
    event_at       bigint NOT NULL,
    received_at    bigint NOT NULL,
    late           boolean NOT NULL,
    PRIMARY KEY (department, source, event_id)
);
CREATE INDEX inbound_event_application ON inbound_event (application_id);

CREATE TABLE reserved_uin (
    uin        text PRIMARY KEY,
    department text NOT NULL,
    request    text NOT NULL,
    place      bigint NOT NULL,
    used_by    uuid REFERENCES application (id),
    UNIQUE (department, request, place)
);

CREATE TABLE certificate (
    number         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- order of minting
    uin            text NOT NULL UNIQUE,
    application_id uuid NOT NULL UNIQUE REFERENCES application (id),
    department     text NOT NULL,
    service        text NOT NULL,
    kind           text NOT NULL,
    issued_at      bigint NOT NULL,  -- the plan's time
    progress       text NOT NULL,
    standing       text NOT NULL DEFAULT 'live',
    claims         bytea NOT NULL,   -- with its key all that sign may read of the plan
    credential_kid text NOT NULL,
    plan           text NOT NULL,
    credential     bytea,
    cms            bytea,
    sha256         text,
    size           bigint,
    minted_at      bigint NOT NULL,
    signed_at      bigint,
    sealed_at      bigint,
    stored_at      bigint,
    notified_at    bigint
) WITH (fillfactor = 80);
CREATE INDEX certificate_moving ON certificate (minted_at) WHERE progress <> 'notified';

CREATE TABLE status_place (
    department text NOT NULL,
    year       smallint NOT NULL,
    list       integer NOT NULL,
    place      integer NOT NULL,
    uin        text NOT NULL,
    PRIMARY KEY (department, year, list, place)
);

CREATE TABLE document (
    sha256    text PRIMARY KEY,
    uin       text NOT NULL,
    kind      text NOT NULL,
    stored_at bigint NOT NULL
);
CREATE INDEX document_uin ON document (uin);

CREATE TABLE notice (
    bsk    text NOT NULL,
    number bigint NOT NULL,
    uin    text NOT NULL UNIQUE,
    PRIMARY KEY (bsk, number)
);

-- One row per stream; its number is taken in the transaction that writes the event, so no reader skips one.
CREATE TABLE counter (
    stream text PRIMARY KEY,
    last   bigint NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE outbound (
    stream  text NOT NULL,
    number  bigint NOT NULL,
    id      uuid NOT NULL,
    word    text NOT NULL,
    subject text NOT NULL,
    data    text NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (stream, number)
);

-- The events that the broker has not confirmed; written with the event, removed when it is told.
CREATE TABLE unpublished (
    id     uuid PRIMARY KEY,
    stream text NOT NULL,
    number bigint NOT NULL,
    due_at bigint NOT NULL       -- nobody else is given it before
) WITH (fillfactor = 50);
CREATE INDEX unpublished_due ON unpublished (due_at, id);

-- Which items a sweep has hinted, and how often: the next time is later.
CREATE TABLE nudge (
    stage text NOT NULL,
    item  text NOT NULL,
    at    bigint NOT NULL,
    times integer NOT NULL,
    PRIMARY KEY (stage, item)
);

CREATE TABLE attempt (
    stage    text NOT NULL,
    item     text NOT NULL,
    attempts integer NOT NULL,
    next_at  bigint NOT NULL,
    code     text NOT NULL,
    reason   text NOT NULL,
    PRIMARY KEY (stage, item)
);
CREATE INDEX attempt_due ON attempt (next_at);

CREATE TABLE parked (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stage     text NOT NULL,
    item      text NOT NULL,
    code      text NOT NULL,
    reason    text NOT NULL,
    attempts  integer NOT NULL,
    parked_at bigint NOT NULL,
    UNIQUE (stage, item)
);
CREATE INDEX parked_item ON parked (item);

-- Items that somebody decided to give up: the sweep passes them over.
CREATE TABLE discarded (
    stage text NOT NULL,
    item  text NOT NULL,
    at    bigint NOT NULL,
    PRIMARY KEY (stage, item)
);

CREATE TABLE department_key (
    kid          text PRIMARY KEY,
    department   text NOT NULL,
    public       text NOT NULL,
    added_at     bigint NOT NULL,
    withdrawn_at bigint
);

CREATE TABLE amqp_user (
    name       text PRIMARY KEY,
    department text NOT NULL,
    services   text NOT NULL,    -- with commas; empty: all of the department
    offices    text NOT NULL,
    added_at   bigint NOT NULL
);

CREATE TABLE credential_key (
    kid         text PRIMARY KEY,
    public      text NOT NULL,
    departments text NOT NULL,
    valid_from  bigint NOT NULL,
    valid_until bigint
);

CREATE TABLE seal_certificate (
    fingerprint text PRIMARY KEY,
    der         bytea NOT NULL
);

CREATE TABLE seal_key (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,  -- the highest is in use
    key_id text NOT NULL UNIQUE,
    words  text NOT NULL,        -- algorithm
    chain  text NOT NULL         -- fingerprints with commas, signer first
);

CREATE TABLE asset (
    sha256 text PRIMARY KEY,
    bytes  bytea NOT NULL
);

CREATE TABLE audit (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at      bigint NOT NULL,
    actor   text NOT NULL,
    act     text NOT NULL,
    subject text NOT NULL,
    detail  text NOT NULL
);
CREATE INDEX audit_subject ON audit (subject);

-- Figures kept as they change, in a few shards: counting rows would take longer the more certificates there are, and
-- one row for each figure would make the workers of a stage wait for each other.
CREATE TABLE tally (
    name  text NOT NULL,
    shard smallint NOT NULL,
    value bigint NOT NULL,
    PRIMARY KEY (name, shard)
) WITH (fillfactor = 50);

CREATE TABLE note (
    name  text PRIMARY KEY,
    value text NOT NULL
);

-- What was minted stays: the plan, the number's owner, and each signature once it is there. What was told, given or
-- audited stays as well, whoever tries.
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$;

CREATE TRIGGER certificate_is_fixed BEFORE UPDATE ON certificate FOR EACH ROW
WHEN (NEW.uin <> OLD.uin OR NEW.application_id <> OLD.application_id OR NEW.plan <> OLD.plan
  OR NEW.claims <> OLD.claims OR NEW.credential_kid <> OLD.credential_kid
  OR (OLD.credential IS NOT NULL AND NEW.credential IS DISTINCT FROM OLD.credential)
  OR (OLD.cms IS NOT NULL AND NEW.cms IS DISTINCT FROM OLD.cms)
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS DISTINCT FROM OLD.sha256))
EXECUTE FUNCTION refuse('a minted certificate is never changed');
CREATE TRIGGER certificate_stays BEFORE DELETE ON certificate FOR EACH ROW
EXECUTE FUNCTION refuse('a minted certificate is never removed');
CREATE TRIGGER reserved_uin_is_given_once BEFORE UPDATE ON reserved_uin FOR EACH ROW
WHEN (NEW.uin <> OLD.uin OR NEW.department <> OLD.department
  OR (OLD.used_by IS NOT NULL AND NEW.used_by IS DISTINCT FROM OLD.used_by))
EXECUTE FUNCTION refuse('a number belongs to one application, for ever');
CREATE TRIGGER document_is_kept BEFORE UPDATE OR DELETE ON document FOR EACH ROW
EXECUTE FUNCTION refuse('a recorded digest is never changed');
CREATE TRIGGER outbound_is_kept BEFORE UPDATE OR DELETE ON outbound FOR EACH ROW
EXECUTE FUNCTION refuse('a published event is never changed');
CREATE TRIGGER audit_is_kept BEFORE UPDATE OR DELETE ON audit FOR EACH ROW
EXECUTE FUNCTION refuse('an audit line is never changed');
