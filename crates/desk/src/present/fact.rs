//! Clinical facts: their words, values and units as people write them.

use relu_record::{Entity, Number, TextValue};

use super::evidence::one_line;
use crate::desk::fhir::measure_name;
use crate::texts::find;

/// The words of a fact, without its code.
pub(crate) fn fact_words(e: &Entity, reading_text: &str) -> String {
    let words = match &e.value {
        Some(TextValue::Text(t)) if e.span.is_empty() => t.0.clone(),
        _ => one_line(e.span.of(reading_text).unwrap_or_default(), 160),
    };
    match words.is_empty() {
        true => e.code.as_ref().and_then(|c| c.display.clone()).unwrap_or_default(),
        false => words,
    }
}

/// What is measured, when the words do not say it: « 1,24 g/L » alone does not say of what.
pub(crate) fn unsaid_name(e: &Entity, words: &str) -> Option<&'static str> {
    let name = e.kind.as_deref().and_then(measure_name);
    name.filter(|_| words.starts_with(|c: char| c.is_ascii_digit()))
}

pub(super) fn fact_line(e: &Entity, reading_text: &str) -> String {
    let mut line = fact_words(e, reading_text);
    if let Some(name) = unsaid_name(e, &line) {
        line = format!("{name} : {line}");
    }
    if let Some(c) = &e.code {
        line.push_str(&format!(" [{} {}]", c.system.to_uppercase(), c.code));
    }
    line
}

pub(crate) fn fact_value(e: &Entity) -> String {
    match &e.value {
        Some(TextValue::Measure(m)) => {
            let number = match m.number {
                Number::Number(n) => french_number(n),
                // A blood pressure is said as its two numbers, not as a range between them.
                Number::Range([a, b]) if e.kind.as_deref() == Some("blood_pressure") => {
                    format!("{}/{}", french_number(a), french_number(b))
                }
                Number::Range([a, b]) => format!("{} à {}", french_number(a), french_number(b)),
            };
            let unit = m.unit.as_deref().unwrap_or_default();
            let unit = french_unit(unit);
            let operator = m.operator.as_deref().unwrap_or_default();
            let mut line = format!("{operator} {number} {unit}").trim().to_owned();
            if let Some(range) = &m.range {
                line.push_str(&format!(" (réf. {range})"));
            }
            if let Some(flag) = &m.flag {
                line.push_str(&format!(" {flag}"));
            }
            line
        }
        Some(TextValue::Dosage { dose, frequency, route, duration }) => {
            [dose, frequency, route, duration]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        }
        Some(TextValue::Text(t)) => t.0.clone(),
        None => e.norm.clone().unwrap_or_default(),
    }
}

/// A unit as people write it: the whole name, or each part above and below the bar.
pub(crate) fn french_unit(unit: &str) -> String {
    let one = |part: &str| find("unit", part).unwrap_or(part).to_owned();
    if let Some(whole) = find("unit", unit) {
        return whole.to_owned();
    }
    match unit.strip_prefix("per_") {
        Some(below) => format!("/{}", one(below)),
        None => unit.split("_per_").map(one).collect::<Vec<_>>().join("/"),
    }
}

fn french_number(n: f64) -> String {
    n.to_string().replace('.', ",")
}
