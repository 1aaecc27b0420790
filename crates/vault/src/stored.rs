//! What is stored, held against what the ledger tells of it: one kind of thing after the other,
//! page by page, each opened and hashed as the event that tells of it was.

use std::collections::BTreeMap;

use relu_record::DocumentId;
use sqlx::AnyConnection;
use sqlx::any::AnyRow;

use crate::db::{Query, col};
use crate::deliveries;
use crate::error::{Result, VaultError};
use crate::exports::{self, ExportId};
use crate::ledger::{EventKind, LedgerEntry};
use crate::readings::row_name;
use crate::resource_proof::ToldAct;
use crate::vault::{Vault, to_json};
use crate::verify::Findings;

impl Vault {
    // Holds every stored thing against the last event that tells of it.
    pub(crate) async fn compare(
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
        self.compare_resources(on, std::mem::take(&mut told.acts), found).await?;
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
                let p = self.patient_from_row(row)?;
                self.patient_proof(&p.identity, &p.record, p.merged_into.as_ref())?
            }
            Kind::Merge => self.merge_row_proof(row)?,
            Kind::Account => {
                let account = self.account_from_row(row)?;
                if account.active { account.role.as_str() } else { "inactive" }.to_owned()
            }
            Kind::Function => {
                let state = self.function_from_row(row)?;
                if state.active { "on" } else { "off" }.to_owned()
            }
            Kind::Export => {
                let export = self.export_from_row(row)?;
                self.export_proof(export.state, export.archive.as_ref(), &export.content)
            }
            Kind::ExportDocument => {
                let (document, export) = (DocumentId(k1), ExportId(k2));
                let content = self.export_document_content(row, &export, &document)?;
                self.export_document_proof(exports::document_state(row)?, &content)
            }
            Kind::Opposition => {
                let opposition = self.opposition_from_row(row)?;
                self.opposition_proof(&opposition.identity, opposition.withdrawn.is_none())?
            }
            Kind::Delivery => {
                let content = self.delivery_content(row, &k2, &k1)?;
                self.delivery_proof(deliveries::state_of(row)?, &content)
            }
            Kind::Rules => {
                let rules = self.rules_from_row(row)?;
                self.rules_proof(rules.state, &rules.content)
            }
            Kind::Team => self.team_proof(&self.team_from_row(row)?.content),
        })
    }
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
    Merge,
    Account,
    Function,
    Export,
    ExportDocument,
    Opposition,
    Delivery,
    Rules,
    Team,
}

impl Kind {
    const ALL: [Kind; 15] = [
        Kind::State,
        Kind::Filing,
        Kind::Reading,
        Kind::Set,
        Kind::Decision,
        Kind::Patient,
        Kind::Merge,
        Kind::Account,
        Kind::Function,
        Kind::Export,
        Kind::ExportDocument,
        Kind::Opposition,
        Kind::Delivery,
        Kind::Rules,
        Kind::Team,
    ];

    fn noun(self) -> &'static str {
        match self {
            Kind::State => "document",
            Kind::Filing => "filing of document",
            Kind::Reading => "reading of document",
            Kind::Set => "proposal set of document",
            Kind::Decision => "decision on document",
            Kind::Patient => "patient",
            Kind::Merge => "merge of patients",
            Kind::Account => "account",
            Kind::Function => "switch of function",
            Kind::Export => "export",
            Kind::ExportDocument => "export of document",
            Kind::Opposition => "objection",
            Kind::Delivery => "delivery of document",
            Kind::Rules => "set of rules",
            Kind::Team => "team",
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
            Kind::Merge => (
                "SELECT m.*, id AS k1, '' AS k2 FROM patient_merge m WHERE tenant = $1 AND id > ",
                false,
                " ORDER BY id LIMIT 200",
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
            Kind::Export => (
                "SELECT e.*, id AS k1, '' AS k2 FROM export e WHERE tenant = $1 AND id > ",
                false,
                " ORDER BY id LIMIT 100",
            ),
            // Without content there is nothing to compare: not read yet, or erased with the key.
            Kind::ExportDocument => (
                "SELECT x.document AS k1, x.export AS k2, x.state, x.content, d.dek \
                 FROM export_document x \
                 JOIN document d ON d.tenant = x.tenant AND d.id = x.document \
                 WHERE x.tenant = $1 AND x.content IS NOT NULL AND (x.document, x.export) > (",
                true,
                ") ORDER BY x.document, x.export LIMIT 100",
            ),
            Kind::Opposition => (
                "SELECT o.*, id AS k1, '' AS k2 FROM opposition o WHERE tenant = $1 AND id > ",
                false,
                " ORDER BY id LIMIT 500",
            ),
            // Without content its document was destroyed.
            Kind::Delivery => (
                "SELECT v.document AS k1, v.id AS k2, v.state, v.content, d.dek FROM delivery v \
                 JOIN document d ON d.tenant = v.tenant AND d.id = v.document \
                 WHERE v.tenant = $1 AND v.content IS NOT NULL AND (v.document, v.id) > (",
                true,
                ") ORDER BY v.document, v.id LIMIT 500",
            ),
            Kind::Rules => (
                "SELECT r.*, CAST(version AS TEXT) AS k1, '' AS k2 FROM rule_set r \
                 WHERE tenant = $1 AND CAST(version AS TEXT) > ",
                false,
                " ORDER BY CAST(version AS TEXT) LIMIT 500",
            ),
            // One row a tenant.
            Kind::Team => (
                "SELECT t.*, 'team' AS k1, '' AS k2 FROM team t WHERE tenant = $1 AND 'team' > ",
                false,
                " LIMIT 1",
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
pub(crate) struct Told {
    things: BTreeMap<(Kind, String, String), (u64, Option<String>)>,
    /// Acts on the record, by their number.
    acts: BTreeMap<u64, ToldAct>,
}

impl Told {
    pub(crate) fn note(&mut self, entry: &LedgerEntry) {
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
            EventKind::Filed | EventKind::DocumentFollowed | EventKind::Reattached => {
                ((Kind::Filing, document, none), entry.content.clone())
            }
            EventKind::Unfiled | EventKind::Detached => {
                ((Kind::Filing, document, none), Some(String::new()))
            }
            EventKind::TextRead => ((Kind::Reading, document, subject), entry.content.clone()),
            EventKind::Proposed => ((Kind::Set, document, subject), entry.content.clone()),
            EventKind::Decided => ((Kind::Decision, document, subject), entry.content.clone()),
            EventKind::PatientCreated | EventKind::PatientChanged => {
                ((Kind::Patient, patient, none), entry.content.clone())
            }
            EventKind::PatientsMerged | EventKind::PatientsSplit => {
                ((Kind::Merge, subject, none), entry.content.clone())
            }
            EventKind::AccountCreated | EventKind::AccountChanged => {
                ((Kind::Account, subject, none), entry.detail.clone())
            }
            EventKind::FunctionChanged => ((Kind::Function, subject, none), entry.detail.clone()),
            EventKind::ExportCreated | EventKind::ExportChanged => {
                ((Kind::Export, subject, none), entry.content.clone())
            }
            // An original that was downloaded is exported too, and tells of no content.
            EventKind::Exported if entry.content.is_some() => {
                ((Kind::Export, subject, none), entry.content.clone())
            }
            EventKind::ExportPrepared
            | EventKind::ExportDecided
            | EventKind::ExportReviewed
            | EventKind::ExportChecked
            | EventKind::ExportWithdrawn => {
                ((Kind::ExportDocument, document, subject), entry.content.clone())
            }
            // What was sent otherwise (one day) tells of no content.
            EventKind::HandOverQueued | EventKind::HandOverChanged | EventKind::Sent
                if entry.content.is_some() =>
            {
                ((Kind::Delivery, document, subject), entry.content.clone())
            }
            EventKind::ExportKeyDestroyed => {
                self.things.retain(|k, _| k.0 != Kind::ExportDocument || k.2 != subject);
                return;
            }
            EventKind::OppositionRecorded | EventKind::OppositionWithdrawn => {
                ((Kind::Opposition, subject, none), entry.content.clone())
            }
            EventKind::RulesChanged | EventKind::RulesActivated | EventKind::RulesRetired => {
                ((Kind::Rules, subject, none), entry.content.clone())
            }
            EventKind::TeamChanged => ((Kind::Team, subject, none), entry.content.clone()),
            EventKind::ResourcesWritten => {
                let act = ToldAct { content: entry.content.clone(), at: entry.at };
                self.acts.insert(entry.seq, act);
                return;
            }
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
        for kind in [
            Kind::Filing,
            Kind::Reading,
            Kind::Set,
            Kind::Decision,
            Kind::ExportDocument,
            Kind::Delivery,
        ] {
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
