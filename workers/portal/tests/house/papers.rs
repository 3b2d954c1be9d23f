//! What the house's certificates are made of: a plan and the service folders.

use super::CREDENTIAL;
use ed25519_dalek::SigningKey;
use mohor_document::{
    credential::{self, Claims, StatusRef},
    service::Services,
};
use mohor_domain::{catalogue::Catalogue, civil::Instant, plan::Plan, uin::Uin};
use serde_json::json;
use sha2::{Digest, Sha256};

/// A plan of a caste certificate, with all that a mask may hide.
pub fn plan(uin: Uin, now: Instant, valid_until: Option<&str>) -> Plan {
    let cti: [u8; 16] = Sha256::digest(uin.as_str())[..16].try_into().expect("16 bytes");
    let mut facts = json!({
        "v": 1, "uin": uin, "department": uin.department(), "service": "caste-certificate",
        "holder": {"en": "Sombari Mahato", "bn": "সোমবারি মাহাতো"},
        "certificate": {
            "category": "ST", "community": "<b>Santal</b>", "born": "1990-02-03", "father": "Mangal Mahato",
            "secret": "not to be seen",
        },
        "issued_at": now,
    });
    if let Some(day) = valid_until {
        facts["valid_until"] = day.into();
    }
    let claims = credential::encode_claims(&Claims {
        issuer: uin.department().into(),
        uin,
        expires: None,
        issued_at: now.seconds(),
        cti,
        service: 1,
        holder: "Sombari Mahato".into(),
        facts: vec![],
        status: StatusRef { list: 0, index: u32::from(cti[0]) },
        digest: [2; 16],
    });
    serde_json::from_value(json!({
        "v": 1, "kind": "certificate", "uin": uin, "department": uin.department(), "service": "caste-certificate",
        "minted_at": now, "claims": hex::encode(claims),
        "credential_kid": hex::encode(credential::kid(&SigningKey::from_bytes(&CREDENTIAL).verifying_key().to_bytes())),
        "cti": hex::encode(cti), "status": {"year": 2026, "list": 0, "index": u32::from(cti[0])}, "facts": facts,
        "facts_digest": "00", "view": {}, "assets": [], "template": "t", "renderer": "r",
        "verify_host": "verify.example.in", "specimen": true,
        "seal": {"key_id": "k", "chain": [], "sub_filter": "ETSI.CAdES.detached"},
    }))
    .expect("plan")
}

/// The service folders: one of its own with every kind of mask, and the generic one.
pub fn services(catalogue: &Catalogue) -> Services {
    const TOML: &str = r#"
        limits = "BCW/caste-certificate"
        number = 1
        name_en = "Caste certificate"
        name_bn = "জাতি শংসাপত্র"
        output = "certificate"
        holder = "/applicant/name"
        mask = [
            { pointer = "/certificate/category", label_en = "Category", label_bn = "শ্রেণি", show = "full" },
            { pointer = "/certificate/community", label_en = "Community", label_bn = "সম্প্রদায়", show = "full" },
            { pointer = "/certificate/born", label_en = "Year of birth", label_bn = "জন্মসাল", show = "year" },
            { pointer = "/certificate/father", label_en = "Father", label_bn = "পিতা", show = "name" },
            { pointer = "/certificate/secret", label_en = "Secret", label_bn = "গোপন", show = "hidden" },
        ]
    "#;
    let files = ["generic", "BCW/caste-certificate"].into_iter().flat_map(|folder| {
        [("service.toml", TOML), ("fields.schema.json", "{}"), ("certificate.typ", ""), ("example.json", "{}")]
            .map(|(name, text)| (format!("{folder}/{name}"), text))
    });
    let mut files: Vec<(String, &str)> = files.collect();
    files.push(("base.typ".into(), ""));
    let files = files.iter().map(|(path, text)| (path.as_str(), text.as_bytes()));
    Services::load(files, catalogue).unwrap_or_else(|faults| panic!("{faults:?}"))
}
