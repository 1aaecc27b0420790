//! Ordinary words. Class 1: the hand-kept list `own.txt` and the words of this repository's
//! lexicons; class 2: the other words of French (package `an-array-of-french-words`) without the
//! verb forms that no note uses.

use std::collections::BTreeSet;
use std::path::Path;

use super::{List, read};
use crate::fold::fold;
use crate::sh::{Failure, found};

// Lexicons whose words are those of medicine; the look-alikes and the behaviours hold turns of phrase.
const LEXICONS: [&str; 7] =
    ["body_parts", "cim10", "devices", "disorders", "drugs", "procedures", "symptoms"];
// Endings of verb forms that a note does not use, with the ending of their infinitive.
const RARE: [(&str, &str); 36] = [
    ("asse", "er"),
    ("asses", "er"),
    ("ât", "er"),
    ("assions", "er"),
    ("assiez", "er"),
    ("assent", "er"),
    ("ai", "er"),
    ("as", "er"),
    ("âmes", "er"),
    ("âtes", "er"),
    ("èrent", "er"),
    ("erais", "er"),
    ("erions", "er"),
    ("eriez", "er"),
    ("erai", "er"),
    ("eras", "er"),
    ("ions", "er"),
    ("iez", "er"),
    ("ais", "er"),
    ("a", "er"),
    ("erez", "er"),
    ("isse", "ir"),
    ("isses", "ir"),
    ("issions", "ir"),
    ("issiez", "ir"),
    ("îmes", "ir"),
    ("îtes", "ir"),
    ("irent", "ir"),
    ("irais", "ir"),
    ("irions", "ir"),
    ("iriez", "ir"),
    ("irai", "ir"),
    ("iras", "ir"),
    ("irez", "ir"),
    ("ît", "ir"),
    ("eraient", "er"),
];

/// The list, without two entries that differ by accents or capitals alone.
pub fn words(own: &Path, lexicons: &Path, french: &Path) -> Result<List, Failure> {
    let mut list = List::new();
    let mut seen = BTreeSet::new();
    for word in read(own)?.lines() {
        keep(&mut list, &mut seen, word, 1);
    }
    for name in LEXICONS {
        let text = read(&lexicons.join(name).join(format!("{name}.tsv")))?;
        for line in text.lines().skip(1) {
            let terms = line.split('\t').enumerate().filter(|(at, _)| matches!(at, 0 | 4));
            let letters = |c: char| !c.is_alphabetic();
            for word in terms.flat_map(|(_, t)| t.split(letters)).filter(|w| w.chars().count() > 3)
            {
                keep(&mut list, &mut seen, &word.to_lowercase(), 1);
            }
        }
    }
    let all: Vec<String> = serde_json::from_str(&read(french)?)
        .map_err(|e| found(format!("cannot read {}: {e}", french.display())))?;
    let every: BTreeSet<&str> = all.iter().map(String::as_str).collect();
    for word in all.iter().filter(|w| usual(w, &every)) {
        keep(&mut list, &mut seen, word, 2);
    }
    Ok(list)
}

fn keep(list: &mut List, seen: &mut BTreeSet<String>, word: &str, class: u8) {
    if !word.is_empty() && seen.insert(fold(word)) {
        list.insert(word.to_owned(), class);
    }
}

// Letters alone, three at least, and no rare form of a verb of the list.
fn usual(word: &str, every: &BTreeSet<&str>) -> bool {
    let rare = |(ending, infinitive): &(&str, &str)| {
        word.strip_suffix(ending).is_some_and(|stem| {
            stem.chars().count() >= 3 && every.contains(format!("{stem}{infinitive}").as_str())
        })
    };
    word.chars().count() >= 3 && word.chars().all(char::is_alphabetic) && !RARE.iter().any(rare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_no_note_uses_are_left_out() {
        let every: BTreeSet<&str> = ["abricoter", "finir", "classe", "patient"].into();
        for word in ["abricotassions", "abricota", "finisses", "finîmes", "y"] {
            assert!(!usual(word, &every), "{word}");
        }
        for word in ["classe", "patient", "abricotent", "finit"] {
            assert!(usual(word, &every), "{word}");
        }
    }

    #[test]
    fn a_word_stands_once() {
        let (mut list, mut seen) = (List::new(), BTreeSet::new());
        keep(&mut list, &mut seen, "côté", 1);
        keep(&mut list, &mut seen, "cote", 2);
        assert_eq!(list.into_iter().collect::<Vec<_>>(), [("côté".to_owned(), 1)]);
    }
}
