//! Roles whose servers are away or silent, at their start and later, stop like any other.

use mohor_tests::{
    house::{House, Outcome, Started},
    proxy::{Proxy, Weather},
    servers::{Away, Servers},
};

const ROLES: [&str; 8] = ["intake", "mint", "sign", "store", "notify", "sla", "reconcile", "portal"];

fn place(url: &str) -> &str {
    let rest = url.rsplit_once('@').map_or_else(|| url.trim_start_matches("http://"), |(_, rest)| rest);
    rest.split('/').next().unwrap_or_default()
}

/// Ledger, broker and store.
struct Behind([Proxy; 3]);

impl Behind {
    fn new(away: &Away) -> Self {
        Self([&away.database, &away.amqp, &away.s3].map(|url| Proxy::to(place(url))))
    }

    fn set(&self, weather: Weather) {
        self.0.iter().for_each(|proxy| proxy.set(weather));
    }

    /// Ends of streams, of all three.
    fn ends(&self) -> usize {
        self.0.iter().map(Proxy::ends).sum()
    }

    fn start(&self, house: &House, role: &str) -> Started {
        let away = house.away().expect("servers");
        let through = |url: &str, proxy: &Proxy| url.replace(place(url), proxy.address());
        let [ledger, bus, vault] = &self.0;
        let environment = [
            ("MOHOR__LEDGER", through(&away.as_role(role), ledger)),
            ("MOHOR__BUS", through(&away.amqp, bus)),
            ("MOHOR__S3__ENDPOINT", through(&away.s3, vault)),
        ];
        house.start_role_with(role, &environment)
    }
}

/// It has ended by itself, or was ended at the deadline because a server does not answer.
fn assert_ended(what: &str, ended: &Outcome) {
    let late = ended.code == Some(2) && ended.err.contains("does not end within");
    assert!(ended.code == Some(0) || late, "{what}: {ended:?}");
    assert!(!ended.err.contains("panicked"), "{what}: {ended:?}");
}

#[test]
fn a_role_that_waits_for_its_servers_stops_at_the_first_signal() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let behind = Behind::new(house.away().expect("servers"));
    for weather in [Weather::Away, Weather::Silent] {
        behind.set(weather);
        // One after the other, each until it stands before a server: it says so, or nobody answers it.
        let mut roles = ROLES.map(|role| {
            let before = behind.ends();
            let mut started = behind.start(&house, role);
            started.until("it to wait for a server", |it| {
                (it.said().contains("waiting: ") || behind.ends() > before).then_some(())
            });
            (role, started)
        });
        for (place, (_, started)) in roles.iter_mut().enumerate() {
            started.signal(["TERM", "INT"][place % 2]);
        }
        for (role, started) in roles {
            let ended = started.finish();
            assert_eq!(ended.code, Some(0), "{role}, {weather:?}: nothing is in hand: {ended:?}");
        }
    }
}

#[test]
fn a_role_whose_servers_go_away_stops_and_a_second_signal_ends_it_at_once() {
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let behind = Behind::new(house.away().expect("servers"));
    for weather in [Weather::Away, Weather::Silent] {
        for twice in [false, true] {
            behind.set(Weather::Fair);
            let mut roles = ROLES.map(|role| (role, behind.start(&house, role)));
            for (_, started) in &mut roles {
                let operations = started.operations();
                started.until("it to be ready", |_| (operations.get("/readyz").status == 200).then_some(()));
            }
            behind.set(weather);
            for (_, started) in &roles {
                started.signal("TERM");
                if twice {
                    started.signal("INT");
                }
            }
            for (role, started) in roles {
                let ended = started.finish();
                let what = format!("{role}, {weather:?}");
                match twice && ended.code != Some(0) {
                    true => assert!(matches!(ended.code, Some(130 | 143)), "{what}: {ended:?}"),
                    false => assert_ended(&what, &ended),
                }
            }
        }
    }
}
