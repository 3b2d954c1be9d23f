//! Charts, drawn here as SVG: figures only, no text that came from outside.

use jiff::civil::Date;
use mohor_ports::ledger::{DayFigures, day_of, number_of};
use std::fmt::Write;

/// Days of a trend.
pub(crate) const DAYS: i64 = 30;
/// Width of a day, in units of the drawing.
const STEP: u64 = 20;
/// Height of the drawing.
const HEIGHT: u64 = 120;

/// Every day of the trend, those that brought nothing included.
pub(crate) fn days(until: Date, found: &[DayFigures]) -> Vec<DayFigures> {
    let last = number_of(until);
    (last - DAYS + 1..=last)
        .filter_map(day_of)
        .map(|day| {
            let known = found.iter().find(|row| row.day == day).cloned();
            known.unwrap_or(DayFigures { day, begun: 0, in_time: 0, late: 0 })
        })
        .collect()
}

/// For each day what began, beside what was disposed of: in time below, late above. The table beside it has the figures.
pub(crate) fn trend(days: &[DayFigures]) -> String {
    let most = days.iter().map(|day| day.begun.max(day.in_time + day.late)).max().unwrap_or(0).max(1);
    let height = |count: u64| (count * HEIGHT).div_ceil(most);
    let width = STEP * days.len().max(1) as u64;
    let mut svg = format!("<svg class=\"chart\" viewBox=\"0 0 {width} {}\" aria-hidden=\"true\">", HEIGHT + 1);
    let mut bar = |class: &str, x: u64, top: u64, high: u64| {
        if high > 0 {
            // Writing to a text does not fail.
            let _ = write!(svg, "<rect class=\"{class}\" x=\"{x}\" y=\"{top}\" width=\"8\" height=\"{high}\"/>");
        }
    };
    for (place, day) in days.iter().enumerate() {
        let x = place as u64 * STEP + 1;
        let (begun, both) = (height(day.begun), height(day.in_time + day.late));
        let in_time = height(day.in_time).min(both);
        bar("begun", x, HEIGHT - begun, begun);
        bar("intime", x + 9, HEIGHT - in_time, in_time);
        bar("late", x + 9, HEIGHT - both, both - in_time);
    }
    let _ = write!(svg, "<path class=\"axis\" d=\"M0 {HEIGHT}H{width}\"/></svg>");
    svg
}

/// Shares of a whole, side by side.
pub(crate) fn shares(parts: &[(&str, u64)], whole: u64) -> String {
    let mut svg =
        String::from("<svg class=\"bar\" viewBox=\"0 0 1000 10\" preserveAspectRatio=\"none\" aria-hidden=\"true\">");
    let mut x = 0;
    for (class, count) in parts {
        let width = count * 1000 / whole.max(1);
        let _ = write!(svg, "<rect class=\"{class}\" x=\"{x}\" y=\"0\" width=\"{width}\" height=\"10\"/>");
        x += width;
    }
    svg.push_str("</svg>");
    svg
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trend_has_every_day_and_no_bar_leaves_the_drawing() {
        let until = Date::constant(2026, 11, 24);
        let found = [DayFigures { day: until, begun: 7, in_time: 100, late: 33 }];
        let days = days(until, &found);
        assert_eq!((days.len(), days[29].late, days[0].day), (30, 33, Date::constant(2026, 10, 26)));
        let svg = trend(&days);
        assert_eq!((svg.matches("<rect").count(), svg.matches("class=\"late\"").count()), (3, 1));
        assert!(svg.contains("y=\"0\"") && !svg.contains("\"-"), "{svg}");
        assert_eq!(trend(&super::days(until, &[])).matches("<rect").count(), 0);
        assert!(shares(&[("late", 1), ("today", 1)], 4).contains("x=\"250\" y=\"0\" width=\"250\""));
    }
}
