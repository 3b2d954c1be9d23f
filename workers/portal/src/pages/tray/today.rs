//! What a centre needs today besides certificates: stickers, and a printer that was tried.

use super::view::who;
use crate::{centre, fault::Fault, lang::Lang, site::Site};
use mohor_domain::{civil::digits_bn, hologram::FEW};
use mohor_ports::ledger::Tried;

/// The lines above a tray.
pub(super) struct Today {
    /// Stickers that are left.
    pub left: String,
    /// They run out.
    pub few: bool,
    /// When the printer was tried, and by whom.
    pub tried: Option<String>,
    /// Nothing is printed before it was.
    pub must: bool,
}

pub(super) async fn today(site: &Site, lang: Lang, bsk: &str) -> Result<Today, Fault> {
    let stock = site.portal.centre.holograms.hologram_stock(bsk).await.map_err(Fault::port)?;
    let tried = centre::tried(site, bsk).await?;
    Ok(Today {
        left: figure(lang, stock.left()),
        few: stock.left() < FEW,
        must: site.portal.centre.test_page && tried.is_none(),
        tried: tried.map(|tried| words(lang, &tried)),
    })
}

/// A figure in the page's digits.
pub(super) fn figure(lang: Lang, number: u64) -> String {
    let text = number.to_string();
    lang.pick(&text, &digits_bn(&text)).to_owned()
}

/// That the printer was tried.
pub(super) fn words(lang: Lang, tried: &Tried) -> String {
    let (by, at) = (who(&tried.who), lang.time(tried.at));
    match lang {
        Lang::En => format!("the printer was tried on {at} by {by}"),
        Lang::Bn => format!("প্রিন্টার পরীক্ষা করা হয়েছে: {at}, {by}"),
    }
}
