//! Regions of a page that look like a two-dimensional code, whether or not it can be read: half black,
//! changing as often across as down, square, alike in all their parts, with paper around.
//!
//! The page is counted once by cells; windows of cells that pass make patches; each patch is grown to
//! the paper around it and looked at by itself. What must hold is data, `dense.toml`, with reasons.
//! Units: millimetres in the data, pixels here. Findings and errors: none.
//! Source: ISO/IEC 16022 (Data Matrix), ISO/IEC 18004 (QR).

use std::sync::LazyLock;

use image::{GrayImage, imageops};
use serde::Deserialize;

use super::find::{Cells, Square, dark_level};
use super::threshold;

/// Most patches of a page that are looked at.
const MAX_PATCHES: usize = 64;
/// Squares across and down into which a region is cut to see whether it is alike everywhere.
const PARTS: usize = 5;
/// Share of black under which a line is blank, and in a part that has both.
const BLANK: f32 = 0.12;
const BOTH: std::ops::RangeInclusive<f32> = 0.15..=0.85;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limit {
    min: f32,
    max: f32,
    /// Read by people.
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
}

impl Limit {
    fn holds(&self, value: f32) -> bool {
        (self.min..=self.max).contains(&value)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    cell: Limit,
    window: Limit,
    dark: Limit,
    changes: Limit,
    balance: Limit,
    side: Limit,
    aspect: Limit,
    grow: Limit,
    blank: Limit,
    even: Limit,
    contrast: Limit,
    around: Limit,
    words: Limit,
}

/// The file is checked by a test: it cannot fail here.
static LIMITS: LazyLock<Option<Limits>> =
    LazyLock::new(|| toml::from_str(include_str!("dense.toml")).ok());

/// Share of a region that words may cover.
pub(super) fn covered_by_words() -> f32 {
    LIMITS.as_ref().map_or(1.0, |l| l.words.max)
}

/// The regions of a page. `points` is the size of a pixel in points, across and down.
pub(super) fn regions(page: &GrayImage, points: (f32, f32)) -> Vec<Square> {
    let Some(limits) = LIMITS.as_ref() else { return Vec::new() };
    let mm = 72.0 / 25.4 / ((points.0 + points.1) / 2.0).max(0.01);
    let cell = (limits.cell.min * mm).round() as u32;
    if cell < 3 || page.width() < cell * 8 || page.height() < cell * 8 {
        return Vec::new();
    }
    let look = Look { page, limits, mm, level: dark_level(page) };
    let mut out: Vec<Square> = Vec::new();
    for patch in look.patches(cell) {
        if let Some(region) = look.region(patch)
            && !out.iter().any(|s| s.holds(&region) || region.holds(s))
        {
            out.push(region);
        }
    }
    out
}

struct Look<'p> {
    page: &'p GrayImage,
    limits: &'p Limits,
    /// Pixels a millimetre.
    mm: f32,
    level: u8,
}

impl Look<'_> {
    /// Patches of windows that could be inside a code.
    fn patches(&self, cell: u32) -> Vec<Square> {
        let counts = Counts::of(self.page, cell, self.level);
        let reach = ((self.limits.window.min / self.limits.cell.min) as u32 / 2).max(1);
        let inside = counts.windows(reach).map(|w| self.could_be(&w)).collect();
        let mut cells = Cells::marked(self.page, cell, counts.columns, counts.rows, inside);
        let mut out = Vec::new();
        for at in 0..counts.columns * counts.rows {
            let Some((left, top, right, bottom, _)) = cells.take(at) else { continue };
            let (w, h) = (right - left + 1, bottom - top + 1);
            // A window's centre lies inside by half a window at most.
            let long = (w.max(h) * cell) as f32 / self.mm;
            if w.min(h) >= 2 && w.max(h) <= w.min(h) * 3 && long <= self.limits.side.max {
                out.push(Square {
                    x: left * cell,
                    y: top * cell,
                    width: w * cell,
                    height: h * cell,
                });
            }
            if out.len() >= MAX_PATCHES {
                break;
            }
        }
        out
    }

    fn could_be(&self, w: &Window) -> bool {
        let area = w.area.max(1) as f32;
        let (across, down) = (w.across as f32 / area * self.mm, w.down as f32 / area * self.mm);
        self.limits.dark.holds(w.dark as f32 / area)
            && self.limits.changes.holds(across)
            && self.limits.changes.holds(down)
            && self.limits.balance.holds(across / down.max(0.001))
    }

    /// The whole of a code around a patch, when it is one.
    fn region(&self, patch: Square) -> Option<Square> {
        let margin = (self.limits.window.min * 1.6 * self.mm) as u32;
        let place = patch.widened(margin, self.page.dimensions());
        let cut =
            imageops::crop_imm(self.page, place.x, place.y, place.width, place.height).to_image();
        let ink = Ink::of(&cut)?;
        if !self.limits.contrast.holds(ink.contrast) {
            return None;
        }
        let start = Square { x: patch.x - place.x, y: patch.y - place.y, ..patch };
        let grown = self.grown(&ink, start);
        self.is_code(&ink, grown).then(|| {
            let found = Square { x: place.x + grown.x, y: place.y + grown.y, ..grown };
            found.widened(self.mm as u32, self.page.dimensions())
        })
    }

    /// Takes bands at the sides in as long as they are dark enough.
    fn grown(&self, ink: &Ink, mut s: Square) -> Square {
        let band = (self.mm * 0.6).round().max(1.0) as u32;
        let dark = |s: Square| ink.share(s) >= self.limits.grow.min;
        loop {
            let before = s;
            if s.x >= band && dark(Square { x: s.x - band, width: band, ..s }) {
                (s.x, s.width) = (s.x - band, s.width + band);
            }
            if s.y >= band && dark(Square { y: s.y - band, height: band, ..s }) {
                (s.y, s.height) = (s.y - band, s.height + band);
            }
            if s.x + s.width + band <= ink.width
                && dark(Square { x: s.x + s.width, width: band, ..s })
            {
                s.width += band;
            }
            if s.y + s.height + band <= ink.height
                && dark(Square { y: s.y + s.height, height: band, ..s })
            {
                s.height += band;
            }
            if s == before {
                return s;
            }
        }
    }

    fn is_code(&self, ink: &Ink, s: Square) -> bool {
        let l = self.limits;
        let (w, h) = (s.width as f32 / self.mm, s.height as f32 / self.mm);
        let (across, down) = ink.changes(s);
        let (across, down) = (across * self.mm, down * self.mm);
        l.side.holds(w.min(h))
            && l.side.holds(w.max(h))
            && l.aspect.holds(w.min(h) / w.max(h))
            && l.dark.holds(ink.share(s))
            && l.changes.holds(across)
            && l.changes.holds(down)
            && l.balance.holds(across / down.max(0.001))
            && l.blank.holds(ink.blank(s))
            && l.even.holds(ink.even(s))
            && self.is_apart(ink, s)
    }

    /// Whether there is paper around, on three sides at least.
    fn is_apart(&self, ink: &Ink, s: Square) -> bool {
        let band = (self.mm * 1.2).round().max(1.0) as u32;
        let sides = [
            s.x.checked_sub(band).map(|x| Square { x, width: band, ..s }),
            s.y.checked_sub(band).map(|y| Square { y, height: band, ..s }),
            Some(Square { x: s.x + s.width, width: band, ..s }),
            Some(Square { y: s.y + s.height, height: band, ..s }),
        ];
        // The edge of the page is paper too.
        let clear = |side: &Option<Square>| {
            side.is_none_or(|side| self.limits.around.holds(ink.share(side)))
        };
        sides.iter().filter(|side| clear(side)).count() >= 3
    }
}

/// Black pixels, and changes of colour across and down, of each cell.
struct Counts {
    columns: u32,
    rows: u32,
    cell: u32,
    cells: Vec<[u32; 3]>,
}

/// The same of several cells.
struct Window {
    area: u32,
    dark: u32,
    across: u32,
    down: u32,
}

impl Counts {
    fn of(page: &GrayImage, cell: u32, level: u8) -> Counts {
        let (columns, rows) = (page.width() / cell, page.height() / cell);
        let mut cells = vec![[0_u32; 3]; columns as usize * rows as usize];
        let wide = page.width().max(1) as usize;
        let mut above: &[u8] = &[];
        for (y, row) in (0_u32..rows * cell).zip(page.as_raw().chunks_exact(wide)) {
            let first = (y / cell * columns) as usize;
            let line = cells.get_mut(first..first + columns as usize).unwrap_or_default();
            let mut before = false;
            for ((at, pixels), counts) in
                row.chunks_exact(cell as usize).enumerate().zip(line.iter_mut())
            {
                let over = above.get(at * cell as usize..).unwrap_or_default();
                let mut over = over.iter();
                for p in pixels {
                    let dark = *p < level;
                    counts[0] += u32::from(dark);
                    counts[1] += u32::from(dark != before);
                    counts[2] += u32::from(over.next().is_some_and(|o| (*o < level) != dark));
                    before = dark;
                }
            }
            above = row;
        }
        Counts { columns, rows, cell, cells }
    }

    /// The window around each cell; at the edge of the page, what there is of it.
    fn windows(&self, reach: u32) -> impl Iterator<Item = Window> + '_ {
        let wide = self.columns as usize + 1;
        let mut sums = vec![[0_u64; 3]; wide * (self.rows as usize + 1)];
        for (at, counts) in self.cells.iter().enumerate() {
            let (x, y) = (at % self.columns as usize, at / self.columns as usize);
            let here = (y + 1) * wide + x + 1;
            for k in 0..3 {
                let of = |i: usize| sums.get(i).and_then(|s| s.get(k)).copied().unwrap_or(0);
                let count = counts.get(k).copied().unwrap_or(0);
                let sum = u64::from(count) + of(here - 1) + of(here - wide) - of(here - wide - 1);
                sums.get_mut(here).and_then(|s| s.get_mut(k)).into_iter().for_each(|s| *s = sum);
            }
        }
        let area = self.cell * self.cell;
        (0..self.rows).flat_map(move |y| (0..self.columns).map(move |x| (x, y))).map(
            move |(x, y)| {
                let (x0, y0) = (x.saturating_sub(reach), y.saturating_sub(reach));
                let (x1, y1) = ((x + reach + 1).min(self.columns), (y + reach + 1).min(self.rows));
                let at = |x: u32, y: u32, k: usize| {
                    let sum = sums.get(y as usize * wide + x as usize);
                    sum.and_then(|s| s.get(k)).copied().unwrap_or(0)
                };
                let sum =
                    |k| (at(x1, y1, k) + at(x0, y0, k) - at(x0, y1, k) - at(x1, y0, k)) as u32;
                let cells = (x1 - x0) * (y1 - y0);
                Window { area: cells * area, dark: sum(0), across: sum(1), down: sum(2) }
            },
        )
    }
}

/// A piece of the page in black and white.
struct Ink {
    width: u32,
    height: u32,
    dark: Vec<bool>,
    /// Grey between the mean of what is dark and of what is light.
    contrast: f32,
}

impl Ink {
    fn of(cut: &GrayImage) -> Option<Ink> {
        let level = threshold(cut);
        let dark: Vec<bool> = cut.as_raw().iter().map(|p| *p < level).collect();
        let mean = |wanted: bool| {
            let of = cut.as_raw().iter().zip(&dark).filter(|(_, d)| **d == wanted);
            let (n, sum) = of.fold((0_u64, 0_u64), |(n, sum), (p, _)| (n + 1, sum + u64::from(*p)));
            (n > 0).then(|| sum as f32 / n as f32)
        };
        let contrast = mean(false)? - mean(true)?;
        Some(Ink { width: cut.width(), height: cut.height(), dark, contrast })
    }

    fn row(&self, y: u32, s: Square) -> &[bool] {
        let start = y as usize * self.width as usize;
        let (from, to) = (s.x.min(self.width), (s.x + s.width).min(self.width));
        let row = self.dark.get(start + from as usize..start + to as usize);
        row.filter(|_| y < self.height).unwrap_or_default()
    }

    fn rows(&self, s: Square) -> impl Iterator<Item = &[bool]> {
        (s.y..s.y + s.height).map(move |y| self.row(y, s)).filter(|r| !r.is_empty())
    }

    /// Share of black.
    fn share(&self, s: Square) -> f32 {
        let (mut dark, mut all) = (0_usize, 0_usize);
        for row in self.rows(s) {
            dark += row.iter().filter(|d| **d).count();
            all += row.len();
        }
        dark as f32 / all.max(1) as f32
    }

    /// Changes of colour a pixel, across and down.
    fn changes(&self, s: Square) -> (f32, f32) {
        let (mut across, mut down, mut all) = (0_usize, 0_usize, 0_usize);
        let mut above: &[bool] = &[];
        for row in self.rows(s) {
            across += row.iter().zip(row.iter().skip(1)).filter(|(a, b)| a != b).count();
            down += row.iter().zip(above).filter(|(a, b)| a != b).count();
            all += row.len();
            above = row;
        }
        let all = all.max(1) as f32;
        (across as f32 / all, down as f32 / all)
    }

    /// The larger share of blank lines, of rows or of columns.
    fn blank(&self, s: Square) -> f32 {
        let mut columns = vec![0_u32; s.width as usize];
        let (mut blank, mut rows) = (0_u32, 0_u32);
        for row in self.rows(s) {
            rows += 1;
            let mut dark = 0_u32;
            for (column, d) in columns.iter_mut().zip(row) {
                *column += u32::from(*d);
                dark += u32::from(*d);
            }
            blank += u32::from((dark as f32) < BLANK * row.len() as f32);
        }
        let rows = rows.max(1) as f32;
        let white = columns.iter().filter(|c| (**c as f32) < BLANK * rows).count();
        (blank as f32 / rows).max(white as f32 / columns.len().max(1) as f32)
    }

    /// Share of the parts of a region that have both black and white.
    fn even(&self, s: Square) -> f32 {
        let parts = PARTS as u32;
        let (w, h) = (s.width / parts, s.height / parts);
        let part =
            |n: u32| Square { x: s.x + n % parts * w, y: s.y + n / parts * h, width: w, height: h };
        let both = (0..parts * parts).filter(|n| BOTH.contains(&self.share(part(*n)))).count();
        both as f32 / (PARTS * PARTS) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn the_file_is_right_and_every_limit_says_why() {
        let limits: Limits = toml::from_str(include_str!("dense.toml")).unwrap();
        let all = [&limits.cell, &limits.dark, &limits.side, &limits.words];
        assert!(all.iter().all(|l| l.min <= l.max && !l.why.is_empty() && !l.source.is_empty()));
    }

    /// A page at 300 dots per inch with one square of that many millimetres, each of its modules as told.
    fn page(side: f32, modules: u32, dark: impl Fn(u32, u32) -> bool) -> GrayImage {
        let px = |mm: f32| (mm * 300.0 / 25.4).round() as u32;
        let mut out = GrayImage::from_pixel(px(210.0), px(297.0), Luma([245]));
        let side = px(side);
        for y in 0..side {
            for x in 0..side {
                if dark(x * modules / side, y * modules / side) {
                    out.put_pixel(px(120.0) + x, px(40.0) + y, Luma([20]));
                }
            }
        }
        out
    }

    fn noise(x: u32, y: u32) -> u32 {
        let n = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(2_246_822_519))
            .wrapping_mul(3_266_489_917);
        (n >> 16) & 255
    }

    #[test]
    fn codes_of_every_size_are_seen_whether_they_can_be_read_or_not() {
        let points = (72.0 / 300.0, 72.0 / 300.0);
        for (side, modules) in
            [(10.0, 18), (12.0, 24), (20.0, 44), (20.0, 52), (30.0, 52), (45.0, 64)]
        {
            let found = regions(&page(side, modules, |x, y| noise(x, y) < 128), points);
            assert_eq!(found.len(), 1, "{side} mm, {modules} modules");
            let px = |mm: f32| (mm * 300.0 / 25.4) as u32;
            let f = found[0];
            assert!(f.x <= px(120.0) && f.y <= px(40.0), "{side} mm: {f:?}");
            assert!(
                f.x + f.width >= px(120.0 + side) && f.y + f.height >= px(40.0 + side),
                "{f:?}"
            );
            assert!(f.width <= px(side + 8.0), "{side} mm: {f:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_taken_for_one() {
        let points = (72.0 / 300.0, 72.0 / 300.0);
        let white = |_: u32, _: u32| false;
        for (what, page) in [
            ("nothing", page(20.0, 40, white)),
            ("a flat", page(20.0, 40, |_, _| true)),
            ("bars", page(25.0, 50, |x, _| noise(x, 0) < 128)),
            ("a grid", page(40.0, 80, |x, y| x % 10 == 0 || y % 10 == 0)),
            ("lines of text", page(40.0, 100, |x, y| y % 5 < 2 && noise(x, y) < 170)),
            ("a fine screen", page(30.0, 350, |x, y| (x + y) % 2 == 0)),
            ("a sparse drawing", page(30.0, 40, |x, y| noise(x, y) < 45)),
        ] {
            assert!(regions(&page, points).is_empty(), "{what}");
        }
        assert!(regions(&GrayImage::new(0, 0), points).is_empty());
        assert!(regions(&GrayImage::new(40, 40), (0.0, 0.0)).is_empty());
    }
}
