-- Pre-printed, numbered stickers: which serials are in whose stock. The figures are counted by a trigger as stickers are used,
-- by whatever program, so that a page says what is left without a look at each.
CREATE TABLE hologram_range (
    number      bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    bsk         text NOT NULL,
    prefix      text NOT NULL,
    digits      integer NOT NULL,
    first       bigint NOT NULL,
    last        bigint NOT NULL,
    issued_by   text NOT NULL,
    issued_at   bigint NOT NULL,
    bound       integer NOT NULL DEFAULT 0,
    written_off integer NOT NULL DEFAULT 0,
    UNIQUE (prefix, digits, first),
    CHECK (first <= last AND bound >= 0 AND written_off >= 0 AND bound + written_off <= last - first + 1)
) WITH (fillfactor = 50);
CREATE INDEX hologram_range_bsk ON hologram_range (bsk, number);
CREATE TRIGGER hologram_range_is_kept BEFORE UPDATE ON hologram_range FOR EACH ROW
WHEN (NEW.bsk <> OLD.bsk OR NEW.prefix <> OLD.prefix OR NEW.digits <> OLD.digits OR NEW.first <> OLD.first
      OR NEW.last <> OLD.last OR NEW.issued_by <> OLD.issued_by OR NEW.issued_at <> OLD.issued_at
      OR NEW.bound < OLD.bound OR NEW.written_off < OLD.written_off)
EXECUTE FUNCTION refuse('a range of stickers that was issued is never changed');
CREATE TRIGGER hologram_range_stays BEFORE DELETE ON hologram_range FOR EACH ROW
EXECUTE FUNCTION refuse('a range of stickers that was issued is never removed');

-- Stickers that are used: on the print of a certificate, or written off. One row is the claim, for ever. Of several of one
-- certificate the newest counts.
CREATE TABLE hologram (
    serial   text PRIMARY KEY,
    range_no bigint NOT NULL REFERENCES hologram_range (number),
    bsk      text NOT NULL,
    uin      text REFERENCES certificate (uin),     -- none: written off
    n        integer,                               -- of this certificate the how manieth, from 1
    reason   text,                                  -- why it was written off
    who      text NOT NULL,
    at       bigint NOT NULL,
    UNIQUE (uin, n),
    CHECK ((uin IS NULL) = (n IS NULL) AND (uin IS NULL) <> (reason IS NULL))
);
CREATE TRIGGER hologram_is_kept BEFORE UPDATE OR DELETE ON hologram FOR EACH ROW
EXECUTE FUNCTION refuse('a sticker that was used is never unused');

-- As the owner: whoever uses a sticker has no right to say how many are left.
CREATE FUNCTION count_hologram() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE hologram_range SET bound = bound + (NEW.uin IS NOT NULL)::integer,
        written_off = written_off + (NEW.uin IS NULL)::integer WHERE number = NEW.range_no;
    RETURN NULL;
END $$;
CREATE TRIGGER hologram_counts AFTER INSERT ON hologram FOR EACH ROW EXECUTE FUNCTION count_hologram();

-- The test page of a centre's day; what was scanned back stays.
CREATE TABLE test_page (
    bsk      text NOT NULL,
    day      text NOT NULL,     -- in Asia/Kolkata, 2026-04-01
    code     text NOT NULL,
    tries    integer NOT NULL,  -- wrong codes since this one was drawn
    made_by  text NOT NULL,
    made_at  bigint NOT NULL,
    tried_by text,
    tried_at bigint,
    PRIMARY KEY (bsk, day),
    CHECK ((tried_by IS NULL) = (tried_at IS NULL))
);
CREATE TRIGGER test_page_is_kept BEFORE UPDATE ON test_page FOR EACH ROW
WHEN (OLD.tried_at IS NOT NULL OR NEW.bsk <> OLD.bsk OR NEW.day <> OLD.day OR NEW.made_by <> OLD.made_by
      OR NEW.made_at <> OLD.made_at)
EXECUTE FUNCTION refuse('a test page that was scanned back is never changed');
CREATE TRIGGER test_page_stays BEFORE DELETE ON test_page FOR EACH ROW
EXECUTE FUNCTION refuse('a test page is never removed');
