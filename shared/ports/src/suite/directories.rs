//! The ledger's promises about directories. Each function begins with an empty ledger.

use super::{
    clocks::{DAY, application, fire_all, said},
    mails::{add, office},
    sample::*,
};
use crate::ledger::{Act, Days, Ledger, Loaded, Mailing, Sent, day_of, number_of};
use mohor_domain::{
    board::{By, Part, Selection},
    catalogue::Name,
    civil::Instant,
    clock::ClockKind,
    directory::{Charge, Directory, Office, Officer, Wish},
    event::EventKind,
    ladder::Rung,
    people::{Post, Reach},
    refusal::Code,
};
use serde_json::{Value, json};

pub(super) fn act(word: &str) -> Act {
    let (actor, subject) = ("operator:local".into(), DEPARTMENT.into());
    Act { actor, act: word.into(), subject, detail: String::new() }
}

/// Somebody is in charge from a day on, counted from 2024, until another.
pub(super) type Held = (&'static str, &'static str, Post, i64, Option<i64>);

fn day(days: i64) -> Instant {
    Instant::parse("2024-01-01T00:00:00+05:30").unwrap().plus_millis(days * DAY)
}

/// Three offices, whose appeals go to the district's, and officers whose logins are their ids.
pub(super) fn directory(version: u32, held: &[Held]) -> Directory {
    let office = |code: &str| Office {
        code: code.into(),
        name: Name { en: format!("Office {code}"), bn: format!("কার্যালয় {code}") },
        districts: vec!["COB".into()],
        appellate_office: (code != "DM").then(|| "DM".into()),
        reviewing_office: None,
        until: None,
    };
    let officer = |id: &str| Officer {
        officer_id: id.into(),
        name: format!("Name of {id}"),
        designation: "Officer".into(),
        login: Some(format!("login-{id}")),
    };
    let charge = |(officer, office, post, from, until): &Held| Charge {
        officer: (*officer).into(),
        office: (*office).into(),
        post: *post,
        from: day(*from),
        until: until.map(day),
        services: vec![],
        additional: false,
    };
    let offices = ["DM", "SDO-1", "SDO-2"].map(office).into();
    let officers = ["anita", "binod", "dm"].map(officer).into();
    Directory::new(DEPARTMENT.into(), version, offices, officers, held.iter().map(charge).collect())
}

async fn load<L: Ledger + ?Sized>(ledger: &L, version: u32, held: &[Held]) -> Loaded {
    ledger.load_directory(directory(version, held), act("directory.load"), false).await.unwrap().0
}

/// The same file again is nothing new, an older or another one of that number is not taken, and what was loaded stays.
pub async fn a_directory_is_loaded_once_whole_and_kept<L: Ledger + ?Sized>(ledger: &L) {
    assert!(ledger.directory(DEPARTMENT).await.unwrap().is_none());
    let first: &[Held] = &[("anita", "SDO-1", Post::DesignatedOfficer, 0, None)];
    let (dry, would) = ledger.load_directory(directory(2, first), act("directory.load"), true).await.unwrap();
    assert_eq!((dry, would.charges.len()), (Loaded::New, 1));
    assert!(ledger.directory(DEPARTMENT).await.unwrap().is_none(), "nothing was written");
    assert_eq!(load(ledger, 2, first).await, Loaded::New);
    assert_eq!(load(ledger, 2, first).await, Loaded::Same);
    assert_eq!(load(ledger, 2, &[]).await, Loaded::Behind(2), "another file of the same number");
    assert_eq!(load(ledger, 1, first).await, Loaded::Behind(2));
    let now = ledger.now().await.unwrap();
    assert_eq!(load(ledger, 3, &[("binod", "SDO-2", Post::DesignatedOfficer, 0, None)]).await, Loaded::New);
    assert_eq!(load(ledger, 2, first).await, Loaded::Behind(3), "a version before is not loaded again");
    let found = ledger.directory(DEPARTMENT).await.unwrap().expect("loaded");
    assert_eq!(found.version, 3);
    let anita = found.charges_of("SDO-1").first().expect("kept");
    assert!(anita.until.is_some_and(|until| until >= now), "what a file leaves out ends with it: {anita:?}");
    let until = anita.until.expect("ended");
    assert!(found.in_charge("SDO-1", Post::DesignatedOfficer, None, until.plus_millis(-1)).next().is_some());
    assert!(found.in_charge("SDO-1", Post::DesignatedOfficer, None, until).next().is_none());
    let loads = ledger.loads(DEPARTMENT).await.unwrap();
    assert_eq!(loads.iter().map(|load| load.version).collect::<Vec<_>>(), [3, 2]);
    assert_eq!(loads[0].actor, "operator:local");
    assert!(ledger.directory("LRR").await.unwrap().is_none() && ledger.loads("LRR").await.unwrap().is_empty());
    assert_eq!(ledger.wish(DEPARTMENT).await.unwrap(), Wish::default());
    let wish = Wish { offices: true, officers: false };
    ledger.set_wish(DEPARTMENT, wish, act("directory.require")).await.unwrap();
    assert_eq!(ledger.wish(DEPARTMENT).await.unwrap(), wish);
    let lines: Vec<String> = ledger.acts(DEPARTMENT).await.unwrap().into_iter().map(|(_, act)| act.act).collect();
    assert_eq!(lines, ["directory.load", "directory.load", "directory.require"], "a line for each that was done");
}

fn by(officer: &str, more: Value) -> Value {
    let mut data = json!({"officer": {"name": "N", "designation": "D", "officer_id": officer}});
    data.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
    data
}

/// Once it wishes so and its directory is loaded; what came before is not judged, and a repetition is one.
pub async fn a_department_has_unknown_offices_and_officers_refused<L: Ledger + ?Sized>(ledger: &L) {
    let at = |days| day(days).plus_millis(DAY / 2);
    let submitted = |n, office: &str| said(EventKind::Submitted, n, at(10), json!({"office": office}));
    let both = Wish { offices: true, officers: true };
    ledger.set_wish(DEPARTMENT, both, act("directory.require")).await.unwrap();
    let accepted = async |event| code(&send(ledger, vec![event]).await.0[0]);
    assert_eq!(accepted(submitted(1, "SDO-9")).await, None, "a wish without a directory refuses nothing");
    load(
        ledger,
        1,
        &[
            ("anita", "SDO-1", Post::DesignatedOfficer, 0, Some(20)),
            ("binod", "SDO-1", Post::DesignatedOfficer, 20, None),
            ("dm", "DM", Post::AppellateOfficer, 0, None),
        ],
    )
    .await;
    assert_eq!(accepted(submitted(1, "SDO-9")).await, None, "a repetition is one");
    let refused = submitted(2, "SDO-9");
    assert_eq!(accepted(refused.clone()).await, Some(Code::UnknownOffice));
    let previewed = ledger.preview(vec![valid(refused)]).await.unwrap();
    assert_eq!(code(&previewed[0]), Some(Code::UnknownOffice), "answered alike where nothing is recorded");
    assert_eq!(accepted(submitted(2, "SDO-1")).await, None, "the number was not used up");
    let deficient = |n, days, officer| said(EventKind::Deficient, n, at(days), by(officer, json!({})));
    for (event, wanted) in [
        (deficient(2, 12, "nobody"), Some(Code::OfficerNotInCharge)),
        (deficient(2, 12, "binod"), Some(Code::OfficerNotInCharge)),
        (deficient(2, 21, "anita"), Some(Code::OfficerNotInCharge)),
        (deficient(2, 12, "anita"), None),
        (deficient(2, 21, "binod"), None),
        (
            said(EventKind::AppealDecided, 2, at(30), by("binod", json!({"appeal_no": "A"}))),
            Some(Code::OfficerNotInCharge),
        ),
        (said(EventKind::AppealDecided, 2, at(30), by("dm", json!({"appeal_no": "A"}))), None),
        // Where the directory does not know the office, whoever holds the post anywhere.
        (deficient(1, 12, "anita"), None),
        (deficient(1, 13, "dm"), Some(Code::OfficerNotInCharge)),
        (said(EventKind::Transferred, 2, at(22), by("binod", json!({"office": "SDO-9"}))), Some(Code::UnknownOffice)),
    ] {
        let answer = send(ledger, vec![event.clone()]).await.0.remove(0);
        assert_eq!(code(&answer), wanted, "{event:?}");
        if let mohor_domain::event::Answer::Refused { refusal, .. } = &answer {
            let pointer = if wanted == Some(Code::UnknownOffice) { "/data/office" } else { "/data/officer" };
            assert_eq!(refusal.pointer, pointer);
        }
    }
    ledger.set_wish(DEPARTMENT, Wish::default(), act("directory.require")).await.unwrap();
    assert_eq!(accepted(submitted(3, "SDO-9")).await, None, "nothing is refused that nobody wants refused");
}

/// Also where a transfer is in the same batch, or is reported late.
pub async fn an_officer_is_judged_by_the_office_that_had_the_application_then<L: Ledger + ?Sized>(ledger: &L) {
    let at = |days| day(days).plus_millis(DAY / 2);
    ledger.set_wish(DEPARTMENT, Wish { offices: true, officers: true }, act("directory.require")).await.unwrap();
    load(
        ledger,
        1,
        &[("anita", "SDO-1", Post::DesignatedOfficer, 0, None), ("binod", "SDO-2", Post::DesignatedOfficer, 0, None)],
    )
    .await;
    let deficient = |days, officer| said(EventKind::Deficient, 1, at(days), by(officer, json!({})));
    let moved = |officer| said(EventKind::Transferred, 1, at(12), by(officer, json!({"office": "SDO-2"})));
    let batch = vec![
        said(EventKind::Submitted, 1, at(10), json!({"office": "SDO-1"})),
        moved("binod"),
        moved("anita"),
        deficient(13, "anita"),
        deficient(13, "binod"),
        deficient(11, "binod"),
        deficient(11, "anita"),
    ];
    let codes: Vec<Option<Code>> = send(ledger, batch).await.0.iter().map(code).collect();
    let out = Some(Code::OfficerNotInCharge);
    assert_eq!(codes, [None, out, None, out, None, out, None]);
    let resumed = |officer| said(EventKind::Resumed, 1, at(14), by(officer, json!({})));
    assert_eq!(code(&send(ledger, vec![resumed("anita")]).await.0[0]), out);
    assert_eq!(code(&send(ledger, vec![resumed("binod")]).await.0[0]), None);
    let approved = |officer: &str| {
        let approved_by = by(officer, json!({}))["officer"].clone();
        said(EventKind::Approved, 2, at(15), json!({"office": "SDO-1", "approved_by": approved_by}))
    };
    let answer = send(ledger, vec![approved("binod")]).await.0.remove(0);
    assert!(
        matches!(&answer, mohor_domain::event::Answer::Refused { refusal, .. } if refusal.pointer == "/data/approved_by"),
        "{answer:?}"
    );
    assert_eq!(code(&send(ledger, vec![approved("anita")]).await.0[0]), None);
}

async fn late<L: Ledger + ?Sized>(ledger: &L, n: u64, office: &str) {
    let at = ledger.now().await.unwrap().plus_millis(-90 * DAY);
    send(ledger, vec![said(EventKind::Submitted, n, at, json!({"office": office}))]).await;
    fire_all(ledger).await;
}

async fn told<L: Ledger + ?Sized>(ledger: &L) -> Vec<(String, Vec<String>)> {
    let mailings = ledger.take_mailings(50).await.unwrap();
    let line = |it: &Mailing| (it.login.clone(), it.lines.iter().map(|line| line.application_no.clone()).collect());
    let mut told: Vec<_> = mailings.iter().map(line).collect();
    for mailing in &mailings {
        ledger.settle_mailing(mailing.id, Sent::Taken, "").await.unwrap();
    }
    told.sort();
    told
}

fn since(now: Instant, days: i64) -> i64 {
    (now.millis() - day(0).millis()) / DAY - days
}

/// Found by charge and login; an account that the directory does not name is told as it always was.
pub async fn those_in_charge_are_told_and_who_handed_over_is_not<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let mail = |login: &str| Some(format!("{login}@example.in"));
    for (login, post, code) in [
        ("login-anita", Post::DesignatedOfficer, "SDO-1"),
        // His account is that of another office.
        ("login-binod", Post::DesignatedOfficer, "SDO-2"),
        ("clerk", Post::DesignatedOfficer, "SDO-1"),
        ("elsewhere", Post::DesignatedOfficer, "SDO-2"),
    ] {
        add(ledger, login, post, office("BCW", code), mail(login).as_deref()).await;
    }
    add(ledger, "state", Post::Supervisor, Default::default(), Some("state@example.in")).await;
    load(
        ledger,
        1,
        &[
            ("anita", "SDO-1", Post::DesignatedOfficer, 0, Some(since(now, 5))),
            ("binod", "SDO-1", Post::DesignatedOfficer, since(now, 5), None),
        ],
    )
    .await;
    late(ledger, 1, "SDO-1").await;
    let one = || vec!["BCW/1".to_owned()];
    let wanted = ["clerk", "login-binod", "state"].map(|login| (login.to_owned(), one()));
    assert_eq!(told(ledger).await, wanted);
    // Nobody of another department is told by a login that a directory names.
    add(ledger, "login-dm", Post::DesignatedOfficer, office("LRR", "SDO-2"), Some("dm@example.in")).await;
    load(ledger, 2, &[("dm", "SDO-2", Post::DesignatedOfficer, 0, None)]).await;
    late(ledger, 2, "SDO-2").await;
    let logins: Vec<String> = told(ledger).await.into_iter().map(|(login, _)| login).collect();
    assert_eq!(logins, ["elsewhere", "state"]);
}

/// A figure, a row of the application, and another look; it is let go when the clock stops.
pub async fn what_nobody_could_be_told_of_is_seen_and_told_later<L: Ledger + ?Sized>(ledger: &L) {
    late(ledger, 1, "SDO-1").await;
    assert_eq!(ledger.mail_census().await.unwrap().untold, 0, "without a directory nobody is missed");
    load(ledger, 1, &[("anita", "SDO-1", Post::DesignatedOfficer, 0, None)]).await;
    late(ledger, 2, "SDO-1").await;
    late(ledger, 3, "SDO-1").await;
    let id = application(ledger, 2).await;
    let untold = ledger.untold(id).await.unwrap();
    let mut seen: Vec<_> = untold.iter().map(|it| (it.kind, it.rung, it.post)).collect();
    seen.sort();
    let row = |rung, post| (ClockKind::Service, rung, post);
    let wanted = [
        row(Rung::DueSoon, Post::DesignatedOfficer),
        row(Rung::DueToday, Post::DesignatedOfficer),
        row(Rung::Breached, Post::DesignatedOfficer),
        row(Rung::AppealOpen, Post::AppellateOfficer),
        row(Rung::ReviewingOfficer, Post::ReviewingOfficer),
    ];
    assert_eq!(seen, wanted);
    let untold = async |of: Selection| ledger.nobody_told(&of).await.unwrap();
    assert_eq!((untold(Selection::default()).await, ledger.mail_census().await.unwrap().untold), (10, 10));
    let elsewhere = Selection { offices: Some(vec!["SDO-2".into()]), ..Selection::default() };
    assert_eq!(untold(elsewhere).await, 0);
    // One is over before anybody is found.
    let now = ledger.now().await.unwrap();
    send(ledger, vec![said(EventKind::Rejected, 3, now, json!({}))]).await;
    add(ledger, "login-anita", Post::DesignatedOfficer, office("BCW", "SDO-1"), Some("anita@example.in")).await;
    assert_eq!(ledger.tell_again(100).await.unwrap(), 3);
    let left: Vec<Post> = ledger.untold(id).await.unwrap().iter().map(|it| it.post).collect();
    assert_eq!(left, [Post::AppellateOfficer, Post::ReviewingOfficer]);
    assert_eq!(ledger.mail_census().await.unwrap().untold, 2, "what is over is let go");
    assert_eq!(told(ledger).await, [("login-anita".to_owned(), vec!["BCW/2".to_owned()])], "the breach, at once");
    assert_eq!(ledger.tell_again(100).await.unwrap(), 0, "it is looked again after a while");
}

/// By the directory, and of other clocks what is late; nothing of an office that is not before him.
pub async fn an_appellate_officer_sees_the_appeals_of_the_offices_before_him<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    load(ledger, 1, &[]).await;
    for (n, office, days) in [(1, "SDO-1", 90), (2, "SDO-1", 1), (3, "SDO-2", 1), (4, "ELSEWHERE", 90), (5, "DM", 1)] {
        let at = now.plus_millis(-days * DAY);
        send(ledger, vec![said(EventKind::Submitted, n, at, json!({"office": office}))]).await;
    }
    for n in [2, 3, 4] {
        let filed = said(EventKind::AppealFiled, n, now.plus_millis(-DAY / 2), json!({"appeal_no": format!("A-{n}")}));
        send(ledger, vec![filed]).await;
    }
    let directory = ledger.directory(DEPARTMENT).await.unwrap().expect("loaded");
    let reach = |post| Reach::of(post, &office("BCW", "DM"), "somebody", Some(&directory), now);
    let appellate = reach(Post::AppellateOfficer);
    assert_eq!(appellate.offices.as_deref(), Some(&["DM", "SDO-1", "SDO-2"].map(String::from)[..]));
    let of = Selection::default().within(&appellate).expect("his own");
    // Thirty days of an appeal are not over, and what is due of it lies within sixty.
    let soon = day_of(number_of(now.day()) + 60).unwrap();
    let days = Days { today: now.day(), soon };
    let list = async |of: &Selection, part| -> Vec<(String, ClockKind)> {
        let found = ledger.listed(of, part, days, None, 50).await.unwrap();
        let mut found: Vec<_> = found.into_iter().map(|it| (it.application_no, it.record.clock.kind)).collect();
        found.sort();
        found
    };
    let row = |n: u64, kind| (format!("BCW/{n}"), kind);
    assert_eq!(list(&of, Part::Late).await, [row(1, ClockKind::Service)]);
    assert_eq!(list(&of, Part::Soon).await, [row(2, ClockKind::Appeal), row(3, ClockKind::Appeal)]);
    let sums = ledger.figures(&of, By::Department, days).await.unwrap();
    assert_eq!((sums[0].late, sums[0].soon), (1, 2));
    // The Reviewing Officer of that office is that of its own applications.
    let own = Selection::default().within(&reach(Post::ReviewingOfficer)).expect("his own");
    assert_eq!(own.offices.as_deref(), Some(&["DM".to_owned()][..]));
    assert_eq!(list(&own, Part::Soon).await, []);
    let designated = Selection::default().within(&reach(Post::DesignatedOfficer)).expect("his own");
    assert_eq!(list(&designated, Part::Soon).await, [row(5, ClockKind::Service)]);
}
