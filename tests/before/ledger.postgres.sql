--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: count_hologram(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.count_hologram() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE hologram_range SET bound = bound + (NEW.uin IS NOT NULL)::integer,
        written_off = written_off + (NEW.uin IS NULL)::integer WHERE number = NEW.range_no;
    RETURN NULL;
END $$;


--
-- Name: erase_phones(bigint, integer); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.erase_phones(before bigint, most integer) RETURNS TABLE(erased uuid, had boolean)
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
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


--
-- Name: handover_is_taken_back(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.handover_is_taken_back() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM handover_undone u WHERE u.uin = OLD.uin AND u.handed_at = OLD.handed_at) THEN
        RAISE EXCEPTION 'a hand-over is taken back with its record, and never removed';
    END IF;
    RETURN OLD;
END $$;


--
-- Name: look_what_was_done(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.look_what_was_done() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
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


--
-- Name: mobile_in(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mobile_in(data text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT data::json #>> '{applicant,mobile}' $$;


--
-- Name: mobile_of(uuid); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.mobile_of(application uuid) RETURNS text
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $_$ SELECT a.data::json #>> '{applicant,mobile}' FROM application a WHERE a.id = $1 $_$;


--
-- Name: move_back_in_tray(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.move_back_in_tray() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE notice SET state = CASE WHEN EXISTS (SELECT FROM print p WHERE p.uin = OLD.uin AND p.bsk = notice.bsk AND p.kind = 'printed')
                                   THEN 'printed' ELSE 'ready' END
    WHERE uin = OLD.uin AND state = 'handed_over';
    RETURN NULL;
END $$;


--
-- Name: move_in_tray(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.move_in_tray() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE notice SET state = TG_ARGV[0]
    WHERE uin = NEW.uin AND state <> 'handed_over' AND state <> TG_ARGV[0] AND (TG_ARGV[0] <> 'printed' OR state = 'ready');
    RETURN NULL;
END $$;


--
-- Name: phone_is_due(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.phone_is_due() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
DECLARE written CONSTANT jsonb := to_jsonb(NEW);
BEGIN
    INSERT INTO phone_due VALUES ((written ->> TG_ARGV[0])::uuid, (written ->> TG_ARGV[1])::bigint) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;


--
-- Name: phone_is_needed(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.phone_is_needed() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    DELETE FROM phone_due WHERE application_id = OLD.application_id;
    RETURN NULL;
END $$;


--
-- Name: refuse(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'restrict_violation'; END $$;


--
-- Name: send_on(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.send_on() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
BEGIN
    UPDATE notice SET bsk = NEW.to_bsk, number = NEW.to_number, state = 'ready'
    WHERE uin = NEW.uin AND bsk = NEW.from_bsk AND number = NEW.from_number AND state <> 'handed_over';
    IF NOT FOUND THEN
        RAISE EXCEPTION 'what does not wait at a centre is not sent on from there' USING ERRCODE = 'restrict_violation';
    END IF;
    RETURN NULL;
END $$;


--
-- Name: tracking_keys(text[]); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tracking_keys(applications text[]) RETURNS TABLE(application text, key text)
    LANGUAGE sql STABLE SECURITY DEFINER
    SET search_path TO 'public', 'pg_temp'
    AS $$
    SELECT DISTINCT ON (subject) subject, view::json ->> 'tracking_key' FROM document_order
    WHERE subject = ANY(applications) AND kind = 'acknowledgement' AND view::json ->> 'tracking_key' IS NOT NULL
    ORDER BY subject, number
$$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: _sqlx_migrations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);


--
-- Name: amqp_user; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.amqp_user (
    name text NOT NULL,
    department text NOT NULL,
    services text NOT NULL,
    offices text NOT NULL,
    added_at bigint NOT NULL
);


--
-- Name: application; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.application (
    id uuid NOT NULL,
    department text NOT NULL,
    application_no text NOT NULL,
    service text,
    bsk text,
    docket_no text,
    state text NOT NULL,
    submission text,
    approval text,
    data text,
    ascribed text,
    supersedes text,
    received_at bigint NOT NULL,
    approved_at bigint,
    minted boolean DEFAULT false NOT NULL
)
WITH (toast_tuple_target='256', fillfactor='80');


--
-- Name: asset; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.asset (
    sha256 text NOT NULL,
    bytes bytea NOT NULL
);


--
-- Name: attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attempt (
    stage text NOT NULL,
    item text NOT NULL,
    attempts integer NOT NULL,
    next_at bigint NOT NULL,
    code text NOT NULL,
    reason text NOT NULL
);


--
-- Name: audit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit (
    number bigint NOT NULL,
    at bigint NOT NULL,
    actor text NOT NULL,
    act text NOT NULL,
    subject text NOT NULL,
    detail text NOT NULL
);


--
-- Name: audit_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.audit ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.audit_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: certificate; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.certificate (
    number bigint NOT NULL,
    uin text NOT NULL,
    application_id uuid NOT NULL,
    department text NOT NULL,
    service text NOT NULL,
    kind text NOT NULL,
    issued_at bigint NOT NULL,
    progress text NOT NULL,
    standing text DEFAULT 'live'::text NOT NULL,
    claims bytea NOT NULL,
    credential_kid text NOT NULL,
    plan text NOT NULL,
    credential bytea,
    cms bytea,
    sha256 text,
    size bigint,
    minted_at bigint NOT NULL,
    signed_at bigint,
    sealed_at bigint,
    stored_at bigint,
    notified_at bigint
)
WITH (toast_tuple_target='256', fillfactor='60');


--
-- Name: certificate_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.certificate ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.certificate_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: change; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.change (
    number bigint NOT NULL,
    what text NOT NULL,
    digest text NOT NULL,
    way text NOT NULL,
    state text NOT NULL,
    proposed_by text NOT NULL,
    proposed_at bigint NOT NULL,
    decided_by text,
    decided_at bigint,
    reason text NOT NULL,
    version bigint,
    CONSTRAINT change_check CHECK (((state = 'proposed'::text) = (decided_by IS NULL))),
    CONSTRAINT change_check1 CHECK (((state = 'approved'::text) = (version IS NOT NULL))),
    CONSTRAINT change_check2 CHECK (((state <> ALL (ARRAY['approved'::text, 'rejected'::text])) OR (decided_by <> proposed_by)))
);


--
-- Name: change_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.change ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.change_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: clock; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.clock (
    application_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    department text NOT NULL,
    service text,
    district text,
    office text,
    state text NOT NULL,
    amount bigint,
    unit text,
    started_at bigint,
    stopped_at bigint,
    outcome text,
    reported_late boolean NOT NULL,
    pauses text NOT NULL,
    due_on text,
    provisional boolean NOT NULL,
    promised_on text,
    rungs text NOT NULL,
    fired bigint NOT NULL,
    next_at bigint,
    bsk text
)
WITH (fillfactor='70');


--
-- Name: code; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.code (
    uin text NOT NULL,
    kind text NOT NULL,
    n integer NOT NULL,
    mac text NOT NULL,
    state text NOT NULL,
    tries integer NOT NULL,
    made_at bigint NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Name: counter; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.counter (
    stream text NOT NULL,
    last bigint NOT NULL
)
WITH (fillfactor='50');


--
-- Name: credential_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.credential_key (
    kid text NOT NULL,
    public text NOT NULL,
    departments text NOT NULL,
    valid_from bigint NOT NULL,
    valid_until bigint
);


--
-- Name: department_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.department_key (
    kid text NOT NULL,
    department text NOT NULL,
    public text NOT NULL,
    added_at bigint NOT NULL,
    withdrawn_at bigint
);


--
-- Name: directory; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.directory (
    department text NOT NULL,
    version bigint NOT NULL,
    sha256 text NOT NULL,
    contents text NOT NULL,
    loaded_at bigint NOT NULL,
    actor text NOT NULL
);


--
-- Name: directory_wish; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.directory_wish (
    department text NOT NULL,
    offices boolean NOT NULL,
    officers boolean NOT NULL
);


--
-- Name: discarded; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.discarded (
    stage text NOT NULL,
    item text NOT NULL,
    at bigint NOT NULL
);


--
-- Name: document; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.document (
    sha256 text NOT NULL,
    uin text NOT NULL,
    kind text NOT NULL,
    stored_at bigint NOT NULL
);


--
-- Name: document_order; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.document_order (
    number bigint NOT NULL,
    id uuid NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    department text,
    district text,
    office text,
    bsk text,
    view text NOT NULL,
    digest text NOT NULL,
    ordered_by text NOT NULL,
    state text NOT NULL,
    plan text,
    cms bytea,
    sha256 text,
    size bigint,
    ordered_at bigint NOT NULL,
    planned_at bigint,
    sealed_at bigint,
    stored_at bigint
)
WITH (fillfactor='60', toast_tuple_target='256');


--
-- Name: document_order_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.document_order ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.document_order_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: exception; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.exception (
    uin text NOT NULL,
    n integer NOT NULL,
    bsk text NOT NULL,
    reason text NOT NULL,
    asked_by text NOT NULL,
    asked_at bigint NOT NULL,
    state text NOT NULL,
    decided_by text,
    decided_at bigint
);


--
-- Name: fetched; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.fetched (
    uin text NOT NULL,
    n integer NOT NULL,
    application_id uuid NOT NULL,
    delivered boolean NOT NULL,
    fetched_at bigint NOT NULL
);


--
-- Name: handover; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.handover (
    uin text NOT NULL,
    application_id uuid NOT NULL,
    bsk text NOT NULL,
    handed_to text NOT NULL,
    reference text,
    actor text NOT NULL,
    handed_at bigint NOT NULL,
    way text DEFAULT 'unstated'::text NOT NULL,
    detail text DEFAULT '{}'::text NOT NULL,
    sampled boolean DEFAULT false NOT NULL
);


--
-- Name: handover_undone; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.handover_undone (
    uin text NOT NULL,
    bsk text NOT NULL,
    handed_to text NOT NULL,
    way text NOT NULL,
    detail text NOT NULL,
    reference text,
    actor text NOT NULL,
    handed_at bigint NOT NULL,
    undone_by text NOT NULL,
    reason text NOT NULL,
    undone_at bigint NOT NULL
);


--
-- Name: hologram; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.hologram (
    serial text NOT NULL,
    range_no bigint NOT NULL,
    bsk text NOT NULL,
    uin text,
    n integer,
    reason text,
    who text NOT NULL,
    at bigint NOT NULL,
    CONSTRAINT hologram_check CHECK ((((uin IS NULL) = (n IS NULL)) AND ((uin IS NULL) <> (reason IS NULL))))
);


--
-- Name: hologram_range; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.hologram_range (
    number bigint NOT NULL,
    bsk text NOT NULL,
    prefix text NOT NULL,
    digits integer NOT NULL,
    first bigint NOT NULL,
    last bigint NOT NULL,
    issued_by text NOT NULL,
    issued_at bigint NOT NULL,
    bound integer DEFAULT 0 NOT NULL,
    written_off integer DEFAULT 0 NOT NULL,
    CONSTRAINT hologram_range_check CHECK (((first <= last) AND (bound >= 0) AND (written_off >= 0) AND ((bound + written_off) <= ((last - first) + 1))))
)
WITH (fillfactor='50');


--
-- Name: hologram_range_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.hologram_range ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.hologram_range_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: inbound_event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.inbound_event (
    department text NOT NULL,
    source text NOT NULL,
    event_id text NOT NULL,
    kind text NOT NULL,
    application_id uuid NOT NULL,
    digest text NOT NULL,
    data text,
    event_at bigint NOT NULL,
    received_at bigint NOT NULL,
    late boolean NOT NULL
);


--
-- Name: inbox; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.inbox (
    id uuid NOT NULL,
    signature text,
    method text,
    path text,
    sender text,
    routing_key text,
    batch boolean NOT NULL,
    body bytea,
    received_at bigint NOT NULL,
    answered_at bigint,
    answers text,
    approved uuid[]
);


--
-- Name: mailing; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mailing (
    id uuid NOT NULL,
    login text NOT NULL,
    state text NOT NULL,
    made_at bigint NOT NULL,
    next_at bigint NOT NULL,
    attempts bigint NOT NULL,
    code text NOT NULL,
    sent_at bigint
);


--
-- Name: mailing_line; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mailing_line (
    application_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    rung text NOT NULL,
    login text NOT NULL,
    due_at bigint NOT NULL,
    mailing uuid
);


--
-- Name: moved; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.moved (
    version bigint NOT NULL,
    application_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    from_day text,
    to_day text
);


--
-- Name: note; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.note (
    name text NOT NULL,
    value text NOT NULL
);


--
-- Name: notice; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.notice (
    bsk text NOT NULL,
    number bigint NOT NULL,
    uin text NOT NULL,
    state text DEFAULT 'ready'::text NOT NULL
);


--
-- Name: nudge; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.nudge (
    stage text NOT NULL,
    item text NOT NULL,
    at bigint NOT NULL,
    times integer NOT NULL
);


--
-- Name: outbound; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.outbound (
    stream text NOT NULL,
    number bigint NOT NULL,
    id uuid NOT NULL,
    word text NOT NULL,
    subject text NOT NULL,
    data text NOT NULL,
    at bigint NOT NULL
);


--
-- Name: parked; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.parked (
    number bigint NOT NULL,
    stage text NOT NULL,
    item text NOT NULL,
    code text NOT NULL,
    reason text NOT NULL,
    attempts integer NOT NULL,
    parked_at bigint NOT NULL
);


--
-- Name: parked_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.parked ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.parked_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: person; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.person (
    login text NOT NULL,
    name text NOT NULL,
    post text NOT NULL,
    department text,
    district text,
    office text,
    bsk text,
    password text,
    totp text,
    failures bigint DEFAULT 0 NOT NULL,
    locked_until bigint,
    last_step bigint DEFAULT 0 NOT NULL,
    added_at bigint NOT NULL,
    disabled_at bigint,
    email text,
    subject text,
    CONSTRAINT person_check CHECK (((subject IS NULL) OR (password IS NULL)))
);


--
-- Name: phone_due; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.phone_due (
    application_id uuid NOT NULL,
    since bigint NOT NULL
);


--
-- Name: print; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.print (
    uin text NOT NULL,
    kind text NOT NULL,
    n integer NOT NULL,
    who text NOT NULL,
    bsk text NOT NULL,
    at bigint NOT NULL
);


--
-- Name: reminder; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reminder (
    uin text NOT NULL,
    stay integer NOT NULL,
    n integer NOT NULL,
    at bigint NOT NULL
);


--
-- Name: rerouting; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rerouting (
    uin text NOT NULL,
    stay integer NOT NULL,
    from_bsk text NOT NULL,
    from_number bigint NOT NULL,
    to_bsk text NOT NULL,
    to_number bigint NOT NULL,
    reason text NOT NULL,
    note text,
    actor text NOT NULL,
    at bigint NOT NULL
);


--
-- Name: reserved_uin; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reserved_uin (
    uin text NOT NULL,
    department text NOT NULL,
    request text NOT NULL,
    place bigint NOT NULL,
    used_by uuid
);


--
-- Name: returned; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.returned (
    uin text NOT NULL,
    stay integer NOT NULL,
    bsk text NOT NULL,
    reason text NOT NULL,
    note text,
    actor text NOT NULL,
    at bigint NOT NULL
);


--
-- Name: rules; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rules (
    one boolean NOT NULL,
    version bigint NOT NULL,
    done bigint NOT NULL,
    CONSTRAINT rules_one_check CHECK (one)
)
WITH (fillfactor='50');


--
-- Name: run; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.run (
    number bigint NOT NULL,
    way text NOT NULL,
    after_version bigint NOT NULL,
    upto bigint NOT NULL,
    application_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    looked bigint NOT NULL,
    moved bigint NOT NULL,
    began_at bigint NOT NULL,
    done_at bigint
)
WITH (fillfactor='50');


--
-- Name: run_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.run ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.run_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: rung; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.rung (
    application_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    rung text NOT NULL,
    due_on text,
    moment bigint NOT NULL,
    fired_at bigint NOT NULL
);


--
-- Name: sample_found; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sample_found (
    uin text NOT NULL,
    handed_at bigint NOT NULL,
    in_order boolean NOT NULL,
    note text NOT NULL,
    found_by text NOT NULL,
    found_at bigint NOT NULL
);


--
-- Name: seal_certificate; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.seal_certificate (
    fingerprint text NOT NULL,
    der bytea NOT NULL
);


--
-- Name: seal_key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.seal_key (
    number bigint NOT NULL,
    key_id text NOT NULL,
    words text NOT NULL,
    chain text NOT NULL
);


--
-- Name: seal_key_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.seal_key ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.seal_key_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.session (
    key text NOT NULL,
    data text NOT NULL,
    expires_at bigint NOT NULL
);


--
-- Name: status_place; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.status_place (
    department text NOT NULL,
    year smallint NOT NULL,
    list integer NOT NULL,
    place integer NOT NULL,
    uin text NOT NULL
);


--
-- Name: tally; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tally (
    name text NOT NULL,
    shard smallint NOT NULL,
    value bigint NOT NULL
)
WITH (fillfactor='50');


--
-- Name: test_page; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.test_page (
    bsk text NOT NULL,
    day text NOT NULL,
    code text NOT NULL,
    tries integer NOT NULL,
    made_by text NOT NULL,
    made_at bigint NOT NULL,
    tried_by text,
    tried_at bigint,
    CONSTRAINT test_page_check CHECK (((tried_by IS NULL) = (tried_at IS NULL)))
);


--
-- Name: tracking; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.tracking (
    application_id uuid NOT NULL,
    digest text NOT NULL
);


--
-- Name: unpublished; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.unpublished (
    id uuid NOT NULL,
    stream text NOT NULL,
    number bigint NOT NULL,
    due_at bigint NOT NULL
)
WITH (fillfactor='50');


--
-- Name: untold; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.untold (
    application_id uuid NOT NULL,
    kind text NOT NULL,
    key text NOT NULL,
    rung text NOT NULL,
    post text NOT NULL,
    since bigint NOT NULL,
    again_at bigint NOT NULL
);


--
-- Name: webhook; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook (
    id uuid NOT NULL,
    stream text NOT NULL,
    url text NOT NULL,
    words text NOT NULL,
    state text NOT NULL,
    reason text NOT NULL,
    secret text NOT NULL,
    old_secret text,
    old_until bigint,
    place bigint NOT NULL,
    attempts bigint NOT NULL,
    failing_since bigint,
    next_at bigint NOT NULL,
    lease bigint NOT NULL,
    leased_until bigint NOT NULL,
    added_at bigint NOT NULL
)
WITH (fillfactor='50');


--
-- Name: webhook_attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_attempt (
    number bigint NOT NULL,
    webhook uuid NOT NULL,
    event bigint NOT NULL,
    attempt bigint NOT NULL,
    at bigint NOT NULL,
    outcome text NOT NULL
);


--
-- Name: webhook_attempt_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public.webhook_attempt ALTER COLUMN number ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.webhook_attempt_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: webhook_mail; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_mail (
    id uuid NOT NULL,
    webhook uuid NOT NULL,
    told boolean NOT NULL,
    stream text NOT NULL,
    host text NOT NULL,
    reason text NOT NULL,
    at bigint NOT NULL
);


--
-- Data for Name: _sqlx_migrations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public._sqlx_migrations VALUES (1, 'ledger', '2026-11-29 08:50:09.492613+00', true, '\x5ca07db97ccb2a85583a225a45c7a2b90096036d0753f70123261ef5b7e051887f882754dc585c9efda1bfda701463a7', 426853804);
INSERT INTO public._sqlx_migrations VALUES (2, 'narrow_rows', '2026-11-29 08:50:09.927141+00', true, '\x5c2374b1d247cd3619dbd519b09bb03576ca9b20c2ce41b31c90ff7a965894993e2a98d5b66e2825c1e6a406555c35b9', 28167627);
INSERT INTO public._sqlx_migrations VALUES (3, 'clocks', '2026-11-29 08:50:09.959134+00', true, '\x1f88a8c6ad5f84167bede1fcd47968146c9fed31cfa89ea553875dcc02efc1368a39bc1f544edb4f82ada7b396f34695', 60117879);
INSERT INTO public._sqlx_migrations VALUES (4, 'people', '2026-11-29 08:50:10.019992+00', true, '\x8266b4cefbe1258a362e9885b6ede3fb556344f13f5d44f91881fea909a820405af1c63d1e39c833c3c05876f41e7dd3', 27194582);
INSERT INTO public._sqlx_migrations VALUES (5, 'office', '2026-11-29 08:50:10.052105+00', true, '\x47b17b3b98e1b8e2fbbb5d7a90c09946d4ce8e8f8c24c15c4f98d245e9991733d347d3903f60ffcc452aafe2380956a7', 60969769);
INSERT INTO public._sqlx_migrations VALUES (6, 'mails', '2026-11-29 08:50:10.119063+00', true, '\x725507bea8930bc4e669154ccf53ce7bf164a965ef3eff1476a93ca11a3d1319d0fa903b749b185f013b47b9610198d8', 56899300);
INSERT INTO public._sqlx_migrations VALUES (7, 'rules', '2026-11-29 08:50:10.183114+00', true, '\x195444787aae3581fe3f8053d53531939be9e10f80334ddc705bc3c79869244125c91d7ff804ca32f39c05d0bac59c65', 97801218);
INSERT INTO public._sqlx_migrations VALUES (8, 'documents', '2026-11-29 08:50:10.290892+00', true, '\xa8c3ce1079453fb499b3c5b9e2f19b24a1a8dcade8454d7b3f9dd6e0438bc525539b2aef65d5ca3ddee46a4df666e0cc', 108185778);
INSERT INTO public._sqlx_migrations VALUES (9, 'directory', '2026-11-29 08:50:10.40331+00', true, '\x0e8a47c3897f702ce575e972b4c0282992e529ae38bd6e03c8a92b4a8dab32c11404c8cc6076c142eace6ba4eceb6900', 68984470);
INSERT INTO public._sqlx_migrations VALUES (10, 'parts', '2026-11-29 08:50:10.472641+00', true, '\xd012cb4b9507998c2c4483ae228e782bc2ad8c9429b06079ae58205456c5fc4f399c5b0833dafdbcea3bee0906792eb2', 73821322);
INSERT INTO public._sqlx_migrations VALUES (11, 'reports', '2026-11-29 08:50:10.551138+00', true, '\xf1f1f44f8c8d58c20958051ea847e75b0179e9dd586dab4bcb93e7b978a4957240988487932ad7615209087d4dbf14af', 28137354);
INSERT INTO public._sqlx_migrations VALUES (12, 'provider', '2026-11-29 08:50:10.581646+00', true, '\xce1bcb9eac2f680b726706c1f95b5a5ce6f75073bec4a4dbb3cb230e2510dfbf82d99eec23332c58885d62d941df19c5', 13418327);
INSERT INTO public._sqlx_migrations VALUES (13, 'ends', '2026-11-29 08:50:10.603217+00', true, '\xf536b2a243fd8ad448ad62f77bdaf5121225b20a903ca7bee711145f3b3271b76734c9d7415153acd58faa21f19ec69d', 31951506);
INSERT INTO public._sqlx_migrations VALUES (14, 'tray', '2026-11-29 08:50:10.647324+00', true, '\x117499622472130ead62f13db9593a3927bf0b3126b0a2003e845f1d6d5be44ce7e30d331b9fc81d01042af3bb11fc45', 43821822);
INSERT INTO public._sqlx_migrations VALUES (15, 'webhooks', '2026-11-29 08:50:10.698757+00', true, '\x396365f6be7546712a7d1c82b46589409216d27b7b916482e1ce3f5090d3d78344ba4a53a5c8d8b77b55430f1a89809b', 60945948);
INSERT INTO public._sqlx_migrations VALUES (16, 'counter', '2026-11-29 08:50:10.763097+00', true, '\x68b91450584e1439e2cb91d6b2faa9fbc39883e5b2251296f0309cf09403b8ed8465a713587d50b771de739ec9b2a64f', 122447383);
INSERT INTO public._sqlx_migrations VALUES (17, 'holograms', '2026-11-29 08:50:10.895224+00', true, '\xc3a52be827b6ffeb411cbd155559a10f3f1f5faaa364ee36cf7aa748497b3cd5168a3d9db600c058e0bf29a198a58b6a', 84089601);
INSERT INTO public._sqlx_migrations VALUES (18, 'uncollected', '2026-11-29 08:50:10.984976+00', true, '\xadb891513bcf22e1bc449671503020208c86d026ed4418df3844a0a49c2d358f7a0933f898fd8c345f16bbc6677fb8b3', 74413663);
INSERT INTO public._sqlx_migrations VALUES (19, 'webhook_mails', '2026-11-29 08:50:11.067284+00', true, '\xa06f37dd958dc37ef03b72f60a9d2b069253d1ba4fafefde7911e84ca712fa353d0fc72eac9c94c78056bd104359515d', 40064437);
INSERT INTO public._sqlx_migrations VALUES (20, 'citizen', '2026-11-29 08:50:11.111159+00', true, '\x5603c5340fa212d53fec2a90c3723ec322243715d6d5354b8ddf6dc074501930d242e7631c98e18dd7fff807da2831a5', 68344744);


--
-- Data for Name: amqp_user; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: application; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.application VALUES ('01a2267f-6fd2-7579-b3d8-81105f572c7a', 'UMA', 'F01', 'certified-copy', NULL, NULL, 'pending', '19c0528a6c22d53f7ec516dd593b5993f990571e26aa1fb8ccc9e2b26d8c6f83', NULL, NULL, NULL, NULL, 1795942215598, NULL, false);
INSERT INTO public.application VALUES ('01a2267f-735c-7c84-a899-a1e771ac91e2', 'UMA', 'F05', 'certified-copy', NULL, NULL, 'pending', 'a134fb839c08dc8c0f03e691ca16033ae6e4e666c2f3ff73d6925bfd5887ec8b', NULL, NULL, NULL, NULL, 1795942216492, NULL, false);


--
-- Data for Name: attempt; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: audit; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: certificate; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: change; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: clock; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.clock VALUES ('01a2267f-6fd2-7579-b3d8-81105f572c7a', 'service', '', 'UMA', 'certified-copy', NULL, 'UMA-1', 'paused', 3, 'days', 1793593800000, NULL, NULL, false, '-62135596800000-', NULL, false, '2026-11-05', '', 31, NULL, NULL);
INSERT INTO public.clock VALUES ('01a2267f-735c-7c84-a899-a1e771ac91e2', 'service', '', 'UMA', 'certified-copy', NULL, 'UMA-1', 'paused', 3, 'days', 1793593800000, NULL, NULL, false, '-19800000-', NULL, false, '2026-11-05', '', 31, NULL, NULL);


--
-- Data for Name: code; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: counter; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.counter VALUES ('department/UMA', 14);


--
-- Data for Name: credential_key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.credential_key VALUES ('6d0c49c338a006dc', 'be5c39c680daf57c3d808cc34155cc66d6f52a6fb0eb1e7096b1da4b376139b1', '', 1795942211000, NULL);


--
-- Data for Name: department_key; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: directory; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: directory_wish; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: discarded; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: document; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: document_order; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: exception; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: fetched; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: handover; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: handover_undone; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: hologram; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: hologram_range; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: inbound_event; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.inbound_event VALUES ('UMA', '/departments/UMA/w', 'e5001', 'application.submitted', '01a2267f-6fd2-7579-b3d8-81105f572c7a', '19c0528a6c22d53f7ec516dd593b5993f990571e26aa1fb8ccc9e2b26d8c6f83', '{"applicant":{"name":{"en":"A B"}},"application_no":"F01","department":"UMA","office":"UMA-1","service":"certified-copy","submitted_at":"2026-11-02T10:00:00+05:30"}', 1793593800000, 1795942215598, true);
INSERT INTO public.inbound_event VALUES ('UMA', '/departments/UMA/w', 'e5002', 'application.deficient', '01a2267f-6fd2-7579-b3d8-81105f572c7a', '9b75506b30677dee523c1c0bd824714f1c186836bb03f47d4e0be2f73c64cf08', '{"application_no":"F01","at":"0001-01-01T00:00:00Z","department":"UMA","officer":{"designation":"Officer","name":"An Officer","officer_id":"X-1"},"reason":{"en":"r"}}', -62135596800000, 1795942216059, true);
INSERT INTO public.inbound_event VALUES ('UMA', '/departments/UMA/w', 'e6003', 'application.submitted', '01a2267f-735c-7c84-a899-a1e771ac91e2', 'a134fb839c08dc8c0f03e691ca16033ae6e4e666c2f3ff73d6925bfd5887ec8b', '{"applicant":{"name":{"en":"A B"}},"application_no":"F05","department":"UMA","office":"UMA-1","service":"certified-copy","submitted_at":"2026-11-02T10:00:00+05:30"}', 1793593800000, 1795942216492, true);
INSERT INTO public.inbound_event VALUES ('UMA', '/departments/UMA/w', 'e6001', 'application.deficient', '01a2267f-735c-7c84-a899-a1e771ac91e2', '67dcb48175abf6a197958fbc4e71073fba7bd22464083d4aea0001ee082b8c52', '{"application_no":"F05","at":"1970-01-01T00:00:00+05:30","department":"UMA","officer":{"designation":"Officer","name":"An Officer","officer_id":"X-1"},"reason":{"en":"r"}}', -19800000, 1795942216847, true);


--
-- Data for Name: inbox; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.inbox VALUES ('01a2267f-6fae-756c-9335-a85a56ac3ab8', NULL, NULL, NULL, NULL, NULL, false, NULL, 1795942215598, 1795942215634, '{"events":[{"application_no":"F01","duplicate":false,"id":"e5001","result":"accepted","source":"/departments/UMA/w"}]}', '{}');
INSERT INTO public.inbox VALUES ('01a2267f-717b-7bdf-87ff-f872928a76c0', NULL, NULL, NULL, NULL, NULL, false, NULL, 1795942216059, 1795942216089, '{"events":[{"application_no":"F01","duplicate":false,"id":"e5002","result":"accepted","source":"/departments/UMA/w"}]}', '{}');
INSERT INTO public.inbox VALUES ('01a2267f-732c-75e7-9dfd-e6dff9a1c65c', NULL, NULL, NULL, NULL, NULL, false, NULL, 1795942216492, 1795942216540, '{"events":[{"application_no":"F05","duplicate":false,"id":"e6003","result":"accepted","source":"/departments/UMA/w"}]}', '{}');
INSERT INTO public.inbox VALUES ('01a2267f-748f-765d-a043-bd927a60de1f', NULL, NULL, NULL, NULL, NULL, false, NULL, 1795942216847, 1795942216877, '{"events":[{"application_no":"F05","duplicate":false,"id":"e6001","result":"accepted","source":"/departments/UMA/w"}]}', '{}');
INSERT INTO public.inbox VALUES ('01a2267f-75fc-7952-ba38-781e468e5ec0', NULL, NULL, NULL, NULL, NULL, false, '\x7b227370656376657273696f6e223a2022312e30222c20226964223a20226535303033222c2022736f75726365223a20222f6465706172746d656e74732f554d412f77222c202274797065223a2022696e2e676f762e77622e62736b2e6170706c69636174696f6e2e726573756d65642e7631222c202264617461223a207b226465706172746d656e74223a2022554d41222c20226170706c69636174696f6e5f6e6f223a2022463031222c20226174223a2022323032362d31312d31305431303a30303a30302b30353a3330222c2022726561736f6e223a207b22656e223a202272227d2c20226f666669636572223a207b226e616d65223a2022416e204f666669636572222c202264657369676e6174696f6e223a20224f666669636572222c20226f6666696365725f6964223a2022582d31227d7d7d0a', 1795942217212, NULL, NULL, NULL);
INSERT INTO public.inbox VALUES ('01a22688-9db9-7f6b-9a65-d75de18313db', NULL, NULL, NULL, NULL, NULL, false, '\x7b2264617461223a7b226170706c6963616e74223a7b226d6f62696c65223a222b393139383539303831393335222c226e616d65223a7b22626e223a22e0a6b8e0a78be0a6aee0a6ace0a6bee0a6b0e0a6bf20e0a6aee0a6bee0a6b9e0a6bee0a6a4e0a78b222c22656e223a22536f6d62617269204d616861746f227d7d2c226170706c69636174696f6e5f6e6f223a224c52522f42454e43482f3030303030303030222c22617070726f7665645f6174223a22323032362d30372d32385430333a33353a30302b30353a3330222c22617070726f7665645f6279223a7b2264657369676e6174696f6e223a22426c6f636b204c616e642026204c616e64205265666f726d73204f666669636572222c226e616d65223a22536b2e20496d72616e2042696269222c226f6666696365725f6964223a224c52522d313936227d2c2262736b223a2250554d30303237222c226365727469666963617465223a7b226a6c5f6e6f223a32332c226b68617469616e5f6e6f223a373130352c226d6f757a61223a7b22626e223a22e0a69be0a6bee0a6a4e0a6a8e0a6be222c22656e223a2243686861746e61227d2c22706c6f7473223a5b7b22617265615f61637265223a22312e3234222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a22323837227d2c7b22617265615f61637265223a22322e3138222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a2232323538227d2c7b22617265615f61637265223a22322e3930222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a2233333837227d2c7b22617265615f61637265223a22312e3135222c22636c617373696669636174696f6e223a7b22626e223a22e0a6a1e0a6bee0a699e0a78de0a697e0a6be222c22656e223a2244616e6761227d2c22706c6f745f6e6f223a2233383831227d2c7b22617265615f61637265223a22322e3939222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a2232353730227d2c7b22617265615f61637265223a22332e3030222c22636c617373696669636174696f6e223a7b22626e223a22e0a6ace0a6bee0a6b8e0a78de0a6a4e0a781222c22656e223a224261737475227d2c22706c6f745f6e6f223a2232333634227d2c7b22617265615f61637265223a22312e3134222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a22323034227d5d7d2c226465706172746d656e74223a224c5252222c22646f636b65745f6e6f223a224230303030303030303030222c226f6666696365223a224c52522d50554d2d31222c2273657276696365223a227265636f72642d6f662d7269676874732d636f7079222c227375626d69747465645f6174223a22323032362d30372d32345431393a32383a30302b30353a3330227d2c2264617461636f6e74656e7474797065223a226170706c69636174696f6e2f6a736f6e222c226964223a2262656e63682d3030303030303030222c22736f75726365223a222f6465706172746d656e74732f4c52522f776f726b666c6f77222c227370656376657273696f6e223a22312e30222c227375626a656374223a224c52522f42454e43482f3030303030303030222c2274696d65223a22323032362d30372d32385430333a33353a30302b30353a3330222c2274797065223a22696e2e676f762e77622e62736b2e6170706c69636174696f6e2e617070726f7665642e7631227d0a', 1795942817209, NULL, NULL, NULL);
INSERT INTO public.inbox VALUES ('01a22688-9dbd-77d6-bdcb-cf84b7d90fc0', NULL, NULL, NULL, NULL, NULL, false, '\x7b2264617461223a7b226170706c6963616e74223a7b226d6f62696c65223a222b393139383539303831393335222c226e616d65223a7b22626e223a22e0a6b8e0a78be0a6aee0a6ace0a6bee0a6b0e0a6bf20e0a6aee0a6bee0a6b9e0a6bee0a6a4e0a78b222c22656e223a22536f6d62617269204d616861746f227d7d2c226170706c69636174696f6e5f6e6f223a224c52522f42454e43482f3030303030303030222c22617070726f7665645f6174223a22323032362d30372d32385430333a33353a30302b30353a3330222c22617070726f7665645f6279223a7b2264657369676e6174696f6e223a22426c6f636b204c616e642026204c616e64205265666f726d73204f666669636572222c226e616d65223a22536b2e20496d72616e2042696269222c226f6666696365725f6964223a224c52522d313936227d2c2262736b223a2250554d30303237222c226365727469666963617465223a7b226a6c5f6e6f223a32332c226b68617469616e5f6e6f223a373130352c226d6f757a61223a7b22626e223a22e0a69be0a6bee0a6a4e0a6a8e0a6be222c22656e223a2243686861746e61227d2c22706c6f7473223a5b7b22617265615f61637265223a22312e3234222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a22323837227d2c7b22617265615f61637265223a22322e3138222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a2232323538227d2c7b22617265615f61637265223a22322e3930222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a2233333837227d2c7b22617265615f61637265223a22312e3135222c22636c617373696669636174696f6e223a7b22626e223a22e0a6a1e0a6bee0a699e0a78de0a697e0a6be222c22656e223a2244616e6761227d2c22706c6f745f6e6f223a2233383831227d2c7b22617265615f61637265223a22322e3939222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a2232353730227d2c7b22617265615f61637265223a22332e3030222c22636c617373696669636174696f6e223a7b22626e223a22e0a6ace0a6bee0a6b8e0a78de0a6a4e0a781222c22656e223a224261737475227d2c22706c6f745f6e6f223a2232333634227d2c7b22617265615f61637265223a22312e3134222c22636c617373696669636174696f6e223a7b22626e223a22e0a6b6e0a6bee0a6b2e0a6bf222c22656e223a2253616c69227d2c22706c6f745f6e6f223a22323034227d5d7d2c226465706172746d656e74223a224c5252222c22646f636b65745f6e6f223a224230303030303030303030222c226f6666696365223a224c52522d50554d2d31222c2273657276696365223a227265636f72642d6f662d7269676874732d636f7079222c227375626d69747465645f6174223a22323032362d30372d32345431393a32383a30302b30353a3330227d2c2264617461636f6e74656e7474797065223a226170706c69636174696f6e2f6a736f6e222c226964223a2262656e63682d3030303030303030222c22736f75726365223a222f6465706172746d656e74732f4c52522f776f726b666c6f77222c227370656376657273696f6e223a22312e30222c227375626a656374223a224c52522f42454e43482f3030303030303030222c2274696d65223a22323032362d30372d32385430333a33353a30302b30353a3330222c2274797065223a22696e2e676f762e77622e62736b2e6170706c69636174696f6e2e617070726f7665642e7631227d0a', 1795942817213, NULL, NULL, NULL);


--
-- Data for Name: mailing; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: mailing_line; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: moved; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: note; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: notice; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: nudge; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: outbound; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.outbound VALUES ('department/UMA', 1, '01a2267f-6fd2-71a8-aef2-b7753e92a2a7', 'application.accepted', 'F01', '{"application_no":"F01","department":"UMA","duplicate":false,"event_id":"e5001","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.submitted.v1","received_at":"2026-11-29T14:20:15.598+05:30"}', 1795942215634);
INSERT INTO public.outbound VALUES ('department/UMA', 2, '01a2267f-70bf-72d0-a3ee-73230f5c7f42', 'sla.due_soon', 'F01', '{"application_no":"F01","at":"2026-11-29T14:20:15.871+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_soon","service":"certified-copy"}', 1795942215871);
INSERT INTO public.outbound VALUES ('department/UMA', 3, '01a2267f-70bf-7a57-93bb-4885701c4be7', 'sla.due_soon', 'F01', '{"application_no":"F01","at":"2026-11-29T14:20:15.871+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_today","service":"certified-copy"}', 1795942215871);
INSERT INTO public.outbound VALUES ('department/UMA', 4, '01a2267f-70bf-7786-b26e-d42c4135ff17', 'sla.breached', 'F01', '{"application_no":"F01","at":"2026-11-29T14:20:15.871+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","late_from":"2026-11-06","provisional":true,"rung":"breached","service":"certified-copy"}', 1795942215871);
INSERT INTO public.outbound VALUES ('department/UMA', 5, '01a2267f-70bf-7029-a360-f9c8c7929c56', 'sla.escalated', 'F01', '{"application_no":"F01","at":"2026-11-29T14:20:15.871+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":1,"provisional":true,"rung":"appeal_open","service":"certified-copy","to":"appellate_officer"}', 1795942215871);
INSERT INTO public.outbound VALUES ('department/UMA', 6, '01a2267f-70bf-7568-8abc-0d79beda335f', 'sla.escalated', 'F01', '{"application_no":"F01","at":"2026-11-29T14:20:15.871+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":2,"provisional":true,"rung":"reviewing_officer","service":"certified-copy","to":"reviewing_officer"}', 1795942215871);
INSERT INTO public.outbound VALUES ('department/UMA', 7, '01a2267f-7199-755e-bf72-ec09421da61b', 'application.accepted', 'F01', '{"application_no":"F01","department":"UMA","duplicate":false,"event_id":"e5002","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.deficient.v1","received_at":"2026-11-29T14:20:16.059+05:30"}', 1795942216089);
INSERT INTO public.outbound VALUES ('department/UMA', 8, '01a2267f-735c-7cc5-b26a-4755138e004c', 'application.accepted', 'F05', '{"application_no":"F05","department":"UMA","duplicate":false,"event_id":"e6003","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.submitted.v1","received_at":"2026-11-29T14:20:16.492+05:30"}', 1795942216540);
INSERT INTO public.outbound VALUES ('department/UMA', 9, '01a2267f-74c9-7c5c-bf44-17f307797cdb', 'sla.due_soon', 'F05', '{"application_no":"F05","at":"2026-11-29T14:20:16.905+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_soon","service":"certified-copy"}', 1795942216905);
INSERT INTO public.outbound VALUES ('department/UMA', 10, '01a2267f-74c9-78b2-9356-7ce066296a0b', 'sla.due_soon', 'F05', '{"application_no":"F05","at":"2026-11-29T14:20:16.905+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_today","service":"certified-copy"}', 1795942216905);
INSERT INTO public.outbound VALUES ('department/UMA', 11, '01a2267f-74c9-7c5e-9c21-8fc6c6f1ddbf', 'sla.breached', 'F05', '{"application_no":"F05","at":"2026-11-29T14:20:16.905+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","late_from":"2026-11-06","provisional":true,"rung":"breached","service":"certified-copy"}', 1795942216905);
INSERT INTO public.outbound VALUES ('department/UMA', 12, '01a2267f-74c9-7dcb-a59a-4677035811fc', 'sla.escalated', 'F05', '{"application_no":"F05","at":"2026-11-29T14:20:16.905+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":1,"provisional":true,"rung":"appeal_open","service":"certified-copy","to":"appellate_officer"}', 1795942216905);
INSERT INTO public.outbound VALUES ('department/UMA', 13, '01a2267f-74c9-7277-b030-ca344fb10cfb', 'sla.escalated', 'F05', '{"application_no":"F05","at":"2026-11-29T14:20:16.905+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":2,"provisional":true,"rung":"reviewing_officer","service":"certified-copy","to":"reviewing_officer"}', 1795942216905);
INSERT INTO public.outbound VALUES ('department/UMA', 14, '01a2267f-74ad-7f7d-a21c-d4d7e7f21bbc', 'application.accepted', 'F05', '{"application_no":"F05","department":"UMA","duplicate":false,"event_id":"e6001","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.deficient.v1","received_at":"2026-11-29T14:20:16.847+05:30"}', 1795942216877);


--
-- Data for Name: parked; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: person; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: phone_due; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: print; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reminder; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: rerouting; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: reserved_uin; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: returned; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: rules; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.rules VALUES (true, 0, 0);


--
-- Data for Name: run; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: rung; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.rung VALUES ('01a2267f-6fd2-7579-b3d8-81105f572c7a', 'service', '', 'due_soon', '2026-11-05', 1793730600000, 1795942215871);
INSERT INTO public.rung VALUES ('01a2267f-6fd2-7579-b3d8-81105f572c7a', 'service', '', 'due_today', '2026-11-05', 1793817000000, 1795942215871);
INSERT INTO public.rung VALUES ('01a2267f-6fd2-7579-b3d8-81105f572c7a', 'service', '', 'breached', '2026-11-05', 1793903400000, 1795942215871);
INSERT INTO public.rung VALUES ('01a2267f-6fd2-7579-b3d8-81105f572c7a', 'service', '', 'appeal_open', '2026-11-05', 1793989800000, 1795942215871);
INSERT INTO public.rung VALUES ('01a2267f-6fd2-7579-b3d8-81105f572c7a', 'service', '', 'reviewing_officer', '2026-11-05', 1795199400000, 1795942215871);
INSERT INTO public.rung VALUES ('01a2267f-735c-7c84-a899-a1e771ac91e2', 'service', '', 'due_soon', '2026-11-05', 1793730600000, 1795942216905);
INSERT INTO public.rung VALUES ('01a2267f-735c-7c84-a899-a1e771ac91e2', 'service', '', 'due_today', '2026-11-05', 1793817000000, 1795942216905);
INSERT INTO public.rung VALUES ('01a2267f-735c-7c84-a899-a1e771ac91e2', 'service', '', 'breached', '2026-11-05', 1793903400000, 1795942216905);
INSERT INTO public.rung VALUES ('01a2267f-735c-7c84-a899-a1e771ac91e2', 'service', '', 'appeal_open', '2026-11-05', 1793989800000, 1795942216905);
INSERT INTO public.rung VALUES ('01a2267f-735c-7c84-a899-a1e771ac91e2', 'service', '', 'reviewing_officer', '2026-11-05', 1795199400000, 1795942216905);


--
-- Data for Name: sample_found; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: seal_certificate; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.seal_certificate VALUES ('96439c81628b78149e256b5deffeb3c1fa9dc5f663b8264b9b7773d016cc7dfa', '\x3082025e30820204a00302010202107cb689a9ef96248b4bb5d61c17aec0f5300a06082a8648ce3d040302306a310b300906035504061302494e312d302b060355040a0c24476f7665726e6d656e74206f6620576573742042656e67616c202853504543494d454e29312c302a06035504030c234d6f686f722064656d6f20726f6f74202d206e6f742061206c6963656e736564204341301e170d3236313132393038353031315a170d3239313132383038353031315a3077310b300906035504061302494e3114301206035504080c0b576573742042656e67616c312d302b060355040a0c24476f7665726e6d656e74206f6620576573742042656e67616c202853504543494d454e293123302106035504030c1a4d6f686f722064656d6f20646f63756d656e74207369676e65723059301306072a8648ce3d020106082a8648ce3d03010703420004f9246ce8f4d9abb283adba90c23d46daf290548380dfd9ed92723ebafe45a583e3a318088e4d8a73d3f279401584967a00ad77be82c1af492a4a154e26c74246a37f307d301d0603551d0e04160414a04a4f9aa2edd6bb7feabe27456f3b82bc2501e2301f0603551d2304183016801422e280bcdc8597669c889fefef6e028b3b43e103300e0603551d0f0101ff0404030206c0300c0603551d130101ff04023000301d0603551d250416301406082b0601050507032406082b06010505070304300a06082a8648ce3d04030203480030450220083dcc2661db8444e07a46195908aecb006011162dacebd62cf06ff9e5d5c25b022100ae0101244da78c26507f74cda1d1233c312bb57762da489180db8fe1d85a2b55');


--
-- Data for Name: seal_key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.seal_key OVERRIDING SYSTEM VALUE VALUES (1, '96439c81628b78149e256b5deffeb3c1fa9dc5f663b8264b9b7773d016cc7dfa', 'ecdsa_p256', '96439c81628b78149e256b5deffeb3c1fa9dc5f663b8264b9b7773d016cc7dfa');


--
-- Data for Name: session; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: status_place; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: tally; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.tally VALUES ('inbox', 2, 0);
INSERT INTO public.tally VALUES ('inbox', 7, 1);
INSERT INTO public.tally VALUES ('inbox', 0, -2);
INSERT INTO public.tally VALUES ('inbox', 1, 1);
INSERT INTO public.tally VALUES ('inbox', 3, 0);
INSERT INTO public.tally VALUES ('inbox', 5, 3);


--
-- Data for Name: test_page; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: tracking; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: unpublished; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: untold; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: webhook; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: webhook_attempt; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: webhook_mail; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: audit_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.audit_number_seq', 1, false);


--
-- Name: certificate_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.certificate_number_seq', 1, false);


--
-- Name: change_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.change_number_seq', 1, false);


--
-- Name: document_order_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.document_order_number_seq', 1, false);


--
-- Name: hologram_range_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.hologram_range_number_seq', 1, false);


--
-- Name: parked_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.parked_number_seq', 1, false);


--
-- Name: run_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.run_number_seq', 1, false);


--
-- Name: seal_key_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.seal_key_number_seq', 1, true);


--
-- Name: webhook_attempt_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.webhook_attempt_number_seq', 1, false);


--
-- Name: _sqlx_migrations _sqlx_migrations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);


--
-- Name: amqp_user amqp_user_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.amqp_user
    ADD CONSTRAINT amqp_user_pkey PRIMARY KEY (name);


--
-- Name: application application_ascribed_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_ascribed_key UNIQUE (ascribed);


--
-- Name: application application_department_application_no_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_department_application_no_key UNIQUE (department, application_no);


--
-- Name: application application_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_pkey PRIMARY KEY (id);


--
-- Name: application application_supersedes_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.application
    ADD CONSTRAINT application_supersedes_key UNIQUE (supersedes);


--
-- Name: asset asset_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.asset
    ADD CONSTRAINT asset_pkey PRIMARY KEY (sha256);


--
-- Name: attempt attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT attempt_pkey PRIMARY KEY (stage, item);


--
-- Name: audit audit_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT audit_pkey PRIMARY KEY (number);


--
-- Name: certificate certificate_application_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certificate
    ADD CONSTRAINT certificate_application_id_key UNIQUE (application_id);


--
-- Name: certificate certificate_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certificate
    ADD CONSTRAINT certificate_pkey PRIMARY KEY (number);


--
-- Name: certificate certificate_uin_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certificate
    ADD CONSTRAINT certificate_uin_key UNIQUE (uin);


--
-- Name: change change_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_pkey PRIMARY KEY (number);


--
-- Name: change change_version_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.change
    ADD CONSTRAINT change_version_key UNIQUE (version);


--
-- Name: clock clock_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.clock
    ADD CONSTRAINT clock_pkey PRIMARY KEY (application_id, kind, key);


--
-- Name: code code_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.code
    ADD CONSTRAINT code_pkey PRIMARY KEY (uin, kind, n);


--
-- Name: counter counter_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.counter
    ADD CONSTRAINT counter_pkey PRIMARY KEY (stream);


--
-- Name: credential_key credential_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.credential_key
    ADD CONSTRAINT credential_key_pkey PRIMARY KEY (kid);


--
-- Name: department_key department_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.department_key
    ADD CONSTRAINT department_key_pkey PRIMARY KEY (kid);


--
-- Name: directory directory_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.directory
    ADD CONSTRAINT directory_pkey PRIMARY KEY (department, version);


--
-- Name: directory_wish directory_wish_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.directory_wish
    ADD CONSTRAINT directory_wish_pkey PRIMARY KEY (department);


--
-- Name: discarded discarded_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.discarded
    ADD CONSTRAINT discarded_pkey PRIMARY KEY (stage, item);


--
-- Name: document_order document_order_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.document_order
    ADD CONSTRAINT document_order_id_key UNIQUE (id);


--
-- Name: document_order document_order_kind_subject_digest_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.document_order
    ADD CONSTRAINT document_order_kind_subject_digest_key UNIQUE (kind, subject, digest);


--
-- Name: document_order document_order_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.document_order
    ADD CONSTRAINT document_order_pkey PRIMARY KEY (number);


--
-- Name: document_order document_order_sha256_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.document_order
    ADD CONSTRAINT document_order_sha256_key UNIQUE (sha256);


--
-- Name: document document_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.document
    ADD CONSTRAINT document_pkey PRIMARY KEY (sha256);


--
-- Name: exception exception_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.exception
    ADD CONSTRAINT exception_pkey PRIMARY KEY (uin, n);


--
-- Name: fetched fetched_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fetched
    ADD CONSTRAINT fetched_pkey PRIMARY KEY (uin, n);


--
-- Name: handover handover_application_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_application_id_key UNIQUE (application_id);


--
-- Name: handover handover_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_pkey PRIMARY KEY (uin);


--
-- Name: handover_undone handover_undone_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.handover_undone
    ADD CONSTRAINT handover_undone_pkey PRIMARY KEY (uin, handed_at);


--
-- Name: hologram hologram_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hologram
    ADD CONSTRAINT hologram_pkey PRIMARY KEY (serial);


--
-- Name: hologram_range hologram_range_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hologram_range
    ADD CONSTRAINT hologram_range_pkey PRIMARY KEY (number);


--
-- Name: hologram_range hologram_range_prefix_digits_first_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hologram_range
    ADD CONSTRAINT hologram_range_prefix_digits_first_key UNIQUE (prefix, digits, first);


--
-- Name: hologram hologram_uin_n_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hologram
    ADD CONSTRAINT hologram_uin_n_key UNIQUE (uin, n);


--
-- Name: inbound_event inbound_event_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.inbound_event
    ADD CONSTRAINT inbound_event_pkey PRIMARY KEY (department, source, event_id);


--
-- Name: inbox inbox_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.inbox
    ADD CONSTRAINT inbox_pkey PRIMARY KEY (id);


--
-- Name: mailing_line mailing_line_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mailing_line
    ADD CONSTRAINT mailing_line_pkey PRIMARY KEY (application_id, kind, key, rung, login);


--
-- Name: mailing mailing_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mailing
    ADD CONSTRAINT mailing_pkey PRIMARY KEY (id);


--
-- Name: moved moved_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.moved
    ADD CONSTRAINT moved_pkey PRIMARY KEY (version, application_id, kind, key);


--
-- Name: note note_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.note
    ADD CONSTRAINT note_pkey PRIMARY KEY (name);


--
-- Name: notice notice_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_pkey PRIMARY KEY (bsk, number);


--
-- Name: notice notice_uin_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.notice
    ADD CONSTRAINT notice_uin_key UNIQUE (uin);


--
-- Name: nudge nudge_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.nudge
    ADD CONSTRAINT nudge_pkey PRIMARY KEY (stage, item);


--
-- Name: outbound outbound_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbound
    ADD CONSTRAINT outbound_pkey PRIMARY KEY (stream, number);


--
-- Name: parked parked_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.parked
    ADD CONSTRAINT parked_pkey PRIMARY KEY (number);


--
-- Name: parked parked_stage_item_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.parked
    ADD CONSTRAINT parked_stage_item_key UNIQUE (stage, item);


--
-- Name: person person_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.person
    ADD CONSTRAINT person_pkey PRIMARY KEY (login);


--
-- Name: phone_due phone_due_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.phone_due
    ADD CONSTRAINT phone_due_pkey PRIMARY KEY (application_id);


--
-- Name: print print_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.print
    ADD CONSTRAINT print_pkey PRIMARY KEY (uin, kind, n);


--
-- Name: reminder reminder_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reminder
    ADD CONSTRAINT reminder_pkey PRIMARY KEY (uin, stay, n);


--
-- Name: rerouting rerouting_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rerouting
    ADD CONSTRAINT rerouting_pkey PRIMARY KEY (uin, stay);


--
-- Name: reserved_uin reserved_uin_department_request_place_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reserved_uin
    ADD CONSTRAINT reserved_uin_department_request_place_key UNIQUE (department, request, place);


--
-- Name: reserved_uin reserved_uin_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reserved_uin
    ADD CONSTRAINT reserved_uin_pkey PRIMARY KEY (uin);


--
-- Name: returned returned_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.returned
    ADD CONSTRAINT returned_pkey PRIMARY KEY (uin, stay);


--
-- Name: rules rules_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rules
    ADD CONSTRAINT rules_pkey PRIMARY KEY (one);


--
-- Name: run run_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.run
    ADD CONSTRAINT run_pkey PRIMARY KEY (number);


--
-- Name: rung rung_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rung
    ADD CONSTRAINT rung_pkey PRIMARY KEY (application_id, kind, key, rung);


--
-- Name: sample_found sample_found_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sample_found
    ADD CONSTRAINT sample_found_pkey PRIMARY KEY (uin, handed_at);


--
-- Name: seal_certificate seal_certificate_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.seal_certificate
    ADD CONSTRAINT seal_certificate_pkey PRIMARY KEY (fingerprint);


--
-- Name: seal_key seal_key_key_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.seal_key
    ADD CONSTRAINT seal_key_key_id_key UNIQUE (key_id);


--
-- Name: seal_key seal_key_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.seal_key
    ADD CONSTRAINT seal_key_pkey PRIMARY KEY (number);


--
-- Name: session session_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT session_pkey PRIMARY KEY (key);


--
-- Name: status_place status_place_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.status_place
    ADD CONSTRAINT status_place_pkey PRIMARY KEY (department, year, list, place);


--
-- Name: tally tally_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tally
    ADD CONSTRAINT tally_pkey PRIMARY KEY (name, shard);


--
-- Name: test_page test_page_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.test_page
    ADD CONSTRAINT test_page_pkey PRIMARY KEY (bsk, day);


--
-- Name: tracking tracking_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tracking
    ADD CONSTRAINT tracking_pkey PRIMARY KEY (application_id);


--
-- Name: unpublished unpublished_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.unpublished
    ADD CONSTRAINT unpublished_pkey PRIMARY KEY (id);


--
-- Name: untold untold_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.untold
    ADD CONSTRAINT untold_pkey PRIMARY KEY (application_id, kind, key, rung, post);


--
-- Name: webhook_attempt webhook_attempt_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_attempt
    ADD CONSTRAINT webhook_attempt_pkey PRIMARY KEY (number);


--
-- Name: webhook_mail webhook_mail_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_mail
    ADD CONSTRAINT webhook_mail_pkey PRIMARY KEY (id);


--
-- Name: webhook webhook_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_pkey PRIMARY KEY (id);


--
-- Name: webhook webhook_stream_url_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook
    ADD CONSTRAINT webhook_stream_url_key UNIQUE (stream, url);


--
-- Name: application_docket; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX application_docket ON public.application USING btree (docket_no) WHERE (docket_no IS NOT NULL);


--
-- Name: application_mobile; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX application_mobile ON public.application USING btree (public.mobile_in(data)) WHERE (public.mobile_in(data) IS NOT NULL);


--
-- Name: application_number; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX application_number ON public.application USING btree (application_no);


--
-- Name: application_unminted; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX application_unminted ON public.application USING btree (approved_at) WHERE ((state = 'approved'::text) AND (NOT minted));


--
-- Name: attempt_acknowledgement; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX attempt_acknowledgement ON public.attempt USING btree (next_at) WHERE (code = 'acknowledgement'::text);


--
-- Name: attempt_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX attempt_due ON public.attempt USING btree (next_at) WHERE (code <> 'acknowledgement'::text);


--
-- Name: audit_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX audit_subject ON public.audit USING btree (subject);


--
-- Name: certificate_untold; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX certificate_untold ON public.certificate USING btree (minted_at) WHERE (notified_at IS NULL);


--
-- Name: change_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX change_waiting ON public.change USING btree (digest) WHERE (state = 'proposed'::text);


--
-- Name: clock_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_due ON public.clock USING btree (due_on, application_id) INCLUDE (department, service, district, office, bsk, kind) WHERE ((state = 'running'::text) AND (kind <> 'pipeline'::text) AND (kind <> 'bsk'::text));


--
-- Name: clock_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_end ON public.clock USING btree (COALESCE(stopped_at, '9223372036854775807'::bigint), application_id, kind, key, department);


--
-- Name: clock_making; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_making ON public.clock USING btree (application_id) WHERE ((state = 'running'::text) AND (kind = 'pipeline'::text));


--
-- Name: clock_next; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_next ON public.clock USING btree (next_at) WHERE (next_at IS NOT NULL);


--
-- Name: clock_paused; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_paused ON public.clock USING btree (department, promised_on) WHERE (state = 'paused'::text);


--
-- Name: clock_started; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_started ON public.clock USING brin (started_at);


--
-- Name: clock_stopped; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_stopped ON public.clock USING btree (stopped_at) WHERE ((kind = 'service'::text) AND (stopped_at IS NOT NULL));


--
-- Name: clock_uncollected; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_uncollected ON public.clock USING btree (due_on, application_id) INCLUDE (department, service, district, office, bsk) WHERE ((state = 'running'::text) AND (kind = 'bsk'::text));


--
-- Name: clock_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX clock_waiting ON public.clock USING btree (started_at, application_id) INCLUDE (department, service, district, office, bsk) WHERE ((kind = 'bsk'::text) AND (stopped_at IS NULL));


--
-- Name: code_open; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX code_open ON public.code USING btree (uin, kind) WHERE (state = 'open'::text);


--
-- Name: document_order_moving; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX document_order_moving ON public.document_order USING btree (ordered_at) WHERE (stored_at IS NULL);


--
-- Name: document_order_place; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX document_order_place ON public.document_order USING btree (kind, department, number);


--
-- Name: document_order_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX document_order_subject ON public.document_order USING btree (subject, number);


--
-- Name: document_uin; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX document_uin ON public.document USING btree (uin);


--
-- Name: exception_going; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX exception_going ON public.exception USING btree (uin) WHERE (state = ANY (ARRAY['open'::text, 'allowed'::text]));


--
-- Name: exception_open; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX exception_open ON public.exception USING btree (asked_at) WHERE (state = 'open'::text);


--
-- Name: fetched_delivered; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX fetched_delivered ON public.fetched USING btree (application_id) WHERE delivered;


--
-- Name: handover_sampled; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX handover_sampled ON public.handover USING btree (handed_at) WHERE sampled;


--
-- Name: hologram_range_bsk; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX hologram_range_bsk ON public.hologram_range USING btree (bsk, number);


--
-- Name: inbound_event_application; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX inbound_event_application ON public.inbound_event USING btree (application_id);


--
-- Name: inbox_letter; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX inbox_letter ON public.inbox USING btree (sha256(body)) WHERE ((answered_at IS NULL) AND (routing_key IS NOT NULL));


--
-- Name: inbox_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX inbox_waiting ON public.inbox USING btree (received_at) WHERE (answered_at IS NULL);


--
-- Name: mailing_failed; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mailing_failed ON public.mailing USING btree (id) WHERE (state = 'failed'::text);


--
-- Name: mailing_line_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mailing_line_due ON public.mailing_line USING btree (login, due_at) WHERE (mailing IS NULL);


--
-- Name: mailing_line_mailing; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mailing_line_mailing ON public.mailing_line USING btree (mailing) WHERE (mailing IS NOT NULL);


--
-- Name: mailing_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mailing_waiting ON public.mailing USING btree (next_at) WHERE (state = 'waiting'::text);


--
-- Name: notice_state; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX notice_state ON public.notice USING btree (bsk, state, number);


--
-- Name: parked_item; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX parked_item ON public.parked USING btree (item);


--
-- Name: person_subject; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX person_subject ON public.person USING btree (subject);


--
-- Name: phone_due_since; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX phone_due_since ON public.phone_due USING btree (since);


--
-- Name: run_open; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX run_open ON public.run USING btree (way) WHERE (done_at IS NULL);


--
-- Name: rung_fired; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX rung_fired ON public.rung USING btree (fired_at, moment);


--
-- Name: session_expired; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX session_expired ON public.session USING btree (expires_at);


--
-- Name: tracking_digest; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX tracking_digest ON public.tracking USING btree (digest);


--
-- Name: unpublished_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX unpublished_due ON public.unpublished USING btree (due_at, id);


--
-- Name: untold_again; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX untold_again ON public.untold USING btree (again_at);


--
-- Name: webhook_attempt_of; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_attempt_of ON public.webhook_attempt USING btree (webhook, number);


--
-- Name: webhook_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_due ON public.webhook USING btree (next_at) WHERE (state = 'active'::text);


--
-- Name: webhook_mail_of; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_mail_of ON public.webhook_mail USING btree (webhook, at);


--
-- Name: audit audit_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_is_kept BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.refuse('an audit line is never changed');


--
-- Name: certificate certificate_is_fixed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER certificate_is_fixed BEFORE UPDATE ON public.certificate FOR EACH ROW WHEN (((new.uin <> old.uin) OR (new.application_id <> old.application_id) OR (new.plan <> old.plan) OR (new.claims <> old.claims) OR (new.credential_kid <> old.credential_kid) OR ((old.credential IS NOT NULL) AND (new.credential IS DISTINCT FROM old.credential)) OR ((old.cms IS NOT NULL) AND (new.cms IS DISTINCT FROM old.cms)) OR ((old.sha256 IS NOT NULL) AND (new.sha256 IS DISTINCT FROM old.sha256)))) EXECUTE FUNCTION public.refuse('a minted certificate is never changed');


--
-- Name: certificate certificate_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER certificate_stays BEFORE DELETE ON public.certificate FOR EACH ROW EXECUTE FUNCTION public.refuse('a minted certificate is never removed');


--
-- Name: change change_is_fixed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER change_is_fixed BEFORE UPDATE ON public.change FOR EACH ROW WHEN (((old.state <> 'proposed'::text) OR (new.number <> old.number) OR (new.what <> old.what) OR (new.digest <> old.digest) OR (new.way <> old.way) OR (new.proposed_by <> old.proposed_by) OR (new.proposed_at <> old.proposed_at))) EXECUTE FUNCTION public.refuse('a decided change is never changed');


--
-- Name: change change_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER change_stays BEFORE DELETE ON public.change FOR EACH ROW EXECUTE FUNCTION public.refuse('a change is never removed');


--
-- Name: clock clock_of_the_portal; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER clock_of_the_portal BEFORE INSERT ON public.clock FOR EACH ROW WHEN (((CURRENT_USER = 'mohor_portal'::name) AND (new.kind <> 'bsk'::text))) EXECUTE FUNCTION public.refuse('the portal begins clocks of centres only');


--
-- Name: code code_is_spent_once; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER code_is_spent_once BEFORE UPDATE ON public.code FOR EACH ROW WHEN (((old.state <> 'open'::text) OR (new.mac <> old.mac) OR (new.tries < old.tries) OR (new.expires_at <> old.expires_at) OR ((((new.uin IS DISTINCT FROM old.uin) OR (new.kind IS DISTINCT FROM old.kind)) OR (new.n IS DISTINCT FROM old.n)) OR (new.made_at IS DISTINCT FROM old.made_at)))) EXECUTE FUNCTION public.refuse('a code that was used, spent or replaced is over');


--
-- Name: code code_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER code_stays BEFORE DELETE ON public.code FOR EACH ROW EXECUTE FUNCTION public.refuse('a code stays recorded');


--
-- Name: inbound_event decision_ends_phone; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER decision_ends_phone AFTER INSERT ON public.inbound_event FOR EACH ROW WHEN ((new.kind = ANY (ARRAY['application.rejected'::text, 'application.withdrawn'::text]))) EXECUTE FUNCTION public.phone_is_due('application_id', 'event_at');


--
-- Name: document document_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER document_is_kept BEFORE DELETE OR UPDATE ON public.document FOR EACH ROW EXECUTE FUNCTION public.refuse('a recorded digest is never changed');


--
-- Name: document_order document_order_is_fixed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER document_order_is_fixed BEFORE UPDATE ON public.document_order FOR EACH ROW WHEN (((new.id <> old.id) OR (new.kind <> old.kind) OR (new.subject <> old.subject) OR (new.view <> old.view) OR (new.digest <> old.digest) OR (new.ordered_by <> old.ordered_by) OR (new.ordered_at <> old.ordered_at) OR (new.department IS DISTINCT FROM old.department) OR (new.district IS DISTINCT FROM old.district) OR (new.office IS DISTINCT FROM old.office) OR (new.bsk IS DISTINCT FROM old.bsk) OR ((old.plan IS NOT NULL) AND (new.plan IS DISTINCT FROM old.plan)) OR ((old.cms IS NOT NULL) AND (new.cms IS DISTINCT FROM old.cms)) OR ((old.sha256 IS NOT NULL) AND (new.sha256 IS DISTINCT FROM old.sha256)))) EXECUTE FUNCTION public.refuse('an ordered document is never changed');


--
-- Name: document_order document_order_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER document_order_stays BEFORE DELETE ON public.document_order FOR EACH ROW EXECUTE FUNCTION public.refuse('an ordered document is never removed');


--
-- Name: exception exception_goes_on; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER exception_goes_on BEFORE UPDATE ON public.exception FOR EACH ROW WHEN (((NOT (((old.state = 'open'::text) AND (new.state = ANY (ARRAY['allowed'::text, 'refused'::text]))) OR ((old.state = 'allowed'::text) AND (new.state = 'used'::text)))) OR ((((((new.uin IS DISTINCT FROM old.uin) OR (new.n IS DISTINCT FROM old.n)) OR (new.bsk IS DISTINCT FROM old.bsk)) OR (new.reason IS DISTINCT FROM old.reason)) OR (new.asked_by IS DISTINCT FROM old.asked_by)) OR (new.asked_at IS DISTINCT FROM old.asked_at)))) EXECUTE FUNCTION public.refuse('an exception is decided once');


--
-- Name: exception exception_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER exception_stays BEFORE DELETE ON public.exception FOR EACH ROW EXECUTE FUNCTION public.refuse('an exception stays recorded');


--
-- Name: fetched fetched_ends_phone; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER fetched_ends_phone AFTER INSERT ON public.fetched FOR EACH ROW WHEN (new.delivered) EXECUTE FUNCTION public.phone_is_due('application_id', 'fetched_at');


--
-- Name: fetched fetched_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER fetched_is_kept BEFORE DELETE OR UPDATE ON public.fetched FOR EACH ROW EXECUTE FUNCTION public.refuse('a fetch is never changed');


--
-- Name: handover handover_ends_phone; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER handover_ends_phone AFTER INSERT ON public.handover FOR EACH ROW EXECUTE FUNCTION public.phone_is_due('application_id', 'handed_at');


--
-- Name: handover handover_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER handover_is_kept BEFORE UPDATE ON public.handover FOR EACH ROW EXECUTE FUNCTION public.refuse('a hand-over is never changed');


--
-- Name: handover handover_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER handover_moves AFTER INSERT ON public.handover FOR EACH ROW EXECUTE FUNCTION public.move_in_tray('handed_over');


--
-- Name: handover handover_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER handover_stays BEFORE DELETE ON public.handover FOR EACH ROW EXECUTE FUNCTION public.handover_is_taken_back();


--
-- Name: handover_undone handover_undone_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER handover_undone_is_kept BEFORE DELETE OR UPDATE ON public.handover_undone FOR EACH ROW EXECUTE FUNCTION public.refuse('what was taken back stays recorded');


--
-- Name: handover handover_undone_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER handover_undone_moves AFTER DELETE ON public.handover FOR EACH ROW EXECUTE FUNCTION public.move_back_in_tray();


--
-- Name: handover handover_undone_needs_phone; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER handover_undone_needs_phone AFTER DELETE ON public.handover FOR EACH ROW EXECUTE FUNCTION public.phone_is_needed();


--
-- Name: hologram hologram_counts; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER hologram_counts AFTER INSERT ON public.hologram FOR EACH ROW EXECUTE FUNCTION public.count_hologram();


--
-- Name: hologram hologram_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER hologram_is_kept BEFORE DELETE OR UPDATE ON public.hologram FOR EACH ROW EXECUTE FUNCTION public.refuse('a sticker that was used is never unused');


--
-- Name: hologram_range hologram_range_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER hologram_range_is_kept BEFORE UPDATE ON public.hologram_range FOR EACH ROW WHEN (((new.bsk <> old.bsk) OR (new.prefix <> old.prefix) OR (new.digits <> old.digits) OR (new.first <> old.first) OR (new.last <> old.last) OR (new.issued_by <> old.issued_by) OR (new.issued_at <> old.issued_at) OR (new.bound < old.bound) OR (new.written_off < old.written_off))) EXECUTE FUNCTION public.refuse('a range of stickers that was issued is never changed');


--
-- Name: hologram_range hologram_range_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER hologram_range_stays BEFORE DELETE ON public.hologram_range FOR EACH ROW EXECUTE FUNCTION public.refuse('a range of stickers that was issued is never removed');


--
-- Name: moved moved_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER moved_is_kept BEFORE DELETE OR UPDATE ON public.moved FOR EACH ROW EXECUTE FUNCTION public.refuse('a move is never changed');


--
-- Name: outbound outbound_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER outbound_is_kept BEFORE DELETE OR UPDATE ON public.outbound FOR EACH ROW EXECUTE FUNCTION public.refuse('a published event is never changed');


--
-- Name: outbound outbound_of_the_portal; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER outbound_of_the_portal BEFORE INSERT ON public.outbound FOR EACH ROW WHEN (((CURRENT_USER = 'mohor_operator'::name) OR ((CURRENT_USER = 'mohor_portal'::name) AND (new.word <> ALL (ARRAY['certificate.delivered'::text, 'certificate.delivery_undone'::text]))))) EXECUTE FUNCTION public.look_what_was_done();


--
-- Name: person person_keeps_its_post; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER person_keeps_its_post BEFORE UPDATE ON public.person FOR EACH ROW WHEN (((old.password IS NOT NULL) AND ((new.password IS NULL) OR (((((old.post IS DISTINCT FROM new.post) OR (old.department IS DISTINCT FROM new.department)) OR (old.district IS DISTINCT FROM new.district)) OR (old.office IS DISTINCT FROM new.office)) OR (old.bsk IS DISTINCT FROM new.bsk))))) EXECUTE FUNCTION public.refuse('an account with a password keeps it, its post and its bounds');


--
-- Name: person person_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER person_stays BEFORE DELETE ON public.person FOR EACH ROW EXECUTE FUNCTION public.refuse('an account is never removed');


--
-- Name: print print_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER print_is_kept BEFORE DELETE OR UPDATE ON public.print FOR EACH ROW EXECUTE FUNCTION public.refuse('a print is never changed');


--
-- Name: print print_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER print_moves AFTER INSERT ON public.print FOR EACH ROW WHEN ((new.kind = 'printed'::text)) EXECUTE FUNCTION public.move_in_tray('printed');


--
-- Name: application provided_ends_phone; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER provided_ends_phone AFTER INSERT OR UPDATE OF approved_at ON public.application FOR EACH ROW WHEN (((new.state = 'provided'::text) AND (new.approved_at IS NOT NULL))) EXECUTE FUNCTION public.phone_is_due('id', 'approved_at');


--
-- Name: reminder reminder_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reminder_is_kept BEFORE DELETE OR UPDATE ON public.reminder FOR EACH ROW EXECUTE FUNCTION public.refuse('a reminder is never changed');


--
-- Name: rerouting rerouting_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER rerouting_is_kept BEFORE DELETE OR UPDATE ON public.rerouting FOR EACH ROW EXECUTE FUNCTION public.refuse('a re-routing is never changed');


--
-- Name: rerouting rerouting_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER rerouting_moves AFTER INSERT ON public.rerouting FOR EACH ROW EXECUTE FUNCTION public.send_on();


--
-- Name: reserved_uin reserved_uin_is_given_once; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER reserved_uin_is_given_once BEFORE UPDATE ON public.reserved_uin FOR EACH ROW WHEN (((new.uin <> old.uin) OR (new.department <> old.department) OR ((old.used_by IS NOT NULL) AND (new.used_by IS DISTINCT FROM old.used_by)))) EXECUTE FUNCTION public.refuse('a number belongs to one application, for ever');


--
-- Name: returned returned_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER returned_is_kept BEFORE DELETE OR UPDATE ON public.returned FOR EACH ROW EXECUTE FUNCTION public.refuse('a return is never changed');


--
-- Name: returned returned_moves; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER returned_moves AFTER INSERT ON public.returned FOR EACH ROW EXECUTE FUNCTION public.move_in_tray('returned');


--
-- Name: rung rung_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER rung_is_kept BEFORE DELETE OR UPDATE ON public.rung FOR EACH ROW EXECUTE FUNCTION public.refuse('a rung that fired is never changed');


--
-- Name: sample_found sample_found_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER sample_found_is_kept BEFORE DELETE OR UPDATE ON public.sample_found FOR EACH ROW EXECUTE FUNCTION public.refuse('what was found stays recorded');


--
-- Name: certificate standing_ends_phone; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER standing_ends_phone AFTER UPDATE OF standing ON public.certificate FOR EACH ROW WHEN (((new.standing <> old.standing) AND (new.standing = ANY (ARRAY['superseded'::text, 'revoked'::text])))) EXECUTE FUNCTION public.phone_is_due('application_id', 'minted_at');


--
-- Name: test_page test_page_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER test_page_is_kept BEFORE UPDATE ON public.test_page FOR EACH ROW WHEN (((old.tried_at IS NOT NULL) OR (new.bsk <> old.bsk) OR (new.day <> old.day) OR (new.made_by <> old.made_by) OR (new.made_at <> old.made_at))) EXECUTE FUNCTION public.refuse('a test page that was scanned back is never changed');


--
-- Name: test_page test_page_stays; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER test_page_stays BEFORE DELETE ON public.test_page FOR EACH ROW EXECUTE FUNCTION public.refuse('a test page is never removed');


--
-- Name: tracking tracking_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER tracking_is_kept BEFORE DELETE OR UPDATE ON public.tracking FOR EACH ROW EXECUTE FUNCTION public.refuse('a tracking key is drawn once');


--
-- Name: webhook_attempt webhook_attempt_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER webhook_attempt_is_kept BEFORE DELETE OR UPDATE ON public.webhook_attempt FOR EACH ROW EXECUTE FUNCTION public.refuse('an attempt that was made is never changed');


--
-- Name: webhook webhook_is_of_one_stream; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER webhook_is_of_one_stream BEFORE UPDATE ON public.webhook FOR EACH ROW WHEN (((new.id <> old.id) OR (new.stream <> old.stream) OR (new.url <> old.url) OR (new.words <> old.words))) EXECUTE FUNCTION public.refuse('an endpoint is of one stream and one address, for ever');


--
-- Name: webhook_mail webhook_mail_is_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER webhook_mail_is_kept BEFORE DELETE OR UPDATE ON public.webhook_mail FOR EACH ROW EXECUTE FUNCTION public.refuse('what somebody was told is never changed');


--
-- Name: certificate certificate_application_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.certificate
    ADD CONSTRAINT certificate_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);


--
-- Name: clock clock_application_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.clock
    ADD CONSTRAINT clock_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);


--
-- Name: code code_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.code
    ADD CONSTRAINT code_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: exception exception_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.exception
    ADD CONSTRAINT exception_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: fetched fetched_application_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fetched
    ADD CONSTRAINT fetched_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);


--
-- Name: fetched fetched_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.fetched
    ADD CONSTRAINT fetched_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: handover handover_application_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.handover
    ADD CONSTRAINT handover_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);


--
-- Name: handover_undone handover_undone_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.handover_undone
    ADD CONSTRAINT handover_undone_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: hologram hologram_range_no_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hologram
    ADD CONSTRAINT hologram_range_no_fkey FOREIGN KEY (range_no) REFERENCES public.hologram_range(number);


--
-- Name: hologram hologram_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hologram
    ADD CONSTRAINT hologram_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: inbound_event inbound_event_application_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.inbound_event
    ADD CONSTRAINT inbound_event_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);


--
-- Name: phone_due phone_due_application_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.phone_due
    ADD CONSTRAINT phone_due_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);


--
-- Name: print print_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.print
    ADD CONSTRAINT print_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: reminder reminder_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reminder
    ADD CONSTRAINT reminder_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: rerouting rerouting_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.rerouting
    ADD CONSTRAINT rerouting_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: reserved_uin reserved_uin_used_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reserved_uin
    ADD CONSTRAINT reserved_uin_used_by_fkey FOREIGN KEY (used_by) REFERENCES public.application(id);


--
-- Name: returned returned_uin_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.returned
    ADD CONSTRAINT returned_uin_fkey FOREIGN KEY (uin) REFERENCES public.certificate(uin);


--
-- Name: tracking tracking_application_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.tracking
    ADD CONSTRAINT tracking_application_id_fkey FOREIGN KEY (application_id) REFERENCES public.application(id);


--
-- PostgreSQL database dump complete
--


