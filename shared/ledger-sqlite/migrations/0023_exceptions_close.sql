-- What was asked at a centre ends when the certificate leaves it: state closed.
DROP TRIGGER exception_goes_on;
CREATE TRIGGER exception_goes_on BEFORE UPDATE ON exception
WHEN NOT ((OLD.state = 'open' AND NEW.state IN ('allowed', 'refused')) OR (OLD.state = 'allowed' AND NEW.state = 'used')
          OR (OLD.state IN ('open', 'allowed') AND NEW.state = 'closed'))
    OR (NEW.uin, NEW.n, NEW.bsk, NEW.reason, NEW.asked_by, NEW.asked_at)
       IS NOT (OLD.uin, OLD.n, OLD.bsk, OLD.reason, OLD.asked_by, OLD.asked_at)
BEGIN SELECT RAISE(ABORT, 'an exception is decided once'); END;
-- What lies elsewhere by now is closed where it was asked.
UPDATE exception SET state = 'closed', decided_by = coalesce(decided_by, 'program'), decided_at = coalesce(decided_at, asked_at)
WHERE state IN ('open', 'allowed') AND bsk <> (SELECT n.bsk FROM notice n WHERE n.uin = exception.uin);
