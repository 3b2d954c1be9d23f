//! The supervisors' board over a million applications.
//!
//!     cargo bench --workspace --bench board -- [COUNT]
//!
//! Starts servers of its own, writes COUNT applications of the last 400 days (a million without it) past the program, and
//! asks a portal for the first page: once when it has just begun and nothing is kept, then under the load of `wrk` (the
//! Debian package of that name). One in fifteen applications is open, and most of those are late.

use mohor_ports::time::Stopwatch;
use mohor_runtime::ambient::Monotonic;
use mohor_tests::{
    account::Account,
    house::House,
    servers::{Servers, id_at},
};
use std::process::{Command, Stdio};

/// Applications, each with the clock of its service, along departments, services, districts, offices and centres.
fn fill(count: u64) -> String {
    let list = |words: Vec<String>| format!("ARRAY[{}]", words.join(","));
    let quoted = |text: &str| format!("'{text}'");
    let column = |file: &str, place: usize| -> Vec<String> {
        let bytes = mohor_schemas::get(&format!("catalogue/{file}")).expect("a file of the catalogue");
        let text = std::str::from_utf8(bytes).expect("text");
        let cell = |line: &str| quoted(line.split(',').nth(place).unwrap_or_default());
        text.lines().filter(|line| !line.starts_with('#')).skip(1).map(cell).collect()
    };
    let (departments, services) = (list(column("services.csv", 0)), list(column("services.csv", 1)));
    let (centres, districts) = (list(column("bsks.csv", 0)), list(column("bsks.csv", 1)));
    let rows = column("services.csv", 0).len();
    let places = column("bsks.csv", 0).len();
    format!(
        "CREATE TEMPORARY TABLE seed AS
           SELECT n, {id} AS id, (1 + n % {rows})::int AS s, (1 + n * 7919 % {places})::int AS b, age,
             (n * 104729 % 10 < 3 AND age < 90) AS open
           FROM (SELECT n, ({count} - n) * 400 / {count} AS age FROM generate_series(1, {count}::bigint) n) t;
         INSERT INTO application (id, department, application_no, service, bsk, docket_no, state, received_at)
           SELECT id, ({departments})[s], ({departments})[s] || '/BENCH/' || n, ({services})[s], ({centres})[b], 'D' || n,
             CASE WHEN open THEN 'pending' ELSE 'rejected' END,
             (extract(epoch FROM now()) * 1000)::bigint - age * 86400000 FROM seed;
         INSERT INTO clock (application_id, kind, key, department, service, district, office, bsk, state, amount, unit,
             started_at, stopped_at, outcome, reported_late, pauses, due_on, provisional, promised_on, rungs, fired, next_at)
           SELECT id, 'service', '', ({departments})[s], ({services})[s], ({districts})[b], 'SDO-' || n % 5, ({centres})[b],
             CASE WHEN open THEN CASE WHEN n % 17 = 0 THEN 'paused' ELSE 'running' END ELSE 'stopped' END, 20, 'days',
             (extract(epoch FROM now()) * 1000)::bigint - age * 86400000,
             CASE WHEN open THEN NULL ELSE (extract(epoch FROM now()) * 1000)::bigint - (age - least(age, n % 40)) * 86400000 END,
             CASE WHEN open THEN NULL ELSE 'provided' END, false, '', to_char(now() - (age - 24) * interval '1 day', 'YYYY-MM-DD'),
             true, to_char(now() - (age - 24) * interval '1 day', 'YYYY-MM-DD'), '', 0, NULL
           FROM seed;
         DROP TABLE seed;
         ANALYZE",
        id = id_at("(extract(epoch FROM now()) * 1000)::bigint - age * 86400000", "n"),
    )
}

/// Milliseconds of one page, and its size.
fn page(watch: &Monotonic, portal: &str, path: &str, cookie: &str) -> (f64, usize) {
    let began = watch.micros();
    let mut answer = ureq::get(format!("{portal}{path}")).header("cookie", cookie).call().expect("a page");
    let text = answer.body_mut().read_to_string().expect("text");
    assert!(text.contains("data-count=\"late\""), "the board: {text}");
    ((watch.micros() - began) as f64 / 1e3, text.len())
}

/// Ten seconds of four connections: the lines of the tool that say how long it took.
fn load(portal: &str, path: &str, cookie: &str) -> Option<String> {
    let output = Command::new("wrk")
        .args(["-t1", "-c4", "-d10s", "--latency", "-H", &format!("Cookie: {cookie}"), &format!("{portal}{path}")])
        .stdin(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("Non-2xx"), "{text}");
    let wanted = |line: &&str| ["50%", "90%", "99%", "Requests/sec"].iter().any(|word| line.trim().starts_with(word));
    let words: Vec<String> =
        text.lines().filter(wanted).map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    Some(words.join(", "))
}

fn main() {
    let counts: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let count = counts.first().copied().unwrap_or(1_000_000);
    let watch = Monotonic::default();
    let servers = Servers::start();
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    println!("writing {count} applications");
    away.sql(&fill(count));
    println!("open: {}", away.sql("SELECT count(*) FROM clock WHERE state <> 'stopped'"));
    let mut portal = house.start_role_with("portal", &[("MOHOR__PORTAL__PAGES_PER_SECOND", "1000000".into())]);
    let address = portal.portal().address().to_owned();
    let state = Account::supervisor(&house, "state", &[]).session(&house, &address);
    let department = Account::supervisor(&house, "department", &["--department", "BCW"]).session(&house, &address);
    for (who, cookie, path) in [
        ("the State's supervisor", &state, "/office"),
        ("the State's, one department", &state, "/office?department=LRR"),
        ("a department's supervisor", &department, "/office"),
        ("the State's, by centre", &state, "/office?by=bsk"),
        ("the State's, what is paused", &state, "/office?part=paused"),
    ] {
        let (first, bytes) = page(&watch, &address, path, cookie);
        let (again, _) = page(&watch, &address, path, cookie);
        println!("{who} ({path}, {} KB): first {first:.1} ms, again {again:.1} ms", bytes / 1024);
        match load(&address, path, cookie) {
            Some(words) => println!("  under load: {words}"),
            None => println!("  `wrk` is not here: no load (Debian package wrk)"),
        }
    }
}
