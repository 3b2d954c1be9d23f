//! What the door says of an approval's own fields: days that contradict, letters that would be lost, what may be left out.

use mohor_domain::event::Answer;
use mohor_ports::ledger::Checked;
use mohor_tests::{fuzz, samples, tree};
use serde_json::{Value, json};

/// `accepted`, or code and pointer of the refusal; and its words.
fn answer(event: &Value) -> (String, String) {
    match fuzz::checks().event(None, event.to_string().as_bytes(), fuzz::now()) {
        Checked::Valid(_) => ("accepted".into(), String::new()),
        Checked::Refused { answer: Answer::Refused { refusal, .. }, .. } => {
            (format!("{} {}", refusal.code.as_str(), refusal.pointer), refusal.reason_en)
        }
        Checked::Refused { answer, .. } => panic!("{answer:?}"),
    }
}

fn birth() -> Value {
    let text = tree::read("schemas/examples/v1/valid/application.approved.one-parent.json");
    serde_json::from_str(&text).expect("an example")
}

fn with(mut event: Value, changes: &[(&str, Value)]) -> Value {
    for (field, value) in changes {
        event["data"]["certificate"][*field] = value.clone();
    }
    event
}

#[test]
fn days_that_contradict_the_approval_or_each_other_are_refused_by_the_field() {
    // Approved on 27 August 2026, months before it is told.
    for (event, registered, wanted) in [
        ("2026-08-27", "2026-08-27", "accepted"),
        ("2026-08-28", "2026-08-28", "date_future /data/certificate/date_of_event"),
        ("2026-11-30", "2026-11-30", "date_future /data/certificate/date_of_event"),
        ("2026-08-20", "2026-08-28", "date_future /data/certificate/registration_date"),
        ("2026-08-20", "2026-08-19", "date_order /data/certificate/registration_date"),
        ("2099-01-01", "2026-08-19", "date_order /data/certificate/registration_date"),
    ] {
        let event = with(birth(), &[("date_of_event", json!(event)), ("registration_date", json!(registered))]);
        assert_eq!(answer(&event).0, wanted, "{event}");
    }
    let mut late = birth();
    late["data"]["approved_at"] = json!("2099-01-01T00:00:00+05:30");
    let ahead =
        with(late.clone(), &[("date_of_event", json!("2099-02-01")), ("registration_date", json!("2099-02-02"))]);
    assert_eq!(answer(&ahead).0, "date_future /data/approved_at", "the approval itself comes first");
    let crossed = with(late, &[("date_of_event", json!("2026-08-02")), ("registration_date", json!("2026-08-01"))]);
    assert_eq!(answer(&crossed).0, "date_order /data/certificate/registration_date", "the order of the codes");
}

#[test]
fn a_validity_that_is_over_when_it_is_approved_is_refused_for_every_service() {
    for mut event in samples::one_of_each_service() {
        event["data"]["valid_until"] = json!("2020-12-31");
        assert_eq!(answer(&event).0, "date_order /data/valid_until", "{}", event["data"]["service"]);
        if event["data"]["certificate"].get("valid_until").is_some() {
            event["data"].as_object_mut().expect("data").remove("valid_until");
            let event = with(event, &[("valid_from", json!("2019-01-01")), ("valid_until", json!("2020-12-31"))]);
            assert_eq!(answer(&event).0, "date_order /data/certificate/valid_until");
        }
    }
}

#[test]
fn a_letter_that_the_fonts_would_lose_is_refused_by_field_and_cluster() {
    let caste = |pointer: &str, text: &str| {
        let mut event = samples::caste(1);
        *event.pointer_mut(pointer).expect("a field") = json!(text);
        answer(&event)
    };
    for pointer in [
        "/data/applicant/name/bn",
        "/data/applicant/name/en",
        "/data/approved_by/name",
        "/data/approved_by/designation",
        "/data/certificate/father_name/bn",
        "/data/certificate/address/bn",
        "/data/certificate/sub_division",
    ] {
        for (text, cluster) in [("ক\u{303}মল", "U+0995 U+0303"), ("আ\u{301}নন্দ", "U+0986 U+0301")] {
            let (got, words) = caste(pointer, text);
            assert_eq!(got, format!("bad_text {pointer}"));
            assert!(words.contains(&format!("no font of the certificate draws {cluster} as one letter")), "{words}");
        }
        assert!(!caste(pointer, "ক\u{303}মল").1.contains("মল"), "nobody's name is repeated");
    }
    for good in ["প্রসেনজিৎ ৰায়", "অ্যাঞ্জেলা র\u{200D}্যাম", "Jose\u{301} x\u{303}", "য\u{9BC}াসিন"]
    {
        assert_eq!(caste("/data/applicant/name/bn", good).0, "accepted", "{good}");
    }
}

#[test]
fn a_parent_may_be_left_out_and_is_never_null() {
    assert_eq!(answer(&birth()).0, "accepted");
    assert_eq!(answer(&with(birth(), &[("father_name", Value::Null)])).0, "schema /data/certificate/father_name");
    for mut event in samples::one_of_each_service() {
        let fields = event["data"]["certificate"].as_object_mut().expect("fields");
        if fields.remove("father_name").is_some() {
            assert_eq!(answer(&event).0, "accepted", "{}", event["data"]["service"]);
        }
    }
    let mut nameless = birth();
    nameless["data"]["certificate"].as_object_mut().expect("fields").remove("name");
    assert_eq!(answer(&nameless).0, "schema /data/certificate/name");
}
