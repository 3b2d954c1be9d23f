//! Each role has its own user at the database: it can do its work, and nothing beside.

use crate::{assert_each_once, start_roles, wait_until_ready};
use mohor_domain::{share::HandedTo, tray::PrintKind, uin::Uin};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::{
    ledger::{Act, Counter, HandedOver, Handover, Printing, Reference, Tray},
    suite::sample,
};
use mohor_tests::{house::House, samples, servers::Servers};
use serde_json::Value;
use std::{sync::Arc, time::Duration};

#[test]
fn a_role_can_do_its_own_work_and_nothing_beside() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 1);
    let events: Vec<Value> = (1..=3).map(samples::caste).collect();
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&events).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 3, "{outcome:?}");
    wait_until_ready(away, 3, Duration::from_secs(60), &workers);
    // What is submitted is acknowledged: intake orders, reconcile hints, store makes.
    let submitted =
        house.file("submitted.ndjson", samples::lines(&[samples::submitted("LRR/1", "2026-03-02T11:00:00+05:30")]));
    assert_eq!(house.run([std::ffi::OsStr::new("submit"), submitted.as_ref()]).code, Some(0));
    let stored = "SELECT count(*) FROM document_order WHERE state = 'stored'";
    for _ in 0..600 {
        if away.sql(stored) == "1" {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(away.sql(stored), "1", "{}", away.sql("SELECT code, reason FROM attempt"));
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
    assert!(refused.contains("hand-overs only"), "{refused}");
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
    let over = Handover { uin, bsk: text("bsk"), to: HandedTo::Applicant, reference: None };
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
        portal.hand_over(over, act).await.expect("the portal may")
    });
    assert!(matches!(outcome, HandedOver::New(_)), "{outcome:?}");
    let stopped = format!(
        "SELECT outcome FROM clock c JOIN handover h USING (application_id) WHERE uin = '{uin}' AND kind = 'bsk'"
    );
    assert_eq!(away.sql(&stopped), "delivered");
    assert_eq!(away.sql(&format!("SELECT state FROM notice WHERE uin = '{uin}'")), "handed_over");
}

#[test]
fn a_person_at_the_command_line_works_as_the_operator() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 1);
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&[samples::caste(1)]).as_ref()]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    wait_until_ready(away, 1, Duration::from_secs(60), &workers);
    let uin = house.export()[0]["uin"].as_str().expect("a number").to_owned();
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
