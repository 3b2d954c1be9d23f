-- Where a certificate stands at its centre: kept as it changes, by whatever program writes the rows that change it, so that
-- a page of a tray is read from an index however many lie there.
ALTER TABLE notice ADD COLUMN state text NOT NULL DEFAULT 'ready';      -- ready, printed, handed_over
UPDATE notice SET state = 'handed_over' WHERE uin IN (SELECT uin FROM handover);
CREATE INDEX notice_state ON notice (bsk, state, number);

-- Each time a certificate's document was given out at its centre: opened or printed, counted apart.
CREATE TABLE print (
    uin  text NOT NULL REFERENCES certificate (uin),
    kind text NOT NULL,             -- opened, printed
    n    integer NOT NULL,          -- from 1
    who  text NOT NULL,
    bsk  text NOT NULL,
    at   bigint NOT NULL,
    PRIMARY KEY (uin, kind, n)
);
CREATE TRIGGER print_is_kept BEFORE UPDATE OR DELETE ON print FOR EACH ROW
EXECUTE FUNCTION refuse('a print is never changed');

-- As the owner: whoever prints or hands over has no right to say where anything stands.
CREATE FUNCTION move_in_tray() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE notice SET state = TG_ARGV[0] WHERE uin = NEW.uin AND state <> 'handed_over' AND state <> TG_ARGV[0];
    RETURN NULL;
END $$;
CREATE TRIGGER print_moves AFTER INSERT ON print FOR EACH ROW WHEN (NEW.kind = 'printed')
EXECUTE FUNCTION move_in_tray('printed');
CREATE TRIGGER handover_moves AFTER INSERT ON handover FOR EACH ROW EXECUTE FUNCTION move_in_tray('handed_over');
