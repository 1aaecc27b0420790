//! Exports without identities: the project they serve, the documents in them with what was found and
//! decided, and the key of the stand-ins, which can be destroyed.
//!
//! The caller owns what is in `content` (JSON); here it is sealed, counted and told of: the export's
//! with a key of its own, a document's with the document's key, so that it goes when the document
//! goes. Every change names the version it was made on: who was slower gets a `Conflict`.
//!
//! Destroying the key of the stand-ins also erases what was found in each document, since it says
//! what stood where. What was exported stays *pseudonymised*: the originals are still in the vault.

use relu_record::{BlobId, DocumentId, Instant};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::blob::PutBlob;
use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::key::Secret;
use crate::ledger::{Event, EventKind};
use crate::patients::PatientId;
use crate::tx::Tx;
use crate::vault::Vault;

/// Identifier of an export.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ExportId(pub String);

macro_rules! states {
    ($(#[$doc:meta])* $name:ident { $($(#[$d:meta])* $state:ident = $text:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$d])* $state,)* }

        impl $name {
            /// Every state, in order.
            pub const ALL: &'static [$name] = &[$($name::$state,)*];

            /// The name in the table.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$state => $text,)* }
            }

            /// The state of that name.
            pub fn parse(name: &str) -> Option<$name> {
                $name::ALL.iter().copied().find(|s| s.as_str() == name)
            }
        }
    };
}

states! {
    /// Where an export stands.
    ExportState {
        /// Its documents are being read.
        Draft = "brouillon",
        /// A person looks at what was found.
        InReview = "en-revue",
        /// The second reading found an identifier that is left.
        Blocked = "bloque",
        /// Nothing stands against it: a person may decide.
        Ready = "pret",
        /// Decided; the archive is being written.
        Writing = "ecriture",
        /// Written.
        Exported = "exporte",
    }
}

states! {
    /// Where a document of an export stands.
    ExportDocumentState {
        /// Waits for being read.
        Waiting = "a-preparer",
        /// Decided on since it was last read a second time.
        Unchecked = "a-verifier",
        /// Waits for a person; the second reading found nothing that is left for sure.
        ToReview = "a-relire",
        /// A person has looked at it.
        Reviewed = "relu",
        /// An identifier is left in it.
        Blocked = "bloque",
        /// It cannot be written without its identities; left out.
        Refused = "refuse",
        /// Left out: the person objects, or it is no longer selected.
        Withdrawn = "retire",
    }
}

/// An export to record.
#[derive(Clone, Debug)]
pub struct NewExport {
    /// Name of the policy.
    pub policy: String,
    /// Its version.
    pub policy_version: String,
    /// Project, selection and whatever else the caller keeps; sealed.
    pub content: crate::jobs::Private,
}

/// An export as stored.
#[derive(Clone, Debug)]
pub struct Export {
    /// Its id.
    pub id: ExportId,
    /// Where it stands.
    pub state: ExportState,
    /// Name of the policy.
    pub policy: String,
    /// Its version.
    pub policy_version: String,
    /// Id of the account that made it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts changes, from 1.
    pub version: u64,
    /// The archive last written.
    pub archive: Option<BlobId>,
    /// When the key of the stand-ins was destroyed.
    pub key_destroyed_at: Option<Instant>,
    /// What the caller keeps.
    pub content: crate::jobs::Private,
}

/// A document of an export.
#[derive(Clone, Debug)]
pub struct ExportDocument {
    /// The document.
    pub document: DocumentId,
    /// The patient it was filed to when it was selected.
    pub patient: Option<PatientId>,
    /// Where it stands.
    pub state: ExportDocumentState,
    /// Counts changes, from 1.
    pub version: u64,
    /// What the caller keeps of it; empty before it was read, and after the key was destroyed.
    pub content: crate::jobs::Private,
}

/// A change to an export; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct ExportChange {
    /// Where it stands.
    pub state: Option<ExportState>,
    /// What the caller keeps.
    pub content: Option<crate::jobs::Private>,
    /// The archive, written already.
    pub archive: Option<PutBlob>,
}

const LARGEST: usize = 64 << 20;

impl Tx {
    /// Records an export with a fresh key for its stand-ins.
    pub async fn create_export(&mut self, new: NewExport) -> Result<ExportId> {
        let (tenant, id, vault) = (self.t(), self.new_id()?, self.vault.clone());
        let (dek, wrapped) = vault.new_dek("export", &id)?;
        let stand_in = Secret::random()?;
        let place = ("export", id.as_str(), "stand_in_key");
        let stand_in = vault.seal(&vault.keys().kek, place, stand_in.bytes())?;
        let sealed = vault.seal(&dek, ("export", &id, "content"), &new.content)?;
        let insert = "INSERT INTO export (tenant, id, state, policy, policy_version, created_by, \
             created_at, updated_at, version, dek, stand_in_key, content) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, $8, $9, $10)";
        let state = ExportState::Draft;
        sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(state.as_str())
            .bind(new.policy.clone())
            .bind(new.policy_version.clone())
            .bind(self.actor.id.clone())
            .bind(self.now.0)
            .bind(wrapped)
            .bind(stand_in)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("record an export"))?;
        let proof = vault.export_proof(state, None, &new.content);
        let event = Event::new(EventKind::ExportCreated).subject(id.clone());
        self.append(event.detail(new.policy).content(proof)).await?;
        Ok(ExportId(id))
    }

    /// Changes an export as it was read: `Conflict` when somebody else changed it since.
    pub async fn change_export(
        &mut self,
        before: &Export,
        change: ExportChange,
        kind: EventKind,
        detail: &str,
    ) -> Result<()> {
        let (tenant, vault, id) = (self.t(), self.vault.clone(), &before.id.0);
        let dek = self.export_key(id).await?;
        let state = change.state.unwrap_or(before.state);
        let content = change.content.as_ref().unwrap_or(&before.content);
        let archive = match &change.archive {
            Some(put) => {
                self.register_blob(put).await?;
                Some(put.id.clone())
            }
            None => before.archive.clone(),
        };
        let sealed = vault.seal(&dek, ("export", id, "content"), content)?;
        let update = "UPDATE export SET state = $4, content = $5, archive = $6, updated_at = $7, \
             version = version + 1 WHERE tenant = $1 AND id = $2 AND version = $3";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.clone())
            .bind(before.version as i64)
            .bind(state.as_str())
            .bind(sealed)
            .bind(archive.as_ref().map(|b| b.0.clone()))
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("change an export"))?;
        changed(done.rows_affected(), "the export")?;
        // What an older archive held of somebody who objects since goes with it.
        if let Some(old) = before.archive.as_ref().filter(|old| Some(*old) != archive.as_ref()) {
            self.destroy_blob_if_unused(old).await?;
            self.destroyed = true;
        }
        let proof = vault.export_proof(state, archive.as_ref(), content);
        let detail = match change.state {
            Some(to) if to != before.state => format!("{}>{}", before.state.as_str(), to.as_str()),
            _ => detail.to_owned(),
        };
        self.append(Event::new(kind).subject(id.clone()).detail(detail).content(proof)).await?;
        Ok(())
    }

    /// Puts a document into an export, to be read; `false` when it is in it already.
    pub async fn add_to_export(
        &mut self,
        export: &ExportId,
        document: &DocumentId,
        patient: Option<&PatientId>,
    ) -> Result<bool> {
        let tenant = self.t();
        let insert = "INSERT INTO export_document (tenant, export, document, patient, state, version, \
             updated_at) VALUES ($1, $2, $3, $4, $5, 1, $6) ON CONFLICT DO NOTHING";
        let done = sqlx::query(insert)
            .bind(tenant)
            .bind(export.0.clone())
            .bind(document.0.clone())
            .bind(patient.map(|p| p.0.clone()))
            .bind(ExportDocumentState::Waiting.as_str())
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("put a document into an export"))?;
        Ok(done.rows_affected() == 1)
    }

    /// Changes a document of an export as it was read. Answers its new version.
    pub async fn change_export_document(
        &mut self,
        export: &ExportId,
        before: &ExportDocument,
        state: ExportDocumentState,
        content: &crate::jobs::Private,
        kind: EventKind,
        detail: &str,
    ) -> Result<u64> {
        if content.len() > LARGEST {
            return Err(VaultError::Limit { what: "what was found", max: LARGEST as u64 });
        }
        let (tenant, vault, document) = (self.t(), self.vault.clone(), &before.document);
        let dek = self.document_key(document).await?;
        let name = row_name(document, export);
        let sealed = vault.seal(&dek, ("export_document", &name, "content"), content)?;
        let update = "UPDATE export_document SET state = $5, content = $6, updated_at = $7, \
             version = version + 1 WHERE tenant = $1 AND export = $2 AND document = $3 \
             AND version = $4 AND EXISTS (SELECT 1 FROM export e WHERE e.tenant = $1 \
             AND e.id = $2 AND e.stand_in_key IS NOT NULL)";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(export.0.clone())
            .bind(document.0.clone())
            .bind(before.version as i64)
            .bind(state.as_str())
            .bind(sealed)
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("change a document of an export"))?;
        changed(done.rows_affected(), "the document of the export")?;
        let event = Event::new(kind).document(document).subject(export.0.clone());
        let proof = vault.export_document_proof(state, content);
        self.append(event.detail(detail).content(proof)).await?;
        Ok(before.version + 1)
    }

    /// Destroys the key of the stand-ins, and erases what was found in each document: nobody can
    /// tell any more from the export which stand-in is whose.
    pub async fn destroy_export_key(&mut self, id: &ExportId) -> Result<()> {
        let (tenant, op) = (self.t(), db("destroy a key"));
        let update = "UPDATE export SET stand_in_key = NULL, key_destroyed_at = $3, \
             updated_at = $3, version = version + 1 \
             WHERE tenant = $1 AND id = $2 AND stand_in_key IS NOT NULL";
        let done = sqlx::query(update)
            .bind(tenant.clone())
            .bind(id.0.clone())
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        changed(done.rows_affected(), "the key of the export")?;
        sqlx::query("UPDATE export_document SET content = NULL WHERE tenant = $1 AND export = $2")
            .bind(tenant)
            .bind(id.0.clone())
            .execute(self.conn())
            .await
            .map_err(&op)?;
        self.destroyed = true;
        self.append(Event::new(EventKind::ExportKeyDestroyed).subject(id.0.clone())).await?;
        Ok(())
    }

    async fn export_key(&mut self, id: &str) -> Result<Secret> {
        let tenant = self.t();
        let row = sqlx::query("SELECT dek FROM export WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(id.to_owned())
            .fetch_optional(self.conn())
            .await
            .map_err(db("read an export"))?;
        self.vault.dek(&row.ok_or_else(|| not_found(id))?, "export", id)
    }
}

fn changed(rows: u64, what: &'static str) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(VaultError::Conflict { what, why: "somebody else changed it meanwhile" }),
    }
}

fn not_found(id: &str) -> VaultError {
    VaultError::NotFound { what: "export", id: id.to_owned() }
}

pub(crate) fn row_name(document: &DocumentId, export: &ExportId) -> String {
    format!("{}/{}", document.0, export.0)
}

impl Vault {
    /// Every export, newest first.
    pub async fn exports(&self) -> Result<Vec<Export>> {
        let select = "SELECT * FROM export WHERE tenant = $1 ORDER BY created_at DESC, id DESC";
        let rows = Query::new(select, &self.t()).fetch(&self.inner.db.readers, "list exports");
        rows.await?.iter().map(|r| self.export_from_row(r)).collect()
    }

    /// The written exports that a document is part of.
    pub async fn exports_with(&self, document: &DocumentId) -> Result<Vec<Export>> {
        let select = "SELECT e.* FROM export e JOIN export_document x ON x.tenant = e.tenant \
             AND x.export = e.id WHERE e.tenant = $1 AND e.archive IS NOT NULL AND x.document = ";
        let mut q = Query::new(select, &self.t());
        q.text(&document.0).push(" AND x.state NOT IN (");
        q.texts([ExportDocumentState::Withdrawn.as_str(), ExportDocumentState::Refused.as_str()]);
        q.push(") ORDER BY e.id");
        let rows = q.fetch(&self.inner.db.readers, "list the exports of a document").await?;
        rows.iter().map(|r| self.export_from_row(r)).collect()
    }

    /// The export of that id.
    pub async fn export(&self, id: &ExportId) -> Result<Export> {
        let mut q = Query::new("SELECT * FROM export WHERE tenant = $1 AND id = ", &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read an export").await?;
        self.export_from_row(rows.first().ok_or_else(|| not_found(&id.0))?)
    }

    /// The secret from which an export's stand-ins are made; `Destroyed` once it is.
    pub async fn export_stand_in_key(&self, id: &ExportId) -> Result<crate::jobs::Private> {
        let select = "SELECT stand_in_key FROM export WHERE tenant = $1 AND id = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read a key").await?;
        let row = rows.first().ok_or_else(|| not_found(&id.0))?;
        let gone = || VaultError::Destroyed { what: "key of the export", id: id.0.clone() };
        let sealed: Vec<u8> = col::<Option<Vec<u8>>>(row, "stand_in_key")?.ok_or_else(gone)?;
        let place = ("export", id.0.as_str(), "stand_in_key");
        Ok(relu_record::Private(self.unseal(&self.keys().kek, place, &sealed)?.to_vec()))
    }

    /// The documents of an export in the order of their ids, without their content.
    pub async fn export_documents(&self, id: &ExportId) -> Result<Vec<ExportDocument>> {
        let select = "SELECT document, patient, state, version FROM export_document \
             WHERE tenant = $1 AND export = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0).push(" ORDER BY document");
        let rows = q.fetch(&self.inner.db.readers, "list documents of an export").await?;
        rows.iter().map(|r| listed(r, relu_record::Private::default())).collect()
    }

    /// A document of an export with what was found in it.
    pub async fn export_document(
        &self,
        export: &ExportId,
        document: &DocumentId,
    ) -> Result<ExportDocument> {
        let select = "SELECT x.document, x.patient, x.state, x.version, x.content, d.dek \
             FROM export_document x JOIN document d ON d.tenant = x.tenant AND d.id = x.document \
             WHERE x.tenant = $1 AND x.export = ";
        let mut q = Query::new(select, &self.t());
        q.text(&export.0).push(" AND x.document = ").text(&document.0);
        let rows = q.fetch(&self.inner.db.readers, "read a document of an export").await?;
        let none =
            || VaultError::NotFound { what: "document of the export", id: document.0.clone() };
        let row = rows.first().ok_or_else(none)?;
        listed(row, self.export_document_content(row, export, document)?)
    }

    pub(crate) fn export_document_content(
        &self,
        row: &AnyRow,
        export: &ExportId,
        document: &DocumentId,
    ) -> Result<crate::jobs::Private> {
        let Some(sealed) = col::<Option<Vec<u8>>>(row, "content")? else {
            return Ok(relu_record::Private::default());
        };
        let dek = self.dek(row, "document", &document.0)?;
        let name = row_name(document, export);
        let opened = self.unseal(&dek, ("export_document", &name, "content"), &sealed)?;
        Ok(relu_record::Private(opened.to_vec()))
    }

    pub(crate) fn export_from_row(&self, row: &AnyRow) -> Result<Export> {
        let id: String = col(row, "id")?;
        let dek = self.dek(row, "export", &id)?;
        let sealed: Vec<u8> = col(row, "content")?;
        let content = self.unseal(&dek, ("export", &id, "content"), &sealed)?;
        let state = ExportState::parse(&col::<String>(row, "state")?);
        Ok(Export {
            state: state.ok_or_else(|| {
                VaultError::integrity("export state", "is not one of this version")
            })?,
            policy: col(row, "policy")?,
            policy_version: col(row, "policy_version")?,
            created_by: col(row, "created_by")?,
            created_at: Instant(col(row, "created_at")?),
            updated_at: Instant(col(row, "updated_at")?),
            version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
            archive: col::<Option<String>>(row, "archive")?.map(BlobId),
            key_destroyed_at: col::<Option<i64>>(row, "key_destroyed_at")?.map(Instant),
            content: relu_record::Private(content.to_vec()),
            id: ExportId(id),
        })
    }

    pub(crate) fn export_proof(
        &self,
        state: ExportState,
        archive: Option<&BlobId>,
        content: &[u8],
    ) -> String {
        let archive = archive.map_or("", |b| b.0.as_str());
        self.fingerprint("export", &[state.as_str().as_bytes(), archive.as_bytes(), content])
    }

    pub(crate) fn export_document_proof(
        &self,
        state: ExportDocumentState,
        content: &[u8],
    ) -> String {
        self.fingerprint("export-document", &[state.as_str().as_bytes(), content])
    }
}

pub(crate) fn document_state(row: &AnyRow) -> Result<ExportDocumentState> {
    let wrong = || VaultError::integrity("state in an export", "is not one of this version");
    ExportDocumentState::parse(&col::<String>(row, "state")?).ok_or_else(wrong)
}

fn listed(row: &AnyRow, content: crate::jobs::Private) -> Result<ExportDocument> {
    Ok(ExportDocument {
        document: DocumentId(col(row, "document")?),
        patient: col::<Option<String>>(row, "patient")?.map(PatientId),
        state: document_state(row)?,
        version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
        content,
    })
}
