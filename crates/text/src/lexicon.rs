//! Lexicons: lists of terms with a label and a code, one folder each under `lexicons/`, with a
//! `manifest.toml` that names publisher, version, date, licence and hash.
//!
//! Shape of the TSV: `display`, `code`, `kind`, `status`, `terms` (separated by `;`), one header
//! line. An all-capital term of at most five characters is an acronym and only matches capitals.
//! Plurals and feminines are not listed: the vocabulary makes them.

use crate::compile::{Builder, Origin, RuleError};
use crate::phrases::{Meaning, Print};

/// Label and terminology of each lexicon, by name.
pub(crate) const LEXICONS: [(&str, &str, &str); 11] = [
    ("drugs", "drug", "atc"),
    ("atc", "drug", "atc"),
    ("behaviours", "behaviour", "cim10"),
    ("disorders", "disorder", "cim10"),
    ("symptoms", "symptom", "cim10"),
    ("body_parts", "body_part", ""),
    ("procedures", "procedure", ""),
    ("cim10", "disorder", "cim10"),
    ("devices", "device", ""),
    ("vaccines", "vaccine", "atc"),
    // Words that only look like a term: no label, and no term is read inside them.
    ("lookalikes", "", ""),
];

/// Reads a lexicon.
pub(crate) fn compile(name: &str, table: &str, b: &mut Builder) -> Result<(), RuleError> {
    let Some((_, label, system)) = LEXICONS.iter().find(|(n, ..)| *n == name) else {
        return Err(RuleError::new(name, "lexique inconnu"));
    };
    let (label_s, system_s) = (b.str(label), b.str(system));
    let rule = format!("lexicon/{name}");
    if !b.keeps(&rule) {
        return Ok(());
    }
    let rule = b.str(&rule);
    for line in table.lines().skip(1) {
        let mut cells = line.split('\t');
        let mut cell = || cells.next().unwrap_or("");
        let (display, code, kind, status, terms) = (cell(), cell(), cell(), cell(), cell());
        let thing = matches!(*label, "body_part" | "device");
        let origin = Origin {
            plain: thing && !terms.split(';').any(|t| ends_with_accent(t.trim())),
            label: label_s,
            kind: b.str(kind),
            status: b.str(status),
            system: if code.is_empty() { Default::default() } else { system_s },
            code: b.str(code),
            display: b.str(display),
            rule,
            ..Origin::default()
        };
        let meaning = Meaning::Lexeme(b.origin(origin).0);
        for term in terms.split(';').filter(|t| !t.trim().is_empty()) {
            let acronym = is_acronym(term);
            let print = if acronym { Print::Capitals } else { Print::Any };
            b.term(term, meaning, print, !acronym && *label != "drug");
        }
    }
    Ok(())
}

/// Whether a word is printed with the ending of a participle.
pub(crate) fn ends_with_accent(word: &str) -> bool {
    let stem = word.trim_end_matches(['s', 'S']);
    let stem = stem.strip_suffix(['e', 'E']).unwrap_or(stem);
    stem.ends_with(['é', 'É'])
}

pub(crate) fn is_acronym(term: &str) -> bool {
    term.chars().count() <= 5
        && term.chars().any(char::is_alphabetic)
        && !term.chars().any(char::is_lowercase)
}
