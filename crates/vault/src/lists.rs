//! Lists of documents: filters, pages, counts.

use relu_record::{Coding, DocumentId, DocumentState, Format, Instant, Private, Role};
use serde::{Deserialize, Serialize};

use crate::blind::{self, Term};
use crate::db::{Query, col};
use crate::document::{Document, state_of};
use crate::error::Result;
use crate::patients::PatientId;
use crate::vault::Vault;

/// Order of a list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Oldest received first.
    #[default]
    OldestFirst,
    /// Newest received first.
    NewestFirst,
}

/// Which documents somebody may see, in lists and in counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sight {
    /// All of them.
    #[default]
    All,
    /// Those that their source does not mask from professionals.
    Unmasked,
}

impl Sight {
    /// What is added to a query over documents `d`.
    pub(crate) fn condition(self) -> &'static str {
        match self {
            Sight::All => "",
            Sight::Unmasked => " AND d.masked = 0",
        }
    }
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
    /// Of those that somebody may see.
    pub sight: Sight,
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
            sight: Sight::All,
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

impl Vault {
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

    /// Documents that one of these exact terms leads to, newest first.
    pub async fn documents_with(&self, terms: &[Term], limit: u32) -> Result<Vec<DocumentId>> {
        let key = &self.keys().blind;
        let tokens: Vec<String> =
            terms.iter().flat_map(|term| blind::query_tokens(key, term)).collect();
        if tokens.is_empty() {
            return Ok(Vec::new());
        }
        let select = "SELECT d.id FROM document d WHERE d.tenant = $1 AND d.destroyed_at IS NULL \
             AND d.id IN (SELECT b.subject FROM blind_token b WHERE b.tenant = $1 AND \
             b.subject_kind = 'document' AND b.token IN (";
        let mut q = Query::new(select, &self.t());
        q.texts(tokens.iter().map(String::as_str));
        q.push(")) ORDER BY d.received_at DESC, d.id DESC LIMIT ").number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "find documents").await?;
        rows.iter().map(|r| Ok(DocumentId(col(r, "id")?))).collect()
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
            // Uncorrelated on purpose: the few rows of a token are looked up once, not once a document.
            for token in tokens {
                q.push(
                    " AND (d.id IN (SELECT b.subject FROM blind_token b WHERE b.tenant = $1 \
                     AND b.subject_kind = 'document' AND b.token = ",
                );
                q.text(&token);
                q.push(
                    ") OR d.patient IN (SELECT b.subject FROM blind_token b WHERE b.tenant = $1 \
                     AND b.subject_kind = 'patient' AND b.token = ",
                );
                q.text(&token).push("))");
            }
        }
        let mut equal = |column: &'static str, value: Option<&str>| {
            if let Some(value) = value {
                q.push(column).text(value);
            }
        };
        let code = filter.document_type.as_ref().map(|t| self.type_token(t));
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
        q.push(filter.sight.condition());
        Some(q)
    }
}
