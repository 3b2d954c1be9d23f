//! The ledger's promises about what supervisors look at. Each function begins with an empty ledger.

use super::{
    clocks::{DAY, application, fire_all, said},
    sample::*,
};
use crate::ledger::{Days, Figures, Ledger, day_of, number_of};
use mohor_domain::{
    board::{By, Part, Selection},
    civil::Instant,
    clock::Outcome,
    event::EventKind,
    id::Id,
    ladder::Rung,
};
use serde_json::json;

fn text(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn selection(department: &str, district: &str, office: &str) -> Selection {
    Selection { department: text(department), district: text(district), office: text(office), ..Selection::default() }
}

/// 1 to 4 late, of two offices; 5 paused, 6 rejected, 7 submitted now and not due within the week.
async fn histories<L: Ledger + ?Sized>(ledger: &L) -> Days {
    let now = ledger.now().await.unwrap();
    for n in 1..=7 {
        let at = now.plus_millis(if n == 7 { 0 } else { -(60 + 3 * n as i64) * DAY });
        send(ledger, vec![said(EventKind::Submitted, n, at, json!({"office": format!("SDO-{}", n % 2)}))]).await;
    }
    let reason = json!({"reason": {"en": "a page is missing"}, "officer": {"name": "Rekha"}});
    send(ledger, vec![said(EventKind::Deficient, 5, now.plus_millis(-50 * DAY), reason)]).await;
    send(ledger, vec![said(EventKind::Rejected, 6, now, json!({}))]).await;
    Days { today: now.day(), soon: day_of(number_of(now.day()) + 7).unwrap() }
}

/// In each part and along each dimension, within the selection and nowhere else; page after page.
pub async fn a_board_shows_what_is_selected<L: Ledger + ?Sized>(ledger: &L) {
    let days = histories(ledger).await;
    let list = async |of: Selection, part| {
        let (mut numbers, mut after) = (Vec::new(), None);
        loop {
            let page = ledger.listed(&of, part, days, after.take(), 3).await.unwrap();
            numbers.extend(page.iter().map(|row| row.application_no.clone()));
            match page.last() {
                Some(last) if page.len() == 3 => after = Some(last.cursor()),
                _ => return numbers,
            }
        }
    };
    let all = Selection::default;
    assert_eq!(list(all(), Part::Late).await, ["BCW/4", "BCW/3", "BCW/2", "BCW/1"], "the oldest first");
    assert_eq!(list(all(), Part::Paused).await, ["BCW/5"]);
    for part in [Part::Today, Part::Soon] {
        assert_eq!(list(all(), part).await, [""; 0], "{part:?}");
    }
    for (of, wanted) in [
        (selection("BCW", "", ""), 4),
        (selection("BCW", "COB", "SDO-1"), 2),
        (selection("", "COB", ""), 4),
        (Selection { bsk: text(BSK), service: text("caste-certificate"), ..all() }, 4),
        (selection("LRR", "", ""), 0),
        (selection("", "KOL", ""), 0),
        (selection("BCW", "", "SDO-9"), 0),
        (Selection { bsk: text("24102"), ..all() }, 0),
        (Selection { service: text("permit"), ..all() }, 0),
    ] {
        assert_eq!(list(of.clone(), Part::Late).await.len(), wanted, "{of:?}");
        let figures = ledger.figures(&of, By::Department, days).await.unwrap();
        assert_eq!(figures.iter().map(|row| row.late).sum::<u64>(), wanted as u64, "{of:?}");
        assert_eq!(ledger.paused(&of).await.unwrap(), u64::from(wanted > 0), "{of:?}");
    }
    for (by, keys) in [
        (By::Department, &["BCW"][..]),
        (By::Service, &["BCW/caste-certificate"]),
        (By::District, &["COB"]),
        (By::Office, &["BCW/SDO-0", "BCW/SDO-1"]),
        (By::Bsk, &[BSK]),
    ] {
        let figures = ledger.figures(&all(), by, days).await.unwrap();
        assert_eq!(figures.iter().map(|row| row.key.as_str()).collect::<Vec<_>>(), keys);
        let sum = figures.iter().fold([0; 3], |sum, row| [sum[0] + row.late, sum[1] + row.today, sum[2] + row.soon]);
        assert_eq!(sum, [4, 0, 0]);
    }
    // Four weeks after 63 to 72 days ago: late by more than 30 days, holidays or not.
    let late = ledger.lateness(&all(), days.today).await.unwrap();
    assert_eq!((late[..2].to_vec(), late.iter().sum::<u64>()), (vec![0, 0], 4), "{late:?}");
    assert_eq!(ledger.lateness(&selection("LRR", "", ""), days.today).await.unwrap(), [0; 5]);
    // The day on which one is due: it is due today, and soon in the week before.
    let due = ledger.clocks(application(ledger, 7).await).await.unwrap().remove(0).clock.due.unwrap().day;
    let on = |today: i64| {
        let day = |n: i64| day_of(number_of(due) + n).unwrap();
        Days { today: day(today), soon: day(today + 7) }
    };
    let last = async |days| ledger.figures(&selection("", "", "SDO-1"), By::Office, days).await.unwrap().remove(0);
    let wanted = |late, today, soon| Figures { key: "BCW/SDO-1".into(), late, today, soon };
    assert_eq!(last(on(-3)).await, wanted(2, 0, 1));
    assert_eq!(last(on(0)).await, wanted(2, 1, 0));
    assert_eq!(last(on(1)).await, wanted(3, 0, 0));
}

/// What began, what stopped in time and what late, each on its civil day.
pub async fn a_trend_counts_by_civil_days<L: Ledger + ?Sized>(ledger: &L) {
    let midnight = Instant::parse("2026-08-10T00:00:00+05:30").unwrap();
    for (n, millis) in [(1, -1), (2, 0), (3, DAY - 1), (4, DAY)] {
        send(ledger, vec![said(EventKind::Submitted, n, midnight.plus_millis(millis), json!({}))]).await;
    }
    send(ledger, vec![said(EventKind::Rejected, 1, midnight.plus_millis(2 * DAY), json!({}))]).await;
    send(ledger, vec![said(EventKind::Rejected, 2, midnight.plus_millis(90 * DAY), json!({}))]).await;
    send(ledger, vec![said(EventKind::Withdrawn, 3, midnight.plus_millis(2 * DAY), json!({}))]).await;
    let day = |n: i64| day_of(number_of(midnight.day()) + n).unwrap();
    let trend = ledger.trend(&selection("BCW", "COB", ""), day(-1), day(90)).await.unwrap();
    let figures: Vec<_> = trend.iter().map(|row| (row.day, row.begun, row.in_time, row.late)).collect();
    assert_eq!(
        figures,
        [(day(-1), 1, 0, 0), (day(0), 2, 0, 0), (day(1), 1, 0, 0), (day(2), 0, 1, 0), (day(90), 0, 0, 1)]
    );
    assert_eq!(ledger.trend(&selection("", "", ""), day(0), day(0)).await.unwrap().len(), 1);
    assert_eq!(ledger.trend(&selection("LRR", "", ""), day(-1), day(90)).await.unwrap(), []);
}

/// By either number, with its events in their own order and what they say.
pub async fn an_application_is_found_by_either_number<L: Ledger + ?Sized>(ledger: &L) {
    histories(ledger).await;
    let id = application(ledger, 5).await;
    for number in ["BCW/5", "D5"] {
        let found = ledger.look_up(number).await.unwrap();
        assert_eq!(found.iter().map(|found| found.id).collect::<Vec<_>>(), [id], "{number}");
        let place = &found[0].place;
        let place = [&place.department, &place.district, &place.office, &place.bsk];
        assert_eq!(place.map(|text| text.as_deref()), [Some("BCW"), Some("COB"), Some("SDO-1"), Some(BSK)]);
    }
    for number in ["", "BCW/", "BCW/99", "%", "d5"] {
        assert_eq!(ledger.look_up(number).await.unwrap(), [], "{number}");
    }
    let record = ledger.full_record(id).await.unwrap().expect("recorded");
    assert_eq!((record.found.application_no.as_str(), record.docket_no.as_deref()), ("BCW/5", Some("D5")));
    assert_eq!(
        record.events.iter().map(|it| it.kind).collect::<Vec<_>>(),
        [EventKind::Submitted, EventKind::Deficient]
    );
    assert_eq!(record.events[1].data["reason"]["en"], "a page is missing");
    assert!(record.events[1].late && record.events[1].received_at > record.events[1].at);
    assert_eq!((record.uin, record.ready_at), (None, None));
    let nobody = Id::new(Instant::from_millis(0), &[0; 10]);
    assert_eq!(ledger.full_record(nobody).await.unwrap(), None);
}

/// With where they belong, from a moment on.
pub async fn news_is_what_fired_since<L: Ledger + ?Sized>(ledger: &L) {
    histories(ledger).await;
    let before = ledger.now().await.unwrap();
    assert_eq!(ledger.news(before.plus_millis(-DAY), 100).await.unwrap(), []);
    fire_all(ledger).await;
    let news = ledger.news(before, 100).await.unwrap();
    let late: Vec<_> = news.iter().filter(|it| it.fired.rung == Rung::Breached).collect();
    // 1 to 4, and 6 that was rejected too late.
    assert_eq!(late.len(), 5, "{news:?}");
    assert!(late.iter().all(|it| it.found.place.district.as_deref() == Some("COB") && it.fired.due_on.is_some()));
    assert_eq!(ledger.news(before, 2).await.unwrap(), news[..2]);
    assert_eq!(ledger.news(before.plus_millis(DAY), 100).await.unwrap(), []);
    let six = ledger.clocks(application(ledger, 6).await).await.unwrap().remove(0);
    assert_eq!(six.clock.outcome, Some(Outcome::Rejected));
}
