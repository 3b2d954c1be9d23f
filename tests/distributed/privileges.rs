//! Each role has its own user at the database: it can do its work, and nothing beside.

use crate::{assert_each_once, start_roles, wait_until_ready};
use mohor_domain::{
    board::Selection,
    civil::Instant,
    ground::{Ground, PaperKind},
    hologram::{Range, Serial},
    tray::PrintKind,
    uin::Uin,
    uncollected::{Reminders, RerouteReason, ReturnReason},
};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::{
    ledger::{
        Act, Counter, HandedOver, Handover, HologramBound, HologramWrittenOff, Holograms, HologramsIssued, Moving,
        Printing, Reference, Reroute, Return, TestPages, TestTry, Tray, Uncollected,
    },
    suite::sample,
};
use mohor_tests::{
    house::House,
    patience::{PATIENCE, waited},
    samples,
    servers::Servers,
};
use serde_json::Value;
use std::sync::Arc;

#[test]
fn a_role_can_do_its_own_work_and_nothing_beside() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 1);
    let events: Vec<Value> = (1..=3).map(samples::caste).collect();
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&events).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 3, "{outcome:?}");
    wait_until_ready(away, 3, &workers);
    // What is submitted is acknowledged: intake orders, reconcile hints, store makes.
    let submitted =
        house.file("submitted.ndjson", samples::lines(&[samples::submitted("LRR/1", "2026-03-02T11:00:00+05:30")]));
    assert_eq!(house.run([std::ffi::OsStr::new("submit"), submitted.as_ref()]).code, Some(0));
    let stored = "SELECT count(*) FROM document_order WHERE state = 'stored'";
    let found = waited(PATIENCE, &mut || (away.sql(stored) == "1").then_some(()));
    assert!(found.is_some(), "{}", away.sql("SELECT code, reason FROM attempt"));
    drop(workers);
    assert_each_once(&house, 3);
    // The portal orders for a person.
    for sql in [
        "INSERT INTO document_order (id, kind, subject, view, digest, ordered_by, state, ordered_at)
         VALUES ('00000000-0000-7000-8000-000000000000', 'report', 'x', '{}', 'x', 'person:x', 'ordered', 0)
         ON CONFLICT DO NOTHING RETURNING id",
        "INSERT INTO attempt (stage, item, attempts, next_at, code, reason) VALUES ('store', 'x', 0, 0, 'ordered', '')
         ON CONFLICT DO NOTHING",
        "SELECT view, plan FROM document_order",
    ] {
        away.sql_as("portal", sql).unwrap_or_else(|refused| panic!("{sql}: {refused}"));
    }
    // Each of these would be harm, and each works for the owner.
    let harm = [
        ("sign", "SELECT plan FROM certificate"),
        ("sign", "SELECT data FROM application"),
        ("sign", "SELECT data FROM inbound_event"),
        ("sign", "SELECT body FROM inbox"),
        ("sign", "UPDATE certificate SET standing = 'superseded'"),
        ("notify", "SELECT plan FROM certificate"),
        ("notify", "SELECT data FROM application"),
        ("sla", "SELECT data FROM application"),
        ("sla", "SELECT password FROM person"),
        ("intake", "SELECT totp FROM person"),
        ("portal", "UPDATE directory SET contents = ''"),
        ("portal", "UPDATE directory_wish SET offices = false"),
        ("intake", "INSERT INTO directory VALUES ('BCW', 1, '', '', 0, '')"),
        ("operator", "UPDATE directory SET contents = ''"),
        ("portal", "INSERT INTO centre_list VALUES (9, '', '', 0, '')"),
        ("intake", "INSERT INTO centre_list VALUES (9, '', '', 0, '')"),
        ("sla", "INSERT INTO directory VALUES ('BCW', 1, '', '', 0, '')"),
        ("sla", "UPDATE person SET email = ''"),
        ("portal", "UPDATE person SET password = 'x'"),
        ("portal", "UPDATE person SET totp = 'x'"),
        ("portal", "UPDATE person SET disabled_at = NULL"),
        ("portal", "INSERT INTO person (login, name, post, password, totp, added_at) VALUES ('x', '', '', '', '', 0)"),
        ("sla", "SELECT data FROM inbound_event"),
        ("portal", "UPDATE clock SET due_on = '2030-01-01'"),
        ("portal", "UPDATE clock SET started_at = 0"),
        ("portal", "UPDATE handover SET actor = 'nobody'"),
        ("portal", "UPDATE print SET who = 'nobody'"),
        ("portal", "UPDATE fetched SET delivered = false"),
        ("portal", "INSERT INTO tracking SELECT id, '' FROM application"),
        ("portal", "DELETE FROM phone_due"),
        ("intake", "SELECT erased FROM erase_phones(0, 1)"),
        ("reconcile", "UPDATE application SET data = ''"),
        ("reconcile", "SELECT data FROM inbound_event"),
        ("portal", "UPDATE notice SET state = 'ready'"),
        ("notify", "UPDATE notice SET state = 'printed'"),
        ("notify", "INSERT INTO print SELECT uin, 'printed', 1, '', '', 0 FROM certificate"),
        ("notify", "INSERT INTO handover SELECT uin, application_id, '', 'applicant', NULL, '', 0 FROM certificate"),
        (
            "notify",
            "INSERT INTO rung (application_id, kind, key, rung, moment, fired_at) VALUES (gen_random_uuid(), '', '', '', 0, 0)",
        ),
        ("sla", "UPDATE change SET state = 'approved'"),
        ("sla", "UPDATE rules SET version = 9"),
        ("intake", "INSERT INTO change (what) VALUES ('')"),
        ("portal", "UPDATE change SET proposed_by = 'x'"),
        ("portal", "INSERT INTO moved (version) VALUES (1)"),
        ("portal", "UPDATE rules SET done = 9"),
        ("operator", "UPDATE change SET state = 'approved'"),
        ("notify", "UPDATE webhook SET url = ''"),
        ("notify", "UPDATE webhook SET secret = ''"),
        ("notify", "DELETE FROM webhook"),
        ("notify", "SELECT password FROM person"),
        ("notify", "SELECT name FROM person"),
        ("notify", "UPDATE mailing SET state = 'sent'"),
        ("sla", "SELECT url FROM webhook"),
        ("sla", "INSERT INTO webhook_mail SELECT id, id, true, '', '', '', 0 FROM mailing"),
        ("notify", "UPDATE webhook_attempt SET outcome = ''"),
        ("portal", "SELECT secret FROM webhook"),
        ("sla", "SELECT secret FROM webhook"),
        ("intake", "INSERT INTO webhook (id) VALUES (gen_random_uuid())"),
        ("portal", "UPDATE hologram_range SET bound = 0"),
        (
            "portal",
            "INSERT INTO hologram_range (bsk, prefix, digits, first, last, issued_by, issued_at, bound) VALUES ('x', 'X', 4, 1, 1, 'x', 0, 0)",
        ),
        ("portal", "UPDATE hologram SET uin = NULL"),
        ("portal", "DELETE FROM hologram"),
        ("portal", "DELETE FROM test_page"),
        ("portal", "UPDATE test_page SET made_by = 'nobody'"),
        (
            "operator",
            "INSERT INTO hologram (serial, range_no, bsk, uin, n, who, at) VALUES ('x', 1, 'x', 'x', 1, 'x', 0)",
        ),
        ("operator", "UPDATE test_page SET tried_at = 0"),
        ("notify", "SELECT serial FROM hologram"),
        ("store", "INSERT INTO hologram (serial, range_no, bsk, reason, who, at) VALUES ('x', 1, 'x', 'x', 'x', 0)"),
        ("operator", "INSERT INTO webhook_attempt (outcome) VALUES ('')"),
        ("reconcile", "SELECT plan FROM certificate"),
        ("reconcile", "UPDATE certificate SET standing = 'superseded'"),
        ("intake", "UPDATE certificate SET standing = 'superseded'"),
        ("intake", "SELECT plan FROM certificate"),
        ("intake", "INSERT INTO amqp_user SELECT 'me', department, '', '', 0 FROM application LIMIT 1"),
        ("mint", "UPDATE application SET state = 'approved'"),
        ("mint", "SELECT body FROM inbox"),
        ("store", "UPDATE certificate SET plan = ''"),
        ("store", "SELECT data FROM application"),
        ("portal", "UPDATE certificate SET standing = 'superseded'"),
        ("portal", "INSERT INTO certificate (uin) VALUES ('x')"),
        ("portal", "INSERT INTO application (id) VALUES (gen_random_uuid())"),
        ("portal", "UPDATE application SET state = 'approved'"),
        ("portal", "INSERT INTO department_key (kid, department, public, added_at) VALUES ('x', 'BCW', '', 0)"),
        (
            "portal",
            "INSERT INTO inbox (id, sender, routing_key, batch, body, received_at)
                    VALUES (gen_random_uuid(), 'dept-bcw', 'BCW.application.approved', false, '', 0)",
        ),
        ("portal", "SELECT body FROM inbox"),
        ("portal", "UPDATE notice SET state = 'ready'"),
        ("portal", "UPDATE clock SET due_on = '2030-01-01'"),
        ("portal", "DELETE FROM returned"),
        ("portal", "INSERT INTO reminder (uin, stay, n, at) VALUES ('x', 0, 1, 0)"),
        ("portal", "SELECT mobile_of(gen_random_uuid())"),
        ("sla", "SELECT mobile_of(gen_random_uuid())"),
        ("operator", "INSERT INTO returned (uin) VALUES ('x')"),
        ("portal", "UPDATE document_order SET state = 'stored'"),
        ("intake", "UPDATE document_order SET state = 'stored'"),
        ("intake", "SELECT view FROM document_order"),
        ("sign", "SELECT view FROM document_order"),
        ("sla", "SELECT view FROM document_order"),
        ("store", "UPDATE document_order SET view = ''"),
        ("store", "INSERT INTO document_order (id) VALUES (gen_random_uuid())"),
        ("operator", "INSERT INTO application (id) VALUES (gen_random_uuid())"),
        ("operator", "UPDATE certificate SET standing = 'superseded'"),
        ("operator", "INSERT INTO inbox (id, batch, body, received_at) VALUES (gen_random_uuid(), false, '', 0)"),
    ];
    for (role, sql) in harm {
        let refused = away.sql_as(role, sql).expect_err(&format!("{role} may: {sql}"));
        assert!(refused.contains("permission denied"), "{role}: {sql}: {refused}");
    }
    hand_over(&house);
    // What the portal may write at all it may write for hand-overs only.
    let forged = "INSERT INTO outbound (stream, number, id, word, subject, data, at)
                  VALUES ('department/BCW', 1000, gen_random_uuid(), 'certificate.issued', 'X', '{}', 0)";
    let refused = away.sql_as("portal", forged).expect_err("the portal tells what nobody did");
    assert!(refused.contains("re-routings only"), "{refused}");
    move_certificates(&house);
    // What single sign-on moves are its own accounts.
    let added = house.run(["people", "add", "anita", "--post", "supervisor", "--name", "N", "--department", "BCW"]);
    assert_eq!(added.code, Some(0), "{added:?}");
    for sql in [
        "UPDATE person SET post = 'administrator'",
        "UPDATE person SET department = NULL",
        "UPDATE person SET subject = 'x'",
    ] {
        let refused = away.sql_as("portal", sql).expect_err(&format!("portal may: {sql}"));
        assert!(
            refused.contains("an account with a password") || refused.contains("check constraint"),
            "{sql}: {refused}"
        );
    }
    for role in ["intake", "mint", "sign", "store", "notify", "sla", "reconcile", "portal", "operator"] {
        for sql in
            ["DELETE FROM audit", "DELETE FROM certificate", "UPDATE outbound SET data = ''", "CREATE TABLE x ()"]
        {
            let refused = away.sql_as(role, sql).expect_err(&format!("{role} may: {sql}"));
            assert!(refused.contains("permission denied"), "{role}: {sql}: {refused}");
        }
    }
}

/// As the portal's own user: a print, and the row, the event, the clock and the audit line of a hand-over.
fn hand_over(house: &House) {
    let away = house.away().expect("servers");
    let certificate = house.export().remove(0);
    let text = |name: &str| certificate[name].as_str().expect("a text").to_owned();
    let uin = Uin::canonical(&text("uin")).expect("a number");
    let reach = Reach { url: away.as_role("portal"), password: None, connections: 2 };
    let entropy = Arc::new(sample::Counting::from(u64::from(std::process::id()) << 32));
    let ground = Ground::Paper { kind: PaperKind::VoterCard, last: "12AB".into() };
    let over = Handover { uin, bsk: text("bsk"), ground, reference: None };
    let act = Act {
        actor: "person:rekha".into(),
        act: "certificate.deliver".into(),
        subject: uin.to_string(),
        detail: String::new(),
    };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let outcome = runtime.block_on(async {
        let portal = PostgresLedger::connect(&reach, entropy, Reference::default()).expect("a ledger");
        let printed =
            portal.record_print(uin, &over.bsk, PrintKind::Printed, act.clone()).await.expect("the portal may");
        assert!(matches!(printed, Printing::New(_)), "{printed:?}");
        stick(&portal, uin, &over.bsk, &act).await;
        portal.hand_over(over, act).await.expect("the portal may")
    });
    assert!(matches!(outcome, HandedOver::New(_)), "{outcome:?}");
    let stopped = format!(
        "SELECT outcome FROM clock c JOIN handover h USING (application_id) WHERE uin = '{uin}' AND kind = 'bsk'"
    );
    assert_eq!(away.sql(&stopped), "delivered");
    assert_eq!(away.sql(&format!("SELECT state FROM notice WHERE uin = '{uin}'")), "handed_over");
}

/// As the portal's own user a return and a re-routing, as notify's a look whom to remind; nobody tells or begins what was not
/// done.
fn move_certificates(house: &House) {
    let away = house.away().expect("servers");
    let certificate = house.export().remove(1);
    let text = |name: &str| certificate[name].as_str().expect("a text").to_owned();
    let (uin, bsk) = (Uin::canonical(&text("uin")).expect("a number"), text("bsk"));
    let connect = |role: &str, seed: u64| {
        let reach = Reach { url: away.as_role(role), password: None, connections: 2 };
        let entropy = Arc::new(sample::Counting::from((u64::from(std::process::id()) << 32) + (seed << 20)));
        PostgresLedger::connect(&reach, entropy, Reference::default()).expect("a ledger")
    };
    let actor = "person:asha".to_owned();
    let back = Return { uin, bsk: bsk.clone(), reason: ReturnReason::NotFetched, note: None, actor: actor.clone() };
    let reason = RerouteReason::CitizenAsked;
    let on = Reroute { uin, from: bsk, to: "COB0001".into(), reason, note: None, actor };
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let portal = connect("portal", 1);
        for outcome in [portal.give_back(back).await, portal.send_on(on).await] {
            let outcome = outcome.expect("the portal may");
            assert!(matches!(outcome, Moving::New(_)), "{outcome:?}");
        }
        let ever = Instant::from_millis(i64::MAX);
        let waiting = portal.uncollected(&Selection::default(), ever, None, 10).await.expect("the portal may");
        assert_eq!(waiting.len(), 2, "{waiting:?}");
        connect("notify", 2).claim_reminders(&Reminders::default(), 10).await.expect("notify may");
    });
    let clocks = format!(
        "SELECT string_agg(coalesce(outcome, state), ',' ORDER BY k.key) FROM clock k JOIN certificate c USING (application_id)
         WHERE c.uin = '{uin}' AND k.kind = 'bsk'"
    );
    assert_eq!(away.sql(&clocks), "returned,running");
    for (role, sql, words) in [
        (
            "portal",
            "INSERT INTO outbound (stream, number, id, word, subject, data, at)
             VALUES ('bsk/COB0001', 1000, gen_random_uuid(), 'certificate.ready', 'X', '{}', 0)",
            "re-routings only",
        ),
        (
            "operator",
            "INSERT INTO outbound (stream, number, id, word, subject, data, at)
             VALUES ('department/BCW', 1000, gen_random_uuid(), 'certificate.delivered', 'X', '{}', 0)",
            "re-routings only",
        ),
        (
            "portal",
            "INSERT INTO clock (application_id, kind, key, department, state, reported_late, pauses, provisional, rungs, fired)
             SELECT id, 'appeal', 'x', 'BCW', 'running', false, '', false, '', 0 FROM application LIMIT 1",
            "clocks of centres only",
        ),
    ] {
        let refused = away.sql_as(role, sql).expect_err(sql);
        assert!(refused.contains(words), "{role}: {sql}: {refused}");
    }
}

/// As the portal's own user: stickers are issued, bound and written off, and the printer is tried.
async fn stick(portal: &PostgresLedger, uin: Uin, bsk: &str, act: &Act) {
    let serial = |text: &str| Serial::read(text).expect("a serial");
    let range = Range::read("PRT-0001", "PRT-0100").expect("a range");
    let issued = portal.issue_holograms(range, bsk, act.clone()).await.expect("the portal may");
    assert!(matches!(issued, HologramsIssued::New(_)), "{issued:?}");
    let bound = portal.bind_hologram(uin, bsk, serial("PRT-0001"), act.clone()).await.expect("the portal may");
    assert_eq!(bound, HologramBound::New(1));
    let off = portal.write_off_hologram(Some(bsk), serial("PRT-0002"), "torn", act.clone()).await;
    assert_eq!(off.expect("the portal may"), HologramWrittenOff::New);
    assert_eq!(portal.hologram_of(uin).await.expect("the portal may"), Some(serial("PRT-0001")));
    assert_eq!(portal.hologram_bindings(uin, 9).await.expect("the portal may").len(), 1);
    assert_eq!(portal.hologram_stock(bsk).await.expect("the portal may").left(), 98);
    assert_eq!(portal.hologram_stocks(None, 9).await.expect("the portal may").len(), 1);
    assert_eq!(portal.hologram_ranges(bsk, None, 9).await.expect("the portal may").len(), 1);
    let page = portal.test_page(bsk, "CODE", &act.actor).await.expect("the portal may");
    for (code, left) in [("X", true), (page.code.as_str(), false)] {
        let tried = portal.try_test_page(bsk, code, "FRESH", act.clone()).await.expect("the portal may");
        assert_eq!(matches!(tried, TestTry::Wrong(_)), left, "{tried:?}");
    }
    assert!(portal.tried_today(bsk).await.expect("the portal may").is_some());
}

#[test]
fn a_person_at_the_command_line_works_as_the_operator() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 1);
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&[samples::caste(1)]).as_ref()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    wait_until_ready(away, 1, &workers);
    let uin = house.export()[0]["uin"].as_str().expect("a number").to_owned();
    let bsk = house.export()[0]["bsk"].as_str().expect("a centre").to_owned();
    let as_operator = |arguments: &[&str]| {
        let mut command = house.command(arguments);
        let output = command.env("MOHOR__LEDGER", away.as_role("operator")).output().expect("it starts");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let item =
        "INSERT INTO parked (stage, item, code, reason, attempts, parked_at) VALUES ('sign', 'X', 'crashed', '', 1, 0),
                ('sign', 'Y', 'crashed', '', 1, 0)";
    away.sql(item);
    let amqp = format!("op-{}", std::process::id());
    let directory = house.file("directory.json", samples::directory(1, &[]).to_string());
    let directory = directory.to_string_lossy().into_owned();
    for arguments in [
        &["show", &uin][..],
        &["export"],
        &["verify", &uin],
        &["doctor"],
        &["sla", "recompute"],
        &["sla", "changes"],
        &["check-config"],
        &["keys"],
        &["keys", "department", "BCW", "--out", "bcw.pem"],
        &["keys", "department", "BCW", "--amqp", &amqp],
        &["uins", "reserve", "BCW", "3"],
        &["notices", "NOWHERE"],
        &["people", "add", "rekha", "--post", "supervisor", "--name", "Rekha Das", "--department", "BCW"],
        &["people", "reset", "rekha"],
        &["people", "disable", "rekha"],
        &["people", "list"],
        &["people", "email", "rekha", "--none"],
        &["directory", "load", "LRR", &directory],
        &["directory", "show", "LRR"],
        &["directory", "require", "LRR", "--offices"],
        &["directory", "require", "LRR", "--none"],
        &["webhooks", "add", "--department", "BCW", "--url", "https://hooks.example.in/"],
        &["webhooks", "list"],
        &["centres", "reroute", &bsk, "COB0001", "--reason", "centre_closed"],
        &["holograms", "issue", "--bsk", "COB0001", "WB26-000001", "WB26-000100"],
        &["holograms", "list"],
        &["holograms", "list", "--bsk", "COB0001"],
        &["holograms", "write-off", "WB26-000001", "--reason", "torn"],
        &["dead", "list"],
        &["dead", "replay", "1"],
        &["dead", "discard", "2", "--reason", "tried"],
        &["restore", &uin],
    ] {
        let (code, said) = as_operator(arguments);
        assert!(
            !said.contains("does not allow") && code.is_some_and(|code| code < 2),
            "{arguments:?}: {code:?} {said}"
        );
    }
}
