//! The QR symbol of a credential: three segments, error correction Q, drawn as one vector path.
//!
//! The segments are given, not searched for: all of the text but its `#` is in the alphanumeric mode. Level M is taken
//! where Q would need more than 69 modules, so that a module on 35 mm is at least 0.5 mm.
//!
//! The mask is always the first. ISO/IEC 18004 scores masks to break up regular contents; base41 of a signed credential
//! looks random under each of them, and scoring all eight takes 1.9 ms of `qrcode` (0.65 of `qrcodegen`) where the whole
//! symbol takes 0.03.

use qrcode::{Color, EcLevel, Version, bits::Bits, canvas::Canvas, canvas::MaskPattern, ec::construct_codewords};
use std::fmt::Write;

/// Modules left white on each side.
pub const QUIET_ZONE: usize = 4;
/// The most modules a side has: version 13.
pub const MAX_SIZE: usize = 69;

/// A QR symbol without its quiet zone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QrMatrix {
    /// Modules of a side.
    pub size: usize,
    /// Row by row from the top left; `true` is dark.
    pub modules: Vec<bool>,
}

/// Why there is no symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum QrError {
    /// Even at level M more than 69 modules.
    #[error("{0} characters do not fit a QR code of 69 modules; choose a shorter verify host")]
    TooLong(usize),
    /// A character outside the alphanumeric mode, or not exactly one `#`.
    #[error("the text has a character that a credential's QR code cannot hold")]
    Text,
}

impl QrMatrix {
    /// Makes the symbol of [`crate::credential::qr_text`]. The same text gives the same symbol.
    pub fn encode(text: &str) -> Result<Self, QrError> {
        let (address, fragment) = text.split_once('#').ok_or(QrError::Text)?;
        let alphanumeric = |part: &str| {
            part.bytes().all(|b| matches!(b, b'0'..=b'9' | b'A'..=b'Z' | b' ' | b'$' | b'%' | b'*' | b'+' | b'-' | b'.' | b'/' | b':'))
        };
        if !alphanumeric(address) || !alphanumeric(fragment) {
            return Err(QrError::Text);
        }
        [EcLevel::Q, EcLevel::M]
            .into_iter()
            .find_map(|level| Self::at(level, address.as_bytes(), fragment.as_bytes()))
            .ok_or(QrError::TooLong(text.len()))
    }

    /// The smallest symbol at a level, or none below [`MAX_SIZE`].
    fn at(level: EcLevel, address: &[u8], fragment: &[u8]) -> Option<Self> {
        let largest = (MAX_SIZE - 17) / 4;
        // The head of an alphanumeric segment is 13 bits up to version 9 and 15 above, of a byte segment 12 and 20.
        let body = |part: &[u8]| part.len() / 2 * 11 + part.len() % 2 * 6;
        (1..=largest).find_map(|number| {
            let version = Version::Normal(i16::try_from(number).ok()?);
            let heads = if number <= 9 { 13 + 12 + 13 } else { 15 + 20 + 15 };
            let mut bits = Bits::new(version);
            if heads + 8 + body(address) + body(fragment) > bits.max_len(level).ok()? {
                return None;
            }
            bits.push_alphanumeric_data(address).ok()?;
            bits.push_byte_data(b"#").ok()?;
            bits.push_alphanumeric_data(fragment).ok()?;
            bits.push_terminator(level).ok()?;
            let (data, correction) = construct_codewords(&bits.into_bytes(), version, level).ok()?;
            let mut canvas = Canvas::new(version, level);
            canvas.draw_all_functional_patterns();
            canvas.draw_data(&data, &correction);
            canvas.apply_mask(MaskPattern::Checkerboard);
            let modules = canvas.into_colors().into_iter().map(|color| color == Color::Dark).collect();
            Some(Self { size: 17 + 4 * number, modules })
        })
    }

    /// Whether a module is dark; outside the symbol all is light.
    pub fn is_dark(&self, x: usize, y: usize) -> bool {
        x < self.size && self.modules.get(y * self.size + x).copied().unwrap_or(false)
    }

    /// Side of the picture in modules, quiet zone included: the width and height of its viewBox.
    pub fn view_size(&self) -> usize {
        self.size + 2 * QUIET_ZONE
    }

    /// One SVG path of all dark modules (the `d` attribute): each run of a row one rectangle, a module one unit, moved
    /// by the quiet zone. As a path it decodes from 100 dpi up; as an image it does not (limits measured).
    pub fn svg_path(&self) -> String {
        let mut path = String::with_capacity(self.size * self.size * 4);
        for y in 0..self.size {
            let mut x = 0;
            while x < self.size {
                let start = x;
                while self.is_dark(x, y) {
                    x += 1;
                }
                if x > start {
                    let (left, top, run) = (start + QUIET_ZONE, y + QUIET_ZONE, x - start);
                    // Writing to a String cannot fail.
                    let _ = write!(path, "M{left} {top}h{run}v1h-{run}z");
                }
                x += 1;
            }
        }
        path
    }

    /// The whole picture: a white ground with the quiet zone, and the path.
    pub fn svg(&self) -> String {
        let side = self.view_size();
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\">\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{}\"/></svg>",
            self.svg_path()
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::qr_text;

    fn text(bytes: usize) -> String {
        let cose: Vec<u8> = (0..bytes).map(|n| (n * 167 + 13) as u8).collect();
        qr_text("verify.mohor.example.in", &cose)
    }

    /// Draws the SVG path's rectangles at some pixels a module and reads the picture as a camera would.
    fn seen(matrix: &QrMatrix, scale: usize) -> String {
        let side = matrix.view_size() * scale;
        let mut pixels = vec![255u8; side * side];
        for rectangle in matrix.svg_path().split('M').skip(1) {
            let numbers: Vec<usize> =
                rectangle.split(['h', 'v', 'z', '-', ' ']).filter_map(|word| word.parse().ok()).collect();
            let [x, y, run, 1, _] = numbers[..] else { panic!("{rectangle}") };
            for row in y * scale..(y + 1) * scale {
                pixels[row * side + x * scale..row * side + (x + run) * scale].fill(0);
            }
        }
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[y * side + x]);
        let grids = image.detect_grids();
        assert_eq!(grids.len(), 1);
        grids[0].decode().unwrap().1
    }

    #[test]
    fn a_reader_sees_the_text() {
        for bytes in [90, 150, 190, 229, 230] {
            let text = text(bytes);
            let matrix = QrMatrix::encode(&text).unwrap();
            assert_eq!(seen(&matrix, 3), text, "{bytes} bytes");
            assert!(matrix.size <= MAX_SIZE);
        }
    }

    #[test]
    fn the_one_mask_serves_credentials_of_every_kind() {
        use sha2::{Digest, Sha256};
        for number in 0..60u32 {
            let block = |n: u32| Sha256::digest([number.to_be_bytes(), n.to_be_bytes()].concat());
            let mut cose: Vec<u8> = (0..8).flat_map(block).collect();
            // A payload of one repeated character between random signatures is as regular as it gets.
            cose[20..140].fill(b'A' + (number % 26) as u8);
            cose.truncate(230);
            let text = qr_text("verify.example.in", &cose);
            assert_eq!(seen(&QrMatrix::encode(&text).unwrap(), 2), text, "{number}");
        }
    }

    #[test]
    fn level_q_gives_way_to_m_only_above_69_modules() {
        let sizes: Vec<usize> = [150, 190, 200, 230].map(|bytes| QrMatrix::encode(&text(bytes)).unwrap().size).into();
        assert_eq!(sizes, [65, 69, 69, 65]);
    }

    #[test]
    fn the_same_text_gives_the_same_symbol() {
        assert_eq!(QrMatrix::encode(&text(200)), QrMatrix::encode(&text(200)));
    }

    #[test]
    fn what_cannot_be_held_is_refused() {
        assert_eq!(QrMatrix::encode(&text(400)), Err(QrError::TooLong(text(400).len())));
        for other in ["HTTPS://A/", "https://a/#00", "HTTPS://A/#0#0", "HTTPS://A/#০"] {
            assert_eq!(QrMatrix::encode(other), Err(QrError::Text), "{other}");
        }
    }

    #[test]
    fn a_square_of_one_module_is_one_rectangle_inside_the_quiet_zone() {
        let matrix = QrMatrix { size: 2, modules: vec![true, true, false, true] };
        assert_eq!(matrix.svg_path(), "M4 4h2v1h-2zM5 5h1v1h-1z");
        assert!(matrix.svg().contains("viewBox=\"0 0 10 10\""));
    }
}
