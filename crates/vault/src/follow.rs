//! What follows a patient: every table that names one joins in here, so that a merge takes
//! everything along and a split gives back exactly that.

use relu_record::DocumentId;
use serde::{Deserialize, Serialize};

use crate::db::{Query, col};
use crate::error::{Result, db};
use crate::ledger::EventKind;
use crate::patients::PatientId;
use crate::tx::Tx;

/// What followed, by table. Kept, sealed, with the merge; a new table is a new field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Followed {
    /// Documents filed to the patient.
    pub documents: Vec<DocumentId>,
    /// Documents selected for an export under that patient: export and document.
    pub exports: Vec<(String, DocumentId)>,
}

impl Tx {
    /// Gives to `to` everything that names `from`, or of that only what `only` lists; says what
    /// followed. `subject` is what the events name: the merge.
    pub(crate) async fn patients_follow(
        &mut self,
        from: &PatientId,
        to: &PatientId,
        only: Option<&Followed>,
        subject: &str,
    ) -> Result<Followed> {
        Ok(Followed {
            documents: self.documents_follow(from, to, only, subject).await?,
            exports: self.exports_follow(from, to, only).await?,
        })
    }

    async fn documents_follow(
        &mut self,
        from: &PatientId,
        to: &PatientId,
        only: Option<&Followed>,
        subject: &str,
    ) -> Result<Vec<DocumentId>> {
        let select = "SELECT id FROM document WHERE tenant = $1 AND destroyed_at IS NULL \
             AND patient = ";
        let mut q = Query::new(select, &self.t());
        q.text(&from.0).push(" ORDER BY id");
        let rows = q.fetch(self.conn(), "find the documents of a patient").await?;
        let mut followed = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = DocumentId(col(row, "id")?);
            if only.is_some_and(|o| !o.documents.contains(&id)) {
                continue;
            }
            let mut filing = self.document(&id).await?.filing.unwrap_or_default();
            filing.patient = Some(to.clone());
            self.write_filing(&id, Some(filing), EventKind::DocumentFollowed, Some(subject))
                .await?;
            followed.push(id);
        }
        Ok(followed)
    }

    async fn exports_follow(
        &mut self,
        from: &PatientId,
        to: &PatientId,
        only: Option<&Followed>,
    ) -> Result<Vec<(String, DocumentId)>> {
        let select = "SELECT export, document FROM export_document WHERE tenant = $1 \
             AND patient = ";
        let mut q = Query::new(select, &self.t());
        q.text(&from.0).push(" ORDER BY export, document");
        let rows = q.fetch(self.conn(), "find the exports of a patient").await?;
        let update = "UPDATE export_document SET patient = $4 WHERE tenant = $1 AND export = $2 \
             AND document = $3";
        let mut followed = Vec::with_capacity(rows.len());
        for row in &rows {
            let key: (String, DocumentId) =
                (col(row, "export")?, DocumentId(col(row, "document")?));
            if only.is_some_and(|o| !o.exports.contains(&key)) {
                continue;
            }
            let tenant = self.t();
            sqlx::query(update)
                .bind(tenant)
                .bind(key.0.clone())
                .bind(key.1.0.clone())
                .bind(to.0.clone())
                .execute(self.conn())
                .await
                .map_err(db("move an export row"))?;
            followed.push(key);
        }
        Ok(followed)
    }
}
