//! Readings: what was read in a document, as JSON of the caller, sealed by chunks (several MB).

use relu_record::{DocumentId, TextVersion};
use zeroize::Zeroizing;

use crate::db::col;
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::Vault;

/// Largest reading that is stored, in bytes of JSON.
const MAX: usize = 256 << 20;

impl Tx {
    /// Stores what was read in a document under its text version, and makes it the current one.
    /// Reading the same text again replaces the same row.
    pub async fn store_reading(
        &mut self,
        id: &DocumentId,
        version: &TextVersion,
        json: &[u8],
    ) -> Result<()> {
        if json.len() > MAX {
            return Err(VaultError::Limit { what: "the reading", max: MAX as u64 });
        }
        let vault = self.vault.clone();
        let (tenant, token) = (self.t(), vault.text_token(version));
        let dek = self.document_key(id).await?;
        let sealed = vault.seal(&dek, ("reading", &row_name(id, &token), "content"), json)?;
        let hash = vault.fingerprint("reading", &[json]);
        let upsert = "INSERT INTO reading (tenant, document, text_token, created_at, content) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (tenant, document, text_token) \
             DO UPDATE SET content = excluded.content, created_at = excluded.created_at";
        sqlx::query(upsert)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(token.clone())
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("store a reading"))?;
        self.set_text(id, version, token.clone()).await?;
        self.append(Event::new(EventKind::TextRead).document(id).subject(token).content(hash))
            .await?;
        Ok(())
    }
}

impl Vault {
    /// What was last read in a document, as it was stored; nothing before the first reading.
    pub async fn reading(&self, id: &DocumentId) -> Result<Option<Zeroizing<Vec<u8>>>> {
        let select = "SELECT d.dek, r.text_token, r.content FROM document d JOIN reading r \
             ON r.tenant = d.tenant AND r.document = d.id AND r.text_token = d.text_token \
             WHERE d.tenant = $1 AND d.id = $2";
        let row = sqlx::query(select)
            .bind(self.t())
            .bind(id.0.clone())
            .fetch_optional(&self.inner.db.readers)
            .await
            .map_err(db("read a reading"))?;
        let Some(row) = row else { return Ok(None) };
        let dek = self.dek(&row, "document", &id.0)?;
        let token: String = col(&row, "text_token")?;
        let sealed: Vec<u8> = col(&row, "content")?;
        self.unseal(&dek, ("reading", &row_name(id, &token), "content"), &sealed).map(Some)
    }

    pub(crate) fn text_token(&self, version: &TextVersion) -> String {
        self.fingerprint("text-version", &[version.0.as_bytes()])
    }
}

pub(crate) fn row_name(id: &DocumentId, token: &str) -> String {
    format!("{}/{token}", id.0)
}
