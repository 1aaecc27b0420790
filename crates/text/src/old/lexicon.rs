//! Lexicons: lists of terms with a label and a code, one folder each under `lexicons/`, with a
//! `manifest.toml` that names publisher, version, date, licence and hash.
//!
//! Shape of the TSV: `display`, `code`, `kind`, `status`, `terms` (separated by `;`), one header
//! line. An all-capital term of at most five characters is an acronym and only matches capitals.

use crate::old::terms::{Meaning, TermList};

/// A lexicon as it is shipped.
pub(crate) struct Source {
    pub(crate) name: &'static str,
    /// Label of the entities it gives.
    pub(crate) label: &'static str,
    /// Terminology of its codes.
    pub(crate) system: &'static str,
    pub(crate) table: &'static str,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(crate) manifest: &'static str,
}

/// Every lexicon, in order of preference: at equal length the first one wins.
pub(crate) const SOURCES: [Source; 3] = [
    Source {
        name: "drugs",
        label: "drug",
        system: "atc",
        table: include_str!("data/drugs/drugs.tsv"),
        manifest: include_str!("data/drugs/manifest.toml"),
    },
    Source {
        name: "disorders",
        label: "disorder",
        system: "cim10",
        table: include_str!("data/disorders/disorders.tsv"),
        manifest: include_str!("data/disorders/manifest.toml"),
    },
    Source {
        name: "symptoms",
        label: "symptom",
        system: "cim10",
        table: include_str!("data/symptoms/symptoms.tsv"),
        manifest: include_str!("data/symptoms/manifest.toml"),
    },
];

/// One entry of a lexicon, or its acronyms.
#[derive(Clone, Debug)]
pub(crate) struct Lexeme {
    pub(crate) label: &'static str,
    pub(crate) system: &'static str,
    pub(crate) lexicon: &'static str,
    pub(crate) display: &'static str,
    pub(crate) code: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) status: &'static str,
    /// Whether the words must be in capitals.
    pub(crate) acronym: bool,
}

/// Reads every lexicon into `terms`.
pub(crate) fn load(terms: &mut TermList) -> Vec<Lexeme> {
    let mut lexemes = Vec::new();
    for source in &SOURCES {
        for line in source.table.lines().skip(1) {
            let mut cells = line.split('\t');
            let mut cell = || cells.next().unwrap_or("");
            let (display, code, kind, status, list) = (cell(), cell(), cell(), cell(), cell());
            for acronym in [false, true] {
                let of_kind: Vec<&str> =
                    list.split(';').filter(|t| is_acronym(t) == acronym).collect();
                if of_kind.is_empty() {
                    continue;
                }
                let index = lexemes.len() as u32;
                lexemes.push(Lexeme {
                    label: source.label,
                    system: source.system,
                    lexicon: source.name,
                    display,
                    code,
                    kind,
                    status,
                    acronym,
                });
                for term in of_kind {
                    terms.add(term, Meaning::Lexeme(index), !acronym && source.label != "drug");
                }
            }
        }
    }
    lexemes
}

fn is_acronym(term: &str) -> bool {
    term.chars().count() <= 5
        && term.chars().any(char::is_alphabetic)
        && !term.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_lexicon_is_what_its_manifest_says() {
        for s in &SOURCES {
            let manifest: toml::Table = toml::from_str(s.manifest).unwrap();
            for key in ["title", "publisher", "version", "date", "licence"] {
                assert!(manifest.contains_key(key), "{}: {key}", s.name);
            }
            let hash = relu_record::Sha256Hex::of(s.table.as_bytes()).0;
            assert_eq!(manifest["sha256"].as_str().unwrap(), hash, "{}", s.name);
            let lines: Vec<&str> = s.table.lines().skip(1).collect();
            assert_eq!(manifest["entries"].as_integer().unwrap(), lines.len() as i64);
            for line in &lines {
                let cells: Vec<&str> = line.split('\t').collect();
                assert_eq!(cells.len(), 5, "{line}");
                assert!(cells[4].split(';').all(|t| t.len() > 1), "{line}");
                let first = cells[1].bytes().next().unwrap();
                assert!(first.is_ascii_uppercase() && cells[1].len() >= 3, "{line}");
            }
            assert!(lines.is_sorted(), "{}: keep the lines sorted", s.name);
        }
    }
}
