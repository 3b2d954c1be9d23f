//! Every centre listens, and thousands of certificates become ready at once; then the page of a tray of 200,000.
//!
//!     cargo bench --workspace --bench streams -- [CENTRES [BURST [NOTICES]]]
//!
//! Starts servers of its own and one portal. An operator of each of CENTRES (3,561 without it: all of the catalogue) keeps a
//! stream open from this one process, so 4,000 files have to be allowed here. Then BURST (5,000) certificates that are stored
//! are told as `notify` tells them, at centres drawn at random. Each stream has to hear its own and nothing else, once each.
//! With the streams still open four callers ask for pages: at all centres, at which NOTICES (200,000) lie, and at one at which
//! as many lie.
//!
//! Wanted: 99 in 100 heard within 2 s, a portal of less than 400 MiB, 99 of 100 pages within 100 ms.

mod fill;
mod process;
mod reader;

use fill::{Centre, Lying};
use mohor_ledger_postgres::{PostgresLedger, Reach};
use mohor_ports::{
    ledger::{Inbox, Issue, Reference},
    time::{Entropy, Stopwatch},
};
use mohor_runtime::ambient::{Monotonic, SystemEntropy, open_files};
use mohor_tests::{chance::Chance, house::House, servers::Servers};
use process::Process;
use reader::{Hall, Heard};
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tokio::{sync::watch, time::sleep};

/// Certificates of one transaction of `notify`.
const TOLD: usize = 100;
/// When nothing has come for so long nothing more comes.
const PATIENCE: Duration = Duration::from_secs(30);
/// For so long nothing happens.
const REST: Duration = Duration::from_secs(30);
/// Callers of pages, and pages of each.
const CALLERS: usize = 4;
const PAGES: usize = 250;
/// Where a certificate stands in its tray.
const STATES: [&str; 3] = ["ready", "printed", "handed_over"];

/// The ledger's clock, read without asking the ledger.
#[derive(Clone, Copy)]
pub struct Wall {
    watch: Monotonic,
    begin: f64,
}

impl Wall {
    /// The answer of the quickest question counts.
    async fn new(ledger: &PostgresLedger) -> Self {
        let watch = Monotonic::default();
        let mut best = (u64::MAX, 0.0);
        for _ in 0..50 {
            let before = watch.micros();
            let now = ledger.now().await.expect("the time").millis() as f64;
            let took = watch.micros() - before;
            best = if took < best.0 { (took, now - before as f64 / 1e3) } else { best };
        }
        Self { watch, begin: best.1 }
    }

    /// Milliseconds.
    pub fn now(&self) -> f64 {
        self.begin + self.watch.micros() as f64 / 1e3
    }
}

fn percentiles(mut millis: Vec<f64>) -> String {
    millis.sort_by(f64::total_cmp);
    let at = |share: f64| millis[((millis.len() - 1) as f64 * share) as usize];
    format!("p50 {:.0} ms, p99 {:.0} ms, longest {:.0} ms", at(0.5), at(0.99), at(1.0))
}

/// Pages of the tray, one after the other, by a few callers.
fn pages(portal: &str, centres: &[Centre]) {
    let watch = Monotonic::default();
    for state in STATES {
        let caller = |n: usize| {
            let agent: ureq::Agent = ureq::Agent::config_builder().build().into();
            let page = |page: usize| {
                let Centre { bsk, cookie } = &centres[(n * PAGES + page) % centres.len()];
                let began = watch.micros();
                let answer = agent.get(format!("{portal}/bsk?state={state}")).header("cookie", cookie).call();
                let text = answer.expect("a page").body_mut().read_to_string().expect("text");
                assert!(text.contains("data-number="), "something lies at {bsk}: {text}");
                (watch.micros() - began) as f64 / 1e3
            };
            (0..PAGES).map(page).collect::<Vec<f64>>()
        };
        let millis = std::thread::scope(|scope| {
            let callers: Vec<_> = (0..CALLERS).map(|n| scope.spawn(move || caller(n))).collect();
            callers.into_iter().flat_map(|caller| caller.join().expect("a caller")).collect()
        });
        println!("  /bsk?state={state}: {}", percentiles(millis));
    }
}

/// Each centre heard its own in order, once.
fn judge(heard: &[(&str, Vec<Heard>)], told: &[Lying]) {
    let mut wanted: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    told.iter().for_each(|it| wanted.entry(&it.bsk).or_default().push(it.uin.as_str()));
    for (bsk, heard) in heard {
        assert!(heard.windows(2).all(|two| two[0].number < two[1].number), "in order, none twice: {bsk}");
        let mut own: Vec<&str> = heard.iter().map(|event| event.uin.as_str()).collect();
        let mut all = wanted.remove(bsk).unwrap_or_default();
        own.sort_unstable();
        all.sort_unstable();
        assert_eq!(own, all, "{bsk} hears its own, all of them, and nothing else");
    }
    assert_eq!(wanted.len(), 0, "each centre listens");
}

/// Waits until so many are counted, or for a while no more.
async fn counted(count: &AtomicUsize, wanted: usize) {
    let step = Duration::from_millis(50);
    let (mut last, mut still) = (0, Duration::ZERO);
    while last < wanted && still < PATIENCE {
        sleep(step).await;
        let now = count.load(Ordering::SeqCst);
        still = if now == last { still + step } else { Duration::ZERO };
        last = now;
    }
}

/// What lies at the centres: so many everywhere, as many more at the first; and what is told at centres drawn at random.
fn lying(codes: &[String], notices: usize, burst: usize) -> (Vec<Lying>, Vec<Lying>) {
    let (mut chance, mut draws) = (Chance::new(7), Chance::new(11));
    let mut uins = fill::uins(&mut chance);
    let mut uin = || uins.next().expect("a number");
    let mut numbers = vec![0; codes.len()];
    let everywhere = (0..notices).map(|n| (n % codes.len(), STATES[n / codes.len() % 3]));
    // Most of what a centre has had was handed over.
    let at_one = (0..notices).map(|n| (0, if n % 20 == 0 { STATES[n / 20 % 3] } else { "handed_over" }));
    let there = everywhere.chain(at_one).map(|(place, state)| {
        numbers[place] += 1;
        Lying { uin: uin(), bsk: codes[place].clone(), told: Some((numbers[place], state)) }
    });
    let there = there.collect();
    let untold = (0..burst).map(|_| Lying { uin: uin(), bsk: draws.one(codes).clone(), told: None }).collect();
    (there, untold)
}

fn main() {
    let counts: Vec<usize> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let count = |place: usize, or: usize| counts.get(place).copied().unwrap_or(or);
    let codes = fill::codes(count(0, 3_561));
    let (burst, notices) = (count(1, 5_000), count(2, 200_000));
    assert!(open_files() > codes.len() as u64 + 200, "more files have to be allowed: ulimit -Hn 10000");
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let servers = Servers::start();
    let house = House::on(&servers);
    let away = house.away().expect("servers");
    let reach = Reach { url: format!("{}?sslmode=disable", away.database), password: None, connections: 2 };
    let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
    let ledger = runtime.block_on(async { PostgresLedger::connect(&reach, entropy, Reference::default()) });
    let ledger = ledger.expect("a ledger");
    let wall = runtime.block_on(Wall::new(&ledger));

    let now = wall.now() as i64;
    let centres: Arc<Vec<Centre>> = Arc::new(fill::operators(&house, &codes, now));
    let (there, untold) = lying(&codes, notices, burst);
    fill::certificates(&house, &there, now);
    fill::certificates(&house, &untold, now);
    away.sql("VACUUM ANALYZE");
    let mut started = house.start_role_with("portal", &[("MOHOR__PORTAL__PAGES_PER_SECOND", "1000000".into())]);
    let portal = started.portal().address().to_owned();
    let process = Process::child("portal");
    println!("{} centres, {} notices; the portal at rest: {} MiB", codes.len(), there.len(), process.memory().0);

    let hall = Hall::new(portal.trim_start_matches("http://"), wall);
    let (end, over) = watch::channel(false);
    let (began, cpu) = (wall.now(), process.cpu());
    let readers: Vec<_> = (0..centres.len())
        .map(|n| {
            let (hall, centres, over) = (hall.clone(), centres.clone(), over.clone());
            runtime.spawn(async move { hall.listen(&centres[n], over).await })
        })
        .collect();
    runtime.block_on(counted(&hall.open, centres.len()));
    let (open, seconds) = (hall.open.load(Ordering::SeqCst), (wall.now() - began) / 1e3);
    let (cpu, memory) = (process.cpu() - cpu, process.memory().0);
    println!("{open} streams open after {seconds:.1} s, {cpu:.1} CPU-s of the portal; {memory} MiB");
    assert_eq!(open, centres.len(), "all are open; the portal: {:?}", started.said().lines().last());

    let (began, cpu) = (wall.now(), process.cpu());
    runtime.block_on(async { sleep(REST).await });
    println!("nothing happens: {:.1} % of a core", (process.cpu() - cpu) * 1e5 / (wall.now() - began));

    let (began, cpu) = (wall.now(), process.cpu());
    runtime.block_on(async {
        for some in untold.chunks(TOLD) {
            let uins: Vec<_> = some.iter().map(|it| it.uin).collect();
            ledger.commit_notified(&uins).await.expect("told");
        }
    });
    let told = (wall.now() - began) / 1e3;
    runtime.block_on(counted(&hall.heard, burst));
    let (heard, cpu) = ((wall.now() - began) / 1e3, process.cpu() - cpu);
    println!("{burst} told in {told:.1} s, heard after {heard:.1} s, {cpu:.1} CPU-s of the portal");
    println!("pages at all centres, with the streams open:");
    pages(&portal, &centres[1..]);
    println!("pages at the centre of {notices}:");
    pages(&portal, &centres[..1]);

    // What comes twice has come by now.
    end.send_replace(true);
    let heard: Vec<(&str, Vec<Heard>)> = readers
        .into_iter()
        .zip(centres.iter())
        .map(|(reader, centre)| match runtime.block_on(reader).expect("a reader") {
            Ok(heard) => (centre.bsk.as_str(), heard),
            Err(lost) => panic!("{lost}"),
        })
        .collect();
    let millis: Vec<f64> = heard.iter().flat_map(|(_, events)| events.iter().map(|event| event.after)).collect();
    println!("{} heard, from `ready` to the stream: {}", millis.len(), percentiles(millis));
    println!("the portal took at most {} MiB", process.memory().1);
    judge(&heard, &untold);
}
