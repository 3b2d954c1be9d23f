-- Who is signed in: the key is a digest of what the browser holds, so that a copy of the ledger opens nothing.
CREATE TABLE session (
    key        text PRIMARY KEY,
    data       text NOT NULL,
    expires_at bigint NOT NULL
);
CREATE INDEX session_expired ON session (expires_at);

-- Where the citizen applied: supervisors look along it.
ALTER TABLE clock ADD COLUMN bsk text;
UPDATE clock SET bsk = (SELECT bsk FROM application WHERE id = application_id);

-- What supervisors look at, without a look at the rows: clocks that run by their last day, those that stand, what a day
-- brought, and what has fired. One index for all selections: each costs every change of a clock.
CREATE INDEX clock_due ON clock (due_on, application_id) INCLUDE (department, service, district, office, bsk)
    WHERE state = 'running';
CREATE INDEX clock_paused ON clock (department, promised_on) WHERE state = 'paused';
CREATE INDEX clock_started ON clock USING brin (started_at);
CREATE INDEX clock_stopped ON clock (stopped_at) WHERE kind = 'service' AND stopped_at IS NOT NULL;
CREATE INDEX rung_fired ON rung (fired_at, moment);
CREATE INDEX application_docket ON application (docket_no) WHERE docket_no IS NOT NULL;
