//! What somebody keys in or scans at the counter. A scanner is a keyboard: it writes what the code holds, and Enter.

use crate::{fault::Fault, site::Site};
use mohor_document::verify;
use mohor_domain::{text, uin::Uin};
use mohor_ports::ledger::{Sought, TrayRow};
use serde_json::json;

/// Characters, at most: as many as a QR code's text has, with room.
pub(super) const LONGEST: usize = 1_024;
/// Characters of a name, at least.
const SHORTEST: usize = 2;
/// Certificates that are listed, at most.
const LISTED: u32 = 50;

/// What is meant at this centre: the number of a certificate, in whatever it stands; else a number of an application or of the
/// centre's own; else how a name begins. The first that finds something is the answer.
pub(super) async fn found(site: &Site, bsk: &str, keyed: &str) -> Result<Vec<TrayRow>, Fault> {
    let mut value = json!(keyed.trim());
    if keyed.trim().is_empty() {
        return Ok(vec![]);
    }
    if keyed.chars().count() > LONGEST {
        return Err(Fault::invalid("text", format!("`text` is longer than {LONGEST} characters; key in the number")));
    }
    text::normalise(&mut value, "/text").map_err(|refusal| Fault::invalid("text", refusal.reason_en))?;
    let keyed = value.as_str().unwrap_or_default();
    let uin = match number(keyed) {
        Some(uin) => Some(uin),
        None => of_code(site, keyed).await,
    };
    let mut meant: Vec<Sought> = uin.map(Sought::Uin).into_iter().collect();
    meant.push(Sought::Number(keyed.into()));
    if keyed.chars().count() >= SHORTEST {
        meant.push(Sought::Name(keyed.into()));
    }
    for sought in meant {
        let found = site.portal.tray.seek(bsk, sought, LISTED).await.map_err(Fault::port)?;
        if !found.is_empty() {
            return Ok(found);
        }
    }
    Ok(vec![])
}

/// A certificate's number: the whole text, or a part of an address or of a line that holds one.
fn number(keyed: &str) -> Option<Uin> {
    let parts = || keyed.split(|c: char| c.is_whitespace() || "/?#&=:;,()<>\"'".contains(c));
    Uin::parse(keyed).ok().or_else(|| parts().find_map(|part| Uin::parse(part).ok()))
}

/// The number that a QR code names whose signature is ours.
async fn of_code(site: &Site, keyed: &str) -> Option<Uin> {
    if !keyed.contains('#') {
        return None;
    }
    let keys = site.known_keys().await;
    verify::qr_evidence(keyed, &keys).credential.map(|credential| credential.claims.uin)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_found_in_whatever_it_stands() {
        let uin = Uin::canonical("BCWGP1XF3A7QYF0V").expect("valid");
        for keyed in [
            "BCWGP1XF3A7QYF0V",
            "bcwg p1xf 3a7q yf0v",
            "UIN: BCWG-P1XF-3A7Q-YF0V",
            "https://verify.example.in/?uin=BCWG-P1XF-3A7Q-YF0V&lang=bn",
            "HTTPS://VERIFY.EXAMPLE.IN/BCWGP1XF3A7QYF0V",
            "UIN BCWG-P1XF-3A7Q-YF0V D1",
        ] {
            assert_eq!(number(keyed), Some(uin), "{keyed}");
        }
        for keyed in ["", "D1", "BCWG-P1XF-3A7Q-YF0X", "রেখা দাস", "BCW/2026/1"] {
            assert_eq!(number(keyed), None, "{keyed}");
        }
    }
}
