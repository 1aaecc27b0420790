//! A page picture made ready for recognition: upright, straight, on a white ground, without specks.
//!
//! Shapes: grey pixels in, grey pixels out with the transform back to the pixels given. A page
//! without ink, or whose lines do not show, is left as it is. Findings and errors: none.
//! Sources: projection profiles for skew (W. Postl, "Detection of linear oblique structures and skew
//! scan in digitized documents", 1986); ascenders outnumber descenders in Latin print.

use image::{GrayImage, imageops};

/// A cleaned picture, and how its pixels lie on the one given.
pub(super) struct Cleaned {
    pub image: GrayImage,
    /// `[a, b, c, d, e, f]`: `x = a·px + c·py + e`, `y = b·px + d·py + f`.
    pub to_source: [f32; 6],
}

/// Width of the small picture on which the position of the page is judged.
const SMALL_WIDTH: u32 = 1_000;
/// Largest skew looked for, in degrees.
const MAX_SKEW: f32 = 6.0;
/// Skew not worth a correction, in degrees: recognition follows it by itself.
const MIN_SKEW: f32 = 0.2;
/// Side of the squares whose background is measured, in pixels.
const TILE: u32 = 64;

/// Cleans a page; `over` turns it the other way up than its lines seem to say.
pub(super) fn clean(source: GrayImage, over: bool) -> Cleaned {
    let (width, height) = (source.width() as f32, source.height() as f32);
    let flat = without_specks(on_white(source));
    let ink = Ink::of(&flat);
    if ink.dots.len() < 200 {
        return Cleaned { image: flat, to_source: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0] };
    }
    let (turn, skew) = position(&ink);
    let turn = if over { turn.over() } else { turn };
    let (image, turned) = match turn {
        Turn::None => (flat, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]),
        Turn::Quarter => (imageops::rotate90(&flat), [0.0, -1.0, 1.0, 0.0, 0.0, height]),
        Turn::Half => (imageops::rotate180(&flat), [-1.0, 0.0, 0.0, -1.0, width, height]),
        Turn::ThreeQuarters => (imageops::rotate270(&flat), [0.0, 1.0, -1.0, 0.0, width, 0.0]),
    };
    if skew.abs() < MIN_SKEW {
        return Cleaned { image, to_source: turned };
    }
    let (image, straightened) = straighten(&image, skew);
    Cleaned { image, to_source: after(turned, straightened) }
}

/// Quarter turns to give to the picture, clockwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Turn {
    None,
    Quarter,
    Half,
    ThreeQuarters,
}

impl Turn {
    /// The same lines the other way up.
    fn over(self) -> Turn {
        match self {
            Turn::None => Turn::Half,
            Turn::Quarter => Turn::ThreeQuarters,
            Turn::Half => Turn::None,
            Turn::ThreeQuarters => Turn::Quarter,
        }
    }
}

/// `outer` applied to the result of `inner`.
fn after(outer: [f32; 6], inner: [f32; 6]) -> [f32; 6] {
    let [a, b, c, d, e, f] = outer;
    let apply = |x: f32, y: f32| (a * x + c * y, b * x + d * y);
    let (x, y) = (apply(inner[0], inner[1]), apply(inner[2], inner[3]));
    let o = apply(inner[4], inner[5]);
    [x.0, x.1, y.0, y.1, o.0 + e, o.1 + f]
}

/// Dark dots of the small picture, long straight lines left out.
struct Ink {
    width: usize,
    height: usize,
    dots: Vec<(u16, u16)>,
}

impl Ink {
    fn of(image: &GrayImage) -> Ink {
        let factor =
            image.width().max(image.height()).div_ceil(SMALL_WIDTH + SMALL_WIDTH / 2).max(1);
        let (width, height) =
            ((image.width() / factor) as usize, (image.height() / factor) as usize);
        let mut dark = vec![false; width * height];
        let raw = image.as_raw();
        let stride = image.width() as usize;
        let factor = factor as usize;
        for y in 0..height {
            for x in 0..width {
                let mut sum = 0usize;
                for row in 0..factor {
                    let from = (y * factor + row) * stride + x * factor;
                    let cell = raw.get(from..from + factor).unwrap_or_default();
                    sum += cell.iter().map(|&p| usize::from(p)).sum::<usize>();
                }
                dark[y * width + x] = sum < 170 * factor * factor;
            }
        }
        drop_lines(&mut dark, width, height);
        let dots = (0..height)
            .flat_map(|y| (0..width).map(move |x| (x, y)))
            .filter(|&(x, y)| dark[y * width + x])
            .map(|(x, y)| (x as u16, y as u16))
            .collect();
        Ink { width, height, dots }
    }

    /// The same ink a quarter turn clockwise.
    fn turned(&self) -> Ink {
        let last = self.height.saturating_sub(1) as u16;
        let dots = self.dots.iter().map(|&(x, y)| (last - y, x)).collect();
        Ink { width: self.height, height: self.width, dots }
    }

    /// Ink per row once lines sloping by `degrees` are laid flat.
    fn profile(&self, degrees: f32) -> Vec<f32> {
        let slope = degrees.to_radians().tan();
        let margin = (self.width as f32 * slope.abs()).ceil() + 1.0;
        let mut rows = vec![0.0f32; self.height + 2 * margin as usize + 2];
        for &(x, y) in &self.dots {
            let row = f32::from(y) - f32::from(x) * slope + margin;
            if let Some(row) = rows.get_mut(row.max(0.0) as usize) {
                *row += 1.0;
            }
        }
        rows
    }

    /// How sharply lines and the white between them stand out, for that slope.
    fn sharpness(&self, degrees: f32) -> f32 {
        let rows = self.profile(degrees);
        rows.windows(2).map(|w| (w[1] - w[0]) * (w[1] - w[0])).sum()
    }

    /// The slope at which lines stand out most, and how much.
    fn skew(&self) -> (f32, f32) {
        let best = |from: f32, to: f32, step: f32| {
            let mut best = (0.0, -1.0);
            let mut angle = from;
            while angle <= to {
                let sharp = self.sharpness(angle);
                if sharp > best.1 {
                    best = (angle, sharp);
                }
                angle += step;
            }
            best
        };
        let (coarse, _) = best(-MAX_SKEW, MAX_SKEW, 0.5);
        best(coarse - 0.4, coarse + 0.4, 0.1)
    }

    /// Above 0 when letters reach above their line more than below: the text stands upright.
    fn uprightness(&self, degrees: f32) -> f32 {
        let rows = self.profile(degrees);
        let (mut above, mut below, mut lines) = (0.0, 0.0, 0);
        let mut at = 0;
        while at < rows.len() {
            let end = at + rows[at..].iter().take_while(|&&p| p > 0.0).count();
            let line = rows.get(at..end).unwrap_or_default();
            at = end + 1;
            let peak = line.iter().copied().fold(0.0, f32::max);
            // Lines of text are 8 to 60 rows high here, and hold more than a word.
            if !(8..=60).contains(&line.len()) || peak < 30.0 {
                continue;
            }
            let first = line.iter().position(|&p| p > 0.5 * peak).unwrap_or(0);
            let last = line.iter().rposition(|&p| p > 0.5 * peak).unwrap_or(0);
            above += line.get(..first).unwrap_or_default().iter().sum::<f32>();
            below += line.get(last + 1..).unwrap_or_default().iter().sum::<f32>();
            lines += 1;
        }
        if lines < 4 || above + below == 0.0 { 0.0 } else { (above - below) / (above + below) }
    }
}

/// Rules and frames say nothing of where the text stands, and say it loudly.
fn drop_lines(dark: &mut [bool], width: usize, height: usize) {
    let longest = (width.max(height) / 20).max(20);
    let mut drop = vec![false; dark.len()];
    let mut runs = |count: usize, length: usize, index: &dyn Fn(usize, usize) -> usize| {
        for line in 0..count {
            let mut start = 0;
            for at in 0..=length {
                if at < length && dark[index(line, at)] {
                    continue;
                }
                if at - start > longest {
                    (start..at).for_each(|k| drop[index(line, k)] = true);
                }
                start = at + 1;
            }
        }
    };
    runs(height, width, &|row, x| row * width + x);
    runs(width, height, &|column, y| y * width + column);
    dark.iter_mut().zip(drop).for_each(|(d, gone)| *d &= !gone);
}

/// How the page lies: quarter turns to give, then the slope that its lines have.
fn position(ink: &Ink) -> (Turn, f32) {
    let lying = ink.turned();
    let (skew, sharp) = ink.skew();
    let (lying_skew, lying_sharp) = lying.skew();
    // Lines of text show sharply across their direction only.
    if lying_sharp > 1.5 * sharp {
        return match lying.uprightness(lying_skew) {
            up if up < 0.0 => (Turn::ThreeQuarters, lying_skew),
            _ => (Turn::Quarter, lying_skew),
        };
    }
    match ink.uprightness(skew) {
        up if up < -0.15 => (Turn::Half, skew),
        _ => (Turn::None, skew),
    }
}

/// Turns the picture so that lines sloping by `degrees` lie flat.
fn straighten(image: &GrayImage, degrees: f32) -> (GrayImage, [f32; 6]) {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (w, h) = (image.width() as f32, image.height() as f32);
    let (cx, cy) = (w / 2.0, h / 2.0);
    let matrix = [cos, sin, -sin, cos, cx - cos * cx + sin * cy, cy - sin * cx - cos * cy];
    let raw = image.as_raw();
    let stride = image.width() as usize;
    let (columns, rows) = (image.width() as i32, image.height() as i32);
    let at = |x: i32, y: i32| -> f32 {
        if x < 0 || y < 0 || x >= columns || y >= rows {
            return 255.0;
        }
        f32::from(raw.get(y as usize * stride + x as usize).copied().unwrap_or(255))
    };
    let out = GrayImage::from_fn(image.width(), image.height(), |px, py| {
        let (px, py) = (px as f32 + 0.5, py as f32 + 0.5);
        let x = matrix[0] * px + matrix[2] * py + matrix[4] - 0.5;
        let y = matrix[1] * px + matrix[3] * py + matrix[5] - 0.5;
        let (x0, y0) = (x.floor(), y.floor());
        let (fx, fy) = (x - x0, y - y0);
        let (x0, y0) = (x0 as i32, y0 as i32);
        let top = at(x0, y0) * (1.0 - fx) + at(x0 + 1, y0) * fx;
        let bottom = at(x0, y0 + 1) * (1.0 - fx) + at(x0 + 1, y0 + 1) * fx;
        image::Luma([(top * (1.0 - fy) + bottom * fy).round() as u8])
    });
    (out, matrix)
}

/// Divides every pixel by the paper around it: shadows of a photograph and grey scans turn white.
fn on_white(mut image: GrayImage) -> GrayImage {
    let (columns, rows) =
        (image.width().div_ceil(TILE) as usize, image.height().div_ceil(TILE) as usize);
    let papers = paper(&image, columns, rows);
    let mut sorted = papers.clone();
    sorted.sort_unstable();
    let usual = sorted.get(sorted.len() / 2).copied().unwrap_or(255);
    // A white page, as most are, is left to the pixel.
    if sorted.get(sorted.len() / 10).copied().unwrap_or(255) >= 250 {
        return image;
    }
    // A dark square is a picture or a heading in reverse, not dark paper.
    let floor = u16::from(usual).max(100) * 6 / 10;
    let paper = |tx: usize, ty: usize| {
        let p =
            papers.get(ty.min(rows - 1) * columns + tx.min(columns - 1)).copied().unwrap_or(255);
        u32::from(u16::from(p).max(floor))
    };
    let half = TILE / 2;
    for (x, y, pixel) in image.enumerate_pixels_mut() {
        // Between the centres of the four squares around.
        let (gx, gy) = (x.saturating_sub(half), y.saturating_sub(half));
        let (tx, ty) = ((gx / TILE) as usize, (gy / TILE) as usize);
        let (fx, fy) = (gx % TILE, gy % TILE);
        let top = paper(tx, ty) * (TILE - fx) + paper(tx + 1, ty) * fx;
        let bottom = paper(tx, ty + 1) * (TILE - fx) + paper(tx + 1, ty + 1) * fx;
        let here = ((top * (TILE - fy) + bottom * fy) / (TILE * TILE)).max(1);
        pixel.0[0] = (u32::from(pixel.0[0]) * 255 / here).min(255) as u8;
    }
    image
}

/// The brightness of the paper in each square: what nine pixels in ten do not pass.
fn paper(image: &GrayImage, columns: usize, rows: usize) -> Vec<u8> {
    let mut counts = vec![[0u16; 256]; columns];
    let mut out = Vec::with_capacity(columns * rows);
    let raw = image.as_raw();
    let width = image.width() as usize;
    for band in raw.chunks(width * TILE as usize) {
        counts.iter_mut().for_each(|c| *c = [0; 256]);
        for row in band.chunks(width) {
            for (column, cell) in counts.iter_mut().zip(row.chunks(TILE as usize)) {
                cell.iter().for_each(|&p| column[usize::from(p)] += 1);
            }
        }
        for count in &counts {
            let total: u32 = count.iter().map(|&n| u32::from(n)).sum();
            let mut left = total / 10;
            let bright = (0..=255u8).rev().find(|&v| {
                let here = u32::from(count[usize::from(v)]);
                let enough = here > left;
                left = left.saturating_sub(here);
                enough
            });
            out.push(bright.unwrap_or(255));
        }
    }
    out
}

/// Takes out single dark dots, when there are many: the dust of a fax or a bad scan.
fn without_specks(mut image: GrayImage) -> GrayImage {
    const DARK: u8 = 140;
    let width = image.width() as usize;
    let height = image.height() as usize;
    if width < 3 || height < 3 {
        return image;
    }
    let raw = image.as_raw();
    let mut dark = 0usize;
    let mut lonely = Vec::new();
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let at = y * width + x;
            if raw[at] >= DARK {
                continue;
            }
            dark += 1;
            let around = [at - width - 1, at - 1, at + width - 1]
                .iter()
                .flat_map(|&from| raw.get(from..from + 3).unwrap_or_default())
                .filter(|&&p| p < DARK)
                .count();
            if around <= 1 {
                lonely.push(at);
            }
        }
    }
    if lonely.len() * 100 > dark {
        let pixels: &mut [u8] = &mut image;
        for at in lonely {
            if let Some(p) = pixels.get_mut(at) {
                *p = 255;
            }
        }
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of little letters with ascenders: some bars taller than the others, above only.
    fn page(width: u32, height: u32) -> GrayImage {
        let mut image = GrayImage::from_pixel(width, height, image::Luma([255]));
        for line in 0..(height - 200) / 60 {
            let base = 120 + line * 60;
            for letter in 0..(width - 280) / 14 {
                // Letters of one line do not stand under those of another.
                let x = 120 + letter * 14 + (line * line * 13 + letter * (line + 3) * 5) % 31;
                let tall = if letter % 3 == 0 { 34 } else { 20 };
                for y in base - tall..base {
                    (0..7).for_each(|dx| image.put_pixel(x + dx, y, image::Luma([20])));
                }
            }
        }
        image
    }

    fn place(cleaned: &Cleaned, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f] = cleaned.to_source;
        (a * x + c * y + e, b * x + d * y + f)
    }

    #[test]
    fn an_upright_page_stays_as_it_is() {
        let cleaned = clean(page(1200, 1700), false);
        assert_eq!(cleaned.to_source, [1.0, 0.0, 0.0, 1.0, 0.0, 0.0]);
    }

    #[test]
    fn turned_pages_are_turned_back_and_points_return() {
        let upright = page(1200, 1700);
        let turned = [
            (imageops::rotate90(&upright), (1700.0 - 200.0, 100.0)),
            (imageops::rotate180(&upright), (1200.0 - 100.0, 1700.0 - 200.0)),
            (imageops::rotate270(&upright), (200.0, 1200.0 - 100.0)),
        ];
        for (image, expected) in turned {
            let cleaned = clean(image, false);
            assert_eq!(cleaned.image.dimensions(), (1200, 1700));
            let (x, y) = place(&cleaned, 100.0, 200.0);
            assert!((x - expected.0).abs() < 12.0 && (y - expected.1).abs() < 12.0, "{x} {y}");
        }
    }

    #[test]
    fn a_page_laid_askew_is_straightened() {
        let (askew, _) = straighten(&page(1200, 1700), -2.5);
        let cleaned = clean(askew, false);
        let [a, b, ..] = cleaned.to_source;
        assert!((b.atan2(a).to_degrees() - 2.5).abs() < 0.3, "{:?}", cleaned.to_source);
    }

    #[test]
    fn grey_paper_turns_white_and_dust_goes() {
        let mut dusty = page(1200, 1700);
        for (x, y, p) in dusty.enumerate_pixels_mut() {
            p.0[0] = (u32::from(p.0[0]) * (140 + x / 20) / 255) as u8;
            if (x * 7 + y * 13) % 997 == 0 {
                p.0[0] = 0;
            }
        }
        let cleaned = clean(dusty, false).image;
        let white = cleaned.pixels().filter(|p| p.0[0] > 235).count();
        assert!(white * 100 > cleaned.pixels().len() * 70);
        assert!(cleaned.get_pixel(20, 20).0[0] > 235);
    }
}
