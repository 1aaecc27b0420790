//! Numbers that go together: the two of a pressure (`130/80`), the bounds of a range (`entre 2 et
//! 3 m`), the members of a series (`8, 13 et 15 dm`).

use relu_record::Number;

use super::emit::{self, Printed};
use super::names::Shape;
use super::numbers::{number, round, runs_on, separator};
use super::reading::{Named, Reading};
use super::units::{Unit, word};
use crate::found::Sink;
use crate::lists::List;
use crate::tokens::Gap;

// Numbers of one series (`8, 13 et 15 dm`).
const SERIES: usize = 8;

impl Reading<'_, '_> {
    /// 130/80, 13/8, 141 mmHg/85 mmHg: named, or in millimetres of mercury.
    pub(super) fn pressure(
        &self,
        i: usize,
        high: f64,
        (after, read): (usize, Option<(Unit, usize)>),
        named: Option<&Named<'_>>,
        sink: &mut Sink,
    ) -> Option<usize> {
        let view = self.view;
        let units = &view.rules.measures.units;
        let named = named.filter(|n| n.rule.shape == Shape::Pressure);
        let mid = read.filter(|(u, _)| u.is_pressure());
        let mut at = mid.map_or(after, |(_, next)| next);
        let sur = || view.list(at, List::MeasureWord).is_some_and(|w| w.0 & word::CHAIN != 0);
        if !(view.is(at, b'/') || named.is_some() && (view.is(at, b'-') || sur())) {
            return None;
        }
        at += 1;
        let (low, low_end) = number(view, at)?;
        if runs_on(view, at, low_end).is_some()
            || (view.is(low_end, b'/') || view.is(low_end, b'-')) && view.gap(low_end) == Gap::Glued
        {
            return None;
        }
        let last = units.read(view, low_end).filter(|(u, _)| u.is_pressure());
        if named.is_none() && last.is_none() && mid.is_none()
            || high <= low
            || high >= 320.0
            || low < 2.0
        {
            return None;
        }
        let to = last.map_or(low_end, |(_, next)| next);
        // "13/8 mmHg" is written by habit: the size decides.
        let unit = units.mercury(high)?;
        let number = Number::Range([high, low]);
        let p = Printed { number, operator: "", from: i, to };
        match named {
            Some(n) => emit::named(view, n, p, n.rule.accepts(&unit)?, sink),
            None => emit::pressures(view, p, &unit, sink),
        }
        Some(to)
    }

    /// "entre 2 et 3 m", "de 2 à 3 m", "2-3 m", "10 mm à 2 cm".
    pub(super) fn range(
        &self,
        first: Printed,
        unit: Option<(Unit, usize)>,
        after: usize,
        named: Option<&Named<'_>>,
        sink: &mut Sink,
    ) -> Option<usize> {
        let view = self.view;
        let units = &view.rules.measures.units;
        let at = unit.map_or(after, |(_, next)| next);
        let (to, next) = view.list(at, List::MeasureWord).unwrap_or((0, at));
        if !view.is(at, b'-') && to & (word::TO | word::AND) == 0 {
            return None;
        }
        let opening = first.from.checked_sub(1).filter(|b| {
            view.list(*b, List::MeasureWord)
                .is_some_and(|(r, n)| r & word::FROM != 0 && n == first.from)
                && view.gap(first.from) <= Gap::Space
        });
        let between = opening.is_some_and(|b| self.is_between(b));
        let second = if view.is(at, b'-') {
            at + 1
        } else if to & word::TO != 0 || to & word::AND != 0 && between {
            next
        } else {
            return None;
        };
        let (m, end) = number(view, second).filter(|_| view.gap(second) <= Gap::Space)?;
        if runs_on(view, second, end).is_some() {
            return None;
        }
        let (last, end) = match (units.read(view, end), unit) {
            (Some((u, next)), _) => (u, next),
            (None, Some((u, _))) if !view.is(at, b'-') => (u, end),
            _ => return None,
        };
        let Number::Number(n) = first.number else { return None };
        let low = match unit {
            Some((u, _)) if u.dims == last.dims => round(n * u.scale / last.scale),
            Some(_) => return None,
            None => n,
        };
        if low >= m {
            return None;
        }
        // "de" opens a range only when "à" goes on with it.
        let from = opening.filter(|_| between || to & word::TO != 0).unwrap_or(first.from);
        let p = Printed { number: Number::Range([low, m]), from, to: end, ..first };
        self.settle(p, &last, named, sink);
        Some(end)
    }

    // "entre", which alone goes with "et".
    fn is_between(&self, i: usize) -> bool {
        self.view.list(i, List::MeasureWord).is_some_and(|(r, _)| r & word::FILLER == 0)
    }

    /// "8, 13 et 15dm", "89/60mm", "2 par 1mm": numbers that share the unit of the last one.
    pub(super) fn series(
        &self,
        first: Printed,
        after: usize,
        named: Option<&Named<'_>>,
        sink: &mut Sink,
    ) -> Option<usize> {
        let view = self.view;
        let mut all = [first; SERIES];
        let (mut count, mut at) = (1, after);
        let (mut commas, mut closed) = (0, false);
        loop {
            let (roles, next) = separator(view, at)?;
            if view.gap(next) > Gap::Space {
                return None;
            }
            commas += usize::from(view.is(at, b','));
            closed |= roles & word::AND != 0;
            let (m, end) = number(view, next)?;
            if runs_on(view, next, end).is_some() {
                return None;
            }
            let p = Printed { number: Number::Number(m), operator: "", from: next, to: end };
            *all.get_mut(count)? = p;
            count += 1;
            at = end;
            let Some((unit, next)) = self.unit_after(end, None) else { continue };
            if unit.is_time() || commas == 1 && !closed || all.iter().take(count).any(is_year) {
                return None;
            }
            if let Some(last) = all.get_mut(count - 1) {
                last.to = next;
            }
            for (k, p) in all.iter().take(count).enumerate() {
                self.settle(*p, &unit, named.filter(|_| k == 0), sink);
            }
            return Some(next);
        }
    }
}

fn is_year(p: &Printed) -> bool {
    matches!(p.number, Number::Number(n) if (1900.0..2100.0).contains(&n) && n.fract() == 0.0)
}
