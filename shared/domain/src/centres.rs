//! The list of centres: as the State hands it in, as the catalogue bundles a made-up one, and what one changes of another.

use crate::{
    catalogue::{Bsk, Name},
    directory::{Fault, MAX_FAULTS},
    encoding,
    lines::Lines,
    text,
};
use std::collections::BTreeMap;
use unicode_normalization::UnicodeNormalization;

/// Bytes of a file, at most.
pub const MAX_LIST_BYTES: usize = 4 << 20;
/// Centres of a list, at most.
const MAX_CENTRES: usize = 20_000;
/// Characters of a centre's name, at most.
const MAX_NAME: usize = 200;
/// How the name of a list begins whose centres are made up.
const SPECIMEN: &str = "SPECIMEN";
/// What comes before the name of a list in a line at the head of its file.
const HEAD: &str = "list:";

/// Names of the columns; the first of each is the one that is written.
const CODE: [&str; 2] = ["code", "bsk_code"];
const DISTRICT: [&str; 2] = ["district", "district_code"];
const NAME: [&str; 3] = ["name_en", "name", "bsk_name"];

/// All centres, and what the list calls itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CentreList {
    /// From the line `# list: NAME` at the head of the file; empty without one.
    pub name: String,
    /// By code.
    pub centres: BTreeMap<String, Bsk>,
}

/// A file that was read.
#[derive(Debug)]
pub struct CentreFile {
    /// What it says.
    pub list: CentreList,
    /// Columns that nobody asked for.
    pub passed_over: Vec<String>,
}

/// Whether the centres of a list are made up: it says so by its name.
pub fn is_specimen(name: &str) -> bool {
    name.starts_with(SPECIMEN)
}

/// What one list changes of another: codes, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct CentreChange {
    /// Centres that are new.
    pub new: Vec<String>,
    /// Centres that are gone.
    pub gone: Vec<String>,
    /// Centres with another name.
    pub renamed: Vec<String>,
    /// Centres in another district.
    pub moved: Vec<String>,
}

impl CentreList {
    /// The list as a file: the same for the same list, whatever it was read from.
    pub fn text(&self) -> String {
        let mut rows = csv::Writer::from_writer(Vec::new());
        // Writing to memory does not fail.
        let _ = rows.write_record([CODE[0], DISTRICT[0], NAME[0]]);
        for bsk in self.centres.values() {
            let _ = rows.write_record([&bsk.code, &bsk.district, &bsk.name]);
        }
        let rows = String::from_utf8(rows.into_inner().unwrap_or_default()).unwrap_or_default();
        let head = if self.name.is_empty() { String::new() } else { format!("# {HEAD} {}\n", self.name) };
        head + &rows
    }

    /// What this list changes of the one before.
    pub fn change(&self, before: &BTreeMap<String, Bsk>) -> CentreChange {
        let codes =
            |of: &dyn Fn(&Bsk) -> bool| self.centres.values().filter(|b| of(b)).map(|b| b.code.clone()).collect();
        let differs = |bsk: &Bsk, of: fn(&Bsk) -> &String| before.get(&bsk.code).is_some_and(|old| of(old) != of(bsk));
        CentreChange {
            new: codes(&|bsk| !before.contains_key(&bsk.code)),
            gone: before.keys().filter(|code| !self.centres.contains_key(*code)).cloned().collect(),
            renamed: codes(&|bsk| differs(bsk, |bsk| &bsk.name)),
            moved: codes(&|bsk| differs(bsk, |bsk| &bsk.district)),
        }
    }
}

/// Reads a list of centres: a CSV table with the columns `code`, `district` (its letters or its English name) and `name_en`,
/// whatever their order and case. Lines at its head that begin with `#` are words about it. All faults are told at once, up to
/// [`MAX_FAULTS`].
pub fn read(bytes: &[u8], districts: &BTreeMap<String, Name>) -> Result<CentreFile, Vec<Fault>> {
    let whole = |rule: String| vec![Fault::new("the file", "", rule)];
    if bytes.len() > MAX_LIST_BYTES {
        return Err(whole(format!("a list of centres has at most {} MiB", MAX_LIST_BYTES >> 20)));
    }
    let text = encoding::text(bytes).map_err(|words| whole(format!("a list of centres is {words}")))?;
    let (name, words, table) = head(text);
    if !name.is_empty() && (name.chars().count() > MAX_NAME || text::fault(&name).is_some()) {
        return Err(vec![Fault::new("the file", HEAD, format!("a printable text of at most {MAX_NAME} characters"))]);
    }
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let mut lines = Lines::new(table, words + 1);
    let mut at = |position: Option<&csv::Position>| format!("line {}", lines.of(position));
    let cells = "the row has as many cells as there are columns, with quotes closed";
    let first = at(None);
    let heads = reader.headers().map_err(|_| vec![Fault::new(&first, "", cells)])?.clone();
    let (columns, passed_over) = columns(&heads).map_err(|(field, rule)| vec![Fault::new(&first, field, rule)])?;
    let list = CentreList { name, ..CentreList::default() };
    let mut reading = Reading { districts, faults: vec![], seen: BTreeMap::new(), list };
    for row in reader.records() {
        if reading.faults.len() >= MAX_FAULTS || reading.list.centres.len() > MAX_CENTRES {
            break;
        }
        match row {
            Ok(row) if row.iter().all(|cell| cell.trim().is_empty()) => (),
            Ok(row) => {
                let cell = |place: usize| row.get(place).unwrap_or_default().trim();
                reading.row(&at(row.position()), columns.map(cell));
            }
            Err(error) => reading.faults.push(Fault::new(&at(error.position()), "", cells)),
        }
    }
    let Reading { mut faults, list, .. } = reading;
    if list.centres.len() > MAX_CENTRES {
        faults.push(Fault::new("the file", "", format!("a list has at most {MAX_CENTRES} centres")));
    }
    if faults.is_empty() && list.centres.is_empty() {
        faults.push(Fault::new("the file", "", "it has no centre; a list without any is not taken"));
    }
    if faults.is_empty() { Ok(CentreFile { list, passed_over }) } else { Err(faults) }
}

/// The name that the head gives, how many lines it has, and the table behind it. A spreadsheet that saves the file may have put
/// quotes around such a line and commas behind it.
fn head(text: &str) -> (String, u64, &str) {
    let (mut name, mut lines, mut rest) = (String::new(), 0, text);
    while rest.trim_start_matches('"').starts_with('#') {
        let (line, behind) = rest.split_once('\n').unwrap_or((rest, ""));
        let words = line.trim().trim_end_matches(',').trim_matches('"').trim_start_matches('#').trim();
        if let Some(found) = words.strip_prefix(HEAD)
            && name.is_empty()
        {
            name = found.trim().nfc().collect();
        }
        (lines, rest) = (lines + 1, behind);
    }
    (name, lines, rest)
}

/// A column, and what is wrong with it.
type Wrong = (&'static str, String);

/// Where the three columns are, and what others there are.
fn columns(heads: &csv::StringRecord) -> Result<([usize; 3], Vec<String>), Wrong> {
    let names: Vec<String> = heads.iter().map(|head| head.trim().to_lowercase()).collect();
    let find = |wanted: &[&'static str]| {
        let mut places = names.iter().enumerate().filter(|(_, name)| wanted.contains(&name.as_str()));
        match (places.next(), places.next()) {
            (Some((place, _)), None) => Ok(place),
            (None, _) => {
                Err((wanted[0], format!("there is no such column; it may also be called {}", wanted[1..].join(", "))))
            }
            (Some(_), Some(_)) => Err((wanted[0], format!("one column alone is {}", wanted.join(" or ")))),
        }
    };
    let found = [find(&CODE)?, find(&DISTRICT)?, find(&NAME)?];
    let others = heads.iter().enumerate().filter(|(place, _)| !found.contains(place));
    Ok((found, others.map(|(_, head)| head.trim().chars().take(64).collect()).collect()))
}

/// A file that is being read.
struct Reading<'r> {
    districts: &'r BTreeMap<String, Name>,
    faults: Vec<Fault>,
    /// The line in which a code stands first, by the code without regard to case.
    seen: BTreeMap<String, String>,
    list: CentreList,
}

impl Reading<'_> {
    fn row(&mut self, line: &str, [code, district, name]: [&str; 3]) {
        let before = self.faults.len();
        let mut fault = |field: &str, rule: String| self.faults.push(Fault::new(line, field, rule));
        let letter = |letter: u8| letter.is_ascii_alphanumeric() || matches!(letter, b'-' | b'_');
        if !(1..=20).contains(&code.len()) || !code.bytes().all(letter) {
            fault(CODE[0], "1 to 20 letters, digits, `-` or `_`, as departments and centres write it".into());
        } else if let Some(first) = self.seen.get(&code.to_lowercase()) {
            fault(CODE[0], format!("`{code}` stands in {first} already; capital and small letters are not told apart"));
        }
        let known = self
            .districts
            .iter()
            .find(|(letters, known)| letters.eq_ignore_ascii_case(district) || known.en.eq_ignore_ascii_case(district));
        if known.is_none() {
            let short: String = district.chars().take(40).collect();
            fault(DISTRICT[0], format!("`{short}` is no district; districts.csv has their letters and names"));
        }
        let name: String = name.nfc().collect();
        if !(1..=MAX_NAME).contains(&name.chars().count()) {
            fault(NAME[0], format!("a text of 1 to {MAX_NAME} characters"));
        } else if let Some(words) = text::fault(&name) {
            fault(NAME[0], format!("it holds {words}"));
        }
        if let (Some((letters, _)), true) = (known, before == self.faults.len()) {
            self.seen.insert(code.to_lowercase(), line.to_owned());
            let bsk = Bsk { code: code.to_owned(), district: letters.clone(), name };
            self.list.centres.insert(code.to_owned(), bsk);
        }
    }
}
