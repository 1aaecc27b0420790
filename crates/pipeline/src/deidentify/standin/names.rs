//! Names of people: each word of a name has its stand-in, drawn from the key and the folded word
//! alone, so that a name is replaced alike wherever it stands, in whatever case, order or document.
//!
//! Data: `standins/names.toml` (parts of invented names by origin, with the signs of each origin) and
//! `standins/sexes/sexes.tsv` (first names with their usual sex, INSEE). A stand-in has the sex and the origin
//! of the word, about its length, and is never a name of the same document.

use std::collections::BTreeSet;

use serde::Deserialize;

use super::key::Key;
use crate::deidentify::Label;
use crate::deidentify::hash::{ROOM, hash};
use crate::deidentify::known::one_off;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    origin: Vec<Origin>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Origin {
    #[allow(dead_code)]
    name: String,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    begins: Vec<String>,
    ends: Vec<String>,
    surname: Parts,
    female: Parts,
    male: Parts,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    starts: Vec<String>,
    middles: Vec<String>,
    ends: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sex {
    Female,
    Male,
    Either,
}

/// The parts of names, read.
pub(crate) struct Names {
    origins: Vec<Origin>,
    // Hash of the folded first name, in order.
    sexes: Vec<(u32, Sex)>,
}

// Letters of a sign that tells the origin of a first name.
const FIRST_NAME_SIGN: usize = 4;

/// Small words of a name that stay as they are.
const PARTICLES: [&str; 27] = [
    "de", "du", "des", "d", "la", "le", "les", "l", "van", "von", "vom", "der", "den", "ter", "di",
    "da", "do", "dos", "das", "del", "della", "el", "al", "et", "ep", "epouse", "nee",
];

impl Names {
    pub(crate) fn shipped() -> Result<Names, String> {
        let file: File = toml::from_str(include_str!("../../../standins/names.toml"))
            .map_err(|e| format!("standins/names.toml : {}", e.message()))?;
        let lines = include_str!("../../../standins/sexes/sexes.tsv").lines();
        let mut sexes: Vec<(u32, Sex)> = lines
            .filter_map(|l| l.split_once('\t'))
            .map(|(name, sex)| {
                let sex = match sex {
                    "f" => Sex::Female,
                    "m" => Sex::Male,
                    _ => Sex::Either,
                };
                (hash(name.as_bytes()), sex)
            })
            .collect();
        sexes.sort_unstable();
        Ok(Names { origins: file.origin, sexes })
    }

    /// The stand-in of a folded word, with a capital, that is not among `taken`.
    pub(crate) fn of(&self, key: &Key, folded: &[u8], taken: &BTreeSet<Vec<u8>>) -> String {
        let Some(origin) = self.origin(folded) else { return String::new() };
        let first = |sex: Sex| if sex == Sex::Female { &origin.female } else { &origin.male };
        let parts = match self.sex(folded) {
            Some(Sex::Either) => {
                let odd = key.draw("name-sex", &[folded]).below(2) == 1;
                first(if odd { Sex::Female } else { Sex::Male })
            }
            Some(sex) => first(sex),
            None => &origin.surname,
        };
        let mut best: Option<(usize, String)> = None;
        let mut draw = key.draw("name", &[folded]);
        // The first of about the same length, else the nearest of a few; more only when all are taken.
        for turn in 0..64 {
            if best.as_ref().is_some_and(|(far, _)| *far <= 3 || turn >= 12) {
                break;
            }
            let made =
                [draw.pick(&parts.starts), draw.pick(&parts.middles), draw.pick(&parts.ends)]
                    .concat();
            let own = fold(&made);
            let far = own.len().abs_diff(folded.len());
            let near = own.starts_with(folded) || folded.starts_with(&own);
            if !near && !taken.contains(&own) && best.as_ref().is_none_or(|(b, _)| far < *b) {
                best = Some((far, made));
            }
        }
        best.map_or_else(String::new, |(_, made)| made)
    }

    /// A name for somebody of whom only `parts` are to be told apart.
    pub(crate) fn anybody(&self, key: &Key, domain: &str, parts: &[&[u8]]) -> String {
        let mut draw = key.draw(domain, parts);
        let Some(french) = self.origins.last() else { return String::new() };
        let parts = match domain {
            "given" if draw.below(2) == 0 => &french.female,
            "given" => &french.male,
            _ => &french.surname,
        };
        [draw.pick(&parts.starts), draw.pick(&parts.middles), draw.pick(&parts.ends)].concat()
    }

    fn sex(&self, folded: &[u8]) -> Option<Sex> {
        let key = hash(folded);
        let at = self.sexes.binary_search_by_key(&key, |(k, _)| *k).ok()?;
        self.sexes.get(at).map(|(_, sex)| *sex)
    }

    fn origin(&self, folded: &[u8]) -> Option<&Origin> {
        let word = std::str::from_utf8(folded).unwrap_or("");
        // The end of an ordinary first name says little: `Éric` is not a Breton family.
        let least = if self.sex(folded).is_some() { FIRST_NAME_SIGN } else { 1 };
        let long = |sign: &&String| sign.len() >= least && word.len() > sign.len();
        let signed = |o: &&Origin| {
            o.begins.iter().filter(long).any(|b| word.starts_with(b.as_str()))
                || o.ends.iter().filter(long).any(|e| word.ends_with(e.as_str()))
        };
        self.origins.iter().find(signed).or_else(|| self.origins.last())
    }
}

/// What the names of one document need.
pub(crate) struct Wording<'n> {
    pub(crate) names: &'n Names,
    pub(crate) key: &'n Key,
    /// Folded names of the document and of the known person.
    pub(crate) taken: &'n BTreeSet<Vec<u8>>,
    /// Known names, folded.
    pub(crate) known: &'n [(Vec<u8>, Label)],
    /// First names of the document, folded.
    pub(crate) given: &'n [Vec<u8>],
}

impl Wording<'_> {
    /// A written name with a stand-in for every word of it.
    pub(crate) fn rewrite(&self, written: &str) -> String {
        let mut out = String::with_capacity(written.len() + 8);
        let small = |w: &str| PARTICLES.contains(&String::from_utf8_lossy(&fold(w)).as_ref());
        let all: Vec<(usize, &str)> = words(written).collect();
        let only = all.iter().all(|(_, w)| small(w));
        let mut at = 0;
        for (start, word) in all {
            out.push_str(written.get(at..start).unwrap_or(""));
            at = start + word.len();
            let apostrophe = written.get(at..).is_some_and(|r| r.starts_with(['\'', '’']));
            let letters = word.chars().count();
            if small(word) && !only && (letters > 1 || apostrophe) {
                out.push_str(word);
                continue;
            }
            let point = written.get(at..).is_some_and(|r| r.starts_with('.'));
            if letters == 1 || letters <= 3 && point {
                out.push_str(&self.initial(word, letters));
            } else {
                out.push_str(&like(word, &self.word(&fold(word))));
            }
        }
        out.push_str(written.get(at..).unwrap_or(""));
        out
    }

    // The stand-in of a folded word: that of the known name it is a writing of, else its own.
    pub(crate) fn word(&self, folded: &[u8]) -> String {
        let of = |w: &[u8]| self.names.of(self.key, w, self.taken);
        if self.known.iter().any(|(n, _)| n == folded) {
            return of(folded);
        }
        let letters: Vec<u8> = folded.iter().map(|b| misread(*b)).collect();
        if letters.len() >= 5
            && let Some((n, _)) =
                self.known.iter().find(|(n, _)| n.len() >= 5 && one_off(n, &letters))
        {
            return of(n);
        }
        for (a, _) in &self.known.to_vec() {
            let rest = folded.strip_prefix(a.as_slice()).filter(|r| !r.is_empty());
            if let Some(rest) = rest.filter(|r| self.known.iter().any(|(b, _)| b == r)) {
                return format!("{}{}", of(a), of(rest).to_lowercase());
            }
        }
        of(folded)
    }

    // The first letters of the stand-in of the first name that those letters begin.
    fn initial(&self, letters: &str, count: usize) -> String {
        let folded = fold(letters);
        let known = self.known.iter().filter(|(_, l)| *l == Label::Prenom).map(|(n, _)| n);
        let whole = known.chain(self.given).find(|n| n.starts_with(&folded) && **n != folded);
        let made = match whole {
            Some(name) => self.word(name),
            None => self.names.anybody(self.key, "given", &[&folded]),
        };
        let cut: String = made.chars().take(count).collect();
        like(letters, &cut)
    }
}

/// The words of a written name with where they begin.
pub(crate) fn words(written: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = written.get(at..)?;
        let start = at + rest.find(|c: char| c.is_alphanumeric())?;
        let rest = written.get(start..)?;
        let end = start + rest.find(|c: char| !c.is_alphanumeric()).unwrap_or(rest.len());
        at = end;
        Some((start, written.get(start..end)?))
    })
}

/// A word, folded.
pub(crate) fn fold(word: &str) -> Vec<u8> {
    let mut folded = [0; ROOM];
    let n = relu_text::words::fold(word, &mut folded);
    folded.get(..n).unwrap_or_default().to_vec()
}

/// Whether a folded word is a particle of names.
pub(crate) fn is_particle(folded: &[u8]) -> bool {
    std::str::from_utf8(folded).is_ok_and(|w| PARTICLES.contains(&w))
}

/// `made` in the case of `written`.
pub(crate) fn like(written: &str, made: &str) -> String {
    let letters = written.chars().filter(|c| c.is_alphabetic());
    let (uppers, all) =
        letters.fold((0, 0), |(u, n), c| (u + usize::from(c.is_uppercase()), n + 1));
    if all > 0 && uppers == all && (all > 1 || made.chars().count() == 1) {
        made.to_uppercase()
    } else if uppers == 0 {
        made.to_lowercase()
    } else {
        made.to_owned()
    }
}

// The letter that a scanner reads as this digit.
fn misread(b: u8) -> u8 {
    match b {
        b'0' => b'o',
        b'1' => b'i',
        b'5' => b's',
        b'8' => b'b',
        b => b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sex_and_origin_are_kept() {
        let names = Names::shipped().unwrap();
        let origin = |w: &str| names.origin(&fold(w)).unwrap().name.clone();
        for (name, expected) in [
            ("KERMORVAN", "breton"),
            ("Benmansour", "maghreb"),
            ("Coulibaly", "west-african"),
            ("Fernandez", "iberian"),
            ("Martinelli", "italian"),
            ("Kowalski", "eastern"),
            ("Nguyen", "asian"),
            ("Moreau", "french"),
            ("Boucher", "french"),
            ("Perrin", "french"),
            ("Charpentier", "french"),
            ("Éric", "french"),
            ("Fernand", "french"),
            ("Mohamed", "maghreb"),
            ("Gwenaëlle", "breton"),
        ] {
            assert_eq!(origin(name), expected, "{name}");
        }
        let sex = |w: &str| names.sex(&fold(w));
        assert_eq!(sex("Françoise"), Some(Sex::Female));
        assert_eq!(sex("MOHAMED"), Some(Sex::Male));
        assert_eq!(sex("Dominique"), Some(Sex::Either));
        assert_eq!(sex("Moreau"), None);
    }

    #[test]
    fn a_stand_in_is_no_name_of_the_document() {
        let names = Names::shipped().unwrap();
        let key = Key::from_material(&[8; 32]).unwrap();
        let mut taken = BTreeSet::new();
        // Each stand-in given so far is a name of the document: the next is another.
        for _ in 0..20 {
            let made = names.of(&key, b"moreau", &taken);
            assert!(!made.is_empty() && taken.insert(fold(&made)), "{made}");
        }
    }
}
