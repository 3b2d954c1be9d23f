//! What hostile senders try, each with the answer it gets: a refusal code, or a certificate that prints it harmlessly.
//!
//! Every case goes through `mohor submit` on a real data folder. Afterwards what was issued before is as it was, what was
//! accepted is issued, and nothing has crashed.

mod form;
mod harmless;
mod sense;
mod table;

use mohor_tests::{house::House, samples, tools};
use serde_json::Value;
use std::{collections::BTreeMap, fs};

use table::{
    Case,
    Gets::{Printed, Refused},
    Table,
};

fn every_case() -> Table {
    let mut table = Table::default();
    for add in [
        form::bytes_that_are_no_event,
        form::envelopes,
        form::contents_against_the_schema,
        sense::parties_and_times,
        sense::text_that_deceives,
        sense::numbers_and_repetitions,
        harmless::text_that_is_only_text,
    ] {
        add(&mut table);
    }
    table
}

#[test]
fn hostile_events_get_the_answer_of_the_table() {
    let table = every_case().0;
    assert!(table.len() >= 200, "only {} cases", table.len());
    let house = House::new();
    house.demo(&house.events(&[samples::caste(1), samples::caste(2)]));
    let before = house.export();
    let documents =
        || before.iter().map(|certificate| fs::read(house.pdf(certificate)).expect("a document")).collect::<Vec<_>>();
    let kept = documents();

    let mut file = Vec::new();
    for case in &table {
        file.extend(&case.bytes);
        file.push(b'\n');
    }
    let file = house.file("hostile.ndjson", file);
    let refused = house.folder().join("refused.ndjson");
    let outcome =
        house.run(["submit".as_ref(), file.as_os_str(), "--json".as_ref(), "--refused".as_ref(), refused.as_os_str()]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let answers: BTreeMap<u64, Value> = fs::read_to_string(&refused)
        .expect("refusals")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a refusal"))
        .map(|refusal| (refusal["line"].as_u64().expect("a line"), refusal))
        .collect();
    let mut wrong = Vec::new();
    for (line, case) in (1..).zip(&table) {
        let got = answers.get(&line).map_or("accepted", |refusal| refusal["code"].as_str().unwrap_or_default());
        let wanted = if let Refused(code) = case.gets { code } else { "accepted" };
        if got != wanted {
            let pointer = answers.get(&line).map(|refusal| refusal["pointer"].to_string()).unwrap_or_default();
            wrong.push(format!("{}: {got} {pointer}, not {wanted}", case.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), table.len(), wrong.join("\n"));

    let summary = house.demo(&house.file("nothing.ndjson", ""));
    assert_eq!(summary["parked"], 0, "{summary} {:?}", house.run(["dead", "list"]).out);
    let certificates = house.export();
    let printed = table.iter().filter(|case| case.gets == Printed).count();
    assert_eq!(certificates.len(), before.len() + printed);
    assert_eq!(certificates[..before.len()], before[..], "what was issued before");
    assert!(documents() == kept, "documents issued before");
    house.assert_healthy();
    read_on_paper(&house, &table, &certificates);
}

fn read_on_paper(house: &House, table: &[Case], certificates: &[Value]) {
    if !tools::ready(&["pdftotext"]) {
        return;
    }
    let by_number: BTreeMap<String, &Value> =
        certificates.iter().map(|certificate| (certificate["application_no"].to_string(), certificate)).collect();
    for (name, number) in table.iter().filter_map(|case| case.printed.as_ref()) {
        let paper = tools::text_of_pdf(&house.pdf(by_number[number]));
        // pdftotext takes a hyphen at the end of a line for the printer's own.
        let plain = |text: &str| text.replace('-', "");
        assert!(plain(&paper).contains(&plain(&tools::closed_up(name))), "no {name} in {paper}");
        assert!(!paper.contains("root:x:0"), "a file was read: {paper}");
    }
}
