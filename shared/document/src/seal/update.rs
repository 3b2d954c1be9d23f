//! The incremental update: signature dictionary, field and widget, with room for the CMS; and its filling.

use super::{Marker, SealError, SubFilter};
use crate::pdf::{Entry, Form, Pdf, first_element, reference, write_stream};
use mohor_domain::civil::Instant;
use sha2::{Digest, Sha256};

/// What the seal's dictionary says. All of it comes from the plan.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SealInfo {
    /// How the signature is packed.
    pub sub_filter: SubFilter,
    /// The sealing time, `M`: the plan's `minted_at`.
    pub signing_time: Instant,
    /// Who seals, `Name`: the department.
    pub name: String,
    /// Why, `Reason`.
    pub reason: String,
    /// What it is of, kept in plain bytes.
    pub marker: Marker,
    /// Bytes kept free for the CMS: [`super::reserve_for`] the chain.
    pub reserve: usize,
}

/// A PDF that waits for its signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    /// The whole file, zeros where the CMS will stand.
    pub bytes: Vec<u8>,
    /// Offset and length of the two signed ranges.
    pub byte_range: [usize; 4],
    /// SHA-256 of the signed ranges.
    pub digest: [u8; 32],
}

/// Appends the seal's objects to the renderer's PDF. The same arguments give the same bytes.
///
/// - The field and its widget are one object on the first page: a rectangle of no size needs no appearance (ISO 19005-2,
///   6.3.3) and shows nothing, as the template prints the panel itself; flags 132 are print and locked.
/// - It certifies with DocMDP level 1, no changes: a sealed certificate has nothing to fill in. Revocation data and
///   document time-stamps (B-LT) may still be added under level 1 (ISO 32000-2, 12.8.2.2).
/// - Metadata and everything shown stay as they are, so the file is PDF/A as before.
pub fn prepare(pdf_bytes: &[u8], seal: &SealInfo) -> Result<Prepared, SealError> {
    let pdf = Pdf::open(pdf_bytes)?;
    let root = pdf.root()?;
    let catalogue = pdf.dict(root)?;
    if ["AcroForm", "Perms", "Extensions"].iter().any(|key| catalogue.get(key).is_some()) {
        return Err(SealError::Pdf("it has a form, permissions or extensions already"));
    }
    let page_number = *pdf.path_to_first_page(&catalogue)?.last().ok_or(SealError::Pdf("it has no page"))?;
    let page = pdf.dict(page_number)?;
    let size = pdf.size()?;
    let (dictionary, field) = (size, size + 1);

    let mut update = Update { bytes: pdf_bytes.to_vec(), original: pdf_bytes.len(), offsets: Vec::new() };
    if !update.bytes.ends_with(b"\n") {
        update.bytes.push(b'\n');
    }
    let mut body = catalogue.write_without(&[]);
    body.extend(format!("/AcroForm<</Fields[{field} 0 R]/SigFlags 3>>\n/Perms<</DocMDP {dictionary} 0 R>>\n").bytes());
    if seal.sub_filter == SubFilter::EtsiCadesDetached && pdf.version() == b"1.7" {
        // The developer extension that brings PAdES to ISO 32000-1; no reader tried so far looks at its level.
        body.extend(b"/Extensions<</ESIC<</BaseVersion/1.7/ExtensionLevel 2>>>>\n");
    }
    update.dict(root, &body);
    let mut body = page.write_without(&["Annots"]);
    body.extend(format!("/Annots[{}{field} 0 R]\n", annotations(&pdf, page.get("Annots"))?).bytes());
    update.dict(page_number, &body);
    let field_body = format!(
        "/Type/Annot/Subtype/Widget/FT/Sig/T(Seal)/TU{}/F 132/Rect[0 0 0 0]/P {page_number} 0 R/V {dictionary} 0 R\n",
        text(&format!("Seal of {}", seal.name))
    );
    update.dict(field, field_body.as_bytes());
    let places = update.signature(dictionary, seal);
    update.finish(&pdf, size + 2)?;
    Ok(places.fill(update.bytes))
}

/// The references that the page's annotation array holds, a space after each.
fn annotations(pdf: &Pdf<'_>, value: Option<&[u8]>) -> Result<String, SealError> {
    let Some(value) = value else { return Ok(String::new()) };
    let array = if value.starts_with(b"[") { value } else { pdf.object(reference(value)?)? };
    let inner = array.strip_prefix(b"[").and_then(|rest| rest.strip_suffix(b"]"));
    let inner = inner
        .and_then(|inner| std::str::from_utf8(inner).ok())
        .ok_or(SealError::Pdf("its annotations cannot be read"))?;
    Ok(format!("{} ", inner.trim()))
}

/// The original bytes and what is appended.
struct Update {
    bytes: Vec<u8>,
    original: usize,
    offsets: Vec<(u32, usize)>,
}

impl Update {
    fn dict(&mut self, number: u32, body: &[u8]) {
        self.offsets.push((number, self.bytes.len()));
        self.bytes.extend(format!("{number} 0 obj\n<<").bytes());
        self.bytes.extend(body);
        self.bytes.extend(b">>\nendobj\n");
    }

    /// Writes the signature dictionary with room for range and contents, and gives their places.
    fn signature(&mut self, number: u32, seal: &SealInfo) -> Places {
        self.offsets.push((number, self.bytes.len()));
        let time = seal.signing_time.civil().strftime("D:%Y%m%d%H%M%S+05'30'").to_string();
        self.bytes.extend(
            format!(
                "{number} 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/{}\n{}({})\n/M({time})/Name{}/Reason{}\n\
                 /Prop_Build<</App<</Name/Mohor>>>>\n/Reference[<</Type/SigRef/TransformMethod/DocMDP\
                 /TransformParams<</Type/TransformParams/P 1/V/1.2>>>>]\n/ByteRange",
                seal.sub_filter.as_str(),
                seal.marker.key(),
                seal.marker,
                text(&seal.name),
                text(&seal.reason),
            )
            .bytes(),
        );
        let byte_range = self.bytes.len();
        self.bytes.extend([b' '; RANGE_WIDTH]);
        self.bytes.extend(b"\n/Contents");
        let contents = self.bytes.len();
        self.bytes.push(b'<');
        self.bytes.resize(contents + 1 + 2 * seal.reserve, b'0');
        self.bytes.extend(b">\n>>\nendobj\n");
        Places { byte_range, contents, contents_end: contents + 2 + 2 * seal.reserve }
    }

    /// Cross-reference section and trailer, of the kind that the file has (ISO 32000-1, 7.5.8.4), and a table in the form
    /// that ISO 19005-2, 6.1.4 asks for. `size` is the next number that is free.
    fn finish(&mut self, pdf: &Pdf<'_>, size: u32) -> Result<(), SealError> {
        let appended = &self.bytes[self.original..];
        let old = pdf.trailer.get("ID").and_then(first_element).unwrap_or_default();
        let fresh = hex::encode_upper(&Sha256::new_with_prefix(old).chain_update(appended).finalize()[..16]);
        // The first half of the file identifier stays, the second names this revision (ISO 32000-1, 14.4).
        let fresh = format!("<{fresh}>");
        let first = if old.is_empty() { fresh.as_bytes() } else { old };
        let mut trailer = pdf.trailer.write_without(&["Type", "W", "Length", "Size", "ID"]);
        trailer.extend([b"/ID[", first, fresh.as_bytes(), b"]"].concat());
        self.offsets.sort_unstable();
        if pdf.form == Form::Stream {
            trailer.extend(format!("/Prev {}", pdf.startxref).bytes());
            let entries: Vec<_> = self.offsets.iter().map(|(number, place)| (*number, Entry::At(*place))).collect();
            return Ok(write_stream(&mut self.bytes, size, &entries, &trailer)?);
        }
        let startxref = self.bytes.len();
        self.bytes.extend(b"xref\n");
        for run in self.offsets.chunk_by(|(before, _), (after, _)| before + 1 == *after) {
            self.bytes.extend(format!("{} {}\n", run[0].0, run.len()).bytes());
            for (_, offset) in run {
                self.bytes.extend(format!("{offset:010} 00000 n \n").bytes());
            }
        }
        self.bytes.extend(b"trailer\n<<");
        self.bytes.extend(trailer);
        let end = format!("\n/Size {size}/Prev {}>>\nstartxref\n{startxref}\n%%EOF\n", pdf.startxref);
        self.bytes.extend(end.bytes());
        Ok(())
    }
}

/// `[0 a b c]` with ten digits each, and its brackets.
const RANGE_WIDTH: usize = 36;

/// Where the two things stand that are known last.
struct Places {
    byte_range: usize,
    contents: usize,
    contents_end: usize,
}

impl Places {
    fn fill(self, mut bytes: Vec<u8>) -> Prepared {
        let byte_range = [0, self.contents, self.contents_end, bytes.len() - self.contents_end];
        let [a, b, c, d] = byte_range;
        let range = format!("[{a} {b} {c} {d}]");
        bytes[self.byte_range..self.byte_range + range.len()].copy_from_slice(range.as_bytes());
        let digest = Sha256::new_with_prefix(&bytes[..b]).chain_update(&bytes[c..]).finalize().into();
        Prepared { bytes, byte_range, digest }
    }
}

/// A text string: in parentheses when it is printable ASCII, else UTF-16BE in hexadecimal (ISO 32000-1, 7.9.2.2).
fn text(words: &str) -> String {
    if words.bytes().all(|byte| matches!(byte, b' '..=b'~')) {
        let escaped = words.replace('\\', "\\\\").replace('(', "\\(").replace(')', "\\)");
        return format!("({escaped})");
    }
    let units: String = words.encode_utf16().map(|unit| format!("{unit:04X}")).collect();
    format!("<FEFF{units}>")
}

/// Puts the CMS into the room kept for it. The same arguments give the same bytes.
pub fn embed(prepared: &Prepared, cms: &[u8]) -> Result<Vec<u8>, SealError> {
    let [_, start, end, _] = prepared.byte_range;
    let reserve = (end - start - 2) / 2;
    if cms.len() > reserve {
        return Err(SealError::Reserve { cms: cms.len(), reserve });
    }
    let mut sealed = prepared.bytes.clone();
    sealed[start + 1..start + 1 + 2 * cms.len()].copy_from_slice(hex::encode_upper(cms).as_bytes());
    Ok(sealed)
}
