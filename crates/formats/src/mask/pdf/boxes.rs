//! The boxes drawn where text was: a light box with the mark in it, or a black one when the mark
//! does not fit. Units: points, origin top left of the page as shown.

use hayro::vello_cpu::kurbo::{Affine, Rect};

use super::content::Op;
use super::model::{Dict, Obj, name};

/// Name of our font in the resources of a page.
pub(super) const FONT: &str = "ReluF";

/// A box to be.
#[derive(Clone, Debug)]
pub(super) struct Cover {
    pub rect: Rect,
    pub label: String,
    pub passage: usize,
}

/// Boxes of one passage that follow each other on a line become one.
pub(super) fn joined(covers: Vec<Cover>) -> Vec<Cover> {
    let mut out: Vec<Cover> = Vec::new();
    for cover in covers {
        let joins = out.last().is_some_and(|last| {
            let high = last.rect.height().max(cover.rect.height());
            last.passage == cover.passage
                && (last.rect.center().y - cover.rect.center().y).abs() < 0.3 * high
                && cover.rect.x0 - last.rect.x1 < 0.8 * high
                && cover.rect.x0 - last.rect.x1 > -0.5 * high
        });
        match out.last_mut() {
            Some(last) if joins => last.rect = last.rect.union(cover.rect),
            _ => out.push(cover),
        }
    }
    // A passage over several lines says its mark once.
    let mut said = std::collections::BTreeSet::new();
    for cover in &mut out {
        if !said.insert(cover.passage) {
            cover.label.clear();
        }
    }
    out
}

/// The operations that draw the boxes, once the page's own are done.
pub(super) fn draw(covers: &[Cover], to_page: Affine, out: &mut Vec<Op>) {
    if covers.is_empty() {
        return;
    }
    let n = |v: f64| Obj::Number((v * 10_000.0).round() / 10_000.0);
    out.push(Op::new("q", Vec::new()));
    out.push(Op::new("cm", to_page.inverse().as_coeffs().map(n).to_vec()));
    for cover in covers {
        let r = cover.rect;
        let label = encoding_rs::WINDOWS_1252.encode(&cover.label).0.into_owned();
        let size = fitting(&label, r);
        let grey = if size > 0.0 { 0.88 } else { 0.0 };
        out.push(Op::new("g", vec![n(grey)]));
        out.push(Op::new("re", vec![n(r.x0), n(r.y0), n(r.width()), n(r.height())]));
        out.push(Op::new("f", Vec::new()));
        if size > 0.0 {
            let wide = width(&label) * size;
            let (x, y) = (r.center().x - wide / 2.0, r.center().y + 0.35 * size);
            out.push(Op::new("g", vec![n(0.0)]));
            out.push(Op::new("BT", Vec::new()));
            out.push(Op::new("Tf", vec![name(FONT), n(size)]));
            for (operator, value) in
                [("Tc", 0.0), ("Tw", 0.0), ("Tz", 100.0), ("Ts", 0.0), ("Tr", 0.0)]
            {
                out.push(Op::new(operator, vec![n(value)]));
            }
            out.push(Op::new("Tm", vec![n(1.0), n(0.0), n(0.0), n(-1.0), n(x), n(y)]));
            out.push(Op::new("Tj", vec![Obj::Text(label)]));
            out.push(Op::new("ET", Vec::new()));
        }
    }
    out.push(Op::new("Q", Vec::new()));
}

/// The font of the marks: one that every reader has.
pub(super) fn font() -> Obj {
    Obj::Dict(Dict::from([
        (b"Type".to_vec(), name("Font")),
        (b"Subtype".to_vec(), name("Type1")),
        (b"BaseFont".to_vec(), name("Helvetica")),
        (b"Encoding".to_vec(), name("WinAnsiEncoding")),
    ]))
}

/// The size at which the label fits; 0 when it would be too small to be read.
fn fitting(label: &[u8], r: Rect) -> f64 {
    let wide = width(label);
    if label.is_empty() || wide <= 0.0 {
        return 0.0;
    }
    let size = (r.height() * 0.8).min(r.width() * 0.96 / wide);
    if size < 2.5 { 0.0 } else { (size * 10.0).floor() / 10.0 }
}

/// Rough widths of Helvetica, in ems, on the large side.
fn width(label: &[u8]) -> f64 {
    label
        .iter()
        .map(|b| match b {
            b'[' | b']' | b' ' | b'.' | b',' | b'i' | b'l' | b'I' | b'/' | b':' => 0.29,
            b'M' | b'W' | b'm' => 0.89,
            b'A'..=b'Z' | 0xc0..=0xdf => 0.74,
            _ => 0.57,
        })
        .sum()
}
