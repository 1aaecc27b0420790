//! Words to a page in reading order: columns one after the other, tables row by row, paragraphs
//! told apart by white space.
//!
//! Shapes: a [`Frame`] of words in, [`PrintedBlock`]s out. Units: points in the frame.
//!
//! Words close to each other on a baseline make a *segment*. The page is cut where a white gutter
//! runs between segments that are columns of text: both sides are prose, or their lines do not
//! stand on the same baselines, or a ruled row holds cells of several lines. A segment or a rule
//! that crosses the gutter ends it. Where no such gutter exists, lines are read across, and a wide
//! gap in a line is a cell border. Findings and errors: none.

use relu_record::BoundingBox;

use super::glyphs::HorizontalRule;
use super::words::{Frame, Token};
use crate::page::printed::{Gap, PrintedBlock, PrintedLine, PrintedWord, around};

/// Words nearer than this share of the em, on one baseline, are in one segment.
const SEGMENT_GAP: f64 = 0.9;
/// A gap wider than this share of the em parts two cells.
const CELL_GAP: f64 = 1.3;
/// A gutter is at least this wide, in ems.
const GUTTER: f64 = 0.8;
/// Baselines this far apart, in ems, are the same line.
const SAME_LINE: f64 = 0.25;
/// Cuts nest at most this deep.
const MAX_DEPTH: usize = 24;

/// A run of words on one baseline.
#[derive(Clone, Debug)]
struct Segment {
    tokens: Vec<Token>,
    u0: f64,
    u1: f64,
    v: f64,
    size: f64,
}

impl Segment {
    fn top(&self) -> f64 {
        self.v - 0.78 * self.size
    }
    fn bottom(&self) -> f64 {
        self.v + 0.22 * self.size
    }
}

/// The blocks of a frame, in reading order.
pub(super) fn blocks(frame: &Frame, rules: &[HorizontalRule]) -> Vec<PrintedBlock> {
    // Rules part rows only where the text is upright.
    let rules = if frame.angle == 0 { rules } else { &[] };
    let mut out = Vec::new();
    read_region(segments(frame.tokens.clone()), rules, frame, 0, &mut out);
    out
}

/// Words to segments.
fn segments(mut tokens: Vec<Token>) -> Vec<Segment> {
    tokens.sort_by(|a, b| a.u0.total_cmp(&b.u0).then(a.v.total_cmp(&b.v)));
    // Open segments, looked up by baseline: the right one is among the nearest few.
    let mut by_baseline: std::collections::BTreeMap<i64, Vec<usize>> = Default::default();
    let mut out: Vec<Segment> = Vec::new();
    for token in tokens {
        let reach = (token.size * 0.6).ceil().clamp(1.0, 200.0) as i64;
        let row = token.v as i64;
        let home = by_baseline
            .range(row.saturating_sub(reach)..=row.saturating_add(reach))
            .flat_map(|(_, ids)| ids.iter().rev().take(4))
            .copied()
            .filter(|&id| out.get(id).is_some_and(|s| continues(s, &token)))
            .min_by(|&a, &b| {
                (out[a].v - token.v).abs().total_cmp(&(out[b].v - token.v).abs())
            });
        match home {
            Some(id) => extend(&mut out[id], token),
            None => {
                by_baseline.entry(row).or_default().push(out.len());
                out.push(Segment {
                    u0: token.u0,
                    u1: token.u1,
                    v: token.v,
                    size: token.size,
                    tokens: vec![token],
                });
            }
        }
    }
    out.iter_mut().for_each(join_pieces);
    out
}

fn continues(s: &Segment, t: &Token) -> bool {
    let size = s.size.max(t.size);
    let gap = t.u0 - s.u1;
    let script = !(0.85..=1.18).contains(&(t.size / s.size));
    let moved = (s.v - t.v).abs();
    moved <= if script { 0.5 } else { SAME_LINE } * size
        && gap <= SEGMENT_GAP * s.size.min(t.size.max(s.size * 0.6))
        && gap > -0.5 * size
}

fn extend(s: &mut Segment, t: Token) {
    if t.size > s.size * 1.18 {
        (s.v, s.size) = (t.v, t.size);
    }
    s.u1 = s.u1.max(t.u1);
    s.tokens.push(t);
}

/// Joins pieces of words that were drawn apart, and words whose letters are spread out.
fn join_pieces(s: &mut Segment) {
    let spread = is_spread_out(&s.tokens);
    let mut out: Vec<Token> = Vec::with_capacity(s.tokens.len());
    for t in s.tokens.drain(..) {
        if let Some(last) = out.last_mut()
            && !last.is_right_to_left()
        {
            let gap = t.u0 - last.u1;
            let touching = gap < 0.08 * t.size.min(last.size) && gap > -0.25 * t.size;
            let near = spread && gap < 0.55 * t.size;
            if !t.spaced && (touching || near) {
                last.text.push_str(&t.text);
                last.u1 = last.u1.max(t.u1);
                continue;
            }
        }
        out.push(t);
    }
    s.tokens = out;
}

/// `C O N C L U S I O N`: at least five single letters and hardly anything else, no space drawn.
fn is_spread_out(tokens: &[Token]) -> bool {
    let single = tokens
        .iter()
        .filter(|t| t.text.chars().count() == 1 && t.text.chars().all(char::is_alphabetic))
        .count();
    let drawn = tokens.iter().skip(1).filter(|t| t.spaced).count();
    single >= 5 && single * 10 >= tokens.len() * 8 && drawn * 4 <= tokens.len()
}

fn read_region(
    segments: Vec<Segment>,
    rules: &[HorizontalRule],
    frame: &Frame,
    depth: usize,
    out: &mut Vec<PrintedBlock>,
) {
    if segments.is_empty() {
        return;
    }
    let cut = (depth < MAX_DEPTH && segments.len() > 2)
        .then(|| best_gutter(&segments, rules))
        .flatten();
    let Some(cut) = cut else {
        out.extend(read_across(segments, frame));
        return;
    };
    let [mut above, mut left, mut right, mut below] = [const { Vec::new() }; 4];
    for s in segments {
        if s.v < cut.top {
            above.push(s);
        } else if s.v > cut.bottom {
            below.push(s);
        } else if s.u0 < cut.u {
            left.push(s);
        } else {
            right.push(s);
        }
    }
    for part in [above, left, right, below] {
        read_region(part, rules, frame, depth + 1, out);
    }
}

/// A white gutter: columns left and right of `u`, for the segments with baselines from `top` to
/// `bottom`.
#[derive(Debug)]
struct Gutter {
    u: f64,
    top: f64,
    bottom: f64,
    lines: usize,
}

/// The gutter with most lines beside it.
fn best_gutter(segments: &[Segment], rules: &[HorizontalRule]) -> Option<Gutter> {
    let mut by_row: Vec<&Segment> = segments.iter().collect();
    by_row.sort_by(|a, b| a.v.total_cmp(&b.v).then(a.u0.total_cmp(&b.u0)));
    let mut candidates: Vec<i64> = segments.iter().map(|s| (s.u0 * 2.0) as i64).collect();
    candidates.sort_unstable();
    candidates.dedup();
    let first = segments.iter().map(|s| s.u0).fold(f64::INFINITY, f64::min);
    // A page of ten thousand ragged segments is no text in columns; the work stays bounded.
    let step = candidates.len().div_ceil(400).max(1);
    let mut best: Option<Gutter> = None;
    for u in candidates.iter().step_by(step).map(|&u| u as f64 / 2.0 - 0.5) {
        if u <= first {
            continue;
        }
        for gutter in zones(&by_row, rules, u) {
            if best.as_ref().is_none_or(|b| gutter.lines > b.lines) {
                best = Some(gutter);
            }
        }
    }
    best
}

/// The stretches of the page where no segment and no rule crosses `u`, and both sides are columns.
fn zones(by_row: &[&Segment], rules: &[HorizontalRule], u: f64) -> Vec<Gutter> {
    let mut crossing: Vec<f64> = rules
        .iter()
        .filter(|r| r.x0 < u - 6.0 && r.x1 > u + 6.0)
        .map(|r| r.y)
        .collect();
    crossing.sort_by(f64::total_cmp);
    let rule_between =
        |a: f64, b: f64| crossing.get(crossing.partition_point(|&y| y <= a)).is_some_and(|&y| y < b);

    let mut out = Vec::new();
    let mut zone: Vec<&Segment> = Vec::new();
    // Whether a rule closes the zone above.
    let mut ruled = false;
    for s in by_row {
        let crosses = s.u0 < u && s.u1 > u;
        let rule = zone.last().is_some_and(|last| rule_between(last.v, s.v - 0.4 * s.size));
        if rule || crosses {
            close(&zone, u, ruled && rule, &mut out);
            zone.clear();
            ruled = rule;
        }
        if !crosses {
            zone.push(s);
        } else {
            ruled = false;
        }
    }
    let last_rule = zone.last().is_some_and(|last| rule_between(last.v, f64::INFINITY));
    close(&zone, u, ruled && last_rule, &mut out);
    out
}

fn close(zone: &[&Segment], u: f64, ruled: bool, out: &mut Vec<Gutter>) {
    let (left, right): (Vec<&Segment>, Vec<&Segment>) =
        zone.iter().copied().partition(|s| s.u0 < u);
    if left.is_empty() || right.is_empty() {
        return;
    }
    let (left, right) = (beside(left, &right), right);
    let right = beside(right, &left);
    if left.is_empty() || right.is_empty() || !are_columns(&left, &right, ruled) {
        return;
    }
    let both = || left.iter().chain(&right);
    out.push(Gutter {
        u,
        top: both().map(|s| s.v).fold(f64::INFINITY, f64::min),
        bottom: both().map(|s| s.v).fold(f64::NEG_INFINITY, f64::max),
        lines: left.len() + right.len(),
    });
}

/// The part of one side that stands beside the other: what lies above or below it, past a white
/// band, belongs to the whole width again. `side` is in the order of rows.
fn beside<'s>(side: Vec<&'s Segment>, other: &[&Segment]) -> Vec<&'s Segment> {
    let top = other.iter().map(|s| s.top()).fold(f64::INFINITY, f64::min);
    let bottom = other.iter().map(|s| s.bottom()).fold(f64::NEG_INFINITY, f64::max);
    let band = |a: &Segment, b: &Segment| b.top() - a.bottom() > 0.7 * a.size.max(b.size);
    let mut from = 0;
    let mut to = side.len();
    for i in 1..side.len() {
        let (a, b) = (side[i - 1], side[i]);
        if band(a, b) && b.bottom() <= top + 1.0 {
            from = i;
        }
        if band(a, b) && a.bottom() <= top {
            from = i;
        }
        if band(a, b) && b.top() >= bottom && to == side.len() {
            to = i;
        }
    }
    side.get(from..to.max(from)).unwrap_or_default().to_vec()
}

/// Whether two sides of a gutter are columns, to be read one after the other.
fn are_columns(left: &[&Segment], right: &[&Segment], ruled: bool) -> bool {
    let size = median(left.iter().chain(right).map(|s| s.size));
    let left_edge = left.iter().map(|s| s.u1).fold(f64::NEG_INFINITY, f64::max);
    let right_edge = right.iter().map(|s| s.u0).fold(f64::INFINITY, f64::min);
    if right_edge - left_edge < GUTTER * size {
        return false;
    }
    let (few, many) = if left.len() <= right.len() { (left, right) } else { (right, left) };
    let aligned = few
        .iter()
        .filter(|s| many.iter().any(|t| (s.v - t.v).abs() < 0.12 * size))
        .count();
    if ruled {
        // A row of a ruled table: cells of unequal height hold wrapped text.
        return rows(left) != rows(right) || (rows(left) > 1 && aligned * 2 < few.len());
    }
    if rows(few) < 2 || rows(many) < 2 {
        return false;
    }
    let prose = is_prose(left) && is_prose(right);
    prose || aligned * 2 < few.len()
}

/// Number of lines of a side.
fn rows(side: &[&Segment]) -> usize {
    let mut count = 0;
    let mut last = f64::NEG_INFINITY;
    for s in side {
        if s.v - last > SAME_LINE * s.size {
            count += 1;
            last = s.v;
        }
    }
    count
}

/// Lines of several words that mostly fill their column.
fn is_prose(side: &[&Segment]) -> bool {
    let words = median(side.iter().map(|s| s.tokens.len() as f64));
    let left = side.iter().map(|s| s.u0).fold(f64::INFINITY, f64::min);
    let right = side.iter().map(|s| s.u1).fold(f64::NEG_INFINITY, f64::max);
    let filled = side.iter().filter(|s| s.u1 - s.u0 > 0.6 * (right - left)).count();
    rows(side) >= 3 && words >= 3.5 && filled * 2 > side.len()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Reads a region line by line, across its whole width.
fn read_across(mut segments: Vec<Segment>, frame: &Frame) -> Vec<PrintedBlock> {
    segments.sort_by(|a, b| a.v.total_cmp(&b.v).then(a.u0.total_cmp(&b.u0)));
    let mut lines: Vec<Vec<Segment>> = Vec::new();
    for s in segments {
        // The line just begun, or the one before it when a large word stretched it.
        let home = lines.iter_mut().rev().take(2).find(|line| shares_line(line, &s));
        match home {
            Some(line) => line.push(s),
            None => lines.push(vec![s]),
        }
    }
    let mut out = Vec::new();
    let mut block = PrintedBlock::default();
    let pitch = usual_pitch(&lines);
    let mut before: Option<(f64, f64)> = None;
    for mut line in lines {
        line.sort_by(|a, b| a.u0.total_cmp(&b.u0));
        let top = line.iter().map(Segment::top).fold(f64::INFINITY, f64::min);
        let bottom = line.iter().map(Segment::bottom).fold(f64::NEG_INFINITY, f64::max);
        let size = line.iter().map(|s| s.size).fold(0.0, f64::max);
        if let Some((last_bottom, last_size)) = before
            && top - last_bottom > (pitch + 0.35 * size.min(last_size)).max(0.5 * size.min(last_size))
        {
            out.push(std::mem::take(&mut block));
        }
        before = Some((bottom, size));
        block.lines.push(print(&line, frame));
    }
    out.push(block);
    out
}

/// White between lines of running text: the lower quartile of what is seen.
fn usual_pitch(lines: &[Vec<Segment>]) -> f64 {
    let mut gaps: Vec<f64> = lines
        .windows(2)
        .filter_map(|pair| {
            let bottom = pair.first()?.iter().map(Segment::bottom).fold(f64::NEG_INFINITY, f64::max);
            let top = pair.last()?.iter().map(Segment::top).fold(f64::INFINITY, f64::min);
            Some((top - bottom).max(0.0))
        })
        .collect();
    gaps.sort_by(f64::total_cmp);
    gaps.get(gaps.len() / 4).copied().unwrap_or(0.0)
}

fn shares_line(line: &[Segment], s: &Segment) -> bool {
    line.iter().any(|t| {
        let script = !(0.8..=1.25).contains(&(s.size / t.size));
        let moved = (s.v - t.v).abs();
        moved <= if script { 0.4 } else { SAME_LINE } * s.size.max(t.size)
    }) && !line.iter().any(|t| {
        let shared = s.u1.min(t.u1) - s.u0.max(t.u0);
        shared > 0.5 * (s.u1 - s.u0).min(t.u1 - t.u0) && (s.v - t.v).abs() > 0.1 * s.size
    })
}

/// A line with the boxes of its words on the page.
fn print(line: &[Segment], frame: &Frame) -> PrintedLine {
    let mut tokens: Vec<&Token> = line.iter().flat_map(|s| &s.tokens).collect();
    reading_direction(&mut tokens);
    let mut words = Vec::with_capacity(tokens.len());
    let mut before: Option<&Token> = None;
    for token in tokens {
        let gap = before.map_or(0.0, |b| (token.u0 - b.u1).max(b.u0 - token.u1));
        let size = before.map_or(token.size, |b| token.size.max(b.size));
        words.push(PrintedWord {
            text: token.text.clone(),
            bbox: page_box(token, frame),
            confidence: None,
            gap: if gap > CELL_GAP * size { Gap::Cell } else { Gap::Space },
            repaired: false,
        });
        before = Some(token);
    }
    PrintedLine { words: one_word_each(words) }
}

/// A token of a font that writes several words in one glyph gives several words with one box.
fn one_word_each(words: Vec<PrintedWord>) -> Vec<PrintedWord> {
    words
        .into_iter()
        .flat_map(|word| {
            let pieces: Vec<String> = word.text.split(' ').map(str::to_owned).collect();
            pieces.into_iter().map(move |text| PrintedWord { text, ..word.clone() })
        })
        .collect()
}

/// A line mostly written from right to left is read from its right end; runs of other words keep
/// their own order.
fn reading_direction(tokens: &mut [&Token]) {
    let rtl = tokens.iter().filter(|t| t.is_right_to_left()).count();
    if rtl * 2 <= tokens.len() {
        // Right-to-left words inside a left-to-right line: each run turned round.
        for run in tokens.chunk_by_mut(|a, b| a.is_right_to_left() == b.is_right_to_left()) {
            if run.first().is_some_and(|t| t.is_right_to_left()) {
                run.reverse();
            }
        }
        return;
    }
    tokens.reverse();
    for run in tokens.chunk_by_mut(|a, b| a.is_right_to_left() == b.is_right_to_left()) {
        if run.first().is_some_and(|t| !t.is_right_to_left()) {
            run.reverse();
        }
    }
}

fn page_box(t: &Token, frame: &Frame) -> BoundingBox {
    let corner = |u, v| {
        let (x, y) = frame.to_page(u, v);
        BoundingBox { x0: x as f32, y0: y as f32, x1: x as f32, y1: y as f32 }
    };
    [corner(t.u1, t.top()), corner(t.u0, t.bottom()), corner(t.u1, t.bottom())]
        .into_iter()
        .fold(corner(t.u0, t.top()), around)
}
