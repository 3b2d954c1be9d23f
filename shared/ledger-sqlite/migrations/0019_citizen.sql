-- Where an application stands, for whoever holds its Form 1: the digest of its number and its key. The key itself is on the
-- paper alone, and in the order of it.
CREATE TABLE tracking (
    application_id TEXT PRIMARY KEY REFERENCES application (id),
    digest         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX tracking_digest ON tracking (digest);
CREATE TRIGGER tracking_is_kept BEFORE UPDATE ON tracking BEGIN SELECT RAISE(ABORT, 'a tracking key is drawn once'); END;
CREATE TRIGGER tracking_stays BEFORE DELETE ON tracking BEGIN SELECT RAISE(ABORT, 'a tracking key is drawn once'); END;

-- Each time a citizen fetched the document itself. The first of a certificate that no centre was told of is its delivery.
CREATE TABLE fetched (
    uin            TEXT NOT NULL REFERENCES certificate (uin),
    n              INTEGER NOT NULL,      -- from 1
    application_id TEXT NOT NULL REFERENCES application (id),
    delivered      INTEGER NOT NULL,
    fetched_at     INTEGER NOT NULL,
    PRIMARY KEY (uin, n)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX fetched_delivered ON fetched (application_id) WHERE delivered;
CREATE TRIGGER fetched_is_kept BEFORE UPDATE ON fetched BEGIN SELECT RAISE(ABORT, 'a fetch is never changed'); END;
CREATE TRIGGER fetched_stays BEFORE DELETE ON fetched BEGIN SELECT RAISE(ABORT, 'a fetch is never removed'); END;

-- The applications whose phone number nobody needs any more, since when: kept by the rows that make it so, whoever writes
-- them. A row leaves when the number is erased.
CREATE TABLE phone_due (
    application_id TEXT PRIMARY KEY REFERENCES application (id),
    since          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX phone_due_since ON phone_due (since);
CREATE TRIGGER handover_ends_phone AFTER INSERT ON handover
BEGIN INSERT OR IGNORE INTO phone_due VALUES (NEW.application_id, NEW.handed_at); END;
CREATE TRIGGER handover_undone_needs_phone AFTER DELETE ON handover
BEGIN DELETE FROM phone_due WHERE application_id = OLD.application_id; END;
CREATE TRIGGER fetched_ends_phone AFTER INSERT ON fetched WHEN NEW.delivered
BEGIN INSERT OR IGNORE INTO phone_due VALUES (NEW.application_id, NEW.fetched_at); END;
CREATE TRIGGER decision_ends_phone AFTER INSERT ON inbound_event
WHEN NEW.kind IN ('application.rejected', 'application.withdrawn')
BEGIN INSERT OR IGNORE INTO phone_due VALUES (NEW.application_id, NEW.event_at); END;
CREATE TRIGGER provided_ends_phone AFTER UPDATE OF approved_at ON application
WHEN NEW.state = 'provided' AND NEW.approved_at IS NOT NULL
BEGIN INSERT OR IGNORE INTO phone_due VALUES (NEW.id, NEW.approved_at); END;
-- What a correction or a revocation has ended is handed over to nobody.
CREATE TRIGGER standing_ends_phone AFTER UPDATE OF standing ON certificate
WHEN NEW.standing <> OLD.standing AND NEW.standing IN ('superseded', 'revoked')
BEGIN INSERT OR IGNORE INTO phone_due VALUES (NEW.application_id, NEW.minted_at); END;

INSERT OR IGNORE INTO phone_due SELECT application_id, handed_at FROM handover;
INSERT OR IGNORE INTO phone_due SELECT application_id, min(event_at) FROM inbound_event
    WHERE kind IN ('application.rejected', 'application.withdrawn') GROUP BY application_id;
INSERT OR IGNORE INTO phone_due SELECT id, approved_at FROM application WHERE state = 'provided' AND approved_at IS NOT NULL;
INSERT OR IGNORE INTO phone_due SELECT application_id, minted_at FROM certificate WHERE standing IN ('superseded', 'revoked');
