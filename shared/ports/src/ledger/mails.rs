//! What is told to people by mail: a line for each rung and each who is to be told, written with the rung; a mailing of many
//! lines, fixed before it is sent first, so that it is the same when it is sent again.

use super::{ClockRecord, EndpointOver};
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    clock::ClockKind,
    directory::{Directory, POSTS},
    id::Id,
    ladder::Rung,
    people::{Place, Post},
    tell::told,
};

/// Lines of a mailing, at most.
pub const MAILING_LINES: u32 = 200;
/// A mailing that was taken to be sent and of which nothing was heard is taken again after so long, in milliseconds.
pub const MAILING_LEASE: i64 = 120_000;
/// A mailing that was refused so often is given up.
pub const MAILING_ATTEMPTS: u32 = 8;

/// A line of a mailing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailingLine {
    /// Mailings of the department.
    pub department: String,
    /// The department's own number.
    pub application_no: String,
    /// The service's slug.
    pub service: Option<String>,
    /// Which clock.
    pub kind: ClockKind,
    /// What is told.
    pub rung: Rung,
    /// The due day as it stood then.
    pub due_on: Option<String>,
}

/// A mailing that is to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailing {
    /// The row: stable, the mail's own id.
    pub id: Id,
    /// Whose.
    pub login: String,
    /// The name on pages.
    pub name: String,
    /// The address; none: it was taken away since.
    pub email: Option<String>,
    /// How often it was taken, this time included.
    pub attempts: u32,
    /// What is told of applications.
    pub lines: Vec<MailingLine>,
    /// Or of an endpoint that was disabled.
    pub over: Option<EndpointOver>,
}

/// Somebody in a post who is to be told of a rung.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    /// The application.
    pub application: Id,
    /// Which clock.
    pub kind: ClockKind,
    /// Its stage or case.
    pub key: String,
    /// The rung.
    pub rung: Rung,
    /// The post.
    pub post: Post,
    /// When it is told.
    pub at: Instant,
    /// Where the accounts are whose bounds it lies in.
    pub place: Place,
    /// The accounts of those who are in charge by the directory; none: the directory has no say.
    pub in_charge: Option<Vec<String>>,
}

/// Who is to be told of a rung that has just fired. By the directory, an appeal that is open concerns the office that appeals
/// go to.
pub fn wanted(
    record: &ClockRecord,
    rung: Rung,
    (now, opens): (Instant, Instant),
    directory: Option<&Directory>,
) -> Vec<Wanted> {
    let told = told(record.clock.kind, rung).into_iter();
    told.map(|it| {
        let directory = directory.filter(|_| POSTS.contains(&it.post));
        let known = directory.and_then(|directory| directory.office(record.office.as_deref()?));
        let seat = directory.zip(known).map(|(directory, office)| directory.seat(&office.code, it.post));
        let in_charge = directory.map(|directory| {
            let service = record.service.as_deref();
            let charges = seat.into_iter().flat_map(|seat| directory.in_charge(seat, it.post, service, now));
            charges.filter_map(|charge| directory.officer(&charge.officer)?.login.clone()).collect()
        });
        Wanted {
            application: record.application,
            kind: record.clock.kind,
            key: record.clock.key.clone(),
            rung,
            post: it.post,
            at: if it.urgent { now } else { opens },
            place: Place {
                department: Some(record.department.clone()),
                district: record.district.clone(),
                office: seat.map(str::to_owned).or_else(|| record.office.clone()),
                bsk: record.bsk.clone(),
            },
            in_charge,
        }
    })
    .collect()
}

impl Wanted {
    /// Whether an account whose bounds it lies in is told: not if the directory knows whose it is. That one is told when he
    /// is in charge.
    pub fn by_bounds(&self, login: &str, directory: Option<&Directory>) -> bool {
        self.in_charge.is_none() || directory.is_none_or(|directory| directory.whose(login).is_none())
    }
}

/// A rung of which nobody in a post could be told: nobody is in charge, or whoever is has no account with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// Which clock.
    pub kind: ClockKind,
    /// Its stage or case.
    pub key: String,
    /// The rung.
    pub rung: Rung,
    /// The post.
    pub post: Post,
    /// Since when.
    pub since: Instant,
}

/// Somebody is looked for at the next look, then again after so long, in milliseconds.
pub const UNTOLD_AGAIN: i64 = 10 * 60 * 1000;

/// What became of a mailing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// The server has taken it.
    Taken,
    /// Not now: again at that time. `counts`: it was refused; not when the server was away.
    Later {
        /// When.
        at: Instant,
        /// Whether an attempt was used up.
        counts: bool,
    },
    /// Never.
    GivenUp,
}

/// How the telling stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct MailCensus {
    /// Lines whose time has come and that no mailing holds yet, and mailings that are not sent.
    pub waiting: u64,
    /// Mailings that were given up.
    pub failed: u64,
    /// Rungs and posts of which nobody could be told, by the directory of their department; and endpoints that are disabled
    /// and whose owner nobody could tell.
    pub untold: u64,
    /// How long the oldest of those that wait has been due, in milliseconds.
    pub lag_millis: i64,
}

/// The mails.
#[async_trait]
pub trait Mails: Send + Sync {
    /// Takes mailings to be sent, at most so many: those whose time has come again, then new ones of the lines that are due.
    async fn take_mailings(&self, most: u32) -> Result<Vec<Mailing>>;
    /// Records what became of one, with a code where it was not taken. One that is settled is left.
    async fn settle_mailing(&self, id: Id, became: Sent, code: &str) -> Result<()>;
    /// Looks again for somebody to tell of rungs that nobody could be told of, at most so many; how many are told now. What
    /// has come to its end meanwhile is let go.
    async fn tell_again(&self, most: u32) -> Result<usize>;
    /// The rungs of an application of which nobody could be told.
    async fn untold(&self, application: Id) -> Result<Vec<Untold>>;
    /// How the telling stands.
    async fn mail_census(&self) -> Result<MailCensus>;
}
