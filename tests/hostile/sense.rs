//! Right in form and wrong in sense: parties, times, text that deceives, numbers, repetitions.

use super::table::{Gets::Refused, Table, put};
use mohor_tests::samples;
use serde_json::json;

pub fn parties_and_times(table: &mut Table) {
    table.set(Refused("unknown_department"), "/source", json!("/departments/XXX/workflow"));
    table.set(Refused("unknown_department"), "/data/department", json!("XXX"));
    table.set(Refused("foreign_department"), "/source", json!("/departments/HHA/workflow"));
    table.set(Refused("foreign_department"), "/data/department", json!("HHA"));
    for service in ["caste-certificates", "domicile-certificate", "etc-passwd", "x"] {
        table.set(Refused("unknown_service"), "/data/service", json!(service));
    }
    for bsk in ["NOWHERE1", "S249999", "0", "s240045"] {
        table.set(Refused("unknown_bsk"), "/data/bsk", json!(bsk));
    }
    table.set(Refused("date_order"), "/data/approved_at", json!("2014-01-01T00:00:00+05:30"));
    // What a program writes for a date that nobody has set: never an act under the Act.
    for unset in ["0001-01-01T00:00:00Z", "1970-01-01T00:00:00+05:30", "2012-12-31T23:59:59+05:30"] {
        table.set(Refused("date_order"), "/data/submitted_at", json!(unset));
    }
    table.event("its validity ends before it begins", Refused("date_order"), |event| {
        put(event, "/data/valid_from", json!("2026-10-02"));
        put(event, "/data/valid_until", json!("2026-10-01"));
    });
    for year in ["2099", "9999"] {
        table.set(Refused("date_future"), "/data/approved_at", json!(format!("{year}-01-01T00:00:00+05:30")));
    }
}

pub fn text_that_deceives(table: &mut Table) {
    for text in [
        "a\u{202E}b",
        "\u{202A}a",
        "a\u{2066}b\u{2069}",
        "a\u{200F}",
        "a\u{061C}b",
        "a\u{200B}b",
        "\u{200B}\u{200B}",
        "\u{200D}",
        "\u{200C}\u{200D}",
        "a\u{FEFF}b",
        "a\u{AD}b",
        "a\u{2028}b",
        "a\u{2029}b",
        "a\nb",
        "a\r\nb",
        "a\tb",
        "a\u{0}b",
        "a\u{7}b",
        "a\u{1B}[31mb",
        "a\u{7F}",
        "a\u{85}b",
        " ",
        "\u{A0}\u{2003}",
        "\u{301}",
        "\u{3164}",
        "\u{2800}",
        "\u{E000}",
        "\u{FFFF}",
        "\u{378}",
        "\u{E0041}a",
        "\u{10FFFF}",
        "a\u{FFF9}b",
    ] {
        table.set(Refused("bad_text"), "/data/applicant/name/en", json!(text));
    }
    for text in ["সোম\u{202E}বারি", "\u{200D}", "ক\u{0}"] {
        table.set(Refused("bad_text"), "/data/applicant/name/bn", json!(text));
        table.set(Refused("bad_text"), "/data/approved_by/name", json!(text));
        table.set(Refused("bad_text"), "/data/certificate/father_name/bn", json!(text));
    }
    // No font of the certificate has these: a blank box would stand where a name should be.
    for text in ["李小龍", "محمد", "😀 Das", "𝔄𝔅ℭ", "ｆｕｌｌ", "ᱥᱟᱱᱛᱟᱲ", "राम"]
    {
        table.set(Refused("bad_text"), "/data/applicant/name/en", json!(text));
    }
    for escape in ["\\ud800", "\\udc00", "\\udc00\\ud800", "a\\ud83dz", "\\uDBFF\\u0041"] {
        table.text(&format!("the escape {escape}"), Refused("bad_text"), |text| {
            text.replacen("\"en\":\"", &format!("\"en\":\"{escape}"), 1)
        });
    }
}

pub fn numbers_and_repetitions(table: &mut Table) {
    for uin in
        ["BCWGP1XF3A7QYF0W", "bcwgp1xf3a7qyf0v", "BCWG-P1XF-3A7Q-YF0V", "BCWGPLXF3A7QYFOV", "0000000000000001", "x"]
    {
        table.set(Refused("uin_mistyped"), "/data/uin", json!(uin));
        table.set(Refused("uin_mistyped"), "/data/supersedes", json!(uin));
    }
    table.set(Refused("uin_foreign"), "/data/uin", json!("UMAR6F0DTHBRA403"));
    table.set(Refused("uin_not_reserved"), "/data/uin", json!("BCWGP1XF3A7QYF0V"));
    for uin in ["BCWGP1XF3A7QYF0V", "UMAR6F0DTHBRA403"] {
        table.set(Refused("unknown_uin"), "/data/supersedes", json!(uin));
    }
    let first = samples::caste(1);
    table.event("a recorded key with other contents", Refused("conflict"), |event| event["id"] = first["id"].clone());
    table.event("a recorded application with other contents", Refused("conflict"), |event| {
        event["data"]["application_no"] = first["data"]["application_no"].clone();
    });
    table.event("rejected after it was approved", Refused("wrong_state"), |event| {
        event["type"] = json!("in.gov.wb.bsk.application.rejected.v1");
        event["data"] = json!({
            "department": "BCW", "application_no": first["data"]["application_no"], "at": "2026-09-20T10:00:00+05:30",
            "officer": first["data"]["approved_by"], "reasons": [{"en": "a change of mind"}],
        });
    });
}
