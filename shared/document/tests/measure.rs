//! How long a page takes. `MOHOR_MEASURE=1 cargo test --release -p mohor-document --test main measure -- --nocapture`.

use crate::common;
use std::{thread, time::Instant};

#[test]
#[allow(clippy::disallowed_methods, reason = "durations are measured here, nothing is dated")]
fn milliseconds_a_certificate() {
    if std::env::var_os("MOHOR_MEASURE").is_none() {
        return;
    }
    let plans: Vec<_> = common::approvals().iter().map(common::plan).collect();
    for plan in plans.iter().take(40) {
        common::pdf(plan);
    }
    let (mut times, mut bytes) = (Vec::new(), 0);
    for plan in plans.iter().skip(40).take(400) {
        let began = Instant::now();
        bytes += common::pdf(plan).len();
        times.push(began.elapsed().as_secs_f64() * 1e3);
    }
    times.sort_by(f64::total_cmp);
    let (count, sum) = (times.len(), times.iter().sum::<f64>());
    println!(
        "one thread: {count} certificates, mean {:.2} ms, median {:.2}, p99 {:.2}; {} KB each",
        sum / count as f64,
        times[count / 2],
        times[count * 99 / 100],
        bytes / count / 1024
    );
    let began = Instant::now();
    thread::scope(|scope| {
        for half in plans.chunks(plans.len().div_ceil(2)) {
            scope.spawn(move || half.iter().for_each(|plan| drop(common::pdf(plan))));
        }
    });
    println!("two threads: {:.0} certificates a second", plans.len() as f64 / began.elapsed().as_secs_f64());
}
