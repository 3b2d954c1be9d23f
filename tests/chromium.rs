//! What needs Chromium.

mod browser;
mod citizen;
mod counter;
mod handing;
mod line;
mod office;
mod reports;
mod rules;
mod single_sign_on;
mod tray;
mod uncollected;
