-- A certificate's row changes four times on its way, an application's twice, and the long texts in them never: they are
-- kept beside the row, so that a change writes a few hundred bytes and not the plan again. `progress` was in an index's
-- condition, and each change of it made an entry in every index of the table; whether it has been told changes once.
ALTER TABLE certificate SET (toast_tuple_target = 256, fillfactor = 60);
ALTER TABLE application SET (toast_tuple_target = 256, fillfactor = 80);
CREATE INDEX certificate_untold ON certificate (minted_at) WHERE notified_at IS NULL;
DROP INDEX certificate_moving;
