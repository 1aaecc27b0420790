//! Tokens: the text read once, byte by byte, into words, digits and single punctuation marks.
//!
//! A word stops at an apostrophe (kept with the elided word: `l'`, `d'`, `qu'`), a hyphen, a digit.
//! A token knows its bytes in the original text, what stands before it ([`Gap`]), its capitals and
//! its [`WordId`]: the text is never folded as a whole and never read twice. Folding is that of
//! [`crate::key`]; a word cut at the end of a line (`insuffi-⏎sance`) is one token when the joined
//! word is known.
//!
//! Units: bytes of the text, at most 4 GiB (what lies beyond is not read). A run of more than
//! 60,000 bytes without a break is cut. Never fails.

mod bytes;
mod scan;

use crate::vocabulary::WordId;
pub(crate) use bytes::plain_digit;
pub(crate) use scan::scan;

/// A token. Twelve bytes, so that a long text costs little more than twice its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte in the text.
    pub(crate) start: u32,
    len: u16,
    kind: TokenKind,
    shape: u8,
    /// The word, [`WordId::UNKNOWN`] when no rule or lexicon names it.
    pub(crate) word: WordId,
}

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum TokenKind {
    /// Letters.
    Word,
    /// ASCII digits (and superscripts, read as digits).
    Digits,
    /// One mark.
    Mark,
}

/// What stands between a token and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Gap {
    /// Nothing.
    Glued,
    /// One blank.
    Space,
    /// A tab or several blanks, as between the columns of a table.
    Wide,
    /// The end of a line.
    Line,
    /// At least one empty line, or a page break; also the start of the text.
    Blank,
}

/// The capitals of a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Case {
    /// None.
    Lower,
    /// The first letter alone, of several.
    Capital,
    /// All letters.
    Upper,
    /// Some inside.
    Mixed,
}

impl Token {
    /// First byte.
    pub fn offset(self) -> usize {
        self.start as usize
    }

    /// One past the last byte.
    pub fn end(self) -> u32 {
        self.start + u32::from(self.len)
    }

    /// What it is.
    pub fn kind(self) -> TokenKind {
        self.kind
    }

    /// Whether it is a word.
    pub fn is_word(self) -> bool {
        self.kind == TokenKind::Word
    }

    /// Whether it is a run of digits.
    pub fn is_digits(self) -> bool {
        self.kind == TokenKind::Digits
    }

    /// Whether it is the ASCII mark `c` (quotes, dashes and bars of every form are folded to it).
    pub fn is_mark(self, c: u8) -> bool {
        self.kind == TokenKind::Mark && self.word.number() == u32::from(c)
    }

    /// Whether it is a word all in small letters that begins no line, as most are.
    #[inline(always)]
    pub(crate) fn is_flat(self) -> bool {
        self.kind == TokenKind::Word && self.shape < Gap::Line as u8
    }

    /// What stands before it.
    pub fn gap(self) -> Gap {
        match self.shape & 7 {
            0 => Gap::Glued,
            1 => Gap::Space,
            2 => Gap::Wide,
            3 => Gap::Line,
            _ => Gap::Blank,
        }
    }

    /// Whether it begins a line.
    pub fn begins_line(self) -> bool {
        self.gap() >= Gap::Line
    }

    /// Its capitals; digits and marks are [`Case::Lower`].
    pub fn case(self) -> Case {
        match (self.shape >> 3) & 3 {
            0 => Case::Lower,
            1 => Case::Capital,
            2 => Case::Upper,
            _ => Case::Mixed,
        }
    }

    /// Its length in bytes.
    // No token is empty.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(self) -> usize {
        usize::from(self.len)
    }

    /// Its words in `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end() as usize).unwrap_or("")
    }
}

/// Marks that have no ASCII form of their own; their word ids lie between 128 and 255.
pub(crate) mod mark {
    /// • ▪ ■ ● ◦ ➢ and their like.
    pub(crate) const BULLET: u8 = 128;
    /// ☐ □ ❑.
    pub(crate) const UNCHECKED: u8 = 129;
    /// ☒ ☑ ✓ ✔ ✗ ⊠.
    pub(crate) const CHECKED: u8 = 130;
    /// ≥.
    pub(crate) const AT_LEAST: u8 = 131;
    /// ≤.
    pub(crate) const AT_MOST: u8 = 132;
    /// ° º.
    pub(crate) const DEGREE: u8 = 133;
    /// ±.
    pub(crate) const PLUS_MINUS: u8 = 134;
    /// ×.
    pub(crate) const TIMES: u8 = 135;
    /// → and its like.
    pub(crate) const ARROW: u8 = 136;
    /// ↑ ↗.
    pub(crate) const UP: u8 = 137;
    /// ↓ ↘.
    pub(crate) const DOWN: u8 = 138;
    /// …
    pub(crate) const ELLIPSIS: u8 = 139;
    /// ½.
    pub(crate) const HALF: u8 = 140;
    /// ′ as a minute mark is an apostrophe; ″ is a double quote. All other marks.
    pub(crate) const OTHER: u8 = 255;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::Vocabulary;

    fn read(text: &str) -> Vec<(String, Gap, Case)> {
        let mut tokens = Vec::new();
        scan(text, &Vocabulary::default(), &mut tokens);
        tokens.iter().map(|t| (t.of(text).to_owned(), t.gap(), t.case())).collect()
    }

    #[test]
    fn words_stop_where_a_reader_would_stop() {
        for (text, expected) in [
            ("L’absence d'œdème", "L’|absence|d'|œdème"),
            ("aujourd'hui", "aujourd'|hui"),
            ("sus-décalage", "sus|-|décalage"),
            ("HbA1c 7,2%", "HbA|1|c|7|,|2|%"),
            ("pT2N0 m²", "pT|2|N|0|m|²"),
            ("e\u{301}te\u{301} fini", "e\u{301}te\u{301}|fini"),
            ("O'Brien 5'14''", "O|'|Brien|5|'|14|'|'"),
        ] {
            let got: Vec<String> = read(text).into_iter().map(|t| t.0).collect();
            assert_eq!(got.join("|"), expected);
        }
    }

    #[test]
    fn gaps_and_capitals_are_kept() {
        let got = read("Le  SCANNER\nnorMal\n\n\ta b");
        let shape: Vec<_> = got.iter().map(|t| (t.1, t.2)).collect();
        use {Case::*, Gap::*};
        assert_eq!(
            shape,
            [(Blank, Capital), (Wide, Upper), (Line, Mixed), (Blank, Lower), (Space, Lower)]
        );
    }

    proptest::proptest! {
        #[test]
        fn tokens_lie_on_characters_in_order(text in "\\PC{0,60}|[a-zéœ'’ \\n\u{301}\u{ad}0-9²-]{0,60}") {
            let mut tokens = Vec::new();
            scan(&text, &Vocabulary::default(), &mut tokens);
            let mut last = 0;
            for t in tokens {
                proptest::prop_assert!(t.start >= last && t.end() > t.start);
                proptest::prop_assert!(text.get(t.start as usize..t.end() as usize).is_some());
                last = t.end();
            }
        }
    }
}
