//! The QR codes on a picture. A picture comes from anybody: how much of it is decoded, how large it is while it is looked
//! at and how many corners are tried have an end.

use super::Unread;
use image::{DynamicImage, GrayImage, ImageError, ImageFormat, ImageReader, Limits, imageops};
use rxing::{
    Binarizer, Luma8LuminanceSource,
    common::{BitMatrix, DetectorRXingResult, GlobalHistogramBinarizer, HybridBinarizer},
    qrcode::cpp_port::{decoder, detector},
};
use std::{collections::BTreeSet, io::Cursor, panic};

/// Pixels of a side, at most.
pub(super) const MAX_SIDE: u32 = 12_000;
/// Bytes of a decoded picture, at most: 60 million pixels in colour.
pub(super) const MAX_BYTES: u64 = 180 << 20;
/// Pixels of a picture while it is looked at; a larger one is made smaller first. A page at 300 dpi has 9 million.
const LOOKED_AT: u32 = 12_000_000;
/// Pixels up to which a picture is also looked at twice as large.
const SMALL: u32 = 1_500_000;
/// The smallest code has 21 modules.
const MIN_SIDE: u32 = 21;
/// Runs that may be a corner's, at most; a printed page of 9 million pixels has fewer than 5,000.
const GLANCES: u32 = 15_000;
/// Corner patterns that are taken together to codes, the largest first; three are a code. Paper has a handful.
const CORNERS: usize = 60;
/// Triples of corners that are tried, the likeliest first.
const TRIES: usize = 200;

/// The texts of all codes that are seen on a picture; the search ends with the first way of looking that sees one of ours.
pub(super) fn codes(
    bytes: &[u8],
    format: ImageFormat,
    ours: &dyn Fn(&str) -> bool,
) -> Result<BTreeSet<String>, Unread> {
    let mut found = BTreeSet::new();
    for ground in grounds(decoded(bytes, format)?) {
        search(ground, ours, &mut found);
        if found.iter().any(|text| ours(text)) {
            break;
        }
    }
    Ok(found)
}

fn decoded(bytes: &[u8], format: ImageFormat) -> Result<DynamicImage, Unread> {
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    (limits.max_image_width, limits.max_image_height) = (Some(MAX_SIDE), Some(MAX_SIDE));
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    reader.decode().map_err(|error| match error {
        ImageError::Limits(_) => Unread::Large,
        _ => Unread::Damaged,
    })
}

/// The picture in grey. One with transparency is laid on white paper and on black: what is dark or light on a page may be
/// what shows through.
fn grounds(picture: DynamicImage) -> Vec<GrayImage> {
    if !picture.color().has_alpha() {
        return vec![picture.into_luma8()];
    }
    let pixels = picture.into_luma_alpha8();
    let laid_on = |ground: u32| {
        GrayImage::from_fn(pixels.width(), pixels.height(), |x, y| {
            let [light, alpha] = pixels.get_pixel(x, y).0.map(u32::from);
            image::Luma([((light * alpha + ground * (255 - alpha)) / 255) as u8])
        })
    };
    match pixels.pixels().all(|pixel| pixel.0[1] == u8::MAX) {
        true => vec![laid_on(255)],
        false => vec![laid_on(255), laid_on(0)],
    }
}

/// Looks at a picture in several ways until one of ours is seen: as it is, by one threshold for all of it, smaller, larger,
/// and dark for light.
pub(super) fn search(picture: GrayImage, ours: &dyn Fn(&str) -> bool, found: &mut BTreeSet<String>) {
    let pixels = picture.width() * picture.height();
    if picture.width().min(picture.height()) < MIN_SIDE {
        return;
    }
    let picture = match pixels > LOOKED_AT {
        true => scaled(&picture, (f64::from(LOOKED_AT) / f64::from(pixels)).sqrt()),
        false => picture,
    };
    let ways: [&dyn Fn() -> Option<BitMatrix>; 5] = [
        &|| local(&picture),
        &|| global(&picture),
        &|| local(&scaled(&picture, 0.5)),
        &|| (pixels <= SMALL).then(|| local(&scaled(&picture, 2.0))).flatten(),
        &|| {
            let mut inverted = picture.clone();
            imageops::invert(&mut inverted);
            local(&inverted)
        },
    ];
    for way in ways {
        // The reader says of itself that it may panic; on such a picture this way of looking sees nothing.
        let seen =
            panic::catch_unwind(panic::AssertUnwindSafe(|| way().map(|matrix| read(&matrix)).unwrap_or_default()));
        found.extend(seen.unwrap_or_default());
        if found.iter().any(|text| ours(text)) {
            return;
        }
    }
}

fn scaled(picture: &GrayImage, factor: f64) -> GrayImage {
    let [width, height] =
        [picture.width(), picture.height()].map(|side| ((f64::from(side) * factor) as u32).max(MIN_SIDE));
    match factor < 1.0 {
        true => imageops::thumbnail(picture, width, height),
        false => imageops::resize(picture, width, height, imageops::FilterType::Triangle),
    }
}

fn source(picture: &GrayImage) -> Option<Luma8LuminanceSource> {
    Luma8LuminanceSource::new(picture.as_raw().clone(), picture.width(), picture.height()).ok()
}

/// Dark and light by what is near: shade does not matter.
fn local(picture: &GrayImage) -> Option<BitMatrix> {
    HybridBinarizer::new(source(picture)?).get_black_matrix().ok().cloned()
}

/// Dark and light by one threshold: noise in the white does not matter.
fn global(picture: &GrayImage) -> Option<BitMatrix> {
    GlobalHistogramBinarizer::new(source(picture)?).get_black_matrix().ok().cloned()
}

/// Whether more runs look like a corner's 1:1:3:1:1, by the reader's own first glance, than a page has. The reader compares
/// each with each corner that it has found, so that a picture made of nothing else would keep it for minutes.
fn is_busy(matrix: &BitMatrix) -> bool {
    let mut glances = 0;
    for y in (2..matrix.height()).step_by(3) {
        let (mut runs, mut dark) = ([0u32; 5], false);
        for x in 0..=matrix.width() {
            let here = x < matrix.width() && matrix.get(x, y);
            if here == dark {
                runs[4] += 1;
                continue;
            }
            let [first, second, middle, fourth, last] = runs;
            if dark && middle >= 3 && middle >= 2 * first.max(last) && middle >= second.max(fourth) && first > 0 {
                glances += 1;
            }
            runs.rotate_left(1);
            (runs[4], dark) = (1, here);
        }
    }
    glances > GLANCES
}

/// All codes, in any direction, mirrored ones too. A text that is no UTF-8 is none of ours.
fn read(matrix: &BitMatrix) -> Vec<String> {
    if is_busy(matrix) {
        return Vec::new();
    }
    let mut corners = detector::FindFinderPatterns(matrix, true, 1);
    corners.sort_by_key(|corner| std::cmp::Reverse(corner.size));
    corners.truncate(CORNERS);
    let (mut texts, mut used) = (Vec::new(), Vec::new());
    for code in detector::GenerateFinderPatternSets(&mut corners).into_iter().take(TRIES) {
        let three = [code.bl, code.tl, code.tr];
        if three.iter().any(|corner| used.contains(corner)) {
            continue;
        }
        let Ok(sampled) = detector::SampleQR(matrix, &code) else { continue };
        let Ok(decoded) = decoder::Decode(sampled.getBits()) else { continue };
        if decoded.isValid() {
            used.extend(three);
            texts.extend(String::from_utf8(decoded.content().bytes().to_vec()));
        }
    }
    texts
}
