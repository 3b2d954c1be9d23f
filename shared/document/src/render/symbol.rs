//! `qr-symbol`, the one function that templates have besides Typst's own: it draws the QR symbol as wide as its place.
//!
//! One path of the outlines of what is dark. A picture in SVG, with a rectangle for each run of dark modules, is parsed at each
//! certificate and takes ten kilobytes of the file instead of six. A stroke for each run takes five, but readers move strokes
//! to whole pixels, and then nobody reads the code from a picture of 100 dpi.

use crate::qr::{QUIET_ZONE, QrMatrix};
use typst_library::{
    Library,
    diag::{SourceResult, StrResult},
    engine::Engine,
    foundations::{Bytes, Content, NativeElement, Packed, StyleChain, Value},
    introspection::{Locator, MetadataElem},
    layout::{Abs, BlockElem, Frame, FrameItem, Point, Ratio, Region, Size, Transform},
    visualize::{Color, Curve, Geometry},
};
use typst_macros::func;
use typst_syntax::Span;

/// Makes the function known to templates.
pub(super) fn define(library: &mut Library) {
    library.global.scope_mut().define_func::<qr_symbol>();
}

/// Draws a QR symbol, its quiet zone included, as wide as the place it is given.
#[func]
fn qr_symbol(
    /// The modules: what `read("/qr.bin", encoding: none)` gives.
    modules: Bytes,
) -> StrResult<Content> {
    match QrMatrix::of_bytes(&modules) {
        Some(_) => {
            let captured = Packed::new(MetadataElem::new(Value::Bytes(modules)));
            Ok(BlockElem::single_layouter(captured, layout).pack())
        }
        None => Err("these bytes are no QR symbol".into()),
    }
}

fn layout(
    modules: &Packed<MetadataElem>,
    _: &mut Engine,
    _: Locator,
    _: StyleChain,
    region: Region,
) -> SourceResult<Frame> {
    let side = region.size.x;
    let mut frame = Frame::soft(Size::splat(side));
    let Value::Bytes(bytes) = &modules.value else { return Ok(frame) };
    let Some(matrix) = QrMatrix::of_bytes(bytes) else { return Ok(frame) };

    let ground = Geometry::Rect(frame.size()).filled(Color::from_u8(255, 255, 255, 255));
    frame.push(Point::zero(), FrameItem::Shape(ground, Span::detached()));
    // A module is one unit here, so that each number in the file is one or two digits.
    let unit = |count: usize| Abs::pt(count as f64);
    let mut outlines = Curve::new();
    for contour in matrix.contours() {
        for (place, (x, y)) in contour.into_iter().enumerate() {
            let corner = Point::new(unit(x), unit(y));
            // What is filled is closed without saying so.
            if place == 0 { outlines.move_(corner) } else { outlines.line(corner) }
        }
    }
    let dark = Geometry::Curve(outlines).filled(Color::from_u8(0, 0, 0, 255));
    let mut symbol = Frame::soft(Size::splat(unit(matrix.size)));
    symbol.push(Point::zero(), FrameItem::Shape(dark, Span::detached()));
    let module = side / matrix.view_size() as f64;
    let scale = Ratio::new(module / unit(1));
    symbol.transform(Transform::scale(scale, scale));
    frame.push_frame(Point::splat(module * QUIET_ZONE as f64), symbol);
    Ok(frame)
}
