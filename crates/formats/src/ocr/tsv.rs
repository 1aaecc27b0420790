//! The TSV of Tesseract to a printed page.
//!
//! Shapes: TSV in (`level page block par line word left top width height conf text`), blocks of
//! lines of words out, boxes in points of the page. Lines that do not parse are left out. Words that
//! are nothing but specks (no letter, no digit, hardly any confidence) are left out too.

use relu_record::{BoundingBox, Word};

use super::OcrGeometry;
use crate::page::printed::{Gap, PrintedBlock, PrintedLine, PrintedPage, PrintedWord};

/// Confidence under which a word without letters or digits is a speck.
const SPECK: u8 = 40;
/// A gap wider than this many line heights parts two cells.
const CELL_GAP: f32 = 1.6;

/// A row of the TSV that holds a word.
struct Row<'a> {
    block: (u32, u32),
    line: u32,
    place: [f32; 4],
    confidence: u8,
    text: &'a str,
}

/// The page that the TSV describes.
pub(super) fn read(tsv: &str, geometry: &OcrGeometry) -> PrintedPage {
    let mut page = PrintedPage::default();
    let mut at: Option<((u32, u32), u32, f32)> = None;
    for row in tsv.lines().filter_map(row) {
        let [left, top, width, height] = row.place;
        let (new_block, new_line, gap) = match at {
            None => (true, true, 0.0),
            Some((block, line, right)) => {
                let new_block = block != row.block;
                (new_block, new_block || line != row.line, left - right)
            }
        };
        if new_block {
            page.blocks.push(PrintedBlock::default());
        }
        let Some(block) = page.blocks.last_mut() else { continue };
        if new_line {
            block.lines.push(PrintedLine::default());
        }
        let Some(line) = block.lines.last_mut() else { continue };
        line.words.push(PrintedWord {
            text: row.text.to_owned(),
            bbox: geometry.page_box(left, top, width, height),
            confidence: Some(row.confidence),
            gap: if gap > CELL_GAP * height { Gap::Cell } else { Gap::Space },
            repaired: false,
        });
        at = Some((row.block, row.line, left + width));
    }
    page
}

fn row(line: &str) -> Option<Row<'_>> {
    let mut fields = line.trim_end_matches(['\r', '\n']).splitn(12, '\t');
    if fields.next()? != "5" {
        return None;
    }
    let mut number = || fields.next()?.parse::<f32>().ok().filter(|n| n.is_finite());
    let (_page, block, paragraph, line, _word) =
        (number()?, number()?, number()?, number()?, number()?);
    let place = [number()?, number()?, number()?, number()?];
    let confidence = number()?.clamp(0.0, 100.0).round() as u8;
    // A word holds no white space; whatever is there must not break the layout of the text.
    let text = fields.next()?.trim();
    let usable = !text.is_empty() && !text.contains(char::is_whitespace);
    let speck = confidence < SPECK && !text.contains(char::is_alphanumeric);
    (usable && !speck).then_some(Row {
        block: (block as u32, paragraph as u32),
        line: line as u32,
        place,
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
