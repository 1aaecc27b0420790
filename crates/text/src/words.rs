//! The words of a text for whoever needs no lexicon: the scanner of the engine, and its folding.
//!
//! Shape: [`scan`] fills a buffer with tokens in the order of the text; [`fold`] gives the folded
//! bytes of one word. Units: bytes. Never fails.

pub use crate::tokens::{Case, Gap, Token, TokenKind};

use crate::vocabulary::Vocabulary;

/// The scanner, with what it reuses.
#[derive(Default)]
pub struct Scanner {
    // Empty: no word has a name here.
    vocabulary: Vocabulary,
}

impl Scanner {
    /// Reads `text` into `tokens`.
    pub fn scan(&self, text: &str, tokens: &mut Vec<Token>) {
        crate::tokens::scan(text, &self.vocabulary, tokens);
    }
}

/// Puts the folded bytes of `word` into `out`, as far as they fit; returns how many there are.
pub fn fold(word: &str, out: &mut [u8]) -> usize {
    let mut len = 0;
    let mut put = |b: u8| {
        if let Some(slot) = out.get_mut(len) {
            *slot = b;
            len += 1;
        }
    };
    for c in word.chars() {
        if c.is_ascii() {
            put(c.to_ascii_lowercase() as u8);
        } else {
            let mut utf8 = [0; 4];
            crate::fold::plain(c, |p| p.encode_utf8(&mut utf8).bytes().for_each(&mut put));
        }
    }
    len
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_without_a_vocabulary() {
        let text = "Dr Éloïse LE-GOFF";
        let mut tokens = Vec::new();
        Scanner::default().scan(text, &mut tokens);
        let words: Vec<&str> = tokens.iter().map(|t| t.of(text)).collect();
        assert_eq!(words, ["Dr", "Éloïse", "LE", "-", "GOFF"]);
        let mut folded = [0; 16];
        let n = fold("Éloïse", &mut folded);
        assert_eq!(&folded[..n], b"eloise");
        assert_eq!(fold("interminable", &mut [0; 4]), 4);
    }
}
