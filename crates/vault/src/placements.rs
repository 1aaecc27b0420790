//! Where filed documents stand in the team: queue (*bannette*), who took it (*je m'en occupe*), since
//! when; copies; tasks. And the team itself: its queues, members, absences.
//!
//! Queue, role and holder are columns of the document; the instants and the sealed note stand beside.
//! Every move names what it was made on: of two people at the same instant exactly one gets it.

use relu_record::{DocumentId, Instant, Private, Role};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::document::Document;
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::lists::Sight;
use crate::tx::Tx;
use crate::vault::Vault;

/// Where a document stands in the team.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Placement {
    /// Team queue.
    pub queue: Option<String>,
    /// Role that is to see it.
    pub role: Option<Role>,
    /// Account that took it.
    pub holder: Option<String>,
    /// In this queue since.
    pub queued_at: Instant,
    /// Taken since.
    pub claimed_at: Option<Instant>,
    /// Given to the fallback owner because nobody took it.
    pub escalated_at: Option<Instant>,
    /// Finished.
    pub done_at: Option<Instant>,
    /// The caller's: note, tags, what undo goes back to.
    pub content: Private<Vec<u8>>,
}

/// A document with where it stands.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The document.
    pub document: Document,
    /// Where it stands.
    pub placement: Placement,
}

/// A queue as counted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueCount {
    /// Queue, or the account for documents given to a person.
    pub queue: Option<String>,
    /// Who took them.
    pub holder: Option<String>,
    /// How many are open.
    pub open: u64,
    /// Since when the oldest is there.
    pub oldest: Instant,
}

/// A copy of a document for somebody who does not own it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copied {
    /// The document.
    pub document: DocumentId,
    /// `queue:…` or `person:…`.
    pub owner: String,
    /// Since when.
    pub since: Instant,
    /// Seen by, when.
    pub seen: Option<(String, Instant)>,
}

/// Something to do about a document.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its id.
    pub id: String,
    /// The document.
    pub document: DocumentId,
    /// Until when.
    pub due_at: Option<Instant>,
    /// When it was made.
    pub created_at: Instant,
    /// Done by, when.
    pub done: Option<(String, Instant)>,
    /// What, the caller's.
    pub content: Private<Vec<u8>>,
}

/// The team as stored.
#[derive(Clone, Debug)]
pub struct StoredTeam {
    /// Counts changes, from 1.
    pub version: u64,
    /// When it last changed.
    pub updated_at: Instant,
    /// The caller's.
    pub content: Private<Vec<u8>>,
}

const LARGEST: usize = 1 << 20;

impl Tx {
    /// Moves a document from where it was read to stand to somewhere else; `Conflict` when somebody
    /// moved it meanwhile. `before` is nothing when it stood nowhere.
    pub async fn place(
        &mut self,
        id: &DocumentId,
        before: Option<&Placement>,
        to: &Placement,
        (kind, detail): (EventKind, &str),
    ) -> Result<()> {
        check_size(&to.content)?;
        let (tenant, vault) = (self.t(), self.vault.clone());
        let none = Placement::default();
        let was = before.unwrap_or(&none);
        let update = "UPDATE document SET queue = $3, assigned_role = $4, assigned_to = $5, \
             updated_at = $6, version = version + 1 WHERE tenant = $1 AND id = $2 \
             AND COALESCE(queue, '') = $7 AND COALESCE(assigned_to, '') = $8";
        let done = sqlx::query(update)
            .bind(tenant.clone())
            .bind(id.0.clone())
            .bind(to.queue.clone())
            .bind(to.role.map(Role::as_str))
            .bind(to.holder.clone())
            .bind(self.now.0)
            .bind(was.queue.clone().unwrap_or_default())
            .bind(was.holder.clone().unwrap_or_default())
            .execute(self.conn())
            .await
            .map_err(db("move a document in the team"))?;
        if done.rows_affected() == 0 {
            self.document(id).await?;
            let why = "somebody else has moved it in the meantime";
            return Err(VaultError::Conflict { what: "the document's place", why });
        }
        let dek = self.document_key(id).await?;
        let sealed = vault.seal(&dek, ("placement", &id.0, "content"), &to.content)?;
        let upsert = "INSERT INTO placement (tenant, document, queued_at, claimed_at, escalated_at, \
             done_at, content) VALUES ($1, $2, $3, $4, $5, $6, $7) \
             ON CONFLICT (tenant, document) DO UPDATE SET queued_at = excluded.queued_at, \
             claimed_at = excluded.claimed_at, escalated_at = excluded.escalated_at, \
             done_at = excluded.done_at, content = excluded.content";
        sqlx::query(upsert)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(to.queued_at.0)
            .bind(to.claimed_at.map(|i| i.0))
            .bind(to.escalated_at.map(|i| i.0))
            .bind(to.done_at.map(|i| i.0))
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("move a document in the team"))?;
        let mut event = Event::new(kind).document(id).detail(detail);
        event.subject = to.holder.clone().or(to.queue.clone());
        self.append(event).await?;
        Ok(())
    }

    /// Takes a document out of the team, with its copies, its open tasks and what a rule wanted printed:
    /// its filing was taken back.
    pub async fn unplace(&mut self, id: &DocumentId) -> Result<()> {
        let update = "UPDATE document SET queue = NULL, assigned_role = NULL, assigned_to = NULL, \
             updated_at = $3, version = version + 1 WHERE tenant = $1 AND id = $2";
        let (tenant, now) = (self.t(), self.now.0);
        sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(now)
            .execute(self.conn())
            .await
            .map_err(db("take a document out of its queue"))?;
        let mut gone = 0;
        for delete in [
            "DELETE FROM placement WHERE tenant = $1 AND document = $2",
            "DELETE FROM document_copy WHERE tenant = $1 AND document = $2",
            "DELETE FROM task WHERE tenant = $1 AND document = $2 AND state = 'ouverte'",
            "DELETE FROM print_mark WHERE tenant = $1 AND document = $2 AND by_rule = 1 \
             AND printed_at IS NULL",
        ] {
            let (tenant, id) = (self.t(), id.0.clone());
            let query = sqlx::query(delete).bind(tenant).bind(id);
            let done = query.execute(self.conn()).await;
            gone += done.map_err(db("take a document out of its queue"))?.rows_affected();
        }
        if gone > 0 {
            self.append(Event::new(EventKind::Assigned).document(id).detail("unplaced")).await?;
        }
        Ok(())
    }

    /// Shows a document to somebody else too.
    pub async fn copy_to(&mut self, id: &DocumentId, owner: &str) -> Result<()> {
        let (tenant, now) = (self.t(), self.now.0);
        let insert = "INSERT INTO document_copy (tenant, document, owner, since) \
             VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
        sqlx::query(insert)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(owner.to_owned())
            .bind(now)
            .execute(self.conn())
            .await
            .map_err(db("copy a document to somebody"))?;
        let event = Event::new(EventKind::Assigned).document(id).detail("copy");
        self.append(event.subject(owner)).await?;
        Ok(())
    }

    /// Marks a copy as seen.
    pub async fn see_copy(&mut self, id: &DocumentId, owner: &str) -> Result<()> {
        let (tenant, actor, now) = (self.t(), self.actor.id.clone(), self.now.0);
        let update = "UPDATE document_copy SET seen_by = $4, seen_at = $5 \
             WHERE tenant = $1 AND document = $2 AND owner = $3 AND seen_at IS NULL";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(owner.to_owned())
            .bind(actor)
            .bind(now)
            .execute(self.conn())
            .await
            .map_err(db("mark a copy as seen"))?;
        if done.rows_affected() == 0 {
            let why = "somebody else has seen it already";
            return Err(VaultError::Conflict { what: "the copy", why });
        }
        let event = Event::new(EventKind::Assigned).document(id).detail("copy-seen");
        self.append(event.subject(owner)).await?;
        Ok(())
    }

    /// Records something to do about a document.
    pub async fn create_task(
        &mut self,
        document: &DocumentId,
        due_at: Option<Instant>,
        content: &[u8],
    ) -> Result<String> {
        check_size(content)?;
        let (tenant, id, vault) = (self.t(), self.new_id()?, self.vault.clone());
        let dek = self.document_key(document).await?;
        let sealed = vault.seal(&dek, ("task", &id, "content"), content)?;
        let insert = "INSERT INTO task (tenant, id, document, state, due_at, created_at, content) \
             VALUES ($1, $2, $3, 'ouverte', $4, $5, $6)";
        sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(document.0.clone())
            .bind(due_at.map(|i| i.0))
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("record a task"))?;
        let event = Event::new(EventKind::TaskChanged).document(document).detail("created");
        self.append(event.subject(id.clone())).await?;
        Ok(id)
    }

    /// Marks a task as done, or takes that back.
    pub async fn finish_task(&mut self, task: &Task, done: bool) -> Result<()> {
        let (tenant, now) = (self.t(), self.now.0);
        let (from, to) = if done { ("ouverte", "faite") } else { ("faite", "ouverte") };
        let update = "UPDATE task SET state = $4, done_by = $5, done_at = $6 \
             WHERE tenant = $1 AND id = $2 AND state = $3";
        let rows = sqlx::query(update)
            .bind(tenant)
            .bind(task.id.clone())
            .bind(from)
            .bind(to)
            .bind(done.then(|| self.actor.id.clone()))
            .bind(done.then_some(now))
            .execute(self.conn())
            .await
            .map_err(db("finish a task"))?;
        if rows.rows_affected() == 0 {
            let why = "somebody else has finished it already";
            return Err(VaultError::Conflict { what: "the task", why });
        }
        let detail = if done { "done" } else { "reopened" };
        let event = Event::new(EventKind::TaskChanged).document(&task.document).detail(detail);
        self.append(event.subject(task.id.clone())).await?;
        Ok(())
    }

    /// Records the team; `before` is the version it was read at, 0 for the first.
    pub async fn set_team(&mut self, before: u64, content: &[u8]) -> Result<()> {
        check_size(content)?;
        let (tenant, vault) = (self.t(), self.vault.clone());
        let (dek, wrapped) = vault.new_dek("team", "team")?;
        let sealed = vault.seal(&dek, ("team", "team", "content"), content)?;
        let upsert = "INSERT INTO team (tenant, version, updated_by, updated_at, dek, content) \
             VALUES ($1, 1, $2, $3, $4, $5) ON CONFLICT (tenant) DO UPDATE SET \
             version = team.version + 1, updated_by = excluded.updated_by, \
             updated_at = excluded.updated_at, dek = excluded.dek, content = excluded.content \
             WHERE team.version = $6";
        let done = sqlx::query(upsert)
            .bind(tenant)
            .bind(self.actor.id.clone())
            .bind(self.now.0)
            .bind(wrapped)
            .bind(sealed)
            .bind(before as i64)
            .execute(self.conn())
            .await
            .map_err(db("record the team"))?;
        if done.rows_affected() == 0 {
            let why = "somebody else changed it meanwhile";
            return Err(VaultError::Conflict { what: "the team", why });
        }
        let proof = vault.team_proof(content);
        self.append(Event::new(EventKind::TeamChanged).subject("team").content(proof)).await?;
        Ok(())
    }
}

fn check_size(content: &[u8]) -> Result<()> {
    match content.len() {
        0..=LARGEST => Ok(()),
        _ => Err(VaultError::Limit { what: "what goes with a document", max: LARGEST as u64 }),
    }
}

const PLACED: &str = "SELECT d.*, p.queued_at, p.claimed_at, p.escalated_at, p.done_at, \
     p.content AS p_content FROM placement p \
     JOIN document d ON d.tenant = p.tenant AND d.id = p.document WHERE p.tenant = $1";

impl Vault {
    /// The team; nothing before somebody recorded it.
    pub async fn team(&self) -> Result<Option<StoredTeam>> {
        let q = Query::new("SELECT * FROM team WHERE tenant = $1", &self.t());
        let rows = q.fetch(&self.inner.db.readers, "read the team").await?;
        rows.first().map(|r| self.team_from_row(r)).transpose()
    }

    pub(crate) fn team_from_row(&self, row: &AnyRow) -> Result<StoredTeam> {
        let dek = self.dek(row, "team", "team")?;
        let sealed: Vec<u8> = col(row, "content")?;
        Ok(StoredTeam {
            version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
            updated_at: Instant(col(row, "updated_at")?),
            content: Private(self.unseal(&dek, ("team", "team", "content"), &sealed)?.to_vec()),
        })
    }

    pub(crate) fn team_proof(&self, content: &[u8]) -> String {
        self.fingerprint("team", &[content])
    }

    /// Where a document stands; nothing when it stands nowhere.
    pub async fn placement(&self, id: &DocumentId) -> Result<Option<Placed>> {
        let mut q = Query::new(PLACED, &self.t());
        q.push(" AND p.document = ").text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read where a document stands").await?;
        rows.first().map(|r| self.placed_from_row(r)).transpose()
    }

    /// Open documents of a queue, or held by an account, oldest first.
    pub async fn open_documents(
        &self,
        queue: Option<&str>,
        holder: Option<&str>,
        sight: Sight,
        limit: u32,
    ) -> Result<Vec<Placed>> {
        let mut q = Query::new(PLACED, &self.t());
        q.push(" AND p.done_at IS NULL").push(sight.condition());
        if let Some(queue) = queue {
            q.push(" AND d.queue = ").text(queue);
        }
        if let Some(holder) = holder {
            q.push(" AND d.assigned_to = ").text(holder);
        }
        q.push(" ORDER BY p.queued_at, d.id LIMIT ").number(limit.clamp(1, 1000).into());
        let rows = q.fetch(&self.inner.db.readers, "list a queue").await?;
        rows.iter().map(|r| self.placed_from_row(r)).collect()
    }

    /// Documents that nobody has taken since before `limit`, in that queue.
    pub async fn not_taken_since(&self, queue: &str, limit: Instant) -> Result<Vec<Placed>> {
        let mut q = Query::new(PLACED, &self.t());
        q.push(" AND p.done_at IS NULL AND p.escalated_at IS NULL AND d.assigned_to IS NULL");
        q.push(" AND d.queue = ").text(queue).push(" AND p.queued_at < ").number(limit.0);
        q.push(" ORDER BY p.queued_at LIMIT 500");
        let rows = q.fetch(&self.inner.db.readers, "list what nobody took").await?;
        rows.iter().map(|r| self.placed_from_row(r)).collect()
    }

    /// Open documents by queue and holder.
    pub async fn queue_counts(&self, sight: Sight) -> Result<Vec<QueueCount>> {
        let select = "SELECT d.queue, d.assigned_to, COUNT(*) AS n, MIN(p.queued_at) AS oldest \
             FROM placement p JOIN document d ON d.tenant = p.tenant AND d.id = p.document \
             WHERE p.tenant = $1 AND p.done_at IS NULL";
        let mut q = Query::new(select, &self.t());
        q.push(sight.condition()).push(" GROUP BY d.queue, d.assigned_to");
        let rows = q.fetch(&self.inner.db.readers, "count queues");
        let of = |row: &AnyRow| {
            Ok(QueueCount {
                queue: col(row, "queue")?,
                holder: col(row, "assigned_to")?,
                open: u64::try_from(col::<i64>(row, "n")?).unwrap_or(0),
                oldest: Instant(col(row, "oldest")?),
            })
        };
        rows.await?.iter().map(of).collect()
    }

    /// Copies for one of these owners that nobody has seen yet, oldest first.
    pub async fn unseen_copies(&self, owners: &[String], sight: Sight) -> Result<Vec<Copied>> {
        if owners.is_empty() {
            return Ok(Vec::new());
        }
        let select = "SELECT c.* FROM document_copy c JOIN document d ON d.tenant = c.tenant \
             AND d.id = c.document WHERE c.tenant = $1 AND c.seen_at IS NULL AND c.owner IN (";
        let mut q = Query::new(select, &self.t());
        q.texts(owners.iter().map(String::as_str)).push(")").push(sight.condition());
        q.push(" ORDER BY c.since LIMIT 500");
        let rows = q.fetch(&self.inner.db.readers, "list copies").await?;
        rows.iter().map(copied).collect()
    }

    /// Who has a copy of a document.
    pub async fn copies(&self, id: &DocumentId) -> Result<Vec<Copied>> {
        let select = "SELECT * FROM document_copy WHERE tenant = $1 AND document = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0).push(" ORDER BY since, owner");
        let rows = q.fetch(&self.inner.db.readers, "list copies").await?;
        rows.iter().map(copied).collect()
    }

    /// Tasks of a document, oldest first.
    pub async fn tasks(&self, id: &DocumentId) -> Result<Vec<Task>> {
        let select = "SELECT t.*, d.dek FROM task t JOIN document d ON d.tenant = t.tenant \
             AND d.id = t.document WHERE t.tenant = $1 AND t.document = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0).push(" ORDER BY t.created_at, t.id");
        let rows = q.fetch(&self.inner.db.readers, "list tasks").await?;
        rows.iter().map(|r| self.task_from_row(r)).collect()
    }

    /// Open tasks, the first due first, those without a date last.
    pub async fn open_tasks(&self, sight: Sight, limit: u32) -> Result<Vec<Task>> {
        let select = "SELECT t.*, d.dek FROM task t JOIN document d ON d.tenant = t.tenant \
             AND d.id = t.document WHERE t.tenant = $1 AND t.state = 'ouverte'";
        let mut q = Query::new(select, &self.t());
        q.push(sight.condition()).push(
            " ORDER BY CASE WHEN t.due_at IS NULL THEN 1 ELSE 0 END, t.due_at, t.created_at LIMIT ",
        );
        q.number(limit.clamp(1, 1000).into());
        let rows = q.fetch(&self.inner.db.readers, "list tasks").await?;
        rows.iter().map(|r| self.task_from_row(r)).collect()
    }

    fn task_from_row(&self, row: &AnyRow) -> Result<Task> {
        let (id, document): (String, String) = (col(row, "id")?, col(row, "document")?);
        let dek = self.dek(row, "document", &document)?;
        let sealed: Vec<u8> = col(row, "content")?;
        let by: Option<String> = col(row, "done_by")?;
        let at = col::<Option<i64>>(row, "done_at")?.map(Instant);
        Ok(Task {
            content: Private(self.unseal(&dek, ("task", &id, "content"), &sealed)?.to_vec()),
            id,
            document: DocumentId(document),
            due_at: col::<Option<i64>>(row, "due_at")?.map(Instant),
            created_at: Instant(col(row, "created_at")?),
            done: by.zip(at),
        })
    }

    fn placed_from_row(&self, row: &AnyRow) -> Result<Placed> {
        let document = self.document_from_row(row)?;
        let dek = self.dek(row, "document", &document.id.0)?;
        let sealed: Vec<u8> = col(row, "p_content")?;
        let content = self.unseal(&dek, ("placement", &document.id.0, "content"), &sealed)?;
        let at = |name| Ok(col::<Option<i64>>(row, name)?.map(Instant));
        let placement = Placement {
            queue: document.queue.clone(),
            role: document.assigned_role,
            holder: document.assigned_to.clone(),
            queued_at: Instant(col(row, "queued_at")?),
            claimed_at: at("claimed_at")?,
            escalated_at: at("escalated_at")?,
            done_at: at("done_at")?,
            content: Private(content.to_vec()),
        };
        Ok(Placed { document, placement })
    }
}

fn copied(row: &AnyRow) -> Result<Copied> {
    let by: Option<String> = col(row, "seen_by")?;
    let at = col::<Option<i64>>(row, "seen_at")?.map(Instant);
    Ok(Copied {
        document: DocumentId(col(row, "document")?),
        owner: col(row, "owner")?,
        since: Instant(col(row, "since")?),
        seen: by.zip(at),
    })
}
