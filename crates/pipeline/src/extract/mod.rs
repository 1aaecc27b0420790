//! *Faits cliniques*: drugs, disorders, symptoms, measures and results, as facts to be confirmed.
//!
//! Input: the annotations and the coded entries of the reading. Output: one [`ProposalValue::Fact`]
//! per thing said, in text order, then one per coded entry that is not linked to words. What one
//! section says again in the same context is one fact, with every mention as evidence, so that a
//! person confirms it once. Evidence: the words and the cues of their context, or the entry. Which
//! labels are facts, what a mention must carry to be one, and how sure it is, is data
//! (`rules/facts.toml`). Nothing is inferred: no value is judged, no dose completed.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use relu_record::{
    Annotations, Attributes, Entity, Entry, Evidence, FactCode, Measure, Number, Outcome, Private,
    Proposal, ProposalValue, Reading, Sheet, Span, TextValue,
};
use serde::Deserialize;

use crate::function::{Context, Draft, Function, sheet};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactFile {
    /// Words that say nothing alone.
    #[serde(default)]
    generic: BTreeSet<String>,
    #[serde(default)]
    fact: Vec<FactRule>,
    #[serde(default)]
    entry: Vec<EntryRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FactRule {
    code: String,
    label: String,
    #[serde(default)]
    needs: Needs,
    /// A mention with this status is this fact, whatever its label; the mention of this label that
    /// gave the status is then evidence, and no fact of its own.
    #[serde(default)]
    status: Option<String>,
    /// Labels whose mention of the same words says it better.
    #[serde(default)]
    yields: Vec<String>,
    confidence: f32,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[allow(dead_code)]
    source: String,
}

/// What a mention must carry.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Needs {
    /// Nothing more than its words.
    #[default]
    Nothing,
    /// Words that are not generic.
    Words,
    /// A value, a norm or a status.
    Value,
    /// A code or a value.
    Code,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct EntryRule {
    code: String,
    kind: String,
    label: String,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[allow(dead_code)]
    source: String,
}

/// The function with its compiled rules.
pub(crate) struct Extract {
    sheet: Sheet,
    rules: FactFile,
}

// A document of more facts is a list to be read elsewhere; work stays bounded.
const MOST_FACTS: usize = 2_000;
// No mention is longer.
const MOST_BYTES: usize = 400;

impl Extract {
    /// Compiles the rules shipped with the program.
    pub(crate) fn embedded() -> Extract {
        let mut rules: FactFile =
            toml::from_str(include_str!("rules/facts.toml")).unwrap_or_default();
        rules.generic = rules.generic.iter().map(|w| relu_text::key(w)).collect();
        Extract { sheet: sheet(include_str!("sheet.toml")), rules }
    }
}

/// A fact with every mention of it in one section.
struct Said<'a> {
    fact: &'a Entity,
    words: String,
    section: Option<Span>,
    rule: &'a FactRule,
    at: Vec<Evidence>,
}

/// Whether another mention of the same words says it better.
fn yields(rule: &FactRule, e: &Entity, notes: &Annotations) -> bool {
    // Entities stand in order of start; the ones that overlap stand near.
    let from = notes.entities.partition_point(|o| o.span.start + MOST_BYTES < e.span.start);
    let near = notes.entities.iter().skip(from).take_while(|o| o.span.start < e.span.end);
    near.into_iter().any(|o| o.span.overlaps(e.span) && rule.yields.contains(&o.label))
}

/// Whether `b` says what `a` says, elsewhere.
fn again(a: &Entity, b: &Entity) -> bool {
    let place = |e: &Entity| Entity { span: Span::new(0, 0), cues: Vec::new(), ..e.clone() };
    a.rule == b.rule && a.attributes == b.attributes && place(a) == place(b)
}

impl FactRule {
    /// The mention of this label that gave `e` its status ("allergie" before a drug).
    fn announced<'n>(&self, notes: &'n Annotations, e: &Entity) -> Option<&'n Entity> {
        self.status.as_ref().filter(|_| e.label != self.label)?;
        let before = notes.entities.partition_point(|o| o.span.start < e.span.start);
        notes.entities.get(..before)?.iter().rev().find(|o| o.label == self.label)
    }

    /// Whether `e` only gave its status to what follows it.
    fn names(&self, notes: &Annotations, e: &Entity) -> bool {
        let Some(status) = self.status.as_deref().filter(|_| e.label == self.label) else {
            return false;
        };
        let after = notes.entities.partition_point(|o| o.span.start <= e.span.start);
        let rest = notes.entities.iter().skip(after).take_while(|o| o.label != self.label);
        rest.into_iter().any(|o| o.status.as_deref() == Some(status))
    }
}

impl FactFile {
    /// The rule of a mention, by its status, else by its label.
    fn of(&self, e: &Entity) -> Option<&FactRule> {
        let by_status = self.fact.iter().find(|r| r.status.is_some() && r.status == e.status);
        by_status.or_else(|| self.fact.iter().find(|r| r.label == e.label))
    }

    /// Whether a mention carries what its rule wants.
    fn carries(&self, needs: Needs, e: &Entity, words: &str) -> bool {
        let number = e.value.is_some() || e.norm.is_some();
        let value = number || e.status.is_some();
        match needs {
            Needs::Nothing => true,
            Needs::Words => number || !self.generic.contains(words),
            Needs::Value => value,
            Needs::Code => value || e.code.is_some(),
        }
    }
}

impl Function for Extract {
    fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    fn propose(
        &self,
        reading: &Reading,
        notes: &Annotations,
        _context: &Context,
    ) -> Outcome<Vec<Proposal>> {
        let mut draft = Draft::of(&self.sheet);
        let mut said: Vec<Said<'_>> = Vec::new();
        let linked: Vec<Span> = reading.entries.iter().filter_map(|e| e.span).collect();
        for e in notes.entities.iter().take(MOST_FACTS) {
            // Words that a coded entry says already are taken from the entry.
            if linked.iter().any(|s| s.overlaps(e.span)) || !e.span.is_valid_in(&reading.text) {
                continue;
            }
            let Some(rule) = self.rules.of(e) else { continue };
            if rule.names(notes, e) {
                continue;
            }
            let words = relu_text::key(e.span.of(&reading.text).unwrap_or(""));
            if !self.rules.carries(rule.needs, e, &words) || yields(rule, e, notes) {
                continue;
            }
            let announced = rule.announced(notes, e).map(|a| a.span);
            let at = std::iter::once(e.span).chain(announced).chain(e.cues.iter().copied());
            let at = at.map(Evidence::Words);
            let section = notes.section_at(e.span.start).map(|s| s.span);
            let same = |s: &Said<'_>| s.section == section && s.words == words && again(s.fact, e);
            match said.iter_mut().find(|s| same(s)) {
                Some(s) => s.at.extend(at),
                None => said.push(Said { fact: e, words, section, rule, at: at.collect() }),
            }
        }
        for s in said {
            let (sure, code) = (s.rule.confidence, &s.rule.code);
            let fact = Entity { label: s.rule.label.clone(), ..s.fact.clone() };
            draft.add(ProposalValue::Fact(fact), s.at, sure, code);
        }
        for entry in reading.entries.iter().take(MOST_FACTS) {
            if let Some(rule) = self.rules.entry.iter().find(|r| r.kind == entry.kind)
                && let Some(fact) = fact_of(entry, rule, reading)
            {
                let mut at = vec![Evidence::Entry(entry.path.clone())];
                at.extend(entry.span.filter(|s| s.is_valid_in(&reading.text)).map(Evidence::Words));
                draft.add(ProposalValue::Fact(fact), at, 0.95, &rule.code);
            }
        }
        draft.finish()
    }
}

// A coded entry as a fact. An entry without words has an empty span at 0; its evidence is the entry.
fn fact_of(entry: &Entry, rule: &EntryRule, reading: &Reading) -> Option<Entity> {
    let label = entry.label.as_ref().map(|l| l.0.trim().to_owned()).filter(|l| !l.is_empty());
    let code = entry.code.as_ref().map(|c| FactCode {
        system: system_name(&c.system),
        code: c.code.clone(),
        display: label.clone().or(c.display.clone()),
    });
    let code = code.or_else(|| {
        label.map(|l| FactCode {
            system: "local".to_owned(),
            code: String::new(),
            display: Some(l),
        })
    })?;
    let span = entry.span.filter(|s| s.is_valid_in(&reading.text)).unwrap_or(Span::new(0, 0));
    Some(Entity {
        span,
        label: rule.label.clone(),
        kind: None,
        attributes: Attributes { negated: entry.negated, ..Attributes::default() },
        norm: entry.date.map(|d| d.date.to_string()),
        days: None,
        value: value_of(entry),
        code: Some(code),
        status: None,
        modality: None,
        rule: rule.code.clone(),
        cues: Vec::new(),
    })
}

fn system_name(system: &str) -> String {
    use relu_record::system as s;
    match system {
        s::LOINC | "http://loinc.org" => "loinc".to_owned(),
        s::CIM10 | "http://hl7.org/fhir/sid/icd-10" => "cim10".to_owned(),
        s::ATC | "http://www.whocc.no/atc" => "atc".to_owned(),
        other => other.to_owned(),
    }
}

// The value as a measure when it is a plain number, else as printed.
fn value_of(entry: &Entry) -> Option<TextValue> {
    let printed = entry.value.as_ref()?.0.trim().to_owned();
    let (operator, digits) = ["<=", ">=", "<", ">"]
        .iter()
        .find_map(|o| printed.strip_prefix(o).map(|d| (Some((*o).to_owned()), d.trim())))
        .unwrap_or((None, printed.as_str()));
    match digits.replace(',', ".").parse::<f64>().ok().filter(|n| n.is_finite()) {
        Some(n) => Some(TextValue::Measure(Measure {
            number: Number::Number(n),
            unit: entry.unit.clone().filter(|u| !u.is_empty()),
            operator,
            canonical: None,
            range: entry.range.clone().filter(|r| !r.is_empty()),
            flag: entry.flag.clone().filter(|f| !f.is_empty()),
        })),
        None => (!printed.is_empty()).then_some(TextValue::Text(Private(printed))),
    }
}
