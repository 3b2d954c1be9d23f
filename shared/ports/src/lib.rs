//! The ports: what the work needs from the world, as traits with their promises.

/// What happens next when something goes wrong.
pub mod error;

/// The ledger.
pub mod ledger;

/// The bus.
pub mod bus;

/// The vault of documents.
pub mod vault;

/// The signer.
pub mod signer;

/// Ways out to people.
pub mod gateway;

/// Who somebody is, as a provider elsewhere says.
pub mod identity;

/// Time and randomness.
pub mod time;

/// The suites every adapter has to pass.
pub mod suite;
