//! The ledger's promises, on a real server: a database for each test.

use crate::house::House;
use mohor_ledger_postgres::{PostgresLedger, Reach, VERSION};
use mohor_ports::{
    ledger::{ACKNOWLEDGEMENTS_AHEAD, Documents, Inbox, Register, Sweep, Upkeep},
    suite::{documents, sample},
};
use sqlx_core::{connection::Connection, executor::Executor, query_scalar::query_scalar, sql_str::AssertSqlSafe};
use sqlx_postgres::PgConnection;
use std::sync::Arc;

mohor_ports::ledger_suite!(House::new().await);

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_programs_migrate_at_once_and_a_newer_schema_is_lived_with() {
    let Some(house) = House::bare().await else { return };
    assert_eq!(house.ledger.version().await.unwrap(), 0);
    let (one, other) = (house.beside(1), house.beside(2));
    let (one, other) = tokio::join!(one.migrate(), other.migrate());
    one.unwrap();
    other.unwrap();
    assert_eq!(house.ledger.version().await.unwrap(), VERSION);
    let later = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                 VALUES (99, 'later', true, '', 0)";
    house.sql(later).await.unwrap();
    house.ledger.migrate().await.unwrap();
    let reach = Reach { url: house.url.clone(), password: None, connections: 1 };
    let open = || PostgresLedger::open(&reach, Arc::new(sample::Counting::default()), Default::default());
    open().await.unwrap();
    house.sql("INSERT INTO note (name, value) VALUES ('oldest_program', '99')").await.unwrap();
    let error = open().await.err().expect("it is refused");
    assert!(error.to_string().contains("newer program"), "{error}");
}

#[tokio::test]
async fn an_empty_database_and_a_server_that_is_away_say_what_to_do() {
    let Some(house) = House::bare().await else { return };
    let open = |url: String| async move {
        let reach = Reach { url, password: None, connections: 1 };
        PostgresLedger::open(&reach, Arc::new(sample::Counting::default()), Default::default())
            .await
            .err()
            .expect("an error")
    };
    let error = open(house.url.clone()).await;
    assert!(error.code() == "fatal" && error.to_string().contains("mohor migrate"), "{error}");
    let error = open("postgres://nobody@127.0.0.1:1/nowhere".into()).await;
    assert!(error.code() == "outage" && error.to_string().contains("127.0.0.1:1/nowhere"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn workers_that_do_the_same_work_at_the_same_time_issue_once() {
    let Some(house) = House::new().await else { return };
    let numbers: Vec<u64> = (1..=40).collect();
    let applications = sample::approve(&*house.ledger, &numbers).await;
    let work = (0..4u64).map(|worker| {
        let (ledger, applications) = (house.beside(worker + 1), applications.clone());
        tokio::spawn(async move {
            use mohor_ports::ledger::{Issue, Minted, Minting};
            let mut uins = Vec::new();
            for (n, application) in applications.into_iter().enumerate() {
                let drawn = 1_000 * (worker + 1) + n as u64;
                let plan = sample::plan(sample::uin(sample::DEPARTMENT, drawn), drawn as u32);
                let minted = ledger.commit_minted(vec![Minting { application, plan }]).await.unwrap().remove(0);
                let (Minted::New(uin) | Minted::Before(uin)) = minted else { panic!("{minted:?}") };
                uins.push(uin);
            }
            for batch in uins.chunks(7) {
                let signed = batch.iter().map(|uin| (*uin, sample::credential(*uin))).collect();
                ledger.commit_signed(signed).await.unwrap();
                let sealed = batch.iter().rev().map(|uin| (*uin, sample::cms(*uin))).collect();
                ledger.commit_sealed(sealed).await.unwrap();
                ledger.commit_stored(batch.iter().map(|uin| sample::stored(*uin)).collect()).await.unwrap();
                ledger.commit_notified(batch).await.unwrap();
            }
            uins
        })
    });
    let mut all = Vec::new();
    for worker in work.collect::<Vec<_>>() {
        all.push(worker.await.unwrap());
    }
    assert!(all.iter().all(|uins| *uins == all[0]), "one number for each application, whoever asks");
    let census = house.ledger.census().await.unwrap();
    assert_eq!((census.minted, census.issued, census.ready), (40, 40, 40));
    let events = house.ledger.events(sample::BSK_STREAM, 0, 100).await.unwrap();
    assert_eq!(events.iter().map(|event| event.number).collect::<Vec<_>>(), (1..=40).collect::<Vec<i64>>());
    assert_eq!(house.ledger.offenders().await.unwrap(), []);
}

#[tokio::test]
async fn what_stands_still_is_swept_at_growing_intervals_and_a_lost_queue_at_once() {
    let Some(house) = House::new().await else { return };
    let ledger = &*house.ledger;
    let uin = sample::mint(ledger, 1).await.to_string();
    let still = Sweep::Still(900_000);
    let wanted = [(mohor_domain::stage::Stage::Sign, uin)];
    assert_eq!(ledger.sweep(still, 10).await.unwrap(), []);
    ledger.skew(900_000);
    assert_eq!(ledger.sweep(still, 10).await.unwrap(), wanted);
    assert_eq!(ledger.sweep(still, 10).await.unwrap(), [], "it was hinted just now");
    ledger.skew(900_000);
    assert_eq!(ledger.sweep(still, 10).await.unwrap(), [], "the second time it is left alone for longer");
    ledger.skew(900_000);
    assert_eq!(ledger.sweep(still, 10).await.unwrap(), wanted);
    // A loss is later than what was hinted before it, by the milliseconds that the ledger counts in.
    ledger.skew(2);
    let lost = Sweep::Lost(mohor_domain::stage::Stage::Sign, ledger.now().await.unwrap());
    assert_eq!(ledger.sweep(lost, 10).await.unwrap(), wanted);
    assert_eq!(ledger.sweep(lost, 10).await.unwrap(), [], "once for each loss");
    let elsewhere = Sweep::Lost(mohor_domain::stage::Stage::Mint, ledger.now().await.unwrap());
    assert_eq!(ledger.sweep(elsewhere, 10).await.unwrap(), []);
}

#[tokio::test]
async fn a_postponed_item_is_due_when_its_wait_is_over() {
    let Some(house) = House::new().await else { return };
    let ledger = &*house.ledger;
    let uin = sample::mint(ledger, 1).await.to_string();
    let failure = mohor_ports::ledger::Failure { item: uin.clone(), code: "retry".into(), reason: "not now".into() };
    ledger.postpone(mohor_domain::stage::Stage::Sign, vec![failure]).await.unwrap();
    assert_eq!(ledger.due(10).await.unwrap(), []);
    ledger.skew(2_000);
    assert_eq!(ledger.due(10).await.unwrap(), [(mohor_domain::stage::Stage::Sign, uin)]);
    assert_eq!(ledger.due(10).await.unwrap(), [], "it was hinted just now");
}

#[tokio::test]
async fn orders_are_due_at_once_and_acknowledgements_only_so_many_ahead() {
    let Some(house) = House::new().await else { return };
    let ledger = &*house.ledger;
    let store = mohor_domain::stage::Stage::Store;
    let many = u64::from(ACKNOWLEDGEMENTS_AHEAD) + 30;
    let submitted = |n| sample::event(mohor_domain::event::EventKind::Submitted, n);
    sample::send(ledger, (1..=many).map(submitted).collect()).await;
    let report = ledger.order(documents::order(1)).await.unwrap();
    let first = ledger.due(1_000).await.unwrap();
    assert_eq!(first.len() as u32, 1 + ACKNOWLEDGEMENTS_AHEAD);
    assert_eq!(first[0], (store, report.to_string()));
    assert_eq!(ledger.due(1_000).await.unwrap(), [], "so many are ahead");
    // What is stored makes room; what is lost on its way is hinted again.
    let id = mohor_domain::id::Id::parse(&first[1].1).unwrap();
    ledger.commit_planned(vec![documents::document_plan(id, 1_000)]).await.unwrap();
    ledger.commit_document_seals(vec![(id, b"seal".to_vec())]).await.unwrap();
    ledger.commit_documents_stored(vec![documents::stored_document(id)]).await.unwrap();
    let next = ledger.due(1_000).await.unwrap();
    assert!(next.len() == 1 && !first.contains(&next[0]), "{next:?}");
    ledger.skew(60_001);
    let again = ledger.due(1_000).await.unwrap();
    assert_eq!(again.len() as u32, 1 + ACKNOWLEDGEMENTS_AHEAD);
    assert!(again.contains(&first[0]) && !again.contains(&first[1]));
    // A row that lost its place among what is due is found by the sweep.
    house.sql("DELETE FROM attempt").await.unwrap();
    ledger.skew(900_000);
    let swept = ledger.sweep(Sweep::Still(900_000), 1_000).await.unwrap();
    assert_eq!(swept.iter().filter(|(stage, _)| *stage == store).count() as u64, many);
}

#[tokio::test]
async fn an_unconfirmed_event_is_in_one_relays_hands_until_it_is_told() {
    let Some(house) = House::new().await else { return };
    sample::approve(&*house.ledger, &[1, 2, 3]).await;
    let first = house.ledger.unpublished(2).await.unwrap();
    let second = house.beside(9).unpublished(10).await.unwrap();
    assert_eq!((first.len(), second.len()), (2, 1));
    assert_eq!(first[0].routing_key(), "application.accepted.BCW");
    house.ledger.published(&first).await.unwrap();
    house.ledger.skew(30_001);
    assert_eq!(house.ledger.unpublished(10).await.unwrap(), second, "its relay has died");
    house.ledger.published(&second).await.unwrap();
    house.ledger.skew(30_001);
    assert_eq!(house.ledger.unpublished(10).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_issued_cannot_be_changed_even_by_hand() {
    let Some(house) = House::new().await else { return };
    let uin = sample::mint(&*house.ledger, 1).await;
    sample::issue(&*house.ledger, uin).await;
    let ledger = &*house.ledger;
    let id = ledger.order(documents::order(1)).await.unwrap();
    ledger.commit_planned(vec![documents::document_plan(id, 1_000)]).await.unwrap();
    ledger.commit_document_seals(vec![(id, b"seal".to_vec())]).await.unwrap();
    ledger.commit_documents_stored(vec![documents::stored_document(id)]).await.unwrap();
    let act = mohor_ports::ledger::Act {
        actor: "operator:local".into(),
        act: "key.add".into(),
        subject: "kid".into(),
        detail: String::new(),
    };
    house.ledger.audit(act).await.unwrap();
    house.sql("INSERT INTO returned SELECT uin, 0, '24101', 'other', NULL, 'x', 0 FROM certificate").await.unwrap();
    house.sql("INSERT INTO reminder SELECT uin, 0, 1, 0 FROM certificate").await.unwrap();
    house.sql("INSERT INTO print SELECT uin, 'opened', 1, 'x', '24101', 0 FROM certificate").await.unwrap();
    let used = "INSERT INTO hologram_range (bsk, prefix, digits, first, last, issued_by, issued_at)
            VALUES ('24101', 'WB26', 6, 1, 10, 'x', 0);
        INSERT INTO hologram SELECT 'WB26-000001', hologram_range.number, '24101', uin, 1, NULL, 'x', 0 FROM certificate, hologram_range;
        INSERT INTO hologram SELECT 'WB26-000002', number, '24101', NULL, NULL, 'torn', 'x', 0 FROM hologram_range;
        INSERT INTO test_page VALUES ('24101', '2026-04-01', 'CODE', 0, 'x', 0, 'x', 0)";
    house.sql(used).await.unwrap();
    for sql in [
        "UPDATE certificate SET plan = '{}'",
        "UPDATE certificate SET claims = '\\x00'",
        "UPDATE certificate SET credential = NULL",
        "UPDATE certificate SET cms = '\\x00'",
        "UPDATE certificate SET sha256 = 'ff'",
        "UPDATE certificate SET uin = 'BCWGP1XF3A7QYF0V'",
        "DELETE FROM certificate",
        "UPDATE document_order SET view = '{}'",
        "UPDATE document_order SET plan = '{}'",
        "UPDATE document_order SET cms = NULL",
        "UPDATE document_order SET sha256 = 'ff'",
        "UPDATE document_order SET bsk = '24102'",
        "DELETE FROM document_order",
        "UPDATE document SET sha256 = 'ff'",
        "DELETE FROM document",
        "UPDATE outbound SET data = '{}'",
        "UPDATE audit SET actor = 'nobody'",
        "DELETE FROM audit",
        "UPDATE returned SET reason = 'unwanted'",
        "DELETE FROM returned",
        "DELETE FROM reminder",
        "INSERT INTO rerouting SELECT uin, 0, '24101', 1, '24102', 1, 'other', NULL, 'x', 0 FROM certificate",
        "UPDATE print SET who = 'nobody'",
        "DELETE FROM print",
        "UPDATE hologram SET uin = NULL",
        "UPDATE hologram SET who = 'nobody'",
        "UPDATE hologram SET serial = 'WB26-000003' WHERE reason IS NOT NULL",
        "DELETE FROM hologram",
        "UPDATE hologram_range SET bsk = '24102'",
        "UPDATE hologram_range SET last = 20",
        "UPDATE hologram_range SET bound = 0",
        "UPDATE hologram_range SET bound = 11",
        "DELETE FROM hologram_range",
        "UPDATE test_page SET tried_by = 'nobody'",
        "UPDATE test_page SET code = 'OTHER'",
        "DELETE FROM test_page",
    ] {
        assert!(house.sql(sql).await.is_err(), "{sql}");
    }
}

#[tokio::test]
async fn a_contradiction_is_fatal_and_a_row_that_is_held_is_an_outage() {
    let Some(house) = House::new().await else { return };
    let (one, other) = (sample::mint(&*house.ledger, 1).await, sample::mint(&*house.ledger, 2).await);
    sample::issue(&*house.ledger, one).await;
    use mohor_ports::ledger::Issue;
    house.ledger.commit_signed(vec![(other, sample::credential(other))]).await.unwrap();
    house.ledger.commit_sealed(vec![(other, sample::cms(other))]).await.unwrap();
    let mut twice = sample::stored(other);
    twice.sha256 = sample::sha256(one);
    let error = house.ledger.commit_stored(vec![twice]).await.unwrap_err();
    assert!(error.code() == "fatal" && error.to_string().contains("document_pkey"), "{error}");
    // Somebody else holds the row for longer than a lock is waited for.
    let mut holder = PgConnection::connect(&house.url).await.unwrap();
    holder.execute("BEGIN").await.unwrap();
    holder.execute("SELECT 1 FROM certificate FOR UPDATE").await.unwrap();
    let error = house.ledger.commit_stored(vec![sample::stored(other)]).await.unwrap_err();
    assert_eq!(error.code(), "outage", "{error}");
    holder.execute("ROLLBACK").await.unwrap();
    house.ledger.commit_stored(vec![sample::stored(other)]).await.unwrap();
}

#[tokio::test]
async fn what_an_older_program_recorded_without_a_clock_is_given_one() {
    let Some(house) = House::new().await else { return };
    let sql = async |sql: &'static str| {
        house.sql(sql).await.unwrap();
    };
    mohor_ports::suite::clocks::what_an_older_program_recorded_without_a_clock_is_given_one(&*house.ledger, sql).await;
}

#[tokio::test]
async fn what_waits_too_long_is_told_to_whose_it_is() {
    let Some(house) = House::new().await else { return };
    let later = |millis| house.ledger.skew(millis);
    mohor_ports::suite::counter::what_waits_too_long_is_told_to_whose_it_is(&*house.ledger, later).await;
}

#[tokio::test]
async fn the_auditor_counts_rungs_that_the_broker_has_not_confirmed() {
    use mohor_domain::event::EventKind;
    use mohor_ports::ledger::{Clocks, Inbox, Upkeep};
    let Some(house) = House::new().await else { return };
    let ledger = &*house.ledger;
    let at = ledger.now().await.unwrap().plus_millis(-200 * 24 * 60 * 60 * 1000);
    let long_ago = mohor_domain::event::InboundEvent { at, ..sample::event(EventKind::Submitted, 1) };
    sample::send(ledger, vec![long_ago]).await;
    let fired = ledger.fire(10).await.unwrap() as u64;
    assert!(fired > 3, "{fired}");
    assert_eq!(ledger.audit_clocks().await.unwrap().unconfirmed, 0, "the broker has a minute");
    ledger.skew(61_000);
    assert_eq!(ledger.audit_clocks().await.unwrap().unconfirmed, fired);
    let events = ledger.unpublished(1_000).await.unwrap();
    ledger.published(&events).await.unwrap();
    assert_eq!(ledger.audit_clocks().await.unwrap().unconfirmed, 0);
}

#[tokio::test]
async fn codes_are_few_and_good_for_a_while() {
    let Some(house) = House::new().await else { return };
    let later = |millis| house.ledger.skew(millis);
    mohor_ports::suite::handing::codes_are_few_and_good_for_a_while(&*house.ledger, later).await;
}

#[tokio::test]
async fn a_hand_over_is_taken_back_within_its_time() {
    let Some(house) = House::new().await else { return };
    let later = |millis| house.ledger.skew(millis);
    mohor_ports::suite::handing::a_hand_over_is_taken_back_within_its_time(&*house.ledger, later).await;
}

#[tokio::test]
async fn a_reminder_is_given_out_once() {
    let Some(house) = House::new().await else { return };
    let later = |millis| house.ledger.skew(millis);
    mohor_ports::suite::reminders::a_reminder_is_given_out_once(&*house.ledger, later).await;
}

#[tokio::test]
async fn each_day_has_its_own_test_page() {
    let Some(house) = House::new().await else { return };
    let later = |millis| house.ledger.skew(millis);
    mohor_ports::suite::test_pages::each_day_has_its_own_page(&*house.ledger, later).await;
}

#[tokio::test]
async fn a_document_is_fetched_by_code_and_delivered_once() {
    let Some(house) = House::new().await else { return };
    let later = |millis| house.ledger.skew(millis);
    mohor_ports::suite::citizen::a_document_is_fetched_by_code_and_delivered_once(&*house.ledger, later).await;
}

#[tokio::test]
async fn a_phone_number_is_erased_after_its_time() {
    let Some(house) = House::new().await else { return };
    let later = |millis| house.ledger.skew(millis);
    let holds = async |text: String| {
        let mut connection = PgConnection::connect(&house.url).await.expect("the server answers");
        let tables = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
        let tables: Vec<String> = query_scalar(tables).fetch_all(&mut connection).await.expect("tables");
        assert!(tables.len() > 30, "{tables:?}");
        let mut found = Vec::new();
        for table in tables {
            // Bytes are written as hexadecimal.
            let sql = format!(
                "SELECT EXISTS (SELECT FROM \"{table}\" t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0)"
            );
            let hex: String = text.bytes().map(|byte| format!("{byte:02x}")).collect();
            let has = query_scalar(AssertSqlSafe(sql)).bind(&text).bind(hex);
            if has.fetch_one(&mut connection).await.expect("a table") {
                found.push(table);
            }
        }
        found
    };
    mohor_ports::suite::citizen::a_phone_number_is_erased_after_its_time(&*house.ledger, later, holds).await;
}
