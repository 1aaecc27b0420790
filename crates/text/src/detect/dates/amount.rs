//! Counted times: `3 mois`, `un an et demi`, `2 à 3 semaines`, `1 semaine et 2 jours`, `quelques
//! jours`, `les trois derniers mois`, `38 SA + 4 j`.

use crate::lists::List;
use crate::tokens::Gap;
use crate::view::View;

/// Seconds of an hour.
pub(super) const HOUR: i64 = 3600;
/// Seconds of a year.
pub(super) const YEAR: i64 = 31_536_000;

/// A counted time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Amount {
    /// The number; 0 when not told (`quelques`).
    pub(super) count: f64,
    /// Seconds, at least and at most.
    pub(super) low: i64,
    pub(super) high: i64,
    /// Seconds of the unit.
    pub(super) unit: i64,
    /// Weeks of a pregnancy.
    pub(super) pregnancy: bool,
    /// Whether the number is written `un`, `une`.
    pub(super) one: bool,
    /// `derniers` (-1), `prochains` (1) between number and unit; else 0.
    pub(super) side: i32,
    /// Hours glued to minutes (`2h30`), as a clock also writes it.
    pub(super) clock: bool,
    /// The token after it.
    pub(super) next: usize,
}

/// A number in figures or letters and the token after it; 0 when not told.
pub(super) fn count(view: &View<'_>, i: usize) -> Option<(f64, usize)> {
    if view.token(i)?.is_digits() {
        let (n, next) = view.number(i)?;
        return (n > 0.0 && n < 10_000.0).then_some((n, next));
    }
    if let Some((n, next)) = view.list(i, List::VagueNumber) {
        return Some((f64::from(n), next));
    }
    let (n, next) = in_letters(view, i)?;
    (n > 0).then_some((f64::from(n), next))
}

/// A number in letters, up to 99: `trois`, `vingt-deux`, `soixante et onze`, `quatre-vingt-dix`.
pub(super) fn in_letters(view: &View<'_>, i: usize) -> Option<(i32, usize)> {
    let (mut n, mut next) = view.list(i, List::NumberWord)?;
    loop {
        let and = matches!(view.list(next, List::Joiner), Some((4, _)));
        let hyphen = view.is(next, b'-') && view.gap(next) == Gap::Glued;
        let at = next + usize::from(and || hyphen);
        let Some((more, after)) =
            view.list(at, List::NumberWord).filter(|_| view.gap(at) <= Gap::Space)
        else {
            return Some((n, next));
        };
        n = match (n, more, and) {
            (4, 20, false) => 80,
            (20 | 30 | 40 | 50 | 60, 1, true) | (60, 11, true) => n + more,
            (20 | 30 | 40 | 50, 2..=9, false) | (60 | 80, 2..=19, false) => n + more,
            _ => return Some((n, next)),
        };
        next = after;
    }
}

// The upper bound of a range: `à 15`, `-15`, `ou trois`.
fn upper(view: &View<'_>, i: usize) -> Option<(f64, usize)> {
    let next = match view.list(i, List::Joiner) {
        Some((1 | 3, next)) => next,
        _ if view.is(i, b'-') => i + 1,
        _ => return None,
    };
    count(view, next).filter(|c| c.0 > 0.0)
}

fn near(view: &View<'_>, i: usize) -> bool {
    view.gap(i) < Gap::Blank
}

/// The unit at token `i`: seconds (negative for weeks of a pregnancy) and the token after it.
pub(super) fn unit(view: &View<'_>, i: usize) -> Option<(i64, usize)> {
    let (unit, next) = view.list(i, List::TimeUnit).filter(|_| near(view, i))?;
    let t = view.token(i)?;
    // "SA" is an acronym; a letter alone is a unit only beside its number.
    let bare = next == i + 1 && t.len() <= 2;
    let shouted = t.case() == crate::tokens::Case::Upper;
    if unit < 0 && bare && !shouted {
        return None;
    }
    let glued_after = view.token(next).is_some_and(|n| n.is_word() && n.gap() == Gap::Glued);
    (!glued_after).then_some((i64::from(unit), next))
}

/// The counted time at token `i`.
pub(super) fn amount(view: &View<'_>, i: usize) -> Option<Amount> {
    let (low, mut at) = count(view, i)?;
    let one = low == 1.0 && view.token(i)?.is_word();
    let mut high = low;
    if let Some((h, next)) = upper(view, at)
        && (h > low)
    {
        (high, at) = (h, next);
    }
    let mut side = 0;
    if let Some((s @ (-1 | 1 | 3), next)) = view.list(at, List::TimeAfter) {
        (side, at) = (if s == 3 { 0 } else { s }, next);
    }
    let (unit, mut next) = unit(view, at)?;
    let (unit, pregnancy) = (unit.abs(), unit < 0);
    let seconds = |n: f64| (n * unit as f64) as i64;
    let (mut low, mut high, count) = (seconds(low), seconds(high), low);
    let mut clock = false;
    if let Some((1, after)) = view.list(next, List::AfterUnit) {
        low = low.saturating_add(unit / 2);
        high = high.saturating_add(unit / 2);
        next = after;
    } else if unit == HOUR
        && view.gap(next) == Gap::Glued
        && let Some(minutes) = view.digits(next).filter(|m| *m < 60)
    {
        low = low.saturating_add(i64::from(minutes) * 60);
        (high, clock, next) = (low, true, next + 1);
        if let Some((60, after)) = view.list(next, List::TimeUnit) {
            next = after;
        }
    } else if let Some((more, after)) = second(view, next, unit) {
        low = low.saturating_add(more);
        high = high.saturating_add(more);
        next = after;
    }
    Some(Amount { count, low, high, unit, pregnancy, one, side, clock, next })
}

// A second, smaller unit: `et 2 jours`, `+ 4 j`, `2 jours`.
fn second(view: &View<'_>, i: usize, first: i64) -> Option<(i64, usize)> {
    let at = match view.list(i, List::Joiner) {
        Some((4, next)) => next,
        _ if view.is(i, b'+') => i + 1,
        _ => i,
    };
    let (n, next) = count(view, at).filter(|c| c.0 > 0.0 && c.0 < 60.0)?;
    let (smaller, next) = unit(view, next)?;
    (smaller > 0 && smaller < first).then_some(((n * smaller as f64) as i64, next))
}
