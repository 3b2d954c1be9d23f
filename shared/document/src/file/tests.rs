use super::*;
use crate::{
    qr::QrMatrix,
    verify::tests::{key, qr_of},
};
use flate2::{Compression, write::ZlibEncoder};
use image::{DynamicImage, GrayAlphaImage, GrayImage, Luma, LumaA, imageops};
use std::io::{Cursor, Write};

const ONE: &str = "BCWGP1XF3A7QYF0V";
const OTHER: &str = "UMAR6F0DTHBRA403";
const SCALE: u32 = 4;

/// Pictures of codes beside each other on a page, at some pixels a module.
fn page(texts: &[&str], scale: u32) -> GrayImage {
    let codes: Vec<QrMatrix> = texts.iter().map(|text| QrMatrix::encode(text).expect("a code")).collect();
    let side = codes.iter().map(QrMatrix::view_size).max().expect("some") as u32 * scale;
    let mut page = GrayImage::from_pixel(side * codes.len() as u32 + 40, side + 40, Luma([255]));
    for (number, code) in codes.iter().enumerate() {
        let picture = GrayImage::from_fn(code.view_size() as u32 * scale, code.view_size() as u32 * scale, |x, y| {
            let module = |place: u32| (place / scale) as usize;
            let [x, y] = [x, y].map(|place| module(place).wrapping_sub(crate::qr::QUIET_ZONE));
            Luma([if code.is_dark(x, y) { 0 } else { 255 }])
        });
        imageops::overlay(&mut page, &picture, i64::from(20 + side * number as u32), 20);
    }
    page
}

fn saved(picture: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    let picture = picture.into();
    let picture = if format == ImageFormat::Gif { picture.into_rgba8().into() } else { picture };
    picture.write_to(&mut bytes, format).expect("a file");
    bytes.into_inner()
}

fn seen(bytes: &[u8]) -> Result<Option<String>, Unread> {
    code(bytes, &[key().1])
}

fn payment() -> &'static str {
    "HTTPS://PAY.EXAMPLE/#TEA-STALL"
}

/// A PDF of one picture, as scanners write it.
fn pdf(entries: &str, data: &[u8], (width, height): (u32, u32)) -> Vec<u8> {
    let head = format!(
        "%PDF-1.4\n1 0 obj\n<</Type/Catalog/Pages 2 0 R>>\nendobj\n4 0 obj\n<</Type /XObject /Subtype /Image /Width {width} \
         /Height {height} {entries} /Length {}>>\nstream\n",
        data.len()
    );
    [head.as_bytes(), data, b"\nendstream\nendobj\ntrailer <</Root 1 0 R>>\n%%EOF\n"].concat()
}

fn packed(data: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(data).expect("memory");
    encoder.finish().expect("memory")
}

#[test]
fn a_code_is_read_from_a_picture_of_each_kind_that_is_read() {
    let text = qr_of(ONE);
    for format in [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::WebP, ImageFormat::Gif, ImageFormat::Bmp] {
        let bytes = saved(DynamicImage::from(page(&[&text], SCALE)).into_rgb8(), format);
        assert_eq!(kind(&bytes), Kind::Picture(format));
        assert_eq!(seen(&bytes), Ok(Some(text.clone())), "{format:?}");
    }
}

#[test]
fn a_code_of_ours_goes_before_every_other_on_the_picture() {
    let text = qr_of(ONE);
    for texts in [[payment(), &text], [&text, payment()]] {
        assert_eq!(seen(&saved(page(&texts, SCALE), ImageFormat::Png)), Ok(Some(text.clone())));
    }
    let three = saved(page(&[payment(), "HTTPS://A/#B", &text], SCALE), ImageFormat::Png);
    assert_eq!(seen(&three), Ok(Some(text.clone())));
    assert_eq!(seen(&saved(page(&[&text, &text], SCALE), ImageFormat::Png)), Ok(Some(text)), "the same one twice");
    assert_eq!(seen(&saved(page(&[payment()], SCALE), ImageFormat::Png)), Ok(Some(payment().into())), "a stranger's");
}

#[test]
fn codes_of_two_certificates_are_no_evidence_for_one() {
    let picture = page(&[&qr_of(ONE), &qr_of(OTHER)], SCALE);
    assert_eq!(seen(&saved(picture, ImageFormat::Png)), Err(Unread::Several));
}

#[test]
fn what_is_transparent_is_the_paper_or_the_ink() {
    let text = qr_of(ONE);
    let page = page(&[&text], SCALE);
    // The ink's grey, how opaque ink and ground are, the ground's grey below its transparency.
    for (ink, ground, clear) in [(0, 0, 0), (0, 255, 0), (255, 255, 0), (255, 0, 0), (90, 0, 40)] {
        let picture = GrayAlphaImage::from_fn(page.width(), page.height(), |x, y| {
            if page.get_pixel(x, y).0[0] == 0 { LumaA([ink, 255]) } else { LumaA([ground, clear]) }
        });
        for picture in [DynamicImage::from(picture.clone()), DynamicImage::from(picture).into_rgba8().into()] {
            assert_eq!(
                seen(&saved(picture, ImageFormat::Png)),
                Ok(Some(text.clone())),
                "ink {ink} on {ground}, {clear}"
            );
        }
    }
    let holes = GrayAlphaImage::from_fn(page.width(), page.height(), |x, y| LumaA([255, page.get_pixel(x, y).0[0]]));
    assert_eq!(seen(&saved(holes, ImageFormat::Png)), Ok(Some(text)), "white paper, the ink cut out of it");
}

#[test]
fn a_code_is_read_turned_mirrored_small_and_light_on_dark() {
    let text = qr_of(ONE);
    let page = page(&[&text], SCALE);
    let mut inverted = page.clone();
    imageops::invert(&mut inverted);
    let small =
        imageops::resize(&page, page.width() * 2 / SCALE, page.height() * 2 / SCALE, imageops::FilterType::Triangle);
    for (what, picture) in [
        ("a quarter turn", imageops::rotate90(&page)),
        ("half a turn", imageops::rotate180(&page)),
        ("three quarters", imageops::rotate270(&page)),
        ("mirrored", imageops::flip_horizontal(&page)),
        ("upside down and mirrored", imageops::flip_vertical(&page)),
        ("light on dark", inverted),
        ("two pixels a module", small.clone()),
        ("blurred", imageops::blur(&small, 0.6)),
        ("on a large table", {
            let mut table = GrayImage::from_pixel(2400, 3200, Luma([60]));
            imageops::overlay(&mut table, &page, 900, 1500);
            table
        }),
    ] {
        assert_eq!(seen(&saved(picture, ImageFormat::Jpeg)), Ok(Some(text.clone())), "{what}");
    }
}

#[test]
fn what_is_not_read_says_what_it_is() {
    let box_of = |brand: &[u8; 4]| [b"\0\0\0\x18ftyp" as &[u8], brand, b"\0\0\0\0mif1heic"].concat();
    for (bytes, what) in [
        (box_of(b"heic"), "a HEIC picture"),
        (box_of(b"mif1"), "a HEIC picture"),
        (box_of(b"avif"), "an AVIF picture"),
        (box_of(b"isom"), "a video"),
        (b"II*\0\x08\0\0\0".to_vec(), "a TIFF picture"),
        (b"MM\0*\0\0\0\x08".to_vec(), "a TIFF picture"),
        (b"PK\x03\x04\x14\0word/document.xml".to_vec(), "an office document or an archive"),
        (b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec(), "an SVG drawing"),
        ("নম্বর BCWG-P1XF-3A7Q-YF0V\n".into(), "a text"),
        (b"BM is not always a bitmap".to_vec(), "a text"),
        (vec![0, 1, 2, 3], "a file of an unknown kind"),
    ] {
        assert_eq!(seen(&bytes), Err(Unread::Kind(what)));
        let words = Unread::Kind(what).to_string();
        assert!(words.contains(what) && words.contains("PNG") && words.contains("PDF"), "{words}");
    }
    assert_eq!(seen(b""), Err(Unread::Empty));
    assert_eq!(kind(b"\n\n%PDF-1.7\n"), Kind::Pdf, "readers pass over what stands before");
}

#[test]
fn a_picture_without_a_code_or_that_cannot_be_decoded_says_so() {
    let blank = GrayImage::from_pixel(300, 300, Luma([255]));
    assert_eq!(seen(&saved(blank, ImageFormat::Png)), Err(Unread::NoCode));
    assert_eq!(seen(&saved(GrayImage::new(1, 1), ImageFormat::Png)), Err(Unread::NoCode));
    let whole = saved(page(&[&qr_of(ONE)], SCALE), ImageFormat::Png);
    assert_eq!(seen(&whole[..60]), Err(Unread::Damaged));
    let mut large = saved(page(&[&qr_of(ONE)], SCALE), ImageFormat::Bmp);
    large[18..26].copy_from_slice(&[20_000_u32.to_le_bytes(), 20_000_u32.to_le_bytes()].concat());
    assert_eq!(seen(&large), Err(Unread::Large), "20,000 pixels a side, by its head");
}

#[test]
fn a_picture_full_of_corners_is_left_at_some_point() {
    let corner = |x: u32, y: u32| {
        let (x, y) = (x % 8, y % 8);
        let ring = x.max(y) < 7 && (x == 0 || y == 0 || x == 6 || y == 6);
        ring || (2..5).contains(&x) && (2..5).contains(&y)
    };
    let picture = GrayImage::from_fn(1200, 1200, |x, y| Luma([if corner(x, y) { 0 } else { 255 }]));
    assert_eq!(seen(&saved(picture, ImageFormat::Png)), Err(Unread::NoCode));
}

#[test]
fn the_code_on_a_scan_in_a_pdf_is_read() {
    let text = qr_of(ONE);
    let mut page = page(&[&text], SCALE);
    let (width, height) = page.dimensions();
    for (x, y, pixel) in page.enumerate_pixels_mut() {
        // Not all of it black and white, so that predictors have work.
        pixel.0[0] = pixel.0[0].saturating_sub((x / 7 + y / 5) as u8 % 9);
    }
    let size = (width, height);
    let jpeg = saved(page.clone(), ImageFormat::Jpeg);
    let rgb = DynamicImage::from(page.clone()).into_rgb8();
    let up: Vec<u8> = (0..height)
        .flat_map(|y| {
            let page = &page;
            let above = move |x| if y == 0 { 0 } else { page.get_pixel(x, y - 1).0[0] };
            let row = (0..width).map(move |x| page.get_pixel(x, y).0[0].wrapping_sub(above(x)));
            std::iter::once(2).chain(row)
        })
        .collect();
    let bits: Vec<u8> = (0..height)
        .flat_map(|y| {
            let page = &page;
            (0..width.div_ceil(8)).map(move |eight| {
                (0..8).fold(0, |octet, bit| {
                    let x = eight * 8 + bit;
                    octet << 1 | u8::from(x >= width || page.get_pixel(x, y).0[0] > 128)
                })
            })
        })
        .collect();
    let inverse: Vec<u8> = bits.iter().map(|octet| !octet).collect();
    for (what, bytes) in [
        ("JPEG", pdf("/Filter /DCTDecode /BitsPerComponent 8", &jpeg, size)),
        ("JPEG in a list", pdf("/Filter[/DCTDecode]/BitsPerComponent 8", &jpeg, size)),
        ("JPEG packed", pdf("/Filter [/FlateDecode /DCTDecode]", &packed(&jpeg), size)),
        ("grey", pdf("/ColorSpace/DeviceGray/BitsPerComponent 8/Filter/FlateDecode", &packed(&page), size)),
        ("colour", pdf("/ColorSpace 7 0 R/BitsPerComponent 8/Filter/FlateDecode", &packed(&rgb), size)),
        (
            "predicted",
            pdf("/BitsPerComponent 8/Filter/FlateDecode/DecodeParms<</Predictor 15/Columns 1>>", &packed(&up), size),
        ),
        ("black and white", pdf("/BitsPerComponent 1/Filter/FlateDecode", &packed(&bits), size)),
        ("a mask", pdf("/ImageMask true/Decode[1 0]/Filter/FlateDecode", &packed(&inverse), size)),
    ] {
        assert_eq!(seen(&bytes), Ok(Some(text.clone())), "{what}");
    }
}

#[test]
fn a_scan_without_a_code_that_is_read_says_that_it_is_a_scan() {
    let blank = saved(GrayImage::from_pixel(900, 1200, Luma([255])), ImageFormat::Jpeg);
    assert_eq!(seen(&pdf("/Filter/DCTDecode", &blank, (900, 1200))), Err(Unread::Scan));
    assert_eq!(seen(&pdf("/Filter/CCITTFaxDecode/BitsPerComponent 1", b"fax", (1728, 2200))), Err(Unread::Scan));
    assert_eq!(seen(&pdf("/Filter/FlateDecode", b"no zlib", (1728, 2200))), Err(Unread::Scan));
    assert_eq!(seen(&pdf("/Filter/DCTDecode", &blank, (90, 120))), Ok(None), "a small picture is no page");
    assert_eq!(seen(b"%PDF-1.7\nsomebody's letter\n%%EOF\n"), Ok(None));
}

#[test]
fn a_pdf_under_a_password_says_so() {
    for trailer in ["<</Encrypt 5 0 R>>", "<</Encrypt<</Filter/Standard>>>>", "<< /Encrypt\n12 0 R >>"] {
        assert_eq!(seen(format!("%PDF-1.7\ntrailer {trailer}\n%%EOF").as_bytes()), Err(Unread::Locked), "{trailer}");
    }
    for word in ["/EncryptMetadata false", "(how to /Encrypt a file)"] {
        assert_eq!(seen(format!("%PDF-1.7\n{word}\n%%EOF").as_bytes()), Ok(None), "{word}");
    }
}
