//! Which elements of a structured header say who somebody is, and what becomes of each: data, in
//! `policy.toml`, that a data protection officer can review.
//!
//! A rule names a format, a path by its last elements, what the element is, and what is written in
//! its place when the caller gives no value. Special values: `=keep`, `=remove`, `=year` (the first
//! of January of the same year), `=telecom` (the scheme stays), `=digits` (zeros, as many), `=shift:-45` (a date moved by as many days). The value
//! under `date` is for dates of fields that no rule names.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::HeaderPolicy;
use super::dates::Dates;

/// One rule.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Rule {
    /// Last elements of the path, separated by `/`; `*` is any one; `@name` is an attribute.
    pub at: String,
    /// What the element is: the key of the values a caller may give.
    pub what: String,
    /// What is written when no value is given.
    pub with: String,
    /// Why it identifies. Read by people.
    #[allow(dead_code)]
    why: String,
    /// Where the element is defined. Read by people.
    #[allow(dead_code)]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    cda: Vec<Rule>,
    hl7v2: Vec<Rule>,
    hprim: Vec<Rule>,
    fhir: Vec<Rule>,
    xds: Vec<Rule>,
}

/// The rules of one format, the most precise first.
pub(crate) struct Policy {
    rules: Vec<(Vec<String>, Rule)>,
    values: Option<BTreeMap<String, String>>,
    /// What becomes of dates that no rule names, when the caller says so (`date`).
    dates: Dates,
}

/// Formats that have rules.
#[derive(Clone, Copy)]
pub(crate) enum Family {
    Cda,
    Hl7v2,
    Hprim,
    Fhir,
    Xds,
}

impl Policy {
    pub(crate) fn of(family: Family, header: &HeaderPolicy) -> Policy {
        let HeaderPolicy::Replace { values } = header else {
            return Policy { rules: Vec::new(), values: None, dates: Dates::Keep };
        };
        // The file is checked by a test: it cannot fail here.
        let Ok(file) = toml::from_str::<File>(include_str!("policy.toml")) else {
            return Policy { rules: Vec::new(), values: None, dates: Dates::Keep };
        };
        let rules = match family {
            Family::Cda => file.cda,
            Family::Hl7v2 => file.hl7v2,
            Family::Hprim => file.hprim,
            Family::Fhir => file.fhir,
            Family::Xds => file.xds,
        };
        let mut rules: Vec<(Vec<String>, Rule)> =
            rules.into_iter().map(|r| (r.at.split('/').map(str::to_owned).collect(), r)).collect();
        rules.sort_by_key(|(path, _)| std::cmp::Reverse(path.len()));
        let dates = values.get("date").and_then(|d| Dates::parse(d)).unwrap_or(Dates::Keep);
        Policy { rules, values: Some(values.clone()), dates }
    }

    /// What is written in place of a date of a field that no rule names; `None` leaves it.
    pub(crate) fn date(&self, value: &str) -> Option<String> {
        self.dates.apply(value)
    }

    /// The same for the end of a period.
    pub(crate) fn end_date(&self, value: &str) -> Option<String> {
        self.dates.apply_to_end(value)
    }

    /// What is written in place of the value at that path; `None` leaves it, and an empty `Some`
    /// removes it.
    pub(crate) fn at(&self, path: &[&str], value: &str) -> Option<String> {
        if value.trim().is_empty() {
            return None;
        }
        let rule = self.rules.iter().find(|(rule, _)| {
            rule.len() <= path.len()
                && rule
                    .iter()
                    .rev()
                    .zip(path.iter().rev())
                    .all(|(want, have)| want == "*" || want == have)
        });
        let (_, rule) = rule?;
        let given = self.values.as_ref().and_then(|v| v.get(&rule.what));
        let with = given.unwrap_or(&rule.with);
        match with.as_str() {
            "=keep" => None,
            "=remove" => Some(String::new()),
            "=year" => Some(year(value)),
            "=telecom" => Some(telecom(value)),
            "=digits" => Some(
                value.chars().map(|c| if c.is_ascii_alphanumeric() { '0' } else { c }).collect(),
            ),
            other => match other.strip_prefix("=shift:") {
                Some(_) => Dates::parse(other).and_then(|d| d.apply(value)).or(Some(year(value))),
                None => Some(other.to_owned()),
            },
        }
    }
}

/// The first of January of the year, in the same writing.
pub(crate) fn year(value: &str) -> String {
    let digits: String = value.chars().take(4).filter(char::is_ascii_digit).collect();
    let dashed = value.chars().nth(4) == Some('-');
    match (digits.len(), dashed, value.len()) {
        (4, true, _) => format!("{digits}-01-01"),
        (4, false, 5..) => format!("{digits}0101"),
        (4, false, _) => digits,
        _ => String::new(),
    }
}

fn telecom(value: &str) -> String {
    let lower = value.trim().to_ascii_lowercase();
    if lower.contains('@') || lower.starts_with("mailto:") {
        let scheme = if lower.starts_with("mailto:") { "mailto:" } else { "" };
        return format!("{scheme}masque@exemple.invalid");
    }
    match lower.split_once(':') {
        Some((scheme @ ("tel" | "fax"), _)) => format!("{scheme}:0000000000"),
        Some(("http" | "https", _)) => "http://exemple.invalid".to_owned(),
        _ => "0000000000".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_is_right_and_every_rule_says_why() {
        let file: File = toml::from_str(include_str!("policy.toml")).unwrap();
        let all = [&file.cda, &file.hl7v2, &file.hprim, &file.fhir, &file.xds];
        for rule in all.into_iter().flatten() {
            assert!(!rule.why.is_empty() && !rule.source.is_empty(), "{}", rule.at);
            assert!(!rule.at.starts_with('/') && !rule.what.is_empty(), "{}", rule.at);
        }
    }

    #[test]
    fn the_longest_path_wins_and_values_are_taken() {
        let values = BTreeMap::from([("family-name".to_owned(), "MARTIN".to_owned())]);
        let policy = Policy::of(Family::Cda, &HeaderPolicy::Replace { values });
        let path = ["recordTarget", "patientRole", "patient", "name", "family"];
        assert_eq!(policy.at(&path, "DUPONT").as_deref(), Some("MARTIN"));
        let birth = ["patient", "birthTime", "@value"];
        assert_eq!(policy.at(&birth, "19510312").as_deref(), Some("19510101"));
        assert_eq!(Policy::of(Family::Cda, &HeaderPolicy::Keep).at(&path, "DUPONT"), None);
    }
}
