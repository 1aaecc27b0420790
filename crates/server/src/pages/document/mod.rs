//! A document: the list on the left, the document as it looks in the middle, the proposals on the
//! right. One file per column; [`print`] is the sheet that goes on paper.

mod detached;
mod evidence;
mod facts;
mod filing;
mod list;
mod print;
mod proposal;
mod route;
mod sheet;

use maud::{Markup, html};
use relu_desk::view::{DocumentView, Inbox, ListItem, PatientChoice};
use relu_record::{DocumentId, DocumentState};

use crate::list::ListQuery;
use crate::pages::deliveries::HandOver;
use crate::pages::inbox::{address, headline};
use crate::pages::{Frame, framed, icon};
use crate::texts::t;

pub use detached::page as detached;

/// What the three columns show.
pub struct DocumentPage<'a> {
    /// The document.
    pub view: &'a DocumentView,
    /// The list it was opened from.
    pub list: &'a Inbox,
    /// Where the person stands in that list.
    pub query: &'a ListQuery,
    /// Words of the list's search.
    pub words: &'a str,
    /// The document after this one.
    pub next: Option<&'a DocumentId>,
    /// The document just filed, while it can be undone.
    pub filed: Option<&'a Filed>,
    /// Patients found by name for this document.
    pub found: Option<&'a Found>,
    /// Types, to state one: code and label.
    pub types: &'a [(String, String)],
    /// What was handed to other software of it, and where it can be.
    pub handed: &'a HandOver,
}

/// A document just filed.
pub struct Filed {
    /// Its line.
    pub item: ListItem,
}

/// The answer to a search for a patient.
pub struct Found {
    /// Words searched.
    pub words: String,
    /// Patients.
    pub patients: Vec<PatientChoice>,
}

impl DocumentPage<'_> {
    /// The address of something of this document, at the same place of the list.
    fn action(&self, rest: &str) -> String {
        let query = ListQuery { filed: None, ..self.query.clone() };
        query.at(&format!("{}{rest}", address(&self.view.item)))
    }
}

/// The page.
pub fn page(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    framed(
        frame,
        headline(&page.view.item),
        "document-page",
        &html! {
            @if let Some(filed) = page.filed { (undo_bar(frame, filed, page.query)) }
            div.columns data-document=(page.view.item.id.0) data-state=(page.view.item.state.as_str()) {
                (list::column(frame, page))
                (sheet::column(frame, page))
                (filing::column(frame, page))
            }
            (print::sheet(page))
        },
    )
}

/// What was just done, from where the document stands now.
fn done(state: DocumentState) -> &'static str {
    match state {
        DocumentState::AViser => t("document.done-to-see"),
        DocumentState::Action => t("document.done-to-do"),
        DocumentState::Clos => t("document.done-split"),
        other => crate::pages::state_name(other),
    }
}

/// « Classé : … — Annuler », on the next document or on the list.
pub fn undo_bar(frame: &Frame, filed: &Filed, query: &ListQuery) -> Markup {
    let query = ListQuery { filed: None, patient_search: None, ..query.clone() };
    html! {
        form.undo-bar #undo-bar method="post" action=(query.at(&format!("{}/annuler", address(&filed.item))))
            data-test="undo-bar" data-id=(filed.item.id.0) {
            (frame.token())
            p role="status" {
                b { (done(filed.item.state)) } " : "
                (headline(&filed.item))
                @if let Some(kind) = &filed.item.document_type { " · " (kind) }
            }
            button #undo-filed type="submit" data-key-undo="" { (icon("undo")) (t("document.undo")) " " kbd { "u" } }
        }
    }
}
