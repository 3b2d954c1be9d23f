//! The portal in a real browser: headless Chromium, driven over the WebDriver protocol (W3C).

use mohor_domain::certificate::Verdict;
use mohor_tests::{
    browser::{self, Browser, ELEMENT},
    house::House,
    samples,
};
use serde_json::json;
use std::path::Path;

fn assert_verdict(browser: &Browser, verdict: Verdict) {
    let shown = browser.until(&format!("[data-verdict={}]", verdict.as_str()), verdict.words_en());
    assert!(shown.contains(verdict.words_bn()), "{shown}");
}

fn verify_by_number_and_file(browser: &Browser, portal: &str, uin: &str, pdf: &Path) {
    browser.go(portal);
    browser.keys("#number", &uin.to_lowercase());
    browser.click("form[action^='/verify?'] button");
    assert_verdict(browser, Verdict::Genuine);

    browser.go(portal);
    browser.keys("#number", &uin[..15]);
    browser.click("form[action^='/verify?'] button");
    assert_verdict(browser, Verdict::Mistyped);

    browser.go(portal);
    browser.keys("#file", &pdf.to_string_lossy());
    browser.click("form[action^='/verify/pdf'] button");
    assert_verdict(browser, Verdict::Genuine);
}

#[test]
fn a_citizen_verifies_with_a_browser_with_and_without_scripts() {
    if !browser::ready(&[]) {
        return;
    }
    let house = House::new();
    let open = house.open(&house.events(&[samples::caste(1)]));
    let certificate = house.export().remove(0);
    let (uin, pdf) = (certificate["uin"].as_str().expect("a number"), house.pdf(&certificate));
    let portal = format!("{}/", open.portal.address());

    let plain = Browser::open(false);
    verify_by_number_and_file(&plain, &portal, uin, &pdf);
    plain.go(&format!("{portal}?lang=bn"));
    assert!(plain.text("h1").contains("এই শংসাপত্র কি আসল?"), "{}", plain.text("h1"));
    assert!(plain.text("main").contains("নম্বর"), "without scripts the page says what to do");
    drop(plain);

    let browser = Browser::open(true);
    verify_by_number_and_file(&browser, &portal, uin, &pdf);
    let code = certificate["qr"].as_str().expect("a code");
    let fragment = code.split_once("/#").expect("a fragment").1;
    browser.go("about:blank");
    browser.go(&format!("{portal}#{fragment}"));
    let shown = browser.send("POST", "/element", json!({"using": "css selector", "value": "#qr:not([hidden])"}));
    assert!(shown[ELEMENT].is_string());
    browser.until("#qr", Verdict::Genuine.words_en());
    // Beside a genuine code the sticker can be asked about, without keying the number in.
    browser.keys("#serial", "WB26-000001");
    browser.click("#sticker button");
    browser.until("#hologram h2", "No match");
    // What a link becomes on its way: a verdict all the same, or words; never nothing.
    for (changed, expected) in [
        (fragment.to_lowercase(), Verdict::Genuine.words_en()),
        (fragment.replace('*', "%2A").replace('$', "%24"), Verdict::Genuine.words_en()),
        (format!("{fragment}&utm_source=x:~:text=certificate"), Verdict::Genuine.words_en()),
        (fragment[..fragment.len() / 2].to_owned(), "key in the number"),
        (fragment[..9].to_owned(), "key in the number"),
        ("no%20code".to_owned(), Verdict::NotIssuedHere.words_en()),
    ] {
        browser.go("about:blank");
        browser.go(&format!("{portal}#{changed}"));
        browser.until("#qr", expected);
    }
}
