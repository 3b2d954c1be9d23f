//! What needs nothing but the tree itself.

mod accidents;
mod architecture;
mod contracts;
mod documents;
mod fuzz_smoke;
