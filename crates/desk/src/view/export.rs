//! De-identified exports: the project, the review of its documents, what was written, who objects.

use relu_record::{DocumentId, Instant, Span};
use serde::{Deserialize, Serialize};

/// A policy to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PolicyChoice {
    /// Short name.
    pub name: String,
    /// Version.
    pub version: String,
    /// French title.
    pub title: String,
    /// Legal basis and status of the result.
    pub legal_basis: String,
}

/// A new export as typed. Dates as `AAAA-MM-JJ`; what is empty selects nothing away.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportForm {
    /// Short title of the project.
    pub title: String,
    /// What for.
    pub purpose: String,
    /// Legal basis.
    pub legal_basis: String,
    /// Who answers for it.
    pub controller: String,
    /// To whom it goes.
    pub recipients: String,
    /// Until when.
    pub end_date: String,
    /// Who approved the project.
    pub approved_by: String,
    /// Name of the policy.
    pub policy: String,
    /// Code of the document type.
    pub type_code: String,
    /// First date of the documents.
    pub since: String,
    /// Last date.
    pub until: String,
    /// Beginning of a patient's name.
    pub patient: String,
}

/// A line of the list of exports.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportLine {
    /// Id.
    pub id: String,
    /// Title of the project.
    pub title: String,
    /// Wire name of the state.
    pub state: String,
    /// Policy with its version.
    pub policy: String,
    /// Who began it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// Documents in it.
    pub documents: usize,
    /// Persons in it.
    pub persons: usize,
    /// When the key was destroyed.
    pub key_destroyed: Option<Instant>,
}

/// The record of a project.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ProjectView {
    /// Title.
    pub title: String,
    /// What for.
    pub purpose: String,
    /// Legal basis.
    pub legal_basis: String,
    /// Who answers for it.
    pub controller: String,
    /// To whom it goes.
    pub recipients: String,
    /// Until when, French.
    pub end_date: String,
    /// Who approved it.
    pub approved_by: String,
}

/// An export with the document a person works on.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ExportView {
    /// Id.
    pub id: String,
    /// Wire name of the state.
    pub state: String,
    /// Whether documents are being read or the archive written.
    pub working: bool,
    /// Project.
    pub project: ProjectView,
    /// Title of the policy.
    pub policy: String,
    /// Its version.
    pub policy_version: String,
    /// Legal basis and status of the result.
    pub policy_basis: String,
    /// Who began it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// Documents by wire name of their state; those without any left out.
    pub counts: Vec<(String, usize)>,
    /// Persons in it.
    pub persons: usize,
    /// Persons left out because they object.
    pub opposed: usize,
    /// Persons left out because nobody can tell whether they object.
    pub unknown: usize,
    /// Documents of both.
    pub left_out_documents: usize,
    /// Words masked everywhere.
    pub everywhere: usize,
    /// Its documents; none for who may not read them.
    pub documents: Vec<ExportDocumentLine>,
    /// The document shown.
    pub shown: Option<ExportDocumentView>,
    /// The sample in force.
    pub sample: Option<SampleView>,
    /// Size proposed for a sample.
    pub sample_size: usize,
    /// What a decision would be taken on; empty while there is nothing to decide.
    pub version: String,
    /// Why the last writing did not come to its end.
    pub problem: Option<String>,
    /// Who decided and when.
    pub decided_by: Option<(String, Instant)>,
    /// Archives written, newest first.
    pub written: Vec<WrittenView>,
    /// Whether this person may review and export.
    pub may_export: bool,
    /// Whether there is an archive for this person.
    pub may_download: bool,
    /// When the key was destroyed.
    pub key_destroyed: Option<Instant>,
}

/// A document of an export, in its list. No name: the number is its place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExportDocumentLine {
    /// Id.
    pub id: DocumentId,
    /// Place in the list, from 1.
    pub number: usize,
    /// Wire name of the state.
    pub state: String,
    /// Whether it was drawn for quality control.
    pub sampled: bool,
}

/// A document of an export, to work on.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct ExportDocumentView {
    /// Id.
    pub id: DocumentId,
    /// Wire name of the state.
    pub state: String,
    /// Type label.
    pub kind: Option<String>,
    /// Wire name of the format.
    pub format: String,
    /// The text that was read.
    pub text: String,
    /// Words that may say who, in order.
    pub candidates: Vec<CandidateView>,
    /// What the second reading still finds, what blocks first said.
    pub left: Vec<LeftView>,
    /// Whether it was read a second time since the last act.
    pub checked: bool,
    /// Why it cannot be written.
    pub refusal: Option<String>,
    /// By whom and when it was looked at.
    pub reviewed: Option<(String, Instant)>,
    /// Whether there is an act to take back.
    pub may_undo: bool,
    /// Pages that can be shown.
    pub pages: usize,
}

/// Words that may say who.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct CandidateView {
    /// Id.
    pub id: String,
    /// Where in the text (bytes).
    pub span: Span,
    /// The words.
    pub words: String,
    /// Wire name of the kind.
    pub label: String,
    /// The kind in words.
    pub label_name: String,
    /// What found it, in words.
    pub source: String,
    /// How sure.
    pub certainty: Certainty,
    /// Whether it goes.
    pub masked: bool,
    /// Whether a person said so.
    pub decided: bool,
}

/// How sure a candidate is, in the words of the screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Certainty {
    /// Nearly always right.
    Sure,
    /// More often right than not.
    Probable,
    /// Left in the text unless a person masks it.
    Doubtful,
}

/// What a person says of a candidate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CandidateVerdict {
    /// It goes.
    Mask,
    /// It stays.
    Release,
    /// It goes, and is of that kind (wire name).
    Label(String),
}

/// Something that the second reading still finds.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct LeftView {
    /// Where in the text (bytes), when it is in the text.
    pub span: Option<Span>,
    /// The words.
    pub words: Option<String>,
    /// Wire name of the kind.
    pub label: String,
    /// Why, a French sentence.
    pub why: String,
    /// Whether it blocks.
    pub sure: bool,
    /// Whether a person may say that it is none: its context alone speaks against it.
    pub may_stand: bool,
}

/// What the sample says.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SampleView {
    /// Documents drawn.
    pub drawn: usize,
    /// Of them, looked at.
    pub read: usize,
    /// Of them, with something that was let through.
    pub leaks: usize,
    /// Upper bound of the leak rate, 0 to 1.
    pub bound: f64,
    /// Bound that must not be passed.
    pub most: f64,
    /// Seed of the draw.
    pub seed: u64,
}

/// An archive that was written.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WrittenView {
    /// When.
    pub at: Instant,
    /// Who decided.
    pub by: String,
    /// Persons in it.
    pub persons: usize,
    /// Documents in it.
    pub documents: usize,
    /// Hash.
    pub sha256: String,
    /// Size.
    pub bytes: u64,
}

/// An objection as typed. The date as `AAAA-MM-JJ`.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct OppositionForm {
    /// Surname at birth.
    pub birth_name: String,
    /// Surname in use, when another.
    pub used_name: String,
    /// First given name.
    pub first_name: String,
    /// Date of birth.
    pub birth_date: String,
    /// INS, when known.
    pub ins: String,
}

/// An objection.
#[derive(Clone, PartialEq, Serialize, Deserialize)]
pub struct OppositionLine {
    /// Id.
    pub id: String,
    /// Who objects.
    pub person: String,
    /// Who recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Instant,
    /// Who withdrew it and when.
    pub withdrawn: Option<(String, Instant)>,
}
