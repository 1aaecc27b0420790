//! The ledger: what happened, who did it, when, to which things, in a chain of keyed hashes.
//!
//! An event holds ids, kinds, stable codes and keyed hashes, never content. Its chain value is
//! HMAC-SHA256 over the canonical bytes of the event and the chain value of the one before, so that
//! without the key no event can be changed, removed, inserted or moved unseen; see `verify.rs`.
//! Canonical bytes: every field preceded by its length, absent ones told apart from empty ones.

use relu_record::{Actor, ActorKind, DocumentId, Instant, Role};
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::error::{Result, VaultError, db};
use crate::head::LedgerHead;
use crate::key::{Secret, hex};
use crate::patients::PatientId;
use crate::tx::Tx;
use crate::vault::Vault;

macro_rules! event_kinds {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What an event tells of. Names are stable: they are in every ledger ever written.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum EventKind { $($(#[$doc])* $name,)* }

        impl EventKind {
            /// Every kind.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$name,)*];

            /// The name in the ledger.
            pub fn as_str(self) -> &'static str {
                match self { $(EventKind::$name => $text,)* }
            }

            /// The kind of that name.
            pub fn parse(name: &str) -> Option<EventKind> {
                EventKind::ALL.iter().copied().find(|k| k.as_str() == name)
            }
        }
    };
}

event_kinds! {
    /// A document was received.
    Received = "document-received",
    /// The same bytes were received again.
    ReceivedAgain = "document-received-again",
    /// A document went from one state to another; the detail says which.
    StateChanged = "state-changed",
    /// A text was read in a document.
    TextRead = "text-read",
    /// A proposal set was computed.
    Proposed = "proposed",
    /// A person decided on a proposal.
    Decided = "decided",
    /// A document was filed.
    Filed = "filed",
    /// A filing was taken back.
    Unfiled = "unfiled",
    /// A stack was cut into several documents; the detail says how many.
    Split = "split",
    /// The cutting was taken back.
    Unsplit = "unsplit",
    /// A document was given to a queue, a role or a person.
    Assigned = "assigned",
    /// A document's text, key and content were destroyed.
    Destroyed = "destroyed",
    /// A patient was recorded.
    PatientCreated = "patient-created",
    /// A patient's identity, or what else is known of them, was changed.
    PatientChanged = "patient-changed",
    /// A record was merged into that of this patient; the subject is the merge.
    PatientsMerged = "patients-merged",
    /// A merge was taken back: this patient has a record of their own again.
    PatientsSplit = "patients-split",
    /// A document followed its patient to another record; the subject is the merge.
    DocumentFollowed = "document-followed",
    /// A document was taken off a patient it was wrongly filed to.
    Detached = "detached",
    /// A document was given back to the patient it had been taken off.
    Reattached = "reattached",
    /// An account was made.
    AccountCreated = "account-created",
    /// An account's role, password or activity was changed.
    AccountChanged = "account-changed",
    /// Somebody signed in.
    SignedIn = "signed-in",
    /// A sign-in was refused.
    SignInRefused = "sign-in-refused",
    /// Somebody signed out, or was.
    SignedOut = "signed-out",
    /// A function was switched on or off, or its sheet's live part changed.
    FunctionChanged = "function-changed",
    /// Somebody looked at a document.
    Viewed = "viewed",
    /// Something left the machine.
    Sent = "sent",
    /// A document is to be handed to other software; the detail says what for.
    HandOverQueued = "hand-over-queued",
    /// A delivery changed; the detail says from which state to which.
    HandOverChanged = "hand-over-changed",
    /// Data was exported.
    Exported = "exported",
    /// An export without identities was begun.
    ExportCreated = "export-created",
    /// An export changed; the detail says from which state to which, or what.
    ExportChanged = "export-changed",
    /// A document of an export was read and its candidates found.
    ExportPrepared = "export-prepared",
    /// A person decided on candidates of a document; the detail names them, without words.
    ExportDecided = "export-decided",
    /// A person has looked at a document of an export.
    ExportReviewed = "export-reviewed",
    /// A document of an export was read a second time; the detail says whether something is left.
    ExportChecked = "export-checked",
    /// A document was left out of an export; the detail says why.
    ExportWithdrawn = "export-withdrawn",
    /// The key of an export's stand-ins was destroyed.
    ExportKeyDestroyed = "export-key-destroyed",
    /// It was recorded that a person objects to secondary use.
    OppositionRecorded = "opposition-recorded",
    /// An objection was withdrawn.
    OppositionWithdrawn = "opposition-withdrawn",
    /// Resources of the record were written or deleted in one act; the detail counts them, the
    /// subject is the one resource or the number of the act.
    ResourcesWritten = "resources-written",
    /// Somebody searched; not for what.
    Searched = "searched",
    /// A draft of rules of routing was begun or changed; the subject is its number.
    RulesChanged = "rules-changed",
    /// Rules of routing were put in use by a person.
    RulesActivated = "rules-activated",
    /// Rules of routing are no longer in use.
    RulesRetired = "rules-retired",
    /// The team's queues, members or absences were changed.
    TeamChanged = "team-changed",
    /// Somebody took a document of a queue (*je m'en occupe*).
    Claimed = "claimed",
    /// Somebody gave a document back to its queue.
    Released = "released",
    /// Somebody gave a document to another queue or person.
    PassedOn = "passed-on",
    /// Nobody took a document in time: it went to the fallback owner.
    Escalated = "escalated",
    /// A document's work in its queue is finished.
    Finished = "finished",
    /// The last move of a document in the team was taken back.
    MoveUndone = "move-undone",
    /// A task was made, done or taken up again; the detail says which.
    TaskChanged = "task-changed",
    /// A document is to be printed; the detail says whether a rule or a person asked for it.
    ToPrint = "to-print",
    /// A document is no longer to be printed, and was not.
    NotToPrint = "not-to-print",
    /// A document that was to be printed was.
    Printed = "printed",
    /// It was taken back that a document was printed.
    PrintUndone = "print-undone",
    /// A setting was changed; the subject names it.
    SettingChanged = "setting-changed",
}

/// An event to append beside those that the changes append by themselves.
#[derive(Clone, Debug)]
pub struct Event {
    /// What happened.
    pub kind: EventKind,
    /// To which document.
    pub document: Option<DocumentId>,
    /// To which patient.
    pub patient: Option<PatientId>,
    /// To which other thing, by id.
    pub subject: Option<String>,
    /// A stable code that says more; never content.
    pub detail: Option<String>,
    pub(crate) content: Option<String>,
}

impl Event {
    /// An event about nothing yet.
    pub fn new(kind: EventKind) -> Event {
        Event { kind, document: None, patient: None, subject: None, detail: None, content: None }
    }

    /// The same, about a document.
    pub fn document(mut self, id: &DocumentId) -> Event {
        self.document = Some(id.clone());
        self
    }

    /// The same, about a patient.
    pub fn patient(mut self, id: &PatientId) -> Event {
        self.patient = Some(id.clone());
        self
    }

    /// The same, about another thing.
    pub fn subject(mut self, id: impl Into<String>) -> Event {
        self.subject = Some(id.into());
        self
    }

    /// The same, with a stable code.
    pub fn detail(mut self, code: impl Into<String>) -> Event {
        self.detail = Some(code.into());
        self
    }

    pub(crate) fn content(mut self, keyed_hash: String) -> Event {
        self.content = Some(keyed_hash);
        self
    }
}

/// An event as the ledger holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LedgerEntry {
    /// Its number, from 1.
    pub seq: u64,
    /// When.
    pub at: Instant,
    /// What; see [`EventKind::as_str`].
    pub kind: String,
    /// Who.
    pub actor: Actor,
    /// To which document.
    pub document: Option<DocumentId>,
    /// To which patient.
    pub patient: Option<PatientId>,
    /// To which other thing.
    pub subject: Option<String>,
    /// A stable code.
    pub detail: Option<String>,
    /// Keyed hash of the content the event tells of.
    pub content: Option<String>,
    /// Chain value.
    pub mac: String,
    pub(crate) prev: String,
}

impl LedgerEntry {
    /// The chain value that the event should carry.
    pub(crate) fn compute_mac(&self, key: &Secret, tenant: &str) -> String {
        let kind = actor_kind_name(self.actor.kind);
        let (seq, at) = (self.seq.to_be_bytes(), self.at.0.to_be_bytes());
        let some = |v: Option<&str>| v.map_or(vec![0], |s| [&[1], s.as_bytes()].concat());
        let optional = [
            some(self.actor.role.map(Role::as_str)),
            some(self.document.as_ref().map(|d| d.0.as_str())),
            some(self.patient.as_ref().map(|p| p.0.as_str())),
            some(self.subject.as_deref()),
            some(self.detail.as_deref()),
            some(self.content.as_deref()),
        ];
        let mut parts: Vec<&[u8]> = vec![
            b"relu-ledger-1",
            tenant.as_bytes(),
            &seq,
            &at,
            self.kind.as_bytes(),
            self.actor.id.as_bytes(),
            kind.as_bytes(),
            self.prev.as_bytes(),
        ];
        parts.extend(optional.iter().map(Vec::as_slice));
        hex(&key.mac(&parts))
    }

    pub(crate) fn from_row(row: &AnyRow) -> Result<LedgerEntry> {
        let seq: i64 = col(row, "seq")?;
        let bad = |why| VaultError::integrity(format!("ledger event {seq}"), why);
        let kind: String = col(row, "actor_kind")?;
        let role: Option<String> = col(row, "actor_role")?;
        let role = match role {
            Some(name) => Some(Role::parse(&name).ok_or_else(|| bad("names an unknown role"))?),
            None => None,
        };
        Ok(LedgerEntry {
            seq: u64::try_from(seq).map_err(|_| bad("has a negative number"))?,
            at: Instant(col(row, "at")?),
            kind: col(row, "kind")?,
            actor: Actor {
                id: col(row, "actor")?,
                kind: actor_kind(&kind).ok_or_else(|| bad("names an unknown kind of actor"))?,
                role,
            },
            document: col::<Option<String>>(row, "document")?.map(DocumentId),
            patient: col::<Option<String>>(row, "patient")?.map(PatientId),
            subject: col(row, "subject")?,
            detail: col(row, "detail")?,
            content: col(row, "content")?,
            mac: col(row, "mac")?,
            prev: col(row, "prev")?,
        })
    }
}

fn actor_kind_name(kind: ActorKind) -> &'static str {
    match kind {
        ActorKind::Person => "person",
        ActorKind::System => "system",
        ActorKind::Connector => "connector",
    }
}

fn actor_kind(name: &str) -> Option<ActorKind> {
    [ActorKind::Person, ActorKind::System, ActorKind::Connector]
        .into_iter()
        .find(|k| actor_kind_name(*k) == name)
}

const INSERT: &str = "INSERT INTO ledger (tenant, seq, at, kind, actor, actor_kind, actor_role, \
     document, patient, subject, detail, content, prev, mac) \
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

impl Tx {
    /// Appends an event; answers its number. Fails when the stored head is not what this vault
    /// wrote: nothing is added on top of a ledger that was tampered with.
    pub async fn append(&mut self, event: Event) -> Result<u64> {
        let (tenant, op) = (self.t(), db("append to the ledger"));
        let before = match self.head.take() {
            Some(head) => head,
            None => self.lock_head().await?,
        };
        let mut entry = LedgerEntry {
            seq: before.seq + 1,
            at: self.now,
            kind: event.kind.as_str().to_owned(),
            actor: self.actor.clone(),
            document: event.document,
            patient: event.patient,
            subject: event.subject,
            detail: event.detail,
            content: event.content,
            mac: String::new(),
            prev: before.mac,
        };
        entry.mac = entry.compute_mac(&self.vault.keys().ledger, &tenant);
        let head = LedgerHead {
            tenant: tenant.clone(),
            seq: entry.seq,
            mac: entry.mac.clone(),
            at: self.now,
        };
        let seal = head.seal(&self.vault.keys().ledger);
        sqlx::query(INSERT)
            .bind(tenant.clone())
            .bind(entry.seq as i64)
            .bind(entry.at.0)
            .bind(entry.kind)
            .bind(entry.actor.id)
            .bind(actor_kind_name(entry.actor.kind))
            .bind(entry.actor.role.map(Role::as_str))
            .bind(entry.document.map(|d| d.0))
            .bind(entry.patient.map(|p| p.0))
            .bind(entry.subject)
            .bind(entry.detail)
            .bind(entry.content)
            .bind(entry.prev)
            .bind(entry.mac)
            .execute(self.conn())
            .await
            .map_err(&op)?;
        sqlx::query(
            "UPDATE ledger_head SET seq = $2, mac = $3, at = $4, seal = $5 WHERE tenant = $1",
        )
        .bind(tenant)
        .bind(head.seq as i64)
        .bind(head.mac.clone())
        .bind(head.at.0)
        .bind(seal)
        .execute(self.conn())
        .await
        .map_err(&op)?;
        let seq = head.seq;
        self.head = Some(head);
        Ok(seq)
    }

    // Updating the row locks it on both databases until the end of the transaction, so that
    // numbers are given one after the other even when several servers write.
    pub(crate) async fn lock_head(&mut self) -> Result<LedgerHead> {
        let tenant = self.t();
        let row = sqlx::query(
            "UPDATE ledger_head SET seq = seq WHERE tenant = $1 RETURNING tenant, seq, mac, at, seal",
        )
        .bind(tenant)
        .fetch_optional(self.conn())
        .await
        .map_err(db("lock the ledger's head"))?;
        let missing = || VaultError::integrity("the ledger's head", "is missing");
        head_from_row(&row.ok_or_else(missing)?, &self.vault.keys().ledger)
    }
}

pub(crate) fn head_from_row(row: &AnyRow, key: &Secret) -> Result<LedgerHead> {
    let wrong = || VaultError::integrity("the ledger's head", "is not what was written");
    let head = LedgerHead {
        tenant: col(row, "tenant")?,
        seq: u64::try_from(col::<i64>(row, "seq")?).map_err(|_| wrong())?,
        mac: col(row, "mac")?,
        at: Instant(col(row, "at")?),
    };
    match head.seal_is(key, &col::<String>(row, "seal")?) {
        true => Ok(head),
        false => Err(wrong()),
    }
}

impl Vault {
    /// Where the ledger stands. Keep its JSON somewhere else (another machine, paper) and hand it
    /// back to [`Vault::verify_ledger`].
    pub async fn ledger_head(&self) -> Result<LedgerHead> {
        let row =
            sqlx::query("SELECT tenant, seq, mac, at, seal FROM ledger_head WHERE tenant = $1")
                .bind(self.t())
                .fetch_optional(&self.inner.db.readers)
                .await
                .map_err(db("read the ledger's head"))?;
        let missing = || VaultError::integrity("the ledger's head", "is missing");
        head_from_row(&row.ok_or_else(missing)?, &self.keys().ledger)
    }

    /// At most `limit` events after number `after`, oldest first.
    pub async fn ledger_page(&self, after: u64, limit: u32) -> Result<Vec<LedgerEntry>> {
        let mut q = Query::new("SELECT * FROM ledger WHERE tenant = $1 AND seq > ", &self.t());
        q.number(i64::try_from(after).unwrap_or(i64::MAX));
        q.push(" ORDER BY seq LIMIT ").number(limit.into());
        let rows = q.fetch(&self.inner.db.readers, "read the ledger").await?;
        rows.iter().map(LedgerEntry::from_row).collect()
    }

    /// Every event about a document, oldest first: its story.
    pub async fn ledger_of(&self, document: &DocumentId) -> Result<Vec<LedgerEntry>> {
        let mut q = Query::new("SELECT * FROM ledger WHERE tenant = $1 AND document = ", &self.t());
        q.text(&document.0).push(" ORDER BY seq");
        let rows = q.fetch(&self.inner.db.readers, "read the ledger").await?;
        rows.iter().map(LedgerEntry::from_row).collect()
    }

    // The head file of a new vault exists before its first event, so that a missing one always
    // means that it was removed. An edited head is for the verification to tell.
    pub(crate) async fn begin_ledger(&self) -> Result<()> {
        match self.ledger_head().await {
            Ok(head) if head.seq == 0 => {
                self.inner.head_file.advance(&head, &self.keys().ledger).await
            }
            Ok(_) | Err(VaultError::Integrity { .. }) => Ok(()),
            Err(other) => Err(other),
        }
    }
}
