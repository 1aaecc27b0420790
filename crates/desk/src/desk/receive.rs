//! Receive: bytes made durable, then the document, its event and the work on it in one transaction.

use std::io::Read;
use std::path::Path;

use relu_record::{Actor, DocumentState};
use relu_vault::{Inserted, NewDocument, NewJob, PutBlob};

use super::{Desk, Result};
use crate::view::{DeskEvent, Received};
use crate::{DeskError, ErrorKind};

/// Largest file that is kept. What is larger than the reading limit is kept too, in quarantine.
const MAX_KEPT: u64 = 8 << 30;

impl Desk {
    /// Receives one file: bytes kept, hash taken, job queued, in that order of durability.
    pub async fn receive(&self, who: &Actor, name: &str, bytes: Vec<u8>) -> Result<Received> {
        let blob = self.keep(std::io::Cursor::new(bytes)).await?;
        self.record(who, "upload", name, blob, None).await
    }

    /// Receives a file of the disk, whatever its size, without holding it in memory. `seen` is what
    /// tells this file from another, when it must not be received twice.
    pub async fn receive_file(
        &self,
        who: &Actor,
        path: &Path,
        seen: Option<&str>,
    ) -> Result<Received> {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let file = std::fs::File::open(path).map_err(|e| {
            DeskError::new(ErrorKind::Internal, "réception d'un fichier", e.to_string())
        })?;
        let blob = self.keep(file).await?;
        self.record(who, "folder", &name, blob, seen).await
    }

    async fn keep(&self, from: impl Read + Send + 'static) -> Result<PutBlob> {
        let blobs = self.vault().blobs().clone();
        let put = tokio::task::spawn_blocking(move || blobs.put(from, MAX_KEPT)).await;
        let put = put.map_err(|_| {
            DeskError::new(ErrorKind::Internal, "réception", "l'écriture s'est arrêtée")
        })?;
        Ok(put?)
    }

    async fn record(
        &self,
        who: &Actor,
        source_kind: &str,
        name: &str,
        blob: PutBlob,
        seen: Option<&str>,
    ) -> Result<Received> {
        let mut tx = self.begin(who).await?;
        let inserted = tx
            .insert_document(NewDocument {
                blob,
                parent: None,
                part: None,
                source_kind: source_kind.to_owned(),
                source_name: Some(name.into()),
                format: None,
                media_type: None,
            })
            .await?;
        if let Inserted::New(id) = &inserted {
            tx.enqueue(NewJob::on(id, super::read::JOB)).await?;
        }
        if let Some(file) = seen {
            tx.mark_seen(file, Some(inserted.id())).await?;
        }
        tx.commit().await?;
        let duplicate = matches!(inserted, Inserted::Duplicate(_));
        let document = inserted.id().clone();
        if !duplicate {
            self.tell(DeskEvent::Document { id: document.clone(), state: DocumentState::Recu });
            self.inner.work.notify_one();
        }
        Ok(Received { document, duplicate })
    }
}
