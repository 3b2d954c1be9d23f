//! What is laid out, on paper and as data.

mod common;
mod fields;
mod golden;
mod measure;
mod names;
mod pages;
mod papers;
mod planned;
