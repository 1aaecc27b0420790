//! What follows a patient: every table that names one joins in here, so that a merge takes
//! everything along and a split gives back exactly that.

use std::collections::HashSet;

use relu_record::DocumentId;
use serde::{Deserialize, Serialize};

use crate::db::{Query, col};
use crate::error::{Result, db};
use crate::ledger::EventKind;
use crate::patients::PatientId;
use crate::resources::{COLUMNS, Deks, Former, NewResource, Resource, ResourceTerm};
use crate::tx::Tx;

/// Resources that follow in one act on the record.
const RESOURCES: i64 = 1_000;

/// What followed, by table. Kept, sealed, with the merge; a new table is a new field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Followed {
    /// Documents filed to the patient.
    pub documents: Vec<DocumentId>,
    /// Documents selected for an export under that patient: export and document.
    pub exports: Vec<(String, DocumentId)>,
    /// Resources of the patient's file: type and id.
    pub resources: Vec<(String, String)>,
}

/// How the resources of a patient's file follow: the vault knows tokens, whoever knows their content
/// says what they name.
pub trait ResourcesFollow: Sync {
    /// What the resources in that patient's file are found by, each with its type.
    fn found_by(&self, patient: &PatientId) -> Vec<(&'static str, ResourceTerm)>;

    /// A resource of the file of `from` as one of the file of `to`; nothing when it is not.
    fn moved(&self, resource: &Resource, from: &PatientId, to: &PatientId) -> Option<Moved>;
}

/// A resource in another patient's file.
pub struct Moved {
    /// Its type.
    pub kind: &'static str,
    /// What it says now.
    pub content: Vec<u8>,
    /// What it could be found by.
    pub former_terms: Vec<ResourceTerm>,
    /// What it can be found by now.
    pub terms: Vec<ResourceTerm>,
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
        resources: &dyn ResourcesFollow,
    ) -> Result<Followed> {
        Ok(Followed {
            documents: self.documents_follow(from, to, only, subject).await?,
            exports: self.exports_follow(from, to, only).await?,
            resources: self.resources_follow(from, to, only, subject, resources).await?,
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

    // A new version of each; the former ones stay in the history, in the file where they were.
    async fn resources_follow(
        &mut self,
        from: &PatientId,
        to: &PatientId,
        only: Option<&Followed>,
        subject: &str,
        rules: &dyn ResourcesFollow,
    ) -> Result<Vec<(String, String)>> {
        let only: Option<HashSet<&(String, String)>> = only.map(|o| o.resources.iter().collect());
        let (mut followed, mut after) = (Vec::new(), i64::MIN);
        loop {
            let page = self.file_of(from, after, rules).await?;
            let Some(last) = page.last() else { return Ok(followed) };
            after = last.num;
            let mut writes = Vec::with_capacity(page.len());
            for r in page {
                let key = (r.kind.clone(), r.id.clone());
                if only.as_ref().is_some_and(|o| !o.contains(&key)) {
                    continue;
                }
                let Some(moved) = rules.moved(&r, from, to) else { continue };
                followed.push(key);
                writes.push(NewResource {
                    kind: moved.kind,
                    id: r.id,
                    patient: Some(to.clone()),
                    masked: r.masked,
                    author: r.masked.then_some(r.author),
                    content: Some(moved.content),
                    terms: moved.terms,
                    former: Some(Former {
                        num: r.num,
                        version: r.version,
                        terms: moved.former_terms,
                    }),
                });
            }
            self.write_resources(subject, writes).await?;
        }
    }

    // Current resources of a patient's file after number `after`.
    async fn file_of(
        &mut self,
        patient: &PatientId,
        after: i64,
        rules: &dyn ResourcesFollow,
    ) -> Result<Vec<Resource>> {
        let by = rules.found_by(patient);
        let tokens = by.iter().map(|(k, t)| self.vault.resource_token(k, t.param, &t.value));
        let mut q = Query::new("SELECT ", &self.t());
        q.push(COLUMNS)
            .push(" FROM (SELECT DISTINCT num FROM resource_token WHERE token IN (")
            .numbers(tokens)
            .push(
                ")) a CROSS JOIN resource r \
                 LEFT JOIN patient p ON p.tenant = r.tenant AND p.id = r.patient \
                 WHERE r.tenant = $1 AND r.num = a.num AND r.live = 1 AND r.deleted = 0 \
                 AND r.patient = ",
            )
            .text(&patient.0)
            .push(" AND a.num > ")
            .number(after)
            .push(" ORDER BY a.num LIMIT ")
            .number(RESOURCES);
        let rows = q.fetch(self.conn(), "find the resources of a patient").await?;
        let mut deks = Deks::default();
        rows.iter().map(|row| self.vault.resource_from_row(row, &mut deks)).collect()
    }
}
