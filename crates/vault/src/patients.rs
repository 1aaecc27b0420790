//! Patients this installation knows, sealed each with its own key, and found by blind tokens.

use relu_record::{Instant, PatientIdentity};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::blind::{self, Term, terms_of};
use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::{Vault, to_json};

/// Identifier of a patient in one installation.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PatientId(pub String);

/// A patient as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Patient {
    /// Their id.
    pub id: PatientId,
    /// Who they are.
    pub identity: PatientIdentity,
    /// When they were recorded.
    pub created_at: Instant,
    /// When last changed.
    pub updated_at: Instant,
    /// Counts changes, from 1.
    pub version: u64,
}

impl Tx {
    /// Records a patient (`None`) or replaces the identity of a known one, and indexes it.
    pub async fn upsert_patient(
        &mut self,
        id: Option<&PatientId>,
        identity: &PatientIdentity,
    ) -> Result<PatientId> {
        let kind = if id.is_some() { EventKind::PatientChanged } else { EventKind::PatientCreated };
        let id = match id {
            Some(id) => self.change_patient(id, identity).await?,
            None => self.create_patient(identity).await?,
        };
        self.index("patient", &id.0, &terms_of(identity)).await?;
        let hash = self.vault.fingerprint("patient", &[&to_json(identity)?]);
        self.append(Event::new(kind).patient(&id).content(hash)).await?;
        Ok(id)
    }

    async fn create_patient(&mut self, identity: &PatientIdentity) -> Result<PatientId> {
        let (tenant, id) = (self.t(), self.new_id()?);
        let (dek, wrapped) = self.vault.new_dek("patient", &id)?;
        let sealed = self.vault.seal_json(&dek, ("patient", &id, "identity"), identity)?;
        let insert = "INSERT INTO patient (tenant, id, created_at, updated_at, version, dek, identity) \
             VALUES ($1, $2, $3, $3, 1, $4, $5)";
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

    async fn change_patient(
        &mut self,
        id: &PatientId,
        identity: &PatientIdentity,
    ) -> Result<PatientId> {
        let (tenant, op) = (self.t(), db("change a patient"));
        let row = sqlx::query("SELECT * FROM patient WHERE tenant = $1 AND id = $2")
            .bind(tenant.clone())
            .bind(id.0.clone())
            .fetch_optional(self.conn())
            .await
            .map_err(&op)?
            .ok_or_else(|| not_found(id))?;
        let dek = self.vault.dek(&row, "patient", &id.0)?;
        let sealed = self.vault.seal_json(&dek, ("patient", &id.0, "identity"), identity)?;
        let update = "UPDATE patient SET identity = $3, updated_at = $4, version = version + 1 \
             WHERE tenant = $1 AND id = $2";
        sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(sealed)
            .bind(self.now.0)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        Ok(id.clone())
    }
}

fn not_found(id: &PatientId) -> VaultError {
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

    /// Patients who match every term (INS, traits, identifier, date of birth, name by prefix), at
    /// most `limit`, in the order in which they were recorded.
    pub async fn find_patients(&self, terms: &[Term], limit: u32) -> Result<Vec<Patient>> {
        let mut q = Query::new("SELECT p.* FROM patient p WHERE p.tenant = $1", &self.t());
        for term in terms {
            let tokens = blind::query_tokens(&self.keys().blind, term);
            if tokens.is_empty() {
                return Ok(Vec::new());
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
        let rows = q.fetch(&self.inner.db.readers, "find patients").await?;
        rows.iter().map(|r| self.patient_from_row(r)).collect()
    }

    pub(crate) fn patient_from_row(&self, row: &AnyRow) -> Result<Patient> {
        let id: String = col(row, "id")?;
        let dek = self.dek(row, "patient", &id)?;
        let sealed: Vec<u8> = col(row, "identity")?;
        Ok(Patient {
            identity: self.unseal_json(&dek, ("patient", &id, "identity"), &sealed)?,
            created_at: Instant(col(row, "created_at")?),
            updated_at: Instant(col(row, "updated_at")?),
            version: u64::try_from(col::<i64>(row, "version")?).unwrap_or(0),
            id: PatientId(id),
        })
    }
}
