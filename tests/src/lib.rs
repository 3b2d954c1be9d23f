//! What the tests share: the real program as a process, data folders, approvals, other people's tools.
//!
//! A test here uses the program as a stranger does, by its command line and its pages, and looks at what comes out with
//! tools that this project did not write.

/// How anything is waited for.
pub mod patience;

/// The program as a process, and a folder of data for it.
pub mod house;

/// What a command came to, and what runs beside a test.
pub mod process;

/// Processes whose words nobody reads.
pub mod unread;

/// A browser.
pub mod browser;

/// Who signs in with it.
pub mod account;

/// Approvals to feed it with.
pub mod samples;

/// A provider of short messages.
pub mod sms;

/// A network on bad days.
pub mod proxy;

/// PostgreSQL, RabbitMQ and S3.
pub mod servers;

/// Tools that others wrote.
pub mod tools;

/// The tree's own files.
pub mod tree;

/// The portal over HTTP.
pub mod web;

/// A sign-in provider, and a browser without scripts that goes there and comes back.
pub mod provider;

/// What untrusted bytes reach, each as one function of bytes.
pub mod fuzz;

/// Numbers that look random and are the same in every run.
pub mod chance;

pub use patience::until;
