-- Where an application stands, for whoever holds its Form 1: the digest of its number and its key. The key itself is on the
-- paper alone, and in the order of it.
CREATE TABLE tracking (
    application_id uuid PRIMARY KEY REFERENCES application (id),
    digest         text NOT NULL
);
CREATE INDEX tracking_digest ON tracking (digest);
CREATE TRIGGER tracking_is_kept BEFORE UPDATE OR DELETE ON tracking FOR EACH ROW
EXECUTE FUNCTION refuse('a tracking key is drawn once');

-- Each time a citizen fetched the document itself. The first of a certificate that no centre was told of is its delivery.
CREATE TABLE fetched (
    uin            text NOT NULL REFERENCES certificate (uin),
    n              integer NOT NULL,      -- from 1
    application_id uuid NOT NULL REFERENCES application (id),
    delivered      boolean NOT NULL,
    fetched_at     bigint NOT NULL,
    PRIMARY KEY (uin, n)
);
CREATE UNIQUE INDEX fetched_delivered ON fetched (application_id) WHERE delivered;
CREATE TRIGGER fetched_is_kept BEFORE UPDATE OR DELETE ON fetched FOR EACH ROW EXECUTE FUNCTION refuse('a fetch is never changed');

-- The applications whose phone number nobody needs any more, since when: kept by the rows that make it so, whoever writes
-- them. A row leaves when the number is erased.
CREATE TABLE phone_due (
    application_id uuid PRIMARY KEY REFERENCES application (id),
    since          bigint NOT NULL
);
CREATE INDEX phone_due_since ON phone_due (since);
-- The arguments name the columns of the application and of the time.
CREATE FUNCTION phone_is_due() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE written CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO phone_due VALUES ((written ->> TG_ARGV[0])::uuid, (written ->> TG_ARGV[1])::bigint) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION phone_is_needed() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM phone_due WHERE application_id = OLD.application_id;
    RETURN NULL;
END $$;
CREATE TRIGGER handover_ends_phone AFTER INSERT ON handover FOR EACH ROW
EXECUTE FUNCTION phone_is_due('application_id', 'handed_at');
CREATE TRIGGER handover_undone_needs_phone AFTER DELETE ON handover FOR EACH ROW EXECUTE FUNCTION phone_is_needed();
CREATE TRIGGER fetched_ends_phone AFTER INSERT ON fetched FOR EACH ROW WHEN (NEW.delivered)
EXECUTE FUNCTION phone_is_due('application_id', 'fetched_at');
CREATE TRIGGER decision_ends_phone AFTER INSERT ON inbound_event FOR EACH ROW
WHEN (NEW.kind IN ('application.rejected', 'application.withdrawn'))
EXECUTE FUNCTION phone_is_due('application_id', 'event_at');
CREATE TRIGGER provided_ends_phone AFTER INSERT OR UPDATE OF approved_at ON application FOR EACH ROW
WHEN (NEW.state = 'provided' AND NEW.approved_at IS NOT NULL)
EXECUTE FUNCTION phone_is_due('id', 'approved_at');
-- What a correction or a revocation has ended is handed over to nobody.
CREATE TRIGGER standing_ends_phone AFTER UPDATE OF standing ON certificate FOR EACH ROW
WHEN (NEW.standing <> OLD.standing AND NEW.standing IN ('superseded', 'revoked'))
EXECUTE FUNCTION phone_is_due('application_id', 'minted_at');

INSERT INTO phone_due SELECT application_id, handed_at FROM handover ON CONFLICT DO NOTHING;
INSERT INTO phone_due SELECT application_id, min(event_at) FROM inbound_event
    WHERE kind IN ('application.rejected', 'application.withdrawn') GROUP BY application_id ON CONFLICT DO NOTHING;
INSERT INTO phone_due SELECT id, approved_at FROM application WHERE state = 'provided' AND approved_at IS NOT NULL
    ON CONFLICT DO NOTHING;
INSERT INTO phone_due SELECT application_id, minted_at FROM certificate WHERE standing IN ('superseded', 'revoked')
    ON CONFLICT DO NOTHING;

-- Erases the numbers whose time is over: of at most so many applications, each as (application, whether it had one). Whoever
-- may call it can change nothing else of an application, and read none.
CREATE FUNCTION erase_phones(before bigint, most integer) RETURNS TABLE (erased uuid, had boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    FOR erased IN
        DELETE FROM phone_due WHERE application_id IN (
            SELECT d.application_id FROM phone_due d WHERE d.since <= before ORDER BY d.since LIMIT most FOR UPDATE SKIP LOCKED)
        RETURNING application_id
    LOOP
        UPDATE application SET data = (data::jsonb #- '{applicant,mobile}')::text
        WHERE id = erased AND mobile_in(data) IS NOT NULL;
        had := FOUND;
        UPDATE inbound_event SET data = (data::jsonb #- '{applicant,mobile}')::text
        WHERE application_id = erased AND mobile_in(data) IS NOT NULL;
        had := had OR FOUND;
        RETURN NEXT;
    END LOOP;
END $$;
REVOKE EXECUTE ON FUNCTION erase_phones(bigint, integer) FROM PUBLIC;

-- Intake prints the key that an earlier paper of an application has, and reads nothing else of any paper.
CREATE FUNCTION tracking_keys(applications text[]) RETURNS TABLE (application text, key text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT ON (subject) subject, view::json ->> 'tracking_key' FROM document_order
    WHERE subject = ANY(applications) AND kind = 'acknowledgement' AND view::json ->> 'tracking_key' IS NOT NULL
    ORDER BY subject, number
$$;
REVOKE EXECUTE ON FUNCTION tracking_keys(text[]) FROM PUBLIC;
