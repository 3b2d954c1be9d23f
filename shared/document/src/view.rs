//! The words and figures that a template prints, as `certificate.json`.

use crate::service::fields::Place;
use jiff::civil::Date;
use mohor_domain::{
    catalogue::Name,
    civil::{self, Instant},
    plan::SealPlan,
    table,
    uin::Uin,
};
use serde_json::{Value, json};

/// What is displayed on a certificate.
#[derive(Debug, Clone)]
pub struct View<'a> {
    /// The approval's `data`: its number, applicant, officer, the service's own fields.
    pub data: &'a Value,
    /// The JSON Schema of the service's own fields: it says which of them are days.
    pub fields: &'a Value,
    /// The number.
    pub uin: Uin,
    /// Letters of the department.
    pub department_code: String,
    /// The department.
    pub department: Name,
    /// The service's slug.
    pub service_code: String,
    /// The service.
    pub service: Name,
    /// The centre's name, if the application came through one.
    pub bsk: Option<String>,
    /// Its district.
    pub district: Option<Name>,
    /// Whom the certificate is about; also who applied, where the approval does not say.
    pub holder: Name,
    /// When it was minted: the date of issue.
    pub minted_at: Instant,
    /// When it is valid.
    pub period: Period,
    /// The only genuine host for verification.
    pub verify_host: String,
    /// SPECIMEN across the page.
    pub specimen: bool,
    /// How it is sealed.
    pub seal: &'a SealPlan,
}

/// The period of validity, both days included.
#[derive(Debug, Clone, Copy)]
pub struct Period {
    /// First day.
    pub from: Option<Date>,
    /// Last day.
    pub until: Option<Date>,
}

impl Period {
    /// The approval's own, or that among the service's fields (a trade licence has it there).
    pub fn of(data: &Value) -> Self {
        let day = |name: &str| {
            let found = data.get(name).or_else(|| data["certificate"].get(name));
            found.and_then(Value::as_str).and_then(civil::parse_date)
        };
        Self { from: day("valid_from"), until: day("valid_until") }
    }
}

/// The JSON that templates read. Dates are words in both languages; so is every text among the service's fields that its
/// schema declares to be a day. What only looks like one is printed as it stands.
pub fn view(view: &View<'_>) -> Value {
    let data = view.data;
    let text = |pointer: &str| data.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let name = |name: &Name| json!({"en": name.en, "bn": name.bn});
    let supersedes = data["supersedes"].as_str().and_then(|text| Uin::canonical(text).ok());
    json!({
        "uin": view.uin,
        "uin_grouped": view.uin.grouped(),
        "department": {"code": view.department_code, "en": view.department.en, "bn": view.department.bn},
        "service": {"code": view.service_code, "en": view.service.en, "bn": view.service.bn},
        "bsk": view.bsk,
        "district": view.district.as_ref().map(name),
        "application_no": text("/application_no"),
        "holder": name(&view.holder),
        "applicant": name(Name::at(data, "/applicant/name").as_ref().unwrap_or(&view.holder)),
        "officer": {
            "name": text("/approved_by/name"),
            "designation": text("/approved_by/designation"),
            "id": text("/approved_by/officer_id"),
        },
        "approved_on": day(Instant::parse(text("/approved_at")).unwrap_or(view.minted_at).day()),
        "issued_on": day(view.minted_at.day()),
        "valid_from": view.period.from.map(day),
        "valid_until": view.period.until.map(day),
        "fields": words(&data["certificate"], &Place::root(view.fields)),
        "verify_host": view.verify_host,
        "specimen": view.specimen,
        "supersedes": supersedes.map(|uin| uin.grouped()),
        "seal": seal_words(view.seal),
    })
}

/// A day in words.
pub(crate) fn day(day: Date) -> Value {
    json!(table::day(day))
}

/// How the seal is packed and by which certificate.
pub(crate) fn seal_words(seal: &SealPlan) -> String {
    let packed = match seal.sub_filter.as_str() {
        "adbe.pkcs7.detached" => "PKCS #7, SHA-256",
        _ => "PAdES, SHA-256",
    };
    match seal.key_id.get(..16) {
        Some(id) => format!("{packed}, {} {} {} {}", &id[..4], &id[4..8], &id[8..12], &id[12..]),
        None => packed.into(),
    }
}

/// Declared days as words; everything else as it is.
fn words(value: &Value, place: &Place<'_>) -> Value {
    match value {
        Value::String(text) if place.is_day() => civil::parse_date(text).map_or_else(|| value.clone(), day),
        Value::Array(items) => items.iter().enumerate().map(|(n, item)| words(item, &place.item(n))).collect(),
        Value::Object(members) => {
            members.iter().map(|(name, member)| (name.clone(), words(member, &place.member(name)))).collect()
        }
        _ => value.clone(),
    }
}
