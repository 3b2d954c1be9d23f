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

    /// The runs of dark modules, row by row: the row, the first module, and the one after the last.
    pub fn runs(&self) -> impl Iterator<Item = (usize, usize, usize)> {
        (0..self.size).flat_map(move |y| {
            let mut x = 0;
            std::iter::from_fn(move || {
                let start = (x..self.size).find(|x| self.is_dark(*x, y))?;
                x = (start..self.size).find(|x| !self.is_dark(*x, y)).unwrap_or(self.size);
                Some((y, start, x))
            })
        })
    }

    /// One SVG path of all dark modules (the `d` attribute): each run of a row one rectangle, a module one unit, moved
    /// by the quiet zone. As a path it decodes from 100 dpi up; as an image it does not (limits measured).
    pub fn svg_path(&self) -> String {
        let mut path = String::with_capacity(self.size * self.size * 4);
        for (row, start, end) in self.runs() {
            let (left, top, run) = (start + QUIET_ZONE, row + QUIET_ZONE, end - start);
            // Writing to a String cannot fail.
            let _ = write!(path, "M{left} {top}h{run}v1h-{run}z");
        }
        path
    }

    /// The outlines of what is dark, each by its corners, in modules: the dark on the right as one goes, so that a hole goes
    /// the other way round than what it is in. Where two dark modules touch at a corner they are of one outline.
    pub fn contours(&self) -> Vec<Vec<(usize, usize)>> {
        let side = self.size + 1;
        // Edges that begin at each corner of the grid, a bit for each direction: right, down, left, up.
        let mut edges = vec![0u8; side * side];
        for y in 0..self.size {
            for x in (0..self.size).filter(|x| self.is_dark(*x, y)) {
                let place = y * side + x;
                let mut edge = |open: bool, from: usize, bit: u8| edges[from] |= if open { bit } else { 0 };
                edge(y == 0 || !self.is_dark(x, y - 1), place, 1);
                edge(!self.is_dark(x + 1, y), place + 1, 2);
                edge(!self.is_dark(x, y + 1), place + side + 1, 4);
                edge(x == 0 || !self.is_dark(x - 1, y), place + side, 8);
            }
        }
        let mut contours = Vec::new();
        for start in 0..edges.len() {
            while edges[start] != 0 {
                let (mut place, mut direction, mut corner) = (start, edges[start].trailing_zeros() as usize, true);
                let mut contour = Vec::new();
                loop {
                    if corner {
                        contour.push((place % side, place / side));
                    }
                    edges[place] &= !(1 << direction);
                    place = match direction {
                        0 => place + 1,
                        1 => place + side,
                        2 => place - 1,
                        _ => place - side,
                    };
                    // To the left, straight on, to the right.
                    let ways = [3, 0, 1].map(|turn| (direction + turn) % 4);
                    match ways.into_iter().find(|way| edges[place] & 1 << way != 0) {
                        Some(way) if place != start => (corner, direction) = (way != direction, way),
                        _ => break,
                    }
                }
                contours.push(contour);
            }
        }
        contours
    }

    /// The symbol in bytes: how many modules a side has, then a bit for each module, row by row, the highest bit first.
    pub fn to_bytes(&self) -> Vec<u8> {
        let octets = self.modules.chunks(8).map(|eight| {
            eight.iter().enumerate().fold(0, |octet, (place, dark)| octet | u8::from(*dark) << (7 - place))
        });
        [self.size as u8].into_iter().chain(octets).collect()
    }

    /// Reads [`QrMatrix::to_bytes`].
    pub fn of_bytes(bytes: &[u8]) -> Option<Self> {
        let (size, octets) = bytes.split_first()?;
        let size = usize::from(*size);
        let fits = (1..=MAX_SIZE).contains(&size) && octets.len() == (size * size).div_ceil(8);
        let modules = (0..size * size).map(|place| octets.get(place / 8).is_some_and(|o| o & 0x80 >> (place % 8) != 0));
        fits.then(|| Self { size, modules: modules.collect() })
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

    /// How often the outlines go round the middle of a module.
    fn turns(contours: &[Vec<(usize, usize)>], x: usize, y: usize) -> i32 {
        let lines = contours.iter().flat_map(|contour| contour.iter().zip(contour.iter().cycle().skip(1)));
        let passed =
            lines.filter(|((x1, y1), (x2, y2))| x1 == x2 && *x1 <= x && (*y1.min(y2)..*y1.max(y2)).contains(&y));
        passed.map(|((_, y1), (_, y2))| if y2 < y1 { 1 } else { -1 }).sum()
    }

    #[test]
    fn outlines_go_once_round_what_is_dark_and_not_at_all_round_what_is_light() {
        let ring = QrMatrix { size: 3, modules: (0..9).map(|place| place != 4).collect() };
        assert_eq!(ring.contours(), [vec![(0, 0), (3, 0), (3, 3), (0, 3)], vec![(1, 1), (1, 2), (2, 2), (2, 1)]]);
        let diagonal = QrMatrix { size: 2, modules: vec![true, false, false, true] };
        assert_eq!(diagonal.contours().len(), 1);
        let whole = QrMatrix { size: 2, modules: vec![true; 4] };
        assert_eq!(whole.contours(), [vec![(0, 0), (2, 0), (2, 2), (0, 2)]]);
        for matrix in
            [ring, diagonal, whole].into_iter().chain([90, 150, 230].map(|n| QrMatrix::encode(&text(n)).unwrap()))
        {
            let contours = matrix.contours();
            for (place, dark) in matrix.modules.iter().enumerate() {
                let (x, y) = (place % matrix.size, place / matrix.size);
                assert_eq!(turns(&contours, x, y), i32::from(*dark), "{x} {y} of {}", matrix.size);
            }
        }
    }

    #[test]
    fn a_symbol_is_read_back_from_its_bytes() {
        let matrix = QrMatrix::encode(&text(200)).unwrap();
        let bytes = matrix.to_bytes();
        assert_eq!(QrMatrix::of_bytes(&bytes), Some(matrix));
        assert_eq!(
            (QrMatrix::of_bytes(&bytes[..bytes.len() - 1]), QrMatrix::of_bytes(&[]), QrMatrix::of_bytes(&[0])),
            (None, None, None)
        );
    }

    #[test]
    fn a_square_of_one_module_is_one_rectangle_inside_the_quiet_zone() {
        let matrix = QrMatrix { size: 2, modules: vec![true, true, false, true] };
        assert_eq!(matrix.svg_path(), "M4 4h2v1h-2zM5 5h1v1h-1z");
        assert!(matrix.svg().contains("viewBox=\"0 0 10 10\""));
    }
}
