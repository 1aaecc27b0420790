//! What the pages of routing, of the team queues and of the visa show.

use relu_record::{DocumentId, Private};
use serde::{Deserialize, Serialize};

use super::{EvidenceView, ListItem};

/// A rule as people read it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleView {
    /// Its id.
    pub id: String,
    /// Counts its changes.
    pub version: u32,
    /// The sentence.
    pub sentence: String,
    /// What makes it one that cannot stand.
    pub problem: Option<String>,
}

/// A set of rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RuleSetView {
    /// Number.
    pub version: u32,
    /// State, in words.
    pub state: String,
    /// Who put it in use or began it, when (already in words).
    pub by: String,
    /// The rules, in order.
    pub rules: Vec<RuleView>,
}

/// A rule that counts speak for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SuggestionView {
    /// The sentence.
    pub sentence: String,
    /// The counts and their interval, in words.
    pub why: String,
}

/// The page of rules.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RulesView {
    /// In use.
    pub active: Option<RuleSetView>,
    /// Being written.
    pub draft: Option<RuleSetView>,
    /// Used before.
    pub older: Vec<RuleSetView>,
    /// Words of the grammar: what they are, and the words.
    pub words: Vec<(String, Vec<String>)>,
    /// Suggestions.
    pub suggestions: Vec<SuggestionView>,
    /// Whether the person looking may put rules in use.
    pub may_activate: bool,
}

/// A document whose route would change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplayRow {
    /// Which.
    pub document: String,
    /// Its type and sender, for who may look at documents.
    pub what: String,
    /// Under the rules in use.
    pub was: String,
    /// Under the draft.
    pub would_be: String,
    /// Rules of the draft that act.
    pub rules: String,
}

/// What a rule of the draft did.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplayCount {
    /// Its id.
    pub id: String,
    /// The sentence.
    pub sentence: String,
    /// Documents for which it is true.
    pub matched: u64,
    /// Documents it gives to an owner.
    pub owned: u64,
    /// Documents for which another rule came first.
    pub overridden: u64,
}

/// The outcome of a try.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReplayView {
    /// First and last day looked at, French.
    pub from: String,
    /// Last day.
    pub to: String,
    /// Number of the draft.
    pub version: u32,
    /// Documents looked at.
    pub documents: u64,
    /// How many would change.
    pub changed: u64,
    /// The first of them.
    pub rows: Vec<ReplayRow>,
    /// By rule.
    pub counts: Vec<ReplayCount>,
    /// Winner, other rule, how often.
    pub conflicts: Vec<(String, String, u64)>,
    /// Without an owner: in use, tried.
    pub without_owner: (u64, u64),
    /// How long it took, in milliseconds.
    pub took_ms: u64,
}

/// A condition as it stands for a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhyLine {
    /// In French.
    pub condition: String,
    /// `true`, `false`, `unknown`.
    pub truth: String,
    /// The same in words.
    pub says: String,
    /// What was seen.
    pub seen: String,
    /// Where.
    pub evidence: Vec<EvidenceView>,
    /// Groups it stands in.
    pub depth: usize,
}

/// A rule as it stands for a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WhyRule {
    /// The rule.
    pub rule: RuleView,
    /// `true`, `false`, `unknown`.
    pub truth: String,
    /// The same in words.
    pub says: String,
    /// Its conditions.
    pub conditions: Vec<WhyLine>,
}

/// One thing that the rules propose for a document.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RouteLine {
    /// Its id among the document's routes.
    pub id: String,
    /// What is to be done.
    pub what: String,
    /// The rule's sentence.
    pub because: String,
    /// Its id.
    pub rule: String,
    /// What it rests on.
    pub evidence: Vec<EvidenceView>,
    /// The rule that comes first, when another gives the owner.
    pub overridden_by: Option<String>,
    /// Whether a person has refused it.
    pub refused: bool,
}

/// Where a document is to go, or where it stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RouteView {
    /// Number of the rules in use; nothing when none are.
    pub rules: Option<u32>,
    /// What they propose.
    pub lines: Vec<RouteLine>,
    /// The queue a person has chosen instead, by name.
    pub choice: Option<String>,
    /// Where it goes when nothing is changed, by name.
    pub to: String,
    /// Queues to choose from: code and name.
    pub queues: Vec<(String, String)>,
    /// Whether the person looking may choose.
    pub may_choose: bool,
    /// Where it stands once filed.
    pub place: Option<PlaceView>,
    /// Tasks.
    pub tasks: Vec<TaskView>,
}

/// Where a filed document stands.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PlaceView {
    /// Queue or person, by name.
    pub place: String,
    /// Code of the queue.
    pub queue: Option<String>,
    /// Who took it.
    pub holder: Option<String>,
    /// Whether that is the person looking.
    pub mine: bool,
    /// Since when, in words.
    pub since: String,
    /// The note left with it, and by whom.
    pub note: Option<(String, String)>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// Who has a copy, by name.
    pub copies: Vec<String>,
    /// Whether its work is finished.
    pub done: bool,
}

/// A task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TaskView {
    /// Its id.
    pub id: String,
    /// What.
    pub label: String,
    /// Until when, French.
    pub due: Option<String>,
    /// Whether that day is past.
    pub late: bool,
    /// Done by, in words.
    pub done: Option<String>,
    /// The document.
    pub document: DocumentId,
}

/// A queue in the list of queues.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct QueueLine {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Open documents.
    pub open: u64,
    /// Of these, taken by nobody.
    pub free: u64,
    /// Age of the oldest, in words.
    pub oldest: Option<String>,
    /// Whether the oldest has waited longer than the team allows.
    pub late: bool,
}

/// A document in a queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueItem {
    /// Its line.
    pub item: ListItem,
    /// There since, in words.
    pub since: String,
    /// Who took it, and since when in words.
    pub holder: Option<(String, String)>,
    /// Whether that is the person looking.
    pub mine: bool,
    /// Whether the person looking may take it.
    pub may_claim: bool,
    /// The one who is away and for whom the person looking stands in.
    pub covers: Option<String>,
    /// Why it is here although nobody sent it: nobody took it in time.
    pub escalated: Option<String>,
    /// The note left with it, and by whom.
    pub note: Option<(String, String)>,
    /// Words to find it by.
    pub tags: Vec<String>,
    /// First open due date, French, and whether it is past.
    pub due: Option<(String, bool)>,
    /// Whether the person looking made the last move and may take it back.
    pub may_undo: bool,
}

/// A document that is to be printed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PrintItem {
    /// Its line.
    pub item: ListItem,
    /// Who asked for it, in words.
    pub by: String,
    /// Since when, in words.
    pub since: String,
}

/// The page of queues.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BannettesView {
    /// Queues with counts.
    pub queues: Vec<QueueLine>,
    /// Code of the one shown.
    pub here: String,
    /// Its name.
    pub title: String,
    /// Its documents.
    pub items: Vec<QueueItem>,
    /// Open tasks, for that page.
    pub tasks: Vec<(TaskView, ListItem)>,
    /// What is to be printed, for that page.
    #[serde(default)]
    pub prints: Vec<PrintItem>,
    /// Where a document can be passed on to: code and name, queues and people.
    pub targets: Vec<(String, String)>,
}

/// Which documents the doctor's list shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct VisaFilter {
    /// `a-viser`, `a-faire`, `vus`.
    pub show: String,
    /// Those given to me alone.
    pub mine: bool,
    /// JDV_J07 code.
    pub type_code: Option<String>,
    /// Code of a mention as printed, or [`ANY_MENTION`].
    pub mention: Option<String>,
    /// Beginning of a patient's name; words in any order.
    pub name: Private,
}

/// In the place of the code of a mention: any of them.
pub const ANY_MENTION: &str = "toute";

/// A document in the doctor's list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct VisaItem {
    /// Its line.
    pub item: ListItem,
    /// Mentions as printed by the sender.
    pub mentions: Vec<String>,
    /// First open due date, French, and whether it is past.
    pub due: Option<(String, bool)>,
    /// Queue and holder, in words.
    pub place: String,
}

/// The doctor's list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VisaView {
    /// Documents, those with a printed mention first.
    pub items: Vec<VisaItem>,
    /// How many wait, are to act on, were seen.
    pub counts: [u64; 3],
    /// Mentions to choose from: code and label.
    pub mentions: Vec<(String, String)>,
    /// Whether some were left out of the list.
    pub more: bool,
}

/// A queue in the settings of the team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TeamQueueView {
    /// Code.
    pub code: String,
    /// Name.
    pub name: String,
    /// Hours after which a document nobody took goes to the fallback.
    pub hours: u32,
    /// Whether it is the fallback.
    pub fallback: bool,
    /// Names of who may take, in words.
    pub members: String,
}

/// An absence in the settings of the team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AbsenceView {
    /// Place in the list.
    pub index: usize,
    /// Who, dates and who stands in, in words.
    pub says: String,
}

/// The settings of the team.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct TeamView {
    /// Queues.
    pub queues: Vec<TeamQueueView>,
    /// Absences.
    pub absences: Vec<AbsenceView>,
    /// People: account and name.
    pub people: Vec<(String, String)>,
    /// Whether the person looking may change it.
    pub may_change: bool,
}
