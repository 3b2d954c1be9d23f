//! In the place of Typst's exporter of HTML, which Mohor never uses.
//!
//! `typst-realize` asks of each piece of content whether it is an element of HTML, and so draws in all of typst-html,
//! and by it typst-svg with two rasterisers: 23 crates and two minutes of processor time. Here is what it names, and an
//! element that nothing can make: HTML is a feature of Typst's library that is never switched on.
//!
//! A new version of typst-realize that names more does not compile with this; one that names nothing more of it makes
//! this folder superfluous.

use typst_macros::elem;

/// An element of HTML. There is never one.
#[elem(name = "elem")]
pub struct HtmlElem {
    /// What kind of element it would be.
    #[required]
    pub tag: bool,
}

/// Questions about kinds of elements.
pub mod tag {
    /// Whether white space beside such an element goes.
    pub fn is_whitespace_collapsing(_: bool) -> bool {
        false
    }

    /// Whether such an element is a part of a paragraph.
    pub fn should_group_into_pars(_: bool) -> bool {
        false
    }
}
