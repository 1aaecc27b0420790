//! Read: the work queued by receiving. A job is leased, the file read in a child process, and
//! everything read and proposed is committed together with the end of the job.

use std::sync::Arc;
use std::time::Duration;

use relu_record::{
    Actor, DocumentId, DocumentState, Format, Instant, ProposalSet, ProposalValue, Reading,
    Refusal, RefusalCode, TextVersion,
};
use relu_vault::{Document, DocumentChange, Job, Lane, NewDocument, PutBlob, Tx};

use super::{Desk, Result, effective, export, patients, routing};
use crate::reader::{ReadDocument, ReadOutcome};
use crate::view::DeskEvent;
use crate::worker::ProposeArgs;

/// Kind of the job.
pub(super) const JOB: &str = "read";
/// Short, so that the work of a reader that was killed is taken up soon; kept alive while reading.
const LEASE_MS: i64 = 6_000;
const HEARTBEAT: Duration = Duration::from_secs(2);
const MAX_ATTEMPTS: u32 = 5;

/// Takes jobs until the desk closes.
pub(super) async fn work(desk: Desk, worker: String) {
    loop {
        match desk.vault().claim_job(Lane::Work, &worker, LEASE_MS, desk.now()).await {
            Ok(Some(job)) => {
                if let Err(e) = with_heartbeat(&desk, &job).await {
                    tracing::warn!(target: "relu", kind = ?e.kind, "lecture : un document sera repris");
                    desk.give_back(&job).await;
                }
            }
            Ok(None) => {
                let _ = tokio::time::timeout(HEARTBEAT, desk.inner.work.notified()).await;
            }
            Err(_) => tokio::time::sleep(HEARTBEAT).await,
        }
    }
}

/// Does the job while keeping its lease. Both are polled together: the lease is kept through the
/// same one writer that the job commits with, so that neither may wait for the other unpolled.
async fn with_heartbeat(desk: &Desk, job: &Job) -> Result<()> {
    tokio::select! {
        biased;
        done = desk.job(job) => done,
        () = keep_lease(desk, job) => Ok(()),
    }
}

/// Keeps a lease and never ends. A lease that was lost is no reason to stop here: finishing the job
/// asks for it, and then nothing is committed.
pub(super) async fn keep_lease(desk: &Desk, job: &Job) {
    let mut held = job.clone();
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        if let Ok(kept) = desk.vault().extend_lease(&held, LEASE_MS, desk.now()).await {
            held = kept;
        }
    }
}

impl Desk {
    /// One job, by its kind.
    async fn job(&self, job: &Job) -> Result<()> {
        match job.kind.as_str() {
            export::JOB_CHECK | export::JOB_WRITE => self.export_job(job).await,
            _ => self.read_job(job).await,
        }
    }

    async fn read_job(&self, job: &Job) -> Result<()> {
        let Some(id) = job.document.clone() else {
            return self.finish(job).await;
        };
        let document = self.vault().document(&id).await?;
        if document.state != DocumentState::Recu {
            // Read before, and the end of the job was lost with its lease.
            return self.finish(job).await;
        }
        let read = self.read_document(&document).await?;
        let kept = self.keep_parts(&read).await?;
        let changed = self.store(job, &document, &read, kept).await?;
        for (id, state) in changed {
            self.tell(DeskEvent::Document { id, state });
        }
        let counts = self.vault().job_counts().await?;
        let pending = counts
            .iter()
            .filter(|c| {
                matches!(c.state, relu_vault::JobState::Queued | relu_vault::JobState::Running)
            })
            .map(|c| c.count)
            .sum();
        self.tell(DeskEvent::Progress { pending });
        Ok(())
    }

    async fn finish(&self, job: &Job) -> Result<()> {
        let mut tx = self.begin(&Actor::system("reader")).await?;
        tx.finish_job(job).await?;
        Ok(tx.commit().await?)
    }

    /// A job that failed for a reason of ours is retried a little later; one that keeps failing
    /// puts its document in quarantine, where a person sees it.
    async fn give_back(&self, job: &Job) {
        let again = (job.attempts < MAX_ATTEMPTS)
            .then(|| Instant(self.now().0 + 2_000 * i64::from(job.attempts)));
        let done: Result<()> = async {
            let mut tx = self.begin(&Actor::system("reader")).await?;
            tx.fail_job(job, "read-failed", again).await?;
            if again.is_none() && matches!(job.kind.as_str(), export::JOB_CHECK | export::JOB_WRITE)
            {
                self.export_job_failed(&mut tx, job).await?;
            }
            if again.is_none()
                && let Some(id) = &job.document
            {
                let refusal = Refusal::new(RefusalCode::ReaderCrashed, "La lecture a échoué plusieurs fois. L'original est gardé ; prévenez l'administrateur, puis réessayez.");
                quarantine(&mut tx, id, &refusal).await?;
            }
            Ok(tx.commit().await?)
        }
        .await;
        if done.is_err() {
            tracing::warn!(target: "relu", "lecture : le travail sera repris à la fin de son bail");
        }
    }

    async fn read_document(&self, document: &Document) -> Result<Vec<ReadDocument>> {
        let max = self.inner.settings.reading.max_bytes;
        let name = document.source_name.as_ref().map(|n| n.0.clone());
        if document.size > max {
            let refusal = Refusal::new(
                RefusalCode::TooLarge,
                &format!(
                    "Le fichier dépasse {} Mo et n'est pas lu. L'original est gardé ; demandez un envoi plus petit ou découpé.",
                    max >> 20
                ),
            );
            return Ok(vec![ReadDocument {
                parent: None,
                part: None,
                name,
                media_type: document.media_type.clone(),
                sha256: document.sha256.clone(),
                bytes: Arc::default(),
                outcome: Err(refusal),
            }]);
        }
        let bytes = self.bytes(document).await?;
        let args = ProposeArgs {
            received: document.received_at.date(),
            active: self.active_functions().await?,
        };
        let container = match &document.parent {
            // A part read again learns from its container what it learnt the first time.
            Some(parent) => self.opened(&Actor::system("relu"), parent).await?.reading,
            None => None,
        };
        let inherit = container.as_ref().and_then(|c| crate::reader::inherited(c, None));
        let reader = &self.inner.reader;
        Ok(reader
            .read_tree(name, document.media_type.clone(), Arc::new(bytes), inherit, Some(&args))
            .await)
    }

    /// The received bytes of a document.
    pub(super) async fn bytes(&self, document: &Document) -> Result<Vec<u8>> {
        let blob = self.vault().blob(&document.blob).await?;
        let max = document.size;
        let read = tokio::task::spawn_blocking(move || blob.read(max)).await;
        let read = read.map_err(|_| {
            crate::DeskError::new(crate::ErrorKind::Internal, "lecture du coffre", "interrompue")
        })?;
        Ok(read?)
    }

    /// The bytes of the documents inside, made durable before anything tells of them.
    async fn keep_parts(&self, read: &[ReadDocument]) -> Result<Vec<Option<PutBlob>>> {
        let mut kept = vec![None];
        for part in read.iter().skip(1) {
            let (blobs, bytes) = (self.vault().blobs().clone(), part.bytes.clone());
            let put =
                tokio::task::spawn_blocking(move || blobs.put(bytes.as_slice(), u64::MAX)).await;
            let put = put.map_err(|_| {
                crate::DeskError::new(crate::ErrorKind::Internal, "réception", "interrompue")
            })?;
            kept.push(Some(put?));
        }
        Ok(kept)
    }

    /// Everything read and proposed, the states and the end of the job: all or nothing.
    async fn store(
        &self,
        job: &Job,
        document: &Document,
        read: &[ReadDocument],
        kept: Vec<Option<PutBlob>>,
    ) -> Result<Vec<(DocumentId, DocumentState)>> {
        let mut compare = Vec::with_capacity(read.len());
        let mut features = Vec::with_capacity(read.len());
        let (source, in_use) = (self.source_of(document).await?, self.rules_in_use().await?);
        let received = document.received_at.date();
        for part in read {
            compare.push(self.must_compare(part).await?);
            features.push(match &part.outcome {
                Ok(ReadOutcome { reading, proposals: Some(set), .. }) => {
                    Some(self.features_of_reading(&source, received, reading, set).await?)
                }
                _ => None,
            });
        }
        // Messages of the identity feed are applied by the connector, in its own name.
        let feed = read.iter().any(is_patient_message);
        let actor = if feed { patients::connector() } else { Actor::system("reader") };
        let mut tx = self.begin(&actor).await?;
        let mut ids: Vec<DocumentId> = Vec::with_capacity(read.len());
        let mut changed = Vec::new();
        let parts = read.iter().zip(kept).zip(compare).zip(features).enumerate();
        for (place, (((part, blob), compare), features)) in parts {
            let id = match blob {
                None => document.id.clone(),
                Some(blob) => {
                    let new = NewDocument {
                        blob,
                        parent: part.parent.and_then(|p| ids.get(p)).cloned(),
                        part: part.part.clone(),
                        source_kind: "part".to_owned(),
                        source_name: part.name.clone().map(Into::into),
                        format: None,
                        media_type: part.media_type.clone(),
                    };
                    tx.insert_document(new).await?.id().clone()
                }
            };
            ids.push(id.clone());
            if tx.document(&id).await?.state != DocumentState::Recu {
                // A part that a person has already decided on, met again by a retry.
                continue;
            }
            // What the fuller one says of the patient and of who may see it goes for its copy too.
            let fuller = fuller_copy(read, part);
            let told = fuller.unwrap_or(part);
            let structured = part.parent.and_then(|p| read.get(p)).is_some_and(is_structured);
            let copy = fuller.is_some() || structured;
            let state = match &told.outcome {
                Ok(outcome) => {
                    let held = || read.iter().filter(|r| r.parent == Some(place));
                    // A batch of such messages is their envelope.
                    let batch = held().next().is_some() && held().all(is_patient_message);
                    let applied = self.apply_all(&mut tx, &id, outcome).await?;
                    let fate = match &applied {
                        Some(Err(refusal)) => Fate::Refused(refusal),
                        Some(Ok(())) => Fate::Done,
                        None if copy || batch => Fate::Done,
                        None => Fate::Open { compare },
                    };
                    store_one(&mut tx, &id, part, outcome, fate).await?
                }
                Err(refusal) => quarantine(&mut tx, &id, refusal).await?,
            };
            if let (Ok(outcome), Some(features)) = (&part.outcome, features)
                && state != DocumentState::Clos
            {
                let text = TextVersion::of(&part.sha256, &outcome.reading.text);
                routing::store(&mut tx, &id, &features, in_use.as_ref(), &text).await?;
            }
            changed.push((id, state));
        }
        tx.finish_job(job).await?;
        tx.commit().await?;
        Ok(changed)
    }
}

impl Desk {
    /// Applies what a message tells of patients: nothing to apply, done, or why a person must look.
    async fn apply_all(
        &self,
        tx: &mut Tx,
        id: &DocumentId,
        outcome: &ReadOutcome,
    ) -> Result<Option<std::result::Result<(), Refusal>>> {
        let events = &outcome.reading.patient_events;
        if events.is_empty() || !outcome.reading.parts.is_empty() {
            return Ok(None);
        }
        let source = patients::Source { message: Some(id), reread: false };
        for event in events {
            if let Err(code) = patients::apply(tx, event, &source).await? {
                let message = crate::texts::text("patient-message", code);
                return Ok(Some(Err(Refusal::new(RefusalCode::PatientMessage, &message))));
            }
        }
        Ok(Some(Ok(())))
    }

    /// Whether a person must compare the patient of a document with those known.
    pub(super) async fn must_compare(&self, part: &ReadDocument) -> Result<bool> {
        let Ok(outcome) = &part.outcome else { return Ok(false) };
        let proposals = outcome.proposals.iter().flat_map(|set| &set.proposals);
        let patient = proposals.map(|p| &p.value).find_map(|value| match value {
            ProposalValue::Patient(identity) => Some(identity),
            _ => None,
        });
        Ok(match patient {
            Some(p) => self.attach(p, outcome.reading.ocr).await?.obstacle().is_some(),
            None => false,
        })
    }
}

/// What becomes of a document once its reading is stored.
pub(super) enum Fate<'a> {
    /// People decide; whether the patient must be compared.
    Open { compare: bool },
    /// Nothing is left to decide.
    Done,
    /// A person looks at it, for that reason.
    Refused(&'a Refusal),
}

/// A message of the software that masters patients, which is no document to file.
fn is_patient_message(d: &ReadDocument) -> bool {
    d.outcome.as_ref().is_ok_and(|o| !o.reading.patient_events.is_empty())
}

/// The part of the same file that has the same bytes and is the one to look at, as when a mail brings
/// an archive and, beside it, the PDF that is in the archive. A header about a patient is preferred.
fn fuller_copy<'a>(read: &'a [ReadDocument], part: &ReadDocument) -> Option<&'a ReadDocument> {
    part.parent?;
    let names_a_patient =
        |d: &&ReadDocument| d.outcome.as_ref().is_ok_and(|o| !o.reading.header.patients.is_empty());
    let same = || {
        read.iter().filter(|d| d.parent.is_some() && d.outcome.is_ok() && d.sha256 == part.sha256)
    };
    let best = same().find(names_a_patient).or_else(|| same().next())?;
    (part.outcome.is_ok() && !std::ptr::eq(best, part)).then_some(best)
}

/// A document whose own body says everything: what it holds beside is a copy of it.
fn is_structured(d: &ReadDocument) -> bool {
    d.outcome.as_ref().is_ok_and(|o| o.reading.format == Format::CdaN3)
}

pub(super) async fn store_one(
    tx: &mut Tx,
    id: &DocumentId,
    part: &ReadDocument,
    outcome: &ReadOutcome,
    fate: Fate<'_>,
) -> Result<DocumentState> {
    let reading: &Reading = &outcome.reading;
    let version = TextVersion::of(&part.sha256, &reading.text);
    let json = serde_json::to_vec(reading).unwrap_or_default();
    tx.store_reading(id, &version, &json).await?;
    let none =
        || ProposalSet { text_version: version, functions: Vec::new(), proposals: Vec::new() };
    let set = outcome.proposals.clone().unwrap_or_else(none);
    tx.store_proposal_set(id, &set).await?;
    let state = match (effective::first_state(&set), &fate) {
        (_, Fate::Refused(_)) => DocumentState::Quarantaine,
        (_, Fate::Done) => DocumentState::Clos,
        _ if outcome.envelope => DocumentState::Clos,
        (DocumentState::AClasser, Fate::Open { compare: true }) => DocumentState::ARattacher,
        (state, _) => state,
    };
    let refusal = match fate {
        Fate::Refused(refusal) => Some(refusal.clone()),
        _ => None,
    };
    let mut headline = effective::headline(&set, &[], reading);
    if state == DocumentState::Clos {
        // What an envelope or a copy lacks is nobody's work: the documents inside are looked at.
        headline.checks.clear();
    }
    tx.update_document(
        id,
        DocumentChange {
            format: Some(reading.format),
            media_type: Some(reading.media_type.clone()),
            refusal: Some(refusal),
            headline: Some(headline),
        },
    )
    .await?;
    tx.index_document(id, &effective::terms(&set, &[], reading)).await?;
    tx.set_state(id, DocumentState::Recu, state).await?;
    Ok(state)
}

async fn quarantine(tx: &mut Tx, id: &DocumentId, refusal: &Refusal) -> Result<DocumentState> {
    let change =
        DocumentChange { refusal: Some(Some(refusal.clone())), ..DocumentChange::default() };
    tx.update_document(id, change).await?;
    tx.set_state(id, DocumentState::Recu, DocumentState::Quarantaine).await?;
    Ok(DocumentState::Quarantaine)
}
