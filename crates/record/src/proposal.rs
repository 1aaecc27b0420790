//! A proposal: a typed value, its evidence, the function that made it and how sure it is.
//! Nothing takes effect before a decision by a named person.

use serde::{Deserialize, Serialize};

use crate::{
    BoundingBox, Coding, DocumentId, Entity, Moment, Organization, PatientIdentity, Practitioner,
    Private, Recipient, Route, Severity, Sha256Hex, Span, TextVersion,
};

/// 0 to 1. Functions say *pas sûr* by abstaining, not by a low number.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Confidence(f32);

impl Confidence {
    /// A confidence, brought between 0 and 1.
    pub fn new(value: f32) -> Confidence {
        Confidence(if value.is_nan() { 0.0 } else { value.clamp(0.0, 1.0) })
    }

    /// The number.
    pub fn get(self) -> f32 {
        self.0
    }
}

/// What a proposal rests on. No evidence, no proposal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// Exact words of the text.
    Words(Span),
    /// A field of the document's own header.
    Header(String),
    /// A coded entry of the document's own body.
    Entry(String),
    /// A region of a page.
    Region {
        /// Page, from 0.
        page: u32,
        /// Rectangle.
        #[serde(rename = "box")]
        bbox: BoundingBox,
    },
    /// A record of this installation (a known patient, a past decision).
    Record(String),
    /// The stated absence of something, in French (`aucune date de naissance dans le texte`).
    Absence(String),
}

/// A function and its version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FunctionRef {
    /// Id in the register.
    pub id: String,
    /// Version of code and rules together.
    pub version: String,
}

/// A thing to look at before deciding, found by a function.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Stable code, such as `several-patients`.
    pub code: String,
    /// How much it matters.
    pub severity: Severity,
    /// A French sentence, without text of the document.
    pub message: String,
}

/// A page of a file on which another document begins, or which belongs to none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cut {
    /// Page, from 0.
    pub page: u32,
    /// Whether the page is left out: a separator, a blank back.
    pub leave_out: bool,
}

/// A fact of one document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The document.
    pub document: DocumentId,
    /// The fact, by its place in the document's proposal set.
    pub fact: ProposalId,
}

/// Which of two statements a person keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kept {
    /// That of the later document.
    Here,
    /// That of the other one.
    There,
}

/// What two documents of one patient say differently. It holds no words: each document keeps its own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contradiction {
    /// Code of the rule that brings them together.
    pub rule: String,
    /// What the later document says.
    pub here: Statement,
    /// What the other says; nothing when it is that no other says it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub there: Option<Statement>,
    /// Which one a person keeps; nothing before, and when they only note it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub kept: Option<Kept>,
}

/// What can be proposed. Closed: a new function extends it here and nowhere else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProposalValue {
    /// The patient.
    Patient(PatientIdentity),
    /// The author.
    Author(Practitioner),
    /// The sending structure.
    Organization(Organization),
    /// One recipient.
    Recipient(Recipient),
    /// The type, in JDV_J07.
    DocumentType(Coding),
    /// The date of the document.
    DocumentDate(Moment),
    /// One sentence of the draft summary, taken from the document.
    SummaryLine(Private),
    /// A clinical fact. Unconfirmed until a clinician decides it.
    Fact(Entity),
    /// Where the document should go.
    Destination(String),
    /// What a rule of routing asks for.
    Route(Route),
    /// Where a file that holds several documents is cut.
    Cut(Cut),
    /// A thing to look at.
    Check(Check),
    /// What two documents say differently.
    Contradiction(Contradiction),
}

/// The kind of a [`ProposalValue`], for tables and screens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ValueKind {
    /// See [`ProposalValue::Patient`].
    Patient,
    /// See [`ProposalValue::Author`].
    Author,
    /// See [`ProposalValue::Organization`].
    Organization,
    /// See [`ProposalValue::Recipient`].
    Recipient,
    /// See [`ProposalValue::DocumentType`].
    DocumentType,
    /// See [`ProposalValue::DocumentDate`].
    DocumentDate,
    /// See [`ProposalValue::SummaryLine`].
    SummaryLine,
    /// See [`ProposalValue::Fact`].
    Fact,
    /// See [`ProposalValue::Destination`].
    Destination,
    /// See [`ProposalValue::Route`].
    Route,
    /// See [`ProposalValue::Cut`].
    Cut,
    /// See [`ProposalValue::Check`].
    Check,
    /// See [`ProposalValue::Contradiction`].
    Contradiction,
}

impl ValueKind {
    /// Whether deciding it needs a clinician. The rest is filing, which a secretary decides.
    pub fn is_clinical(self) -> bool {
        matches!(self, ValueKind::Fact | ValueKind::SummaryLine | ValueKind::Contradiction)
    }
}

impl ProposalValue {
    /// The kind.
    pub fn kind(&self) -> ValueKind {
        match self {
            ProposalValue::Patient(_) => ValueKind::Patient,
            ProposalValue::Author(_) => ValueKind::Author,
            ProposalValue::Organization(_) => ValueKind::Organization,
            ProposalValue::Recipient(_) => ValueKind::Recipient,
            ProposalValue::DocumentType(_) => ValueKind::DocumentType,
            ProposalValue::DocumentDate(_) => ValueKind::DocumentDate,
            ProposalValue::SummaryLine(_) => ValueKind::SummaryLine,
            ProposalValue::Fact(_) => ValueKind::Fact,
            ProposalValue::Destination(_) => ValueKind::Destination,
            ProposalValue::Route(_) => ValueKind::Route,
            ProposalValue::Cut(_) => ValueKind::Cut,
            ProposalValue::Check(_) => ValueKind::Check,
            ProposalValue::Contradiction(_) => ValueKind::Contradiction,
        }
    }
}

/// Identifier of a proposal: its place in its set, so that the same set gives the same ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ProposalId(pub String);

/// A value, what it rests on, who made it, how sure it is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Proposal {
    /// The value.
    pub value: ProposalValue,
    evidence: Vec<Evidence>,
    /// The function that made it.
    pub function: FunctionRef,
    /// How sure it is.
    pub confidence: Confidence,
    /// Code of the rule that decided, when one did.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub rule: Option<String>,
}

impl Proposal {
    /// A proposal, or `None` when there is no evidence.
    pub fn new(
        value: ProposalValue,
        evidence: Vec<Evidence>,
        function: FunctionRef,
        confidence: Confidence,
    ) -> Option<Proposal> {
        (!evidence.is_empty()).then_some(Proposal {
            value,
            evidence,
            function,
            confidence,
            rule: None,
        })
    }

    /// The same, with the rule that decided.
    pub fn by_rule(mut self, code: &str) -> Proposal {
        self.rule = Some(code.to_owned());
        self
    }

    /// What it rests on; never empty.
    pub fn evidence(&self) -> &[Evidence] {
        &self.evidence
    }
}

/// Everything proposed for one text version by one set of function versions. Immutable.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ProposalSet {
    /// The text it was computed on.
    pub text_version: TextVersion,
    /// Functions that ran, by id.
    pub functions: Vec<FunctionRef>,
    /// Proposals, in a fixed order.
    pub proposals: Vec<Proposal>,
}

impl ProposalSet {
    /// The proposals with their ids (`p0`, `p1`…).
    pub fn with_ids(&self) -> impl Iterator<Item = (ProposalId, &Proposal)> {
        self.proposals.iter().enumerate().map(|(i, p)| (ProposalId(format!("p{i}")), p))
    }

    /// The proposal of that id.
    pub fn get(&self, id: &ProposalId) -> Option<&Proposal> {
        self.proposals.get(id.0.strip_prefix('p')?.parse::<usize>().ok()?)
    }

    /// Hash of the canonical JSON form; what the ledger keeps.
    pub fn hash(&self) -> Sha256Hex {
        // Serialising plain data to memory cannot fail; an empty string would still be a hash.
        Sha256Hex::of(serde_json::to_string(self).unwrap_or_default().as_bytes())
    }
}
