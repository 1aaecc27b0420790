//! Proposal sets, immutable, and the decisions that persons took on them.

use relu_record::{
    Decision, DecisionId, DocumentId, Private, ProposalId, ProposalSet, Sha256Hex, Verdict,
};
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::key::Secret;
use crate::ledger::{Event, EventKind};
use crate::readings::row_name;
use crate::tx::Tx;
use crate::vault::{Vault, from_json, to_json};

/// A decision to record; who and when come from the transaction.
#[derive(Clone, Debug)]
pub struct NewDecision {
    /// The document.
    pub document: DocumentId,
    /// Hash of the proposal set it is taken on.
    pub set: Sha256Hex,
    /// The proposal.
    pub proposal: ProposalId,
    /// What was said.
    pub verdict: Verdict,
    /// Why.
    pub reason: Option<Private>,
}

impl Tx {
    /// Stores a proposal set and makes it the document's current one. The same set again changes
    /// nothing and appends nothing.
    pub async fn store_proposal_set(
        &mut self,
        id: &DocumentId,
        set: &ProposalSet,
    ) -> Result<Sha256Hex> {
        let hash = set.hash();
        let token = self.store_set_beside(id, set).await?;
        self.set_proposals(id, &hash, token).await?;
        Ok(hash)
    }

    /// Records a decision on a proposal of a stored set.
    pub async fn insert_decision(&mut self, new: NewDecision) -> Result<Decision> {
        let vault = self.vault.clone();
        let (tenant, token) = (self.t(), vault.set_token(&new.set));
        let decision = Decision {
            id: DecisionId(self.new_id()?),
            document: new.document,
            set: new.set,
            proposal: new.proposal,
            verdict: new.verdict,
            reason: new.reason,
            actor: self.actor.clone(),
            at: self.now,
        };
        let dek = self.document_key(&decision.document).await?;
        let json = Zeroizing::new(to_json(&decision)?);
        let sealed = vault.seal(&dek, ("decision", &decision.id.0, "content"), &json)?;
        // The set must be there: exactly that version was decided on.
        let insert = "INSERT INTO decision (tenant, id, document, set_token, proposal, verdict, \
             actor, at, content) SELECT tenant, $2, document, set_token, $5, $6, $7, $8, $9 \
             FROM proposal_set WHERE tenant = $1 AND document = $3 AND set_token = $4";
        let done = sqlx::query(insert)
            .bind(tenant)
            .bind(decision.id.0.clone())
            .bind(decision.document.0.clone())
            .bind(token)
            .bind(decision.proposal.0.clone())
            .bind(verdict_name(&decision.verdict))
            .bind(decision.actor.id.clone())
            .bind(decision.at.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("record a decision"))?;
        if done.rows_affected() == 0 {
            let why = "the proposals it was taken on are not those of this document";
            return Err(VaultError::Conflict { what: "the decision", why });
        }
        let event = Event::new(EventKind::Decided)
            .document(&decision.document)
            .subject(decision.id.0.clone())
            .detail(format!("{}:{}", decision.proposal.0, verdict_name(&decision.verdict)))
            .content(vault.fingerprint("decision", &[&json]));
        self.append(event).await?;
        Ok(decision)
    }
}

fn verdict_name(verdict: &Verdict) -> &'static str {
    match verdict {
        Verdict::Accepted => "accepted",
        Verdict::Edited(_) => "edited",
        Verdict::Refused => "refused",
        Verdict::Undone(_) => "undone",
    }
}

impl Vault {
    /// The current proposal set of a document; nothing before the first.
    pub async fn proposal_set(&self, id: &DocumentId) -> Result<Option<ProposalSet>> {
        let select = "SELECT d.dek, p.set_token, p.content FROM document d JOIN proposal_set p \
             ON p.tenant = d.tenant AND p.document = d.id AND p.set_token = d.set_token \
             WHERE d.tenant = $1 AND d.id = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read a proposal set").await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let json = self.open_set(row, id)?;
        from_json(&json, "proposal set").map(Some)
    }

    /// The proposal set of that hash, current or not.
    pub async fn proposal_set_of(&self, id: &DocumentId, set: &Sha256Hex) -> Result<ProposalSet> {
        let select = "SELECT d.dek, p.set_token, p.content FROM document d JOIN proposal_set p \
             ON p.tenant = d.tenant AND p.document = d.id WHERE d.tenant = $1 AND d.id = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0).push(" AND p.set_token = ").text(&self.set_token(set));
        let rows = q.fetch(&self.inner.db.readers, "read a proposal set").await?;
        let none = || VaultError::NotFound { what: "proposal set of document", id: id.0.clone() };
        from_json(&self.open_set(rows.first().ok_or_else(none)?, id)?, "proposal set")
    }

    pub(crate) fn open_set(&self, row: &AnyRow, id: &DocumentId) -> Result<Zeroizing<Vec<u8>>> {
        let dek = self.dek(row, "document", &id.0)?;
        let token: String = col(row, "set_token")?;
        let sealed: Vec<u8> = col(row, "content")?;
        self.unseal(&dek, ("proposal_set", &row_name(id, &token), "content"), &sealed)
    }

    /// Every decision on a document, oldest first, undone ones included.
    pub async fn decisions(&self, id: &DocumentId) -> Result<Vec<Decision>> {
        let select = "SELECT d.dek, c.id, c.content FROM document d JOIN decision c \
             ON c.tenant = d.tenant AND c.document = d.id WHERE d.tenant = $1 AND d.id = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0).push(" ORDER BY c.at, c.id");
        let rows = q.fetch(&self.inner.db.readers, "read decisions").await?;
        let mut decisions = Vec::with_capacity(rows.len());
        for row in &rows {
            let dek = self.dek(row, "document", &id.0)?;
            decisions.push(from_json(&self.open_decision(row, &dek)?, "decision")?);
        }
        Ok(decisions)
    }

    pub(crate) fn open_decision(&self, row: &AnyRow, dek: &Secret) -> Result<Zeroizing<Vec<u8>>> {
        let id: String = col(row, "id")?;
        self.unseal(dek, ("decision", &id, "content"), &col::<Vec<u8>>(row, "content")?)
    }

    pub(crate) fn set_token(&self, set: &Sha256Hex) -> String {
        self.fingerprint("proposal-set-id", &[set.0.as_bytes()])
    }
}
