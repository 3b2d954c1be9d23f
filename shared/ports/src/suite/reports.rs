//! The ledger's promises about what reports are made of. Each function begins with an empty ledger.

use super::{
    clocks::{DAY, said},
    sample::*,
};
use crate::ledger::{Act, Handover, IssuedRow, Ledger, REPORT_PAGE, ReportOf};
use mohor_domain::{
    board::Selection,
    civil::Instant,
    clock::ClockKind,
    compliance::{Case, Compliance, Period, Spoken, Tally},
    event::{EventKind, InboundEvent},
    ground::Ground,
};
use serde_json::json;
use std::{collections::BTreeMap, sync::Arc};

/// A few numbers that look drawn, the same with each run.
struct Drawn(u64);

impl Drawn {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// What happens to application `n`, mixed: of three services and four offices, with pauses, stages, ends.
fn story(drawn: &mut Drawn, n: u64, now: Instant) -> Vec<InboundEvent> {
    let service = ["caste-certificate", "permit", "staged"][drawn.below(3) as usize];
    let start = now.plus_millis(-(drawn.below(200) as i64) * DAY - drawn.below(DAY as u64) as i64);
    let mut at = start;
    let mut later = |drawn: &mut Drawn| {
        at = at.plus_millis((1 + drawn.below(15 * DAY as u64)) as i64);
        at
    };
    let office = json!({"office": format!("SDO-{}", drawn.below(4))});
    let mut events = vec![said(EventKind::Submitted, n, start, office)];
    for _ in 0..drawn.below(5) {
        let at = later(drawn);
        let reason = json!({"en": format!("reason {}", drawn.below(3))});
        events.push(match drawn.below(8) {
            0 | 1 => said(EventKind::Deficient, n, at, json!({"reason": reason})),
            2 | 3 => said(EventKind::Resumed, n, at, json!({})),
            4 => said(EventKind::Started, n, at, json!({})),
            5 => said(EventKind::StageCompleted, n, at, json!({"stage": "forward"})),
            6 => said(EventKind::Transferred, n, at, json!({"office": "SDO-9"})),
            _ => said(EventKind::Rejected, n, at, json!({"reasons": [reason, {"en": "another"}]})),
        });
        if matches!(events.last().map(|it| it.kind), Some(EventKind::Rejected)) {
            break;
        }
    }
    let of_service = |event: InboundEvent| InboundEvent {
        service: (event.kind == EventKind::Submitted).then(|| service.to_owned()),
        ..event
    };
    events.into_iter().map(of_service).collect()
}

/// The figures of random histories, more than a page of them, are those of each application looked at by itself.
pub async fn a_report_counts_each_case_once<L: Ledger + ?Sized>(ledger: &L) {
    let now = ledger.now().await.unwrap();
    let drawn = &mut Drawn(11);
    let many = REPORT_PAGE as u64 + 150;
    for chunk in (1..=many).collect::<Vec<_>>().chunks(400) {
        let mut events = Vec::new();
        for n in chunk {
            // Most of them are short: what matters is that there are more than a page.
            let told = story(drawn, *n, now);
            events.extend(if n % 7 == 0 || *n < 200 { told } else { told.into_iter().take(1).collect() });
        }
        send(ledger, events).await;
    }
    for n in many + 1..=many + 4 {
        let submitted_at = now.plus_millis(-40 * DAY);
        let approved = said(EventKind::Approved, n, now, json!({"submitted_at": submitted_at, "office": "SDO-1"}));
        let (_, found) = send(ledger, vec![approved]).await;
        let uin = mint_for(ledger, found[0], n).await;
        issue(ledger, uin).await;
        ledger.commit_notified(&[uin]).await.unwrap();
    }
    // Another department's are none of this one's.
    let other = said(EventKind::Submitted, many + 9, now.plus_millis(-30 * DAY), json!({}));
    let (department, source) = ("LRR".into(), "/departments/LRR/workflow".into());
    send(ledger, vec![InboundEvent { department, source, ..other }]).await;
    let cases = cases(ledger, many + 4).await;
    assert_eq!(cases.len() as u64, many + 4);
    // What was sent came after the beginning.
    let now = ledger.now().await.unwrap();
    let day = |n: i64| now.plus_millis(n * DAY).day();
    let of = |office: Option<&str>, service: Option<&str>| Selection {
        department: Some(DEPARTMENT.into()),
        office: office.map(str::to_owned),
        service: service.map(str::to_owned),
        ..Selection::default()
    };
    for (of, from, until) in [
        (of(None, None), -300, 0),
        (of(None, None), -90, -60),
        (of(None, None), -30, 30),
        (of(Some("SDO-9"), None), -120, -20),
        (of(None, Some("staged")), -150, 0),
        (of(Some("nowhere"), None), -300, 0),
        (Selection { district: Some("COB".into()), ..of(None, None) }, 0, 0),
        (Selection { district: Some("KOL".into()), ..of(None, None) }, -300, 0),
    ] {
        let period = Period::new(day(from), day(until)).unwrap();
        let report = ReportOf { department: DEPARTMENT.into(), of: of.clone(), period };
        let rules = reference().rules;
        let found = ledger.compliance(&report, Arc::new(rules.clone())).await.unwrap();
        let mut tally = Tally::new(period, now);
        let selected = |case: &&(Case, Option<String>)| {
            let met = |asked: &Option<String>, has: &str| asked.as_deref().is_none_or(|asked| asked == has);
            met(&of.service, &case.0.service)
                && met(&of.office, &case.0.office)
                && of.district.as_deref().is_none_or(|asked| case.1.as_deref() == Some(asked))
        };
        cases.iter().filter(selected).for_each(|(case, _)| tally.add(case, &rules));
        let wanted = tally.finish();
        // Time has gone on a little between the two.
        assert_eq!(Compliance { as_of: wanted.as_of, ..found }, wanted, "{of:?} {from} {until}");
    }
    let nobody = ReportOf {
        department: "ZZZ".into(),
        of: Selection::default(),
        period: Period::new(day(-300), day(0)).unwrap(),
    };
    let empty = ledger.compliance(&nobody, Arc::new(reference().rules)).await.unwrap();
    assert_eq!((empty.total, empty.services), Default::default());
}

/// By service, in the period alone.
pub async fn a_return_counts_what_is_ready_and_what_is_handed_over<L: Ledger + ?Sized>(ledger: &L) {
    let mut uins = Vec::new();
    for n in 1..=4 {
        let uin = mint(ledger, n).await;
        issue(ledger, uin).await;
        uins.push(uin);
    }
    ledger.commit_notified(&uins[..3]).await.unwrap();
    let over = Handover { uin: uins[0], bsk: BSK.into(), ground: Ground::Unstated, reference: None };
    let act = Act {
        actor: "person:operator".into(),
        act: "certificate.deliver".into(),
        subject: uins[0].to_string(),
        detail: String::new(),
    };
    ledger.hand_over(over, act).await.unwrap();
    let today = ledger.now().await.unwrap().day();
    let near = Period::new(today.yesterday().unwrap(), today.tomorrow().unwrap()).unwrap();
    let wanted = IssuedRow { service: "caste-certificate".into(), ready: 3, delivered: 1 };
    assert_eq!(ledger.issued(DEPARTMENT, near).await.unwrap(), [wanted]);
    let before = today.checked_sub(jiff::Span::new().days(40)).unwrap();
    let long_ago = Period::new(before, before).unwrap();
    assert_eq!(ledger.issued(DEPARTMENT, long_ago).await.unwrap(), []);
    assert_eq!(ledger.issued("LRR", near).await.unwrap(), []);
}

/// Each application by itself.
async fn cases<L: Ledger + ?Sized>(ledger: &L, many: u64) -> Vec<(Case, Option<String>)> {
    let mut cases = BTreeMap::new();
    for n in 1..=many {
        let application = ledger.application(DEPARTMENT, &format!("BCW/{n}")).await.unwrap().expect("recorded");
        let known_at = application.events.iter().map(|(_, _, received)| *received).min().expect("an event");
        let submitted =
            |(word, at, _): &(String, Instant, Instant)| (word == EventKind::Submitted.as_str()).then_some(*at);
        let known_at = application.events.iter().find_map(submitted).unwrap_or(known_at);
        let records = ledger.clocks(application.id).await.unwrap();
        let record = ledger.full_record(application.id).await.unwrap().expect("recorded");
        let (service, office) = (records[0].service.clone(), records[0].office.clone());
        let spoken = record.events.iter().filter(|it| matches!(it.kind, EventKind::Deficient | EventKind::Rejected));
        let case = Case {
            department: "LRR".into(),
            service: service.unwrap_or_default(),
            office: office.unwrap_or_default(),
            district: records[0].district.clone(),
            known_at,
            clocks: records.into_iter().map(|it| it.clock).filter(|it| it.kind <= ClockKind::Stage).collect(),
            spoken: spoken.map(|it| Spoken::read(it.kind, it.at, &it.data)).collect(),
        };
        cases.insert(application.id, (case, record.found.place.district));
    }
    cases.into_values().collect()
}
