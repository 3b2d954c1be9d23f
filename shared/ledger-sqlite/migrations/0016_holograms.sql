-- Pre-printed, numbered stickers: which serials are in whose stock. The figures are counted by a trigger as stickers are used,
-- by whatever program, so that a page says what is left without a look at each.
CREATE TABLE hologram_range (
    number      INTEGER PRIMARY KEY,
    bsk         TEXT NOT NULL,
    prefix      TEXT NOT NULL,
    digits      INTEGER NOT NULL,
    first       INTEGER NOT NULL,
    last        INTEGER NOT NULL,
    issued_by   TEXT NOT NULL,
    issued_at   INTEGER NOT NULL,
    bound       INTEGER NOT NULL DEFAULT 0,
    written_off INTEGER NOT NULL DEFAULT 0,
    UNIQUE (prefix, digits, first),
    CHECK (first <= last AND bound >= 0 AND written_off >= 0 AND bound + written_off <= last - first + 1)
) STRICT;
CREATE INDEX hologram_range_bsk ON hologram_range (bsk, number);
CREATE TRIGGER hologram_range_is_kept BEFORE UPDATE ON hologram_range
WHEN NEW.number <> OLD.number OR NEW.bsk <> OLD.bsk OR NEW.prefix <> OLD.prefix OR NEW.digits <> OLD.digits
     OR NEW.first <> OLD.first OR NEW.last <> OLD.last OR NEW.issued_by <> OLD.issued_by OR NEW.issued_at <> OLD.issued_at
     OR NEW.bound < OLD.bound OR NEW.written_off < OLD.written_off
BEGIN SELECT RAISE(ABORT, 'a range of stickers that was issued is never changed'); END;
CREATE TRIGGER hologram_range_stays BEFORE DELETE ON hologram_range
BEGIN SELECT RAISE(ABORT, 'a range of stickers that was issued is never removed'); END;

-- Stickers that are used: on the print of a certificate, or written off. One row is the claim, for ever. Of several of one
-- certificate the newest counts.
CREATE TABLE hologram (
    serial   TEXT PRIMARY KEY,
    range_no INTEGER NOT NULL REFERENCES hologram_range (number),
    bsk      TEXT NOT NULL,
    uin      TEXT REFERENCES certificate (uin),     -- none: written off
    n        INTEGER,                               -- of this certificate the how manieth, from 1
    reason   TEXT,                                  -- why it was written off
    who      TEXT NOT NULL,
    at       INTEGER NOT NULL,
    UNIQUE (uin, n),
    CHECK ((uin IS NULL) = (n IS NULL) AND (uin IS NULL) <> (reason IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER hologram_is_kept BEFORE UPDATE ON hologram
BEGIN SELECT RAISE(ABORT, 'a sticker that was used is never unused'); END;
CREATE TRIGGER hologram_stays BEFORE DELETE ON hologram
BEGIN SELECT RAISE(ABORT, 'a sticker that was used is never unused'); END;
CREATE TRIGGER hologram_counts AFTER INSERT ON hologram
BEGIN
    UPDATE hologram_range SET bound = bound + (NEW.uin IS NOT NULL), written_off = written_off + (NEW.uin IS NULL)
    WHERE number = NEW.range_no;
END;

-- The test page of a centre's day; what was scanned back stays.
CREATE TABLE test_page (
    bsk      TEXT NOT NULL,
    day      TEXT NOT NULL,         -- in Asia/Kolkata, 2026-04-01
    code     TEXT NOT NULL,
    tries    INTEGER NOT NULL,      -- wrong codes since this one was drawn
    made_by  TEXT NOT NULL,
    made_at  INTEGER NOT NULL,
    tried_by TEXT,
    tried_at INTEGER,
    PRIMARY KEY (bsk, day),
    CHECK ((tried_by IS NULL) = (tried_at IS NULL))
) STRICT, WITHOUT ROWID;
CREATE TRIGGER test_page_is_kept BEFORE UPDATE ON test_page
WHEN OLD.tried_at IS NOT NULL OR NEW.bsk <> OLD.bsk OR NEW.day <> OLD.day OR NEW.made_by <> OLD.made_by
     OR NEW.made_at <> OLD.made_at
BEGIN SELECT RAISE(ABORT, 'a test page that was scanned back is never changed'); END;
CREATE TRIGGER test_page_stays BEFORE DELETE ON test_page
BEGIN SELECT RAISE(ABORT, 'a test page is never removed'); END;
