//! Conditions: the sixteen groups of disorders that comorbidity scores count (Charlson 1987),
//! alcohol and tobacco, and states a record asks about, each by its rules (see [`rules`]).
//!
//! Runs right after the terms. A mention that lies on a disorder of the lexicons gives that entity
//! its kind and status instead of a second one; a mention refused by its rule takes from it the kind
//! that the lexicon gave. The names and statuses of the groups are EDS-NLP's.

pub(crate) mod rules;

use relu_record::Number;

use crate::found::{Found, Sink, Value};
use crate::lists::List;
use crate::phrases::{Hit, Meaning};
use crate::strings::Str;
use crate::view::View;
use rules::{Clause, MAX_GROUPS, Quantity, Rule};

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    // In order of their place: two runs, that of the terms and that of what was put together.
    sink.found.sort_by_key(|f| (f.from, f.to));
    let known = sink.found.len();
    let conditions = &view.rules.conditions;
    // One past the last words that only look like a term.
    let mut nothing = 0;
    // The last entity of a lexicon that took a kind.
    let mut host = None;
    // One past the last token that each group holds.
    let mut reach = [0u32; MAX_GROUPS];
    let mut hits = view.terms;
    while let Some((first, _)) = hits.split_first() {
        let same = hits.iter().take_while(|h| h.from == first.from).count();
        let (here, rest) = hits.split_at(same);
        hits = rest;
        for hit in here.iter().rev() {
            if let Meaning::Lexeme(n) = hit.meaning {
                let origin = view.rules.origins.get(n as usize);
                if origin.is_some_and(|o| o.label.is_none()) {
                    nothing = nothing.max(hit.to);
                }
                continue;
            }
            let Meaning::Condition(n) = hit.meaning else { continue };
            let Some(rule) = conditions.rules.get(n as usize) else { continue };
            let Some(reach) = reach.get_mut(usize::from(rule.group)) else { continue };
            let inside = hit.to <= nothing
                && (rule.label == conditions.disorder || rule.label == conditions.behaviour);
            if hit.from < *reach || inside {
                continue;
            }
            match judge(view, rule, hit.from as usize, hit.to as usize) {
                Some(verdict) => {
                    *reach = hit.to;
                    host = accept(view, rule, &verdict, known, sink).or(host);
                }
                None => refuse(view, rule, *hit, known, host, sink),
            }
        }
    }
    of_lexicons(view, known, sink);
}

// What a rule says of a mention.
struct Verdict {
    from: usize,
    to: usize,
    status: Str,
    modality: Str,
    negated: bool,
    value: Option<f64>,
}

fn judge(view: &View<'_>, rule: &Rule, from: usize, to: usize) -> Option<Verdict> {
    if rule.exclude.iter().any(|c| holds(view, c, from, to).is_some()) {
        return None;
    }
    let mut verdict = Verdict {
        from,
        to,
        status: rule.status,
        modality: rule.modality,
        negated: false,
        value: None,
    };
    if !rule.require.is_empty() {
        let (clause, (a, b)) =
            rule.require.iter().find_map(|c| Some((c, holds(view, c, from, to)?)))?;
        verdict.take(clause, a, b);
    }
    let becomes = rule.becomes.iter().find_map(|c| Some((c, holds(view, c, from, to)?)));
    if let Some((clause, (a, b))) = becomes {
        verdict.take(clause, a, b);
    }
    for clause in &rule.negate {
        if let Some((a, b)) = holds(view, clause, from, to) {
            verdict.negated = true;
            verdict.take(clause, a, b);
            break;
        }
    }
    if let Some(q) = &rule.value {
        match quantity(view, q, from, to) {
            Some((number, a, b)) => {
                verdict.value = Some(number);
                verdict.from = verdict.from.min(a);
                verdict.to = verdict.to.max(b);
                // None smoked is none smoked.
                verdict.negated |= number == 0.0 && q.words.is_some();
            }
            None if q.required => return None,
            None => {}
        }
    }
    Some(verdict)
}

impl Verdict {
    fn take(&mut self, clause: &Clause, a: usize, b: usize) {
        if !clause.status.is_none() {
            self.status = clause.status;
        }
        if !clause.modality.is_none() {
            self.modality = clause.modality;
        }
        if clause.extend {
            self.from = self.from.min(a);
            self.to = self.to.max(b);
        }
    }
}

// Where the words of a clause stand, if they do.
fn holds(view: &View<'_>, clause: &Clause, from: usize, to: usize) -> Option<(usize, usize)> {
    if !clause.section.is_none() {
        let at = view.token(from)?.start as usize;
        return view.section(at).filter(|s| s.kind == clause.section).map(|_| (from, to));
    }
    let (first, last) = if clause.anywhere { (0, view.tokens.len()) } else { view.sentence(from) };
    let before = from.saturating_sub(usize::from(clause.before)).max(first)..from;
    let after = to..to.saturating_add(usize::from(clause.after)).min(last.max(to));
    // The nearest first: backwards before, forwards after.
    let places = before.rev().map(|i| (i, from)).chain(after.map(|i| (i, usize::MAX)));
    for (at, end) in places {
        let mut found = None;
        view.near(at, List::Near, &mut |set, next| {
            if next <= end && clause.sets.binary_search(&set).is_ok() {
                found = Some(next);
            }
        });
        let Some(next) = found.filter(|_| !covered(view, clause.but, at)) else { continue };
        match clause.below {
            None => return Some((at, next)),
            Some(limit) => {
                let number = (next..(next + 8).min(last)).find_map(|i| view.number(i));
                if number.is_some_and(|(n, _)| n < limit) {
                    return Some((at, next));
                }
            }
        }
    }
    None
}

// Whether token `at` lies inside an entry of the set `but`.
fn covered(view: &View<'_>, but: i32, at: usize) -> bool {
    but != 0
        && (at.saturating_sub(3)..=at).any(|i| {
            let mut covers = false;
            view.near(i, List::Near, &mut |set, next| covers |= set == but && next > at);
            covers
        })
}

// A number next to the words of its unit, or next to the mention: its value and its tokens.
fn quantity(view: &View<'_>, q: &Quantity, from: usize, to: usize) -> Option<(f64, usize, usize)> {
    let (a, b) = match &q.words {
        Some(words) => holds(view, words, from, to)?,
        None => (from, to),
    };
    let fits = |n: f64| (q.low..=q.high).contains(&n);
    // "15 PA", then "PA : 15".
    let before = (1..=3).filter_map(|back| a.checked_sub(back)).find_map(|i| {
        let (number, _) = view.number(i).filter(|(_, next)| *next == a)?;
        fits(number).then_some((number, i, b))
    });
    before.or_else(|| {
        let i = (b..b + 3).find(|&i| view.token(i).is_some_and(|t| t.is_digits()))?;
        let (number, next) = view.number(i)?;
        (fits(number) && i < view.sentence(from).1).then_some((number, a, next))
    })
}

// The disorder of a lexicon that the tokens touch, among the first `known` entities.
fn disorder_at(
    view: &View<'_>,
    from: usize,
    to: usize,
    known: usize,
    sink: &Sink,
) -> Option<usize> {
    let found = sink.found.get(..known)?;
    let end = found.partition_point(|f| (f.from as usize) < to);
    // Entities of one label do not overlap; a few of other labels may stand between.
    (end.saturating_sub(12)..end)
        .rev()
        .find(|&i| found.get(i).is_some_and(|f| f.to as usize > from && clinical(view, f)))
}

// A disorder, or a sign: which of the two a finding is, a lexicon cannot always tell.
fn clinical(view: &View<'_>, f: &Found) -> bool {
    let label = label(view, f);
    let c = &view.rules.conditions;
    label == c.disorder || label == c.symptom || label == c.behaviour
}

fn label(view: &View<'_>, f: &Found) -> Str {
    view.rules.origins.get(f.origin.0 as usize).map_or(Str::NONE, |o| o.label)
}

fn kind_of_origin(view: &View<'_>, f: &Found) -> Str {
    view.rules.origins.get(f.origin.0 as usize).map_or(Str::NONE, |o| o.kind)
}

// Puts a mention into the sink; the entity of a lexicon that took it, if one did.
fn accept(
    view: &View<'_>,
    rule: &Rule,
    verdict: &Verdict,
    known: usize,
    sink: &mut Sink,
) -> Option<usize> {
    let (from, to) = (verdict.from, verdict.to);
    let value = verdict.value.zip(rule.value.as_ref()).map(|(number, q)| {
        sink.value(Value::Measure {
            number: Number::Number(number),
            unit: q.unit,
            operator: "",
            canonical: None,
            range: Default::default(),
            flag: Default::default(),
        })
    });
    let c = &view.rules.conditions;
    let host = (rule.label == c.disorder || rule.label == c.behaviour)
        .then(|| disorder_at(view, from, to, known, sink))
        .flatten()
        .filter(|&i| sink.found.get(i).is_some_and(|f| hosts(view, f, rule, from, to)));
    let entity = match host {
        Some(i) => sink.found.get_mut(i),
        None => sink.push(view.tokens, from, to, rule.origin),
    };
    let f = entity?;
    if host.is_some() {
        let severe = view.rules.conditions.severe.contains(&verdict.status);
        if f.kind == rule.kind && !f.status.is_none() && !severe {
            return None;
        }
        if label(view, f) != rule.label {
            f.origin = rule.origin;
        }
        f.kind = rule.kind;
        widen(view, f, from, to);
    }
    (f.status, f.modality) = (verdict.status, verdict.modality);
    f.attributes.negated |= verdict.negated;
    f.value = value.unwrap_or(f.value);
    if let Some(mark) = &rule.mark {
        let last = view.sentence(to.saturating_sub(1)).1.min(to + usize::from(mark.after));
        let marked = sink.found.get_mut(..known).unwrap_or_default();
        let first = marked.partition_point(|f| (f.from as usize) < to);
        let marked = marked.get_mut(first..).unwrap_or_default().iter_mut();
        for f in marked.take_while(|f| (f.from as usize) < last) {
            if mark.labels.contains(&label(view, f)) {
                f.status = mark.status;
            }
        }
    }
    host
}

// Whether the entity of a lexicon takes the kind: it covers the mention or lies inside it, and no
// other group has claimed it.
fn hosts(view: &View<'_>, f: &Found, rule: &Rule, from: usize, to: usize) -> bool {
    let covers = f.from as usize <= from && to <= f.to as usize;
    let inside = from <= f.from as usize && f.to as usize <= to;
    let own = kind_of_origin(view, f);
    let free = f.kind.is_none() || f.kind == Str::CLEARED || f.kind == rule.kind;
    (covers || inside) && free && (own.is_none() || own == rule.kind)
}

fn widen(view: &View<'_>, f: &mut Found, from: usize, to: usize) {
    if from < f.from as usize {
        f.from = from as u32;
        f.start = view.token(from).map_or(f.start, |t| t.start);
    }
    if to > f.to as usize {
        f.to = to as u32;
        f.end = to.checked_sub(1).and_then(|l| view.token(l)).map_or(f.end, |t| t.end());
    }
}

// A refused mention takes the kind of the lexicon's entity with it.
fn refuse(
    view: &View<'_>,
    rule: &Rule,
    hit: Hit,
    known: usize,
    host: Option<usize>,
    sink: &mut Sink,
) {
    let (from, to) = (hit.from as usize, hit.to as usize);
    let Some(i) = disorder_at(view, from, to, known, sink) else { return };
    let Some(f) = sink.found.get_mut(i) else { return };
    let given = if f.kind.is_none() { kind_of_origin(view, f) } else { f.kind };
    if !rule.kind.is_none() && given == rule.kind && host != Some(i) {
        (f.kind, f.status) = (Str::CLEARED, Str::CLEARED);
    }
}

// Terms whose kind comes from a lexicon and that no rule has named: the words around still count.
fn of_lexicons(view: &View<'_>, known: usize, sink: &mut Sink) {
    let conditions = &view.rules.conditions;
    for i in 0..known {
        let Some(f) = sink.found.get(i).filter(|f| f.kind.is_none()) else { continue };
        let kind = kind_of_origin(view, f);
        if kind.is_none() || label(view, f) != conditions.disorder {
            continue;
        }
        let Some((_, n)) = conditions.of_lexicon.iter().find(|(k, _)| *k == kind) else { continue };
        let Some(rule) = conditions.rules.get(*n as usize) else { continue };
        let verdict = judge(view, rule, f.from as usize, f.to as usize);
        let own = view.rules.origins.get(f.origin.0 as usize).map_or(Str::NONE, |o| o.status);
        let Some(f) = sink.found.get_mut(i) else { continue };
        if rule.label != conditions.disorder {
            f.origin = rule.origin;
        }
        match verdict {
            None => (f.kind, f.status) = (Str::CLEARED, Str::CLEARED),
            // A status of the lexicon stays unless the words around give another one.
            Some(v) => {
                f.status = if v.status == rule.status && !own.is_none() { own } else { v.status };
                f.attributes.negated |= v.negated;
            }
        }
    }
}
