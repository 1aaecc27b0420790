//! Patients this installation knows, sealed each with its own key, and found by blind tokens: by who
//! they are, and by what other identities they were known under ([`PatientRecord::former`]).
//!
//! A record that was merged into another ([`Patient::merged_into`]) is kept as it was and found by
//! nothing: what found it finds the other. Merging and splitting are in `merges.rs`.

use std::collections::BTreeMap;

use relu_record::{Deceased, DocumentId, Identifier, Instant, PatientIdentity, Practitioner, Stay};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::blind::{self, Term, terms_of};
use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::{Vault, to_json};

/// Longest chain of merges that is followed; a longer one is a mistake.
const MAX_CHAIN: usize = 32;

/// Identifier of a patient in one installation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatientId(pub String);

/// What is known of a patient beside who they are. All sealed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PatientRecord {
    /// The system that masters the identity; none when it was recorded here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub master: Option<String>,
    /// Other identities of the same person: former names, replaced identifiers, merged records.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<PatientIdentity>,
    /// Death.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deceased: Option<Deceased>,
    /// The *médecin traitant*.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub general_practitioner: Option<Practitioner>,
    /// The last stay that the feed told of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stay: Option<Stay>,
}

/// A patient as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Patient {
    /// Their id.
    pub id: PatientId,
    /// Who they are.
    pub identity: PatientIdentity,
    /// What else is known.
    pub record: PatientRecord,
    /// The record that replaces this one.
    pub merged_into: Option<PatientId>,
    /// When they were recorded.
    pub created_at: Instant,
    /// When last changed.
    pub updated_at: Instant,
    /// Counts changes, from 1.
    pub version: u64,
}

impl Patient {
    /// Who they are, then every other identity they were known under.
    pub fn identities(&self) -> impl Iterator<Item = &PatientIdentity> {
        std::iter::once(&self.identity).chain(&self.record.former)
    }

    /// Whether one of their identities carries that identifier.
    pub fn carries(&self, wanted: &Identifier) -> bool {
        let same = |i: &Identifier| i.system == wanted.system && i.value == wanted.value;
        self.identities().any(|p| p.identifiers.iter().any(same))
    }

    /// Their doctors: the *médecin traitant*, then the one in charge of a stay that goes on.
    pub fn doctors(&self) -> impl Iterator<Item = &Practitioner> {
        let stay = self.record.stay.as_ref().filter(|s| s.end.is_none());
        self.record.general_practitioner.iter().chain(stay.and_then(|s| s.doctor.as_ref()))
    }
}

/// The last message of a sender that was applied to a patient: a message that comes before it in
/// the sender's own time, or in the order of reception at the same time, is an older one.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Stamp {
    /// The sender's time.
    pub at: Option<Instant>,
    /// The message as received; ids sort in the order of reception.
    pub message: String,
}

impl Tx {
    /// Makes this act wait for those of other servers, so that what it looks up stays true until it
    /// commits.
    pub async fn alone(&mut self) -> Result<()> {
        if self.head.is_none() {
            self.head = Some(self.lock_head().await?);
        }
        Ok(())
    }

    /// Records a patient (`None`) or replaces the identity of a known one, and indexes it.
    pub async fn upsert_patient(
        &mut self,
        id: Option<&PatientId>,
        identity: &PatientIdentity,
    ) -> Result<PatientId> {
        let record = match id {
            Some(id) => self.patient(id).await?.record,
            None => PatientRecord::default(),
        };
        self.save_patient(id, identity, &record, None).await
    }

    /// The same with all that is known of them; `because` is the message that says so.
    pub async fn save_patient(
        &mut self,
        id: Option<&PatientId>,
        identity: &PatientIdentity,
        record: &PatientRecord,
        because: Option<&DocumentId>,
    ) -> Result<PatientId> {
        let kind = if id.is_some() { EventKind::PatientChanged } else { EventKind::PatientCreated };
        let (id, merged) = match id {
            Some(id) => (id.clone(), self.patient(id).await?.merged_into),
            None => {
                let id = PatientId(self.new_id()?);
                (self.create_patient(id, identity).await?, None)
            }
        };
        self.write_patient(&id, identity, record, merged.as_ref()).await?;
        let hash = self.vault.patient_proof(identity, record, merged.as_ref())?;
        let mut event = Event::new(kind).patient(&id).content(hash);
        event.document = because.cloned();
        self.append(event).await?;
        Ok(id)
    }

    /// Records a patient under an id given by the caller, which must be nobody's.
    pub async fn insert_patient(
        &mut self,
        id: PatientId,
        identity: &PatientIdentity,
    ) -> Result<PatientId> {
        let id = self.create_patient(id, identity).await?;
        let record = PatientRecord::default();
        self.write_patient(&id, identity, &record, None).await?;
        let hash = self.vault.patient_proof(identity, &record, None)?;
        self.append(Event::new(EventKind::PatientCreated).patient(&id).content(hash)).await?;
        Ok(id)
    }

    async fn create_patient(
        &mut self,
        PatientId(id): PatientId,
        identity: &PatientIdentity,
    ) -> Result<PatientId> {
        let tenant = self.t();
        let (dek, wrapped) = self.vault.new_dek("patient", &id)?;
        let sealed = self.vault.seal_json(&dek, ("patient", &id, "identity"), identity)?;
        let insert = "INSERT INTO patient (tenant, id, created_at, updated_at, version, dek, identity) \
             VALUES ($1, $2, $3, $3, 0, $4, $5)";
        sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(self.now.0)
            .bind(wrapped)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("record a patient"))?;
        Ok(PatientId(id))
    }

    /// Seals everything, without an event, and indexes it.
    pub(crate) async fn write_patient(
        &mut self,
        id: &PatientId,
        identity: &PatientIdentity,
        record: &PatientRecord,
        merged_into: Option<&PatientId>,
    ) -> Result<()> {
        let (tenant, vault) = (self.t(), self.vault.clone());
        let row = self.patient_row(id).await?;
        let dek = vault.dek(&row, "patient", &id.0)?;
        let update = "UPDATE patient SET identity = $3, record = $4, merged_into = $5, \
             updated_at = $6, version = version + 1 WHERE tenant = $1 AND id = $2";
        sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(vault.seal_json(&dek, ("patient", &id.0, "identity"), identity)?)
            .bind(vault.seal_json(&dek, ("patient", &id.0, "record"), record)?)
            .bind(merged_into.map(|p| p.0.clone()))
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(db("change a patient"))?;
        let terms = match merged_into {
            Some(_) => Vec::new(),
            None => index_terms(identity, record),
        };
        self.index("patient", &id.0, &terms).await
    }

    async fn patient_row(&mut self, id: &PatientId) -> Result<AnyRow> {
        let tenant = self.t();
        sqlx::query("SELECT * FROM patient WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(id.0.clone())
            .fetch_optional(self.conn())
            .await
            .map_err(db("read a patient"))?
            .ok_or_else(|| not_found(id))
    }

    /// The patient as this transaction sees them.
    pub async fn patient(&mut self, id: &PatientId) -> Result<Patient> {
        let row = self.patient_row(id).await?;
        self.vault.patient_from_row(&row)
    }

    /// The record that stands for that patient now, through every merge.
    pub async fn standing_patient(&mut self, id: &PatientId) -> Result<Patient> {
        let mut patient = self.patient(id).await?;
        for _ in 0..MAX_CHAIN {
            match patient.merged_into.clone() {
                None => return Ok(patient),
                Some(next) => patient = self.patient(&next).await?,
            }
        }
        Err(VaultError::integrity("patient", "was merged in a circle"))
    }

    /// The record that stands for a merged one now; nothing when it stands for itself, or is unknown.
    pub async fn merged_into(&mut self, id: &PatientId) -> Result<Option<PatientId>> {
        let mut standing = id.clone();
        for _ in 0..MAX_CHAIN {
            let mut q = Query::new(
                "SELECT merged_into FROM patient WHERE tenant = $1 AND id = ",
                &self.t(),
            );
            q.text(&standing.0);
            let rows = q.fetch(self.conn(), "look for a merge").await?;
            match rows.first().map(|r| col::<Option<String>>(r, "merged_into")).transpose()? {
                Some(Some(next)) => standing = PatientId(next),
                _ => return Ok((standing != *id).then_some(standing)),
            }
        }
        Err(VaultError::integrity("patient", "was merged in a circle"))
    }

    /// [`Vault::find_patients`] as this transaction sees them.
    pub async fn find_patients(&mut self, terms: &[Term], limit: u32) -> Result<Vec<Patient>> {
        let vault = self.vault.clone();
        let Some(query) = vault.patients_query(terms, limit) else { return Ok(Vec::new()) };
        let rows = query.fetch(self.conn(), "find patients").await?;
        rows.iter().map(|r| vault.patient_from_row(r)).collect()
    }

    /// What was applied to a patient last, by sender.
    pub async fn applied(&mut self, id: &PatientId) -> Result<BTreeMap<String, Stamp>> {
        let row = self.patient_row(id).await?;
        let sealed: Option<Vec<u8>> = col(&row, "applied")?;
        let Some(sealed) = sealed else { return Ok(BTreeMap::new()) };
        let dek = self.vault.dek(&row, "patient", &id.0)?;
        self.vault.unseal_json(&dek, ("patient", &id.0, "applied"), &sealed)
    }

    /// Notes what was applied to a patient last. No event: it orders messages, and says nothing of
    /// the patient.
    pub async fn note_applied(
        &mut self,
        id: &PatientId,
        applied: &BTreeMap<String, Stamp>,
    ) -> Result<()> {
        let row = self.patient_row(id).await?;
        let dek = self.vault.dek(&row, "patient", &id.0)?;
        let sealed = self.vault.seal_json(&dek, ("patient", &id.0, "applied"), applied)?;
        let tenant = self.t();
        sqlx::query("UPDATE patient SET applied = $3 WHERE tenant = $1 AND id = $2")
            .bind(tenant)
            .bind(id.0.clone())
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("note a message"))?;
        Ok(())
    }
}

// Exact terms before names: should a hostile name use up what one patient may have, the numbers
// are there.
fn index_terms(identity: &PatientIdentity, record: &PatientRecord) -> Vec<Term> {
    let all = std::iter::once(identity).chain(&record.former).flat_map(terms_of);
    let (names, mut terms): (Vec<Term>, Vec<Term>) = all.partition(|t| matches!(t, Term::Name(_)));
    terms.extend(names);
    terms
}

pub(crate) fn not_found(id: &PatientId) -> VaultError {
    VaultError::NotFound { what: "patient", id: id.0.clone() }
}

impl Vault {
    /// The patient of that id.
    pub async fn patient(&self, id: &PatientId) -> Result<Patient> {
        let mut q = Query::new("SELECT * FROM patient WHERE tenant = $1 AND id = ", &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read a patient").await?;
        self.patient_from_row(rows.first().ok_or_else(|| not_found(id))?)
    }

    /// The record that stands for that patient now, through every merge.
    pub async fn standing_patient(&self, id: &PatientId) -> Result<Patient> {
        let mut patient = self.patient(id).await?;
        for _ in 0..MAX_CHAIN {
            match patient.merged_into.clone() {
                None => return Ok(patient),
                Some(next) => patient = self.patient(&next).await?,
            }
        }
        Err(VaultError::integrity("patient", "was merged in a circle"))
    }

    /// Patients who match every term (INS, traits, identifier, date of birth, name by prefix), at
    /// most `limit`, in the order in which they were recorded. Of merged records, the one that stays.
    pub async fn find_patients(&self, terms: &[Term], limit: u32) -> Result<Vec<Patient>> {
        let Some(query) = self.patients_query(terms, limit) else { return Ok(Vec::new()) };
        let rows = query.fetch(&self.inner.db.readers, "find patients").await?;
        rows.iter().map(|r| self.patient_from_row(r)).collect()
    }

    /// Patients after `after`, in the order in which they were recorded, without merged records.
    pub async fn patients_page(
        &self,
        after: Option<&PatientId>,
        limit: u32,
    ) -> Result<Vec<Patient>> {
        let select = "SELECT p.* FROM patient p WHERE p.tenant = $1 AND p.merged_into IS NULL \
             AND p.id > ";
        let mut q = Query::new(select, &self.t());
        q.text(after.map_or("", |a| a.0.as_str()));
        q.push(" ORDER BY p.id LIMIT ").number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "list patients").await?;
        rows.iter().map(|r| self.patient_from_row(r)).collect()
    }

    /// The patients last changed, newest first, without merged records.
    pub async fn recent_patients(&self, limit: u32) -> Result<Vec<Patient>> {
        let select = "SELECT p.* FROM patient p WHERE p.tenant = $1 AND p.merged_into IS NULL \
             ORDER BY p.updated_at DESC, p.id DESC LIMIT ";
        let mut q = Query::new(select, &self.t());
        q.number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "list patients").await?;
        rows.iter().map(|r| self.patient_from_row(r)).collect()
    }

    fn patients_query(&self, terms: &[Term], limit: u32) -> Option<Query> {
        let mut q = Query::new("SELECT p.* FROM patient p WHERE p.tenant = $1", &self.t());
        for term in terms {
            let tokens = blind::query_tokens(&self.keys().blind, term);
            if tokens.is_empty() {
                return None;
            }
            for token in tokens {
                q.push(
                    " AND p.id IN (SELECT b.subject FROM blind_token b WHERE b.tenant = $1 AND \
                     b.subject_kind = 'patient' AND b.token = ",
                );
                q.text(&token).push(")");
            }
        }
        q.push(" ORDER BY p.id LIMIT ").number(limit.into());
        Some(q)
    }

    pub(crate) fn patient_from_row(&self, row: &AnyRow) -> Result<Patient> {
        let id: String = col(row, "id")?;
        let dek = self.dek(row, "patient", &id)?;
        let sealed: Vec<u8> = col(row, "identity")?;
        let record: Option<Vec<u8>> = col(row, "record")?;
        let record = match record {
            Some(sealed) => self.unseal_json(&dek, ("patient", &id, "record"), &sealed)?,
            None => PatientRecord::default(),
        };
        Ok(Patient {
            identity: self.unseal_json(&dek, ("patient", &id, "identity"), &sealed)?,
            record,
            merged_into: col::<Option<String>>(row, "merged_into")?.map(PatientId),
            created_at: Instant(col(row, "created_at")?),
            updated_at: Instant(col(row, "updated_at")?),
            version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
            id: PatientId(id),
        })
    }

    /// What an event tells of a patient. One of whom nothing is known but who they are is told as
    /// before there was anything else to know.
    pub(crate) fn patient_proof(
        &self,
        identity: &PatientIdentity,
        record: &PatientRecord,
        merged_into: Option<&PatientId>,
    ) -> Result<String> {
        let identity = to_json(identity)?;
        if *record == PatientRecord::default() && merged_into.is_none() {
            return Ok(self.fingerprint("patient", &[&identity]));
        }
        let merged = merged_into.map_or("", |p| p.0.as_str()).as_bytes();
        Ok(self.fingerprint("patient", &[&identity, &to_json(record)?, merged]))
    }
}
