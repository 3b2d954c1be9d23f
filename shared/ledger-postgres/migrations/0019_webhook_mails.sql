-- Who is told by mail that an endpoint was disabled: a mailing for each, or that there was nobody. Never its address.
CREATE TABLE webhook_mail (
    id      uuid PRIMARY KEY,        -- the mailing's
    webhook uuid NOT NULL,
    told    boolean NOT NULL,        -- false: there was nobody, and no mailing
    stream  text NOT NULL,
    host    text NOT NULL,
    reason  text NOT NULL,
    at      bigint NOT NULL
);
CREATE INDEX webhook_mail_of ON webhook_mail (webhook, at);
CREATE TRIGGER webhook_mail_is_kept BEFORE UPDATE OR DELETE ON webhook_mail FOR EACH ROW
EXECUTE FUNCTION refuse('what somebody was told is never changed');
