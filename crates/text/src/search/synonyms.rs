//! Other ways to say the same, from the lexicons: an abbreviation and what it stands for (`IDM`,
//! « infarctus du myocarde »), a brand and its substance (`Kardégic`, « acide acétylsalicylique »).
//!
//! Of a line of the lexicons, the abbreviations and the first term that is written out are one; of a
//! line of drugs, all terms are. Broader and narrower terms of a line are left apart on purpose.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use super::{terms, words};
use crate::lexicon::is_acronym;

/// Terms of a phrase, each with its distance from the first.
pub(super) type Phrase = Vec<(String, u32)>;

/// Longest phrase looked up, in words.
pub(super) const LONGEST: usize = 6;

const TABLES: [(&str, bool); 5] = [
    (include_str!("../../lexicons/disorders/disorders.tsv"), false),
    (include_str!("../../lexicons/symptoms/symptoms.tsv"), false),
    (include_str!("../../lexicons/procedures/procedures.tsv"), false),
    (include_str!("../../lexicons/body_parts/body_parts.tsv"), false),
    (include_str!("../../lexicons/drugs/drugs.tsv"), true),
];

/// Phrases that mean the same as these words (folded, as typed), without themselves.
pub(super) fn of(typed: &[String]) -> Vec<Phrase> {
    let key = typed.join(" ");
    table().get(&key).cloned().unwrap_or_default()
}

fn table() -> &'static BTreeMap<String, Vec<Phrase>> {
    static TABLE: OnceLock<BTreeMap<String, Vec<Phrase>>> = OnceLock::new();
    TABLE.get_or_init(build)
}

fn build() -> BTreeMap<String, Vec<Phrase>> {
    let mut all: BTreeMap<String, Vec<Phrase>> = BTreeMap::new();
    for (table, whole) in TABLES {
        for line in table.lines().skip(1) {
            let group = group(line.split('\t').nth(4).unwrap_or_default(), whole);
            for a in &group {
                for b in group.iter().filter(|b| *b != a) {
                    let phrase = phrase(b);
                    let known = all.entry(key(a)).or_default();
                    if !phrase.is_empty() && !known.contains(&phrase) {
                        known.push(phrase);
                    }
                }
            }
        }
    }
    all
}

/// The terms of a line that mean exactly the same.
fn group(terms: &str, whole: bool) -> Vec<&str> {
    let all: Vec<&str> = terms.split(';').map(str::trim).filter(|t| !t.is_empty()).collect();
    if whole {
        return all;
    }
    let short = |t: &&str| is_acronym(t) && !t.contains(' ');
    // The abbreviations of the term that the line begins with: those before a broader or narrower one.
    let Some(long) = all.iter().copied().find(|t| !short(t)) else { return Vec::new() };
    let acronyms: Vec<&str> = all.into_iter().filter(short).take(1).collect();
    if acronyms.is_empty() {
        return Vec::new();
    }
    acronyms.into_iter().chain([long]).collect()
}

fn key(term: &str) -> String {
    let mut all = Vec::new();
    words(term, |word, _, _| all.push(word.to_owned()));
    all.join(" ")
}

fn phrase(term: &str) -> Phrase {
    let all = terms(term);
    let first = all.first().map_or(0, |t| t.place);
    all.into_iter().map(|t| (t.text, t.place - first)).collect()
}
