//! A plan that no ledger knows: for previews and for looking at templates.

use super::{Service, Services};
use crate::{
    qr::QrMatrix,
    render::RENDERER_ID,
    view::{Period, View, view},
};
use mohor_domain::{
    catalogue::Name,
    civil::Instant,
    plan::{DocumentKind, Plan, SealPlan, StatusIndex},
    uin::Uin,
};
use serde_json::Value;

/// The random part of a sample's number is all zeros but for its last places; a draw that gives it is a wonder.
const SAMPLES: u64 = 64;
const HOST: &str = "verify.mohor.example";
/// Characters in the fragment of a credential of about 200 bytes: the symbol has 69 modules, the most there are.
const FRAGMENT: usize = 300;

impl Services {
    /// The plan of an approval's `data`, a SPECIMEN whose number, credential and seal are nobody's. None when the data
    /// has no name where the service looks for its holder.
    pub fn sample_plan(&self, service: &Service, data: &Value) -> Option<Plan> {
        let uin = (0..SAMPLES).find_map(|random| Uin::from_random(&service.department, random))?;
        let at = data["approved_at"].as_str().and_then(Instant::parse).unwrap_or(Instant::from_millis(0));
        let holder = Name::at(data, &service.holder)?;
        let code = || Name { en: service.department.clone(), bn: service.department.clone() };
        let bsk = data["bsk"].as_str();
        let seal = SealPlan { key_id: String::new(), chain: vec![], sub_filter: String::new() };
        let view = view(&View {
            data,
            fields: &service.fields,
            uin,
            department_code: service.department.clone(),
            department: self.names.departments.get(&service.department).cloned().unwrap_or_else(code),
            service_code: service.service.clone(),
            service: service.name.clone(),
            bsk: bsk.map(|code| format!("BSK {code}")),
            district: bsk.and_then(|code| self.names.districts.get(code.get(..3)?).cloned()),
            holder,
            minted_at: at,
            period: Period::of(data),
            verify_host: HOST.into(),
            specimen: true,
            seal: &seal,
        });
        Some(Plan {
            v: 1,
            kind: DocumentKind::Certificate,
            uin,
            department: service.department.clone(),
            service: service.service.clone(),
            minted_at: at,
            claims: vec![],
            credential_kid: String::new(),
            cti: vec![0; 16],
            status: StatusIndex { year: at.day().year(), list: 0, index: 0 },
            facts: Value::Null,
            facts_digest: String::new(),
            view,
            assets: service.assets(),
            template: service.template(),
            renderer: RENDERER_ID.into(),
            verify_host: HOST.into(),
            specimen: true,
            seal,
        })
    }
}

/// A QR code of the size that a real one has; it verifies nowhere.
pub fn sample_qr() -> Option<QrMatrix> {
    const SYMBOLS: &[u8; 41] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ$*+-.";
    let fragment: String = (0..FRAGMENT).map(|n| char::from(SYMBOLS[n * n * 7 % 41])).collect();
    QrMatrix::encode(&format!("HTTPS://{}/#{fragment}", HOST.to_uppercase())).ok()
}
