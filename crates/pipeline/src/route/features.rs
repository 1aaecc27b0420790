//! What routing looks at in a document: a small set of values, each with its evidence, worked out
//! once when the document is read and again when somebody decides. Kept sealed, so that rules are
//! replayed on thousands of documents without opening their texts.

use relu_record::{Coding, Evidence, PartialDate, Practitioner, Private, ProposalValue, Reading};
use serde::{Deserialize, Serialize};

use super::phrases::phrases;
use super::printed::printed;
use super::referring::referring;

/// A value and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seen<T> {
    /// The value.
    pub value: Private<T>,
    /// Where it was seen.
    pub evidence: Vec<Evidence>,
}

impl<T> Seen<T> {
    /// A value seen at one place.
    pub fn new(value: T, evidence: Evidence) -> Seen<T> {
        Seen { value: Private(value), evidence: vec![evidence] }
    }
}

/// A person or a structure: as shown, the folded words of its name, its number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Named {
    /// As shown.
    pub shown: String,
    /// Folded words of the name in order of the alphabet, titles left out.
    pub words: Vec<String>,
    /// RPPS or FINESS.
    pub number: Option<String>,
}

/// A deadline as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The day.
    pub due: PartialDate,
    /// Days after the document's date.
    pub days: u16,
}

/// What the installation knows of the patient that a document is attached to. Doctors and unit come
/// from the software that masters the record; empty means unknown.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PatientFacts {
    /// The *médecin traitant*.
    pub treating: Vec<Practitioner>,
    /// Who referred the patient.
    pub referring: Vec<Practitioner>,
    /// The doctor in charge of the present stay.
    pub in_charge: Vec<Practitioner>,
    /// Unit of the present stay: its name and its code.
    pub unit: Option<(String, Option<String>)>,
}

/// What is known of a document beside its reading.
#[derive(Clone, Debug)]
pub struct Known<'a> {
    /// How it came.
    pub source: &'a str,
    /// The day it came.
    pub received: PartialDate,
    /// The patient it is attached to for sure.
    pub patient: Option<&'a PatientFacts>,
}

/// Everything that conditions look at.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Features {
    /// The day it came.
    pub received: PartialDate,
    /// Date of the document.
    pub date: Option<Seen<PartialDate>>,
    /// Code and label of the type.
    pub document_type: Option<Seen<(String, String)>>,
    /// Authors.
    pub senders: Vec<Seen<Named>>,
    /// Their specialties.
    pub specialties: Vec<Seen<Named>>,
    /// Sending structures.
    pub structures: Vec<Seen<Named>>,
    /// Recipients.
    pub recipients: Vec<Seen<Named>>,
    /// *Médecin traitant*.
    pub treating: Vec<Seen<Named>>,
    /// Who referred the patient or asked for the examination.
    pub referring: Vec<Seen<Named>>,
    /// The doctor in charge of the stay.
    pub in_charge: Vec<Seen<Named>>,
    /// Unit of the stay.
    pub unit: Option<Seen<Named>>,
    /// How it came.
    pub source: Seen<String>,
    /// Mentions as printed, by code.
    pub mentions: Vec<Seen<String>>,
    /// Deadlines as written.
    pub deadlines: Vec<Seen<Deadline>>,
    /// Whether a known patient is attached for sure.
    pub attached: bool,
}

impl Features {
    /// Gathers them. `values` are those that stand: as decided, or else as proposed.
    pub fn gather<'a>(
        reading: &Reading,
        values: impl IntoIterator<Item = (&'a ProposalValue, &'a [Evidence])>,
        known: &Known<'_>,
    ) -> Features {
        let record = |what: &str| Evidence::Record(what.to_owned());
        let mut f = Features {
            received: known.received,
            date: None,
            document_type: None,
            senders: Vec::new(),
            specialties: Vec::new(),
            structures: Vec::new(),
            recipients: Vec::new(),
            treating: Vec::new(),
            referring: Vec::new(),
            in_charge: Vec::new(),
            unit: None,
            source: Seen::new(known.source.to_owned(), record("réception")),
            mentions: printed().mentions_in(reading),
            deadlines: Vec::new(),
            attached: known.patient.is_some(),
        };
        for (value, evidence) in values {
            f.take(value, evidence, &reading.text);
        }
        if let Some(patient) = known.patient {
            let doctor = |p: &Practitioner| Seen::new(person(p), record("patient"));
            f.treating = patient.treating.iter().map(doctor).collect();
            f.referring.extend(patient.referring.iter().map(doctor));
            f.in_charge = patient.in_charge.iter().map(doctor).collect();
            f.unit = patient
                .unit
                .as_ref()
                .map(|(name, code)| Seen::new(named(name, code.as_deref()), record("séjour")));
        }
        f.deadlines = printed().deadlines_in(&reading.text, f.from());
        f
    }

    /// The day that deadlines count from: the document's date, or else the day it came.
    pub fn from(&self) -> PartialDate {
        self.date.as_ref().map(|d| d.value.0).filter(|d| d.is_full()).unwrap_or(self.received)
    }

    fn take(&mut self, value: &ProposalValue, evidence: &[Evidence], text: &str) {
        let seen = |n: Named| Seen { value: Private(n), evidence: evidence.to_vec() };
        match value {
            ProposalValue::DocumentType(c) if self.document_type.is_none() => {
                self.document_type =
                    Some(Seen { value: Private(type_of(c)), evidence: evidence.to_vec() });
            }
            ProposalValue::DocumentDate(m) if self.date.is_none() => {
                self.date = Some(Seen { value: Private(m.date), evidence: evidence.to_vec() });
            }
            ProposalValue::Author(p) => {
                self.senders.push(seen(person(p)));
                self.specialties.extend(p.specialty.as_deref().map(|s| seen(named(s, None))));
            }
            ProposalValue::Organization(o) => {
                self.structures.push(seen(named(&o.name, o.finess.as_ref().map(|f| f.as_str()))));
            }
            ProposalValue::Recipient(r) => {
                self.recipients.extend(r.practitioner.as_ref().map(|p| seen(person(p))));
                if referring().says(evidence, text) {
                    self.referring.extend(r.practitioner.as_ref().map(|p| seen(person(p))));
                }
                self.recipients.extend(r.organization.as_ref().map(|o| seen(named(&o.name, None))));
            }
            _ => {}
        }
    }

    /// The sender as counts of decisions name it: the first structure, else the first author.
    pub fn sender(&self) -> Option<&Named> {
        self.structures.first().or(self.senders.first()).map(|s| &s.value.0)
    }
}

fn type_of(c: &Coding) -> (String, String) {
    (c.code.clone(), c.display.clone().unwrap_or_else(|| c.code.clone()))
}

fn person(p: &Practitioner) -> Named {
    named(&p.name.full(), p.rpps.as_ref().map(|r| r.as_str()))
}

/// A name with its folded words.
pub fn named(shown: &str, number: Option<&str>) -> Named {
    Named { shown: shown.to_owned(), words: name_words(shown), number: number.map(str::to_owned) }
}

/// Folded words of a name, sorted, titles left out.
pub(super) fn name_words(name: &str) -> Vec<String> {
    let key = relu_text::key(name);
    let mut words: Vec<String> = key
        .split(|c: char| !c.is_alphanumeric())
        .filter(|w| !w.is_empty() && !phrases().titles.contains(*w))
        .map(str::to_owned)
        .collect();
    words.sort();
    words
}
