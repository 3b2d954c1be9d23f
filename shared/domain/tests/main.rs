//! The rules, by what they come to.

mod centres;
mod changes;
mod clocks;
mod compliance;
mod directory;
mod evidence;
mod holders;
mod limits;
mod soon;
