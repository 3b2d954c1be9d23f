//! Makes the plan of a certificate from an approval: pure, apart from what was drawn for it.

use mohor_document::{
    credential::{self, Claims, Fact, StatusRef},
    service::{FactKind, Service, Services},
    view::{self, Period, View},
};
use mohor_domain::{
    catalogue::{Catalogue, Name},
    civil::{self, Instant},
    json,
    plan::{DocumentKind, Plan, SealPlan, StatusIndex},
    uin::Uin,
};
use mohor_ports::{
    error::{Error, Result},
    ledger::Approved,
};
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// What was drawn for one certificate.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// The number.
    pub uin: Uin,
    /// Token id and salt.
    pub cti: [u8; 16],
    /// The place in the status list.
    pub status: StatusIndex,
    /// The ledger's time, whole seconds.
    pub minted_at: Instant,
}

/// What every plan of this installation shares.
pub struct Planner {
    /// The services.
    pub services: Arc<Services>,
    /// Departments and centres.
    pub catalogue: Arc<Catalogue>,
    /// The host a verifier is told to use.
    pub verify_host: String,
    /// The key that signs credentials: hexadecimal of its kid.
    pub credential_kid: String,
    /// How documents are sealed.
    pub seal: SealPlan,
    /// The sealing certificate is not from a configured trusted issuer.
    pub specimen: bool,
}

impl Planner {
    /// The plan of a certificate. `Reject` when the service is gone or the approval lacks what the service needs.
    pub fn plan(&self, approved: &Approved, drawn: &Drawn) -> Result<Plan> {
        let service = self.services.find(&approved.department, &approved.service).ok_or_else(|| {
            let words = format!("service {}/{} has no folder and no document", approved.department, approved.service);
            Error::reject("unknown_service", words)
        })?;
        let data = &approved.data;
        let holder = Name::at(data, &service.holder).ok_or_else(|| {
            Error::reject("no_holder", format!("the approval of row {} has no name at {}", approved.id, service.holder))
        })?;
        let period = Period::of(data);
        let facts = facts(approved, drawn, &holder, &period);
        let digest = credential::facts_digest(&drawn.cti, &json::canonical(&facts));
        let claims = credential::fit_claims(Claims {
            issuer: approved.department.clone(),
            uin: drawn.uin,
            expires: period.until.map(|day| civil::end_of(day).seconds()),
            issued_at: drawn.minted_at.seconds(),
            cti: drawn.cti,
            service: service.number,
            holder: holder.en.clone(),
            facts: qr_facts(service, data),
            status: StatusRef { list: drawn.status.list, index: drawn.status.index },
            digest: first_half(&digest),
        });
        Ok(Plan {
            v: 1,
            kind: DocumentKind::Certificate,
            uin: drawn.uin,
            department: approved.department.clone(),
            service: approved.service.clone(),
            minted_at: drawn.minted_at,
            claims: credential::encode_claims(&claims),
            credential_kid: self.credential_kid.clone(),
            cti: drawn.cti.to_vec(),
            status: drawn.status,
            facts_digest: hex::encode(digest),
            view: self.view(approved, drawn, service, holder, &period),
            facts,
            assets: service.assets(),
            template: service.template(),
            renderer: mohor_document::render::RENDERER_ID.into(),
            verify_host: self.verify_host.clone(),
            specimen: self.specimen,
            seal: self.seal.clone(),
        })
    }

    fn view(&self, approved: &Approved, drawn: &Drawn, service: &Service, holder: Name, period: &Period) -> Value {
        let fallback = || Name { en: approved.department.clone(), bn: approved.department.clone() };
        let centre = approved.bsk.as_ref().and_then(|code| self.catalogue.bsks.get(code));
        view::view(&View {
            data: &approved.data,
            fields: &service.fields,
            uin: drawn.uin,
            department_code: approved.department.clone(),
            department: self.catalogue.departments.get(&approved.department).cloned().unwrap_or_else(fallback),
            service_code: approved.service.clone(),
            service: service.name.clone(),
            bsk: centre.map(|bsk| bsk.name.clone()),
            district: centre.and_then(|bsk| self.catalogue.districts.get(&bsk.district).cloned()),
            holder,
            minted_at: drawn.minted_at,
            period: *period,
            verify_host: self.verify_host.clone(),
            specimen: self.specimen,
            seal: &self.seal,
        })
    }
}

/// The facts as `schemas/facts.schema.json` lists them. No telephone number, no docket: they are not certified.
fn facts(approved: &Approved, drawn: &Drawn, holder: &Name, period: &Period) -> Value {
    let data = &approved.data;
    let mut facts = Map::new();
    let mut put = |name: &str, value: Value| drop(facts.insert(name.into(), value));
    put("v", json!(1));
    put("uin", json!(drawn.uin));
    put("department", json!(approved.department));
    put("service", json!(approved.service));
    put("application_no", json!(approved.application_no));
    put("holder", json!({"en": holder.en, "bn": holder.bn}));
    put("applicant", data["applicant"]["name"].clone());
    put("certificate", data["certificate"].clone());
    put("approved_at", data["approved_at"].clone());
    put("approved_by", data["approved_by"].clone());
    put("issued_at", json!(drawn.minted_at));
    for (name, day) in [("valid_from", period.from), ("valid_until", period.until)] {
        if let Some(day) = day {
            put(name, json!(day.to_string()));
        }
    }
    if let Some(supersedes) = data.get("supersedes") {
        put("supersedes", supersedes.clone());
    }
    Value::Object(facts)
}

/// The decisive facts that the service names, as far as the approval has them.
fn qr_facts(service: &Service, data: &Value) -> Vec<Fact> {
    let fact = |kind: FactKind, value: &Value| match (kind, value) {
        (FactKind::Date, Value::String(text)) => civil::parse_date(text).map(Fact::Date),
        (_, Value::Number(number)) => number.as_i64().map(Fact::Integer),
        (_, Value::String(text)) => Some(Fact::Text(text.clone())),
        _ => None,
    };
    service.qr_facts.iter().filter_map(|named| fact(named.kind, data.pointer(&named.pointer)?)).collect()
}

fn first_half(digest: &[u8; 32]) -> [u8; 16] {
    let mut half = [0; 16];
    half.copy_from_slice(&digest[..16]);
    half
}
