//! Dates counted from the note or from an event, and lengths of time: `il y a 3 mois`, `depuis
//! hier`, `la semaine dernière`, `3 jours plus tard`, `au 3ème jour`, `J+2`, `pendant 10 jours`,
//! `un recul de 8 ans`.
//!
//! An age (`âgé de 3 mois`, `patient de 54 ans`) and an hour (`à 14 h`) are none of these. Dates that
//! count from an event have a norm and no distance from the note.

use super::absolute::goes_on;
use super::amount::{Amount, HOUR, YEAR, amount, unit};
use super::calendar::DAY;
use super::rules::Rule;
use super::{Norm, Timed};
use crate::lists::List;
use crate::tokens::Gap;
use crate::view::View;

/// What begins with `il y a`, `depuis`, `dans`, `à`, `pendant`.
pub(super) fn counted(view: &View<'_>, i: usize) -> Option<Timed> {
    let (before, mut at) = view.list(i, List::TimeBefore)?;
    // "a" is the verb.
    if before == 3 && view.words(i, at) == "a" {
        return None;
    }
    if before == 1
        && let Some((days @ -49..=49, next)) = view.list(at, List::DayWord)
    {
        return Some(from_note(Timed::new(i, next, Rule::Named), i64::from(days) * DAY));
    }
    for _ in 0..3 {
        match view.list(at, List::Approximate) {
            Some((_, next)) => at = next,
            None => break,
        }
    }
    if let Some((1, next)) = view.list(at, List::SmallWord) {
        return one_unit(view, i, next, before);
    }
    // "a", "à" come often and mostly announce nothing.
    if view.token(at).is_some_and(|t| t.is_word()) && view.starts(at) & super::NUMBERS == 0 {
        return None;
    }
    let a = amount(view, at)?;
    if view.gap(at) == Gap::Blank || a.clock && before == 3 {
        return None;
    }
    if a.pregnancy {
        return Some(length(Timed::new(at, a.next, Rule::Pregnancy), &a));
    }
    let after = view.list(a.next, List::TimeAfter);
    Some(match before {
        1 => signed(Timed::new(i, a.next, Rule::Counted), &a, -1),
        2 => signed(Timed::new(i, a.next, Rule::Counted), &a, 1),
        4 => length(Timed::new(i, a.next, Rule::During), &a),
        _ if duration_cue(view, at) => length(Timed::new(at, a.next, Rule::Length), &a),
        _ if is_age(view, at, &a) || a.unit == HOUR && a.count < 24.0 && after.is_none() => {
            return None;
        }
        _ => {
            let t = signed(Timed::new(i, a.next, Rule::FromEvent), &a, -1);
            Timed { days: None, ..t }
        }
    })
}

// `dans la semaine`, `depuis la semaine dernière`: the unit is at `at`.
fn one_unit(view: &View<'_>, i: usize, at: usize, before: i32) -> Option<Timed> {
    let (unit, next) = unit(view, at).filter(|u| u.0 >= DAY)?;
    match view.list(next, List::TimeAfter) {
        Some((side @ (-1 | 1), after)) => {
            Some(from_note(Timed::new(i, after, Rule::Counted), unit * i64::from(side)))
        }
        Some((side @ (-2 | 2), after)) => {
            let t = from_note(Timed::new(i, after, Rule::FromEvent), unit * i64::from(side / 2));
            Some(Timed { days: None, ..t })
        }
        _ if before == 2 && !view.token(next).is_some_and(|t| t.is_digits()) => {
            Some(from_note(Timed::new(i, next, Rule::Counted), unit))
        }
        _ => None,
    }
}

/// `la semaine dernière`, from its unit at token `i`.
pub(super) fn last_unit(view: &View<'_>, i: usize) -> Option<Timed> {
    let article = i.checked_sub(1)?;
    match view.list(article, List::SmallWord) {
        Some((1, next)) if next == i => {}
        _ => return None,
    }
    let (_, after) = view.list(i, List::TimeUnit)?;
    let (side, _) = view.list(after, List::TimeAfter)?;
    // "le mois avant l'opération" says no date by itself.
    (view.words(after, after + 1).len() > 5 || side.abs() == 1).then_some(())?;
    one_unit(view, article, i, 0)
}

/// `hier`, `cette semaine`, `la veille`.
pub(super) fn named(view: &View<'_>, i: usize) -> Option<Timed> {
    let (value, next) = view.list(i, List::DayWord)?;
    match value {
        201..=204 => {
            let remote =
                view.is(next, b'-') && matches!(view.list(next + 1, List::AfterUnit), Some((3, _)));
            let unit = match value {
                201 => "day",
                202 => "week",
                203 => "month",
                _ => "year",
            };
            let t = Timed::new(i, next, Rule::Named);
            (!remote).then_some(Timed { norm: Norm::Current(unit), days: Some(0), ..t })
        }
        50..=200 => {
            let p = i.checked_sub(1).filter(|_| view.gap(i) < Gap::Blank)?;
            let article = matches!(view.list(p, List::SmallWord), Some((1, n)) if n == i);
            if !article && view.list(p, List::DateBefore).is_none() {
                return None;
            }
            let t = Timed::new(if article { p } else { i }, next, Rule::FromEvent);
            Some(Timed { days: None, ..from_note(t, i64::from(value - 100) * DAY) })
        }
        _ => Some(from_note(Timed::new(i, next, Rule::Named), i64::from(value) * DAY)),
    }
}

/// `3ème jour`, `cinquième jour`.
pub(super) fn ranked(view: &View<'_>, i: usize) -> Option<Timed> {
    let (rank, at) = if view.token(i)?.is_digits() {
        let n = view.digits(i).filter(|n| *n < 400)?;
        let Some((1 | 2, next)) = view.list(i + 1, List::TimeMark) else { return None };
        (i64::from(n), next)
    } else {
        let (n, next) = view.list(i, List::OrdinalWord)?;
        (i64::from(n), next)
    };
    let (unit, next) = unit(view, at).filter(|u| u.0.abs() < 7_776_000)?;
    let t = Timed::new(i, next, Rule::FromEvent);
    Some(Timed { days: None, ..from_note(t, rank * unit.abs()) })
}

/// `J3`, `J+2`, `M+6`.
pub(super) fn marked(view: &View<'_>, i: usize) -> Option<Timed> {
    let (unit, at) = view.list(i, List::DayMark)?;
    let plus = view.is(at, b'+');
    let sign = plus || view.is(at, b'-');
    let day = i64::from(unit) == DAY;
    if goes_on(view, i) || sign && view.gap(at) != Gap::Glued || !plus && !day {
        return None;
    }
    let number = at + usize::from(sign);
    let t = view.token(number).filter(|t| t.is_digits() && t.len() <= 3)?;
    let capital = view.token(i)?.case() != crate::tokens::Case::Lower;
    if t.gap() > Gap::Glued && !(capital && t.gap() == Gap::Space) {
        return None;
    }
    let tail = view.token(number + 1).is_some_and(|n| n.is_word() && n.gap() == Gap::Glued);
    let n = i64::from(view.digits(number)?);
    let n = if sign && !plus { -n } else { n };
    let t = Timed::new(i, number + 1, Rule::FromEvent);
    (!tail).then(|| Timed { days: None, ..from_note(t, n * i64::from(unit)) })
}

/// A counted time that nothing announces: `3 jours plus tard`, `un recul de 8 ans`, `38 SA`.
pub(super) fn bare(view: &View<'_>, i: usize) -> Option<Timed> {
    let previous = i.checked_sub(1);
    let slash = previous.is_some_and(|p| view.is(p, b'/'));
    if goes_on(view, i) || slash {
        return None;
    }
    let a = amount(view, i)?;
    if a.pregnancy {
        return Some(length(Timed::new(i, a.next, Rule::Pregnancy), &a));
    }
    let start = before_approximate(view, i);
    let after = view.list(a.next, List::TimeAfter).map(|x| x.0);
    let cue = duration_cue(view, start);
    if is_age(view, start, &a) {
        return None;
    }
    let vague = a.count == 0.0;
    let accepted = match a.unit {
        _ if cue || after.is_some_and(|s| s != 3) || a.side != 0 => true,
        _ if a.clock || a.one => false,
        YEAR => vague || noun_before(view, start),
        HOUR => a.count >= 24.0 || vague || view.words(a.next - 1, a.next).len() > 1,
        _ => !person_before(view, start),
    };
    if !accepted || a.clock && !cue {
        return None;
    }
    Some(match (a.side, after) {
        (0, Some(side @ (-2 | 2))) => {
            let t = signed(Timed::new(i, a.next + 1, Rule::FromEvent), &a, side / 2);
            let next = view.list(a.next, List::TimeAfter).map_or(a.next, |x| x.1);
            Timed { days: None, next, ..t }
        }
        (0, Some(side @ (-1 | 1))) => {
            let next = view.list(a.next, List::TimeAfter).map_or(a.next, |x| x.1);
            signed(Timed::new(i, next, Rule::Counted), &a, side)
        }
        (0, _) => length(Timed::new(i, a.next, Rule::Length), &a),
        (side, _) => signed(Timed::new(i, a.next, Rule::Counted), &a, side),
    })
}

// The first token of an approximation (`près de`) that ends at `i`.
fn before_approximate(view: &View<'_>, i: usize) -> usize {
    (1..=4)
        .filter_map(|n| i.checked_sub(n))
        .rfind(|p| matches!(view.list(*p, List::Approximate), Some((_, next)) if next == i))
        .unwrap_or(i)
}

fn duration_cue(view: &View<'_>, i: usize) -> bool {
    (1..=5)
        .filter_map(|n| i.checked_sub(n))
        .any(|p| matches!(view.list(p, List::DurationBefore), Some((1, next)) if next == i))
}

// Whether the same sentence has, within `back` tokens before `i`, an entry of `list` for which
// `wanted` holds.
fn recent(view: &View<'_>, i: usize, back: usize, list: List, wanted: i32) -> bool {
    for n in 1..=back {
        let Some(p) = i.checked_sub(n) else { return false };
        let stop = view.is(p, b'.') || view.is(p, b',') || view.gap(p + 1) == Gap::Blank;
        if stop {
            return false;
        }
        if matches!(view.list(p, list), Some((v, _)) if v == wanted) {
            return true;
        }
    }
    false
}

fn noun_before(view: &View<'_>, i: usize) -> bool {
    let age = recent(view, i, 8, List::NumberBefore, 3) || person_before(view, i);
    !age && recent(view, i, 8, List::DurationBefore, 2)
}

fn person_before(view: &View<'_>, i: usize) -> bool {
    let of = i.checked_sub(1).is_some_and(|p| {
        matches!(view.list(p, List::DateBefore), Some((12.., n)) if n == i) || view.is(p, b',')
    });
    of && (recent(view, i, 7, List::NumberBefore, 4)
        || i > 1 && view.is(i - 1, b',') && recent(view, i - 1, 3, List::NumberBefore, 4))
}

fn is_age(view: &View<'_>, i: usize, a: &Amount) -> bool {
    let told = (1..=4)
        .filter_map(|n| i.checked_sub(n))
        .any(|p| matches!(view.list(p, List::NumberBefore), Some((3, next)) if next == i));
    let at = i
        .checked_sub(1)
        .is_some_and(|p| matches!(view.list(p, List::TimeBefore), Some((3, next)) if next == i));
    told || matches!(view.list(a.next, List::AfterUnit), Some((2, _)))
        || at && a.unit == YEAR && a.count >= 10.0
}

fn from_note(t: Timed, seconds: i64) -> Timed {
    let days = i32::try_from(seconds / DAY).ok();
    Timed { norm: Norm::Signed(seconds, seconds), days, ..t }
}

fn signed(t: Timed, a: &Amount, sign: i32) -> Timed {
    if a.count == 0.0 {
        return t;
    }
    let (low, high) = (a.low * i64::from(sign), a.high * i64::from(sign));
    let days = (low == high).then(|| i32::try_from(low / DAY).ok()).flatten();
    Timed { norm: Norm::Signed(low, high), days, ..t }
}

fn length(t: Timed, a: &Amount) -> Timed {
    if a.count == 0.0 {
        return t;
    }
    let days = (a.low == a.high).then(|| i32::try_from(a.low / DAY).ok()).flatten();
    Timed { norm: Norm::During(a.low, a.high), days, ..t }
}
