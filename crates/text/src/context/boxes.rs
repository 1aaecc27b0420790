//! Forms: boxes to tick (`☐ fièvre ☒ toux`, `Fièvre : ☐ oui ☒ non`, `[x]`, `[ ]`) and tables of signs
//! with a column *oui* and a column *non*.
//!
//! A sign whose box is empty, or whose answer is *non*, is negated; one without an answer is left.
//! Rows of a table end at an empty line.

use super::Room;
use super::reach::Reach;
use super::rules::Effect;
use crate::lists::{List, context_word as word};
use crate::tokens::{Gap, mark};
use crate::view::View;

// Longest line and longest table looked at, in tokens and lines.
const LINE: usize = 150;
const ROWS: usize = 80;
// Widest indentation of a line, in bytes.
const INDENT: usize = 1000;

/// Adds what boxes and columns say.
pub(super) fn find(view: &View<'_>, room: &mut Room) {
    let mut done = 0;
    let odd: &[u32] = if view.landmarks.boxes { &view.landmarks.odd } else { &[] };
    for i in odd.iter().map(|i| *i as usize) {
        if i >= done && tick(view, i).is_some() {
            let line = line_of(view, i);
            boxes(view, room, line);
            done = line.1;
        }
    }
    // One past the last row of a table: an answer inside it heads no other one.
    let mut done = 0;
    for n in 0..room.yes.len() {
        if let Some(&yes) = room.yes.get(n).filter(|y| **y as usize >= done) {
            done = columns(view, room, yes as usize).unwrap_or(done);
        }
    }
}

fn negate(view: &View<'_>, room: &mut Room, (lo, hi): (usize, usize), cue: (usize, usize)) {
    if lo >= hi {
        return;
    }
    let (lo, hi) = (lo as u32, hi as u32);
    let first = view.sentences.partition_point(|s| s.1 <= lo);
    for (n, s) in view.sentences.iter().enumerate().skip(first).take_while(|(_, s)| s.0 < hi) {
        room.reaches.push(Reach {
            effect: Effect::Negated,
            lo: lo.max(s.0),
            hi: hi.min(s.1),
            cue: (cue.0 as u32, cue.1 as u32),
            sentence: n as u32,
            tests_stand: false,
        });
    }
}

// The line of token `i`, as tokens.
fn line_of(view: &View<'_>, i: usize) -> (usize, usize) {
    let begins = |i: &usize| view.gap(*i) >= Gap::Line;
    let start = (i.saturating_sub(LINE)..=i).rev().find(begins).unwrap_or(i.saturating_sub(LINE));
    (start, line_end(view, i))
}

fn line_end(view: &View<'_>, i: usize) -> usize {
    let last = view.tokens.len().min(i + LINE);
    (i + 1..last).find(|i| view.gap(*i) >= Gap::Line).unwrap_or(last)
}

// Whether the box that begins at token `i` is ticked, and the token after it.
fn tick(view: &View<'_>, i: usize) -> Option<(bool, usize)> {
    if view.is(i, mark::CHECKED) {
        return Some((true, i + 1));
    }
    if view.is(i, mark::UNCHECKED) {
        return Some((false, i + 1));
    }
    if !view.is(i, b'[') {
        return None;
    }
    if view.is(i + 1, b']') {
        return Some((false, i + 2));
    }
    (crossed(view, i + 1) && view.is(i + 2, b']')).then_some((true, i + 3))
}

// Whether token `i` is a cross.
fn crossed(view: &View<'_>, i: usize) -> bool {
    view.is(i, b'+')
        || view.is(i, mark::CHECKED)
        || view.token(i).is_some_and(|t| matches!(t.of(view.text), "x" | "X"))
}

fn answer(view: &View<'_>, i: usize) -> Option<bool> {
    match view.list(i, List::ContextWord)?.0 {
        word::YES => Some(true),
        word::NO => Some(false),
        _ => None,
    }
}

fn boxes(view: &View<'_>, room: &mut Room, (start, end): (usize, usize)) {
    let next_box = |from: usize| (from..end).find(|i| tick(view, *i).is_some());
    let Some(first) = next_box(start) else { return };
    let last_is_box = (start..end)
        .rev()
        .find(|i| !view.is(*i, b']') && !view.is(*i, b'.'))
        .is_some_and(|i| tick(view, i).is_some() || tick(view, i.saturating_sub(1)).is_some());
    // "Fièvre ☐ toux ☒", "oui ☐ non ☒": the box follows what it is about.
    let after = last_is_box && first > start;
    let (mut at, mut question) = (first, (start, first));
    let mut left = start;
    loop {
        let Some((ticked, past)) = tick(view, at) else { return };
        let next = next_box(past);
        let label = if after { (left, at) } else { (past, next.unwrap_or(end)) };
        let said = if after {
            at.checked_sub(1).and_then(|i| answer(view, i))
        } else {
            answer(view, past)
        };
        match said {
            Some(yes) => {
                if after && at > label.0 + 1 {
                    question = (label.0, at - 1);
                }
                if ticked && !yes {
                    negate(view, room, question, (at, past));
                }
                if !after && label.1 > past + 1 {
                    question = (past + 1, label.1);
                }
            }
            None if !ticked => negate(view, room, label, (at, past)),
            None => {}
        }
        left = past;
        let Some(n) = next else { return };
        at = n;
    }
}

// A table below the words "oui" and "non": a cross in the column of "non" negates its row. The token
// after its last row.
fn columns(view: &View<'_>, room: &mut Room, yes: usize) -> Option<usize> {
    let header = line_of(view, yes);
    let no = (header.0..header.1).find(|i| answer(view, *i) == Some(false))?;
    let (low, high) = (yes.min(no), yes.max(no));
    let barred = (low..high).any(|i| view.is(i, b'|'));
    if high - low > 3 || !(barred || view.gap(high) == Gap::Wide) {
        return None;
    }
    let place = |line: (usize, usize), i: usize| -> i64 {
        if barred {
            return (line.0..i).filter(|j| view.is(*j, b'|')).count() as i64;
        }
        let from = view.token(line.0).map_or(0, |t| t.start as usize);
        let to = view.token(i).map_or(0, |t| t.start as usize);
        // The indentation of the line counts.
        let low = from.saturating_sub(INDENT);
        let before = view.text.as_bytes().get(low..from).unwrap_or_default();
        let from = before.iter().rposition(|b| *b == b'\n').map_or(from, |n| low + n + 1);
        view.text.get(from..to).map_or(0, |t| t.chars().count() as i64)
    };
    let (at_yes, at_no) = (place(header, yes), place(header, no));
    let mut start = header.1;
    for _ in 0..ROWS {
        if start >= view.tokens.len() || view.gap(start) == Gap::Blank {
            break;
        }
        let row = (start, line_end(view, start));
        start = row.1;
        let Some(cross) = (row.0 + 1..row.1).find(|i| crossed(view, *i)) else { continue };
        let here = place(row, cross);
        let nearer_no = (here - at_no).abs() < (here - at_yes).abs();
        if if barred { here == at_no } else { nearer_no } {
            negate(view, room, (row.0, cross), (cross, cross + 1));
        }
    }
    Some(start)
}
