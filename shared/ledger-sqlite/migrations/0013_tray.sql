-- Where a certificate stands at its centre: kept as it changes, by whatever program writes the rows that change it, so that
-- a page of a tray is read from an index however many lie there.
ALTER TABLE notice ADD COLUMN state TEXT NOT NULL DEFAULT 'ready';      -- ready, printed, handed_over
UPDATE notice SET state = 'handed_over' WHERE uin IN (SELECT uin FROM handover);
CREATE INDEX notice_state ON notice (bsk, state, number);

-- Each time a certificate's document was given out at its centre: opened or printed, counted apart.
CREATE TABLE print (
    uin  TEXT NOT NULL REFERENCES certificate (uin),
    kind TEXT NOT NULL,             -- opened, printed
    n    INTEGER NOT NULL,          -- from 1
    who  TEXT NOT NULL,
    bsk  TEXT NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (uin, kind, n)
) STRICT, WITHOUT ROWID;
CREATE TRIGGER print_is_kept BEFORE UPDATE ON print BEGIN SELECT RAISE(ABORT, 'a print is never changed'); END;
CREATE TRIGGER print_stays BEFORE DELETE ON print BEGIN SELECT RAISE(ABORT, 'a print is never removed'); END;

CREATE TRIGGER print_moves AFTER INSERT ON print WHEN NEW.kind = 'printed'
BEGIN UPDATE notice SET state = 'printed' WHERE uin = NEW.uin AND state = 'ready'; END;
CREATE TRIGGER handover_moves AFTER INSERT ON handover
BEGIN UPDATE notice SET state = 'handed_over' WHERE uin = NEW.uin; END;
