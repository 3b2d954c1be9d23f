-- The clocks of the Right to Public Services Act. A clock holds all that its due day rests on: limit, start, pauses.
CREATE TABLE clock (
    application_id uuid NOT NULL REFERENCES application (id),
    kind           text NOT NULL,
    key            text NOT NULL,      -- the stage or the case; empty of the service
    department     text NOT NULL,
    service        text,
    district       text,
    office         text,
    state          text NOT NULL,
    amount         bigint,
    unit           text,
    started_at     bigint,
    stopped_at     bigint,
    outcome        text,
    reported_late  boolean NOT NULL,
    pauses         text NOT NULL,      -- from-until, milliseconds, with spaces
    due_on         text,               -- the last day in time
    provisional    boolean NOT NULL,
    promised_on    text,               -- as first told to the citizen
    rungs          text NOT NULL,      -- word:milliseconds, with spaces
    fired          bigint NOT NULL,    -- a bit for each rung that has fired
    next_at        bigint,             -- when the next rung fires
    PRIMARY KEY (application_id, kind, key)
) WITH (fillfactor = 70);
CREATE INDEX clock_next ON clock (next_at) WHERE next_at IS NOT NULL;

-- A rung that has fired: the row is the claim, and it stays.
CREATE TABLE rung (
    application_id uuid NOT NULL,
    kind           text NOT NULL,
    key            text NOT NULL,
    rung           text NOT NULL,
    due_on         text,
    moment         bigint NOT NULL,    -- when it was due
    fired_at       bigint NOT NULL,
    PRIMARY KEY (application_id, kind, key, rung)
);
CREATE TRIGGER rung_is_kept BEFORE UPDATE OR DELETE ON rung FOR EACH ROW
EXECUTE FUNCTION refuse('a rung that fired is never changed');
