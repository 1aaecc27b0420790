//! Proof of the ledger: every event is what was written, none is missing, and the documents,
//! readings, proposal sets, decisions, filings, patients, accounts and switches it tells of are
//! still there and still those.
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

use std::collections::BTreeMap;

use relu_record::{BlobId, DocumentId};
use serde::Serialize;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError};
use crate::head::LedgerHead;
use crate::ledger::{EventKind, LedgerEntry, head_from_row};
use crate::readings::row_name;
use crate::vault::{Vault, to_json};

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
struct Findings(Vec<LedgerProblem>);

impl Findings {
    fn add(&mut self, seq: impl Into<Option<u64>>, code: &'static str, reason: impl Into<String>) {
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

    /// Reads every blob to its last byte and answers the ids of those that are not what was
    /// written. Slow: it reads and decrypts everything.
    pub async fn verify_blobs(&self) -> Result<Vec<BlobId>> {
        let q = Query::new(
            "SELECT id, file, size, dek, sha256 FROM blob WHERE tenant = $1 AND dek IS NOT NULL",
            &self.t(),
        );
        let rows = q.fetch(&self.inner.db.readers, "list blobs").await?;
        let mut damaged = Vec::new();
        for row in &rows {
            let id = BlobId(col(row, "id")?);
            let whole = match self.stored_blob(row, &id) {
                Ok(blob) => {
                    tokio::task::spawn_blocking(move || blob.is_whole()).await.unwrap_or(false)
                }
                Err(VaultError::Integrity { .. }) => false,
                Err(other) => return Err(other),
            };
            if !whole {
                damaged.push(id);
            }
        }
        Ok(damaged)
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

    // Holds every stored thing against the last event that tells of it.
    async fn compare(
        &self,
        on: &mut AnyConnection,
        mut told: Told,
        found: &mut Findings,
    ) -> Result<()> {
        for kind in Kind::ALL {
            let mut after = (String::new(), String::new());
            loop {
                let page = kind.page(&self.t(), &after).fetch(&mut *on, "check the store").await?;
                let Some(end) = page.last() else { break };
                after = (col(end, "k1")?, col(end, "k2")?);
                for row in &page {
                    let key = (col(row, "k1")?, col(row, "k2")?);
                    told.check(kind, key, self.proof(kind, row), found);
                }
            }
        }
        told.report_missing(found);
        Ok(())
    }

    // What the event that tells of this row should carry.
    fn proof(&self, kind: Kind, row: &AnyRow) -> Result<String> {
        let (k1, k2): (String, String) = (col(row, "k1")?, col(row, "k2")?);
        let document = |table: &'static str, column: &str| -> Result<Vec<u8>> {
            let dek = self.dek(row, "document", &k1)?;
            let name = row_name(&DocumentId(k1.clone()), &k2);
            let sealed: Vec<u8> = col(row, "content")?;
            Ok(self.unseal(&dek, (table, &name, column), &sealed)?.to_vec())
        };
        Ok(match kind {
            Kind::State => col(row, "state")?,
            Kind::Filing => {
                let filing = self.document_from_row(row)?.filing;
                let patient: Option<String> = col(row, "patient")?;
                if patient.as_deref()
                    != filing.as_ref().and_then(|f| Some(f.patient.as_ref()?.0.as_str()))
                {
                    return Err(VaultError::integrity("filing", "names another patient"));
                }
                match &filing {
                    Some(_) => self.fingerprint("filing", &[&to_json(&filing)?]),
                    None => String::new(),
                }
            }
            Kind::Reading => self.fingerprint("reading", &[&document("reading", "content")?]),
            Kind::Set => self.fingerprint("proposal-set", &[&document("proposal_set", "content")?]),
            Kind::Decision => {
                let dek = self.dek(row, "document", &k1)?;
                self.fingerprint("decision", &[&self.open_decision(row, &dek)?])
            }
            Kind::Patient => {
                self.fingerprint("patient", &[&to_json(&self.patient_from_row(row)?.identity)?])
            }
            Kind::Account => {
                let account = self.account_from_row(row)?;
                if account.active { account.role.as_str() } else { "inactive" }.to_owned()
            }
            Kind::Function => {
                let state = self.function_from_row(row)?;
                if state.active { "on" } else { "off" }.to_owned()
            }
        })
    }
}

fn changed(seq: u64) -> String {
    format!("event {seq} is not what was written")
}

/// The stored things that events tell of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    State,
    Filing,
    Reading,
    Set,
    Decision,
    Patient,
    Account,
    Function,
}

impl Kind {
    const ALL: [Kind; 8] = [
        Kind::State,
        Kind::Filing,
        Kind::Reading,
        Kind::Set,
        Kind::Decision,
        Kind::Patient,
        Kind::Account,
        Kind::Function,
    ];

    fn noun(self) -> &'static str {
        match self {
            Kind::State => "document",
            Kind::Filing => "filing of document",
            Kind::Reading => "reading of document",
            Kind::Set => "proposal set of document",
            Kind::Decision => "decision on document",
            Kind::Patient => "patient",
            Kind::Account => "account",
            Kind::Function => "switch of function",
        }
    }

    // The rows after `after`, few where each is large.
    fn page(self, tenant: &str, after: &(String, String)) -> Query {
        let (select, key, end) = match self {
            Kind::State => (
                "SELECT id AS k1, '' AS k2, state FROM document WHERE tenant = $1 AND id > ",
                false,
                " ORDER BY id LIMIT 1000",
            ),
            Kind::Filing => (
                "SELECT d.*, id AS k1, '' AS k2 FROM document d WHERE tenant = $1 \
                 AND destroyed_at IS NULL AND id > ",
                false,
                " ORDER BY id LIMIT 200",
            ),
            Kind::Reading => (
                "SELECT r.document AS k1, r.text_token AS k2, r.content, d.dek FROM reading r \
                 JOIN document d ON d.tenant = r.tenant AND d.id = r.document \
                 WHERE r.tenant = $1 AND (r.document, r.text_token) > (",
                true,
                ") ORDER BY r.document, r.text_token LIMIT 16",
            ),
            Kind::Set => (
                "SELECT p.document AS k1, p.set_token AS k2, p.content, d.dek FROM proposal_set p \
                 JOIN document d ON d.tenant = p.tenant AND d.id = p.document \
                 WHERE p.tenant = $1 AND (p.document, p.set_token) > (",
                true,
                ") ORDER BY p.document, p.set_token LIMIT 100",
            ),
            Kind::Decision => (
                "SELECT c.document AS k1, c.id AS k2, c.id, c.content, d.dek FROM decision c \
                 JOIN document d ON d.tenant = c.tenant AND d.id = c.document \
                 WHERE c.tenant = $1 AND (c.document, c.id) > (",
                true,
                ") ORDER BY c.document, c.id LIMIT 500",
            ),
            Kind::Patient => (
                "SELECT p.*, id AS k1, '' AS k2 FROM patient p WHERE tenant = $1 AND id > ",
                false,
                " ORDER BY id LIMIT 500",
            ),
            Kind::Account => (
                "SELECT a.*, id AS k1, '' AS k2 FROM account a WHERE tenant = $1 AND id > ",
                false,
                " ORDER BY id LIMIT 500",
            ),
            Kind::Function => (
                "SELECT f.*, function AS k1, '' AS k2 FROM function_state f WHERE tenant = $1 \
                 AND function > ",
                false,
                " ORDER BY function LIMIT 500",
            ),
        };
        let mut q = Query::new(select, tenant);
        q.text(&after.0);
        if key {
            q.push(", ").text(&after.1);
        }
        q.push(end);
        q
    }
}

/// What the ledger tells last about each thing, and with which event.
#[derive(Default)]
struct Told {
    things: BTreeMap<(Kind, String, String), (u64, Option<String>)>,
}

impl Told {
    fn note(&mut self, entry: &LedgerEntry) {
        let document = entry.document.as_ref().map_or(String::new(), |d| d.0.clone());
        let patient = entry.patient.as_ref().map_or(String::new(), |p| p.0.clone());
        let subject = entry.subject.clone().unwrap_or_default();
        let none = String::new();
        let Some(kind) = EventKind::parse(&entry.kind) else { return };
        let (key, says) = match kind {
            EventKind::Received => ((Kind::State, document, none), Some("recu".to_owned())),
            EventKind::StateChanged => {
                let to = entry.detail.as_deref().and_then(|d| d.split_once('>'));
                ((Kind::State, document, none), to.map(|(_, to)| to.to_owned()))
            }
            EventKind::Filed => ((Kind::Filing, document, none), entry.content.clone()),
            EventKind::Unfiled => ((Kind::Filing, document, none), Some(String::new())),
            EventKind::TextRead => ((Kind::Reading, document, subject), entry.content.clone()),
            EventKind::Proposed => ((Kind::Set, document, subject), entry.content.clone()),
            EventKind::Decided => ((Kind::Decision, document, subject), entry.content.clone()),
            EventKind::PatientCreated | EventKind::PatientChanged => {
                ((Kind::Patient, patient, none), entry.content.clone())
            }
            EventKind::AccountCreated | EventKind::AccountChanged => {
                ((Kind::Account, subject, none), entry.detail.clone())
            }
            EventKind::FunctionChanged => ((Kind::Function, subject, none), entry.detail.clone()),
            EventKind::Destroyed => {
                self.forget(&document);
                return;
            }
            _ => return,
        };
        self.things.insert(key, (entry.seq, says));
    }

    // A destroyed document keeps its row and its state; the rest is gone on purpose.
    fn forget(&mut self, document: &str) {
        for kind in [Kind::Filing, Kind::Reading, Kind::Set, Kind::Decision] {
            let from = (kind, document.to_owned(), String::new());
            let keys: Vec<_> = self.things.range(from..).map(|(k, _)| k.clone()).collect();
            let mine = keys.into_iter().take_while(|k| k.0 == kind && k.1 == document);
            mine.for_each(|k| _ = self.things.remove(&k));
        }
    }

    fn check(
        &mut self,
        kind: Kind,
        (k1, k2): (String, String),
        proof: Result<String>,
        found: &mut Findings,
    ) {
        let noun = kind.noun();
        let told = self.things.remove(&(kind, k1.clone(), k2));
        let seq = told.as_ref().map(|(seq, _)| *seq);
        let proof = match proof {
            Ok(proof) => proof,
            Err(_) => {
                let reason = format!("{noun} {k1} cannot be opened: it is not what was stored");
                return found.add(seq, "content-changed", reason);
            }
        };
        match told {
            Some((_, says)) if says.as_deref() == Some(&proof) => {}
            Some(_) => {
                let reason = format!("{noun} {k1} is not what event {} tells", seq.unwrap_or(0));
                found.add(seq, "content-changed", reason);
            }
            // A document that was never filed has no filing to tell of.
            None if kind == Kind::Filing && proof.is_empty() => {}
            None => found.add(None, "not-told", format!("{noun} {k1} is in no event")),
        }
    }

    fn report_missing(self, found: &mut Findings) {
        for ((kind, k1, _), (seq, _)) in self.things {
            let reason = format!("{} {k1} of event {seq} is missing", kind.noun());
            found.add(seq, "content-missing", reason);
        }
    }
}
