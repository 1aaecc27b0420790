//! Words to be found wherever they stand, without regard to case, accents, or what parts the pieces
//! of a name: `Jean-Pierre`, `JEAN PIERRE` and `jean_pierre` are one.
//!
//! Shapes: words in, byte ranges of a text out. A word is found between boundaries only.
//! Source: Unicode 16 (NFD; marks of category Mn left out).

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// What stands in place of a word for which no mark was given.
pub(crate) const MARK: &str = "[MASQUÉ]";

/// Words longer than this many pieces are not looked for (a whole paragraph under one span).
const MAX_PIECES: usize = 12;

/// The words, by their first piece.
#[derive(Default)]
pub(crate) struct Needles {
    words: Vec<(Vec<String>, String)>,
    by_first: std::collections::BTreeMap<String, Vec<usize>>,
}

/// Pieces of a text: letters and digits in a row, folded, with their place.
fn pieces(text: &str) -> Vec<(String, Range<usize>)> {
    let mut out: Vec<(String, Range<usize>)> = Vec::new();
    let mut open = false;
    for (at, c) in text.char_indices() {
        let end = at + c.len_utf8();
        let joined = is_combining_mark(c) || c == '\u{ad}';
        if c.is_alphanumeric() || (joined && open) {
            if !open {
                out.push((String::new(), at..at));
                open = true;
            }
            if let Some((piece, range)) = out.last_mut() {
                fold(c, piece);
                range.end = end;
            }
        } else {
            open = false;
        }
    }
    out
}

fn fold(c: char, out: &mut String) {
    if c.is_ascii() {
        out.push(c.to_ascii_lowercase());
        return;
    }
    match c {
        'œ' | 'Œ' => out.push_str("oe"),
        'æ' | 'Æ' => out.push_str("ae"),
        '\u{ad}' => {}
        c => {
            for d in std::iter::once(c).nfkd().filter(|d| !is_combining_mark(*d)) {
                out.extend(d.to_lowercase());
            }
        }
    }
}

/// Whether a hidden passage says something by itself, so that it is looked for elsewhere too.
pub(crate) fn is_telling(text: &str) -> bool {
    text.chars().filter(|c| c.is_alphanumeric()).count() >= 3
}

impl Needles {
    pub(crate) fn new<'a>(words: impl IntoIterator<Item = (&'a str, &'a str)>) -> Needles {
        let mut out = Needles::default();
        for (word, with) in words {
            let pieces: Vec<String> = pieces(word).into_iter().map(|(p, _)| p).collect();
            let known = out.words.iter().any(|(w, _)| *w == pieces);
            if pieces.is_empty() || pieces.len() > MAX_PIECES || known {
                continue;
            }
            let n = out.words.len();
            out.by_first.entry(pieces.first().cloned().unwrap_or_default()).or_default().push(n);
            out.words.push((pieces, with.to_owned()));
        }
        // The longest first: `Jean Martin` before `Jean`.
        for list in out.by_first.values_mut() {
            list.sort_by_key(|n| std::cmp::Reverse(out.words.get(*n).map_or(0, |w| w.0.len())));
        }
        out
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// Where the words stand: number of the word and byte range, in order.
    fn hits(&self, text: &str) -> Vec<(usize, Range<usize>)> {
        if self.is_empty() {
            return Vec::new();
        }
        let pieces = pieces(text);
        let mut out = Vec::new();
        let mut at = 0;
        while let Some((first, range)) = pieces.get(at) {
            let hit = self.by_first.get(first).and_then(|list| {
                list.iter().copied().find(|n| {
                    self.words.get(*n).is_some_and(|(word, _)| {
                        word.iter()
                            .enumerate()
                            .all(|(k, p)| pieces.get(at + k).is_some_and(|(have, _)| have == p))
                    })
                })
            });
            let Some(n) = hit else {
                at += 1;
                continue;
            };
            let len = self.words.get(n).map_or(1, |w| w.0.len()).max(1);
            let end = pieces.get(at + len - 1).map_or(range.end, |(_, r)| r.end);
            out.push((n, range.start..end));
            at += len;
        }
        out
    }

    /// Where the words stand, and what is to be written there.
    pub(crate) fn find(&self, text: &str) -> Vec<(Range<usize>, &str)> {
        let with = |n: usize| self.words.get(n).map_or(MARK, |w| w.1.as_str());
        self.hits(text).into_iter().map(|(n, range)| (range, with(n))).collect()
    }

    /// How often each word stands in the text.
    pub(crate) fn tally(&self, text: &str) -> Vec<usize> {
        let mut out = vec![0; self.words.len()];
        for (n, _) in self.hits(text) {
            if let Some(slot) = out.get_mut(n) {
                *slot += 1;
            }
        }
        out
    }

    /// The text without the words, and how many there were; `None` when there is none.
    pub(crate) fn cleaned(&self, text: &str) -> Option<(String, usize)> {
        let found = self.find(text);
        if found.is_empty() {
            return None;
        }
        let mut out = String::with_capacity(text.len());
        let mut at = 0;
        for (range, with) in &found {
            out.push_str(text.get(at..range.start).unwrap_or(""));
            out.push_str(with);
            at = range.end;
        }
        out.push_str(text.get(at..).unwrap_or(""));
        Some((out, found.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_however_they_are_written() {
        let needles = Needles::new([
            ("Lefèvre", "[NOM]"),
            ("Jean-Pierre Lefèvre", "[NOM]"),
            ("12/03/1951", "[DATE]"),
        ]);
        for (text, clean) in [
            ("M. LEFEVRE", "M. [NOM]"),
            ("JEAN PIERRE  Lefe\u{300}vre.", "[NOM]."),
            ("jean_pierre_lefevre.pdf", "[NOM].pdf"),
            ("né le 12 03 1951", "né le [DATE]"),
            ("12-03-1951T10", "12-03-1951T10"),
            ("Lefèvrette", "Lefèvrette"),
        ] {
            let got = needles.cleaned(text).map_or(text.to_owned(), |(t, _)| t);
            assert_eq!(got, clean, "{text}");
        }
    }

    #[test]
    fn short_passages_are_not_looked_for_elsewhere() {
        assert!(!is_telling("M.") && !is_telling("12") && is_telling("Ali"));
    }
}
