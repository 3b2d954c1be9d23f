//! What of a certificate anybody may see: enough to compare with a paper, too little to learn about a person.
//!
//! Department, service and dates are shown in full, the holder always masked, and of the service's own facts what its
//! `service.toml` opens, masked as it says there.

use crate::{judge::last_day, site::Portal};
use mohor_document::service::{MaskRule, Show};
use mohor_domain::{
    catalogue::Name,
    civil::{digits_bn, parse_date},
    table,
    text::{mask_but_last4, mask_name},
};
use mohor_ports::ledger::{Certificate, Document};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// One fact to be compared with the paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Shown {
    /// English.
    pub label_en: String,
    /// Bengali.
    pub label_bn: String,
    /// Masked as the service says.
    pub value: String,
    /// The same in Bengali, where it differs.
    pub value_bn: Option<String>,
}

fn row(label_en: &str, label_bn: &str, value: Name) -> Shown {
    let value_bn = (value.bn != value.en && !value.bn.is_empty()).then_some(value.bn);
    Shown { label_en: label_en.into(), label_bn: label_bn.into(), value: value.en, value_bn }
}

/// The holder's name, masked in both scripts.
pub(crate) fn holder(certificate: &Certificate) -> Name {
    let text = |lang: &str| certificate.plan.facts["holder"][lang].as_str().map(mask_name).unwrap_or_default();
    Name { en: text("en"), bn: text("bn") }
}

/// The rows of an issued certificate.
pub(crate) fn shown(portal: &Portal, certificate: &Certificate) -> Vec<Shown> {
    let plan = &certificate.plan;
    let department = portal.catalogue.departments.get(&plan.department).cloned();
    let service = portal.catalogue.service(&plan.department, &plan.service).map(|row| row.name.clone());
    let mut rows = vec![
        row("Issued by", "প্রদানকারী বিভাগ", department.unwrap_or_else(|| Name::same(&plan.department))),
        row("Certificate", "শংসাপত্র", service.unwrap_or_else(|| Name::same(&plan.service))),
        row("Holder", "যাঁর নামে", holder(certificate)),
        row("Date of issue", "প্রদানের তারিখ", table::day(plan.minted_at.day())),
    ];
    if let Some(last) = last_day(certificate) {
        rows.push(row("Valid until", "মেয়াদ শেষের তারিখ", table::day(last)));
    }
    if let Some(service) = portal.services.find(&plan.department, &plan.service) {
        let rules = service.mask.iter().filter(|rule| rule.pointer != service.holder);
        rows.extend(rules.filter_map(|rule| {
            let is_day = service.is_day(&rule.pointer);
            Some(row(&rule.label_en, &rule.label_bn, masked(rule, found(&plan.facts, &rule.pointer)?, is_day)?))
        }));
    }
    rows
}

/// The rows of another document: kind, issuer and day. What it is about is not anybody's to know.
pub(crate) fn shown_of(document: &Document) -> Vec<Shown> {
    let name = |value: &Value| Name {
        en: value["en"].as_str().unwrap_or_default().into(),
        bn: value["bn"].as_str().unwrap_or_default().into(),
    };
    let made = document.plan.as_ref().map_or(document.ordered_at, |plan| plan.planned_at).day();
    vec![
        row("Document", "নথি", name(document.title())),
        row("Issued by", "প্রদানকারী দপ্তর", name(&document.order.view["issuer"])),
        row("Date of issue", "প্রদানের তারিখ", table::day(made)),
    ]
}

/// A fact by its pointer into the approval's data; the facts hold the applicant's name one level higher.
fn found<'f>(facts: &'f Value, pointer: &str) -> Option<&'f Value> {
    match pointer.strip_prefix("/applicant/name") {
        Some(rest) => facts["applicant"].pointer(rest),
        None => facts.pointer(pointer),
    }
}

/// As much of a fact as the rule opens; nothing of what is neither a text, a number, a yes or no, nor a name in two
/// languages. The name of a person is masked whatever the rule says. A day is what the schema declares to be one: a register's
/// number that looks like a day is shown as it stands there.
fn masked(rule: &MaskRule, value: &Value, is_day: bool) -> Option<Name> {
    let name = match value {
        Value::String(text) => match parse_date(text) {
            Some(day) if is_day && rule.show == Show::Full => table::day(day),
            _ => Name { en: text.clone(), bn: String::new() },
        },
        Value::Number(number) => Name { en: number.to_string(), bn: digits_bn(&number.to_string()) },
        Value::Bool(true) => Name { en: "yes".into(), bn: "হ্যাঁ".into() },
        Value::Bool(false) => Name { en: "no".into(), bn: "না".into() },
        Value::Object(_) => {
            Name { en: value["en"].as_str()?.into(), bn: value["bn"].as_str().unwrap_or_default().into() }
        }
        Value::Null | Value::Array(_) => return None,
    };
    let person = rule.pointer.starts_with("/applicant/name");
    let each = |mask: fn(&str) -> String| {
        let of = |text: &str| if text.is_empty() { String::new() } else { mask(text) };
        Name { en: of(&name.en), bn: of(&name.bn) }
    };
    match rule.show {
        Show::Hidden => None,
        Show::Name => Some(each(mask_name)),
        _ if person => Some(each(mask_name)),
        Show::Full => Some(name),
        Show::Last4 => Some(each(mask_but_last4)),
        Show::Year => {
            let year = parse_date(value.as_str()?)?.year().to_string();
            Some(Name { bn: digits_bn(&year), en: year })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn shows(pointer: &str, show: Show, value: Value) -> Option<(String, String)> {
        let rule = MaskRule { pointer: pointer.into(), label_en: "x".into(), label_bn: "y".into(), show };
        masked(&rule, &value, pointer.ends_with("day")).map(|name| (name.en, name.bn))
    }

    #[test]
    fn a_number_that_looks_like_a_day_is_shown_as_it_stands() {
        let shown = shows("/certificate/registration_no", Show::Full, json!("1987-11-05"));
        assert_eq!(shown, Some(("1987-11-05".into(), String::new())));
    }

    #[test]
    fn each_rule_shows_as_much_as_it_says() {
        let field = "/certificate/x";
        let both = |en: &str, bn: &str| Some((en.to_owned(), bn.to_owned()));
        assert_eq!(shows("/certificate/day", Show::Full, json!("2026-07-28")), both("28 July 2026", "২৮ জুলাই ২০২৬"));
        assert_eq!(shows(field, Show::Year, json!("1990-01-02")), both("1990", "১৯৯০"));
        assert_eq!(shows(field, Show::Year, json!("12 Station Road")), None, "what is no date has no year to show");
        assert_eq!(shows(field, Show::Last4, json!("1216379241")), both("•••9241", ""));
        assert_eq!(shows(field, Show::Name, json!({"en": "Ram Das", "bn": "রাম দাস"})), both("R••• D•••", "রা••• দা•••"));
        assert_eq!(shows(field, Show::Full, json!(12)), both("12", "১২"));
        assert_eq!(shows(field, Show::Hidden, json!("secret")), None);
        assert_eq!(shows(field, Show::Full, json!(["a"])), None);
        assert_eq!(shows(field, Show::Last4, json!(123456)), both("•••456", "•••৪৫৬"));
    }

    #[test]
    fn a_persons_name_is_masked_whatever_the_rule_says() {
        let shown = shows("/applicant/name", Show::Full, json!({"en": "Ram Das", "bn": "রাম দাস"}));
        assert_eq!(shown.map(|both| both.0), Some("R••• D•••".into()));
        let facts = json!({"applicant": {"en": "Ram Das"}, "certificate": {"a": 1}});
        assert_eq!(found(&facts, "/applicant/name/en"), Some(&json!("Ram Das")));
        assert_eq!(found(&facts, "/certificate/a"), Some(&json!(1)));
    }
}
