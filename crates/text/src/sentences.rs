//! Sentences: where a statement ends, so that a cue does not reach into the next one.
//!
//! A sentence ends at `.`, `!`, `?` or `…` (not after an abbreviation, an initial or the number of an
//! item), at a full stop glued to a capitalised word (`fébrile.Patient`, not `E.Coli`), at a blank
//! line, and at a line that begins like a new one (capital, bullet, number of an item, box). A line
//! that goes on in lower case is the same sentence wrapped. Sentences are ranges of tokens; together
//! they hold every token.
//!
//! Data: `rules/lists/sentences.toml`. Reference for the behaviour: EDS-NLP's `eds.sentences`.

use crate::compile::Rules;
use crate::landmarks::Landmarks;
use crate::lists::List;
use crate::phrases::Phrases;
use crate::tokens::{Case, Gap, Token, TokenKind, mark};
use crate::vocabulary::Vocabulary;

/// The sentences of `tokens`.
pub(crate) fn find(
    tokens: &[Token],
    landmarks: &Landmarks,
    rules: &Rules,
    out: &mut Vec<(u32, u32)>,
) {
    out.clear();
    let reader = Reader { tokens, phrases: &rules.phrases, vocabulary: &rules.vocabulary };
    let mut start = 0;
    let mut cut = |start: &mut usize, end: usize| {
        out.push((*start as u32, end as u32));
        *start = end;
    };
    let mut odd = landmarks.odd.iter().map(|i| *i as usize).peekable();
    let lines = landmarks.lines.iter().map(|i| *i as usize).chain([tokens.len()]);
    for line in lines.filter(|l| *l > 0) {
        let last = line - 1;
        while let Some(i) = odd.next_if(|i| *i < last) {
            let mark = tokens.get(i).is_some_and(|t| t.kind() == TokenKind::Mark);
            if mark && reader.ends(start, i) {
                cut(&mut start, i + 1);
            }
        }
        odd.next_if_eq(&last);
        let ends = match tokens.get(line).filter(|n| n.gap() != Gap::Blank) {
            Some(next) => reader.begins(last, *next) || reader.ends(start, last),
            None => true,
        };
        if ends {
            cut(&mut start, line);
        }
    }
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    tokens: &'t [Token],
    phrases: &'t Phrases,
    vocabulary: &'t Vocabulary,
}

impl Reader<'_> {
    fn list(self, i: usize, list: List) -> Option<i32> {
        let (value, next) = self.phrases.listed(self.tokens, self.vocabulary, i, list as u16)?;
        (next == i + 1).then_some(value)
    }

    // Whether the line that begins with `next`, after token `last`, begins a sentence.
    fn begins(self, last: usize, next: Token) -> bool {
        match next.kind() {
            TokenKind::Word if next.case() == Case::Lower => false,
            TokenKind::Word => self.list(last, List::Wrap).is_none() && !self.short(last),
            TokenKind::Digits => self.numbers(last + 1),
            TokenKind::Mark => {
                let bullet = [b'-', b'*', b'+', b'>', b'#', b'|', b'=', b'_', b'['];
                let marks = [mark::BULLET, mark::UNCHECKED, mark::CHECKED, mark::ARROW];
                bullet.iter().chain(&marks).any(|m| next.is_mark(*m))
            }
        }
    }

    // Whether token `i`, at the start of a line, is the number of an item, or a date.
    fn numbers(self, i: usize) -> bool {
        let Some(after) = self.tokens.get(i + 1) else { return true };
        if after.gap() != Gap::Glued {
            return after.is_word() && after.case() != Case::Lower && self.item(i);
        }
        let is = |n: usize, marks: &[u8]| {
            self.tokens.get(i + n).is_some_and(|t| marks.iter().any(|m| t.is_mark(*m)))
        };
        let item = is(1, &[b')', b'.', b'-', b':', mark::DEGREE])
            && self.tokens.get(i + 2).is_none_or(|t| t.gap() != Gap::Glued);
        let date = is(1, b"./-") && is(3, b"./-");
        (item || date) && self.tokens.get(i).is_some_and(|t| t.len() <= 4)
    }

    // "2 Jean" goes on with what the line before began; "2 Toux" after the end of a list item too.
    fn item(self, i: usize) -> bool {
        let before = i.checked_sub(1).and_then(|b| self.tokens.get(b));
        before.is_some_and(|b| b.is_mark(b':'))
    }

    // Whether the mark `i` ends the sentence that began at `start`.
    fn ends(self, start: usize, i: usize) -> bool {
        let Some(&t) = self.tokens.get(i) else { return false };
        let closes = [b')', b'"', b']'].iter().any(|m| t.is_mark(*m)) && t.gap() < Gap::Wide;
        // A closing mark belongs to the sentence before it.
        let stop = if closes && i > start { i - 1 } else { i };
        let Some(&s) = self.tokens.get(stop) else { return false };
        let strong = s.is_mark(b'!') || s.is_mark(b'?');
        if !strong && !s.is_mark(b'.') && !s.is_mark(mark::ELLIPSIS) {
            return false;
        }
        let Some(&next) = self.tokens.get(i + 1) else { return true };
        let again = [b'.', b'!', b'?', b')', b'"', b']', b',', b';'];
        if again.iter().any(|m| next.is_mark(*m)) && next.gap() < Gap::Line {
            // An opening quote after a blank begins the next sentence.
            return self.opens(i + 1) && next.gap() != Gap::Glued;
        }
        if closes {
            return next.case() != Case::Lower && next.gap() != Gap::Glued;
        }
        let before = stop.checked_sub(1).and_then(|b| self.tokens.get(b)).copied();
        match next.gap() {
            _ if strong => next.gap() != Gap::Glued || next.case() != Case::Lower,
            Gap::Glued => before.is_some_and(|b| glued(b, next)),
            _ if s.is_mark(mark::ELLIPSIS) => next.case() != Case::Lower,
            _ => !self.abbreviates(start, stop, before, next),
        }
    }

    // Whether token `i` is a quote that opens: "« Il va", not "» Il va".
    fn opens(self, i: usize) -> bool {
        let quote = self.tokens.get(i).is_some_and(|q| q.is_mark(b'"'));
        let glued = self.tokens.get(i + 1).is_some_and(|n| n.is_word() && n.gap() == Gap::Glued);
        quote && glued
    }

    // Whether the full stop after `before` ends a word and not the sentence.
    fn abbreviates(self, start: usize, stop: usize, before: Option<Token>, next: Token) -> bool {
        let Some(b) = before.filter(|b| stop > start && (b.is_word() || b.is_digits())) else {
            return false;
        };
        if b.is_digits() {
            // The number of an item.
            return b.len() <= 2 && (stop - 1 == start || b.begins_line());
        }
        let letter = b.len() == 1 && b.case() == Case::Upper;
        if let Some(kind) = self.list(stop - 1, List::Abbreviation)
            && (kind == 0 || !letter)
            && self.tokens.get(stop).is_some_and(|s| s.gap() == Gap::Glued)
        {
            // The unit after a number ends a sentence as any word does ("5 mm.").
            let unit = stop.checked_sub(2).and_then(|u| self.tokens.get(u));
            let unit = unit.is_some_and(|u| u.is_digits()) && b.case() == Case::Lower;
            return !unit && (kind == 0 || next.case() == Case::Lower && next.is_word());
        }
        self.initial(stop - 1, start, b, next)
    }

    // "J. Martin" but not "hépatite C. Le patient".
    fn initial(self, at: usize, start: usize, b: Token, next: Token) -> bool {
        if b.len() != 1 || b.case() == Case::Lower || next.case() == Case::Lower {
            return b.len() == 1 && next.case() == Case::Lower && next.is_word();
        }
        let before = at.checked_sub(1).filter(|_| at > start).and_then(|i| self.tokens.get(i));
        let noun = |w: &Token| w.case() == Case::Lower || at == start + 1;
        !before.is_some_and(|w| w.is_word() && w.len() >= 4 && noun(w))
    }

    // Whether token `i` is an abbreviation with its full stop at the end of a line ("Dr.⏎Martin").
    fn short(self, i: usize) -> bool {
        let word = match self.tokens.get(i) {
            Some(t) if t.is_mark(b'.') => i.checked_sub(1),
            Some(t) if t.is_mark(b',') => None,
            _ => return self.list(i, List::Abbreviation) == Some(0),
        };
        word.and_then(|w| self.list(w, List::Abbreviation)) == Some(0)
    }
}

// "fébrile.Patient": two words glued, not "E.Coli" nor "M.Martin".
fn glued(before: Token, next: Token) -> bool {
    before.is_word()
        && before.len() >= 4
        && before.case() == Case::Lower
        && next.is_word()
        && next.case() == Case::Capital
}

#[cfg(test)]
mod tests {
    use crate::{Engine, NoteContext, Workspace};

    #[test]
    fn cuts_where_a_reader_would() {
        let engine = Engine::embedded();
        for (text, expected) in [
            ("Vu par le Dr. Martin. Va bien.", vec!["Vu par le Dr. Martin.", "Va bien."]),
            (
                "Vu par M. J. Martin au CHU de\nNantes.",
                vec!["Vu par M. J. Martin au CHU de\nNantes."],
            ),
            ("HbA1c à 7.2 % ce jour", vec!["HbA1c à 7.2 % ce jour"]),
            ("Antécédents :\n- HTA\n- diabète", vec!["Antécédents :", "- HTA", "- diabète"]),
            ("douleur du\nmembre inférieur", vec!["douleur du\nmembre inférieur"]),
            ("Le bilan\n\nest normal", vec!["Le bilan", "est normal"]),
            ("Neutropénie fébrile.Patient vu.", vec!["Neutropénie fébrile.", "Patient vu."]),
            ("Contaminé à E.Coli? Oui.", vec!["Contaminé à E.Coli?", "Oui."]),
            ("1. Toux\n2. Fièvre", vec!["1. Toux", "2. Fièvre"]),
            ("Sorti le 10.10.2010 au matin", vec!["Sorti le 10.10.2010 au matin"]),
            ("Hépatite C. Le foie va bien.", vec!["Hépatite C.", "Le foie va bien."]),
            ("Lésion de 5 mm. Le reste va.", vec!["Lésion de 5 mm.", "Le reste va."]),
            ("Toux (?) depuis hier. ok", vec!["Toux (?) depuis hier.", "ok"]),
            ("Il dit « j'ai mal. » Puis part.", vec!["Il dit « j'ai mal. »", "Puis part."]),
            ("Douleur !Il part... Bien", vec!["Douleur !", "Il part...", "Bien"]),
            ("Boissons, tabac, etc. ce jour.", vec!["Boissons, tabac, etc. ce jour."]),
        ] {
            let mut work = Workspace::new();
            let note = engine.read(text, &NoteContext::default(), &[], &mut work);
            let got: Vec<_> = note.sentences().iter().filter_map(|s| s.of(text)).collect();
            assert_eq!(got, expected);
        }
    }
}
