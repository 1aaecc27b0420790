//! The rows of blobs: which file holds which content, with its wrapped key.

use std::collections::BTreeSet;
use std::sync::Arc;

use relu_record::{BlobId, Sha256Hex};
use sqlx::any::AnyRow;

use crate::blob::{PutBlob, StoredBlob};
use crate::db::{Query, col};
use crate::error::{Result, VaultError, db, io};
use crate::tx::Tx;
use crate::vault::Vault;

const SELECT_BLOB: &str =
    "SELECT id, file, size, dek, sha256 FROM blob WHERE tenant = $1 AND id = $2";

impl Tx {
    // Gives the written file a row. A row that is there keeps its file when that is whole, and
    // takes the new one when it is not: receiving again repairs.
    pub(crate) async fn register_blob(&mut self, put: &PutBlob) -> Result<()> {
        let (tenant, op) = (self.t(), db("register a blob"));
        let vault = self.vault.clone();
        let id = put.id.0.clone();
        let wrapped = vault.wrap(&put.file.dek, "blob", &id)?;
        let hash = vault.seal(&put.file.dek, ("blob", &id, "sha256"), put.sha256.0.as_bytes())?;
        let insert = "INSERT INTO blob (tenant, id, file, size, dek, sha256, created_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING";
        let done = sqlx::query(insert)
            .bind(tenant.clone())
            .bind(id.clone())
            .bind(put.file.name.clone())
            .bind(put.size as i64)
            .bind(wrapped.clone())
            .bind(hash.clone())
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        if done.rows_affected() == 1 {
            self.written.push(Arc::clone(&put.file));
            return Ok(());
        }
        let row = sqlx::query(SELECT_BLOB)
            .bind(tenant.clone())
            .bind(id.clone())
            .fetch_one(self.conn())
            .await
            .map_err(&op)?;
        let old_file: String = col(&row, "file")?;
        if old_file == put.file.name {
            return Ok(());
        }
        if let Ok(stored) = vault.stored_blob(&row, &put.id)
            && tokio::task::spawn_blocking(move || stored.is_whole()).await.unwrap_or(false)
        {
            return Ok(());
        }
        let update =
            "UPDATE blob SET file = $3, dek = $4, sha256 = $5 WHERE tenant = $1 AND id = $2";
        sqlx::query(update)
            .bind(tenant)
            .bind(id)
            .bind(put.file.name.clone())
            .bind(wrapped)
            .bind(hash)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        self.written.push(Arc::clone(&put.file));
        self.to_remove.push(vault.inner.blobs.path(&old_file));
        Ok(())
    }
}

impl Vault {
    /// A registered blob with its key.
    pub async fn blob(&self, id: &BlobId) -> Result<StoredBlob> {
        let row = sqlx::query(SELECT_BLOB)
            .bind(self.t())
            .bind(id.0.clone())
            .fetch_optional(&self.inner.db.readers)
            .await
            .map_err(db("read a blob"))?;
        let none = || VaultError::NotFound { what: "blob", id: id.0.clone() };
        self.stored_blob(&row.ok_or_else(none)?, id)
    }

    pub(crate) fn stored_blob(&self, row: &AnyRow, id: &BlobId) -> Result<StoredBlob> {
        let dek = self.dek(row, "blob", &id.0)?;
        let sealed: Vec<u8> = col(row, "sha256")?;
        let sha256 = self.unseal(&dek, ("blob", &id.0, "sha256"), &sealed)?;
        Ok(StoredBlob {
            id: id.clone(),
            sha256: Sha256Hex(String::from_utf8_lossy(&sha256).into_owned()),
            size: u64::try_from(col::<i64>(row, "size")?).unwrap_or(0),
            path: self.inner.blobs.path(&col::<String>(row, "file")?),
            tenant: Arc::from(self.inner.tenant.0.as_str()),
            dek,
        })
    }

    /// Removes files of blobs that no row names: what a crash left between writing and committing.
    /// To be called when nothing is being received; answers how many were removed.
    pub async fn sweep_blobs(&self) -> Result<usize> {
        let op = "list blobs";
        let rows = sqlx::query("SELECT file FROM blob WHERE tenant = $1")
            .bind(self.t())
            .fetch_all(&self.inner.db.readers)
            .await
            .map_err(db(op))?;
        let mut known = BTreeSet::new();
        for row in &rows {
            known.insert(col::<String>(row, "file")?);
        }
        let mut removed = 0;
        for (name, path) in self.inner.blobs.files()? {
            if !known.contains(&name) {
                std::fs::remove_file(&path).map_err(io("remove an orphan blob", &path))?;
                removed += 1;
            }
        }
        Ok(removed)
    }

    /// Reads every blob to its last byte and answers the ids of those that are not what was
    /// written. Slow: it reads and decrypts everything.
    pub async fn verify_blobs(&self) -> Result<Vec<BlobId>> {
        let q = Query::new(
            "SELECT id, file, size, dek, sha256 FROM blob WHERE tenant = $1 AND dek IS NOT NULL",
            &self.t(),
        );
        let rows = q.fetch(&self.inner.db.readers, "list blobs").await?;
        let mut damaged = Vec::new();
        for row in &rows {
            let id = BlobId(col(row, "id")?);
            let whole = match self.stored_blob(row, &id) {
                Ok(blob) => {
                    tokio::task::spawn_blocking(move || blob.is_whole()).await.unwrap_or(false)
                }
                Err(VaultError::Integrity { .. }) => false,
                Err(other) => return Err(other),
            };
            if !whole {
                damaged.push(id);
            }
        }
        Ok(damaged)
    }
}
