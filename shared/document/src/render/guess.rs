//! What a document is set by before anything of it is known.

use ecow::{EcoString, EcoVec};
use std::num::NonZeroUsize;
use typst_library::{
    diag::StrResult,
    foundations::{Content, Label, Selector},
    introspection::{DocumentPosition, EmptyIntrospector, Introspector, Location},
    model::Numbering,
};
use typst_syntax::VirtualPath;

/// A document of one page with nothing in it that anybody would ask for. Nearly every certificate is one.
pub(super) struct OnePage;

impl Introspector for OnePage {
    fn pages(&self, _: Location) -> Option<NonZeroUsize> {
        Some(NonZeroUsize::MIN)
    }

    fn page(&self, _: Location) -> Option<NonZeroUsize> {
        Some(NonZeroUsize::MIN)
    }

    fn query(&self, selector: &Selector) -> EcoVec<Content> {
        EmptyIntrospector.query(selector)
    }

    fn query_first(&self, selector: &Selector) -> Option<Content> {
        EmptyIntrospector.query_first(selector)
    }

    fn query_unique(&self, selector: &Selector) -> StrResult<Content> {
        EmptyIntrospector.query_unique(selector)
    }

    fn query_label(&self, label: Label) -> StrResult<&Content> {
        EmptyIntrospector.query_label(label)
    }

    fn query_labelled(&self) -> EcoVec<Content> {
        EmptyIntrospector.query_labelled()
    }

    fn query_count_before(&self, selector: &Selector, end: Location) -> usize {
        EmptyIntrospector.query_count_before(selector, end)
    }

    fn label_count(&self, label: Label) -> usize {
        EmptyIntrospector.label_count(label)
    }

    fn locator(&self, key: u128, base: Location) -> Option<Location> {
        EmptyIntrospector.locator(key, base)
    }

    fn position(&self, location: Location) -> Option<DocumentPosition> {
        EmptyIntrospector.position(location)
    }

    fn page_numbering(&self, location: Location) -> Option<&Numbering> {
        EmptyIntrospector.page_numbering(location)
    }

    fn page_supplement(&self, location: Location) -> Option<&Content> {
        EmptyIntrospector.page_supplement(location)
    }

    fn anchor(&self, location: Location) -> Option<&EcoString> {
        EmptyIntrospector.anchor(location)
    }

    fn document(&self, location: Location) -> Option<Location> {
        EmptyIntrospector.document(location)
    }

    fn path(&self, location: Location) -> Option<&VirtualPath> {
        EmptyIntrospector.path(location)
    }
}
