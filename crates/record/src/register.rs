//! The register of functions (*registre des fonctions*): the static part of a function's sheet.
//! The live part (switch, overseer, local evaluation) is kept in the vault.

use serde::{Deserialize, Serialize};

/// What a function is before the law: organisational, or present only as a connector to a
/// certified third party.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FunctionClass {
    /// *organisationnel* (green).
    Organisational,
    /// *zone grise, validation renforcée* (amber).
    Grey,
    /// Connector to a certified third-party medical device (red without it).
    ThirdPartyDevice,
}

/// The sheet of a function, written as a file beside its code.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sheet {
    /// Stable id, such as `identify`.
    pub id: String,
    /// Name on the screen, in French.
    pub name: String,
    /// Version of code and rules together.
    pub version: String,
    /// What it is for, in French, one or two sentences.
    pub purpose: String,
    /// What it must not be used for.
    pub excluded: String,
    /// Class, and why.
    pub class: FunctionClass,
    /// Reason for the class.
    pub class_reason: String,
    /// Inputs it may read.
    pub inputs: Vec<String>,
    /// What it proposes.
    pub outputs: Vec<String>,
    /// Kind of technique (`règles`, `statistique`).
    pub technique: String,
    /// How it was evaluated, with the command that gives the figures.
    pub evaluation: String,
    /// Known limits.
    pub limits: String,
    /// Whether it is on when installed.
    pub on_by_default: bool,
}

/// The live part of a sheet in one installation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SheetState {
    /// Function id.
    pub id: String,
    /// Whether the function runs.
    pub active: bool,
    /// Person who answers for it.
    pub overseer: Option<String>,
    /// Local evaluation, free text.
    pub local_evaluation: Option<String>,
}
