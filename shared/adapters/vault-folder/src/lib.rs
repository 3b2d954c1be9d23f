//! The vault that is a folder: `documents/<first two hex digits>/<sha256>.pdf` below a root.
//!
//! A put writes a temporary file beside the final name, fsyncs it, renames it, and fsyncs each folder it touched once a
//! batch: after `Ok` the object survives a power cut. Then it is read back and its digest compared. The name is the
//! digest of the bytes, so two writers of one name write the same and the last rename harms nothing.

use async_trait::async_trait;
use mohor_ports::{
    error::{Error, Result},
    vault::{Object, Vault, object_name},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

/// What a temporary file's name begins with; the rest is the process, a number, and the object's name.
const TEMPORARY: &str = ".put-";

/// A vault over a folder.
#[derive(Debug, Clone)]
pub struct FolderVault {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    next: AtomicU64,
}

impl FolderVault {
    /// Opens the folder, making it when it is not there, and sweeps away what an interrupted put left behind.
    ///
    /// Temporary files of another process that is alive are left alone: a command may run beside the runner. `Outage`
    /// when the folder cannot be used.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let inner = Inner { root: root.into(), next: AtomicU64::new(0) };
        let documents = inner.root.join("documents");
        inner.make_folder(&documents).map_err(|e| inner.trouble("cannot be made", e))?;
        let swept = sweep(&documents).map_err(|e| inner.trouble("cannot be read", e))?;
        if swept > 0 {
            tracing::info!(swept, folder = %inner.root.display(), "temporary files of an interrupted put were removed");
        }
        Ok(Self { inner: Arc::new(inner) })
    }

    /// Where the documents are.
    pub fn documents(&self) -> PathBuf {
        self.inner.root.join("documents")
    }

    async fn blocking<T: Send + 'static>(&self, work: impl FnOnce(&Inner) -> T + Send + 'static) -> Result<T> {
        let inner = Arc::clone(&self.inner);
        tokio::task::spawn_blocking(move || work(&inner))
            .await
            .map_err(|e| Error::outage("the vault's work was cut short; it is tried again").because(e))
    }
}

#[async_trait]
impl Vault for FolderVault {
    async fn put(&self, objects: Vec<Object>) -> Vec<Result<()>> {
        let count = objects.len();
        match self.blocking(move |inner| inner.put(&objects)).await {
            Ok(results) => results,
            Err(_) => {
                (0..count).map(|_| Err(Error::outage("the vault's work was cut short; it is tried again"))).collect()
            }
        }
    }

    async fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        let sha256 = sha256.to_owned();
        self.blocking(move |inner| inner.get(&sha256)).await?
    }

    async fn probe(&self) -> Result<String> {
        self.blocking(Inner::probe).await?
    }
}

impl Inner {
    /// Writes all, then makes the folders durable, then reads all back. Each object fails alone.
    fn put(&self, objects: &[Object]) -> Vec<Result<()>> {
        let mut touched = BTreeSet::new();
        let mut results: Vec<Result<()>> = objects.iter().map(|object| self.write(object, &mut touched)).collect();
        let synced: BTreeMap<&Path, Option<String>> =
            touched.iter().map(|folder| (folder.as_path(), sync(folder).err().map(|e| e.to_string()))).collect();
        for (object, result) in objects.iter().zip(&mut results) {
            if result.is_err() {
                continue;
            }
            let path = self.root.join(object_name(&object.sha256));
            let fault = path.parent().and_then(|folder| synced.get(folder)).and_then(Option::as_ref);
            *result = match fault {
                Some(words) => Err(self.trouble("cannot be made durable", io::Error::other(words.clone()))),
                None => self.read_back(&path, &object.sha256),
            };
        }
        results
    }

    fn write(&self, object: &Object, touched: &mut BTreeSet<PathBuf>) -> Result<()> {
        check_name(&object.sha256)?;
        if digest(&object.bytes) != object.sha256 {
            return Err(Error::reject(
                "altered_object",
                format!("the bytes to be put are not those of {}", object.sha256),
            ));
        }
        let path = self.root.join(object_name(&object.sha256));
        let folder = path.parent().unwrap_or(&self.root).to_owned();
        if !folder.is_dir() {
            self.make_folder(&folder).map_err(|e| self.trouble("cannot take a new folder", e))?;
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let temporary = folder.join(format!("{TEMPORARY}{}-{number}-{}", std::process::id(), object.sha256));
        let written = write_durably(&temporary, &object.bytes).and_then(|()| fs::rename(&temporary, &path));
        touched.insert(folder);
        written.map_err(|e| {
            // Half a file takes up the room that is short; when even this fails the next start sweeps it.
            let _ = fs::remove_file(&temporary);
            self.trouble("cannot take another document", e)
        })
    }

    fn read_back(&self, path: &Path, sha256: &str) -> Result<()> {
        let bytes = fs::read(path).map_err(|e| self.trouble("cannot be read back", e))?;
        match digest(&bytes) == sha256 {
            true => Ok(()),
            false => Err(Error::outage(format!(
                "the vault folder {} gives back other bytes than were written; check its disk",
                self.root.display()
            ))),
        }
    }

    fn get(&self, sha256: &str) -> Result<Option<Vec<u8>>> {
        check_name(sha256)?;
        match fs::read(self.root.join(object_name(sha256))) {
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(e) => Err(self.trouble("cannot be read", e)),
            Ok(bytes) if digest(&bytes) == sha256 => Ok(Some(bytes)),
            Ok(_) => Err(Error::reject(
                "altered_object",
                format!("the document {sha256} in the vault has been altered; make it again with `mohor restore UIN`"),
            )),
        }
    }

    fn probe(&self) -> Result<String> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let path = self.root.join("documents").join(format!("{TEMPORARY}{}-{number}-probe", std::process::id()));
        let tried = write_durably(&path, b"probe").and_then(|()| fs::read(&path));
        let removed = fs::remove_file(&path);
        match tried.and_then(|bytes| removed.map(|()| bytes)) {
            Ok(bytes) if bytes == b"probe" => {
                Ok(format!("folder {}, written, read back and removed", self.root.display()))
            }
            Ok(_) => Err(self.trouble("gives back other bytes than were written", io::Error::other("probe"))),
            Err(e) => Err(self.trouble("cannot be written", e)),
        }
    }

    /// Makes a folder and its missing parents, and each name durable in the folder above it.
    fn make_folder(&self, folder: &Path) -> io::Result<()> {
        let missing: Vec<&Path> = folder.ancestors().take_while(|a| !a.as_os_str().is_empty() && !a.exists()).collect();
        fs::create_dir_all(folder)?;
        for made in missing {
            sync(made.parent().filter(|above| !above.as_os_str().is_empty()).unwrap_or(Path::new(".")))?;
        }
        Ok(())
    }

    /// Names the folder, what failed and the next step. Nothing of it is one document's fault, so it is an outage.
    fn trouble(&self, words: &str, source: io::Error) -> Error {
        let next = match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => "free space on its disk, nothing is lost",
            io::ErrorKind::PermissionDenied => "give this user the right to write in it",
            io::ErrorKind::ReadOnlyFilesystem => "mount it writable",
            _ => "check its disk and mount",
        };
        Error::outage(format!("the vault folder {} {words}; {next}", self.root.display())).because(source)
    }
}

/// Only 64 digits of lower-case hexadecimal name an object: nothing else becomes a path.
fn check_name(sha256: &str) -> Result<()> {
    match sha256.len() == 64 && sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        true => Ok(()),
        false => Err(Error::reject("bad_object_name", "an object is named by 64 lower-case hexadecimal digits")),
    }
}

fn digest(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

fn write_durably(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn sweep(documents: &Path) -> io::Result<usize> {
    let mut swept = 0;
    let mut folders = vec![documents.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let entry = entry?;
            if entry.file_type()?.is_dir() {
                folders.push(entry.path());
            } else if is_left_over(&entry.file_name().to_string_lossy()) {
                fs::remove_file(entry.path())?;
                swept += 1;
            }
        }
    }
    Ok(swept)
}

/// A temporary file whose process is gone. One with this process's own number is older than this process.
fn is_left_over(name: &str) -> bool {
    let Some(rest) = name.strip_prefix(TEMPORARY) else { return false };
    let writer = rest.split('-').next().and_then(|number| number.parse::<u32>().ok());
    writer.is_none_or(|pid| pid == std::process::id() || !Path::new(&format!("/proc/{pid}")).exists())
}

#[cfg(test)]
mod tests;
