//! Every commit of the ledger, and a ledger in which each has something to do: for the fault tables of the adapters.

mod prepare;

pub use prepare::{Prepared, prepare};

use prepare::{ascribed, failure, settled};

use super::{documents, handing, holograms, sample, webhooks};
use crate::{
    error::Result,
    ledger::{
        AmqpUser, Decision, DepartmentKey, Door, Handover, Intake, Ledger, Letter, Minting, NewCode, NewDelivery,
        Sender, WEBHOOK_LEASE,
    },
    signer::{CredentialKey, SealAlgorithm, SealKey},
};
use mohor_domain::{
    change::Way,
    civil::Instant,
    event::{EventKind, InboundEvent},
    sms::SmsKind,
    stage::Stage,
    tray::PrintKind,
};

/// A commit.
#[allow(missing_docs, reason = "each is named like its method")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    Receive,
    ReceiveLetters,
    Intake,
    Mint,
    Sign,
    Seal,
    Store,
    Notify,
    MakeCode,
    HandOver,
    UndoHandOver,
    Fetch,
    ErasePhones,
    Exception,
    Print,
    GiveBack,
    SendOn,
    EmptyCentre,
    KeepAssets,
    Postpone,
    Park,
    Replay,
    Discard,
    Reserve,
    DepartmentKey,
    AmqpUser,
    CredentialKey,
    SealKey,
    Audit,
    Note,
    Order,
    PlanDocument,
    SealDocument,
    StoreDocument,
    Directory,
    LoadCentres,
    Wish,
    Propose,
    Decide,
    Recompute,
    AddWebhook,
    ClaimWebhooks,
    SettleWebhook,
    IssueHolograms,
    BindHologram,
    WriteOffHologram,
    TestPage,
    TryTestPage,
}

impl Commit {
    /// All of them.
    pub const ALL: [Self; 48] = [
        Self::Receive,
        Self::ReceiveLetters,
        Self::Intake,
        Self::Mint,
        Self::Sign,
        Self::Seal,
        Self::Store,
        Self::Notify,
        Self::MakeCode,
        Self::HandOver,
        Self::UndoHandOver,
        Self::Fetch,
        Self::ErasePhones,
        Self::Exception,
        Self::Print,
        Self::GiveBack,
        Self::SendOn,
        Self::EmptyCentre,
        Self::KeepAssets,
        Self::Postpone,
        Self::Park,
        Self::Replay,
        Self::Discard,
        Self::Reserve,
        Self::DepartmentKey,
        Self::AmqpUser,
        Self::CredentialKey,
        Self::SealKey,
        Self::Audit,
        Self::Note,
        Self::Order,
        Self::PlanDocument,
        Self::SealDocument,
        Self::StoreDocument,
        Self::Directory,
        Self::LoadCentres,
        Self::Wish,
        Self::Propose,
        Self::Decide,
        Self::Recompute,
        Self::AddWebhook,
        Self::ClaimWebhooks,
        Self::SettleWebhook,
        Self::IssueHolograms,
        Self::BindHologram,
        Self::WriteOffHologram,
        Self::TestPage,
        Self::TryTestPage,
    ];

    /// Whether a second time changes nothing. A delivery received twice is two deliveries, a failure reported twice is two
    /// attempts, an act told twice two lines, a document printed twice two prints; the seal key that is added last is in use, a wish is
    /// told again, a walk goes on.
    pub fn may_be_repeated(self) -> bool {
        !matches!(
            self,
            Self::Receive | Self::Print | Self::Postpone | Self::Audit | Self::SealKey | Self::Wish | Self::Recompute
        )
    }

    /// Does it once.
    pub async fn run(self, ledger: &dyn Ledger, prepared: &Prepared) -> Result<()> {
        let (sign, seal, at) = (prepared.sign, prepared.seal, Instant::from_millis(1_785_000_000_000));
        match self {
            Self::Receive => {
                let delivery = NewDelivery { door: Door::Local, batch: false, body: b"{}".to_vec() };
                ledger.receive(vec![delivery]).await.map(drop)
            }
            Self::ReceiveLetters => {
                let sender = Sender { user: Some("dept-bcw".into()), routing_key: "BCW.application.approved".into() };
                let letter = Letter { sender, body: b"{\"once\":1}".to_vec(), redelivered: true };
                ledger.receive_letters(vec![letter]).await.map(drop)
            }
            Self::Intake => {
                let with_number = InboundEvent { ascribed: Some(ascribed()), ..sample::approval(20) };
                let submitted = sample::event(EventKind::Submitted, 21);
                let refused = sample::altered(&sample::approval(20));
                let events = [with_number, submitted, refused].into_iter().map(sample::valid).collect();
                ledger.commit_intake(vec![(prepared.inbox, Intake::Events(events))]).await.map(drop)
            }
            Self::Mint => {
                let plan = sample::plan(sample::uin(sample::DEPARTMENT, 1), 1);
                ledger.commit_minted(vec![Minting { application: prepared.mint, plan }]).await.map(drop)
            }
            Self::Sign => ledger.commit_signed(vec![(sign, sample::credential(sign))]).await,
            Self::Seal => ledger.commit_sealed(vec![(seal, sample::cms(seal))]).await.map(drop),
            Self::Store => ledger.commit_stored(vec![sample::stored(prepared.store)]).await,
            Self::Notify => ledger.commit_notified(&[prepared.notify]).await,
            Self::HandOver => {
                let (over, act) = super::counter::over(prepared.waits, "rekha");
                let over = Handover { ground: handing::coded("the code"), ..over };
                ledger.hand_over(over, act).await.map(drop)
            }
            Self::MakeCode => {
                let (uin, act) = (prepared.waits, handing::act(prepared.waits, "citizen", "certificate.document_code"));
                let new = NewCode { uin, kind: SmsKind::DocumentCode, bsk: None, mac: "another".into() };
                ledger.make_code(new, act).await.map(drop)
            }
            Self::UndoHandOver => {
                let act = handing::act(prepared.handed, "state", "certificate.undo_deliver");
                ledger.undo_hand_over(prepared.handed, "why", i64::MAX, act).await.map(drop)
            }
            Self::Fetch => {
                let act = handing::act(prepared.online, "citizen", "certificate.fetch");
                ledger.fetch(prepared.online, "its code", act).await.map(drop)
            }
            Self::ErasePhones => ledger.erase_phones(0, 10).await.map(drop),
            Self::Exception => {
                let act = handing::act(prepared.waits, "rekha", "certificate.ask_exception");
                ledger.ask_exception(prepared.waits, sample::BSK, "why", act).await.map(drop)
            }
            Self::Print => {
                let act = super::tray::act(prepared.waits, "rekha");
                ledger.record_print(prepared.waits, sample::BSK, PrintKind::Printed, act).await.map(drop)
            }
            Self::GiveBack => ledger.give_back(super::uncollected::back(prepared.waits, "asha")).await.map(drop),
            Self::SendOn => ledger.send_on(super::uncollected::on(prepared.waits, "asha")).await.map(drop),
            Self::EmptyCentre => ledger.empty_centre(super::uncollected::emptying("asha"), 10).await.map(drop),
            Self::KeepAssets => ledger.keep_assets(vec![("ab".repeat(32), b"font".to_vec())]).await,
            Self::Postpone => ledger.postpone(Stage::Sign, failure(prepared.park)).await,
            Self::Park => ledger.park(Stage::Sign, failure(prepared.park)).await,
            Self::Replay => ledger.replay(prepared.parked, "operator:test").await.map(drop),
            Self::Discard => ledger.discard(prepared.parked, "operator:test", "why").await.map(drop),
            Self::Reserve => {
                let drawn = vec![sample::uin(sample::DEPARTMENT, 60)];
                ledger.reserve_uins(sample::DEPARTMENT, "another block", drawn).await.map(drop)
            }
            Self::DepartmentKey => {
                let key = DepartmentKey {
                    kid: "kid".into(),
                    department: sample::DEPARTMENT.into(),
                    public: "00".repeat(32),
                    added_at: at,
                    withdrawn_at: None,
                };
                ledger.add_department_key(key).await
            }
            Self::AmqpUser => {
                let user = AmqpUser {
                    name: "dept-bcw".into(),
                    department: sample::DEPARTMENT.into(),
                    services: vec![],
                    offices: vec![],
                    added_at: at,
                };
                ledger.add_amqp_user(user).await
            }
            Self::CredentialKey => {
                let key = CredentialKey {
                    kid: "0011223344556677".into(),
                    public: "00".repeat(32),
                    departments: vec![],
                    valid_from: at,
                    valid_until: None,
                };
                ledger.add_credential_key(key).await
            }
            Self::SealKey => {
                let chain = vec![b"certificate".to_vec()];
                let key = SealKey { key_id: "cd".repeat(32), chain, algorithm: SealAlgorithm::EcdsaP256 };
                ledger.add_seal_key(key).await
            }
            Self::Audit => ledger.audit(handing::act(prepared.waits, "rekha", "certificate.look")).await,
            Self::Note => ledger.set_note("name", "value").await,
            Self::Order => ledger.order(documents::order(9)).await.map(drop),
            Self::PlanDocument => {
                ledger.commit_planned(vec![documents::document_plan(prepared.plan_document, 2_000)]).await.map(drop)
            }
            Self::SealDocument => {
                ledger.commit_document_seals(vec![(prepared.seal_document, b"its seal".to_vec())]).await.map(drop)
            }
            Self::StoreDocument => {
                ledger.commit_documents_stored(vec![documents::stored_document(prepared.store_document)]).await
            }
            Self::Directory => {
                let act = super::directories::act("directory.load");
                ledger.load_directory(super::directories::directory(1, &[]), act, false).await.map(drop)
            }
            Self::LoadCentres => {
                let list = super::centres::list("one", &[sample::BSK, "24102", "24103"]);
                ledger.load_centres(list, super::centres::act(), false).await.map(drop)
            }
            Self::Wish => {
                let wish = mohor_domain::directory::Wish { offices: true, officers: false };
                ledger.set_wish(sample::DEPARTMENT, wish, super::directories::act("directory.require")).await
            }
            Self::Propose => ledger.propose(settled(2032), "asha").await.map(drop),
            Self::Decide => ledger.decide(prepared.change, Decision::Approve, "binod", "why").await.map(drop),
            Self::Recompute => ledger.recompute_step(Way::Settle, 2).await.map(drop),
            Self::AddWebhook => {
                let new = webhooks::endpoint("https://another.example/", &["sla.met"]);
                ledger.add_webhook(new, webhooks::act("webhook.add")).await.map(drop)
            }
            Self::ClaimWebhooks => ledger.claim_webhooks(5, WEBHOOK_LEASE).await.map(drop),
            Self::SettleWebhook => ledger.settle_webhook(prepared.webhook.clone()).await.map(drop),
            Self::IssueHolograms => {
                let act = holograms::act("hologram.issue", "asha", sample::BSK);
                ledger.issue_holograms(holograms::range(101, 200), sample::BSK, act).await.map(drop)
            }
            Self::BindHologram => {
                let act = holograms::act("hologram.bind", "rekha", prepared.printed.as_str());
                ledger.bind_hologram(prepared.printed, sample::BSK, holograms::serial(1), act).await.map(drop)
            }
            Self::WriteOffHologram => {
                let act = holograms::act("hologram.write_off", "rekha", "WB26-000002");
                ledger.write_off_hologram(None, holograms::serial(2), "torn", act).await.map(drop)
            }
            Self::TestPage => ledger.test_page("24102", "CODE", "person:rekha").await.map(drop),
            Self::TryTestPage => {
                let act = holograms::act("printer.try", "rekha", sample::BSK);
                ledger.try_test_page(sample::BSK, "CODE", "FRESH", act).await.map(drop)
            }
        }
    }
}
