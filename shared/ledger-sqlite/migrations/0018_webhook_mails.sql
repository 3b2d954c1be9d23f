-- Who is told by mail that an endpoint was disabled: a mailing for each, or that there was nobody. Never its address.
CREATE TABLE webhook_mail (
    id      TEXT PRIMARY KEY,        -- the mailing's
    webhook TEXT NOT NULL,
    told    INTEGER NOT NULL,        -- 0: there was nobody, and no mailing
    stream  TEXT NOT NULL,
    host    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_mail_of ON webhook_mail (webhook, at);
CREATE TRIGGER webhook_mail_is_kept BEFORE UPDATE ON webhook_mail
BEGIN SELECT RAISE(ABORT, 'what somebody was told is never changed'); END;
CREATE TRIGGER webhook_mail_stays BEFORE DELETE ON webhook_mail
BEGIN SELECT RAISE(ABORT, 'what somebody was told is never changed'); END;
