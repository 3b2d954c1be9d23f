//! The fonts, built in and pinned by digest: Noto Sans and Noto Sans Bengali, regular and bold (SIL OFL 1.1).

use mohor_domain::plan::AssetRef;
use sha2::{Digest, Sha256};
use std::sync::LazyLock;
use typst_library::{foundations::Bytes, text::Font};

const FILES: [(&str, &[u8]); 4] = [
    ("NotoSans-Regular.ttf", include_bytes!("../../fonts/NotoSans-Regular.ttf")),
    ("NotoSans-Bold.ttf", include_bytes!("../../fonts/NotoSans-Bold.ttf")),
    ("NotoSansBengali-Regular.ttf", include_bytes!("../../fonts/NotoSansBengali-Regular.ttf")),
    ("NotoSansBengali-Bold.ttf", include_bytes!("../../fonts/NotoSansBengali-Bold.ttf")),
];

static DIGESTS: LazyLock<Vec<String>> =
    LazyLock::new(|| FILES.iter().map(|(_, bytes)| hex::encode(Sha256::digest(bytes))).collect());

static FONTS: LazyLock<Vec<Font>> =
    LazyLock::new(|| FILES.iter().filter_map(|(_, bytes)| Font::new(Bytes::new(*bytes), 0)).collect());

/// The fonts as Typst has them.
pub(super) fn fonts() -> Vec<Font> {
    FONTS.clone()
}

/// Whether a plan's font is the one that is built in.
pub(super) fn is_built_in(name: &str, sha256: &str) -> bool {
    FILES.iter().zip(DIGESTS.iter()).any(|((file, _), digest)| *file == name && digest == sha256)
}

/// The fonts as a plan names them.
pub fn font_refs() -> Vec<AssetRef> {
    let named = FILES.iter().zip(DIGESTS.iter());
    named.map(|((file, _), digest)| AssetRef { name: format!("font:{file}"), sha256: digest.clone() }).collect()
}

/// The fonts' bytes by digest, to be kept in the ledger.
pub fn font_assets() -> Vec<(String, Vec<u8>)> {
    FILES.iter().zip(DIGESTS.iter()).map(|((_, bytes), digest)| (digest.clone(), bytes.to_vec())).collect()
}

/// The first character of a text that no font can draw. Printing it would leave a blank box where a name should be, so
/// intake refuses it. The two joiners shape their neighbours and need no glyph.
pub fn unprintable(text: &str) -> Option<char> {
    let drawn = |c: char| {
        matches!(c, '\u{200C}' | '\u{200D}') || FONTS.iter().any(|font| font.info().coverage.contains(c as u32))
    };
    text.chars().find(|c| !drawn(*c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fonts_are_the_pinned_ones() {
        let readme = include_str!("../../fonts/README.md");
        for ((file, _), digest) in FILES.iter().zip(DIGESTS.iter()) {
            assert!(readme.contains(digest.as_str()), "{file} has digest {digest}, not the one in fonts/README.md");
        }
        assert_eq!(FONTS.len(), FILES.len());
    }

    #[test]
    fn what_no_font_draws_is_named() {
        assert_eq!(unprintable("সোমবারি Mahato ₹ ঁ র\u{200D}্য"), None);
        assert_eq!(unprintable("রাম 😀"), Some('😀'));
        assert_eq!(unprintable("राम"), Some('र'));
    }
}
