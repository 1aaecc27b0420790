//! What a number read becomes: an entity with its value, or nothing.

use relu_record::Number;

use super::names::{Fit, Name};
use super::reading::Named;
use super::units::{Unit, word};
use crate::found::{Found, Piece, Sink, Value};
use crate::lists::List;
use crate::tokens::{Case, Gap, mark};
use crate::view::View;

/// A number with what stands around it, in tokens.
#[derive(Clone, Copy)]
pub(super) struct Printed {
    pub(super) number: Number,
    pub(super) operator: &'static str,
    pub(super) from: usize,
    pub(super) to: usize,
}

/// A number under a name, in a unit that the name accepts.
pub(super) fn named(view: &View<'_>, named: &Named<'_>, p: Printed, fit: Fit, sink: &mut Sink) {
    let rule: &Name = named.rule;
    let from = if rule.whole { named.from } else { p.from };
    // What was said in a word of the same thing says no more than its number.
    while sink.found.last().is_some_and(|f| f.from as usize == from && !f.status.is_none()) {
        sink.found.pop();
    }
    let (range, flag) = reference(view, p.to);
    let value = sink.value(Value::Measure {
        number: p.number,
        unit: fit.unit,
        operator: p.operator,
        canonical: rule.canonical(&p.number, fit),
        range,
        flag,
    });
    complete(sink.push(view.tokens, from, p.to, rule.origin), value);
}

/// A number that its unit alone explains; whether it made an entity.
pub(super) fn unnamed(view: &View<'_>, p: Printed, unit: &Unit, sink: &mut Sink) -> bool {
    let Some(origin) = view.rules.measures.units.kind(unit) else { return false };
    let value = sink.value(Value::Measure {
        number: p.number,
        unit: unit.name,
        operator: p.operator,
        canonical: None,
        range: Piece::default(),
        flag: Piece::default(),
    });
    complete(sink.push(view.tokens, p.from, p.to, origin), value);
    true
}

/// A pair of pressures that nothing names.
pub(super) fn pressures(view: &View<'_>, p: Printed, unit: &Unit, sink: &mut Sink) {
    let Some(origin) = view.rules.measures.units.pressures() else { return };
    let value = sink.value(Value::Measure {
        number: p.number,
        unit: unit.name,
        operator: p.operator,
        canonical: None,
        range: Piece::default(),
        flag: Piece::default(),
    });
    complete(sink.push(view.tokens, p.from, p.to, origin), value);
}

fn complete(found: Option<&mut Found>, value: u32) {
    if let Some(f) = found {
        f.value = value;
    }
}

// The reference range and the flag printed after a result, from token `i`, as printed.
fn reference(view: &View<'_>, i: usize) -> (Piece, Piece) {
    let piece = |from: usize, to: usize| {
        let start = view.token(from).map_or(0, |t| t.start);
        let end = to.checked_sub(1).and_then(|l| view.token(l)).map_or(0, |t| t.end());
        Piece { start, end }
    };
    let mut at = i;
    let mut flag = Piece::default();
    if let Some(t) = view.token(at).filter(|t| !t.begins_line()) {
        let sign =
            |i: usize| [b'+', b'-', b'*', mark::UP, mark::DOWN].iter().any(|m| view.is(i, *m));
        let letter = view
            .list(at, List::MeasureWord)
            .is_some_and(|(roles, next)| roles & word::FLAG != 0 && next == at + 1)
            && t.case() == Case::Upper;
        if letter || sign(at) {
            let first = at;
            at += 1;
            while view.gap(at) == Gap::Glued && sign(at) {
                at += 1;
            }
            let glued = view.token(at).is_some_and(|n| n.is_digits());
            if glued && sign(first) { at = i } else { flag = piece(first, at) }
        }
    }
    let line = |i: usize| view.token(i).is_none_or(|t| t.begins_line());
    if line(at) {
        return (Piece::default(), flag);
    }
    let framed = view.is(at, b'(') || view.is(at, b'[');
    at += usize::from(framed);
    // "N :", "VR :", "normes".
    if let Some((roles, next)) = view.list(at, List::MeasureWord)
        && roles & word::NORM != 0
    {
        at = next;
        while view.is(at, b':') || view.is(at, b'=') || view.is(at, b'.') {
            at += 1;
        }
    }
    let from = at;
    let mut one_sided = false;
    while [b'<', b'>', b'=', mark::AT_LEAST, mark::AT_MOST].iter().any(|m| view.is(at, *m)) {
        (at, one_sided) = (at + 1, true);
    }
    let Some((_, mut end)) = view.number(at).filter(|_| !line(at)) else {
        return (Piece::default(), flag);
    };
    if !one_sided {
        let to = view.is(end, b'-')
            || view.is(end, b'/')
            || view.list(end, List::MeasureWord).is_some_and(|w| w.0 & word::TO != 0);
        match view.number(end + 1).filter(|_| to && !line(end + 1)) {
            Some((_, after)) => end = after,
            None => return (Piece::default(), flag),
        }
    }
    (piece(from, end), flag)
}

#[cfg(test)]
mod tests {
    use crate::{Engine, NoteContext, ValueView, Workspace};

    // Range and flag are read as printed.
    #[test]
    fn reference_range_and_flag_are_kept_as_printed() {
        let engine = Engine::embedded();
        for (text, wanted) in [
            ("Hémoglobine : 9,1 g/dL (13,0 - 17,0)", (Some("13,0 - 17,0"), None)),
            ("Hémoglobine : 9,1 g/dL L 13,0-17,0", (Some("13,0-17,0"), Some("L"))),
            ("Natrémie : 150 mmol/L ++ [135-145]", (Some("135-145"), Some("++"))),
            ("CRP : 12 mg/L (N : < 5)", (Some("< 5"), None)),
            ("CRP : 12 mg/L. Leucocytes normaux", (None, None)),
        ] {
            let mut work = Workspace::new();
            let note = engine.read(text, &NoteContext::default(), &[], &mut work);
            let got = note.entities().find_map(|e| match e.value {
                Some(ValueView::Measure { range, flag, .. }) => Some((range, flag)),
                _ => None,
            });
            assert_eq!(got, Some(wanted), "{text}");
        }
    }

    // Units of one dimension are converted by their scales, others by the factor of the file.
    #[test]
    fn canonical_values_are_computed() {
        let engine = Engine::embedded();
        for (text, wanted) in [
            ("Poids de naissance 3200 g", (3.2, "kg")),
            ("Taille 1m75", (175.0, "cm")),
            ("Hémoglobine 110 g/L", (11.0, "g_per_dl")),
            ("Plaquettes 241.000/mm3", (241.0, "giga_per_l")),
            ("Leucocytes 7,5 10^9/L", (7.5, "giga_per_l")),
            ("Créatinine 10 mg/L", (88.4, "umol_per_l")),
            ("CRP 12 mg/dL", (120.0, "mg_per_l")),
        ] {
            let mut work = Workspace::new();
            let note = engine.read(text, &NoteContext::default(), &[], &mut work);
            let got = note.entities().find_map(|e| match e.value {
                Some(ValueView::Measure { canonical, .. }) => canonical,
                _ => None,
            });
            assert_eq!(got, Some(wanted), "{text}");
        }
    }
}
