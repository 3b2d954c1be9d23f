//! A directory says who is in charge: never two at once, and a later one takes back nothing of what was.

use crate::catalogue;
use mohor_domain::{
    catalogue::Name,
    civil::Instant,
    directory::{self, Charge, Directory, Fault, MAX_BYTES, Office, Officer},
    people::{Deed, Place, Post, Reach},
};
use proptest::prelude::*;
use serde_json::{Value, json};

const DAY: i64 = 24 * 60 * 60 * 1000;

fn at(text: &str) -> Instant {
    Instant::parse(text).expect("a time")
}

fn sample() -> Value {
    json!({
        "department": "BCW", "version": 1,
        "offices": [
            {"code": "SDO-1", "name_en": "SDO, Dinhata", "name_bn": "মহকুমা শাসক, দিনহাটা", "districts": ["COB"],
             "appellate_office": "DM-COB", "reviewing_office": "STATE"},
            {"code": "DM-COB", "name_en": "District Magistrate", "districts": ["COB"]},
            {"code": "STATE", "name_en": "Commissionerate", "districts": ["state"]},
        ],
        "officers": [
            {"officer_id": "BCW-7", "name": "Rekha Das", "designation": "SDO", "login": "rekha"},
            {"officer_id": "BCW-8", "name": "Anita Roy", "designation": "DM"},
        ],
        "charges": [
            {"officer_id": "BCW-7", "office": "SDO-1", "post": "designated_officer", "from": "2026-01-01",
             "until": "2026-11-12"},
            {"officer_id": "BCW-8", "office": "SDO-1", "post": "designated_officer", "from": "2026-11-13",
             "services": ["caste-certificate"]},
            {"officer_id": "BCW-8", "office": "DM-COB", "post": "appellate_officer", "from": "2026-01-01T10:30:00+05:30"},
        ],
    })
}

fn read(value: &Value) -> Result<Directory, Vec<Fault>> {
    directory::read(value.to_string().as_bytes(), "BCW", &catalogue())
}

#[test]
fn a_charge_lasts_to_the_end_of_its_last_day() {
    let directory = read(&sample()).expect("nothing is wrong");
    let who = |text: &str, service: &'static str| -> Vec<&str> {
        let found = directory.in_charge("SDO-1", Post::DesignatedOfficer, Some(service), at(text));
        found.map(|charge| charge.officer.as_str()).collect()
    };
    assert_eq!(who("2025-12-31T23:59:59+05:30", "caste-certificate"), [""; 0]);
    assert_eq!(who("2026-01-01T00:00:00+05:30", "caste-certificate"), ["BCW-7"]);
    assert_eq!(who("2026-11-12T23:59:59.999+05:30", "caste-certificate"), ["BCW-7"]);
    assert_eq!(who("2026-11-13T00:00:00+05:30", "caste-certificate"), ["BCW-8"]);
    assert_eq!(who("2026-11-13T00:00:00+05:30", "another"), [""; 0], "of one service only");
    assert_eq!(directory.seat("SDO-1", Post::AppellateOfficer), "DM-COB");
    assert_eq!(directory.seat("DM-COB", Post::AppellateOfficer), "DM-COB", "its own");
    assert_eq!(directory.before("DM-COB", Post::AppellateOfficer), ["DM-COB", "SDO-1"]);
    assert_eq!(directory.before("STATE", Post::ReviewingOfficer), ["SDO-1", "STATE"]);
    let vacant = directory.vacant(at("2026-11-20T12:00:00+05:30"));
    assert!(vacant.contains(&("DM-COB", Post::DesignatedOfficer)), "a gap is seen: {vacant:?}");
    assert!(vacant.contains(&("STATE", Post::ReviewingOfficer)) && !vacant.iter().any(|it| it.0 == "SDO-1"));
    assert!(!vacant.contains(&("DM-COB", Post::AppellateOfficer)));
    assert_eq!(directory.office("STATE").expect("there").districts, [""; 0], "the whole State");
    assert_eq!(Directory::parse(&directory.text()).as_ref(), Some(&directory));
}

#[test]
fn both_forms_say_the_same() {
    let csv = "\u{FEFF}record,department,version,code,name_en,name_bn,districts,appellate_office,reviewing_office,\
        officer_id,name,designation,login,office,post,from,until,services,additional\n\
        directory,BCW,1,,,,,,,,,,,,,,,,\n\
        office,,,SDO-1,\"SDO, Dinhata\",\"মহকুমা শাসক, দিনহাটা\",COB,DM-COB,STATE,,,,,,,,,,\n\
        office,,,DM-COB,District Magistrate,,COB,,,,,,,,,,,,\n\
        office,,,STATE,Commissionerate,,state,,,,,,,,,,,,\n\
        officer,,,,,,,,,BCW-7,Rekha Das,SDO,rekha,,,,,,\n\
        officer,,,,,,,,,BCW-8,Anita Roy,DM,,,,,,,\n\
        charge,,,,,,,,,BCW-7,,,,SDO-1,designated_officer,2026-01-01,2026-11-12,,\n\
        charge,,,,,,,,,BCW-8,,,,SDO-1,designated_officer,2026-11-13,,caste-certificate,no\n\
        charge,,,,,,,,,BCW-8,,,,DM-COB,appellate_officer,2026-01-01T10:30:00+05:30,,,\n\
        ,,,,,,,,,,,,,,,,,,\n";
    let table = directory::read(csv.as_bytes(), "BCW", &catalogue()).expect("nothing is wrong");
    assert_eq!(table, read(&sample()).expect("nothing is wrong"));
}

#[test]
fn a_fault_names_record_field_and_rule() {
    let changed = |pointer: &str, value: Value| {
        let mut sample = sample();
        *sample.pointer_mut(pointer).expect("a member") = value;
        read(&sample).expect_err(pointer)
    };
    for (pointer, value, record, field) in [
        ("/department", json!("LRR"), "the file", "department"),
        ("/version", json!(0), "the file", "version"),
        ("/version", json!(1u64 << 40), "the file", "version"),
        ("/offices/0/code", json!(""), "offices[0]", "code"),
        ("/offices/0/code", json!("দ"), "offices[0]", "code"),
        ("/offices/1/code", json!("SDO-1"), "offices[1]", "code"),
        ("/offices/0/name_en", json!("x\u{202e}y"), "offices[0]", "name_en"),
        ("/offices/0/name_en", json!("x".repeat(201)), "offices[0]", "name_en"),
        ("/offices/0/districts", json!([]), "offices[0]", "districts"),
        ("/offices/0/districts", json!(["XXX"]), "offices[0]", "districts"),
        ("/offices/0/districts", json!("COB"), "offices[0]", "districts"),
        ("/offices/0/appellate_office", json!("NOWHERE"), "offices[0]", "appellate_office"),
        ("/officers/0/login", json!("Rekha Das"), "officers[0]", "login"),
        ("/officers/1/officer_id", json!("BCW-7"), "officers[1]", "officer_id"),
        ("/officers/0/designation", json!(7), "officers[0]", "designation"),
        ("/charges/0/post", json!("supervisor"), "charges[0]", "post"),
        ("/charges/0/from", json!("1.1.2026"), "charges[0]", "from"),
        ("/charges/0/until", json!("2025-12-31"), "charges[0]", "until"),
        ("/charges/1/services", json!(["no-such"]), "charges[1]", "services"),
        ("/charges/0/officer_id", json!("BCW-9"), "charges[0]", "officer_id"),
        ("/charges/0/office", json!("SDO-9"), "charges[0]", "office"),
        ("/charges/1/from", json!("2026-11-12"), "charges[1]", "from"),
    ] {
        let faults = changed(pointer, value);
        let named = faults.iter().any(|fault| (fault.record.as_str(), fault.field.as_str()) == (record, field));
        assert!(named, "{pointer}: {faults:?}");
        assert!(faults.iter().all(|fault| !fault.rule.is_empty() && !fault.to_string().contains("Rekha Das")));
    }
    let mut additional = sample();
    additional["charges"][1]["from"] = json!("2026-11-12");
    additional["charges"][1]["additional"] = json!(true);
    assert!(read(&additional).is_ok(), "in charge beside another");
    let mut more = sample();
    more["charges"][0]["remark"] = json!("x");
    assert_eq!(read(&more).expect_err("refused")[0].field, "remark");
}

#[test]
fn hostile_files_are_refused_and_nothing_else_happens() {
    let refused = |bytes: &[u8]| directory::read(bytes, "BCW", &catalogue()).expect_err("refused");
    for (bytes, words) in [
        (&b"\xff\xfe"[..], "UTF-8"),
        (b"", "record"),
        (b"{", "cannot be read"),
        (b"{\"department\":\"BCW\",\"version\":1,\"offices\":[],\"officers\":[],\"charges\":[],\"x\":1}", "unknown field"),
        (b"{\"department\":\"BCW\",\"department\":\"BCW\"}", "duplicate field"),
        (b"{\"department\":\"BCW\",\"version\":1,\"offices\":[7],\"officers\":[],\"charges\":[]}", "object"),
        (
            b"{\"department\":\"BCW\",\"version\":1,\"offices\":[{\"code\":\"A\",\"code\":\"B\"}],\"officers\":[],\"charges\":[]}",
            "named twice",
        ),
        (b"a,b\n1,2\n", "column `record`"),
        (b"record,department,version\nking,BCW,1\n", "directory, office, officer or charge"),
        (b"record,department,version\ndirectory,BCW\n", "as many cells"),
        (b"record,department,version\ndirectory,BCW,1\ndirectory,BCW,2\n", "once"),
        (b"record,department,version\ndirectory,BCW,one\n", "whole number"),
    ] {
        let faults = refused(bytes);
        assert!(faults.iter().any(|fault| fault.to_string().contains(words)), "{words}: {faults:?}");
    }
    assert!(refused(&vec![b' '; MAX_BYTES + 1])[0].rule.contains("MiB"));
    let deep = format!("{{\"department\":\"BCW\",\"version\":1,\"offices\":[{}],\"officers\":[],\"charges\":[]}}", {
        "[".repeat(100_000) + &"]".repeat(100_000)
    });
    assert!(!refused(deep.as_bytes()).is_empty());
    let many = (0..2_000).map(|n| format!("office,,,O-{n},N,X\n")).collect::<String>();
    let table = format!("record,department,version,code,name_en,districts\ndirectory,BCW,1,,,\n{many}");
    assert_eq!(refused(table.as_bytes()).len(), directory::MAX_FAULTS, "not more than anybody reads");
}

#[test]
fn an_officer_reaches_what_he_is_in_charge_of_and_nothing_else() {
    let directory = read(&sample()).expect("nothing is wrong");
    let bounds =
        |office: &str| Place { department: Some("BCW".into()), office: Some(office.into()), ..Place::default() };
    let of = |post, office: &str, login: &str, now: &str| {
        Reach::of(post, &bounds(office), login, Some(&directory), at(now)).offices
    };
    let offices = |codes: &[&str]| Some(codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>());
    let (before, after) = ("2026-11-01T12:00:00+05:30", "2026-11-20T12:00:00+05:30");
    assert_eq!(of(Post::DesignatedOfficer, "SDO-1", "rekha", before), offices(&["SDO-1"]));
    assert_eq!(of(Post::DesignatedOfficer, "SDO-1", "rekha", after), offices(&[]), "handed over");
    assert_eq!(of(Post::AppellateOfficer, "SDO-1", "rekha", before), offices(&[]), "another post");
    assert_eq!(of(Post::AppellateOfficer, "DM-COB", "unlisted", after), offices(&["DM-COB", "SDO-1"]));
    assert_eq!(of(Post::AppellateOfficer, "SDO-1", "unlisted", after), None, "as it always was");
    assert_eq!(of(Post::DesignatedOfficer, "ELSEWHERE", "unlisted", after), None);
    let reach = Reach::of(Post::AppellateOfficer, &bounds("DM-COB"), "unlisted", Some(&directory), at(after));
    assert!(reach.may(Deed::SeeApplication, &bounds("SDO-1")) && !reach.may(Deed::KeepDirectory, &bounds("SDO-1")));
    assert!(!reach.may(Deed::SeeApplication, &bounds("STATE")));
    let other = Place { department: Some("LRR".into()), ..bounds("SDO-1") };
    assert!(!reach.may(Deed::SeeApplication, &other), "a code of another department is another office");
    let supervisor = Reach::of(Post::Supervisor, &Place::default(), "rekha", Some(&directory), at(before));
    assert_eq!((supervisor.offices.as_ref(), supervisor.case()), (None, None));
}

/// A charge: officer, office, days, services, additional.
type Drawn = (usize, usize, i64, Option<i64>, usize, bool);

fn drawn() -> impl Strategy<Value = Vec<Drawn>> {
    let one = (0..4usize, 0..2usize, 0..40i64, prop::option::of(1..20i64), 0..3usize, prop::bool::weighted(0.15));
    prop::collection::vec(one, 0..12)
}

/// Leaves out what a file could not hold.
fn build(version: u32, drawn: &[Drawn]) -> Directory {
    let services = [vec![], vec!["a".to_owned()], vec!["b".to_owned()]];
    let mut charges: Vec<Charge> = Vec::new();
    for (officer, office, from, days, service, additional) in drawn {
        let from = Instant::from_millis(from * DAY);
        let charge = Charge {
            officer: format!("o{officer}"),
            office: format!("O{office}"),
            post: Post::DesignatedOfficer,
            from,
            until: days.map(|days| from.plus_millis(days * DAY)),
            services: services[*service].clone(),
            additional: *additional,
        };
        let clash = |other: &Charge| {
            let common = other.services.is_empty() || charge.services.is_empty() || other.services == charge.services;
            let both = |one: &Charge, end: Option<Instant>| end.is_none_or(|end| one.from < end);
            let beside = common && both(other, charge.until) && both(&charge, other.until);
            let same = other.from == charge.from && other.officer == charge.officer;
            other.office == charge.office && (same || (beside && !other.additional && !charge.additional))
        };
        if !charges.iter().any(clash) {
            charges.push(charge);
        }
    }
    let name = Name { en: "N".into(), bn: "N".into() };
    let office = |code: &str| Office {
        code: code.into(),
        name: name.clone(),
        districts: vec![],
        appellate_office: None,
        reviewing_office: None,
        until: None,
    };
    let officer =
        |id: usize| Officer { officer_id: format!("o{id}"), name: "N".into(), designation: "D".into(), login: None };
    let offices = ["O0", "O1"].map(office).into();
    Directory::new("BCW".into(), version, offices, (0..4).map(officer).collect(), charges)
}

fn regular<'d>(directory: &'d Directory, office: &str, service: &'d str, at: Instant) -> Vec<&'d Charge> {
    let found = directory.in_charge(office, Post::DesignatedOfficer, Some(service), at);
    found.filter(|charge| !charge.additional).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    /// Load after load: one at most is in charge, and where the new file says nothing of a time that lies behind it, what
    /// was said of it stays.
    #[test]
    fn a_later_directory_takes_back_nothing(first in drawn(), second in drawn(), third in drawn(), now in 0..60i64) {
        let loaded = |day: i64| Instant::from_millis(day * DAY + 1);
        let before = build(1, &first);
        let file = build(2, &second);
        let after = file.clone().following(&before, loaded(now));
        let last = build(3, &third).following(&after, loaded(now + 3));
        for day in 0..80 {
            let at = Instant::from_millis(day * DAY);
            for office in ["O0", "O1"] {
                for service in ["a", "b"] {
                    for directory in [&before, &after, &last] {
                        prop_assert!(regular(directory, office, service, at).len() <= 1, "{office} {service} {day}");
                    }
                    let said = regular(&file, office, service, at);
                    let found = regular(&after, office, service, at);
                    if !said.is_empty() {
                        prop_assert_eq!(&said[0].officer, &found[0].officer, "what the file says holds");
                    }
                    // What the file names counts as it stands: a charge may have become an additional one.
                    let named = |charge: &Charge| {
                        let mut own = file.charges_of(office).iter();
                        own.any(|new| (&new.officer, new.from) == (&charge.officer, charge.from))
                    };
                    let whole = |charge: &&&Charge| charge.services.is_empty() && !named(charge);
                    let old = regular(&before, office, service, at);
                    // An old charge is cut where a successor begins, for all its services.
                    let begun = file.charges_of(office).iter().any(|new| !new.additional && new.from <= at);
                    if said.is_empty() && at < loaded(now) && !begun && old.iter().any(|charge| whole(&charge)) {
                        prop_assert_eq!(&old[0].officer, &found[0].officer, "{} {} {}", office, service, day);
                    }
                    if at >= loaded(now) {
                        prop_assert_eq!(said.len(), found.len(), "nothing of before goes on");
                    }
                }
            }
        }
        prop_assert_eq!(last.clone().following(&last, loaded(now + 9)).charges, last.charges, "the same again changes nothing");
    }
}
