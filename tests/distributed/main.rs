//! The distributed mode on real servers: roles as processes, departments at the broker, servers and workers that die.

mod clocks;
mod compose;
mod department;
mod directory;
mod faults;
mod outages;
mod privileges;
mod stopping;
mod storms;
mod tls;

use mohor_tests::{
    house::{House, Started},
    patience::{PATIENCE, waited},
    servers::{Away, Servers},
};
use serde_json::Value;
use std::time::{Duration, Instant};

/// How many or how long: the second with `MOHOR_FULL`.
pub fn count(short: u64, long: u64) -> u64 {
    if std::env::var_os("MOHOR_FULL").is_some() { long } else { short }
}

/// Each role as a process of its own and as its own user of the database, so many times over.
pub fn start_roles(house: &House, times: usize) -> Vec<(String, Started)> {
    let roles = ["intake", "mint", "sign", "store", "notify", "sla", "reconcile"];
    (0..times).flat_map(|_| roles).map(|role| (role.to_owned(), house.start_role(role))).collect()
}

/// Waits until so many are ready, and says how long it took.
pub fn wait_until_ready(away: &Away, count: i64, workers: &[(String, Started)]) -> Duration {
    #[allow(clippy::disallowed_methods, reason = "what is said of it; nothing depends on it")]
    let began = Instant::now();
    let ready = waited(PATIENCE, &mut || Some(away.figure("ready")).filter(|ready| *ready >= count));
    if ready.is_none() {
        say_what_stands(away, workers);
    }
    assert_eq!(ready, Some(count), "are ready");
    began.elapsed()
}

/// What a test says of the roles, the ledger and the broker before it gives up.
fn say_what_stands(away: &Away, workers: &[(String, Started)]) {
    for (role, worker) in workers {
        let said = worker.said();
        let last: Vec<&str> = said.lines().rev().take(12).collect();
        println!("{role} said last: {last:#?}");
    }
    let standing = "SELECT string_agg(words, '; ') FROM (
        SELECT 'inbox unanswered ' || count(*) AS words FROM inbox WHERE answered_at IS NULL
        UNION ALL SELECT 'unminted ' || count(*) FROM application WHERE NOT minted
        UNION ALL SELECT progress || ' ' || count(*) FROM certificate GROUP BY progress
        UNION ALL SELECT 'attempts ' || count(*) || ' ' || coalesce(min(reason), '') FROM attempt
        UNION ALL SELECT 'parked ' || count(*) || ' ' || coalesce(min(reason), '') FROM parked
        UNION ALL SELECT 'nudged ' || stage || ' ' || count(*) FROM nudge GROUP BY stage) AS t";
    println!("the ledger: {}", away.sql(standing));
    for queue in away.broker("GET", &format!("queues/{}", away.vhost), None).as_array().into_iter().flatten() {
        let (name, held) = (&queue["name"], &queue["messages_unacknowledged"]);
        println!("queue {name}: {} wait, {held} in hand, {} consumers", queue["messages_ready"], queue["consumers"]);
    }
}

/// Accepted is issued, none twice, none lost, and the doctor finds nothing.
pub fn assert_each_once(house: &House, count: usize) {
    let certificates = house.export();
    let mut numbers: Vec<&str> = certificates.iter().filter_map(|c| c["application_no"].as_str()).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!((certificates.len(), numbers.len()), (count, count));
    assert!(certificates.iter().all(|certificate| certificate["sha256"].is_string()));
    let report = house.assert_healthy();
    assert_eq!((report["issued"].as_u64(), report["ready"].as_u64()), (Some(count as u64), Some(count as u64)));
    assert_eq!(report["parked"], 0, "{report}");
}

#[test]
fn every_role_is_a_process_and_each_may_run_twice() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let workers = start_roles(&house, 2);
    let events: Vec<Value> = (1..=60).map(mohor_tests::samples::caste).collect();
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&events).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], 60, "{outcome:?}");
    wait_until_ready(away, 60, &workers);
    drop(workers);
    assert_each_once(&house, 60);
}
