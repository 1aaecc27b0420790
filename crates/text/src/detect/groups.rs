//! Groups of chronic diseases, tobacco and alcohol: gives, changes or takes away the group and status
//! of mentions by what stands near them (`rules/groups.toml`).
//!
//! Works on what [`super::terms`] and [`super::compose`] have found. For each word of a rule that is a
//! mention, the words of the same rule within its reach are looked at; the reach ends with the
//! sentence unless the rule says otherwise.

use relu_record::Number;

use crate::found::{Piece, Sink, Value};
use crate::groups::{Group, Role};
use crate::phrases::{Hit, Meaning};
use crate::strings::Str;
use crate::view::View;

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    // Mentions a rule may speak of, by first token.
    let mut places: Vec<(u32, usize)> = Vec::new();
    let mut placed = false;
    for (i, hit) in view.terms.iter().enumerate() {
        let Meaning::Group(number, Role::Of) = hit.meaning else { continue };
        let Some(group) = view.rules.groups.get(usize::from(number)) else { continue };
        let longer = view.terms.get(i + 1..).unwrap_or_default().iter();
        let longer = longer.take_while(|h| h.from == hit.from).any(|h| h.meaning == hit.meaning);
        if longer {
            continue;
        }
        if !placed {
            placed = true;
            places.extend(sink.found.iter().enumerate().map(|(k, f)| (f.from, k)));
            places.sort_unstable();
        }
        let near = Near { view, number, at: i, hit: *hit, across: group.across };
        decide(&near, group, &places, sink);
    }
}

// The words of one rule around one of its mentions.
struct Near<'v, 'w> {
    view: &'v View<'w>,
    number: u16,
    at: usize,
    hit: Hit,
    across: bool,
}

impl Near<'_, '_> {
    // The hits of `role` at most so many tokens before and after the mention `from..to`.
    fn all(&self, role: Role, reach: (u32, u32)) -> impl Iterator<Item = Hit> {
        let (first, last) =
            if self.across { (0, usize::MAX) } else { self.view.sentence(self.hit.from as usize) };
        let low = self.hit.from.saturating_sub(reach.0).max(first as u32);
        let high = self.hit.to.saturating_add(reach.1).min(u32::try_from(last).unwrap_or(u32::MAX));
        let wanted = Meaning::Group(self.number, role);
        let (before, after) = self.view.terms.split_at(self.at.min(self.view.terms.len()));
        let before = before.iter().rev().take_while(move |h| h.from >= low);
        let after = after.iter().take_while(move |h| h.from < high);
        before.chain(after).filter(move |h| h.meaning == wanted).copied()
    }

    fn any(&self, role: Role, reach: (u32, u32)) -> bool {
        self.all(role, reach).next().is_some()
    }

    // Whether a test near the mention has a number under the limit ("DFG à 30").
    fn below(&self, reach: (u32, u32), limit: f64) -> bool {
        self.all(Role::Below, (reach.0, reach.1 + 13)).any(|h| {
            let to = h.to as usize;
            let number = (to..to + 6).find_map(|i| self.view.number(i));
            number.is_some_and(|(n, _)| n > 0.0 && n < limit)
        })
    }

    // Whether the status changes, by a word that is not denied itself.
    fn changed(&self, group: &Group) -> bool {
        self.all(Role::StatusIf, (group.status_before, group.status_after)).any(|cue| {
            let denied = |h: Hit| h.to <= cue.from && cue.from - h.to <= 2;
            !self.all(Role::StatusUnless, (group.status_before + 3, group.status_after)).any(denied)
        })
    }
}

fn decide(near: &Near<'_, '_>, group: &Group, places: &[(u32, usize)], sink: &mut Sink) {
    let reach = (group.before, group.after);
    let here = mention(near, group, places, sink);
    let kind = here.map_or(Str::NONE, |k| kind_of(near, sink, k));
    if near.any(Role::Except, reach) {
        if let Some(k) = here
            && kind == group.kind
        {
            take_away(near, group, sink, k);
        }
        return;
    }
    if group.needs {
        let met =
            near.any(Role::Needs, reach) || group.below > 0.0 && near.below(reach, group.below);
        if !met {
            return;
        }
    } else if here.is_some() && kind != group.kind {
        // A longer term that was given another group, or none, on purpose.
        return;
    }
    let k = match here {
        Some(k) => k,
        None if group.makes => {
            let (from, to) = (near.hit.from as usize, near.hit.to as usize);
            if sink.push(near.view.tokens, from, to, group.made).is_none() {
                return;
            }
            sink.found.len() - 1
        }
        None => return,
    };
    let status = if near.changed(group) { group.status_then } else { Str::NONE };
    let count = value(near, group);
    let denied = near.all(Role::NegatedIf, (0, 4)).any(|h| h.from >= near.hit.to)
        || count.is_some_and(|n| n == 0.0);
    let measure = count.map(|n| {
        sink.value(Value::Measure {
            number: Number::Number(n),
            unit: group.unit,
            operator: "",
            canonical: None,
            range: Piece::default(),
            flag: Piece::default(),
        })
    });
    let Some(f) = sink.found.get_mut(k) else { return };
    if kind != group.kind {
        (f.kind, f.status) = (group.kind, group.status);
        // A sign that is told to be a disease ("ulcère", in a text about the stomach).
        let label = near.view.rules.origins.get(f.origin.0 as usize).map(|o| o.label);
        if label == Some(near.view.rules.heads.symptom_label) {
            f.origin = group.made;
        }
    }
    if !status.is_none() {
        f.status = status;
    }
    f.attributes.negated |= denied;
    f.value = measure.unwrap_or(f.value);
}

// The quantity of the rule's unit near the mention.
fn value(near: &Near<'_, '_>, group: &Group) -> Option<f64> {
    if group.unit.is_none() {
        return None;
    }
    near.all(Role::Unit, (10, 10)).find_map(|h| {
        let before = (h.from as usize).checked_sub(1)?;
        near.view.digits(before).map(f64::from)
    })
}

// The finding that holds the mention, rather one of the rule's own group.
fn mention(
    near: &Near<'_, '_>,
    group: &Group,
    places: &[(u32, usize)],
    sink: &Sink,
) -> Option<usize> {
    let heads = &near.view.rules.heads;
    let end = places.partition_point(|p| p.0 <= near.hit.from);
    let mut best = None;
    for (_, k) in places.get(..end)?.iter().rev().take(8) {
        let Some(f) = sink.found.get(*k) else { continue };
        if f.to <= near.hit.from {
            continue;
        }
        let label = near.view.rules.origins.get(f.origin.0 as usize).map(|o| o.label);
        let ours = label.is_some_and(|l| {
            l == heads.disorder_label || l == heads.symptom_label || l == heads.behaviour_label
        });
        if ours && kind_of(near, sink, *k) == group.kind {
            return Some(*k);
        }
        if ours && best.is_none() {
            best = Some(*k);
        }
    }
    best
}

fn kind_of(near: &Near<'_, '_>, sink: &Sink, k: usize) -> Str {
    let Some(f) = sink.found.get(k) else { return Str::NONE };
    let of_origin = near.view.rules.origins.get(f.origin.0 as usize).map_or(Str::NONE, |o| o.kind);
    if f.kind.is_none() { of_origin } else { f.kind }
}

// Leaves the finding and its code without the group.
fn take_away(near: &Near<'_, '_>, group: &Group, sink: &mut Sink, k: usize) {
    let Some(f) = sink.found.get(k).copied() else { return };
    let rules = near.view.rules;
    let code = rules.origins.get(f.origin.0 as usize).map_or(Str::NONE, |o| o.code);
    let code = match rules.strings.filled(code) {
        Some(code) => sink.write(format_args!("{code}")),
        None => Piece::default(),
    };
    if let Some(f) = sink.found.get_mut(k) {
        f.origin = group.bare;
        (f.kind, f.status, f.code) = (Str::NONE, Str::NONE, code);
    }
}

#[cfg(test)]
mod tests {
    use crate::engine::{Engine, NoteContext};
    use crate::prove::marked;

    #[test]
    fn every_group_rule_does_what_its_examples_say() {
        let engine = Engine::embedded();
        let file: toml::Table = toml::from_str(include_str!("../../rules/groups.toml")).unwrap();
        let mut wrong = Vec::new();
        for rule in file["group"].as_array().unwrap() {
            let kind = rule["kind"].as_str().unwrap();
            for (list, wanted) in [("matches", true), ("rejects", false)] {
                for example in rule[list].as_array().unwrap() {
                    let example = example.as_str().unwrap();
                    let (text, spans) = marked(example);
                    let note = engine.annotate(&text, &NoteContext::default());
                    let found = spans.iter().all(|s| {
                        let near =
                            |e: &&relu_record::Entity| e.span.start < s.end && s.start < e.span.end;
                        note.entities.iter().filter(near).any(|e| e.kind.as_deref() == Some(kind))
                    });
                    if found != wanted {
                        wrong.push(format!("{:?}: {example}", rule["code"]));
                    }
                }
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }

    #[test]
    fn status_and_denial() {
        let engine = Engine::embedded();
        for (text, kind, status, negated) in [
            ("un diabète compliqué d'une rétinopathie", "diabetes", "WITH_COMPLICATION", false),
            ("un diabète sans complications", "diabetes", "WITHOUT_COMPLICATION", false),
            ("Cancer du côlon au stade IV", "solid_tumor", "METASTASIS", false),
            ("Tabac : sevré depuis dix ans", "tobacco", "ABSTINENCE", false),
            ("Tabac : 0", "tobacco", "", true),
            ("Le patient fume 0 PA.", "tobacco", "", true),
            ("Tabagisme évalué à 20 PA", "tobacco", "", false),
            ("alcool : jamais", "alcohol", "", true),
        ] {
            let note = engine.annotate(text, &NoteContext::default());
            let e = note.entities.iter().find(|e| e.kind.as_deref() == Some(kind));
            let e = e.unwrap_or_else(|| panic!("{text}: {:?}", note.entities));
            assert_eq!(e.status.as_deref().unwrap_or(""), status, "{text}");
            assert_eq!(e.attributes.negated, negated, "{text}");
        }
    }
}
