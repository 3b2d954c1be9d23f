-- What was asked at a centre ends when the certificate leaves it: state closed.
DROP TRIGGER exception_goes_on ON exception;
CREATE TRIGGER exception_goes_on BEFORE UPDATE ON exception FOR EACH ROW
WHEN (NOT ((OLD.state = 'open' AND NEW.state IN ('allowed', 'refused')) OR (OLD.state = 'allowed' AND NEW.state = 'used')
           OR (OLD.state IN ('open', 'allowed') AND NEW.state = 'closed'))
      OR (NEW.uin, NEW.n, NEW.bsk, NEW.reason, NEW.asked_by, NEW.asked_at)
         IS DISTINCT FROM (OLD.uin, OLD.n, OLD.bsk, OLD.reason, OLD.asked_by, OLD.asked_at))
EXECUTE FUNCTION refuse('an exception is decided once');
-- What lies elsewhere by now is closed where it was asked.
UPDATE exception e SET state = 'closed', decided_by = coalesce(decided_by, 'program'), decided_at = coalesce(decided_at, asked_at)
FROM notice n WHERE n.uin = e.uin AND n.bsk <> e.bsk AND e.state IN ('open', 'allowed');
