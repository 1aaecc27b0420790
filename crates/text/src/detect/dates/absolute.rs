//! Absolute dates: `12/03/2019`, `2019-03-12`, `12.03.19`, `11 janvier 2017 à 8h30`, `1er septembre`,
//! `déc. 2004`, `03/2019`, `le 09/08`, `en 2019`.
//!
//! A number that is a telephone, a page, a score, a pressure, a section number or a quantity is no
//! date. Of a date that is not in the calendar, what is printed is kept.

use super::amount::in_letters;
use super::calendar::{Day, full_year};
use super::rules::Rule;
use crate::lists::List;
use crate::tokens::Gap;
use crate::view::View;

/// A date and the token after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Absolute {
    pub(super) day: Day,
    pub(super) rule: Rule,
    pub(super) next: usize,
}

const SEPARATORS: [u8; 3] = [b'/', b'-', b'.'];

fn glued(view: &View<'_>, i: usize) -> bool {
    view.gap(i) == Gap::Glued
}

fn digits(view: &View<'_>, i: usize, len: usize) -> Option<u32> {
    view.token(i).filter(|t| t.is_digits() && t.len() == len).and_then(|_| view.digits(i))
}

fn year4(view: &View<'_>, i: usize) -> Option<u32> {
    digits(view, i, 4).filter(|y| (1900..=2099).contains(y))
}

fn short(view: &View<'_>, i: usize, most: u32) -> Option<u32> {
    let t = view.token(i).filter(|t| t.is_digits() && t.len() <= 2)?;
    let _ = t;
    view.digits(i).filter(|n| (1..=most).contains(n))
}

// Whether the number at `i` goes on from another one: `5.7`, `4-11`, `A12`.
pub(super) fn goes_on(view: &View<'_>, i: usize) -> bool {
    if !glued(view, i) {
        return false;
    }
    let Some(p) = i.checked_sub(1).and_then(|p| view.token(p)) else { return false };
    let joined = |i: usize| {
        glued(view, i - 1)
            && i.checked_sub(2)
                .and_then(|q| view.token(q))
                .is_some_and(|q| q.is_digits() || q.is_word())
    };
    p.is_word() && p.len() < 3
        || p.is_digits()
        || [b'.', b'/', b'-', b':', b',', b'%'].iter().any(|c| p.is_mark(*c)) && i > 1 && joined(i)
        || p.is_mark(b'/')
}

// Whether something glued after makes the figures part of a longer thing. A hyphen may open the
// other bound of a period.
fn closed(view: &View<'_>, next: usize, hyphen: bool) -> bool {
    let Some(t) = view.token(next) else { return true };
    let digit_after = view.token(next + 1).is_some_and(|n| n.is_digits() && n.gap() == Gap::Glued);
    if t.gap() != Gap::Glued {
        // "12.03 : 5" is nothing; "2019 %" is a quantity.
        return !(t.is_mark(b'%') || t.is_mark(b'.') && digit_after);
    }
    if t.is_word() {
        return view.list(next, List::Joiner).is_some_and(|j| j.0 == 1);
    }
    if t.is_mark(b'-') {
        return hyphen || !digit_after;
    }
    let number_mark = t.is_mark(b'.') || t.is_mark(b',') || t.is_mark(b':');
    !(t.is_digits() || t.is_mark(b'/') || t.is_mark(b'%') || number_mark && digit_after)
}

// Whether a unit or a counted thing follows.
fn counts(view: &View<'_>, next: usize) -> bool {
    view.gap(next) < Gap::Line
        && (view.list(next, List::NoDateAfter).is_some()
            || view.list(next, List::TimeUnit).is_some())
}

/// The value of the announcing word before token `i`, without the mark of periods; 0: none.
pub(super) fn announced(view: &View<'_>, i: usize) -> i32 {
    let Some(p) = i.checked_sub(1).filter(|_| view.gap(i) < Gap::Blank) else { return 0 };
    match view.list(p, List::DateBefore) {
        Some((v, next)) if next == i => v % 10,
        _ => 0,
    }
}

/// Whether a word shortly before says that the number is neither date nor year.
fn denied(view: &View<'_>, i: usize, back: usize) -> bool {
    said_before(view, i, back, 1) || in_street(view, i)
}

// `12 rue du 8 mai 1945`.
fn in_street(view: &View<'_>, i: usize) -> bool {
    said_before(view, i, 4, 5)
}

fn said_before(view: &View<'_>, i: usize, back: usize, what: i32) -> bool {
    (1..=back).any(|n| {
        let Some(p) = i.checked_sub(n) else { return false };
        view.list(p, List::NumberBefore).is_some_and(|n| n.0 == what)
            && view.tokens.get(p + 1..=i).is_some_and(|ts| ts.iter().all(|t| !t.begins_line()))
    })
}

/// The date in figures at the digits `i`; it may be glued to a date before it by a hyphen.
pub(super) fn figures(view: &View<'_>, i: usize, follows_date: bool) -> Option<Absolute> {
    if goes_on(view, i) && !follows_date {
        return None;
    }
    full(view, i).or_else(|| spaced(view, i)).or_else(|| partial(view, i))
}

// Three numbers with the same separator.
fn full(view: &View<'_>, i: usize) -> Option<Absolute> {
    let first = view.token(i)?;
    let separator = *SEPARATORS.iter().find(|c| view.is(i + 1, **c) && view.is(i + 3, **c))?;
    // Printed forms leave blanks around the slash.
    let tight = (i + 1..=i + 4).all(|j| glued(view, j));
    let loose = separator == b'/' && (i + 1..=i + 4).all(|j| view.gap(j) <= Gap::Space);
    if !(tight || loose) {
        return None;
    }
    let month = short(view, i + 2, 12)?;
    let (year, day) = if first.len() == 4 {
        (year4(view, i)?, short(view, i + 4, 31)?)
    } else {
        let day = short(view, i, 31)?;
        let year = match year4(view, i + 4) {
            Some(y) => y,
            None => {
                let two = digits(view, i + 4, 2)?;
                let whole = first.len() == 2 && view.token(i + 2)?.len() == 2;
                if !tight || separator != b'/' && !whole {
                    return None;
                }
                full_year(two, view.note.note_date)
            }
        };
        (year, day)
    };
    closed(view, i + 5, true).then_some(())?;
    let day = Day { year: Some(year), month: Some(month), day: Some(day), clock: None };
    Some(clocked(view, Absolute { day, rule: Rule::Figures, next: i + 5 }))
}

// `12 03 2019`, alone among its numbers.
fn spaced(view: &View<'_>, i: usize) -> Option<Absolute> {
    let (day, month) = (digits(view, i, 2)?, digits(view, i + 1, 2)?);
    let year = year4(view, i + 2)?;
    let spaces = view.gap(i + 1) == Gap::Space && view.gap(i + 2) == Gap::Space;
    let number = |j: usize| view.token(j).is_some_and(|t| t.is_digits() && t.gap() <= Gap::Space);
    let before = i.checked_sub(1).and_then(|p| view.token(p)).is_some_and(|t| t.is_digits())
        && view.gap(i) <= Gap::Space;
    let valid = (1..=31).contains(&day) && (1..=12).contains(&month);
    if !spaces || !valid || before || number(i + 3) || !closed(view, i + 3, false) {
        return None;
    }
    let day = Day { year: Some(year), month: Some(month), day: Some(day), clock: None };
    Some(clocked(view, Absolute { day, rule: Rule::Figures, next: i + 3 }))
}

// `03/2019`, `le 09/08`.
fn partial(view: &View<'_>, i: usize) -> Option<Absolute> {
    let slash = view.is(i + 1, b'/');
    if !(slash || view.is(i + 1, b'-')) || !glued(view, i + 1) || !glued(view, i + 2) {
        return None;
    }
    let (first, second) = (view.token(i)?, view.token(i + 2)?);
    if !closed(view, i + 3, second.len() == 4) || denied(view, i, 3) {
        return None;
    }
    let n = short(view, i, 31)?;
    if let Some(year) = year4(view, i + 2) {
        let day = Day { year: Some(year), month: Some(n).filter(|m| *m <= 12), ..Day::default() };
        return day.month.map(|_| Absolute { day, rule: Rule::Month, next: i + 3 });
    }
    if counts(view, i + 3) {
        return None;
    }
    let said = announced(view, i);
    let both = first.len() == 2 && second.len() == 2;
    if let Some(month) = short(view, i + 2, 12).filter(|_| said != 2 || n > 12) {
        let zero = slash && both && (n < 10 || month < 10);
        let told = said == 1 && (both || slash && first.len() + second.len() > 2);
        let day = Day { month: Some(month), day: Some(n), ..Day::default() };
        return (zero || told)
            .then(|| clocked(view, Absolute { day, rule: Rule::DayMonth, next: i + 3 }));
    }
    // `12/19`: a month and a year, unless it is a mark out of 20.
    let two = digits(view, i + 2, 2).filter(|y| said == 2 || !y.is_multiple_of(10))?;
    if !slash || n > 12 || first.len() != 2 {
        return None;
    }
    let year = full_year(two, view.note.note_date);
    let day = Day { year: Some(year), month: Some(n), ..Day::default() };
    Some(Absolute { day, rule: Rule::Month, next: i + 3 })
}

/// The year alone at the digits `i`.
pub(super) fn year_alone(view: &View<'_>, i: usize, follows_date: bool) -> Option<Absolute> {
    let year = year4(view, i)?;
    let last = view.note.note_date.map_or(2059, |d| u32::from(d.year) + 1);
    let previous = i.checked_sub(1).and_then(|p| view.token(p));
    let bound = previous.is_some_and(|p| {
        let stuck =
            view.gap(i) == Gap::Glued && !(p.is_mark(b'(') || p.is_mark(b'"') || p.is_mark(b'\''));
        let number = p.is_digits() && view.gap(i) <= Gap::Space;
        let result = [b':', b'=', b'<', b'>', b'/', b'+'].iter().any(|c| p.is_mark(*c));
        // "leucocytes à 2000"; "de 2010 à 2012" is a period.
        let at = p.len() <= 2 && matches!(view.list(i - 1, List::Joiner), Some((1, _)));
        stuck || number || result || at && !follows_date
    });
    let blank = view.gap(i + 1) < Gap::Line;
    let number_after = view.token(i + 1).is_some_and(|t| t.is_digits()) && blank;
    if year > last || bound || number_after || denied(view, i, 1) {
        return None;
    }
    if !closed(view, i + 1, false) || counts(view, i + 1) {
        return None;
    }
    let day = Day { year: Some(year), ..Day::default() };
    Some(Absolute { day, rule: Rule::Year, next: i + 1 })
}

/// The month at token `i` with the day `day` before it.
pub(super) fn letters(view: &View<'_>, i: usize, day: Option<u32>) -> Option<Absolute> {
    let (month, mut next) = view.list(i, List::Month)?;
    if day.is_none() && in_street(view, i) {
        return None;
    }
    if view.token(next).is_some_and(|n| n.is_digits() && n.gap() == Gap::Glued && n.len() != 4) {
        return None;
    }
    let bare = next;
    if view.is(next, b'.') && glued(view, next) {
        next += 1;
    }
    if (view.is(next, b'-') || view.is(next, b'/')) && glued(view, next) && glued(view, next + 1) {
        next += 1;
    }
    let month = u32::try_from(month).ok();
    let year = (view.gap(next) < Gap::Blank).then(|| year_after(view, next)).flatten();
    let rule = if day.is_some() { Rule::Letters } else { Rule::Month };
    let (year, next) = year.map_or((None, bare), |y| (Some(y), next + 1));
    let found = Absolute { day: Day { year, month, day, clock: None }, rule, next };
    if day.is_none() && year.is_none() && !month_may_stand(view, i, bare) {
        return None;
    }
    Some(if day.is_some() { clocked(view, found) } else { found })
}

fn year_after(view: &View<'_>, i: usize) -> Option<u32> {
    if let Some(y) = year4(view, i) {
        return closed(view, i + 1, true).then_some(y);
    }
    let two = digits(view, i, 2).filter(|_| closed(view, i + 1, false) && !counts(view, i + 1))?;
    // "mai 18 :" is a year; "en mai 18 patients" is not.
    let word_after = view
        .token(i + 1)
        .is_some_and(|t| t.is_word() && t.gap() < Gap::Line && t.len() > 4 || t.is_digits());
    (view.gap(i) < Gap::Line && !word_after).then(|| full_year(two, view.note.note_date))
}

// A month without day or year: short forms that mean something else need an announcement.
fn month_may_stand(view: &View<'_>, i: usize, next: usize) -> bool {
    let glued_after = view.token(next).is_some_and(|n| n.is_word() && n.gap() == Gap::Glued);
    if glued_after || view.gap(i) == Gap::Glued && i > 0 && !after_mark(view, i) {
        return false;
    }
    match view.list(i, List::TimeMark) {
        Some((21, _)) => {
            announced(view, i) == 2 && !view.token(next).is_some_and(|t| t.is_word())
                || view.is(next, b'.') && glued(view, next) && announced(view, i) == 2
        }
        _ => true,
    }
}

fn after_mark(view: &View<'_>, i: usize) -> bool {
    i.checked_sub(1).and_then(|p| view.token(p)).is_some_and(|p| {
        !p.is_digits() && (!p.is_word() || view.list(i - 1, List::DateBefore).is_some())
    })
}

/// The day and month in letters that begin at the digits or number word `i`.
pub(super) fn day_letters(view: &View<'_>, i: usize) -> Option<Absolute> {
    let (day, mut at) = if view.token(i)?.is_digits() {
        if goes_on(view, i) || in_street(view, i) {
            return None;
        }
        let n = short(view, i, 31)?;
        match view.list(i + 1, List::TimeMark) {
            Some((1 | 2, next)) => (n, next),
            _ => (n, i + 1),
        }
    } else {
        let (n, next) = view
            .list(i, List::OrdinalWord)
            .filter(|o| o.0 == 1)
            .or_else(|| in_letters(view, i).filter(|n| n.0 > 1 && n.0 < 32))?;
        (u32::try_from(n).ok()?, next)
    };
    if SEPARATORS.iter().any(|c| view.is(at, *c)) && glued(view, at) && glued(view, at + 1) {
        at += 1;
    }
    if view.gap(at) == Gap::Blank {
        return None;
    }
    letters(view, at, Some(day))
}

// The same with the hour that follows: `à 8h30`, `10:30`, `14h`.
fn clocked(view: &View<'_>, date: Absolute) -> Absolute {
    let mut at = date.next;
    if view.gap(at) == Gap::Space
        && let Some((1 | 2, next)) = view.list(at, List::Joiner)
    {
        at = next;
    } else if view.is(at, b'-') && view.gap(at) == Gap::Space {
        at += 1;
    }
    if view.gap(at) != Gap::Space {
        return date;
    }
    match clock(view, at) {
        Some((clock, next)) => {
            Absolute { day: Day { clock: Some(clock), ..date.day }, next, ..date }
        }
        None => date,
    }
}

// `8h`, `8h30`, `8 h 30`, `08:30:15`.
fn clock(view: &View<'_>, i: usize) -> Option<((u32, u32, u32), usize)> {
    let two = |i: usize, most: u32| {
        view.token(i).filter(|t| t.is_digits() && t.len() <= 2)?;
        view.digits(i).filter(|n| *n < most)
    };
    let hour = two(i, 24)?;
    if view.is(i + 1, b':') && glued(view, i + 1) && glued(view, i + 2) {
        let minute = digits(view, i + 2, 2).filter(|m| *m < 60)?;
        let second = (view.is(i + 3, b':') && glued(view, i + 3))
            .then(|| digits(view, i + 4, 2).filter(|s| *s < 60))
            .flatten();
        return Some(match second {
            Some(s) => ((hour, minute, s), i + 5),
            None => ((hour, minute, 0), i + 3),
        });
    }
    let Some((11, next)) = view.list(i + 1, List::TimeMark) else { return None };
    match two(next, 60).filter(|_| view.gap(next) <= Gap::Space) {
        Some(minute) => {
            let after = match view.list(next + 1, List::TimeMark) {
                Some((12, after)) => after,
                _ => next + 1,
            };
            let second = two(after, 60).filter(|_| after > next + 1 && glued(view, after));
            Some(second.map_or(((hour, minute, 0), after), |s| ((hour, minute, s), after + 1)))
        }
        None => Some(((hour, 0, 0), next)),
    }
}
