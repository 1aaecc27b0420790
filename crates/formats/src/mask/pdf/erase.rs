//! Operations rewritten without the glyphs that are hidden, the rest of the text staying where it is.
//!
//! A glyph is replaced by the adjustment that moves as far. Glyphs outside the page and text that no
//! page draws (hidden layers, unused forms) go too. Source: ISO 32000-2, 9.4.3, 14.9.4 (ActualText).

use std::collections::{BTreeMap, BTreeSet};

use hayro::vello_cpu::kurbo::{Point, Vec2};

use super::content::Op;
use super::drawn::{Drawn, Text};
use super::hide::{Chosen, next};
use super::model::Obj;

/// What becomes of one text operation.
#[derive(Clone, Debug, Default)]
pub(super) struct Erased {
    /// Glyphs to take out.
    pub out: BTreeSet<usize>,
    /// Glyphs shown outside every page that draws them.
    pub outside: BTreeSet<usize>,
    /// Glyphs in all.
    pub glyphs: usize,
    /// How far each glyph moves, in thousandths of text space, up to the next one: what stands
    /// between the two included.
    pub moves: Vec<f64>,
}

/// What is known of every text operation of the file.
#[derive(Default)]
pub(super) struct Erasure {
    /// Operations with glyphs to take out.
    pub texts: BTreeMap<usize, Erased>,
    /// Operations that some page draws.
    pub drawn: BTreeSet<usize>,
}

impl Erasure {
    /// Takes in what a page draws and what is chosen on it.
    pub(super) fn add(&mut self, drawn: &Drawn, chosen: &Chosen, width: f64, height: f64) {
        let none = BTreeSet::new();
        for (n, text) in drawn.texts.iter().enumerate() {
            let outside: BTreeSet<usize> = (0..text.glyphs.len())
                .filter(|g| {
                    text.glyphs.get(*g).is_some_and(|g| !on_page(g.origin, g.size, width, height))
                })
                .collect();
            let out = chosen.glyphs.get(&n).unwrap_or(&none);
            let first = !self.drawn.contains(&text.op);
            if !text.glyphs.is_empty() {
                self.drawn.insert(text.op);
            }
            if out.is_empty() && outside.is_empty() && !self.texts.contains_key(&text.op) {
                continue;
            }
            let erased = self.texts.entry(text.op).or_insert_with(|| Erased {
                glyphs: text.glyphs.len(),
                moves: moves(text),
                ..Erased::default()
            });
            erased.out.extend(out);
            // Outside on one page, inside on another: it is shown.
            if first {
                erased.outside = outside;
            } else {
                erased.outside.retain(|g| outside.contains(g));
            }
        }
    }
}

/// As the reader sees it: what lies wholly outside the page is not shown.
fn on_page(p: Point, size: f64, width: f64, height: f64) -> bool {
    let reach = size.max(1.0);
    p.x >= -reach && p.y >= -reach && p.x < width + reach && p.y < height + reach
}

fn moves(text: &Text) -> Vec<f64> {
    let unit = text.unit.unwrap_or(Vec2::ZERO);
    let square = unit.dot(unit);
    (0..text.glyphs.len())
        .map(|g| {
            let from = text.glyphs.get(g).map(|g| g.origin);
            match (from, next(text, g)) {
                (Some(from), Some(to)) if square > 0.0 => (to - from).dot(unit) / square * 1000.0,
                _ => 0.0,
            }
        })
        .collect()
}

/// The operation without its hidden glyphs, as one or more operations; `None` when the bytes of its
/// strings cannot be told apart by glyph.
pub(super) fn without(op: &Op, erased: &Erased) -> Option<Vec<Op>> {
    let mut before = Vec::new();
    let items: Vec<Obj> = match (op.operator.as_slice(), op.operands.as_slice()) {
        (b"Tj", [.., text]) => vec![text.clone()],
        (b"TJ", [.., Obj::Array(items)]) => items.clone(),
        (b"'", [.., text]) => {
            before.push(Op::new("T*", Vec::new()));
            vec![text.clone()]
        }
        (b"\"", [.., word, char, text]) => {
            before.push(Op::new("Tw", vec![word.clone()]));
            before.push(Op::new("Tc", vec![char.clone()]));
            before.push(Op::new("T*", Vec::new()));
            vec![text.clone()]
        }
        _ => return None,
    };
    let bytes: usize = items.iter().map(|i| if let Obj::Text(t) = i { t.len() } else { 0 }).sum();
    let width = match erased.glyphs {
        0 => return None,
        n if n == bytes => 1,
        n if n * 2 == bytes => 2,
        _ => return None,
    };
    let mut out: Vec<Obj> = Vec::new();
    let mut glyph = 0;
    for (i, item) in items.iter().enumerate() {
        let Obj::Text(codes) = item else {
            if let Obj::Number(n) = item {
                adjust(&mut out, *n);
            }
            continue;
        };
        let count = codes.len().div_ceil(width);
        for (k, code) in codes.chunks(width).enumerate() {
            let gone = erased.out.contains(&glyph) || erased.outside.contains(&glyph);
            if !gone {
                match out.last_mut() {
                    Some(Obj::Text(text)) => text.extend(code),
                    _ => out.push(Obj::Text(code.to_vec())),
                }
            } else {
                let moved = erased.moves.get(glyph).copied().unwrap_or(0.0);
                // The measured move to the next glyph holds the adjustments between the two.
                let between: f64 = if k + 1 == count { adjustments(&items, i + 1) } else { 0.0 };
                adjust(&mut out, -(moved + between));
            }
            glyph += 1;
        }
    }
    before.push(Op::new("TJ", vec![Obj::Array(out)]));
    Some(before)
}

/// Sum of the adjustments from item `from` to the next text.
fn adjustments(items: &[Obj], from: usize) -> f64 {
    let rest = items.get(from..).unwrap_or_default();
    rest.iter()
        .take_while(|i| !matches!(i, Obj::Text(t) if !t.is_empty()))
        .filter_map(Obj::number)
        .sum()
}

fn adjust(out: &mut Vec<Obj>, by: f64) {
    let by = (by * 1000.0).round() / 1000.0;
    if !by.is_finite() || by == 0.0 {
        return;
    }
    match out.last_mut() {
        Some(Obj::Number(n)) => *n += by,
        _ => out.push(Obj::Number(by)),
    }
}

/// The operations that hold this one as marked content lose what is said in its stead.
pub(super) fn silence(ops: &mut [Op], at: usize) {
    let mut depth = 0usize;
    for op in ops.iter_mut().take(at).rev() {
        match op.operator.as_slice() {
            b"EMC" => depth += 1,
            b"BDC" | b"BMC" if depth > 0 => depth -= 1,
            b"BDC" => {
                if let Some(Obj::Dict(properties)) = op.operands.last_mut() {
                    for key in [&b"ActualText"[..], b"Alt", b"E"] {
                        properties.remove(key);
                    }
                }
            }
            _ => {}
        }
    }
}
