//! A case is a line of NDJSON and the answer it gets. Most are a good approval with one thing wrong.

use mohor_tests::samples;
use serde_json::{Value, json};

/// The answer that a case gets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gets {
    /// Refused with this code.
    Refused(&'static str),
    /// Accepted; the text stands on the certificate as it was written.
    Printed,
}

/// One line of the file, and its answer.
pub struct Case {
    /// What is tried.
    pub name: String,
    /// The line that is sent.
    pub bytes: Vec<u8>,
    /// The answer.
    pub gets: Gets,
    /// What has to be read on the certificate, and its application's number.
    pub printed: Option<(String, String)>,
}

/// The cases.
#[derive(Default)]
pub struct Table(pub Vec<Case>);

impl Table {
    /// The number of the next approval.
    pub fn number(&self) -> usize {
        1_000 + self.0.len()
    }

    /// Bytes as they are.
    pub fn bytes(&mut self, name: &str, gets: Gets, bytes: impl Into<Vec<u8>>) {
        self.0.push(Case { name: name.into(), bytes: bytes.into(), gets, printed: None });
    }

    /// A good approval, changed as text.
    pub fn text(&mut self, name: &str, gets: Gets, change: impl FnOnce(String) -> String) {
        let event = samples::caste(self.number()).to_string();
        self.bytes(name, gets, change(event));
    }

    /// A good approval, changed as JSON.
    pub fn event(&mut self, name: &str, gets: Gets, change: impl FnOnce(&mut Value)) {
        let mut event = samples::caste(self.number());
        change(&mut event);
        self.bytes(name, gets, event.to_string());
    }

    /// A good approval with one place set to a value.
    pub fn set(&mut self, gets: Gets, pointer: &str, value: Value) {
        let name = format!("{pointer} is {}", value.to_string().chars().take(60).collect::<String>());
        self.event(&name, gets, |event| put(event, pointer, value));
    }

    /// A good approval without one member.
    pub fn without(&mut self, gets: Gets, pointer: &str) {
        let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
        self.event(&format!("{pointer} is missing"), gets, |event| {
            let parent = event.pointer_mut(parent).and_then(Value::as_object_mut).expect("the parent is there");
            assert!(parent.remove(member).is_some(), "{pointer} was not there");
        });
    }

    /// A name that is printed as it is written.
    pub fn prints(&mut self, name: &str) {
        self.set(Gets::Printed, "/data/applicant/name/en", json!(name));
        let number = samples::caste(self.number() - 1)["data"]["application_no"].to_string();
        self.0.last_mut().expect("the case").printed = Some((name.into(), number));
    }
}

/// Sets a member, making it when it is not there.
pub fn put(event: &mut Value, pointer: &str, value: Value) {
    let (parent, member) = pointer.rsplit_once('/').expect("a pointer");
    event.pointer_mut(parent).expect("the parent is there")[member] = value;
}
