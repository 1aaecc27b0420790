//! Documents as they change, by their plain columns alone: what follows them (the full-text index)
//! catches up from here.

use relu_record::{DocumentId, DocumentState, Instant};

use crate::db::{Query, col};
use crate::document::state_of;
use crate::error::Result;
use crate::patients::PatientId;
use crate::vault::Vault;

/// The plain columns of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentRow {
    /// Its id.
    pub id: DocumentId,
    /// Where it stands.
    pub state: DocumentState,
    /// The patient it is filed to.
    pub patient: Option<PatientId>,
    /// Token of its type; see [`Vault::document_type_token`].
    pub type_token: Option<String>,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts changes, from 1.
    pub version: u64,
    /// Whether its content was destroyed.
    pub destroyed: bool,
}

impl Vault {
    /// At most `limit` documents changed at or after an instant, oldest change first, after the one
    /// named.
    pub async fn documents_changed(
        &self,
        since: Instant,
        after: Option<(Instant, &DocumentId)>,
        limit: u32,
    ) -> Result<Vec<DocumentRow>> {
        let select = "SELECT id, state, patient, type_token, updated_at, version, destroyed_at \
             FROM document WHERE tenant = $1 AND updated_at >= ";
        let mut q = Query::new(select, &self.t());
        q.number(since.0);
        if let Some((at, id)) = after {
            q.push(" AND (updated_at > ").number(at.0).push(" OR (updated_at = ").number(at.0);
            q.push(" AND id > ").text(&id.0).push("))");
        }
        q.push(" ORDER BY updated_at, id LIMIT ").number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "follow documents").await?;
        let mut out = Vec::with_capacity(rows.len());
        for row in &rows {
            out.push(DocumentRow {
                id: DocumentId(col(row, "id")?),
                state: state_of(&col::<String>(row, "state")?)?,
                patient: col::<Option<String>>(row, "patient")?.map(PatientId),
                type_token: col(row, "type_token")?,
                updated_at: Instant(col(row, "updated_at")?),
                version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
                destroyed: col::<Option<i64>>(row, "destroyed_at")?.is_some(),
            });
        }
        Ok(out)
    }

    /// The token under which documents of that type are kept.
    pub fn document_type_token(&self, code: &relu_record::Coding) -> String {
        self.type_token(code)
    }
}
