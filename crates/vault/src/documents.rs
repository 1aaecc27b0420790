//! Documents: recorded, moved, filed, assigned, read.

use relu_record::{DocumentId, DocumentState, Format, Role, Sha256Hex, TextVersion};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::document::{Detached, Details, Document, DocumentChange, Filing, Inserted, NewDocument};
use crate::error::{Result, VaultError, db};
use crate::key::Secret;
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::Vault;

const INSERT: &str = "INSERT INTO document (tenant, id, blob, parent, identity_token, source_kind, \
     received_at, updated_at, version, state, format, media_type, dek, details) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $7, 1, 'recu', $8, $9, $10, $11) ON CONFLICT DO NOTHING";

impl Tx {
    /// Records a document and registers its blob. The same bytes at the same place (top level, or
    /// the same part of the same parent) are the same document.
    pub async fn insert_document(&mut self, new: NewDocument) -> Result<Inserted> {
        self.register_blob(&new.blob).await?;
        let (id, tenant, op) = (self.new_id()?, self.t(), db("record a document"));
        let parent = new.parent.as_ref().map_or("", |p| p.0.as_str()).to_owned();
        let part = new.part.clone().unwrap_or_default();
        let parts = [new.blob.id.0.as_bytes(), parent.as_bytes(), part.as_bytes()];
        let identity = self.vault.fingerprint("document", &parts);
        let (dek, wrapped) = self.vault.new_dek("document", &id)?;
        let details = Details {
            sha256: new.blob.sha256.0.clone(),
            size: new.blob.size,
            part: new.part,
            source_name: new.source_name,
            ..Details::default()
        };
        let sealed = self.vault.seal_json(&dek, ("document", &id, "details"), &details)?;
        let done = sqlx::query(INSERT)
            .bind(tenant.clone())
            .bind(id.clone())
            .bind(new.blob.id.0.clone())
            .bind(new.parent.map(|p| p.0))
            .bind(identity.clone())
            .bind(new.source_kind.clone())
            .bind(self.now.0)
            .bind(new.format.map(Format::as_str))
            .bind(new.media_type)
            .bind(wrapped)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        if done.rows_affected() == 1 {
            let id = DocumentId(id);
            let event = Event::new(EventKind::Received).document(&id).detail(new.source_kind);
            self.append(event.content(new.blob.id.0.clone())).await?;
            return Ok(Inserted::New(id));
        }
        let row = sqlx::query("SELECT id FROM document WHERE tenant = $1 AND identity_token = $2")
            .bind(tenant)
            .bind(identity)
            .fetch_one(self.conn())
            .await
            .map_err(&op)?;
        let id = DocumentId(col(&row, "id")?);
        self.append(Event::new(EventKind::ReceivedAgain).document(&id).detail(new.source_kind))
            .await?;
        Ok(Inserted::Duplicate(id))
    }

    /// The document as this transaction sees it.
    pub async fn document(&mut self, id: &DocumentId) -> Result<Document> {
        let row = self.document_row(id).await?;
        self.vault.clone().document_from_row(&row)
    }

    async fn document_row(&mut self, id: &DocumentId) -> Result<AnyRow> {
        let tenant = self.t();
        let row = sqlx::query("SELECT * FROM document WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(id.0.clone())
            .fetch_optional(self.conn())
            .await
            .map_err(db("read a document"))?;
        row.ok_or_else(|| not_found(id))
    }

    /// The data key of a document, to seal what belongs to it.
    pub(crate) async fn document_key(&mut self, id: &DocumentId) -> Result<Secret> {
        let row = self.document_row(id).await?;
        self.vault.dek(&row, "document", &id.0)
    }

    /// Moves a document from one state to another; `Conflict` when it is not in `from` any more.
    /// Whether the move is allowed is for [`DocumentState::advance`] to say: undo goes back here.
    pub async fn set_state(
        &mut self,
        id: &DocumentId,
        from: DocumentState,
        to: DocumentState,
    ) -> Result<()> {
        let tenant = self.t();
        let update = "UPDATE document SET state = $4, updated_at = $5, version = version + 1 \
             WHERE tenant = $1 AND id = $2 AND state = $3";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(from.as_str())
            .bind(to.as_str())
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("change a document's state"))?;
        if done.rows_affected() == 0 {
            self.document_row(id).await?;
            let why = "somebody else has moved it in the meantime";
            return Err(VaultError::Conflict { what: "the document's state", why });
        }
        let detail = format!("{}>{}", from.as_str(), to.as_str());
        self.append(Event::new(EventKind::StateChanged).document(id).detail(detail)).await?;
        Ok(())
    }

    /// Changes what is known about a document (no event: reading, proposing and moving have theirs).
    pub async fn update_document(&mut self, id: &DocumentId, change: DocumentChange) -> Result<()> {
        let type_code = change.headline.as_ref().and_then(|h| h.document_type.clone());
        let refusal_code = change.refusal.as_ref().map(|r| r.as_ref().map(|r| r.code.as_str()));
        let columns = Columns {
            format: change.format.map(Format::as_str),
            media_type: change.media_type,
            refusal_code,
            type_token: type_code.map(|t| Some(self.vault.type_token(&t))),
            masked: change.headline.as_ref().map(|h| h.masked),
            ..Columns::default()
        };
        self.rewrite(id, columns, |details| {
            if let Some(refusal) = change.refusal {
                details.refusal = refusal;
            }
            if let Some(headline) = change.headline {
                details.headline = headline;
            }
        })
        .await
    }

    /// Files a document, or takes its filing back with `None`.
    pub async fn set_filing(&mut self, id: &DocumentId, filing: Option<Filing>) -> Result<()> {
        let kind = if filing.is_some() { EventKind::Filed } else { EventKind::Unfiled };
        self.write_filing(id, filing, kind, None).await
    }

    /// Takes a document off the patient it was filed to; [`Tx::reattach`] gives it back.
    pub async fn detach(&mut self, id: &DocumentId, before: Detached) -> Result<()> {
        self.write_filing(id, None, EventKind::Detached, None).await?;
        self.rewrite(id, Columns::default(), |details| details.detached = Some(before)).await
    }

    /// Gives a detached document back to its patient, as it was; says what it was.
    pub async fn reattach(&mut self, id: &DocumentId) -> Result<Detached> {
        let row = self.document_row(id).await?;
        let before = self.vault.details(&row, &id.0)?.1.detached;
        let why = "it was not detached";
        let before = before.ok_or(VaultError::Conflict { what: "the document", why })?;
        let mut filing = before.filing.clone();
        if let Some(patient) = &filing.patient {
            // The record may have been merged in the meantime.
            filing.patient = Some(self.standing_patient(patient).await?.id);
        }
        self.write_filing(id, Some(filing), EventKind::Reattached, None).await?;
        self.rewrite(id, Columns::default(), |details| details.detached = None).await?;
        Ok(before)
    }

    /// Writes a filing and tells of it by an event of that kind.
    pub(crate) async fn write_filing(
        &mut self,
        id: &DocumentId,
        filing: Option<Filing>,
        kind: EventKind,
        subject: Option<&str>,
    ) -> Result<()> {
        let patient = filing.as_ref().and_then(|f| f.patient.clone());
        let code = filing.as_ref().and_then(|f| f.document_type.clone());
        let columns = Columns {
            patient: Some(patient.as_ref().map(|p| p.0.clone())),
            type_token: code.map(|t| Some(self.vault.type_token(&t))),
            ..Columns::default()
        };
        let content = crate::vault::to_json(&filing)?;
        let hash = self.vault.fingerprint("filing", &[&content]);
        self.rewrite(id, columns, |details| details.filing = filing).await?;
        let mut event = Event::new(kind).document(id).content(hash);
        event.patient = patient;
        event.subject = subject.map(str::to_owned);
        self.append(event).await?;
        Ok(())
    }

    /// Gives a document to a team queue, a role, a person (an account's id).
    pub async fn assign(
        &mut self,
        id: &DocumentId,
        queue: Option<&str>,
        role: Option<Role>,
        account: Option<&str>,
    ) -> Result<()> {
        let tenant = self.t();
        let update = "UPDATE document SET queue = $3, assigned_role = $4, assigned_to = $5, \
             updated_at = $6, version = version + 1 WHERE tenant = $1 AND id = $2";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(queue.map(str::to_owned))
            .bind(role.map(Role::as_str))
            .bind(account.map(str::to_owned))
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("assign a document"))?;
        if done.rows_affected() == 0 {
            return Err(not_found(id));
        }
        let mut event = Event::new(EventKind::Assigned).document(id);
        event.detail = role.map(|r| r.as_str().to_owned());
        event.subject = account.or(queue).map(str::to_owned);
        self.append(event).await?;
        Ok(())
    }

    /// Notes the text a document was read as.
    pub(crate) async fn set_text(
        &mut self,
        id: &DocumentId,
        version: &TextVersion,
        token: String,
    ) -> Result<()> {
        let columns = Columns { text_token: Some(token), ..Columns::default() };
        self.rewrite(id, columns, |d| d.text_version = Some(version.clone())).await
    }

    /// Notes a document's current proposal set.
    pub(crate) async fn set_proposals(
        &mut self,
        id: &DocumentId,
        set: &Sha256Hex,
        token: String,
    ) -> Result<()> {
        let columns = Columns { set_token: Some(token), ..Columns::default() };
        self.rewrite(id, columns, |d| d.proposal_set = Some(set.clone())).await
    }

    // Opens the sealed part, changes it, and writes it back with the columns named, unless another
    // server has changed the row in between.
    async fn rewrite(
        &mut self,
        id: &DocumentId,
        columns: Columns,
        change: impl FnOnce(&mut Details),
    ) -> Result<()> {
        let row = self.document_row(id).await?;
        let vault = self.vault.clone();
        let (dek, mut details) = vault.details(&row, &id.0)?;
        change(&mut details);
        let sealed = vault.seal_json(&dek, ("document", &id.0, "details"), &details)?;
        let version: i64 = col(&row, "version")?;
        let keep = |new: Option<String>, name| Ok(new.or(col::<Option<String>>(&row, name)?));
        let change_or_keep = |new: Option<Option<String>>, name| match new {
            Some(value) => Ok(value),
            None => col::<Option<String>>(&row, name),
        };
        let update = "UPDATE document SET details = $4, updated_at = $5, version = version + 1, \
             format = $6, media_type = $7, refusal_code = $8, text_token = $9, set_token = $10, \
             patient = $11, type_token = $12, masked = $13 WHERE tenant = $1 AND id = $2 AND version = $3";
        let refusal = columns.refusal_code.map(|r| r.map(str::to_owned));
        let query = sqlx::query(update)
            .bind(self.t())
            .bind(id.0.clone())
            .bind(version)
            .bind(sealed)
            .bind(self.now.0)
            .bind(keep(columns.format.map(str::to_owned), "format")?)
            .bind(keep(columns.media_type, "media_type")?)
            .bind(change_or_keep(refusal, "refusal_code")?)
            .bind(keep(columns.text_token, "text_token")?)
            .bind(keep(columns.set_token, "set_token")?)
            .bind(change_or_keep(columns.patient, "patient")?)
            .bind(change_or_keep(columns.type_token, "type_token")?)
            .bind(columns.masked.map_or_else(|| col::<i64>(&row, "masked"), |m| Ok(m.into()))?);
        let done = query.execute(self.conn()).await.map_err(db("change a document"))?;
        match done.rows_affected() {
            1 => Ok(()),
            _ => Err(VaultError::Conflict {
                what: "the document",
                why: "somebody else has changed it in the meantime",
            }),
        }
    }
}

#[derive(Default)]
struct Columns {
    format: Option<&'static str>,
    media_type: Option<String>,
    refusal_code: Option<Option<&'static str>>,
    text_token: Option<String>,
    set_token: Option<String>,
    patient: Option<Option<String>>,
    type_token: Option<Option<String>>,
    masked: Option<bool>,
}

fn not_found(id: &DocumentId) -> VaultError {
    VaultError::NotFound { what: "document", id: id.0.clone() }
}

impl Vault {
    /// The document of that id.
    pub async fn document(&self, id: &DocumentId) -> Result<Document> {
        let mut q = Query::new("SELECT * FROM document WHERE tenant = $1 AND id = ", &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read a document").await?;
        self.document_from_row(rows.first().ok_or_else(|| not_found(id))?)
    }
}
