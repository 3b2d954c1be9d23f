//! What is laid out, on paper and as data.

mod common;
mod golden;
mod measure;
mod pages;
mod papers;
mod planned;
