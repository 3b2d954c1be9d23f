//! The ledger's promises about documents other than certificates. Each function begins with an empty ledger.

use super::{
    clocks::{DAY, application, said},
    sample::*,
};
use crate::ledger::{Document, Ledger, Made, NewDocument, StoredDocument};
use mohor_domain::{
    civil::Instant,
    event::EventKind,
    id::Id,
    people::Place,
    plan::{DocumentKind, DocumentPlan},
};
use serde_json::{Value, json};

/// An order of a report about the `n`th thing.
pub fn order(n: u64) -> NewDocument {
    NewDocument {
        kind: DocumentKind::Report,
        subject: format!("BCW/{n}"),
        place: Place { department: Some(DEPARTMENT.into()), ..Place::default() },
        view: json!({"title": {"en": "Report", "bn": "প্রতিবেদন"}, "issuer": {"en": "Department", "bn": "বিভাগ"}, "n": n}),
        ordered_by: "person:rekha".into(),
    }
}

/// What store would plan.
pub fn document_plan(id: Id, at: i64) -> DocumentPlan {
    let of = plan(uin(DEPARTMENT, 1), 1);
    DocumentPlan {
        v: 1,
        id,
        kind: DocumentKind::Report,
        planned_at: Instant::from_millis(at),
        assets: of.assets,
        template: "/document.typ".into(),
        renderer: of.renderer,
        verify_host: of.verify_host,
        specimen: true,
        seal: of.seal,
    }
}

/// What store would record.
pub fn stored_document(id: Id) -> StoredDocument {
    StoredDocument { id, sha256: mohor_domain::json::digest(&json!(id)), size: 40_000 }
}

async fn one<L: Ledger + ?Sized>(ledger: &L, id: Id) -> Document {
    ledger.documents(&[id]).await.unwrap().remove(0)
}

/// The same kind, subject and contents are one row with one audit line; anything else is another.
pub async fn an_order_asked_twice_is_one_row<L: Ledger + ?Sized>(ledger: &L) {
    let first = ledger.order(order(1)).await.unwrap();
    assert_eq!(ledger.order(NewDocument { ordered_by: "person:other".into(), ..order(1) }).await.unwrap(), first);
    let document = one(ledger, first).await;
    assert_eq!((document.made, &document.order), (Made::Ordered, &order(1)), "{document:?}");
    assert_eq!((document.plan, document.cms, document.sha256, document.stored_at), (None, None, None, None));
    let acts = ledger.acts(&first.to_string()).await.unwrap();
    assert_eq!(
        acts.iter().map(|(_, act)| (act.actor.as_str(), act.act.as_str())).collect::<Vec<_>>(),
        [("person:rekha", "document.order")]
    );
    let mut view = order(1).view;
    view["n"] = json!(2);
    let changed = ledger.order(NewDocument { view, ..order(1) }).await.unwrap();
    let other_kind = ledger.order(NewDocument { kind: DocumentKind::Return, ..order(1) }).await.unwrap();
    let elsewhere = ledger.order(order(3)).await.unwrap();
    let ids = |documents: Vec<Document>| documents.into_iter().map(|document| document.id).collect::<Vec<_>>();
    assert_eq!(ids(ledger.documents_of("BCW/1", 10).await.unwrap()), [other_kind, changed, first]);
    assert_eq!(ids(ledger.documents_of("BCW/1", 1).await.unwrap()), [other_kind]);
    let place = |department: &str| Place { department: Some(department.into()), ..Place::default() };
    let at = async |place: Place| ids(ledger.documents_at(DocumentKind::Report, &place, 10).await.unwrap());
    assert_eq!(at(place(DEPARTMENT)).await, [elsewhere, changed, first]);
    assert_eq!(at(Place::default()).await, [elsewhere, changed, first]);
    assert_eq!(at(place("LRR")).await, []);
    assert_eq!(at(Place { bsk: Some(BSK.into()), ..place(DEPARTMENT) }).await, []);
    let page = ledger.document_page(None, 3).await.unwrap();
    assert_eq!(ids(page), [first, changed, other_kind]);
    assert_eq!(ids(ledger.document_page(Some(other_kind), 3).await.unwrap()), [elsewhere]);
    assert_eq!(ids(ledger.document_page(Some(elsewhere), 3).await.unwrap()), []);
}

/// What is planned, sealed, stored stays, whoever comes second.
pub async fn the_first_plan_and_the_first_seal_of_a_document_count<L: Ledger + ?Sized>(ledger: &L) {
    let (one_id, other) = (ledger.order(order(1)).await.unwrap(), ledger.order(order(2)).await.unwrap());
    let first = document_plan(one_id, 1_000);
    assert_eq!(ledger.commit_planned(vec![first.clone()]).await.unwrap(), std::slice::from_ref(&first));
    let plans = vec![document_plan(other, 2_000), document_plan(one_id, 2_000)];
    assert_eq!(ledger.commit_planned(plans).await.unwrap(), [document_plan(other, 2_000), first.clone()]);
    let seals =
        |word: &str| vec![(one_id, format!("{word} 1").into_bytes()), (other, format!("{word} 2").into_bytes())];
    let kept: Vec<Vec<u8>> = seals("first").into_iter().map(|(_, cms)| cms).collect();
    assert_eq!(ledger.commit_document_seals(seals("first")).await.unwrap(), kept);
    assert_eq!(ledger.commit_document_seals(seals("second")).await.unwrap(), kept);
    assert_eq!(one(ledger, one_id).await.made, Made::Sealed);
    let record = stored_document(one_id);
    assert_eq!(ledger.document_by_digest(&record.sha256).await.unwrap(), None);
    ledger.commit_documents_stored(vec![record.clone()]).await.unwrap();
    ledger.commit_documents_stored(vec![StoredDocument { sha256: ABC.into(), ..record.clone() }]).await.unwrap();
    let document = one(ledger, one_id).await;
    assert_eq!((document.made, document.plan.as_ref()), (Made::Stored, Some(&first)));
    assert_eq!((document.sha256.as_deref(), document.size), (Some(record.sha256.as_str()), Some(40_000)));
    assert_eq!(document.cms.as_ref(), Some(&kept[0]));
    assert_eq!(ledger.document_by_digest(&record.sha256).await.unwrap(), Some(document));
    assert_eq!(ledger.document_by_digest(ABC).await.unwrap(), None);
    assert_eq!(ledger.by_document(&record.sha256).await.unwrap(), None, "it is no certificate");
    assert_eq!(one(ledger, other).await.made, Made::Sealed);
    assert_eq!(ledger.offenders().await.unwrap(), []);
}

/// The views of what was ordered for an application, the first first.
async fn views<L: Ledger + ?Sized>(ledger: &L, n: u64) -> Vec<Value> {
    let subject = application(ledger, n).await.to_string();
    let mut found = ledger.documents_of(&subject, 10).await.unwrap();
    found.reverse();
    assert!(found.iter().all(|it| it.order.kind == DocumentKind::Acknowledgement && it.order.ordered_by == "intake"));
    found.into_iter().map(|document| document.order.view).collect()
}

/// Form 1 with the day as promised, then with each list of defects, then with the day that is left.
pub async fn a_submission_orders_its_acknowledgement<L: Ledger + ?Sized>(ledger: &L) {
    let at = Instant::parse("2026-08-03T10:30:00+05:30").unwrap();
    let applicant = json!({"name": {"en": "Rekha Das", "bn": "রেখা দাস"}});
    let submitted = |n| said(EventKind::Submitted, n, at, json!({"office": "SDO-1", "applicant": applicant}));
    send(ledger, vec![submitted(1)]).await;
    send(ledger, vec![submitted(1)]).await;
    let seen = views(ledger, 1).await;
    assert_eq!((seen.len(), &seen[0]["state"]), (1, &json!("due")), "a repetition orders nothing: {seen:?}");
    let clock = ledger.clocks(application(ledger, 1).await).await.unwrap().remove(0);
    let due = clock.clock.due.expect("a due day");
    assert_eq!(
        seen[0]["due"],
        json!({"day": {"en": mohor_domain::civil::date_en(due.day), "bn": mohor_domain::civil::date_bn(due.day)}, "provisional": false})
    );
    assert_eq!(clock.promised, Some(due.day.to_string()), "what is printed is what is promised");
    assert_eq!((&seen[0]["application_no"], &seen[0]["docket_no"]), (&json!("BCW/1"), &json!("D1")));
    assert_eq!((&seen[0]["applicant"]["bn"], &seen[0]["office"]), (&json!("রেখা দাস"), &json!("SDO-1")));
    assert_eq!((&seen[0]["limit"]["en"], &seen[0]["appeal"]["bn"]), (&json!("4 weeks"), &json!("৩০ দিন")));
    assert_eq!(seen[0]["submitted_at"]["en"], "3 August 2026, 10:30");
    let document = ledger.documents_of(&application(ledger, 1).await.to_string(), 1).await.unwrap().remove(0);
    let place = Place {
        department: Some(DEPARTMENT.into()),
        district: Some("COB".into()),
        office: Some("SDO-1".into()),
        bsk: Some(BSK.into()),
    };
    assert_eq!(document.order.place, place);

    let deficient =
        |n, days| said(EventKind::Deficient, n, at.plus_millis(days * DAY), json!({"reason": {"en": "no photograph"}}));
    send(ledger, vec![deficient(1, 2)]).await;
    send(ledger, vec![said(EventKind::Resumed, 1, at.plus_millis(5 * DAY), json!({}))]).await;
    let seen = views(ledger, 1).await;
    let states: Vec<&str> = seen.iter().filter_map(|view| view["state"].as_str()).collect();
    assert_eq!(states, ["due", "defects", "due"], "the first stays as it was issued");
    assert_eq!((&seen[1]["defects"][0]["reason"]["bn"], &seen[1]["due"]), (&json!("no photograph"), &Value::Null));
    assert_eq!(seen[2]["resumed_on"]["en"], "8 August 2026");
    assert_ne!(seen[2]["due"], seen[0]["due"]);

    // An approval that comes first orders none; defects that were told early stand on the first one; one for a whole batch.
    send(ledger, vec![approval(2)]).await;
    assert_eq!(views(ledger, 2).await, Vec::<Value>::new());
    send(ledger, vec![deficient(3, 1)]).await;
    assert_eq!(views(ledger, 3).await, Vec::<Value>::new());
    send(ledger, vec![submitted(3)]).await;
    send(ledger, vec![submitted(4), deficient(4, 1)]).await;
    for n in [3, 4] {
        let seen = views(ledger, n).await;
        assert_eq!((seen.len(), &seen[0]["state"]), (1, &json!("defects")), "BCW/{n}: {seen:?}");
    }
}

/// A limit that has not begun, stages, and no limit are told as what they are.
pub async fn an_acknowledgement_promises_no_day_that_nobody_knows<L: Ledger + ?Sized>(ledger: &L) {
    let at = Instant::parse("2026-08-03T10:30:00+05:30").unwrap();
    for (n, service, state) in [(1, "permit", "not_started"), (2, "staged", "staged"), (3, "unheard-of", "no_limit")] {
        let submitted = said(EventKind::Submitted, n, at, json!({"office": "SDO-1"}));
        send(ledger, vec![mohor_domain::event::InboundEvent { service: Some(service.into()), ..submitted }]).await;
        let seen = views(ledger, n).await;
        assert_eq!((seen.len(), &seen[0]["state"]), (1, &json!(state)), "{seen:?}");
        assert_eq!(seen[0]["due"], Value::Null);
    }
    assert_eq!(views(ledger, 1).await[0]["starts"], "from the payment of fees");
    let stages = views(ledger, 2).await[0]["stages"].clone();
    assert_eq!((&stages[0]["name"], &stages[1]["limit"]["en"]), (&json!("forward"), &json!("7 working days")));
    assert!(stages[0]["due"].is_object() && stages[1]["due"].is_null(), "{stages}");
}
