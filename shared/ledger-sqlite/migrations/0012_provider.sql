-- An account is opened by a password or by the State's sign-in; then it has none, and `subject` is the digest of who it is
-- there, once that is known. A second factor of one's own is needed where the provider asks for none.
ALTER TABLE person RENAME COLUMN password TO was_password;
ALTER TABLE person ADD COLUMN password TEXT;         -- PHC string, argon2id
ALTER TABLE person RENAME COLUMN totp TO was_totp;
ALTER TABLE person ADD COLUMN totp TEXT;             -- RFC 6238, base 32
UPDATE person SET password = was_password, totp = was_totp;
ALTER TABLE person DROP COLUMN was_password;
ALTER TABLE person DROP COLUMN was_totp;
ALTER TABLE person ADD COLUMN subject TEXT CHECK (subject IS NULL OR password IS NULL);
CREATE UNIQUE INDEX person_subject ON person (subject);

-- What the State's sign-in moves are its own accounts.
CREATE TRIGGER person_keeps_its_post BEFORE UPDATE OF post, department, district, office, bsk, password ON person
WHEN OLD.password IS NOT NULL AND (NEW.password IS NULL OR (OLD.post, OLD.department, OLD.district, OLD.office, OLD.bsk)
     IS NOT (NEW.post, NEW.department, NEW.district, NEW.office, NEW.bsk))
BEGIN SELECT RAISE(ABORT, 'an account with a password keeps it, its post and its bounds'); END;
