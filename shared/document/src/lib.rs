//! Documents: (plan, template) to PDF bytes, the credential in the QR code, the seal, and the verifier's side of each.
//!
//! Pure: no clock, no network, no private key.

pub mod base41;
pub mod credential;
pub mod file;
pub mod paper;
mod pdf;
pub mod qr;
pub mod render;
pub mod seal;
pub mod service;
pub mod verify;
pub mod view;
