//! Known patients: offered when filing, compared, imported, merged.

use relu_record::{DocumentId, Instant};
use serde::{Deserialize, Serialize};

/// A patient this installation knows, offered when filing.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatientChoice {
    /// Id.
    pub id: String,
    /// One line of traits.
    pub display: String,
    /// Why it is offered, or what stands against it, in words.
    pub why: String,
    /// Whether nothing stands against it: one patient, enough that agrees.
    #[serde(default)]
    pub sure: bool,
    /// The two identities side by side.
    #[serde(default)]
    pub compared: Vec<Compared>,
}

/// One trait of the document and of a known patient, side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Compared {
    /// Name of the trait.
    pub field: String,
    /// As the document says it.
    pub given: String,
    /// As it is known.
    pub known: String,
    /// How they agree, in words.
    pub level: String,
    /// Whether they are the same.
    pub agrees: bool,
}

/// What became of a list of patients.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ImportReport {
    /// Line by line.
    pub lines: Vec<ImportLine>,
}

impl ImportReport {
    /// How many lines ended so.
    pub fn count(&self, outcome: ImportOutcome) -> usize {
        self.lines.iter().filter(|l| l.outcome == outcome).count()
    }
}

/// A line of a list of patients.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImportLine {
    /// Its number in the file.
    pub line: usize,
    /// What became of it.
    pub outcome: ImportOutcome,
    /// The patient in one line.
    pub display: String,
    /// Why it was refused, or what was left out, in words.
    pub reason: Option<String>,
    /// The same as a stable code.
    pub code: Option<String>,
}

/// What became of a line of a list of patients.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportOutcome {
    /// A patient was recorded.
    New,
    /// A known patient was changed.
    Changed,
    /// Everything was known.
    Same,
    /// It could not be used.
    Refused,
}

impl ImportOutcome {
    /// Every outcome, in the order of the screen.
    pub const ALL: [ImportOutcome; 4] =
        [ImportOutcome::New, ImportOutcome::Changed, ImportOutcome::Same, ImportOutcome::Refused];

    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            ImportOutcome::New => "new",
            ImportOutcome::Changed => "changed",
            ImportOutcome::Same => "same",
            ImportOutcome::Refused => "refused",
        }
    }
}

/// A merge of two records.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MergeLine {
    /// Id.
    pub id: String,
    /// The record no longer used, in one line.
    pub source: String,
    /// The record that stays, in one line.
    pub target: String,
    /// How many documents followed.
    pub documents: usize,
    /// The message that asked for it.
    pub message: Option<DocumentId>,
    /// When.
    pub made_at: Instant,
    /// By whom.
    pub made_by: String,
    /// By whom and when it was taken back.
    pub undone: Option<(String, Instant)>,
}

/// Records that could be of one person.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Doubles {
    /// The pairs, those that agree best first.
    pub pairs: Vec<PatientPair>,
    /// How many patients were compared with the others.
    pub looked_at: usize,
    /// Whether they may be merged here.
    pub may_merge: bool,
}

/// Two records side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PatientPair {
    /// One.
    pub first: DoubleSide,
    /// The other.
    pub second: DoubleSide,
    /// Trait by trait: `given` is the first, `known` the second.
    pub compared: Vec<Compared>,
}

/// One record of a pair.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DoubleSide {
    /// Id.
    pub id: String,
    /// In one line.
    pub display: String,
    /// The system that masters it; recorded here when there is none.
    pub master: Option<String>,
    /// How many documents are filed to it.
    pub documents: u64,
}
