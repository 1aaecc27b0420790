//! Tables: rows and cells of lines drawn with bars, or set out in columns with wide blanks.
//!
//! A table is two lines or more that each hold a bar, or as many wide gaps as the first one, and at
//! least two. A row without a number is a heading, and speaks for the rows below it. Units: tokens.
//! A line is looked at once, whatever it holds; nothing is kept when it is no table.

use crate::tokens::{Gap, Token};
use crate::view::View;

// A longer line is no row.
const MAX_LINE: usize = 400;
// Lines of headings above the first number.
const HEADINGS: usize = 3;

/// The table last met. Its room is used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Grid {
    // Token ranges, row after row.
    cells: Vec<(u32, u32)>,
    rows: Vec<Row>,
    // First token that was not looked at yet.
    seen: usize,
    range: (usize, usize),
}

#[derive(Clone, Copy, Debug)]
struct Row {
    // First cell.
    cell: u32,
    // The heading above it, plus one.
    heading: u32,
}

/// A cell as a range of tokens.
pub(crate) type Cell = (usize, usize);

impl Grid {
    /// Row and column of token `i`, when it lies in a table.
    pub(crate) fn place(&mut self, view: &View<'_>, i: usize) -> Option<(usize, usize)> {
        if i >= self.seen {
            self.look(view, i);
        }
        if i < self.range.0 || i >= self.range.1 {
            return None;
        }
        let cell = self.cells.partition_point(|c| c.0 as usize <= i).checked_sub(1)?;
        let row = self.rows.partition_point(|r| r.cell as usize <= cell).checked_sub(1)?;
        let first = self.rows.get(row)?.cell as usize;
        (self.cells.get(cell)?.1 as usize > i).then_some((row, cell - first))
    }

    /// The cells of a row.
    pub(crate) fn row(&self, row: usize) -> impl DoubleEndedIterator<Item = Cell> + '_ {
        let from = self.rows.get(row).map_or(0, |r| r.cell as usize);
        let to = self.rows.get(row + 1).map_or(self.cells.len(), |r| r.cell as usize);
        let cells = self.cells.get(from..to.max(from)).unwrap_or_default();
        cells.iter().map(|c| (c.0 as usize, c.1 as usize))
    }

    /// The cell of the heading above a cell.
    pub(crate) fn heading(&self, row: usize, column: usize) -> Option<Cell> {
        let above = self.rows.get(row)?.heading.checked_sub(1)? as usize;
        self.row(above).nth(column)
    }

    // Looks for a table at the line of token `i`.
    fn look(&mut self, view: &View<'_>, i: usize) {
        self.cells.clear();
        self.rows.clear();
        self.range = (0, 0);
        let tokens = view.tokens;
        let mut from = back(tokens, i, self.seen);
        // Headings hold no number, and a number is what brings one here.
        for _ in 0..HEADINGS {
            let above =
                from.checked_sub(1).filter(|a| *a >= self.seen && view.gap(from) == Gap::Line);
            let Some(above) = above.map(|a| back(tokens, a, self.seen)) else { break };
            let like = |a: Option<Line>, b: Option<Line>| match (a, b) {
                (Some(a), Some(b)) if a.bars > 0 => b.bars > 0,
                (Some(a), Some(b)) => a.wide >= 2 && a.wide == b.wide && b.bars == 0,
                _ => false,
            };
            if !like(line(tokens, above), line(tokens, from)) {
                break;
            }
            from = above;
        }
        let mut at = from;
        // Wide gaps of a row without bars, told by the first line.
        let mut gaps = None;
        let mut heading = 0;
        while let Some(Line { end, bars, wide, digits }) = line(tokens, at) {
            let drawn = bars > 0 && gaps.is_none();
            let set = bars == 0 && wide >= 2 && gaps.is_none_or(|g| g == wide);
            if !drawn && !(set && (gaps.is_some() || self.rows.is_empty())) {
                break;
            }
            if set {
                gaps = Some(wide);
            }
            let cell = self.cells.len() as u32;
            self.rows.push(Row { cell, heading });
            self.cut(tokens, at, end, drawn);
            if !digits {
                heading = self.rows.len() as u32;
            }
            at = end;
            if tokens.get(at).is_none_or(|t| t.gap() == Gap::Blank) {
                break;
            }
        }
        if self.rows.len() >= 2 {
            self.range = (from, at);
            self.seen = at;
        } else {
            self.cells.clear();
            self.rows.clear();
            // A line too long for a row is left behind in one step.
            self.seen = line(tokens, from).map_or(from + MAX_LINE, |l| l.end).max(i + 1);
        }
    }

    // Cuts a line into cells.
    fn cut(&mut self, tokens: &[Token], from: usize, to: usize, drawn: bool) {
        let mut start = from;
        for at in from..to {
            let Some(t) = tokens.get(at) else { break };
            if drawn && t.is_mark(b'|') {
                // A bar at the margin closes no cell.
                if at > from {
                    self.cells.push((start as u32, at as u32));
                }
                start = at + 1;
            } else if !drawn && at > from && t.gap() == Gap::Wide {
                self.cells.push((start as u32, at as u32));
                start = at;
            }
        }
        if start < to {
            self.cells.push((start as u32, to as u32));
        }
    }
}

// The first token of the line of token `i`, not before `floor`.
fn back(tokens: &[Token], i: usize, floor: usize) -> usize {
    let mut at = i;
    while at > floor && at + MAX_LINE > i && !tokens.get(at).is_none_or(|t| t.begins_line()) {
        at -= 1;
    }
    at
}

// A line: the token after it, its bars, its wide gaps, whether it holds digits.
struct Line {
    end: usize,
    bars: u32,
    wide: u32,
    digits: bool,
}

fn line(tokens: &[Token], at: usize) -> Option<Line> {
    let mut line = Line { end: at, bars: 0, wide: 0, digits: false };
    for t in tokens.get(at..)?.iter().take(MAX_LINE) {
        if line.end > at && t.begins_line() {
            break;
        }
        line.bars += u32::from(t.is_mark(b'|'));
        line.wide += u32::from(line.end > at && t.gap() == Gap::Wide);
        line.digits |= t.is_digits();
        line.end += 1;
    }
    (line.end > at && line.end - at < MAX_LINE).then_some(line)
}
