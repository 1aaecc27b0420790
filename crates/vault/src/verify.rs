//! Proof of the ledger: every event is what was written, none is missing, and the documents,
//! readings, proposal sets, decisions, filings, patients, accounts, switches and versions of
//! resources it tells of are still there and still those.
//!
//! What is caught without any outside help: a changed byte in an event or in a sealed row; an event
//! removed, inserted, moved or rewritten anywhere; an edited head; events added behind the head; an
//! older database put under a newer head file; a document, set or decision that was removed or
//! slipped in; a state, role or switch edited in the table. What needs the anchor (an exported head
//! kept elsewhere): putting back an older copy of everything, head file included. What no ledger
//! can catch: an owner of the key who writes a new history before any anchor of the old one left
//! the machine.
//!
//! Everything is read in one snapshot, so that work going on meanwhile is no fault. The bytes of
//! blobs are checked apart, by [`Vault::verify_blobs`].

use serde::Serialize;
use sqlx::AnyConnection;

use crate::db::{Query, col};
use crate::error::{Result, VaultError};
use crate::head::LedgerHead;
use crate::ledger::{LedgerEntry, head_from_row};
use crate::stored::Told;
use crate::vault::Vault;

/// One thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerProblem {
    /// Number of the event concerned, when one is.
    pub seq: Option<u64>,
    /// Stable code.
    pub code: &'static str,
    /// What does not hold, in English, without content.
    pub reason: String,
}

/// What a verification found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LedgerReport {
    /// Events looked at.
    pub events: u64,
    /// Whether everything holds.
    pub ok: bool,
    /// First event that is wrong, missing, or tells of something that is.
    pub first_bad: Option<u64>,
    /// Why.
    pub reason: Option<String>,
    /// Everything that does not hold: the chain first, then what is stored, each at most
    /// [`LedgerReport::MAX_PROBLEMS`] things.
    pub problems: Vec<LedgerProblem>,
}

impl LedgerReport {
    /// Most problems listed of the chain, and of what is stored.
    pub const MAX_PROBLEMS: usize = 100;

    // A broken chain comes before everything else: what its events tell is not to be believed.
    fn of(events: u64, chain: Vec<LedgerProblem>, stored: Vec<LedgerProblem>) -> LedgerReport {
        let first_of = |p: &[LedgerProblem]| {
            p.iter().filter(|p| p.seq.is_some()).min_by_key(|p| p.seq).or(p.first()).cloned()
        };
        let first = first_of(&chain).or_else(|| first_of(&stored));
        let (first_bad, reason) = first.map_or((None, None), |p| (p.seq, Some(p.reason)));
        let problems = [chain, stored].concat();
        LedgerReport { events, ok: problems.is_empty(), first_bad, reason, problems }
    }
}

#[derive(Default)]
pub(crate) struct Findings(Vec<LedgerProblem>);

impl Findings {
    pub(crate) fn add(
        &mut self,
        seq: impl Into<Option<u64>>,
        code: &'static str,
        reason: impl Into<String>,
    ) {
        if self.0.len() < LedgerReport::MAX_PROBLEMS {
            self.0.push(LedgerProblem { seq: seq.into(), code, reason: reason.into() });
        }
    }
}

/// A head to hold the chain against.
struct Witness {
    name: &'static str,
    code: &'static str,
    head: LedgerHead,
}

impl Vault {
    /// Checks the whole ledger, its head, the head file, the anchor when there is one, and what is
    /// stored against what the events say of it.
    pub async fn verify_ledger(&self, anchor: Option<&LedgerHead>) -> Result<LedgerReport> {
        let mut found = Findings::default();
        // The file first: read later, it could rightly be ahead of the snapshot.
        let file = self.inner.head_file.read(&self.keys().ledger);
        let mut snapshot = self.inner.db.snapshot().await?;
        let mut witnesses = Vec::new();
        if let Some(head) = self.stored_head(&mut snapshot, &mut found).await? {
            witnesses.push(Witness { name: "the stored head", code: "head", head });
        }
        match file {
            Ok(Some(head)) => {
                witnesses.push(Witness { name: "the head file", code: "head-file", head })
            }
            Ok(None) => found.add(None, "head-file", "the file ledger.head was removed"),
            Err(VaultError::Integrity { what, why }) => {
                found.add(None, "head-file", format!("{what} {why}"));
            }
            Err(other) => return Err(other),
        }
        if let Some(head) = anchor.cloned() {
            witnesses.push(Witness { name: "the anchor", code: "anchor", head });
        }
        let (events, told) = self.walk(&mut snapshot, &witnesses, &mut found).await?;
        let mut stored = Findings::default();
        self.compare(&mut snapshot, told, &mut stored).await?;
        Ok(LedgerReport::of(events, found.0, stored.0))
    }

    async fn stored_head(
        &self,
        on: &mut AnyConnection,
        found: &mut Findings,
    ) -> Result<Option<LedgerHead>> {
        let q = Query::new(
            "SELECT tenant, seq, mac, at, seal FROM ledger_head WHERE tenant = $1",
            &self.t(),
        );
        let rows = q.fetch(on, "read the ledger's head").await?;
        let Some(row) = rows.first() else {
            found.add(None, "head", "the ledger's head was removed");
            return Ok(None);
        };
        match head_from_row(row, &self.keys().ledger) {
            Ok(head) => Ok(Some(head)),
            Err(VaultError::Integrity { what, why }) => {
                found.add(None, "head", format!("{what} {why}"));
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    // Follows the chain from the first event to the last and holds it against every witness.
    async fn walk(
        &self,
        on: &mut AnyConnection,
        witnesses: &[Witness],
        found: &mut Findings,
    ) -> Result<(u64, Told)> {
        let tenant = self.t();
        for w in witnesses.iter().filter(|w| w.head.tenant != tenant) {
            found.add(None, w.code, format!("{} belongs to another vault", w.name));
        }
        let (mut told, mut count) = (Told::default(), 0u64);
        let mut last = LedgerHead::first(&tenant, relu_record::Instant(0));
        loop {
            let mut q = Query::new("SELECT * FROM ledger WHERE tenant = $1 AND seq > ", &tenant);
            q.number(i64::try_from(last.seq).unwrap_or(i64::MAX)).push(" ORDER BY seq LIMIT 1000");
            let page = q.fetch(&mut *on, "read the ledger").await?;
            if page.is_empty() {
                break;
            }
            for row in &page {
                count += 1;
                let Ok(entry) = LedgerEntry::from_row(row) else {
                    last.seq = u64::try_from(col::<i64>(row, "seq")?).unwrap_or(last.seq + 1);
                    found.add(last.seq, "event-changed", changed(last.seq));
                    continue;
                };
                self.check_link(&entry, &last, found);
                for w in witnesses.iter().filter(|w| w.head.seq == entry.seq) {
                    if w.head.mac != entry.mac {
                        let reason = format!("event {} is not the one of {}", entry.seq, w.name);
                        found.add(entry.seq, w.code, reason);
                    }
                }
                told.note(&entry);
                last.seq = entry.seq;
                last.mac = entry.mac;
            }
        }
        for w in witnesses.iter().filter(|w| w.head.seq > last.seq) {
            let (first, end) = (last.seq + 1, w.head.seq);
            let reason = format!("events {first} to {end} are missing: {} knows them", w.name);
            found.add(first, w.code, reason);
        }
        // The stored head is written with every event: what lies behind it was slipped in.
        for w in witnesses.iter().filter(|w| w.code == "head" && w.head.seq < last.seq) {
            let reason = format!("event {} lies behind {}", w.head.seq + 1, w.name);
            found.add(w.head.seq + 1, w.code, reason);
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
            found.add(seq, "event-changed", changed(seq));
        }
    }
}

fn changed(seq: u64) -> String {
    format!("event {seq} is not what was written")
}
