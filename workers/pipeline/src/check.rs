//! The checks of one event that need no ledger, in the order of the refusal codes: the first that fails is the answer.

use jsonschema::{Draft, Registry, ValidationError, Validator, error::ValidationErrorKind};
use mohor_document::{
    render::unprintable,
    service::{Service, Services},
};
use mohor_domain::{
    catalogue::{Catalogue, Output},
    civil::{self, Instant},
    event::{self, Answer, Envelope, EventKind, InboundEvent},
    json,
    refusal::{Code, Refusal},
    text,
    uin::Uin,
};
use mohor_ports::ledger::Checked;
use serde_json::Value;
use std::{collections::BTreeMap, sync::Arc};

/// An act may lie this far in the future: clocks differ.
pub const GRACE_MILLIS: i64 = 5 * 60 * 1000;

/// Everything the checks refer to.
pub struct Checks {
    catalogue: Arc<Catalogue>,
    services: Arc<Services>,
    envelope: Validator,
    events: BTreeMap<EventKind, Validator>,
    fields: BTreeMap<(String, String), Validator>,
}

impl Checks {
    /// Compiles the schemas. `event_schemas` are the files of `schemas/events/`: (file name, bytes).
    ///
    /// The error names the file and what is wrong with it.
    pub fn new<'a>(
        catalogue: Arc<Catalogue>,
        services: Arc<Services>,
        event_schemas: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Self, String> {
        let mut files = BTreeMap::new();
        for (name, bytes) in event_schemas {
            let schema: Value = serde_json::from_slice(bytes).map_err(|e| format!("schemas/events/{name}: {e}"))?;
            files.insert(name.to_owned(), schema);
        }
        let mut registry = Registry::new();
        for (name, schema) in &files {
            let id = schema["$id"].as_str().ok_or_else(|| format!("schemas/events/{name}: `$id` is missing"))?;
            registry = registry.add(id, schema.clone()).map_err(|e| format!("schemas/events/{name}: {e}"))?;
        }
        let registry = registry.prepare().map_err(|e| format!("schemas/events: {e}"))?;
        let compiled = |word: &str| {
            let name = format!("{word}.v1.schema.json");
            let schema = files.get(&name).ok_or_else(|| format!("schemas/events/{name} is missing"))?;
            options().with_registry(&registry).build(schema).map_err(|e| format!("schemas/events/{name}: {e}"))
        };
        let envelope = compiled("cloudevent")?;
        let mut events = BTreeMap::new();
        for kind in EventKind::ALL {
            events.insert(*kind, compiled(kind.as_str())?);
        }
        let mut fields = BTreeMap::new();
        for service in services.all() {
            let key = (service.department.clone(), service.service.clone());
            let validator = options().build(&service.fields);
            fields.insert(key, validator.map_err(|e| format!("fields.schema.json of {}: {e}", service.service))?);
        }
        Ok(Self { catalogue, services, envelope, events, fields })
    }

    /// Checks the bytes of one event. `department` is who was authenticated; `None` is a local operator, who may speak
    /// for every department.
    pub fn event(&self, department: Option<&str>, bytes: &[u8], now: Instant) -> Checked {
        let mut value = match json::read(bytes) {
            Ok(value) => value,
            Err(refusal) => return refused(department.map(str::to_owned), None, refusal),
        };
        // A schema counts the characters that were sent: composed, a text may have fewer, or more (ড় becomes two).
        let form = self.form(&value);
        let bad_text = text::normalise(&mut value, "").err();
        match form.and_then(|()| self.value(department, &value, now, bad_text)) {
            Ok(event) => Checked::Valid(Box::new(event)),
            Err(refusal) => {
                // A foreign sender's claim must not put a line into another department's stream.
                let named =
                    value["source"].as_str().and_then(|s| s.strip_prefix("/departments/")).and_then(|s| s.get(..3));
                let told = department.or(named).filter(|code| self.catalogue.departments.contains_key(*code));
                refused(told.map(str::to_owned), Some(&value), refusal)
            }
        }
    }

    /// What a stranger's validator finds with the schemas, and in what version the event is.
    fn form(&self, value: &Value) -> Result<(), Refusal> {
        // That `data` is an object is a rule of its own schema too.
        if let Some(error) = self.envelope.iter_errors(value).find(|error| error.instance_path().as_str() != "/data") {
            let pointer = pointer(&error, "");
            let words = event::rule(pointer.split('/').nth(1).unwrap_or_default());
            return Err(Refusal::new(Code::NotCloudevent, pointer).detail(words));
        }
        let envelope = Envelope::read(value)?;
        let (kind, data) = (envelope.kind, envelope.data);
        if kind.about_certificate() {
            return Err(Refusal::new(Code::UnknownType, "/type").detail("not taken by this version"));
        }
        if let Some(refusal) = self.events.get(&kind).and_then(|schema| first_fault(schema, data, "/data")) {
            return Err(refusal);
        }
        if kind == EventKind::Approved
            && let (Some(department), Some(service)) = (data["department"].as_str(), data["service"].as_str())
            && self.ends_in_document(department, service)
            && let Some(schema) = self.fields.get(&(department.to_owned(), service.to_owned()))
            && let Some(refusal) = first_fault(schema, &data["certificate"], "/data/certificate")
        {
            return Err(refusal);
        }
        Ok(())
    }

    /// What no schema says.
    fn value(
        &self,
        sender: Option<&str>,
        value: &Value,
        now: Instant,
        bad_text: Option<Refusal>,
    ) -> Result<InboundEvent, Refusal> {
        let envelope = Envelope::read(value)?;
        let (kind, data) = (envelope.kind, envelope.data);
        let text_of = |name: &str| data[name].as_str().map(str::to_owned);
        let department = text_of("department").unwrap_or_default();
        let service = text_of("service");
        self.parties(sender, envelope.department, &department)?;
        let mut document = true;
        if let Some(service) = &service {
            let listed = self.catalogue.service(&department, service).map(|row| row.output);
            document = listed != Some(Output::None);
            let made = self.ends_in_document(&department, service);
            if (listed.is_none() && !made) || (kind == EventKind::Approved && document && !made) {
                return Err(Refusal::new(Code::UnknownService, "/data/service"));
            }
        }
        if text_of("bsk").is_some_and(|bsk| !self.catalogue.bsks.contains_key(&bsk)) {
            return Err(Refusal::new(Code::UnknownBsk, "/data/bsk"));
        }
        if let Some(member) = ["uin", "supersedes"].into_iter().find(|member| !document && data.get(*member).is_some())
        {
            let words = "the service ends in no document, so there is no number";
            return Err(Refusal::new(Code::Schema, format!("/data/{member}")).detail(words));
        }
        let made = service.as_ref().filter(|_| kind == EventKind::Approved);
        let at = times(kind, data, made.and_then(|service| self.services.find(&department, service)), now)?;
        if let Some(refusal) =
            bad_text.or_else(|| if kind == EventKind::Approved { undrawn(data, "/data") } else { None })
        {
            return Err(refusal);
        }
        let (ascribed, supersedes, mistyped) = numbers(data);
        Ok(InboundEvent {
            department,
            source: envelope.source.into(),
            id: envelope.id.into(),
            kind,
            application_no: text_of("application_no").unwrap_or_default(),
            service,
            bsk: text_of("bsk"),
            docket_no: text_of("docket_no"),
            at,
            ascribed,
            supersedes,
            document,
            mistyped,
            digest: json::digest(data),
            data: data.clone(),
        })
    }

    fn parties(&self, sender: Option<&str>, source: &str, department: &str) -> Result<(), Refusal> {
        for (code, pointer) in [(source, "/source"), (department, "/data/department")] {
            if !self.catalogue.departments.contains_key(code) {
                return Err(Refusal::new(Code::UnknownDepartment, pointer));
            }
        }
        if sender.is_some_and(|sender| sender != source) {
            return Err(Refusal::new(Code::ForeignDepartment, "/source"));
        }
        if source != department {
            return Err(Refusal::new(Code::ForeignDepartment, "/data/department"));
        }
        Ok(())
    }

    fn ends_in_document(&self, department: &str, service: &str) -> bool {
        self.services.find(department, service).is_some_and(|service| service.output != Output::None)
    }
}

/// Formats (`date`, `date-time`) are rules here, not remarks; nothing is fetched.
fn options<'a>() -> jsonschema::ValidationOptions<'a> {
    jsonschema::options().with_draft(Draft::Draft202012).should_validate_formats(true)
}

/// The first fault by the schema, its words without what was sent.
fn first_fault(schema: &Validator, value: &Value, base: &str) -> Option<Refusal> {
    let error = schema.iter_errors(value).next()?;
    // The masked message names the rule and not the value: it may be a person's.
    let words = error.masked_with("the value").to_string();
    let words: String = words.chars().take(200).collect();
    Some(Refusal::new(Code::Schema, pointer(&error, base)).detail(words))
}

/// Where a fault is: a missing member is named where it belongs, one too many where it stands.
fn pointer(error: &ValidationError<'_>, base: &str) -> String {
    let at = format!("{base}{}", error.instance_path().as_str());
    let escape = |name: &str| name.replace('~', "~0").replace('/', "~1");
    match error.kind() {
        ValidationErrorKind::Required { property } => format!("{at}/{}", escape(property.as_str().unwrap_or_default())),
        ValidationErrorKind::AdditionalProperties { unexpected } => {
            format!("{at}/{}", escape(unexpected.first().map(String::as_str).unwrap_or_default()))
        }
        _ => at,
    }
}

/// The event's own time, after the checks of order and of the future; of an approval its service's days are among them.
fn times(kind: EventKind, data: &Value, service: Option<&Service>, now: Instant) -> Result<Instant, Refusal> {
    let time = |name: &str| data[name].as_str().and_then(Instant::parse);
    let own = kind.time_member();
    let at = time(own).ok_or_else(|| Refusal::new(Code::Schema, format!("/data/{own}")).detail("no such time"))?;
    let submitted = time("submitted_at");
    for (member, time) in [("submitted_at", submitted), (own, Some(at))] {
        if time.is_some_and(|time| time < civil::YEAR_OF_THE_ACT) {
            let words = "it lies before 2013, the year of the Act; a time that is not known is left out or not sent";
            return Err(Refusal::new(Code::DateOrder, format!("/data/{member}")).detail(words));
        }
    }
    if submitted.is_some_and(|submitted| submitted > at) {
        return Err(Refusal::new(Code::DateOrder, format!("/data/{own}")).detail("it lies before submitted_at"));
    }
    for base in ["", "/certificate"] {
        let day =
            |name: &str| data.pointer(&format!("{base}/{name}")).and_then(Value::as_str).and_then(civil::parse_date);
        if let (Some(from), Some(until)) = (day("valid_from"), day("valid_until"))
            && until < from
        {
            let pointer = format!("/data{base}/valid_until");
            return Err(Refusal::new(Code::DateOrder, pointer).detail("it lies before valid_from"));
        }
    }
    let last = data["valid_until"].as_str().and_then(civil::parse_date);
    if kind == EventKind::Approved && last.is_some_and(|last| last < at.day()) {
        return Err(Refusal::new(Code::DateOrder, "/data/valid_until").detail("it lies before /data/approved_at"));
    }
    let misordered = service.and_then(|service| service.misordered(data));
    if let Some(refusal) = misordered.clone().filter(|refusal| refusal.code == Code::DateOrder) {
        return Err(refusal);
    }
    if at > now.plus_millis(GRACE_MILLIS) {
        return Err(Refusal::new(Code::DateFuture, format!("/data/{own}")));
    }
    misordered.map_or(Ok(at), Err)
}

/// The first text of an approval with letters that the fonts do not draw: a blank box would be printed, or nothing.
fn undrawn(value: &Value, pointer: &str) -> Option<Refusal> {
    match value {
        Value::String(text) => {
            unprintable(text).map(|undrawn| Refusal::new(Code::BadText, pointer).detail(undrawn.to_string()))
        }
        Value::Array(items) => items.iter().enumerate().find_map(|(i, item)| undrawn(item, &format!("{pointer}/{i}"))),
        Value::Object(members) => {
            members.iter().find_map(|(name, member)| undrawn(member, &format!("{pointer}/{name}")))
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// The numbers that an approval names, and the place of one that is no UIN.
fn numbers(data: &Value) -> (Option<Uin>, Option<Uin>, Option<&'static str>) {
    let read = |name: &str| data[name].as_str().map(Uin::canonical);
    let (ascribed, supersedes) = (read("uin"), read("supersedes"));
    let mistyped = match (&ascribed, &supersedes) {
        (Some(Err(_)), _) => Some("/data/uin"),
        (_, Some(Err(_))) => Some("/data/supersedes"),
        _ => None,
    };
    (ascribed.and_then(Result::ok), supersedes.and_then(Result::ok), mistyped)
}

fn refused(department: Option<String>, event: Option<&Value>, refusal: Refusal) -> Checked {
    // Only what could be a key is echoed: as long as `event_source` and `event_id` of the contract are.
    let echo = |name: &str, most: usize| {
        let text = event?[name].as_str()?;
        let fits = (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        fits.then(|| text.to_owned())
    };
    let (source, id) = (echo("source", 256), echo("id", 128));
    Checked::Refused { department, answer: Answer::Refused { source, id, refusal } }
}
