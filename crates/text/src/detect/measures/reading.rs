//! One number and what stands around it: its operator, its unit, the name before it, the numbers it
//! goes with.

use relu_record::Number;

use super::emit::{self, Printed};
use super::names::{Name, Shape};
use super::numbers::{is_separator, number, operator, round, runs_on, separator};
use super::units::{Unit, word};
use super::{State, cells, series};
use crate::found::Sink;
use crate::lists::List;
use crate::phrases::Meaning;
use crate::tokens::{Case, Gap, mark};
use crate::view::View;

/// A name with the unit met between it and its number.
pub(super) struct Named<'v> {
    pub(super) rule: &'v Name,
    /// First token of the name.
    pub(super) from: usize,
    pub(super) unit: Option<Unit>,
}

/// The pass, at a number.
pub(super) struct Reading<'a, 'v> {
    pub(super) view: &'a View<'v>,
    pub(super) state: &'a mut State,
}

// Tokens that may stand between a name and its number.
const REACH: usize = 16;

impl<'v> Reading<'_, 'v> {
    /// Reads the number at token `i`; gives the token from which to go on.
    pub(super) fn number_at(&mut self, i: usize, sink: &mut Sink) -> Option<usize> {
        let view = self.view;
        if self.inside_name(i) {
            return None;
        }
        let (n, after) = number(view, i)?;
        if let Some(next) = runs_on(view, i, after) {
            return Some(next);
        }
        let named = self.name_before(i);
        if !self.begins(i, named.is_some()) {
            return None;
        }
        let read = view.rules.measures.units.read(view, after);
        if let Some(next) = self.pressure(i, n, (after, read), named.as_ref(), sink) {
            return Some(next);
        }
        let unit = read.and_then(|read| self.accepted(after, read, named.as_ref()));
        if unit.is_none() && named.is_none() && !self.goes_on(i, after) {
            return series::names(self, i, sink);
        }
        let (operator, from) = operator(view, i);
        let first = Printed { number: Number::Number(n), operator, from, to: after };
        if unit.is_none()
            && let Some(next) = cells::read(self, first, named.as_ref(), sink)
        {
            return Some(next);
        }
        if let Some(next) = self.range(first, unit, after, named.as_ref(), sink) {
            return Some(next);
        }
        if let Some((unit, next)) = unit {
            return self.with_unit(first, n, unit, next, named.as_ref(), sink);
        }
        if let Some(next) = self.series(first, after, named.as_ref(), sink) {
            return Some(next);
        }
        if let Some(next) = series::names(self, i, sink) {
            return Some(next);
        }
        self.without_unit(first, named?, sink)
    }

    // Whether something stands near the number at `i` that no unit follows and no name announces: a
    // word or mark of a range or series after it, the edge of a cell.
    fn goes_on(&self, i: usize, after: usize) -> bool {
        let view = self.view;
        view.starts(after) & (1 << List::MeasureWord as u64) != 0
            || view.token(after).is_some_and(is_separator)
            // An operator of four words at most may stand between.
            || (i.saturating_sub(5)..=after + 1).any(|k| cells::near(view, k))
    }

    // Whether the number is part of a name (`SpO2`, `T4 libre`, `CA 19-9`).
    fn inside_name(&self, i: usize) -> bool {
        self.state.names.back(0).is_some_and(|(h, _)| (h.from as usize) < i && h.to as usize > i)
    }

    // Whether a number may begin here: not inside a word, a date, a reference.
    fn begins(&self, i: usize, named: bool) -> bool {
        let view = self.view;
        // "57kg/170cm"
        if view.gap(i) != Gap::Glued || self.state.done > 0 && self.state.done + 1 == i {
            return true;
        }
        let Some(before) = i.checked_sub(1).and_then(|b| view.token(b)) else { return true };
        if before.is_word() {
            // "57imc22", "aux environs d'1 cm".
            let tail = before.of(view.text).ends_with(['\'', '’']);
            return tail
                || self.state.names.back(0).is_some_and(|(h, _)| h.to as usize == i) && named;
        }
        let joins =
            [b'.', b',', b'-', b'/', b'\'', b'_', b'*', b'^'].iter().any(|m| before.is_mark(*m));
        if joins && before.gap() == Gap::Glued {
            let first = i.checked_sub(2).and_then(|b| view.token(b));
            let list = before.is_mark(b'/') && named;
            return list || first.is_none_or(|f| !f.is_digits() && !f.is_word());
        }
        true
    }

    /// The name whose number this is: only small words, units and marks stand between.
    pub(super) fn name_before(&self, i: usize) -> Option<Named<'v>> {
        let (hit, n) = self.state.names.back(0)?;
        let unit = self.leads_to(hit.to as usize, i, false)?;
        let rule = self.view.rules.measures.names.get(n as usize)?;
        Some(Named { rule, from: hit.from as usize, unit })
    }

    /// Whether tokens `from..to` lead from a name to what it names, and the unit met there; with
    /// `listed`, from one name of a list to the next.
    pub(super) fn leads_to(&self, from: usize, to: usize, listed: bool) -> Option<Option<Unit>> {
        let view = self.view;
        if to < from || to - from > REACH {
            return None;
        }
        let mut unit = None;
        let mut at = from;
        while at < to {
            let t = view.token(at)?;
            if t.gap() == Gap::Blank
                || t.gap() == Gap::Line && !listed && !view.is(at.wrapping_sub(1), b':')
            {
                return None;
            }
            // Dots of a leader line, bars of a table.
            let dots = t.is_mark(b'.') && (t.gap() == Gap::Glued || view.is(at + 1, b'.'));
            let marks = [
                b':',
                b'=',
                b'|',
                b'(',
                b')',
                b'[',
                b']',
                b'*',
                b'-',
                b'_',
                b'<',
                b'>',
                b'~',
                mark::AT_LEAST,
                mark::AT_MOST,
                mark::ELLIPSIS,
                mark::UP,
                mark::DOWN,
                mark::DEGREE,
                mark::ARROW,
                b'+',
            ];
            if dots
                || marks.iter().any(|m| t.is_mark(*m))
                || listed && (t.is_mark(b'/') || t.is_mark(b','))
            {
                at += 1;
                continue;
            }
            let mine = if listed {
                word::AND
            } else {
                word::FILLER | word::LESS | word::MORE | word::ABOUT
            };
            if let Some((roles, next)) = view.list(at, List::MeasureWord)
                && roles & mine != 0
                && next <= to
            {
                at = next;
                continue;
            }
            let (found, next) = view.rules.measures.units.read(view, at)?;
            if next > to {
                return None;
            }
            (unit, at) = (Some(found), next);
        }
        (view.gap(to) <= Gap::Wide || listed || view.is(to.wrapping_sub(1), b':')).then_some(unit)
    }

    /// The unit after a number.
    pub(super) fn unit_after(
        &self,
        after: usize,
        named: Option<&Named<'_>>,
    ) -> Option<(Unit, usize)> {
        let read = self.view.rules.measures.units.read(self.view, after)?;
        self.accepted(after, read, named)
    }

    // The unit read after a number, when it is one there.
    fn accepted(
        &self,
        after: usize,
        (unit, next): (Unit, usize),
        named: Option<&Named<'_>>,
    ) -> Option<(Unit, usize)> {
        let view = self.view;
        // "une DM" is no decimetre.
        let shouted = view.token(after).is_some_and(|t| t.case() == Case::Upper);
        if shouted && after.checked_sub(1).and_then(|l| view.token(l)).is_some_and(|t| t.is_word())
        {
            return None;
        }
        // "/10" is a unit of a score alone.
        if view.is(after, b'/')
            && view.rules.measures.units.kind(&unit).is_none()
            && named.is_none_or(|n| n.rule.accepts(&unit).is_none())
        {
            return None;
        }
        Some((unit, next))
    }

    // A number and its unit.
    fn with_unit(
        &mut self,
        mut p: Printed,
        n: f64,
        unit: Unit,
        next: usize,
        named: Option<&Named<'_>>,
        sink: &mut Sink,
    ) -> Option<usize> {
        let view = self.view;
        p.to = next;
        let mut n = n;
        // "1m50", "1 m 50", "2 kg 300".
        let units = &view.rules.measures.units;
        if let Some(small) = units.then(&unit)
            && view.gap(next) <= Gap::Space
            && view.token(next).is_some_and(|t| t.len() <= 3 || t.is_word())
            && let Some((m, after)) = number(view, next)
            && runs_on(view, next, after).is_none()
            && m * small.scale < unit.scale
        {
            let own = units.read(view, after);
            if own.is_none() && !view.is(after, b'/') && !view.is(after, b'%') {
                (n, p.to) = (round(n + m * small.scale / unit.scale), after);
            } else if let Some((u, end)) = own.filter(|(u, _)| u.name == small.name) {
                (n, p.to) = (round(n + m * u.scale / unit.scale), end);
            }
        }
        // "38°5".
        if unit.is_angle()
            && view.gap(next) == Gap::Glued
            && view.token(next).is_some_and(|t| t.is_digits() && t.len() == 1)
            && let Some(tenths) = view.digits(next)
        {
            (n, p.to) = (round(n + f64::from(tenths) / 10.0), next + 1);
        }
        p.number = Number::Number(n);
        self.settle(p, &unit, named, sink);
        let mut end = p.to;
        // "12cm/7", "3 cm x 2".
        while unit.is_length()
            && separator(view, end).is_some_and(|(roles, _)| roles & word::AND == 0)
            && let Some((_, at)) = separator(view, end)
            && !view.is(end, b'-')
            && !view.is(end, b',')
            && let Some((m, after)) = number(view, at)
            && view.gap(at) <= Gap::Space
            && runs_on(view, at, after).is_none()
            && units.read(view, after).is_none()
        {
            let more = Printed { number: Number::Number(m), operator: "", from: at, to: after };
            emit::unnamed(view, more, &unit, sink);
            end = after;
        }
        Some(end)
    }

    /// Under its name when the name has this unit, else for what the unit says.
    pub(super) fn settle(
        &self,
        p: Printed,
        unit: &Unit,
        named: Option<&Named<'_>>,
        sink: &mut Sink,
    ) {
        let view = self.view;
        let plain = |n: &Number| match *n {
            Number::Number(n) => n,
            Number::Range([a, _]) => a,
        };
        // "241.000/mm3" is thousands.
        let p = if unit.counts_cells() { thousands(view, p) } else { p };
        if let Some(named) = named {
            let degrees = unit.is_angle() && named.rule.is_temperature();
            let unit = if degrees { view.rules.measures.units.celsius() } else { Some(*unit) };
            if let Some(unit) = unit
                && let Some(fit) = named.rule.accepts(&unit)
                && (named.rule.shape == Shape::Number)
                && (!degrees || (30.0..45.0).contains(&plain(&p.number)))
            {
                return emit::named(view, named, p, fit, sink);
            }
        }
        if !self.is_dose(&p, unit) && !is_norm(view, p.from) {
            emit::unnamed(view, p, unit, sink);
        }
    }

    // Whether a mass or a volume is what a patient takes.
    fn is_dose(&self, p: &Printed, unit: &Unit) -> bool {
        let view = self.view;
        if !unit.is_dosable() {
            return false;
        }
        let near = |end: usize| end <= p.from && p.from - end <= 25;
        if self.state.drug > 0 && near(self.state.drug) {
            let (from, _) = view.sentence(p.from);
            if self.state.drug > from {
                return true;
            }
        }
        // "25 mg d'hydrocortisone".
        let ahead = view.terms.get(self.state.hit..).unwrap_or_default().iter();
        let mut ahead = ahead.take_while(|h| (h.from as usize) < p.to + 4);
        if ahead.any(|h| (h.from as usize) >= p.to && self.state.is_drug(view, h)) {
            return true;
        }
        let says = |i: usize| {
            view.list(i, List::MeasureWord).is_some_and(|(roles, _)| roles & word::DOSE != 0)
        };
        if says(p.to)
            || view.is(p.to, mark::TIMES)
            || view.is(p.to, b'*')
            || view.is(p.to, b'/') && !view.token(p.to + 1).is_some_and(|t| t.is_digits())
        {
            return true;
        }
        // "par jour" and its like say a rate.
        (1..=3).any(|back| p.from.checked_sub(back).is_some_and(says))
    }

    fn without_unit(&self, p: Printed, named: Named<'_>, sink: &mut Sink) -> Option<usize> {
        let view = self.view;
        if named.rule.shape == Shape::Pressure {
            return None;
        }
        if let Some(unit) = named.unit {
            let unit = if unit.is_angle() && named.rule.is_temperature() {
                view.rules.measures.units.celsius()?
            } else {
                unit
            };
            if let Some(fit) = named.rule.accepts(&unit) {
                emit::named(view, &named, p, fit, sink);
                return Some(p.to);
            }
        }
        // A number that goes on (date, ratio, list, word) is not this measure.
        let next = view.token(p.to);
        if let Some(t) = next.filter(|t| t.gap() == Gap::Glued) {
            let name = self.view.terms.get(self.state.hit..).unwrap_or_default().iter();
            let name = name.take_while(|h| h.from as usize <= p.to).any(|h| {
                h.from as usize == p.to
                    && matches!(h.meaning, Meaning::Measure(n) if n < super::TESTS)
            });
            if t.is_word() && !name
                || [b'/', b'-', b'%', mark::DEGREE, mark::TIMES].iter().any(|m| t.is_mark(*m))
            {
                return None;
            }
        }
        if view.is(p.to, b'/')
            || view.is(p.to, b'%')
            || !view.token(p.from)?.is_digits() && p.operator.is_empty()
        {
            return None;
        }
        if view.list(p.to, List::MeasureWord).is_some_and(|w| w.0 & word::ORDINAL != 0) {
            return None;
        }
        let fit = named.rule.implied(&p.number)?;
        emit::named(view, &named, p, fit, sink);
        Some(p.to)
    }
}

// A number with a point before three digits, as thousands.
fn thousands(view: &View<'_>, p: Printed) -> Printed {
    let at = (p.from..p.to).find(|k| view.token(*k).is_some_and(|t| t.is_digits()));
    let grouped = at.is_some_and(|at| {
        (view.is(at + 1, b'.') || view.is(at + 1, b','))
            && view.gap(at + 1) == Gap::Glued
            && view.token(at + 2).is_some_and(|t| t.is_digits() && t.len() == 3)
    });
    match p.number {
        Number::Number(n) if grouped && n < 1000.0 => {
            Printed { number: Number::Number(round(n * 1000.0)), ..p }
        }
        _ => p,
    }
}

// Whether what stands before token `i` says that a normal value follows.
fn is_norm(view: &View<'_>, i: usize) -> bool {
    let mut at = i;
    while at > 0 && [b':', b'=', b'(', b'<', b'>', b'.'].iter().any(|m| view.is(at - 1, *m)) {
        at -= 1;
    }
    (1..=4).any(|back| {
        at.checked_sub(back)
            .and_then(|from| view.list(from, List::MeasureWord))
            .is_some_and(|(roles, next)| roles & word::NORM != 0 && next == at)
    })
}
