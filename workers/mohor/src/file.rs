//! Text files that people hand in, as their editors and spreadsheets save them.

use anyhow::{Context, Result, bail};
use mohor_domain::encoding;
use std::path::Path;

/// Reads a file of text.
pub fn text(path: &Path) -> Result<String> {
    let bytes = plain(std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?, path)?;
    String::from_utf8(bytes).with_context(|| format!("{} is no UTF-8 text", path.display()))
}

/// The bytes of a file of text, without a byte order mark. UTF-16 is refused by its name: nothing that is read here can be.
pub fn plain(bytes: Vec<u8>, path: &Path) -> Result<Vec<u8>> {
    if encoding::is_utf16(&bytes) {
        bail!("{} is UTF-16: save it as UTF-8 and hand it in again", path.display());
    }
    let rest = encoding::behind_mark(&bytes);
    Ok(if rest.len() == bytes.len() { bytes } else { rest.to_vec() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_is_passed_over_and_utf_16_is_named() {
        let path = Path::new("তালিকা.csv");
        assert_eq!(plain("\u{FEFF}code\r\n".into(), path).unwrap(), b"code\r\n");
        assert_eq!(plain(b"code".to_vec(), path).unwrap(), b"code");
        let error = plain(b"\xFF\xFEc\0o\0".to_vec(), path).unwrap_err().to_string();
        assert!(error.contains("তালিকা.csv is UTF-16"), "{error}");
    }
}
