//! The seal: PAdES B-B by incremental update over the PDF that the renderer wrote.
//!
//! [`prepare`] appends the signature field and dictionary with room for the signature; [`signed_attributes`] is what the
//! sealing key signs; [`cms`] puts chain and signature around it; [`embed`] fills the room. All four are functions of
//! their arguments, so the sealed PDF is made again from render and recorded CMS without any key. [`read_seal`],
//! [`find_marker`] and [`verify_seal`] look at uploaded bytes without a PDF parser.
//!
//! Sources: ISO 32000-1, 12.8; ETSI EN 319 142-1 (PAdES), EN 319 122-1 (CAdES), RFC 5652, RFC 5035, RFC 5754.

mod check;
mod cms;
mod found;
mod update;

pub(crate) use check::certificates;
pub use check::{SealCheckError, Sealed, verify_seal};
pub use cms::{chain_of_pem, cms, fingerprint, reserve_for, signed_attributes};
pub use found::{MAX_UPLOAD, SealFound, find_document, find_marker, read_seal, read_seals};
pub use update::{Prepared, SealInfo, embed, prepare};

use crate::pdf::Fault;
use mohor_domain::{id::Id, uin::Uin};
use std::fmt;

/// How the signature is packed, the `SubFilter` of ISO 32000-1, 12.8.3.3 and EN 319 142-1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SubFilter {
    /// PAdES. The time is in the dictionary's `M`, no signing-time attribute; a 1.7 file declares the extension `ESIC`.
    EtsiCadesDetached,
    /// The older form, the one of which Firefox shows a status.
    AdbePkcs7Detached,
}

impl SubFilter {
    /// The name in the PDF and in the plan.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::EtsiCadesDetached => "ETSI.CAdES.detached",
            Self::AdbePkcs7Detached => "adbe.pkcs7.detached",
        }
    }

    /// Reads the name.
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::EtsiCadesDetached, Self::AdbePkcs7Detached].into_iter().find(|filter| filter.as_str() == word)
    }
}

/// What can be wrong while a seal is made.
#[derive(Debug, thiserror::Error)]
pub enum SealError {
    /// The PDF is not as the renderer writes it.
    #[error("the PDF cannot be sealed: {0}")]
    Pdf(&'static str),
    /// A certificate of the chain or the structure around the signature.
    #[error("the CMS cannot be made: {0}")]
    Der(#[from] der::Error),
    /// The chain is empty or its first certificate has another kind of key.
    #[error("the sealing certificate cannot be used: {0}")]
    Certificate(&'static str),
    /// More bytes than room.
    #[error("the CMS has {cms} bytes, the room in the PDF is {reserve}; use a larger reserve for this chain")]
    Reserve {
        /// Bytes of the CMS.
        cms: usize,
        /// Bytes of room.
        reserve: usize,
    },
}

impl From<Fault> for SealError {
    fn from(fault: Fault) -> Self {
        Self::Pdf(fault.0)
    }
}

/// Our key in the signature dictionary: the UIN in plain bytes, found again without a PDF parser. A second-class name
/// (ISO 32000-1, annex E): readers pass over it.
pub const MARKER: &str = "/MOHR_UIN";
/// The same of a document other than a certificate, with the id of its row.
pub const DOCUMENT_MARKER: &str = "/MOHR_DOC";
/// The word before a UIN in the document's metadata (`MOHOR-UIN:BCWG...`), a second marker that outlives tools which
/// drop the signature. The renderer writes it among the keywords.
pub const KEYWORD: &str = "MOHOR-UIN:";
/// The same of a document other than a certificate.
pub const DOCUMENT_KEYWORD: &str = "MOHOR-DOC:";

/// What a seal says that it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// A certificate.
    Certificate(Uin),
    /// Another document, by its row.
    Document(Id),
}

impl Marker {
    /// The key in the signature dictionary.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Certificate(_) => MARKER,
            Self::Document(_) => DOCUMENT_MARKER,
        }
    }
}

impl fmt::Display for Marker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Certificate(uin) => uin.fmt(f),
            Self::Document(id) => id.fmt(f),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests;
