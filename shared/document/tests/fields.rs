//! What the schema of a service says of its fields holds on paper, and what its folder says wrongly is found.

use crate::common::{SERVICES, example, files, pdf_of, plan, ready, schemas, words};
use mohor_document::service::check;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const BIRTH: &str = "UMA/birth-death-certificate";

#[test]
fn a_text_that_looks_like_a_day_is_printed_as_it_stands_and_a_day_in_words() {
    for folder in [BIRTH, "UMA/birth-death-certificate-copy"] {
        let mut data = example(folder);
        data["certificate"]["registration_no"] = json!("1987-11-05");
        data["certificate"]["registration_date"] = json!("1987-11-06");
        let fields = &plan(&data).view["fields"];
        assert_eq!(fields["registration_no"], "1987-11-05");
        assert_eq!(fields["registration_date"], json!({"en": "6 November 1987", "bn": "৬ নভেম্বর ১৯৮৭"}));
    }
    for (folder, field) in [
        ("LRR/record-of-rights-copy", "/plots/0/plot_no"),
        ("LRR/plot-information", "/plot_no"),
        ("SED/migration-certificate", "/roll_no"),
        ("SED/migration-certificate", "/registration_no"),
        ("TRN/vehicle-registration-particulars", "/registration_no"),
        ("BCW/caste-certificate", "/sub_division"),
        ("BCW/caste-certificate", "/father_name/en"),
        ("generic", "/particulars/0/value/en"),
    ] {
        let mut data = example(folder);
        *data["certificate"].pointer_mut(field).expect("a field") = json!("1987-11-05");
        assert_eq!(plan(&data).view["fields"].pointer(field), Some(&json!("1987-11-05")), "{folder}{field}");
    }
    for (folder, field) in [
        ("TRN/vehicle-registration-particulars", "registered_on"),
        ("UMA/trade-licence", "valid_until"),
        ("PRD/trade-registration", "valid_from"),
    ] {
        assert!(plan(&example(folder)).view["fields"][field]["bn"].is_string(), "{folder}: {field} is in words");
    }
}

#[test]
fn a_parent_who_is_not_named_has_no_row() {
    if !ready("pdftotext") {
        return;
    }
    let rows = [("mother_name", "Mother'sname", "মাতারনাম"), ("father_name", "Father'sname", "পিতারনাম")];
    for folder in [BIRTH, "UMA/birth-death-certificate-copy", "BCW/caste-certificate", "HHA/domicile-certificate"] {
        for (field, en, bn) in rows {
            let mut data = example(folder);
            let there = words(&pdf_of(&data));
            if data["certificate"].as_object_mut().expect("fields").remove(field).is_some() {
                let paper = words(&pdf_of(&data));
                assert!(there.contains(en) && there.contains(bn), "{folder}: {there}");
                assert!(!paper.contains(en) && !paper.contains(bn), "{folder}: {paper}");
            }
        }
    }
    let mut foundling = example(BIRTH);
    for (field, ..) in rows {
        foundling["certificate"].as_object_mut().expect("fields").remove(field);
    }
    assert!(words(&pdf_of(&foundling)).contains("Registrationnumber"));
}

/// The faults of the folder of births with a file changed.
fn faults(name: &str, change: impl Fn(&str) -> String) -> Vec<String> {
    let mut files: BTreeMap<String, Vec<u8>> = files(&schemas().join("services").join(BIRTH));
    let changed = change(std::str::from_utf8(&files[name]).expect("UTF-8"));
    assert_ne!(changed.as_bytes(), files[name], "{name} is changed");
    files.insert(name.into(), changed.into_bytes());
    check(&files, &SERVICES).iter().map(ToString::to_string).collect()
}

#[test]
fn a_folder_that_contradicts_itself_is_told_where() {
    let added = |rule: &str| faults("service.toml", |text| format!("{text}\n{rule}\n"));
    let order = |earlier: &str, later: &str| added(&format!("[[order]]\nearlier = \"{earlier}\"\nlater = \"{later}\""));
    let day = "/certificate/date_of_event";
    assert_eq!(order(day, "/approved_at"), [""; 0], "said twice, and true");
    assert_eq!(order(day, "/submitted_at"), [""; 0]);
    let fault = |found: Vec<String>, words: &str| {
        assert!(found.len() == 1 && found[0].contains(words), "{found:#?} and not {words}");
    };
    fault(order("/certificate/registration_no", day), "`/certificate/registration_no` is neither a day or year");
    fault(order(day, "/certificate/nothing"), "`/certificate/nothing` is neither a day or year");
    fault(order(day, "/approved_by"), "`/approved_by` is neither a day or year");
    fault(order(day, day), "is compared with itself");
    fault(order("/certificate/registration_date", day), "example.json: /certificate/date_of_event:");
    fault(added("[[order]]\nearlier = \"/certificate/date_of_event\""), "missing field `later`");
    let year =
        "[[mask]]\npointer = \"/certificate/registration_no\"\nlabel_en = \"x\"\nlabel_bn = \"y\"\nshow = \"year\"";
    fault(added(year), "`/certificate/registration_no` is no day by fields.schema.json");
    let fact = faults("service.toml", |text| text.replacen("kind = \"date\"", "kind = \"text\"", 1));
    assert_eq!(fact, [""; 0], "a day is a text too");
    let undeclared = faults("fields.schema.json", |text| text.replacen(",\n      \"format\": \"date\"", "", 1));
    assert_eq!(undeclared.len(), 4, "a fact, a mask and two rules: {undeclared:#?}");
    assert!(undeclared[0].contains("`/certificate/date_of_event` is no day by fields.schema.json"), "{undeclared:#?}");
    fault(
        faults("fields.schema.json", |text| text.replacen("    \"name\",\n", "", 1)),
        "`name` may be left out by fields.schema.json",
    );
}

#[test]
fn a_template_that_needs_what_may_be_left_out_is_a_fault() {
    let needy =
        faults("certificate.typ", |text| text.replacen("f.at(\"father_name\", default: none)", "f.father_name", 1));
    assert!(needy.len() == 1 && needy[0].contains("without the fields that are not `required`"), "{needy:#?}");
}

#[test]
fn days_of_one_approval_contradict_in_one_place() {
    let disorder = |folder: &str, changes: Value| {
        let mut data = example(folder);
        let fields = data["certificate"].as_object_mut().expect("fields");
        fields.extend(changes.as_object().cloned().expect("changes"));
        let word = |name: &str| data[name].as_str().expect("text");
        let service = SERVICES.find(word("department"), word("service")).expect("a service");
        service.misordered(&data).map(|refusal| format!("{} {}", refusal.code.as_str(), refusal.pointer))
    };
    // Approved on 27 August 2026.
    let birth = |event: &str, registered: &str| {
        disorder(BIRTH, json!({"date_of_event": event, "registration_date": registered}))
    };
    assert_eq!(birth("2026-08-27", "2026-08-27"), None);
    assert_eq!(birth("2026-08-28", "2026-08-29").as_deref(), Some("date_future /data/certificate/date_of_event"));
    assert_eq!(birth("2026-08-26", "2026-08-28").as_deref(), Some("date_future /data/certificate/registration_date"));
    let order = Some("date_order /data/certificate/registration_date");
    assert_eq!(birth("2026-08-26", "2026-08-25").as_deref(), order);
    assert_eq!(birth("2026-09-26", "2026-08-25").as_deref(), order, "the order of the codes");
    for (folder, changes, wanted) in [
        (
            "UMA/trade-licence",
            json!({"valid_from": "2019-04-01", "valid_until": "2020-03-31"}),
            "date_order valid_until",
        ),
        ("PRD/trade-registration", json!({"valid_until": "2026-10-11"}), "date_order valid_until"),
        ("TRN/vehicle-registration-particulars", json!({"registered_on": "2026-08-17"}), "date_future registered_on"),
        ("HHA/domicile-certificate", json!({"resident_since": 2027}), "date_future resident_since"),
        ("SED/migration-certificate", json!({"year": 2100}), "date_future year"),
    ] {
        let (code, field) = wanted.split_once(' ').expect("two words");
        assert_eq!(disorder(folder, changes), Some(format!("{code} /data/certificate/{field}")), "{folder}");
    }
}
