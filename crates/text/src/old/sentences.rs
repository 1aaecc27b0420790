//! Sentences: where a statement ends, so that a cue does not reach into the next one.
//!
//! A sentence ends at `.`, `!` or `?` before white space (not after an abbreviation or an initial),
//! at a full stop glued to a capitalised word, at a blank line, and at a line that begins like a new
//! one (capital, bullet, number). A line that goes on in lower case is the same sentence wrapped.

use relu_record::Span;

// Words after which a full stop ends nothing; compared folded.
const ABBREVIATIONS: &[&str] = &[
    "dr", "pr", "m", "mm", "mr", "mme", "mmes", "mlle", "cf", "ex", "env", "etc", "art", "fig",
    "av", "bd", "st", "ste", "tel", "nb", "no", "p", "pp", "vol", "min", "max", "inf", "sup",
    "ant", "post", "gche", "dte", "hab", "chir", "prof", "cons", "hosp", "serv", "ref", "resp",
    "clin",
];

/// The sentences of `text`, in order, trimmed, not overlapping.
pub(crate) fn sentences(text: &str) -> Vec<Span> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        let rest = text.get(next..).unwrap_or("");
        let ends = match c {
            '!' | '?' => rest.is_empty() || rest.starts_with(char::is_whitespace),
            '.' => ends_at_stop(text.get(start..at).unwrap_or(""), rest),
            '\n' => starts_anew(rest),
            _ => false,
        };
        if ends {
            push(text, start, next, &mut found);
            start = next;
        }
    }
    push(text, start, text.len(), &mut found);
    found
}

fn push(text: &str, start: usize, end: usize, found: &mut Vec<Span>) {
    let Some(piece) = text.get(start..end) else { return };
    let lead = piece.len() - piece.trim_start().len();
    let kept = piece.trim();
    if !kept.is_empty() {
        found.push(Span::new(start + lead, start + lead + kept.len()));
    }
}

fn ends_at_stop(before: &str, rest: &str) -> bool {
    let word = before.rsplit(|c: char| !c.is_alphanumeric()).next().unwrap_or("");
    if rest.is_empty() {
        return true;
    }
    if rest.starts_with(char::is_whitespace) {
        let initial = word.chars().count() == 1 && word.chars().all(char::is_uppercase);
        // A number and a full stop at the start of a line number an item.
        let item = before.rsplit('\n').next().is_some_and(|l| {
            let l = l.trim();
            !l.is_empty() && l.len() <= 2 && l.bytes().all(|b| b.is_ascii_digit())
        });
        return !initial && !item && !ABBREVIATIONS.contains(&crate::key(word).as_str());
    }
    // "fébrile.Patient": two words glued, not "E.Coli" nor "M.Martin".
    let mut after = rest.chars();
    word.chars().count() >= 4
        && word.chars().all(char::is_lowercase)
        && after.next().is_some_and(char::is_uppercase)
        && after.next().is_some_and(char::is_lowercase)
}

fn starts_anew(rest: &str) -> bool {
    let line = rest.split('\n').next().unwrap_or("").trim_start();
    match line.chars().next() {
        None => true,
        Some(c) => c.is_uppercase() || c.is_ascii_digit() || "-•*·–—>+▪■□☐☒(|¦".contains(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_where_a_reader_would() {
        for (text, expected) in [
            ("Vu par le Dr. Martin. Va bien.", vec!["Vu par le Dr. Martin.", "Va bien."]),
            ("HbA1c à 7.2 % ce jour", vec!["HbA1c à 7.2 % ce jour"]),
            ("Antécédents :\n- HTA\n- diabète", vec!["Antécédents :", "- HTA", "- diabète"]),
            ("douleur du\nmembre inférieur", vec!["douleur du\nmembre inférieur"]),
            (
                "Neutropénie fébrile.Patient traité.",
                vec!["Neutropénie fébrile.", "Patient traité."],
            ),
            ("Contaminé à E.Coli? Oui.", vec!["Contaminé à E.Coli?", "Oui."]),
            ("1. Toux\n2. Fièvre", vec!["1. Toux", "2. Fièvre"]),
        ] {
            let got: Vec<_> = sentences(text).into_iter().filter_map(|s| s.of(text)).collect();
            assert_eq!(got, expected);
        }
    }
}
