//! Clocks on real servers: histories in any order and twice, and workers of `sla` that are killed while rungs fire.

use crate::{count, storms};
use mohor_domain::{
    calendar::HolidayKind,
    change::Change,
    civil::{Instant, parse_date},
};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::{
    ledger::{Changes, Clocks, Decided, Decision, Reference},
    suite::sample,
};
use mohor_tests::{chance::Chance, house::House, samples, servers::Servers, tools, until};
use serde_json::{Value, json};
use std::{sync::Arc, thread, time::Duration};

const MINUTE: i64 = 60_000;
const DAY: i64 = 24 * 60 * MINUTE;

/// Departments with a plain and a staged service of real limits.
const SERVICES: [(&str, &str, &str); 3] = [
    ("LRR", "plot-information", "KOL0001"),
    ("HHA", "nori-certificate", "KOL0001"),
    ("BCW", "caste-certificate", "COB0001"),
];

/// What happened to one application, in order, from a time on.
fn history(chance: &mut Chance, number: usize, begin: Instant) -> Vec<Value> {
    let (department, service, bsk) = *chance.one(&SERVICES);
    let application = format!("{department}/CLOCK/{number:06}");
    let officer = json!({"name": "Rekha Das", "designation": "Officer", "officer_id": format!("{department}-1")});
    let reason = json!({"en": "a page is missing"});
    let mut at = begin.plus_millis(chance.between(0, 30) as i64 * MINUTE);
    let say = |word: &str, at: Instant, mut data: Value| {
        data["at"] = json!(at);
        samples::event(department, word, &application, data)
    };
    let submitted = json!({
        "service": service, "office": "O-1", "submitted_at": at, "applicant": {"name": {"en": "Shefali Mondal"}},
        "bsk": bsk, "docket_no": format!("D{number}"),
    });
    let mut events = vec![samples::event(department, "application.submitted", &application, submitted)];
    for place in 0..chance.between(0, 6) {
        at = at.plus_millis((1 + chance.between(0, 15) as i64) * MINUTE);
        let told = json!({"reason": reason, "officer": officer});
        events.push(match chance.between(0, 5) {
            0 | 1 => say("application.deficient", at, told),
            2 | 3 => say("application.resumed", at, told),
            _ => say(
                "application.transferred",
                at,
                json!({"reason": reason, "officer": officer, "office": format!("O-{place}")}),
            ),
        });
    }
    if service == "nori-certificate" && chance.between(0, 2) == 0 {
        at = at.plus_millis(MINUTE);
        events.push(say("application.stage_completed", at, json!({"stage": "forward", "officer": officer})));
    }
    at = at.plus_millis(MINUTE);
    match chance.between(0, 6) {
        0 => events.push(say("application.rejected", at, json!({"reasons": [reason], "officer": officer}))),
        1 => events.push(say("application.withdrawn", at, json!({}))),
        _ => (),
    }
    events
}

/// A ledger of this process beside the workers', as its owner.
fn ledger(database: &str) -> PostgresLedger {
    let reach = Reach { url: format!("{database}?sslmode=disable"), password: None, connections: 4 };
    let entropy = Arc::new(sample::Counting::from(u64::from(std::process::id()) << 32));
    PostgresLedger::connect(&reach, entropy, Reference::default()).expect("a ledger")
}

const CLOCKS: &str = "SELECT a.application_no, c.kind, c.key, c.service, c.district, c.office, c.state, c.amount, c.unit,
    c.started_at, c.stopped_at, c.outcome, c.reported_late, c.pauses, c.due_on, c.provisional, c.promised_on, c.rungs, c.fired,
    c.next_at FROM clock c JOIN application a ON a.id = c.application_id ORDER BY 1, 2, 3";
const RUNGS: &str = "SELECT a.application_no, r.kind, r.key, r.rung, r.due_on, r.moment FROM rung r
    JOIN application a ON a.id = r.application_id ORDER BY 1, 2, 3, 4";

fn now(away: &mohor_tests::servers::Away) -> Instant {
    let millis = away.sql("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::int8");
    Instant::from_millis(millis.trim().parse().expect("milliseconds"))
}

fn assert_alike(one: &str, other: &str) {
    let different: Vec<_> = one.lines().zip(other.lines()).filter(|(one, other)| one != other).take(3).collect();
    assert!(
        one == other,
        "{} and {} lines; the first that differ: {different:#?}",
        one.lines().count(),
        other.lines().count()
    );
}

#[test]
fn histories_in_any_order_and_twice_give_the_same_clocks_and_the_same_rungs() {
    let python = tools::python("python");
    if !tools::ready(&[&python]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let (plain, mixed) = (House::on(&servers), House::on(&servers));
    let (in_order, at_random) = (plain.away().expect("servers"), mixed.away().expect("servers"));
    let seed = u64::from(std::process::id());
    let mut chance = Chance::new(seed);
    // Every event lies behind and every due moment ahead.
    let begin = now(in_order).plus_millis(-4 * 60 * MINUTE);
    let total = count(300, 20_000) as usize;
    let histories: Vec<Value> = (1..=total).flat_map(|number| history(&mut chance, number, begin)).collect();

    let worker = plain.start_role("intake");
    let outcome = plain.run([std::ffi::OsStr::new("submit"), plain.events(&histories).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], histories.len(), "seed {seed}: {outcome:?}");
    drop(worker);

    let workers = [mixed.start_role("intake"), mixed.start_role("intake")];
    for (department, ..) in SERVICES {
        let own = |event: &&Value| event["data"]["department"] == department;
        let key = |event: &Value| {
            let word =
                event["type"].as_str().expect("a type").trim_start_matches("in.gov.wb.bsk.").trim_end_matches(".v1");
            storms::message("applications", &format!("{department}.{word}"), event.to_string())
        };
        let letters: Vec<Value> = histories.iter().filter(own).map(key).collect();
        let url = storms::user(&mixed, department);
        storms::publish(&mixed, &url, "user", &storms::shuffled(letters, 2));
    }
    let wanted = (2 * histories.len()).to_string();
    let answered = "SELECT count(*) FROM inbox WHERE answered_at IS NOT NULL";
    until("every answer", || (at_random.sql(answered) == wanted).then_some(()));
    drop(workers);
    let events = "SELECT count(*) FROM inbound_event";
    assert_eq!(at_random.sql(events), in_order.sql(events), "seed {seed}");
    assert_alike(&in_order.sql(CLOCKS), &at_random.sql(CLOCKS));

    // Half a year later.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for away in [in_order, at_random] {
        runtime.block_on(async {
            let ledger = ledger(&away.database);
            ledger.skew(180 * DAY);
            while ledger.fire(500).await.expect("fired") > 0 {}
        });
    }
    let rungs = in_order.sql(RUNGS);
    assert!(rungs.lines().count() > total, "{rungs}");
    assert_alike(&rungs, &at_random.sql(RUNGS));
    for house in [&plain, &mixed] {
        house.assert_healthy();
    }
}

#[test]
fn killing_sla_fires_no_rung_twice_and_loses_none() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let total = count(2_000, 20_000) as usize;
    let begin = now(away).plus_millis(-300 * DAY);
    let submitted = |number: usize| {
        let data = json!({"service": "plot-information", "office": "O-1", "submitted_at": begin,
                          "applicant": {"name": {"en": "Shefali Mondal"}}});
        samples::event("LRR", "application.submitted", &format!("LRR/CLOCK/{number:06}"), data)
    };
    let events: Vec<Value> = (1..=total).map(submitted).collect();
    let intake = house.start_role("intake");
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&events).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], total, "{outcome:?}");
    drop(intake);
    let mut chance = Chance::new(u64::from(std::process::id()));
    let waiting = "SELECT count(*) FROM clock WHERE next_at IS NOT NULL";
    let mut killed = 0;
    while away.sql(waiting) != "0" {
        let workers = [house.start_role("sla"), house.start_role("sla")];
        // From before its first look to some commits after it, and at last undisturbed.
        thread::sleep(Duration::from_millis(chance.between(50, 400 + 40 * killed) as u64));
        killed += 2;
        workers.into_iter().for_each(|worker| assert!(worker.kill()));
        assert!(killed < 200, "{} clocks still wait", away.sql(waiting));
    }
    assert!(killed >= 2);
    println!("{killed} workers of sla were killed while {total} clocks fired");
    // Two days: none is soon; due today, breached, appeal open, reviewing officer.
    assert_eq!(away.sql("SELECT count(*) FROM rung"), (4 * total).to_string());
    let told = "SELECT count(*) FROM outbound WHERE word LIKE 'sla.%'";
    assert_eq!(away.sql(told), (4 * total).to_string(), "each is told, and once");
    let each = "SELECT count(*) FROM (SELECT subject, data::json->>'rung' FROM outbound WHERE word LIKE 'sla.%' GROUP BY 1, 2) t";
    assert_eq!(away.sql(each), (4 * total).to_string());
    house.assert_healthy();
}

#[test]
fn killing_sla_while_a_holiday_is_carried_moves_each_clock_once() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let total = count(4_000, 20_000) as usize;
    // Tue 24 March 2026; Wed 25, and Thu 26 is List-I: due on Fri 27.
    let begin = Instant::parse("2026-03-24T11:00:00+05:30").expect("a time");
    let submitted = |number: usize| {
        let data = json!({"service": "plot-information", "office": "O-1", "submitted_at": begin,
                          "applicant": {"name": {"en": "Shefali Mondal"}}});
        samples::event("LRR", "application.submitted", &format!("LRR/MOVED/{number:06}"), data)
    };
    let events: Vec<Value> = (1..=total).map(submitted).collect();
    let intake = house.start_role("intake");
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&events).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], total, "{outcome:?}");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let ledger = ledger(&away.database);
        let change = Change::HolidayDeclared {
            day: parse_date("2026-03-27").expect("a day"),
            name: "declared late".into(),
            list: HolidayKind::NiAct,
            district: None,
            notified_on: parse_date("2026-03-26").expect("a day"),
            order: "No. 1".into(),
        };
        let number = ledger.propose(change, "asha").await.expect("proposed");
        let decided = ledger.decide(number, Decision::Approve, "binod", "so it is").await.expect("decided");
        assert_eq!(decided, Decided::Done);
    });
    // What comes now is counted by it: intake has read the version with its own transaction.
    let late = submitted(total + 1);
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&[late]).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 1, "{outcome:?}");
    assert_eq!(away.sql("SELECT count(*) FROM clock WHERE promised_on = '2026-03-28'"), "1");
    let mut chance = Chance::new(u64::from(std::process::id()));
    let mut killed = 0;
    while away.sql("SELECT done FROM rules") != "1" {
        let workers = [house.start_role("sla"), house.start_role("sla")];
        thread::sleep(Duration::from_millis(chance.between(100, 300 + 40 * killed) as u64));
        killed += 2;
        workers.into_iter().for_each(|worker| assert!(worker.kill()));
        assert!(killed < 200, "the walk stands at {}", away.sql("SELECT looked FROM run"));
    }
    drop(intake);
    println!("{killed} workers of sla were killed while {total} clocks moved");
    assert_eq!(away.sql("SELECT count(*) FROM clock WHERE due_on = '2026-03-28'"), (total + 1).to_string());
    assert_eq!(away.sql("SELECT count(*) FROM clock WHERE promised_on = '2026-03-27'"), total.to_string());
    let moved = "SELECT count(*) FROM moved WHERE from_day = '2026-03-27' AND to_day = '2026-03-28'";
    assert_eq!(away.sql(moved), total.to_string());
    let run = away.sql("SELECT looked || ' ' || moved FROM run");
    assert_eq!(run, format!("{} {total}", total + 1), "each is looked at once, in one walk");
    house.assert_healthy();
}
