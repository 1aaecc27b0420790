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

use crate::vocabulary::{Folding, MAX_PLAIN, Vocabulary, WordId};

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

const MAX_RUN: usize = 60_000;

// Classes of bytes.
const LOWER: u8 = 0;
const UPPER: u8 = 1;
const DIGIT: u8 = 2;
const BLANK: u8 = 3;
const FEED: u8 = 4;
const PUNCT: u8 = 5;
const WIDE: u8 = 6;
const MULTI: u8 = 7;
// Carriage return and control characters: nothing at all.
const SKIP: u8 = 8;
// First byte of a letter of everyday French.
const LATIN: u8 = 9;

static CLASS: [u8; 256] = {
    let mut table = [MULTI; 256];
    let mut b = 0usize;
    while b < 128 {
        table[b] = match b as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            b' ' => BLANK,
            b'\t' => WIDE,
            b'\n' | 0x0B | 0x0C => FEED,
            0..=0x1F | 0x7F => SKIP,
            _ => PUNCT,
        };
        b += 1;
    }
    table[0xC3] = LATIN;
    table
};

// The folded letter of an ASCII letter; 0 for any other byte.
static ASCII_LETTER: [u8; 256] = {
    let mut table = [0; 256];
    let mut b = 0usize;
    while b < 128 {
        if (b as u8).is_ascii_alphabetic() {
            table[b] = (b as u8).to_ascii_lowercase();
        }
        b += 1;
    }
    table
};

// The folded letter of the character 0xC3 b of UTF-8, when it is one letter; capitals are 0x80 to
// 0x9E. Latin-1 Supplement: everyday French.
static LATIN_LETTER: [u8; 256] = {
    let mut table = [0; 256];
    let plain = *b"aaaaaa_ceeeeiiii_nooooo_ouuuuy__aaaaaa_ceeeeiiii_nooooo_ouuuuy_y";
    let mut b = 0;
    while b < 64 {
        if plain[b] != b'_' {
            table[0x80 + b] = plain[b];
        }
        b += 1;
    }
    table
};

// What a character beyond ASCII is.
enum Char {
    Letter { upper: bool },
    Blank,
    Nothing,
    Digit(u8),
    Apostrophe,
    Mark(u8),
}

fn beyond_ascii(c: char) -> Char {
    match c {
        'à'..='ö' | 'ø'..='ÿ' | 'œ' | 'µ' => Char::Letter { upper: false },
        'À'..='Ö' | 'Ø'..='Þ' | 'Œ' => Char::Letter { upper: true },
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{2032}' | '\u{02BC}' | '\u{00B4}' => {
            Char::Apostrophe
        }
        '\u{00A0}' | '\u{202F}' | '\u{2000}'..='\u{200A}' | '\u{3000}' => Char::Blank,
        '\u{00AD}' | '\u{200B}'..='\u{200F}' | '\u{FEFF}' | '\u{0300}'..='\u{036F}' => {
            Char::Nothing
        }
        '¹' => Char::Digit(b'1'),
        '²' => Char::Digit(b'2'),
        '³' => Char::Digit(b'3'),
        '⁰' | '⁴'..='⁹' => Char::Digit(b'0' + ((c as u32 - 0x2070) as u8)),
        '«' | '»' | '\u{201C}' | '\u{201D}' | '\u{201E}' | '\u{2033}' => Char::Mark(b'"'),
        '\u{2010}'..='\u{2015}' | '\u{2212}' => Char::Mark(b'-'),
        '¦' | '│' | '┃' => Char::Mark(b'|'),
        '•' | '▪' | '■' | '●' | '◦' | '➢' | '·' | '‣' | '◆' | '\u{F0B7}' | '\u{F0D8}' => {
            Char::Mark(mark::BULLET)
        }
        '☐' | '□' | '❑' | '❏' | '◻' => Char::Mark(mark::UNCHECKED),
        '☒' | '☑' | '✓' | '✔' | '✗' | '✘' | '⊠' => Char::Mark(mark::CHECKED),
        '≥' => Char::Mark(mark::AT_LEAST),
        '≤' => Char::Mark(mark::AT_MOST),
        '°' | 'º' => Char::Mark(mark::DEGREE),
        '±' => Char::Mark(mark::PLUS_MINUS),
        '×' => Char::Mark(mark::TIMES),
        '→' | '⇒' | '➔' => Char::Mark(mark::ARROW),
        '↑' | '↗' => Char::Mark(mark::UP),
        '↓' | '↘' => Char::Mark(mark::DOWN),
        '…' => Char::Mark(mark::ELLIPSIS),
        '½' => Char::Mark(mark::HALF),
        '≈' => Char::Mark(b'~'),
        _ if c.is_alphabetic() => Char::Letter { upper: c.is_uppercase() },
        _ if c.is_whitespace() => Char::Blank,
        _ => Char::Mark(mark::OTHER),
    }
}

// The capitals of a word under way.
#[derive(Clone, Copy, Default)]
struct Capitals {
    letters: u32,
    uppers: u32,
    first: bool,
}

impl Capitals {
    #[inline(always)]
    fn letter(&mut self, upper: bool) {
        self.first |= upper && self.letters == 0;
        self.uppers += u32::from(upper);
        self.letters += 1;
    }

    fn case(self) -> Case {
        match (self.uppers, self.letters) {
            (0, _) => Case::Lower,
            (u, l) if u == l => Case::Upper,
            (1, _) if self.first => Case::Capital,
            _ => Case::Mixed,
        }
    }
}

/// Reads `text` into `tokens`.
pub(crate) fn scan(text: &str, vocabulary: &Vocabulary, tokens: &mut Vec<Token>) {
    tokens.clear();
    // A French text holds a token about every five bytes.
    tokens.reserve(text.len() / 5 + 8);
    let mut reader =
        Reader { text, bytes: text.as_bytes(), at: 0, fold: Folding::new(), vocabulary };
    let mut gap = Gap::Blank;
    let mut feeds = 0u32;
    let limit = text.len().min(u32::MAX as usize - MAX_RUN);
    while reader.at < limit {
        let Some(&b) = reader.bytes.get(reader.at) else { break };
        let start = reader.at;
        let class = CLASS[b as usize];
        let token = match class {
            LOWER => reader.plain_word().or_else(|| reader.word()),
            UPPER => reader.word(),
            DIGIT => reader.digits(),
            PUNCT => {
                reader.at += 1;
                Some((TokenKind::Mark, Case::Lower, vocabulary.mark(b)))
            }
            BLANK => {
                reader.at += 1;
                gap = wider(gap);
                None
            }
            WIDE => {
                reader.at += 1;
                gap = gap.max(Gap::Wide);
                None
            }
            FEED => {
                reader.at += 1;
                feeds += if b == 0x0C { 2 } else { 1 };
                gap = gap.max(if feeds > 1 { Gap::Blank } else { Gap::Line });
                None
            }
            LATIN => match reader.bytes.get(start + 1) {
                Some(&second) if LATIN_LETTER[second as usize] != 0 => reader.word(),
                _ => reader.multi(&mut gap),
            },
            MULTI => reader.multi(&mut gap),
            _ => {
                reader.at += 1;
                None
            }
        };
        if let Some((kind, case, word)) = token {
            let len = (reader.at - start).min(usize::from(u16::MAX)) as u16;
            let shape = gap as u8 | (case as u8) << 3;
            tokens.push(Token { start: start as u32, len, kind, shape, word });
            (gap, feeds) = (Gap::Glued, 0);
            // What most often follows a word.
            if reader.bytes.get(reader.at) == Some(&b' ') {
                reader.at += 1;
                gap = Gap::Space;
            }
        }
    }
}

fn wider(gap: Gap) -> Gap {
    match gap {
        Gap::Glued => Gap::Space,
        Gap::Space => Gap::Wide,
        other => other,
    }
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    fold: Folding,
    vocabulary: &'t Vocabulary,
}

// Letters that are a word with the apostrophe after them.
const ELIDED: &[u8] = b"ldnscjmt";

// How many lower-case letters of ASCII these bytes begin with, eight looked at at once.
#[inline(always)]
fn lower_letters(bytes: &[u8; MAX_PLAIN]) -> usize {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGH: u64 = 0x80 * ONES;
    // The high bit of each byte that is none.
    let others = |eight: u64| {
        let seven = eight & !HIGH;
        let from_a = seven + (0x80 - b'a' as u64) * ONES;
        let beyond_z = seven + (0x7F - b'z' as u64) * ONES;
        !(from_a & !beyond_z & !eight) & HIGH
    };
    let bits = u128::from_le_bytes(*bytes);
    match others(bits as u64) {
        0 => 8 + (others((bits >> 64) as u64).trailing_zeros() / 8) as usize,
        n => (n.trailing_zeros() / 8) as usize,
    }
}

type Made = Option<(TokenKind, Case, WordId)>;

impl Reader<'_> {
    // The word that begins here, when it is short, in lower case and without accents, as most are:
    // its bytes are their own folding.
    #[inline(always)]
    fn plain_word(&mut self) -> Made {
        let sixteen = self.bytes.get(self.at..)?.first_chunk::<MAX_PLAIN>()?;
        let mut len = lower_letters(sixteen);
        match *sixteen.get(len)? {
            // "l'", "d'": the bytes with their apostrophe are their own folding too.
            b'\'' if len == 1 && ELIDED.contains(sixteen.first()?) => len = 2,
            // Elided otherwise.
            b'\'' => return None,
            // Cut at the end of a line, or not.
            b'-' if matches!(sixteen.get(len + 1), None | Some(b' ' | b'\r' | b'\n')) => {
                return None;
            }
            // The word goes on.
            b if b >= 0x80 || b.is_ascii_uppercase() => return None,
            _ => {}
        }
        self.at += len;
        Some((TokenKind::Word, Case::Lower, self.vocabulary.plain_word(sixteen, len)))
    }

    // A word that begins here.
    #[inline(always)]
    fn word(&mut self) -> Made {
        let start = self.at;
        self.fold.clear();
        let case = self.letters(start).case();
        match self.bytes.get(self.at) {
            Some(b'-') => {
                if let Some(word) = self.rejoined(start) {
                    return Some((TokenKind::Word, case, word));
                }
            }
            Some(&b) if b == b'\'' || b == 0xE2 || b == 0xC2 || b == 0xCA => {
                if let Some(after) = self.apostrophe() {
                    self.fold.put(b'\'');
                    self.at = after;
                }
            }
            _ => {}
        }
        let word = self.vocabulary.word(&mut self.fold);
        Some((TokenKind::Word, case, word))
    }

    // Takes letters.
    #[inline(always)]
    fn letters(&mut self, start: usize) -> Capitals {
        let mut capitals = Capitals::default();
        while let Some(&b) = self.bytes.get(self.at) {
            if b.is_ascii_lowercase()
                && let Some(sixteen) = self.bytes.get(self.at..).and_then(|r| r.first_chunk())
            {
                let len = lower_letters(sixteen);
                self.fold.put_first(sixteen, len);
                capitals.letters += len as u32;
                self.at += len;
                if self.at - start > MAX_RUN {
                    break;
                }
                continue;
            }
            let plain = ASCII_LETTER[b as usize];
            if plain != 0 {
                self.fold.put(plain);
                capitals.letter(b < b'a');
                self.at += 1;
            } else if b == 0xC3
                && let Some(&second) = self.bytes.get(self.at + 1)
                && let plain = LATIN_LETTER[second as usize]
                && plain != 0
            {
                self.fold.put(plain);
                capitals.letter(second < 0x9F);
                self.at += 2;
            } else if b >= 0x80 {
                if !self.rare_letter(&mut capitals) {
                    break;
                }
            } else {
                break;
            }
            if self.at - start > MAX_RUN {
                break;
            }
        }
        capitals
    }

    // Takes a letter outside everyday French, or a mark that stands for nothing; says whether it did.
    #[inline(never)]
    fn rare_letter(&mut self, capitals: &mut Capitals) -> bool {
        let Some(c) = self.char_here() else { return false };
        match beyond_ascii(c) {
            Char::Letter { upper } => {
                let mut utf8 = [0; 4];
                let fold = &mut self.fold;
                crate::fold::plain(c, |p| {
                    p.encode_utf8(&mut utf8).bytes().for_each(|b| fold.put(b));
                });
                capitals.letter(upper);
            }
            Char::Nothing => {}
            _ => return false,
        }
        self.at += c.len_utf8();
        true
    }

    // The byte after the apostrophe that follows an elided word.
    fn apostrophe(&self) -> Option<usize> {
        let elided = matches!(
            self.fold.word(),
            b"l" | b"d"
                | b"n"
                | b"s"
                | b"c"
                | b"j"
                | b"m"
                | b"t"
                | b"qu"
                | b"jusqu"
                | b"lorsqu"
                | b"puisqu"
                | b"quoiqu"
                | b"presqu"
                | b"quelqu"
                | b"aujourd"
        );
        if !elided {
            return None;
        }
        match *self.bytes.get(self.at)? {
            b'\'' => Some(self.at + 1),
            b if b >= 0x80 => {
                let c = self.char_here()?;
                matches!(beyond_ascii(c), Char::Apostrophe).then(|| self.at + c.len_utf8())
            }
            _ => None,
        }
    }

    // The known word that this one and the beginning of the next line make together.
    #[inline(never)]
    fn rejoined(&mut self, start: usize) -> Option<WordId> {
        let rest = self.bytes.get(self.at + 1..)?;
        let blanks = rest.iter().take(40).take_while(|b| matches!(b, b' ' | b'\r' | b'\n')).count();
        let feeds = rest.get(..blanks)?.iter().filter(|b| **b == b'\n').count();
        if feeds != 1 || !rest.get(blanks).is_some_and(|b| b.is_ascii_lowercase() || *b >= 0x80) {
            return None;
        }
        let (at, len) = (self.at, self.fold.len());
        self.at += 1 + blanks;
        self.letters(start);
        let word = self.vocabulary.exact(&mut self.fold);
        if word.is_none() {
            self.at = at;
            self.fold.cut(len);
        }
        word
    }

    fn digits(&mut self) -> Made {
        let start = self.at;
        self.fold.clear();
        while let Some(&b) = self.bytes.get(self.at) {
            if b.is_ascii_digit() {
                self.fold.put(b);
                self.at += 1;
            } else {
                break;
            }
            if self.at - start > MAX_RUN {
                break;
            }
        }
        let word = match self.fold.len() {
            0..=4 => self.vocabulary.exact(&mut self.fold).unwrap_or(WordId::UNKNOWN),
            _ => WordId::UNKNOWN,
        };
        Some((TokenKind::Digits, Case::Lower, word))
    }

    // What begins with a character beyond ASCII.
    fn multi(&mut self, gap: &mut Gap) -> Made {
        let Some(c) = self.char_here() else {
            self.at += 1;
            return None;
        };
        let made = match beyond_ascii(c) {
            Char::Letter { .. } => return self.word(),
            Char::Nothing => None,
            Char::Blank => {
                *gap = wider(*gap);
                None
            }
            Char::Digit(d) => {
                let word = self.vocabulary.exact(&mut Folding::of(&[d])).unwrap_or(WordId::UNKNOWN);
                Some((TokenKind::Digits, Case::Lower, word))
            }
            Char::Apostrophe => Some((TokenKind::Mark, Case::Lower, self.vocabulary.mark(b'\''))),
            Char::Mark(m) => Some((TokenKind::Mark, Case::Lower, self.vocabulary.mark(m))),
        };
        self.at += c.len_utf8();
        made
    }

    fn char_here(&self) -> Option<char> {
        self.text.get(self.at..)?.chars().next()
    }
}

/// The ASCII digit of a digit or superscript.
pub(crate) fn plain_digit(c: char) -> char {
    match beyond_ascii(c) {
        Char::Digit(d) if !c.is_ascii() => char::from(d),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
