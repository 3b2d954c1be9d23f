//! Who is told of a rung by mail, and when: what is urgent at once, the rest when offices open.

use crate::{
    calendar::{Calendar, Days},
    civil::{Instant, end_of},
    clock::ClockKind,
    ladder::Rung,
    people::Post,
};

/// Somebody to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Everybody in this post whose bounds the clock lies in.
    pub post: Post,
    /// At once; otherwise with the others of the day, when offices open.
    pub urgent: bool,
}

/// Whom a rung of a clock is told to.
pub fn told(kind: ClockKind, rung: Rung) -> Vec<Told> {
    let answers = match kind {
        ClockKind::Service | ClockKind::Stage => Post::DesignatedOfficer,
        ClockKind::Appeal => Post::AppellateOfficer,
        ClockKind::Review => Post::ReviewingOfficer,
    };
    let later = |post| vec![Told { post, urgent: false }];
    match rung {
        Rung::DueSoon | Rung::DueToday => later(answers),
        Rung::Breached => [answers, Post::Supervisor].map(|post| Told { post, urgent: true }).into(),
        Rung::AppealOpen => later(Post::AppellateOfficer),
        Rung::ReviewingOfficer => later(Post::ReviewingOfficer),
        Rung::Met => vec![],
    }
}

/// The next time that offices open: so many minutes after midnight of the next working day that is not over.
pub fn opening(now: Instant, minutes: u16, calendar: &Calendar) -> Instant {
    let mut day = now.day();
    // A calendar in which a year has no working day is none; what is told is told a day later at most.
    for _ in 0..366 {
        let opens = day.yesterday().map_or(now, end_of).plus_millis(i64::from(minutes) * 60_000);
        if opens > now && calendar.exclusion(day, Days::Working, None).is_none() {
            return opens;
        }
        let Ok(next) = day.tomorrow() else { break };
        day = next;
    }
    now.plus_millis(24 * 60 * 60 * 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_breach_is_urgent_and_the_rest_is_told_when_offices_open() {
        let breach = told(ClockKind::Appeal, Rung::Breached);
        assert_eq!(breach.iter().map(|it| it.post).collect::<Vec<_>>(), [Post::AppellateOfficer, Post::Supervisor]);
        assert!(breach.iter().all(|it| it.urgent));
        assert_eq!(told(ClockKind::Service, Rung::Met), []);
        for kind in ClockKind::ALL {
            for rung in [Rung::DueSoon, Rung::DueToday, Rung::AppealOpen, Rung::ReviewingOfficer] {
                assert!(matches!(told(*kind, rung)[..], [Told { urgent: false, .. }]), "{kind:?} {rung:?}");
            }
        }
    }

    #[test]
    fn offices_open_on_the_next_working_day() {
        let calendar = Calendar::default();
        let at = |text: &str| Instant::parse(text).expect("a time");
        let opens = |now: &str| opening(at(now), 600, &calendar).rfc3339();
        // Tuesday; Friday; Saturdays and Sundays are not working days.
        assert_eq!(opens("2026-11-24T09:59:59+05:30"), "2026-11-24T10:00:00+05:30");
        assert_eq!(opens("2026-11-24T10:00:00+05:30"), "2026-11-25T10:00:00+05:30");
        assert_eq!(opens("2026-11-27T18:00:00+05:30"), "2026-11-30T10:00:00+05:30");
        assert_eq!(opens("2026-11-28T00:00:00+05:30"), "2026-11-30T10:00:00+05:30");
    }
}
