//! What a department's directory says against an event, by the broker.

use crate::{department, start_roles};
use mohor_tests::{house::House, samples, servers::Servers, tools, tree};
use serde_json::{Value, json};

#[test]
fn an_unknown_office_and_an_officer_out_of_charge_are_refused_by_the_broker_too() {
    let python = tools::python("python");
    if !tools::ready(&[&python]) {
        return;
    }
    let Some(servers) = Servers::shared() else { return };
    let house = House::on(&servers);
    let workers = start_roles(&house, 1);
    let held = [("rekha", "2026-01-01", None)];
    let file = house.file("directory.json", samples::directory(1, &held).to_string());
    let file = file.to_str().expect("a path");
    assert_eq!(house.run(["directory", "load", "LRR", file]).code, Some(0));
    assert_eq!(house.run(["directory", "require", "LRR", "--offices", "--officers"]).code, Some(0));
    let url = department::user(&house, "LRR", &format!("lrr-{}", std::process::id()));
    let mut elsewhere = samples::submitted("LRR/BROKER/1", "2026-03-02T11:00:00+05:30");
    elsewhere["data"]["office"] = json!("ELSEWHERE");
    let deficient = |officer: &str, at: &str| {
        let officer = json!({"name": "N", "designation": "D", "officer_id": officer});
        let said = json!({"reason": {"en": "a page is missing"}, "officer": officer});
        samples::said("LRR", "application.deficient", "LRR/BROKER/2", at, said)
    };
    let events = [
        elsewhere,
        samples::submitted("LRR/BROKER/2", "2026-03-02T11:00:00+05:30"),
        deficient("anita", "2026-03-04T11:00:00+05:30"),
        deficient("rekha", "2026-03-04T12:00:00+05:30"),
    ];
    let script = tree::root().join("infra/examples/publish.py");
    let client = [python.as_ref(), script.as_ref()];
    let (code, answers, said) = department::publish(&house, &client, &url, &house.events(&events));
    let mut refused: Vec<(&Value, &Value)> = answers
        .iter()
        .filter(|answer| answer["result"] == "refused")
        .map(|answer| (&answer["code"], &answer["pointer"]))
        .collect();
    refused.sort_by_key(|(code, _)| code.to_string());
    let (office, officer) = (json!("unknown_office"), json!("officer_not_in_charge"));
    let (at, by) = (json!("/data/office"), json!("/data/officer"));
    assert_eq!(refused, [(&officer, &by), (&office, &at)], "{code:?} {said} {answers:?}");
    assert_eq!(answers.len(), 4, "{answers:?}");
    drop(workers);
    house.assert_healthy();
}
