//! Squares of a page that could be a code: as much dark as light in every part of them, in both
//! directions, and paper around.
//!
//! The page is cut into cells; a cell in which neither dark nor light prevails is *mixed*. Mixed cells
//! that touch make a patch, and a patch about as wide as high is a square. Text leaves white between
//! its lines, pictures have no sharp border: both seldom make one. Units: pixels.

use image::GrayImage;

/// Cells across a page, for small codes and for large ones.
const ACROSS: [u32; 2] = [165, 55];
/// Share of dark pixels in a mixed cell, in percent.
const MIXED: std::ops::RangeInclusive<u32> = 22..=85;
/// Smallest and largest side of a patch, in cells.
const SIDE: std::ops::RangeInclusive<u32> = 5..=48;
/// Share of mixed cells in a patch, in percent.
const FULL: u32 = 60;

/// A rectangle of the page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Square {
    pub x: u32,
    pub y: u32,
    pub width: u32,
    pub height: u32,
}

impl Square {
    /// Whether the middle of another lies in it.
    pub(super) fn holds(&self, other: &Square) -> bool {
        let (x, y) = (other.x + other.width / 2, other.y + other.height / 2);
        (self.x..self.x + self.width).contains(&x) && (self.y..self.y + self.height).contains(&y)
    }

    /// With so many pixels more on each side, inside the page.
    pub(super) fn widened(&self, margin: u32, page: (u32, u32)) -> Square {
        let (x, y) = (self.x.saturating_sub(margin), self.y.saturating_sub(margin));
        let side = |from: u32, start: u32, length: u32, most: u32| {
            (start + length + margin).min(most).saturating_sub(from)
        };
        Square {
            x,
            y,
            width: side(x, self.x, self.width, page.0),
            height: side(y, self.y, self.height, page.1),
        }
    }
}

/// The squares, with a margin of paper.
pub(super) fn squares(page: &GrayImage) -> Vec<Square> {
    let level = dark_level(page);
    let mut out: Vec<Square> = Vec::new();
    for across in ACROSS {
        let cell = (page.width() / across).max(4);
        for square in Cells::of(page, cell, level).patches() {
            if !out.iter().any(|s| s.holds(&square)) {
                out.push(square);
            }
        }
    }
    out
}

/// Two thirds of the grey of the paper: what is darker is ink.
pub(super) fn dark_level(page: &GrayImage) -> u8 {
    let mut counts = [0_u32; 256];
    for p in page.as_raw().iter().step_by(7) {
        if let Some(count) = counts.get_mut(usize::from(*p)) {
            *count += 1;
        }
    }
    let paper = (0_u8..=255).zip(&counts).max_by_key(|(_, n)| **n).map_or(255, |(v, _)| v);
    (paper / 3).saturating_mul(2).max(60)
}

pub(super) struct Cells {
    cell: u32,
    columns: u32,
    rows: u32,
    mixed: Vec<bool>,
    page: (u32, u32),
}

impl Cells {
    fn of(page: &GrayImage, cell: u32, level: u8) -> Cells {
        let (columns, rows) = (page.width() / cell, page.height() / cell);
        let mut dark = vec![0_u32; columns as usize * rows as usize];
        let wide = page.width().max(1) as usize;
        for (y, row) in (0_u32..).zip(page.as_raw().chunks_exact(wide)) {
            for (x, p) in (0_u32..).zip(row) {
                if *p < level && x / cell < columns && y / cell < rows {
                    let at = (y / cell * columns + x / cell) as usize;
                    dark.get_mut(at).into_iter().for_each(|n| *n += 1);
                }
            }
        }
        let mixed = dark.iter().map(|n| MIXED.contains(&(n * 100 / (cell * cell)))).collect();
        Cells { cell, columns, rows, mixed, page: page.dimensions() }
    }

    /// Cells told from outside.
    pub(super) fn marked(
        page: &GrayImage,
        cell: u32,
        columns: u32,
        rows: u32,
        mixed: Vec<bool>,
    ) -> Cells {
        Cells { cell, columns, rows, mixed, page: page.dimensions() }
    }

    /// Takes the patch out that holds a cell, when it is mixed and was not taken.
    pub(super) fn take(&mut self, at: u32) -> Option<(u32, u32, u32, u32, u32)> {
        let mixed = self.mixed.get(at as usize).copied().unwrap_or(false);
        mixed.then(|| self.patch(at))
    }

    /// Patches of mixed cells that are about square.
    fn patches(mut self) -> Vec<Square> {
        let mut out = Vec::new();
        for at in 0..self.mixed.len() {
            if self.mixed.get(at) != Some(&true) {
                continue;
            }
            let (left, top, right, bottom, cells) = self.patch(at as u32);
            let (w, h) = (right - left + 1, bottom - top + 1);
            let square = w.min(h) * 10 >= w.max(h) * 7;
            if square && SIDE.contains(&w) && SIDE.contains(&h) && cells * 100 >= w * h * FULL {
                out.push(self.around(left, top, w, h));
            }
        }
        out
    }

    /// Takes a patch out; gives its corners and how many cells it has.
    fn patch(&mut self, start: u32) -> (u32, u32, u32, u32, u32) {
        let (mut left, mut top, mut right, mut bottom, mut cells) = (u32::MAX, u32::MAX, 0, 0, 0);
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            match self.mixed.get_mut(at as usize) {
                Some(mixed) if *mixed => *mixed = false,
                _ => continue,
            }
            let (x, y) = (at % self.columns, at / self.columns);
            cells += 1;
            (left, right) = (left.min(x), right.max(x));
            (top, bottom) = (top.min(y), bottom.max(y));
            let next = [
                (x > 0).then(|| at - 1),
                (x + 1 < self.columns).then_some(at + 1),
                (y > 0).then(|| at - self.columns),
                (y + 1 < self.rows).then_some(at + self.columns),
            ];
            open.extend(next.into_iter().flatten());
        }
        (left, top, right, bottom, cells)
    }

    fn around(&self, left: u32, top: u32, w: u32, h: u32) -> Square {
        // A cell at the border may be dark by less than it takes to be mixed.
        let margin = self.cell * 2;
        let (x, y) =
            ((left * self.cell).saturating_sub(margin), (top * self.cell).saturating_sub(margin));
        let side = |from: u32, cells: u32, most: u32| {
            (cells * self.cell + 2 * margin).min(most.saturating_sub(from))
        };
        Square { x, y, width: side(x, w, self.page.0), height: side(y, h, self.page.1) }
    }
}
