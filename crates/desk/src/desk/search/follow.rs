//! Following the database: whatever changed since is read again and indexed; what is destroyed is
//! written out of the index. After a crash, or without an index, everything that differs from the
//! database is made anew.

use std::collections::BTreeMap;
use std::time::Duration;

use relu_record::{DocumentId, Instant, ProposalSet, ProposalValue, Reading};
use relu_text::search::{self, query};
use relu_vault::{Document, DocumentRow, IndexDocument, IndexEntry, SearchIndex};

use super::{Desk, Result, Search};
use crate::{DeskError, ErrorKind};

/// Documents looked at in one step.
const STEP: u32 = 2_000;
/// Documents indexed together.
const LOT: usize = 200;
/// Documents in memory alone before they are written.
const UNWRITTEN: usize = 4_000;
/// An act is dated when it begins and seen when it is committed: the last ones are looked at again.
const OVERLAP_MS: i64 = 60_000;
const EVERY: Duration = Duration::from_secs(1);

/// Follows until the desk closes.
pub(in crate::desk) async fn follow(desk: Desk) {
    let mut since = Instant(0);
    loop {
        match desk.catch_up(since).await {
            Ok(last) => since = last,
            Err(e) => {
                tracing::warn!(target: "relu", kind = ?e.kind, "recherche : l'index sera repris");
                tokio::time::sleep(EVERY * 5).await;
            }
        }
        tokio::time::sleep(EVERY).await;
    }
}

impl Desk {
    /// Brings the search up to date now; says how many documents it holds.
    pub async fn index_now(&self) -> Result<usize> {
        self.catch_up(Instant(0)).await?;
        self.write_index(0).await?;
        Ok(self.inner.search.read().index.as_ref().map_or(0, SearchIndex::len))
    }

    /// Indexes what changed since an instant. Answers from where to go on.
    async fn catch_up(&self, since: Instant) -> Result<Instant> {
        let _one = self.inner.indexing.lock().await;
        self.open_index().await?;
        let mut after: Option<(Instant, DocumentId)> = None;
        let mut last = since;
        let mut any = false;
        loop {
            let place = after.as_ref().map(|(at, id)| (*at, id));
            let rows = self.vault().documents_changed(since, place, STEP).await?;
            let Some(end) = rows.last() else { break };
            (last, any) = (end.updated_at, true);
            after = Some((end.updated_at, end.id.clone()));
            let (gone, behind) = self.note(&rows);
            self.forget(gone).await?;
            for lot in behind.chunks(LOT) {
                self.index_lot(lot).await?;
                self.write_index(UNWRITTEN).await?;
            }
            if rows.len() < STEP as usize {
                break;
            }
        }
        if !any || last == since {
            // Nothing new: what is in memory is made durable.
            self.write_index(0).await?;
        }
        Ok(Instant((last.0 - OVERLAP_MS).max(since.0)))
    }

    async fn open_index(&self) -> Result<()> {
        let search = self.inner.search.clone();
        if search.read().index.is_some() {
            return Ok(());
        }
        let vault = self.vault().clone();
        blocking(move || {
            let index = SearchIndex::open(&vault)?;
            search.write().index = Some(index);
            Ok(())
        })
        .await
    }

    /// Takes the plain columns in; says which documents are destroyed, and which are not indexed as
    /// they are now.
    fn note(&self, rows: &[DocumentRow]) -> (Vec<DocumentId>, Vec<DocumentId>) {
        let mut inside = self.inner.search.write();
        let (mut gone, mut behind) = (Vec::new(), Vec::new());
        for row in rows {
            let known = inside.index.as_ref().and_then(|i| i.version_of(&row.id));
            if row.destroyed {
                inside.rows.remove(&row.id);
                gone.extend(known.map(|_| row.id.clone()));
                continue;
            }
            inside.note(row);
            if known != Some(row.version) {
                behind.push(row.id.clone());
            }
        }
        inside.behind = behind.len();
        (gone, behind)
    }

    async fn forget(&self, gone: Vec<DocumentId>) -> Result<()> {
        if gone.is_empty() {
            return Ok(());
        }
        self.with_index(move |index| index.remove(&gone)).await
    }

    async fn index_lot(&self, ids: &[DocumentId]) -> Result<()> {
        let mut lot = Vec::with_capacity(ids.len());
        for id in ids {
            let document = self.vault().document(id).await?;
            if document.destroyed_at.is_some() {
                continue;
            }
            let reading = self.vault().reading(id).await?;
            let set = self.vault().proposal_set(id).await?;
            lot.push((document, reading, set));
        }
        self.with_index(move |index| {
            let made: Vec<IndexDocument> = lot
                .iter()
                .map(|(document, reading, set)| {
                    let reading =
                        reading.as_ref().and_then(|json| serde_json::from_slice(json).ok());
                    made(document, reading.as_ref(), set.as_ref())
                })
                .collect();
            index.add(&made)
        })
        .await?;
        let mut inside = self.inner.search.write();
        inside.behind = inside.behind.saturating_sub(ids.len());
        Ok(())
    }

    /// Writes what is in memory alone, when it is more than that.
    async fn write_index(&self, more_than: usize) -> Result<()> {
        let now = self.now();
        self.with_index(move |index| match index.unwritten() > more_than {
            true => index.persist(now),
            false => Ok(()),
        })
        .await
    }

    async fn with_index(
        &self,
        act: impl FnOnce(&mut SearchIndex) -> relu_vault::Result<()> + Send + 'static,
    ) -> Result<()> {
        let search: Search = self.inner.search.clone();
        blocking(move || match &mut search.write().index {
            Some(index) => act(index),
            None => Ok(()),
        })
        .await
    }
}

async fn blocking(act: impl FnOnce() -> relu_vault::Result<()> + Send + 'static) -> Result<()> {
    let done = tokio::task::spawn_blocking(act).await.map_err(|_| {
        DeskError::new(ErrorKind::Internal, super::OPERATION, "l'index s'est arrêté")
    })?;
    Ok(done?)
}

/// A document as the index takes it: its words with their places, its codes, its sender.
fn made(
    document: &Document,
    reading: Option<&Reading>,
    set: Option<&ProposalSet>,
) -> IndexDocument {
    let mut terms: BTreeMap<String, Vec<u32>> = BTreeMap::new();
    let mut words = 0;
    for term in search::terms(reading.map_or("", |r| r.text.as_str())) {
        words += 1;
        terms.entry(term.text).or_default().push(term.place);
    }
    let proposed = set.iter().flat_map(|s| &s.proposals).filter_map(|p| match &p.value {
        ProposalValue::Fact(e) => e.code.as_ref().map(|c| c.code.as_str()),
        _ => None,
    });
    let stated = reading.iter().flat_map(|r| &r.entries).filter_map(|e| e.code.as_ref());
    let typed = document.headline.document_type.iter();
    let stated = stated.chain(typed).map(|c| c.code.as_str());
    for code in proposed.chain(stated).filter(|c| !c.is_empty()) {
        terms.entry(query::code_term(code)).or_default();
    }
    let sender = document.headline.sender.as_ref().map_or("", |s| s.as_str());
    for term in query::sender_terms(sender) {
        terms.entry(term).or_default();
    }
    let date = document.filing.as_ref().and_then(|f| f.date).or(document.headline.date);
    let entry = IndexEntry {
        document: document.id.clone(),
        version: document.version,
        day: date.and_then(|m| m.date.days()).and_then(|d| i32::try_from(d).ok()),
        masked: reading.is_some_and(|r| r.header.is_masked()),
        words,
    };
    IndexDocument { entry, terms }
}
