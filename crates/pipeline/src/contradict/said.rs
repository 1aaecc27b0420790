//! What one fact says, reduced to what can be compared: of what, how, on which side.
//!
//! Names are codes that name one thing and the words themselves, folded; two statements that share a name
//! are of the same thing. A code that stands for a family (CIM-10 of allergies) names nothing.

use relu_record::{Entity, Private, ProposalId, Span, TextValue};

use super::rules::Lists;
use super::{Contradict, allergen};

/// What is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// An allergy, or all of them.
    Allergy,
    /// A drug.
    Drug,
    /// A condition.
    Condition,
    /// An act, or what it left in place.
    Procedure,
}

/// How it is said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stance {
    /// Said to be there.
    Affirmed,
    /// Said to be absent.
    Denied,
    /// A drug said to be stopped.
    Stopped,
    /// A drug said to be begun or taken up again.
    Begun,
    /// A drug among those taken.
    Listed,
}

/// A side of the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// *Droite*.
    Right,
    /// *Gauche*.
    Left,
    /// *Les deux*.
    Both,
}

/// One statement of a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Said {
    /// The fact it is.
    pub proposal: ProposalId,
    /// What it is about.
    pub subject: Subject,
    /// What it is called; empty for an allergy in general.
    pub names: Vec<String>,
    /// Where on the body, in the words between the thing and its side.
    pub site: Vec<String>,
    /// How it is said.
    pub stance: Stance,
    /// On which side.
    pub side: Option<Side>,
    /// Where it stands; empty for a coded entry without words.
    pub span: Span,
    /// Its words.
    pub words: Private,
    /// Whether a clinician has confirmed it.
    pub confirmed: bool,
}

/// Letters read after a term to find its side.
const AFTER: usize = 120;
/// A word that denies stands no further before what it denies, in bytes.
const CUE: usize = 40;
/// Words passed over between a term and its side, at most.
const MOST_WORDS: usize = 6;

impl Contradict {
    /// What a fact says that can be compared: nothing for most facts, one statement for each substance
    /// of an allergy. `section` is the kind of section that holds it.
    pub fn said(
        &self,
        proposal: &ProposalId,
        e: &Entity,
        text: &str,
        section: Option<&str>,
        confirmed: bool,
    ) -> Vec<Said> {
        let Some(said) = self.one(proposal, e, text, section, confirmed) else { return Vec::new() };
        let lists = &self.rules.lists;
        if said.subject != Subject::Allergy || !said.names.is_empty() {
            return vec![said];
        }
        let after = allergen::after(lists, e.span, text);
        let general = said.stance == Stance::Denied || after.none;
        let words = self.allergy_words(e, text);
        let named = |names| Said { names, words: words.clone(), ..said.clone() };
        match after.substances.is_empty() {
            true if general => vec![Said { stance: Stance::Denied, words, ..said }],
            true => Vec::new(),
            false => after.substances.into_iter().map(named).collect(),
        }
    }

    /// The words of an allergy as they stand, from the word that denies it to what it is to.
    pub fn allergy_words(&self, e: &Entity, text: &str) -> Private {
        let whole = allergen::phrase(&self.rules.lists, e.span, text);
        let before = |s: &&Span| s.end <= e.span.start && e.span.start - s.start <= CUE;
        let start = e.cues.iter().filter(before).map(|s| s.start).min().unwrap_or(e.span.start);
        let span = Span::new(start, whole.end);
        one_line(span.of(text).or(e.span.of(text)).unwrap_or_default())
    }

    fn one(
        &self,
        proposal: &ProposalId,
        e: &Entity,
        text: &str,
        section: Option<&str>,
        confirmed: bool,
    ) -> Option<Said> {
        let lists = &self.rules.lists;
        if e.attributes.family || e.attributes.hypothesis {
            return None;
        }
        let subject = subject(lists, e, section)?;
        let words = e.span.of(text).filter(|w| !w.is_empty()).or(display(e))?;
        let side = side(lists, self.rules.limits.reach, e, text);
        let stance = stance(lists, subject, e, section)?;
        let (side, site) = match subject {
            Subject::Condition | Subject::Procedure => side.map(|(s, site)| (Some(s), site))?,
            Subject::Allergy | Subject::Drug => (None, Vec::new()),
        };
        let names = names(lists, subject, e, words);
        if names.is_empty() && subject != Subject::Allergy {
            return None;
        }
        let (proposal, words) = (proposal.clone(), one_line(with_side(lists, e, text, words)));
        Some(Said { proposal, subject, names, site, stance, side, span: e.span, words, confirmed })
    }
}

fn one_line(words: &str) -> Private {
    Private(words.split_whitespace().collect::<Vec<_>>().join(" "))
}

fn display(e: &Entity) -> Option<&str> {
    e.code.as_ref().and_then(|c| c.display.as_deref())
}

fn subject(lists: &Lists, e: &Entity, section: Option<&str>) -> Option<Subject> {
    let is = |list: &std::collections::BTreeSet<String>| list.contains(&e.label);
    let told_there = section == Some("allergies") && is(&lists.drug);
    if is(&lists.allergy) || told_there {
        Some(Subject::Allergy)
    } else if is(&lists.drug) {
        Some(Subject::Drug)
    } else if is(&lists.condition) {
        Some(Subject::Condition)
    } else {
        is(&lists.procedure).then_some(Subject::Procedure)
    }
}

fn stance(lists: &Lists, subject: Subject, e: &Entity, section: Option<&str>) -> Option<Stance> {
    let a = e.attributes;
    if subject != Subject::Drug {
        return match (a.negated, subject) {
            (false, _) => Some(Stance::Affirmed),
            (true, Subject::Allergy) => Some(Stance::Denied),
            (true, _) => None,
        };
    }
    let status = e.status.as_deref().unwrap_or_default();
    if lists.stopped.contains(status) {
        return Some(Stance::Stopped);
    }
    if lists.changed.contains(status) {
        return Some(Stance::Begun);
    }
    let (dosed, course) = match &e.value {
        Some(TextValue::Dosage { dose, frequency, duration, .. }) => {
            (dose.is_some() || frequency.is_some(), duration.is_some())
        }
        _ => (false, false),
    };
    // A treatment of so many days is a new one, not the old list.
    if a.negated || a.history || course {
        return None;
    }
    let within =
        |list: &std::collections::BTreeSet<String>| section.is_some_and(|s| list.contains(s));
    let entry = e.span.is_empty();
    let listed = within(&lists.current) || entry || (dosed && !within(&lists.past));
    listed.then_some(Stance::Listed)
}

fn names(lists: &Lists, subject: Subject, e: &Entity, words: &str) -> Vec<String> {
    let mut names = Vec::new();
    if let Some(code) = &e.code
        && !code.code.is_empty()
        // ATC of allergens and drugs names a substance; CIM-10 of an allergy names a family.
        && (code.system == "atc" || !matches!(subject, Subject::Allergy | Subject::Drug))
    {
        names.push(format!("{}:{}", code.system, code.code));
    }
    let plain = content(lists, words).join(" ");
    if !plain.is_empty() {
        // A coded drug is labelled with its strength and form: its first word is the substance.
        if let (true, Subject::Drug, Some((first, _))) =
            (e.span.is_empty(), subject, plain.split_once(' '))
        {
            names.push(first.to_owned());
        }
        names.push(plain);
    }
    names
}

/// The words of a term up to its side, when that stands after it in the same phrase.
fn with_side<'t>(lists: &Lists, e: &Entity, text: &'t str, words: &'t str) -> &'t str {
    let rest = text.get(e.span.end..).filter(|_| !e.span.is_empty()).unwrap_or_default();
    let mut end = e.span.end;
    for piece in rest.split_inclusive(|c: char| !c.is_alphanumeric()).take(2 * MOST_WORDS) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        let key = relu_text::key(word);
        let sides = [&lists.right, &lists.left, &lists.both];
        if sides.iter().any(|list| list.contains(&key)) {
            return text.get(e.span.start..end + word.len()).unwrap_or(words);
        }
        if piece.ends_with(['.', ',', ';', ':', '\n', '(']) {
            break;
        }
        end += piece.len();
    }
    words
}

/// Folded words that name something: no filler, no side, no number.
pub(super) fn content(lists: &Lists, words: &str) -> Vec<String> {
    let sides =
        |w: &str| lists.right.contains(w) || lists.left.contains(w) || lists.both.contains(w);
    let named = |w: &&String| {
        !lists.filler.contains(*w) && !sides(w) && !w.chars().all(|c| c.is_ascii_digit())
    };
    tokens(words).iter().filter(named).cloned().collect()
}

pub(super) fn tokens(words: &str) -> Vec<String> {
    let key = relu_text::key(words);
    let words = key.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
    words.map(str::to_owned).collect()
}

/// The side of a term, in its own words or shortly after in the same phrase, with the words between.
fn side(lists: &Lists, reach: usize, e: &Entity, text: &str) -> Option<(Side, Vec<String>)> {
    let own = tokens(e.span.of(text).unwrap_or_else(|| display(e).unwrap_or_default()));
    let rest = if e.span.is_empty() { "" } else { text.get(e.span.end..).unwrap_or_default() };
    let end = rest.char_indices().nth(AFTER).map_or(rest.len(), |(at, _)| at);
    let phrase = rest.get(..end).unwrap_or_default();
    let stop = phrase.find(['.', ',', ';', ':', '\n', '(']).unwrap_or(phrase.len());
    let after = tokens(phrase.get(..stop).unwrap_or_default());
    let after: Vec<String> = after.into_iter().take(reach).collect();
    let all = || own.iter().chain(&after);
    if all().any(|w| lists.one_sided.contains(w)) {
        return None;
    }
    let any = |list: &std::collections::BTreeSet<String>| all().any(|w| list.contains(w));
    let side = match (any(&lists.right), any(&lists.left), any(&lists.both)) {
        (_, _, true) | (true, true, _) => Side::Both,
        (true, false, _) => Side::Right,
        (false, true, _) => Side::Left,
        (false, false, false) => return None,
    };
    let is_side =
        |w: &String| lists.right.contains(w) || lists.left.contains(w) || lists.both.contains(w);
    if own.iter().any(is_side) {
        return Some((side, Vec::new()));
    }
    let between: Vec<String> = after.into_iter().take_while(|w| !is_side(w)).collect();
    Some((side, content(lists, &between.join(" "))))
}
