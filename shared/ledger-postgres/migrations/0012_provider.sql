-- An account is opened by a password or by the State's sign-in; then it has none, and `subject` is the digest of who it is
-- there, once that is known. A second factor of one's own is needed where the provider asks for none.
ALTER TABLE person ALTER COLUMN password DROP NOT NULL;
ALTER TABLE person ALTER COLUMN totp DROP NOT NULL;
ALTER TABLE person ADD COLUMN subject text CHECK (subject IS NULL OR password IS NULL);
CREATE UNIQUE INDEX person_subject ON person (subject);

-- What the State's sign-in moves are its own accounts.
CREATE TRIGGER person_keeps_its_post BEFORE UPDATE ON person FOR EACH ROW
WHEN (OLD.password IS NOT NULL AND (NEW.password IS NULL OR (OLD.post, OLD.department, OLD.district, OLD.office, OLD.bsk)
      IS DISTINCT FROM (NEW.post, NEW.department, NEW.district, NEW.office, NEW.bsk)))
EXECUTE FUNCTION refuse('an account with a password keeps it, its post and its bounds');
