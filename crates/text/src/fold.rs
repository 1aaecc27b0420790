//! Folding: the form of a text in which rules and lexicons are written, with an exact way back.
//!
//! Folding lower-cases, drops accents, spells ligatures out (`œ` → `oe`), straightens quotes,
//! dashes and no-break spaces, and drops soft hyphens and combining marks. [`squeeze`] folds and
//! also turns every run of white space into one character, a space within a paragraph and a line
//! feed between paragraphs, so that a term broken over two lines still matches.
//!
//! Units: byte offsets, in the folded text and in the original. Never fails: a character without a
//! plain form stays as it is.

use relu_record::Span;

/// A folded text with the origin of each of its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    text: String,
    // starts[i]: first byte of the original character that folded byte `i` comes from; one more
    // entry at the end holds the length of the original.
    starts: Vec<u32>,
    original_len: usize,
}

impl Folded {
    /// The folded text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The original bytes that the folded bytes `start..end` come from. Offsets beyond the end
    /// count as the end; a cut inside a ligature takes the whole ligature.
    pub fn original(&self, start: usize, end: usize) -> Span {
        let last = self.starts.len().saturating_sub(1);
        let (start, mut end) = (start.min(last), end.min(last));
        let at = |i: usize| self.starts.get(i).map_or(self.original_len, |&s| s as usize);
        while end > start && end < last && at(end) == at(end - 1) {
            end += 1;
        }
        let from = at(start);
        Span::new(from, if end > start { at(end) } else { from })
    }

    /// The first folded byte at or after original byte `at`.
    pub fn folded(&self, at: usize) -> usize {
        let last = self.starts.len().saturating_sub(1);
        self.starts.partition_point(|&s| (s as usize) < at).min(last)
    }

    fn push(&mut self, c: char, origin: usize) {
        let before = self.text.len();
        self.text.push(c);
        self.starts.resize(self.starts.len() + self.text.len() - before, origin as u32);
    }

    fn finish(mut self, len: usize) -> Folded {
        self.original_len = len;
        self.starts.push(len as u32);
        self
    }
}

/// The folded form of `text`; white space keeps its place.
pub fn fold(text: &str) -> Folded {
    let mut out = Folded::with_room(text.len());
    for (at, c) in text.char_indices() {
        plain(c, |c| out.push(c, at));
    }
    out.finish(text.len())
}

/// The folded form of `text` with each run of white space as one character: a line feed when the
/// run holds a blank line, else a space.
pub fn squeeze(text: &str) -> Folded {
    let mut out = Folded::with_room(text.len());
    // A run of white space under way: where it began and how many line feeds it held.
    let mut run: Option<(usize, u32)> = None;
    for (at, c) in text.char_indices() {
        if c.is_whitespace() {
            let (start, feeds) = run.unwrap_or((at, 0));
            run = Some((start, feeds.saturating_add(u32::from(c == '\n'))));
            continue;
        }
        if let Some((start, feeds)) = run.take() {
            out.push(if feeds > 1 { '\n' } else { ' ' }, start);
        }
        plain(c, |c| out.push(c, at));
    }
    if let Some((start, feeds)) = run {
        out.push(if feeds > 1 { '\n' } else { ' ' }, start);
    }
    out.finish(text.len())
}

/// The folded form of a short string, white space squeezed to single spaces and trimmed; for keys
/// of lexicons and comparisons of names.
pub fn key(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !out.is_empty() {
            out.push(' ');
        }
        for c in word.chars() {
            plain(c, |c| out.push(c));
        }
    }
    out
}

impl Folded {
    fn with_room(bytes: usize) -> Folded {
        Folded {
            text: String::with_capacity(bytes),
            starts: Vec::with_capacity(bytes + 1),
            original_len: bytes,
        }
    }
}

// Latin letters used in French and in the names of its neighbours; other scripts keep their case
// folding only. Unicode blocks Latin-1 Supplement and Latin Extended-A.
pub(crate) fn plain(c: char, mut put: impl FnMut(char)) {
    if c.is_ascii() {
        return put(c.to_ascii_lowercase());
    }
    let one = match c {
        'À'..='Å' | 'à'..='å' | 'Ā'..='ą' => 'a',
        'Ç' | 'ç' | 'Ć'..='č' => 'c',
        'È'..='Ë' | 'è'..='ë' | 'Ē'..='ě' => 'e',
        'Ì'..='Ï' | 'ì'..='ï' | 'Ĩ'..='ı' => 'i',
        'Ñ' | 'ñ' | 'Ń'..='ň' => 'n',
        'Ò'..='Ö' | 'ò'..='ö' | 'Ø' | 'ø' | 'Ō'..='ő' => 'o',
        'Ù'..='Ü' | 'ù'..='ü' | 'Ũ'..='ų' => 'u',
        'Ý' | 'ý' | 'ÿ' | 'Ÿ' => 'y',
        'Ś'..='š' => 's',
        'Ź'..='ž' => 'z',
        'Ď'..='đ' => 'd',
        'Ĝ'..='ģ' => 'g',
        'Ĺ'..='ł' => 'l',
        'Ŕ'..='ř' => 'r',
        'Ţ'..='ŧ' => 't',
        '\u{2018}' | '\u{2019}' | '\u{201A}' | '\u{2032}' | '\u{02BC}' | '\u{00B4}' => '\'',
        '\u{201C}' | '\u{201D}' | '\u{201E}' | '«' | '»' => '"',
        '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
        '\u{00A0}' | '\u{202F}' | '\u{2000}'..='\u{200A}' => ' ',
        'µ' | 'μ' => 'µ',
        // Soft hyphen, zero-width characters, byte order mark, combining marks.
        '\u{00AD}' | '\u{200B}'..='\u{200D}' | '\u{FEFF}' | '\u{0300}'..='\u{036F}' => return,
        'Œ' | 'œ' => return "oe".chars().for_each(put),
        'Æ' | 'æ' => return "ae".chars().for_each(put),
        'ß' => return "ss".chars().for_each(put),
        '…' => return "...".chars().for_each(put),
        'ﬀ' => return "ff".chars().for_each(put),
        'ﬁ' => return "fi".chars().for_each(put),
        'ﬂ' => return "fl".chars().for_each(put),
        _ => return c.to_lowercase().for_each(put),
    };
    put(one);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_what_french_documents_hold() {
        for (from, to) in [
            ("Œdème aigu du POUMON", "oedeme aigu du poumon"),
            ("l’absence d’œdème", "l'absence d'oedeme"),
            ("e\u{301}te\u{301}", "ete"),
            ("15\u{a0}mg – 20", "15 mg - 20"),
        ] {
            assert_eq!(fold(from).text(), to);
        }
        assert_eq!(squeeze("insuffisance\n  rénale\n\nSuite").text(), "insuffisance renale\nsuite");
        assert_eq!(key("  Né(e)  le\n"), "ne(e) le");
    }

    #[test]
    fn a_cut_ligature_comes_back_whole() {
        let f = fold("cœur");
        assert_eq!(f.text(), "coeur");
        assert_eq!(f.original(0, 2).of("cœur"), Some("cœ"));
        assert_eq!(f.original(1, 3).of("cœur"), Some("œ"));
    }

    proptest::proptest! {
        #[test]
        fn offsets_come_back_on_characters(text in "\\PC{0,80}|[a-zàéœŒ \\n\u{301}\u{ad}’]{0,80}", a in 0usize..200, b in 0usize..200) {
            for f in [fold(&text), squeeze(&text)] {
                let (a, b) = (a.min(b), a.max(b));
                let span = f.original(a, b);
                proptest::prop_assert!(span.of(&text).is_some());
                let whole = f.original(0, f.text().len());
                proptest::prop_assert!(whole.end == text.len() || f.text().is_empty());
                // Folding the original of a piece gives back at least that piece.
                if f.text().is_char_boundary(a) && f.text().is_char_boundary(b) {
                    let piece = f.text().get(a..b).unwrap_or("");
                    let again = fold(span.of(&text).unwrap());
                    let squeezed = squeeze(span.of(&text).unwrap());
                    proptest::prop_assert!(
                        again.text().contains(piece) || squeezed.text().contains(piece)
                            || piece.contains('\n') || piece.contains(' ')
                    );
                }
            }
        }
    }
}
