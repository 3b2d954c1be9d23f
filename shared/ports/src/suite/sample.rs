//! Contents of the suites' own making.

use crate::{
    error::Result,
    ledger::{Answers, Checked, Door, Intake, Ledger, Minted, Minting, NewDelivery, Person, Proof, Reference, Stored},
    time::Entropy,
};
use mohor_domain::{
    calendar::Calendar,
    catalogue::{Bsk, Catalogue},
    civil::Instant,
    event::{Answer, EventKind, InboundEvent},
    id::Id,
    json::digest,
    people::{Place, Post},
    plan::{DocumentKind, Plan, SealPlan, StatusIndex},
    refusal::Code,
    rules::{Ladder, Rules},
    uin::Uin,
};
use serde_json::json;
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// The department of the samples.
pub const DEPARTMENT: &str = "BCW";
/// The centre of the samples.
pub const BSK: &str = "24101";
/// Another centre, in another district.
pub const OTHER_BSK: &str = "24102";
/// The stream of the department.
pub const DEPARTMENT_STREAM: &str = "department/BCW";
/// The stream of the centre.
pub const BSK_STREAM: &str = "bsk/24101";

/// SHA-256 of `abc` (FIPS 180-4), hexadecimal.
pub const ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

/// Where the centre lies, and limits as the bundled ones are read: four weeks for a caste certificate, fifteen working days
/// from a condition on, and stages.
pub fn reference() -> Reference {
    let limits = "department,service,clock,stage,district,limit,limit_unit,starts,effective_from,notification,source\n\
        BCW,caste-certificate,service,,,4,weeks,,,of the suite,here\n\
        BCW,caste-certificate,appeal,,,30,days,,,of the suite,here\n\
        BCW,permit,service,,,15,working_days,from the payment of fees,,of the suite,here\n\
        BCW,staged,stage,forward,,7,working_days,,,of the suite,here\n\
        BCW,staged,stage,issue,,7,working_days,,,of the suite,here\n";
    let mut calendar = Calendar::default();
    [2026, 2027].into_iter().for_each(|year| calendar.settle(year));
    let rules = Rules::read(limits.as_bytes(), calendar, Ladder::default()).expect("the suite's limits");
    let mut names = Catalogue::default();
    let centre = Bsk { code: BSK.into(), district: "COB".into(), name: "BSK of the suite".into() };
    names.bsks.insert(BSK.into(), centre);
    let names = Some(Arc::new(names));
    let districts = [(BSK, "COB"), (OTHER_BSK, "KOL"), ("COB0001", "COB"), ("COB0002", "COB"), ("PUM0027", "PUM")];
    let districts = districts.map(|(bsk, district)| (bsk.to_owned(), district.to_owned()));
    Reference { districts: HashMap::from(districts), rules, names }
}

/// Counts instead of drawing: every fill is another, none is secret.
#[derive(Debug, Default)]
pub struct Counting(AtomicU64);

impl Counting {
    /// Counts from there: two that begin far apart never give the same.
    pub fn from(start: u64) -> Self {
        Self(AtomicU64::new(start))
    }
}

impl Entropy for Counting {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        let count = self.0.fetch_add(1, Ordering::SeqCst).to_be_bytes();
        buffer.iter_mut().rev().zip(count.iter().rev().chain(std::iter::repeat(&0))).for_each(|(to, from)| *to = *from);
        Ok(())
    }
}

/// The `n`th number of a department.
pub fn uin(department: &str, n: u64) -> Uin {
    // About one draw in five has a check character that is left out: the next one that has not is taken.
    let drawn = (n << 8..).find_map(|random| Uin::from_random(department, random.wrapping_mul(0x9E37_79B9_7F4A_7C15)));
    drawn.expect("one of many fits")
}

/// An approval of application `BCW/<n>`, with its own key and contents.
pub fn approval(n: u64) -> InboundEvent {
    event(EventKind::Approved, n)
}

/// The phone of whoever applied for `BCW/<n>`.
pub fn mobile(n: u64) -> String {
    format!("+9198{n:08}")
}

/// An event about application `BCW/<n>`.
pub fn event(kind: EventKind, n: u64) -> InboundEvent {
    let applicant = json!({"mobile": mobile(n)});
    let data = json!({"application_no": format!("BCW/{n}"), "kind": kind.as_str(), "name": "শ্রীমতী রেখা দাস", "applicant": applicant, "bsk": BSK});
    InboundEvent {
        department: DEPARTMENT.into(),
        source: "/departments/BCW/workflow".into(),
        id: format!("{}-{n}", kind.as_str()),
        kind,
        application_no: format!("BCW/{n}"),
        service: Some("caste-certificate".into()),
        bsk: Some(BSK.into()),
        docket_no: Some(format!("D{n}")),
        at: Instant::from_millis(1_785_000_000_000),
        ascribed: None,
        supersedes: None,
        document: true,
        mistyped: None,
        digest: digest(&data),
        data,
    }
}

/// The same event, told of a citizen who went to that centre; none: who applied online.
pub fn at_centre(mut event: InboundEvent, bsk: Option<&str>) -> InboundEvent {
    event.bsk = bsk.map(str::to_owned);
    event.data["bsk"] = json!(bsk);
    event.docket_no = event.docket_no.filter(|_| bsk.is_some());
    InboundEvent { digest: digest(&event.data), ..event }
}

/// The same event with other contents.
pub fn altered(event: &InboundEvent) -> InboundEvent {
    let data = json!({"application_no": event.application_no, "altered": true});
    InboundEvent { digest: digest(&data), data, ..event.clone() }
}

/// The plan of a certificate; its place in the status list is `place`.
pub fn plan(uin: Uin, place: u32) -> Plan {
    Plan {
        v: 1,
        kind: DocumentKind::Certificate,
        uin,
        department: uin.department().into(),
        service: "caste-certificate".into(),
        minted_at: Instant::from_millis(1_785_000_060_000),
        claims: vec![0xA1, 0x01, 0x63],
        credential_kid: "0011223344556677".into(),
        cti: vec![7; 16],
        status: StatusIndex { year: 2026, list: 0, index: place },
        facts: json!({"name_bn": "রেখা দাস"}),
        facts_digest: "ab".repeat(32),
        view: json!({"title": "শংসাপত্র"}),
        assets: vec![],
        template: "/certificate.typ".into(),
        renderer: "suite/1".into(),
        verify_host: "verify.example.in".into(),
        specimen: true,
        seal: SealPlan { key_id: "cd".repeat(32), chain: vec![], sub_filter: "ETSI.CAdES.detached".into() },
    }
}

/// A digest that is another for each number and document.
pub fn sha256(uin: Uin) -> String {
    digest(&json!(uin.as_str()))
}

/// A valid event, as intake hands it over.
pub fn valid(event: InboundEvent) -> Checked {
    Checked::Valid(Box::new(event))
}

/// Receives one delivery of a local operator.
pub async fn receive(ledger: &(impl Ledger + ?Sized)) -> Id {
    let delivery = NewDelivery { door: Door::Local, batch: true, body: b"[]".to_vec() };
    ledger.receive(vec![delivery]).await.expect("received").remove(0)
}

/// Sends events in one delivery: the answers, and the applications now approved.
pub async fn send(ledger: &(impl Ledger + ?Sized), events: Vec<InboundEvent>) -> (Vec<Answer>, Vec<Id>) {
    let id = receive(ledger).await;
    let work = vec![(id, Intake::Events(events.into_iter().map(valid).collect()))];
    let (_, answers, approved) = ledger.commit_intake(work).await.expect("committed").remove(0);
    match answers {
        Answers::Events(answers) => (answers, approved),
        Answers::Unauthorised(words) => panic!("nobody asked for a signature: {words}"),
    }
}

/// Approves applications `BCW/<n>`: their rows.
pub async fn approve(ledger: &(impl Ledger + ?Sized), numbers: &[u64]) -> Vec<Id> {
    let now = ledger.now().await.expect("the time");
    send(ledger, numbers.iter().map(|n| InboundEvent { at: now, ..approval(*n) }).collect()).await.1
}

/// Approves and mints application `BCW/<n>` with number and status place `n`.
pub async fn mint(ledger: &(impl Ledger + ?Sized), n: u64) -> Uin {
    let application = approve(ledger, &[n]).await.remove(0);
    mint_for(ledger, application, n).await
}

/// Mints for an application with number and status place `n`.
pub async fn mint_for(ledger: &(impl Ledger + ?Sized), application: Id, n: u64) -> Uin {
    let uin = uin(DEPARTMENT, n);
    let minted = ledger.commit_minted(vec![Minting { application, plan: plan(uin, n as u32) }]).await.expect("minted");
    assert_eq!(minted, [Minted::New(uin)]);
    uin
}

/// Signs, seals and stores a minted certificate.
pub async fn issue(ledger: &(impl Ledger + ?Sized), uin: Uin) {
    ledger.commit_signed(vec![(uin, credential(uin))]).await.expect("signed");
    ledger.commit_sealed(vec![(uin, cms(uin))]).await.expect("sealed");
    ledger.commit_stored(vec![stored(uin)]).await.expect("stored");
}

/// What sign would record.
pub fn credential(uin: Uin) -> Vec<u8> {
    [b"credential ", uin.as_str().as_bytes()].concat()
}

/// What store would seal.
pub fn cms(uin: Uin) -> Vec<u8> {
    [b"seal ", uin.as_str().as_bytes()].concat()
}

/// What store would record.
pub fn stored(uin: Uin) -> Stored {
    Stored { uin, sha256: sha256(uin), size: 100_000 }
}

/// The code of a refusal; `None` for an acceptance.
pub fn code(answer: &Answer) -> Option<Code> {
    match answer {
        Answer::Accepted { .. } => None,
        Answer::Refused { refusal, .. } => Some(refusal.code),
    }
}

/// The words of a stream's events, in order.
pub async fn words(ledger: &(impl Ledger + ?Sized), stream: &str) -> Vec<String> {
    ledger.events(stream, 0, 1_000).await.expect("events").into_iter().map(|event| event.word).collect()
}

/// An account without an address.
pub fn person(login: &str, post: Post, bounds: Place) -> Person {
    Person {
        login: login.into(),
        name: format!("Name of {login}"),
        post,
        bounds,
        proof: Proof::Password("$argon2id$of the suite".into()),
        totp: Some("JBSWY3DPEHPK3PXP".into()),
        failures: 0,
        locked_until: None,
        last_step: 0,
        added_at: Instant::from_millis(0),
        disabled_at: None,
        email: None,
    }
}
