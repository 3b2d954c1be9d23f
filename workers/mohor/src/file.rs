//! Text files that people hand in, as their editors and spreadsheets save them; and whether our own are closed to others.

use anyhow::{Context, Result, bail};
use mohor_domain::encoding;
use std::{
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

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

/// What of these others on this machine may read or write, and what closes it: a file or folder that is there, and whose
/// folder lets them in.
pub fn open_to_others(paths: &[PathBuf]) -> Option<String> {
    let open = |path: &Path| path.metadata().is_ok_and(|it| it.mode() & 0o077 != 0);
    let parent =
        |path: &Path| path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new(".")).to_owned();
    let found = paths.iter().find(|path| open(path) && open(&parent(path)))?;
    let mode = found.metadata().map(|it| it.mode() & 0o777).unwrap_or_default();
    let (found, folder) = (found.display(), parent(found));
    Some(format!("{found} may be read by others (mode {mode:o}); `chmod -R go= {}`", folder.display()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, os::unix::fs::PermissionsExt};

    #[test]
    fn what_is_open_is_found_unless_its_folder_is_closed() {
        let folder = std::env::temp_dir().join(format!("mohor-open-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let ledger = folder.join("ledger.sqlite");
        fs::write(&ledger, "").unwrap();
        let look = |outer: u32, inner: u32| {
            fs::set_permissions(&folder, fs::Permissions::from_mode(outer)).unwrap();
            fs::set_permissions(&ledger, fs::Permissions::from_mode(inner)).unwrap();
            open_to_others(&[folder.join("absent"), ledger.clone()])
        };
        assert_eq!(look(0o755, 0o600), None);
        assert_eq!(look(0o700, 0o644), None);
        let words = look(0o755, 0o644).unwrap();
        assert!(words.contains("ledger.sqlite may be read by others (mode 644); `chmod -R go= "), "{words}");
        assert!(look(0o755, 0o620).is_some(), "or written");
        fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn a_mark_is_passed_over_and_utf_16_is_named() {
        let path = Path::new("তালিকা.csv");
        assert_eq!(plain("\u{FEFF}code\r\n".into(), path).unwrap(), b"code\r\n");
        assert_eq!(plain(b"code".to_vec(), path).unwrap(), b"code");
        let error = plain(b"\xFF\xFEc\0o\0".to_vec(), path).unwrap_err().to_string();
        assert!(error.contains("তালিকা.csv is UTF-16"), "{error}");
    }
}
