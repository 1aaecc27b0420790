//! Merges: two records of one person become one, and a split gives back what the merge took.
//!
//! The record that is no longer used keeps what it was, points to the other ([`Patient::merged_into`])
//! and lends it everything it was found by. What followed is written down, so that a split returns
//! exactly that; what came since stays, unless the caller names it.

use relu_record::{DocumentId, Instant};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::follow::{Followed, ResourcesFollow};
use crate::ledger::{Event, EventKind};
use crate::patients::{Patient, PatientId};
use crate::tx::Tx;
use crate::vault::{Vault, to_json};

/// Identifier of a merge.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MergeId(pub String);

/// A merge as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// Its id.
    pub id: MergeId,
    /// The record no longer used.
    pub source: PatientId,
    /// The record that stays.
    pub target: PatientId,
    /// The message that asked for it.
    pub because: Option<DocumentId>,
    /// When.
    pub made_at: Instant,
    /// By whom: an account's id or a part of the program.
    pub made_by: String,
    /// By whom and when it was taken back.
    pub undone: Option<(String, Instant)>,
    /// What followed.
    pub followed: Followed,
}

// The sealed part of a row.
#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Content {
    followed: Followed,
    /// Whether the stay of the source became that of the target.
    stay: bool,
}

const SQL_INSERT: &str = "INSERT INTO patient_merge (tenant, id, source, target, document, made_at, \
     made_by, content) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";

impl Tx {
    /// Merges `source` into `target`: everything of it follows, and what found it finds the other.
    pub async fn merge_patients(
        &mut self,
        source: &PatientId,
        target: &PatientId,
        because: Option<&DocumentId>,
        resources: &dyn ResourcesFollow,
    ) -> Result<MergeId> {
        self.alone().await?;
        let (from, mut to) = (self.patient(source).await?, self.patient(target).await?);
        if source == target || from.merged_into.is_some() || to.merged_into.is_some() {
            let why = "one of the two records is merged already";
            return Err(VaultError::Conflict { what: "the merge of two patients", why });
        }
        let id = MergeId(self.new_id()?);
        let followed = self.patients_follow(source, target, None, &id.0, resources).await?;
        let running = |p: &Patient| p.record.stay.as_ref().is_some_and(|s| s.end.is_none());
        let stay = running(&from) && !running(&to);
        if stay {
            to.record.stay = from.record.stay.clone();
        }
        to.record.former.extend(from.identities().cloned());
        self.write_patient(source, &from.identity, &from.record, Some(target)).await?;
        let content = Content { followed, stay };
        self.insert_merge(&id, source, target, because, &content).await?;
        let mut event = Event::new(EventKind::PatientsMerged).patient(target).subject(id.0.clone());
        event.document = because.cloned();
        self.append(event.content(self.vault.merge_proof(&content, false)?)).await?;
        self.tell_patient(&from, Some(target), because).await?;
        self.save_patient(Some(target), &to.identity, &to.record, because).await?;
        Ok(id)
    }

    // That a record was merged, or is no longer.
    async fn tell_patient(
        &mut self,
        patient: &Patient,
        merged_into: Option<&PatientId>,
        because: Option<&DocumentId>,
    ) -> Result<()> {
        let hash = self.vault.patient_proof(&patient.identity, &patient.record, merged_into)?;
        let mut event = Event::new(EventKind::PatientChanged).patient(&patient.id).content(hash);
        event.document = because.cloned();
        self.append(event).await?;
        Ok(())
    }

    async fn insert_merge(
        &mut self,
        id: &MergeId,
        source: &PatientId,
        target: &PatientId,
        because: Option<&DocumentId>,
        content: &Content,
    ) -> Result<()> {
        let (tenant, by) = (self.t(), self.actor.id.clone());
        let place = ("patient_merge", id.0.as_str(), "content");
        let sealed = self.vault.seal_json(&self.vault.keys().house, place, content)?;
        sqlx::query(SQL_INSERT)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(source.0.clone())
            .bind(target.0.clone())
            .bind(because.map(|d| d.0.clone()))
            .bind(self.now.0)
            .bind(by)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("record a merge"))?;
        Ok(())
    }

    /// Takes a merge back: what followed and is still there returns, and so do the documents of
    /// `also`, which came to the other record since.
    pub async fn split_patients(
        &mut self,
        id: &MergeId,
        also: &[DocumentId],
        resources: &dyn ResourcesFollow,
    ) -> Result<Merge> {
        self.alone().await?;
        let (mut merge, content) = self.merge_row(id).await?;
        let (from, mut to) =
            (self.patient(&merge.source).await?, self.patient(&merge.target).await?);
        if merge.undone.is_some() || from.merged_into.as_ref() != Some(&merge.target) {
            let why = "it is taken back already";
            return Err(VaultError::Conflict { what: "the merge of two patients", why });
        }
        if to.merged_into.is_some() {
            let why = "the record that stayed was merged since: take that merge back first";
            return Err(VaultError::Conflict { what: "the merge of two patients", why });
        }
        let mut back = content.followed.clone();
        back.documents.extend(also.iter().cloned());
        let (from_target, to_source) = (&merge.target, &merge.source);
        merge.followed =
            self.patients_follow(from_target, to_source, Some(&back), &id.0, resources).await?;
        for lent in from.identities() {
            if let Some(at) = to.record.former.iter().position(|f| f == lent) {
                to.record.former.remove(at);
            }
        }
        if content.stay && to.record.stay == from.record.stay {
            to.record.stay = None;
        }
        self.save_patient(Some(&merge.target), &to.identity, &to.record, None).await?;
        self.write_patient(&merge.source, &from.identity, &from.record, None).await?;
        self.tell_patient(&from, None, None).await?;
        let (tenant, by) = (self.t(), self.actor.id.clone());
        let update = "UPDATE patient_merge SET undone_at = $3, undone_by = $4 WHERE tenant = $1 \
             AND id = $2";
        sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(self.now.0)
            .bind(by.clone())
            .execute(self.conn())
            .await
            .map_err(db("take a merge back"))?;
        let event = Event::new(EventKind::PatientsSplit).patient(&merge.source);
        let proof = self.vault.merge_proof(&content, true)?;
        self.append(event.subject(id.0.clone()).content(proof)).await?;
        merge.undone = Some((by, self.now));
        Ok(merge)
    }

    async fn merge_row(&mut self, id: &MergeId) -> Result<(Merge, Content)> {
        let mut q =
            Query::new("SELECT * FROM patient_merge WHERE tenant = $1 AND id = ", &self.t());
        q.text(&id.0);
        let rows = q.fetch(self.conn(), "read a merge").await?;
        self.vault.merge_from_row(rows.first().ok_or_else(|| not_found(id))?)
    }
}

fn not_found(id: &MergeId) -> VaultError {
    VaultError::NotFound { what: "merge", id: id.0.clone() }
}

impl Vault {
    /// The merge of that id.
    pub async fn merge(&self, id: &MergeId) -> Result<Merge> {
        let mut q =
            Query::new("SELECT * FROM patient_merge WHERE tenant = $1 AND id = ", &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read a merge").await?;
        Ok(self.merge_from_row(rows.first().ok_or_else(|| not_found(id))?)?.0)
    }

    /// The merges that a patient was part of, on either side, those taken back included.
    pub async fn merges_of(&self, id: &PatientId) -> Result<Vec<Merge>> {
        let select = "SELECT * FROM patient_merge WHERE tenant = $1 AND source = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0)
            .push(" UNION ALL SELECT * FROM patient_merge WHERE tenant = $1 AND target = ");
        q.text(&id.0).push(" ORDER BY made_at, id");
        let rows = q.fetch(&self.inner.db.readers, "list the merges of a patient").await?;
        rows.iter().map(|r| Ok(self.merge_from_row(r)?.0)).collect()
    }

    /// The last merges, newest first, those taken back included.
    pub async fn merges(&self, limit: u32) -> Result<Vec<Merge>> {
        let mut q = Query::new("SELECT * FROM patient_merge WHERE tenant = $1", &self.t());
        q.push(" ORDER BY made_at DESC, id DESC LIMIT ").number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "list merges").await?;
        rows.iter().map(|r| Ok(self.merge_from_row(r)?.0)).collect()
    }

    fn merge_from_row(&self, row: &AnyRow) -> Result<(Merge, Content)> {
        let id: String = col(row, "id")?;
        let content = self.merge_content(row)?;
        let by: Option<String> = col(row, "undone_by")?;
        let at: Option<i64> = col(row, "undone_at")?;
        let merge = Merge {
            source: PatientId(col(row, "source")?),
            target: PatientId(col(row, "target")?),
            because: col::<Option<String>>(row, "document")?.map(DocumentId),
            made_at: Instant(col(row, "made_at")?),
            made_by: col(row, "made_by")?,
            undone: by.zip(at.map(Instant)),
            followed: content.followed.clone(),
            id: MergeId(id),
        };
        Ok((merge, content))
    }

    fn merge_content(&self, row: &AnyRow) -> Result<Content> {
        let (id, sealed): (String, Vec<u8>) = (col(row, "id")?, col(row, "content")?);
        self.unseal_json(&self.keys().house, ("patient_merge", &id, "content"), &sealed)
    }

    fn merge_proof(&self, content: &Content, undone: bool) -> Result<String> {
        Ok(self.fingerprint("patient-merge", &[&to_json(content)?, &[u8::from(undone)]]))
    }

    /// What an event tells of the merge of that row.
    pub(crate) fn merge_row_proof(&self, row: &AnyRow) -> Result<String> {
        let undone = col::<Option<i64>>(row, "undone_at")?.is_some();
        self.merge_proof(&self.merge_content(row)?, undone)
    }
}
