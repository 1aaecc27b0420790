//! The words of the grammar, from `rules/phrases.toml`: what says each condition and each action.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use serde::Deserialize;

use super::rule::{Choice, Lists, Subject};

/// What follows the words of a condition or an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Takes {
    None,
    Text,
    Days,
    Type,
    Source,
    Mention,
    Queue,
    Person,
    Destination,
}

/// What follows from nothing being there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Absent {
    Unknown,
    No,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ConditionWords {
    pub(super) code: Subject,
    pub(super) yes: String,
    pub(super) no: String,
    pub(super) value: Takes,
    pub(super) absent: String,
    pub(super) then: Absent,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
}

/// Kinds of actions, as the file names them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Verb {
    AssignQueue,
    AssignPerson,
    CopyQueue,
    CopyPerson,
    Task,
    Tag,
    Print,
    HandOver,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ActionWords {
    pub(super) code: Verb,
    pub(super) says: String,
    pub(super) value: Takes,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SourceWords {
    code: String,
    label: String,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseFile {
    #[serde(default)]
    titles: BTreeSet<String>,
    #[serde(default)]
    condition: Vec<ConditionWords>,
    #[serde(default)]
    action: Vec<ActionWords>,
    #[serde(default)]
    source_kind: Vec<SourceWords>,
}

/// The words, compiled once.
pub(super) struct Phrases {
    pub(super) titles: BTreeSet<String>,
    pub(super) conditions: Vec<ConditionWords>,
    pub(super) actions: Vec<ActionWords>,
    sources: Vec<Choice>,
}

/// The words shipped with the program. A file that does not parse gives none; a test refuses that.
pub(super) fn phrases() -> &'static Phrases {
    static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
        let file: PhraseFile =
            toml::from_str(include_str!("rules/phrases.toml")).unwrap_or_default();
        let sources = file.source_kind.iter().map(|s| Choice::new(&s.code, &s.label)).collect();
        Phrases { titles: file.titles, conditions: file.condition, actions: file.action, sources }
    });
    &PHRASES
}

impl Phrases {
    pub(super) fn condition(&self, on: Subject) -> Option<&ConditionWords> {
        self.conditions.iter().find(|c| c.code == on)
    }

    pub(super) fn action(&self, verb: Verb) -> Option<&ActionWords> {
        self.actions.iter().find(|a| a.code == verb)
    }
}

impl Lists {
    /// The lists of the program: types, sources and mentions. Queues, people and destinations are
    /// the installation's.
    pub fn shipped() -> Lists {
        let types = crate::document_types().iter().map(|(c, _, l)| Choice::new(c, l)).collect();
        Lists {
            types: unique(types),
            sources: phrases().sources.clone(),
            mentions: super::printed::mentions(),
            ..Lists::default()
        }
    }

    pub(super) fn of(&self, takes: Takes) -> &[Choice] {
        match takes {
            Takes::Type => &self.types,
            Takes::Source => &self.sources,
            Takes::Mention => &self.mentions,
            Takes::Queue => &self.queues,
            Takes::Person => &self.people,
            Takes::Destination => &self.destinations,
            Takes::None | Takes::Text | Takes::Days => &[],
        }
    }

    /// The label of a code of that list; the code itself when the list no longer has it.
    pub(super) fn label<'a>(&'a self, takes: Takes, code: &'a str) -> &'a str {
        self.of(takes).iter().find(|c| c.code == code).map_or(code, |c| c.label.as_str())
    }
}

/// Two entries read the same would make a sentence ambiguous: the later ones carry their code.
pub fn unique(mut list: Vec<Choice>) -> Vec<Choice> {
    let mut seen = BTreeSet::new();
    for c in &mut list {
        c.label = c.label.replace(['«', '»', '"', '“', '”'], "'");
        if !seen.insert(relu_text::key(&c.label)) {
            c.label = format!("{} ({})", c.label, c.code);
            seen.insert(relu_text::key(&c.label));
        }
    }
    list
}
