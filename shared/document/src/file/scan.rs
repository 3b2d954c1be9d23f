//! Pictures in a PDF: paper that was scanned. No PDF parser: streams that say of themselves that they are pictures are looked
//! at, JPEG and what Flate packs; the scanning is bounded as that of [`crate::seal`].

use super::picture::{self, MAX_BYTES, MAX_SIDE};
use flate2::read::ZlibDecoder;
use image::{DynamicImage, GrayImage, ImageFormat, RgbImage};
use std::{collections::BTreeSet, io::Read};

/// Pictures that are looked at in one file, the largest first.
const PICTURES: usize = 6;
/// Words that are looked at in one file.
const PLACES: usize = 4096;
/// Bytes of a picture's dictionary before and behind the word that says so.
const DICTIONARY: usize = 2048;
/// Pixels of the sides of a picture of a page, at least: one at 60 dpi.
const PAGE: (u32, u32) = (500, 700);

/// Whether a PDF is locked with a password: its trailer names how (ISO 32000-1, 7.6.1).
pub fn locked(pdf: &[u8]) -> bool {
    const WORD: &[u8] = b"/Encrypt";
    places(pdf, WORD).any(|place| {
        let rest = &pdf[place + WORD.len()..];
        // Not `/EncryptMetadata`, and not the word in a text: a reference or a dictionary follows.
        rest.first().is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'<')
            && matches!(rest.trim_ascii_start(), [b'0'..=b'9', ..] | [b'<', b'<', ..])
    })
}

/// A picture's dictionary, and the file from where its bytes begin.
struct Found<'p> {
    dictionary: &'p [u8],
    data: &'p [u8],
    width: u32,
    height: u32,
}

/// The texts of the codes on the pictures of a PDF; `None` when it has no picture of a page and none with a code.
pub(super) fn codes(pdf: &[u8], ours: &dyn Fn(&str) -> bool) -> Option<BTreeSet<String>> {
    let mut pictures: Vec<Found<'_>> = places(pdf, b"/Image").filter_map(|place| found(pdf, place)).collect();
    pictures.sort_by_key(|picture| std::cmp::Reverse(u64::from(picture.width) * u64::from(picture.height)));
    let paper = pictures.first().is_some_and(|picture| {
        let (short, long) = (picture.width.min(picture.height), picture.width.max(picture.height));
        short >= PAGE.0 && long >= PAGE.1
    });
    let mut texts = BTreeSet::new();
    for picture in pictures.iter().take(PICTURES) {
        texts.extend(codes_of(picture, ours));
        if texts.iter().any(|text| ours(text)) {
            break;
        }
    }
    (paper || !texts.is_empty()).then_some(texts)
}

fn codes_of(found: &Found<'_>, ours: &dyn Fn(&str) -> bool) -> BTreeSet<String> {
    let filters = filters(found.dictionary);
    let named = |name: &[u8]| find(filters, name).is_some();
    let (jpeg, flate) = (named(b"DCTDecode"), named(b"FlateDecode"));
    let other = [b"CCITTFax" as &[u8], b"JBIG2", b"JPX", b"LZW", b"ASCII", b"RunLength"].into_iter().any(named);
    let data = &found.data[..find(found.data, b"endstream").unwrap_or(found.data.len())];
    let codes = match (jpeg, flate, other) {
        (true, false, false) => picture::codes(data, ImageFormat::Jpeg, ours).ok(),
        (true, true, false) => inflated(data).and_then(|bytes| picture::codes(&bytes, ImageFormat::Jpeg, ours).ok()),
        (false, true, false) => inflated(data).and_then(|bytes| unpacked(&bytes, found)).map(|picture| {
            let mut texts = BTreeSet::new();
            picture::search(picture, ours, &mut texts);
            texts
        }),
        _ => None,
    };
    codes.unwrap_or_default()
}

/// The picture's dictionary around the word `/Image`, and its bytes.
fn found(pdf: &[u8], place: usize) -> Option<Found<'_>> {
    let word = pdf[..place].trim_ascii_end();
    if !word.ends_with(b"/Subtype") {
        return None;
    }
    let from = place.saturating_sub(DICTIONARY);
    let start = from + find_last(&pdf[from..place], b"obj")?;
    let behind = &pdf[place..pdf.len().min(place + DICTIONARY)];
    let stop = place + find(behind, b"stream")?;
    let data = &pdf[stop + b"stream".len()..];
    let data = data.strip_prefix(b"\r").unwrap_or(data);
    let data = data.strip_prefix(b"\n").unwrap_or(data);
    let dictionary = &pdf[start..stop];
    let side = |name| number(dictionary, name).filter(|side| (1..=MAX_SIDE).contains(side));
    Some(Found { dictionary, data, width: side(b"/Width")?, height: side(b"/Height")? })
}

fn inflated(data: &[u8]) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // What a damaged end leaves is looked at all the same.
    let _ = ZlibDecoder::new(data).take(MAX_BYTES).read_to_end(&mut bytes);
    (!bytes.is_empty()).then_some(bytes)
}

/// Rows of samples as a picture in grey. How many samples a pixel has follows from how many bytes there are; a palette is
/// taken for grey, which a page in black and white survives.
fn unpacked(data: &[u8], found: &Found<'_>) -> Option<GrayImage> {
    let bits = number(found.dictionary, b"/BitsPerComponent").unwrap_or(1);
    let (width, height) = (found.width as usize, found.height as usize);
    if !matches!(bits, 1 | 2 | 4 | 8) {
        return None;
    }
    let predicted = number(found.dictionary, b"/Predictor").is_some_and(|predictor| predictor >= 10);
    let row = |samples: usize| (width * samples * bits as usize).div_ceil(8);
    let samples =
        [4, 3, 1].into_iter().find(|samples| data.len() >= (row(*samples) + usize::from(predicted)) * height)?;
    let row = row(samples);
    let rows = match predicted {
        true => unpredicted(data, row, height, (samples * bits as usize).div_ceil(8)),
        false => data[..row * height].to_vec(),
    };
    let sample = |x: usize, y: usize| {
        let place = x * bits as usize;
        let value = rows[y * row + place / 8] >> (8 - bits as usize - place % 8) & (0xFF >> (8 - bits)) as u8;
        (u32::from(value) * 255 / ((1 << bits) - 1)) as u8
    };
    match (samples, bits) {
        (3, 8) => RgbImage::from_raw(found.width, found.height, rows).map(|rgb| DynamicImage::from(rgb).into_luma8()),
        // Four inks: the black one and the darkest of the others.
        (4, 8) => Some(GrayImage::from_fn(found.width, found.height, |x, y| {
            let ink = &rows[y as usize * row + 4 * x as usize..][..4];
            image::Luma([255 - ink[0].max(ink[1]).max(ink[2]).saturating_add(ink[3])])
        })),
        _ => Some(GrayImage::from_fn(found.width, found.height, |x, y| {
            image::Luma([sample(x as usize * samples, y as usize)])
        })),
    }
}

/// Takes back the predictors of PNG (ISO/IEC 15948, 9.2), each row with its own.
fn unpredicted(data: &[u8], row: usize, height: usize, pixel: usize) -> Vec<u8> {
    let mut rows = vec![0; row * height];
    for y in 0..height {
        let line = &data[y * (row + 1)..][..=row];
        for x in 0..row {
            let at = |up: usize, left: usize| {
                (y >= up && x >= left).then(|| rows[(y - up) * row + x - left]).map_or(0, i32::from)
            };
            let (left, up, corner) = (at(0, pixel), at(1, 0), at(1, pixel));
            let guess = match line[0] {
                1 => left,
                2 => up,
                3 => (left + up) / 2,
                4 => {
                    let near = left + up - corner;
                    [left, up, corner].into_iter().min_by_key(|value| (near - value).abs()).unwrap_or(0)
                }
                _ => 0,
            };
            rows[y * row + x] = line[x + 1].wrapping_add(guess as u8);
        }
    }
    rows
}

/// The one name of a filter, or the names of a list.
fn filters(dictionary: &[u8]) -> &[u8] {
    let value = after(dictionary, b"/Filter").unwrap_or_default();
    let list = value.starts_with(b"[");
    let end = value.iter().skip(1).position(|byte| if list { *byte == b']' } else { !byte.is_ascii_alphanumeric() });
    &value[..end.map_or(value.len(), |end| end + 1)]
}

/// What follows a name, spaces left out.
fn after<'d>(dictionary: &'d [u8], name: &[u8]) -> Option<&'d [u8]> {
    let place = find(dictionary, name)? + name.len();
    Some(dictionary[place..].trim_ascii_start())
}

fn number(dictionary: &[u8], name: &[u8]) -> Option<u32> {
    let rest = after(dictionary, name)?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).position(|window| window == word)
}

fn find_last(bytes: &[u8], word: &[u8]) -> Option<usize> {
    bytes.windows(word.len()).rposition(|window| window == word)
}

fn places<'b>(bytes: &'b [u8], word: &'b [u8]) -> impl Iterator<Item = usize> + 'b {
    let all = bytes.windows(word.len()).enumerate();
    all.filter(move |(_, window)| *window == word).map(|(place, _)| place).take(PLACES)
}
