//! Proposals with what they rest on, the form that corrects them, and what was decided.

use relu_record::{BoundingBox, Instant, ProposalId, Span, ValueKind};
use serde::{Deserialize, Serialize};

/// One proposal as the right-hand column shows it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalView {
    /// Its id in the set.
    pub id: ProposalId,
    /// Kind.
    pub kind: ValueKind,
    /// `Patient`, `Type`, `Date`…
    pub label: String,
    /// The value as decided, or else as proposed, on one line.
    pub display: String,
    /// Its parts, for values that have several: label, value.
    pub details: Vec<(String, String)>,
    /// What it rests on.
    pub evidence: Vec<EvidenceView>,
    /// `sûr`, `à vérifier`, in words.
    pub certainty: String,
    /// Function and version.
    pub function: String,
    /// What was decided, if anything.
    pub decision: Option<DecisionView>,
    /// Fields of the edit form; empty when the value cannot be edited.
    pub edit: Vec<EditField>,
    /// Whether the person looking may decide it.
    pub may_decide: bool,
}

/// Where a piece of evidence is, for highlighting.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvidenceView {
    /// What to print: the quoted words, or `en-tête : PID-5`.
    pub label: String,
    /// Span in the text (bytes).
    pub span: Option<Span>,
    /// Rectangles on the pages, page from 0.
    pub boxes: Vec<(u32, BoundingBox)>,
}

/// One value that a form can change: name of the form field, label, present value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EditField {
    /// Form field name, such as `birth_name`.
    pub name: String,
    /// French label.
    pub label: String,
    /// Present value.
    pub value: String,
    /// `text`, `date`, `select`.
    pub input: String,
    /// Choices of a `select`: value and label.
    pub choices: Vec<(String, String)>,
}

/// What was decided about a proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DecisionView {
    /// `accepté`, `corrigé`, `refusé`.
    pub verdict: String,
    /// Who (name on the screen).
    pub by: String,
    /// When.
    pub at: Instant,
    /// Why.
    pub reason: Option<String>,
}

/// Clinical facts under one section of the document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FactSection {
    /// Key used when a whole section is decided.
    pub key: String,
    /// French title.
    pub title: String,
    /// The facts.
    pub facts: Vec<ProposalView>,
}
