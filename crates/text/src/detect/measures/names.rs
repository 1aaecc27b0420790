//! Names of measured things: what each may be measured in, and what a number without a unit means.
//!
//! Data: `rules/measures.toml`. A canonical value is computed, and never judged: bounds only keep out
//! a number that cannot be the thing named.

use std::collections::BTreeMap;

use relu_record::Number;
use serde::{Deserialize, Serialize};

use super::Measures;
use super::units::{Dims, Unit};
use crate::compile::{Builder, OriginId, Proof, RuleDoc, RuleError};
use crate::phrases::{Meaning, Print};
use crate::strings::Str;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureFile {
    measure: Vec<MeasureRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureRule {
    code: String,
    label: String,
    kind: String,
    why: String,
    source: String,
    terms: Vec<String>,
    /// Units it may have, with the factor to the canonical one.
    units: BTreeMap<String, f64>,
    canonical: String,
    /// Printed unit and what it means here (`g/l` of cells is `G/L`).
    #[serde(default)]
    reads: BTreeMap<String, String>,
    #[serde(default)]
    low: Option<f64>,
    #[serde(default)]
    high: Option<f64>,
    /// Unit of a number without one, by its size.
    #[serde(default)]
    implied: Vec<Implied>,
    #[serde(default)]
    shape: Shape,
    matches: Vec<String>,
    rejects: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Implied {
    #[serde(default)]
    below: Option<f64>,
    unit: String,
}

/// How its value is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Shape {
    /// A number.
    #[default]
    Number,
    /// Two pressures.
    Pressure,
}

/// A measured thing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Name {
    pub(crate) origin: OriginId,
    /// Whether the name is part of the entity.
    pub(crate) whole: bool,
    pub(crate) shape: Shape,
    units: Vec<(Str, f64)>,
    reads: Vec<(Str, Str)>,
    canonical: Str,
    dims: Dims,
    scale: f64,
    low: f64,
    high: f64,
    implied: Vec<(f64, Str)>,
    celsius: bool,
}

/// A unit that a name accepts: its name here and the factor to the canonical one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Fit {
    pub(crate) unit: Str,
    pub(crate) factor: f64,
}

/// Adds the names of a file.
pub(crate) fn compile(
    file_name: &str,
    file: &str,
    b: &mut Builder,
    to: &mut Measures,
) -> Result<(), RuleError> {
    let file: MeasureFile = toml::from_str(file).map_err(|e| RuleError::toml(file_name, &e))?;
    let Measures { units, names, .. } = to;
    for rule in file.measure {
        if !b.keeps(&rule.code) {
            continue;
        }
        let n = names.len() as u32;
        for term in &rule.terms {
            let short = term.chars().count() <= 2 && !term.chars().any(char::is_lowercase);
            let print = if short { Print::Capitals } else { Print::Any };
            b.term(term, Meaning::Measure(n), print, !short);
        }
        let canonical = b.str(&rule.canonical);
        let unit = units.named(canonical);
        if unit.is_none() && !rule.canonical.is_empty() {
            let cause = format!("{} : unité inconnue {}", rule.code, rule.canonical);
            return Err(RuleError::new(file_name, cause));
        }
        names.push(Name {
            origin: b.plain_origin(&rule.label, &rule.kind, &rule.code),
            whole: rule.label == "result",
            shape: rule.shape,
            units: rule.units.iter().map(|(u, f)| (b.str(u), *f)).collect(),
            reads: rule.reads.iter().map(|(a, u)| (b.str(a), b.str(u))).collect(),
            canonical,
            dims: unit.map(|u| u.dims).unwrap_or_default(),
            scale: unit.map_or(0.0, |u| u.scale),
            low: rule.low.unwrap_or(f64::INFINITY),
            high: rule.high.unwrap_or(f64::NEG_INFINITY),
            implied: rule
                .implied
                .iter()
                .map(|i| (i.below.unwrap_or(f64::INFINITY), b.str(&i.unit)))
                .collect(),
            celsius: rule.canonical == "celsius",
        });
        b.document(RuleDoc {
            code: rule.code,
            why: rule.why,
            source: rule.source,
            matches: rule.matches,
            rejects: rule.rejects,
            proof: Proof::Entity,
            ..RuleDoc::default()
        });
    }
    Ok(())
}

impl Name {
    /// Whether `unit` may be its unit.
    pub(crate) fn accepts(&self, unit: &Unit) -> Option<Fit> {
        let read = self.reads.iter().find(|r| r.0 == unit.name).map_or(unit.name, |r| r.1);
        if let Some(&(unit, factor)) = self.units.iter().find(|u| u.0 == read && !read.is_none()) {
            return Some(Fit { unit, factor });
        }
        if self.canonical.is_none() || unit.dims != self.dims || self.scale == 0.0 {
            return None;
        }
        let factor = unit.scale / self.scale;
        if (factor - 1.0).abs() < 1e-9 {
            return Some(Fit { unit: self.canonical, factor: 1.0 });
        }
        (!unit.name.is_none()).then_some(Fit { unit: unit.name, factor })
    }

    /// Whether degrees are its unit.
    pub(crate) fn is_temperature(&self) -> bool {
        self.celsius
    }

    /// The unit of a number printed without one; none when it cannot be the thing named.
    pub(crate) fn implied(&self, number: &Number) -> Option<Fit> {
        let (low, high) = match *number {
            Number::Number(n) => (n, n),
            Number::Range([a, b]) => (a.min(b), a.max(b)),
        };
        if let Some(&(_, unit)) = self.implied.iter().find(|(below, _)| high < *below) {
            let factor = self.units.iter().find(|u| u.0 == unit).map_or(1.0, |u| u.1);
            return Some(Fit { unit, factor });
        }
        (low >= self.low && high <= self.high).then_some(Fit { unit: self.canonical, factor: 1.0 })
    }

    /// The canonical value.
    pub(crate) fn canonical(&self, number: &Number, fit: Fit) -> Option<(f64, Str)> {
        match *number {
            Number::Number(n) if !fit.unit.is_none() => {
                Some(((n * fit.factor * 10_000.0).round() / 10_000.0, self.canonical))
            }
            _ => None,
        }
    }
}
