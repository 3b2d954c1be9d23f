-- A certificate that was handed over: the row is the claim, and it stays.
CREATE TABLE handover (
    uin            text PRIMARY KEY,
    application_id uuid NOT NULL UNIQUE REFERENCES application (id),
    bsk            text NOT NULL,
    handed_to      text NOT NULL,      -- applicant, representative
    reference      text,               -- the centre's own
    actor          text NOT NULL,
    handed_at      bigint NOT NULL
);
CREATE TRIGGER handover_is_kept BEFORE UPDATE OR DELETE ON handover FOR EACH ROW
EXECUTE FUNCTION refuse('a hand-over is never changed');

-- The portal tells of hand-overs, and of nothing else: whoever took it over tells no department what nobody did.
CREATE TRIGGER outbound_of_the_portal BEFORE INSERT ON outbound FOR EACH ROW
WHEN (current_user = 'mohor_portal' AND NEW.word <> 'certificate.delivered')
EXECUTE FUNCTION refuse('the portal tells of hand-overs only');

-- A board counts the clocks of the Act; those of the pipeline and of the centres are looked at apart. Appellate and
-- Reviewing Officers count those of one kind.
DROP INDEX clock_due;
CREATE INDEX clock_due ON clock (due_on, application_id) INCLUDE (department, service, district, office, bsk, kind)
    WHERE state = 'running' AND kind <> 'pipeline' AND kind <> 'bsk';
CREATE INDEX clock_uncollected ON clock (due_on, application_id) INCLUDE (department, service, district, office, bsk)
    WHERE state = 'running' AND kind = 'bsk';
CREATE INDEX clock_making ON clock (application_id) WHERE state = 'running' AND kind = 'pipeline';
