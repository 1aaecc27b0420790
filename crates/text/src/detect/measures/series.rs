//! Several names and then their numbers: `poids / IMC / taille : 57 / 22 / 150`, or a heading and the
//! line below (`Poids (Kg) Taille (m) IMC⏎57,0 1,70 22`). As many numbers as names, or nothing.

use relu_record::Number;

use super::emit::{self, Printed};
use super::names::Shape;
use super::numbers::round;
use super::reading::{Named, Reading};
use super::units::{Unit, word};
use crate::found::Sink;
use crate::lists::List;
use crate::phrases::Meaning;
use crate::tokens::Gap;
use crate::view::View;

const NAMES: usize = 6;

/// Reads the names before token `i` and the numbers from there; the token after them, also when
/// they make no list that can be trusted.
pub(super) fn names(r: &Reading<'_, '_>, i: usize, sink: &mut Sink) -> Option<usize> {
    let view = r.view;
    let mut names: [Option<Named<'_>>; NAMES] = Default::default();
    let mut count = 0;
    let mut to = i;
    let mut listed = false;
    while count < NAMES {
        let Some((hit, n)) = r.state.names.back(count) else { break };
        if hit.to as usize > to {
            break;
        }
        let Some(unit) = r
            .leads_to(hit.to as usize, to, true)
            .or_else(|| (count == 0).then(|| r.leads_to(hit.to as usize, to, false)).flatten())
        else {
            break;
        };
        let slash = (hit.to as usize..to).any(|k| view.is(k, b'/'));
        let Some(rule) = view.rules.measures.names.get(n as usize) else { break };
        let fresh = count == 0
            || names
                .get(count - 1)
                .and_then(Option::as_ref)
                .is_some_and(|p| p.rule.origin != rule.origin);
        if !fresh || rule.shape != Shape::Number {
            break;
        }
        listed |= count > 0 && slash;
        let from = hit.from as usize;
        if let Some(slot) = names.get_mut(count) {
            *slot = Some(Named { rule, from, unit });
        }
        count += 1;
        to = from;
    }
    if count == 0 {
        return None;
    }
    // A word before the names, behind a slash: a list of which one name is not known.
    let cut = to.checked_sub(1).is_some_and(|b| view.is(b, b'/'));
    let mut numbers = [(0.0, 0usize, 0usize); NAMES];
    let (found, slashed, end) = values(view, i, &mut numbers);
    if slashed && (found != count || cut) {
        return Some(end);
    }
    // Behind slashes the first names take the numbers there are ("poids / taille : 65").
    if count < 2 || found == 0 || found < count && !listed || found > count && !heading(view, i) {
        return None;
    }
    let mut next = i;
    for k in 0..count.min(found) {
        let Some(named) = names.get(count - 1 - k).and_then(Option::as_ref) else { continue };
        let Some(&(n, from, to)) = numbers.get(k) else { continue };
        one(view, named, Printed { number: Number::Number(n), operator: "", from, to }, sink);
        next = to;
    }
    Some(next)
}

// Whether token `i` begins a line, as the numbers below a heading do.
fn heading(view: &View<'_>, i: usize) -> bool {
    view.token(i).is_some_and(|t| t.begins_line())
}

fn one(view: &View<'_>, named: &Named<'_>, mut p: Printed, sink: &mut Sink) {
    let own = view.rules.measures.units.read(view, p.to);
    let unit: Option<Unit> = own.map(|(u, _)| u).or(named.unit);
    let fit = match unit {
        Some(u) => named.rule.accepts(&u),
        None => named.rule.implied(&p.number),
    };
    if let Some(fit) = fit {
        p.to = own.map_or(p.to, |(_, next)| next);
        // The numbers of a list stand away from their names.
        let near = Named { rule: named.rule, from: p.from, unit: named.unit };
        emit::named(view, &near, p, fit, sink);
    }
}

// The numbers from token `i` on, with a slash, a bar, a blank or the name again between them: how
// many, whether slashes stand between, the token after them.
fn values(
    view: &View<'_>,
    i: usize,
    numbers: &mut [(f64, usize, usize); NAMES],
) -> (usize, bool, usize) {
    let (mut count, mut at, mut slashed, mut end) = (0, i, false, i);
    while count < NAMES {
        let Some((n, after)) = plain(view, at) else { break };
        if let Some(slot) = numbers.get_mut(count) {
            *slot = (n, at, after);
        }
        count += 1;
        end = after;
        let unit = view.rules.measures.units.read(view, after);
        at = unit.map_or(after, |(_, next)| next);
        let and = view.list(at, List::MeasureWord).is_some_and(|w| w.0 & word::AND != 0);
        if and || [b'/', b'|', b';', b','].iter().any(|m| view.is(at, *m)) {
            slashed |= view.is(at, b'/');
            at += 1;
        } else if let Some(hit) = name_at(view, at) {
            at = hit;
        }
        if view.gap(at) >= Gap::Line {
            break;
        }
    }
    (count, slashed, end)
}

// The token after a name glued between two numbers (`57imc22`).
fn name_at(view: &View<'_>, i: usize) -> Option<usize> {
    let first = view.terms.partition_point(|h| (h.from as usize) < i);
    let here = view.terms.get(first..)?.iter().take_while(|h| h.from as usize == i);
    here.filter(|h| matches!(h.meaning, Meaning::Measure(n) if n < super::TESTS))
        .map(|h| h.to as usize)
        .last()
        .filter(|_| view.gap(i) == Gap::Glued)
}

// A number without blanks inside: the columns of a heading stand one blank apart.
fn plain(view: &View<'_>, i: usize) -> Option<(f64, usize)> {
    let whole = f64::from(view.digits(i)?);
    let glued = |i: usize| view.gap(i) == Gap::Glued;
    if (view.is(i + 1, b',') || view.is(i + 1, b'.'))
        && glued(i + 1)
        && glued(i + 2)
        && let Some(t) = view.token(i + 2).filter(|t| t.is_digits() && t.len() <= 6)
        && let Some(part) = view.digits(i + 2)
    {
        let places = i32::try_from(t.len()).unwrap_or(0);
        return Some((round(whole + f64::from(part) / 10f64.powi(places)), i + 3));
    }
    Some((whole, i + 1))
}
