//! The records of a file, whichever of the two forms it has: members by name, read one by one.

use super::Fault;
use crate::{json, lines::Lines, text};
use serde::Deserialize;
use serde_json::{Map, Value, value::RawValue};

/// What a record is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The department and the version.
    Directory,
    /// An office.
    Office,
    /// An officer.
    Officer,
    /// A charge.
    Charge,
}

impl Kind {
    fn word(self) -> &'static str {
        match self {
            Self::Directory => "directory",
            Self::Office => "office",
            Self::Officer => "officer",
            Self::Charge => "charge",
        }
    }
}

/// A record; what has been read is taken out of it.
pub(super) struct Row {
    pub kind: Kind,
    /// Where it stands.
    pub record: String,
    members: Map<String, Value>,
    faults: Vec<Fault>,
}

impl Row {
    fn new(kind: Kind, record: String, members: Map<String, Value>) -> Result<Self, Vec<Fault>> {
        let mut value = Value::Object(members);
        if let Err(refusal) = text::normalise(&mut value, "") {
            let field = refusal.pointer.trim_start_matches('/').to_owned();
            let rule = "it holds a control or bidirectional character, or nothing printable";
            return Err(vec![Fault::new(&record, &field, rule)]);
        }
        let members = match value {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        Ok(Self { kind, record, members, faults: vec![] })
    }

    fn fault(&mut self, field: &str, rule: impl Into<String>) {
        self.faults.push(Fault::new(&self.record, field, rule));
    }

    /// A text that has to be there.
    pub fn text(&mut self, field: &str, most: usize) -> Option<String> {
        if !self.members.contains_key(field) {
            self.fault(field, "it is missing");
            return None;
        }
        self.optional(field, most)
    }

    /// A text that may be there.
    pub fn optional(&mut self, field: &str, most: usize) -> Option<String> {
        match self.members.remove(field)? {
            Value::String(text) if (1..=most).contains(&text.chars().count()) => Some(text),
            _ => {
                self.fault(field, format!("a text of 1 to {most} characters"));
                None
            }
        }
    }

    /// Texts, none if it is not there.
    pub fn list(&mut self, field: &str, most: usize) -> Vec<String> {
        let texts = match self.members.remove(field) {
            None => return vec![],
            Some(Value::Array(items)) => {
                let text = |item: &Value| item.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
                items.iter().map(text).collect::<Option<Vec<String>>>()
            }
            Some(_) => None,
        };
        match texts {
            Some(texts) if texts.len() <= most => texts,
            _ => {
                self.fault(field, format!("a list of at most {most} codes"));
                vec![]
            }
        }
    }

    /// A number from 1.
    pub fn number(&mut self, field: &str) -> Option<u32> {
        let found = self.members.remove(field).and_then(|value| value.as_u64());
        let number = found.and_then(|number| u32::try_from(number).ok()).filter(|number| *number > 0);
        if number.is_none() {
            self.fault(field, "a whole number from 1 to 4294967295, larger than that of the file before");
        }
        number
    }

    /// Yes or no; no if it is not there.
    pub fn flag(&mut self, field: &str) -> bool {
        match self.members.remove(field) {
            None => false,
            Some(Value::Bool(flag)) => flag,
            Some(_) => {
                self.fault(field, "true or false; in a table yes or no");
                false
            }
        }
    }

    /// What was wrong with it, and what nobody asked for.
    pub fn left(mut self) -> Vec<Fault> {
        let others: Vec<String> = self.members.keys().take(3).map(|name| name.chars().take(64).collect()).collect();
        for name in others {
            self.fault(&name, "a record of this kind has no such field");
        }
        self.faults
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Whole<'a> {
    department: String,
    version: u64,
    #[serde(borrow)]
    offices: Vec<&'a RawValue>,
    #[serde(borrow)]
    officers: Vec<&'a RawValue>,
    #[serde(borrow)]
    charges: Vec<&'a RawValue>,
}

/// `{"department", "version", "offices": [...], "officers": [...], "charges": [...]}`
pub(super) fn of_json(text: &str) -> Result<Vec<Row>, Vec<Fault>> {
    let whole: Whole<'_> = serde_json::from_str(text).map_err(|error| {
        // Of what stands there only names of members are repeated.
        let said = error.to_string();
        let words = match error.classify() {
            serde_json::error::Category::Data if said.contains("field `") => said.chars().take(200).collect(),
            _ => format!("it cannot be read at line {}, column {}", error.line(), error.column()),
        };
        let members = "`department`, `version`, `offices`, `officers`, `charges`";
        vec![Fault::new("the file", "", format!("one JSON object with {members}; {words}"))]
    })?;
    let head = [("department", Value::from(whole.department)), ("version", Value::from(whole.version))];
    let head = head.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    let mut rows = vec![Row::new(Kind::Directory, "the file".into(), head)?];
    for (kind, name, records) in [
        (Kind::Office, "offices", whole.offices),
        (Kind::Officer, "officers", whole.officers),
        (Kind::Charge, "charges", whole.charges),
    ] {
        for (place, raw) in records.into_iter().enumerate() {
            let record = format!("{name}[{place}]");
            let members = match json::read(raw.get().as_bytes()) {
                Ok(Value::Object(members)) => members,
                Ok(_) => return Err(vec![Fault::new(&record, "", "it is an object")]),
                Err(refusal) => return Err(vec![Fault::new(&record, "", refusal.rule)]),
            };
            rows.push(Row::new(kind, record, members)?);
        }
    }
    Ok(rows)
}

/// A table with a column `record` that says what a row is: `directory`, `office`, `officer` or `charge`. An empty cell is a
/// member that is not there; lists have spaces between.
pub(super) fn of_csv(text: &str) -> Result<Vec<Row>, Vec<Fault>> {
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let wrong = |line: u64, rule: &str| vec![Fault::new(&format!("line {line}"), "", rule)];
    let mut lines = Lines::new(text, 1);
    let heads = reader.headers().map_err(|_| wrong(1, "the names of the columns cannot be read"))?.clone();
    if !heads.iter().any(|head| head == "record") {
        return Err(wrong(1, "a table has a column `record` (or the file is one JSON object)"));
    }
    let mut rows = Vec::new();
    for cells in reader.records() {
        let cells = cells.map_err(|error| {
            wrong(
                lines.of(error.position()),
                "the row has as many cells as there are columns, in UTF-8, with quotes closed",
            )
        })?;
        let line = lines.of(cells.position());
        let (mut kind, mut members) = (None, Map::new());
        for (head, cell) in heads.iter().zip(&cells).map(|(head, cell)| (head, cell.trim())) {
            let value = match head {
                "record" => {
                    kind = Some(cell);
                    continue;
                }
                _ if cell.is_empty() => continue,
                "districts" | "services" => cell.split_whitespace().map(Value::from).collect(),
                "version" => cell.parse::<u64>().map_or_else(|_| Value::from(cell), Value::from),
                "additional" => match cell {
                    "yes" | "true" => Value::Bool(true),
                    "no" | "false" => Value::Bool(false),
                    _ => Value::from(cell),
                },
                _ => Value::from(cell),
            };
            members.insert(head.to_owned(), value);
        }
        let word = kind.unwrap_or_default();
        if word.is_empty() && members.is_empty() {
            continue;
        }
        let kinds = [Kind::Directory, Kind::Office, Kind::Officer, Kind::Charge];
        let Some(kind) = kinds.into_iter().find(|kind| kind.word() == word) else {
            let rule = "`record` is directory, office, officer or charge";
            return Err(vec![Fault::new(&format!("line {line}"), "record", rule)]);
        };
        rows.push(Row::new(kind, format!("line {line} ({})", kind.word()), members)?);
    }
    Ok(rows)
}
