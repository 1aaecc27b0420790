//! One document with everything its three columns show.

use relu_record::{DocumentId, Page};
use serde::{Deserialize, Serialize};

use super::{FactSection, HistoryLine, ListItem, PatientChoice, ProposalView, routing, timeline};

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
    /// Who wants it printed, in words; nothing when it is not to be printed.
    #[serde(default)]
    pub to_print: Option<String>,
    /// The record it is filed to: id of the patient.
    #[serde(default)]
    pub file: Option<String>,
    /// What it and other documents of its patient say differently.
    #[serde(default)]
    pub pairs: Vec<timeline::PairView>,
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
