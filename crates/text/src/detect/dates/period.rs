//! Periods: two dates and what joins them (`du 5 juin au 6 juillet`, `entre 2010 et 2012`, `depuis 3
//! mois jusqu'à hier`), a first day without its month (`du 3 au 5 janvier`), a date and how long
//! (`à partir du 3 mai pendant 10 jours`). The entity spans both.

use super::calendar::Day;
use super::rules::Rule;
use super::{Norm, Timed};
use crate::lists::List;
use crate::tokens::Gap;
use crate::view::View;

/// How the tokens `from..to` join two dates: 1 surely, 2 after an opening word, 3 after `entre`, 4 a
/// hyphen; 0: not at all.
pub(super) fn link(view: &View<'_>, from: usize, to: usize) -> i32 {
    if view.gap(from) == Gap::Blank || view.gap(to) == Gap::Blank {
        return 0;
    }
    if view.is(from, b'-') && from + 1 == to {
        return 4;
    }
    match view.list(from, List::PeriodLink) {
        Some((v, next)) if next == to => v,
        _ => 0,
    }
}

/// Whether `jusqu'à` stands before token `i`.
pub(super) fn until(view: &View<'_>, i: usize) -> bool {
    i.checked_sub(2)
        .is_some_and(|p| matches!(view.list(p, List::PeriodLink), Some((1, next)) if next == i))
}

/// `1998-2000`.
pub(super) fn years(view: &View<'_>, i: usize) -> Option<Timed> {
    let year = |i: usize| {
        view.token(i).filter(|t| t.is_digits() && t.len() == 4)?;
        view.digits(i).filter(|y| (1950..=2059).contains(y))
    };
    let (first, last) = (year(i)?, year(i + 2)?);
    let tight = view.is(i + 1, b'-') && (i + 1..=i + 2).all(|j| view.gap(j) == Gap::Glued);
    let alone = view.gap(i) > Gap::Glued || i.checked_sub(1).is_some_and(|p| view.is(p, b'('));
    let open = view.gap(i + 3) == Gap::Glued
        && view
            .token(i + 3)
            .is_some_and(|t| !t.is_mark(b')') && !t.is_mark(b',') && !t.is_mark(b'.'));
    let of = |y| Day { year: Some(y), ..Day::default() };
    (tight && alone && !open && first < last).then(|| Timed {
        norm: Norm::Span(of(first), of(last)),
        ..Timed::new(i, i + 3, Rule::Period)
    })
}

// The value of the opening word before token `from`; an article may stand between (`entre le 3`).
fn opening(view: &View<'_>, from: usize) -> Option<i32> {
    let p = from.checked_sub(1)?;
    match view.list(p, List::DateBefore) {
        Some((v, next)) if v >= 10 && next == from => Some(v),
        _ if matches!(view.list(p, List::SmallWord), Some((1, next)) if next == from) => {
            let before = view.list(p.checked_sub(1)?, List::DateBefore);
            before.filter(|b| b.0 >= 10 && b.1 == p).map(|b| b.0)
        }
        _ => None,
    }
}

// Whether what stands before token `from` lets that link join.
fn joins(view: &View<'_>, from: usize, link: i32) -> bool {
    let entre = opening(view, from).map(|v| v == 10);
    match link {
        1 => true,
        2 => entre == Some(false),
        3 => entre == Some(true),
        _ => false,
    }
}

/// The period that `second` closes.
pub(super) fn of(view: &View<'_>, first: Option<&Timed>, second: &Timed) -> Option<Timed> {
    if let Some(p) = first.and_then(|f| both(view, f, second)) {
        return Some(p);
    }
    // `du 3 au 5 janvier`: a day alone before the link.
    let Norm::Day(end) = second.norm else { return None };
    let last = end.day?;
    let at = (1..=3).filter_map(|n| second.from.checked_sub(n)).find(|at| {
        at.checked_sub(1).is_some_and(|p| view.digits(p).is_some())
            && link(view, *at, second.from) > 0
    })?;
    let from = at.checked_sub(1)?;
    let day =
        view.digits(from).filter(|d| (1..last).contains(d) && opening(view, from).is_some())?;
    let begin = Day { day: Some(day), clock: None, ..end };
    Some(Timed { norm: Norm::Span(begin, end), ..Timed::new(from, second.next, Rule::Period) })
}

fn both(view: &View<'_>, first: &Timed, second: &Timed) -> Option<Timed> {
    if !first.is_date() || first.next > second.from {
        return None;
    }
    let period = Timed::new(first.from, second.next, Rule::Period);
    if second.rule == Rule::During {
        let adjacent = second.from - first.next <= 1 && view.gap(second.from) < Gap::Line;
        let from = opening(view, first.from).is_some() || first.rule == Rule::Named;
        return (adjacent && from).then_some(period);
    }
    if !second.is_date() {
        return None;
    }
    let joined = match link(view, first.next, second.from) {
        // `12/03/2019-15/03/2019`.
        4 => first.rule == second.rule && matches!(first.norm, Norm::Day(_)),
        link => joins(view, first.from, link),
    };
    let norm = match (first.norm, second.norm) {
        (Norm::Day(a), Norm::Day(b)) => Norm::Span(a.completed(b), b),
        _ => Norm::None,
    };
    joined.then_some(Timed { norm, ..period })
}
