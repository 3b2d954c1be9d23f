-- A certificate that was handed over: the row is the claim, and it stays.
CREATE TABLE handover (
    uin            TEXT PRIMARY KEY REFERENCES certificate (uin),
    application_id TEXT NOT NULL REFERENCES application (id),
    bsk            TEXT NOT NULL,
    handed_to      TEXT NOT NULL,      -- applicant, representative
    reference      TEXT,               -- the centre's own
    actor          TEXT NOT NULL,
    handed_at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX handover_application ON handover (application_id);
CREATE TRIGGER handover_is_kept BEFORE UPDATE ON handover BEGIN SELECT RAISE(ABORT, 'a hand-over is never changed'); END;
CREATE TRIGGER handover_stays BEFORE DELETE ON handover BEGIN SELECT RAISE(ABORT, 'a hand-over is never removed'); END;

-- A board counts the clocks of the Act; those of the pipeline and of the centres are looked at apart.
DROP INDEX clock_due;
CREATE INDEX clock_due ON clock (due_on, application_id, department, service, district, office, bsk, state)
    WHERE state = 'running' AND kind <> 'pipeline' AND kind <> 'bsk';
CREATE INDEX clock_uncollected ON clock (due_on, application_id, department, service, district, office, bsk, state)
    WHERE state = 'running' AND kind = 'bsk';
CREATE INDEX clock_making ON clock (application_id) WHERE state = 'running' AND kind = 'pipeline';
