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
// Numbers of one series (`8, 13 et 15 dm`).
const SERIES: usize = 8;

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

    // The unit after a number.
    fn unit_after(&self, after: usize, named: Option<&Named<'_>>) -> Option<(Unit, usize)> {
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

    // Under its name when the name has this unit, else for what the unit says.
    fn settle(&self, p: Printed, unit: &Unit, named: Option<&Named<'_>>, sink: &mut Sink) {
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

    // 130/80, 13/8, 141 mmHg/85 mmHg: named, or in millimetres of mercury.
    fn pressure(
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

    // "entre 2 et 3 m", "de 2 à 3 m", "2-3 m", "10 mm à 2 cm".
    fn range(
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

    // "8, 13 et 15dm", "89/60mm", "2 par 1mm": numbers that share the unit of the last one.
    fn series(
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

fn is_year(p: &Printed) -> bool {
    matches!(p.number, Number::Number(n) if (1900.0..2100.0).contains(&n) && n.fract() == 0.0)
}
