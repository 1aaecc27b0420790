//! Where a document should go: what a rule of routing proposes, and what a person accepts.

use serde::{Deserialize, Serialize};

use crate::{PartialDate, Private};

/// Who gets a document.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Owner {
    /// A team queue (*bannette*), by its code.
    Queue(String),
    /// A person, by the id of their account.
    Person(String),
}

/// What is to be done with a document. None of it happens before a person has accepted it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RouteAction {
    /// Give it to its one owner.
    Assign(Owner),
    /// Show it to somebody else too.
    Copy(Owner),
    /// Something to do about it.
    Task {
        /// What, as the rule says it.
        label: Private,
        /// Until when.
        due: Option<PartialDate>,
    },
    /// A word to find it by.
    Tag(String),
    /// Print it.
    Print,
    /// Hand it over to a destination, by its name.
    HandOver(String),
}

/// An action with the rule that asks for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Route {
    /// What is to be done.
    pub action: RouteAction,
    /// Id of the rule.
    pub rule: String,
    /// The rule as a French sentence: the reason. It may name a doctor.
    pub sentence: Private,
    /// The rule that comes before this one and gives the document to another owner.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub overridden_by: Option<String>,
}
