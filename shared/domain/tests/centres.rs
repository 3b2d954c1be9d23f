//! Lists of centres as the State may hand them in.

use crate::catalogue;
use mohor_domain::{
    catalogue::Name,
    centres::{self, CentreFile},
    directory::Fault,
};
use std::collections::BTreeMap;

fn districts() -> BTreeMap<String, Name> {
    [("COB", "Cooch Behar"), ("N24", "North 24 Parganas")].map(|(code, en)| (code.into(), Name::same(en))).into()
}

fn read(text: impl AsRef<[u8]>) -> Result<CentreFile, Vec<Fault>> {
    centres::read(text.as_ref(), &districts())
}

fn faults(text: impl AsRef<[u8]>) -> Vec<String> {
    read(text).expect_err("it is not taken").iter().map(ToString::to_string).collect()
}

#[test]
fn a_list_is_taken_as_a_spreadsheet_saves_it() {
    let plain = read("code,district,name_en\nA1,COB,One\nB2,N24,\"Two, the second\"\n").unwrap();
    assert_eq!(plain.list.centres["B2"].name, "Two, the second");
    assert!(plain.passed_over.is_empty() && plain.list.name.is_empty());
    let saved = "\u{FEFF}\"# list: WB 2026, December\",,,\r\n# and more words,,,\r\nBSK_Name, District ,Pin,CODE\r\n\
                 One,cooch behar,736101,A1\r\n,,,\r\n\"Two, the second\",n24,,B2\r\n";
    let saved = read(saved).unwrap();
    assert_eq!(saved.list.centres, plain.list.centres);
    assert_eq!((saved.list.name.as_str(), saved.passed_over), ("WB 2026, December", vec!["Pin".to_owned()]));
    let again = read(saved.list.text()).unwrap();
    assert_eq!(again.list, saved.list, "what is kept reads as what was handed in");
}

#[test]
fn each_fault_names_line_column_and_rule() {
    assert_eq!(
        faults(
            "# words\ncode,district,name_en\nA 1,COB,One\nA1,XXX,Two\na1,COB,\u{202E}\nA1,COB,Fine\na1,COB,Again\nB\n"
        ),
        [
            "line 3, `code`: 1 to 20 letters, digits, `-` or `_`, as departments and centres write it",
            "line 4, `district`: `XXX` is no district; districts.csv has their letters and names",
            "line 5, `name_en`: it holds an invisible or bidirectional character, U+202E",
            "line 7, `code`: `a1` stands in line 6 already; capital and small letters are not told apart",
            "line 8: the row has as many cells as there are columns, with quotes closed",
        ]
    );
    let windows =
        "\u{FEFF}# words\r\ncode,district,name_en\r\n\r\nA1,COB,One\r\nA 2,COB,\"Two\r\nlines\"\r\nA3,XXX,Three\r\n";
    let said = faults(windows);
    assert!(said[0].starts_with("line 5, `code`") && said[1].starts_with("line 5, `name_en`"), "{said:?}");
    assert!(said[2].starts_with("line 7, `district`"), "{said:?}");
    let one = |text: &str| faults(text).remove(0);
    assert!(one("code,name_en\nA1,One\n").starts_with("line 1, `district`: there is no such column"));
    assert!(one("code,bsk_code,district,name\nA,A,COB,N\n").starts_with("line 1, `code`: one column alone"));
    assert!(one("code,district,name_en\n").contains("it has no centre"));
    assert!(one("").contains("no such column"));
    assert!(faults(b"code,district,name_en\nA1,COB,\xE0\n")[0].contains("UTF-8 text; line 2"));
    assert!(faults(vec![b'x'; centres::MAX_LIST_BYTES + 1])[0].contains("at most 4 MiB"));
    let many: String = (0..20_001).map(|n| format!("C{n},COB,N\n")).collect();
    assert!(faults(format!("code,district,name_en\n{many}"))[0].contains("at most 20000 centres"));
    let wrong: String = (0..500).map(|_| "?,COB,N\n".to_owned()).collect();
    assert_eq!(faults(format!("code,district,name_en\n{wrong}")).len(), 50, "not a page for each");
}

#[test]
fn a_list_says_what_it_changes_of_another() {
    let before = read("code,district,name_en\nA,COB,One\nB,COB,Two\nC,COB,Three\nD,COB,Four\n").unwrap().list.centres;
    let after = read("code,district,name_en\nA,COB,One\nC,N24,Three\nD,COB,Fourth\nE,COB,Five\n").unwrap().list;
    let change = after.change(&before);
    let codes = |codes: &[&str]| codes.iter().map(|code| (*code).to_owned()).collect::<Vec<_>>();
    assert_eq!((change.new, change.gone), (codes(&["E"]), codes(&["B"])));
    assert_eq!((change.renamed, change.moved), (codes(&["D"]), codes(&["C"])));
}

#[test]
fn the_bundled_list_says_that_it_is_made_up() {
    let catalogue = catalogue();
    assert!(catalogue.centres_are_made_up() && catalogue.bsks.len() > 3_000, "{}", catalogue.list);
    let states = read("code,district,name_en\nA1,COB,One\n").unwrap().list;
    let with = catalogue.with_centres(states);
    assert!(!with.centres_are_made_up() && with.bsks.len() == 1);
}
