//! Deliveries: what is to be handed to other software, what was, and what came of it.
//!
//! The id of a delivery is what the other side knows it by; it never changes, so that a retry is
//! recognised. Queueing it, its event and the job that will carry it out are one transaction. A
//! change names the version it was made on: who was slower gets a `Conflict`. What the caller keeps
//! (receipt, words of a refusal) is sealed with the document's key and goes with it; that something
//! was handed over, where and when stays.

use relu_record::{DocumentId, Instant, Private as Hidden, Purpose};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::jobs::{Lane, NewJob, Private};
use crate::ledger::{Event, EventKind};
use crate::patients::PatientId;
use crate::tx::Tx;
use crate::vault::Vault;

/// Identifier of a delivery (a UUID).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeliveryId(pub String);

/// Kind of the job that carries a delivery out.
pub const DELIVERY_JOB: &str = "hand-over";

/// Where a delivery stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DeliveryState {
    /// Waits to be carried out.
    Pending,
    /// Made ready at the destination; whether it is through is not known here yet.
    Staged,
    /// Handed over, with a receipt.
    Delivered,
    /// Not handed over; a person must look.
    Refused,
    /// Given up by a person, or by what made it needless.
    Cancelled,
}

impl DeliveryState {
    /// Every state.
    pub const ALL: [DeliveryState; 5] = [
        DeliveryState::Pending,
        DeliveryState::Staged,
        DeliveryState::Delivered,
        DeliveryState::Refused,
        DeliveryState::Cancelled,
    ];

    /// The name in the table.
    pub fn as_str(self) -> &'static str {
        match self {
            DeliveryState::Pending => "en-attente",
            DeliveryState::Staged => "prepare",
            DeliveryState::Delivered => "remis",
            DeliveryState::Refused => "refuse",
            DeliveryState::Cancelled => "annule",
        }
    }

    /// The state of that name.
    pub fn parse(name: &str) -> Option<DeliveryState> {
        DeliveryState::ALL.into_iter().find(|s| s.as_str() == name)
    }
}

/// A delivery to queue.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// The document.
    pub document: DocumentId,
    /// The patient it is filed to.
    pub patient: Option<PatientId>,
    /// Name of the destination in the settings.
    pub destination: String,
    /// What for.
    pub purpose: Purpose,
    /// The delivery that this one replaces or recalls.
    pub replaces: Option<DeliveryId>,
    /// What the caller keeps; sealed.
    pub content: Private,
}

/// A delivery as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Delivery {
    /// Its id.
    pub id: DeliveryId,
    /// The document.
    pub document: DocumentId,
    /// The patient it was filed to when it was queued.
    pub patient: Option<PatientId>,
    /// Name of the destination.
    pub destination: String,
    /// What for.
    pub purpose: Purpose,
    /// The delivery that this one replaces or recalls.
    pub replaces: Option<DeliveryId>,
    /// Where it stands.
    pub state: DeliveryState,
    /// Stable code that says why, for a refusal or a delay.
    pub reason: Option<String>,
    /// Id of who asked for it.
    pub created_by: String,
    /// When.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// Counts changes, from 1.
    pub version: u64,
    /// What the caller keeps; nothing once the document was destroyed.
    pub content: Private,
}

/// Which deliveries; the default is all of them, newest first, 50 a page.
#[derive(Clone, Debug, Default)]
pub struct DeliveryFilter {
    /// In one of these states; any when empty.
    pub states: Vec<DeliveryState>,
    /// To this destination.
    pub destination: Option<String>,
    /// How many to leave out at the beginning.
    pub skip: u32,
    /// At most so many, up to 500; 50 when nought.
    pub limit: u32,
}

impl Tx {
    /// Queues a delivery together with the job that carries it out, `delay_s` seconds from now.
    pub async fn queue_delivery(&mut self, new: NewDelivery, delay_s: u32) -> Result<DeliveryId> {
        let (tenant, id, vault) = (self.t(), self.new_id()?, self.vault.clone());
        let dek = self.document_key(&new.document).await?;
        let sealed = vault.seal(&dek, ("delivery", &id, "content"), &new.content)?;
        let insert = "INSERT INTO delivery (tenant, id, document, patient, destination, purpose, \
             replaces, state, created_by, created_at, updated_at, version, content) \
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, 1, $11)";
        let state = DeliveryState::Pending;
        sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(new.document.0.clone())
            .bind(new.patient.as_ref().map(|p| p.0.clone()))
            .bind(new.destination.clone())
            .bind(new.purpose.as_str())
            .bind(new.replaces.map(|r| r.0))
            .bind(state.as_str())
            .bind(self.actor.id.clone())
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("queue a delivery"))?;
        let proof = vault.delivery_proof(state, &new.content);
        let mut event = Event::new(EventKind::HandOverQueued)
            .document(&new.document)
            .subject(id.clone())
            .detail(new.purpose.as_str())
            .content(proof);
        event.patient = new.patient;
        self.append(event).await?;
        let id = DeliveryId(id);
        self.queue_delivery_job(&id, &new.document, delay_s).await?;
        Ok(id)
    }

    /// Queues the job of a delivery, unless it waits already.
    pub async fn queue_delivery_job(
        &mut self,
        id: &DeliveryId,
        document: &DocumentId,
        delay_s: u32,
    ) -> Result<()> {
        self.enqueue(NewJob {
            lane: Lane::Outbox,
            kind: DELIVERY_JOB.to_owned(),
            document: Some(document.clone()),
            payload: Hidden(id.0.clone().into_bytes()),
            run_at: Instant(self.now.0.saturating_add(i64::from(delay_s) * 1000)),
            unique: Some(format!("{DELIVERY_JOB}/{}", id.0)),
        })
        .await?;
        Ok(())
    }

    /// Changes a delivery as it was read: `Conflict` when somebody else changed it since. What goes
    /// from one state to another is told in the ledger.
    pub async fn change_delivery(
        &mut self,
        before: &Delivery,
        state: DeliveryState,
        reason: Option<&str>,
        content: &Private,
    ) -> Result<()> {
        let (tenant, vault, id) = (self.t(), self.vault.clone(), &before.id.0);
        let dek = self.document_key(&before.document).await?;
        let sealed = vault.seal(&dek, ("delivery", id, "content"), content)?;
        let update = "UPDATE delivery SET state = $4, reason = $5, content = $6, updated_at = $7, \
             version = version + 1 WHERE tenant = $1 AND id = $2 AND version = $3";
        let done = sqlx::query(update)
            .bind(tenant)
            .bind(id.clone())
            .bind(before.version as i64)
            .bind(state.as_str())
            .bind(reason.map(str::to_owned))
            .bind(sealed)
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("change a delivery"))?;
        if done.rows_affected() != 1 {
            let why = "somebody else changed it meanwhile";
            return Err(VaultError::Conflict { what: "the delivery", why });
        }
        let kind = match state {
            DeliveryState::Delivered => EventKind::Sent,
            _ => EventKind::HandOverChanged,
        };
        let event = Event::new(kind).document(&before.document).subject(id.clone());
        let detail = format!("{}>{}", before.state.as_str(), state.as_str());
        let proof = vault.delivery_proof(state, content);
        self.append(event.detail(detail).content(proof)).await?;
        Ok(())
    }

    /// The deliveries of a document as this transaction sees them, oldest first.
    pub async fn deliveries_of(&mut self, document: &DocumentId) -> Result<Vec<Delivery>> {
        let vault = self.vault.clone();
        let q = of_document(&vault.t(), document);
        let rows = q.fetch(self.conn(), "list deliveries").await?;
        rows.iter().map(|r| vault.delivery_from_row(r)).collect()
    }

    /// The delivery of that id as this transaction sees it.
    pub async fn delivery(&mut self, id: &DeliveryId) -> Result<Delivery> {
        let vault = self.vault.clone();
        let rows = one(&vault.t(), id).fetch(self.conn(), "read a delivery").await?;
        vault.delivery_from_row(rows.first().ok_or_else(|| not_found(id))?)
    }
}

const SELECT: &str = "SELECT v.*, d.dek FROM delivery v JOIN document d \
     ON d.tenant = v.tenant AND d.id = v.document WHERE v.tenant = $1";

fn one(tenant: &str, id: &DeliveryId) -> Query {
    let mut q = Query::new(SELECT, tenant);
    q.push(" AND v.id = ").text(&id.0);
    q
}

fn of_document(tenant: &str, document: &DocumentId) -> Query {
    let mut q = Query::new(SELECT, tenant);
    q.push(" AND v.document = ").text(&document.0).push(" ORDER BY v.id");
    q
}

fn not_found(id: &DeliveryId) -> VaultError {
    VaultError::NotFound { what: "delivery", id: id.0.clone() }
}

impl Vault {
    /// The delivery of that id.
    pub async fn delivery(&self, id: &DeliveryId) -> Result<Delivery> {
        let rows = one(&self.t(), id).fetch(&self.inner.db.readers, "read a delivery").await?;
        self.delivery_from_row(rows.first().ok_or_else(|| not_found(id))?)
    }

    /// What of a document was handed over, is to be, or was refused, oldest first.
    pub async fn deliveries_of(&self, document: &DocumentId) -> Result<Vec<Delivery>> {
        let q = of_document(&self.t(), document);
        let rows = q.fetch(&self.inner.db.readers, "list deliveries").await?;
        rows.iter().map(|r| self.delivery_from_row(r)).collect()
    }

    /// One page of the deliveries that pass the filter, newest first.
    pub async fn deliveries(&self, filter: &DeliveryFilter) -> Result<Vec<Delivery>> {
        let mut q = Query::new(SELECT, &self.t());
        narrow(&mut q, filter);
        let limit = if filter.limit == 0 { 50 } else { filter.limit.min(500) };
        q.push(" ORDER BY v.id DESC LIMIT ").number(limit.into());
        q.push(" OFFSET ").number(filter.skip.into());
        let rows = q.fetch(&self.inner.db.readers, "list deliveries").await?;
        rows.iter().map(|r| self.delivery_from_row(r)).collect()
    }

    /// How many deliveries stand where, by destination and state.
    pub async fn delivery_counts(&self) -> Result<Vec<(String, DeliveryState, u64)>> {
        let select = "SELECT destination, state, COUNT(*) AS n FROM delivery WHERE tenant = $1 \
             GROUP BY destination, state ORDER BY destination, state";
        let rows = Query::new(select, &self.t());
        let rows = rows.fetch(&self.inner.db.readers, "count deliveries").await?;
        let count = |row: &AnyRow| {
            let n = u64::try_from(col::<i64>(row, "n")?).unwrap_or(0);
            Ok((col(row, "destination")?, state_of(row)?, n))
        };
        rows.iter().map(count).collect()
    }

    pub(crate) fn delivery_from_row(&self, row: &AnyRow) -> Result<Delivery> {
        let (id, document): (String, String) = (col(row, "id")?, col(row, "document")?);
        let content = self.delivery_content(row, &id, &document)?;
        let purpose: String = col(row, "purpose")?;
        Ok(Delivery {
            patient: col::<Option<String>>(row, "patient")?.map(PatientId),
            destination: col(row, "destination")?,
            purpose: Purpose::parse(&purpose)
                .ok_or_else(|| VaultError::integrity("delivery", "has an unknown purpose"))?,
            replaces: col::<Option<String>>(row, "replaces")?.map(DeliveryId),
            state: state_of(row)?,
            reason: col(row, "reason")?,
            created_by: col(row, "created_by")?,
            created_at: Instant(col(row, "created_at")?),
            updated_at: Instant(col(row, "updated_at")?),
            version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
            content,
            document: DocumentId(document),
            id: DeliveryId(id),
        })
    }

    pub(crate) fn delivery_content(
        &self,
        row: &AnyRow,
        id: &str,
        document: &str,
    ) -> Result<Private> {
        let Some(sealed) = col::<Option<Vec<u8>>>(row, "content")? else {
            return Ok(Private::default());
        };
        let dek = self.dek(row, "document", document)?;
        Ok(Hidden(self.unseal(&dek, ("delivery", id, "content"), &sealed)?.to_vec()))
    }

    pub(crate) fn delivery_proof(&self, state: DeliveryState, content: &Private) -> String {
        self.fingerprint("delivery", &[state.as_str().as_bytes(), content])
    }
}

fn narrow(q: &mut Query, filter: &DeliveryFilter) {
    if !filter.states.is_empty() {
        q.push(" AND v.state IN (").texts(filter.states.iter().map(|s| s.as_str())).push(")");
    }
    if let Some(destination) = &filter.destination {
        q.push(" AND v.destination = ").text(destination);
    }
}

pub(crate) fn state_of(row: &AnyRow) -> Result<DeliveryState> {
    DeliveryState::parse(&col::<String>(row, "state")?)
        .ok_or_else(|| VaultError::integrity("delivery", "has an unknown state"))
}
