//! A rule of routing as data, the set of them, and the closed lists that its words come from.
//!
//! A rule has an id of its own, a version that grows with every change, a place in the order (its
//! place in the set), one test and some actions. Values are codes of closed lists or words as typed;
//! names of people make a rule private. [`RuleSet::problems`] says in French what cannot stand.

use relu_record::{Owner, Private};
use serde::{Deserialize, Serialize};

use super::phrases::{Takes, phrases};

/// What a condition looks at and how. The names are those of `rules/phrases.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Subject {
    /// Type, one of.
    TypeIs,
    /// Author, by whole name or RPPS.
    SenderIs,
    /// Author, by some words of the name.
    SenderContains,
    /// Structure, by whole name or FINESS.
    StructureIs,
    /// Structure, by some words of the name.
    StructureContains,
    /// Specialty of the author.
    SpecialtyIs,
    /// One of the recipients.
    RecipientIs,
    /// The patient's *médecin traitant*.
    TreatingIs,
    /// The doctor who referred the patient or asked for the examination.
    ReferringIs,
    /// The doctor in charge of the stay.
    StayDoctorIs,
    /// Unit of the stay.
    UnitIs,
    /// How the document came.
    SourceIs,
    /// A mention as printed.
    MentionIs,
    /// A deadline is written.
    DeadlineWritten,
    /// A written deadline falls within so many days of the document's date.
    DeadlineWithin,
    /// The document is older than so many days when it comes in.
    OlderThan,
    /// A known patient is attached for sure.
    PatientAttached,
}

/// One condition: true as soon as one of its values fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Condition {
    /// What it looks at.
    pub on: Subject,
    /// Values, by code for closed lists; empty where none is taken.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<Private>,
    /// Days, where the condition counts them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub days: Option<u16>,
}

/// What a rule asks of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Test {
    /// One condition.
    Is(Condition),
    /// Not that.
    Not(Box<Test>),
    /// Every one.
    All(Vec<Test>),
    /// At least one.
    Any(Vec<Test>),
}

/// When a task is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Due {
    /// No date.
    Open,
    /// The first deadline that the document writes; none when it writes none.
    Printed,
    /// So many days after the document's date.
    Days(u16),
}

/// What a rule does with a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Give it to an owner.
    Assign(Owner),
    /// Show it to somebody else too.
    Copy(Owner),
    /// Something to do.
    Task {
        /// What.
        label: Private,
        /// Until when.
        due: Due,
    },
    /// A word to find it by.
    Tag(String),
    /// Print it.
    Print,
    /// Hand it over.
    HandOver(String),
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Id, kept through all versions.
    pub id: String,
    /// Counts changes, from 1.
    pub version: u32,
    /// What it asks.
    pub when: Test,
    /// What it does.
    pub then: Vec<Action>,
}

/// The rules of an installation, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleSet {
    /// Number of the set.
    pub version: u32,
    /// The rules; the first that gives an owner wins.
    pub rules: Vec<Rule>,
}

/// One entry of a closed list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Choice {
    /// What is stored.
    pub code: String,
    /// What a person reads and types.
    pub label: String,
}

impl Choice {
    /// An entry.
    pub fn new(code: &str, label: &str) -> Choice {
        Choice { code: code.to_owned(), label: label.to_owned() }
    }
}

/// The closed lists of an installation. Types, sources and mentions are those of the program.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lists {
    /// Document types.
    pub types: Vec<Choice>,
    /// Ways a document comes.
    pub sources: Vec<Choice>,
    /// Mentions as printed.
    pub mentions: Vec<Choice>,
    /// Team queues.
    pub queues: Vec<Choice>,
    /// People, by account.
    pub people: Vec<Choice>,
    /// Destinations of hand-over.
    pub destinations: Vec<Choice>,
}

/// Limits of what a person may write, so that a rule stays a sentence.
pub const MOST_RULES: usize = 200;
const MOST_CONDITIONS: usize = 30;
const MOST_ACTIONS: usize = 12;
const DEEPEST: usize = 6;
const LONGEST: usize = 200;
const QUOTES: [char; 5] = ['«', '»', '"', '“', '”'];

impl Condition {
    // Whether it has the values that its words ask for, and no others.
    fn is_whole(&self) -> bool {
        let takes = phrases().condition(self.on).map(|c| c.value);
        match takes {
            Some(Takes::None) => self.values.is_empty() && self.days.is_none(),
            Some(Takes::Days) => self.values.is_empty() && self.days.is_some(),
            Some(_) => !self.values.is_empty() && self.days.is_none(),
            None => false,
        }
    }
}

impl Test {
    /// The same with groups of one opened and groups in a group of the same kind joined: the form
    /// that a sentence has.
    pub fn normal(self) -> Test {
        match self {
            Test::Is(c) => Test::Is(c),
            Test::Not(inner) => Test::Not(Box::new(inner.normal())),
            Test::All(inner) => group(inner, true),
            Test::Any(inner) => group(inner, false),
        }
    }

    fn count(&self) -> usize {
        match self {
            Test::Is(_) => 1,
            Test::Not(t) => t.count(),
            Test::All(l) | Test::Any(l) => l.iter().map(Test::count).sum(),
        }
    }

    fn depth(&self) -> usize {
        match self {
            Test::Is(_) => 1,
            Test::Not(t) => 1 + t.depth(),
            Test::All(l) | Test::Any(l) => 1 + l.iter().map(Test::depth).max().unwrap_or(0),
        }
    }

    fn conditions(&self) -> Vec<&Condition> {
        match self {
            Test::Is(c) => vec![c],
            Test::Not(t) => t.conditions(),
            Test::All(l) | Test::Any(l) => l.iter().flat_map(Test::conditions).collect(),
        }
    }
}

fn group(inner: Vec<Test>, all: bool) -> Test {
    let mut flat = Vec::with_capacity(inner.len());
    for t in inner {
        match (t.normal(), all) {
            (Test::All(l), true) | (Test::Any(l), false) => flat.extend(l),
            (t, _) => flat.push(t),
        }
    }
    match (flat.len(), all) {
        (1, _) => flat.swap_remove(0),
        (_, true) => Test::All(flat),
        (_, false) => Test::Any(flat),
    }
}

impl Rule {
    /// What makes the rule one that cannot stand, in French.
    pub fn problem(&self) -> Option<&'static str> {
        let conditions = self.when.conditions();
        let words = conditions.iter().flat_map(|c| c.values.iter().map(|v| v.0.as_str()));
        let written = self.then.iter().filter_map(|a| match a {
            Action::Task { label, .. } => Some(label.0.as_str()),
            Action::Tag(t) => Some(t.as_str()),
            _ => None,
        });
        let mut words = words.chain(written);
        let owners = self.then.iter().filter(|a| matches!(a, Action::Assign(_))).count();
        let wrong = |w: &str| {
            w.trim().is_empty()
                || w.chars().count() > LONGEST
                || w.contains(QUOTES)
                || w.contains('\n')
        };
        if conditions.is_empty() {
            Some("une règle a au moins une condition")
        } else if conditions.iter().any(|c| !c.is_whole()) {
            Some("il manque une valeur à une condition")
        } else if self.when.count() > MOST_CONDITIONS || self.when.depth() > DEEPEST {
            Some("la règle est trop longue : coupez-la en plusieurs règles")
        } else if self.then.is_empty() {
            Some("une règle fait au moins une chose")
        } else if self.then.len() > MOST_ACTIONS {
            Some("la règle fait trop de choses : coupez-la en plusieurs règles")
        } else if owners > 1 {
            Some("une règle ne donne le document qu'à un seul propriétaire")
        } else if words.any(wrong) {
            Some("un mot entre guillemets est vide, trop long ou contient un guillemet")
        } else {
            None
        }
    }
}

impl RuleSet {
    /// Problems of its rules, by id.
    pub fn problems(&self) -> Vec<(String, &'static str)> {
        let mut found: Vec<(String, &'static str)> =
            self.rules.iter().filter_map(|r| Some((r.id.clone(), r.problem()?))).collect();
        if let Some(over) = self.rules.get(MOST_RULES) {
            found.push((over.id.clone(), "il y a trop de règles"));
        }
        found
    }

    /// An id that no rule of the set has.
    pub fn free_id(&self) -> String {
        let numbers = self.rules.iter().filter_map(|r| r.id.strip_prefix('r')?.parse::<u32>().ok());
        format!("r{}", numbers.max().unwrap_or(0).saturating_add(1))
    }
}
