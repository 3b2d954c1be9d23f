//! Where things are: paths in a configuration, and the folder of `--data`.

use super::Config;
use crate::file;
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

    /// What of the data on this machine others may read, and what closes it.
    pub fn open_to_others(&self) -> Option<String> {
        let ledger = self.is_embedded().then(|| self.ledger_path());
        let documents = (!self.vault.starts_with("s3:")).then(|| Self::path(&self.vault).join("documents"));
        file::open_to_others(&ledger.into_iter().chain(documents).collect::<Vec<_>>())
    }

    pub(super) fn check_places(&self) -> Result<()> {
        // SQLite would make a nameless file for it, and remove it at the end.
        if self.is_embedded() && self.ledger_path().file_name().is_none() {
            bail!("configuration: `ledger` is `{}`, which names no file; it is sqlite:PATH", self.ledger);
        }
        Ok(())
    }

    /// Passwords, letters, names and documents go to another machine by TLS alone, with a certificate that is looked at.
    pub(super) fn check_ways(&self) -> Result<()> {
        if self.bus.starts_with("amqp:") && !is_near(&self.bus) {
            bail!("configuration: `bus` is `amqp:` to another machine; passwords and letters go by `amqps:` there");
        }
        if !self.is_embedded() && !is_near(&self.ledger) && !demands_tls(&self.ledger) {
            bail!(
                "configuration: `ledger` is on another machine; names and second factors go there by TLS alone: add \
                 `?sslmode=verify-full&sslrootcert=FILE` with the authority of its certificate"
            );
        }
        if self.s3.endpoint.starts_with("http:") && !is_near(&self.s3.endpoint) {
            bail!("configuration: `s3.endpoint` is `http:` to another machine; documents go by `https:` there");
        }
        Ok(())
    }
}

/// Whether a URL leads to this machine, or by a name without dots to a container beside this one.
fn is_near(url: &str) -> bool {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?']).next().unwrap_or_default();
    let place = authority.rsplit('@').next().unwrap_or_default();
    let host = match place.strip_prefix('[') {
        Some(rest) => return rest.starts_with("::1]"),
        None => place.rsplit_once(':').map_or(place, |(host, _)| host),
    };
    // The parameter `host` takes the place of the URL's: a folder of this machine's sockets, or another machine.
    let elsewhere = parameters(url).any(|(name, value)| name == "host" && !value.starts_with(['/', '%']));
    !elsewhere && (host.starts_with("127.") || !host.contains(['.', ':']))
}

/// Whether PostgreSQL's certificate is demanded and looked at.
fn demands_tls(url: &str) -> bool {
    let mut modes = parameters(url).filter(|(name, _)| matches!(*name, "sslmode" | "ssl-mode")).peekable();
    modes.peek().is_some() && modes.all(|(_, mode)| matches!(mode, "verify-full" | "verify-ca"))
}

fn parameters(url: &str) -> impl Iterator<Item = (&str, &str)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    query.split('&').filter_map(|pair| pair.split_once('='))
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
    fn what_goes_to_another_machine_goes_by_tls() {
        for (near, url) in [
            (true, "amqp://mohor@127.0.0.1:5672/x"),
            (true, "amqp://mohor@[::1]:5672"),
            (true, "postgres://mohor@postgres/mohor"),
            (true, "postgres://mohor@localhost:5432/mohor?host=/run/postgresql"),
            (false, "postgres://mohor@localhost/mohor?host=db.example"),
            (false, "postgres://mohor:a@db.example:5432/mohor"),
            (false, "http://10.0.0.7:9000"),
            (false, "amqp://[2001:db8::1]:5672"),
            (false, "postgres://[::127.0.0.1]/mohor"),
        ] {
            assert_eq!(is_near(url), near, "{url}");
        }
        for (demanded, url) in [
            (true, "postgres://db.example/mohor?sslmode=verify-full"),
            (true, "postgres://db.example/mohor?sslrootcert=x&ssl-mode=verify-ca"),
            (false, "postgres://db.example/mohor"),
            (false, "postgres://db.example/mohor?sslmode=require"),
            (false, "postgres://db.example/mohor?sslmode=verify-full&sslmode=prefer"),
        ] {
            assert_eq!(demands_tls(url), demanded, "{url}");
        }
        let with = |change: fn(&mut Config)| {
            let mut config = Config {
                ledger: "postgres://m@localhost/m".into(),
                bus: "amqp://m@localhost/m".into(),
                ..Config::default()
            };
            change(&mut config);
            config.check_ways().map_err(|error| error.to_string())
        };
        assert_eq!(with(|_| ()), Ok(()));
        assert!(
            with(|it| it.ledger = "postgres://m:secret@db.example/m".into())
                .unwrap_err()
                .contains("sslmode=verify-full")
        );
        assert!(with(|it| it.bus = "amqp://m@bus.example/m".into()).unwrap_err().contains("amqps:"));
        assert!(with(|it| it.s3.endpoint = "http://s3.example".into()).unwrap_err().contains("https:"));
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
