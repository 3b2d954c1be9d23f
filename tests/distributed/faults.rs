//! Servers and workers die in the middle of the work: accepted is issued, none twice, none lost, the doctor clean.
//!
//! The runs are short; `MOHOR_FULL=1` makes them long.

use crate::{assert_each_once, count, start_roles, wait_until_ready};
use mohor_domain::stage::Stage;
use mohor_tests::{chance::Chance, house::House, samples, servers::Servers, until};
use serde_json::Value;
use std::time::Duration;

fn events(count: u64) -> Vec<Value> {
    (1..=count as usize).map(samples::caste).collect()
}

#[test]
fn workers_killed_at_random_moments_issue_each_once() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let (total, kills) = (count(150, 5_000), count(12, 120));
    let mut workers = start_roles(&house, 2);
    let file = house.events(&events(total));
    let mut submit = house.start([std::ffi::OsStr::new("submit"), file.as_ref(), "--json".as_ref()]);
    let mut chance = Chance::new(u64::from(std::process::id()));
    for _ in 0..kills {
        std::thread::sleep(Duration::from_millis(chance.between(100, 400) as u64));
        let (role, victim) = workers.swap_remove(chance.between(0, workers.len()));
        victim.kill();
        workers.push((role.clone(), house.start_role(&role)));
    }
    submit.wait_for_output();
    let took = wait_until_ready(away, total as i64, &workers);
    println!("{total} approvals, {kills} workers killed: drained {took:?} after the last answer");
    drop(workers);
    assert_each_once(&house, total as usize);
}

#[test]
fn a_broker_that_dies_or_loses_everything_and_a_ledger_that_dies_lose_nothing() {
    let Some(servers) = Servers::own() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let total = count(200, 3_000) as usize;
    let workers = start_roles(&house, 1);
    // A broker that is killed within seconds of making its queues is not what is tried here.
    until("every queue", || {
        let queues = away.broker("GET", &format!("queues/{}", away.vhost), None);
        let names: Vec<&str> = queues.as_array()?.iter().filter_map(|queue| queue["name"].as_str()).collect();
        Stage::ALL.iter().all(|stage| names.contains(&stage.as_str())).then_some(())
    });
    until("the broker to write them down", || servers.broker_has_written().then_some(()));
    let mut begun = 0usize;
    for (service, verb) in [("rabbitmq", "kill"), ("postgres", "kill"), ("rabbitmq", "wipe")] {
        let events: Vec<Value> = (begun + 1..=begun + total).map(samples::caste).collect();
        begun += total;
        let before = away.sql("SELECT count(*) FROM inbox").parse::<usize>().expect("a number");
        let file = house.file(&format!("{service}-{verb}.ndjson"), samples::lines(&events));
        let mut submit = house.start([std::ffi::OsStr::new("submit"), file.as_ref(), "--json".as_ref()]);
        let inbox = || away.sql("SELECT count(*) FROM inbox").parse::<usize>().expect("a number");
        until("the first of them", || (inbox() > before).then_some(()));
        servers.act(verb, service);
        std::thread::sleep(Duration::from_millis(1_500));
        servers.act("up", service);
        if verb == "wipe" {
            // What an administrator's definitions file brings back; queues and bindings come by themselves.
            away.broker("PUT", &format!("vhosts/{}", away.vhost), Some(serde_json::json!({})));
        }
        submit.until("the answers, or an end", |this| (!this.runs()).then_some(()));
        // What was not answered is handed in again, as every publisher does.
        let again = house.run([std::ffi::OsStr::new("submit"), file.as_ref(), "--json".as_ref()]);
        assert_eq!(again.code, Some(0), "{again:?}");
        let took = wait_until_ready(away, begun as i64, &workers);
        println!("{service} {verb}: drained {took:?} after the last answer");
    }
    assert_eq!(away.sql("SELECT count(*) FROM parked"), "0");
    drop(workers);
    assert_each_once(&house, begun);
}
