//! The rules as their file has them. Unknown keys are errors; a test reads the file.

use std::collections::BTreeSet;

use serde::Deserialize;

/// One way in which two documents can differ.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// Stable code.
    pub code: String,
    /// What it looks for.
    pub kind: Kind,
    /// French title, in words of uncertainty.
    pub title: String,
    /// French sentence; `{ici}` and `{ailleurs}` stand for the dates of the two documents.
    pub sentence: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) source: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) matches: Vec<Example>,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) rejects: Vec<Example>,
}

/// What a rule looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// An allergy that no other document says.
    AllergyNew,
    /// An allergy that an earlier document said was absent.
    AllergyDeniedBefore,
    /// An allergy said earlier, and said to be absent now.
    AllergyNoLonger,
    /// A drug stopped earlier and listed now.
    StoppedStillListed,
    /// A condition on the other side.
    ConditionOtherSide,
    /// An act on the other side.
    ProcedureOtherSide,
}

/// Documents of an example: a date, then the text.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Example {
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) record: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) document: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    pub(super) lists: Lists,
    pub(super) limits: Limits,
    #[serde(default)]
    pub(super) rule: Vec<Rule>,
}

type Words = BTreeSet<String>;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Lists {
    pub(super) allergy: Words,
    pub(super) drug: Words,
    pub(super) condition: Words,
    pub(super) procedure: Words,
    pub(super) current: Words,
    pub(super) past: Words,
    pub(super) stopped: Words,
    pub(super) changed: Words,
    pub(super) right: Words,
    pub(super) left: Words,
    pub(super) both: Words,
    pub(super) one_sided: Words,
    pub(super) filler: Words,
    pub(super) towards: Words,
    pub(super) none: Words,
    pub(super) vague: Words,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Limits {
    pub(super) reach: usize,
    pub(super) most: usize,
}

impl Rules {
    pub(super) fn embedded() -> Rules {
        toml::from_str(include_str!("rules/contradictions.toml")).unwrap_or_default()
    }

    pub(super) fn of(&self, kind: Kind) -> Option<&Rule> {
        self.rule.iter().find(|r| r.kind == kind)
    }
}
