//! A certificate of a tray in words.

use crate::{
    handing::ground_words,
    lang::Lang,
    pages::board::service_name,
    printing::{RETURNED, standing_words},
    site::Site,
};
use mohor_domain::{
    civil::digits_bn,
    share::HandedTo,
    tray::{PrintKind, TrayState},
};
use mohor_ports::ledger::{Handed, Print, TrayRow};

/// A certificate as a page shows it.
pub(super) struct Line {
    pub number: i64,
    pub uin: String,
    pub docket_no: String,
    pub application_no: String,
    pub department: String,
    pub service: String,
    pub applicant: String,
    pub ready: String,
    /// Why it is neither printed nor handed out.
    pub stopped: Option<&'static str>,
    /// How often it was printed, and who was first.
    pub printed: Option<String>,
    /// To whom it was handed over, by whom and when.
    pub handed: Option<String>,
}

impl Line {
    /// What the centre calls it: its docket number, or else the application's.
    pub fn called(&self) -> &str {
        if self.docket_no.is_empty() { &self.application_no } else { &self.docket_no }
    }
}

/// A time that the document was given out.
pub(super) struct Given {
    pub what: String,
    pub who: String,
    pub when: String,
}

pub(super) fn line(site: &Site, lang: Lang, row: TrayRow) -> Line {
    let gone = (row.state == TrayState::Returned).then_some(RETURNED);
    Line {
        number: row.number,
        uin: row.uin.grouped(),
        docket_no: row.docket_no.unwrap_or_default(),
        application_no: row.application_no,
        service: service_name(site, lang, &row.department, row.service.as_deref().unwrap_or_default()),
        department: row.department,
        applicant: row.applicant.map(|name| lang.name(&name)).unwrap_or_default(),
        ready: row.ready_at.map(|at| lang.time(at)).unwrap_or_default(),
        stopped: standing_words(row.standing).or(gone).map(|(en, bn)| lang.pick(en, bn)),
        printed: row.first.map(|first| printed(lang, row.printed, &first, row.state == TrayState::Ready)),
        handed: row.handed.map(|handed| handed_over(lang, &handed)),
    }
}

/// The account without what kind of actor it is.
pub(super) fn who(actor: &str) -> &str {
    actor.strip_prefix("person:").unwrap_or(actor)
}

fn count(lang: Lang, number: u32) -> String {
    let text = number.to_string();
    lang.pick(&text, &digits_bn(&text)).to_owned()
}

/// What was printed before a certificate came here is void.
fn printed(lang: Lang, times: u32, first: &Print, elsewhere: bool) -> String {
    if elsewhere {
        let en = format!("not printed here; a paper that was printed at {} is void", first.bsk);
        let bn = format!("এখানে ছাপা হয়নি; {}-এ ছাপা কাগজ বাতিল", first.bsk);
        return lang.pick(&en, &bn).to_owned();
    }
    let (by, at) = (who(&first.who), lang.time(first.at));
    let number = count(lang, times);
    match (lang, times) {
        (Lang::En, 1) => format!("printed once, by {by} on {at}"),
        (Lang::En, _) => format!("printed {number} times, first by {by} on {at}"),
        (Lang::Bn, 1) => format!("একবার ছাপা হয়েছে: {by}, {at}"),
        (Lang::Bn, _) => format!("{number} বার ছাপা হয়েছে, প্রথমবার: {by}, {at}"),
    }
}

/// To whom, by what, by whom and when.
pub(super) fn handed_over(lang: Lang, handed: &Handed) -> String {
    let (en, bn) = match handed.over.ground.to() {
        HandedTo::Applicant => ("handed over to the applicant", "আবেদনকারীকে হস্তান্তর করা হয়েছে"),
        HandedTo::Representative => ("handed over to a representative", "প্রতিনিধিকে হস্তান্তর করা হয়েছে"),
    };
    let (by, at) = (who(&handed.actor), lang.time(handed.at));
    let (ground_en, ground_bn) = ground_words(&handed.over.ground);
    let beside = [lang.pick(&ground_en, &ground_bn), handed.over.reference.as_deref().unwrap_or_default()];
    let beside: Vec<&str> = beside.into_iter().filter(|text| !text.is_empty()).collect();
    let done = match lang {
        Lang::En => format!("{en} by {by} on {at}"),
        Lang::Bn => format!("{bn}: {by}, {at}"),
    };
    match beside.is_empty() {
        true => done,
        false => format!("{done} ({})", beside.join("; ")),
    }
}

pub(super) fn given(lang: Lang, print: &Print) -> Given {
    let (en, bn) = match print.kind {
        PrintKind::Opened => ("opened", "খোলা হয়েছে"),
        PrintKind::Printed => ("printed", "ছাপা হয়েছে"),
    };
    Given {
        what: format!("{} ({})", lang.pick(en, bn), count(lang, print.n)),
        who: who(&print.who).to_owned(),
        when: lang.time(print.at),
    }
}
