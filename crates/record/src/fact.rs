//! What the text engine finds: sentences, sections, entities with their context.
//!
//! Shapes follow the `annotate` wire format: an entity has a label (`drug`, `disorder`,
//! `quantity`, `date`…), an optional kind, context attributes with the cues as evidence, and the
//! code of the rule that made it.

use serde::{Deserialize, Serialize};

use crate::{Private, Span};

/// Everything the text engine says about one text, computed once and shared by all functions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Annotations {
    /// Sentences, in order, not overlapping.
    pub sentences: Vec<Span>,
    /// Sections, flat, in order, not overlapping.
    pub sections: Vec<Section>,
    /// Entities, in order of start.
    pub entities: Vec<Entity>,
}

impl Annotations {
    /// The kind of the section that holds byte `at`, if any.
    pub fn section_at(&self, at: usize) -> Option<&Section> {
        Section::at(&self.sections, at)
    }
}

/// A part of the document under one title.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// Title and body.
    pub span: Span,
    /// Kind, in EDS-NLP's French names (`motif`, `antecedents`, `conclusion`…).
    pub kind: String,
    /// The title's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub title: Option<Span>,
    /// Kinds of the enclosing titles, outermost first, when nested.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub path: Vec<String>,
}

impl Section {
    /// The one of `sections` (in order, not overlapping) that holds byte `at`, if any.
    pub fn at(sections: &[Section], at: usize) -> Option<&Section> {
        let i = sections.partition_point(|s| s.span.end <= at);
        sections.get(i).filter(|s| s.span.start <= at)
    }
}

/// Context of an entity.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(default)]
pub struct Attributes {
    /// Said to be absent.
    pub negated: bool,
    /// Supposed, to be excluded or planned.
    pub hypothesis: bool,
    /// About a relative.
    pub family: bool,
    /// Past.
    pub history: bool,
    /// Said by somebody else than the author.
    pub reported_speech: bool,
}

/// A code proposed for an entity.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct FactCode {
    /// Short name of the terminology: `cim10`, `atc`, `loinc`.
    pub system: String,
    /// The code.
    pub code: String,
    /// Its label.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub display: Option<String>,
}

/// One number or a range of two.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Number {
    /// A number.
    Number(f64),
    /// From, to.
    Range([f64; 2]),
}

/// A measured value with its unit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// The number or range.
    #[serde(flatten)]
    pub number: Number,
    /// Unit, written as `kg`, `kg_per_m2`, `mmol_per_l`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// `<`, `<=`, `>`, `>=`, `~`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub operator: Option<String>,
    /// The same in the canonical unit of its kind.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub canonical: Option<(f64, String)>,
    /// Reference range as printed. Named apart from the `range` of a [`Number`].
    #[serde(rename = "reference_range", skip_serializing_if = "Option::is_none", default)]
    pub range: Option<String>,
    /// Abnormal flag as printed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub flag: Option<String>,
}

/// What an entity carries beside its label.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextValue {
    /// A measure.
    Measure(Measure),
    /// A dose with, when stated, route, frequency and duration, each as printed.
    Dosage {
        /// Strength or dose as printed.
        dose: Option<String>,
        /// Frequency as printed.
        frequency: Option<String>,
        /// Route as printed.
        route: Option<String>,
        /// Duration as printed.
        duration: Option<String>,
    },
    /// Any other value, as printed.
    Text(Private),
}

/// One mention in the text.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Entity {
    /// The words.
    pub span: Span,
    /// Label of the wire format (`drug`, `disorder`, `quantity`, `date`…).
    pub label: String,
    /// Finer kind (`weight`, `diabetes`…).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kind: Option<String>,
    /// Context.
    pub attributes: Attributes,
    /// Normal form (dates, TNM).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub norm: Option<String>,
    /// Days from the date of the note, when it is given.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub days: Option<i64>,
    /// Value.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub value: Option<TextValue>,
    /// Code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub code: Option<FactCode>,
    /// Status (`WITH_COMPLICATION`, `ABSTINENCE`…).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub status: Option<String>,
    /// Modality (`covid`, `suicide_attempt`).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub modality: Option<String>,
    /// Code of the rule or lexicon that made it.
    pub rule: String,
    /// Words that decided the context.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub cues: Vec<Span>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entity_with_a_measure_comes_back_from_json() {
        for number in [Number::Number(2.5), Number::Range([80.0, 130.0])] {
            let entity = Entity {
                span: Span::new(3, 9),
                label: "quantity".to_owned(),
                kind: Some("weight".to_owned()),
                attributes: Attributes::default(),
                norm: None,
                days: None,
                value: Some(TextValue::Measure(Measure {
                    number,
                    unit: Some("kg".to_owned()),
                    operator: None,
                    canonical: Some((2.5, "kg".to_owned())),
                    range: None,
                    flag: None,
                })),
                code: None,
                status: None,
                modality: None,
                rule: "QTY001".to_owned(),
                cues: Vec::new(),
            };
            let json = serde_json::to_string(&entity).unwrap();
            assert_eq!(serde_json::from_str::<Entity>(&json).unwrap(), entity, "{json}");
        }
    }
}
