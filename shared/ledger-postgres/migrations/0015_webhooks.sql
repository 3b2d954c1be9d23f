-- Who else is told of a stream, by HTTP. The place is the number that was delivered last; whoever holds the lease moves it.
CREATE TABLE webhook (
    id            uuid PRIMARY KEY,
    stream        text NOT NULL,
    url           text NOT NULL,
    words         text NOT NULL,      -- with commas; empty: every event of the stream
    state         text NOT NULL,      -- active, paused, disabled
    reason        text NOT NULL,      -- why it is disabled
    secret        text NOT NULL,
    old_secret    text,               -- signs beside it for a while
    old_until     bigint,
    place         bigint NOT NULL,
    attempts      bigint NOT NULL,    -- of the event after the place that failed
    failing_since bigint,
    next_at       bigint NOT NULL,
    lease         bigint NOT NULL,    -- another number for each hand that takes it
    leased_until  bigint NOT NULL,    -- 0: it is in nobody's
    added_at      bigint NOT NULL,
    UNIQUE (stream, url)
) WITH (fillfactor = 50);
CREATE INDEX webhook_due ON webhook (next_at) WHERE state = 'active';
CREATE TRIGGER webhook_is_of_one_stream BEFORE UPDATE ON webhook FOR EACH ROW
WHEN (NEW.id <> OLD.id OR NEW.stream <> OLD.stream OR NEW.url <> OLD.url OR NEW.words <> OLD.words)
EXECUTE FUNCTION refuse('an endpoint is of one stream and one address, for ever');

-- Attempts; never what was sent or answered.
CREATE TABLE webhook_attempt (
    number  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    webhook uuid NOT NULL,
    event   bigint NOT NULL,          -- its number in the stream
    attempt bigint NOT NULL,
    at      bigint NOT NULL,
    outcome text NOT NULL             -- the status of the answer, or a word for why there was none
);
CREATE INDEX webhook_attempt_of ON webhook_attempt (webhook, number);
CREATE TRIGGER webhook_attempt_is_kept BEFORE UPDATE OR DELETE ON webhook_attempt FOR EACH ROW
EXECUTE FUNCTION refuse('an attempt that was made is never changed');
