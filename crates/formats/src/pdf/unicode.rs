//! Letters of glyphs: ligatures taken apart, accents put on their letter, symbols of private use
//! areas named.
//!
//! Shapes: what the font says a glyph means in, letters out. Findings and errors: none; a glyph
//! whose meaning is unknown is [`UNKNOWN`].
//! Sources: Unicode 16 (Alphabetic Presentation Forms; Spacing Modifier Letters); Adobe Symbol and
//! Microsoft symbol encodings as seen through U+F000; TeX OT1 fonts, which draw an accent and then
//! the letter under it.

use unicode_normalization::UnicodeNormalization;

/// Stands for a glyph that the font does not name.
pub(super) const UNKNOWN: char = '\u{fffd}';

/// Adds the letters of one character of a font to `out`.
pub(crate) fn push_char(c: char, out: &mut String) {
    match c {
        '\u{fb00}' => out.push_str("ff"),
        '\u{fb01}' => out.push_str("fi"),
        '\u{fb02}' => out.push_str("fl"),
        '\u{fb03}' => out.push_str("ffi"),
        '\u{fb04}' => out.push_str("ffl"),
        '\u{fb05}' | '\u{fb06}' => out.push_str("st"),
        // Arabic presentation forms: the letters they stand for.
        '\u{fb50}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}' => out.extend(std::iter::once(c).nfkc()),
        '\u{f000}'..='\u{f0ff}' => out.push(symbol(c)),
        // Marks of direction and zero-width characters carry no letter; a byte order mark neither.
        '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{feff}' => {}
        '\0' => out.push(UNKNOWN),
        c if c.is_control() && !c.is_whitespace() => {}
        c => out.push(c),
    }
}

/// Symbol fonts put their codes at U+F000. The few that clinical letters use are named; printable
/// codes stand for themselves.
fn symbol(c: char) -> char {
    match c {
        '\u{f0b7}' | '\u{f0a7}' | '\u{f06c}' | '\u{f09f}' | '\u{f076}' => '•',
        '\u{f0a8}' | '\u{f06f}' | '\u{f0a3}' | '\u{f071}' => '☐',
        '\u{f0fe}' | '\u{f078}' | '\u{f053}' => '☒',
        '\u{f0fc}' => '✓',
        '\u{f0e0}' | '\u{f0e8}' | '\u{f0de}' | '\u{f0d8}' => '→',
        '\u{f0b0}' => '°',
        '\u{f0b1}' => '±',
        '\u{f0a3}'..='\u{f0b3}' => '•',
        '\u{f020}'..='\u{f07e}' => char::from_u32(c as u32 - 0xf000).unwrap_or(UNKNOWN),
        _ => UNKNOWN,
    }
}

/// The combining mark that a spacing accent stands for when it is drawn over a letter.
pub(super) fn combining(accent: char) -> Option<char> {
    Some(match accent {
        '`' | '\u{2cb}' => '\u{300}',
        '´' | '\u{2ca}' => '\u{301}',
        '^' | '\u{2c6}' => '\u{302}',
        '~' | '\u{2dc}' => '\u{303}',
        '¯' | '\u{2c9}' => '\u{304}',
        '\u{2d8}' => '\u{306}',
        '\u{2d9}' => '\u{307}',
        '¨' => '\u{308}',
        '\u{2da}' => '\u{30a}',
        '\u{2dd}' => '\u{30b}',
        '\u{2c7}' => '\u{30c}',
        '¸' => '\u{327}',
        '\u{2db}' => '\u{328}',
        '\u{300}'..='\u{36f}' => accent,
        _ => return None,
    })
}

/// The letter under a mark; a dotless i takes its usual form so that `ˆı` gives `î`.
pub(super) fn compose(letter: char, mark: char) -> Option<char> {
    let letter = match letter {
        'ı' => 'i',
        'ȷ' => 'j',
        other => other,
    };
    unicode_normalization::char::compose(letter, mark)
}

/// The word with its combining marks put on their letters.
pub(super) fn composed(word: String) -> String {
    if word.chars().any(|c| matches!(c, '\u{300}'..='\u{36f}')) {
        word.nfc().collect()
    } else {
        word
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ligatures_accents_and_symbols() {
        let letters = |s: &str| {
            let mut out = String::new();
            s.chars().for_each(|c| push_char(c, &mut out));
            out
        };
        assert_eq!(letters("eﬃcace ﬂux ﬁn"), "efficace flux fin");
        assert_eq!(letters("\u{f0b7}\u{f041}"), "•A");
        assert_eq!(compose('ı', combining('\u{2c6}').unwrap()), Some('î'));
        assert_eq!(compose('c', combining('¸').unwrap()), Some('ç'));
        assert_eq!(composed("e\u{301}te\u{301}".into()), "été");
        assert_eq!(letters("œ µ ’"), "œ µ ’");
    }
}
