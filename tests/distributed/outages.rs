//! A dependency goes away, falls silent, or lies: nobody's attempts are used up, nothing is parked, `/readyz` names it,
//! and everything drains by itself when it is back.
//!
//! The outages are short; `MOHOR_FULL=1` makes them as long as they are in life.

use crate::{assert_each_once, count, wait_until_ready};
use mohor_tests::{
    house::{House, Started},
    patience::{PATIENCE, waited},
    proxy::{Proxy, Weather},
    samples,
    servers::{Away, Servers},
    tools, tree, until,
    web::Portal,
};
use serde_json::Value;
use std::{thread, time::Duration};

const ROLES: [&str; 7] = ["intake", "mint", "sign", "store", "notify", "sla", "reconcile"];

/// Every role behind three proxies.
struct Behind {
    house: House,
    ledger: Proxy,
    bus: Proxy,
    vault: Proxy,
    roles: Vec<(String, Started)>,
    begun: usize,
    /// In the inbox before the last file.
    before: usize,
}

fn place(url: &str) -> &str {
    let rest = url.rsplit_once('@').map_or_else(|| url.trim_start_matches("http://"), |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

impl Behind {
    fn start(servers: &Servers) -> Self {
        let house = House::on(servers);
        let away = house.away().expect("servers");
        let (ledger, bus, vault) =
            (Proxy::to(place(&away.database)), Proxy::to(place(&away.amqp)), Proxy::to(place(&away.s3)));
        let mut behind = Self { house, ledger, bus, vault, roles: vec![], begun: 0, before: 0 };
        behind.roles = behind.start_roles();
        behind
    }

    fn start_roles(&self) -> Vec<(String, Started)> {
        let away = self.away();
        let through = |url: &str, proxy: &Proxy| url.replace(place(url), proxy.address());
        let start = |role: &str| {
            let environment = [
                ("MOHOR__LEDGER", through(&away.as_role(role), &self.ledger)),
                ("MOHOR__BUS", through(&away.amqp, &self.bus)),
                ("MOHOR__S3__ENDPOINT", through(&away.s3, &self.vault)),
            ];
            (role.to_owned(), self.house.start_role_with(role, &environment))
        };
        ROLES.into_iter().map(start).collect()
    }

    fn away(&self) -> &Away {
        self.house.away().expect("servers")
    }

    /// A file of approvals that have not been handed in yet.
    fn fresh(&mut self, total: usize) -> std::path::PathBuf {
        let events: Vec<Value> = (self.begun + 1..=self.begun + total).map(samples::caste).collect();
        self.before = self.away().sql("SELECT count(*) FROM inbox").parse().expect("a number");
        self.begun += total;
        self.house.file(&format!("events-{}.ndjson", self.begun), samples::lines(&events))
    }

    /// Hands approvals in while the weather is bad, looks at what a role's `/readyz` says of it, and waits until all is
    /// drained. `named`: which dependency is said to fail; none where it goes on working, and all is done in that weather.
    fn weather(&mut self, which: fn(&Self) -> &Proxy, weather: Weather, seconds: u64, named: Option<(&str, &str)>) {
        let total = count(60, 1_000) as usize;
        let file = self.fresh(total);
        // A role that has not begun when the weather turns has nothing to say yet.
        let up = self.roles.iter_mut().find(|(name, _)| named.is_some_and(|(role, _)| name == role));
        let operations = up.map(|(_, role)| role.operations());
        let mut submit = self.house.start([std::ffi::OsStr::new("submit"), file.as_ref(), "--json".as_ref()]);
        self.on_their_way();
        which(self).set(weather);
        if let Some((role, dependency)) = named {
            let operations = operations.expect("the role has a health listener");
            let worker = self.roles.iter_mut().find(|(name, _)| name == role).expect("a role");
            let failing = worker.1.until("/readyz to name it", |_| {
                let answer = operations.get("/readyz");
                (answer.status == 503).then_some(answer.body)
            });
            assert!(failing.contains(dependency), "{role} in {weather:?} says {failing}");
            assert_eq!(operations.get("/healthz").status, 200, "it lives: nobody is to restart it");
            // As long as it is: whoever counted attempts would have counted some by then.
            thread::sleep(Duration::from_secs(seconds));
        } else {
            wait_until_ready(self.away(), self.begun as i64, &self.roles);
        }
        let (attempts, parked) = ("SELECT count(*) FROM attempt", "SELECT count(*) FROM parked");
        assert_eq!(self.away().sql(attempts), "0", "{weather:?} used up attempts");
        assert_eq!(self.away().sql(parked), "0", "{weather:?} parked something");
        which(self).set(Weather::Fair);
        submit.until("the answers, or an end", |this| (!this.runs()).then_some(()));
        let again = self.house.run([std::ffi::OsStr::new("submit"), file.as_ref(), "--json".as_ref()]);
        assert_eq!(again.code, Some(0), "{again:?}");
        let begun = self.begun as i64;
        let took = wait_until_ready(self.away(), begun, &self.roles);
        println!("{weather:?} for {seconds} s and more: {total} drained {took:?} after the last answer");
        assert_eq!(self.away().sql(attempts), "0", "{weather:?} used up attempts");
    }

    /// The first of the last file are in the inbox: something is in hand.
    fn on_their_way(&self) {
        let before = self.before;
        let inbox = || self.away().sql("SELECT count(*) FROM inbox").parse::<usize>().expect("a number");
        until("the first approvals", || (inbox() > before).then_some(()));
    }

    fn end(mut self) {
        assert!(self.roles.iter_mut().all(|(_, role)| role.runs()), "every role has lived through it");
        drop(std::mem::take(&mut self.roles));
        assert_each_once(&self.house, self.begun);
    }
}

#[test]
fn the_object_store_is_away_refuses_is_slow_gives_half_or_knows_no_checksums() {
    let Some(servers) = Servers::shared() else { return };
    let mut behind = Behind::start(&servers);
    let vault = Some(("store", "vault"));
    behind.weather(|b| &b.vault, Weather::Away, count(3, 30), vault);
    behind.weather(|b| &b.vault, Weather::Unavailable, count(3, 30), vault);
    behind.weather(|b| &b.vault, Weather::Slow(60), 0, None);
    // Before the first of them is stored.
    behind.vault.set(Weather::Truncated);
    behind.weather(|b| &b.vault, Weather::Truncated, 0, None);
    assert!(behind.vault.truncated() >= count(60, 1_000) as usize, "each object was read back in half once");
    behind.vault.set(Weather::Plain);
    behind.weather(|b| &b.vault, Weather::Plain, 0, None);
    let unknown = behind.vault.unknown();
    assert!((1..count(60, 1_000) as usize).contains(&unknown), "{unknown} checksums were sent until that was learnt");
    behind.end();
}

/// After a power cut everything starts at once: roles wait for servers, at whatever step of their start one goes away.
#[test]
fn roles_that_start_before_their_servers_wait_for_them() {
    let Some(servers) = Servers::shared() else { return };
    let mut behind = Behind::start(&servers);
    let mut chance = mohor_tests::chance::Chance::new(u64::from(std::process::id()));
    for round in 0..count(3, 30) {
        behind.roles.clear();
        let away: &[fn(&Behind) -> &Proxy] = &[|b| &b.ledger, |b| &b.bus, |b| &b.vault];
        let (one, early) = (chance.one(away), round == 0);
        if early {
            one(&behind).set(Weather::Away);
        }
        behind.roles = behind.start_roles();
        thread::sleep(Duration::from_millis(chance.between(50, 900) as u64));
        one(&behind).set(Weather::Away);
        thread::sleep(Duration::from_millis(1_000));
        assert!(behind.roles.iter_mut().all(|(_, role)| role.runs()), "every role waits");
        one(&behind).set(Weather::Fair);
        let file = behind.fresh(5);
        let outcome = behind.house.run([std::ffi::OsStr::new("submit"), file.as_ref(), "--json".as_ref()]);
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        wait_until_ready(behind.away(), behind.begun as i64, &behind.roles);
    }
    behind.end();
}

#[test]
fn the_ledger_is_away_or_falls_silent() {
    let Some(servers) = Servers::shared() else { return };
    let mut behind = Behind::start(&servers);
    behind.weather(|b| &b.ledger, Weather::Away, count(3, 30), Some(("mint", "ledger")));
    behind.weather(|b| &b.ledger, Weather::Silent, count(3, 60), Some(("mint", "ledger")));
    behind.end();
}

/// The portal has noticed.
fn door_names_the_bus(portal: &Portal) {
    until("the portal to miss the broker", || (portal.get("/readyz").status == 503).then_some(()));
}

/// A department that signs its requests is answered when the broker is back: nobody waits for the sweep.
#[test]
fn what_comes_by_http_while_the_broker_is_away_is_answered_when_it_is_back() {
    let python = tools::python("python");
    if !tools::ready(&[&python]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let mut behind = Behind::start(&servers);
    let through = behind.away().amqp.replace(place(&behind.away().amqp), behind.bus.address());
    let mut door = behind.house.start_role_with("portal", &[("MOHOR__BUS", through)]);
    let portal = door.portal();
    let key = behind.house.folder().join("bcw.key.pem");
    let made = behind.house.run(["keys", "department", "BCW", "--out", key.to_str().expect("a path")]);
    assert_eq!(made.code, Some(0), "{made:?}");
    let file = behind.fresh(5);
    behind.bus.set(Weather::Away);
    door_names_the_bus(&portal);
    let script = tree::root().join("infra/examples/publish_http.py");
    let mut client = tools::command(&python);
    client.arg(script).arg(portal.address()).arg(&key).arg(&file);
    let client = Started::new(client);
    let inbox = "SELECT count(*) FROM inbox";
    until("the first request to be recorded", || (behind.away().sql(inbox) == "1").then_some(()));
    thread::sleep(Duration::from_secs(count(3, 30)));
    let unanswered = "SELECT count(*) FROM inbox WHERE answered_at IS NULL";
    assert_eq!((behind.away().sql(inbox), behind.away().sql(unanswered)), ("1".into(), "1".into()), "not answered");
    behind.bus.set(Weather::Fair);
    let outcome = client.finish();
    assert_eq!((outcome.code, outcome.out.matches("\"accepted\"").count()), (Some(0), 5), "{outcome:?}");
    wait_until_ready(behind.away(), 5, &behind.roles);
    drop(door);
    behind.end();
}

#[test]
fn the_network_between_workers_and_broker_is_cut() {
    let Some(servers) = Servers::shared() else { return };
    let mut behind = Behind::start(&servers);
    behind.weather(|b| &b.bus, Weather::Away, count(3, 30), Some(("mint", "bus")));
    behind.weather(|b| &b.bus, Weather::Silent, count(8, 60), Some(("mint", "bus")));
    behind.end();
}

#[test]
fn workers_that_stop_for_longer_than_the_broker_waits_do_no_harm() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let total = count(120, 2_000) as usize;
    let mut stopped: Vec<Started> = ROLES.iter().map(|role| house.start_role(role)).collect();
    let events: Vec<Value> = (1..=total).map(samples::caste).collect();
    let file = house.events(&events);
    let mut submit = house.start([std::ffi::OsStr::new("submit"), file.as_ref(), "--json".as_ref()]);
    // They have work in hand.
    let minted = "SELECT count(*) FROM certificate";
    until("work in hand", || (away.sql(minted) != "0").then_some(()));
    stopped.iter().for_each(|worker| worker.signal("STOP"));
    let others: Vec<(String, Started)> = ROLES.iter().map(|role| (role.to_string(), house.start_role(role))).collect();
    // Two missed heartbeats of ten seconds, and the broker gives their messages to the others.
    wait_until_ready(away, total as i64, &others);
    stopped.iter().for_each(|worker| worker.signal("CONT"));
    submit.wait_for_output();
    // What they had in hand is done by now, and they find it so once they are at the broker again.
    for worker in &mut stopped {
        let operations = worker.operations();
        let mut said = String::new();
        let ready = &mut || {
            let answer = operations.get("/readyz");
            said = answer.body;
            (answer.status == 200).then_some(())
        };
        assert!(waited(PATIENCE, ready).is_some(), "{said} and the worker said {}", worker.said());
    }
    thread::sleep(Duration::from_secs(count(2, 20)));
    drop((stopped, others));
    assert_each_once(&house, total);
}

#[test]
fn a_worker_whose_clock_is_an_hour_off_does_no_harm() {
    let library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
    if !mohor_tests::tools::ready(&[library]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let wrong = |hours: &str| [("LD_PRELOAD", library.to_owned()), ("FAKETIME", hours.to_owned())];
    let mut workers: Vec<(String, Started)> = Vec::new();
    for (hours, role) in [("+1h", "intake"), ("-1h", "mint"), ("+1h", "sign"), ("-1h", "notify"), ("+1h", "reconcile")]
    {
        workers.push((role.into(), house.start_role_with(role, &wrong(hours))));
    }
    // The store's requests carry its time, and S3 refuses what is far off: that one signs by the time of S3.
    workers.push(("store".into(), house.start_role_with("store", &wrong("+1h"))));
    workers.push(("store".into(), house.start_role("store")));
    let total = count(60, 1_000) as usize;
    let events: Vec<Value> = (1..=total).map(samples::caste).collect();
    let outcome = house.run([std::ffi::OsStr::new("submit"), house.events(&events).as_ref(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], total, "{outcome:?}");
    wait_until_ready(away, total as i64, &workers);
    assert_eq!(away.sql("SELECT count(*) FROM attempt"), "0");
    let times = "SELECT count(*) FROM certificate WHERE abs(minted_at - extract(epoch FROM now()) * 1000) > 600000
                 OR abs(issued_at - extract(epoch FROM now()) * 1000) > 600000 OR notified_at < minted_at";
    assert_eq!(away.sql(times), "0", "times are the server's");
    drop(workers);
    assert_each_once(&house, total);
}
