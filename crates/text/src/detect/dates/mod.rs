//! Time: dates, counted dates, durations, frequencies, periods, and the date of the consultation.
//!
//! One pass over the tokens; a number or a word that begins a list of `rules/lists/time.toml` is
//! looked at, longest reading first. Norms are those of the wire format (`2017-01-11`, `-365 days`,
//! `during 30 days`, `3 per day`, `2012-06-05/2012-07-06`). The phenomena are those of EDS-NLP's
//! dates, with ages, hours, pressures and scores kept apart.

mod absolute;
mod amount;
mod calendar;
mod consultation;
mod frequency;
mod period;
mod relative;
mod rules;

pub(crate) use rules::{TimeRules, compile};

use crate::found::{Piece, Sink};
use crate::lists::List;
use crate::tokens::{Gap, TokenKind};
use crate::view::View;
use crate::vocabulary::WordId;
use absolute::Absolute;
use calendar::{Day, write_length};
use frequency::Rate;
use rules::Rule;

/// The normal form of a time expression.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Norm {
    /// The text does not tell it.
    None,
    /// Absolute.
    Day(Day),
    /// Seconds from the note or the event, at least and at most.
    Signed(i64, i64),
    /// Seconds it lasts, at least and at most.
    During(i64, i64),
    /// From one date to another.
    Span(Day, Day),
    /// Now, within this unit.
    Current(&'static str),
    /// Frequency.
    Rate(Rate),
}

/// A time expression, in tokens.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Timed {
    from: usize,
    next: usize,
    rule: Rule,
    norm: Norm,
    /// Days from the note.
    days: Option<i32>,
}

impl Timed {
    fn new(from: usize, next: usize, rule: Rule) -> Timed {
        Timed { from, next, rule, norm: Norm::None, days: None }
    }

    fn absolute(from: usize, a: Absolute, view: &View<'_>) -> Timed {
        let days = a.day.since_note(view.note.note_date);
        Timed { norm: Norm::Day(a.day), days, ..Timed::new(from, a.next, a.rule) }
    }

    fn is_date(&self) -> bool {
        (self.rule as usize) < Rule::During as usize
    }
}

/// Lists of words with which a time may begin.
pub(crate) const TRIGGERS: u64 = bit(List::Month)
    | bit(List::NumberWord)
    | bit(List::VagueNumber)
    | bit(List::OrdinalWord)
    | bit(List::TimeBefore)
    | bit(List::TimeUnit)
    | bit(List::DayWord)
    | bit(List::DayMark)
    | bit(List::Times)
    | bit(List::Frequency)
    | bit(List::AroundEvent)
    | bit(List::Consultation);

// Numbers in letters, which say nothing without what they count ("une").
const NUMBERS: u64 = bit(List::NumberWord) | bit(List::VagueNumber) | bit(List::OrdinalWord);

// The same and what only announces a time ("à").
const OPENERS: u64 = NUMBERS | bit(List::TimeBefore);

// Lists of what goes on after a number, marks aside.
const COUNTS_ON: u64 = bit(List::Month)
    | bit(List::TimeUnit)
    | bit(List::TimeMark)
    | bit(List::TimeAfter)
    | bit(List::Joiner)
    | bit(List::Times);

// Lists of what goes on after a word that announces a time, or after a number in letters.
const OPENS_ON: u64 =
    COUNTS_ON | NUMBERS | bit(List::DayWord) | bit(List::Approximate) | bit(List::SmallWord);

const fn bit(list: List) -> u64 {
    1 << list as u64
}

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    let mut last: Option<Timed> = None;
    let mut act = consultation::Act::default();
    let mut next = 0;
    for i in view.landmarks.counted.iter().map(|i| *i as usize) {
        let Some(t) = view.token(i).filter(|_| i >= next) else { continue };
        let found = if t.is_digits() {
            if counts_time(view, i) { number(view, i, last.as_ref()) } else { None }
        } else if t.is_word() && t.word.has(WordId::LISTS) {
            let starts = view.starts(i) & TRIGGERS;
            if starts & bit(List::Consultation) != 0 {
                act.announced(view, i);
            }
            let stands = starts & !OPENERS != 0 || starts != 0 && opens(view, i);
            if stands { word(view, i, starts) } else { None }
        } else {
            None
        };
        let Some(mut found) = found else { continue };
        next = found.next.max(i + 1);
        if is_birth(view, &found) {
            continue;
        }
        if let Some(p) = period::of(view, last.as_ref(), &found) {
            push(view, &p, sink);
        }
        act.dated(view, &found);
        found.from = found.from.min(next);
        push(view, &found, sink);
        last = Some(found);
    }
    act.close(view, sink);
}

/// The token after a duration that begins at `i` with its word (`pendant`, `pour`, `qsp`).
pub(crate) fn during(view: &View<'_>, i: usize) -> Option<usize> {
    let at = match (view.list(i, List::TimeBefore), view.list(i, List::DurationBefore)) {
        (Some((4, next)), _) | (_, Some((1, next))) => next,
        _ => return None,
    };
    let at = view.list(at, List::Approximate).map_or(at, |a| a.1);
    amount::amount(view, at).map(|a| a.next)
}

/// The token after a frequency that begins at `i`.
pub(crate) fn rate(view: &View<'_>, i: usize) -> Option<usize> {
    let found = frequency::times(view, i)
        .or_else(|| frequency::every(view, i))
        .or_else(|| frequency::adjective(view, i))?;
    Some(found.next)
}

/// A number in figures or letters and the token after it.
pub(crate) fn count(view: &View<'_>, i: usize) -> Option<(f64, usize)> {
    amount::count(view, i)
}

// Whether a number in letters, or what announces a time, can go on as one at the word `i`.
fn opens(view: &View<'_>, i: usize) -> bool {
    view.token(i + 1).is_some_and(|next| !next.is_word())
        || view.starts(i + 1) & OPENS_ON != 0
        || view.goes_on(i)
}

// Whether the digits at `i` can go on as anything but a year: not at the end of a statement, nor
// before a word that counts no time.
fn figure_goes_on(view: &View<'_>, i: usize) -> bool {
    let Some(next) = view.token(i + 1) else { return false };
    if view.starts(i) & TRIGGERS != 0 || view.starts(i + 1) & COUNTS_ON != 0 {
        return true;
    }
    let glued = |i: usize| view.gap(i) == Gap::Glued;
    match next.kind() {
        TokenKind::Word => false,
        TokenKind::Digits => true,
        _ if next.is_mark(b'/') || next.is_mark(b'-') => true,
        _ if next.is_mark(b'.') => glued(i + 1) && glued(i + 2),
        _ => next.is_mark(b',') && view.token(i + 2).is_some_and(|t| t.is_digits()),
    }
}

// Lists of what may follow a number in a time expression.
const AFTER_NUMBER: u64 = bit(List::Month)
    | bit(List::NumberWord)
    | bit(List::VagueNumber)
    | bit(List::OrdinalWord)
    | bit(List::TimeMark)
    | bit(List::TimeUnit)
    | bit(List::AfterUnit)
    | bit(List::TimeAfter)
    | bit(List::DayWord)
    | bit(List::Joiner)
    | bit(List::DayMark)
    | bit(List::Times)
    | bit(List::Frequency)
    | bit(List::AroundEvent)
    | bit(List::PeriodLink)
    | bit(List::SmallWord);

// Whether the digits at `i` can belong to a time: not those before a word of something else ("5 mg",
// "3 patients"), years apart.
fn counts_time(view: &View<'_>, i: usize) -> bool {
    let year = view.token(i).is_some_and(|t| t.len() == 4);
    year || view.token(i + 1).is_none_or(|next| !next.is_word())
        || view.starts(i + 1) & AFTER_NUMBER != 0
        || view.starts(i) & TRIGGERS != 0
        || view.gap(i + 1) >= Gap::Line
        || i.checked_sub(1).is_some_and(|b| !view.token(b).is_some_and(|t| t.is_word()))
}

// The longest reading of the digits at `i`.
fn number(view: &View<'_>, i: usize, last: Option<&Timed>) -> Option<Timed> {
    let year = view.token(i).is_some_and(|t| t.len() == 4);
    if !year && !figure_goes_on(view, i) {
        return None;
    }
    let follows = last.is_some_and(|l| l.is_date() && period::link(view, l.next, i) > 0);
    let date = absolute::figures(view, i, follows).or_else(|| absolute::day_letters(view, i));
    if let Some(a) = date {
        return Some(Timed::absolute(i, a, view));
    }
    let follows = follows || period::until(view, i);
    relative::ranked(view, i)
        .or_else(|| frequency::times(view, i))
        .or_else(|| view.list(i, List::Frequency).and_then(|_| frequency::adjective(view, i)))
        .or_else(|| relative::bare(view, i))
        .or_else(|| period::years(view, i))
        .or_else(|| Some(Timed::absolute(i, absolute::year_alone(view, i, follows)?, view)))
}

// What begins at the word `i`, which begins entries of the lists `starts`.
fn word(view: &View<'_>, i: usize, starts: u64) -> Option<Timed> {
    let has = |list: List| starts & bit(list) != 0;
    if has(List::TimeBefore)
        && let Some(t) = relative::counted(view, i)
    {
        return Some(t);
    }
    if has(List::Frequency)
        && let Some(t) = frequency::adjective(view, i)
    {
        return Some(t);
    }
    if has(List::DayWord)
        && let Some(t) = relative::named(view, i)
    {
        return Some(t);
    }
    if starts & NUMBERS != 0 && (has(List::Times) || number_goes_on(view, i)) {
        let date = absolute::day_letters(view, i).map(|a| Timed::absolute(i, a, view));
        let found = date
            .or_else(|| relative::ranked(view, i))
            .or_else(|| frequency::times(view, i))
            .or_else(|| relative::bare(view, i));
        if found.is_some() {
            return found;
        }
    }
    if has(List::Month)
        && let Some(a) = absolute::letters(view, i, None)
    {
        return Some(Timed::absolute(i, a, view));
    }
    if has(List::Times)
        && let Some(t) = frequency::every(view, i).or_else(|| crossed(view, i))
    {
        return Some(t);
    }
    if has(List::DayMark)
        && let Some(t) = relative::marked(view, i)
    {
        return Some(t);
    }
    if has(List::TimeUnit)
        && let Some(t) = relative::last_unit(view, i)
    {
        return Some(t);
    }
    let (_, next) = view.list(i, List::AroundEvent)?;
    Some(Timed::new(i, next, Rule::AroundEvent))
}

// Whether what follows the number in letters at `i` is counted by it.
fn number_goes_on(view: &View<'_>, i: usize) -> bool {
    view.token(i + 1).is_some_and(|next| !next.is_word())
        || view.starts(i + 1) & (COUNTS_ON | NUMBERS) != 0
        || view.goes_on(i)
}

fn crossed(view: &View<'_>, i: usize) -> Option<Timed> {
    matches!(view.list(i, List::Times), Some((10, _))).then(|| frequency::times(view, i)).flatten()
}

// Whether the date is one of birth: told so, or the patient's.
fn is_birth(view: &View<'_>, found: &Timed) -> bool {
    let Norm::Day(day) = found.norm else { return false };
    if view.note.birth_date.is_some_and(|b| day.is(b)) {
        return true;
    }
    // A colon, a bracket or "le" may stand between.
    (1..=8).any(|n| {
        let Some(p) = found.from.checked_sub(n) else { return false };
        let Some((2, next)) = view.list(p, List::NumberBefore) else { return false };
        next <= found.from
            && (next..found.from).all(|j| {
                view.is(j, b':')
                    || view.is(j, b'(')
                    || view.is(j, b')')
                    || view.list(j, List::DateBefore).is_some()
            })
    })
}

fn push(view: &View<'_>, t: &Timed, sink: &mut Sink) {
    let norm = write(t.norm, sink);
    let origin = view.rules.time.origin(t.rule);
    if let Some(f) = sink.push(view.tokens, t.from, t.next, origin) {
        f.norm = norm;
        f.days = t.days.filter(|_| view.note.note_date.is_some());
    }
}

fn write(norm: Norm, sink: &mut Sink) -> Piece {
    match norm {
        Norm::None => Piece::default(),
        Norm::Day(day) => day.write(sink),
        Norm::Span(first, last) => {
            let start = first.write(sink).start;
            sink.write(format_args!("/"));
            Piece { start, end: last.write(sink).end }
        }
        Norm::Current(unit) => sink.write(format_args!("~0 {unit}")),
        Norm::Signed(low, high) => {
            let lead = if low < 0 { "-" } else { "+" };
            range(lead, low.saturating_abs(), high.saturating_abs(), sink)
        }
        Norm::During(low, high) => range("during ", low, high, sink),
        Norm::Rate(Rate { times, every, unit }) => {
            let start = sink.arena.len() as u32;
            if times > 0.0 {
                sink.write(format_args!("{times} "));
            }
            let end = match every {
                1 => sink.write(format_args!("per {unit}")).end,
                n => sink.write(format_args!("per {n} {unit}s")).end,
            };
            Piece { start, end }
        }
    }
}

fn range(lead: &str, low: i64, high: i64, sink: &mut Sink) -> Piece {
    let piece = write_length(lead, low, sink);
    if high == low {
        return piece;
    }
    Piece { end: write_length(" to ", high, sink).end, ..piece }
}
