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

/// Noto Sans, and Noto Sans Bengali.
pub(super) const FAMILIES: usize = 2;
/// Most texts are Latin and Bengali: their part of the fonts' coverage is looked up once.
const COMMON: u32 = 0x2200;

/// The families that have a character in each of their weights, a bit each.
pub(super) fn families(c: char) -> u8 {
    static FOUND: LazyLock<Vec<u8>> = LazyLock::new(|| (0..COMMON).map(covering).collect());
    FOUND.get(c as usize).copied().unwrap_or_else(|| covering(c as u32))
}

fn covering(c: u32) -> u8 {
    let weights = FONTS.chunks(FILES.len() / FAMILIES);
    let has = weights.map(|weights| weights.iter().all(|font| font.info().coverage.contains(c)));
    has.enumerate().fold(0, |found, (family, has)| found | u8::from(has) << family)
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
}
