//! The dosage written after a drug, as printed (dose, frequency, route, duration), and what is
//! decided of it (`arrêt de`, `instauration de`: the status).
//!
//! Reads from the drug to the next drug, the end of the line or of the sentence. Nothing is computed
//! or judged. Statuses: `STOPPED`, `STARTED`, `INCREASED`, `DECREASED`, `RESUMED`, `CONTINUED`.

use serde::{Deserialize, Serialize};

use crate::compile::Builder;
use crate::detect::dates;
use crate::found::{Piece, Sink, Value};
use crate::lists::List;
use crate::strings::Str;
use crate::tokens::Gap;
use crate::view::View;

/// Strings of the detector.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct DosageRules {
    drug: Str,
    statuses: Vec<Str>,
}

/// Numbers them.
pub(crate) fn compile(b: &mut Builder) -> DosageRules {
    const STATUSES: [&str; 6] =
        ["STOPPED", "STARTED", "INCREASED", "DECREASED", "RESUMED", "CONTINUED"];
    DosageRules { drug: b.str("drug"), statuses: STATUSES.iter().map(|s| b.str(s)).collect() }
}

/// Tokens read after a drug at most.
const REACH: usize = 40;

/// Completes the drugs found before.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    let is_drug = |origin: crate::compile::OriginId| {
        let origin = view.rules.origins.get(origin.0 as usize);
        origin.is_some_and(|o| o.label == view.rules.dosage.drug)
    };
    let mut previous: usize = 0;
    let mut at = 0;
    // Drugs come in the order of the text.
    while let Some(f) = sink.found.get(at).copied() {
        if !is_drug(f.origin) {
            at += 1;
            continue;
        }
        let rest = sink.found.get(at + 1..).unwrap_or(&[]);
        let next = rest.iter().find(|n| is_drug(n.origin) && n.from >= f.to).map(|n| n.from);
        let (from, to) = (f.from as usize, f.to as usize);
        let end = reach(view, to, next.map_or(usize::MAX, |n| n as usize));
        let value = read(view, to, end);
        let status = status(view, from, to, previous, end);
        let value = value.map_or(0, |v| sink.value(v));
        if let Some(f) = sink.found.get_mut(at) {
            f.value = value;
            f.status = status.unwrap_or(f.status);
        }
        previous = to;
        at += 1;
    }
}

// Where the statement about a drug ends.
fn reach(view: &View<'_>, from: usize, limit: usize) -> usize {
    let most = limit.min(from.saturating_add(REACH)).min(view.tokens.len());
    (from..most)
        .find(|i| {
            let ends = (view.is(*i, b'.') && view.gap(i + 1) >= Gap::Space) || view.is(*i, b';');
            ends || view.gap(*i) >= Gap::Line
        })
        .unwrap_or(most)
}

fn piece(view: &View<'_>, from: usize, to: usize) -> Piece {
    let start = view.token(from).map_or(0, |t| t.start);
    let end = to.checked_sub(1).and_then(|l| view.token(l)).map_or(0, |t| t.end());
    Piece { start, end }
}

// The parts of a dosage among the tokens `from..end`.
fn read(view: &View<'_>, from: usize, end: usize) -> Option<Value> {
    let none = Piece::default();
    let (mut dose, mut frequency, mut route, mut duration) = (none, none, none, none);
    let mut i = from;
    while i < end {
        let part = |to: usize| piece(view, i, to.min(end));
        if duration == none
            && let Some(to) = length(view, i)
        {
            duration = part(to);
            i = to;
        } else if dose == none
            && let Some(to) = strength(view, i)
        {
            dose = part(to);
            i = to;
        } else if let Some(to) = intake(view, i) {
            if frequency == none {
                frequency = part(to);
            } else if view.token(i).is_some_and(|t| t.start <= frequency.end + 6) {
                frequency.end = part(to).end;
            }
            i = to;
        } else if let Some((_, to)) = view.list(i, List::Route).filter(|_| route == none) {
            route = part(to);
            i = to;
        } else {
            i += 1;
        }
    }
    let any = [dose, frequency, route, duration].iter().any(|p| *p != none);
    any.then_some(Value::Dosage { dose, frequency, route, duration })
}

// `pendant 7 jours`, `pour 3 mois`, `qsp 1 mois`.
fn length(view: &View<'_>, i: usize) -> Option<usize> {
    dates::during(view, i)
}

// `75 mg`, `5 mg/10 mg`, `1000/800 mg`, `0,5 mg/kg`.
fn strength(view: &View<'_>, i: usize) -> Option<usize> {
    let (_, mut at) = view.token(i).filter(|t| t.is_digits()).and_then(|_| view.number(i))?;
    if (view.is(at, b'/') || view.is(at, b'+'))
        && let Some((_, next)) = view.number(at + 1)
    {
        at = next;
    }
    let (kind, mut at) = unit(view, at)?;
    if kind != 1 {
        return None;
    }
    // A second strength; "mg/j" ends before its slash.
    while view.is(at, b'/') {
        let number = view.number(at + 1).map_or(at + 1, |n| n.1);
        match unit(view, number) {
            Some((1, next)) => at = next,
            _ => break,
        }
    }
    Some(at)
}

// A unit or form; "%" is a mark and begins no list.
fn unit(view: &View<'_>, i: usize) -> Option<(i32, usize)> {
    if view.is(i, b'%') {
        return Some((1, i + 1));
    }
    view.list(i, List::DoseUnit).filter(|_| view.gap(i) < Gap::Line)
}

// `1 cp matin et soir`, `1-0-1`, `2 bouffées 3 fois par jour si besoin`, `/j`.
fn intake(view: &View<'_>, i: usize) -> Option<usize> {
    if let Some(to) = day_pattern(view, i) {
        return Some(to);
    }
    let mut at = i;
    let mut taken = None;
    if let Some((_, next)) = dates::count(view, i)
        && let Some((2, form)) = unit(view, next)
    {
        (at, taken) = (form, Some(form));
    }
    for _ in 0..6 {
        let joined = joiner(view, at);
        let time = view
            .list(joined, List::IntakeTime)
            .map(|t| t.1)
            .or_else(|| dates::rate(view, joined))
            .or_else(|| per_day(view, joined));
        let Some(next) = time else { break };
        (at, taken) = (next, Some(next));
    }
    taken
}

fn joiner(view: &View<'_>, i: usize) -> usize {
    let step = view.is(i, b',') || view.is(i, b'+') || view.is(i, b':');
    match view.list(i, List::Joiner) {
        Some((4, next)) => next,
        _ if step => i + 1,
        _ => i,
    }
}

// `/j`, `/24 h`, `/jour`.
fn per_day(view: &View<'_>, i: usize) -> Option<usize> {
    let at = view.is(i, b'/').then_some(i + 1)?;
    let at = dates::count(view, at).map_or(at, |c| c.1);
    view.list(at, List::TimeUnit).map(|u| u.1)
}

// `1-0-1`, `1/0/1/0`: morning, noon, evening, night.
fn day_pattern(view: &View<'_>, i: usize) -> Option<usize> {
    let mark = [b'-', b'/'].into_iter().find(|c| view.is(i + 1, *c))?;
    let mut n = 0;
    let mut at = i;
    while n <= 4
        && view.token(at).is_some_and(|t| t.is_digits() && t.len() <= 2 && t.gap() <= Gap::Space)
    {
        n += 1;
        at += 1;
        if !view.is(at, mark) {
            break;
        }
        at += 1;
    }
    (n == 3 || n == 4).then_some(at)
}

// What is decided: told just before the drug (`arrêt de l'aspirine`) or in the words after its name
// (`aspirine : stop`).
fn status(view: &View<'_>, from: usize, to: usize, previous: usize, end: usize) -> Option<Str> {
    let name = |n: i32| {
        let i = usize::try_from(n).ok()?.checked_sub(1)?;
        view.rules.dosage.statuses.get(i).copied()
    };
    for n in 1..=5 {
        let Some(p) = from.checked_sub(n).filter(|p| *p >= previous) else { break };
        if view.gap(p + 1) >= Gap::Line || view.is(p, b'.') {
            break;
        }
        let Some((what, next)) = view.list(p, List::DrugStatus) else { continue };
        // Articles may stand between.
        let close = (next..from).all(|j| {
            view.list(j, List::SmallWord).is_some() || view.list(j, List::DateBefore).is_some()
        });
        if close && next <= from {
            return name(what);
        }
    }
    (to..end.min(to + 8)).find_map(|j| {
        let told = j == to || [b':', b'(', b'-', b','].iter().any(|c| view.is(j - 1, *c));
        let (what, next) = view.list(j, List::DrugStatus).filter(|_| told)?;
        // "aspirine, arrêt du tabac" speaks of something else; "stoppé le 3 mars" does not.
        let whole = view.token(next).is_none_or(|t| !t.is_word() || t.begins_line())
            || view.list(next, List::DateBefore).is_some()
            || view.list(next, List::TimeBefore).is_some();
        whole.then(|| name(what)).flatten()
    })
}

#[cfg(test)]
mod tests {
    use crate::{Engine, NoteContext, ValueView, Workspace};

    // Drug, status, dose, frequency, route, duration.
    const CASES: &[(&str, [&str; 6])] = &[
        (
            "Doliprane 1000 mg : 1 cp matin et soir",
            ["Doliprane", "", "1000 mg", "1 cp matin et soir", "", ""],
        ),
        ("Ramipril 5 mg 1-0-1", ["Ramipril", "", "5 mg", "1-0-1", "", ""]),
        (
            "amoxicilline 1 g x 3 par jour per os pendant 7 jours.",
            ["amoxicilline", "", "1 g", "x 3 par jour", "per os", "pendant 7 jours"],
        ),
        ("Kardégic 75 mg par jour", ["Kardégic", "", "75 mg", "par jour", "", ""]),
        (
            "Ventoline 2 bouffées 2 fois par jour si besoin",
            ["Ventoline", "", "", "2 bouffées 2 fois par jour si besoin", "", ""],
        ),
        ("amoxicilline 50 mg/kg/j IV", ["amoxicilline", "", "50 mg/kg", "/j", "IV", ""]),
        ("Arrêt de la metformine.", ["metformine", "STOPPED", "", "", "", ""]),
        (
            "Instauration d'un traitement. Introduction de bisoprolol 2,5 mg le matin",
            ["bisoprolol", "STARTED", "2,5 mg", "le matin", "", ""],
        ),
        ("Doliprane\n1 cp", ["Doliprane", "", "", "", "", ""]),
        ("metformine : arrêt", ["metformine", "STOPPED", "", "", "", ""]),
        ("Plavix stoppé le 12/03/2019", ["Plavix", "STOPPED", "", "", "", ""]),
        ("Ramipril 2,5 mg (instauration)", ["Ramipril", "STARTED", "2,5 mg", "", "", ""]),
        ("Plavix, arrêt du tabac", ["Plavix", "", "", "", "", ""]),
        ("prednisone 60 mg/jour", ["prednisone", "", "60 mg", "/jour", "", ""]),
    ];

    #[test]
    fn a_dosage_is_read_as_printed() {
        let engine = Engine::embedded();
        let mut work = Workspace::new();
        for (text, expected) in CASES {
            let note = engine.read(text, &NoteContext::default(), &[], &mut work);
            let drug = note.entities().find(|e| e.label == "drug").expect(text);
            let parts = match drug.value {
                Some(ValueView::Dosage { dose, frequency, route, duration }) => {
                    [dose, frequency, route, duration].map(Option::unwrap_or_default)
                }
                _ => [""; 4],
            };
            let [dose, frequency, route, duration] = parts;
            let words = drug.span.of(text).unwrap();
            let status = drug.status.unwrap_or("");
            let got = [words, status, dose, frequency, route, duration];
            assert_eq!(&got, expected, "{text}");
        }
    }
}
