//! A house to test in: the real ledger and vault in a temporary folder, a clock that stands still until it is moved.

mod away;
pub mod citizen;
mod papers;
pub mod people;
mod talk;
pub mod tray;

pub use away::Away;
pub use talk::talk;

use axum::{
    Router,
    body::Body,
    extract::ConnectInfo,
    http::{Request, Response, StatusCode, header},
};
use ed25519_dalek::{Signer, SigningKey};
use mohor_document::credential;
use mohor_domain::{
    catalogue::Catalogue,
    civil::Instant,
    event::{Answer, Envelope, EventKind, InboundEvent},
    id::Id,
    json,
    networks::Networks,
    plan::Plan,
    refusal::Refusal,
    uin::Uin,
};
use mohor_ledger_sqlite::{EmbeddedBus, SqliteLedger};
use mohor_portal::{Limits, Portal};
use mohor_ports::{
    ledger::{Checked, DepartmentKey, Door, Intake, Ledger, Minting, NewDelivery, Stored},
    signer::CredentialKey,
    vault::{Object, Vault},
};
use mohor_runtime::{ambient::SystemEntropy, department, telemetry::Telemetry};
use mohor_vault_folder::FolderVault;
use papers::{plan, services};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};
use tower::ServiceExt;

/// The private key of the department BCW.
pub const BCW: [u8; 32] = [7; 32];
/// The private key of the department KMC.
pub const KMC: [u8; 32] = [8; 32];
/// The private key that signs credentials.
pub const CREDENTIAL: [u8; 32] = [9; 32];
/// A caller somewhere.
pub const CALLER: &str = "203.0.113.9:50000";

/// The house.
pub struct House {
    pub folder: tempfile::TempDir,
    pub ledger: Arc<dyn Ledger>,
    pub vault: Arc<dyn Vault>,
    pub clock: Arc<AtomicI64>,
    pub portal: Arc<Portal>,
    pub router: Router,
}

/// An answer, read.
pub struct Reply {
    pub status: StatusCode,
    pub headers: axum::http::HeaderMap,
    pub body: Vec<u8>,
}

impl Reply {
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("UTF-8")
    }
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.text()))
    }
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    /// A house whose portal is arranged otherwise.
    pub async fn with(arrange: impl FnOnce(&mut Portal)) -> Self {
        let folder = tempfile::tempdir().expect("folder");
        let begin = Instant::parse("2026-08-01T12:00:00+05:30").expect("time").millis();
        let clock = Arc::new(AtomicI64::new(begin));
        let ticking = clock.clone();
        let now = Arc::new(move || Instant::from_millis(ticking.load(Ordering::SeqCst)));
        let path = folder.path().join("ledger.sqlite");
        let sqlite =
            SqliteLedger::open_with_clock(&path, Arc::new(SystemEntropy), mohor_ports::suite::sample::reference(), now)
                .expect("ledger");
        let bus = Arc::new(EmbeddedBus::new(sqlite.clone()));
        let ledger: Arc<dyn Ledger> = Arc::new(sqlite);
        let vault: Arc<dyn Vault> = Arc::new(FolderVault::open(folder.path().join("vault")).expect("vault"));
        let catalogue = Catalogue::read(|name| mohor_schemas::get(&format!("catalogue/{name}"))).expect("catalogue");
        let mut portal = Portal {
            inbox: ledger.clone(),
            register: ledger.clone(),
            counter: ledger.clone(),
            codes: ledger.clone(),
            citizens: ledger.clone(),
            exceptions: ledger.clone(),
            texts: None,
            undo_millis: 72 * 3_600_000,
            tray: ledger.clone(),
            uncollected: ledger.clone(),
            terms: Default::default(),
            centre: tray::centre(&ledger),
            clocks: ledger.clone(),
            board: ledger.clone(),
            documents: ledger.clone(),
            changes: ledger.clone(),
            reports: ledger.clone(),
            programme: Default::default(),
            licensed: Arc::new(|_| Ok(false)),
            people: ledger.clone(),
            directories: ledger.clone(),
            mails: ledger.clone(),
            provider: None,
            secure_cookies: true,
            upkeep: ledger.clone(),
            vault: vault.clone(),
            bus,
            services: Arc::new(services(&catalogue)),
            catalogue: Arc::new(catalogue),
            examine: Arc::new(examine),
            entropy: Arc::new(SystemEntropy),
            verify_host: "verify.example.in".into(),
            demo: false,
            trusted_proxies: Networks::default(),
            limits: Limits {
                verify_per_minute: 10_000,
                uploads_per_minute: 10_000,
                sign_ins_per_minute: 10_000,
                tracks_per_minute: 10_000,
                pages_per_second: 10_000,
                ..Limits::default()
            },
            local_notices: false,
            telemetry: Arc::new(Telemetry::new().expect("telemetry")),
        };
        arrange(&mut portal);
        let portal = Arc::new(portal);
        let router = mohor_portal::router(portal.clone());
        let house = Self { folder, ledger, vault, clock, portal, router };
        house.keys().await;
        house
    }

    async fn keys(&self) {
        for (secret, code) in [(BCW, "BCW"), (KMC, "KMC")] {
            let public = SigningKey::from_bytes(&secret).verifying_key().to_bytes();
            let key = DepartmentKey {
                kid: department::kid(&public),
                department: code.into(),
                public: hex::encode(public),
                added_at: self.now(),
                withdrawn_at: None,
            };
            self.ledger.add_department_key(key).await.expect("key");
        }
        let public = SigningKey::from_bytes(&CREDENTIAL).verifying_key().to_bytes();
        let key = CredentialKey {
            kid: hex::encode(credential::kid(&public)),
            public: hex::encode(public),
            departments: vec![],
            valid_from: Instant::from_millis(0),
            valid_until: None,
        };
        self.ledger.add_credential_key(key).await.expect("key");
    }

    pub fn now(&self) -> Instant {
        Instant::from_millis(self.clock.load(Ordering::SeqCst))
    }

    /// Calls the portal from an address.
    pub async fn call_from(&self, peer: &str, mut request: Request<Body>) -> Reply {
        let peer: SocketAddr = peer.parse().expect("address");
        request.extensions_mut().insert(ConnectInfo(peer));
        let response: Response<Body> = self.router.clone().oneshot(request).await.expect("infallible");
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.expect("body").to_vec();
        Reply { status: parts.status, headers: parts.headers, body }
    }

    /// An answer whose body goes on.
    pub async fn open(&self, path: &str, cookie: &str) -> Response<Body> {
        let mut request = Request::get(path).header(header::COOKIE, cookie).body(Body::empty()).expect("a request");
        request.extensions_mut().insert(ConnectInfo(CALLER.parse::<SocketAddr>().expect("address")));
        self.router.clone().oneshot(request).await.expect("infallible")
    }

    pub async fn call(&self, request: Request<Body>) -> Reply {
        self.call_from(CALLER, request).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.call(Request::get(path).body(Body::empty()).expect("request")).await
    }

    pub async fn post(&self, path: &str, kind: &str, body: impl Into<Body>) -> Reply {
        self.call(Request::post(path).header(header::CONTENT_TYPE, kind).body(body.into()).expect("request")).await
    }

    /// A number keyed into the form.
    pub async fn key_in(&self, number: &str) -> Reply {
        let form: String = number.bytes().map(|byte| format!("%{byte:02X}")).collect();
        self.post("/verify", "application/x-www-form-urlencoded", format!("number={form}")).await
    }

    /// A file in a multipart form.
    pub async fn upload(&self, path: &str, bytes: &[u8]) -> Reply {
        let (kind, body) = multipart(bytes);
        self.post(path, &kind, body).await
    }

    /// A request that a department signs.
    pub async fn signed(&self, secret: &[u8; 32], method: &str, path: &str, kind: &str, body: &[u8]) -> Reply {
        let signature = department::sign(secret, self.now(), method, path, body);
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header("Mohor-Signature", signature)
            .header(header::CONTENT_TYPE, kind)
            .body(Body::from(body.to_vec()))
            .expect("request");
        self.call(request).await
    }

    /// Answers what is in the inbox, as the stage does.
    pub fn intake(&self) -> tokio::task::JoinHandle<()> {
        let (ledger, bus) = (self.ledger.clone(), self.portal.bus.clone());
        tokio::spawn(async move {
            loop {
                let hints = bus.take(mohor_domain::stage::Stage::Intake, 10, 1_000).await.expect("hints");
                for hint in hints {
                    let id = Id::parse(&hint.item).expect("id");
                    let delivery = ledger.deliveries(&[id]).await.expect("delivery").remove(0);
                    let Door::Http(request) = &delivery.delivery.door else { panic!("a local delivery") };
                    let keys = ledger.department_keys().await.expect("keys");
                    let work = match department::verify(&keys, delivery.received_at, request, &delivery.delivery.body) {
                        Ok(key) => {
                            Intake::Events(examine(Some(&key.department), &delivery.delivery, delivery.received_at))
                        }
                        Err(words) => Intake::Unauthorised(words.into()),
                    };
                    ledger.commit_intake(vec![(id, work)]).await.expect("answers");
                    bus.settle(mohor_domain::stage::Stage::Intake, &[hint]).await.expect("settled");
                }
            }
        })
    }

    /// Issues a certificate; gives the QR code's text and the sealed document.
    pub async fn issue(&self, uin: Uin, valid_until: Option<&str>) -> (String, Vec<u8>) {
        let minted = self.mint(uin, valid_until).await;
        self.make(&minted).await
    }

    /// The same for a certificate that waits for its centre's notice.
    pub async fn issue_for(&self, uin: Uin, bsk: &str) -> (String, Vec<u8>) {
        let minted = self.mint_for(uin, None, Some(bsk)).await;
        self.make(&minted).await
    }

    async fn make(&self, minted: &Plan) -> (String, Vec<u8>) {
        let uin = minted.uin;
        let document = format!("%PDF-1.7 the document {uin}").into_bytes();
        let sha256 = hex::encode(Sha256::digest(&document));
        let cose = {
            let secret = SigningKey::from_bytes(&CREDENTIAL);
            let kid = credential::kid(&secret.verifying_key().to_bytes());
            let signature = secret.sign(&credential::to_be_signed(&minted.claims, &kid)).to_bytes();
            credential::assemble(&minted.claims, &kid, &signature)
        };
        self.ledger.commit_signed(vec![(uin, cose.clone())]).await.expect("signed");
        self.ledger.commit_sealed(vec![(uin, b"cms".to_vec())]).await.expect("sealed");
        let object = Object { sha256: sha256.clone(), bytes: document.clone() };
        self.vault.put(vec![object]).await.remove(0).expect("put");
        let size = document.len() as u64;
        self.ledger.commit_stored(vec![Stored { uin, sha256, size }]).await.expect("stored");
        (credential::qr_text("verify.example.in", &cose), document)
    }

    /// Mints a certificate and goes no further.
    pub async fn mint(&self, uin: Uin, valid_until: Option<&str>) -> Plan {
        self.mint_for(uin, valid_until, None).await
    }

    async fn mint_for(&self, uin: Uin, valid_until: Option<&str>, bsk: Option<&str>) -> Plan {
        let number = format!("{}/2026/{uin}", uin.department());
        let data = json!({"application_no": number, "approved_by": {"name": "A", "designation": "B"}});
        let event = InboundEvent {
            department: uin.department().into(),
            source: format!("/departments/{}/test", uin.department()),
            id: uin.to_string(),
            kind: EventKind::Approved,
            application_no: number,
            service: Some("caste-certificate".into()),
            bsk: bsk.map(str::to_owned),
            docket_no: None,
            at: self.now(),
            ascribed: None,
            supersedes: None,
            document: true,
            mistyped: None,
            digest: json::digest(&data),
            data,
        };
        let delivery = NewDelivery { door: Door::Local, batch: false, body: b"{}".to_vec() };
        let id = self.ledger.receive(vec![delivery]).await.expect("received")[0];
        let work = Intake::Events(vec![Checked::Valid(Box::new(event))]);
        let done = self.ledger.commit_intake(vec![(id, work)]).await.expect("answered");
        let plan = plan(uin, self.now(), valid_until);
        let minting = Minting { application: done[0].2[0], plan: plan.clone() };
        self.ledger.commit_minted(vec![minting]).await.expect("minted");
        plan
    }
}

/// The envelope's checks only: the journeys run the whole of them.
fn examine(sender: Option<&str>, delivery: &NewDelivery, _: Instant) -> Vec<Checked> {
    let refused = |refusal: Refusal| Checked::Refused {
        department: None,
        answer: Answer::Refused { source: None, id: None, refusal },
    };
    let one = |value: &Value| {
        let envelope = match Envelope::read(value) {
            Ok(envelope) => envelope,
            Err(refusal) => return refused(refusal),
        };
        if sender.is_some_and(|sender| sender != envelope.department) {
            return refused(Refusal::new(mohor_domain::refusal::Code::ForeignDepartment, "/source"));
        }
        Checked::Valid(Box::new(InboundEvent {
            department: envelope.department.into(),
            source: envelope.source.into(),
            id: envelope.id.into(),
            kind: envelope.kind,
            application_no: envelope.data["application_no"].as_str().unwrap_or_default().into(),
            service: Some("caste-certificate".into()),
            bsk: None,
            docket_no: None,
            at: Instant::from_millis(0),
            ascribed: None,
            supersedes: None,
            document: true,
            mistyped: None,
            data: envelope.data.clone(),
            digest: json::digest(envelope.data),
        }))
    };
    match serde_json::from_slice::<Value>(&delivery.body) {
        Ok(Value::Array(events)) if delivery.batch => events.iter().map(one).collect(),
        Ok(event) => vec![one(&event)],
        Err(_) => vec![refused(Refusal::new(mohor_domain::refusal::Code::NotJson, ""))],
    }
}

/// One event of BCW.
pub fn event(id: &str, department: &str) -> Value {
    json!({
        "specversion": "1.0", "id": id, "source": format!("/departments/{department}/workflow"),
        "type": "in.gov.wb.bsk.application.approved.v1", "data": {"application_no": format!("{department}/{id}")},
    })
}

/// Content type and body of a form with one file.
pub fn multipart(bytes: &[u8]) -> (String, Vec<u8>) {
    let mut body = b"--edge\r\nContent-Disposition: form-data; name=\"file\"; filename=\"c.pdf\"\r\n\
        Content-Type: application/pdf\r\n\r\n"
        .to_vec();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n--edge--\r\n");
    ("multipart/form-data; boundary=edge".into(), body)
}
