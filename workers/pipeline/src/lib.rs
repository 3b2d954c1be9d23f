//! The pipeline: from an approval to a notice at the BSK, a file per stage, in running order.

/// The checks of one event.
pub mod check;

/// An inbox row becomes answers and approved applications.
pub mod intake;

/// What a certificate will be.
pub mod plan;

/// An application becomes a UIN and a plan.
pub mod mint;

/// A plan becomes a signed credential.
pub mod sign;

/// Plan and credential become PDF bytes.
pub mod render;

/// PDF bytes become a sealed PDF.
pub mod seal;

/// Rendered, sealed, put, recorded.
pub mod store;

/// The BSK is told.
pub mod notify;

/// What is due by a limit is told.
pub mod sla;

/// Tells people by mail what fired.
pub mod mail;

/// Citizens are reminded of what waits for them.
pub mod reminders;

/// What stands still is driven on.
pub mod reconcile;

/// What happened is told to the world.
pub mod relay;

/// What happened is told to systems that asked for it.
pub mod webhook;
