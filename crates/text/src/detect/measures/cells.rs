//! Numbers in a table: the unit stands in another cell of the row or in the heading, and so does the
//! name.

use relu_record::Number;

use super::emit::{self, Printed};
use super::numbers::{number, runs_on};
use super::reading::{Named, Reading};
use super::units::{Unit, power};
use crate::detect::tables::{Cell, Grid};
use crate::found::Sink;
use crate::phrases::Meaning;
use crate::tokens::Gap;
use crate::view::View;

/// Whether token `k` can stand at the edge of a cell: a table has a bar or a wide gap near each of
/// its numbers.
pub(super) fn near(view: &View<'_>, k: usize) -> bool {
    view.is(k, b'|') || view.gap(k) >= Gap::Wide
}

/// Reads the number `n` at tokens `p`, alone in a cell of a table; the token after it.
pub(super) fn read(
    r: &mut Reading<'_, '_>,
    mut p: Printed,
    row_name: Option<&Named<'_>>,
    sink: &mut Sink,
) -> Option<usize> {
    let view = r.view;
    let i = p.from;
    let beside = i > 0 && near(view, i - 1);
    if !(near(view, i) || beside || near(view, p.to) || near(view, p.to + 1)) {
        return None;
    }
    let (row, column) = r.state.grid.place(view, i)?;
    let grid = &r.state.grid;
    let cell = grid.row(row).nth(column)?;
    // "4.0-10.0"
    if view.is(p.to, b'-')
        && let Some((high, end)) = number(view, p.to + 1)
        && end <= cell.1
        && runs_on(view, p.to + 1, end).is_none()
        && let Number::Number(low) = p.number
        && low < high
    {
        (p.number, p.to) = (Number::Range([low, high]), end);
        // After a value of the same row, it is its reference range.
        if grid.row(row).take(column).any(|c| is_value(view, c)) {
            return Some(end);
        }
    }
    let power = grid.row(row).find_map(|c| power(view, c.0).filter(|(_, end)| *end == c.1));
    let units = &view.rules.measures.units;
    let unit = unit_of(view, grid, row, column)
        .map(|u| power.map_or(u, |(power, _)| units.times(&u, power)));
    let above = grid.heading(row, column).and_then(|c| name_in(view, c));
    let named = above.as_ref().or(row_name);
    if let Some(named) = named {
        let fit = match unit {
            Some(unit) => named.rule.accepts(&unit),
            None => above.as_ref().and_then(|n| n.rule.implied(&p.number)),
        };
        if let Some(fit) = fit {
            // A name in the heading is no neighbour of its number.
            let from = if above.is_some() { p.from } else { named.from };
            let named = Named { rule: named.rule, from, unit: named.unit };
            emit::named(view, &named, p, fit, sink);
            return Some(p.to);
        }
    }
    let made = emit::unnamed(view, p, &unit?, sink);
    made.then_some(p.to)
}

// The unit of a row: alone in a cell, the nearest after the value first; else that of the heading.
fn unit_of(view: &View<'_>, grid: &Grid, row: usize, column: usize) -> Option<Unit> {
    let after = grid.row(row).skip(column + 1).find_map(|c| unit_alone(view, c));
    let own = after.or_else(|| {
        let before = grid.row(row).take(column);
        before.filter_map(|c| unit_alone(view, c)).last()
    });
    own.or_else(|| {
        let (from, to) = grid.heading(row, column)?;
        (from..to).filter(|k| !view.is(*k, b'/')).find_map(|k| {
            let (unit, end) = view.rules.measures.units.read(view, k)?;
            (end <= to).then_some(unit)
        })
    })
}

fn unit_alone(view: &View<'_>, (from, to): Cell) -> Option<Unit> {
    let bracket = usize::from(view.is(from, b'(') || view.is(from, b'['));
    let (unit, end) = view.rules.measures.units.read_at(view, from + bracket)?;
    (end + bracket == to).then_some(unit)
}

fn is_value(view: &View<'_>, (from, to): Cell) -> bool {
    from < to && view.token(from).is_some_and(|t| t.is_digits())
}

// The name that a cell holds.
fn name_in<'v>(view: &View<'v>, (from, to): Cell) -> Option<Named<'v>> {
    let first = view.terms.partition_point(|h| (h.from as usize) < from);
    let inside = view.terms.get(first..)?.iter().take_while(|h| (h.to as usize) <= to);
    let (hit, n) = inside
        .filter_map(|h| match h.meaning {
            Meaning::Measure(n) if n < super::TESTS => Some((h, n)),
            _ => None,
        })
        .max_by_key(|(h, _)| h.to - h.from)?;
    let rule = view.rules.measures.names.get(n as usize)?;
    Some(Named { rule, from: hit.from as usize, unit: None })
}
