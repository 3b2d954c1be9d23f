//! What PostgreSQL's errors mean for the work.

use mohor_ports::error::Error;
pub(crate) use mohor_ports::error::{corrupt, readable};

/// Classes of SQLSTATE (PostgreSQL, appendix A) that say "not now": connection, resources, operator, system, and a
/// transaction that lost against another.
const NOT_NOW: [&str; 7] = ["08", "53", "57", "58", "40", "55", "25"];

/// What an error means. `name` is the ledger without its password.
pub(crate) fn trouble(name: &str, error: sqlx_core::Error) -> Error {
    let code = error.as_database_error().and_then(|e| e.code()).map(|code| code.into_owned());
    let class = code.as_deref().and_then(|code| code.get(..2));
    match (code.as_deref(), class) {
        (Some("53100"), _) => {
            Error::outage(format!("the disk of the ledger {name} is full; make room, work goes on by itself"))
        }
        (_, Some(class)) if NOT_NOW.contains(&class) => {
            Error::outage(format!("the ledger {name} cannot take this now; work goes on by itself when it can"))
        }
        (_, Some("28" | "3D")) => Error::outage(format!(
            "the ledger {name} refuses this user or has no such database; look at `ledger` and its password file"
        )),
        (Some("42501"), _) => Error::fatal(format!(
            "the ledger {name} does not allow this user what its role has to do; run `mohor migrate` as the owner"
        )),
        (Some("42P01" | "42703"), _) => {
            Error::fatal(format!("the ledger {name} has another schema than this program; run `mohor migrate`"))
        }
        // Every commit looks before it writes: a constraint that strikes is a contradiction. The error beneath names it.
        (_, Some("23")) => {
            Error::fatal(format!("the ledger {name} refuses a change that contradicts it; `mohor doctor` looks at it"))
        }
        (Some(_), _) => {
            Error::fatal(format!("the ledger {name} cannot be trusted to answer; `mohor doctor` looks at it"))
        }
        (None, _) => match error {
            sqlx_core::Error::ColumnDecode { .. }
            | sqlx_core::Error::Decode(_)
            | sqlx_core::Error::ColumnNotFound(_) => {
                Error::fatal(format!("the ledger {name} holds what this program did not write"))
            }
            _ => Error::outage(format!("the ledger {name} cannot be reached")),
        },
    }
    .because(error)
}
