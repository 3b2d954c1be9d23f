//! A PDF as the renderer writes it, and demo keys, for the seal's tests.

use super::super::{Marker, Prepared, SealInfo, SubFilter, cms, embed, prepare, reserve_for, signed_attributes};
use crate::render::{compile, pack::pack};
use mohor_domain::{civil::Instant, uin::Uin};
use mohor_ports::{
    error::Result,
    signer::{SealAlgorithm, Signer},
    time::Entropy,
};
use mohor_signer_keyfile::KeyFileSigner;
use std::path::Path;
use typst_library::{
    Library, World,
    diag::{FileError, FileResult},
    foundations::{Bytes, Datetime, Duration, Smart},
    text::{Font, FontBook},
};
use typst_syntax::{FileId, Source};
use typst_utils::LazyHash;

pub(crate) struct OneFile {
    library: LazyHash<Library>,
    book: LazyHash<FontBook>,
    source: Source,
}

impl OneFile {
    pub(crate) fn new(text: &str) -> Self {
        Self {
            library: LazyHash::new(compile::library()),
            book: LazyHash::new(FontBook::new()),
            source: Source::detached(text),
        }
    }
}

impl World for OneFile {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }
    fn book(&self) -> &LazyHash<FontBook> {
        &self.book
    }
    fn main(&self) -> FileId {
        self.source.id()
    }
    fn source(&self, _: FileId) -> FileResult<Source> {
        Ok(self.source.clone())
    }
    fn file(&self, _: FileId) -> FileResult<Bytes> {
        Err(FileError::AccessDenied)
    }
    fn font(&self, _: usize) -> Option<Font> {
        None
    }
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}

/// [`table`] as the renderer packs it.
pub fn rendered(with_link: bool) -> Vec<u8> {
    pack(table(with_link)).unwrap()
}

/// Two pages of shapes, tagged, PDF/A-2b, a link on the first when asked for; as the first renderer left it.
pub fn table(with_link: bool) -> Vec<u8> {
    let square = "#rect(width: 3cm, height: 2cm, fill: blue)";
    let body = if with_link { "#link(\"https://verify.example.in\", rect(width: 2cm, height: 1cm))" } else { square };
    let text = format!(
        "#set document(title: \"Certificate\", date: datetime(year: 2026, month: 7, day: 28))\n{body}\n#pagebreak()\n{square}"
    );
    let document = compile::compile(&OneFile::new(&text), compile::Guess::Nothing).unwrap().0;
    let options = typst_pdf::PdfOptions {
        ident: Smart::Custom("sample".into()),
        standards: typst_pdf::PdfStandards::new(&[typst_pdf::PdfStandard::V_1_7, typst_pdf::PdfStandard::A_2b])
            .unwrap(),
        ..Default::default()
    };
    typst_pdf::pdf(&document, &options).unwrap()
}

pub fn info(sub_filter: SubFilter, reserve: usize) -> SealInfo {
    SealInfo {
        sub_filter,
        signing_time: Instant::parse("2026-07-28T10:30:00+05:30").unwrap(),
        name: "Backward Classes Welfare Department (\\test)".into(),
        reason: "শংসাপত্র / Certificate".into(),
        marker: Marker::Certificate(Uin::canonical("BCWGP1XF3A7QYF0V").unwrap()),
        reserve,
    }
}

struct System;

impl Entropy for System {
    fn fill(&self, buffer: &mut [u8]) -> Result<()> {
        aws_lc_rs::rand::fill(buffer).map_err(|e| mohor_ports::error::Error::fatal("no randomness").because(e))
    }
}

pub fn signer(folder: &Path, algorithm: SealAlgorithm) -> KeyFileSigner {
    let now = Instant::parse("2026-07-01T00:00:00+05:30").unwrap();
    KeyFileSigner::open_or_generate(folder, algorithm, now, &System).unwrap()
}

/// Everything between render and sealed PDF, as the stage `store` does it. Gives the CMS too.
pub fn seal(pdf: &[u8], signer: &KeyFileSigner, sub_filter: SubFilter) -> (Vec<u8>, Prepared, Vec<u8>) {
    let key = signer.seal_key();
    let info = info(sub_filter, reserve_for(&key.chain, pdf));
    let prepared = prepare(pdf, &info).unwrap();
    let attributes = signed_attributes(&prepared.digest, &key.chain, sub_filter, info.signing_time).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let signature =
        runtime.block_on(signer.sign_seals(&key.key_id, std::slice::from_ref(&attributes))).unwrap().remove(0);
    let cms = cms(&attributes, &signature, &key.chain).unwrap();
    (embed(&prepared, &cms).unwrap(), prepared, cms)
}
