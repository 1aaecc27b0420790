//! Stand-ins: what is written in the place of an identifier under a policy and a key.
//!
//! Shape: [`Rewriter::replacements`] gives, for the identifiers of a text and the [`Person`] it is
//! about, what stands in the place of each; [`rewrite`] writes the text and says where the marks and
//! stand-ins lie in it, so that a second reading exempts exactly those. A stand-in is drawn by
//! HMAC-SHA-256 from the key and the folded words: the same one in every document, another one under
//! another key. What cannot be replaced plausibly (a date of no calendar) becomes its mark.
//!
//! Units: bytes of the text. Errors: a policy that needs a key and gets none.

mod dates;
mod key;
mod names;
mod numbers;
mod person;
mod places;

use std::collections::{BTreeMap, BTreeSet};

use relu_record::Span;

use super::policy::{Action, Policy, PolicyError, Shift};
use super::{Identifier, Known, Label};

pub use key::Key;
pub use person::Person;

pub(crate) use names::{fold, is_particle, words};

use names::{Names, Wording};
use places::Places;

/// What is written in the place of an identifier.
#[derive(Clone, PartialEq, Eq)]
pub struct Replacement {
    /// Where, in the text as it came.
    pub span: Span,
    /// What was there.
    pub label: Label,
    /// What is written: a mark, a stand-in, nothing.
    pub with: String,
    /// Whether it is drawn or derived, and not the mark of its kind.
    pub stand_in: bool,
}

impl std::fmt::Debug for Replacement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Replacement({:?}, {:?})", self.span, self.label)
    }
}

/// Replaces identifiers under a policy.
pub struct Rewriter<'p> {
    policy: &'p Policy,
    key: Option<&'p Key>,
    names: Names,
    places: Places,
}

impl<'p> Rewriter<'p> {
    /// With the shipped parts of names. `Err` when the policy draws from a key and there is none.
    pub fn new(policy: &'p Policy, key: Option<&'p Key>) -> Result<Rewriter<'p>, PolicyError> {
        if policy.needs_key() && key.is_none() {
            return Err(PolicyError(format!(
                "politique {} : elle remplace par des données tirées d'une clé ; donnez le fichier \
                 de la clé",
                policy.name
            )));
        }
        Ok(Rewriter {
            policy,
            key,
            names: Names::shipped().map_err(PolicyError)?,
            places: Places::shipped().map_err(PolicyError)?,
        })
    }

    /// The policy.
    pub fn policy(&self) -> &'p Policy {
        self.policy
    }

    /// By how many days the dates of a person move; 0 when the policy moves none.
    pub fn shift(&self, person: &Person) -> i32 {
        match (&self.policy.shift, self.key) {
            (Some(shift), Some(key)) => days(shift, key, person),
            _ => 0,
        }
    }

    /// What stands in the place of each identifier, in order. `found` is in order and without
    /// overlap, as a reading gives it.
    pub fn replacements(
        &self,
        text: &str,
        found: &[Identifier],
        person: &Person,
    ) -> Vec<Replacement> {
        let document = Document::of(text, found, person, self.shift(person));
        let mut out: Vec<Replacement> = Vec::with_capacity(found.len());
        for f in found {
            let Some(written) = f.span.of(text) else { continue };
            let mut action = self.policy.action(f.label);
            // A birth date that the context took for another date.
            if f.label == Label::Date && person.births.iter().any(|b| dates::is_day(written, *b)) {
                action = self.policy.action(Label::DateNaissance);
            }
            let after = text.get(f.span.end..).unwrap_or("");
            let with = match action {
                Action::Keep => continue,
                Action::Remove => Some(String::new()),
                Action::Mask => None,
                Action::StandIn => self.stand_in(f.label, written, &document, person),
                Action::Shift => dates::moved(written, document.days, document.year),
                Action::Year => dates::year_of(written),
                Action::Department => department(written),
                Action::AgeBand if after.starts_with(" ou plus") => continue,
                Action::AgeBand => {
                    Some(format!("{} ans ou plus", self.policy.age_cap.saturating_add(1)))
                }
            };
            let stand_in = with.is_some();
            let with = with.unwrap_or_else(|| format!("[{}]", f.label.name()));
            // Neighbours under one mark that only blanks part become one.
            let joined = out.last_mut().filter(|last| {
                !stand_in
                    && !last.stand_in
                    && last.label == f.label
                    && text.get(last.span.end..f.span.start).is_some_and(|b| b.trim().is_empty())
            });
            match joined {
                Some(last) => last.span = Span::new(last.span.start, f.span.end),
                None => out.push(Replacement { span: f.span, label: f.label, with, stand_in }),
            }
        }
        out
    }

    /// What the identity elements of a structured header become, by what they are: a value, or one of
    /// the words that `relu_formats::mask::HeaderPolicy` understands (`=year`, `=keep`, `=remove`).
    /// What is not told here gets the mark of the format.
    pub fn header_values(&self, known: &Known, person: &Person) -> BTreeMap<String, String> {
        let mut out = BTreeMap::new();
        for what in self.policy.header.keys() {
            let value = match self.policy.header_action(what) {
                Action::Mask | Action::Shift | Action::AgeBand => continue,
                Action::Keep => Some("=keep".to_owned()),
                Action::Remove => Some("=remove".to_owned()),
                Action::Year => Some("=year".to_owned()),
                Action::Department => person.zip.as_deref().and_then(department),
                Action::StandIn => self.header(what, known, person),
            };
            out.extend(value.filter(|v| !v.is_empty()).map(|v| (what.clone(), v)));
        }
        out
    }

    fn header(&self, what: &str, known: &Known, person: &Person) -> Option<String> {
        let key = self.key?;
        let taken: BTreeSet<Vec<u8>> = known.names().map(|(n, _)| n.to_vec()).collect();
        let own = |label: Label| {
            let (family, given) = known.strict_names();
            let words = if label == Label::Nom { family } else { given.into_iter().collect() };
            let made: Vec<String> = words.iter().map(|w| self.names.of(key, w, &taken)).collect();
            made.join(" ")
        };
        let number = |label: Label, shape: &str| {
            let known = known.numbers().find(|(_, l)| *l == label).map(|(n, _)| n);
            numbers::stand_in(key, label, known.unwrap_or(shape))
        };
        let id = person.id.as_slice();
        let anybody = |domain: &str| self.names.anybody(key, domain, &[what.as_bytes(), id]);
        Some(match what {
            "family-name" => own(Label::Nom).to_uppercase(),
            "given-name" => own(Label::Prenom),
            "relative-name" | "professional-family-name" => anybody("family").to_uppercase(),
            "professional-given-name" => anybody("given"),
            "city" => self.places.town(key, &String::from_utf8_lossy(id)),
            "organization-name" => {
                format!("Hôpital de {}", self.places.town(key, "organisation"))
            }
            "address" => self.places.address(key, &format!("1 {}", String::from_utf8_lossy(id))),
            "house-number" => (1 + key.draw("house", &[id]).below(180)).to_string(),
            "visit-id" => number(Label::Nda, "000000000"),
            "patient-id" | "relative-id" => number(Label::Ipp, "0000000000"),
            "professional-id" => number(Label::Rpps, "00000000000"),
            "organization-id" => number(Label::Finess, "000000000"),
            "telecom" => "=telecom".to_owned(),
            _ => return None,
        })
    }

    fn stand_in(
        &self,
        label: Label,
        written: &str,
        document: &Document,
        person: &Person,
    ) -> Option<String> {
        let key = self.key?;
        let made = match label {
            Label::Nom | Label::Prenom => {
                let wording = Wording {
                    names: &self.names,
                    key,
                    taken: &document.names,
                    known: &person.names,
                    given: &document.given,
                };
                wording.rewrite(written)
            }
            Label::Ville => self.places.town(key, written),
            Label::Adresse => self.places.address(key, written),
            Label::Hopital => self.places.hospital(key, written),
            Label::Date | Label::DateNaissance | Label::Zip | Label::Age => return None,
            _ => numbers::stand_in(key, label, written),
        };
        (!made.is_empty()).then_some(made)
    }
}

// What the replacements of one text share.
struct Document {
    names: BTreeSet<Vec<u8>>,
    given: Vec<Vec<u8>>,
    days: i32,
    // The year that dates without year are read in.
    year: u16,
}

impl Document {
    fn of(text: &str, found: &[Identifier], person: &Person, days: i32) -> Document {
        let mut names: BTreeSet<Vec<u8>> = person.names.iter().map(|(n, _)| n.clone()).collect();
        let mut given = Vec::new();
        let mut year = None;
        for f in found {
            let Some(written) = f.span.of(text) else { continue };
            if f.label.is_name() {
                for (_, word) in words(written) {
                    let folded = fold(word);
                    if f.label == Label::Prenom && folded.len() > 3 {
                        given.push(folded.clone());
                    }
                    names.insert(folded);
                }
            } else if f.label == Label::Date && year.is_none() {
                year = dates::read(written).filter(|d| !d.is_short()).and_then(|d| d.year);
            }
        }
        Document { names, given, days, year: year.unwrap_or(dates::USUAL_YEAR) }
    }
}

// The shift of a person: whole days between the bounds, never 0.
fn days(shift: &Shift, key: &Key, person: &Person) -> i32 {
    let zero = (shift.from..=shift.to).contains(&0);
    let choices = shift.to.saturating_sub(shift.from).saturating_add(1) - i32::from(zero);
    let drawn = key.draw("date-shift", &[&person.id]).below(usize::try_from(choices).unwrap_or(0));
    let days = shift.from.saturating_add(i32::try_from(drawn).unwrap_or(0));
    // Past the hole at 0.
    if zero && days >= 0 { days + 1 } else { days }
}

// The postal code of the department: `75015` is `75000`, `2A271` is `2A000`, `97411` is `97400`.
fn department(written: &str) -> Option<String> {
    let plain: String = written.chars().filter(char::is_ascii_alphanumeric).collect();
    if plain.len() != 5 {
        return None;
    }
    let keep = if plain.starts_with("97") || plain.starts_with("98") { 3 } else { 2 };
    let mut seen = 0;
    let put = |c: char| {
        if !c.is_ascii_alphanumeric() {
            return c;
        }
        seen += 1;
        if seen <= keep { c } else { '0' }
    };
    Some(written.chars().map(put).collect())
}

/// A text with its identifiers replaced.
#[derive(Clone, PartialEq, Eq)]
pub struct Rewritten {
    /// The text.
    pub text: String,
    /// The marks and stand-ins in it, in order.
    pub spans: Vec<Span>,
}

impl std::fmt::Debug for Rewritten {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rewritten({} bytes, {} spans)", self.text.len(), self.spans.len())
    }
}

/// `text` with its replacements, which are in order and without overlap.
pub fn rewrite(text: &str, replacements: &[Replacement]) -> Rewritten {
    Rewritten { text: text.to_owned(), spans: Vec::new() }.rewrite(replacements)
}

impl Rewritten {
    /// With more replacements, which touch none of the spans; the spans move with the text.
    pub fn rewrite(&self, replacements: &[Replacement]) -> Rewritten {
        let text = &self.text;
        let mut out = Rewritten { text: String::with_capacity(text.len()), spans: Vec::new() };
        let mut old = self.spans.iter().peekable();
        let mut at = 0;
        for r in replacements {
            out.keep(text, at, r.span.start, &mut old);
            let start = out.text.len();
            out.text.push_str(&r.with);
            if out.text.len() > start {
                out.spans.push(Span::new(start, out.text.len()));
            }
            at = r.span.end.max(at);
        }
        out.keep(text, at, text.len(), &mut old);
        out
    }

    // Takes over `text` from `at` to `end` with the spans that lie there.
    fn keep<'s>(
        &mut self,
        text: &str,
        at: usize,
        end: usize,
        old: &mut std::iter::Peekable<impl Iterator<Item = &'s Span>>,
    ) {
        while let Some(span) = old.next_if(|s| s.end <= end) {
            if span.start >= at {
                let start = self.text.len() + span.start - at;
                self.spans.push(Span::new(start, start + span.len()));
            }
        }
        self.text.push_str(text.get(at..end).unwrap_or(""));
    }
}
