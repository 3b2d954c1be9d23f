-- Accounts. Nobody is ever removed: what somebody did stays his.
CREATE TABLE person (
    login        text PRIMARY KEY,
    name         text NOT NULL,
    post         text NOT NULL,
    department   text,               -- the bounds of the post
    district     text,
    office       text,
    bsk          text,
    password     text NOT NULL,      -- PHC string, argon2id
    totp         text NOT NULL,      -- RFC 6238, base 32
    failures     bigint NOT NULL DEFAULT 0,
    locked_until bigint,
    last_step    bigint NOT NULL DEFAULT 0,   -- the code that was used last
    added_at     bigint NOT NULL,
    disabled_at  bigint
);
CREATE TRIGGER person_stays BEFORE DELETE ON person FOR EACH ROW
EXECUTE FUNCTION refuse('an account is never removed');
