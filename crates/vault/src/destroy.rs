//! Destroying a document (retention, law): its key and the key of its bytes are forgotten, and with
//! them everything they sealed, in every copy that does not hold the keys. What stays is the row,
//! empty, and the ledger: that there was a document, who destroyed it, when.
//!
//! SQLite overwrites what is deleted and its log is emptied at once. PostgreSQL keeps old rows
//! until it is vacuumed, and backups keep what they hold: both need their own term.

use relu_record::{BlobId, DocumentId};

use crate::db::{Query, col};
use crate::error::{Result, db};
use crate::key::{fill_random, hex};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;

impl Tx {
    /// Destroys a document and the parts in it. A destroyed one is left as it is.
    pub async fn destroy_document(&mut self, id: &DocumentId) -> Result<()> {
        let mut todo = vec![id.clone()];
        let mut order = Vec::new();
        while let Some(next) = todo.pop() {
            let mut q =
                Query::new("SELECT id FROM document WHERE tenant = $1 AND parent = ", &self.t());
            q.text(&next.0);
            let rows = q.fetch(self.conn(), "list parts").await?;
            for row in &rows {
                todo.push(DocumentId(col(row, "id")?));
            }
            order.push(next);
        }
        // Parts before the document that holds them.
        for id in order.iter().rev() {
            self.destroy_one(id).await?;
        }
        Ok(())
    }

    async fn destroy_one(&mut self, id: &DocumentId) -> Result<()> {
        let document = self.document(id).await?;
        if document.destroyed_at.is_some() {
            return Ok(());
        }
        for delete in [
            "DELETE FROM decision WHERE tenant = $1 AND document = $2",
            "DELETE FROM export_document WHERE tenant = $1 AND document = $2",
            // That it was handed over stays: it is what a person must know to recall it.
            "UPDATE delivery SET content = NULL WHERE tenant = $1 AND document = $2",
            "DELETE FROM routing WHERE tenant = $1 AND document = $2",
            "DELETE FROM placement WHERE tenant = $1 AND document = $2",
            "DELETE FROM document_copy WHERE tenant = $1 AND document = $2",
            "DELETE FROM task WHERE tenant = $1 AND document = $2",
            "DELETE FROM print_mark WHERE tenant = $1 AND document = $2",
            "DELETE FROM proposal_set WHERE tenant = $1 AND document = $2",
            "DELETE FROM reading WHERE tenant = $1 AND document = $2",
            "DELETE FROM job WHERE tenant = $1 AND document = $2",
            "DELETE FROM seen_file WHERE tenant = $1 AND document = $2",
            "DELETE FROM blind_token WHERE tenant = $1 AND subject = $2",
        ] {
            let (tenant, id) = (self.t(), id.0.clone());
            let query = sqlx::query(delete).bind(tenant).bind(id);
            query.execute(self.conn()).await.map_err(db("destroy a document"))?;
        }
        // The same bytes received later are another document.
        let mut random = [0; 32];
        fill_random(&mut random)?;
        let update = "UPDATE document SET dek = NULL, details = NULL, destroyed_at = $3, \
             updated_at = $3, version = version + 1, identity_token = $4, text_token = NULL, \
             set_token = NULL, type_token = NULL WHERE tenant = $1 AND id = $2";
        let tenant = self.t();
        sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(self.now.0)
            .bind(hex(&random))
            .execute(self.conn())
            .await
            .map_err(db("destroy a document"))?;
        self.destroy_blob_if_unused(&document.blob).await?;
        self.destroyed = true;
        self.append(Event::new(EventKind::Destroyed).document(id)).await?;
        Ok(())
    }

    // Also for an archive that a newer one replaced.
    pub(crate) async fn destroy_blob_if_unused(&mut self, blob: &BlobId) -> Result<()> {
        // One statement decides and acts, so that no document can come in between.
        let update = "UPDATE blob SET dek = NULL, sha256 = NULL WHERE tenant = $1 AND id = $2 \
             AND NOT EXISTS (SELECT 1 FROM document d WHERE d.tenant = $1 AND d.blob = $2 \
             AND d.destroyed_at IS NULL) AND NOT EXISTS (SELECT 1 FROM export e \
             WHERE e.tenant = $1 AND e.archive = $2) RETURNING file";
        let tenant = self.t();
        let row = sqlx::query(update)
            .bind(tenant)
            .bind(blob.0.clone())
            .fetch_optional(self.conn())
            .await
            .map_err(db("destroy a blob"))?;
        if let Some(row) = row {
            let file: String = col(&row, "file")?;
            self.to_remove.push(self.vault.inner.blobs.path(&file));
        }
        Ok(())
    }
}
