//! What a centre's counter needs besides its tray: stickers and test pages.

use crate::{
    fault::{Fault, Lead},
    site::Site,
};
use axum::http::StatusCode;
use mohor_domain::test_page::{RANDOM, code};
use mohor_ports::ledger::{Holograms, TestPages, Tried};
use std::sync::Arc;

static TO_TEST_PAGE: Lead = Lead {
    address: "/bsk/test-page", en: "To the test page", bn: "পরীক্ষা-পাতায় যান"
};

/// What a centre's counter needs besides its tray.
pub struct Centre {
    /// Stickers that go on prints.
    pub holograms: Arc<dyn Holograms>,
    /// The pages by which printers are tried.
    pub test_pages: Arc<dyn TestPages>,
    /// Nothing is printed before the day's test page was scanned back.
    pub test_page: bool,
}

/// Whether the centre's printer was tried today.
pub(crate) async fn tried(site: &Site, bsk: &str) -> Result<Option<Tried>, Fault> {
    site.portal.centre.test_pages.tried_today(bsk).await.map_err(Fault::port)
}

/// Refuses while the test page of the day is missing, where one is asked for.
pub(crate) async fn may_print(site: &Site, bsk: &str) -> Result<(), Fault> {
    if !site.portal.centre.test_page || tried(site, bsk).await?.is_some() {
        return Ok(());
    }
    let en = "the printer was not tried today: print the test page and scan it back, then print the certificate";
    let bn = "আজ প্রিন্টার পরীক্ষা করা হয়নি: পরীক্ষা-পাতা ছেপে আবার স্ক্যান করুন, তারপর শংসাপত্র ছাপুন";
    Err(Fault::new(StatusCode::CONFLICT, "no_test_page", en, bn).leading(&TO_TEST_PAGE))
}

/// A code that nobody can guess.
pub(crate) fn fresh(site: &Site) -> Result<String, Fault> {
    let mut random = [0; RANDOM];
    site.portal.entropy.fill(&mut random).map_err(Fault::port)?;
    Ok(code(&random))
}
