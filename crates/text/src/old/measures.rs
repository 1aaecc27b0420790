//! Measured quantities and laboratory results: name, operator, number, unit, reference range.
//!
//! The name comes first (`Poids : 65 kg`, `Hémoglobine …… 13,2 g/dL 13,0 - 17,0`), or the unit alone
//! says what is measured (`50 kg`, `1m72`, `130/80 mmHg`). Names and units are data
//! (`rules/measures.toml`); a canonical value is computed, and never judged. A blood pressure is the
//! pair systolic, diastolic.

use std::collections::BTreeMap;

use relu_record::{Measure, Number};
use serde::Deserialize;

use crate::old::scan::Scan;
use crate::old::terms::{Hit, Meaning, TermList, is_word_edge};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureFile {
    unit: Vec<UnitRule>,
    measure: Vec<MeasureRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnitRule {
    name: String,
    printed: Vec<String>,
}

/// One measured thing.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct MeasureRule {
    pub(crate) code: String,
    pub(crate) label: String,
    pub(crate) kind: String,
    pub(crate) why: String,
    pub(crate) source: String,
    terms: Vec<String>,
    /// Units it may have, with the factor to the canonical one.
    units: BTreeMap<String, f64>,
    canonical: String,
    #[serde(default)]
    low: Option<f64>,
    #[serde(default)]
    high: Option<f64>,
    pub(crate) matches: Vec<String>,
    pub(crate) rejects: Vec<String>,
}

/// Compiled names and units.
#[derive(Default)]
pub(crate) struct Measures {
    rules: Vec<MeasureRule>,
    // Printed unit and its name, longest first; a printed unit may stand for several names.
    units: Vec<(String, String)>,
}

/// A measure in the folded text.
pub(crate) struct Found<'r> {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) rule: &'r MeasureRule,
    pub(crate) value: Measure,
}

// Bytes that may stand between a name and its number.
const REACH: usize = 60;

// Words that may stand there.
const FILLERS: [&str; 34] = [
    "a",
    "de",
    "est",
    "etait",
    "mesuree",
    "mesure",
    "estimee",
    "estime",
    "actuel",
    "actuelle",
    "du jour",
    "a jeun",
    "le",
    "la",
    "d'",
    "en",
    "autour",
    "ce jour",
    "sous",
    "aa",
    "air ambiant",
    "environ",
    "retrouvee",
    "evaluee",
    "evalue",
    "calcule",
    "calculee",
    "initial",
    "initiale",
    "dosage",
    "taux",
    "plasmatique",
    "serique",
    "totale",
];

impl Measures {
    /// Compiles the file; the names go into the common automaton.
    pub(crate) fn compile(file: &str, terms: &mut TermList) -> Result<Measures, toml::de::Error> {
        let file = toml::from_str::<MeasureFile>(file)?;
        for (i, rule) in file.measure.iter().enumerate() {
            for term in &rule.terms {
                terms.add(term, Meaning::Measure(i as u32), false);
            }
        }
        let mut units: Vec<(String, String)> = file
            .unit
            .iter()
            .flat_map(|u| u.printed.iter().map(|p| (crate::key(p), u.name.clone())))
            .collect();
        units.sort_by_key(|(p, n)| (std::cmp::Reverse(p.len()), p.clone(), n.clone()));
        Ok(Measures { rules: file.measure, units })
    }

    /// The measures of a folded text, by start, given the occurrences of names.
    pub(crate) fn find<'r>(&'r self, text: &str, hits: &[Hit]) -> Vec<Found<'r>> {
        let mut found: Vec<Found<'r>> = Vec::new();
        let mut last_end = 0;
        for hit in hits {
            let Meaning::Measure(i) = hit.meaning else { continue };
            let Some(rule) = self.rules.get(i as usize).filter(|_| hit.start >= last_end) else {
                continue;
            };
            if let Some(f) = self.named(text, rule, hit) {
                last_end = f.end;
                found.push(f);
            }
        }
        let named: Vec<(usize, usize)> = found.iter().map(|f| (f.start, f.end)).collect();
        found.extend(
            self.bare(text)
                .into_iter()
                .filter(|f| !named.iter().any(|&(s, e)| s < f.end && f.start < e)),
        );
        found.sort_by_key(|f| f.start);
        found
    }

    fn named<'r>(&'r self, text: &str, rule: &'r MeasureRule, hit: &Hit) -> Option<Found<'r>> {
        let mut s = Scan::new(text, hit.end);
        let unit_before = self.approach(&mut s, rule, hit.end)?;
        let start = s.at;
        let operator = operator(&mut s);
        s.skip_blanks();
        let (number, unit, end) = match rule.kind.as_str() {
            "blood_pressure" => self.pressure(&mut s, rule)?,
            _ => self.single(&mut s, rule)?,
        };
        let unit = unit.or(unit_before);
        if unit.is_none() && !plausible(rule, &number) {
            return None;
        }
        let (range, flag) = reference(text, end);
        let value = measure(rule, number, unit, operator, range, flag);
        let start = if rule.label == "result" { hit.start } else { start };
        Some(Found { start, end, rule, value })
    }

    // From the end of the name to its number; says the unit met on the way.
    fn approach(
        &self,
        s: &mut Scan<'_>,
        rule: &MeasureRule,
        from: usize,
    ) -> Option<Option<String>> {
        let mut unit = None;
        while s.at - from <= REACH {
            let c = s.peek()?;
            if c.is_ascii_digit() {
                // "crp2": a digit glued to the name is part of another word.
                return (s.at > from).then_some(unit);
            }
            if "<>=≤≥~".contains(c) && s.at > from {
                return Some(unit);
            }
            if " :.|¦=\t_*-".contains(c) || c == '(' || c == ')' || c == '[' || c == ']' {
                s.at += c.len_utf8();
            } else if let Some((printed, name)) = self.unit_here(s, rule) {
                s.at += printed;
                unit = Some(name);
            } else if let Some(filler) = FILLERS.iter().find(|f| {
                s.rest().starts_with(**f) && (f.ends_with('\'') || is_word_edge(s.rest(), f.len()))
            }) {
                s.at += filler.len();
            } else {
                return None;
            }
        }
        None
    }

    // The longest printed unit of the rule that comes next.
    fn unit_here(&self, s: &Scan<'_>, rule: &MeasureRule) -> Option<(usize, String)> {
        let rest = s.rest();
        self.units
            .iter()
            .find(|(printed, name)| {
                rule.units.contains_key(name)
                    && rest.starts_with(printed.as_str())
                    && is_word_edge(rest, printed.len())
            })
            .map(|(printed, name)| (printed.len(), name.clone()))
    }

    fn single(
        &self,
        s: &mut Scan<'_>,
        rule: &MeasureRule,
    ) -> Option<(Number, Option<String>, usize)> {
        let n = s.number()?;
        let bare_end = s.at;
        // "1m72" and "1 m 72".
        if rule.kind == "size" {
            let mut look = *s;
            look.skip_blanks();
            if look.take("m") {
                look.skip_blanks();
                if let Some(c) = look.digits(2, 2).filter(|_| n < 3.0) {
                    return Some((
                        Number::Number(n + f64::from(c) / 100.0),
                        Some("m".into()),
                        look.at,
                    ));
                }
            }
        }
        if rule.kind == "temperature" {
            let mut look = *s;
            if look.take("°")
                && let Some(d) = look.digits(1, 1)
            {
                return Some((
                    Number::Number(n + f64::from(d) / 10.0),
                    Some("celsius".into()),
                    look.at,
                ));
            }
        }
        s.skip_blanks();
        if let Some((len, unit)) = self.unit_here(s, rule) {
            s.at += len;
            return Some((Number::Number(n), Some(unit), s.at));
        }
        // A number that goes on (date, ratio, other unit) is not this measure.
        let next = s.text_at(bare_end);
        if next.starts_with(['/', '-', '%', '°']) || next.starts_with(|c: char| c.is_alphanumeric())
        {
            return None;
        }
        Some((Number::Number(n), None, bare_end))
    }

    // 130/80, 13/8, 130-80 mmHg. Written in cmHg when both are small.
    fn pressure(
        &self,
        s: &mut Scan<'_>,
        rule: &MeasureRule,
    ) -> Option<(Number, Option<String>, usize)> {
        let high = s.number()?;
        s.skip_blanks();
        if !(s.take("/") || s.take("-") || s.take("sur ")) {
            return None;
        }
        s.skip_blanks();
        let low = s.number()?;
        let bare_end = s.at;
        if s.rest().starts_with(['/', '-']) {
            return None;
        }
        s.skip_blanks();
        let unit = self.unit_here(s, rule);
        let end = unit.as_ref().map_or(bare_end, |(len, _)| s.at + len);
        let by_size = if high < 30.0 { "cmhg" } else { "mmhg" };
        // "13/8 mmHg" is written by habit; the size decides.
        let name = Some(by_size.to_owned());
        (high > low && high < 320.0).then_some((Number::Range([high, low]), name, end))
    }

    // Numbers whose unit alone says what they measure.
    fn bare<'r>(&'r self, text: &str) -> Vec<Found<'r>> {
        const SELF_TELLING: [(&str, &str); 5] = [
            ("kg/m2", "bmi"),
            ("kg", "weight"),
            ("bpm", "heart_rate"),
            ("mmhg", "blood_pressure"),
            ("°c", "temperature"),
        ];
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(rest) = text.get(at..) {
            let Some(ahead) = rest.find(|c: char| c.is_ascii_digit()) else { break };
            let start = at + ahead;
            let digits =
                rest.get(ahead..).map_or(1, |r| r.bytes().take_while(u8::is_ascii_digit).count());
            at = start + digits;
            if !is_word_edge(text, start)
                || text.get(..start).is_some_and(|t| t.ends_with(['.', ',', '/', '-']))
            {
                continue;
            }
            let mut s = Scan::new(text, start);
            let made = self
                .rules
                .iter()
                .filter(|r| SELF_TELLING.iter().any(|(_, k)| *k == r.kind))
                .find_map(|rule| {
                    let mut s = s;
                    let (number, unit, end) = if rule.kind == "blood_pressure" {
                        let got = self.pressure(&mut s, rule)?;
                        text.get(start..got.2)?.contains("hg").then_some(got)?
                    } else {
                        self.single(&mut s, rule)?
                    };
                    let printed = text.get(start..end)?;
                    let told = SELF_TELLING.iter().any(|(u, k)| {
                        *k == rule.kind && (printed.ends_with(u) || printed.ends_with("kg/m²"))
                    });
                    // "mg/kg" is a dose.
                    let dose = text.get(end..)?.starts_with(['/', '.'])
                        && text.get(end + 1..)?.starts_with(|c: char| c.is_alphanumeric());
                    (told && unit.is_some() && !dose).then(|| Found {
                        start,
                        end,
                        rule,
                        value: measure(rule, number, unit, None, None, None),
                    })
                });
            if let Some(f) = made {
                at = f.end.max(at);
                found.push(f);
            } else {
                s.number();
                at = s.at.max(at);
            }
        }
        found
    }

    /// The rules, for their page and their tests.
    pub(crate) fn rules(&self) -> &[MeasureRule] {
        &self.rules
    }
}

fn plausible(rule: &MeasureRule, number: &Number) -> bool {
    let within = |n: f64| rule.low.is_some_and(|l| n >= l) && rule.high.is_some_and(|h| n <= h);
    match number {
        Number::Number(n) => within(*n),
        Number::Range([a, b]) => within(*a) && within(*b),
    }
}

fn measure(
    rule: &MeasureRule,
    number: Number,
    unit: Option<String>,
    operator: Option<String>,
    range: Option<String>,
    flag: Option<String>,
) -> Measure {
    let unit = unit.or_else(|| (!rule.canonical.is_empty()).then(|| rule.canonical.clone()));
    let canonical = match (&number, &unit) {
        (Number::Number(n), Some(u)) => rule
            .units
            .get(u)
            .map(|f| ((n * f * 10_000.0).round() / 10_000.0, rule.canonical.clone())),
        _ => None,
    };
    Measure { number, unit, operator, canonical, range, flag }
}

fn operator(s: &mut Scan<'_>) -> Option<String> {
    const OPERATORS: [(&str, &str); 8] = [
        ("<=", "<="),
        (">=", ">="),
        ("≤", "<="),
        ("≥", ">="),
        ("<", "<"),
        (">", ">"),
        ("~", "~"),
        ("=", "="),
    ];
    let found = OPERATORS.iter().find(|(printed, _)| s.take(printed)).map(|(_, name)| *name)?;
    (found != "=").then(|| found.to_owned())
}

// The flag and the reference range printed after a result, as printed.
fn reference(text: &str, end: usize) -> (Option<String>, Option<String>) {
    let mut s = Scan::new(text, end);
    s.skip_blanks();
    let mut flag = None;
    for f in ["++", "--", "+", "*", "h", "l", "↑", "↓"] {
        if s.rest().starts_with(f) && is_word_edge(text, s.at + f.len()) {
            s.at += f.len();
            flag = Some(f.to_uppercase());
            s.skip_blanks();
            break;
        }
    }
    let from = s.at;
    let framed = s.take("(") || s.take("[");
    for lead in ["n :", "n:", "vr :", "vr:", "norme :", "normes :", "n"] {
        if s.take(lead) {
            break;
        }
    }
    s.skip_blanks();
    let one_sided = ["<", ">", "inf a", "sup a", "≤", "≥", "inf. a"].iter().any(|w| s.take(w));
    s.skip_blanks();
    let range = (|| {
        s.number()?;
        if !one_sided {
            s.skip_blanks();
            if !(s.take("-") || s.take("a ") || s.take("/")) {
                return None;
            }
            s.skip_blanks();
            s.number()?;
        }
        if framed {
            s.skip_blanks();
            let _ = s.take(")") || s.take("]");
        }
        text.get(from..s.at).map(|t| t.trim_matches(|c| "()[] ".contains(c)).to_owned())
    })();
    (range, flag)
}
