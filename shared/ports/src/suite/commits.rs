//! Every method of the ledger, with something to do in a prepared ledger: which of them commit, for the fault tables of the
//! adapters, and which only read. `tests/calls.rs` holds both lists against the ports: a method that is in neither fails it.

/// What happens to an application, its clocks, and the rules that they are counted by.
mod applications;
/// What is made of an approval, and what is done with it at a centre.
mod certificates;
/// Codes, hand-overs, and what nobody fetches.
mod counter;
/// Accounts, mails and endpoints.
mod office;
mod prepare;
/// What writes nothing.
mod reads;
/// Trouble, and what stages do beside their work.
mod upkeep;

pub use prepare::{AFTERWARDS, NOON, Prepared, prepare};

use crate::{error::Result, ledger::Ledger};
use std::{fmt, pin::Pin};

type Run = for<'a> fn(&'a dyn Ledger, &'a Prepared) -> Pin<Box<dyn Future<Output = Result<()>> + Send + 'a>>;

/// A call of one method.
#[derive(Clone, Copy)]
pub struct Call {
    /// The method.
    pub method: &'static str,
    /// Which of its cases, where it has several.
    case: &'static str,
    /// Whether a second time changes nothing.
    pub once: bool,
    /// Whether there is something to do only where hints and events are carried by a broker.
    pub beside_a_broker: bool,
    run: Run,
}

/// A call that is listed by the name of the method that it calls: one name for both, known to the compiler.
macro_rules! call {
    (|$it:pat_param| $method:ident($($given:expr),* $(,)?)) => {
        $crate::suite::commits::Call::new(stringify!($method), |ledger, $it| {
            Box::pin(async move {
                ledger.$method($($given),*).await?;
                Ok(())
            })
        })
    };
}
use call;

impl Call {
    const fn new(method: &'static str, run: Run) -> Self {
        Self { method, case: "", once: true, beside_a_broker: false, run }
    }

    const fn case(self, case: &'static str) -> Self {
        Self { case, ..self }
    }

    /// What is done twice is done twice: a delivery that is received again is another, a failure that is reported again another
    /// attempt, an act that is told again another line.
    const fn each_time(self) -> Self {
        Self { once: false, ..self }
    }

    const fn beside_a_broker(self) -> Self {
        Self { beside_a_broker: true, ..self }
    }

    /// Does it once.
    pub async fn run(self, ledger: &dyn Ledger, prepared: &Prepared) -> Result<()> {
        (self.run)(ledger, prepared).await
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.method)?;
        if self.case.is_empty() { Ok(()) } else { write!(f, ", {}", self.case) }
    }
}

/// Every commit.
pub fn commits() -> impl Iterator<Item = Call> {
    let lists = [applications::COMMITS, certificates::COMMITS, counter::COMMITS, office::COMMITS, upkeep::COMMITS];
    lists.into_iter().flatten().copied()
}

/// Every method that writes nothing.
pub fn reads() -> impl Iterator<Item = Call> {
    reads::READS.iter().copied()
}
