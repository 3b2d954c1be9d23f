-- By what a certificate was handed over, and how a mistake is taken back.
ALTER TABLE handover ADD COLUMN way text NOT NULL DEFAULT 'unstated';  -- code, paper, representative, exception
ALTER TABLE handover ADD COLUMN detail text NOT NULL DEFAULT '{}';     -- of a paper its kind and last four, of a representative who it is
ALTER TABLE handover ADD COLUMN sampled boolean NOT NULL DEFAULT false; -- a supervisor is to look at the paper
CREATE INDEX handover_sampled ON handover (handed_at) WHERE sampled;

-- What was taken back stays here; nothing is taken back without its row.
CREATE TABLE handover_undone (
    uin       text NOT NULL REFERENCES certificate (uin),
    bsk       text NOT NULL,
    handed_to text NOT NULL,
    way       text NOT NULL,
    detail    text NOT NULL,
    reference text,
    actor     text NOT NULL,
    handed_at bigint NOT NULL,
    undone_by text NOT NULL,
    reason    text NOT NULL,
    undone_at bigint NOT NULL,
    PRIMARY KEY (uin, handed_at)
);
CREATE TRIGGER handover_undone_is_kept BEFORE UPDATE OR DELETE ON handover_undone FOR EACH ROW
EXECUTE FUNCTION refuse('what was taken back stays recorded');
DROP TRIGGER handover_is_kept ON handover;
CREATE TRIGGER handover_is_kept BEFORE UPDATE ON handover FOR EACH ROW
EXECUTE FUNCTION refuse('a hand-over is never changed');
CREATE FUNCTION handover_is_taken_back() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM handover_undone u WHERE u.uin = OLD.uin AND u.handed_at = OLD.handed_at) THEN
        RAISE EXCEPTION 'a hand-over is taken back with its record, and never removed';
    END IF;
    RETURN OLD;
END $$;
CREATE TRIGGER handover_stays BEFORE DELETE ON handover FOR EACH ROW EXECUTE FUNCTION handover_is_taken_back();

-- Back in the tray, where it stood before.
CREATE FUNCTION move_back_in_tray() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notice SET state = CASE WHEN EXISTS (SELECT FROM print p WHERE p.uin = OLD.uin AND p.bsk = notice.bsk AND p.kind = 'printed')
                                   THEN 'printed' ELSE 'ready' END
    WHERE uin = OLD.uin AND state = 'handed_over';
    RETURN NULL;
END $$;
CREATE TRIGGER handover_undone_moves AFTER DELETE ON handover FOR EACH ROW EXECUTE FUNCTION move_back_in_tray();

DROP TRIGGER outbound_of_the_portal ON outbound;
CREATE TRIGGER outbound_of_the_portal BEFORE INSERT ON outbound FOR EACH ROW
WHEN (current_user = 'mohor_portal' AND NEW.word NOT IN ('certificate.delivered', 'certificate.delivery_undone'))
EXECUTE FUNCTION refuse('the portal tells of hand-overs only');

-- One-time codes. The code is nowhere: its HMAC is, by a key that the portal alone has.
CREATE TABLE code (
    uin        text NOT NULL REFERENCES certificate (uin),
    kind       text NOT NULL,             -- hand_over_code, document_code
    n          integer NOT NULL,          -- from 1
    mac        text NOT NULL,
    state      text NOT NULL,             -- open, used, spent, over
    tries      integer NOT NULL,          -- wrong ones
    made_at    bigint NOT NULL,
    expires_at bigint NOT NULL,
    PRIMARY KEY (uin, kind, n)
);
CREATE UNIQUE INDEX code_open ON code (uin, kind) WHERE state = 'open';
CREATE TRIGGER code_is_spent_once BEFORE UPDATE ON code FOR EACH ROW
WHEN (OLD.state <> 'open' OR NEW.mac <> OLD.mac OR NEW.tries < OLD.tries OR NEW.expires_at <> OLD.expires_at
      OR (NEW.uin, NEW.kind, NEW.n, NEW.made_at) IS DISTINCT FROM (OLD.uin, OLD.kind, OLD.n, OLD.made_at))
EXECUTE FUNCTION refuse('a code that was used, spent or replaced is over');
CREATE TRIGGER code_stays BEFORE DELETE ON code FOR EACH ROW EXECUTE FUNCTION refuse('a code stays recorded');

-- The phone of an approved application: how many of its applications are open is asked before a code is sent.
CREATE FUNCTION mobile_in(data text) RETURNS text LANGUAGE sql IMMUTABLE AS
$$ SELECT data::json #>> '{applicant,mobile}' $$;
CREATE INDEX application_mobile ON application (mobile_in(data)) WHERE mobile_in(data) IS NOT NULL;

-- Neither code nor document: a supervisor allows it.
CREATE TABLE exception (
    uin        text NOT NULL REFERENCES certificate (uin),
    n          integer NOT NULL,          -- from 1
    bsk        text NOT NULL,
    reason     text NOT NULL,
    asked_by   text NOT NULL,
    asked_at   bigint NOT NULL,
    state      text NOT NULL,             -- open, allowed, refused, used
    decided_by text,
    decided_at bigint,
    PRIMARY KEY (uin, n)
);
CREATE UNIQUE INDEX exception_going ON exception (uin) WHERE state IN ('open', 'allowed');
CREATE INDEX exception_open ON exception (asked_at) WHERE state = 'open';
CREATE TRIGGER exception_goes_on BEFORE UPDATE ON exception FOR EACH ROW
WHEN (NOT ((OLD.state = 'open' AND NEW.state IN ('allowed', 'refused')) OR (OLD.state = 'allowed' AND NEW.state = 'used'))
      OR (NEW.uin, NEW.n, NEW.bsk, NEW.reason, NEW.asked_by, NEW.asked_at)
         IS DISTINCT FROM (OLD.uin, OLD.n, OLD.bsk, OLD.reason, OLD.asked_by, OLD.asked_at))
EXECUTE FUNCTION refuse('an exception is decided once');
CREATE TRIGGER exception_stays BEFORE DELETE ON exception FOR EACH ROW EXECUTE FUNCTION refuse('an exception stays recorded');

-- What a supervisor found of a hand-over that was sampled.
CREATE TABLE sample_found (
    uin       text NOT NULL,
    handed_at bigint NOT NULL,
    in_order  boolean NOT NULL,
    note      text NOT NULL,
    found_by  text NOT NULL,
    found_at  bigint NOT NULL,
    PRIMARY KEY (uin, handed_at)
);
CREATE TRIGGER sample_found_is_kept BEFORE UPDATE OR DELETE ON sample_found FOR EACH ROW
EXECUTE FUNCTION refuse('what was found stays recorded');
