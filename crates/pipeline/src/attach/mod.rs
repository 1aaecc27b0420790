//! *Rattachement au patient*: which known patient a document is about.
//!
//! Shape: [`Attach::rank`] takes the identity that a document gives and the known patients that a
//! look-up brought, and answers with a [`Ranking`]: a zone, and every candidate with the reasons for
//! and against, best first. Units: bits (Fellegi and Sunter, *A theory for record linkage*, 1969).
//!
//! Zones: *sûr* (one patient, enough bits, no obstacle), *à vérifier* (shown side by side, none
//! chosen), *inconnu*. Weights only rank; whether it is sure also needs that nothing stands against
//! it ([`Obstacle`]), because a document filed to the wrong patient costs more than a look.
//! Frequencies and messages are in `rules/weights.toml`. An INS is never raised to *qualifiée* here.

mod compare;
mod lookup;
mod names;
mod weights;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use relu_record::{PatientIdentity, Sheet};
use serde::{Deserialize, Serialize};

use crate::function::sheet;
pub use lookup::{Key, lookups};
use weights::{Bits, WeightsFile, Zones};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Field {
    /// The national number.
    Ins,
    /// A number of another system.
    Identifier,
    /// Date of birth.
    BirthDate,
    /// Surname at birth or in use.
    FamilyName,
    /// First given name.
    FirstName,
    /// Surname and given name together.
    Names,
    /// Sex.
    Sex,
    /// Birthplace (COG).
    BirthPlace,
    /// Telephone or mail.
    Telecom,
}

/// How a field agrees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// The same.
    Same,
    /// The name in use of one is the birth name of the other.
    Used,
    /// Another of the given names at birth.
    List,
    /// A part: of a compound name, of a date.
    Part,
    /// One misread or mistyped sign.
    Close,
    /// An initial.
    Initial,
    /// Surname and given name exchanged.
    Swapped,
    /// Not the same.
    Different,
}

/// What forbids to be sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// Another INS is known.
    OtherIns,
    /// The same INS with other traits.
    InsOtherTraits,
    /// No birth date, on one side.
    NoBirthDate,
    /// Another birth date.
    OtherBirthDate,
    /// The other sex.
    OtherSex,
    /// Another number of the same system.
    OtherIdentifier,
    /// No surname agrees.
    OtherFamilyName,
    /// The given name does not agree.
    OtherFirstName,
    /// Surname and given name both agree only nearly.
    TwoDoubts,
    /// A document that was not scanned spells the name otherwise.
    TypedOtherwise,
    /// Another known patient fits almost as well.
    Rival,
    /// Another known patient of the same surname and birth date has a near given name.
    Sibling,
}

/// One comparison and what it weighs.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Reason {
    /// What was compared.
    pub field: Field,
    /// How it agrees.
    pub level: Level,
    /// What it weighs; below zero it speaks against.
    pub bits: f32,
}

/// The identity that a document gives.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// What was read.
    pub identity: &'a PatientIdentity,
    /// Whether it was read from a picture, so that letters may be misread.
    pub recognised: bool,
}

/// A known patient.
#[derive(Clone, Copy)]
pub struct Candidate<'a> {
    /// Who they are.
    pub identity: &'a PatientIdentity,
    /// Under what other identities they were known: former names, merged records.
    pub former: &'a [PatientIdentity],
}

/// How sure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Zone {
    /// One patient, and nothing against.
    Sure,
    /// A person compares.
    Check,
    /// Nobody known.
    Unknown,
}

/// A candidate compared.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Its place among the candidates given.
    pub candidate: usize,
    /// Sum of the reasons.
    pub bits: f32,
    /// Field by field.
    pub reasons: Vec<Reason>,
    /// What forbids to be sure.
    pub obstacles: Vec<Obstacle>,
}

/// The answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranking {
    /// How sure. `Sure` speaks of the first match.
    pub zone: Zone,
    /// Candidates worth a look, best first.
    pub matches: Vec<Match>,
}

impl Ranking {
    /// The candidate that is sure.
    pub fn sure(&self) -> Option<&Match> {
        self.matches.first().filter(|_| self.zone == Zone::Sure)
    }
}

/// The function with its weights.
pub struct Attach {
    sheet: Sheet,
    zones: Zones,
    bits: Bits,
    messages: BTreeMap<Obstacle, String>,
}

impl Attach {
    /// With the shipped weights.
    pub fn embedded() -> Result<Attach, String> {
        Attach::with_weights(include_str!("rules/weights.toml"))
    }

    /// With the weights of a site. `Err` says what cannot be read.
    pub fn with_weights(toml: &str) -> Result<Attach, String> {
        let file: WeightsFile = toml::from_str(toml).map_err(|e| e.message().to_owned())?;
        Ok(Attach {
            sheet: sheet(include_str!("sheet.toml")),
            bits: file.bits(),
            messages: file.obstacle.iter().map(|o| (o.code, o.message.clone())).collect(),
            zones: file.zones,
        })
    }

    /// Its sheet in the register.
    pub fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    /// The sentence that says an obstacle.
    pub fn message(&self, obstacle: Obstacle) -> &str {
        self.messages.get(&obstacle).map_or("", String::as_str)
    }

    /// Ranks the candidates. The same input gives the same answer, whatever the order they come in
    /// but for ties.
    pub fn rank(&self, given: Given<'_>, candidates: &[Candidate<'_>]) -> Ranking {
        let mut matches: Vec<Match> =
            candidates.iter().enumerate().map(|(at, c)| self.compare(given, at, c)).collect();
        matches.sort_by(|a, b| b.bits.total_cmp(&a.bits).then(a.candidate.cmp(&b.candidate)));
        self.rivals(&mut matches);
        if let Some((first, rest)) = matches.split_first_mut()
            && rest.iter().any(|m| siblings(given, candidates, first, m))
        {
            first.obstacles.push(Obstacle::Sibling);
        }
        // A number that is known is always worth a look, even with everything else against it.
        matches.retain(|m| m.bits >= self.zones.check || numbered(&m.reasons));
        let zone = match matches.first() {
            None => Zone::Unknown,
            Some(m) if m.bits >= self.zones.sure && m.obstacles.is_empty() => Zone::Sure,
            Some(_) => Zone::Check,
        };
        Ranking { zone, matches }
    }

    // The best way to compare with one patient, among their identities.
    fn compare(&self, given: Given<'_>, at: usize, candidate: &Candidate<'_>) -> Match {
        let mut best = self.weigh(given, at, candidate.identity);
        for former in candidate.former {
            let other = self.weigh(given, at, former);
            if other.bits > best.bits {
                best = other;
            }
        }
        best
    }

    fn weigh(&self, given: Given<'_>, candidate: usize, known: &PatientIdentity) -> Match {
        let bits = |field, level| self.bits.get(&(field, level)).copied().unwrap_or(0.0);
        let said = compare::compare(given.identity, known);
        let reasons: Vec<Reason> = said
            .into_iter()
            .map(|(field, level)| Reason { field, level, bits: bits(field, level) })
            .collect();
        let obstacles = obstacles(&reasons, given.recognised);
        Match { candidate, bits: reasons.iter().map(|r| r.bits).sum(), reasons, obstacles }
    }

    // Two patients who fit nearly as well are both shown.
    fn rivals(&self, matches: &mut [Match]) {
        let Some((first, rest)) = matches.split_first_mut() else { return };
        let limit = first.bits - self.zones.margin;
        // A number that agrees with the traits decides between homonyms.
        let decided = numbered(&first.reasons) && !rest.iter().any(|m| numbered(&m.reasons));
        let contradicted =
            |m: &Match| level(&m.reasons, Field::BirthDate) == Some(Level::Different);
        if !decided && rest.iter().any(|m| m.bits > limit && !contradicted(m)) {
            first.obstacles.push(Obstacle::Rival);
        }
    }
}

// Whether a number designates the patient.
fn numbered(reasons: &[Reason]) -> bool {
    [Field::Ins, Field::Identifier].iter().any(|f| level(reasons, *f) == Some(Level::Same))
}

fn level(reasons: &[Reason], field: Field) -> Option<Level> {
    reasons.iter().find(|r| r.field == field).map(|r| r.level)
}

// What stands against being sure, whatever the weights.
fn obstacles(reasons: &[Reason], recognised: bool) -> Vec<Obstacle> {
    use Level::{Close, Different, Initial, List, Part, Same, Swapped, Used};
    let of = |field| level(reasons, field);
    let (ins, date) = (of(Field::Ins), of(Field::BirthDate));
    let (family, first) = (of(Field::FamilyName), of(Field::FirstName));
    let swapped = of(Field::Names) == Some(Swapped);
    let numbered = numbered(reasons);
    let mut out = Vec::new();
    let mut add = |when: bool, o: Obstacle| out.extend(when.then_some(o));
    add(ins == Some(Different), Obstacle::OtherIns);
    add(of(Field::Sex) == Some(Different), Obstacle::OtherSex);
    add(of(Field::Identifier) == Some(Different), Obstacle::OtherIdentifier);
    match date {
        Some(Same) => {}
        // A number stands in for a date that is missing, never for one that differs.
        None | Some(Part) => add(!numbered, Obstacle::NoBirthDate),
        Some(_) => add(true, Obstacle::OtherBirthDate),
    }
    let named = swapped || matches!(family, Some(Same | Used | Part | Close));
    let called = swapped || matches!(first, Some(Same | Part | Close));
    add(!named, Obstacle::OtherFamilyName);
    // With a number, an initial or another given name at birth will do.
    add(
        !(called || numbered && matches!(first, None | Some(List | Initial))),
        Obstacle::OtherFirstName,
    );
    add(family == Some(Close) && matches!(first, Some(Close | Part)), Obstacle::TwoDoubts);
    add(family == Some(Part) && first == Some(Close), Obstacle::TwoDoubts);
    let close = family == Some(Close) || first == Some(Close);
    add(close && !recognised && !numbered, Obstacle::TypedOtherwise);
    add(ins == Some(Same) && (!named || first == Some(Different)), Obstacle::InsOtherTraits);
    out
}

// Twins: the same surname and birth date, and a given name that a misread letter could give.
fn siblings(given: Given<'_>, candidates: &[Candidate<'_>], first: &Match, other: &Match) -> bool {
    let strict = |m: &Match| level(&m.reasons, Field::Ins) == Some(Level::Same);
    let family = |m: &Match| {
        matches!(
            level(&m.reasons, Field::FamilyName),
            Some(Level::Same | Level::Used | Level::Part | Level::Close)
        )
    };
    let born = level(&other.reasons, Field::BirthDate) == Some(Level::Same);
    if strict(first) || !given.recognised || !family(other) || !born {
        return false;
    }
    let name = |i: usize| {
        candidates.get(i).and_then(|c| c.identity.first_name.as_ref()).map(|n| names::words(n))
    };
    name(first.candidate).zip(name(other.candidate)).is_some_and(|(a, b)| names::near(&a, &b))
}
