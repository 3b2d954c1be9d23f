//! Approvals become certificates that strangers verify, with tools this project did not write.

use mohor_tests::{
    house::House,
    samples,
    tools::{self, closed_up, must},
    tree,
};
use serde_json::Value;
use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    path::Path,
};

/// The holder's names: what the service calls its holder, in English and Bengali.
fn holder(event: &Value) -> (String, Option<String>) {
    let data = &event["data"];
    let folder = format!("schemas/services/{}/{}", text(&data["department"]), text(&data["service"]));
    let place = match fs::read_to_string(tree::root().join(&folder).join("service.toml")) {
        Ok(text) => {
            let service: toml::Table = text.parse().unwrap_or_else(|error| panic!("{folder}/service.toml: {error}"));
            service.get("holder").and_then(toml::Value::as_str).unwrap_or("/applicant/name").to_owned()
        }
        Err(_) => "/applicant/name".into(),
    };
    let name = data.pointer(&place).unwrap_or_else(|| panic!("{folder}: nobody at {place} in {event}"));
    (text(&name["en"]).into(), name["bn"].as_str().map(Into::into))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}"))
}

/// The certificate of each application, by its number.
fn by_application(certificates: &[Value]) -> BTreeMap<String, &Value> {
    certificates.iter().map(|certificate| (text(&certificate["application_no"]).to_owned(), certificate)).collect()
}

#[test]
fn strangers_verify_a_certificate_of_every_service() {
    let (pyhanko, python) = (tools::python("pyhanko"), tools::python("python"));
    if !tools::ready(&[&pyhanko, &python, "pdfsig", "pdftotext", "pdftoppm", "zbarimg"]) {
        return;
    }
    for house in House::of_each_mode() {
        let events = samples::one_of_each_service();
        let summary = house.demo(&house.events(&events));
        assert_eq!(
            (summary["issued"].as_u64(), summary["refused"].as_u64()),
            (Some(events.len() as u64), Some(0)),
            "{summary}"
        );
        let (trust, keys) = (text(&summary["trust"]), text(&summary["keys"]));
        let certificates = house.export();
        let certificates = by_application(&certificates);
        assert_eq!(certificates.len(), events.len());
        for event in &events {
            let certificate = certificates[text(&event["data"]["application_no"])];
            let pdf = house.pdf(certificate);
            seal_holds_for_others(&pdf, &pyhanko, &house.folder().join(trust));
            paper_says_what_was_approved(&pdf, certificate, event);
            code_holds_for_others(&pdf, certificate, &python, &house.folder().join(keys), house.folder());
        }
        house.assert_healthy();
    }
}

fn seal_holds_for_others(pdf: &Path, pyhanko: &str, trust: &Path) {
    let validate: [&OsStr; 7] = [
        "sign".as_ref(),
        "validate".as_ref(),
        "--pretty-print".as_ref(),
        "--no-revocation-check".as_ref(),
        "--trust".as_ref(),
        trust.as_ref(),
        pdf.as_ref(),
    ];
    let said = must(pyhanko, validate);
    assert!(said.contains("The signature is judged VALID."), "{said}");
    let said = must("pdfsig", [pdf]);
    assert!(said.contains("Signature is Valid"), "{said}");
    assert!(said.contains("Total document signed"), "{said}");
}

fn paper_says_what_was_approved(pdf: &Path, certificate: &Value, event: &Value) {
    let paper = tools::text_of_pdf(pdf);
    let uin = text(&certificate["uin"]);
    let groups = [&uin[..4], &uin[4..8], &uin[8..12], &uin[12..]];
    assert!([groups.concat(), groups.join("-")].iter().any(|form| paper.contains(form)), "no {uin} in {paper}");
    let (en, bn) = holder(event);
    assert!(paper.contains(&closed_up(&en)), "no {en} in {paper}");
    if let Some(bn) = bn {
        assert!(paper.contains(&closed_up(&bn)), "no {bn} in {paper}");
    }
}

fn code_holds_for_others(pdf: &Path, certificate: &Value, python: &str, keys: &Path, folder: &Path) {
    let code = tools::qr_of_pdf(pdf, folder);
    assert_eq!(code, text(&certificate["qr"]), "the code on paper is the recorded one");
    let script = tree::root().join("tests/tools/verify_credential.py");
    let said = must(python, [script.as_os_str(), code.as_ref(), keys.as_ref()]);
    let claims: Value = serde_json::from_str(&said).unwrap_or_else(|error| panic!("{error}: {said}"));
    assert_eq!(claims["uin"], certificate["uin"]);
    assert_eq!(claims["department"], certificate["department"]);
    let altered = code.replacen(&code[60..63], if &code[60..63] == "000" { "100" } else { "000" }, 1);
    assert!(
        !tools::run(python, [script.as_os_str(), altered.as_ref(), keys.as_ref()]).content,
        "an altered code is refused"
    );
}

#[test]
fn the_same_approvals_again_issue_nothing_new() {
    for house in House::of_each_mode() {
        let file = house.events(&samples::one_of_each_service());
        let first = house.demo(&file);
        let before = house.export();
        let again = house.demo(&file);
        assert_eq!(again["issued"], 0, "{again}");
        assert_eq!(again["duplicates"], first["issued"]);
        assert_eq!(house.export(), before, "numbers, digests and times stay");
    }
}

#[test]
fn the_bundled_approvals_are_all_issued_and_each_is_told_once() {
    let house = House::new();
    let mut command = house.command(["demo", "--exit", "--json", "--listen", "127.0.0.1:0"]);
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let bundled = samples::bundled();
    let certificates = house.export();
    assert_eq!(certificates.len(), bundled.len());
    let uins: BTreeSet<&str> = certificates.iter().map(|certificate| text(&certificate["uin"])).collect();
    assert_eq!(uins.len(), bundled.len(), "every number is another");
    let centres: BTreeSet<&str> = certificates.iter().filter_map(|certificate| certificate["bsk"].as_str()).collect();
    let mut told = BTreeSet::new();
    for centre in centres {
        for notice in notices(&house, centre) {
            let uin = text(&notice["data"]["uin"]).to_owned();
            assert!(uins.contains(uin.as_str()) && told.insert(uin), "{notice}");
        }
    }
    assert_eq!(told.len(), certificates.iter().filter(|certificate| certificate["bsk"].is_string()).count());
}

fn notices(house: &House, centre: &str) -> Vec<Value> {
    let outcome = house.run(["notices", centre, "--json"]);
    let lines = outcome.out.lines().map(|line| serde_json::from_str::<Value>(line).expect("a notice"));
    lines.filter(|line| line["type"] == "in.gov.wb.bsk.certificate.ready.v1").collect()
}

#[test]
fn what_a_newcomer_asks_is_answered() {
    for house in House::of_each_mode() {
        house.demo(&house.events(&[samples::caste(1)]));
        let certificate = &house.export()[0];
        let (uin, application_no) = (text(&certificate["uin"]), text(&certificate["application_no"]));
        for what in [uin, application_no] {
            let shown = house.run(["show", what, "--json"]);
            assert_eq!(shown.code, Some(0), "{shown:?}");
            assert_eq!(shown.json()[0]["uin"], uin);
        }
        assert_eq!(house.run(["show", "NO/SUCH/NUMBER"]).code, Some(1));
        let reserved = house.run(["uins", "reserve", "BCW", "3", "--json"]).json();
        assert_eq!(reserved["uins"].as_array().map(Vec::len), Some(3));
        let mut ascribed = samples::caste(2);
        ascribed["data"]["uin"] = reserved["uins"][0].clone();
        house.demo(&house.events(&[ascribed]));
        assert!(house.export().iter().any(|certificate| certificate["uin"] == reserved["uins"][0]));
        assert_eq!(house.run(["dead", "list", "--json"]).json(), serde_json::json!([]));
        assert_eq!(house.run(["check-config", "--json"]).json()["ok"], true);
        assert_eq!(house.run(["migrate"]).code, Some(0));
    }
}

#[test]
fn a_correction_takes_the_place_of_what_it_corrects() {
    for house in House::of_each_mode() {
        house.demo(&house.events(&[samples::caste(1)]));
        let first = text(&house.export()[0]["uin"]).to_owned();
        let mut correction = samples::caste(2);
        correction["data"]["supersedes"] = first.as_str().into();
        house.demo(&house.events(&[correction]));
        let certificates = house.export();
        let second =
            certificates.iter().find(|certificate| certificate["uin"] != *first).expect("the corrected certificate");
        assert_eq!(house.verdict(&first), "genuine_superseded");
        assert_eq!(house.verdict(text(&second["uin"])), "genuine");
        house.assert_healthy();
    }
}

#[test]
fn a_check_records_nothing_and_answers_like_the_door() {
    let house = House::new();
    let mut wrong = samples::caste(2);
    wrong["data"]["bsk"] = "NOWHERE1".into();
    let file = house.events(&[samples::caste(1), wrong]);
    let refused = house.folder().join("refused.ndjson");
    let refused_name = refused.to_string_lossy().into_owned();
    let mut answers = Vec::new();
    for check in [true, false] {
        let mut arguments = vec!["submit", file.to_str().expect("a path"), "--json", "--refused", &refused_name];
        arguments.extend(check.then_some("--check"));
        let outcome = house.run(arguments);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        answers.push((outcome.json()["accepted"].clone(), fs::read_to_string(&refused).expect("refusals")));
    }
    assert_eq!(answers[0], answers[1], "a check recorded something or answers otherwise");
    let refusal: Value = serde_json::from_str(&answers[0].1).expect("one refusal");
    assert_eq!(
        (refusal["line"].as_u64(), text(&refusal["code"]), text(&refusal["pointer"])),
        (Some(2), "unknown_bsk", "/data/bsk")
    );
}
