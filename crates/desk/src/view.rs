//! What the screens and interfaces show, as plain data. Display strings are French and final:
//! a page adds no meaning of its own.

use relu_record::{
    Actor, BoundingBox, Check, DocumentId, DocumentState, Instant, Page, ProposalId, Role, Sheet,
    SheetState, Span, ValueKind,
};
use serde::{Deserialize, Serialize};

/// Which documents a list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListFilter {
    /// One state, or all that wait for somebody when absent.
    pub state: Option<DocumentState>,
    /// Beginning of a patient's or file's name; words in any order.
    pub query: String,
    /// JDV_J07 code.
    pub type_code: Option<String>,
    /// Page of the list, from 0.
    pub page: usize,
}

/// One line of a list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ListItem {
    /// Document.
    pub id: DocumentId,
    /// File name, or where it lay in its container.
    pub name: String,
    /// When it came in.
    pub received: Instant,
    /// Where it stands.
    pub state: DocumentState,
    /// Wire name of the format.
    pub format: String,
    /// `DUPONT Jeanne, née MARTIN · F · 12/03/1950`, as decided or else as proposed.
    pub patient: Option<String>,
    /// Type label, as decided or else as proposed.
    pub document_type: Option<String>,
    /// Date of the document, French.
    pub date: Option<String>,
    /// Author.
    pub author: Option<String>,
    /// Whether something asks to be looked at before filing.
    pub checks: Vec<Check>,
    /// Code and sentence of the quarantine.
    pub refusal: Option<(String, String)>,
    /// Whether the text comes from character recognition.
    pub ocr: bool,
}

/// A list with its counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Inbox {
    /// The lines of this page.
    pub items: Vec<ListItem>,
    /// How many documents the filter finds.
    pub total: u64,
    /// Lines per page.
    pub page_size: usize,
    /// How many documents stand in each state, whatever the filter.
    pub counts: Vec<(DocumentState, u64)>,
    /// Documents received and not read yet.
    pub pending: u64,
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

/// What the person looking may do with this document now.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Rights {
    /// Decide the filing, file.
    pub filing: bool,
    /// Decide facts.
    pub facts: bool,
    /// Mark as seen.
    pub visa: bool,
    /// Undo the last act.
    pub undo: bool,
    /// Read a quarantined document again.
    pub retry: bool,
}

/// One line of the document's history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct HistoryLine {
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// What, a French sentence.
    pub what: String,
}

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

/// A document with everything the three columns show.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DocumentView {
    /// Its line.
    pub item: ListItem,
    /// Lower-case SHA-256.
    pub sha256: String,
    /// The whole text.
    pub text: String,
    /// Pages, when the format has some and they can be drawn.
    pub pages: Vec<Page>,
    /// Filing proposals, in screen order.
    pub filing: Vec<ProposalView>,
    /// Draft summary lines.
    pub summary: Vec<ProposalView>,
    /// Clinical facts by section.
    pub facts: Vec<FactSection>,
    /// Known patients that could be this one.
    pub patients: Vec<PatientChoice>,
    /// Functions that did not run because they are switched off.
    pub switched_off: Vec<String>,
    /// History, newest first.
    pub history: Vec<HistoryLine>,
    /// What the person looking may do.
    pub rights: Rights,
    /// Where a container holds several: id and name of the others.
    pub siblings: Vec<(DocumentId, String)>,
    /// What the last act was, for the undo button.
    pub last_act: Option<String>,
}

/// A person's account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AccountView {
    /// Id.
    pub id: String,
    /// Sign-in name.
    pub login: String,
    /// Name on the screen.
    pub name: String,
    /// Role.
    pub role: Role,
}

impl AccountView {
    /// The person as an actor.
    pub fn actor(&self) -> Actor {
        Actor { id: self.id.clone(), kind: relu_record::ActorKind::Person, role: Some(self.role) }
    }
}

/// A function of the register: its sheet and its live state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FunctionView {
    /// Static part.
    pub sheet: Sheet,
    /// Live part.
    pub state: SheetState,
}

/// One line of the ledger page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerLine {
    /// Sequence number.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// Who.
    pub by: String,
    /// What, a French sentence without content.
    pub what: String,
    /// The document it is about.
    pub document: Option<DocumentId>,
    /// First characters of the chain value.
    pub mac: String,
}

/// Result of verifying the ledger.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LedgerCheck {
    /// Events read.
    pub events: u64,
    /// Whether everything holds.
    pub ok: bool,
    /// Where and why it does not, in French.
    pub problem: Option<String>,
}

/// What came in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Received {
    /// The document.
    pub document: DocumentId,
    /// Whether the same bytes were already there.
    pub duplicate: bool,
}

/// What happened, told live to open pages.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum DeskEvent {
    /// A document's state changed (received, read, filed…).
    Document {
        /// Which.
        id: DocumentId,
        /// Its state now.
        state: DocumentState,
    },
    /// Progress of what is coming in: read so far out of received.
    Progress {
        /// Waiting to be read.
        pending: u64,
    },
}
