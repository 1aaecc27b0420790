//! *Faits cliniques*: drugs, disorders, symptoms, measures and results, as facts to be confirmed.
//!
//! Input: the annotations and the coded entries of the reading. Output: one [`ProposalValue::Fact`]
//! per mention, in text order, then one per coded entry that is not linked to words. Evidence: the
//! words and the cues of their context, or the entry. Which labels are facts, and how sure they are,
//! is data (`rules/facts.toml`). Nothing is inferred: no value is judged, no dose completed.

#[cfg(test)]
mod tests;

use relu_record::{
    Annotations, Attributes, Entity, Entry, Evidence, FactCode, Measure, Number, Outcome, Private,
    Proposal, ProposalValue, Reading, Sheet, Span, TextValue,
};
use serde::Deserialize;

use crate::function::{Context, Draft, Function, sheet};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct FactFile {
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
    confidence: f32,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[allow(dead_code)]
    source: String,
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

impl Extract {
    /// Compiles the rules shipped with the program.
    pub(crate) fn embedded() -> Extract {
        let rules = toml::from_str(include_str!("rules/facts.toml")).unwrap_or_default();
        Extract { sheet: sheet(include_str!("sheet.toml")), rules }
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
        let linked: Vec<Span> = reading.entries.iter().filter_map(|e| e.span).collect();
        for e in notes.entities.iter().take(MOST_FACTS) {
            // Words that a coded entry says already are taken from the entry.
            if linked.iter().any(|s| s.overlaps(e.span)) || !e.span.is_valid_in(&reading.text) {
                continue;
            }
            if let Some(rule) = self.rules.fact.iter().find(|r| r.label == e.label) {
                let mut at = vec![Evidence::Words(e.span)];
                at.extend(e.cues.iter().map(|c| Evidence::Words(*c)));
                draft.add(ProposalValue::Fact(e.clone()), at, rule.confidence, &rule.code);
            }
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
