//! Files already taken in from a watched folder, by a keyed hash of what tells them apart (path,
//! size, time of change), so that a restart does not take them in again.

use relu_record::DocumentId;

use crate::error::{Result, db};
use crate::tx::Tx;
use crate::vault::Vault;

impl Tx {
    /// Notes that a file was taken in.
    pub async fn mark_seen(&mut self, file: &str, document: Option<&DocumentId>) -> Result<()> {
        let tenant = self.t();
        let insert = "INSERT INTO seen_file (tenant, file_token, document, seen_at) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        sqlx::query(insert)
            .bind(tenant)
            .bind(self.vault.file_token(file))
            .bind(document.map(|d| d.0.clone()))
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("note a file"))?;
        Ok(())
    }
}

impl Vault {
    /// Whether that file was taken in.
    pub async fn was_seen(&self, file: &str) -> Result<bool> {
        let select = "SELECT seen_at FROM seen_file WHERE tenant = $1 AND file_token = $2";
        let row = sqlx::query(select)
            .bind(self.t())
            .bind(self.file_token(file))
            .fetch_optional(&self.inner.db.readers)
            .await
            .map_err(db("look for a file"))?;
        Ok(row.is_some())
    }

    fn file_token(&self, file: &str) -> String {
        self.fingerprint("file", &[file.as_bytes()])
    }
}
