//! Ledgers of a program of before, as it left them: one department's memo of the year 1 had stopped intake, and each start
//! stopped again. They are opened, mended, and go on.

use mohor_tests::{house::House, patience::until, samples, servers::Servers, tree};

/// A ledger of each mode. `tests/before/` has them as SQL: two applications, a pause from the year 1 and one from 1970, and letters
/// that wait in the inbox.
fn left_behind() -> Vec<House> {
    let text = |name: &str| std::fs::read_to_string(tree::root().join("tests/before").join(name)).expect("SQL");
    let here = House::new();
    here.change(&text("ledger.sqlite.sql"));
    let away = Servers::shared().map(|servers| {
        let house = House::without_a_schema(&servers);
        house.away().expect("on servers").read_in(&tree::root().join("tests/before/ledger.postgres.sql"));
        house
    });
    [Some(here), away].into_iter().flatten().collect()
}

#[test]
fn a_ledger_that_stopped_a_program_of_before_is_mended_and_goes_on() {
    for house in left_behind() {
        assert_eq!(house.sql("SELECT count(*) FROM clock WHERE pauses LIKE '-%'"), "2", "times before 1970");
        let migrated = house.run(["migrate"]);
        assert_eq!(migrated.code, Some(0), "{migrated:?}");
        // One more row that nobody can read.
        house.change(
            "UPDATE clock SET rungs = 'since ever'
             WHERE application_id = (SELECT id FROM application WHERE application_no = 'F05')",
        );
        let found = house.run(["doctor", "--json"]);
        let offenders = found.json()["offenders"].take();
        assert_eq!((found.code, offenders.as_array().map(Vec::len)), (Some(1), Some(1)), "{found:?}");
        assert_eq!(offenders[0]["invariant"], "I8");
        let words = offenders[0]["words"].as_str().expect("words");
        assert!(words.contains("UMA F05") && words.contains("rungs") && words.contains("mohor migrate"), "{words}");
        let mended = house.run(["migrate", "--json"]);
        assert_eq!((mended.code, &mended.json()["mended"]), (Some(0), &1.into()), "{mended:?}");
        let again = house.run(["migrate", "--json"]);
        assert_eq!(again.json()["mended"], 0, "{again:?}");
        house.assert_healthy();

        assert_eq!(house.run(["keys", "demo"]).code, Some(0));
        let mut runner = house.start(["run", "--listen", "127.0.0.1:0"]);
        runner.portal();
        until("what waited is answered", || {
            (house.sql("SELECT count(*) FROM inbox WHERE answered_at IS NULL") == "0").then_some(())
        });
        let file = house.events(&samples::many(1));
        let taken = house.run(["submit".as_ref(), file.as_os_str(), "--json".as_ref()]);
        assert_eq!(taken.json()["accepted"], 1, "{taken:?}");
        until("a certificate is ready", || {
            (house.sql("SELECT count(*) FROM certificate WHERE progress <> 'notified'") == "0"
                && house.sql("SELECT count(*) FROM certificate") != "0")
                .then_some(())
        });
        // The pause that began before everything ended with the resumption that waited.
        let record = house.run(["show", "F01", "--json"]).json()[0].take();
        let service = record["clocks"].as_array().into_iter().flatten().find(|it| it["clock"] == "service");
        assert_eq!(service.map(|it| it["state"].clone()), Some("running".into()), "{record}");
        let report = house.run(["sla", "report", "UMA", "--from", "2026-11-01", "--until", "2026-11-30"]);
        assert_eq!(report.code, Some(0), "{report:?}");
        runner.signal("TERM");
        runner.finish();
        house.assert_healthy();
    }
}
