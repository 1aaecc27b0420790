//! Blocks laid out on A4 sheets: where each run of words stands, in points from the top left.
//!
//! Widths come from the Adobe core font metrics of the standard 14 fonts (AFM, public tables), so
//! that wrapping and right alignment are those of a real print.

use crate::compose::{Align, Block, Composed, Line, Style};
use crate::layout::Face;
use crate::words;

/// A4, in points.
pub(crate) const WIDTH: f32 = 595.0;
/// A4, in points.
pub(crate) const HEIGHT: f32 = 842.0;

/// A run of words on a sheet; `y` is the baseline.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub x: f32,
    pub y: f32,
    pub size: f32,
    pub face: Face,
    pub bold: bool,
    pub text: String,
}

/// A thin line or frame.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stroke {
    pub x: f32,
    pub y: f32,
    pub w: f32,
    pub h: f32,
}

/// One sheet.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sheet {
    pub runs: Vec<Run>,
    pub strokes: Vec<Stroke>,
    /// Filled rectangles: the dark squares of printed codes.
    pub fills: Vec<Stroke>,
}

impl Sheet {
    /// Prints a two-dimensional code of that side with its top left corner there.
    pub fn print_code(&mut self, text: &str, x: f32, y: f32, side: f32) {
        let rows = relu_formats::code::write(text).unwrap_or_default();
        let one = side / rows.len().max(1) as f32;
        for (j, row) in rows.iter().enumerate() {
            for (i, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
                let (x, y) = (x + i as f32 * one, y + j as f32 * one);
                self.fills.push(Stroke { x, y, w: one, h: one });
            }
        }
    }

    /// Whether nothing is printed in a rectangle.
    pub fn is_free(&self, x: f32, y: f32, side: f32) -> bool {
        let apart = |left: f32, top: f32, w: f32, h: f32| {
            left > x + side || left + w < x || top > y + side || top + h < y
        };
        self.runs
            .iter()
            .all(|r| apart(r.x, r.y - r.size, width(&r.text, r.face, r.bold, r.size), r.size * 1.3))
            && self.strokes.iter().all(|s| apart(s.x, s.y, s.w, s.h))
    }
}

#[rustfmt::skip]
const HELVETICA: [u16; 95] = [278,278,355,556,556,889,667,191,333,333,389,584,278,333,278,278,556,556,556,556,556,556,556,556,556,556,278,278,584,584,584,556,1015,667,667,722,722,667,611,778,722,278,500,667,556,833,722,778,667,778,722,667,611,722,667,944,667,667,611,278,278,278,469,556,333,556,556,500,556,556,278,556,556,222,222,500,222,833,556,556,556,556,333,500,278,556,500,722,500,500,500,334,260,334,584];
#[rustfmt::skip]
const HELVETICA_BOLD: [u16; 95] = [278,333,474,556,556,889,722,238,333,333,389,584,278,333,278,278,556,556,556,556,556,556,556,556,556,556,333,333,584,584,584,611,975,722,722,722,722,667,611,778,722,278,556,722,611,833,722,778,667,778,722,667,611,722,667,944,667,667,611,333,278,333,584,556,333,556,611,556,611,556,333,611,611,278,278,556,278,889,611,611,611,611,389,556,333,611,556,778,556,556,500,389,280,389,584];
#[rustfmt::skip]
const TIMES: [u16; 95] = [250,333,408,500,500,833,778,180,333,333,500,564,250,333,250,278,500,500,500,500,500,500,500,500,500,500,278,278,564,564,564,444,921,722,667,667,722,611,556,722,722,333,389,722,611,889,722,722,556,722,667,556,611,722,722,944,722,722,611,333,278,333,469,500,333,444,500,444,500,444,333,500,500,278,278,500,278,778,500,500,500,500,333,389,278,500,500,722,500,500,444,480,200,480,541];
#[rustfmt::skip]
const TIMES_BOLD: [u16; 95] = [250,333,555,500,500,1000,833,278,333,333,500,570,250,333,250,278,500,500,500,500,500,500,500,500,500,500,333,333,570,570,570,500,930,722,667,722,722,667,611,778,778,389,500,778,667,944,722,778,611,778,722,556,667,722,722,1000,722,722,667,333,278,333,581,500,333,500,556,444,556,444,333,500,556,278,333,556,278,833,556,500,556,556,444,389,333,556,500,722,500,500,444,394,220,394,520];

/// Width of `text` in points.
pub(crate) fn width(text: &str, face: Face, bold: bool, size: f32) -> f32 {
    let table = match (face, bold) {
        (Face::Courier, _) => return text.chars().count() as f32 * 0.6 * size,
        (Face::Helvetica, false) => &HELVETICA,
        (Face::Helvetica, true) => &HELVETICA_BOLD,
        (Face::Times, false) => &TIMES,
        (Face::Times, true) => &TIMES_BOLD,
    };
    // An accented letter is as wide as its base letter.
    let mils: u32 = words::unaccented(text)
        .chars()
        .map(|c| table.get((c as usize).wrapping_sub(32)).map_or(500, |w| u32::from(*w)))
        .sum();
    mils as f32 * size / 1000.0
}

/// The text cut into lines no wider than `limit`.
pub(crate) fn wrap(text: &str, face: Face, bold: bool, size: f32, limit: f32) -> Vec<String> {
    let mut out = Vec::new();
    let mut line = String::new();
    for word in text.split(' ') {
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        if !line.is_empty() && width(&longer, face, bold, size) > limit {
            out.push(std::mem::replace(&mut line, word.to_owned()));
        } else {
            line = longer;
        }
    }
    out.push(line);
    out
}

/// Lays the document out.
pub(crate) fn sheets(doc: &Composed) -> Vec<Sheet> {
    enlarged(doc, 1.0)
}

/// Lays the document out in letters so many times as large, so that it takes more sheets.
pub(crate) fn enlarged(doc: &Composed, times: f32) -> Vec<Sheet> {
    let mut p = Printer {
        face: doc.layout.face,
        size: doc.layout.size * times,
        left: doc.layout.margin,
        right: WIDTH - doc.layout.margin,
        y: 0.0,
        sheets: Vec::new(),
    };
    p.page_break();
    let mut first = true;
    for block in &doc.blocks {
        // A page break that opens the document would leave a blank sheet.
        if first && matches!(block, Block::PageBreak | Block::Space) {
            continue;
        }
        first = false;
        p.block(block);
    }
    let total = p.sheets.len().to_string();
    let (left, face) = (p.left, p.face);
    let mut sheets = p.sheets;
    for (i, sheet) in sheets.iter_mut().enumerate() {
        for (text, y) in [(&doc.header, 30.0), (&doc.footer, HEIGHT - 26.0)] {
            if !text.is_empty() {
                let text = text.replace("{pages}", &total).replace("{page}", &(i + 1).to_string());
                let mut size = 8.0f32;
                while width(&text, face, false, size) > WIDTH - 2.0 * left && size > 5.0 {
                    size -= 0.5;
                }
                let x = left;
                sheet.runs.push(Run { x, y, size, face, bold: false, text });
            }
        }
    }
    sheets
}

struct Printer {
    face: Face,
    size: f32,
    left: f32,
    right: f32,
    y: f32,
    sheets: Vec<Sheet>,
}

const TOP: f32 = 48.0;
const BOTTOM: f32 = HEIGHT - 52.0;

impl Printer {
    fn page_break(&mut self) {
        self.sheets.push(Sheet::default());
        self.y = TOP;
    }

    fn need(&mut self, height: f32) {
        if self.y + height > BOTTOM {
            self.page_break();
        }
    }

    fn sheet(&mut self) -> Option<&mut Sheet> {
        self.sheets.last_mut()
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Line(l) => {
                if l.style == Style::Heading {
                    // A heading is not left alone at the foot of a page.
                    self.need(self.size * 4.5);
                    self.y += self.size * 0.4;
                }
                self.text(l, self.left, self.right);
            }
            Block::Columns(part, a, b) => {
                let middle = self.left + (self.right - self.left) * part / 100.0;
                let tall = a.len().max(b.len()) as f32 * self.size * 1.4;
                self.need(tall.min(BOTTOM - TOP));
                let (top, page) = (self.y, self.sheets.len());
                a.iter().for_each(|l| self.text(l, self.left, middle - 8.0));
                let left_end = if self.sheets.len() == page { self.y } else { BOTTOM };
                if self.sheets.len() == page {
                    self.y = top;
                }
                b.iter().for_each(|l| self.text(l, middle + 4.0, self.right));
                self.y = if self.sheets.len() == page { self.y.max(left_end) } else { self.y };
            }
            Block::Frame(start, lines) => {
                let left = self.left + (self.right - self.left) * start / 100.0;
                let n: usize =
                    lines.iter().map(|l| self.wrapped(l, left + 6.0, self.right).len()).sum();
                let tall = n as f32 * self.size * 1.4 + 10.0;
                self.need(tall);
                let (top, right) = (self.y, self.right);
                self.y += 5.0;
                lines.iter().for_each(|l| self.text(l, left + 6.0, right - 6.0));
                self.y += 3.0;
                let (y, h) = (top, self.y - top);
                if let Some(s) = self.sheet() {
                    s.strokes.push(Stroke { x: left, y, w: right - left, h });
                }
                self.y += 4.0;
            }
            Block::Table(head, rows) => self.table(*head, rows),
            Block::Rule => {
                let (x, y, w) = (self.left, self.y + 3.0, self.right - self.left);
                if let Some(s) = self.sheet() {
                    s.strokes.push(Stroke { x, y, w, h: 0.0 });
                }
                self.y += 8.0;
            }
            Block::Space => self.y += self.size * 0.7,
            Block::PageBreak => self.page_break(),
        }
    }

    fn look(&self, style: Style) -> (Face, bool, f32) {
        match style {
            Style::Title => (self.face, true, self.size + 4.0),
            Style::Heading => (self.face, true, self.size + 1.0),
            Style::Bold => (self.face, true, self.size),
            Style::Small => (self.face, false, (self.size - 2.0).max(7.0)),
            Style::Mono => (Face::Courier, false, (self.size - 1.0).min(8.5)),
            Style::Body | Style::Bullet => (self.face, false, self.size),
        }
    }

    fn wrapped(&self, line: &Line, left: f32, right: f32) -> Vec<String> {
        let (face, bold, size) = self.look(line.style);
        if line.style == Style::Mono {
            return vec![line.text.clone()];
        }
        let indent = if line.style == Style::Bullet { 12.0 } else { 0.0 };
        wrap(&line.text, face, bold, size, right - left - indent)
    }

    fn text(&mut self, line: &Line, left: f32, right: f32) {
        let (face, bold, size) = self.look(line.style);
        let bullet = line.style == Style::Bullet;
        for (i, text) in self.wrapped(line, left, right).into_iter().enumerate() {
            self.need(size * 1.35);
            self.y += size * 1.3;
            let w = width(&text, face, bold, size);
            let x = match line.align {
                Align::Left if bullet => left + 12.0,
                Align::Left => left,
                Align::Centre => left + ((right - left - w) / 2.0).max(0.0),
                Align::Right => (right - w).max(left),
            };
            let y = self.y;
            if let Some(s) = self.sheet() {
                if bullet && i == 0 {
                    let dash = "-".to_owned();
                    s.runs.push(Run { x: left + 3.0, y, size, face, bold, text: dash });
                }
                if !text.is_empty() {
                    s.runs.push(Run { x, y, size, face, bold, text });
                }
            }
        }
    }

    fn table(&mut self, head: bool, rows: &[Vec<String>]) {
        let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
        if columns == 0 {
            return;
        }
        let (face, size) = (self.face, self.size);
        // A column is as wide as its longest cell, within what the sheet gives. A lone cell (the
        // name of a group of results) spans the row and does not count.
        let mut wanted: Vec<f32> = (0..columns)
            .map(|c| {
                rows.iter()
                    .filter(|r| r.len() > 1 || columns == 1)
                    .filter_map(|r| r.get(c))
                    .map(|t| width(t, face, head, size) + 10.0)
                    .fold(30.0, f32::max)
            })
            .collect();
        let room = self.right - self.left;
        let total: f32 = wanted.iter().sum();
        if total > room {
            let share = room / columns as f32;
            let spare: f32 = wanted.iter().filter(|w| **w <= share).map(|w| share - w).sum();
            let wide: f32 = wanted.iter().filter(|w| **w > share).map(|w| w - share).sum();
            for w in wanted.iter_mut().filter(|w| **w > share) {
                *w = share + spare * (*w - share) / wide.max(1.0);
            }
        } else {
            let extra = (room - total) / columns as f32;
            wanted.iter_mut().for_each(|w| *w += extra);
        }
        for (i, row) in rows.iter().enumerate() {
            let bold = (head && i == 0) || (row.len() == 1 && columns > 1);
            let cells: Vec<Vec<String>> = row
                .iter()
                .enumerate()
                .map(|(c, t)| {
                    let w =
                        if row.len() == 1 { room } else { wanted.get(c).copied().unwrap_or(60.0) };
                    wrap(t, face, bold, size, w - 6.0)
                })
                .collect();
            let n = cells.iter().map(Vec::len).max().unwrap_or(1);
            let tall = n as f32 * size * 1.25 + 5.0;
            self.need(tall);
            let mut x = self.left;
            for (c, lines) in cells.iter().enumerate() {
                for (k, text) in lines.iter().enumerate() {
                    let y = self.y + size * 1.15 + k as f32 * size * 1.25;
                    if !text.is_empty() {
                        let text = text.clone();
                        if let Some(s) = self.sheet() {
                            s.runs.push(Run { x: x + 3.0, y, size, face, bold, text });
                        }
                    }
                }
                x += wanted.get(c).copied().unwrap_or(60.0);
            }
            self.y += tall;
            let (x, y, w) = (self.left, self.y, room);
            if head && let Some(s) = self.sheet() {
                s.strokes.push(Stroke { x, y, w, h: 0.0 });
            }
        }
        self.y += 4.0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_fit_and_no_word_is_lost() {
        let text = "Nous avons vu ce jour en consultation votre patiente pour un avis spécialisé.";
        let lines = wrap(text, Face::Helvetica, false, 10.0, 120.0);
        assert!(lines.len() > 2);
        assert!(lines.iter().all(|l| width(l, Face::Helvetica, false, 10.0) <= 120.0));
        assert_eq!(lines.join(" "), text);
    }
}
