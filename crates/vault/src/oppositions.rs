//! Persons who object to secondary use (GDPR art. 21; French data protection act art. 74): found by
//! blind tokens of what tells a person from all others, shown from a sealed identity.
//!
//! An objection matches by INS, by an identifier of another system, or by the strict traits (birth
//! name, first given name, date of birth); never by a name alone. One that is withdrawn stays as a
//! row, with who withdrew it, and matches nobody any more.

use std::collections::BTreeSet;

use relu_record::{Instant, PatientIdentity};
use serde::{Deserialize, Serialize};
use sqlx::any::AnyRow;

use crate::blind::{self, Term, terms_of};
use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::tx::Tx;
use crate::vault::{Vault, to_json};

/// Identifier of an objection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OppositionId(pub String);

/// An objection as stored.
#[derive(Clone, Debug, PartialEq)]
pub struct Opposition {
    /// Its id.
    pub id: OppositionId,
    /// Who objects.
    pub identity: PatientIdentity,
    /// Id of the account that recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: Instant,
    /// By which account and when it was withdrawn.
    pub withdrawn: Option<(String, Instant)>,
}

/// What tells one person from all others.
fn sure_terms(identity: &PatientIdentity) -> Vec<Term> {
    let sure = |t: &Term| match t {
        Term::Ins { .. } | Term::Identifier { .. } => true,
        // Without the sex: a list and a document need not both state it.
        Term::Traits { sex, .. } => sex.is_none(),
        Term::Name(_) | Term::BirthDate(_) => false,
    };
    terms_of(identity).into_iter().filter(sure).collect()
}

impl Tx {
    /// Records that a person objects. `Conflict` when nothing tells them from all others.
    pub async fn record_opposition(&mut self, identity: &PatientIdentity) -> Result<OppositionId> {
        let (tenant, id, vault) = (self.t(), self.new_id()?, self.vault.clone());
        let terms = sure_terms(identity);
        if terms.is_empty() {
            return Err(VaultError::Conflict {
                what: "the objection",
                why: "needs an INS, an identifier, or name, first name and date of birth",
            });
        }
        let (dek, wrapped) = vault.new_dek("opposition", &id)?;
        let sealed = vault.seal_json(&dek, ("opposition", &id, "identity"), identity)?;
        let insert = "INSERT INTO opposition (tenant, id, recorded_by, recorded_at, dek, identity) \
             VALUES ($1, $2, $3, $4, $5, $6)";
        sqlx::query(insert)
            .bind(tenant)
            .bind(id.clone())
            .bind(self.actor.id.clone())
            .bind(self.now.0)
            .bind(wrapped)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("record an objection"))?;
        self.index("opposition", &id, &terms).await?;
        let proof = vault.opposition_proof(identity, true)?;
        let event = Event::new(EventKind::OppositionRecorded).subject(id.clone());
        self.append(event.content(proof)).await?;
        Ok(OppositionId(id))
    }

    /// Takes an objection back: it matches nobody any more.
    pub async fn withdraw_opposition(&mut self, id: &OppositionId) -> Result<()> {
        let (tenant, vault) = (self.t(), self.vault.clone());
        let update = "UPDATE opposition SET withdrawn_by = $3, withdrawn_at = $4 \
             WHERE tenant = $1 AND id = $2 AND withdrawn_at IS NULL RETURNING *";
        let row = sqlx::query(update)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(self.actor.id.clone())
            .bind(self.now.0)
            .fetch_optional(self.conn())
            .await
            .map_err(db("withdraw an objection"))?;
        let none = || VaultError::NotFound { what: "standing objection", id: id.0.clone() };
        let opposition = vault.opposition_from_row(&row.ok_or_else(none)?)?;
        self.index("opposition", &id.0, &[]).await?;
        let proof = vault.opposition_proof(&opposition.identity, false)?;
        let event = Event::new(EventKind::OppositionWithdrawn).subject(id.0.clone());
        self.append(event.content(proof)).await?;
        Ok(())
    }
}

impl Vault {
    /// Every objection, newest first, those withdrawn included.
    pub async fn oppositions(&self) -> Result<Vec<Opposition>> {
        let select =
            "SELECT * FROM opposition WHERE tenant = $1 ORDER BY recorded_at DESC, id DESC";
        let rows = Query::new(select, &self.t()).fetch(&self.inner.db.readers, "list objections");
        rows.await?.iter().map(|r| self.opposition_from_row(r)).collect()
    }

    /// Whether a standing objection is that person's.
    pub async fn is_opposed(&self, identity: &PatientIdentity) -> Result<bool> {
        let tokens: BTreeSet<String> =
            blind::stored_tokens(&self.keys().blind, &sure_terms(identity));
        if tokens.is_empty() {
            return Ok(false);
        }
        let select = "SELECT subject FROM blind_token WHERE tenant = $1 \
             AND subject_kind = 'opposition' AND token IN (";
        let mut q = Query::new(select, &self.t());
        q.texts(tokens.iter().map(String::as_str)).push(") LIMIT 1");
        Ok(!q.fetch(&self.inner.db.readers, "look for objections").await?.is_empty())
    }

    pub(crate) fn opposition_from_row(&self, row: &AnyRow) -> Result<Opposition> {
        let id: String = col(row, "id")?;
        let dek = self.dek(row, "opposition", &id)?;
        let sealed: Vec<u8> = col(row, "identity")?;
        let by: Option<String> = col(row, "withdrawn_by")?;
        let at: Option<i64> = col(row, "withdrawn_at")?;
        Ok(Opposition {
            identity: self.unseal_json(&dek, ("opposition", &id, "identity"), &sealed)?,
            recorded_by: col(row, "recorded_by")?,
            recorded_at: Instant(col(row, "recorded_at")?),
            withdrawn: by.zip(at.map(Instant)),
            id: OppositionId(id),
        })
    }

    pub(crate) fn opposition_proof(
        &self,
        identity: &PatientIdentity,
        standing: bool,
    ) -> Result<String> {
        let stands = if standing { "1" } else { "0" };
        Ok(self.fingerprint("opposition", &[stands.as_bytes(), &to_json(identity)?]))
    }
}
