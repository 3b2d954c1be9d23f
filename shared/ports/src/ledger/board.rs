//! What supervisors look at: clocks in parts, figures, days, and one application with all that is recorded of it.

use super::{ClockRecord, FiredRung, Handed};
use crate::error::Result;
use async_trait::async_trait;
use jiff::civil::Date;
use mohor_domain::{
    application::State,
    board::{By, Part, Selection},
    civil::Instant,
    event::EventKind,
    id::Id,
    people::Place,
    uin::Uin,
};
use serde_json::Value;

/// The days between which the parts of a board lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days {
    /// Today: before it is late.
    pub today: Date,
    /// The last day that is soon.
    pub soon: Date,
}

impl Days {
    /// The first and the last day of a part; of paused clocks every day that was promised, and any day of what is in the making.
    pub fn of(self, part: Part) -> (String, String) {
        let before = self.today.yesterday().unwrap_or(self.today);
        let after = self.today.tomorrow().unwrap_or(self.today);
        match part {
            Part::Late | Part::Uncollected => (String::new(), before.to_string()),
            Part::Today => (self.today.to_string(), self.today.to_string()),
            Part::Soon => (after.to_string(), self.soon.to_string()),
            Part::Paused | Part::Pipeline => (String::new(), "9999-12-31".into()),
        }
    }
}

/// Figures of one department, service, district, office or centre.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Its code; empty of what belongs to none.
    pub key: String,
    /// Running clocks beyond their last day.
    pub late: u64,
    /// Those whose last day is today.
    pub today: u64,
    /// Those whose last day is soon.
    pub soon: u64,
}

/// Clocks beside those of the Act that ask for somebody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Beside {
    /// Certificates that wait at their centre for longer than its limit.
    pub uncollected: u64,
    /// Certificates in the making for longer than the pipeline's limit.
    pub pipeline: u64,
}

/// What a day brought, of the clocks of services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayFigures {
    /// The civil day.
    pub day: Date,
    /// Clocks that began.
    pub begun: u64,
    /// Clocks that stopped in time, by provision or rejection.
    pub in_time: u64,
    /// Those that stopped beyond their last day.
    pub late: u64,
}

/// A clock of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// The department's own number of the application.
    pub application_no: String,
    /// The clock.
    pub record: ClockRecord,
}

impl Listed {
    /// Where it stands in its list: the next page begins after it.
    pub fn cursor(&self) -> Cursor {
        let clock = &self.record.clock;
        let due = clock.due.map(|due| due.day.to_string());
        Cursor {
            day: due.or_else(|| self.record.promised.clone()).unwrap_or_default(),
            application: self.record.application,
            kind: clock.kind.as_str().into(),
            key: clock.key.clone(),
        }
    }
}

/// A place in a list, which is in order of days.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    /// The last day in time; of a paused clock the one that was promised.
    pub day: String,
    /// The application's row.
    pub application: Id,
    /// Which clock.
    pub kind: String,
    /// Its stage or case.
    pub key: String,
}

impl Cursor {
    /// As text of an address: `<day>~<application>~<kind>~<key>`.
    pub fn text(&self) -> String {
        format!("{}~{}~{}~{}", self.day, self.application, self.kind, self.key)
    }

    /// Reads [`Cursor::text`].
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.splitn(4, '~');
        let mut next = || parts.next().map(str::to_owned);
        let (day, application, kind, key) = (next()?, next()?, next()?, next()?);
        Some(Self { day, application: Id::parse(&application)?, kind, key })
    }
}

/// An application that was looked up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The row.
    pub id: Id,
    /// The department's own number.
    pub application_no: String,
    /// The service, once it is known.
    pub service: Option<String>,
    /// Where it belongs.
    pub place: Place,
}

/// An event as it is recorded.
#[derive(Debug, Clone, PartialEq)]
pub struct EventRecord {
    /// What was said.
    pub kind: EventKind,
    /// Its own time.
    pub at: Instant,
    /// When it came.
    pub received_at: Instant,
    /// The two lie more than a day apart.
    pub late: bool,
    /// What else it says.
    pub data: Value,
}

/// An application with all that is recorded of it.
#[derive(Debug, Clone, PartialEq)]
pub struct FullRecord {
    /// What it is found by.
    pub found: Found,
    /// The centre's own number of the request.
    pub docket_no: Option<String>,
    /// Where it stands.
    pub state: State,
    /// The number of the certificate, once minted.
    pub uin: Option<Uin>,
    /// When the certificate was issued and ready.
    pub ready_at: Option<Instant>,
    /// How it was handed over.
    pub handed: Option<Handed>,
    /// Its events by their own time.
    pub events: Vec<EventRecord>,
}

/// A rung that fired, with where its clock belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct News {
    /// The application.
    pub found: Found,
    /// The rung.
    pub fired: FiredRung,
}

/// What supervisors read. Nothing here checks who asks: a selection is narrowed to somebody's bounds before.
#[async_trait]
pub trait Board: Send + Sync {
    /// Figures along a dimension, the most late first: of the clocks of the Act. Along [`By::Officer`] a key is
    /// `<department>/<service>/<office>`: who is in charge of that, the directories say.
    async fn figures(&self, of: &Selection, by: By, days: Days) -> Result<Vec<Figures>>;
    /// How many clocks are paused.
    async fn paused(&self, of: &Selection) -> Result<u64>;
    /// How many certificates wait for longer than a limit of our own.
    async fn beside(&self, of: &Selection, today: Date) -> Result<Beside>;
    /// Of how many rungs and posts nobody could be told.
    async fn nobody_told(&self, of: &Selection) -> Result<u64>;
    /// How many running clocks are late by up to 7, 15, 30, 60 and by more days.
    async fn lateness(&self, of: &Selection, today: Date) -> Result<[u64; 5]>;
    /// The clocks of a part, the earliest day first, after that place, at most so many.
    async fn listed(
        &self,
        of: &Selection,
        part: Part,
        days: Days,
        after: Option<Cursor>,
        most: u32,
    ) -> Result<Vec<Listed>>;
    /// What each day brought, from and until included; a day that brought nothing is left out.
    async fn trend(&self, of: &Selection, from: Date, until: Date) -> Result<Vec<DayFigures>>;
    /// Applications with this number, the department's own or the centre's; at most twenty.
    async fn look_up(&self, number: &str) -> Result<Vec<Found>>;
    /// One application with all that is recorded of it.
    async fn full_record(&self, id: Id) -> Result<Option<FullRecord>>;
    /// The rungs that fired at or after that moment by the ledger's time, the oldest first, at most so many.
    async fn news(&self, since: Instant, most: u32) -> Result<Vec<News>>;
}

/// The first days of [`Board::lateness`]: due on or after the first is late by up to 7 days, and so on.
pub fn lateness_bounds(today: Date) -> [String; 4] {
    [7, 15, 30, 60].map(|days| day_of(number_of(today) - days).unwrap_or(today).to_string())
}

/// A civil day counted from 1 January 1970: both ledgers tell days of Asia/Kolkata apart by it.
pub fn number_of(day: Date) -> i64 {
    i64::from(day.duration_since(Date::constant(1970, 1, 1)).as_hours() as i32 / 24)
}

/// The day with that number; none beyond the calendar.
pub fn day_of(number: i64) -> Option<Date> {
    Date::constant(1970, 1, 1).checked_add(jiff::Span::new().try_days(number).ok()?).ok()
}
