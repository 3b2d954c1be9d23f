//! What a template can see: its own files, the data, the QR code, the built-in fonts. Nothing else exists.

use super::{RenderError, compile, fonts};
use crate::qr::QrMatrix;
use std::{collections::HashMap, sync::Arc};
use typst_library::{
    Library, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration},
    text::{Font, FontBook},
};
use typst_syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst_utils::LazyHash;

/// What all documents share.
pub(super) struct Shared {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    fonts: Vec<Font>,
}

impl Shared {
    pub(super) fn new() -> Self {
        let fonts = fonts::fonts();
        let book = LazyHash::new(FontBook::from_fonts(&fonts));
        Self { library: LazyHash::new(compile::library()), book, fonts }
    }
}

/// The world of one document.
pub(super) struct Sheet<'a> {
    shared: Arc<Shared>,
    main: FileId,
    sources: HashMap<FileId, Source>,
    data: HashMap<FileId, Bytes>,
    pictures: HashMap<FileId, &'a QrMatrix>,
}

/// The id of a file below the template's root.
pub(super) fn file_id(name: &str) -> Result<FileId, RenderError> {
    let path = VirtualPath::new(name).map_err(|_| RenderError::Asset(name.to_owned()))?;
    Ok(FileId::new(RootedPath::new(VirtualRoot::Project, path)))
}

impl<'a> Sheet<'a> {
    pub(super) fn new(shared: Arc<Shared>, template: &str) -> Result<Self, RenderError> {
        Ok(Self {
            shared,
            main: file_id(template)?,
            sources: HashMap::new(),
            data: HashMap::new(),
            pictures: HashMap::new(),
        })
    }

    pub(super) fn add(&mut self, name: &str, source: Source) -> Result<(), RenderError> {
        self.sources.insert(file_id(name)?, source);
        Ok(())
    }

    pub(super) fn data(&mut self, name: &str, bytes: Vec<u8>) -> Result<(), RenderError> {
        self.data.insert(file_id(name)?, Bytes::new(bytes));
        Ok(())
    }

    /// A QR code in SVG, written when a template asks for it.
    pub(super) fn picture(&mut self, name: &str, qr: &'a QrMatrix) -> Result<(), RenderError> {
        self.pictures.insert(file_id(name)?, qr);
        Ok(())
    }
}

impl World for Sheet<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.shared.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        &self.shared.book
    }

    fn main(&self) -> FileId {
        self.main
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        self.sources.get(&id).cloned().ok_or(FileError::AccessDenied)
    }

    fn file(&self, id: FileId) -> FileResult<Bytes> {
        let drawn = || self.pictures.get(&id).map(|qr| Bytes::new(qr.svg().into_bytes()));
        self.data.get(&id).cloned().or_else(drawn).ok_or(FileError::AccessDenied)
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.shared.fonts.get(index).cloned()
    }

    /// A template knows no today: every date comes from the plan.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
