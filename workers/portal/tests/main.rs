//! The portal as whoever asks sees it, over the real ledger and vault.

mod citizen;
mod counter;
mod directory;
mod documents;
mod door;
mod fetching;
mod handing;
mod health;
mod holograms;
mod house;
mod office;
mod pages;
mod people;
mod rules;
mod strangers;
mod test_page;
mod tray;
mod uncollected;
mod verify;
