//! The pure heart of Mohor: types and rules, no input or output, no clock, no randomness.

mod lines;
mod words;

/// The unique identity number.
pub mod uin;

/// Which days the Right to Public Services Act leaves out.
pub mod board;
pub mod calendar;

/// Time limits, and the day on which one is used up.
pub mod limit;

/// The limits of notified services, versioned, with calendar and ladder.
pub mod rules;

/// Changes of the rules, and the rules in force.
pub mod change;

/// The clocks of an application, derived from what happened to it.
pub mod clock;

/// Each day of a clock, by name: for an appeal.
pub mod evidence;

/// The figures of a department in a period.
pub mod compliance;

/// What is returned on the order about certificates.
pub mod programme;

/// Tables of papers and pages, in both languages.
pub mod table;

/// What is told as a limit is used up.
pub mod ladder;

/// Reading JSON from outside, canonical JSON and its digest.
pub mod json;

/// What the bytes of a file are.
pub mod encoding;

/// Text from outside.
pub mod tell;
pub mod text;

/// Events in and out, and their answers.
pub mod event;

/// Refusals and their stable codes.
pub mod refusal;

/// Departments, services, districts and centres.
pub mod catalogue;

/// The list of centres.
pub mod centres;

/// An application and what an event makes of it.
pub mod application;

/// Everything a document will be.
pub mod plan;

/// How a department counts, where the Act leaves it open.
pub mod practice;

/// What an acknowledgement (Form 1) says.
pub mod acknowledgement;

/// Verdicts, standing and progress of a certificate.
pub mod certificate;

/// Where a certificate stands at its centre.
pub mod tray;

/// By what a certificate is handed over.
pub mod ground;

/// Short messages to citizens.
pub mod sms;

/// What nobody fetches.
pub mod uncollected;

/// Stickers that go on prints.
pub mod hologram;

/// The page by which a centre's printer is tried.
pub mod test_page;

/// The key on Form 1 by which a citizen asks where an application stands.
pub mod tracking;

/// An applicant's phone number: who is shown it, and for how long.
pub mod phone;

/// Instants and civil days.
pub mod civil;

/// Ids of ledger rows.
pub mod id;

/// People and what each may do.
pub mod people;

/// Offices, officers and who is in charge.
pub mod directory;

/// What the State's sign-in says of somebody, as a post with bounds.
pub mod claims;

/// Networks, as somebody writes them into a list.
pub mod networks;

/// Who else is told of events, by HTTP.
pub mod webhook;

/// The stages of the pipeline.
pub mod share;
pub mod stage;

/// What holds at every moment.
pub mod invariant;
