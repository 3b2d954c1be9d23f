-- Reports go through a department's clocks in order of their ends, those that go on last: what ended before a period is
-- never looked at, and a page begins where the one before ended.
CREATE INDEX clock_ended ON clock (department, coalesce(stopped_at, 9223372036854775807), application_id)
    WHERE kind = 'service';
-- What a return counts: certificates that became ready, and those that were handed over.
CREATE INDEX clock_issued ON clock (department, stopped_at)
    WHERE kind IN ('pipeline', 'bsk') AND stopped_at IS NOT NULL;
