//! What several documents hold, at once: a patient's whole file is opened by three questions to the
//! database, not by three for each document.

use std::collections::BTreeMap;

use relu_record::{Decision, DocumentId, ProposalSet};
use sqlx::any::AnyRow;
use zeroize::Zeroizing;

use crate::db::{Query, col};
use crate::error::Result;
use crate::readings::row_name;
use crate::vault::{Vault, from_json};

/// Documents asked for by one question; databases limit the values of one.
const LOT: usize = 200;

/// What one document holds.
#[derive(Clone, Debug, Default)]
pub struct Contents {
    /// What was last read in it, as it was stored.
    pub reading: Option<Zeroizing<Vec<u8>>>,
    /// Its current proposal set.
    pub proposals: Option<ProposalSet>,
    /// Every decision on it, oldest first, undone ones included.
    pub decisions: Vec<Decision>,
}

type All = BTreeMap<DocumentId, Contents>;

impl Vault {
    /// What these documents hold; one of which nothing is kept has an empty entry.
    pub async fn contents(&self, ids: &[DocumentId]) -> Result<BTreeMap<DocumentId, Contents>> {
        let mut all: All = ids.iter().map(|id| (id.clone(), Contents::default())).collect();
        for lot in ids.chunks(LOT) {
            self.readings_of(lot, &mut all).await?;
            self.sets_of(lot, &mut all).await?;
            self.decisions_of(lot, &mut all).await?;
        }
        Ok(all)
    }

    async fn readings_of(&self, lot: &[DocumentId], all: &mut All) -> Result<()> {
        let select = "SELECT d.id AS document, d.dek, r.text_token, r.content FROM document d \
             JOIN reading r ON r.tenant = d.tenant AND r.document = d.id \
             AND r.text_token = d.text_token WHERE d.tenant = $1 AND d.id IN (";
        for (id, row) in self.rows_of(lot, (select, ")"), "read readings").await? {
            let dek = self.dek(&row, "document", &id.0)?;
            let token: String = col(&row, "text_token")?;
            let sealed: Vec<u8> = col(&row, "content")?;
            let json =
                self.unseal(&dek, ("reading", &row_name(&id, &token), "content"), &sealed)?;
            all.entry(id).or_default().reading = Some(json);
        }
        Ok(())
    }

    async fn sets_of(&self, lot: &[DocumentId], all: &mut All) -> Result<()> {
        let select = "SELECT d.id AS document, d.dek, p.set_token, p.content FROM document d \
             JOIN proposal_set p ON p.tenant = d.tenant AND p.document = d.id \
             AND p.set_token = d.set_token WHERE d.tenant = $1 AND d.id IN (";
        for (id, row) in self.rows_of(lot, (select, ")"), "read proposal sets").await? {
            let set = from_json(&self.open_set(&row, &id)?, "proposal set")?;
            all.entry(id).or_default().proposals = Some(set);
        }
        Ok(())
    }

    async fn decisions_of(&self, lot: &[DocumentId], all: &mut All) -> Result<()> {
        let select = "SELECT d.id AS document, d.dek, c.id, c.content FROM document d \
             JOIN decision c ON c.tenant = d.tenant AND c.document = d.id \
             WHERE d.tenant = $1 AND d.id IN (";
        let order = ") ORDER BY c.at, c.id";
        for (id, row) in self.rows_of(lot, (select, order), "read decisions").await? {
            let dek = self.dek(&row, "document", &id.0)?;
            let decision = from_json(&self.open_decision(&row, &dek)?, "decision")?;
            all.entry(id).or_default().decisions.push(decision);
        }
        Ok(())
    }

    /// What one question finds of these documents, row by row; their ids stand between its two ends.
    async fn rows_of(
        &self,
        lot: &[DocumentId],
        (before, after): (&'static str, &'static str),
        op: &'static str,
    ) -> Result<Vec<(DocumentId, AnyRow)>> {
        let mut q = Query::new(before, &self.t());
        q.texts(lot.iter().map(|id| id.0.as_str())).push(after);
        let rows = q.fetch(&self.inner.db.readers, op).await?;
        rows.into_iter().map(|row| Ok((DocumentId(col(&row, "document")?), row))).collect()
    }
}
