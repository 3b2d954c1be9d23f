BEGIN TRANSACTION;
CREATE TABLE amqp_user (
    name       TEXT PRIMARY KEY,
    department TEXT NOT NULL,
    services   TEXT NOT NULL,  -- with commas; empty: all of the department
    offices    TEXT NOT NULL,
    added_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE application (
    id             TEXT PRIMARY KEY,
    department     TEXT NOT NULL,
    application_no TEXT NOT NULL,
    service        TEXT,
    bsk            TEXT,
    docket_no      TEXT,
    state          TEXT NOT NULL,
    submission     TEXT,         -- digest of the submission's contents
    approval       TEXT,         -- digest of the approval's contents
    data           TEXT,         -- the approval's data
    ascribed       TEXT UNIQUE,
    supersedes     TEXT UNIQUE,
    received_at    INTEGER NOT NULL,
    approved_at    INTEGER,
    minted         INTEGER NOT NULL DEFAULT 0,
    UNIQUE (department, application_no)
) STRICT, WITHOUT ROWID;
INSERT INTO "application" VALUES('01a2267e-5e6c-7897-83b6-391bbb26ef18','UMA','F01','certified-copy',NULL,NULL,'pending','19c0528a6c22d53f7ec516dd593b5993f990571e26aa1fb8ccc9e2b26d8c6f83',NULL,NULL,NULL,NULL,1795942145621,NULL,0);
INSERT INTO "application" VALUES('01a2267e-603c-76f0-9b23-2b40f5ae1291','UMA','F05','certified-copy',NULL,NULL,'pending','a134fb839c08dc8c0f03e691ca16033ae6e4e666c2f3ff73d6925bfd5887ec8b',NULL,NULL,NULL,NULL,1795942146094,NULL,0);
CREATE TABLE asset (
    sha256 TEXT PRIMARY KEY,
    bytes  BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE attempt (
    stage    TEXT NOT NULL,
    item     TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    code     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    PRIMARY KEY (stage, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE audit (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    at      INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    act     TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL
) STRICT;
CREATE TABLE certificate (
    number         INTEGER PRIMARY KEY,   -- order of minting
    uin            TEXT NOT NULL UNIQUE,
    application_id TEXT NOT NULL UNIQUE REFERENCES application (id),
    department     TEXT NOT NULL,
    progress       TEXT NOT NULL,
    standing       TEXT NOT NULL DEFAULT 'live',
    plan           TEXT NOT NULL,
    credential     BLOB,
    cms            BLOB,
    sha256         TEXT,
    size           INTEGER,
    minted_at      INTEGER NOT NULL,
    signed_at      INTEGER,
    sealed_at      INTEGER,
    stored_at      INTEGER,
    notified_at    INTEGER
) STRICT;
CREATE TABLE change (
    number      INTEGER PRIMARY KEY,
    what        TEXT NOT NULL,     -- JSON
    digest      TEXT NOT NULL,     -- of what
    way         TEXT NOT NULL,     -- what open clocks need after it: settle, derive
    state       TEXT NOT NULL,     -- proposed, approved, rejected, withdrawn
    proposed_by TEXT NOT NULL,
    proposed_at INTEGER NOT NULL,
    decided_by  TEXT,
    decided_at  INTEGER,
    reason      TEXT NOT NULL,
    version     INTEGER UNIQUE,    -- of the rules, once approved
    CHECK ((state = 'proposed') = (decided_by IS NULL)),
    CHECK ((state = 'approved') = (version IS NOT NULL)),
    CHECK (state NOT IN ('approved', 'rejected') OR decided_by <> proposed_by)
) STRICT;
CREATE TABLE clock (
    application_id TEXT NOT NULL REFERENCES application (id),
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,      -- the stage or the case; empty of the service
    department     TEXT NOT NULL,
    service        TEXT,
    district       TEXT,
    office         TEXT,
    state          TEXT NOT NULL,
    amount         INTEGER,
    unit           TEXT,
    started_at     INTEGER,
    stopped_at     INTEGER,
    outcome        TEXT,
    reported_late  INTEGER NOT NULL,
    pauses         TEXT NOT NULL,      -- from-until, milliseconds, with spaces
    due_on         TEXT,               -- the last day in time
    provisional    INTEGER NOT NULL,
    promised_on    TEXT,               -- as first told to the citizen
    rungs          TEXT NOT NULL,      -- word:milliseconds, with spaces
    fired          INTEGER NOT NULL,   -- a bit for each rung that has fired
    next_at        INTEGER, bsk TEXT,            -- when the next rung fires
    PRIMARY KEY (application_id, kind, key)
) STRICT, WITHOUT ROWID;
INSERT INTO "clock" VALUES('01a2267e-5e6c-7897-83b6-391bbb26ef18','service','','UMA','certified-copy',NULL,'UMA-1','paused',3,'days',1793593800000,NULL,NULL,0,'-62135596800000-',NULL,0,'2026-11-05','',31,NULL,NULL);
INSERT INTO "clock" VALUES('01a2267e-603c-76f0-9b23-2b40f5ae1291','service','','UMA','certified-copy',NULL,'UMA-1','paused',3,'days',1793593800000,NULL,NULL,0,'-19800000-',NULL,0,'2026-11-05','',31,NULL,NULL);
CREATE TABLE code (
    uin        TEXT NOT NULL REFERENCES certificate (uin),
    kind       TEXT NOT NULL,             -- hand_over_code, document_code
    n          INTEGER NOT NULL,          -- from 1
    mac        TEXT NOT NULL,
    state      TEXT NOT NULL,             -- open, used, spent, over
    tries      INTEGER NOT NULL,          -- wrong ones
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (uin, kind, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE counter (
    stream TEXT PRIMARY KEY,
    last   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "counter" VALUES('department/UMA',14);
CREATE TABLE credential_key (
    kid         TEXT PRIMARY KEY,
    public      TEXT NOT NULL,
    departments TEXT NOT NULL,
    valid_from  INTEGER NOT NULL,
    valid_until INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO "credential_key" VALUES('65edd18ab1f176df','57dd23d2d3f5a7ca5bddfca1db68294c42aae64859489dc305c0e4153a368dcc','',1790758145000,NULL);
CREATE TABLE department_key (
    kid          TEXT PRIMARY KEY,
    department   TEXT NOT NULL,
    public       TEXT NOT NULL,
    added_at     INTEGER NOT NULL,
    withdrawn_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE TABLE directory (
    department TEXT NOT NULL,
    version    INTEGER NOT NULL,
    sha256     TEXT NOT NULL,      -- of the file as it was handed in
    contents   TEXT NOT NULL,      -- JSON
    loaded_at  INTEGER NOT NULL,
    actor      TEXT NOT NULL,
    PRIMARY KEY (department, version)
) STRICT;
CREATE TABLE directory_wish (
    department TEXT PRIMARY KEY,
    offices    INTEGER NOT NULL,
    officers   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE discarded (
    stage TEXT NOT NULL,
    item  TEXT NOT NULL,
    at    INTEGER NOT NULL,
    PRIMARY KEY (stage, item)
) STRICT, WITHOUT ROWID;
CREATE TABLE document (
    sha256    TEXT PRIMARY KEY,
    uin       TEXT NOT NULL,
    kind      TEXT NOT NULL,
    stored_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE document_order (
    number     INTEGER PRIMARY KEY,   -- order of ordering
    id         TEXT NOT NULL UNIQUE,
    kind       TEXT NOT NULL,
    subject    TEXT NOT NULL,         -- an application's row, or a key such as department and period
    department TEXT,                  -- where it belongs
    district   TEXT,
    office     TEXT,
    bsk        TEXT,
    view       TEXT NOT NULL,
    digest     TEXT NOT NULL,         -- of the view
    ordered_by TEXT NOT NULL,
    state      TEXT NOT NULL,
    plan       TEXT,
    cms        BLOB,
    sha256     TEXT UNIQUE,
    size       INTEGER,
    ordered_at INTEGER NOT NULL,
    planned_at INTEGER,
    sealed_at  INTEGER,
    stored_at  INTEGER,
    UNIQUE (kind, subject, digest)
) STRICT;
CREATE TABLE exception (
    uin        TEXT NOT NULL REFERENCES certificate (uin),
    n          INTEGER NOT NULL,          -- from 1
    bsk        TEXT NOT NULL,
    reason     TEXT NOT NULL,
    asked_by   TEXT NOT NULL,
    asked_at   INTEGER NOT NULL,
    state      TEXT NOT NULL,             -- open, allowed, refused, used
    decided_by TEXT,
    decided_at INTEGER,
    PRIMARY KEY (uin, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE fetched (
    uin            TEXT NOT NULL REFERENCES certificate (uin),
    n              INTEGER NOT NULL,      -- from 1
    application_id TEXT NOT NULL REFERENCES application (id),
    delivered      INTEGER NOT NULL,
    fetched_at     INTEGER NOT NULL,
    PRIMARY KEY (uin, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE handover (
    uin            TEXT PRIMARY KEY REFERENCES certificate (uin),
    application_id TEXT NOT NULL REFERENCES application (id),
    bsk            TEXT NOT NULL,
    handed_to      TEXT NOT NULL,      -- applicant, representative
    reference      TEXT,               -- the centre's own
    actor          TEXT NOT NULL,
    handed_at      INTEGER NOT NULL
, way TEXT NOT NULL DEFAULT 'unstated', detail TEXT NOT NULL DEFAULT '{}', sampled INTEGER NOT NULL DEFAULT 0) STRICT, WITHOUT ROWID;
CREATE TABLE handover_undone (
    uin       TEXT NOT NULL REFERENCES certificate (uin),
    bsk       TEXT NOT NULL,
    handed_to TEXT NOT NULL,
    way       TEXT NOT NULL,
    detail    TEXT NOT NULL,
    reference TEXT,
    actor     TEXT NOT NULL,
    handed_at INTEGER NOT NULL,
    undone_by TEXT NOT NULL,
    reason    TEXT NOT NULL,
    undone_at INTEGER NOT NULL,
    PRIMARY KEY (uin, handed_at)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE inbound_event (
    department     TEXT NOT NULL,
    source         TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    kind           TEXT NOT NULL,
    application_id TEXT NOT NULL REFERENCES application (id),
    digest         TEXT NOT NULL,
    data           TEXT,         -- NULL for an approval: the application holds it
    event_at       INTEGER NOT NULL,
    received_at    INTEGER NOT NULL,
    late           INTEGER NOT NULL,
    PRIMARY KEY (department, source, event_id)
) STRICT, WITHOUT ROWID;
INSERT INTO "inbound_event" VALUES('UMA','/departments/UMA/w','e5001','application.submitted','01a2267e-5e6c-7897-83b6-391bbb26ef18','19c0528a6c22d53f7ec516dd593b5993f990571e26aa1fb8ccc9e2b26d8c6f83','{"applicant":{"name":{"en":"A B"}},"application_no":"F01","department":"UMA","office":"UMA-1","service":"certified-copy","submitted_at":"2026-11-02T10:00:00+05:30"}',1793593800000,1795942145621,1);
INSERT INTO "inbound_event" VALUES('UMA','/departments/UMA/w','e5002','application.deficient','01a2267e-5e6c-7897-83b6-391bbb26ef18','9b75506b30677dee523c1c0bd824714f1c186836bb03f47d4e0be2f73c64cf08','{"application_no":"F01","at":"0001-01-01T00:00:00Z","department":"UMA","officer":{"designation":"Officer","name":"An Officer","officer_id":"X-1"},"reason":{"en":"r"}}',-62135596800000,1795942145859,1);
INSERT INTO "inbound_event" VALUES('UMA','/departments/UMA/w','e6001','application.deficient','01a2267e-603c-76f0-9b23-2b40f5ae1291','67dcb48175abf6a197958fbc4e71073fba7bd22464083d4aea0001ee082b8c52','{"application_no":"F05","at":"1970-01-01T00:00:00+05:30","department":"UMA","officer":{"designation":"Officer","name":"An Officer","officer_id":"X-1"},"reason":{"en":"r"}}',-19800000,1795942146323,1);
INSERT INTO "inbound_event" VALUES('UMA','/departments/UMA/w','e6003','application.submitted','01a2267e-603c-76f0-9b23-2b40f5ae1291','a134fb839c08dc8c0f03e691ca16033ae6e4e666c2f3ff73d6925bfd5887ec8b','{"applicant":{"name":{"en":"A B"}},"application_no":"F05","department":"UMA","office":"UMA-1","service":"certified-copy","submitted_at":"2026-11-02T10:00:00+05:30"}',1793593800000,1795942146094,1);
CREATE TABLE inbox (
    id          TEXT PRIMARY KEY,
    signature   TEXT,            -- NULL: the local door
    method      TEXT,
    path        TEXT,
    batch       INTEGER NOT NULL,
    body        BLOB,
    received_at INTEGER NOT NULL,
    answered_at INTEGER,
    answers     TEXT
, sender TEXT, routing_key TEXT) STRICT, WITHOUT ROWID;
INSERT INTO "inbox" VALUES('01a2267e-5e55-7995-905e-6a7de0f6fd11',NULL,NULL,NULL,0,NULL,1795942145621,1795942145645,'{"events":[{"application_no":"F01","duplicate":false,"id":"e5001","result":"accepted","source":"/departments/UMA/w"}]}',NULL,NULL);
INSERT INTO "inbox" VALUES('01a2267e-5f43-7d56-9888-8f5d93057dfb',NULL,NULL,NULL,0,NULL,1795942145859,1795942145880,'{"events":[{"application_no":"F01","duplicate":false,"id":"e5002","result":"accepted","source":"/departments/UMA/w"}]}',NULL,NULL);
INSERT INTO "inbox" VALUES('01a2267e-602e-7f41-b4f0-e584af64957d',NULL,NULL,NULL,0,NULL,1795942146094,1795942146109,'{"events":[{"application_no":"F05","duplicate":false,"id":"e6003","result":"accepted","source":"/departments/UMA/w"}]}',NULL,NULL);
INSERT INTO "inbox" VALUES('01a2267e-6113-736c-b2f6-7bf5a5f2cabc',NULL,NULL,NULL,0,NULL,1795942146323,1795942146340,'{"events":[{"application_no":"F05","duplicate":false,"id":"e6001","result":"accepted","source":"/departments/UMA/w"}]}',NULL,NULL);
INSERT INTO "inbox" VALUES('01a2267e-62fc-798e-96a4-eb7ac52c6ab2',NULL,NULL,NULL,0,X'7B227370656376657273696F6E223A2022312E30222C20226964223A20226535303033222C2022736F75726365223A20222F6465706172746D656E74732F554D412F77222C202274797065223A2022696E2E676F762E77622E62736B2E6170706C69636174696F6E2E726573756D65642E7631222C202264617461223A207B226465706172746D656E74223A2022554D41222C20226170706C69636174696F6E5F6E6F223A2022463031222C20226174223A2022323032362D31312D31305431303A30303A30302B30353A3330222C2022726561736F6E223A207B22656E223A202272227D2C20226F666669636572223A207B226E616D65223A2022416E204F666669636572222C202264657369676E6174696F6E223A20224F666669636572222C20226F6666696365725F6964223A2022582D31227D7D7D0A',1795942146812,NULL,NULL,NULL,NULL);
CREATE TABLE mailing (
    id       TEXT PRIMARY KEY,
    login    TEXT NOT NULL,
    state    TEXT NOT NULL,          -- waiting, sent, failed
    made_at  INTEGER NOT NULL,
    next_at  INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    code     TEXT NOT NULL,
    sent_at  INTEGER
) STRICT;
CREATE TABLE mailing_line (
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    rung           TEXT NOT NULL,
    login          TEXT NOT NULL,
    due_at         INTEGER NOT NULL,  -- when it is told
    mailing         TEXT,
    PRIMARY KEY (application_id, kind, key, rung, login)
) STRICT;
CREATE TABLE moved (
    version        INTEGER NOT NULL,
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    from_day       TEXT,
    to_day         TEXT,
    PRIMARY KEY (version, application_id, kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE note (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE notice (
    bsk    TEXT NOT NULL,
    number INTEGER NOT NULL,
    uin    TEXT NOT NULL UNIQUE, state TEXT NOT NULL DEFAULT 'ready',
    PRIMARY KEY (bsk, number)
) STRICT, WITHOUT ROWID;
CREATE TABLE outbound (
    stream  TEXT NOT NULL,
    number  INTEGER NOT NULL,
    id      TEXT NOT NULL,
    word    TEXT NOT NULL,
    subject TEXT NOT NULL,
    data    TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (stream, number)
) STRICT, WITHOUT ROWID;
INSERT INTO "outbound" VALUES('department/UMA',1,'01a2267e-5e6d-7f17-9331-a4b4fcd78da4','application.accepted','F01','{"application_no":"F01","department":"UMA","duplicate":false,"event_id":"e5001","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.submitted.v1","received_at":"2026-11-29T14:19:05.621+05:30"}',1795942145645);
INSERT INTO "outbound" VALUES('department/UMA',2,'01a2267e-5f2f-7743-9300-a00f24f95e71','sla.due_soon','F01','{"application_no":"F01","at":"2026-11-29T14:19:05.839+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_soon","service":"certified-copy"}',1795942145839);
INSERT INTO "outbound" VALUES('department/UMA',3,'01a2267e-5f2f-7e08-b345-5e7d43a92dd5','sla.due_soon','F01','{"application_no":"F01","at":"2026-11-29T14:19:05.839+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_today","service":"certified-copy"}',1795942145839);
INSERT INTO "outbound" VALUES('department/UMA',4,'01a2267e-5f2f-7574-9ea7-5331631fc517','sla.breached','F01','{"application_no":"F01","at":"2026-11-29T14:19:05.839+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","late_from":"2026-11-06","provisional":true,"rung":"breached","service":"certified-copy"}',1795942145839);
INSERT INTO "outbound" VALUES('department/UMA',5,'01a2267e-5f2f-7055-9a8a-dac91e5b7d72','sla.escalated','F01','{"application_no":"F01","at":"2026-11-29T14:19:05.839+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":1,"provisional":true,"rung":"appeal_open","service":"certified-copy","to":"appellate_officer"}',1795942145839);
INSERT INTO "outbound" VALUES('department/UMA',6,'01a2267e-5f2f-7d2b-88e9-3fda9f4511c0','sla.escalated','F01','{"application_no":"F01","at":"2026-11-29T14:19:05.839+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":2,"provisional":true,"rung":"reviewing_officer","service":"certified-copy","to":"reviewing_officer"}',1795942145839);
INSERT INTO "outbound" VALUES('department/UMA',7,'01a2267e-5f58-7f3e-afd9-8bf1f2878937','application.accepted','F01','{"application_no":"F01","department":"UMA","duplicate":false,"event_id":"e5002","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.deficient.v1","received_at":"2026-11-29T14:19:05.859+05:30"}',1795942145880);
INSERT INTO "outbound" VALUES('department/UMA',8,'01a2267e-603d-79d1-b286-98d647b6c61a','application.accepted','F05','{"application_no":"F05","department":"UMA","duplicate":false,"event_id":"e6003","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.submitted.v1","received_at":"2026-11-29T14:19:06.094+05:30"}',1795942146109);
INSERT INTO "outbound" VALUES('department/UMA',9,'01a2267e-60dc-7978-be25-92fd6c492c45','sla.due_soon','F05','{"application_no":"F05","at":"2026-11-29T14:19:06.268+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_soon","service":"certified-copy"}',1795942146268);
INSERT INTO "outbound" VALUES('department/UMA',10,'01a2267e-60dd-71ed-bba0-b13aa2d0347b','sla.due_soon','F05','{"application_no":"F05","at":"2026-11-29T14:19:06.269+05:30","clock":"service","days_left":0,"department":"UMA","due_on":"2026-11-05","provisional":true,"rung":"due_today","service":"certified-copy"}',1795942146269);
INSERT INTO "outbound" VALUES('department/UMA',11,'01a2267e-60dd-7d82-b794-011a5f98d0b2','sla.breached','F05','{"application_no":"F05","at":"2026-11-29T14:19:06.269+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","late_from":"2026-11-06","provisional":true,"rung":"breached","service":"certified-copy"}',1795942146269);
INSERT INTO "outbound" VALUES('department/UMA',12,'01a2267e-60dd-7473-bd57-f3167ff39251','sla.escalated','F05','{"application_no":"F05","at":"2026-11-29T14:19:06.269+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":1,"provisional":true,"rung":"appeal_open","service":"certified-copy","to":"appellate_officer"}',1795942146269);
INSERT INTO "outbound" VALUES('department/UMA',13,'01a2267e-60dd-7e28-ab81-b7d33ecd4e25','sla.escalated','F05','{"application_no":"F05","at":"2026-11-29T14:19:06.269+05:30","clock":"service","department":"UMA","due_on":"2026-11-05","level":2,"provisional":true,"rung":"reviewing_officer","service":"certified-copy","to":"reviewing_officer"}',1795942146269);
INSERT INTO "outbound" VALUES('department/UMA',14,'01a2267e-6124-7c06-a275-84c349958d1f','application.accepted','F05','{"application_no":"F05","department":"UMA","duplicate":false,"event_id":"e6001","event_source":"/departments/UMA/w","event_type":"in.gov.wb.bsk.application.deficient.v1","received_at":"2026-11-29T14:19:06.323+05:30"}',1795942146340);
CREATE TABLE parked (
    number    INTEGER PRIMARY KEY AUTOINCREMENT,
    stage     TEXT NOT NULL,
    item      TEXT NOT NULL,
    code      TEXT NOT NULL,
    reason    TEXT NOT NULL,
    attempts  INTEGER NOT NULL,
    parked_at INTEGER NOT NULL,
    UNIQUE (stage, item)
) STRICT;
CREATE TABLE person (
    login        TEXT PRIMARY KEY,
    name         TEXT NOT NULL,
    post         TEXT NOT NULL,
    department   TEXT,               -- the bounds of the post
    district     TEXT,
    office       TEXT,
    bsk          TEXT,
    failures     INTEGER NOT NULL DEFAULT 0,
    locked_until INTEGER,
    last_step    INTEGER NOT NULL DEFAULT 0,   -- the code that was used last
    added_at     INTEGER NOT NULL,
    disabled_at  INTEGER
, email TEXT, password TEXT, totp TEXT, subject TEXT CHECK (subject IS NULL OR password IS NULL)) STRICT, WITHOUT ROWID;
CREATE TABLE phone_due (
    application_id TEXT PRIMARY KEY REFERENCES application (id),
    since          INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE print (
    uin  TEXT NOT NULL REFERENCES certificate (uin),
    kind TEXT NOT NULL,             -- opened, printed
    n    INTEGER NOT NULL,          -- from 1
    who  TEXT NOT NULL,
    bsk  TEXT NOT NULL,
    at   INTEGER NOT NULL,
    PRIMARY KEY (uin, kind, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE queue (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    stage  TEXT NOT NULL,
    item   TEXT NOT NULL,
    due_at INTEGER NOT NULL, rank INTEGER NOT NULL DEFAULT 0,
    UNIQUE (stage, item)
) STRICT;
INSERT INTO "queue" VALUES(5,'intake','01a2267e-62fc-798e-96a4-eb7ac52c6ab2',0,0);
CREATE TABLE reminder (
    uin  TEXT NOT NULL REFERENCES certificate (uin),
    stay INTEGER NOT NULL,
    n    INTEGER NOT NULL,     -- from 1
    at   INTEGER NOT NULL,
    PRIMARY KEY (uin, stay, n)
) STRICT, WITHOUT ROWID;
CREATE TABLE rerouting (
    uin         TEXT NOT NULL REFERENCES certificate (uin),
    stay        INTEGER NOT NULL,
    from_bsk    TEXT NOT NULL,
    from_number INTEGER NOT NULL,
    to_bsk      TEXT NOT NULL,
    to_number   INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    note        TEXT,
    actor       TEXT NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (uin, stay)
) STRICT, WITHOUT ROWID;
CREATE TABLE reserved_uin (
    uin        TEXT PRIMARY KEY,
    department TEXT NOT NULL,
    request    TEXT NOT NULL,
    place      INTEGER NOT NULL,
    used_by    TEXT REFERENCES application (id),
    UNIQUE (department, request, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE returned (
    uin    TEXT NOT NULL REFERENCES certificate (uin),
    stay   INTEGER NOT NULL,
    bsk    TEXT NOT NULL,
    reason TEXT NOT NULL,
    note   TEXT,               -- nobody's name or number
    actor  TEXT NOT NULL,
    at     INTEGER NOT NULL,
    PRIMARY KEY (uin, stay)
) STRICT, WITHOUT ROWID;
CREATE TABLE rules (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    version INTEGER NOT NULL,
    done    INTEGER NOT NULL
) STRICT;
INSERT INTO "rules" VALUES(1,0,0);
CREATE TABLE run (
    number         INTEGER PRIMARY KEY,
    way            TEXT NOT NULL,
    after_version  INTEGER NOT NULL,
    upto           INTEGER NOT NULL,
    application_id TEXT NOT NULL,  -- it goes on after this clock
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    looked         INTEGER NOT NULL,
    moved          INTEGER NOT NULL,
    began_at       INTEGER NOT NULL,
    done_at        INTEGER
) STRICT;
CREATE TABLE rung (
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    rung           TEXT NOT NULL,
    due_on         TEXT,
    moment         INTEGER NOT NULL,   -- when it was due
    fired_at       INTEGER NOT NULL,
    PRIMARY KEY (application_id, kind, key, rung)
) STRICT, WITHOUT ROWID;
INSERT INTO "rung" VALUES('01a2267e-5e6c-7897-83b6-391bbb26ef18','service','','appeal_open','2026-11-05',1793989800000,1795942145839);
INSERT INTO "rung" VALUES('01a2267e-5e6c-7897-83b6-391bbb26ef18','service','','breached','2026-11-05',1793903400000,1795942145839);
INSERT INTO "rung" VALUES('01a2267e-5e6c-7897-83b6-391bbb26ef18','service','','due_soon','2026-11-05',1793730600000,1795942145839);
INSERT INTO "rung" VALUES('01a2267e-5e6c-7897-83b6-391bbb26ef18','service','','due_today','2026-11-05',1793817000000,1795942145839);
INSERT INTO "rung" VALUES('01a2267e-5e6c-7897-83b6-391bbb26ef18','service','','reviewing_officer','2026-11-05',1795199400000,1795942145839);
INSERT INTO "rung" VALUES('01a2267e-603c-76f0-9b23-2b40f5ae1291','service','','appeal_open','2026-11-05',1793989800000,1795942146269);
INSERT INTO "rung" VALUES('01a2267e-603c-76f0-9b23-2b40f5ae1291','service','','breached','2026-11-05',1793903400000,1795942146269);
INSERT INTO "rung" VALUES('01a2267e-603c-76f0-9b23-2b40f5ae1291','service','','due_soon','2026-11-05',1793730600000,1795942146268);
INSERT INTO "rung" VALUES('01a2267e-603c-76f0-9b23-2b40f5ae1291','service','','due_today','2026-11-05',1793817000000,1795942146269);
INSERT INTO "rung" VALUES('01a2267e-603c-76f0-9b23-2b40f5ae1291','service','','reviewing_officer','2026-11-05',1795199400000,1795942146269);
CREATE TABLE sample_found (
    uin       TEXT NOT NULL,
    handed_at INTEGER NOT NULL,
    in_order  INTEGER NOT NULL,
    note      TEXT NOT NULL,
    found_by  TEXT NOT NULL,
    found_at  INTEGER NOT NULL,
    PRIMARY KEY (uin, handed_at)
) STRICT, WITHOUT ROWID;
CREATE TABLE seal_certificate (
    fingerprint TEXT PRIMARY KEY,
    der         BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "seal_certificate" VALUES('238d63f89a76034dda2e1a29f5fce4675b5add60e12749c17ea97253ff6dea34',X'3082025D30820204A0030201020210764960270BCF62E9D6CA3250F401661A300A06082A8648CE3D040302306A310B300906035504061302494E312D302B060355040A0C24476F7665726E6D656E74206F6620576573742042656E67616C202853504543494D454E29312C302A06035504030C234D6F686F722064656D6F20726F6F74202D206E6F742061206C6963656E736564204341301E170D3236303933303038343930355A170D3239303932393038343930355A3077310B300906035504061302494E3114301206035504080C0B576573742042656E67616C312D302B060355040A0C24476F7665726E6D656E74206F6620576573742042656E67616C202853504543494D454E293123302106035504030C1A4D6F686F722064656D6F20646F63756D656E74207369676E65723059301306072A8648CE3D020106082A8648CE3D03010703420004E90AE386421CF96CDAAC895166B699CEE4B34DB49C3C95D098DB19E5D02AA73E909C3EC901BC73191EE5CB7ADF14221E2193E9EF2043E4374B5A00FF40105D23A37F307D301D0603551D0E0416041495ED37359CE5705CC1FFCC3A70E0858766672FFF301F0603551D2304183016801441A7B6B0FE8ED28FA4A0358CE0EE7F8FB32DAB61300E0603551D0F0101FF0404030206C0300C0603551D130101FF04023000301D0603551D250416301406082B0601050507032406082B06010505070304300A06082A8648CE3D0403020347003044022054564580124957B46F8DE2F24AF0342BE6F0BB88A69AD86C5578F0D465666A54022066EA12672EB37C5F1556EE690EA25C95904211EB9667CC1D0B11C1A2A25FDEA7');
CREATE TABLE seal_key (
    number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the highest is in use
    key_id TEXT NOT NULL UNIQUE,
    words  TEXT NOT NULL,      -- algorithm
    chain  TEXT NOT NULL       -- fingerprints with commas, signer first
) STRICT;
INSERT INTO "seal_key" VALUES(6,'238d63f89a76034dda2e1a29f5fce4675b5add60e12749c17ea97253ff6dea34','ecdsa_p256','238d63f89a76034dda2e1a29f5fce4675b5add60e12749c17ea97253ff6dea34');
CREATE TABLE session (
    key        TEXT PRIMARY KEY,
    data       TEXT NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE status_place (
    department TEXT NOT NULL,
    year       INTEGER NOT NULL,
    list       INTEGER NOT NULL,
    place      INTEGER NOT NULL,
    uin        TEXT NOT NULL,
    PRIMARY KEY (department, year, list, place)
) STRICT, WITHOUT ROWID;
CREATE TABLE tally (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "tally" VALUES('inbox',1);
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
CREATE TABLE tracking (
    application_id TEXT PRIMARY KEY REFERENCES application (id),
    digest         TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE untold (
    application_id TEXT NOT NULL,
    kind           TEXT NOT NULL,
    key            TEXT NOT NULL,
    rung           TEXT NOT NULL,
    post           TEXT NOT NULL,
    since          INTEGER NOT NULL,
    again_at       INTEGER NOT NULL,
    PRIMARY KEY (application_id, kind, key, rung, post)
) STRICT, WITHOUT ROWID;
CREATE TABLE webhook (
    id            TEXT PRIMARY KEY,
    stream        TEXT NOT NULL,
    url           TEXT NOT NULL,
    words         TEXT NOT NULL,      -- with commas; empty: every event of the stream
    state         TEXT NOT NULL,      -- active, paused, disabled
    reason        TEXT NOT NULL,      -- why it is disabled
    secret        TEXT NOT NULL,
    old_secret    TEXT,               -- signs beside it for a while
    old_until     INTEGER,
    place         INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,   -- of the event after the place that failed
    failing_since INTEGER,
    next_at       INTEGER NOT NULL,
    lease         INTEGER NOT NULL,   -- another number for each hand that takes it
    leased_until  INTEGER NOT NULL,   -- 0: it is in nobody's
    added_at      INTEGER NOT NULL,
    UNIQUE (stream, url)
) STRICT, WITHOUT ROWID;
CREATE TABLE webhook_attempt (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    webhook TEXT NOT NULL,
    event   INTEGER NOT NULL,         -- its number in the stream
    attempt INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    outcome TEXT NOT NULL             -- the status of the answer, or a word for why there was none
) STRICT;
CREATE TABLE webhook_mail (
    id      TEXT PRIMARY KEY,        -- the mailing's
    webhook TEXT NOT NULL,
    told    INTEGER NOT NULL,        -- 0: there was nobody, and no mailing
    stream  TEXT NOT NULL,
    host    TEXT NOT NULL,
    reason  TEXT NOT NULL,
    at      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX inbox_waiting ON inbox (received_at) WHERE answered_at IS NULL;
CREATE INDEX application_number ON application (application_no);
CREATE INDEX application_unminted ON application (approved_at) WHERE state = 'approved' AND minted = 0;
CREATE INDEX inbound_event_application ON inbound_event (application_id);
CREATE TRIGGER reserved_uin_is_given_once BEFORE UPDATE ON reserved_uin
WHEN NEW.uin <> OLD.uin OR NEW.department <> OLD.department OR (OLD.used_by IS NOT NULL AND NEW.used_by IS NOT OLD.used_by)
BEGIN SELECT RAISE(ABORT, 'a number belongs to one application, for ever'); END;
CREATE INDEX certificate_moving ON certificate (minted_at) WHERE progress <> 'notified';
CREATE TRIGGER certificate_is_fixed BEFORE UPDATE ON certificate
WHEN NEW.uin <> OLD.uin OR NEW.application_id <> OLD.application_id OR NEW.plan <> OLD.plan
  OR (OLD.credential IS NOT NULL AND NEW.credential IS NOT OLD.credential)
  OR (OLD.cms IS NOT NULL AND NEW.cms IS NOT OLD.cms)
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'a minted certificate is never changed'); END;
CREATE TRIGGER certificate_stays BEFORE DELETE ON certificate
BEGIN SELECT RAISE(ABORT, 'a minted certificate is never removed'); END;
CREATE TRIGGER document_is_kept BEFORE UPDATE ON document
BEGIN SELECT RAISE(ABORT, 'a recorded digest is never changed'); END;
CREATE TRIGGER document_stays BEFORE DELETE ON document
BEGIN SELECT RAISE(ABORT, 'a recorded digest is never removed'); END;
CREATE TRIGGER outbound_is_kept BEFORE UPDATE ON outbound
BEGIN SELECT RAISE(ABORT, 'a published event is never changed'); END;
CREATE INDEX parked_item ON parked (item);
CREATE INDEX audit_subject ON audit (subject);
CREATE TRIGGER audit_is_kept BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'an audit line is never changed'); END;
CREATE TRIGGER audit_stays BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'an audit line is never removed'); END;
CREATE INDEX clock_next ON clock (next_at) WHERE next_at IS NOT NULL;
CREATE TRIGGER rung_is_kept BEFORE UPDATE ON rung BEGIN SELECT RAISE(ABORT, 'a rung that fired is never changed'); END;
CREATE TRIGGER rung_stays BEFORE DELETE ON rung BEGIN SELECT RAISE(ABORT, 'a rung that fired is never removed'); END;
CREATE TRIGGER person_stays BEFORE DELETE ON person BEGIN SELECT RAISE(ABORT, 'an account is never removed'); END;
CREATE INDEX session_expired ON session (expires_at);
CREATE INDEX clock_paused ON clock (department, promised_on) WHERE state = 'paused';
CREATE INDEX clock_started ON clock (started_at) WHERE kind = 'service';
CREATE INDEX clock_stopped ON clock (stopped_at) WHERE kind = 'service' AND stopped_at IS NOT NULL;
CREATE INDEX rung_fired ON rung (fired_at, moment);
CREATE INDEX application_docket ON application (docket_no) WHERE docket_no IS NOT NULL;
CREATE INDEX mailing_waiting ON mailing (next_at) WHERE state = 'waiting';
CREATE INDEX mailing_failed ON mailing (id) WHERE state = 'failed';
CREATE INDEX mailing_line_due ON mailing_line (login, due_at) WHERE mailing IS NULL;
CREATE INDEX mailing_line_mailing ON mailing_line (mailing) WHERE mailing IS NOT NULL;
CREATE UNIQUE INDEX change_waiting ON change (digest) WHERE state = 'proposed';
CREATE TRIGGER change_is_fixed BEFORE UPDATE ON change
WHEN OLD.state <> 'proposed' OR NEW.number <> OLD.number OR NEW.what <> OLD.what OR NEW.digest <> OLD.digest
  OR NEW.way <> OLD.way OR NEW.proposed_by <> OLD.proposed_by OR NEW.proposed_at <> OLD.proposed_at
BEGIN SELECT RAISE(ABORT, 'a decided change is never changed'); END;
CREATE TRIGGER change_stays BEFORE DELETE ON change BEGIN SELECT RAISE(ABORT, 'a change is never removed'); END;
CREATE UNIQUE INDEX run_open ON run (way) WHERE done_at IS NULL;
CREATE TRIGGER moved_is_kept BEFORE UPDATE ON moved BEGIN SELECT RAISE(ABORT, 'a move is never changed'); END;
CREATE TRIGGER moved_stays BEFORE DELETE ON moved BEGIN SELECT RAISE(ABORT, 'a move is never removed'); END;
CREATE INDEX clock_open ON clock (application_id, kind, key) WHERE stopped_at IS NULL;
CREATE INDEX document_order_subject ON document_order (subject, number);
CREATE INDEX document_order_place ON document_order (kind, department, number);
CREATE INDEX document_order_moving ON document_order (ordered_at) WHERE stored_at IS NULL;
CREATE TRIGGER document_order_is_fixed BEFORE UPDATE ON document_order
WHEN NEW.id <> OLD.id OR NEW.kind <> OLD.kind OR NEW.subject <> OLD.subject OR NEW.view <> OLD.view
  OR NEW.digest <> OLD.digest OR NEW.ordered_by <> OLD.ordered_by OR NEW.ordered_at <> OLD.ordered_at
  OR NEW.department IS NOT OLD.department OR NEW.district IS NOT OLD.district OR NEW.office IS NOT OLD.office
  OR NEW.bsk IS NOT OLD.bsk
  OR (OLD.plan IS NOT NULL AND NEW.plan IS NOT OLD.plan)
  OR (OLD.cms IS NOT NULL AND NEW.cms IS NOT OLD.cms)
  OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS NOT OLD.sha256)
BEGIN SELECT RAISE(ABORT, 'an ordered document is never changed'); END;
CREATE TRIGGER document_order_stays BEFORE DELETE ON document_order
BEGIN SELECT RAISE(ABORT, 'an ordered document is never removed'); END;
CREATE INDEX queue_order ON queue (stage, rank, number);
CREATE TRIGGER directory_is_kept BEFORE UPDATE ON directory
    BEGIN SELECT RAISE(ABORT, 'a directory that was loaded is never changed'); END;
CREATE TRIGGER directory_stays BEFORE DELETE ON directory
    BEGIN SELECT RAISE(ABORT, 'a directory that was loaded is never removed'); END;
CREATE INDEX untold_again ON untold (again_at);
CREATE UNIQUE INDEX handover_application ON handover (application_id);
CREATE TRIGGER handover_is_kept BEFORE UPDATE ON handover BEGIN SELECT RAISE(ABORT, 'a hand-over is never changed'); END;
CREATE INDEX clock_due ON clock (due_on, application_id, department, service, district, office, bsk, state)
    WHERE state = 'running' AND kind <> 'pipeline' AND kind <> 'bsk';
CREATE INDEX clock_uncollected ON clock (due_on, application_id, department, service, district, office, bsk, state)
    WHERE state = 'running' AND kind = 'bsk';
CREATE INDEX clock_making ON clock (application_id) WHERE state = 'running' AND kind = 'pipeline';
CREATE INDEX clock_ended ON clock (department, coalesce(stopped_at, 9223372036854775807), application_id)
    WHERE kind = 'service';
CREATE INDEX clock_issued ON clock (department, stopped_at)
    WHERE kind IN ('pipeline', 'bsk') AND stopped_at IS NOT NULL;
CREATE UNIQUE INDEX person_subject ON person (subject);
CREATE TRIGGER person_keeps_its_post BEFORE UPDATE OF post, department, district, office, bsk, password ON person
WHEN OLD.password IS NOT NULL AND (NEW.password IS NULL OR (OLD.post, OLD.department, OLD.district, OLD.office, OLD.bsk)
     IS NOT (NEW.post, NEW.department, NEW.district, NEW.office, NEW.bsk))
BEGIN SELECT RAISE(ABORT, 'an account with a password keeps it, its post and its bounds'); END;
CREATE INDEX notice_state ON notice (bsk, state, number);
CREATE TRIGGER print_is_kept BEFORE UPDATE ON print BEGIN SELECT RAISE(ABORT, 'a print is never changed'); END;
CREATE TRIGGER print_stays BEFORE DELETE ON print BEGIN SELECT RAISE(ABORT, 'a print is never removed'); END;
CREATE TRIGGER print_moves AFTER INSERT ON print WHEN NEW.kind = 'printed'
BEGIN UPDATE notice SET state = 'printed' WHERE uin = NEW.uin AND state = 'ready'; END;
CREATE TRIGGER handover_moves AFTER INSERT ON handover
BEGIN UPDATE notice SET state = 'handed_over' WHERE uin = NEW.uin; END;
CREATE INDEX webhook_due ON webhook (next_at) WHERE state = 'active';
CREATE TRIGGER webhook_is_of_one_stream BEFORE UPDATE ON webhook
WHEN NEW.id <> OLD.id OR NEW.stream <> OLD.stream OR NEW.url <> OLD.url OR NEW.words <> OLD.words
BEGIN SELECT RAISE(ABORT, 'an endpoint is of one stream and one address, for ever'); END;
CREATE INDEX webhook_attempt_of ON webhook_attempt (webhook, number);
CREATE TRIGGER webhook_attempt_is_kept BEFORE UPDATE ON webhook_attempt
BEGIN SELECT RAISE(ABORT, 'an attempt that was made is never changed'); END;
CREATE TRIGGER webhook_attempt_stays BEFORE DELETE ON webhook_attempt
BEGIN SELECT RAISE(ABORT, 'an attempt that was made is never removed'); END;
CREATE INDEX handover_sampled ON handover (handed_at) WHERE sampled;
CREATE TRIGGER handover_undone_is_kept BEFORE UPDATE ON handover_undone
BEGIN SELECT RAISE(ABORT, 'what was taken back stays recorded'); END;
CREATE TRIGGER handover_undone_stays BEFORE DELETE ON handover_undone
BEGIN SELECT RAISE(ABORT, 'what was taken back stays recorded'); END;
CREATE TRIGGER handover_stays BEFORE DELETE ON handover
WHEN NOT EXISTS (SELECT 1 FROM handover_undone u WHERE u.uin = OLD.uin AND u.handed_at = OLD.handed_at)
BEGIN SELECT RAISE(ABORT, 'a hand-over is taken back with its record, and never removed'); END;
CREATE TRIGGER handover_undone_moves AFTER DELETE ON handover
BEGIN
    UPDATE notice SET state = CASE WHEN EXISTS (SELECT 1 FROM print p WHERE p.uin = OLD.uin AND p.bsk = notice.bsk AND p.kind = 'printed')
                                   THEN 'printed' ELSE 'ready' END
    WHERE uin = OLD.uin AND state = 'handed_over';
END;
CREATE UNIQUE INDEX code_open ON code (uin, kind) WHERE state = 'open';
CREATE TRIGGER code_is_spent_once BEFORE UPDATE ON code
WHEN OLD.state <> 'open' OR NEW.mac <> OLD.mac OR NEW.tries < OLD.tries OR NEW.expires_at <> OLD.expires_at
    OR (NEW.uin, NEW.kind, NEW.n, NEW.made_at) IS NOT (OLD.uin, OLD.kind, OLD.n, OLD.made_at)
BEGIN SELECT RAISE(ABORT, 'a code that was used, spent or replaced is over'); END;
CREATE TRIGGER code_stays BEFORE DELETE ON code BEGIN SELECT RAISE(ABORT, 'a code stays recorded'); END;
CREATE INDEX application_mobile ON application (json_extract(data, '$.applicant.mobile'))
    WHERE json_extract(data, '$.applicant.mobile') IS NOT NULL;
CREATE UNIQUE INDEX exception_going ON exception (uin) WHERE state IN ('open', 'allowed');
CREATE INDEX exception_open ON exception (asked_at) WHERE state = 'open';
CREATE TRIGGER exception_goes_on BEFORE UPDATE ON exception
WHEN NOT ((OLD.state = 'open' AND NEW.state IN ('allowed', 'refused')) OR (OLD.state = 'allowed' AND NEW.state = 'used'))
    OR (NEW.uin, NEW.n, NEW.bsk, NEW.reason, NEW.asked_by, NEW.asked_at)
       IS NOT (OLD.uin, OLD.n, OLD.bsk, OLD.reason, OLD.asked_by, OLD.asked_at)
BEGIN SELECT RAISE(ABORT, 'an exception is decided once'); END;
CREATE TRIGGER exception_stays BEFORE DELETE ON exception BEGIN SELECT RAISE(ABORT, 'an exception stays recorded'); END;
CREATE TRIGGER sample_found_is_kept BEFORE UPDATE ON sample_found
BEGIN SELECT RAISE(ABORT, 'what was found stays recorded'); END;
CREATE TRIGGER sample_found_stays BEFORE DELETE ON sample_found
BEGIN SELECT RAISE(ABORT, 'what was found stays recorded'); END;
CREATE INDEX hologram_range_bsk ON hologram_range (bsk, number);
CREATE TRIGGER hologram_range_is_kept BEFORE UPDATE ON hologram_range
WHEN NEW.number <> OLD.number OR NEW.bsk <> OLD.bsk OR NEW.prefix <> OLD.prefix OR NEW.digits <> OLD.digits
     OR NEW.first <> OLD.first OR NEW.last <> OLD.last OR NEW.issued_by <> OLD.issued_by OR NEW.issued_at <> OLD.issued_at
     OR NEW.bound < OLD.bound OR NEW.written_off < OLD.written_off
BEGIN SELECT RAISE(ABORT, 'a range of stickers that was issued is never changed'); END;
CREATE TRIGGER hologram_range_stays BEFORE DELETE ON hologram_range
BEGIN SELECT RAISE(ABORT, 'a range of stickers that was issued is never removed'); END;
CREATE TRIGGER hologram_is_kept BEFORE UPDATE ON hologram
BEGIN SELECT RAISE(ABORT, 'a sticker that was used is never unused'); END;
CREATE TRIGGER hologram_stays BEFORE DELETE ON hologram
BEGIN SELECT RAISE(ABORT, 'a sticker that was used is never unused'); END;
CREATE TRIGGER hologram_counts AFTER INSERT ON hologram
BEGIN
    UPDATE hologram_range SET bound = bound + (NEW.uin IS NOT NULL), written_off = written_off + (NEW.uin IS NULL)
    WHERE number = NEW.range_no;
END;
CREATE TRIGGER test_page_is_kept BEFORE UPDATE ON test_page
WHEN OLD.tried_at IS NOT NULL OR NEW.bsk <> OLD.bsk OR NEW.day <> OLD.day OR NEW.made_by <> OLD.made_by
     OR NEW.made_at <> OLD.made_at
BEGIN SELECT RAISE(ABORT, 'a test page that was scanned back is never changed'); END;
CREATE TRIGGER test_page_stays BEFORE DELETE ON test_page
BEGIN SELECT RAISE(ABORT, 'a test page is never removed'); END;
CREATE TRIGGER returned_is_kept BEFORE UPDATE ON returned BEGIN SELECT RAISE(ABORT, 'a return is never changed'); END;
CREATE TRIGGER returned_stays BEFORE DELETE ON returned BEGIN SELECT RAISE(ABORT, 'a return is never removed'); END;
CREATE TRIGGER rerouting_is_kept BEFORE UPDATE ON rerouting BEGIN SELECT RAISE(ABORT, 'a re-routing is never changed'); END;
CREATE TRIGGER rerouting_stays BEFORE DELETE ON rerouting BEGIN SELECT RAISE(ABORT, 'a re-routing is never removed'); END;
CREATE TRIGGER reminder_is_kept BEFORE UPDATE ON reminder BEGIN SELECT RAISE(ABORT, 'a reminder is never changed'); END;
CREATE TRIGGER reminder_stays BEFORE DELETE ON reminder BEGIN SELECT RAISE(ABORT, 'a reminder is never removed'); END;
CREATE INDEX clock_waiting ON clock (started_at, application_id, department, service, district, office, bsk)
    WHERE kind = 'bsk' AND stopped_at IS NULL;
CREATE TRIGGER returned_moves AFTER INSERT ON returned
BEGIN UPDATE notice SET state = 'returned' WHERE uin = NEW.uin AND state <> 'handed_over'; END;
CREATE TRIGGER rerouting_moves AFTER INSERT ON rerouting BEGIN
    UPDATE notice SET bsk = NEW.to_bsk, number = NEW.to_number, state = 'ready'
    WHERE uin = NEW.uin AND bsk = NEW.from_bsk AND number = NEW.from_number AND state <> 'handed_over';
    SELECT RAISE(ABORT, 'what does not wait at a centre is not sent on from there')
    WHERE NOT EXISTS (SELECT 1 FROM notice WHERE uin = NEW.uin AND bsk = NEW.to_bsk AND number = NEW.to_number);
END;
CREATE INDEX webhook_mail_of ON webhook_mail (webhook, at);
CREATE TRIGGER webhook_mail_is_kept BEFORE UPDATE ON webhook_mail
BEGIN SELECT RAISE(ABORT, 'what somebody was told is never changed'); END;
CREATE TRIGGER webhook_mail_stays BEFORE DELETE ON webhook_mail
BEGIN SELECT RAISE(ABORT, 'what somebody was told is never changed'); END;
CREATE INDEX tracking_digest ON tracking (digest);
CREATE TRIGGER tracking_is_kept BEFORE UPDATE ON tracking BEGIN SELECT RAISE(ABORT, 'a tracking key is drawn once'); END;
CREATE TRIGGER tracking_stays BEFORE DELETE ON tracking BEGIN SELECT RAISE(ABORT, 'a tracking key is drawn once'); END;
CREATE UNIQUE INDEX fetched_delivered ON fetched (application_id) WHERE delivered;
CREATE TRIGGER fetched_is_kept BEFORE UPDATE ON fetched BEGIN SELECT RAISE(ABORT, 'a fetch is never changed'); END;
CREATE TRIGGER fetched_stays BEFORE DELETE ON fetched BEGIN SELECT RAISE(ABORT, 'a fetch is never removed'); END;
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
CREATE TRIGGER standing_ends_phone AFTER UPDATE OF standing ON certificate
WHEN NEW.standing <> OLD.standing AND NEW.standing IN ('superseded', 'revoked')
BEGIN INSERT OR IGNORE INTO phone_due VALUES (NEW.application_id, NEW.minted_at); END;
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('seal_key',6);
INSERT INTO "sqlite_sequence" VALUES('queue',5);
COMMIT;
PRAGMA user_version = 19;
