-- One index for all who go along the ends of clocks: reports in order of what ended, with those that go on last; the walk
-- that carries a change of the rules into those that go on. Each index costs every clock that moves, and this one stands for
-- three. Kind and department are looked at in the index, without a look at the row.
CREATE INDEX clock_end ON clock (coalesce(stopped_at, 9223372036854775807), application_id, kind, key, department);
DROP INDEX clock_open;
DROP INDEX clock_ended;
DROP INDEX clock_issued;
