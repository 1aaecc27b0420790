//! Values of form fields that their appearance does not show: a reader is then asked to draw them
//! (`NeedAppearances`), and boxes that are ticked.
//!
//! Shapes: a page in, [`Token`]s out, in points of the page as shown. A value already drawn in its
//! rectangle is left alone. A ticked box is `☒`; an empty one is nothing.
//! Findings and errors: none. Source: ISO 32000-2, 12.7 (interactive forms), 12.5.5 (appearances).

use hayro::vello_cpu::kurbo::Rect;
use hayro_interpret::RectExt;
use hayro_syntax::object::{Array, Dict, Name, Rect as PdfRect, String as PdfString};
use hayro_syntax::page::Page;

use super::glyphs::Glyph;
use super::open::{decode_text, page_transform};
use crate::page::order::Token;

/// Annotations of one page looked at, at most.
const MAX_WIDGETS: usize = 5_000;
/// Letters of one value, at most.
const MAX_VALUE: usize = 10_000;
/// Parents of a field looked at: a loop ends.
const MAX_PARENTS: usize = 16;

/// The values of the page's fields that its glyphs do not show.
pub(super) fn values(page: &Page<'_>, glyphs: &[Glyph]) -> Vec<Token> {
    let mut out = Vec::new();
    let annotations = page.raw().get::<Array<'_>>("Annots").unwrap_or_default();
    for widget in annotations.iter::<Dict<'_>>().take(MAX_WIDGETS) {
        let hidden = widget.get::<u32>("F").is_some_and(|flags| flags & 0b10_0010 != 0);
        let is_widget = widget.get::<Name<'_>>("Subtype").is_some_and(|s| s.as_ref() == b"Widget");
        if hidden || !is_widget {
            continue;
        }
        let Some(rect) = widget.get::<PdfRect>("Rect") else { continue };
        let rect = page_transform(page).transform_rect_bbox(rect.to_kurbo());
        let inside = |g: &Glyph| rect.contains(g.origin);
        if !rect.is_finite() || glyphs.iter().any(inside) {
            continue;
        }
        if let Some(value) = value(&widget) {
            lay_out(&value, rect, &mut out);
        }
    }
    out
}

/// What the field holds, as shown.
fn value(widget: &Dict<'_>) -> Option<String> {
    let kind = inherited(widget, |d| d.get::<Name<'_>>("FT").map(|n| n.as_ref().to_vec()))?;
    match kind.as_slice() {
        b"Tx" | b"Ch" => {
            let value =
                inherited(widget, |d| d.get::<PdfString<'_>>("V").map(|s| s.as_bytes().to_vec()))?;
            let value: String = decode_text(&value).chars().take(MAX_VALUE).collect();
            (!value.trim().is_empty()).then_some(value)
        }
        b"Btn" => {
            // A push button has no state; a ticked box names the state it is in.
            let state = widget.get::<Name<'_>>("AS")?;
            let states = widget.get::<Dict<'_>>("AP")?.get::<Dict<'_>>("N")?;
            let ticked = state.as_ref() != b"Off" && states.contains_key(state.as_ref());
            ticked.then(|| "☒".to_owned())
        }
        _ => None,
    }
}

/// A property of the field or of its nearest ancestor that has it.
fn inherited<T>(widget: &Dict<'_>, get: impl Fn(&Dict<'_>) -> Option<T>) -> Option<T> {
    let mut field = widget.clone();
    for _ in 0..MAX_PARENTS {
        if let Some(found) = get(&field) {
            return Some(found);
        }
        field = field.get::<Dict<'_>>("Parent")?;
    }
    None
}

/// Words of the value from the left edge of the field, one line under the other.
fn lay_out(value: &str, rect: Rect, out: &mut Vec<Token>) {
    let lines: Vec<&str> = value.split(['\r', '\n']).filter(|l| !l.trim().is_empty()).collect();
    let size = (rect.height() / lines.len().max(1) as f64 * 0.75).clamp(4.0, 12.0);
    for (n, line) in lines.iter().enumerate() {
        let v = if lines.len() == 1 {
            rect.center().y + 0.3 * size
        } else {
            rect.y0 + (n as f64 + 0.9) * size * 1.15
        };
        let mut u = rect.x0 + 2.0;
        for word in line.split_whitespace() {
            let width = word.chars().count() as f64 * 0.5 * size;
            out.push(Token {
                text: word.to_owned(),
                u0: u,
                u1: u + width,
                v,
                size,
                spaced: true,
                confidence: None,
            });
            u += width + 0.3 * size;
        }
    }
}
