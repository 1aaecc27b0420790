//! What a detector sees: the tokens of a text, its phrase hits, sentences and sections, and the
//! rules. Every question is answered by token number; nothing reads the text again but to parse a
//! number or give words back.

use relu_record::Span;

use crate::compile::Rules;
use crate::engine::NoteContext;
use crate::found::SectionAt;
use crate::landmarks::Landmarks;
use crate::lists::List;
use crate::phrases::Hit;
use crate::tokens;
use crate::tokens::{Gap, Token};
use crate::vocabulary::WordId;

/// A text under study.
#[derive(Clone, Copy)]
pub(crate) struct View<'w> {
    pub(crate) rules: &'w Rules,
    pub(crate) text: &'w str,
    pub(crate) note: &'w NoteContext,
    pub(crate) tokens: &'w [Token],
    /// Where to look.
    pub(crate) landmarks: &'w Landmarks,
    /// Occurrences of terms and names of measures, by first token, shortest first.
    pub(crate) terms: &'w [Hit],
    /// Occurrences of cues, by first token, shortest first.
    pub(crate) cues: &'w [Hit],
    /// Sentences as ranges of tokens, in order.
    pub(crate) sentences: &'w [(u32, u32)],
    /// Sections, in order, flat.
    pub(crate) sections: &'w [SectionAt],
}

impl<'w> View<'w> {
    /// The token `i`.
    #[inline]
    pub(crate) fn token(&self, i: usize) -> Option<Token> {
        self.tokens.get(i).copied()
    }

    /// The longest entry of `list` that begins at token `i`: its value and the token after it.
    #[inline]
    pub(crate) fn list(&self, i: usize, list: List) -> Option<(i32, usize)> {
        if self.starts(i) & (1 << list as u16) == 0 {
            return None;
        }
        self.rules.phrases.longest_listed(self.tokens, &self.rules.vocabulary, i, list as u16)
    }

    /// Every entry of `list` that begins at token `i`, shortest first.
    #[inline]
    pub(crate) fn near(&self, i: usize, list: List, found: &mut dyn FnMut(i32, usize)) {
        if self.starts(i) & (1 << list as u16) == 0 {
            return;
        }
        let v = &self.rules.vocabulary;
        self.rules.phrases.each_listed(self.tokens, v, i, list as u16, found);
    }

    /// One bit a list in which an entry begins with token `i`.
    #[inline(always)]
    pub(crate) fn starts(&self, i: usize) -> u64 {
        self.landmarks.starts.get(i).copied().unwrap_or(0)
    }

    /// Whether an entry of several words of some list may begin at token `i` and go on with the next.
    #[inline(always)]
    pub(crate) fn goes_on(&self, i: usize) -> bool {
        self.rules.phrases.may_go_on(self.tokens, &self.rules.vocabulary, i)
    }

    /// Whether what begins at token `i` can go on as a number or a counted time does: with digits, a
    /// mark, or a word of some list.
    #[inline(always)]
    pub(crate) fn counts_on(&self, i: usize) -> bool {
        let listed = |t: Token| !t.is_word() || t.word.has(WordId::LISTS);
        self.token(i + 1).is_some_and(listed) || self.goes_on(i)
    }

    /// Whether token `i` is the ASCII mark `c`.
    #[inline]
    pub(crate) fn is(&self, i: usize, c: u8) -> bool {
        self.tokens.get(i).is_some_and(|t| t.is_mark(c))
    }

    /// What stands before token `i`; [`Gap::Blank`] beyond the end.
    #[inline]
    pub(crate) fn gap(&self, i: usize) -> Gap {
        self.tokens.get(i).map_or(Gap::Blank, |t| t.gap())
    }

    /// The words of the tokens `from..to`, as printed.
    pub(crate) fn words(&self, from: usize, to: usize) -> &'w str {
        let start = self.tokens.get(from).map_or(0, |t| t.start as usize);
        let end =
            to.checked_sub(1).and_then(|l| self.tokens.get(l)).map_or(0, |t| t.end() as usize);
        self.text.get(start..end).unwrap_or("")
    }

    /// The whole number printed at token `i`, up to 9 digits.
    pub(crate) fn digits(&self, i: usize) -> Option<u32> {
        let t = self.token(i).filter(|t| t.is_digits() && t.len() <= 9)?;
        let printed = t.of(self.text);
        let mut n = 0;
        for b in printed.bytes() {
            if !b.is_ascii_digit() {
                return raised(printed);
            }
            n = n * 10 + u32::from(b - b'0');
        }
        Some(n)
    }

    /// The number printed at token `i` and the token after it: `7`, `7,2`, `7.25`, `1 200`,
    /// `250 000`, `½`. A point or comma counts when glued on both sides.
    pub(crate) fn number(&self, i: usize) -> Option<(f64, usize)> {
        let first = self.token(i)?;
        if first.is_mark(tokens::mark::HALF) {
            return Some((0.5, i + 1));
        }
        let mut value = f64::from(self.digits(i)?);
        let mut next = i + 1;
        if first.len() <= 3 {
            // At most so many groups: a page of "000 000 000" is no number.
            while next < i + 5
                && let Some(t) = self.token(next)
                && t.is_digits()
                && t.len() == 3
                && t.gap() == Gap::Space
                && value < 1e9
                && !self.token(next + 1).is_some_and(|n| n.is_word() && n.gap() == Gap::Glued)
            {
                value = value * 1000.0 + f64::from(self.digits(next)?);
                next += 1;
            }
        }
        if (self.is(next, b',') || self.is(next, b'.'))
            && self.gap(next) == Gap::Glued
            && self.gap(next + 1) == Gap::Glued
            && let Some(t) = self.token(next + 1).filter(|t| t.is_digits() && t.len() <= 9)
        {
            // Read as one decimal text, so that 7,1 is 7.1 and not 7 + 0.1 summed.
            let mut printed = [0u8; 24];
            let mut n = 0;
            let whole = format_whole(value, &mut printed);
            n += whole;
            for b in std::iter::once(b'.').chain(t.of(self.text).bytes()) {
                if let Some(slot) = printed.get_mut(n) {
                    *slot = b;
                    n += 1;
                }
            }
            let parsed = printed.get(..n).and_then(|p| std::str::from_utf8(p).ok()?.parse().ok());
            value = parsed?;
            next += 2;
        }
        Some((value, next))
    }

    /// The sentence of token `i`, as tokens.
    pub(crate) fn sentence(&self, i: usize) -> (usize, usize) {
        let at = self.sentences.partition_point(|s| s.1 as usize <= i);
        self.sentences.get(at).map_or((i, i + 1), |s| (s.0 as usize, s.1 as usize))
    }

    /// The section that holds byte `at`.
    pub(crate) fn section(&self, at: usize) -> Option<&'w SectionAt> {
        let i = self.sections.partition_point(|s| s.span.end <= at);
        self.sections.get(i).filter(|s| s.span.start <= at)
    }

    /// The tokens that a span of bytes touches.
    pub(crate) fn tokens_of(&self, span: Span) -> (usize, usize) {
        let from = self.tokens.partition_point(|t| t.end() as usize <= span.start);
        let to = self.tokens.partition_point(|t| (t.start as usize) < span.end);
        (from, to.max(from))
    }
}

// A whole number with superscripts in it.
#[inline(never)]
fn raised(printed: &str) -> Option<u32> {
    let digits = printed.chars().map(|c| tokens::plain_digit(c).to_digit(10));
    digits.into_iter().try_fold(0u32, |n, d| Some(n * 10 + d?))
}

// The decimal digits of a whole number below 10^15.
fn format_whole(value: f64, to: &mut [u8; 24]) -> usize {
    let mut n = value as u64;
    let mut digits = [0u8; 16];
    let mut len = 0;
    loop {
        if let Some(d) = digits.get_mut(len) {
            *d = b'0' + (n % 10) as u8;
            len += 1;
        }
        n /= 10;
        if n == 0 || len == digits.len() {
            break;
        }
    }
    for (slot, d) in to.iter_mut().zip(digits.iter().take(len).rev()) {
        *slot = *d;
    }
    len
}
