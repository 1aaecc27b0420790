//! Who a text is about: what the key draws the shift of dates from.
//!
//! Names come first, because every document says them: those of the known identity, or in the text
//! those well supported as the patient's. Then the INS, a local number, names that are less sure, and
//! at last the id of the text. The birth date is left out: a document that does not say it would move
//! by other days than the rest. Nothing here leaves: only what the key makes of it.

use relu_record::Span;

use super::key::Key;
use super::names::{fold, words};
use crate::deidentify::{Identifier, Known, Label};

/// Who a text is about, under a key.
#[derive(Clone, Default)]
pub struct Person {
    pub(crate) id: [u8; 32],
    /// Known names, folded.
    pub(crate) names: Vec<(Vec<u8>, Label)>,
    /// Known birth dates: year, month, day.
    pub(crate) births: Vec<[u32; 3]>,
    /// Known postal code.
    pub(crate) zip: Option<String>,
}

impl std::fmt::Debug for Person {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Person")
    }
}

const DOMAIN: &str = "person";

impl Person {
    /// Nobody: for policies that need no key.
    pub fn nobody() -> Person {
        Person::default()
    }

    /// The person of a known identity; `None` when it holds neither number, nor names.
    pub fn of(known: &Known, key: &Key) -> Option<Person> {
        let number = |label: Label| {
            known.numbers().find(|(n, l)| *l == label && n.len() >= 4).map(|(n, _)| n)
        };
        let (mut family, given) = known.strict_names();
        family.sort_unstable();
        let given = given.and_then(|g| g.first()).copied();
        let id = match (given, number(Label::Secu), number(Label::Ipp)) {
            (Some(given), ..) if !family.is_empty() => by_name(key, &family.join(&b' '), &[given]),
            (_, Some(ins), _) => by_number(key, "ins", ins),
            (_, None, Some(ipp)) => by_number(key, "ipp", ipp),
            _ if family.is_empty() => return None,
            _ => by_name(key, &family.join(&b' '), &[]),
        };
        Some(Person { id, ..Person::nobody() }.knowing(known))
    }

    /// The person that a text of nobody known is about; `id` names the text when nothing else does.
    pub fn in_text(text: &str, found: &[Identifier], id: &str, key: &Key) -> Person {
        let number = |label: Label, least: usize| {
            found.iter().filter(|f| f.label == label).find_map(|f| {
                let n: String =
                    f.span.of(text)?.chars().filter(char::is_ascii_alphanumeric).collect();
                (n.len() >= least).then(|| n.to_ascii_lowercase())
            })
        };
        let named = patient(text, found);
        let sure = named.as_ref().filter(|n| n.score >= SUPPORTED);
        let id = if let Some(n) = sure {
            by_name(key, &n.family, &n.initial)
        } else if let Some(ins) = number(Label::Secu, 13) {
            by_number(key, "ins", &ins)
        } else if let Some(ipp) = number(Label::Ipp, 4) {
            by_number(key, "ipp", &ipp)
        } else if let Some(n) = named {
            by_name(key, &n.family, &n.initial)
        } else {
            key.draw(DOMAIN, &[b"text", id.as_bytes()]).id()
        };
        Person { id, ..Person::nobody() }
    }

    /// By all the rules: the known identity if it says who, else the text, else the id.
    pub fn settle(known: &Known, text: &str, found: &[Identifier], id: &str, key: &Key) -> Person {
        Person::of(known, key)
            .unwrap_or_else(|| Person::in_text(text, found, id, key).knowing(known))
    }

    fn knowing(mut self, known: &Known) -> Person {
        self.names = known.names().map(|(n, l)| (n.to_vec(), l)).collect();
        self.births = known.births().to_vec();
        self.zip = known.numbers().find(|(_, l)| *l == Label::Zip).map(|(n, _)| n.to_owned());
        self
    }
}

fn by_number(key: &Key, kind: &str, number: &str) -> [u8; 32] {
    // The two digits of the key of a social security number may be written or not.
    let head = if kind == "ins" { number.get(..13).unwrap_or(number) } else { number };
    key.draw(DOMAIN, &[kind.as_bytes(), head.as_bytes()]).id()
}

fn by_name(key: &Key, family: &[u8], initial: &[u8]) -> [u8; 32] {
    key.draw(DOMAIN, &[b"name", family, initial]).id()
}

// The names a text supports as the patient's: the words around them, and how often they stand.
struct Supported {
    family: Vec<u8>,
    initial: Vec<u8>,
    score: i32,
}

// A title or a word such as `patient` beside the name, or the birth date near it.
const SUPPORTED: i32 = 4;

// A mention of a person: neighbouring names.
struct Mention {
    span: Span,
    family: Vec<Vec<u8>>,
    given: Option<u8>,
    score: i32,
}

// The family name and the initial of the first name of whom the text seems to be about.
fn patient(text: &str, found: &[Identifier]) -> Option<Supported> {
    let mut mentions = mentions(text, found);
    for m in &mut mentions {
        m.score = score(text, found, m.span);
    }
    let best = mentions.iter().map(|m| {
        let same = mentions.iter().filter(|o| o.family == m.family);
        let sum: i32 = same.clone().map(|o| o.score).sum();
        (sum, m)
    });
    // The first of those with the best score.
    let (score, best) = best.reduce(|a, b| if b.0 > a.0 { b } else { a })?;
    if score <= 0 {
        return None;
    }
    let mut same = mentions.iter().filter(|o| o.family == best.family);
    let initial = best.given.or_else(|| same.find_map(|o| o.given));
    let family = best.family.join(&b' ');
    Some(Supported { family, initial: initial.into_iter().collect(), score })
}

fn mentions(text: &str, found: &[Identifier]) -> Vec<Mention> {
    let mut out: Vec<Mention> = Vec::new();
    for f in found.iter().filter(|f| f.label.is_name()) {
        let between = out.last().and_then(|m| text.get(m.span.end..f.span.start));
        let near =
            between.is_some_and(|b| b.len() <= 3 && !b.contains(|c: char| c.is_alphanumeric()));
        if !near {
            out.push(Mention { span: f.span, family: Vec::new(), given: None, score: 0 });
        }
        let Some(m) = out.last_mut() else { continue };
        m.span.end = f.span.end;
        for (_, word) in words(f.span.of(text).unwrap_or("")) {
            let folded = fold(word);
            if f.label == Label::Prenom {
                m.given = m.given.or_else(|| folded.first().copied());
            } else if folded.len() > 1 {
                m.family.push(folded);
            }
        }
    }
    for m in &mut out {
        m.family.sort_unstable();
    }
    out.retain(|m| !m.family.is_empty());
    out
}

// How much the words around a mention say that it is the patient.
fn score(text: &str, found: &[Identifier], span: Span) -> i32 {
    let mut from = span.start.saturating_sub(40);
    while !text.is_char_boundary(from) {
        from += 1;
    }
    let before = text.get(from..span.start).unwrap_or("");
    let line = before.rsplit('\n').next().unwrap_or("").to_lowercase();
    let has = |words: &[&str]| words.iter().any(|w| line.contains(w));
    let carer =
        ["dr", "pr", "docteur", "professeur", "interne", "ide ", "cher confr", "chère cons"];
    let mut score = 1;
    if line.split(|c: char| !c.is_alphabetic()).any(|w| carer.contains(&w))
        || has(&["docteur", "professeur"])
    {
        score -= 6;
    }
    if has(&["patient", "nom", "concerne", "monsieur", "madame", "mme", "mr ", "m. ", "enfant"]) {
        score += 3;
    }
    let born = |f: &Identifier| {
        f.label == Label::DateNaissance
            && (f.span.start.saturating_sub(span.end) < 80 && f.span.start >= span.end
                || span.start.saturating_sub(f.span.end) < 40 && f.span.end <= span.start)
    };
    if found.iter().any(born) {
        score += 5;
    }
    score
}
