//! One runner per data folder.

use mohor_ports::error::{Error, Result};
use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{Read, Seek, Write},
    path::Path,
};

/// Held by the process that runs the workers; the operating system lets it go when that process ends, however it ends.
#[derive(Debug)]
pub struct RunnerLock(#[allow(dead_code, reason = "held for its drop")] File);

impl RunnerLock {
    /// Takes the lock of a folder, or says who has it.
    pub fn acquire(folder: &Path) -> Result<Self> {
        let path = folder.join("runner.lock");
        let open = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
        let mut file = open.map_err(|e| Error::fatal(format!("cannot open {}", path.display())).because(e))?;
        match file.try_lock() {
            Ok(()) => {
                let mut note = || -> std::io::Result<()> {
                    file.set_len(0)?;
                    file.rewind()?;
                    writeln!(file, "{}", std::process::id())
                };
                // The number is a courtesy to a second runner; on a full disk the lock holds without it.
                let _ = note();
                Ok(Self(file))
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                Err(Error::fatal(format!(
                    "process {} already runs the workers of {}; stop it, or name another folder with --data",
                    holder.trim(),
                    folder.display()
                )))
            }
            Err(TryLockError::Error(error)) => {
                Err(Error::fatal(format!("cannot lock {}", path.display())).because(error))
            }
        }
    }
}
