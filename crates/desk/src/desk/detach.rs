//! Detach (*détacher du patient*): a document filed to the wrong patient goes back to *à rattacher*
//! in one act, and everything derived from it for that patient is recalled: what was decided of its
//! facts, who was to see it. What had left the machine cannot be recalled and is listed.

use relu_record::{Actor, DocumentId, DocumentState, ProposalId, Role, ValueKind, Verdict};
use relu_vault::{Detached, EventKind};

use super::decide::{decision, refresh};
use super::effective::Standing;
use super::look::Opened;
use super::{Desk, Result, ledger};
use crate::view::{DeskEvent, HistoryLine, Recalled};
use crate::{DeskError, ErrorKind, present};

const OPERATION: &str = "détachement";
/// Why the decisions on the facts of a detached document no longer stand.
const REASON: &str = "document détaché du patient";

/// Whether a document in that state is filed to a patient and may be taken off.
pub(super) fn may_detach(role: Option<Role>, state: DocumentState) -> bool {
    use DocumentState::{AViser, Action, Classe, Vu};
    role.is_some_and(Role::may_decide_filing) && matches!(state, Classe | AViser | Vu | Action)
}

impl Desk {
    /// Takes a document off the patient it is filed to, recalls what was derived from it for them,
    /// and says what had been seen, exported or sent.
    pub async fn detach(&self, who: &Actor, id: &DocumentId) -> Result<Recalled> {
        let opened = self.opened(who, id).await?;
        let from = opened.document.state;
        if !who.role.is_some_and(Role::may_decide_filing) {
            let cause = "votre rôle ne décide pas du classement";
            return Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause));
        }
        let filing = opened.document.filing.clone().filter(|_| may_detach(who.role, from));
        let filing = filing.ok_or_else(|| {
            DeskError::new(ErrorKind::Conflict, OPERATION, "ce document n'est classé à personne")
                .hint("rechargez la page")
        })?;
        let recall = self.recall(&opened)?;
        let mut tx = self.begin_on(who, &opened).await?;
        let mut decisions = opened.decisions.clone();
        let mut recalled = Vec::new();
        for (proposal, decided) in recall {
            let undone = decision(&opened, proposal, Verdict::Undone(decided), Some(REASON))?;
            let made = tx.insert_decision(undone).await?;
            recalled.push(made.id.clone());
            decisions.push(made);
        }
        let d = &opened.document;
        let before = Detached {
            filing,
            state: from,
            queue: d.queue.clone(),
            role: d.assigned_role,
            account: d.assigned_to.clone(),
            recalled,
        };
        tx.detach(id, before).await?;
        if d.queue.is_some() || d.assigned_role.is_some() || d.assigned_to.is_some() {
            tx.unplace(id).await?;
        }
        tx.set_state(id, from, DocumentState::ARattacher).await?;
        refresh(&mut tx, &opened, &decisions).await?;
        self.queue_recalls(&mut tx, id).await?;
        self.reroute(&mut tx, &opened, &decisions, None).await?;
        tx.commit().await?;
        self.inner.outbox.notify_one();
        self.tell(DeskEvent::Document { id: id.clone(), state: DocumentState::ARattacher });
        self.recalled(who, id).await
    }

    /// The decisions that fall with the filing: who the patient is, and every clinical fact.
    fn recall(&self, opened: &Opened) -> Result<Vec<(ProposalId, relu_record::DecisionId)>> {
        let set = opened.set()?;
        let standing = Standing::of(&opened.decisions);
        let stated = super::effective::stated_id(ValueKind::Patient);
        let falls = |id: &ProposalId| {
            let kind = set.get(id).map(|p| p.value.kind());
            // What it says differently from others was compared for that patient.
            let compared = id.0.starts_with(super::timeline::PAIR);
            *id == stated
                || compared
                || kind.is_some_and(|k| k == ValueKind::Patient || k.is_clinical())
        };
        let all = standing.all().filter(|d| falls(&d.proposal));
        Ok(all.map(|d| (d.proposal.clone(), d.id.clone())).collect())
    }

    /// What was recalled with a document that is detached, and what had left by then.
    pub async fn recalled(&self, who: &Actor, id: &DocumentId) -> Result<Recalled> {
        let opened = self.opened(who, id).await?;
        let document = &opened.document;
        let detached = document.detached.as_ref();
        let patient = match detached.and_then(|d| d.filing.patient.as_ref()) {
            Some(patient) => Some(self.vault().standing_patient(patient).await?),
            None => None,
        };
        let recalled = detached.map(|d| d.recalled.as_slice()).unwrap_or_default();
        let is_fact = |d: &&relu_record::Decision| {
            let set = opened.set.as_ref();
            recalled.contains(&d.id)
                && set
                    .and_then(|s| s.get(&d.proposal))
                    .is_some_and(|p| p.value.kind().is_clinical())
        };
        let queue = match detached.and_then(|d| d.queue.as_deref()) {
            Some(queue) => Some(self.the_team().await?.name(queue).to_owned()),
            None => None,
        };
        Ok(Recalled {
            patient: patient.map(|p| present::patient_line(&p.identity)),
            facts: opened.decisions.iter().filter(is_fact).count(),
            queue,
            left: self.what_left(id).await?,
        })
    }

    /// What left by a document, with whom and when, newest first: seen, opened, exported, sent,
    /// handed over. A new way out is a new kind of event here.
    pub(super) async fn what_left(&self, id: &DocumentId) -> Result<Vec<HistoryLine>> {
        const WAYS: [EventKind; 3] = [EventKind::Viewed, EventKind::Exported, EventKind::Sent];
        let names = self.names().await?;
        let deliveries = self.vault().deliveries_of(id).await?;
        let labels = self.destinations();
        let to = |delivery: &str| {
            let delivery = deliveries.iter().find(|d| d.id.0 == delivery)?;
            let label = labels.iter().find(|(code, _)| *code == delivery.destination);
            Some(label.map_or(&delivery.destination, |(_, label)| label).clone())
        };
        let entries = self.vault().ledger_of(id).await?;
        let left = entries
            .into_iter()
            .rev()
            .filter(|e| EventKind::parse(&e.kind).is_some_and(|kind| WAYS.contains(&kind)));
        let mut lines: Vec<HistoryLine> = left
            .map(|e| HistoryLine {
                at: e.at,
                by: names.of(&e.actor),
                what: match e.subject.as_deref().and_then(to) {
                    Some(to) => crate::texts::text_with("patients", "handed-over", &to),
                    None => ledger::what(&e.kind, e.detail.as_deref()),
                },
            })
            .collect();
        // An export is written as a whole: its event names no document.
        for export in self.vault().exports_with(id).await? {
            lines.push(HistoryLine {
                at: export.updated_at,
                by: names.of(&Actor { id: export.created_by, ..Actor::system("") }),
                what: crate::texts::text("patients", "left-in-export"),
            });
        }
        lines.sort_by_key(|l| std::cmp::Reverse(l.at));
        Ok(lines)
    }
}
