//! A holiday that is approved while a million clocks are open, and certificates that are issued meanwhile.
//!
//!     cargo bench --workspace --bench change -- [COUNT]
//!
//! Starts servers of its own and every role in one process. One application is submitted and its rows are copied COUNT
//! times (a million without it). Then approvals become certificates at an even rate, first alone and then beside the
//! recomputation.

use jiff::civil::Weekday;
use mohor_domain::{calendar::HolidayKind, change::Change, civil::Instant};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::{
    ledger::{Changes, Decided, Decision, Reference, Run},
    time::Entropy,
};
use mohor_runtime::ambient::SystemEntropy;
use mohor_tests::{
    house::House,
    patience::waited,
    samples,
    servers::{Away, Servers, id_at},
};
use serde_json::{Value, json};
use std::{ffi::OsStr, sync::Arc, time::Duration};

/// Approvals a second.
const RATE: u32 = 10;
/// For so many seconds beside the recomputation.
const SECONDS: u32 = 60;
/// Nothing here takes longer.
const PATIENCE: Duration = Duration::from_secs(900);

fn hand_in(house: &House, events: &[Value]) {
    let outcome = house.run([OsStr::new("submit"), house.events(events).as_os_str(), "--json".as_ref()]);
    assert_eq!(outcome.json()["accepted"], events.len(), "{outcome:?}");
}

/// Approvals at an even rate become certificates at their centres: how long each took, in words.
fn issue(house: &House, count: u32) -> String {
    let (count, rate) = (count.to_string(), RATE.to_string());
    let outcome = house.run(["bench", "--elsewhere", "--json", "--count", &count, "--rate", &rate]);
    let report = outcome.json();
    assert_eq!(report["issued"], json!(count.parse::<u32>().expect("a number")), "{outcome:?}");
    report["latency_ms"].to_string()
}

/// An open application, as intake wrote it, so many times.
fn copy(away: &Away, count: u64) {
    away.sql(&format!(
        "INSERT INTO application (id, department, application_no, service, state, received_at)
           SELECT {id}, department, application_no || '/' || n, service, state, received_at
           FROM application, generate_series(1, {count}) n WHERE application_no = 'BCW/OPEN';
         INSERT INTO clock (application_id, kind, key, department, service, office, state, amount, unit, started_at,
             reported_late, pauses, due_on, provisional, promised_on, rungs, fired, next_at)
           SELECT a.id, c.kind, c.key, c.department, c.service, c.office, c.state, c.amount, c.unit, c.started_at,
             c.reported_late, c.pauses, c.due_on, c.provisional, c.promised_on, c.rungs, c.fired, c.next_at
           FROM application a, clock c JOIN application o ON o.id = c.application_id
           WHERE o.application_no = 'BCW/OPEN' AND a.application_no LIKE 'BCW/OPEN/%'
           ORDER BY a.id",
        id = id_at(&format!("received_at - {count} + n"), "n"),
    ));
    // The server's own upkeep of so many new rows would be measured otherwise.
    away.sql("VACUUM ANALYZE");
}

/// Two people decide on a holiday three days ahead; the version of the rules that it makes.
async fn approve(ledger: &PostgresLedger, now: Instant) -> i64 {
    let ahead = now.day().series(jiff::Span::new().days(1)).skip(3);
    let day = ahead.into_iter().find(|day| day.weekday() != Weekday::Sunday).expect("a day");
    let change = Change::HolidayDeclared {
        day,
        name: "declared late".into(),
        list: HolidayKind::NiAct,
        district: None,
        notified_on: day,
        order: "of the benchmark".into(),
    };
    let number = ledger.propose(change, "asha").await.expect("proposed");
    let decided = ledger.decide(number, Decision::Approve, "binod", "of the benchmark").await.expect("decided");
    assert_eq!(decided, Decided::Done);
    ledger.change(number).await.expect("read").and_then(|change| change.version).expect("a version")
}

fn main() {
    let counts: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let count = counts.first().copied().unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let servers = Servers::start();
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let runner = house.start(["run", "--listen", "127.0.0.1:0"]);
    let reach = Reach { url: format!("{}?sslmode=disable", away.database), password: None, connections: 2 };
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let ledger = runtime.block_on(async { PostgresLedger::connect(&reach, entropy, Reference::default()) });
    let ledger = ledger.expect("a ledger");
    let now = runtime.block_on(mohor_ports::ledger::Inbox::now(&ledger)).expect("the time");
    // The first is what makes this ledger a benchmark's.
    issue(&house, RATE);
    let mut open = samples::submitted("BCW/OPEN", &now.rfc3339());
    open["source"] = json!("/departments/BCW/workflow");
    open["data"]["department"] = json!("BCW");
    open["data"]["service"] = json!("caste-certificate");
    hand_in(&house, &[open]);
    copy(away, count);
    println!("{count} open clocks");
    println!("alone, {RATE}/s: latency in ms {}", issue(&house, 20 * RATE));
    let version = runtime.block_on(approve(&ledger, now));
    println!("beside the recomputation, {RATE}/s for {SECONDS} s: latency in ms {}", issue(&house, SECONDS * RATE));
    let mut done = || -> Option<Run> {
        let run = runtime.block_on(ledger.run_of(version)).expect("read")?;
        run.done_at.is_some().then_some(run)
    };
    let run = waited(PATIENCE, &mut done).expect("the recomputation");
    let seconds = (run.done_at.expect("done").millis() - run.began_at.millis()) as f64 / 1e3;
    println!("recomputed: {} clocks looked at, {} moved, {seconds:.1} s", run.looked, run.moved);
    drop(runner);
    house.assert_healthy();
}
