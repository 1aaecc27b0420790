//! Words to a page in reading order: columns one after the other, tables row by row, paragraphs
//! told apart by white space.
//!
//! Shapes: [`Token`]s in, [`PrintedBlock`]s out. Units: points (or any other), `u` along the lines of
//! text and `v` across them, downwards. Words of a PDF and words of a recognition come here alike.
//!
//! Words close to each other on a baseline make a *segment*. A region is cut, in this order:
//!
//! 1. at rules that cross it: each band between two rules is read by itself; a band that is one row
//!    of a table gives one line, the wrapped lines of a cell put end to end;
//! 2. along a white gutter between columns: both sides are prose, or their lines do not stand on
//!    common baselines; what crosses the gutter ends it;
//! 3. otherwise into lines, read across; a wide gap in a line is a cell border.
//!
//! Findings and errors: none.

use relu_record::BoundingBox;

use super::printed::{Gap, PrintedBlock, PrintedLine, PrintedWord};

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

/// A word and where it stands.
#[derive(Clone, Debug)]
pub(crate) struct Token {
    pub text: String,
    pub u0: f64,
    pub u1: f64,
    /// Baseline.
    pub v: f64,
    /// Height of the em.
    pub size: f64,
    /// A space was drawn between this word and the one drawn before it.
    pub spaced: bool,
    /// Confidence of the recognition, 0 to 100.
    pub confidence: Option<u8>,
}

impl Token {
    /// Top of the letters.
    pub fn top(&self) -> f64 {
        self.v - 0.78 * self.size
    }

    /// Bottom of the letters.
    pub fn bottom(&self) -> f64 {
        self.v + 0.22 * self.size
    }

    /// Whether most of its letters are written from right to left.
    pub fn is_right_to_left(&self) -> bool {
        let rtl = self.text.chars().filter(|&c| is_right_to_left(c)).count();
        rtl * 2 > self.text.chars().count()
    }
}

/// Whether the letter is written from right to left.
pub(crate) fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}')
}

/// A straight line along one axis, which parts the rows or the cells of a table.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// Where it stands on the other axis.
    pub at: f64,
    pub from: f64,
    pub to: f64,
}

/// The lines drawn on a page.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rules {
    pub horizontal: Vec<Rule>,
    pub vertical: Vec<Rule>,
}

/// From a word to its rectangle on the page.
pub(crate) type Place<'p> = &'p dyn Fn(&Token) -> BoundingBox;

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

/// A line laid out, with what is needed to tell paragraphs apart.
struct Laid {
    line: PrintedLine,
    top: f64,
    bottom: f64,
    size: f64,
    /// The line begins a column.
    fresh: bool,
}

/// The blocks that the words make, in reading order.
pub(crate) fn blocks(tokens: Vec<Token>, rules: &Rules, place: Place<'_>) -> Vec<PrintedBlock> {
    let mut walls = rules.vertical.clone();
    walls.sort_by(|a, b| a.at.total_cmp(&b.at));
    let mut lines = Vec::new();
    read_region(segments(tokens, &walls), &crossings(&rules.horizontal), place, 0, &mut lines);
    paragraphs(lines)
}

/// Lines to blocks: a new block where a column begins, or where the white above a line is more than
/// between lines of running text.
fn paragraphs(lines: Vec<Laid>) -> Vec<PrintedBlock> {
    let mut gaps: Vec<f64> = lines
        .windows(2)
        .filter_map(|pair| {
            let (a, b) = (pair.first()?, pair.last()?);
            (!b.fresh && b.top > a.top).then_some(((b.top - a.bottom) / a.size.max(0.1)).max(0.0))
        })
        .collect();
    gaps.sort_by(f64::total_cmp);
    // The lower quartile, in ems, and never so much that double spacing makes blocks of lines.
    let usual = gaps.get(gaps.len() / 4).copied().unwrap_or(0.0).min(1.2);

    let mut out: Vec<PrintedBlock> = Vec::new();
    let mut last: Option<(f64, f64, f64)> = None;
    for laid in lines {
        let apart = last.is_none_or(|(top, bottom, size)| {
            let size = size.min(laid.size);
            laid.fresh
                || laid.top < top - 0.5 * size
                || laid.top - bottom > (usual + 0.45).max(0.65) * size
        });
        if apart {
            out.push(PrintedBlock::default());
        }
        last = Some((laid.top, laid.bottom, laid.size));
        if let Some(block) = out.last_mut() {
            block.lines.push(laid.line);
        }
    }
    out
}

/// Words to segments; a vertical rule between two words is a wall between their segments.
fn segments(mut tokens: Vec<Token>, walls: &[Rule]) -> Vec<Segment> {
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
            .filter(|&id| {
                out.get(id).is_some_and(|s| continues(s, &token) && !walled(s, &token, walls))
            })
            .min_by(|&a, &b| (out[a].v - token.v).abs().total_cmp(&(out[b].v - token.v).abs()));
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

fn walled(s: &Segment, t: &Token, walls: &[Rule]) -> bool {
    let (from, to) = (s.u1 - 0.2 * s.size, t.u0 + 0.2 * t.size);
    let middle = t.v - 0.3 * t.size;
    let first = walls.partition_point(|w| w.at < from);
    walls
        .get(first..)
        .unwrap_or_default()
        .iter()
        .take_while(|w| w.at <= to)
        .any(|w| w.from <= middle && w.to >= middle)
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
    rules: &[Rule],
    place: Place<'_>,
    depth: usize,
    out: &mut Vec<Laid>,
) {
    if segments.is_empty() {
        return;
    }
    if depth >= MAX_DEPTH {
        return read_across(segments, place, out);
    }
    let bands = bands(segments, rules);
    let ruled = bands.len() > 1;
    for band in bands {
        match one_row(&band).filter(|_| ruled) {
            // A row taller than that reads better cell by cell.
            Some(cells) if cells.iter().any(|c| c.len() > 4) => {
                cells.into_iter().for_each(|cell| read_across(cell, place, out));
            }
            Some(cells) => out.push(print_row(cells, place)),
            None => read_band(band, rules, place, depth, out),
        }
    }
}

fn read_band(
    segments: Vec<Segment>,
    rules: &[Rule],
    place: Place<'_>,
    depth: usize,
    out: &mut Vec<Laid>,
) {
    let cut = (segments.len() > 2).then(|| best_gutter(&segments)).flatten();
    let Some(cut) = cut else {
        return read_across(segments, place, out);
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
    for (part, is_column) in [(above, false), (left, true), (right, true), (below, true)] {
        let first = out.len();
        read_region(part, rules, place, depth + 1, out);
        if let Some(laid) = out.get_mut(first) {
            laid.fresh |= is_column;
        }
    }
}

/// The parts of a region between the rules that cross nearly all of it.
fn bands(mut segments: Vec<Segment>, rules: &[Rule]) -> Vec<Vec<Segment>> {
    let left = segments.iter().map(|s| s.u0).fold(f64::INFINITY, f64::min);
    let right = segments.iter().map(|s| s.u1).fold(f64::NEG_INFINITY, f64::max);
    let wide = |a: f64, b: f64| b.min(right) - a.max(left) >= 0.8 * (right - left);
    let mut cuts: Vec<f64> = rules.iter().filter(|r| wide(r.from, r.to)).map(|r| r.at).collect();
    cuts.sort_by(f64::total_cmp);
    segments.sort_by(|a, b| a.v.total_cmp(&b.v).then(a.u0.total_cmp(&b.u0)));
    let mut out: Vec<Vec<Segment>> = Vec::new();
    let mut band_of_last = usize::MAX;
    for s in segments {
        // A rule under a line, or through its descenders, is below it.
        let band = cuts.partition_point(|&y| y < s.v - 0.35 * s.size);
        if band != band_of_last {
            out.push(Vec::new());
            band_of_last = band;
        }
        if let Some(last) = out.last_mut() {
            last.push(s);
        }
    }
    out
}

/// Rules at one height joined into one: the cells of a row draw their own edges.
fn crossings(rules: &[Rule]) -> Vec<Rule> {
    let mut rules: Vec<&Rule> = rules.iter().collect();
    rules.sort_by(|a, b| a.at.total_cmp(&b.at).then(a.from.total_cmp(&b.from)));
    let mut out: Vec<Rule> = Vec::new();
    for height in rules.chunk_by(|a, b| b.at - a.at < 0.8) {
        let mut edges: Vec<(f64, f64)> = height.iter().map(|r| (r.from, r.to)).collect();
        edges.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = height.first().map_or(0.0, |r| r.at);
        for (from, to) in edges {
            match out.last_mut() {
                Some(last) if last.at == at && from <= last.to + 4.0 => last.to = last.to.max(to),
                _ => out.push(Rule { at, from, to }),
            }
        }
    }
    out
}

/// The cells of a band that is one row of a table: at least two, at least one of several lines, and
/// no two whose lines stand side by side (those are several rows without rules between them).
fn one_row(band: &[Segment]) -> Option<Vec<Vec<Segment>>> {
    let mut by_edge: Vec<&Segment> = band.iter().collect();
    by_edge.sort_by(|a, b| a.u0.total_cmp(&b.u0));
    let mut cells: Vec<(f64, Vec<Segment>)> = Vec::new();
    for s in by_edge {
        match cells.last_mut() {
            Some((edge, cell)) if s.u0 < *edge + GUTTER * s.size => {
                *edge = edge.max(s.u1);
                cell.push(s.clone());
            }
            _ => cells.push((s.u1, vec![s.clone()])),
        }
    }
    let mut cells: Vec<Vec<Segment>> = cells.into_iter().map(|(_, cell)| cell).collect();
    cells.iter_mut().for_each(|c| c.sort_by(|a, b| a.v.total_cmp(&b.v)));
    let tallest = cells.iter().map(Vec::len).max()?;
    let simple = cells.len() > 1 && (2..=8).contains(&tallest) && cells.iter().all(|c| is_stack(c));
    let limit = |i: usize| {
        let next = cells.get(i + 1);
        next.map(|c| c.iter().map(|s| s.u0).fold(f64::INFINITY, f64::min))
    };
    let separate = |i: usize, j: usize| {
        common_baselines(&cells[i], &cells[j]) >= 2
            && !is_wrapped(&cells[i], limit(i))
            && !is_wrapped(&cells[j], limit(j))
    };
    let several = (0..cells.len()).any(|i| (i + 1..cells.len()).any(|j| separate(i, j)));
    (simple && !several).then_some(cells)
}

/// Whether the lines of a cell go on with each other: a word is cut, or most lines end because the
/// next word would not have fitted before `limit`.
fn is_wrapped(cell: &[Segment], limit: Option<f64>) -> bool {
    let widest = cell.iter().map(|s| s.u1).fold(f64::NEG_INFINITY, f64::max);
    let limit = limit.unwrap_or(widest + 1.0);
    let mut full = 0;
    for pair in cell.windows(2) {
        let [a, b] = pair else { continue };
        let (Some(last), Some(first)) = (a.tokens.last(), b.tokens.first()) else { continue };
        let cut = last.text.strip_suffix('-').is_some_and(|w| w.ends_with(char::is_alphabetic));
        if cut && first.text.starts_with(char::is_alphabetic) {
            return true;
        }
        if a.u1 + 0.25 * a.size + (first.u1 - first.u0) + 0.5 * a.size > limit {
            full += 1;
        }
    }
    full * 2 >= cell.len() && full > 0
}

/// Lines one under the other, with the white of running text between them.
fn is_stack(cell: &[Segment]) -> bool {
    cell.windows(2).all(|pair| match pair {
        [a, b] => b.v - a.v > 0.5 * a.size && b.v - a.v < 1.9 * a.size.max(b.size),
        _ => true,
    })
}

fn common_baselines(a: &[Segment], b: &[Segment]) -> usize {
    a.iter().filter(|s| b.iter().any(|t| (s.v - t.v).abs() < 0.35 * s.size)).count()
}

/// A row of a table as one line.
fn print_row(cells: Vec<Vec<Segment>>, place: Place<'_>) -> Laid {
    let all = || cells.iter().flatten();
    let mut laid = Laid {
        top: all().map(Segment::top).fold(f64::INFINITY, f64::min),
        bottom: all().map(Segment::bottom).fold(f64::NEG_INFINITY, f64::max),
        size: all().map(|s| s.size).fold(0.0, f64::max),
        line: PrintedLine::default(),
        fresh: false,
    };
    for cell in &cells {
        let mut gap = Gap::Cell;
        for s in cell {
            let mut words = print(std::slice::from_ref(s), place).words;
            if let Some(first) = words.first_mut() {
                first.gap = gap;
            }
            gap = Gap::Space;
            laid.line.words.extend(words);
        }
    }
    laid
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
fn best_gutter(segments: &[Segment]) -> Option<Gutter> {
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
        for gutter in zones(&by_row, u) {
            if best.as_ref().is_none_or(|b| gutter.lines > b.lines) {
                best = Some(gutter);
            }
        }
    }
    best
}

/// The stretches of the region where no segment crosses `u`, and both sides are columns.
fn zones(by_row: &[&Segment], u: f64) -> Vec<Gutter> {
    let mut out = Vec::new();
    let mut zone: Vec<&Segment> = Vec::new();
    for s in by_row {
        if s.u0 < u && s.u1 > u {
            close(&zone, u, &mut out);
            zone.clear();
        } else {
            zone.push(s);
        }
    }
    close(&zone, u, &mut out);
    out
}

fn close(zone: &[&Segment], u: f64, out: &mut Vec<Gutter>) {
    let (left, right): (Vec<&Segment>, Vec<&Segment>) =
        zone.iter().copied().partition(|s| s.u0 < u);
    if left.is_empty() || right.is_empty() {
        return;
    }
    let left = beside(left, &right);
    let right = beside(right, &left);
    if left.is_empty() || right.is_empty() || !are_columns(&left, &right) {
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
fn are_columns(left: &[&Segment], right: &[&Segment]) -> bool {
    let size = median(left.iter().chain(right).map(|s| s.size));
    let left_edge = left.iter().map(|s| s.u1).fold(f64::NEG_INFINITY, f64::max);
    let right_edge = right.iter().map(|s| s.u0).fold(f64::INFINITY, f64::min);
    if right_edge - left_edge < GUTTER * size {
        return false;
    }
    let (few, many) = if rows(left) <= rows(right) { (left, right) } else { (right, left) };
    if rows(few) < 2 {
        return false;
    }
    let aligned =
        few.iter().filter(|s| many.iter().any(|t| (s.v - t.v).abs() < 0.35 * size)).count();
    // Labels stand apart from each other, each beside its value; a block of text does not.
    let solid = |side: &[&Segment]| {
        let close = side.windows(2).filter(|p| p[1].v - p[0].v < 1.9 * p[0].size).count();
        close * 4 >= (side.len() - 1) * 3
    };
    let unrelated = if rows(few) == 2 { aligned == 0 } else { aligned * 3 < few.len() };
    (is_prose(left) && is_prose(right)) || (unrelated && solid(few) && solid(many))
}

/// Number of lines of a side.
fn rows(side: &[&Segment]) -> usize {
    by_rows(side).len()
}

/// The lines of a side: left edge, right edge, number of words.
fn by_rows(side: &[&Segment]) -> Vec<(f64, f64, usize)> {
    let mut out: Vec<(f64, f64, usize)> = Vec::new();
    let mut last = f64::NEG_INFINITY;
    for s in side {
        match out.last_mut() {
            Some(row) if s.v - last <= SAME_LINE * s.size => {
                *row = (row.0.min(s.u0), row.1.max(s.u1), row.2 + s.tokens.len());
            }
            _ => out.push((s.u0, s.u1, s.tokens.len())),
        }
        last = s.v;
    }
    out
}

/// Lines of several words that mostly fill their column.
fn is_prose(side: &[&Segment]) -> bool {
    let rows = by_rows(side);
    let words = median(rows.iter().map(|r| r.2 as f64));
    let left = rows.iter().map(|r| r.0).fold(f64::INFINITY, f64::min);
    let right = rows.iter().map(|r| r.1).fold(f64::NEG_INFINITY, f64::max);
    let filled = rows.iter().filter(|r| r.1 - r.0 > 0.6 * (right - left)).count();
    rows.len() >= 3 && words >= 3.5 && filled * 2 > rows.len()
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}

/// Reads a region line by line, across its whole width.
fn read_across(mut segments: Vec<Segment>, place: Place<'_>, out: &mut Vec<Laid>) {
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
    for mut line in lines {
        line.sort_by(|a, b| a.u0.total_cmp(&b.u0));
        out.push(Laid {
            line: print(&line, place),
            top: line.iter().map(Segment::top).fold(f64::INFINITY, f64::min),
            bottom: line.iter().map(Segment::bottom).fold(f64::NEG_INFINITY, f64::max),
            size: line.iter().map(|s| s.size).fold(0.0, f64::max),
            fresh: false,
        });
    }
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
fn print(line: &[Segment], place: Place<'_>) -> PrintedLine {
    let mut tokens: Vec<&Token> = line.iter().flat_map(|s| &s.tokens).collect();
    reading_direction(&mut tokens);
    let cell_gap = if is_justified(&tokens) { f64::INFINITY } else { CELL_GAP };
    let mut words = Vec::with_capacity(tokens.len());
    let mut before: Option<&Token> = None;
    for token in tokens {
        let gap = before.map_or(0.0, |b| (token.u0 - b.u1).max(b.u0 - token.u1));
        let size = before.map_or(token.size, |b| token.size.max(b.size));
        words.push(PrintedWord {
            text: token.text.clone(),
            bbox: place(token),
            confidence: token.confidence,
            gap: if gap > cell_gap * size { Gap::Cell } else { Gap::Space },
            repaired: false,
        });
        before = Some(token);
    }
    PrintedLine { words: one_word_each(words) }
}

/// A line stretched to the width of its column: at least three gaps, all the same.
fn is_justified(tokens: &[&Token]) -> bool {
    let gaps: Vec<f64> = tokens.windows(2).map(|p| p[1].u0 - p[0].u1).collect();
    let (low, high) = gaps
        .iter()
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), &g| (low.min(g), high.max(g)));
    gaps.len() >= 3 && low > 0.0 && high - low < 0.1 * high
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
