//! History by dates: a mention whose closest date lies [`LIMIT_DAYS`] or more before the note is
//! past; one with a recent date is not, whatever else is said of it.
//!
//! Dates count in the sentence of the mention; when a sentence has both, those of the same group of
//! words first, then the closest. The birth date is no date of care and is not among them. Source of
//! the method and of the limit: EDS-NLP's `eds.history`.

use super::{Room, label};
use crate::found::{Found, Sink};
use crate::lists::List;
use crate::tokens::Gap;
use crate::view::View;

/// Days before the note from which on a date is past.
const LIMIT_DAYS: i32 = 14;

/// A date of the text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dated {
    pub(crate) from: u32,
    pub(crate) to: u32,
    pub(crate) sentence: u32,
    pub(crate) past: bool,
}

/// Keeps the dates whose distance from the note is known.
pub(super) fn find(view: &View<'_>, sink: &Sink, room: &mut Room) {
    room.dates.clear();
    let mut sentence = 0;
    for f in &sink.found {
        if label(view, f) != view.rules.context.date {
            continue;
        }
        let Some(days) = f.days.or_else(|| relative(sink, f)) else { continue };
        while view.sentences.get(sentence).is_some_and(|s| s.1 <= f.from) {
            sentence += 1;
        }
        let past = days <= -LIMIT_DAYS;
        room.dates.push(Dated { from: f.from, to: f.to, sentence: sentence as u32, past });
    }
}

// The days of a normal form like "-25 days".
fn relative(sink: &Sink, f: &Found) -> Option<i32> {
    let norm = sink.arena.get(f.norm.start as usize..f.norm.end as usize)?;
    let (number, unit) = norm.split_once(' ')?;
    (unit.starts_with("day") && number.starts_with(['-', '+', '~']))
        .then(|| number.trim_start_matches('~').parse().ok())
        .flatten()
}

/// The date that counts for the mention `from..to`, among those from its sentence on.
pub(super) fn of(view: &View<'_>, dates: &[Dated], (from, to): (u32, u32)) -> Option<Dated> {
    let first = dates.first()?;
    let (a, b) = view.sentences.get(first.sentence as usize).copied()?;
    if from < a || from >= b {
        return None;
    }
    let here = dates.iter().take_while(|d| d.sentence == first.sentence).take(MOST);
    if here.clone().all(|d| d.past == first.past) {
        return here.min_by_key(|d| d.from.abs_diff(from)).copied();
    }
    let (start, end) = group(view, (a, b), (from, to));
    let inside = |d: &&Dated| d.from >= start && d.from < end;
    here.clone()
        .find(|d| inside(d) && !d.past)
        .or_else(|| here.clone().find(inside))
        .or_else(|| here.min_by_key(|d| (d.from.abs_diff(start), d.past)))
        .copied()
}

// Dates of one sentence that are looked at.
const MOST: usize = 16;

// The group of words around a mention, between commas, conjunctions and prepositions.
fn group(view: &View<'_>, (a, b): (u32, u32), (from, to): (u32, u32)) -> (u32, u32) {
    let ends = |i: u32| {
        let i = i as usize;
        let stops = view.is(i, b',') || view.is(i, b';') || view.is(i, b'(') || view.is(i, b')');
        let joins = |v: i32| {
            use super::rules::End;
            matches!(
                End::of(v),
                Some(End::Contrast | End::Cause | End::Relative | End::With | End::And)
            )
        };
        stops || view.list(i, List::ScopeEnd).is_some_and(|(v, _)| joins(v)) || {
            view.gap(i) == Gap::Blank
        }
    };
    let start = (a..from).rev().take(60).find(|i| ends(*i)).unwrap_or(a);
    let end = (to..b).take(60).find(|i| ends(*i)).unwrap_or(b);
    (start, end)
}
