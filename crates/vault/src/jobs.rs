//! Queued work: taken under a lease, finished once, retried when it failed or its worker died.
//!
//! A job is queued in the transaction of the act that asks for it, and finished in the transaction
//! that stores its result. A worker that lost its lease cannot finish: its whole transaction is
//! refused, so that nothing is handled twice. The lane `outbox` holds what leaves the machine.

use relu_record::{DocumentId, Instant};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use crate::db::{Dialect, Query, col};
use crate::error::{Result, VaultError, db};
use crate::tx::Tx;
use crate::vault::Vault;

/// Identifier of a job.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct JobId(pub String);

/// Which queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lane {
    /// Work on this machine.
    Work,
    /// What leaves it.
    Outbox,
}

impl Lane {
    fn as_str(self) -> &'static str {
        match self {
            Lane::Work => "work",
            Lane::Outbox => "outbox",
        }
    }
}

/// Where a job stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum JobState {
    /// Waits for its time and a worker.
    Queued,
    /// A worker holds it, until its lease ends.
    Running,
    /// Finished.
    Done,
    /// Given up; a person must look.
    Failed,
}

impl JobState {
    /// The name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            JobState::Queued => "queued",
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
        }
    }

    fn parse(name: &str) -> Option<JobState> {
        [JobState::Queued, JobState::Running, JobState::Done, JobState::Failed]
            .into_iter()
            .find(|s| s.as_str() == name)
    }
}

/// Work to queue.
#[derive(Clone, Debug)]
pub struct NewJob {
    /// Which queue.
    pub lane: Lane,
    /// What to do, a plain code.
    pub kind: String,
    /// On which document.
    pub document: Option<DocumentId>,
    /// What else the worker needs; sealed.
    pub payload: Private,
    /// Not before.
    pub run_at: Instant,
    /// While a job with this key is queued or running, another is not queued.
    pub unique: Option<String>,
}

/// Sealed bytes that print as nothing.
pub type Private = relu_record::Private<Vec<u8>>;

impl NewJob {
    /// Work on a document, as soon as possible, once.
    pub fn on(document: &DocumentId, kind: &str) -> NewJob {
        NewJob {
            lane: Lane::Work,
            kind: kind.to_owned(),
            document: Some(document.clone()),
            payload: Private::default(),
            run_at: Instant(0),
            unique: Some(format!("{kind}/{}", document.0)),
        }
    }
}

/// A job as its worker holds it. Keep it: finishing asks for the same lease.
#[derive(Clone, Debug)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Which queue.
    pub lane: Lane,
    /// What to do.
    pub kind: String,
    /// On which document.
    pub document: Option<DocumentId>,
    /// What else the worker needs.
    pub payload: Private,
    /// How often it was taken, this time included.
    pub attempts: u32,
    /// Who holds it.
    pub worker: String,
    /// Until when.
    pub lease_until: Instant,
}

/// How many jobs of a kind stand where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobCount {
    /// What to do.
    pub kind: String,
    /// Where they stand.
    pub state: JobState,
    /// How many.
    pub count: u64,
    /// When the oldest of them was queued.
    pub oldest: Instant,
}

impl Tx {
    /// Queues work. Answers its id, or nothing when the same work waits already.
    pub async fn enqueue(&mut self, new: NewJob) -> Result<Option<JobId>> {
        let (tenant, id) = (self.t(), self.new_id()?);
        let unique = new.unique.map(|u| self.vault.fingerprint("job", &[u.as_bytes()]));
        let place = ("job", id.as_str(), "payload");
        let sealed = match new.payload.is_empty() {
            true => None,
            false => Some(self.vault.seal(&self.vault.keys().house, place, &new.payload)?),
        };
        let insert = "INSERT INTO job (tenant, id, lane, kind, document, unique_token, state, run_at, \
             attempts, created_at, updated_at, payload) \
             VALUES ($1, $2, $3, $4, $5, $6, 'queued', $7, 0, $8, $8, $9) ON CONFLICT DO NOTHING";
        let done = sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(new.lane.as_str())
            .bind(new.kind)
            .bind(new.document.map(|d| d.0))
            .bind(unique)
            .bind(new.run_at.0)
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("queue a job"))?;
        Ok((done.rows_affected() == 1).then_some(JobId(id)))
    }

    /// Marks a job as finished; `Conflict` when its lease was lost, and then nothing of this
    /// transaction may be committed.
    pub async fn finish_job(&mut self, job: &Job) -> Result<()> {
        self.end_job(job, JobState::Done, None, None).await
    }

    /// Marks a job as failed with a stable code: to be retried at `retry_at`, or given up.
    pub async fn fail_job(
        &mut self,
        job: &Job,
        code: &str,
        retry_at: Option<Instant>,
    ) -> Result<()> {
        let state = if retry_at.is_some() { JobState::Queued } else { JobState::Failed };
        self.end_job(job, state, Some(code), retry_at).await
    }

    async fn end_job(
        &mut self,
        job: &Job,
        state: JobState,
        code: Option<&str>,
        run_at: Option<Instant>,
    ) -> Result<()> {
        let tenant = self.t();
        // Worker and attempt together tell this lease from any other.
        let update = "UPDATE job SET state = $5, last_error_code = $6, run_at = $7, worker = NULL, \
             lease_until = NULL, updated_at = $8 WHERE tenant = $1 AND id = $2 AND worker = $3 \
             AND attempts = $4 AND state = 'running'";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(job.id.0.clone())
            .bind(job.worker.clone())
            .bind(i64::from(job.attempts))
            .bind(state.as_str())
            .bind(code.map(str::to_owned))
            .bind(run_at.unwrap_or(self.now).0)
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("end a job"))?;
        lease_held(done.rows_affected())
    }

    /// Queues again a job that was given up.
    pub async fn retry_job(&mut self, id: &JobId) -> Result<()> {
        let tenant = self.t();
        let update = "UPDATE job SET state = 'queued', run_at = $3, updated_at = $3 \
             WHERE tenant = $1 AND id = $2 AND state = 'failed'";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("retry a job"))?;
        match done.rows_affected() {
            1 => Ok(()),
            _ => Err(VaultError::NotFound { what: "failed job", id: id.0.clone() }),
        }
    }
}

fn lease_held(rows: u64) -> Result<()> {
    match rows {
        1 => Ok(()),
        _ => Err(VaultError::Conflict { what: "the job", why: "its lease went to another worker" }),
    }
}

const CLAIM_SQLITE: &str = "UPDATE job SET state = 'running', attempts = attempts + 1, worker = $4, \
     lease_until = $5, updated_at = $3 WHERE tenant = $1 AND id = (SELECT id FROM job \
     WHERE tenant = $1 AND lane = $2 AND ((state = 'queued' AND run_at <= $3) \
     OR (state = 'running' AND lease_until <= $3)) ORDER BY run_at, id LIMIT 1) RETURNING *";
const CLAIM_POSTGRES: &str = "UPDATE job SET state = 'running', attempts = attempts + 1, worker = $4, \
     lease_until = $5, updated_at = $3 WHERE tenant = $1 AND id = (SELECT id FROM job \
     WHERE tenant = $1 AND lane = $2 AND ((state = 'queued' AND run_at <= $3) \
     OR (state = 'running' AND lease_until <= $3)) ORDER BY run_at, id LIMIT 1 \
     FOR UPDATE SKIP LOCKED) RETURNING *";

impl Vault {
    /// Takes the next job that is due, or whose worker let its lease end, for `lease_ms`.
    pub async fn claim_job(
        &self,
        lane: Lane,
        worker: &str,
        lease_ms: i64,
        now: Instant,
    ) -> Result<Option<Job>> {
        let op = db("take a job");
        let claim = match self.inner.db.dialect {
            Dialect::Sqlite => CLAIM_SQLITE,
            Dialect::Postgres => CLAIM_POSTGRES,
        };
        let mut tx = self.inner.db.begin().await?;
        let row = sqlx::query(claim)
            .bind(self.t())
            .bind(lane.as_str())
            .bind(now.0)
            .bind(worker.to_owned())
            .bind(now.0.saturating_add(lease_ms))
            .fetch_optional(&mut *tx)
            .await
            .map_err(&op)?;
        let job = row.map(|r| self.job_from_row(&r, lane)).transpose()?;
        tx.commit().await.map_err(&op)?;
        Ok(job)
    }

    /// Keeps a job for `lease_ms` more; `Conflict` when it was lost.
    pub async fn extend_lease(&self, job: &Job, lease_ms: i64, now: Instant) -> Result<Job> {
        let op = db("keep a job");
        let lease_until = Instant(now.0.saturating_add(lease_ms));
        let update = "UPDATE job SET lease_until = $5 WHERE tenant = $1 AND id = $2 AND worker = $3 \
             AND attempts = $4 AND state = 'running'";
        let mut tx = self.inner.db.begin().await?;
        let done = sqlx::query(update)
            .bind(self.t())
            .bind(job.id.0.clone())
            .bind(job.worker.clone())
            .bind(i64::from(job.attempts))
            .bind(lease_until.0)
            .execute(&mut *tx)
            .await
            .map_err(&op)?;
        lease_held(done.rows_affected())?;
        tx.commit().await.map_err(&op)?;
        Ok(Job { lease_until, ..job.clone() })
    }

    /// How many jobs stand where, by kind and state.
    pub async fn job_counts(&self) -> Result<Vec<JobCount>> {
        let select = "SELECT kind, state, COUNT(*) AS n, MIN(created_at) AS oldest FROM job \
             WHERE tenant = $1 GROUP BY kind, state ORDER BY kind, state";
        let q = Query::new(select, &self.t());
        let rows = q.fetch(&self.inner.db.readers, "count jobs").await?;
        let mut counts = Vec::with_capacity(rows.len());
        for row in &rows {
            counts.push(JobCount {
                kind: col(row, "kind")?,
                state: state_of(&col::<String>(row, "state")?)?,
                count: u64::try_from(col::<i64>(row, "n")?).unwrap_or(0),
                oldest: Instant(col(row, "oldest")?),
            });
        }
        Ok(counts)
    }

    fn job_from_row(&self, row: &AnyRow, lane: Lane) -> Result<Job> {
        let id: String = col(row, "id")?;
        let payload = match col::<Option<Vec<u8>>>(row, "payload")? {
            Some(sealed) => self.unseal(&self.keys().house, ("job", &id, "payload"), &sealed)?,
            None => Zeroizing::default(),
        };
        Ok(Job {
            lane,
            kind: col(row, "kind")?,
            document: col::<Option<String>>(row, "document")?.map(DocumentId),
            payload: relu_record::Private(payload.to_vec()),
            attempts: u32::try_from(col::<i64>(row, "attempts")?).unwrap_or(u32::MAX),
            worker: col(row, "worker")?,
            lease_until: Instant(col(row, "lease_until")?),
            id: JobId(id),
        })
    }
}

fn state_of(name: &str) -> Result<JobState> {
    JobState::parse(name)
        .ok_or_else(|| VaultError::integrity("job state", "is not one of this version"))
}
