//! What the screens and interfaces show, as plain data. Display strings are French and final:
//! a page adds no meaning of its own.

pub mod routing;
pub mod timeline;

use relu_record::{
    Actor, BoundingBox, Check, DocumentId, DocumentState, Instant, Page, PartialDate, Private,
    ProposalId, Role, Sheet, SheetState, Span, ValueKind,
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
    /// Whether its source masks it from professionals.
    #[serde(default)]
    pub masked: bool,
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

/// Another version of a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VersionLine {
    /// That version.
    pub id: DocumentId,
    /// Its name in lists.
    pub name: String,
    /// « Remplacé par la version 2 du 12/03/2026 ».
    pub what: String,
    /// Whether it replaces the one looked at.
    pub later: bool,
}

/// Two documents side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideBySide {
    /// The one it was asked from, then the other.
    pub sides: [SideView; 2],
}

/// One of two documents side by side.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SideView {
    /// The document, as in lists.
    pub item: ListItem,
    /// Its text in pieces, each with whether it differs from the other's.
    pub pieces: Vec<(Private, bool)>,
}

impl SideView {
    /// How many passages differ.
    pub fn different(&self) -> usize {
        self.pieces.iter().filter(|(_, differs)| *differs).count()
    }
}

/// One page of a stack that is to be cut.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SplitPage {
    /// Width in points.
    pub width: f32,
    /// Height in points.
    pub height: f32,
    /// Whether a document is proposed to begin here.
    pub begins: bool,
    /// Whether the page is proposed to be left out.
    pub leave_out: bool,
    /// `sûr`, `à vérifier`, in words; empty when nothing is proposed.
    pub certainty: String,
    /// What shows it: the quoted words.
    pub why: Vec<String>,
}

/// A stack with the cuts proposed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SplitView {
    /// The document.
    pub item: ListItem,
    /// Its pages.
    pub pages: Vec<SplitPage>,
    /// Whether the person looking may cut.
    pub may: bool,
}

/// One act of a person on a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ActLine {
    /// When.
    pub at: Instant,
    /// A sentence.
    pub what: String,
    /// The document as it stands now.
    pub item: ListItem,
    /// The act in words, when this person can still take it back.
    pub undo: Option<String>,
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
    /// Take the document off the patient it is filed to.
    #[serde(default)]
    pub detach: bool,
    /// Record a patient who is not known yet.
    #[serde(default)]
    pub new_patient: bool,
}

/// What was recalled with a document taken off a patient, and what had left by then.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Recalled {
    /// The patient it was taken off, when it still is.
    pub patient: Option<String>,
    /// How many decisions on its facts and summary no longer stand.
    pub facts: usize,
    /// Name of the team queue it was taken from.
    pub queue: Option<String>,
    /// Seen, exported, sent: what and to whom, newest first.
    pub left: Vec<HistoryLine>,
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
    /// Other versions of the same report, newest first.
    pub versions: Vec<VersionLine>,
    /// What the last act was, for the undo button.
    pub last_act: Option<String>,
    /// Where it is to go, or where it stands in the team.
    #[serde(default)]
    pub route: routing::RouteView,
    /// The record it is filed to: id of the patient.
    #[serde(default)]
    pub file: Option<String>,
    /// What it and other documents of its patient say differently.
    #[serde(default)]
    pub pairs: Vec<timeline::PairView>,
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

/// A delivery as a page shows it.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryView {
    /// Its id: what the other side knows it by.
    pub id: String,
    /// The document.
    pub document: ListItem,
    /// Id of the patient it was filed to when it was queued.
    pub patient: Option<String>,
    /// Label of the destination.
    pub destination: String,
    /// `première remise`, `remplacement`, `rappel`.
    pub purpose: String,
    /// Whether it takes something back.
    pub recall: bool,
    /// Where it stands.
    pub state: relu_vault::DeliveryState,
    /// Why it was refused or waits, in words.
    pub reason: Option<String>,
    /// Words of the other side.
    pub words: String,
    /// Who asked for it.
    pub by: String,
    /// When.
    pub created: Instant,
    /// When it last changed.
    pub updated: Instant,
    /// Whether it can be tried again.
    pub may_retry: bool,
    /// Whether it can be given up.
    pub may_cancel: bool,
}

/// One page of deliveries.
#[derive(Clone, Debug, PartialEq)]
pub struct DeliveryList {
    /// The lines.
    pub items: Vec<DeliveryView>,
    /// How many stand where, whatever the state asked for; what is prepared counts as waiting.
    pub counts: Vec<(relu_vault::DeliveryState, u64)>,
    /// Lines per page.
    pub page_size: usize,
}

/// What is searched for. Words may name a patient: they print as nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct SearchRequest {
    /// The line as typed.
    pub words: Private,
    /// Words of the sender's name.
    pub sender: Private,
    /// Documents in that state.
    pub state: Option<DocumentState>,
    /// JDV_J07 code.
    pub type_code: Option<String>,
    /// Id of a patient.
    pub patient: Option<String>,
    /// Documents of that day or later.
    pub from: Option<PartialDate>,
    /// Documents of that day or earlier.
    pub to: Option<PartialDate>,
    /// Page, from 0.
    pub page: usize,
}

/// A document found.
#[derive(Clone, Debug, PartialEq)]
pub struct SearchItem {
    /// Its line.
    pub item: ListItem,
    /// Words of it in order, and whether they were asked for.
    pub snippet: Vec<(String, bool)>,
    /// Whether its source masks it.
    pub masked: bool,
}

/// What a search found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct SearchAnswer {
    /// How many documents.
    pub total: u64,
    /// Those of this page, the best first.
    pub items: Vec<SearchItem>,
    /// Lines per page.
    pub page_size: usize,
    /// How many in each state.
    pub states: Vec<(DocumentState, u64)>,
    /// How many of each type: code, label.
    pub types: Vec<(String, String, u64)>,
    /// Documents received that cannot be found yet.
    pub behind: u64,
}

/// A search that a person has saved.
#[derive(Clone, Debug, PartialEq)]
pub struct SavedView {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// What is asked for.
    pub asked: SearchRequest,
}

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
