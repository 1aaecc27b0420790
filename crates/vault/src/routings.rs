//! What rules of routing look at in each document, and what they proposed for it. Small and sealed
//! with the document's key, so that rules are tried on thousands of documents without their texts.
//!
//! What is proposed is a proposal set like any other, beside the document's current one: it names the
//! rules and the inputs in its function's version, and decisions are tied to it.

use relu_record::{DocumentId, DocumentState, Instant, Private, ProposalSet};
use zeroize::Zeroizing;

use crate::db::{Query, col};
use crate::document::state_of;
use crate::error::{Result, VaultError, db};
use crate::ledger::{Event, EventKind};
use crate::readings::row_name;
use crate::tx::Tx;
use crate::vault::{Vault, from_json, to_json};

/// What is stored of a document's routing.
#[derive(Clone, Debug)]
pub struct Routing {
    /// Number of the rules it was routed with; 0 for none.
    pub rules: u32,
    /// What rules look at, the caller's.
    pub features: Private<Vec<u8>>,
    /// What was proposed.
    pub proposed: Option<ProposalSet>,
}

/// A document as a replay sees it.
#[derive(Clone, Debug)]
pub struct RoutedDocument {
    /// Which.
    pub document: DocumentId,
    /// When it came.
    pub received_at: Instant,
    /// Where it stands.
    pub state: DocumentState,
    /// The team queue it is in.
    pub queue: Option<String>,
    /// What rules look at.
    pub features: Private<Vec<u8>>,
}

const LARGEST: usize = 1 << 20;

impl Tx {
    /// Stores what rules look at in a document, and what they propose when rules are in use. The same
    /// set again changes nothing.
    pub async fn store_routing(
        &mut self,
        id: &DocumentId,
        rules: u32,
        features: &[u8],
        proposed: Option<&ProposalSet>,
    ) -> Result<()> {
        if features.len() > LARGEST {
            return Err(VaultError::Limit { what: "what rules look at", max: LARGEST as u64 });
        }
        let (tenant, vault) = (self.t(), self.vault.clone());
        let dek = self.document_key(id).await?;
        let token = match proposed {
            Some(set) => Some(self.store_set_beside(id, set).await?),
            None => None,
        };
        let sealed = vault.seal(&dek, ("routing", &id.0, "content"), features)?;
        let upsert = "INSERT INTO routing (tenant, document, rules, set_token, updated_at, content) \
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (tenant, document) DO UPDATE SET \
             rules = excluded.rules, set_token = excluded.set_token, \
             updated_at = excluded.updated_at, content = excluded.content";
        sqlx::query(upsert)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(i64::from(rules))
            .bind(token)
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("store what rules look at"))?;
        Ok(())
    }

    /// Stores a proposal set beside the document's current one, so that decisions can be tied to it.
    pub async fn store_set_beside(&mut self, id: &DocumentId, set: &ProposalSet) -> Result<String> {
        let (tenant, vault) = (self.t(), self.vault.clone());
        let token = vault.set_token(&set.hash());
        let dek = self.document_key(id).await?;
        let json = Zeroizing::new(to_json(set)?);
        let sealed = vault.seal(&dek, ("proposal_set", &row_name(id, &token), "content"), &json)?;
        let insert = "INSERT INTO proposal_set (tenant, document, set_token, text_token, created_at, \
             content) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";
        let done = sqlx::query(insert)
            .bind(tenant)
            .bind(id.0.clone())
            .bind(token.clone())
            .bind(vault.text_token(&set.text_version))
            .bind(self.now.0)
            .bind(sealed)
            .execute(self.conn())
            .await
            .map_err(db("store a proposal set"))?;
        if done.rows_affected() == 1 {
            let content = vault.fingerprint("proposal-set", &[&json]);
            let event = Event::new(EventKind::Proposed).document(id);
            self.append(event.subject(token.clone()).content(content)).await?;
        }
        Ok(token)
    }
}

impl Vault {
    /// What is stored of a document's routing; nothing before it was read.
    pub async fn routing(&self, id: &DocumentId) -> Result<Option<Routing>> {
        let select = "SELECT d.dek, r.rules, r.content AS features, r.set_token, p.content \
             FROM routing r JOIN document d ON d.tenant = r.tenant AND d.id = r.document \
             LEFT JOIN proposal_set p ON p.tenant = r.tenant AND p.document = r.document \
             AND p.set_token = r.set_token WHERE r.tenant = $1 AND r.document = ";
        let mut q = Query::new(select, &self.t());
        q.text(&id.0);
        let rows = q.fetch(&self.inner.db.readers, "read a routing").await?;
        let Some(row) = rows.first() else { return Ok(None) };
        let dek = self.dek(row, "document", &id.0)?;
        let sealed: Vec<u8> = col(row, "features")?;
        let features = self.unseal(&dek, ("routing", &id.0, "content"), &sealed)?;
        let proposed = match col::<Option<String>>(row, "set_token")? {
            Some(_) => Some(from_json(&self.open_set(row, id)?, "proposal set")?),
            None => None,
        };
        Ok(Some(Routing {
            rules: u32::try_from(col::<i64>(row, "rules")?).unwrap_or(0),
            features: Private(features.to_vec()),
            proposed,
        }))
    }

    /// Documents received from `since` and before `before`, in order, after that one; a page.
    pub async fn routed_documents(
        &self,
        since: Instant,
        before: Instant,
        after: Option<&RoutedDocument>,
        limit: u32,
    ) -> Result<Vec<RoutedDocument>> {
        let select = "SELECT r.document, r.content, d.dek, d.received_at, d.state, d.queue \
             FROM routing r JOIN document d ON d.tenant = r.tenant AND d.id = r.document \
             WHERE r.tenant = $1 AND d.received_at >= ";
        let mut q = Query::new(select, &self.t());
        q.number(since.0).push(" AND d.received_at < ").number(before.0);
        if let Some(a) = after {
            q.push(" AND (d.received_at > ").number(a.received_at.0);
            q.push(" OR (d.received_at = ").number(a.received_at.0);
            q.push(" AND d.id > ").text(&a.document.0).push("))");
        }
        q.push(" ORDER BY d.received_at, d.id LIMIT ").number(limit.clamp(1, 2000).into());
        let rows = q.fetch(&self.inner.db.readers, "list what rules look at").await?;
        rows.iter()
            .map(|row| {
                let id: String = col(row, "document")?;
                let dek = self.dek(row, "document", &id)?;
                let sealed: Vec<u8> = col(row, "content")?;
                let features = self.unseal(&dek, ("routing", &id, "content"), &sealed)?;
                Ok(RoutedDocument {
                    document: DocumentId(id),
                    received_at: Instant(col(row, "received_at")?),
                    state: state_of(&col::<String>(row, "state")?)?,
                    queue: col(row, "queue")?,
                    features: Private(features.to_vec()),
                })
            })
            .collect()
    }
}
