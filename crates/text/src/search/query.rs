//! What a line typed by a person asks for.
//!
//! Every word must be there, in any order; words between quotation marks stand as they are written; a
//! minus before a word or phrase leaves out what holds it; the last word may be a beginning; a code of
//! CIM-10 or LOINC finds what carries it, `I21` also `I21.9`.

use super::synonyms;
use super::{term, words};

/// Begins the terms that are codes.
pub const CODE: char = '#';
/// Begins the terms that are words of the sender.
pub const SENDER: char = '@';

/// Most clauses of a line; the rest is left out.
const MOST: usize = 32;

/// What is asked for: every clause, none of the negative ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// One thing asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Ways to say it; one is enough.
    pub any: Vec<Alternative>,
    /// Whether it must not be there.
    pub negative: bool,
}

/// One way to say something: terms that must all be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alternative {
    /// The terms, each with its distance from the first.
    pub terms: Vec<(String, u32)>,
    /// Whether the distances count.
    pub ordered: bool,
    /// Whether the last term is a beginning.
    pub prefix: bool,
}

impl Alternative {
    fn phrase(terms: Vec<(String, u32)>) -> Alternative {
        Alternative { terms, ordered: true, prefix: false }
    }
}

/// Reads a line.
pub fn parse(line: &str) -> Query {
    let mut query = Query::default();
    let mut rest = line.trim_start();
    while !rest.is_empty() && query.clauses.len() < MOST {
        let (negative, after) = match rest.strip_prefix('-') {
            Some(after) => (true, after),
            None => (false, rest),
        };
        let quoted = after.strip_prefix(['"', '«', '“']);
        let (piece, tail) = match quoted {
            Some(inside) => inside.split_once(['"', '»', '”']).unwrap_or((inside, "")),
            // A run of plain words, up to a quotation mark or a minus.
            None => after.split_at(plain_end(after, negative)),
        };
        let last = tail.trim().is_empty();
        let found = match quoted {
            Some(_) => exact(piece).into_iter().collect(),
            None => plain(piece, last && !line.ends_with(char::is_whitespace)),
        };
        query.clauses.extend(found.into_iter().map(|any| Clause { any, negative }));
        rest = tail.trim_start();
    }
    query.clauses.truncate(MOST);
    query
}

/// Where the run of plain words ends. After a minus it is one word.
fn plain_end(text: &str, one: bool) -> usize {
    let mut before = None;
    for (at, c) in text.char_indices() {
        let stop = "\"«“".contains(c)
            || c == '-' && before.is_some_and(char::is_whitespace)
            || one && c.is_whitespace();
        if stop {
            return at;
        }
        before = Some(c);
    }
    text.len()
}

/// A phrase as it is written.
fn exact(piece: &str) -> Option<Vec<Alternative>> {
    let terms = offsets(super::terms(piece).into_iter().map(|t| (t.text, t.place)));
    (!terms.is_empty()).then(|| vec![Alternative::phrase(terms)])
}

fn offsets(terms: impl Iterator<Item = (String, u32)>) -> Vec<(String, u32)> {
    let mut first = None;
    terms.map(|(t, place)| (t, place - *first.get_or_insert(place))).collect()
}

/// Plain words: runs that the lexicons know as one thing, the others one by one.
fn plain(piece: &str, open: bool) -> Vec<Vec<Alternative>> {
    let mut clauses = Vec::new();
    let mut pending = String::new();
    let raw: Vec<&str> = piece.split_whitespace().collect();
    for (n, word) in raw.iter().enumerate() {
        match code(word) {
            Some(code) => {
                clauses.append(&mut spoken(&pending, false));
                pending.clear();
                // As a code, or as the same signs in the text.
                let mut any =
                    vec![Alternative { terms: vec![(code, 0)], ordered: true, prefix: true }];
                any.extend(exact(word).into_iter().flatten());
                clauses.push(any);
            }
            None => {
                pending.push_str(word);
                pending.push(' ');
            }
        }
        if n + 1 == raw.len() {
            clauses.append(&mut spoken(&pending, open));
            pending.clear();
        }
    }
    clauses
}

fn spoken(text: &str, open: bool) -> Vec<Vec<Alternative>> {
    let mut all: Vec<String> = Vec::new();
    words(text, |word, _, _| all.push(word.to_owned()));
    let mut clauses = Vec::new();
    let mut at = 0;
    while at < all.len() {
        let (length, others) = (1..=synonyms::LONGEST.min(all.len() - at))
            .rev()
            .map(|n| (n, synonyms::of(all.get(at..at + n).unwrap_or_default())))
            .find(|(_, others)| !others.is_empty())
            .unwrap_or((1, Vec::new()));
        let run = all.get(at..at + length).unwrap_or_default();
        let last = at + length == all.len();
        at += length;
        let own: Vec<(String, u32)> =
            offsets(run.iter().zip(0..).filter_map(|(w, n)| Some((term(w)?, n))));
        if own.is_empty() {
            continue;
        }
        let prefix = open && last && length == 1;
        let mut any = vec![Alternative { terms: own, ordered: false, prefix }];
        any.extend(others.into_iter().map(Alternative::phrase));
        clauses.push(any);
    }
    clauses
}

/// The term of a code typed as such.
fn code(word: &str) -> Option<String> {
    let b = word.as_bytes();
    let digits = |r: &[u8]| !r.is_empty() && r.iter().all(u8::is_ascii_digit);
    let cim10 = b.len() >= 3
        && b.first().is_some_and(u8::is_ascii_alphabetic)
        && b.get(1..3).is_some_and(digits)
        && (b.len() == 3 || b.get(3) == Some(&b'.') && b.get(4..).is_some_and(digits));
    let loinc = word.split_once('-').is_some_and(|(number, key)| {
        (3..=6).contains(&number.len())
            && key.len() == 1
            && digits(number.as_bytes())
            && digits(key.as_bytes())
    });
    (cim10 || loinc).then(|| code_term(word))
}

/// The term under which a code is kept.
pub fn code_term(code: &str) -> String {
    format!("{CODE}{}", code.to_ascii_lowercase())
}

/// The terms under which a sender is kept.
pub fn sender_terms(name: &str) -> Vec<String> {
    super::terms(name).into_iter().map(|t| format!("{SENDER}{}", t.text)).collect()
}

/// The clauses that ask for a sender.
pub fn sender(name: &str) -> Vec<Clause> {
    let terms = sender_terms(name).into_iter();
    terms
        .map(|t| Clause {
            any: vec![Alternative { terms: vec![(t, 0)], ordered: true, prefix: true }],
            negative: false,
        })
        .collect()
}
