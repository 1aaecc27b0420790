//! Landmarks: the few tokens at which sentences, titles and detectors have something to look at, so
//! that each of them goes from one to the next and does not pass over every word again.
//!
//! One pass over the tokens. Units: token numbers, in the order of the text.

use crate::detect::COUNTED;
use crate::tokens::{Case, Token, mark};
use crate::vocabulary::{Vocabulary, WordId};

/// Where to look, in one text; its room is used again for the next one.
#[derive(Debug, Default)]
pub(crate) struct Landmarks {
    /// For each token, one bit a list in which an entry begins with it.
    pub(crate) starts: Vec<u64>,
    /// Whatever is no word in small letters: marks, digits, words with capitals.
    pub(crate) odd: Vec<u32>,
    /// Tokens that begin a line.
    pub(crate) lines: Vec<u32>,
    /// Digits, and words with which a number or a time may begin.
    pub(crate) counted: Vec<u32>,
    /// Words that make a finding or a place of their own ([`WordId::HEAD`]).
    pub(crate) heads: Vec<u32>,
    /// Whether there is a quote, a box to tick.
    pub(crate) quotes: bool,
    pub(crate) boxes: bool,
}

impl Landmarks {
    /// Finds those of `tokens`.
    pub(crate) fn find(&mut self, tokens: &[Token], vocabulary: &Vocabulary) {
        self.clear();
        self.starts.resize(tokens.len(), 0);
        for ((i, t), starts) in (0u32..).zip(tokens).zip(&mut self.starts) {
            let flat = t.is_flat();
            if flat && !t.word.has(WordId::LISTS | WordId::HEAD) {
                continue;
            }
            *starts = vocabulary.starts(t.word);
            if t.word.has(WordId::HEAD) {
                self.heads.push(i);
            }
            let counted = *starts & COUNTED != 0;
            if flat {
                if counted {
                    self.counted.push(i);
                }
                continue;
            }
            if counted || t.is_digits() || t.is_mark(mark::HALF) {
                self.counted.push(i);
            }
            if !t.is_word() || t.case() != Case::Lower {
                self.odd.push(i);
                self.quotes |= t.is_mark(b'"');
                self.boxes |=
                    t.is_mark(b'[') || t.is_mark(mark::CHECKED) || t.is_mark(mark::UNCHECKED);
            }
            if t.begins_line() {
                self.lines.push(i);
            }
        }
    }

    fn clear(&mut self) {
        let Landmarks { starts, odd, lines, counted, heads, quotes, boxes } = self;
        starts.clear();
        [odd, lines, counted, heads].into_iter().for_each(Vec::clear);
        (*quotes, *boxes) = (false, false);
    }
}
