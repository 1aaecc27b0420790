//! The straight lines of a page picture: rules and frames of tables. They are taken out, because
//! recognition reads them as letters, and kept as [`Rules`], because they tell rows and cells.
//!
//! Shapes: grey pixels in and out, rules in pixels out. A line is thin, and longer than any stroke
//! of a letter; what crosses it (a letter that touches) stays. Findings and errors: none.

use image::GrayImage;

use crate::page::order::{Rule, Rules};

/// A darker pixel is ink: hairlines of tables are often grey.
const DARK: u8 = 200;
/// Shortest horizontal line, in pixels: a centimetre at 300 dots per inch.
const ACROSS: usize = 120;
/// Shortest vertical line: taller than a letter of 30 points.
const DOWN: usize = 150;
/// A line is at most that thick.
const THICK: usize = 12;
/// Lines of one page, at most; beyond, the page is a drawing and is left as it is.
const MAX_LINES: usize = 20_000;

/// A run of ink along one axis.
#[derive(Clone, Copy)]
struct Run {
    at: usize,
    from: usize,
    to: usize,
}

/// Takes the lines out of the picture.
pub(super) fn take_out(image: &mut GrayImage) -> Rules {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let ink = Ink { raw: image.as_raw(), width, height };
    let across = thin(&ink, runs(height, width, ACROSS, |y, x| ink.dark(x, y)), false);
    let down = thin(&ink, runs(width, height, DOWN, |x, y| ink.dark(x, y)), true);
    if across.0.len() + down.0.len() > MAX_LINES {
        return Rules::default();
    }
    let rules = Rules { horizontal: joined(across.0), vertical: joined(down.0) };
    let pixels: &mut [u8] = image;
    for at in across.1.into_iter().chain(down.1) {
        if let Some(p) = pixels.get_mut(at) {
            *p = 255;
        }
    }
    rules
}

struct Ink<'p> {
    raw: &'p [u8],
    width: usize,
    height: usize,
}

impl Ink<'_> {
    fn dark(&self, x: usize, y: usize) -> bool {
        self.raw.get(y * self.width + x).is_some_and(|&p| p < DARK)
    }

    /// Ink through a pixel, across the direction of its line, counted up to a little over [`THICK`].
    fn thickness(&self, x: usize, y: usize, vertical: bool) -> usize {
        let (at, limit) = if vertical { (x, self.width) } else { (y, self.height) };
        let dark = |k: usize| if vertical { self.dark(k, y) } else { self.dark(x, k) };
        let before = (0..at).rev().take(THICK + 1).take_while(|&k| dark(k)).count();
        let after = (at..limit).take(THICK + 1).take_while(|&k| dark(k)).count();
        before + after
    }
}

impl Ink<'_> {
    /// The grey edge of a line, two pixels on each side.
    fn halo(&self, x: usize, y: usize, vertical: bool, pixels: &mut Vec<usize>) {
        let step = if vertical { 1 } else { self.width };
        let at = y * self.width + x;
        let sides =
            [at.checked_sub(2 * step), at.checked_sub(step), Some(at + step), Some(at + 2 * step)];
        let grey = |at: &usize| self.raw.get(*at).is_some_and(|&p| p >= DARK);
        pixels.extend(sides.into_iter().flatten().filter(grey));
    }
}

/// Runs of ink at least `shortest` long, line by line.
fn runs(
    lines: usize,
    length: usize,
    shortest: usize,
    dark: impl Fn(usize, usize) -> bool,
) -> Vec<Run> {
    let mut out = Vec::new();
    for at in 0..lines {
        // A run that long covers one pixel in `shortest`: look there first, then along.
        let mut probe = shortest - 1;
        while probe < length {
            if !dark(at, probe) {
                probe += shortest;
                continue;
            }
            let from = (0..probe).rev().take_while(|&k| dark(at, k)).last().unwrap_or(probe);
            let to = (probe..length).take_while(|&k| dark(at, k)).last().unwrap_or(probe) + 1;
            if to - from >= shortest {
                out.push(Run { at, from, to });
            }
            probe = to + shortest - 1;
        }
    }
    out
}

/// The runs that are thin lines, and the pixels to take out.
fn thin(ink: &Ink<'_>, runs: Vec<Run>, vertical: bool) -> (Vec<Run>, Vec<usize>) {
    let mut pixels = Vec::new();
    let kept = runs
        .into_iter()
        .filter(|run| {
            let first = pixels.len();
            let mut length = 0;
            for k in run.from..run.to {
                let (x, y) = if vertical { (run.at, k) } else { (k, run.at) };
                if ink.thickness(x, y, vertical) <= THICK {
                    length += 1;
                    pixels.push(y * ink.width + x);
                    ink.halo(x, y, vertical, &mut pixels);
                }
            }
            let is_line = length * 10 >= (run.to - run.from) * 6;
            if !is_line {
                pixels.truncate(first);
            }
            is_line
        })
        .collect();
    (kept, pixels)
}

/// Runs next to each other are one line.
fn joined(runs: Vec<Run>) -> Vec<Rule> {
    let mut out: Vec<(Rule, usize)> = Vec::new();
    for run in runs {
        let (from, to) = (run.from as f64, run.to as f64);
        let near = out
            .iter_mut()
            .rev()
            .take(200)
            .find(|(rule, last)| run.at - last <= 3 && from < rule.to && to > rule.from);
        match near {
            Some((rule, last)) => {
                (rule.from, rule.to, *last) = (rule.from.min(from), rule.to.max(to), run.at);
            }
            None => out.push((Rule { at: run.at as f64, from, to }, run.at)),
        }
    }
    out.into_iter().map(|(rule, _)| rule).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::Luma;

    #[test]
    fn a_frame_goes_and_letters_stay() {
        let mut image = GrayImage::from_pixel(600, 500, Luma([255]));
        let mut fill = |x: std::ops::Range<u32>, y: std::ops::Range<u32>| {
            x.for_each(|x| y.clone().for_each(|y| image.put_pixel(x, y, Luma([0]))));
        };
        fill(50..550, 100..103);
        fill(50..550, 400..403);
        fill(300..304, 100..403);
        // A stroke of a letter standing on the upper line, and a filled heading.
        fill(100..106, 70..103);
        fill(400..540, 200..260);
        let rules = take_out(&mut image);
        assert_eq!((rules.horizontal.len(), rules.vertical.len()), (2, 1));
        assert_eq!((rules.vertical[0].from, rules.vertical[0].to), (100.0, 403.0));
        assert_eq!(image.get_pixel(200, 101).0[0], 255);
        assert_eq!(image.get_pixel(302, 300).0[0], 255);
        assert_eq!(image.get_pixel(103, 101).0[0], 0);
        assert_eq!(image.get_pixel(450, 230).0[0], 0);
    }
}
