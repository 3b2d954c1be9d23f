//! Stickers that go on prints: a centre's stock of serials, and which of them is on which certificate's print.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    certificate::Standing,
    civil::Instant,
    hologram::{Range, Serial},
    uin::Uin,
};

/// A range as it was issued to a centre.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HologramRange {
    /// Its row.
    pub number: i64,
    /// The centre.
    pub bsk: String,
    /// Its serials.
    pub range: Range,
    /// Those that are on prints.
    pub bound: u64,
    /// Those that were written off.
    pub written_off: u64,
    /// By whom.
    pub issued_by: String,
    /// When, by the ledger's time.
    pub issued_at: Instant,
}

impl HologramRange {
    /// Those that are still to be used.
    pub fn left(&self) -> u64 {
        self.range.count().saturating_sub(self.bound + self.written_off)
    }
}

/// What became of a range that is issued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HologramsIssued {
    /// It is the centre's now.
    New(i64),
    /// This range was issued to this centre before: that stands.
    Before(i64),
    /// Some of its serials were issued before, in this range.
    Overlaps(Box<HologramRange>),
}

/// What a centre was given and has left.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct HologramStock {
    /// The centre.
    pub bsk: String,
    /// Those that were issued.
    pub issued: u64,
    /// Those that are on prints.
    pub bound: u64,
    /// Those that were written off.
    pub written_off: u64,
}

impl HologramStock {
    /// Those that are still to be used.
    pub fn left(&self) -> u64 {
        self.issued.saturating_sub(self.bound + self.written_off)
    }
}

/// A sticker on a certificate's print: a row that stays. Of several of one certificate the newest counts, since each new print
/// has a new one; the others are replaced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HologramBinding {
    /// The sticker.
    pub serial: Serial,
    /// Of this certificate the how manieth, from 1.
    pub n: u32,
    /// At which centre.
    pub bsk: String,
    /// Who put it there.
    pub who: String,
    /// When, by the ledger's time.
    pub at: Instant,
}

/// What became of a sticker that somebody wants to bind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HologramBound {
    /// It is the certificate's how manieth now.
    New(u32),
    /// It is the one that counts already.
    Before(u32),
    /// It is not of this centre's stock: another centre's, or never issued.
    NotInStock,
    /// It was used before: for which of the centre's own certificates, by its docket or else application number.
    Used(Option<String>),
    /// It was written off.
    WrittenOff,
    /// The centre has not printed the certificate.
    NotPrinted,
    /// The certificate is not live (any more).
    NotLive(Standing),
    /// There is no such certificate at this centre: unknown, not ready, or another centre's.
    Unknown,
}

/// What became of a sticker that is written off.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HologramWrittenOff {
    /// It is of no use from now on.
    New,
    /// It was written off before: that stands.
    Before,
    /// It is on a print: of which of the centre's own certificates, by its docket or else application number.
    Bound(Option<String>),
    /// It is not of this stock: another centre's, or never issued.
    NotInStock,
}

/// Stickers. Nothing here checks who asks: a centre is somebody's bound before.
///
/// A serial is bound or written off once, for ever: a unique row is the claim. Which range is whose never changes.
#[async_trait]
pub trait Holograms: Send + Sync {
    /// Gives a centre a range of serials, with the audit line. No serial is in two ranges: of two that overlap and come at once
    /// one is issued.
    async fn issue_holograms(&self, range: Range, bsk: &str, act: Act) -> Result<HologramsIssued>;
    /// What a centre has left.
    async fn hologram_stock(&self, bsk: &str) -> Result<HologramStock>;
    /// The same of each centre that was ever given any, by code, with codes after that one; at most so many.
    async fn hologram_stocks(&self, after: Option<&str>, most: u32) -> Result<Vec<HologramStock>>;
    /// The ranges of a centre, newest first, with numbers smaller than `before`; at most so many.
    async fn hologram_ranges(&self, bsk: &str, before: Option<i64>, most: u32) -> Result<Vec<HologramRange>>;
    /// Records that a sticker of the centre's stock is on the print of a live certificate that the centre has printed, with the
    /// audit line; what was bound to it before is replaced. Of two who bind one sticker at once one has it, and the other reads
    /// for what it was used.
    async fn bind_hologram(&self, uin: Uin, bsk: &str, serial: Serial, act: Act) -> Result<HologramBound>;
    /// Records that an unused sticker is spoiled or lost, with the reason and the audit line; of this centre's stock, or without
    /// one of whosever it is.
    async fn write_off_hologram(
        &self,
        bsk: Option<&str>,
        serial: Serial,
        reason: &str,
        act: Act,
    ) -> Result<HologramWrittenOff>;
    /// The stickers of a certificate, the one that counts first; at most so many.
    async fn hologram_bindings(&self, uin: Uin, most: u32) -> Result<Vec<HologramBinding>>;
    /// The sticker that counts for a certificate. It takes as long whether there is one or not, as near as a look at an index
    /// can.
    async fn hologram_of(&self, uin: Uin) -> Result<Option<Serial>>;
}
