//! The engine: it knows hints, retries, outages, shutdown and telemetry; a stage knows its step.

/// One stage's work, as the engine sees it.
pub mod step;

/// Takes hints, runs steps, sees to what failed.
pub mod runner;

/// Looks at the same moments.
pub mod beat;

/// Stopping in order.
pub mod shutdown;

/// Logs and metrics.
pub mod telemetry;

/// The real clock for durations and the operating system's randomness.
pub mod ambient;

/// Passwords and second factors.
pub mod account;

/// What departments sign over HTTP.
pub mod department;

/// Secrets and signatures of webhooks.
pub mod webhook;

/// One-time codes.
pub mod code;
