//! Where things are: paths in a configuration, and the folder of `--data`.

use super::Config;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};

impl Config {
    /// The keys that put everything into one folder, as TOML.
    pub(super) fn in_folder(data: &Path) -> Result<String> {
        // `//a/./b` is `/a/b`: two strokes at the beginning would be taken for those of a URL.
        let data: PathBuf = data.components().collect();
        let at = |scheme: &str, rest: &str| -> Result<toml::Value> {
            let path = data.join(rest);
            let path = path.to_str().with_context(|| {
                format!(
                    "--data: {} is not UTF-8, as names in a configuration are; rename it, or give a link to it",
                    data.display()
                )
            })?;
            Ok(format!("{scheme}:{path}").into())
        };
        let keys = [
            ("ledger", at("sqlite", "ledger.sqlite")?),
            ("vault", at("file", "")?),
            ("signer", at("keyfile", "keys")?),
        ];
        toml::to_string(&keys.map(|(key, value)| (key.to_owned(), value)).into_iter().collect::<toml::Table>())
            .context("--data")
    }

    /// The path behind a URL such as `sqlite:PATH` or `sqlite://PATH`.
    pub fn path(url: &str) -> PathBuf {
        url.split_once(':').map_or(url, |(_, rest)| rest.strip_prefix("//").unwrap_or(rest)).into()
    }

    /// The ledger's file.
    pub fn ledger_path(&self) -> PathBuf {
        let path = Self::path(&self.ledger);
        // SQLite takes these for something other than a file's name.
        match path.to_str() {
            Some(text) if text.starts_with("file:") || text.starts_with(':') => Path::new(".").join(path),
            _ => path,
        }
    }

    /// The folder that holds the ledger, where the runner's lock lies; of a server's ledger the one beside the keys.
    pub fn data_folder(&self) -> PathBuf {
        let within = if self.is_embedded() { self.ledger_path() } else { Self::path(&self.signer) };
        within.parent().map(Path::to_path_buf).unwrap_or_default()
    }

    pub(super) fn check_places(&self) -> Result<()> {
        // SQLite would make a nameless file for it, and remove it at the end.
        if self.is_embedded() && self.ledger_path().file_name().is_none() {
            bail!("configuration: `ledger` is `{}`, which names no file; it is sqlite:PATH", self.ledger);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};

    /// The ledger and the folder of documents that `--data` leads to.
    fn places(data: impl AsRef<OsStr>) -> [PathBuf; 2] {
        let config = Config::load(None, Some(Path::new(data.as_ref()))).unwrap();
        [config.ledger_path(), Config::path(&config.vault)]
    }

    #[test]
    fn data_is_whatever_the_folder_is_called() {
        for data in [
            "তথ্য",
            "/srv/তথ্য ভাণ্ডার",
            "my data",
            "it's \"quoted\" \\ and $HOME",
            "a\nb\tc\u{7f}\u{200b}",
            "-x",
            "sqlite:x",
            "${a}",
            "a=b#c?mode=ro&x=%41",
            &"ক".repeat(80),
        ] {
            let [ledger, documents] = places(data);
            assert_eq!(ledger, Path::new(data).join("ledger.sqlite"), "{data:?}");
            assert_eq!(documents, Path::new(data), "{data:?}");
        }
        assert_eq!(places("//srv/./x//")[0], Path::new("/srv/x/ledger.sqlite"), "no host, and no other folder");
        assert_eq!(places("file:x")[0], Path::new("./file:x/ledger.sqlite"), "a file's name to SQLite, and no URI");
        assert_eq!(places("")[0], Path::new("ledger.sqlite"));
    }

    #[test]
    fn a_folder_whose_name_is_no_text_is_refused_by_name() {
        let data = Path::new(OsStr::from_bytes(b"caf\xe9"));
        let words = Config::load(None, Some(data)).unwrap_err().to_string();
        assert!(words.contains("--data") && words.contains("UTF-8"), "{words}");
    }

    #[test]
    fn a_path_is_what_stands_behind_the_scheme() {
        for (url, path) in [
            ("sqlite:a/b", "a/b"),
            ("sqlite:/a/b", "/a/b"),
            ("sqlite:///a/b", "/a/b"),
            ("sqlite:////a/b", "//a/b"),
            ("file:./a", "./a"),
        ] {
            assert_eq!(Config::path(url), Path::new(path), "{url}");
        }
    }

    #[test]
    fn a_ledger_without_a_file_is_refused() {
        for ledger in ["sqlite:", "sqlite://", "sqlite:/", "sqlite:.."] {
            let config = Config { ledger: ledger.into(), ..Config::default() };
            let words = config.check().unwrap_err().to_string();
            assert!(words.contains("names no file"), "{ledger}: {words}");
        }
    }
}
