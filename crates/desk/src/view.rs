//! What the screens and interfaces show, as plain data: one file for each thing shown. Display strings
//! are French and final: a page adds no meaning of its own.

mod beside;
mod delivery;
mod document;
mod export;
mod history;
mod house;
mod list;
mod live;
mod patients;
mod proposal;
pub mod routing;
mod saved;
mod search;
mod split;
pub mod timeline;

pub use beside::{SideBySide, SideView};
pub use delivery::{DeliveryList, DeliveryView};
pub use document::{DocumentView, Rights, VersionLine};
pub use export::{
    CandidateVerdict, CandidateView, Certainty, ExportDocumentLine, ExportDocumentView, ExportForm,
    ExportLine, ExportView, LeftView, OppositionForm, OppositionLine, PolicyChoice, ProjectView,
    SampleView, WrittenView,
};
pub use history::{ActLine, HistoryLine, Recalled};
pub use house::{AccountView, FunctionView, LedgerCheck, LedgerLine};
pub use list::{Inbox, ListFilter, ListItem};
pub use live::{DeskEvent, Received};
pub use patients::{
    Compared, DoubleSide, Doubles, ImportLine, ImportOutcome, ImportReport, MergeLine,
    PatientChoice, PatientPair,
};
pub use proposal::{DecisionView, EditField, EvidenceView, FactSection, ProposalView};
pub use saved::{SavedView, Shows};
pub use search::{SearchAnswer, SearchItem, SearchRequest};
pub use split::{SplitPage, SplitView};
