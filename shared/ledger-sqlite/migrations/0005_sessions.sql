-- Who is signed in: the key is a digest of what the browser holds, so that a copy of the ledger opens nothing.
CREATE TABLE session (
    key        TEXT PRIMARY KEY,
    data       TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX session_expired ON session (expires_at);

-- What supervisors look at first: clocks that run, by their due day.
CREATE INDEX clock_due ON clock (due_on) WHERE state = 'running';
CREATE INDEX clock_department_due ON clock (department, due_on) WHERE state = 'running';
CREATE INDEX clock_district_due ON clock (district, due_on) WHERE state = 'running';
