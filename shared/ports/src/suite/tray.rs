//! The ledger's promises about what lies at a centre. Each function begins with an empty ledger.

use super::{
    counter::{both, over, ready},
    sample::*,
};
use crate::ledger::{Act, HandedOver, Ledger, Printing, Sought, TrayRow};
use mohor_domain::{
    certificate::Standing,
    event::InboundEvent,
    tray::{PrintKind, TrayState},
    uin::Uin,
};
use serde_json::json;

/// The line of a print by this operator.
pub(super) fn act(uin: Uin, by: &str) -> Act {
    Act {
        actor: format!("person:{by}"),
        act: "certificate.print".into(),
        subject: uin.to_string(),
        detail: format!("at {BSK}"),
    }
}

async fn give_out<L: Ledger + ?Sized>(ledger: &L, uin: Uin, kind: PrintKind, by: &str) -> Printing {
    ledger.record_print(uin, BSK, kind, act(uin, by)).await.unwrap()
}

async fn print<L: Ledger + ?Sized>(ledger: &L, uin: Uin, by: &str) -> u32 {
    match give_out(ledger, uin, PrintKind::Printed, by).await {
        Printing::New(print) => print.n,
        other => panic!("not printed: {other:?}"),
    }
}

async fn numbers<L: Ledger + ?Sized>(ledger: &L, state: TrayState, before: Option<i64>, most: u32) -> Vec<i64> {
    let rows = ledger.tray(BSK, state, before, most).await.unwrap();
    assert!(rows.iter().all(|row| row.state == state), "{rows:?}");
    rows.iter().map(|row| row.number).collect()
}

async fn one<L: Ledger + ?Sized>(ledger: &L, number: i64) -> TrayRow {
    ledger.tray_row(BSK, number).await.unwrap().expect("it lies there")
}

/// By the number of the notice, so that what arrives meanwhile moves no page.
pub async fn a_tray_is_read_page_by_page_by_where_each_stands<L: Ledger + ?Sized>(ledger: &L) {
    assert_eq!(numbers(ledger, TrayState::Ready, None, 10).await, [] as [i64; 0]);
    let mut uins = Vec::new();
    for n in 1..=5 {
        uins.push(ready(ledger, n).await);
    }
    assert_eq!(numbers(ledger, TrayState::Ready, None, 2).await, [5, 4]);
    uins.push(ready(ledger, 6).await);
    assert_eq!(numbers(ledger, TrayState::Ready, Some(4), 2).await, [3, 2]);
    assert_eq!(numbers(ledger, TrayState::Ready, Some(2), 2).await, [1]);
    assert_eq!(numbers(ledger, TrayState::Ready, Some(1), 2).await, [] as [i64; 0]);

    // Looking moves nothing; printing does, and handing over whatever was before.
    give_out(ledger, uins[0], PrintKind::Opened, "rekha").await;
    print(ledger, uins[1], "rekha").await;
    print(ledger, uins[2], "rekha").await;
    for uin in [uins[2], uins[3]] {
        let (over, act) = over(uin, "anita");
        assert!(matches!(ledger.hand_over(over, act).await.unwrap(), HandedOver::New(_)));
    }
    assert_eq!(numbers(ledger, TrayState::Ready, None, 10).await, [6, 5, 1]);
    assert_eq!(numbers(ledger, TrayState::Printed, None, 10).await, [2]);
    assert_eq!(numbers(ledger, TrayState::HandedOver, None, 10).await, [4, 3]);
    // Printed once more: it stays handed over.
    print(ledger, uins[3], "rekha").await;
    assert_eq!(numbers(ledger, TrayState::HandedOver, None, 10).await, [4, 3]);
    let row = one(ledger, 3).await;
    assert_eq!((row.uin, row.docket_no.as_deref(), row.application_no.as_str()), (uins[2], Some("D3"), "BCW/3"));
    assert_eq!((row.printed, row.standing, row.service.as_deref()), (1, Standing::Live, Some("caste-certificate")));
    assert_eq!(row.handed.map(|handed| handed.actor), Some("person:anita".to_owned()));
    assert!(row.ready_at.is_some() && row.sha256.as_deref() == Some(sha256(uins[2]).as_str()));
    for state in TrayState::ALL {
        assert_eq!(ledger.tray("24102", *state, None, 10).await.unwrap(), [], "another centre's");
    }
    assert_eq!(ledger.tray_row("24102", 3).await.unwrap(), None);
    assert_eq!(ledger.tray_row(BSK, 7).await.unwrap(), None);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// With who, where and when, and a line of the audit; openings and prints are counted apart.
pub async fn each_time_a_document_is_given_out_is_a_row<L: Ledger + ?Sized>(ledger: &L) {
    let uin = ready(ledger, 1).await;
    let row = one(ledger, 1).await;
    assert_eq!((row.printed, row.first, row.state), (0, None, TrayState::Ready));
    give_out(ledger, uin, PrintKind::Opened, "rekha").await;
    assert_eq!(one(ledger, 1).await.printed, 0, "it was looked at");
    assert_eq!((print(ledger, uin, "rekha").await, print(ledger, uin, "anita").await), (1, 2));
    let row = one(ledger, 1).await;
    let first = row.first.expect("printed");
    assert_eq!((row.printed, row.uin), (2, uin), "a reprint has the same number");
    assert_eq!((first.who.as_str(), first.bsk.as_str(), first.n), ("person:rekha", BSK, 1));
    let prints = ledger.prints(uin, 10).await.unwrap();
    let mut seen: Vec<_> = prints.iter().map(|it| (it.kind, it.n, it.who.as_str())).collect();
    seen.sort_unstable();
    let wanted = [
        (PrintKind::Opened, 1, "person:rekha"),
        (PrintKind::Printed, 1, "person:rekha"),
        (PrintKind::Printed, 2, "person:anita"),
    ];
    assert_eq!(seen, wanted);
    assert!(prints.iter().all(|it| it.at.millis() > 0 && it.bsk == BSK));
    assert_eq!(ledger.prints(uin, 2).await.unwrap().len(), 2);
    let acts = ledger.acts(uin.as_str()).await.unwrap();
    assert_eq!(acts.len(), 3, "each with its line: {acts:?}");
    // Another centre's, and what nobody knows, are one answer, and leave nothing.
    for (uin, bsk) in [(uin, "24102"), (super::sample::uin(DEPARTMENT, 99), BSK)] {
        let outcome = ledger.record_print(uin, bsk, PrintKind::Printed, act(uin, "rekha")).await.unwrap();
        assert_eq!(outcome, Printing::Unknown);
    }
    assert_eq!(ledger.acts(uin.as_str()).await.unwrap().len(), 3);
}

/// None is lost, and none has the other's number.
pub async fn of_two_prints_at_once_both_are_counted<L: Ledger + ?Sized>(ledger: &L) {
    let uin = ready(ledger, 1).await;
    for round in 0..5 {
        let (one, other) = both(print(ledger, uin, "rekha"), print(ledger, uin, "anita")).await;
        assert_eq!((one.min(other), one.max(other)), (2 * round + 1, 2 * round + 2));
    }
    assert_eq!(one(ledger, 1).await.printed, 10);
}

/// Neither printed nor opened; nothing is recorded.
pub async fn what_is_not_live_is_not_printed<L: Ledger + ?Sized>(ledger: &L) {
    let old = ready(ledger, 1).await;
    let correction = InboundEvent { supersedes: Some(old), ..approval(2) };
    let id = send(ledger, vec![correction]).await.1.remove(0);
    let new = mint_for(ledger, id, 2).await;
    assert_eq!(give_out(ledger, new, PrintKind::Printed, "rekha").await, Printing::Unknown, "it is not ready");
    issue(ledger, new).await;
    for kind in PrintKind::ALL {
        assert_eq!(give_out(ledger, old, *kind, "rekha").await, Printing::NotLive(Standing::Superseded));
    }
    assert_eq!(ledger.prints(old, 10).await.unwrap(), []);
    assert_eq!(ledger.acts(old.as_str()).await.unwrap(), []);
    assert_eq!(one(ledger, 1).await.standing, Standing::Superseded);
}

/// By either number, the certificate's own, or how the applicant's name begins.
pub async fn what_is_sought_is_found_at_its_own_centre_alone<L: Ledger + ?Sized>(ledger: &L) {
    for (n, (en, bn)) in [(1, ("Rekha Das", "রেখা দাস")), (2, ("Rekha Roy", "রেখা রায়")), (3, ("Anil Das", "অনিল দাস"))]
    {
        let data = json!({"application_no": format!("BCW/{n}"), "applicant": {"name": {"en": en, "bn": bn}}});
        let event = InboundEvent { digest: mohor_domain::json::digest(&data), data, ..approval(n) };
        let application = send(ledger, vec![event]).await.1.remove(0);
        let uin = mint_for(ledger, application, n).await;
        issue(ledger, uin).await;
        ledger.commit_notified(&[uin]).await.unwrap();
    }
    let number = |text: &str| Sought::Number(text.into());
    let name = |text: &str| Sought::Name(text.into());
    let seek = async |sought: Sought| -> Vec<i64> {
        let there = ledger.seek("24102", sought.clone(), 10).await.unwrap();
        assert_eq!(there, [], "another centre has none of these: {sought:?}");
        ledger.seek(BSK, sought, 10).await.unwrap().iter().map(|row| row.number).collect()
    };
    assert_eq!(seek(Sought::Uin(super::sample::uin(DEPARTMENT, 2))).await, [2]);
    for (sought, wanted) in [
        (number("D3"), &[3][..]),
        (number("BCW/1"), &[1]),
        (number("d3"), &[]),
        (number("D"), &[]),
        (number("'; DROP TABLE notice; --"), &[]),
        (name("rekha"), &[2, 1]),
        (name("REKHA  d"), &[1]),
        (name("রেখা"), &[2, 1]),
        (name("das"), &[]),
        (name("%"), &[]),
    ] {
        assert_eq!(seek(sought.clone()).await, wanted, "{sought:?}");
    }
    assert_eq!(ledger.seek(BSK, name("rekha"), 1).await.unwrap().len(), 1);
    let row = one(ledger, 1).await;
    assert_eq!(row.applicant.map(|name| (name.en, name.bn)), Some(("Rekha Das".into(), "রেখা দাস".into())));
    // Names are looked for among what waits; by its numbers whatever was handed over is found as well.
    let (over, act) = over(super::sample::uin(DEPARTMENT, 1), "rekha");
    ledger.hand_over(over, act).await.unwrap();
    assert_eq!((seek(name("rekha")).await, seek(number("D1")).await), (vec![2], vec![1]));
}

/// So that whoever watches many centres asks once.
pub async fn a_stream_says_how_far_it_has_come<L: Ledger + ?Sized>(ledger: &L) {
    let streams = [BSK_STREAM.to_owned(), "bsk/24102".to_owned()];
    assert_eq!(ledger.last_numbers(&streams).await.unwrap(), []);
    ready(ledger, 1).await;
    ready(ledger, 2).await;
    assert_eq!(ledger.last_numbers(&streams).await.unwrap(), [(BSK_STREAM.to_owned(), 2)]);
    let events = ledger.events(BSK_STREAM, 1, 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.number).collect::<Vec<_>>(), [2]);
    let since = async |streams: &[(&str, i64)], most: u32| {
        let streams: Vec<(String, i64)> = streams.iter().map(|(stream, after)| ((*stream).into(), *after)).collect();
        ledger.told_since(&streams, most).await.unwrap()
    };
    assert_eq!(since(&[(BSK_STREAM, 1), ("bsk/24102", 0)], 10).await, events);
    let department = "department/BCW";
    let both = since(&[(BSK_STREAM, 0), (department, 0)], 2).await;
    for stream in [BSK_STREAM, department] {
        let told: Vec<_> = both.iter().filter(|event| event.stream == stream).cloned().collect();
        assert_eq!(told, ledger.events(stream, 0, 2).await.unwrap(), "{stream}");
        assert_eq!(told.len(), 2, "{stream}");
    }
    assert_eq!((both.len(), since(&[(BSK_STREAM, 2)], 10).await, since(&[], 10).await), (4, vec![], vec![]));
}
