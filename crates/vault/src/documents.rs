//! Documents: what was received, where it stands, and how a list finds it again.

use relu_record::{
    BlobId, Coding, DocumentId, DocumentState, Format, Instant, Moment, Organization, Practitioner,
    Private, Refusal, Role, Sha256Hex, TextVersion,
};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::blind::{self, Term};
use crate::blob::{PutBlob, StoredBlob};
use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::key::Secret;
use crate::ledger::{Event, EventKind};
use crate::patients::PatientId;
use crate::tx::Tx;
use crate::vault::{Vault, from_json};

/// A document to record. Its blob is written already and is registered with it.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// The bytes.
    pub blob: PutBlob,
    /// The document that holds it, for a part.
    pub parent: Option<DocumentId>,
    /// Where in the parent it was.
    pub part: Option<String>,
    /// How it came (`upload`, `folder`, `api`, `mail`, `part`…), a plain code.
    pub source_kind: String,
    /// File name or sender's reference.
    pub source_name: Option<Private>,
    /// Kind of file, when known already.
    pub format: Option<Format>,
    /// Media type, when known already.
    pub media_type: Option<String>,
}

/// What became of a [`NewDocument`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Inserted {
    /// It is recorded.
    New(DocumentId),
    /// The same bytes were received before, at the same place.
    Duplicate(DocumentId),
}

impl Inserted {
    /// The document, new or not.
    pub fn id(&self) -> &DocumentId {
        match self {
            Inserted::New(id) | Inserted::Duplicate(id) => id,
        }
    }
}

/// The few words a list shows without opening the document. All sealed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Headline {
    /// Patient as proposed or filed.
    pub patient: Option<Private>,
    /// Date of birth, French form.
    pub birth_date: Option<Private>,
    /// Title.
    pub title: Option<Private>,
    /// Type as proposed or filed.
    pub document_type: Option<Coding>,
    /// Date of the document.
    pub date: Option<Moment>,
    /// Author or sending structure.
    pub sender: Option<Private>,
    /// Codes of the checks to look at.
    pub checks: Vec<String>,
}

/// Where a document was filed. All sealed, except the patient's id.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Filing {
    /// The patient.
    pub patient: Option<PatientId>,
    /// The type.
    pub document_type: Option<Coding>,
    /// The date.
    pub date: Option<Moment>,
    /// The author.
    pub author: Option<Practitioner>,
    /// The sending structure.
    pub organization: Option<Organization>,
    /// Title on the screen.
    pub title: Option<Private>,
    /// Where it goes.
    pub destination: Option<String>,
}

/// A document as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// Its id.
    pub id: DocumentId,
    /// Name of its bytes.
    pub blob: BlobId,
    /// Hash of its bytes.
    pub sha256: Sha256Hex,
    /// Bytes.
    pub size: u64,
    /// The document that holds it.
    pub parent: Option<DocumentId>,
    /// Where in the parent.
    pub part: Option<String>,
    /// How it came.
    pub source_kind: String,
    /// File name or sender's reference.
    pub source_name: Option<Private>,
    /// When it came.
    pub received_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts changes, from 1; for `ETag`.
    pub version: u64,
    /// Where it stands.
    pub state: DocumentState,
    /// Kind of file.
    pub format: Option<Format>,
    /// Media type.
    pub media_type: Option<String>,
    /// Text it was read as, last.
    pub text_version: Option<TextVersion>,
    /// Hash of its current proposal set.
    pub proposal_set: Option<Sha256Hex>,
    /// Why it is in quarantine.
    pub refusal: Option<Refusal>,
    /// For lists.
    pub headline: Headline,
    /// Where it was filed.
    pub filing: Option<Filing>,
    /// Team queue (*bannette*).
    pub queue: Option<String>,
    /// Role that is to see it.
    pub assigned_role: Option<Role>,
    /// Account that took it (*je m'en occupe*).
    pub assigned_to: Option<String>,
    /// When its content was destroyed.
    pub destroyed_at: Option<Instant>,
}

/// A change to a document; what is `None` stays as it is.
#[derive(Clone, Debug, Default)]
pub struct DocumentChange {
    /// Kind of file.
    pub format: Option<Format>,
    /// Media type.
    pub media_type: Option<String>,
    /// Why it is in quarantine; `Some(None)` lifts it.
    pub refusal: Option<Option<Refusal>>,
    /// For lists.
    pub headline: Option<Headline>,
}

/// Order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Oldest received first.
    #[default]
    OldestFirst,
    /// Newest received first.
    NewestFirst,
}

/// Where a page ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// When the last document of the page came.
    pub received_at: Instant,
    /// Its id.
    pub id: DocumentId,
}

/// Which documents; the default is all of them, oldest first, 50 a page.
#[derive(Clone, Debug)]
pub struct DocumentFilter {
    /// In one of these states; any when empty.
    pub states: Vec<DocumentState>,
    /// With a person's name one of whose words begins so (at least two letters).
    pub name: Option<Private>,
    /// Filed to this patient.
    pub patient: Option<PatientId>,
    /// Filed or proposed under this type code.
    pub document_type: Option<Coding>,
    /// Of this kind of file.
    pub format: Option<Format>,
    /// In this team queue.
    pub queue: Option<String>,
    /// For this role.
    pub assigned_role: Option<Role>,
    /// Taken by this account.
    pub assigned_to: Option<String>,
    /// Received at or after.
    pub since: Option<Instant>,
    /// Received before.
    pub before: Option<Instant>,
    /// Documents that were received themselves, not their parts.
    pub top_level: bool,
    /// Order.
    pub order: Order,
    /// After this one, for the next page.
    pub after: Option<Cursor>,
    /// At most so many, up to 500.
    pub limit: u32,
}

impl Default for DocumentFilter {
    fn default() -> Self {
        DocumentFilter {
            states: Vec::new(),
            name: None,
            patient: None,
            document_type: None,
            format: None,
            queue: None,
            assigned_role: None,
            assigned_to: None,
            since: None,
            before: None,
            top_level: false,
            order: Order::OldestFirst,
            after: None,
            limit: 50,
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug)]
pub struct DocumentPage {
    /// The documents.
    pub documents: Vec<Document>,
    /// Where to go on, when there is more.
    pub next: Option<Cursor>,
}

// The sealed part of a row.
#[derive(Serialize, Deserialize, Default)]
#[serde(default)]
struct Details {
    sha256: String,
    size: u64,
    part: Option<String>,
    source_name: Option<Private>,
    text_version: Option<TextVersion>,
    proposal_set: Option<Sha256Hex>,
    refusal: Option<Refusal>,
    headline: Headline,
    filing: Option<Filing>,
}

const PLACE: (&str, &str) = ("document", "details");
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
        let sealed = self.vault.seal_json(&dek, (PLACE.0, &id, PLACE.1), &details)?;
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

    // Gives the written file a row. A row that is there keeps its file when that is whole, and
    // takes the new one when it is not: receiving again repairs.
    async fn register_blob(&mut self, put: &PutBlob) -> Result<()> {
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
            self.written.push(std::sync::Arc::clone(&put.file));
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
        self.written.push(std::sync::Arc::clone(&put.file));
        self.to_remove.push(vault.inner.blobs.path(&old_file));
        Ok(())
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
            type_token: type_code.map(|t| Some(self.type_token(&t))),
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
        let patient = filing.as_ref().and_then(|f| f.patient.clone());
        let code = filing.as_ref().and_then(|f| f.document_type.clone());
        let columns = Columns {
            patient: Some(patient.as_ref().map(|p| p.0.clone())),
            type_token: code.map(|t| Some(self.type_token(&t))),
            ..Columns::default()
        };
        let content = crate::vault::to_json(&filing)?;
        let hash = self.vault.fingerprint("filing", &[&content]);
        let kind = if filing.is_some() { EventKind::Filed } else { EventKind::Unfiled };
        self.rewrite(id, columns, |details| details.filing = filing).await?;
        let mut event = Event::new(kind).document(id).content(hash);
        event.patient = patient;
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

    /// Replaces what a document can be found by.
    pub async fn index_document(&mut self, id: &DocumentId, terms: &[Term]) -> Result<()> {
        self.index("document", &id.0, terms).await
    }

    pub(crate) async fn index(&mut self, kind: &str, subject: &str, terms: &[Term]) -> Result<()> {
        let (tenant, op) = (self.t(), db("index names"));
        let tokens = blind::stored_tokens(&self.vault.keys().blind, terms);
        let delete =
            "DELETE FROM blind_token WHERE tenant = $1 AND subject_kind = $2 AND subject = $3";
        sqlx::query(delete)
            .bind(tenant.clone())
            .bind(kind.to_owned())
            .bind(subject.to_owned())
            .execute(self.conn())
            .await
            .map_err(&op)?;
        for token in tokens {
            sqlx::query("INSERT INTO blind_token (tenant, token, subject_kind, subject) VALUES ($1, $2, $3, $4)")
                .bind(tenant.clone())
                .bind(token)
                .bind(kind.to_owned())
                .bind(subject.to_owned())
                .execute(self.conn())
                .await
                .map_err(&op)?;
        }
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
        let sealed = vault.seal_json(&dek, (PLACE.0, &id.0, PLACE.1), &details)?;
        let version: i64 = col(&row, "version")?;
        let keep = |new: Option<String>, name| Ok(new.or(col::<Option<String>>(&row, name)?));
        let change_or_keep = |new: Option<Option<String>>, name| match new {
            Some(value) => Ok(value),
            None => col::<Option<String>>(&row, name),
        };
        let update = "UPDATE document SET details = $4, updated_at = $5, version = version + 1, \
             format = $6, media_type = $7, refusal_code = $8, text_token = $9, set_token = $10, \
             patient = $11, type_token = $12 WHERE tenant = $1 AND id = $2 AND version = $3";
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
            .bind(change_or_keep(columns.type_token, "type_token")?);
        let done = query.execute(self.conn()).await.map_err(db("change a document"))?;
        match done.rows_affected() {
            1 => Ok(()),
            _ => Err(VaultError::Conflict {
                what: "the document",
                why: "somebody else has changed it in the meantime",
            }),
        }
    }

    fn type_token(&self, code: &Coding) -> String {
        type_token(&self.vault, code)
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
}

const SELECT_BLOB: &str =
    "SELECT id, file, size, dek, sha256 FROM blob WHERE tenant = $1 AND id = $2";

fn type_token(vault: &Vault, code: &Coding) -> String {
    blind::token(&vault.keys().blind, "document-type", &[&code.system, &code.code])
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

    /// One page of the documents that pass the filter.
    pub async fn documents(&self, filter: &DocumentFilter) -> Result<DocumentPage> {
        let limit = filter.limit.clamp(1, 500);
        let Some(mut q) = self.filtered("SELECT d.* FROM document d WHERE d.tenant = $1", filter)
        else {
            return Ok(DocumentPage { documents: Vec::new(), next: None });
        };
        let newest = filter.order == Order::NewestFirst;
        if let Some(after) = &filter.after {
            q.push(if newest { " AND (d.received_at < " } else { " AND (d.received_at > " });
            q.number(after.received_at.0).push(" OR (d.received_at = ").number(after.received_at.0);
            q.push(if newest { " AND d.id < " } else { " AND d.id > " });
            q.text(&after.id.0).push("))");
        }
        q.push(match newest {
            true => " ORDER BY d.received_at DESC, d.id DESC LIMIT ",
            false => " ORDER BY d.received_at, d.id LIMIT ",
        });
        q.number(i64::from(limit) + 1);
        let rows = q.fetch(&self.inner.db.readers, "list documents").await?;
        let page = rows.get(..limit as usize).unwrap_or(&rows);
        let documents: Vec<Document> =
            page.iter().map(|r| self.document_from_row(r)).collect::<Result<_>>()?;
        let next = (rows.len() > page.len())
            .then(|| documents.last())
            .flatten()
            .map(|d| Cursor { received_at: d.received_at, id: d.id.clone() });
        Ok(DocumentPage { documents, next })
    }

    /// How many documents pass the filter, by state; states without any are left out.
    pub async fn count_by_state(
        &self,
        filter: &DocumentFilter,
    ) -> Result<Vec<(DocumentState, u64)>> {
        let select = "SELECT d.state, COUNT(*) AS n FROM document d WHERE d.tenant = $1";
        let Some(mut q) = self.filtered(select, filter) else { return Ok(Vec::new()) };
        q.push(" GROUP BY d.state");
        let rows = q.fetch(&self.inner.db.readers, "count documents").await?;
        let mut counts = Vec::new();
        for row in &rows {
            let n = u64::try_from(col::<i64>(row, "n")?).unwrap_or(0);
            counts.push((state_of(&col::<String>(row, "state")?)?, n));
        }
        counts.sort_by_key(|(s, _)| DocumentState::ALL.iter().position(|a| a == s));
        Ok(counts)
    }

    /// The parts of a document, in the order in which they were recorded.
    pub async fn children(&self, parent: &DocumentId) -> Result<Vec<Document>> {
        let mut q = Query::new("SELECT * FROM document WHERE tenant = $1 AND parent = ", &self.t());
        q.text(&parent.0).push(" ORDER BY received_at, id");
        let rows = q.fetch(&self.inner.db.readers, "list parts").await?;
        rows.iter().map(|r| self.document_from_row(r)).collect()
    }

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
            tenant: std::sync::Arc::from(self.inner.tenant.0.as_str()),
            dek,
        })
    }

    // Nothing when the filter asks for a name too short to be searched.
    fn filtered(&self, select: &'static str, filter: &DocumentFilter) -> Option<Query> {
        let mut q = Query::new(select, &self.t());
        if !filter.states.is_empty() {
            q.push(" AND d.state IN (").texts(filter.states.iter().map(|s| s.as_str())).push(")");
        }
        if let Some(name) = &filter.name {
            let tokens = blind::query_tokens(&self.keys().blind, &Term::Name(name.0.clone()));
            if tokens.is_empty() {
                return None;
            }
            for token in tokens {
                q.push(" AND EXISTS (SELECT 1 FROM blind_token b WHERE b.tenant = d.tenant AND b.token = ");
                q.text(&token);
                q.push(
                    " AND ((b.subject_kind = 'document' AND b.subject = d.id) \
                     OR (b.subject_kind = 'patient' AND b.subject = d.patient)))",
                );
            }
        }
        let mut equal = |column: &'static str, value: Option<&str>| {
            if let Some(value) = value {
                q.push(column).text(value);
            }
        };
        let code = filter.document_type.as_ref().map(|t| type_token(self, t));
        equal(" AND d.patient = ", filter.patient.as_ref().map(|p| p.0.as_str()));
        equal(" AND d.type_token = ", code.as_deref());
        equal(" AND d.format = ", filter.format.map(Format::as_str));
        equal(" AND d.queue = ", filter.queue.as_deref());
        equal(" AND d.assigned_role = ", filter.assigned_role.map(Role::as_str));
        equal(" AND d.assigned_to = ", filter.assigned_to.as_deref());
        if let Some(since) = filter.since {
            q.push(" AND d.received_at >= ").number(since.0);
        }
        if let Some(before) = filter.before {
            q.push(" AND d.received_at < ").number(before.0);
        }
        if filter.top_level {
            q.push(" AND d.parent IS NULL");
        }
        Some(q)
    }

    fn details(&self, row: &AnyRow, id: &str) -> Result<(Secret, Details)> {
        let dek = self.dek(row, "document", id)?;
        let sealed: Option<Vec<u8>> = col(row, "details")?;
        let gone = || VaultError::Destroyed { what: "document", id: id.to_owned() };
        let details = self.unseal_json(&dek, (PLACE.0, id, PLACE.1), &sealed.ok_or_else(gone)?)?;
        Ok((dek, details))
    }

    pub(crate) fn document_from_row(&self, row: &AnyRow) -> Result<Document> {
        let id: String = col(row, "id")?;
        let destroyed_at: Option<i64> = col(row, "destroyed_at")?;
        let details = match destroyed_at {
            Some(_) => Details::default(),
            None => self.details(row, &id)?.1,
        };
        let role: Option<String> = col(row, "assigned_role")?;
        let format: Option<String> = col(row, "format")?;
        Ok(Document {
            id: DocumentId(id),
            blob: BlobId(col(row, "blob")?),
            sha256: Sha256Hex(details.sha256),
            size: details.size,
            parent: col::<Option<String>>(row, "parent")?.map(DocumentId),
            part: details.part,
            source_kind: col(row, "source_kind")?,
            source_name: details.source_name,
            received_at: Instant(col(row, "received_at")?),
            updated_at: Instant(col(row, "updated_at")?),
            version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
            state: state_of(&col::<String>(row, "state")?)?,
            format: format.map(|f| format_of(&f)).transpose()?,
            media_type: col(row, "media_type")?,
            text_version: details.text_version,
            proposal_set: details.proposal_set,
            refusal: details.refusal,
            headline: details.headline,
            filing: details.filing,
            queue: col(row, "queue")?,
            assigned_role: role.and_then(|r| Role::parse(&r)),
            assigned_to: col(row, "assigned_to")?,
            destroyed_at: destroyed_at.map(Instant),
        })
    }
}

fn state_of(name: &str) -> Result<DocumentState> {
    DocumentState::parse(name)
        .ok_or_else(|| VaultError::integrity("document state", "is not one of this version"))
}

// The wire name of a format is also its serialised form.
fn format_of(name: &str) -> Result<Format> {
    from_json(format!("\"{name}\"").as_bytes(), "document format")
}
