//! Blind tokens: keyed hashes by which a sealed value can be found without being stored in clear.
//!
//! A name gives one token per prefix of 2 to 12 characters of each of its words, folded (lower
//! case, no accents, ligatures spelled out), so that `lef` finds *Lefèvre*. A longer query is cut to
//! 12: it may find more, never less. Dates of birth, INS and identifiers give one exact token each.
//! What a token gives away to one who reads the database without the key: that two rows share the
//! same folded prefix, and how often; not which.

use std::collections::BTreeSet;

use relu_record::{PartialDate, PatientIdentity, Sex};

use crate::key::{Secret, hex};

/// Shortest prefix that can be searched, in characters.
pub const MIN_PREFIX: usize = 2;
/// Longest prefix that is told apart, in characters.
pub const MAX_PREFIX: usize = 12;
/// Most tokens that one subject may have; the rest of a hostile name is left.
const MAX_TOKENS: usize = 400;

/// Something a document or a patient can be found by.
#[derive(Clone)]
pub enum Term {
    /// A name of a person, found by prefix of any of its words.
    Name(String),
    /// A date of birth.
    BirthDate(PartialDate),
    /// An INS, with its authority.
    Ins {
        /// The 15 characters.
        value: String,
        /// OID.
        oid: String,
    },
    /// An identifier of another system.
    Identifier {
        /// Authority.
        system: String,
        /// Value.
        value: String,
    },
    /// Birth name, first given name and date of birth together, and the sex when known.
    Traits {
        /// Surname at birth.
        birth_name: String,
        /// First given name at birth.
        first_name: String,
        /// Date of birth.
        birth_date: PartialDate,
        /// Sex.
        sex: Option<Sex>,
    },
}

impl std::fmt::Debug for Term {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Term::Name(_) => "Name([masqué])",
            Term::BirthDate(_) => "BirthDate([masqué])",
            Term::Ins { .. } => "Ins([masqué])",
            Term::Identifier { .. } => "Identifier([masqué])",
            Term::Traits { .. } => "Traits([masqué])",
        })
    }
}

/// Everything a patient can be found by: all names, date of birth, INS, identifiers, and the strict
/// traits with and without the sex.
pub fn terms_of(patient: &PatientIdentity) -> Vec<Term> {
    let names = [
        &patient.birth_name,
        &patient.first_name,
        &patient.birth_first_names,
        &patient.used_name,
        &patient.used_first_name,
    ];
    let mut terms: Vec<Term> =
        names.into_iter().flatten().map(|n| Term::Name(n.0.clone())).collect();
    terms.extend(patient.birth_date.as_ref().map(|d| Term::BirthDate(**d)));
    terms.extend(
        patient.ins.as_ref().map(|i| Term::Ins { value: i.value.0.clone(), oid: i.oid.clone() }),
    );
    terms.extend(
        patient
            .identifiers
            .iter()
            .map(|i| Term::Identifier { system: i.system.clone(), value: i.value.0.clone() }),
    );
    if let (Some(name), Some(first), Some(date)) =
        (&patient.birth_name, &patient.first_name, &patient.birth_date)
    {
        let traits = |sex| Term::Traits {
            birth_name: name.0.clone(),
            first_name: first.0.clone(),
            birth_date: **date,
            sex,
        };
        terms.push(traits(None));
        terms.extend(patient.sex.map(|s| traits(Some(s))));
    }
    terms
}

/// The tokens under which a term is stored.
pub(crate) fn stored_tokens(key: &Secret, terms: &[Term]) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for term in terms {
        match term {
            Term::Name(name) => out.extend(
                words(name).iter().flat_map(|w| prefixes(w)).map(|p| token(key, "name", &[&p])),
            ),
            other => out.extend(exact_token(key, other)),
        }
        if out.len() > MAX_TOKENS {
            break;
        }
    }
    out
}

/// The tokens that must all be there for a term to match; empty when the term can match nothing
/// (a query of one letter).
pub(crate) fn query_tokens(key: &Secret, term: &Term) -> Vec<String> {
    match term {
        Term::Name(query) => {
            query_words(query).iter().map(|w| token(key, "name", &[&cut(w, MAX_PREFIX)])).collect()
        }
        other => exact_token(key, other).into_iter().collect(),
    }
}

fn exact_token(key: &Secret, term: &Term) -> Option<String> {
    Some(match term {
        Term::Name(_) => return None,
        Term::BirthDate(date) => token(key, "birth-date", &[&date.to_string()]),
        Term::Ins { value, oid } => token(key, "ins", &[&squeeze(value), oid]),
        Term::Identifier { system, value } => token(key, "identifier", &[system, &squeeze(value)]),
        Term::Traits { birth_name, first_name, birth_date, sex } => {
            let sex = match sex {
                Some(Sex::F) => "F",
                Some(Sex::M) => "M",
                None => "",
            };
            let glue = |s: &str| fold(s).replace(' ', "");
            token(
                key,
                "traits",
                &[&glue(birth_name), &glue(first_name), &birth_date.to_string(), sex],
            )
        }
    })
}

/// The token of an exact code, such as a document type.
pub(crate) fn token(key: &Secret, kind: &str, parts: &[&str]) -> String {
    let mut bytes: Vec<&[u8]> = vec![kind.as_bytes()];
    bytes.extend(parts.iter().map(|p| p.as_bytes()));
    // 128 bits: two different values never meet by chance.
    hex(&key.mac(&bytes)[..16])
}

fn squeeze(value: &str) -> String {
    value.chars().filter(|c| !c.is_whitespace()).flat_map(char::to_uppercase).collect()
}

// The words of a stored name, and each compound also in one piece: `jeanpierre` finds Jean-Pierre.
fn words(name: &str) -> Vec<String> {
    let mut out = Vec::new();
    for chunk in name.split_whitespace() {
        let folded = fold(chunk);
        out.extend(folded.split(' ').filter(|w| !w.is_empty()).map(str::to_owned));
        if folded.contains(' ') {
            out.push(folded.replace(' ', ""));
        }
    }
    out
}

// A query asks for its words; single letters (the D of D'Angelo) are left out.
fn query_words(query: &str) -> Vec<String> {
    let folded = fold(query);
    folded.split(' ').filter(|w| w.chars().count() >= MIN_PREFIX).map(str::to_owned).collect()
}

fn prefixes(word: &str) -> impl Iterator<Item = String> + '_ {
    let n = word.chars().count().min(MAX_PREFIX);
    (MIN_PREFIX..=n).map(|k| cut(word, k))
}

fn cut(word: &str, n: usize) -> String {
    word.chars().take(n).collect()
}

/// Lower case without accents, ligatures spelled out, everything that is no letter or digit turned
/// into one space: `Lefèvre-Œuf d'Août` → `lefevre oeuf d aout`.
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => out.push_str(letters),
            None if c.is_alphanumeric() => out.push(c),
            // Combining marks belong to the letter before them.
            None if ('\u{300}'..='\u{36f}').contains(&c) => {}
            None if !out.ends_with(' ') && !out.is_empty() => out.push(' '),
            None => {}
        }
    }
    out.truncate(out.trim_end().len());
    out
}

// Latin letters with marks that names in French registers carry (Latin-1, Latin Extended-A,
// Vietnamese).
fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à'..='å' | 'ā' | 'ă' | 'ą' | 'ǎ' | '\u{1ea0}'..='\u{1eb7}' => "a",
        'æ' => "ae",
        'ç' | 'ć' | 'ĉ' | 'ċ' | 'č' => "c",
        'ď' | 'đ' | 'ð' => "d",
        'è'..='ë' | 'ē' | 'ĕ' | 'ė' | 'ę' | 'ě' | '\u{1eb8}'..='\u{1ec7}' => "e",
        'ĝ' | 'ğ' | 'ġ' | 'ģ' => "g",
        'ĥ' | 'ħ' => "h",
        'ì'..='ï' | 'ĩ' | 'ī' | 'ĭ' | 'į' | 'ı' | '\u{1ec8}'..='\u{1ecb}' => "i",
        'ĳ' => "ij",
        'ĵ' => "j",
        'ķ' => "k",
        'ĺ' | 'ļ' | 'ľ' | 'ŀ' | 'ł' => "l",
        'ñ' | 'ń' | 'ņ' | 'ň' => "n",
        'ò'..='ö' | 'ø' | 'ō' | 'ŏ' | 'ő' | 'ơ' | '\u{1ecc}'..='\u{1ee3}' => "o",
        'œ' => "oe",
        'ŕ' | 'ŗ' | 'ř' => "r",
        'ś' | 'ŝ' | 'ş' | 'š' | 'ș' => "s",
        'ß' => "ss",
        'ţ' | 'ť' | 'ŧ' | 'ț' => "t",
        'þ' => "th",
        'ù'..='ü' | 'ũ' | 'ū' | 'ŭ' | 'ů' | 'ű' | 'ų' | 'ư' | '\u{1ee4}'..='\u{1ef1}' => {
            "u"
        }
        'ŵ' => "w",
        'ý' | 'ÿ' | 'ŷ' | '\u{1ef2}'..='\u{1ef9}' => "y",
        'ź' | 'ż' | 'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        for (name, folded) in [
            ("LEFÈVRE", "lefevre"),
            ("Lefe\u{300}vre", "lefevre"),
            ("d’Œuf-Ÿsaÿe", "d oeuf ysaye"),
            ("  N'Guyễn  Đặng ", "n guyen dang"),
            ("Straße", "strasse"),
            ("İnci", "inci"),
            ("---", ""),
        ] {
            assert_eq!(fold(name), folded, "{name}");
        }
    }

    #[test]
    fn a_name_is_found_by_prefix_and_no_other() {
        let key = Secret::random().unwrap();
        let stored = stored_tokens(&key, &[Term::Name("Jean-Pierre LEFÈVRE D'ANGELO".into())]);
        let found = |q: &str| {
            let tokens = query_tokens(&key, &Term::Name(q.into()));
            !tokens.is_empty() && tokens.iter().all(|t| stored.contains(t))
        };
        for q in
            ["le", "lef", "LEFEVRE", "lefèvre jean", "jean-pi", "jeanpierre", "d'angelo", "angelo"]
        {
            assert!(found(q), "{q}");
        }
        for q in ["l", "", "efe", "lefevres", "lefevre paul", "xx"] {
            assert!(!found(q), "{q}");
        }
    }

    #[test]
    fn a_hostile_name_costs_little() {
        let key = Secret::random().unwrap();
        let long: Vec<Term> = (0..10_000).map(|i| Term::Name(format!("mot{i}xyzt"))).collect();
        assert!(stored_tokens(&key, &long).len() < MAX_TOKENS + 100);
    }
}
