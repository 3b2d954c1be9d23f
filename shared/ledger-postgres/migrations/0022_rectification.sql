-- What a citizen is to answer is nobody's delay: a board does not count it.
DROP INDEX clock_due;
CREATE INDEX clock_due ON clock (due_on, application_id) INCLUDE (department, service, district, office, bsk, kind)
    WHERE state = 'running' AND kind <> 'pipeline' AND kind <> 'bsk' AND kind <> 'rectification';
