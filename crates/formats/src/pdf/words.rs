//! Glyphs to words: which glyphs belong together, where a space is, accents drawn over a letter,
//! text printed twice to look bold.
//!
//! Shapes: the glyphs of a page in, [`Frame`]s of [`Token`]s out, one frame per direction of
//! writing. Units: points in the frame, `u` along the baseline and `v` across it, downwards.
//!
//! Glyphs are taken in the order they are drawn: text under other text (a recognition layer below a
//! scan) stays whole that way. Findings and errors: none.

use super::glyphs::{Collector, Glyph};
use super::unicode;
use crate::page::order::{Token, is_right_to_left};
use crate::page::printed::around;
use relu_record::BoundingBox;

/// A gap wider than this share of the em is a space, when none was drawn. Justified text goes down
/// to 0.15, kerning seldom beyond 0.1.
const SPACE: f64 = 0.14;
/// A step back wider than this share of the em begins another word.
const BACK: f64 = 0.4;
/// Glyphs of one word share a baseline up to this share of the em…
const BASELINE: f64 = 0.12;
/// …unless one is a superscript or a subscript, smaller and moved up to this share of the em.
const SCRIPT: f64 = 0.5;

/// Words written in one direction.
#[derive(Debug)]
pub(super) struct Frame {
    /// Direction of the baseline in degrees, 0 to the right and 90 down the page.
    pub angle: i32,
    pub tokens: Vec<Token>,
}

impl Frame {
    /// The rectangle of a word on the page.
    pub fn page_box(&self, t: &Token) -> BoundingBox {
        let (sin, cos) = turn(self.angle);
        let corner = |u: f64, v: f64| {
            let (x, y) = ((u * cos - v * sin) as f32, (u * sin + v * cos) as f32);
            BoundingBox { x0: x, y0: y, x1: x, y1: y }
        };
        [corner(t.u1, t.top()), corner(t.u0, t.bottom()), corner(t.u1, t.bottom())]
            .into_iter()
            .fold(corner(t.u0, t.top()), around)
    }
}

/// Exact for the four right angles, so that upright text keeps its coordinates to the bit.
fn turn(angle: i32) -> (f64, f64) {
    match angle {
        0 => (0.0, 1.0),
        90 => (1.0, 0.0),
        180 => (0.0, -1.0),
        270 => (-1.0, 0.0),
        other => f64::from(other).to_radians().sin_cos(),
    }
}

/// The words of a page, the most used direction first; `values` are upright words from elsewhere.
pub(super) fn frames(seen: &Collector<'_>, values: Vec<Token>) -> Vec<Frame> {
    let mut by_angle: std::collections::BTreeMap<i32, Vec<Placed>> = Default::default();
    for glyph in &seen.glyphs {
        let angle = rounded(glyph.angle);
        by_angle.entry(angle).or_default().push(Placed::new(*glyph, angle, &seen.letters));
    }
    let mut frames: Vec<(usize, Frame)> = by_angle
        .into_iter()
        .map(|(angle, placed)| (placed.len(), Frame { angle, tokens: tokens(&placed) }))
        .collect();
    if !values.is_empty() {
        match frames.iter_mut().find(|(_, frame)| frame.angle == 0) {
            Some((_, upright)) => upright.tokens.extend(values),
            None => frames.push((0, Frame { angle: 0, tokens: values })),
        }
    }
    frames.sort_by_key(|(glyphs, frame)| (std::cmp::Reverse(*glyphs), frame.angle));
    frames.into_iter().map(|(_, frame)| frame).collect()
}

/// The nearest right angle within 6 degrees (a scan laid askew), else the nearest multiple of 5.
fn rounded(angle: f64) -> i32 {
    let right = (angle / 90.0).round() * 90.0;
    let kept = if (angle - right).abs() <= 6.0 { right } else { (angle / 5.0).round() * 5.0 };
    (kept as i32).rem_euclid(360)
}

/// A glyph in its frame.
struct Placed<'t> {
    text: &'t str,
    u0: f64,
    u1: f64,
    v: f64,
    size: f64,
}

impl<'t> Placed<'t> {
    fn new(g: Glyph, angle: i32, letters: &'t str) -> Placed<'t> {
        let (sin, cos) = turn(angle);
        let u = |(x, y): (f64, f64)| x * cos + y * sin;
        let v = -g.origin.0 * sin + g.origin.1 * cos;
        let (a, b) = (u(g.origin), u(g.finish));
        Placed {
            text: letters.get(g.start as usize..g.end as usize).unwrap_or_default(),
            u0: a.min(b),
            u1: a.max(b),
            v,
            size: g.size,
        }
    }

    fn is_space(&self) -> bool {
        // A silent glyph has no letters and is no space.
        !self.text.is_empty() && self.text.chars().all(char::is_whitespace)
    }

    fn middle(&self) -> f64 {
        (self.u0 + self.u1) / 2.0
    }

    fn mark(&self) -> Option<char> {
        let mut chars = self.text.chars();
        let only = chars.next()?;
        chars.next().is_none().then(|| unicode::combining(only)).flatten()
    }
}

/// A word being built.
#[derive(Default)]
struct Building<'g, 't> {
    glyphs: Vec<&'g Placed<'t>>,
    u0: f64,
    u1: f64,
    v: f64,
    size: f64,
    spaced: bool,
}

fn tokens(glyphs: &[Placed<'_>]) -> Vec<Token> {
    let mut out = Vec::new();
    let mut word = Building::default();
    let mut space_drawn = false;
    for glyph in glyphs {
        if glyph.is_space() {
            space_drawn = true;
            continue;
        }
        if !space_drawn && word.repeats(glyph) {
            continue;
        }
        if word.glyphs.is_empty() || (space_drawn && !word.overlaps(glyph)) || !word.takes(glyph) {
            word.finish(&mut out);
            word = Building::begin(glyph, space_drawn);
        } else {
            word.add(glyph);
        }
        space_drawn = false;
    }
    word.finish(&mut out);
    without_shadows(out)
}

impl<'g, 't> Building<'g, 't> {
    fn begin(glyph: &'g Placed<'t>, spaced: bool) -> Self {
        Building {
            glyphs: vec![glyph],
            u0: glyph.u0,
            u1: glyph.u1,
            v: glyph.v,
            size: glyph.size,
            spaced,
        }
    }

    /// The same glyph again in the same place: filled, then stroked.
    fn repeats(&self, g: &Placed<'_>) -> bool {
        self.glyphs.last().is_some_and(|last| {
            let near = 0.08 * g.size;
            !g.text.is_empty()
                && last.text == g.text
                && (last.u0 - g.u0).abs() < near
                && (last.v - g.v).abs() < near
        })
    }

    fn overlaps(&self, g: &Placed<'_>) -> bool {
        g.mark().is_some() && g.middle() > self.u0 && g.middle() < self.u1
    }

    /// Whether the glyph goes on with this word.
    fn takes(&self, g: &Placed<'_>) -> bool {
        let size = self.size.max(g.size);
        // An accent may be drawn before its letter or after it, higher over a capital.
        let last_mark = self.glyphs.last().is_some_and(|l| l.mark().is_some() && over(l, g));
        let is_mark = g.mark().is_some() && self.glyphs.last().is_some_and(|l| over(g, l));
        if last_mark || is_mark {
            return (g.v - self.v).abs() < 0.6 * size;
        }
        let moved = (g.v - self.v).abs();
        let ratio = g.size / self.size;
        let script = !(0.85..=1.18).contains(&ratio) && moved <= SCRIPT * size;
        if moved > BASELINE * size && !script {
            return false;
        }
        if !(0.4..=2.5).contains(&ratio) {
            return false;
        }
        let forward = g.u0 - self.u1;
        if forward <= SPACE * self.size.min(g.size) && forward > -BACK * size {
            return true;
        }
        // Right to left, drawn in the order of reading.
        let rtl = g.text.is_empty() || g.text.chars().any(is_right_to_left);
        let backward = self.u0 - g.u1;
        rtl && backward.abs() <= SPACE * size
    }

    fn add(&mut self, g: &'g Placed<'t>) {
        // A capital after a raised initial sets the size and the baseline.
        if g.size > self.size * 1.05 {
            (self.v, self.size) = (g.v, g.size);
        }
        self.u0 = self.u0.min(g.u0);
        self.u1 = self.u1.max(g.u1);
        self.glyphs.push(g);
    }

    fn finish(&mut self, out: &mut Vec<Token>) {
        if self.glyphs.is_empty() {
            return;
        }
        let letters: usize = self.glyphs.iter().map(|g| g.text.chars().count()).sum();
        let rtl: usize = self
            .glyphs
            .iter()
            .map(|g| g.text.chars().filter(|&c| is_right_to_left(c)).count())
            .sum();
        let text = if rtl * 2 > letters {
            right_to_left(&mut self.glyphs)
        } else {
            with_accents(&self.glyphs)
        };
        let text = unicode::composed(text);
        if !text.trim().is_empty() {
            out.push(Token {
                text: text.split_whitespace().collect::<Vec<_>>().join(" "),
                u0: self.u0,
                u1: self.u1,
                v: self.v,
                size: self.size,
                spaced: self.spaced,
                confidence: None,
            });
        }
    }
}

/// Whether `mark` is drawn over `letter`.
fn over(mark: &Placed<'_>, letter: &Placed<'_>) -> bool {
    let slack = 0.12 * letter.size;
    mark.middle() > letter.u0 - slack
        && mark.middle() < letter.u1 + slack
        && mark.u0 < letter.u1 - 0.1 * letter.size.min(letter.u1 - letter.u0)
        && letter.u0 < mark.u1 - 0.1 * letter.size.min(mark.u1 - mark.u0)
}

/// The letters in the order drawn, an accent put on the letter it is drawn over.
fn with_accents(glyphs: &[&Placed<'_>]) -> String {
    let mut text = String::new();
    let mut i = 0;
    while let Some(glyph) = glyphs.get(i) {
        let next = glyphs.get(i + 1);
        if let (Some(mark), Some(next)) = (glyph.mark(), next)
            && over(glyph, next)
            && let Some((first, rest)) = split_first(next.text)
            && let Some(letter) = unicode::compose(first, mark)
        {
            text.push(letter);
            text.push_str(rest);
            i += 2;
            continue;
        }
        if let (Some(mark), Some(under)) =
            (glyph.mark(), i.checked_sub(1).and_then(|p| glyphs.get(p)))
            && over(glyph, under)
            && let Some(last) = text.chars().next_back()
            && let Some(letter) = unicode::compose(last, mark)
        {
            text.pop();
            text.push(letter);
            i += 1;
            continue;
        }
        text.push_str(glyph.text);
        i += 1;
    }
    text
}

fn split_first(s: &str) -> Option<(char, &str)> {
    let first = s.chars().next()?;
    Some((first, s.get(first.len_utf8()..)?))
}

/// The letters from right to left, runs of digits and Latin letters the other way round.
fn right_to_left(glyphs: &mut [&Placed<'_>]) -> String {
    glyphs.sort_by(|a, b| b.middle().total_cmp(&a.middle()));
    let mut text = String::new();
    let mut run: Vec<&str> = Vec::new();
    for glyph in glyphs.iter() {
        let latin = glyph.text.chars().all(|c| c.is_ascii_alphanumeric());
        if latin {
            run.push(glyph.text);
        } else {
            text.extend(run.drain(..).rev());
            text.push_str(glyph.text);
        }
    }
    text.extend(run.drain(..).rev());
    text
}

/// Drops words printed a second time in the same place, slightly shifted, to look bold or shadowed.
fn without_shadows(mut tokens: Vec<Token>) -> Vec<Token> {
    let mut by_text: Vec<usize> = (0..tokens.len()).collect();
    by_text.sort_by(|&a, &b| {
        let (a, b) = (&tokens[a], &tokens[b]);
        a.text.cmp(&b.text).then(a.v.total_cmp(&b.v)).then(a.u0.total_cmp(&b.u0))
    });
    let mut shadow = vec![false; tokens.len()];
    for pair in by_text.windows(2) {
        let &[a, b] = pair else { continue };
        let (x, y) = (&tokens[a], &tokens[b]);
        let near = 0.15 * x.size.min(y.size);
        if x.text == y.text && (x.v - y.v).abs() < near && (x.u0 - y.u0).abs() < near {
            shadow[b.max(a)] = true;
        }
    }
    let mut keep = shadow.into_iter().map(|s| !s);
    tokens.retain(|_| keep.next().unwrap_or(true));
    tokens
}
