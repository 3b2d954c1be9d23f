//! Wrong in form: bytes, envelope, schema.

use super::table::{Gets::Refused, Table};
use mohor_tests::samples;
use serde_json::{Value, json};

fn deep(levels: usize) -> Value {
    (0..levels).fold(json!("x"), |inner, _| json!([inner]))
}

/// Without line ends, big end first: the byte of a line's end is that of no half of these characters.
fn utf16(event: &Value) -> Vec<u8> {
    event.to_string().encode_utf16().filter(|unit| *unit < 0x80).flat_map(u16::to_be_bytes).collect()
}

pub fn bytes_that_are_no_event(table: &mut Table) {
    for (name, stray) in [
        ("a stray byte", &b"\xff"[..]),
        ("a lone continuation byte", b"\x80"),
        ("an overlong slash", b"\xc0\xaf"),
        ("a surrogate in three bytes", b"\xed\xa0\x80"),
        ("a character cut in two", b"\xe0\xa6"),
        ("beyond Unicode", b"\xf5\x80\x80\x80"),
    ] {
        let mut event = samples::caste(table.number()).to_string().into_bytes();
        let at = event.windows(4).position(|window| window == b"\"en\"").expect("a name") + 6;
        event.splice(at..at, stray.iter().copied());
        table.bytes(name, Refused("not_utf8"), event);
    }
    table.text("it ends in the middle", Refused("not_json"), |text| {
        text[..text.floor_char_boundary(text.len() / 2)].into()
    });
    table.text("a byte order mark before it", Refused("not_json"), |text| format!("\u{FEFF}{text}"));
    table.text("a comma too many", Refused("not_json"), |text| text.replacen(",\"", ",,\"", 1));
    table.text("apostrophes for quotation marks", Refused("not_json"), |text| text.replace('"', "'"));
    table.text("two events in a line", Refused("not_json"), |text| format!("{text}{text}"));
    table.text("a comment", Refused("not_json"), |text| text.replacen('{', "{/* hello */", 1));
    table.text("a raw tab in a text", Refused("not_json"), |text| text.replacen("\"en\":\"", "\"en\":\"a\tb", 1));
    table.text("a raw NUL in a text", Refused("not_json"), |text| text.replacen("\"en\":\"", "\"en\":\"a\0b", 1));
    table.text("half an escape", Refused("not_json"), |text| text.replacen("\"en\":\"", "\"en\":\"\\u12", 1));
    table.text("a member named twice", Refused("not_json"), |text| text.replacen('{', "{\"id\":\"first\",", 1));
    table.text("a member named twice, deep inside", Refused("not_json"), |text| {
        text.replacen("\"applicant\":{", "\"applicant\":{\"name\":{\"en\":\"Another\"},", 1)
    });
    table.text("a member named twice, once by an escape", Refused("not_json"), |text| {
        text.replacen("\"data\":{", "\"data\":{\"\\u0073ervice\":\"x\",", 1)
    });
    for number in ["NaN", "Infinity", "1e999", "01", "0x10", "+1", ".5"] {
        table.text(&format!("the number {number}"), Refused("not_json"), |text| {
            text.replacen("\"data\":{", &format!("\"data\":{{\"n\":{number},"), 1)
        });
    }
    table.bytes("an event in UTF-16", Refused("not_utf8"), utf16(&samples::caste(table.number())));
    for junk in ["\0", "\u{7f}", "garbage", "<xml/>", "{\"specversion\"", "]"] {
        table.bytes(&format!("only {junk:?}"), Refused("not_json"), junk);
    }
    table.text("64 KiB of blanks after it", Refused("too_large"), |text| text + &" ".repeat(65_536));
    table.text("300 KB of blanks after it", Refused("too_large"), |text| text + &" ".repeat(300_000));
    table.set(Refused("too_large"), "/data/applicant/name/en", json!("N".repeat(70_000)));
    table.set(Refused("too_deep"), "/data/extra", deep(31));
    table.set(Refused("too_deep"), "/data/certificate/community", deep(100));
    table.text("10,000 brackets", Refused("too_deep"), |text| {
        text.replacen("\"data\":{", &format!("\"data\":{{\"n\":{}1{},", "[".repeat(10_000), "]".repeat(10_000)), 1)
    });
}

pub fn envelopes(table: &mut Table) {
    for junk in ["null", "true", "7", "\"event\"", "[]", "{}", "[{}]"] {
        table.bytes(&format!("the event is {junk}"), Refused("not_cloudevent"), junk);
    }
    for member in ["specversion", "id", "source", "type", "data"] {
        table.without(Refused("not_cloudevent"), &format!("/{member}"));
    }
    for member in ["specversion", "id", "source", "type"] {
        for value in [json!(null), json!(7), json!(true), json!([]), json!({}), json!("")] {
            table.set(Refused("not_cloudevent"), &format!("/{member}"), value);
        }
    }
    for version in ["0.3", "1.1", "1"] {
        table.set(Refused("not_cloudevent"), "/specversion", json!(version));
    }
    for id in ["a b", "a\nb", "a\u{202E}b", "আইডি", "\u{0}", &"i".repeat(129)] {
        table.set(Refused("not_cloudevent"), "/id", json!(id));
    }
    for source in [
        "/departments/BCW",
        "/departments//x",
        "departments/BCW/x",
        "/departments/../x",
        "https://bcw.example/",
        "/mohor",
        "/departments/BCW/\n",
    ] {
        table.set(Refused("not_cloudevent"), "/source", json!(source));
    }
    for time in [
        "yesterday",
        "2026-09-13T04:24+05:30",
        "2026-09-13t04:24:00Z",
        "2026-09-13T04:24:00z",
        "2026-09-13 04:24:00Z",
        "2026-09-13T04:24:60Z",
        "2026-09-13T04:24:00+24:00",
        "2026-09-13T04:24:00.1234567890Z",
        "2026-09-13T04:24:00",
        "2026-02-30T04:24:00Z",
    ] {
        table.set(Refused("not_cloudevent"), "/time", json!(time));
    }
    for kind in [
        json!("application/xml"),
        json!("application/json; charset=utf-16"),
        json!("application/json; charset=iso-8859-1"),
        json!("application/json; charset = utf-8"),
        json!("application/json; profile=x"),
        json!("text/json"),
        json!("application/cloudevents+json"),
        json!(null),
    ] {
        table.set(Refused("not_cloudevent"), "/datacontenttype", kind);
    }
    for subject in [json!(""), json!("s".repeat(257)), json!("ক".repeat(257)), json!(7), json!(null)] {
        table.set(Refused("not_cloudevent"), "/subject", subject);
    }
    for extension in [json!(null), json!([]), json!({}), json!("ক".repeat(1025))] {
        table.set(Refused("not_cloudevent"), "/traceparent", extension);
    }
    table.set(Refused("not_cloudevent"), "/dataschema", json!(""));
    table.set(Refused("not_cloudevent"), "/data_base64", json!("AAAA"));
    table.set(Refused("not_cloudevent"), "/TraceParent", json!("x"));
    for kind in [
        "approved",
        "IN.GOV.WB.BSK.APPLICATION.APPROVED.V1",
        "in.gov.wb.bsk.application.approved",
        "in.gov.wb.bsk.application.approved.v2",
        "in.gov.wb.bsk.certificate.issued.v1",
        "in.gov.wb.bsk.certificate.revoke.v1",
        "in.gov.wb.bsk.application.exploded.v1",
    ] {
        table.set(Refused("unknown_type"), "/type", json!(kind));
    }
}

pub fn contents_against_the_schema(table: &mut Table) {
    for value in [json!(null), json!("data"), json!([]), json!(7), json!({})] {
        table.set(Refused("schema"), "/data", value);
    }
    for member in [
        "department",
        "service",
        "application_no",
        "office",
        "submitted_at",
        "applicant",
        "approved_at",
        "approved_by",
        "certificate",
        "applicant/name",
        "applicant/name/en",
        "approved_by/name",
        "approved_by/designation",
        "approved_by/officer_id",
        "certificate/category",
    ] {
        table.without(Refused("schema"), &format!("/data/{member}"));
    }
    for (member, right) in [
        ("department", "text"),
        ("service", "text"),
        ("application_no", "text"),
        ("docket_no", "text"),
        ("bsk", "text"),
        ("office", "text"),
        ("submitted_at", "text"),
        ("approved_at", "text"),
        ("applicant", "object"),
        ("applicant/name", "object"),
        ("applicant/name/en", "text"),
        ("applicant/name/bn", "text"),
        ("applicant/mobile", "text"),
        ("approved_by", "object"),
        ("approved_by/name", "text"),
        ("approved_by/officer_id", "text"),
        ("certificate", "object"),
        ("certificate/category", "text"),
    ] {
        for wrong in [json!(null), json!(7), json!(true), json!(["x"]), json!({"x": 1}), json!("")] {
            // An empty text is wrong where a text is due as well, and a strange object where an object is.
            assert!(right == "text" || right == "object");
            table.set(Refused("schema"), &format!("/data/{member}"), wrong);
        }
    }
    for member in [
        "/data/aadhaar_no",
        "/data/applicant/age",
        "/data/applicant/name/hi",
        "/data/approved_by/phone",
        "/data/certificate/caste_photo",
    ] {
        table.set(Refused("schema"), member, json!("123"));
    }
    for time in [
        "2026-02-30T10:00:00+05:30",
        "2026-13-01T10:00:00+05:30",
        "2026-09-31T10:00:00+05:30",
        "2026-09-01T25:00:00+05:30",
        "2026-09-01T10:00:60+05:30",
        "2026-09-01T10:00:00",
        "2026-09-01",
        "1790000000",
        "yesterday",
        "2025-02-29T10:00:00+05:30",
        "২০২৬-০৯-০১T10:00:00+05:30",
    ] {
        table.set(Refused("schema"), "/data/submitted_at", json!(time));
    }
    for day in ["2026-02-30", "2027-02-29", "30.09.2026", "2026-9-1", "0000-00-00"] {
        table.set(Refused("schema"), "/data/valid_until", json!(day));
    }
    for number in [json!(9_007_199_254_740_993_i64), json!(u64::MAX), json!(1.5), json!(-1e300)] {
        table.set(Refused("schema"), "/data/certificate/category", number);
    }
    for (member, text) in [
        ("application_no", " LEADING"),
        ("application_no", "TRAILING "),
        ("application_no", "আবেদন/১"),
        ("application_no", "A\u{0}B"),
        ("application_no", "A\nB"),
        ("bsk", "S24.0045"),
        ("bsk", "#"),
        ("bsk", "../S240045"),
        ("docket_no", "D 17"),
        ("docket_no", "D\u{202E}17"),
        ("service", "../caste-certificate"),
        ("service", "Caste-Certificate"),
        ("department", "bcw"),
        ("department", "BC"),
        ("applicant/mobile", "9800000009"),
        ("applicant/mobile", "+9198000000090"),
    ] {
        table.set(Refused("schema"), &format!("/data/{member}"), json!(text));
    }
    table.set(Refused("schema"), "/data/application_no", json!("A".repeat(65)));
    table.set(Refused("schema"), "/data/applicant/name/en", json!("N".repeat(10_000)));
    table.set(Refused("schema"), "/data/applicant/name/bn", json!("ক".repeat(201)));
}
