//! The timeline of a patient, its small charts, and what two documents say differently.

use relu_record::{DocumentId, Kept, ProposalId};
use serde::{Deserialize, Serialize};

use super::DecisionView;

/// What a line of the timeline is about; the names are those of addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TimelineKind {
    /// Documents themselves.
    Documents,
    /// Results, measures, scores.
    Resultats,
    /// Diagnoses and signs.
    Diagnostics,
    /// Drugs.
    Medicaments,
    /// Allergies.
    Allergies,
    /// Acts and devices.
    Actes,
    /// Vaccines.
    Vaccins,
    /// Tobacco, alcohol.
    ModeDeVie,
    /// Stays.
    Sejours,
}

impl TimelineKind {
    /// Every kind, in the order of the screen.
    pub const ALL: [TimelineKind; 9] = [
        TimelineKind::Documents,
        TimelineKind::Resultats,
        TimelineKind::Diagnostics,
        TimelineKind::Medicaments,
        TimelineKind::Allergies,
        TimelineKind::Actes,
        TimelineKind::Vaccins,
        TimelineKind::ModeDeVie,
        TimelineKind::Sejours,
    ];

    /// Its name in addresses.
    pub fn as_str(self) -> &'static str {
        match self {
            TimelineKind::Documents => "documents",
            TimelineKind::Resultats => "resultats",
            TimelineKind::Diagnostics => "diagnostics",
            TimelineKind::Medicaments => "medicaments",
            TimelineKind::Allergies => "allergies",
            TimelineKind::Actes => "actes",
            TimelineKind::Vaccins => "vaccins",
            TimelineKind::ModeDeVie => "mode-de-vie",
            TimelineKind::Sejours => "sejours",
        }
    }

    /// The kind of that name.
    pub fn parse(name: &str) -> Option<TimelineKind> {
        TimelineKind::ALL.into_iter().find(|k| k.as_str() == name)
    }
}

/// What of a timeline is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TimelineRequest {
    /// One kind, or everything.
    pub kind: Option<TimelineKind>,
    /// Whether facts that nobody has confirmed are shown too, as such.
    pub unconfirmed: bool,
    /// Page, from 0.
    pub page: usize,
}

/// A window of a patient's timeline, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TimelineView {
    /// Id of the patient's record, the one that stands.
    pub patient: String,
    /// The patient in one line.
    pub display: String,
    /// How many lines of each kind there are for this person; kinds without any left out.
    pub counts: Vec<(TimelineKind, u64)>,
    /// How many facts nobody has confirmed.
    pub unconfirmed: u64,
    /// The groups of this page.
    pub groups: Vec<TimelineGroup>,
    /// How many groups there are in all.
    pub total: usize,
    /// Groups per page.
    pub page_size: usize,
    /// Values that come again, those measured most often first.
    pub series: Vec<Series>,
    /// What documents say differently and nobody has looked at.
    pub pairs: Vec<PairView>,
}

/// Where the date of a group comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dated {
    /// It is the fact's own.
    Fact,
    /// It is that of the document.
    Document,
    /// The document has none: it is the day it was received.
    Received,
}

/// What one document says for one date.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineGroup {
    /// Year.
    pub year: u16,
    /// Month, when it is known.
    pub month: Option<u8>,
    /// The date, French.
    pub date: String,
    /// Where it comes from.
    pub dated: Dated,
    /// The document; a stay of the patient feed has none.
    pub document: Option<TimelineDocument>,
    /// What it says, as asked for.
    pub entries: Vec<TimelineEntry>,
}

/// The document of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineDocument {
    /// Which.
    pub id: DocumentId,
    /// Its type, or its name.
    pub title: String,
    /// Author and structure, as filed.
    pub by: String,
    /// Who filed it and when.
    pub filed: Option<DecisionView>,
    /// Whether its source masks it from professionals; then only a doctor sees this.
    pub masked: bool,
    /// Whether its source hides it from the patient.
    pub hidden: bool,
}

/// One fact.
#[derive(Clone, Debug, PartialEq)]
pub struct TimelineEntry {
    /// Kind.
    pub kind: TimelineKind,
    /// `médicament`, `résultat`…
    pub label: String,
    /// The words of the document.
    pub words: String,
    /// Code with its terminology.
    pub code: Option<String>,
    /// What the document says of it beyond its words: absent, supposed, of the family, stopped…
    pub said: Vec<String>,
    /// Value with unit, reference and flag, as printed.
    pub value: Option<String>,
    /// Its place in the document's proposal set.
    pub fact: ProposalId,
    /// Whether it rests on words of the text, which can be shown.
    pub in_text: bool,
    /// Who confirmed it; nothing when nobody has.
    pub decision: Option<DecisionView>,
    /// Whether a person kept what another document says instead.
    pub set_aside: bool,
}

/// Values of one measure over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Series {
    /// What is measured.
    pub name: String,
    /// Unit, as people write it.
    pub unit: String,
    /// Reference range as printed, when all that print one print the same.
    pub reference: Option<String>,
    /// Its bounds, when they can be read.
    pub bounds: (Option<f64>, Option<f64>),
    /// The values, oldest first.
    pub points: Vec<Point>,
}

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// Days since 1970; a date without a day counts as its first.
    pub day: i64,
    /// The date, French.
    pub date: String,
    /// Where the date comes from.
    pub dated: Dated,
    /// The number, or the lower of two.
    pub value: f64,
    /// The upper of two.
    pub upper: Option<f64>,
    /// As printed.
    pub shown: String,
    /// Flag as printed by the source.
    pub flag: Option<String>,
    /// The document.
    pub document: DocumentId,
    /// The fact.
    pub fact: ProposalId,
    /// Whether it rests on words of the text.
    pub in_text: bool,
    /// Whether a clinician has confirmed it.
    pub confirmed: bool,
}

/// What two documents say differently.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairView {
    /// Its id: the same pair has the same one every time.
    pub id: String,
    /// Code of the rule.
    pub rule: String,
    /// Title, in words of uncertainty.
    pub title: String,
    /// What it is, a French sentence.
    pub sentence: String,
    /// What the later document says.
    pub here: PairSide,
    /// What the other says; nothing when it is that no other says it.
    pub there: Option<PairSide>,
    /// Which one was kept.
    pub kept: Option<Kept>,
    /// What was decided.
    pub decision: Option<DecisionView>,
    /// Whether the person looking may decide it.
    pub may_decide: bool,
}

/// One of the two.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PairSide {
    /// The document.
    pub document: DocumentId,
    /// The fact.
    pub fact: ProposalId,
    /// Date of the document, French.
    pub date: String,
    /// Type and author.
    pub title: String,
    /// Its words.
    pub words: String,
    /// Whether it rests on words of the text.
    pub in_text: bool,
    /// Whether a clinician has confirmed it.
    pub confirmed: bool,
}

/// What a person says of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PairAnswer {
    /// Seen: both stand.
    Seen,
    /// One is kept.
    Keep(Kept),
    /// The answer given before is taken back.
    Reopen,
}
