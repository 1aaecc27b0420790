//! The one pass over the bytes of a text. What most of a text is, words in small letters with a blank
//! after them, is taken sixteen bytes at a time; the rest, letter by letter.

use super::bytes::{
    ASCII_LETTER, BLANK, CLASS, Char, DIGIT, FEED, LATIN, LATIN_LETTER, LOWER, MULTI, PUNCT, UPPER,
    WIDE, beyond_ascii,
};
use super::{Case, Gap, Token, TokenKind};
use crate::vocabulary::{Folding, MAX_PLAIN, Vocabulary, WordId};

const MAX_RUN: usize = 60_000;

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
