//! The departments' directories: offices, officers, and who is in charge.

use super::Act;
use crate::error::Result;
use async_trait::async_trait;
use mohor_domain::{
    civil::Instant,
    directory::{Directory, Wish},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A version that was loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// Its number.
    pub version: u32,
    /// When.
    pub loaded_at: Instant,
    /// By whom.
    pub actor: String,
}

/// What a load came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loaded {
    /// It is the department's directory now.
    New,
    /// The same file is loaded already.
    Same,
    /// This version, or a later one, is loaded already: the number of the last.
    Behind(u32),
}

/// The directories. A version that was loaded is never changed and never removed.
#[async_trait]
pub trait Directories: Send + Sync {
    /// Loads a department's directory as a whole, as it follows the one before ([`Directory::following`]), with its audit
    /// line. `dry`: nothing is written. Gives what it came to and the directory that is in force, or would be. Events that
    /// intake decides afterwards are decided by it.
    async fn load_directory(&self, file: Directory, act: Act, dry: bool) -> Result<(Loaded, Arc<Directory>)>;
    /// A department's directory as it is in force, once one is loaded.
    async fn directory(&self, department: &str) -> Result<Option<Arc<Directory>>>;
    /// What was loaded for a department, the last first.
    async fn loads(&self, department: &str) -> Result<Vec<Load>>;
    /// What a department wants intake to refuse. It takes effect when a directory is loaded.
    async fn wish(&self, department: &str) -> Result<Wish>;
    /// Sets it, with its audit line.
    async fn set_wish(&self, department: &str, wish: Wish, act: Act) -> Result<()>;
}

/// The last directory that was read of each department: a version never changes.
#[derive(Default)]
pub struct Shelf(Mutex<HashMap<String, Arc<Directory>>>);

impl Shelf {
    /// The one of this version, if it is here.
    pub fn find(&self, department: &str, version: u32) -> Option<Arc<Directory>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(department).filter(|directory| directory.version == version).cloned()
    }

    /// Keeps one.
    pub fn keep(&self, directory: Directory) -> Arc<Directory> {
        let directory = Arc::new(directory);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(directory.department.clone(), directory.clone());
        directory
    }
}
