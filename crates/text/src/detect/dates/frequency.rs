//! Frequencies: `3 fois par jour`, `x2/j`, `toutes les 8 heures`, `un jour sur deux`,
//! `hebdomadaire`. Norms: `3 per day`, `1 per 8 hours`, `per day` when the number is not told.

use super::absolute::goes_on;
use super::amount::{count, unit};
use super::rules::Rule;
use super::{Norm, Timed};
use crate::lists::List;
use crate::view::View;

const UNITS: [(i64, &str); 8] = [
    (31_536_000, "year"),
    (15_552_000, "semester"),
    (7_776_000, "quarter"),
    (2_592_000, "month"),
    (604_800, "week"),
    (86_400, "day"),
    (3_600, "hour"),
    (60, "minute"),
];

/// So many times, every so many units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Rate {
    /// How many times; 0 when not told.
    pub(super) times: f64,
    /// Every how many units.
    pub(super) every: i64,
    /// Name of the unit.
    pub(super) unit: &'static str,
}

fn rate(times: f64, every: f64, unit: i64) -> Option<Rate> {
    // 24 hours are a day.
    let (every, unit) = match (every, unit) {
        (n, 3_600) if n > 0.0 && n % 24.0 == 0.0 => (n / 24.0, 86_400),
        other => other,
    };
    let (_, name) = UNITS.iter().find(|u| u.0 == unit)?;
    Some(Rate { times, every: every as i64, unit: name })
}

// `par jour`, `/j`, `tous les 2 jours`: number, seconds of the unit, next token.
fn per(view: &View<'_>, i: usize) -> Option<(f64, i64, usize)> {
    let at = match view.list(i, List::Times) {
        Some((1..=3, next)) => next,
        _ if view.is(i, b'/') => i + 1,
        _ => return None,
    };
    let (every, at) = count(view, at).unwrap_or((1.0, at));
    let (unit, next) = unit(view, at).filter(|u| u.0 > 0 && every > 0.0)?;
    Some((every, unit, next))
}

/// `3 fois par jour`, `2 prises/j`, `x2/j`, from its number or its `x`.
pub(super) fn times(view: &View<'_>, i: usize) -> Option<Timed> {
    let crossed = view.token(i)?.is_word()
        && matches!(view.list(i, List::Times), Some((10, _)))
        && view.token(i + 1).is_some_and(|t| t.is_digits());
    let (times, at) = count(view, i + usize::from(crossed)).filter(|c| c.0 < 100.0)?;
    if !crossed && goes_on(view, i) {
        return None;
    }
    let at = match view.list(at, List::Times) {
        Some((10, next)) if !crossed => next,
        _ if crossed => at,
        _ => return None,
    };
    if let Some((every, unit, next)) = per(view, at) {
        let norm = Norm::Rate(rate(times, every, unit)?);
        return Some(Timed { norm, ..Timed::new(i, next, Rule::Times) });
    }
    let (interval, next) = view.list(at, List::Frequency).filter(|_| !crossed)?;
    let one = of_interval(i64::from(interval));
    let norm = one.map_or(Norm::None, |r| Norm::Rate(Rate { times, ..r }));
    Some(Timed { norm, ..Timed::new(i, next, Rule::Times) })
}

/// `par jour`, `chaque semaine`, `toutes les 8 heures`.
pub(super) fn every(view: &View<'_>, i: usize) -> Option<Timed> {
    let (how, _) = view.list(i, List::Times).filter(|t| t.0 < 10)?;
    let (every, unit, next) = per(view, i)?;
    // "par minute", "par heure" belong to a rate of something else.
    if how == 1 && unit < 86_400 && every < 24.0 {
        return None;
    }
    let times = if how == 1 { 0.0 } else { 1.0 };
    let norm = Norm::Rate(rate(times, every, unit)?);
    Some(Timed { norm, ..Timed::new(i, next, Rule::Every) })
}

/// `hebdomadaire`.
pub(super) fn adjective(view: &View<'_>, i: usize) -> Option<Timed> {
    let (interval, next) = view.list(i, List::Frequency)?;
    let life = i.checked_sub(1).is_some_and(|p| matches!(view.list(p, List::Times), Some((20, _))));
    if life {
        return None;
    }
    let norm = of_interval(i64::from(interval)).map_or(Norm::None, Norm::Rate);
    Some(Timed { norm, ..Timed::new(i, next, Rule::Frequency) })
}

fn of_interval(seconds: i64) -> Option<Rate> {
    if seconds <= 0 {
        return None;
    }
    let whole = [0, 3, 4, 5].iter().filter_map(|n| UNITS.get(*n));
    if let Some((unit, name)) = whole.clone().find(|u| seconds % u.0 == 0) {
        return Some(Rate { times: 1.0, every: seconds / unit, unit: name });
    }
    let (unit, name) = whole.rev().find(|u| u.0 % seconds == 0)?;
    Some(Rate { times: (unit / seconds) as f64, every: 1, unit: name })
}
