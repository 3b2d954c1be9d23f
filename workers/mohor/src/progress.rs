//! Progress on long work: bars for people, silence for machines and pipes.

use indicatif::{ProgressBar, ProgressStyle};
use std::time::Duration;

/// A bar on standard error; hidden when that is no terminal or `--json` was asked for.
pub fn bar(length: u64, message: &'static str, json: bool) -> ProgressBar {
    if json || length == 0 {
        return ProgressBar::hidden();
    }
    let template = "{msg:>12} {wide_bar} {pos}/{len} {per_sec} {eta}";
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::new(length).with_style(style).with_message(message);
    bar.enable_steady_tick(Duration::from_millis(200));
    bar
}
