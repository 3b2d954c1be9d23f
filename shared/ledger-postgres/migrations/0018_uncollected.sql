-- Certificates that nobody fetches. A stay is a certificate's time at one centre, counted from 0; a row of `rerouting` ends it.

-- It went back to its department: the row is the claim, and it stays.
CREATE TABLE returned (
    uin    text NOT NULL REFERENCES certificate (uin),
    stay   integer NOT NULL,
    bsk    text NOT NULL,
    reason text NOT NULL,
    note   text,               -- nobody's name or number
    actor  text NOT NULL,
    at     bigint NOT NULL,
    PRIMARY KEY (uin, stay)
);
CREATE TRIGGER returned_is_kept BEFORE UPDATE OR DELETE ON returned FOR EACH ROW
EXECUTE FUNCTION refuse('a return is never changed');

-- It went on to another centre; the numbers are those of its notice in either stream.
CREATE TABLE rerouting (
    uin         text NOT NULL REFERENCES certificate (uin),
    stay        integer NOT NULL,
    from_bsk    text NOT NULL,
    from_number bigint NOT NULL,
    to_bsk      text NOT NULL,
    to_number   bigint NOT NULL,
    reason      text NOT NULL,
    note        text,
    actor       text NOT NULL,
    at          bigint NOT NULL,
    PRIMARY KEY (uin, stay)
);
CREATE TRIGGER rerouting_is_kept BEFORE UPDATE OR DELETE ON rerouting FOR EACH ROW
EXECUTE FUNCTION refuse('a re-routing is never changed');

-- The citizen is reminded that it lies there: the row is the claim.
CREATE TABLE reminder (
    uin  text NOT NULL REFERENCES certificate (uin),
    stay integer NOT NULL,
    n    integer NOT NULL,     -- from 1
    at   bigint NOT NULL,
    PRIMARY KEY (uin, stay, n)
);
CREATE TRIGGER reminder_is_kept BEFORE UPDATE OR DELETE ON reminder FOR EACH ROW
EXECUTE FUNCTION refuse('a reminder is never changed');

-- What waits at centres, whatever waits longest first; where and whose it is is looked at in the index.
CREATE INDEX clock_waiting ON clock (started_at, application_id) INCLUDE (department, service, district, office, bsk)
    WHERE kind = 'bsk' AND stopped_at IS NULL;

-- Whoever sends a reminder is given the number that it goes to, and neither a name nor anything else of the application.
CREATE FUNCTION mobile_of(application uuid) RETURNS text LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp
AS $$ SELECT a.data::json #>> '{applicant,mobile}' FROM application a WHERE a.id = $1 $$;
REVOKE EXECUTE ON FUNCTION mobile_of(uuid) FROM PUBLIC;

-- As the owner: whoever prints, hands over, returns or sends on has no right to say where anything stands. Nothing is printed at
-- the centre that a certificate has left.
CREATE OR REPLACE FUNCTION move_in_tray() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notice SET state = TG_ARGV[0]
    WHERE uin = NEW.uin AND state <> 'handed_over' AND state <> TG_ARGV[0] AND (TG_ARGV[0] <> 'printed' OR state = 'ready');
    RETURN NULL;
END $$;
CREATE TRIGGER returned_moves AFTER INSERT ON returned FOR EACH ROW EXECUTE FUNCTION move_in_tray('returned');

CREATE FUNCTION send_on() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notice SET bsk = NEW.to_bsk, number = NEW.to_number, state = 'ready'
    WHERE uin = NEW.uin AND bsk = NEW.from_bsk AND number = NEW.from_number AND state <> 'handed_over';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'what does not wait at a centre is not sent on from there' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER rerouting_moves AFTER INSERT ON rerouting FOR EACH ROW EXECUTE FUNCTION send_on();

-- The portal and whoever sits at the command line begin clocks of centres, and tell of what is recorded as done at one: whoever
-- took them over tells nobody what nobody did.
CREATE TRIGGER clock_of_the_portal BEFORE INSERT ON clock FOR EACH ROW
WHEN (current_user = 'mohor_portal' AND NEW.kind <> 'bsk')
EXECUTE FUNCTION refuse('the portal begins clocks of centres only');

CREATE FUNCTION look_what_was_done() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.word = 'certificate.returned' AND EXISTS (SELECT FROM returned r WHERE r.uin = NEW.subject AND r.at = NEW.at)
        OR NEW.word = 'certificate.rerouted' AND EXISTS (
            SELECT FROM rerouting r WHERE r.uin = NEW.subject AND r.at = NEW.at AND NEW.stream = 'bsk/' || r.from_bsk)
        OR NEW.word = 'certificate.ready' AND EXISTS (
            SELECT FROM rerouting r
            WHERE r.uin = NEW.subject AND r.to_number = NEW.number AND NEW.stream = 'bsk/' || r.to_bsk)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'who is no worker tells of hand-overs, returns and re-routings only' USING ERRCODE = 'restrict_violation';
END $$;
DROP TRIGGER outbound_of_the_portal ON outbound;
CREATE TRIGGER outbound_of_the_portal BEFORE INSERT ON outbound FOR EACH ROW
WHEN (current_user = 'mohor_operator' OR current_user = 'mohor_portal' AND NEW.word NOT IN ('certificate.delivered', 'certificate.delivery_undone'))
EXECUTE FUNCTION look_what_was_done();
