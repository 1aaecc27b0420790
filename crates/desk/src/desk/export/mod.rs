//! Export without identities: a project and a selection, the documents read for identities, a person
//! who decides on every word or on a sample, a second reading that blocks, a decision on exactly that
//! version, an archive with its report and its signed proof.
//!
//! ```text
//! select ──▶ work (find, then read again what would be written) ──▶ review ──▶ write
//!   │ opposed persons are left out here…                                └ … and again here
//! ```
//!
//! Shapes: [`content`] is what is sealed; [`crate::view::ExportView`] what a page gets. State of an
//! export: *brouillon* (being read) → *en revue* → *bloqué* or *prêt* → *écriture* → *exporté*.
//! Who may: [`relu_record::Role::may_export`]; the result is *pseudonymisé*, never anonymous.
//! Source: GDPR art. 4(5) and 89; CNIL délibération 2021-118; rules EX-1, EX-3, EX-4, EX-6, EX-10.

pub(super) mod content;
mod engine;
mod opposition;
mod review;
mod sample;
mod select;
mod show;
mod work;
mod write;

use std::sync::OnceLock;

use relu_record::{Actor, DocumentId, Reading, Role};
use relu_vault::{Export, ExportDocument, ExportId, ExportState, Job, Lane, NewJob, Tx};
use serde::Deserialize;

use super::{Desk, Result};
use crate::{DeskError, ErrorKind};
use content::{DocumentContent, ExportContent};

pub(super) use work::{JOB_CHECK, JOB_WRITE};

const OPERATION: &str = "export";
/// How often an act is tried again when the second reading was faster by a hair.
const TRIES: usize = 8;

/// The rules of `data/export.toml`.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Rules {
    pub(super) max_documents: usize,
    pub(super) max_archive_bytes: u64,
    pub(super) sampling: Sampling,
    pub(super) certainty: Certainty,
}

/// When a sample stands for the whole.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Sampling {
    pub(super) confidence: f64,
    pub(super) most_leak_rate: f64,
    pub(super) size: usize,
}

/// Words for how sure a candidate is.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Certainty {
    pub(super) sure: f32,
}

/// The embedded rules; a test reads them, so that the strict fallback is never met.
pub(super) fn rules() -> &'static Rules {
    static RULES: OnceLock<Rules> = OnceLock::new();
    RULES.get_or_init(|| {
        toml::from_str(include_str!("../../../data/export.toml")).unwrap_or(Rules {
            max_documents: 0,
            max_archive_bytes: 0,
            sampling: Sampling { confidence: 1.0, most_leak_rate: 0.0, size: usize::MAX },
            certainty: Certainty { sure: 1.0 },
        })
    })
}

/// An export as stored, opened.
pub(super) struct Opened {
    pub(super) export: Export,
    pub(super) content: ExportContent,
}

/// A document of an export, opened.
pub(super) struct OpenedDocument {
    pub(super) row: ExportDocument,
    pub(super) content: DocumentContent,
    pub(super) reading: Reading,
}

impl OpenedDocument {
    pub(super) fn text(&self) -> &str {
        &self.reading.text
    }
}

impl Desk {
    async fn export_opened(&self, id: &ExportId) -> Result<Opened> {
        let export = self.vault().export(id).await?;
        let content = serde_json::from_slice(&export.content).map_err(|_| unreadable())?;
        Ok(Opened { export, content })
    }

    async fn export_document_opened(
        &self,
        id: &ExportId,
        document: &DocumentId,
    ) -> Result<OpenedDocument> {
        let row = self.vault().export_document(id, document).await?;
        let content = match row.content.is_empty() {
            true => DocumentContent::default(),
            false => serde_json::from_slice(&row.content).map_err(|_| unreadable())?,
        };
        let json = self.vault().reading(document).await?.ok_or_else(|| {
            DeskError::new(ErrorKind::Conflict, OPERATION, "ce document n'a pas été lu")
        })?;
        let reading = serde_json::from_slice(&json).map_err(|_| unreadable())?;
        Ok(OpenedDocument { row, content, reading })
    }

    /// Wakes the workers.
    fn export_moved(&self) {
        self.inner.work.notify_waiters();
        self.inner.work.notify_one();
    }
}

/// Refuses whoever may not export.
fn exporter(who: &Actor) -> Result<()> {
    allow(who.role.is_some_and(Role::may_export), "réservé au médecin, tenu au secret")
}

fn allow(may: bool, why: &str) -> Result<()> {
    if may { Ok(()) } else { Err(DeskError::new(ErrorKind::Forbidden, OPERATION, why)) }
}

/// Refuses a change of an export that is being written, or whose key is gone.
fn open_for_change(opened: &Opened) -> Result<()> {
    let conflict = |why: &str| Err(DeskError::new(ErrorKind::Conflict, OPERATION, why));
    if opened.export.key_destroyed_at.is_some() {
        return conflict("la clé de cet export est détruite : il ne change plus");
    }
    match opened.export.state {
        ExportState::Writing => conflict("l'archive est en cours d'écriture"),
        _ => Ok(()),
    }
}

fn unreadable() -> DeskError {
    DeskError::new(ErrorKind::Integrity, OPERATION, "ce qui est conservé n'est pas lisible")
}

fn sealed<T: serde::Serialize>(value: &T) -> Result<relu_record::Private<Vec<u8>>> {
    serde_json::to_vec(value)
        .map(relu_record::Private)
        .map_err(|_| DeskError::new(ErrorKind::Internal, OPERATION, "valeur sans forme JSON"))
}

/// Whether an act met a change that came between its reading and its writing.
fn raced(e: &DeskError) -> bool {
    e.kind == ErrorKind::Conflict && e.operation == "coffre"
}

/// Work on one document of an export, or on all of them.
#[derive(serde::Serialize, serde::Deserialize)]
struct Task {
    export: String,
    document: Option<String>,
}

async fn queue(
    tx: &mut Tx,
    kind: &str,
    id: &ExportId,
    document: Option<&DocumentId>,
) -> Result<()> {
    let task = Task { export: id.0.clone(), document: document.map(|d| d.0.clone()) };
    tx.enqueue(NewJob {
        lane: Lane::Work,
        kind: kind.to_owned(),
        document: None,
        payload: sealed(&task)?,
        // What was received is read first: those jobs are due since the beginning of time.
        run_at: tx.now(),
        unique: None,
    })
    .await?;
    Ok(())
}

fn task(job: &Job) -> Option<(ExportId, Option<DocumentId>)> {
    let task: Task = serde_json::from_slice(&job.payload).ok()?;
    Some((ExportId(task.export), task.document.map(DocumentId)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_rules_are_read() {
        let rules = super::rules();
        assert!(rules.max_documents > 0 && rules.sampling.size == 300);
        let bound = super::sample::upper_bound(0, rules.sampling.size, rules.sampling.confidence);
        assert!(bound < rules.sampling.most_leak_rate, "the proposed size meets the rule");
    }
}
