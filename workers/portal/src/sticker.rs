//! Whether a sticker belongs to a certificate, for anybody. What is said is one of two words: a serial that was never issued,
//! that is on nothing, or on another certificate's print is "no match" like every other, and so is a text that is no serial. The
//! ledger is asked the same question each time, and what it has is compared by digests.

use crate::{fault::Fault, judge::Finding, site::Site};
use mohor_domain::{
    certificate::Verdict,
    hologram::{LONGEST, Serial},
};
use mohor_ports::error::Error;
use sha2::{Digest, Sha256};

/// The text of a sticker; the error names the field.
pub(crate) fn keyed<'t>(field: &str, text: &'t str) -> Result<&'t str, Fault> {
    match text.trim() {
        "" => Err(Fault::invalid(field, "`serial` is empty; key in the number that is printed on the sticker")),
        text if text.chars().count() > LONGEST => Err(Fault::invalid(
            field,
            format!("`serial` is longer than {LONGEST} characters; key in the sticker's number"),
        )),
        text => Ok(text),
    }
}

/// Whether somebody may ask about the sticker of what was found: of what counts as genuine, also if it is over or corrected.
pub(crate) fn asked_of(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Genuine | Verdict::GenuineSuperseded | Verdict::GenuineExpired)
}

/// Whether the certificate that was found has this sticker on its newest print.
pub(crate) async fn matches(site: &Site, finding: &Finding, text: &str) -> Result<bool, Fault> {
    if finding.verdict == Verdict::CannotCheckNow {
        return Err(Fault::port(Error::outage("a certificate could not be looked up")));
    }
    let there = match finding.uin {
        Some(uin) => site.portal.centre.holograms.hologram_of(uin).await.map_err(Fault::port)?,
        None => None,
    };
    // What is missing is another text on each side: neither stands for the other.
    let digest = |serial: Option<Serial>, none: &str| {
        Sha256::digest(serial.map_or_else(|| none.to_owned(), |serial| serial.to_string()))
    };
    let same = digest(Serial::read(text), "nothing keyed in") == digest(there, "nothing on record");
    Ok(same && asked_of(finding.verdict))
}
