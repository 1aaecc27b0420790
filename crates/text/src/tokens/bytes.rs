//! What the bytes and characters of a text are to the scanner: letters with their folding, digits,
//! blanks, marks. Tables for ASCII and for the letters of everyday French.

use super::mark;

// Classes of bytes.
pub(super) const LOWER: u8 = 0;
pub(super) const UPPER: u8 = 1;
pub(super) const DIGIT: u8 = 2;
pub(super) const BLANK: u8 = 3;
pub(super) const FEED: u8 = 4;
pub(super) const PUNCT: u8 = 5;
pub(super) const WIDE: u8 = 6;
pub(super) const MULTI: u8 = 7;
// Carriage return and control characters: nothing at all.
pub(super) const SKIP: u8 = 8;
// First byte of a letter of everyday French.
pub(super) const LATIN: u8 = 9;

pub(super) static CLASS: [u8; 256] = {
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
pub(super) static ASCII_LETTER: [u8; 256] = {
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
pub(super) static LATIN_LETTER: [u8; 256] = {
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
pub(super) enum Char {
    Letter { upper: bool },
    Blank,
    Nothing,
    Digit(u8),
    Apostrophe,
    Mark(u8),
}

pub(super) fn beyond_ascii(c: char) -> Char {
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

/// The ASCII digit of a digit or superscript.
pub(crate) fn plain_digit(c: char) -> char {
    match beyond_ascii(c) {
        Char::Digit(d) if !c.is_ascii() => char::from(d),
        _ => c,
    }
}
