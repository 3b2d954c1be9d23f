//! Tells people by mail what fired: breaches at once, the rest when offices open.
//!
//! In: the lines that were written with the rungs, and endpoints of webhooks that were disabled. Out: mails. Guaranteed: a mailing is fixed in the ledger before it is
//! sent first and has one id, so that whoever gets it twice (a process that ended between the server's yes and the ledger's)
//! sees that it is one; a server that is away uses up nobody's attempts; a mailing that is refused for good stays visible.

use mohor_domain::{
    catalogue::Catalogue,
    civil::{date_bn, date_en, parse_date},
    clock::ClockKind,
    ladder::Rung,
};
use mohor_ports::{
    error::{Error, Result},
    gateway::{Mail, Mailer},
    ledger::{EndpointOver, Ledger, MAILING_ATTEMPTS, Mailing, MailingLine, Sent},
};
use mohor_runtime::{beat::beat, shutdown::Shutdown, telemetry::Telemetry};
use std::{fmt::Write, sync::Arc, time::Duration};

/// Mailings of one look, at most.
const MOST: u32 = 20;
/// How often is looked.
const LOOK: Duration = Duration::from_millis(500);
/// How often the figures are renewed.
const CENSUS: Duration = Duration::from_secs(10);
/// After an outage it is tried again after so long, in milliseconds.
const OUTAGE: i64 = 10_000;
/// After a refusal for now after so long, doubled with each; in milliseconds.
const REFUSED: i64 = 60_000;

/// The end of each mail.
const FAREWELL: &str = "This mail is sent by Mohor. Do not answer it.\nমোহর থেকে পাঠানো; উত্তর দেবেন না।\n";
/// The subject of a mail about an endpoint.
const OVER: &str = "Mohor: a webhook endpoint is disabled";

/// The telling by mail.
pub struct Tell {
    /// The lines and mailings.
    pub ledger: Arc<dyn Ledger>,
    /// The way out; none: nobody is told by mail, and what would be waits visibly.
    pub mailer: Option<Arc<dyn Mailer>>,
    /// Names of services.
    pub catalogue: Arc<Catalogue>,
    /// Where people open the portal; empty: no link.
    pub portal: String,
    /// How the telling stands.
    pub telemetry: Arc<Telemetry>,
}

impl Tell {
    /// Works until the shutdown begins.
    pub async fn run(self, shutdown: Shutdown) {
        let mut since = CENSUS;
        while !shutdown.begun() {
            match self.look().await {
                Ok(0) => (),
                Ok(_) => continue,
                Err(error) => tracing::warn!(code = error.code(), "mails wait: {error}"),
            }
            if since >= CENSUS {
                since = Duration::ZERO;
                if let Err(error) = self.census().await {
                    tracing::warn!(code = error.code(), "the mails could not be counted");
                }
            }
            tokio::select! { () = beat(LOOK) => since += LOOK, () = shutdown.wait() => () }
        }
    }

    /// How many mailings the server took.
    async fn look(&self) -> Result<usize> {
        let Some(mailer) = &self.mailer else { return Ok(0) };
        let mut taken = 0;
        for mailing in self.ledger.take_mailings(MOST).await? {
            let (became, code) = self.send(mailer.as_ref(), &mailing).await?;
            taken += usize::from(became == Sent::Taken);
            self.ledger.settle_mailing(mailing.id, became, code).await?;
        }
        Ok(taken)
    }

    async fn send(&self, mailer: &dyn Mailer, mailing: &Mailing) -> Result<(Sent, &'static str)> {
        let Some(to) = mailing.email.clone() else { return Ok((Sent::GivenUp, "mail_refused")) };
        let (subject, text) = match &mailing.over {
            Some(over) => (OVER.to_owned(), over_text(&mailing.name, over)),
            None => (subject(&mailing.lines), self.text(mailing)),
        };
        let mail = Mail { id: mailing.id.to_string(), to, subject, text };
        let now = self.ledger.now().await?;
        Ok(match mailer.send(&mail).await {
            Ok(()) => (Sent::Taken, ""),
            Err(error @ Error::Outage(_)) => (Sent::Later { at: now.plus_millis(OUTAGE), counts: false }, error.code()),
            Err(error @ Error::Retry(_)) if mailing.attempts < MAILING_ATTEMPTS => {
                let at = now.plus_millis(REFUSED << mailing.attempts.min(10));
                (Sent::Later { at, counts: true }, error.code())
            }
            Err(error) => {
                // The address stays out of the log; the mailing's id finds it in the ledger.
                tracing::error!(mailing = %mailing.id, code = error.code(), "a mail is given up: {error}");
                (Sent::GivenUp, error.code())
            }
        })
    }

    async fn census(&self) -> Result<()> {
        let census = self.ledger.mail_census().await?;
        let figures = [
            ("waiting", census.waiting as i64),
            ("failed", census.failed as i64),
            ("untold", census.untold as i64),
            ("lag_ms", census.lag_millis),
        ];
        for (kind, value) in figures {
            self.telemetry.mails.with_label_values(&[kind]).set(value);
        }
        Ok(())
    }

    fn text(&self, mailing: &Mailing) -> String {
        let mut text = format!("{},\n\n", mailing.name);
        let at_centre: Vec<&MailingLine> = mailing.lines.iter().filter(|line| line.kind == ClockKind::Bsk).collect();
        if !at_centre.is_empty() {
            // What waits for its citizen is nobody's delay of an application.
            text.push_str("Ready at a centre and not handed over; the last day is, or was:\n");
            text.push_str("কেন্দ্রে প্রস্তুত, এখনও হস্তান্তর হয়নি; শেষ দিন:\n");
            at_centre.iter().for_each(|line| text.push_str(&format!("  {}\n", self.line(line))));
            text.push('\n');
        }
        for (rung, en, bn) in [
            (Rung::Breached, "The time limit is over. Late from today:", "সময়সীমা পেরিয়ে গেছে:"),
            (
                Rung::ReviewingOfficer,
                "Late, and now for the Reviewing Officer:",
                "বিলম্বিত, এখন পুনর্বিবেচনা আধিকারিকের জন্য:",
            ),
            (Rung::AppealOpen, "Late or rejected; the citizen may appeal:", "বিলম্বিত বা প্রত্যাখ্যাত; নাগরিক আপিল করতে পারেন:"),
            (Rung::DueToday, "The last day in time is today:", "আজই শেষ দিন:"),
            (Rung::DueSoon, "The time limit is nearly used up:", "সময় ফুরিয়ে আসছে:"),
        ] {
            let own = |line: &&MailingLine| line.rung == rung && line.kind != ClockKind::Bsk;
            let lines: Vec<&MailingLine> = mailing.lines.iter().filter(own).collect();
            if lines.is_empty() {
                continue;
            }
            // Writing to a text does not fail.
            let _ = writeln!(text, "{en}\n{bn}");
            for line in lines {
                let _ = writeln!(text, "  {}", self.line(line));
            }
            text.push('\n');
        }
        if !self.portal.is_empty() {
            let _ = writeln!(text, "{}/office", self.portal.trim_end_matches('/'));
        }
        text.push_str(FAREWELL);
        text
    }

    /// Number, service and day; nothing of the applicant.
    fn line(&self, line: &MailingLine) -> String {
        let service = line.service.as_deref().unwrap_or_default();
        let name = self.catalogue.service(&line.department, service).map_or(service, |row| row.name.en.as_str());
        let kind = match line.kind {
            ClockKind::Service | ClockKind::Bsk => "",
            ClockKind::Stage => ", stage",
            ClockKind::Appeal => ", appeal",
            ClockKind::Review => ", review",
            ClockKind::Revision => ", revision",
            ClockKind::Rectification => ", answer to the defect memo",
            // Nobody is told of these by mail.
            ClockKind::Department | ClockKind::Pipeline => "",
        };
        let day = line.due_on.as_deref().and_then(parse_date);
        let day = day.map(|day| format!(", {} ({})", date_en(day), date_bn(day))).unwrap_or_default();
        format!("{}  {name}{kind}{day}", line.application_no)
    }
}

/// Figures only: no text from outside is in a header.
fn subject(lines: &[MailingLine]) -> String {
    let late = lines.iter().filter(|line| line.rung == Rung::Breached && line.kind != ClockKind::Bsk).count();
    match (late, lines.len() - late) {
        (0, more) => format!("Mohor: {more} applications need attention"),
        (late, 0) => format!("Mohor: {late} applications are late"),
        (late, more) => format!("Mohor: {late} applications are late, {more} more need attention"),
    }
}

/// Which endpoint, why, and what to do; nothing of its address but the name of its host.
fn over_text(name: &str, over: &EndpointOver) -> String {
    let EndpointOver { webhook, stream, host, reason } = over;
    let (en, bn) = match reason.as_str() {
        "gone" => ("The receiver has answered that it is gone (410).", "গ্রাহক-ব্যবস্থা জানিয়েছে যে সে আর নেই (৪১০)।"),
        _ => (
            "Every attempt has failed, for as long as the schedule allows.",
            "নির্ধারিত সময়ের মধ্যে প্রতিটি চেষ্টা ব্যর্থ হয়েছে।",
        ),
    };
    format!(
        "{name},\n\n\
         A webhook endpoint is disabled: nothing more is sent to it.\n{en}\n\
         একটি ওয়েবহুক বন্ধ হয়েছে: সেখানে আর কিছু পাঠানো হবে না।\n{bn}\n\n\
         \u{20} {stream}  {host}\n  {webhook}\n\n\
         Nothing is lost: it keeps its place. When the receiver is mended: mohor webhooks resume {webhook}\n\
         কিছুই হারায়নি: জায়গা রাখা আছে। গ্রাহক-ব্যবস্থা ঠিক হলে: mohor webhooks resume {webhook}\n\n{FAREWELL}"
    )
}
