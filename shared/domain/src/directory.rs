//! A department's directory: its offices, its officers, and who is in charge of what, from when until when.

mod file;
mod judge;

pub use file::{Fault, MAX_BYTES, MAX_FAULTS, read};
pub use judge::{Wish, against, names_office, post_of};

use crate::{catalogue::Name, civil::Instant, people::Post};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The posts that somebody is in charge of (RTPS Act: three officers for each notified service).
pub const POSTS: [Post; 3] = [Post::DesignatedOfficer, Post::AppellateOfficer, Post::ReviewingOfficer];

/// An office.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Office {
    /// The department's own code, as its events name it.
    pub code: String,
    /// Its name.
    pub name: Name,
    /// Codes of the districts it is for; none: the whole State.
    #[serde(default)]
    pub districts: Vec<String>,
    /// The office that appeals go to; none: its own Appellate Officer decides them.
    #[serde(default)]
    pub appellate_office: Option<String>,
    /// The office that reviews go to; none: its own Reviewing Officer decides them.
    #[serde(default)]
    pub reviewing_office: Option<String>,
    /// Since when it is no office any more: a later directory left it out.
    #[serde(default)]
    pub until: Option<Instant>,
}

/// Somebody who may be in charge of something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Officer {
    /// The department's own id of the officer, as its events name it.
    pub officer_id: String,
    /// The officer's name.
    pub name: String,
    /// The designation.
    pub designation: String,
    /// The account with which the officer signs in, if there is one.
    #[serde(default)]
    pub login: Option<String>,
}

/// An officer is in charge of a post at an office for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Charge {
    /// The officer's id.
    pub officer: String,
    /// The office's code.
    pub office: String,
    /// One of [`POSTS`].
    pub post: Post,
    /// The first moment in charge.
    pub from: Instant,
    /// The first moment out of charge; none: until further notice.
    #[serde(default)]
    pub until: Option<Instant>,
    /// Slugs of the services; none: all of the office.
    #[serde(default)]
    pub services: Vec<String>,
    /// In charge beside another.
    #[serde(default)]
    pub additional: bool,
}

impl Charge {
    /// Whether it is in force at a moment.
    pub fn at(&self, at: Instant) -> bool {
        self.from <= at && self.until.is_none_or(|until| at < until)
    }

    /// Whether it is for a service; of a service that nobody has named every charge is.
    pub fn serves(&self, service: Option<&str>) -> bool {
        self.services.is_empty() || service.is_none_or(|service| self.services.iter().any(|own| own == service))
    }

    /// Whether both are for one post of one office, with a service and a moment in common.
    fn meets(&self, other: &Self) -> bool {
        let begins = |one: &Self, end: Option<Instant>| end.is_none_or(|end| one.from < end);
        let services = self.services.is_empty()
            || other.services.is_empty()
            || self.services.iter().any(|service| other.services.contains(service));
        (&self.office, self.post) == (&other.office, other.post)
            && services
            && begins(self, other.until)
            && begins(other, self.until)
    }

    /// Whether both are in charge at once although neither is additional.
    fn contradicts(&self, other: &Self) -> bool {
        !self.additional && !other.additional && self.meets(other)
    }

    fn key(&self) -> (&str, Post, Instant, &str) {
        (&self.office, self.post, self.from, &self.officer)
    }
}

/// A directory. Offices are in order of their codes, officers of their ids, charges by office, post and beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Directory {
    /// Letters of the department.
    pub department: String,
    /// Its version, from 1; a later one is larger.
    pub version: u32,
    /// The offices.
    pub offices: Vec<Office>,
    /// The officers.
    pub officers: Vec<Officer>,
    /// The charges.
    pub charges: Vec<Charge>,
    /// The officers' ids by login.
    #[serde(skip)]
    logins: BTreeMap<String, String>,
}

impl Directory {
    /// Puts a directory in order.
    pub fn new(
        department: String,
        version: u32,
        offices: Vec<Office>,
        officers: Vec<Officer>,
        charges: Vec<Charge>,
    ) -> Self {
        Self { department, version, offices, officers, charges, logins: BTreeMap::new() }.ordered()
    }

    fn ordered(mut self) -> Self {
        self.offices.sort_by(|one, other| one.code.cmp(&other.code));
        self.officers.sort_by(|one, other| one.officer_id.cmp(&other.officer_id));
        self.charges.sort_by(|one, other| one.key().cmp(&other.key()));
        let login = |officer: &Officer| Some((officer.login.clone()?, officer.officer_id.clone()));
        self.logins = self.officers.iter().filter_map(login).collect();
        self
    }

    /// As the ledger keeps it.
    pub fn text(&self) -> String {
        // A struct of texts and numbers can always be written.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads [`Directory::text`].
    pub fn parse(text: &str) -> Option<Self> {
        serde_json::from_str::<Self>(text).ok().map(Self::ordered)
    }

    /// An office, closed or not.
    pub fn office(&self, code: &str) -> Option<&Office> {
        let place = self.offices.binary_search_by(|office| office.code.as_str().cmp(code)).ok()?;
        self.offices.get(place)
    }

    /// An officer.
    pub fn officer(&self, id: &str) -> Option<&Officer> {
        let place = self.officers.binary_search_by(|officer| officer.officer_id.as_str().cmp(id)).ok()?;
        self.officers.get(place)
    }

    /// Whose account this is.
    pub fn whose(&self, login: &str) -> Option<&Officer> {
        self.officer(self.logins.get(login)?)
    }

    /// The office whose officer in this post an application of that office concerns: its own, or the one that its appeals or
    /// reviews go to.
    pub fn seat<'d>(&'d self, office: &'d str, post: Post) -> &'d str {
        let found = self.office(office);
        let elsewhere = match post {
            Post::AppellateOfficer => found.and_then(|office| office.appellate_office.as_deref()),
            Post::ReviewingOfficer => found.and_then(|office| office.reviewing_office.as_deref()),
            _ => None,
        };
        elsewhere.unwrap_or(office)
    }

    /// The offices whose applications concern the officer in this post at that office.
    pub fn before(&self, office: &str, post: Post) -> Vec<&str> {
        let codes = self.offices.iter().map(|office| office.code.as_str());
        codes.filter(|code| self.seat(code, post) == office).collect()
    }

    /// The charges of an office.
    pub fn charges_of(&self, office: &str) -> &[Charge] {
        let from = self.charges.partition_point(|charge| charge.office.as_str() < office);
        let count = self.charges[from..].partition_point(|charge| charge.office == office);
        &self.charges[from..from + count]
    }

    /// Who is in charge of a post at an office for a service at a moment: several where a charge is additional.
    pub fn in_charge<'d>(
        &'d self,
        office: &str,
        post: Post,
        service: Option<&'d str>,
        at: Instant,
    ) -> impl Iterator<Item = &'d Charge> {
        let own = self.charges_of(office).iter();
        own.filter(move |charge| charge.post == post && charge.at(at) && charge.serves(service))
    }

    /// The posts of offices that nobody is in charge of at a moment: (office, post). Of an Appellate and a Reviewing Officer
    /// it is asked only where appeals or reviews go.
    pub fn vacant(&self, at: Instant) -> Vec<(&str, Post)> {
        let open = |office: &&Office| office.until.is_none_or(|until| at < until);
        let mut seats: Vec<(&str, Post)> = POSTS
            .iter()
            .flat_map(|post| self.offices.iter().filter(open).map(|office| (self.seat(&office.code, *post), *post)))
            .collect();
        seats.sort_unstable();
        seats.dedup();
        seats.retain(|(office, post)| self.in_charge(office, *post, None, at).next().is_none());
        seats
    }

    /// This directory as it follows `before` from a moment on. What it names counts as it stands, also for the past; what
    /// it leaves out stays: an office is closed then, a charge ends then, or before, where its successor begins. A charge
    /// that would not have begun by then never was.
    #[must_use]
    pub fn following(mut self, before: &Self, at: Instant) -> Self {
        let mut offices: Vec<Office> = before.offices.clone();
        offices.retain(|old| self.office(&old.code).is_none());
        offices.iter_mut().for_each(|old| old.until = Some(old.until.map_or(at, |until| until.min(at))));
        let mut officers: Vec<Officer> = before.officers.clone();
        officers.retain(|old| self.officer(&old.officer_id).is_none());
        for old in &mut officers {
            // An account is one officer's.
            old.login = old.login.take().filter(|login| !self.logins.contains_key(login));
        }
        let kept: Vec<Charge> = before.charges.iter().filter_map(|old| self.ended(old, at)).collect();
        self.offices.extend(offices);
        self.officers.extend(officers);
        self.charges.extend(kept);
        self.ordered()
    }

    /// A charge of the directory before, as it stays.
    fn ended(&self, old: &Charge, at: Instant) -> Option<Charge> {
        let own = self.charges_of(&old.office);
        if own.iter().any(|new| new.key() == old.key()) {
            return None;
        }
        let successor = own.iter().filter(|new| new.contradicts(old)).map(|new| new.from).min();
        let end = [Some(at), successor, old.until].into_iter().flatten().min()?;
        (old.from < end).then(|| Charge { until: Some(end), ..old.clone() })
    }
}

/// What a directory changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Change {
    /// Offices that were not there, or were closed.
    pub offices_new: usize,
    /// Offices that are closed now.
    pub offices_closed: usize,
    /// Charges that were not there.
    pub charges_new: usize,
    /// Charges that end now, or at another time than before, or never were.
    pub charges_ended: usize,
}

impl Directory {
    /// What it changes of the one before.
    pub fn change(&self, before: Option<&Self>) -> Change {
        let nothing = Self::default();
        let before = before.unwrap_or(&nothing);
        let open = |directory: &Self, code: &str| directory.office(code).is_some_and(|office| office.until.is_none());
        let new = |code: &str| open(self, code) && !open(before, code);
        let closed = |code: &str| open(before, code) && !open(self, code);
        let same = |directory: &Self, charge: &Charge| {
            directory.charges_of(&charge.office).iter().find(|other| other.key() == charge.key()).cloned()
        };
        Change {
            offices_new: self.offices.iter().filter(|office| new(&office.code)).count(),
            offices_closed: self.offices.iter().filter(|office| closed(&office.code)).count(),
            charges_new: self.charges.iter().filter(|charge| same(before, charge).is_none()).count(),
            charges_ended: before
                .charges
                .iter()
                .filter(|charge| same(self, charge).is_none_or(|now| now.until != charge.until))
                .count(),
        }
    }
}

/// The first two charges that contradict each other: places of a list that is in order.
fn contradiction(charges: &[&Charge]) -> Option<(usize, usize)> {
    charges.iter().enumerate().find_map(|(later, charge)| {
        let same = |other: &&&Charge| (&other.office, other.post) == (&charge.office, charge.post);
        let before = charges[..later].iter().rev().take_while(same).count();
        (later - before..later).find(|earlier| charges[*earlier].contradicts(charge)).map(|earlier| (earlier, later))
    })
}
