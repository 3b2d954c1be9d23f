//! Changes of the rules at the portal: proposed by one administrator, decided by another, seen by those whose clocks move.

use crate::house::{
    House, Reply,
    people::{Account, account, department, late, sign_in, with},
};
use axum::{
    body::Body,
    http::{Request, StatusCode, header},
};
use mohor_domain::{
    change::Way,
    civil::end_of,
    ladder::Rung,
    people::{Place, Post},
    rules::DueSoon,
};
use mohor_ports::ledger::Step;

async fn signed(house: &House, login: &'static str, post: Post, bounds: Place) -> String {
    let account: Account = account(house, login, post, bounds).await;
    sign_in(house, &account).await
}

async fn post(house: &House, path: &str, cookie: &str, form: &str) -> Reply {
    let request = Request::post(path).header(header::COOKIE, cookie);
    let request = request.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    house.call(request.body(Body::from(form.to_owned())).expect("a request")).await
}

/// A holiday on the due day of what [`late`] makes: four weeks after 3 May 2026.
fn declared(day: &str, more: &str) -> String {
    format!(
        "change=holiday_declared&day={day}&name=Polling+%3Cb%3Eday&list=ni_act&district=COB&notified_on=2026-05-01&order=No.+1{more}"
    )
}

async fn walk(house: &House) {
    while house.ledger.recompute_step(Way::Settle, 10).await.expect("a step") != Step::Idle {}
}

#[tokio::test]
async fn one_proposes_another_approves_and_those_concerned_see_what_moved() {
    let house = House::new().await;
    late(&house, 1).await;
    let id = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    let day = house.ledger.clocks(id).await.expect("read").remove(0).promised.expect("promised");
    let asha = signed(&house, "asha", Post::Administrator, Place::default()).await;
    let binod = signed(&house, "binod", Post::Administrator, Place::default()).await;
    let landed = with(&house, "GET", "/office", &asha).await;
    assert_eq!((landed.status, landed.header("location")), (StatusCode::SEE_OTHER, "/office/rules?lang=en"));

    let proposed = post(&house, "/office/rules/propose", &asha, &declared(&day, "")).await;
    assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{}", proposed.text());
    let page = proposed.header("location").to_owned();
    let path = page.split('?').next().expect("a path").to_owned();
    let again = post(&house, "/office/rules/propose", &asha, &declared(&day, "")).await;
    assert_eq!(again.header("location"), page, "a form that is sent twice is one proposal");
    let own = with(&house, "GET", &page, &asha).await;
    assert!(own.text().contains("another administrator decides it") && !own.text().contains("id=\"decide\""));
    assert!(own.text().contains("Polling &#60;b&#62;day") && !own.text().contains("<b>day"));
    assert!(with(&house, "GET", "/office/rules", &binod).await.text().contains(&path));
    let alone = post(&house, &path, &asha, "decision=approve&reason=mine").await;
    assert_eq!(alone.status, StatusCode::CONFLICT);
    assert!(alone.text().contains("does not decide it"), "{}", alone.text());
    let silent = post(&house, &path, &binod, "decision=approve&reason=").await;
    assert_eq!(silent.status, StatusCode::UNPROCESSABLE_ENTITY, "without a reason");
    assert_eq!(post(&house, &path, &binod, "decision=perhaps&reason=x").await.status, StatusCode::UNPROCESSABLE_ENTITY);
    let approved = post(&house, &path, &binod, "decision=approve&reason=seen+the+order").await;
    assert_eq!((approved.status, approved.header("location")), (StatusCode::SEE_OTHER, page.as_str()));
    assert_eq!(post(&house, &path, &binod, "decision=reject&reason=x").await.status, StatusCode::CONFLICT);
    assert!(with(&house, "GET", &page, &binod).await.text().contains("have not been looked at yet"));
    assert!(with(&house, "GET", "/office/rules", &asha).await.text().contains("being carried into open clocks"));
    walk(&house).await;
    let done = with(&house, "GET", &page, &binod).await;
    for words in ["Looked at: 1", "moved: 1", "BCW/1", "seen the order", "asha ·", "binod ·"] {
        assert!(done.text().contains(words), "{words}: {}", done.text());
    }
    assert!(!done.text().contains("/office/application/"), "an administrator sees no application");

    // Those who watch clocks: within their bounds, with the reason; from the board, and on the record.
    let own = signed(&house, "own", Post::Supervisor, department("BCW")).await;
    let other = signed(&house, "other", Post::Supervisor, department("LRR")).await;
    assert!(with(&house, "GET", "/office", &own).await.text().contains("/office/moved"));
    let mine = with(&house, "GET", "/office/moved", &own).await;
    assert!(mine.text().contains("BCW/1") && mine.text().contains("Polling"), "{}", mine.text());
    let theirs = with(&house, "GET", "/office/moved", &other).await;
    assert!(!theirs.text().contains("BCW/1") && theirs.text().contains("within your charge"));
    let record = with(&house, "GET", &format!("/office/application/{id}"), &own).await;
    assert!(record.text().contains("moved from") && record.text().contains("Polling"), "{}", record.text());
    let bengali = with(&house, "GET", "/office/moved?lang=bn", &own).await;
    assert!(bengali.text().contains("ছুটি ঘোষণা"));
    for (path, status) in [
        ("/office/moved?change=99", StatusCode::NOT_FOUND),
        ("/office/moved?change=x", StatusCode::UNPROCESSABLE_ENTITY),
        ("/office/moved?after=x", StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        assert_eq!(with(&house, "GET", path, &own).await.status, status, "{path}");
    }
    let acts = house.ledger.acts("change-1").await.expect("read");
    let acts: Vec<_> = acts.iter().map(|(_, act)| (act.actor.as_str(), act.act.as_str())).collect();
    assert_eq!(acts, [("person:asha", "change.propose"), ("person:binod", "change.approve")]);
}

#[tokio::test]
async fn who_may_not_finds_nothing_and_an_auditor_reads() {
    let house = House::new().await;
    let admin = signed(&house, "admin", Post::Administrator, Place::default()).await;
    assert_eq!(
        post(&house, "/office/rules/propose", &admin, &declared("2026-11-25", "")).await.status,
        StatusCode::SEE_OTHER
    );
    let pages = [
        "/office/rules",
        "/office/rules/calendar?year=2026",
        "/office/rules/limits?department=BCW",
        "/office/rules/change/1",
    ];
    let officer = Place { office: Some("SDO-1".into()), ..department("BCW") };
    for (login, post_, bounds) in [
        ("supervisor", Post::Supervisor, Place::default()),
        ("officer", Post::DesignatedOfficer, officer),
        ("integrator", Post::Integrator, department("BCW")),
        ("operator", Post::BskOperator, Place { bsk: Some("24101".into()), ..Place::default() }),
    ] {
        let cookie = signed(&house, login, post_, bounds).await;
        for path in pages {
            assert_eq!(with(&house, "GET", path, &cookie).await.status, StatusCode::NOT_FOUND, "{login} {path}");
        }
        let form = declared("2026-11-26", "");
        assert_eq!(post(&house, "/office/rules/propose", &cookie, &form).await.status, StatusCode::NOT_FOUND);
        let decided = post(&house, "/office/rules/change/1", &cookie, "decision=approve&reason=x").await;
        assert_eq!(decided.status, StatusCode::NOT_FOUND, "{login}");
    }
    let auditor = signed(&house, "auditor", Post::Auditor, Place::default()).await;
    assert!(with(&house, "GET", "/office", &auditor).await.text().contains("/office/rules"));
    for path in pages {
        let page = with(&house, "GET", path, &auditor).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert!(!page.text().contains("/office/rules/propose") && !page.text().contains("id=\"decide\""), "{path}");
    }
    let form = declared("2026-11-26", "");
    assert_eq!(post(&house, "/office/rules/propose", &auditor, &form).await.status, StatusCode::NOT_FOUND);
    let decided = post(&house, "/office/rules/change/1", &auditor, "decision=approve&reason=x").await;
    assert_eq!(decided.status, StatusCode::NOT_FOUND);
    assert!(house.get("/office/rules").await.header("location").starts_with("/sign-in"), "nobody is signed in");
    assert_eq!(house.ledger.changes(true, None, 9).await.expect("read").len(), 1);
}

#[tokio::test]
async fn each_form_becomes_its_change_and_what_is_wrong_is_named() {
    let house = House::new().await;
    let admin = signed(&house, "admin", Post::Administrator, Place::default()).await;
    let second = signed(&house, "second", Post::Administrator, Place::default()).await;
    let propose = async |form: &str| post(&house, "/office/rules/propose", &admin, form).await;
    let limit = "change=limit_notified&department=BCW&service=caste-certificate&clock=service&unit=weeks&amount=3\
                 &effective_from=2026-08-01&notification=No.+2&source=the+gazette";
    let practice = "change=practice_changed&department=BCW&count_from=same_day&defect_memo=runs_on&rectify_days=10\
                    &appeal_on_rejection=yes&effective_from=2026-08-01&order=No.+8";
    for form in [
        &declared("2026-11-25", ""),
        "change=year_settled&year=2028&settled=yes&order=the+orders",
        "change=policy_changed&saturday_works=yes&order=No.+3",
        "change=ladder_changed&due_soon_unit=percent&due_soon=25&appeal_after_days=2&review_after_days=20&office_opens=10:30&order=No.+4",
        practice,
        limit,
        &limit.replace("unit=weeks&amount=3", "unit=").replace("No.+2", "No.+5"),
        &limit.replace("unit=weeks&amount=3", "unit=same_day&amount="),
    ] {
        let reply = propose(form).await;
        assert_eq!(reply.status, StatusCode::SEE_OTHER, "{form}: {}", reply.text());
        let path = reply.header("location").split('?').next().expect("a path").to_owned();
        let approved = post(&house, &path, &second, "decision=approve&reason=good").await;
        assert_eq!(approved.status, StatusCode::SEE_OTHER, "{form}: {}", approved.text());
    }
    let withdrawn = "change=holiday_withdrawn&holiday=2026-11-25~ni_act~COB&withdrawn_on=2026-11-20&order=No.+6";
    assert_eq!(propose(withdrawn).await.status, StatusCode::SEE_OTHER);
    for (form, field) in [
        (declared("2026-11-31", ""), "day"),
        (declared("", ""), "day"),
        (declared("2026-11-25", ""), "day"),
        (declared("2026-11-29", ""), "day"),
        (declared("2026-11-26", "").replace("COB", "XXX"), "district"),
        (declared("2026-11-26", "").replace("ni_act", "x"), "list"),
        (declared("2026-11-26", "").replace("No.+1", "%E2%80%AE"), "order"),
        (declared("2026-11-26", "").replace("No.+1", &"9".repeat(301)), "order"),
        ("change=holiday_withdrawn&holiday=x&withdrawn_on=2026-11-20&order=No.+6".into(), "holiday"),
        (limit.replace("caste-certificate", "no-such"), "service"),
        (limit.replace("amount=3", "amount=-3"), "amount"),
        (limit.replace("clock=service", "clock=x"), "clock"),
        (practice.replace("BCW", "XXX"), "department"),
        (practice.replace("same_day", "x"), "count_from"),
        (practice.replace("runs_on", ""), "defect_memo"),
        (practice.replace("rectify_days=10", "rectify_days=367"), "rectify_days"),
        (practice.replace("2026-08-01", ""), "effective_from"),
        (practice.into(), "practice"),
        ("change=anything".into(), "change"),
        (String::new(), "change"),
    ] {
        let reply = propose(&form).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{form}");
        assert!(reply.text().contains(field), "{form}: {}", reply.text());
    }
    assert_eq!(propose(&format!("order={}", "x".repeat(20_000))).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    let cross = Request::post("/office/rules/propose").header(header::COOKIE, &admin);
    let cross = cross.header("sec-fetch-site", "cross-site").body(Body::from(declared("2026-11-26", "")));
    assert_eq!(house.call(cross.expect("a request")).await.status, StatusCode::BAD_REQUEST);

    let page = with(&house, "GET", "/office/rules?lang=en", &admin).await;
    let told = "a limit counts from the day itself; it runs on while a defect is mended";
    assert!(page.text().contains(told), "{}", page.text());

    // Nobody approves what has come to pass otherwise in the meantime.
    let twice = withdrawn.replace("No.+6", "No.+7");
    let stale = propose(&twice).await.header("location").split('?').next().expect("a path").to_owned();
    for (path, status) in
        [("/office/rules/change/9", StatusCode::SEE_OTHER), (stale.as_str(), StatusCode::UNPROCESSABLE_ENTITY)]
    {
        assert_eq!(post(&house, path, &second, "decision=approve&reason=good").await.status, status, "{path}");
    }
    let page = async |path: &str| with(&house, "GET", path, &admin).await.text().to_owned();
    let calendar = page("/office/rules/calendar?year=2026").await;
    assert!(calendar.contains("<del>Polling") && calendar.contains("is whole"), "{calendar}");
    let unsettled = page("/office/rules/calendar?year=2031").await;
    assert!(unsettled.contains("provisional") && unsettled.contains("No holiday of this year"), "{unsettled}");
    let limits = page("/office/rules/limits?department=BCW").await;
    for words in ["3 weeks", "4 weeks", "superseded", "in force", "the same day", "No. 5"] {
        assert!(limits.contains(words), "{words}: {limits}");
    }
    for (path, words) in [
        ("/office/rules?lang=bn", "শনিবার কর্মদিবস"),
        ("/office/rules/calendar?lang=bn", "পঞ্জিকা"),
        ("/office/rules/limits?department=BCW&lang=bn", "সপ্তাহ"),
        ("/office/rules/change/9?lang=bn", "ছুটি প্রত্যাহার"),
        ("/office/rules", "25%"),
    ] {
        assert!(page(path).await.contains(words), "{path}");
    }
    for path in [
        "/office/rules/calendar?year=x",
        "/office/rules/calendar?year=1",
        "/office/rules/limits?department=X",
        "/office/rules?before=x",
    ] {
        assert_eq!(with(&house, "GET", path, &admin).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    assert_eq!(with(&house, "GET", "/office/rules/change/99", &admin).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn due_soon_is_proposed_as_a_share_or_as_days_before_the_due_day() {
    let house = House::new().await;
    late(&house, 1).await;
    let id = house.ledger.application("BCW", "BCW/1").await.expect("read").expect("recorded").id;
    let asha = signed(&house, "asha", Post::Administrator, Place::default()).await;
    let binod = signed(&house, "binod", Post::Administrator, Place::default()).await;
    let form = |soon: &str| {
        format!("change=ladder_changed&{soon}&appeal_after_days=0&review_after_days=15&office_opens=10:00&order=No.+1")
    };
    let propose = async |soon: &str| post(&house, "/office/rules/propose", &asha, &form(soon)).await;
    let page = async |path: &str| with(&house, "GET", path, &binod).await.text().to_owned();
    let begins = page("/office/rules").await;
    assert!(begins.contains(r#"<td id="soon">20% of the limit left"#), "{begins}");
    assert!(begins.contains(r#"<option value="percent" selected>"#) && !begins.contains("<script"), "{begins}");
    for (soon, field, words) in [
        ("due_soon_unit=days&due_soon=0", "due_soon", "1 to 60 days before the due day"),
        ("due_soon_unit=days&due_soon=61", "due_soon", "1 to 60 days before the due day"),
        ("due_soon_unit=percent&due_soon=101", "due_soon", "0 to 100 hundredths"),
        ("due_soon_unit=days&due_soon=-1", "due_soon", "a whole number"),
        ("due_soon_unit=days&due_soon=", "due_soon", "a whole number"),
        ("due_soon_unit=weeks&due_soon=5", "due_soon_unit", "percent or days"),
        ("due_soon=5", "due_soon_unit", "percent or days"),
        ("due_soon_unit=percent&due_soon=20", "ladder", "has these windows already"),
    ] {
        let reply = propose(soon).await;
        assert_eq!(reply.status, StatusCode::UNPROCESSABLE_ENTITY, "{soon}");
        assert!(
            reply.text().contains(&format!("`{field}`")) && reply.text().contains(words),
            "{soon}: {}",
            reply.text()
        );
    }
    for (soon, en, bn, wanted) in [
        (
            "due_soon_unit=days&due_soon=10",
            "10 days before the due day",
            "শেষ দিনের 10 দিন আগে",
            DueSoon::DaysBefore(10),
        ),
        ("due_soon_unit=days&due_soon=1", "1 day before the due day", "শেষ দিনের 1 দিন আগে", DueSoon::DaysBefore(1)),
        ("due_soon_unit=percent&due_soon=10", "10% of the limit left", "10% সময় বাকি থাকতে", DueSoon::Share(10)),
    ] {
        let proposed = propose(soon).await;
        assert_eq!(proposed.status, StatusCode::SEE_OTHER, "{soon}: {}", proposed.text());
        let path = proposed.header("location").split('?').next().expect("a path").to_owned();
        assert!(page(&path).await.contains(en) && page(&format!("{path}?lang=bn")).await.contains(bn), "{soon}");
        let approved = post(&house, &path, &binod, "decision=approve&reason=good").await;
        assert_eq!(approved.status, StatusCode::SEE_OTHER, "{soon}: {}", approved.text());
        walk(&house).await;
        let now = page("/office/rules").await;
        assert!(now.contains(&format!(r#"<td id="soon">{en}"#)), "{now}");
        assert_eq!(now.contains(r#"<option value="days" selected>"#), soon.contains("days"), "{now}");
        assert_eq!(house.ledger.rules().await.expect("read").rules.ladder.due_soon, wanted);
        // The open clock has followed.
        let clock = house.ledger.clocks(id).await.expect("read").remove(0).clock;
        let fires = clock.rungs.iter().find(|(rung, _)| *rung == Rung::DueSoon).expect("four weeks are enough").1;
        let due = clock.due.expect("it runs").day;
        if let DueSoon::DaysBefore(days) = wanted {
            let first = due.checked_sub(jiff::Span::new().days(i64::from(days))).expect("a day");
            assert_eq!(fires, end_of(first.yesterday().expect("a day")));
        }
    }
}
