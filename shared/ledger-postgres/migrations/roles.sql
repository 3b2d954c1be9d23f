-- What each role of the program may do to the ledger: a role has what its commits and looks need, and nothing beside.
-- `mohor migrate` runs this after each migration, as the owner. A role that the server does not know is passed over;
-- infra/postgres/init.sh makes them. What matters most:
--   * nobody but mint writes a certificate; sign adds its credential, store its seal and digest, notify its time;
--   * sign reads the claims and never the applicant: not the approval, not the plan, not the letter;
--   * the portal writes requests, reservations and hand-overs, and never as a sender at the broker; it cannot touch a
--     certificate, may stop a clock and not move its due day, begins clocks of centres only, and tells of hand-overs, and of
--     returns and re-routings that are recorded (triggers of the schema).
DO $$
DECLARE
    line record;
    member text;
    workers CONSTANT text[] := ARRAY['intake', 'mint', 'sign', 'store', 'notify', 'sla', 'reconcile'];
BEGIN
    -- Two programs that migrate at once grant one after the other.
    PERFORM pg_advisory_xact_lock(x'6D6F686F7202'::bigint);
    FOREACH member IN ARRAY workers || ARRAY['portal', 'operator'] LOOP
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'mohor_' || member) THEN
            EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA public FROM %I', 'mohor_' || member);
        END IF;
    END LOOP;
    FOR line IN SELECT * FROM (VALUES
        (ARRAY['portal', 'operator'] || workers, 'SELECT ON _sqlx_migrations, note, tally, credential_key, seal_key, seal_certificate, centre_list'),

        -- Each worker tells what it did, hints again what was lost, and parks what cannot be done.
        (workers, 'SELECT, INSERT, UPDATE ON tally, counter, nudge'),
        (workers, 'SELECT, INSERT, UPDATE, DELETE ON attempt, unpublished'),
        (workers, 'SELECT, INSERT ON outbound, parked'),
        (workers, 'SELECT ON discarded'),
        (workers, 'SELECT (id, received_at, answered_at) ON inbox'),
        (workers, 'SELECT (id, department, application_no, state, minted, approved_at) ON application'),
        (workers, 'SELECT (uin, application_id, department, service, progress, minted_at, signed_at, sealed_at, stored_at, notified_at) ON certificate'),

        (ARRAY['intake'], 'SELECT, INSERT ON inbox, inbound_event, application'),
        (ARRAY['intake'], 'UPDATE (answered_at, answers, approved, body) ON inbox'),
        (ARRAY['intake'], 'UPDATE (state, service, bsk, docket_no, submission, approval, data, ascribed, supersedes, approved_at) ON application'),
        (ARRAY['intake'], 'SELECT, UPDATE (used_by) ON reserved_uin'),
        (ARRAY['intake'], 'SELECT (standing) ON certificate'),
        (ARRAY['intake'], 'SELECT ON department_key, amqp_user'),

        -- Whoever commits an event changes the clock with it; what is due is told by sla, which sees no applicant.
        (ARRAY['intake', 'notify', 'sla', 'operator'], 'SELECT, INSERT, UPDATE ON clock'),
        (ARRAY['store'], 'SELECT, INSERT, UPDATE ON clock'),
        (ARRAY['intake'], 'SELECT (uin, handed_at) ON handover'),
        (ARRAY['sla'], 'SELECT, INSERT ON rung'),
        -- Who is told by mail; never how anybody signs in.
        (ARRAY['sla'], 'SELECT (login, name, post, department, district, office, bsk, email, disabled_at) ON person'),
        (ARRAY['sla'], 'SELECT, INSERT, UPDATE ON mailing, mailing_line'),
        -- Of an endpoint that is disabled notify says whom, sla writes: neither the address nor what signs.
        (ARRAY['notify'], 'SELECT (login, post, department, email, disabled_at) ON person'),
        (ARRAY['notify'], 'INSERT ON mailing, webhook_mail'),
        (ARRAY['sla'], 'SELECT ON webhook_mail'),
        (ARRAY['sla'], 'SELECT (id, state) ON webhook'),

        -- Who is in charge: read where it is decided by or told by; a person loads it, nobody changes what was loaded.
        (ARRAY['intake', 'sla', 'portal'], 'SELECT ON directory'),
        (ARRAY['intake', 'portal'], 'SELECT ON directory_wish'),
        (ARRAY['portal', 'operator'], 'INSERT ON directory'),
        (ARRAY['operator'], 'INSERT, UPDATE ON directory_wish'),
        (ARRAY['operator'], 'INSERT ON centre_list'),
        (ARRAY['sla'], 'SELECT, INSERT, UPDATE, DELETE ON untold'),
        (ARRAY['portal'], 'SELECT ON untold'),

        -- By which rules it does: changes are proposed and decided at the portal, and by nobody else.
        (ARRAY['intake', 'store', 'notify', 'sla', 'portal'], 'SELECT ON rules, change'),
        (ARRAY['intake', 'store', 'notify', 'sla', 'operator'], 'INSERT ON moved'),
        (ARRAY['intake', 'sla'], 'SELECT, INSERT, UPDATE ON run'),
        (ARRAY['intake', 'sla'], 'UPDATE (done) ON rules'),
        (ARRAY['portal'], 'SELECT ON run, moved'),
        (ARRAY['portal'], 'INSERT ON change'),
        (ARRAY['portal'], 'UPDATE (state, decided_by, decided_at, reason, version) ON change'),
        (ARRAY['portal'], 'UPDATE (version) ON rules'),

        (ARRAY['mint'], 'SELECT, UPDATE (minted) ON application'),
        (ARRAY['mint'], 'INSERT ON certificate'),
        (ARRAY['mint'], 'SELECT ON reserved_uin'),
        (ARRAY['mint'], 'SELECT, INSERT, DELETE ON status_place'),
        (ARRAY['mint'], 'SELECT, INSERT ON asset'),

        (ARRAY['sign'], 'SELECT (claims, credential_kid, credential) ON certificate'),
        (ARRAY['sign'], 'UPDATE (credential, signed_at, progress) ON certificate'),

        (ARRAY['store'], 'SELECT ON certificate, asset, notice'),
        (ARRAY['store'], 'UPDATE (cms, sealed_at, sha256, size, stored_at, progress, standing) ON certificate'),
        (ARRAY['store'], 'SELECT (service, bsk, docket_no, supersedes) ON application'),
        (ARRAY['store'], 'SELECT, INSERT ON document'),

        -- Intake and the portal order documents, and fix every word of them; store alone makes them.
        (workers, 'SELECT (id, kind, state, ordered_at, planned_at, sealed_at, stored_at) ON document_order'),
        (ARRAY['intake', 'portal'], 'SELECT (id, kind, subject, digest), INSERT ON document_order'),
        (ARRAY['store'], 'SELECT, UPDATE (plan, planned_at, cms, sealed_at, sha256, size, stored_at, state) ON document_order'),
        (ARRAY['store'], 'INSERT ON asset'),
        (ARRAY['portal'], 'SELECT ON document_order'),
        (ARRAY['portal'], 'INSERT ON attempt'),

        -- Whoever holds the keys publishes their public halves.
        (ARRAY['sign', 'store'], 'INSERT ON credential_key, seal_certificate'),
        (ARRAY['sign', 'store'], 'INSERT, DELETE ON seal_key'),

        (ARRAY['notify'], 'SELECT (issued_at, sha256, standing, number) ON certificate'),
        (ARRAY['notify'], 'UPDATE (notified_at, progress) ON certificate'),
        (ARRAY['notify'], 'SELECT (bsk, docket_no) ON application'),
        (ARRAY['notify'], 'SELECT, INSERT ON notice'),

        -- Who else is told, by HTTP: notify alone reads what signs, moves places and says when it is over; a person says where
        -- to and by which secret.
        (ARRAY['notify'], 'SELECT ON webhook'),
        (ARRAY['notify'], 'UPDATE (state, reason, old_secret, place, attempts, failing_since, next_at, lease, leased_until) ON webhook'),
        (ARRAY['notify'], 'SELECT, INSERT ON webhook_attempt'),
        (ARRAY['notify'], 'INSERT ON audit'),
        (ARRAY['operator'], 'INSERT, UPDATE, DELETE ON webhook'),

        -- A letter that kills whoever reads it is written down before it is parked.
        (ARRAY['reconcile'], 'SELECT, INSERT ON inbox'),
        (ARRAY['reconcile'], 'SELECT ON amqp_user'),

        (ARRAY['portal'], 'INSERT (id, signature, method, path, batch, body, received_at) ON inbox'),
        (ARRAY['portal'], 'SELECT (id, batch, answers) ON inbox'),
        (ARRAY['portal'], 'SELECT, INSERT, UPDATE ON tally'),
        (ARRAY['portal'], 'SELECT ON application, inbound_event, certificate, document, notice, outbound, asset, parked, department_key, clock, rung'),
        (ARRAY['portal'], 'SELECT, INSERT ON reserved_uin'),
        (ARRAY['portal'], 'INSERT ON audit'),

        -- A hand-over, in one transaction with the clock that it stops and the event that tells it.
        (ARRAY['portal'], 'SELECT, INSERT, DELETE ON handover'),
        (ARRAY['portal'], 'SELECT, INSERT ON handover_undone, sample_found'),
        (ARRAY['portal'], 'SELECT, INSERT ON code, exception'),
        (ARRAY['portal'], 'UPDATE (state, tries) ON code'),
        (ARRAY['portal'], 'UPDATE (state, decided_by, decided_at) ON exception'),
        -- Each time a document is given out at a centre; where it stands then a trigger says.
        (ARRAY['portal'], 'SELECT, INSERT ON print'),
        -- Stickers: ranges and claims are rows that stay, and what is left a trigger counts. The command line writes off and
        -- binds nothing.
        (ARRAY['portal'], 'SELECT, INSERT ON hologram'),
        (ARRAY['operator'], 'INSERT (serial, range_no, bsk, reason, who, at) ON hologram'),
        (ARRAY['portal', 'operator'], 'SELECT, INSERT (bsk, prefix, digits, first, last, issued_by, issued_at) ON hologram_range'),
        (ARRAY['portal'], 'SELECT, INSERT, UPDATE (code, tries, tried_by, tried_at) ON test_page'),

        -- What a citizen sees and fetches by the key on Form 1; intake draws the key, and is given the one that an
        -- earlier paper has.
        (ARRAY['intake'], 'INSERT ON tracking'),
        (ARRAY['intake'], 'EXECUTE ON FUNCTION tracking_keys(text[])'),
        (ARRAY['portal'], 'SELECT ON tracking'),
        (ARRAY['portal'], 'SELECT, INSERT ON fetched'),
        -- Phone numbers are erased by a function that does nothing else.
        (ARRAY['reconcile'], 'EXECUTE ON FUNCTION erase_phones(bigint, integer)'),
        (ARRAY['reconcile'], 'INSERT ON audit'),

        (ARRAY['portal'], 'UPDATE (state, stopped_at, outcome, pauses, rungs, next_at) ON clock'),
        -- A certificate goes back to its department or on to another centre, whose clock begins; a person at the command line
        -- empties a whole centre. What either may tell then a trigger of the schema looks at.
        (ARRAY['portal'], 'SELECT, INSERT ON returned, rerouting'),
        (ARRAY['portal'], 'SELECT ON reminder'),
        (ARRAY['portal'], 'INSERT ON clock'),
        (ARRAY['intake'], 'SELECT (uin, stay, at) ON returned'),
        (ARRAY['intake'], 'SELECT (uin, stay, to_bsk, at) ON rerouting'),
        (ARRAY['operator'], 'INSERT ON rerouting, outbound, unpublished'),
        (ARRAY['operator'], 'UPDATE (state, decided_by, decided_at) ON exception'),
        (ARRAY['operator'], 'INSERT, UPDATE ON counter'),
        -- Who is to be reminded: notify is given the number of a mobile telephone, and no name.
        (ARRAY['notify'], 'EXECUTE ON FUNCTION mobile_of(uuid)'),
        (ARRAY['notify'], 'SELECT (uin, stay) ON rerouting'),
        (ARRAY['notify'], 'SELECT, INSERT ON reminder'),
        (ARRAY['portal'], 'SELECT, INSERT, UPDATE ON counter'),
        (ARRAY['portal'], 'INSERT ON outbound, unpublished'),

        -- Who signs in: the portal compares and counts. It gives nobody a password or a second factor; accounts that the
        -- State's sign-in opens it makes and moves, others a trigger keeps as they are.
        (ARRAY['portal'], 'SELECT ON person'),
        (ARRAY['portal'], 'INSERT (login, name, post, department, district, office, bsk, added_at, subject) ON person'),
        (ARRAY['portal'], 'UPDATE (post, department, district, office, bsk, subject, failures, locked_until, last_step) ON person'),
        (ARRAY['portal'], 'SELECT, INSERT, UPDATE, DELETE ON session'),
        (ARRAY['operator'], 'INSERT, UPDATE ON person'),

        -- A person at the command line: registers, replays, looks; makes nothing that only a worker makes.
        (ARRAY['operator'], 'SELECT ON ALL TABLES IN SCHEMA public'),
        (ARRAY['operator'], 'INSERT ON department_key, amqp_user, reserved_uin, discarded, audit, note'),
        (ARRAY['operator'], 'UPDATE (services, offices) ON amqp_user'),
        (ARRAY['operator'], 'INSERT, UPDATE ON attempt, tally'),
        (ARRAY['operator'], 'DELETE ON parked')
    ) AS grants (roles, words) LOOP
        FOREACH member IN ARRAY line.roles LOOP
            IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'mohor_' || member) THEN
                EXECUTE format('GRANT %s TO %I', line.words, 'mohor_' || member);
            END IF;
        END LOOP;
    END LOOP;
END $$;
