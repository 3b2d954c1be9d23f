//! A file from anybody that is no file of ours by its digest or its marks: what it is, by its content and never by its
//! name, and the code on it if it is a picture.
//!
//! Read are the pictures that phones, scanners and messengers save, and pictures in a PDF. What is not read is said, with
//! what to do next: a verdict would say something of a certificate that nobody has looked at.

mod picture;
mod scan;
mod unread;

pub use scan::locked;
pub use unread::Unread;

use crate::{
    credential::{Check, KnownKey},
    verify::qr_evidence,
};
use image::ImageFormat;
use std::{
    collections::BTreeSet,
    sync::{Mutex, PoisonError},
};

/// How far into a file its head may begin: readers take a PDF that begins within so many bytes.
const HEAD: usize = 1024;

/// One picture at a time: sixteen uploads may be in hand at once, and a decoded picture is large.
static ONE: Mutex<()> = Mutex::new(());

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A PDF.
    Pdf,
    /// A picture of a format that is read.
    Picture(ImageFormat),
    /// Something else, in words.
    Other(&'static str),
    /// No bytes at all.
    Empty,
}

/// Says what a file is by how it begins.
pub fn kind(bytes: &[u8]) -> Kind {
    let head = &bytes[..bytes.len().min(HEAD)];
    let holds = |word: &[u8]| head.windows(word.len()).any(|window| window == word);
    let brand = if bytes.get(4..8) == Some(b"ftyp") { bytes.get(8..12) } else { None };
    match bytes {
        [] => Kind::Empty,
        _ if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => Kind::Picture(ImageFormat::Png),
        _ if bytes.starts_with(b"\xff\xd8\xff") => Kind::Picture(ImageFormat::Jpeg),
        _ if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") => Kind::Picture(ImageFormat::WebP),
        _ if bytes.starts_with(b"GIF8") => Kind::Picture(ImageFormat::Gif),
        // A bitmap's four reserved bytes are nothing: a text may begin with the same two letters.
        _ if bytes.starts_with(b"BM") && bytes.get(6..10) == Some(&[0; 4]) => Kind::Picture(ImageFormat::Bmp),
        _ if holds(b"%PDF-") => Kind::Pdf,
        _ if matches!(brand, Some(b"avif" | b"avis")) => Kind::Other("an AVIF picture"),
        _ if matches!(brand, Some(b"heic" | b"heix" | b"heim" | b"heis" | b"hevc" | b"hevx" | b"mif1" | b"msf1")) => {
            Kind::Other("a HEIC picture")
        }
        _ if brand.is_some() => Kind::Other("a video"),
        _ if bytes.starts_with(b"II*\0") || bytes.starts_with(b"MM\0*") => Kind::Other("a TIFF picture"),
        _ if bytes.starts_with(b"\xff\x0a") || bytes.starts_with(b"\0\0\0\x0cJXL ") => Kind::Other("a JPEG XL picture"),
        _ if bytes.starts_with(b"\0\0\0\x0cjP  ") || bytes.starts_with(b"\xff\x4f\xff\x51") => {
            Kind::Other("a JPEG 2000 picture")
        }
        _ if bytes.starts_with(b"PK\x03\x04") => Kind::Other("an office document or an archive"),
        _ if bytes.starts_with(b"\xd0\xcf\x11\xe0") => Kind::Other("an office document"),
        _ if holds(b"<svg") => Kind::Other("an SVG drawing"),
        _ if !head.contains(&0) && text(head) => Kind::Other("a text"),
        _ => Kind::Other("a file of an unknown kind"),
    }
}

/// Whether a head is UTF-8 but for a character that its end cuts.
fn text(head: &[u8]) -> bool {
    std::str::from_utf8(head).err().is_none_or(|error| error.error_len().is_none())
}

/// The text of the code on a file, if it is a picture or a PDF of pictures. `None`: it is a PDF that is no scan, and not
/// from here unless its digest or its marks say so.
///
/// All codes are looked at: one of ours goes before any other, wherever it stands. Codes of two certificates are no
/// evidence for one.
pub fn code(bytes: &[u8], keys: &[KnownKey]) -> Result<Option<String>, Unread> {
    let ours = |text: &str| !matches!(qr_evidence(text, keys).check, Check::NotIssuedHere(_));
    let _one = ONE.lock().unwrap_or_else(PoisonError::into_inner);
    let found = match kind(bytes) {
        Kind::Empty => return Err(Unread::Empty),
        Kind::Other(what) => return Err(Unread::Kind(what)),
        Kind::Picture(format) => picture::codes(bytes, format, &ours)?,
        Kind::Pdf if locked(bytes) => return Err(Unread::Locked),
        Kind::Pdf => match scan::codes(bytes, &ours) {
            Some(found) if found.is_empty() => return Err(Unread::Scan),
            Some(found) => found,
            None => return Ok(None),
        },
    };
    the_one(found, ours).map(Some)
}

fn the_one(found: BTreeSet<String>, ours: impl Fn(&str) -> bool) -> Result<String, Unread> {
    let mut of_ours = found.iter().filter(|text| ours(text));
    match (of_ours.next(), of_ours.next()) {
        (Some(_), Some(_)) => Err(Unread::Several),
        (Some(one), None) => Ok(one.clone()),
        (None, _) => found.into_iter().next().ok_or(Unread::NoCode),
    }
}

#[cfg(test)]
mod tests;
