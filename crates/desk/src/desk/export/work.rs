//! Work in the background: documents of an export are read for identities, then what would be
//! written is read a second time. A job does one document or all of them; each document is committed
//! by itself, so that a job that was cut short goes on where it was.

use relu_record::{Actor, DocumentId, Sha256Hex, TextVersion};
use relu_vault::{
    Document, EventKind, Export, ExportChange, ExportDocumentState, ExportId, ExportState, Job, Tx,
};

use super::content::{Check, DocumentContent, Everywhere, ExportContent};
use super::review::included;
use super::{Opened, OpenedDocument, TRIES, engine, raced, rules, sample, sealed, task};
use crate::ErrorKind;
use crate::desk::{Desk, Result};
use crate::texts::text as text_of;

/// Kind of the job that finds and reads again.
pub(in crate::desk) const JOB_CHECK: &str = "export-check";
/// Kind of the job that writes the archive.
pub(in crate::desk) const JOB_WRITE: &str = "export-write";

const ACTOR: &str = "export";

impl Desk {
    /// Does a job of an export.
    pub(in crate::desk) async fn export_job(&self, job: &Job) -> Result<()> {
        let Some((id, document)) = task(job) else { return self.finish_export_job(job).await };
        if job.kind == JOB_WRITE {
            return self.write_export(job, &id).await;
        }
        match &document {
            Some(document) => self.check_document(&id, document).await?,
            None => {
                // One document that fails must not keep the others waiting.
                let mut failed = None;
                for row in self.vault().export_documents(&id).await? {
                    failed = self.check_document(&id, &row.document).await.err().or(failed);
                }
                if let Some(error) = failed {
                    return Err(error);
                }
            }
        }
        self.settle(&id, document.is_none()).await?;
        self.finish_export_job(job).await?;
        self.export_moved();
        Ok(())
    }

    /// A job that failed for good: the page says so, and a person may ask again by a refresh.
    pub(in crate::desk) async fn export_job_failed(&self, tx: &mut Tx, job: &Job) -> Result<()> {
        let Some((id, _)) = task(job) else { return Ok(()) };
        let opened = self.export_opened(&id).await?;
        let state = match opened.export.state {
            ExportState::Writing => ExportState::InReview,
            other => other,
        };
        let content = ExportContent {
            working: false,
            decision: None,
            problem: Some(text_of("export-problem", "failed")),
            ..opened.content
        };
        let change =
            ExportChange { state: Some(state), content: Some(sealed(&content)?), archive: None };
        tx.change_export(&opened.export, change, EventKind::ExportChanged, "failed").await?;
        Ok(())
    }

    pub(super) async fn finish_export_job(&self, job: &Job) -> Result<()> {
        let mut tx = self.begin(&Actor::system(ACTOR)).await?;
        tx.finish_job(job).await?;
        Ok(tx.commit().await?)
    }

    /// Finds what was not looked for yet, and reads again what was decided on since.
    async fn check_document(&self, id: &ExportId, document: &DocumentId) -> Result<()> {
        for n in 0.. {
            match self.check_once(id, document).await {
                Err(e) if raced(&e) && n < TRIES => {}
                // A document or a key that was destroyed meanwhile is no more work.
                Err(e) if e.kind == ErrorKind::NotFound => return Ok(()),
                done => return done,
            }
        }
        Ok(())
    }

    async fn check_once(&self, id: &ExportId, document: &DocumentId) -> Result<()> {
        let opened = self.export_opened(id).await?;
        if matches!(opened.export.state, ExportState::Writing)
            || opened.export.key_destroyed_at.is_some()
        {
            return Ok(());
        }
        let here = self.export_document_opened(id, document).await?;
        if here.row.state == ExportDocumentState::Withdrawn {
            return Ok(());
        }
        let stored = self.vault().document(document).await?;
        let version = TextVersion::of(&stored.sha256, here.text());
        let mut here = here;
        // A text that was read anew since has other candidates.
        let fresh = here.content.text_version.as_ref() != Some(&version);
        if fresh {
            here.content = self.first_reading(&opened, &stored, version, here.text()).await?;
        }
        let everywhere = &opened.content.everywhere;
        let stale = !is_checked(&here.content, here.text(), everywhere, &opened.export);
        if stale && !(fresh && here.content.refusal.is_some()) {
            self.read_again(&opened, &mut here).await?;
        }
        let state = state_of(&here.content, here.text(), everywhere, &opened.export);
        if !fresh && !stale && state == here.row.state {
            return Ok(());
        }
        let kind = if fresh { EventKind::ExportPrepared } else { EventKind::ExportChecked };
        let left = here.content.check.as_ref().map_or(0, |c| c.left.len());
        let detail = format!("{}:{left}", state.as_str());
        let content = sealed(&here.content)?;
        let mut tx = self.begin(&Actor::system(ACTOR)).await?;
        tx.change_export_document(id, &here.row, state, &content, kind, &detail).await?;
        Ok(tx.commit().await?)
    }

    async fn first_reading(
        &self,
        opened: &Opened,
        stored: &Document,
        version: TextVersion,
        text: &str,
    ) -> Result<DocumentContent> {
        let mut content = DocumentContent {
            text_version: Some(version),
            sha256_in: stored.sha256.0.clone(),
            ..DocumentContent::default()
        };
        match self.find_identities(opened, stored).await? {
            // The reader that masks must see the text that a person looks at.
            Ok((read, candidates)) if read == text => content.candidates = candidates,
            Ok(_) => content.refusal = Some(text_of("refused", "other-text")),
            Err(why) => content.refusal = Some(why),
        }
        if content.refusal.is_some() {
            let everywhere = &opened.content.everywhere;
            let of = plan_hash(&content, text, everywhere, &opened.export);
            content.check = Some(Check { of, ..Check::default() });
        }
        Ok(content)
    }

    /// The second reading of what would be written.
    async fn read_again(&self, opened: &Opened, here: &mut OpenedDocument) -> Result<()> {
        let of = plan_hash(&here.content, here.text(), &opened.content.everywhere, &opened.export);
        match self.make(opened, here).await? {
            Ok(made) => {
                here.content.refusal = None;
                here.content.check = Some(Check {
                    of,
                    sha256_out: Sha256Hex::of(&made.bytes).0,
                    left: made.left,
                    counts: made.counts,
                });
            }
            Err(why) => {
                here.content.refusal = Some(why);
                here.content.check = Some(Check { of, ..Check::default() });
            }
        }
        Ok(())
    }

    /// Brings the state of an export in line with its documents.
    pub(super) async fn settle(&self, id: &ExportId, all_done: bool) -> Result<()> {
        for n in 0.. {
            match self.settle_once(id, all_done).await {
                Err(e) if raced(&e) && n < TRIES => {}
                done => return done,
            }
        }
        Ok(())
    }

    /// Whether the state of the export is about to follow its documents.
    pub(super) async fn unsettled(&self, opened: &Opened) -> Result<bool> {
        let state = self.standing_of(opened).await?;
        let before = opened.export.state;
        Ok(state != before && (before, state) != (ExportState::Exported, ExportState::Ready))
    }

    async fn settle_once(&self, id: &ExportId, all_done: bool) -> Result<()> {
        let opened = self.export_opened(id).await?;
        let before = opened.export.state;
        if before == ExportState::Writing || opened.export.key_destroyed_at.is_some() {
            return Ok(());
        }
        let state = self.standing_of(&opened).await?;
        // What was exported stays so until somebody changes something.
        let state = match (before, state) {
            (ExportState::Exported, ExportState::Ready) => before,
            (_, state) => state,
        };
        let working = opened.content.working && !all_done;
        if state == before && working == opened.content.working {
            return Ok(());
        }
        let content = ExportContent { working, ..opened.content };
        let change =
            ExportChange { state: Some(state), content: Some(sealed(&content)?), archive: None };
        let mut tx = self.begin(&Actor::system(ACTOR)).await?;
        tx.change_export(&opened.export, change, EventKind::ExportChanged, "settled").await?;
        Ok(tx.commit().await?)
    }

    async fn standing_of(&self, opened: &Opened) -> Result<ExportState> {
        use ExportDocumentState as D;
        let rows = self.vault().export_documents(&opened.export.id).await?;
        let any = |s: D| rows.iter().any(|r| r.state == s);
        Ok(if any(D::Waiting) {
            ExportState::Draft
        } else if any(D::Unchecked) {
            ExportState::InReview
        } else if any(D::Blocked) {
            ExportState::Blocked
        } else if !rows.iter().any(|r| included(r.state)) {
            ExportState::InReview
        } else if !any(D::ToReview) || self.sample_holds(opened).await? {
            ExportState::Ready
        } else {
            ExportState::InReview
        })
    }

    async fn sample_holds(&self, opened: &Opened) -> Result<bool> {
        let Some(result) = self.sample_result(opened).await? else { return Ok(false) };
        let rule = &rules().sampling;
        Ok(result.read == result.drawn && result.bound <= rule.most_leak_rate)
    }

    /// What the last sample says so far.
    pub(super) async fn sample_result(&self, opened: &Opened) -> Result<Option<SampleResult>> {
        let Some(drawn) = opened.content.samples.last() else { return Ok(None) };
        let rows = self.vault().export_documents(&opened.export.id).await?;
        let mut result = SampleResult { drawn: 0, read: 0, leaks: 0, bound: 1.0, seed: drawn.seed };
        for row in rows.iter().filter(|r| included(r.state)) {
            if !drawn.documents.contains(&row.document.0) {
                continue;
            }
            result.drawn += 1;
            let full = self.vault().export_document(&opened.export.id, &row.document).await?;
            let content: DocumentContent = match full.content.is_empty() {
                true => DocumentContent::default(),
                false => serde_json::from_slice(&full.content).map_err(|_| super::unreadable())?,
            };
            if content.reviewed().is_some() {
                result.read += 1;
                let everywhere = &opened.content.everywhere;
                result.leaks += usize::from(content.leaks(&row.document.0, everywhere));
            }
        }
        result.bound = sample::upper_bound(result.leaks, result.read, rules().sampling.confidence);
        Ok(Some(result))
    }
}

/// What a sample says.
#[derive(Clone, Copy, Debug)]
pub(super) struct SampleResult {
    pub(super) drawn: usize,
    pub(super) read: usize,
    pub(super) leaks: usize,
    pub(super) bound: f64,
    pub(super) seed: u64,
}

/// What a version of the decisions is: the same hash, the same bytes written.
pub(super) fn plan_hash(
    content: &DocumentContent,
    text: &str,
    everywhere: &[Everywhere],
    export: &Export,
) -> String {
    let masked: Vec<(usize, usize, String)> = content
        .standing(text, everywhere)
        .into_iter()
        .filter(|s| s.masked)
        .map(|s| (s.candidate.span.start, s.candidate.span.end, s.candidate.label))
        .collect();
    let version = content.text_version.as_ref().map_or("", |v| v.0.as_str());
    let all = (&export.policy, &export.policy_version, version, engine::VERSION, masked);
    Sha256Hex::of(&serde_json::to_vec(&all).unwrap_or_default()).0
}

fn is_checked(
    content: &DocumentContent,
    text: &str,
    everywhere: &[Everywhere],
    export: &Export,
) -> bool {
    let of = content.check.as_ref().map(|c| c.of.as_str());
    of == Some(plan_hash(content, text, everywhere, export).as_str())
}

/// Where a document stands.
pub(super) fn state_of(
    content: &DocumentContent,
    text: &str,
    everywhere: &[Everywhere],
    export: &Export,
) -> ExportDocumentState {
    use ExportDocumentState as D;
    if content.text_version.is_none() {
        return D::Waiting;
    }
    let Some(check) =
        content.check.as_ref().filter(|_| is_checked(content, text, everywhere, export))
    else {
        return D::Unchecked;
    };
    if content.refusal.is_some() {
        D::Refused
    } else if check.left.iter().any(|l| l.sure) {
        D::Blocked
    } else if content.reviewed().is_some() {
        D::Reviewed
    } else {
        D::ToReview
    }
}
