//! Clocks by the million: an idle look, rungs a second, and a holiday that is declared with everything open.
//!
//!     cargo bench --workspace --bench clocks -- [COUNT]
//!
//! Starts a PostgreSQL of its own with COUNT open clocks (a million without it), and an SQLite file with a fifth of them.
//! The rows are written past the program; what is measured is the program.

use jiff::civil::{Date, Weekday};
use mohor_domain::{
    calendar::{Calendar, Holiday, HolidayKind},
    change::{Change, Way},
    civil::{Instant, parse_date},
    clock::{Happening, History},
    event::EventKind,
    rules::{Ladder, Rules},
};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ledger_sqlite::SqliteLedger;
use mohor_ports::{
    ledger::{Changes, ClockRow, Clocks, Decision, Reference, Step, derived},
    time::{Entropy, Stopwatch},
};
use mohor_runtime::ambient::{Monotonic, SystemEntropy};
use mohor_tests::servers::{Servers, id_at};
use serde_json::json;
use std::sync::Arc;

/// The rows begin to be due this long after the ledger's own time.
const HOUR: i64 = 60 * 60 * 1000;

fn rules(extra: Option<&str>) -> Rules {
    let file = |name: &str| mohor_schemas::get(name).expect("a file of the catalogue");
    let mut calendar = Calendar::read(file("catalogue/holidays.csv")).expect("holidays");
    if let Some(day) = extra {
        calendar.add(Holiday {
            day: parse_date(day).expect("a day"),
            name: "declared late".into(),
            kind: HolidayKind::NiAct,
            probable: false,
            district: None,
            notified_at: None,
            withdrawn_at: None,
        });
    }
    Rules::read(file("catalogue/limits.csv"), calendar, Ladder::default()).expect("limits")
}

fn reference(extra: Option<&str>) -> Reference {
    Reference { rules: rules(extra), ..Reference::default() }
}

/// A clock that began now, as the ledger would write it: every row is a copy of it.
fn row(now: Instant) -> ClockRow {
    let history = History {
        department: "BCW".into(),
        service: Some("caste-certificate".into()),
        happenings: vec![Happening::read(EventKind::Submitted, now, false, &json!({"office": "SDO-1"}))],
        ..History::default()
    };
    let id = mohor_domain::id::Id::new(now, &[0; 10]);
    ClockRow::of(&derived(id, &history, &[], &rules(None)).remove(0))
}

struct Measured<'m> {
    watch: &'m Monotonic,
    rows: u64,
}

impl Measured<'_> {
    fn seconds(&self, began: u64) -> f64 {
        (self.watch.micros() - began) as f64 / 1e6
    }

    async fn idle(&self, ledger: &dyn Clocks) {
        let mut looks: Vec<u64> = Vec::new();
        for _ in 0..200 {
            let began = self.watch.micros();
            assert_eq!(ledger.fire(500).await.expect("a look"), 0);
            looks.push(self.watch.micros() - began);
        }
        looks.sort_unstable();
        println!("  idle look: p50 {:.2} ms, p99 {:.2} ms", looks[100] as f64 / 1e3, looks[198] as f64 / 1e3);
    }

    async fn fire(&self, ledger: &dyn Clocks) {
        let (began, mut fired) = (self.watch.micros(), 0);
        while self.seconds(began) < 20.0 {
            match ledger.fire(500).await.expect("fired") {
                0 => break,
                some => fired += some,
            }
        }
        println!("  rungs: {fired} in {:.1} s, {:.0}/s", self.seconds(began), fired as f64 / self.seconds(began));
    }

    async fn recompute(&self, ledger: &dyn Clocks) {
        let (began, mut after, mut looked, mut moved) = (self.watch.micros(), None, 0, 0);
        loop {
            let page = ledger.recompute(after, 1_000, false).await.expect("a page");
            (looked, moved) = (looked + page.looked, moved + page.moved.len());
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        println!("  a holiday more: {looked} of {} clocks, {moved} moved, {:.1} s", self.rows, self.seconds(began));
    }

    /// A holiday that two people have decided, carried as `sla` does it: with each move recorded.
    async fn carry(&self, ledger: &dyn Changes, day: Date) {
        let change = Change::HolidayDeclared {
            day,
            name: "declared late".into(),
            list: HolidayKind::NiAct,
            district: None,
            notified_on: day,
            order: "of the benchmark".into(),
        };
        let number = ledger.propose(change, "asha").await.expect("proposed");
        ledger.decide(number, Decision::Approve, "binod", "of the benchmark").await.expect("decided");
        let (began, mut sums) = (self.watch.micros(), (0, 0));
        while let Step::Batch { looked, moved, .. } = ledger.recompute_step(Way::Settle, 2_000).await.expect("a step") {
            sums = (sums.0 + looked, sums.1 + moved);
        }
        let (looked, moved) = sums;
        println!("  a holiday approved: {looked} of {} clocks, {moved} moved, {:.1} s", self.rows, self.seconds(began));
    }
}

/// A clock like this one for each application; both ledgers read it.
fn clocks(clock: &ClockRow, now: Instant) -> String {
    format!(
        "INSERT INTO clock (application_id, kind, key, department, service, office, state, amount, unit, started_at,
           reported_late, pauses, due_on, provisional, promised_on, rungs, fired, next_at)
         SELECT id, 'service', '', 'BCW', 'caste-certificate', 'SDO-1', '{state}', {amount}, '{unit}', {now},
           false, '', '{due}', {provisional}, '{due}', '{rungs}', 0, {next} FROM application ORDER BY id",
        state = clock.state,
        amount = clock.amount.unwrap_or_default(),
        unit = clock.unit.clone().unwrap_or_default(),
        now = now.millis(),
        due = clock.due_on.clone().unwrap_or_default(),
        provisional = clock.provisional,
        rungs = clock.rungs,
        next = clock.next_at.unwrap_or_default(),
    )
}

async fn postgres(watch: &Monotonic, rows: u64) {
    let servers = Servers::start();
    let folder = tempfile::tempdir().expect("a folder");
    let away = servers.place(folder.path());
    let open = |extra: Option<&str>| {
        let reach = Reach { url: format!("{}?sslmode=disable", away.database), password: None, connections: 4 };
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        PostgresLedger::connect(&reach, entropy, reference(extra)).expect("a ledger")
    };
    let ledger = open(None);
    ledger.migrate().await.expect("a schema");
    let now = mohor_ports::ledger::Inbox::now(&ledger).await.expect("the time");
    let clock = row(now);
    println!("postgres: writing {rows} clocks");
    away.sql(&format!(
        "INSERT INTO application (id, department, application_no, service, state, received_at)
         SELECT {id}, 'BCW', 'BCW/BENCH/' || n, 'caste-certificate', 'pending', {now} FROM generate_series(1, {rows}) n;
         {clocks};
         ANALYZE",
        id = id_at(&format!("{} - {rows} + n", now.millis()), "n"),
        now = now.millis(),
        clocks = clocks(&clock, now),
    ));
    let measured = Measured { watch, rows };
    measured.idle(&ledger).await;
    // Sundays are left out anyway.
    let ahead = now.day().series(jiff::Span::new().days(1)).skip(3);
    let days: Vec<Date> = ahead.filter(|day| day.weekday() != Weekday::Sunday).take(2).collect();
    let other = open(Some(&days[0].to_string()));
    measured.recompute(&other).await;
    measured.carry(&other, days[1]).await;
    ledger.skew(clock.next_at.unwrap_or_default() - now.millis() + 30 * 24 * HOUR);
    measured.fire(&ledger).await;
}

async fn sqlite(watch: &Monotonic, rows: u64) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("ledger.sqlite");
    let ahead = Arc::new(std::sync::atomic::AtomicI64::new(0));
    let begin = Instant::parse("2026-11-02T11:00:00+05:30").expect("a time");
    let open = |extra: Option<&str>| {
        let ahead = ahead.clone();
        let clock = Arc::new(move || begin.plus_millis(ahead.load(std::sync::atomic::Ordering::SeqCst)));
        SqliteLedger::open_with_clock(&path, Arc::new(SystemEntropy), reference(extra), clock).expect("a ledger")
    };
    let ledger = open(None);
    let clock = row(begin);
    println!("sqlite: writing {rows} clocks");
    let sql = rusqlite::Connection::open(&path).expect("the file");
    sql.execute_batch(&format!(
        "BEGIN;
         WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {rows})
         INSERT INTO application (id, department, application_no, service, state, received_at)
         SELECT printf('%08x-%04x-7000-8000-%012x', millis >> 16, millis & 65535, n), 'BCW', 'BCW/BENCH/' || n, 'caste-certificate',
           'pending', {now} FROM (SELECT n, {now} - {rows} + n AS millis FROM n);
         {clocks};
         COMMIT",
        now = begin.millis(),
        clocks = clocks(&clock, begin),
    ))
    .expect("rows");
    let measured = Measured { watch, rows };
    measured.idle(&ledger).await;
    let other = open(Some("2026-11-05"));
    measured.recompute(&other).await;
    measured.carry(&other, parse_date("2026-11-06").expect("a day")).await;
    ahead.store(60 * 24 * HOUR, std::sync::atomic::Ordering::SeqCst);
    measured.fire(&ledger).await;
}

fn main() {
    let counts: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let count = counts.first().copied().unwrap_or(1_000_000);
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let watch = Monotonic::default();
        sqlite(&watch, count / 5).await;
        postgres(&watch, count).await;
    });
}
