//! What is known of the patient: every writing of it must go.
//!
//! Shape: [`Known::new`] takes fields with their values as a record holds them; [`Known::apply`]
//! finds them in the units of a text: names in any case, without accents, hyphenated or not, cut in
//! two lines, as an initial beside a known name, or with one letter misread (OCR); numbers however
//! they are spaced; the birth date in any order.

use relu_record::Span;
use relu_text::words::Gap;

use super::hash::{ROOM, hash, word_hash};
use super::units::{Kind, Unit};
use super::{Identifier, Label, Source};

/// What is known.
#[derive(Clone, Default)]
pub struct Known {
    names: Vec<Name>,
    numbers: Vec<(String, Label)>,
    // Year, month, day.
    births: Vec<[u32; 3]>,
    // Longer values: address, town, mail; their words.
    phrases: Vec<(Vec<u32>, Label)>,
}

#[derive(Clone)]
struct Name {
    word: u32,
    folded: Vec<u8>,
    label: Label,
    // From the name of birth, which stays through life.
    strict: bool,
}

/// What a field of the identity is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// A name, of that label.
    Name(Label),
    /// A number, of that label.
    Number(Label),
    /// A birth date, as `AAAA-MM-JJ`.
    Birth,
    /// Words that go together, under that label.
    Phrase(Label),
}

impl Field {
    /// What the field of that name in a record holds.
    pub fn named(key: &str) -> Field {
        let key = key.to_ascii_lowercase();
        let has = |words: &[&str]| words.iter().any(|w| key.contains(w));
        if has(&["first", "prenom", "given"]) {
            Field::Name(Label::Prenom)
        } else if has(&["place", "city", "town", "ville", "lieu"]) {
            Field::Phrase(Label::Ville)
        } else if has(&["birth_date", "birthdate", "naissance", "date"]) {
            Field::Birth
        } else if has(&["name", "nom", "family"]) {
            Field::Name(Label::Nom)
        } else if has(&["phone", "tel", "fax"]) {
            Field::Number(Label::Tel)
        } else if has(&["mail"]) {
            Field::Phrase(Label::Mail)
        } else if has(&["ins", "nir", "secu", "ssn", "value"]) && !has(&["insee"]) {
            Field::Number(Label::Secu)
        } else if has(&["zip", "postal"]) {
            Field::Number(Label::Zip)
        } else if has(&["nda", "visit", "stay"]) {
            Field::Number(Label::Nda)
        } else if has(&["ipp", "mrn", "id"]) {
            Field::Number(Label::Ipp)
        } else {
            Field::Phrase(Label::Adresse)
        }
    }
}

impl Known {
    /// Adds a value of the identity.
    pub fn add(&mut self, key: &str, value: &str) {
        match Field::named(key) {
            Field::Name(label) => {
                let strict = key.to_ascii_lowercase().contains("birth");
                for part in words(value).filter(|p| p.chars().count() > 1) {
                    let mut folded = [0; ROOM];
                    let n = relu_text::words::fold(part, &mut folded);
                    let folded = folded.get(..n).unwrap_or_default().to_vec();
                    self.names.push(Name { word: hash(&folded), folded, label, strict });
                }
            }
            Field::Number(label) => {
                let digits: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
                if digits.len() >= 4 {
                    self.numbers.push((digits.to_ascii_lowercase(), label));
                }
            }
            Field::Birth => {
                let parts: Vec<u32> = value.split('-').filter_map(|p| p.parse().ok()).collect();
                if let [y, m, d] = parts.as_slice() {
                    self.births.push([*y, *m, *d]);
                }
            }
            Field::Phrase(label) => {
                let words: Vec<u32> = words(value).map(word_hash).collect();
                if !words.is_empty() {
                    self.phrases.push((words, label));
                }
            }
        }
    }

    /// Whether nothing is known.
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
            && self.numbers.is_empty()
            && self.births.is_empty()
            && self.phrases.is_empty()
    }

    /// The names, folded, in the order they were added.
    pub(crate) fn names(&self) -> impl Iterator<Item = (&[u8], Label)> {
        self.names.iter().map(|n| (n.folded.as_slice(), n.label))
    }

    /// The words of the family name (that of birth where it is given) and the first first name.
    pub(crate) fn strict_names(&self) -> (Vec<&[u8]>, Option<&[u8]>) {
        let family = |strict: bool| {
            let own = self.names.iter().filter(move |n| n.label == Label::Nom);
            own.filter(move |n| n.strict || !strict).map(|n| n.folded.as_slice())
        };
        let strict: Vec<&[u8]> = family(true).collect();
        let given = self.names.iter().find(|n| n.label == Label::Prenom);
        (
            if strict.is_empty() { family(false).collect() } else { strict },
            given.map(|n| n.folded.as_slice()),
        )
    }

    /// The numbers, without blanks, in small letters.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = (&str, Label)> {
        self.numbers.iter().map(|(n, l)| (n.as_str(), *l))
    }

    /// The birth dates: year, month, day.
    pub(crate) fn births(&self) -> &[[u32; 3]] {
        &self.births
    }

    // Adds what is known to `found`, from `from` on; what lies over it gives way.
    pub(crate) fn apply(
        &self,
        text: &str,
        units: &[Unit],
        from: usize,
        found: &mut Vec<Identifier>,
    ) {
        if self.is_empty() {
            return;
        }
        let mut hits: Vec<(Span, Label)> = Vec::new();
        for (i, u) in units.iter().enumerate() {
            let here = Span::new(u.start as usize, u.end as usize);
            match u.kind {
                Kind::Word => {
                    if let Some(label) = self.name(text, u) {
                        hits.push((here, label));
                        self.initials(text, units, i, &mut hits);
                    }
                    hits.extend(self.phrase(text, units, i));
                }
                Kind::Number => {
                    hits.extend(self.number(text, units, i));
                    hits.extend(self.birth(text, here));
                    hits.extend(self.phrase(text, units, i));
                }
                Kind::Mark => {}
            }
        }
        for (span, label) in hits {
            let overlaps = |f: &Identifier| f.span.start < span.end && span.start < f.span.end;
            // What the tagger found and holds all of it is masked already.
            if found.iter().skip(from).any(|f| f.span.start <= span.start && f.span.end >= span.end)
            {
                continue;
            }
            let mut whole = span;
            let mut at = found.len();
            while at > from {
                at -= 1;
                if let Some(f) = found.get(at).filter(|f| overlaps(f)) {
                    whole = Span::new(whole.start.min(f.span.start), whole.end.max(f.span.end));
                    found.remove(at);
                }
            }
            found.push(Identifier { span: whole, label, certainty: 1.0, source: Source::Known });
        }
        if let Some(new) = found.get_mut(from..) {
            new.sort_by_key(|f| f.span.start);
        }
    }

    fn name(&self, text: &str, u: &Unit) -> Option<Label> {
        if let Some(n) = self.names.iter().find(|n| n.word == u.word) {
            return Some(n.label);
        }
        if u.length < 5 {
            return None;
        }
        let mut folded = [0; ROOM];
        let n = relu_text::words::fold(text.get(u.start as usize..u.end as usize)?, &mut folded);
        let word = folded.get(..n)?;
        // A name of two parts written as one, and one letter misread.
        self.names
            .iter()
            .find(|k| k.folded.len() >= 5 && one_off(&k.folded, word))
            .or_else(|| {
                self.names.iter().find(|a| {
                    word.strip_prefix(a.folded.as_slice())
                        .is_some_and(|rest| self.names.iter().any(|b| b.folded == rest))
                })
            })
            .map(|k| k.label)
    }

    // Initials of known first names beside a known name.
    fn initials(&self, text: &str, units: &[Unit], i: usize, hits: &mut Vec<(Span, Label)>) {
        let initial = |u: &Unit| {
            u.kind == Kind::Word
                && u.length == 1
                && self.names.iter().any(|n| {
                    n.label == Label::Prenom
                        && text.as_bytes().get(u.start as usize).map(u8::to_ascii_lowercase)
                            == n.folded.first().copied()
                })
        };
        for at in [i.wrapping_sub(1), i.wrapping_sub(2), i + 1] {
            if let Some(u) = units.get(at).filter(|u| initial(u))
                && units.get(at.min(i) + 1).is_some_and(|n| n.gap <= Gap::Line)
            {
                hits.push((Span::new(u.start as usize, u.end as usize), Label::Prenom));
            }
        }
    }

    // A known number that begins here, over at most eight units with nothing but blanks and
    // separators between.
    fn number(&self, text: &str, units: &[Unit], i: usize) -> Option<(Span, Label)> {
        let start = units.get(i)?.start as usize;
        for (number, label) in &self.numbers {
            let mut rest = number.as_str();
            for u in units.iter().skip(i).take(16) {
                let part = text.get(u.start as usize..u.end as usize)?;
                if u.kind == Kind::Mark {
                    continue;
                }
                let part: String = part.chars().filter(char::is_ascii_alphanumeric).collect();
                let Some(after) = rest.strip_prefix(part.to_ascii_lowercase().as_str()) else {
                    // The key of a social security number may follow.
                    break;
                };
                rest = after;
                if rest.is_empty() || *label == Label::Secu && rest.len() == 2 {
                    return Some((Span::new(start, u.end as usize), *label));
                }
            }
        }
        None
    }

    fn birth(&self, text: &str, span: Span) -> Option<(Span, Label)> {
        let words = text.get(span.start..span.end)?;
        let digits: String = words.chars().filter(char::is_ascii_digit).collect();
        let same = self.births.iter().any(|[y, m, d]| {
            let yy = y % 100;
            digits == format!("{d:02}{m:02}{y}")
                || digits == format!("{d}{m}{y}")
                || digits == format!("{d:02}{m:02}{yy:02}")
                || digits == format!("{y}{m:02}{d:02}")
                // The month in letters.
                || digits == format!("{d}{y}") || digits == format!("{d:02}{y}")
        });
        (same && digits.len() >= 5).then_some((span, Label::DateNaissance))
    }

    fn phrase(&self, text: &str, units: &[Unit], i: usize) -> Option<(Span, Label)> {
        let first = units.get(i)?;
        for (words, label) in &self.phrases {
            let mut wanted = words.iter();
            let mut end = None;
            for u in units.iter().skip(i).take(words.len() * 2 + 4) {
                if u.kind == Kind::Mark {
                    continue;
                }
                let words = text.get(u.start as usize..u.end as usize).unwrap_or("");
                let word = if u.kind == Kind::Word { u.word } else { word_hash(words) };
                match wanted.next() {
                    Some(w) if *w == word => end = Some(u.end as usize),
                    Some(_) => {
                        end = None;
                        break;
                    }
                    None => break,
                }
            }
            if let Some(end) = end.filter(|_| wanted.next().is_none()) {
                return Some((Span::new(first.start as usize, end), *label));
            }
        }
        None
    }
}

fn words(value: &str) -> impl Iterator<Item = &str> {
    value.split(|c: char| !c.is_alphanumeric()).filter(|p| !p.is_empty())
}

// Whether one letter was changed, added or lost.
pub(crate) fn one_off(a: &[u8], b: &[u8]) -> bool {
    if a.len().abs_diff(b.len()) > 1 {
        return false;
    }
    let same = a.iter().zip(b).take_while(|(x, y)| x == y).count();
    let (ra, rb) = (a.get(same..).unwrap_or_default(), b.get(same..).unwrap_or_default());
    ra.get(1..) == rb.get(1..) || ra.get(1..) == Some(rb) || Some(ra) == rb.get(1..)
}
