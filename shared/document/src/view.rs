//! The words and figures that a template prints, as `certificate.json`.

use mohor_domain::{
    catalogue::Name,
    civil::{self, Instant},
    uin::Uin,
};
use serde_json::{Value, json};

/// What is displayed on a certificate.
#[derive(Debug, Clone)]
pub struct View {
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
    /// The department's own number.
    pub application_no: String,
    /// Whom the certificate is about.
    pub holder: Name,
    /// Who applied.
    pub applicant: Name,
    /// Who approved.
    pub officer_name: String,
    /// In which office.
    pub officer_designation: String,
    /// The department's own id of that officer.
    pub officer_id: String,
    /// When it was approved.
    pub approved_at: Instant,
    /// When it was minted: the date of issue.
    pub minted_at: Instant,
    /// First day of validity.
    pub valid_from: Option<jiff::civil::Date>,
    /// Last day of validity.
    pub valid_until: Option<jiff::civil::Date>,
    /// The service's own fields, as approved.
    pub certificate: Value,
    /// The only genuine host for verification.
    pub verify_host: String,
    /// SPECIMEN across the page.
    pub specimen: bool,
    /// The certificate that this one corrects.
    pub supersedes: Option<Uin>,
}

/// The JSON that templates read. Dates are words in both languages; so is every text among the service's fields that
/// is a civil date.
pub fn view(view: &View) -> Value {
    let name = |name: &Name| json!({"en": name.en, "bn": name.bn});
    let day = |day: jiff::civil::Date| json!({"en": civil::date_en(day), "bn": civil::date_bn(day)});
    json!({
        "uin": view.uin,
        "uin_grouped": view.uin.grouped(),
        "department": {"code": view.department_code, "en": view.department.en, "bn": view.department.bn},
        "service": {"code": view.service_code, "en": view.service.en, "bn": view.service.bn},
        "bsk": view.bsk,
        "district": view.district.as_ref().map(name),
        "application_no": view.application_no,
        "holder": name(&view.holder),
        "applicant": name(&view.applicant),
        "officer": {"name": view.officer_name, "designation": view.officer_designation, "id": view.officer_id},
        "approved_on": day(view.approved_at.day()),
        "issued_on": day(view.minted_at.day()),
        "valid_from": view.valid_from.map(day),
        "valid_until": view.valid_until.map(day),
        "fields": words(&view.certificate),
        "verify_host": view.verify_host,
        "specimen": view.specimen,
        "supersedes": view.supersedes.map(|uin| uin.grouped()),
    })
}

/// Civil dates as words; everything else as it is.
fn words(value: &Value) -> Value {
    match value {
        Value::String(text) => match civil::parse_date(text) {
            Some(day) => json!({"en": civil::date_en(day), "bn": civil::date_bn(day)}),
            None => value.clone(),
        },
        Value::Array(items) => items.iter().map(words).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), words(member))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
    }
}
