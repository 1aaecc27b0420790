//! Words for full-text search in French: the terms of a text with their places, and what a line typed
//! by a person asks for.
//!
//! A term is a folded word without its elision and with its ending taken off ([`stem`]), so that
//! `l'insuffisance`, `Insuffisances` and `insuffisance` are one. Small words (`de`, `la`) are no terms but
//! keep their place, so that phrases stay exact. [`query::parse`] adds abbreviations and brand names from
//! the lexicons ([`synonyms`]). Pure; the index itself is the store's.

pub mod query;
mod snippet;
mod stem;
mod synonyms;

use relu_record::Span;

pub use query::{Alternative, Clause, Query};
pub use snippet::snippet;

/// A term of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The term.
    pub text: String,
    /// Number of the word in the text, small words counted.
    pub place: u32,
    /// Where the word stands.
    pub span: Span,
}

/// Words that say too little to be looked for. `pas`, `sans`, `ne` say much.
const SMALL: [&str; 44] = [
    "a", "au", "aux", "avec", "ce", "ces", "cet", "cette", "d", "dans", "de", "des", "du", "elle",
    "en", "est", "et", "etait", "il", "ils", "j", "je", "l", "la", "le", "les", "leur", "on", "ou",
    "par", "pour", "qu", "que", "qui", "s", "sa", "se", "ses", "son", "sur", "un", "une", "vous",
    "y",
];

/// What stands before an apostrophe and is no word of its own.
const ELIDED: [&str; 13] =
    ["l", "d", "j", "m", "t", "s", "c", "n", "qu", "jusqu", "lorsqu", "puisqu", "quoiqu"];

/// Longest term kept, in bytes: beyond, it is no word.
const LONGEST: usize = 40;

/// The terms of a text, in order.
pub fn terms(text: &str) -> Vec<Term> {
    let mut terms = Vec::new();
    words(text, |word, place, span| {
        if let Some(text) = term(word) {
            terms.push(Term { text, place, span });
        }
    });
    terms
}

/// The term of a folded word; none for a small word.
pub(crate) fn term(word: &str) -> Option<String> {
    let small = SMALL.binary_search(&word).is_ok();
    (!small && word.len() <= LONGEST).then(|| stem::stem(word))
}

/// Calls `each` with every word: folded, its number, where it stands.
fn words(text: &str, mut each: impl FnMut(&str, u32, Span)) {
    let folded = crate::fold(text);
    let bytes = folded.text();
    let mut place = 0;
    let mut start = None;
    let ends = bytes.char_indices().map(|(i, c)| (i, Some(c))).chain([(bytes.len(), None)]);
    for (at, c) in ends {
        if c.is_some_and(char::is_alphanumeric) {
            start.get_or_insert(at);
            continue;
        }
        let Some(from) = start.take() else { continue };
        let word = bytes.get(from..at).unwrap_or_default();
        if c == Some('\'') && ELIDED.contains(&word) {
            continue;
        }
        each(word, place, folded.original(from, at));
        place += 1;
    }
}

#[cfg(test)]
mod tests;
