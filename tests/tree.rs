//! What needs nothing but the tree itself.

mod accidents;
mod agree;
mod architecture;
mod contracts;
mod days;
mod documents;
mod fuzz_smoke;
