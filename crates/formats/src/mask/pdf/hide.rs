//! From passages of the text to rectangles on pages, and from those to glyphs.
//!
//! Shapes: a plan made ready in, [`Hide`]s by page out; a page as drawn and its [`Hide`]s in, the
//! glyphs to take out. Units: points, origin top left of the page as shown.

use std::collections::{BTreeMap, BTreeSet};

use hayro::vello_cpu::kurbo::{Point, Rect};
use relu_record::{BoundingBox, Word};

use super::drawn::{Drawn, Text};
use crate::mask::Work;

/// A word, or a part of one, to hide.
#[derive(Clone, Debug)]
pub(super) struct Hide {
    /// The whole word's rectangle.
    pub word: Rect,
    /// The part of it to hide: the same when all of it is.
    pub part: Rect,
    /// Letters of the word, and those to hide, counted in characters.
    pub letters: String,
    pub hidden: std::ops::Range<usize>,
    /// The word was recognised in a picture.
    pub recognised: bool,
    /// It is no word but a code that a reader would read.
    pub code: bool,
    /// The passage it belongs to; of a code, none.
    pub passage: usize,
}

impl Hide {
    fn is_whole(&self) -> bool {
        self.hidden.start == 0 && self.hidden.end >= self.letters.chars().count()
    }
}

/// What to hide on each page.
pub(super) fn by_page(work: &Work<'_>) -> BTreeMap<u32, Vec<Hide>> {
    let reading = &work.plan.reading;
    let mut out: BTreeMap<u32, Vec<Hide>> = BTreeMap::new();
    for (passage, r) in work.replacements.iter().enumerate() {
        let (start, end) = (r.span.start, r.span.end);
        let from = reading.words.partition_point(|w| w.span.end <= start);
        for word in reading.words.get(from..).unwrap_or_default() {
            if word.span.start >= end {
                break;
            }
            if let Some(hide) = hide(word, start, end, passage, &reading.text) {
                out.entry(word.page).or_default().push(hide);
            }
        }
    }
    for (page, bbox) in crate::mask::hidden_codes(reading) {
        let rect = rect_of(bbox);
        out.entry(page).or_default().push(Hide {
            word: rect,
            part: rect,
            letters: String::new(),
            hidden: 0..0,
            recognised: true,
            code: true,
            passage: usize::MAX,
        });
    }
    out
}

fn rect_of(b: BoundingBox) -> Rect {
    Rect::new(f64::from(b.x0), f64::from(b.y0), f64::from(b.x1), f64::from(b.y1))
}

fn hide(word: &Word, start: usize, end: usize, passage: usize, text: &str) -> Option<Hide> {
    let letters = word.span.of(text)?;
    let (a, b) = (start.max(word.span.start), end.min(word.span.end));
    let before = text.get(word.span.start..a)?.chars().count();
    let inside = text.get(a..b)?.chars().count();
    let total = letters.chars().count().max(1);
    let rect = rect_of(word.bbox);
    let share = |n: usize| rect.x0 + rect.width() * n as f64 / total as f64;
    // A recognised word is hidden whole: where its letters stand is not known well enough.
    let whole = word.confidence.is_some() || inside == total || rect.height() > rect.width() * 2.0;
    let part = if whole {
        rect
    } else {
        Rect::new(share(before), rect.y0, share(before + inside), rect.y1)
    };
    let hidden = if whole { 0..total } else { before..before + inside };
    Some(Hide {
        word: rect,
        part,
        letters: letters.to_owned(),
        hidden,
        recognised: word.confidence.is_some(),
        code: false,
        passage,
    })
}

/// Glyphs to take out, by showing of text; and for each hidden word, how many were its.
#[derive(Default)]
pub(super) struct Chosen {
    /// By place in [`Drawn::texts`].
    pub glyphs: BTreeMap<usize, BTreeSet<usize>>,
    /// By place in the list of hidden words: glyphs taken, and whether one is invisible.
    pub taken: Vec<(usize, bool)>,
}

/// Chooses the glyphs of the hidden words of a page; narrows the rectangle of a part to its glyphs.
pub(super) fn choose(drawn: &Drawn, hides: &mut [Hide]) -> Chosen {
    let mut under: Vec<Vec<(usize, usize)>> = vec![Vec::new(); hides.len()];
    for (t, text) in drawn.texts.iter().enumerate() {
        for g in 0..text.glyphs.len() {
            let Some(at) = probe(text, g) else { continue };
            for (n, hide) in hides.iter().enumerate() {
                if hide.word.inflate(0.4, 0.4).contains(at)
                    && let Some(list) = under.get_mut(n)
                {
                    list.push((t, g));
                }
            }
        }
    }
    let mut out = Chosen { taken: vec![(0, false); hides.len()], ..Chosen::default() };
    for (n, hide) in hides.iter_mut().enumerate() {
        let candidates = under.get(n).map(Vec::as_slice).unwrap_or_default();
        let picked = part_of(hide, candidates, drawn);
        let glyph = |t: usize, g: usize| drawn.texts.get(t).and_then(|x| x.glyphs.get(g));
        for (t, g) in &picked {
            out.glyphs.entry(*t).or_default().insert(*g);
            if let Some(slot) = out.taken.get_mut(n) {
                slot.0 += 1;
                slot.1 |= glyph(*t, *g).is_some_and(|g| g.invisible);
            }
        }
        if !hide.is_whole() && !picked.is_empty() {
            let xs = picked.iter().flat_map(|(t, g)| {
                let text = drawn.texts.get(*t)?;
                Some([text.glyphs.get(*g)?.origin, next(text, *g)?])
            });
            let xs: Vec<f64> = xs.flatten().map(|p| p.x).collect();
            let left = xs.iter().copied().fold(f64::INFINITY, f64::min);
            let right = xs.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            if left < right {
                hide.part.x0 = left.max(hide.word.x0);
                hide.part.x1 = right.min(hide.word.x1).max(hide.part.x0);
            }
        }
    }
    out
}

/// Where the next glyph begins, or where the text ends.
pub(super) fn next(text: &Text, g: usize) -> Option<Point> {
    text.glyphs.get(g + 1).map(|g| g.origin).or(text.end)
}

/// A point inside a glyph.
fn probe(text: &Text, g: usize) -> Option<Point> {
    let glyph = text.glyphs.get(g)?;
    if glyph.size > 0.0 {
        return Some(glyph.inside);
    }
    // A drawn glyph: a little to the right of its origin, and up.
    let next = next(text, g)?;
    let along = next - glyph.origin;
    Some(glyph.origin + along * 0.3 + hayro::vello_cpu::kurbo::Vec2::new(along.y, -along.x) * 0.2)
}

/// The glyphs of the hidden part of a word. When its letters cannot be told apart, all of them.
fn part_of(hide: &Hide, candidates: &[(usize, usize)], drawn: &Drawn) -> Vec<(usize, usize)> {
    if hide.is_whole() {
        return candidates.to_vec();
    }
    let count = |(t, g): &(usize, usize)| {
        let glyph = drawn.texts.get(*t).and_then(|x| x.glyphs.get(*g));
        glyph.map_or(0, |g| g.letters.chars().filter(|c| !c.is_whitespace()).count())
    };
    let total: usize = candidates.iter().map(count).sum();
    let wanted = hide.letters.chars().filter(|c| !c.is_whitespace()).count();
    if total != wanted {
        return by_place(hide, candidates, drawn);
    }
    let mut at = 0;
    let mut out = Vec::new();
    for candidate in candidates {
        let n = count(candidate);
        if at < hide.hidden.end && at + n > hide.hidden.start {
            out.push(*candidate);
        }
        at += n;
    }
    out
}

/// By place, with a letter's margin on each side: rather one letter too many.
fn by_place(hide: &Hide, candidates: &[(usize, usize)], drawn: &Drawn) -> Vec<(usize, usize)> {
    let margin = hide.word.width() / hide.letters.chars().count().max(1) as f64 * 0.6;
    candidates
        .iter()
        .filter(|(t, g)| {
            let at = drawn.texts.get(*t).and_then(|text| probe(text, *g));
            at.is_some_and(|p| p.x > hide.part.x0 - margin && p.x < hide.part.x1 + margin)
        })
        .copied()
        .collect()
}
