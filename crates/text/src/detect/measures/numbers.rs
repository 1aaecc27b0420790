//! Numbers as printed, in digits and in letters, and the operators and separators around them.

use super::units::word;
use crate::lists::List;
use crate::tokens::{Gap, Token, mark};
use crate::view::View;

/// Rounds off what binary fractions leave behind.
pub(super) fn round(n: f64) -> f64 {
    (n * 1e6).round() / 1e6
}

/// The number at token `i`, in digits (`1/2` too) or in letters.
pub(super) fn number(view: &View<'_>, i: usize) -> Option<(f64, usize)> {
    let Some((n, next)) = view.number(i) else { return in_letters(view, i) };
    let glued = view.gap(next) == Gap::Glued && view.gap(next + 1) == Gap::Glued;
    if next == i + 1 && glued && view.is(next, b'/') && !view.is(next + 2, b'/') {
        let part = match (view.digits(i), view.digits(next + 1)) {
            (Some(1), Some(2)) => 0.5,
            (Some(1), Some(3)) => 1.0 / 3.0,
            (Some(1), Some(4)) => 0.25,
            (Some(3), Some(4)) => 0.75,
            _ => return Some((n, next)),
        };
        return Some((round(part), next + 2));
    }
    Some((n, next))
}

// "vingt-deux", "soixante-dix", "quatre-vingt-dix", "cent vingt", "vingt et un".
fn in_letters(view: &View<'_>, i: usize) -> Option<(f64, usize)> {
    let (mut n, mut next) = view.list(i, List::NumberWord)?;
    loop {
        let hyphen = view.is(next, b'-') && view.gap(next) == Gap::Glued;
        let and = view.list(next, List::MeasureWord).is_some_and(|w| w.0 & word::AND != 0);
        let at = if hyphen || and { next + 1 } else { next };
        if view.gap(at) > Gap::Space {
            break;
        }
        let Some((more, after)) = view.list(at, List::NumberWord) else { break };
        n = match (n, more) {
            (4, 20) if !and => 80,
            (20 | 30 | 40 | 50, 1) => n + 1,
            (60, 1 | 11) => n + more,
            (20 | 30 | 40 | 50, 2..=9) | (60 | 80, 1..=19) if !and => n + more,
            (2..=9, 100) if !and => n * 100,
            (2..=999, 1000) if !and => n * 1000,
            (100.., 1..=99) if !and && n % 100 == 0 => n + more,
            _ => break,
        };
        next = after;
    }
    Some((f64::from(n), next))
}

/// The token after a run of digits that is no number (`01.42.43.56.78`, `12:30`, `1.2.3`).
pub(super) fn runs_on(view: &View<'_>, i: usize, after: usize) -> Option<usize> {
    let mut at = after;
    let joins = |at: usize| {
        (view.is(at, b'.') || view.is(at, b',') || view.is(at, b':'))
            && view.gap(at) == Gap::Glued
            && view.gap(at + 1) == Gap::Glued
            && view.token(at + 1).is_some_and(|t| t.is_digits())
    };
    while joins(at) {
        at += 2;
    }
    (at > after && at > i).then_some(at)
}

/// The operator before token `i`, and where it begins.
pub(super) fn operator(view: &View<'_>, i: usize) -> (&'static str, usize) {
    let Some(b) =
        i.checked_sub(1).and_then(|b| view.token(b)).filter(|_| view.gap(i) <= Gap::Space)
    else {
        return ("", i);
    };
    let at = i - 1;
    if b.is_mark(b'=') && at > 0 && view.gap(at) == Gap::Glued {
        if view.is(at - 1, b'<') {
            return ("<=", at - 1);
        }
        if view.is(at - 1, b'>') {
            return (">=", at - 1);
        }
    }
    for (m, operator) in
        [(b'<', "<"), (b'>', ">"), (mark::AT_MOST, "<="), (mark::AT_LEAST, ">="), (b'~', "~")]
    {
        if b.is_mark(m) {
            return (operator, at);
        }
    }
    // In words, at most four of them.
    for back in 1..=4usize {
        let Some(from) = i.checked_sub(back) else { break };
        if let Some((roles, next)) = view.list(from, List::MeasureWord)
            && next == i
        {
            let operator = match roles {
                r if r & word::LESS != 0 => "<",
                r if r & word::MORE != 0 => ">",
                r if r & word::ABOUT != 0 => "~",
                _ => continue,
            };
            return (operator, from);
        }
    }
    ("", i)
}

/// Whether a mark may stand between two numbers of one series.
pub(super) fn is_separator(t: Token) -> bool {
    [b'/', b',', b'*', b'-', mark::TIMES].iter().any(|m| t.is_mark(*m))
}

/// What stands between two numbers of one series: its roles and the token after it.
pub(super) fn separator(view: &View<'_>, i: usize) -> Option<(i32, usize)> {
    let t = view.token(i).filter(|t| t.gap() <= Gap::Space)?;
    if is_separator(t) {
        return Some((0, i + 1));
    }
    view.list(i, List::MeasureWord).filter(|(roles, _)| roles & word::CHAIN != 0)
}
