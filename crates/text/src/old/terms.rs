//! One automaton over every term of the lexicons and every cue of the rules.
//!
//! Terms are written as a person writes them; they are folded as the text is ([`crate::key`]), a
//! hyphen also matches a space, and, where asked, the regular plural is added. All overlapping
//! occurrences are found, those inside a longer word are dropped, and each user of the matcher
//! chooses among the rest ([`longest`]).

use std::collections::BTreeMap;

use daachorse::{DoubleArrayAhoCorasick, DoubleArrayAhoCorasickBuilder};

/// What a term stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Meaning {
    /// Entry of the lexicon list.
    Lexeme(u32),
    /// Cue of the context rules.
    Cue(u32),
    /// Name of a measured thing.
    Measure(u32),
}

/// An occurrence, in bytes of the folded text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hit {
    pub(crate) start: usize,
    pub(crate) end: usize,
    pub(crate) meaning: Meaning,
}

/// Terms collected before they are compiled.
#[derive(Default)]
pub(crate) struct TermList(BTreeMap<String, Vec<Meaning>>);

impl TermList {
    /// Adds a term, with its regular plural when `plural`.
    pub(crate) fn add(&mut self, term: &str, meaning: Meaning, plural: bool) {
        let term = crate::key(term);
        if term.is_empty() {
            return;
        }
        let mut forms = vec![term.clone()];
        if term.contains('-') {
            forms.push(term.replace('-', " "));
        }
        if plural {
            let plurals: Vec<String> = forms.iter().flat_map(|f| pluralised(f)).collect();
            forms.extend(plurals);
        }
        for form in forms {
            let meanings = self.0.entry(form).or_default();
            if !meanings.contains(&meaning) {
                meanings.push(meaning);
            }
        }
    }

    /// The automaton over the terms so far.
    pub(crate) fn compile(self) -> Matcher {
        let (patterns, meanings): (Vec<String>, Vec<Vec<Meaning>>) = self.0.into_iter().unzip();
        let automaton = DoubleArrayAhoCorasickBuilder::new().build(&patterns).ok();
        Matcher { automaton, meanings }
    }
}

// The regular plural of every word, of the first and of the last; small words and words that cannot
// take an s stay.
fn pluralised(term: &str) -> Vec<String> {
    let plural = |w: &str| {
        let small = w.len() <= 2
            || ["des", "les", "par", "avec", "sans", "aux", "sur", "type"].contains(&w)
            || w.contains('\'')
            || w.bytes().any(|b| b.is_ascii_digit());
        match w {
            _ if small || w.ends_with(['s', 'x', 'z']) => w.to_owned(),
            _ if w.ends_with("al") && w.len() > 4 => format!("{}aux", &w[..w.len() - 2]),
            _ if w.ends_with("eau") => format!("{w}x"),
            _ => format!("{w}s"),
        }
    };
    let words: Vec<&str> = term.split(' ').collect();
    let form = |chosen: &dyn Fn(usize) -> bool| {
        let each = words.iter().enumerate();
        let spelt: Vec<String> =
            each.map(|(i, w)| if chosen(i) { plural(w) } else { (*w).to_owned() }).collect();
        spelt.join(" ")
    };
    vec![form(&|_| true), form(&|i| i == 0), form(&|i| i + 1 == words.len())]
}

/// The compiled terms.
pub(crate) struct Matcher {
    // `None` only when there is no term, or one the automaton refuses; the rule tests would see it.
    automaton: Option<DoubleArrayAhoCorasick<u32>>,
    meanings: Vec<Vec<Meaning>>,
}

impl Matcher {
    /// Every occurrence that stands between word boundaries, by start, longest first.
    pub(crate) fn find(&self, folded: &str) -> Vec<Hit> {
        let Some(automaton) = &self.automaton else { return Vec::new() };
        let mut hits = Vec::new();
        for m in automaton.find_overlapping_iter(folded) {
            let (start, end) = (m.start(), m.end());
            if !is_word_edge(folded, start) || !is_word_edge(folded, end) {
                continue;
            }
            let meanings = self.meanings.get(m.value() as usize).into_iter().flatten();
            hits.extend(meanings.map(|&meaning| Hit { start, end, meaning }));
        }
        hits.sort_by_key(|h| (h.start, std::cmp::Reverse(h.end), h.meaning));
        hits
    }

    /// Number of terms.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        if self.automaton.is_some() { self.meanings.len() } else { 0 }
    }
}

/// Whether byte `at` does not lie inside a word (letters and digits on both sides).
pub(crate) fn is_word_edge(text: &str, at: usize) -> bool {
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    let after = text.get(at..).and_then(|t| t.chars().next());
    match (before, after) {
        (Some(b), Some(a)) => !(b.is_alphanumeric() && a.is_alphanumeric()),
        _ => true,
    }
}

/// Of hits sorted by start and longest first, those that do not lie over an earlier kept one.
pub(crate) fn longest(hits: impl Iterator<Item = Hit>) -> Vec<Hit> {
    let mut kept: Vec<Hit> = Vec::new();
    for h in hits {
        if kept.last().is_none_or(|k| k.end <= h.start) {
            kept.push(h);
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_whole_words_in_every_regular_form() {
        let mut list = TermList::default();
        list.add("anti-inflammatoire", Meaning::Lexeme(0), true);
        list.add("HTA", Meaning::Lexeme(1), false);
        list.add("douleur abdominale", Meaning::Lexeme(2), true);
        let matcher = list.compile();
        let found = |t: &str| matcher.find(crate::fold(t).text()).len();
        assert!(matcher.len() >= 6);
        for (text, n) in [
            ("Anti inflammatoires", 1),
            ("d'HTA.", 1),
            ("ahta htab", 0),
            ("Douleurs abdominales, HTA", 2),
            ("douleurs abdominale", 1),
        ] {
            assert_eq!(found(text), n, "{text}");
        }
    }
}
