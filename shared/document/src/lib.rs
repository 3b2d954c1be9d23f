//! Documents: (plan, template) to PDF bytes, the credential in the QR code, the seal, and the verifier's side of each.
//!
//! Pure: no clock, no network, no private key.

/// Bytes in a QR code's alphanumeric mode.
pub mod base41;

/// The signed credential in the QR code.
pub mod credential;

/// The QR symbol.
pub mod qr;

/// The PDF's seal.
pub mod seal;

/// Verdicts.
pub mod verify;

/// Plan and template to PDF bytes.
pub mod render;

/// The words that a template prints.
pub mod view;

/// Service folders.
pub mod service;
