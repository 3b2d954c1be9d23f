//! Who is told of a rung by mail, and when: what is urgent at once, the rest when offices open.

use crate::{
    calendar::{Calendar, Days},
    civil::{Instant, end_of},
    clock::ClockKind,
    ladder::Rung,
    people::{Place, Post},
};

/// Somebody to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Told {
    /// Everybody in this post whose bounds the clock lies in.
    pub post: Post,
    /// At once; otherwise with the others of the day, when offices open.
    pub urgent: bool,
}

/// Whether somebody with these bounds is told of a clock's rungs: a department answers neither for the pipeline nor for a
/// centre, and a district not for the pipeline.
pub fn concerns(kind: ClockKind, bounds: &Place) -> bool {
    match kind {
        ClockKind::Service
        | ClockKind::Stage
        | ClockKind::Appeal
        | ClockKind::Review
        | ClockKind::Revision
        | ClockKind::Rectification => true,
        ClockKind::Department => false,
        ClockKind::Pipeline => *bounds == Place::default(),
        ClockKind::Bsk => bounds.department.is_none() && bounds.office.is_none(),
    }
}

/// Whom a rung of a clock is told to by mail. What stands in the pipeline is told by one alarm to those who run it, and not
/// by a line for each certificate.
pub fn told(kind: ClockKind, rung: Rung) -> Vec<Told> {
    let answers = match kind {
        ClockKind::Service | ClockKind::Stage | ClockKind::Rectification => Post::DesignatedOfficer,
        ClockKind::Appeal => Post::AppellateOfficer,
        ClockKind::Review => Post::ReviewingOfficer,
        // The Commission is no user of this system: whoever oversees the department is told.
        ClockKind::Revision if rung == Rung::Breached => return vec![Told { post: Post::Supervisor, urgent: true }],
        ClockKind::Revision => Post::Supervisor,
        ClockKind::Bsk if rung == Rung::Breached => return vec![Told { post: Post::Supervisor, urgent: false }],
        ClockKind::Bsk => Post::BskOperator,
        ClockKind::Department | ClockKind::Pipeline => return vec![],
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
        for kind in ClockKind::ALL.iter().filter(|kind| kind.of_the_act()) {
            for rung in [Rung::DueSoon, Rung::DueToday, Rung::AppealOpen, Rung::ReviewingOfficer] {
                assert!(matches!(told(*kind, rung)[..], [Told { urgent: false, .. }]), "{kind:?} {rung:?}");
            }
        }
    }

    #[test]
    fn nobody_is_told_of_anothers_delay() {
        let bounds = |department: Option<&str>, district: Option<&str>| Place {
            department: department.map(str::to_owned),
            district: district.map(str::to_owned),
            ..Place::default()
        };
        for (kind, state, district, department) in [
            (ClockKind::Service, true, true, true),
            (ClockKind::Department, false, false, false),
            (ClockKind::Pipeline, true, false, false),
            (ClockKind::Bsk, true, true, false),
        ] {
            let told = [bounds(None, None), bounds(None, Some("COB")), bounds(Some("LRR"), None)];
            assert_eq!(told.map(|it| concerns(kind, &it)), [state, district, department], "{kind:?}");
        }
        assert_eq!(told(ClockKind::Pipeline, Rung::Breached), []);
        assert_eq!(told(ClockKind::Bsk, Rung::DueSoon)[0].post, Post::BskOperator);
        assert_eq!(told(ClockKind::Bsk, Rung::Breached), [Told { post: Post::Supervisor, urgent: false }]);
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
