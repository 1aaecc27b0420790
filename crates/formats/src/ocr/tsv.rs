//! The TSV of Tesseract to a printed page.
//!
//! Shapes: TSV in (`level page block par line word left top width height conf text`), blocks of
//! lines of words out, boxes in points of the page. Lines that do not parse are left out. Words that
//! are nothing but specks (no letter, no digit, hardly any confidence) are left out too.
//!
//! The order of Tesseract's blocks is not used: it reads a table column by column. Words are put in
//! order as those of a PDF are, from the baseline and the size that their letters tell.

use std::collections::BTreeMap;

use relu_record::{BoundingBox, Word};

use super::OcrGeometry;
use crate::page::order::{self, Token};
use crate::page::printed::PrintedPage;

/// Confidence under which a word without letters or digits is a speck.
const SPECK: u8 = 40;

/// A row of the TSV that holds a word.
struct Row<'a> {
    /// Block, paragraph and line.
    line: (u32, u32, u32),
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    confidence: u8,
    text: &'a str,
}

/// The page that the TSV describes.
pub(super) fn read(tsv: &str, geometry: &OcrGeometry) -> PrintedPage {
    let mut lines: BTreeMap<(u32, u32, u32), Vec<Row<'_>>> = BTreeMap::new();
    for row in tsv.lines().filter_map(row) {
        lines.entry(row.line).or_default().push(row);
    }
    let tokens = lines.values().flat_map(|line| tokens(line)).collect();
    let place = |t: &Token| {
        let (top, bottom) = (t.v - 0.75 * t.size, t.v + 0.22 * t.size);
        geometry.page_box(t.u0 as f32, top as f32, (t.u1 - t.u0) as f32, (bottom - top) as f32)
    };
    PrintedPage { blocks: order::blocks(tokens, &geometry.rules(), &place) }
}

/// The words of a line, on their common baseline.
fn tokens<'r>(line: &'r [Row<'_>]) -> impl Iterator<Item = Token> + 'r {
    let size = median(line.iter().map(|r| r.height / share_of_em(r.text).0)).max(4.0);
    let baseline = median(
        line.iter()
            .map(|r| r.top + r.height - if share_of_em(r.text).1 { 0.21 * size } else { 0.0 }),
    );
    // A line askew drifts: a word far from the common baseline keeps its own.
    line.iter().map(move |r| {
        let own = r.top + r.height - if share_of_em(r.text).1 { 0.21 * size } else { 0.0 };
        Token {
            text: r.text.to_owned(),
            u0: r.left,
            u1: r.left + r.width,
            v: if (own - baseline).abs() > 0.4 * size { own } else { baseline },
            size,
            spaced: true,
            confidence: Some(r.confidence),
        }
    })
}

/// The height of a word in ems, by the letters it has, and whether some go below the line.
fn share_of_em(word: &str) -> (f64, bool) {
    let below = word.contains(|c: char| "gjpqyçQ,;()[]{}/|".contains(c));
    let above = word.contains(|c: char| !"acemnorsuvwxzgpqy.,;:-·~".contains(c));
    let share = match (above, below) {
        (true, true) => 0.93,
        (true, false) => 0.72,
        (false, true) => 0.73,
        (false, false) => 0.52,
    };
    (share, below)
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

fn row(line: &str) -> Option<Row<'_>> {
    let mut fields = line.trim_end_matches(['\r', '\n']).splitn(12, '\t');
    if fields.next()? != "5" {
        return None;
    }
    let mut number = || fields.next()?.parse::<f64>().ok().filter(|n| n.is_finite());
    let (_page, block, paragraph, line, _word) =
        (number()?, number()?, number()?, number()?, number()?);
    let (left, top, width, height) = (number()?, number()?, number()?, number()?);
    let confidence = number()?.clamp(0.0, 100.0).round() as u8;
    // A word holds no white space; whatever is there must not break the layout of the text.
    let text = fields.next()?.trim();
    let usable = !text.is_empty() && !text.contains(char::is_whitespace);
    let speck = confidence < SPECK && !text.contains(char::is_alphanumeric);
    let line = (block as u32, paragraph as u32, line as u32);
    (usable && !speck && width > 0.0 && height > 0.0).then_some(Row {
        line,
        left,
        top,
        width,
        height,
        confidence,
        text,
    })
}

/// Takes out the words that stand where the page prints text of its own.
pub(super) fn drop_printed(page: &mut PrintedPage, own: &[Word]) {
    if own.is_empty() {
        return;
    }
    for block in &mut page.blocks {
        for line in &mut block.lines {
            line.words.retain(|w| !own.iter().any(|o| covers(o.bbox, w.bbox)));
        }
        block.lines.retain(|l| !l.words.is_empty());
    }
    page.blocks.retain(|b| !b.lines.is_empty());
}

/// Whether at least half of `word` lies in `printed`.
fn covers(printed: BoundingBox, word: BoundingBox) -> bool {
    let width = printed.x1.min(word.x1) - printed.x0.max(word.x0);
    let height = printed.y1.min(word.y1) - printed.y0.max(word.y0);
    let area = (word.x1 - word.x0) * (word.y1 - word.y0);
    width > 0.0 && height > 0.0 && width * height * 2.0 >= area
}
