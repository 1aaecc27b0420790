//! Drugs: of each ATC code of the fifth level, the international names and brand names that mean
//! that drug and nothing else in a report.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::table::Row;
use super::{Terms, key, keys};
use crate::sh::{Failure, found};

/// What is kept.
#[derive(Deserialize)]
pub struct Filter {
    /// The manifest.
    #[serde(flatten)]
    pub terms: Terms,
    drop: Vec<String>,
    salts: Vec<String>,
    groups: Vec<String>,
}

// Of two codes for one name, the one for use in the whole body: hormones, infections, nervous
// system… before skin and eye.
const SYSTEMIC_FIRST: &str = "HJNCBLAMRGPVDS";

/// The rows of the table `drugs.json` (code to names), without names of `known`.
pub fn rows(json: &[u8], filter: &Filter, known: &BTreeSet<String>) -> Result<Vec<Row>, Failure> {
    let table: BTreeMap<String, Vec<String>> = serde_json::from_slice(json)
        .map_err(|e| found(format!("drugs.json of the package: {e}")))?;
    let (drop, groups) = (keys(&filter.drop), keys(&filter.groups));
    let rank = |code: &str| match code.chars().next() {
        // Mouth and teeth, before everything that is local.
        Some('A') if code.starts_with("A01") => None,
        first => first.and_then(|c| SYSTEMIC_FIRST.find(c)),
    };
    let mut codes: Vec<(&String, &Vec<String>)> =
        table.iter().filter(|(code, _)| code.len() == 7).collect();
    codes.sort_by_key(|(code, _)| (rank(code).unwrap_or(usize::MAX), (*code).clone()));
    let mut seen = known.clone();
    let mut rows = Vec::new();
    for (code, names) in codes {
        let (mut substances, mut brands) = (Vec::new(), Vec::new());
        for name in names {
            let brand = !name.chars().any(char::is_lowercase);
            let Some(term) = term(name, brand, &filter.salts) else { continue };
            let k = key(&term);
            let a_group = k.split([' ', '\'']).any(|w| groups.contains(w)) || groups.contains(&k);
            if a_group || drop.contains(&k) || !seen.insert(k) {
                continue;
            }
            if brand { brands.push(term) } else { substances.push(term) }
        }
        substances.extend(brands);
        if let Some(display) = substances.first() {
            rows.push(Row { display: display.clone(), code: code.clone(), terms: substances });
        }
    }
    Ok(rows)
}

// The name as a report writes it, if it does.
fn term(name: &str, brand: bool, salts: &[String]) -> Option<String> {
    let words: Vec<&str> = name.split_whitespace().collect();
    let plain = |c: char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'');
    let most = if brand { 2 } else { 4 };
    if name.chars().count() < 4 || words.len() > most || !name.chars().all(plain) {
        return None;
    }
    if !brand {
        return Some(match words.as_slice() {
            [of, "acide"] => format!("acide {of}"),
            [of, salt] if salts.iter().any(|s| s == salt) => {
                let elided = of.starts_with(['a', 'e', 'i', 'o', 'u', 'h']);
                format!("{salt} {}{of}", if elided { "d'" } else { "de " })
            }
            _ => name.to_owned(),
        });
    }
    // Up to five letters, a name in capitals is read in capitals only.
    if name.chars().count() <= 5 {
        return Some(name.to_owned());
    }
    let capital = |w: &str| {
        let mut letters = w.chars();
        letters.next().map(|c| c.to_string() + &letters.as_str().to_lowercase())
    };
    let spelt: Option<Vec<String>> = words.iter().map(|w| capital(w)).collect();
    Some(spelt?.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_written_as_reports_write_them() {
        let salts = vec!["carbonate".to_owned()];
        for (name, brand, want) in [
            ("folique acide", false, Some("acide folique")),
            ("calcium carbonate", false, Some("carbonate de calcium")),
            ("amoxicilline", false, Some("amoxicilline")),
            ("AMOXICILLINE BIOGARAN LP 500", true, None),
            ("DOLIPRANE", true, Some("Doliprane")),
            ("EMLA", true, Some("EMLA")),
            ("FER", true, None),
            ("calcitonine (synthetique humaine)", false, None),
        ] {
            assert_eq!(term(name, brand, &salts).as_deref(), want, "{name}");
        }
    }

    #[test]
    fn the_systemic_code_wins_and_known_or_dropped_names_stay_out() {
        let filter = super::super::filter().unwrap().atc;
        let json = br#"{"A01A": ["groupe"], "S01BA01": ["dexamethasone", "GEL"],
            "H02AB02": ["dexamethasone", "NEODEX"], "N02BE01": ["paracetamol"]}"#;
        let known = BTreeSet::from(["paracetamol".to_owned()]);
        let rows = rows(json, &filter, &known).unwrap();
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].code, "H02AB02");
        assert_eq!(rows[0].terms, ["dexamethasone", "Neodex"]);
    }
}
