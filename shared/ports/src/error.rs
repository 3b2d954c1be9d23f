//! What happens next when something goes wrong.

use std::fmt;

/// An error of a port or a stage says what happens next.
#[derive(Debug)]
pub enum Error {
    /// This item may succeed later: it is tried again at the time the ledger records.
    Retry(Cause),
    /// A dependency is down: the stage stops consuming and holds what it has; nobody's attempts are used up.
    Outage(Cause),
    /// This item can never succeed: it is parked with a code and a reason.
    Reject {
        /// A stable code, the name of a page in `infra/runbook/`.
        code: &'static str,
        /// What is wrong with the item.
        cause: Cause,
    },
    /// The state is unknown or impossible: the process stops rather than make it worse.
    Fatal(Cause),
}

/// The code of a row that cannot be read.
pub const UNREADABLE: &str = "unreadable_row";

/// A row that holds what this program did not write. It concerns what the row is of, and nobody else: whoever reads a list passes
/// it over and says so, whoever needs just this row stops at it. The table, the row and the column are named.
pub fn corrupt(table: &str, row: &str, column: &str) -> Error {
    let words = format!("table {table}, row {row}, column {column} holds what this program did not write");
    Error::reject(UNREADABLE, words)
}

/// Says in the log that a row was passed over.
pub fn passed_over(error: &Error) {
    tracing::error!(code = error.code(), "passed over: {error}; `mohor doctor` names the application");
}

/// What can be read of a list. What cannot is passed over.
pub fn readable<T>(rows: impl IntoIterator<Item = Result<T>>) -> Result<Vec<T>> {
    let (read, unreadable) = apart(rows)?;
    unreadable.iter().for_each(passed_over);
    Ok(read)
}

/// What can be read of a list, and what cannot.
pub fn apart<T>(rows: impl IntoIterator<Item = Result<T>>) -> Result<(Vec<T>, Vec<Error>)> {
    let (mut read, mut unreadable) = (Vec::new(), Vec::new());
    for row in rows {
        match row {
            Ok(row) => read.push(row),
            Err(error) if error.is_unreadable() => unreadable.push(error),
            Err(error) => return Err(error),
        }
    }
    Ok((read, unreadable))
}

/// What failed, in words that name the thing and the next step, and the error beneath it.
#[derive(Debug)]
pub struct Cause {
    /// Lower case, no full stop.
    pub words: String,
    /// The error beneath.
    pub source: Option<Box<dyn std::error::Error + Send + Sync>>,
}

impl From<String> for Cause {
    fn from(words: String) -> Self {
        Self { words, source: None }
    }
}

impl From<&str> for Cause {
    fn from(words: &str) -> Self {
        words.to_owned().into()
    }
}

impl Error {
    /// This item later.
    pub fn retry(words: impl Into<Cause>) -> Self {
        Self::Retry(words.into())
    }
    /// The dependency is down.
    pub fn outage(words: impl Into<Cause>) -> Self {
        Self::Outage(words.into())
    }
    /// This item never.
    pub fn reject(code: &'static str, words: impl Into<Cause>) -> Self {
        Self::Reject { code, cause: words.into() }
    }
    /// Whether it is of a row that cannot be read.
    pub fn is_unreadable(&self) -> bool {
        self.code() == UNREADABLE
    }
    /// Stop.
    pub fn fatal(words: impl Into<Cause>) -> Self {
        Self::Fatal(words.into())
    }
    /// Adds the error beneath.
    pub fn because(mut self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let (Self::Retry(cause) | Self::Outage(cause) | Self::Reject { cause, .. } | Self::Fatal(cause)) = &mut self;
        cause.source = Some(source.into());
        self
    }
    /// What failed.
    pub fn cause(&self) -> &Cause {
        let (Self::Retry(cause) | Self::Outage(cause) | Self::Reject { cause, .. } | Self::Fatal(cause)) = self;
        cause
    }
    /// A stable code for metrics, parked rows and the runbook.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Retry(_) => "retry",
            Self::Outage(_) => "outage",
            Self::Reject { code, .. } => code,
            Self::Fatal(_) => "fatal",
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cause = self.cause();
        f.write_str(&cause.words)?;
        let mut source = cause.source.as_deref().map(|s| s as &dyn std::error::Error);
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

/// The result of a port or a stage.
pub type Result<T, E = Error> = std::result::Result<T, E>;
