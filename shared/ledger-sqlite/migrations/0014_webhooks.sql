-- Who else is told of a stream, by HTTP. The place is the number that was delivered last; whoever holds the lease moves it.
CREATE TABLE webhook (
    id            TEXT PRIMARY KEY,
    stream        TEXT NOT NULL,
    url           TEXT NOT NULL,
    words         TEXT NOT NULL,      -- with commas; empty: every event of the stream
    state         TEXT NOT NULL,      -- active, paused, disabled
    reason        TEXT NOT NULL,      -- why it is disabled
    secret        TEXT NOT NULL,
    old_secret    TEXT,               -- signs beside it for a while
    old_until     INTEGER,
    place         INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,   -- of the event after the place that failed
    failing_since INTEGER,
    next_at       INTEGER NOT NULL,
    lease         INTEGER NOT NULL,   -- another number for each hand that takes it
    leased_until  INTEGER NOT NULL,   -- 0: it is in nobody's
    added_at      INTEGER NOT NULL,
    UNIQUE (stream, url)
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_due ON webhook (next_at) WHERE state = 'active';
CREATE TRIGGER webhook_is_of_one_stream BEFORE UPDATE ON webhook
WHEN NEW.id <> OLD.id OR NEW.stream <> OLD.stream OR NEW.url <> OLD.url OR NEW.words <> OLD.words
BEGIN SELECT RAISE(ABORT, 'an endpoint is of one stream and one address, for ever'); END;

-- Attempts; never what was sent or answered.
CREATE TABLE webhook_attempt (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL,
    event   INTEGER NOT NULL,         -- its number in the stream
    attempt INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    outcome TEXT NOT NULL             -- the status of the answer, or a word for why there was none
) STRICT;
CREATE INDEX webhook_attempt_of ON webhook_attempt (webhook, number);
CREATE TRIGGER webhook_attempt_is_kept BEFORE UPDATE ON webhook_attempt
BEGIN SELECT RAISE(ABORT, 'an attempt that was made is never changed'); END;
CREATE TRIGGER webhook_attempt_stays BEFORE DELETE ON webhook_attempt
BEGIN SELECT RAISE(ABORT, 'an attempt that was made is never removed'); END;
