//! What one document tells of its patient: every fact that nobody refused, in words, with its decision.
//!
//! Worked out from the reading, the proposal set and the decisions; kept in memory by the document's
//! version, never stored: what is true is in the tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, OnceLock};

use relu_pipeline::contradict::Said;
use relu_record::{
    Contradiction, Decision, DocumentId, Entity, Header, Measure, Number, PartialDate, Private,
    ProposalId, ProposalSet, ProposalValue, Section, TextValue, Verdict,
};
use relu_vault::{Contents, Document};
use serde::Deserialize;

use super::super::effective::Standing;
use super::super::fhir::measure_name;
use super::super::look::Opened;
use super::super::pipeline;
use super::pairs::PAIR;
use crate::present;
use crate::texts::{find, text, text_with};
use crate::view::timeline::TimelineKind;

/// Documents kept in memory at most.
const KEPT: usize = 20_000;
/// Before this, a normal form is a number and no date.
const FIRST_YEAR: u16 = 1850;

/// What a document tells.
#[derive(Default)]
pub(super) struct Told {
    /// Masked from professionals.
    pub(super) masked: bool,
    /// Hidden from the patient.
    pub(super) hidden: bool,
    pub(super) facts: Vec<ToldFact>,
    pub(super) said: Vec<Said>,
    /// The last decision on the filing.
    pub(super) filed: Option<Decision>,
    /// What people answered on what this document and others say differently.
    pub(super) answers: Vec<(Decision, Option<Contradiction>)>,
}

/// One fact.
pub(super) struct ToldFact {
    pub(super) id: ProposalId,
    pub(super) kind: TimelineKind,
    pub(super) label: String,
    pub(super) words: String,
    pub(super) code: Option<String>,
    pub(super) said: Vec<String>,
    pub(super) value: Option<String>,
    pub(super) date: Option<PartialDate>,
    pub(super) in_text: bool,
    pub(super) measure: Option<Measured>,
    pub(super) decision: Option<Decision>,
}

/// A number that can be drawn.
pub(super) struct Measured {
    /// The same for what is measured alike.
    pub(super) key: String,
    pub(super) name: String,
    pub(super) unit: String,
    pub(super) value: f64,
    pub(super) upper: Option<f64>,
    pub(super) range: Option<String>,
    pub(super) flag: Option<String>,
}

/// What was worked out, by document and version.
#[derive(Default)]
pub(in crate::desk) struct Memory(Mutex<BTreeMap<DocumentId, (u64, Arc<Told>)>>);

impl Memory {
    pub(super) fn of(&self, document: &Document) -> Option<Arc<Told>> {
        let kept = self.0.lock().ok()?;
        let (version, told) = kept.get(&document.id)?;
        (*version == document.version).then(|| told.clone())
    }

    pub(super) fn keep(&self, document: &Document, told: Arc<Told>) {
        if let Ok(mut kept) = self.0.lock() {
            if kept.len() >= KEPT {
                kept.clear();
            }
            kept.insert(document.id.clone(), (document.version, told));
        }
    }
}

/// The parts of a reading that a timeline needs: the places of its words on the pages are left out.
#[derive(Deserialize)]
struct Read {
    text: Private,
    header: Header,
    #[serde(default)]
    sections: Vec<Section>,
}

impl Told {
    pub(super) fn of(contents: &Contents) -> Told {
        let read: Option<Read> =
            contents.reading.as_ref().and_then(|json| serde_json::from_slice(json).ok());
        let set = contents.proposals.as_ref();
        match (read, set) {
            (Some(read), Some(set)) => {
                told((&read.text, &read.sections, &read.header), set, &contents.decisions)
            }
            (Some(read), None) => Told { masked: read.header.is_masked(), ..Told::default() },
            _ => Told::default(),
        }
    }

    /// The same of a document that is open.
    pub(super) fn of_opened(opened: &Opened) -> Told {
        match (&opened.reading, &opened.set) {
            (Some(r), Some(set)) => told((&r.text, &r.sections, &r.header), set, &opened.decisions),
            _ => Told::default(),
        }
    }

    pub(super) fn fact(&self, id: &ProposalId) -> Option<&ToldFact> {
        self.facts.iter().find(|f| f.id == *id)
    }
}

fn told(
    (words, sections, header): (&str, &[Section], &Header),
    set: &ProposalSet,
    decisions: &[Decision],
) -> Told {
    let standing = Standing::of(decisions);
    let compare = pipeline().contradict();
    let mut told =
        Told { masked: header.is_masked(), hidden: hides_from_patient(header), ..Told::default() };
    for (id, p) in set.with_ids() {
        let Some(ProposalValue::Fact(e)) = standing.value(&id, p) else { continue };
        let decision = standing.get(&id).cloned();
        let section = Section::at(sections, e.span.start).filter(|_| !e.span.is_empty());
        let section = section.map(|s| s.kind.as_str());
        told.said.extend(compare.said(&id, e, words, section, decision.is_some()));
        told.facts.push(fact(id, e, words, decision));
    }
    for d in standing.all() {
        if d.proposal.0.starts_with(PAIR) {
            let value = match &d.verdict {
                Verdict::Edited(v) => match &**v {
                    ProposalValue::Contradiction(c) => Some(c.clone()),
                    _ => None,
                },
                _ => None,
            };
            told.answers.push((d.clone(), value));
        } else if set.get(&d.proposal).is_some_and(|p| !p.value.kind().is_clinical())
            && told.filed.as_ref().is_none_or(|f| f.at <= d.at)
        {
            told.filed = Some(d.clone());
        }
    }
    told
}

fn fact(id: ProposalId, e: &Entity, text_of: &str, decision: Option<Decision>) -> ToldFact {
    let words = match e.label.as_str() {
        // An allergy is nothing without what it is to.
        "allergy" if !e.span.is_empty() => pipeline().contradict().allergy_words(e, text_of).0,
        _ => present::fact_words(e, text_of),
    };
    let value = value(e, &words);
    let named = present::unsaid_name(e, &words);
    ToldFact {
        kind: kind(&e.label),
        label: named.map_or_else(|| text("label", &e.label), str::to_owned),
        code: e
            .code
            .as_ref()
            .filter(|c| !c.code.is_empty())
            .map(|c| format!("{} {}", c.system.to_uppercase(), c.code)),
        said: said_of(e),
        date: e.norm.as_deref().and_then(|n| n.parse().ok()).filter(plausible),
        in_text: !e.span.is_empty(),
        measure: measured(e, &words),
        id,
        words,
        value,
        decision,
    }
}

// Of entries, a normal form is their date; of mentions it may be a stage or a number.
fn plausible(date: &PartialDate) -> bool {
    (FIRST_YEAR..=2200).contains(&date.year)
}

fn kind(label: &str) -> TimelineKind {
    #[derive(Default, Deserialize)]
    struct Table {
        kind: BTreeMap<TimelineKind, BTreeSet<String>>,
    }
    static TABLE: OnceLock<Table> = OnceLock::new();
    // The file is embedded and a test reads it.
    let table = TABLE.get_or_init(|| {
        toml::from_str(include_str!("../../../data/timeline.toml")).unwrap_or_default()
    });
    let found = table.kind.iter().find(|(_, labels)| labels.contains(label));
    found.map_or(TimelineKind::Diagnostics, |(kind, _)| *kind)
}

/// Whether the source hides a document from the patient or their representatives, until it was
/// announced to them.
fn hides_from_patient(header: &Header) -> bool {
    let mut codes = header.confidentiality.iter().map(|c| c.code.as_str());
    codes.any(|c| matches!(c, "INVISIBLE_PATIENT" | "INVISIBLE_REPRESENTANTS_LEGAUX"))
}

/// What the document says of a fact beyond its words.
fn said_of(e: &Entity) -> Vec<String> {
    let a = e.attributes;
    let attributes = [
        ("negated", a.negated),
        ("hypothesis", a.hypothesis),
        ("family", a.family),
        ("history", a.history),
        ("reported_speech", a.reported_speech),
    ];
    let said = attributes.into_iter().filter(|(_, on)| *on).map(|(key, _)| text("attribute", key));
    // The status of an allergy is that it is one.
    let status = e.status.as_deref().filter(|s| *s != "ALLERGY");
    let status = status.and_then(|s| find("fact_status", s)).map(str::to_owned);
    said.chain(status).collect()
}

/// The value where the words do not tell it; of a measure they do tell, what was printed beside it.
fn value(e: &Entity, words: &str) -> Option<String> {
    let whole = present::fact_value(e);
    let number: String = whole
        .chars()
        .skip_while(|c| !c.is_ascii_digit())
        .take_while(|c| c.is_ascii_digit() || *c == ',')
        .collect();
    let told = !number.is_empty() && words.replace('.', ",").contains(&number);
    let value = match (&e.value, told) {
        (Some(TextValue::Measure(m)), true) => {
            let range = m.range.as_ref().map(|r| text_with("timeline", "reference", r));
            [range, m.flag.clone()].into_iter().flatten().collect::<Vec<_>>().join(" ")
        }
        _ if words == whole => String::new(),
        _ => whole,
    };
    Some(value).filter(|v| !v.is_empty())
}

fn measured(e: &Entity, words: &str) -> Option<Measured> {
    let Some(TextValue::Measure(m)) = &e.value else { return None };
    // « < 5 » is no point of a curve.
    if e.attributes.negated || e.attributes.family || m.operator.is_some() {
        return None;
    }
    let (value, upper) = match m.number {
        Number::Number(n) => (n, None),
        Number::Range([a, b]) if e.kind.as_deref() == Some("blood_pressure") => {
            (a.min(b), Some(a.max(b)))
        }
        Number::Range(_) => return None,
    };
    if !value.is_finite() || upper.is_some_and(|u| !u.is_finite()) {
        return None;
    }
    let name = name(e, words);
    let unit = m.unit.as_deref().map(present::french_unit).unwrap_or_default();
    let code = e.code.as_ref().filter(|c| c.system == "loinc" && !c.code.is_empty());
    let key = match (code, &e.kind) {
        (Some(c), _) => c.code.clone(),
        (None, Some(kind)) => kind.clone(),
        (None, None) => relu_text::key(&name),
    };
    let Measure { range, flag, .. } = m;
    (!name.is_empty()).then(|| Measured {
        key: format!("{key} {}", relu_text::key(&unit)),
        name,
        unit,
        value,
        upper,
        range: range.clone(),
        flag: flag.clone(),
    })
}

/// What is measured: the name of its kind, that of its code, or the words before the number.
fn name(e: &Entity, words: &str) -> String {
    if let Some(known) = e.kind.as_deref().and_then(measure_name) {
        return known.to_owned();
    }
    let begins = |w: &&str| !w.starts_with(|c: char| c.is_ascii_digit() || "<>=".contains(c));
    let before: Vec<&str> = words.split_whitespace().take_while(begins).collect();
    let before = before.join(" ");
    let before = before.trim_end_matches([' ', ':', '=']);
    let code = || e.code.as_ref().and_then(|c| c.display.clone()).unwrap_or_default();
    if before.is_empty() { code() } else { before.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_labels_and_every_label_one_kind() {
        for (label, wanted) in [
            ("result", TimelineKind::Resultats),
            ("drug", TimelineKind::Medicaments),
            ("allergy", TimelineKind::Allergies),
            ("device", TimelineKind::Actes),
            ("immunization", TimelineKind::Vaccins),
            ("behaviour", TimelineKind::ModeDeVie),
            ("disorder", TimelineKind::Diagnostics),
            ("something new", TimelineKind::Diagnostics),
        ] {
            assert_eq!(kind(label), wanted, "{label}");
        }
    }

    #[test]
    fn a_number_that_is_no_year_is_no_date() {
        for (norm, is) in [("2012-03", true), ("2012", true), ("12", false), ("0450", false)] {
            let date: Option<PartialDate> = norm.parse().ok();
            assert_eq!(date.filter(plausible).is_some(), is, "{norm}");
        }
    }
}
