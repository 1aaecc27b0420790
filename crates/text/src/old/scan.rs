//! Small readers over folded text: numbers, words, what comes next. Offsets in bytes; every step is
//! checked, so that no content can make one fail.

/// A position in a folded text.
#[derive(Clone, Copy)]
pub(crate) struct Scan<'t> {
    text: &'t str,
    /// The next byte.
    pub(crate) at: usize,
}

impl<'t> Scan<'t> {
    /// A reader at byte `at`.
    pub(crate) fn new(text: &'t str, at: usize) -> Scan<'t> {
        Scan { text, at }
    }

    /// What is left to read.
    pub(crate) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// The next character.
    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Skips blanks, but not the end of a paragraph.
    pub(crate) fn skip_blanks(&mut self) -> &mut Self {
        while self.peek().is_some_and(|c| c == ' ' || c == '\t') {
            self.at += 1;
        }
        self
    }

    /// Takes `token` when it comes next.
    pub(crate) fn take(&mut self, token: &str) -> bool {
        let here = self.rest().starts_with(token);
        if here {
            self.at += token.len();
        }
        here
    }

    /// Takes `word` when it comes next as a whole word.
    pub(crate) fn take_word(&mut self, word: &str) -> bool {
        let whole = self.rest().starts_with(word)
            && crate::old::terms::is_word_edge(self.text, self.at + word.len());
        if whole {
            self.at += word.len();
        }
        whole
    }

    /// Takes one of `words`, the first that fits.
    pub(crate) fn take_any(&mut self, words: &[&'static str]) -> Option<&'static str> {
        words.iter().find(|w| self.take_word(w)).copied()
    }

    /// Takes between `min` and `max` digits.
    pub(crate) fn digits(&mut self, min: usize, max: usize) -> Option<u32> {
        let n = self.rest().bytes().take_while(u8::is_ascii_digit).count();
        if n < min || n > max {
            return None;
        }
        let value = self.rest().get(..n)?.parse().ok()?;
        self.at += n;
        Some(value)
    }

    /// Takes a number with decimal point or comma; a space or point may group thousands.
    pub(crate) fn number(&mut self) -> Option<f64> {
        let mut look = *self;
        let mut value = String::new();
        let n = look.rest().bytes().take_while(u8::is_ascii_digit).count();
        if n == 0 || n > 12 {
            return None;
        }
        value.push_str(look.rest().get(..n)?);
        look.at += n;
        // Groups of three digits after a space: "250 000".
        while value.len() <= 9 && n <= 3 {
            let group = look.rest().as_bytes();
            let three = group.len() > 3
                && group[0] == b' '
                && group[1..4].iter().all(u8::is_ascii_digit)
                && !group.get(4).is_some_and(u8::is_ascii_digit);
            if !three {
                break;
            }
            value.push_str(look.rest().get(1..4)?);
            look.at += 4;
        }
        let tail = look.rest().as_bytes();
        if tail.len() > 1 && matches!(tail[0], b',' | b'.') && tail[1].is_ascii_digit() {
            let d = tail[1..].iter().take_while(|b| b.is_ascii_digit()).count();
            value.push('.');
            value.push_str(look.rest().get(1..1 + d)?);
            look.at += 1 + d;
        }
        let number: f64 = value.parse().ok()?;
        self.at = look.at;
        number.is_finite().then_some(number)
    }
}

impl<'t> Scan<'t> {
    /// What stands from byte `at` on.
    pub(crate) fn text_at(&self, at: usize) -> &'t str {
        self.text.get(at..).unwrap_or("")
    }
}
