//! Decide: a person accepts, corrects or refuses a proposal, or states what nobody proposed. Each
//! decision is recorded on exactly the proposal set it was taken on.

use relu_record::{
    Actor, DecisionId, DocumentId, DocumentState, Private, ProposalId, ProposalValue, ValueKind,
    Verdict,
};
use relu_vault::{DocumentChange, NewDecision, Tx};

use super::effective::{self, Standing};
use super::look::{Opened, fact_keys, may_decide};
use super::{Desk, Result};
use crate::view::DeskEvent;
use crate::{DeskError, ErrorKind, present};

const OPERATION: &str = "décision";

impl Desk {
    /// Begins an act on a document as it was opened: what somebody else did in between is a
    /// conflict, never overlooked.
    pub(super) async fn begin_on(&self, who: &Actor, opened: &Opened) -> Result<Tx> {
        let mut tx = self.begin(who).await?;
        if tx.document(&opened.document.id).await?.version == opened.document.version {
            return Ok(tx);
        }
        Err(DeskError::new(
            ErrorKind::Conflict,
            OPERATION,
            "quelqu'un d'autre vient de changer ce document",
        )
        .hint("rechargez la page"))
    }

    /// Accepts a proposal.
    pub async fn accept(&self, who: &Actor, id: &DocumentId, p: &ProposalId) -> Result<DecisionId> {
        self.decide(who, id, p, |_| Ok(Verdict::Accepted), None).await
    }

    /// Corrects a proposal: values by form field name, as in `ProposalView::edit`.
    pub async fn edit(
        &self,
        who: &Actor,
        id: &DocumentId,
        p: &ProposalId,
        values: &[(String, String)],
        reason: Option<&str>,
    ) -> Result<DecisionId> {
        let edited = |before: &ProposalValue| {
            let value = present::value_from_form(before, values, &self.inner.types)?;
            Ok(Verdict::Edited(Box::new(value)))
        };
        self.decide(who, id, p, edited, reason).await
    }

    /// Refuses a proposal.
    pub async fn refuse(
        &self,
        who: &Actor,
        id: &DocumentId,
        p: &ProposalId,
        reason: Option<&str>,
    ) -> Result<DecisionId> {
        self.decide(who, id, p, |_| Ok(Verdict::Refused), reason).await
    }

    /// States a filing value nobody proposed (`patient`, `type`, `date`): form fields as in `edit`.
    pub async fn state_value(
        &self,
        who: &Actor,
        id: &DocumentId,
        kind: ValueKind,
        values: &[(String, String)],
    ) -> Result<DecisionId> {
        let blank = present::blank(kind).ok_or_else(|| {
            DeskError::new(ErrorKind::User, OPERATION, "cette valeur ne s'indique pas à la main")
        })?;
        let value = present::value_from_form(&blank, values, &self.inner.types)?;
        if value == blank {
            return Err(DeskError::new(ErrorKind::User, OPERATION, "rien n'a été indiqué"));
        }
        let opened = self.opened(who, id).await?;
        check_role(who, kind)?;
        let new = Verdict::Edited(Box::new(value));
        self.record_decisions(who, &opened, vec![(effective::stated_id(kind), new)], None).await
    }

    /// Accepts or refuses all undecided facts of a section (or of the summary, key `resume`).
    pub async fn decide_section(
        &self,
        who: &Actor,
        id: &DocumentId,
        key: &str,
        accept: bool,
        reason: Option<&str>,
    ) -> Result<usize> {
        check_role(who, ValueKind::Fact)?;
        let opened = self.opened(who, id).await?;
        let (Some(reading), set) = (&opened.reading, opened.set()?) else {
            return Ok(0);
        };
        let standing = Standing::of(&opened.decisions);
        let verdict = if accept { Verdict::Accepted } else { Verdict::Refused };
        let new: Vec<(ProposalId, Verdict)> = fact_keys(reading, set)
            .into_iter()
            .filter(|(id, k)| k == key && standing.get(id).is_none())
            .map(|(id, _)| (id, verdict.clone()))
            .collect();
        let count = new.len();
        if count > 0 {
            self.record_decisions(who, &opened, new, reason).await?;
        }
        Ok(count)
    }

    async fn decide(
        &self,
        who: &Actor,
        id: &DocumentId,
        p: &ProposalId,
        verdict: impl Fn(&ProposalValue) -> Result<Verdict>,
        reason: Option<&str>,
    ) -> Result<DecisionId> {
        let opened = self.opened(who, id).await?;
        let standing = Standing::of(&opened.decisions);
        // A stated value is corrected or withdrawn like any other.
        let current = opened
            .set()?
            .get(p)
            .and_then(|found| standing.value(p, found).or(Some(&found.value)))
            .or_else(|| standing.stated().find(|(id, _)| *id == p).map(|(_, v)| v));
        let Some(current) = current else {
            return Err(DeskError::new(
                ErrorKind::NotFound,
                OPERATION,
                "cette proposition n'existe plus",
            )
            .hint("rechargez la page"));
        };
        check_role(who, current.kind())?;
        let verdict = verdict(current)?;
        self.record_decisions(who, &opened, vec![(p.clone(), verdict)], reason).await
    }

    /// Records decisions as one act, and brings the list's words up to date with them.
    async fn record_decisions(
        &self,
        who: &Actor,
        opened: &Opened,
        verdicts: Vec<(ProposalId, Verdict)>,
        reason: Option<&str>,
    ) -> Result<DecisionId> {
        let mut tx = self.begin_on(who, opened).await?;
        let clinical = verdicts.iter().all(|(id, _)| is_clinical(opened, id));
        check_state(opened.document.state, clinical)?;
        let mut opened_decisions = opened.decisions.clone();
        let mut last = DecisionId(String::new());
        for (proposal, verdict) in verdicts {
            let new = decision(opened, proposal, verdict, reason)?;
            let made = tx.insert_decision(new).await?;
            last = made.id.clone();
            opened_decisions.push(made);
        }
        refresh(&mut tx, opened, &opened_decisions).await?;
        if !clinical {
            self.reroute(&mut tx, opened, &opened_decisions, None).await?;
        }
        tx.commit().await?;
        let (id, state) = (opened.document.id.clone(), opened.document.state);
        self.tell(DeskEvent::Document { id, state });
        Ok(last)
    }
}

/// A decision on the current set of an opened document.
pub(super) fn decision(
    opened: &Opened,
    proposal: ProposalId,
    verdict: Verdict,
    reason: Option<&str>,
) -> Result<NewDecision> {
    let reason = reason.map(str::trim).filter(|r| !r.is_empty());
    Ok(NewDecision {
        document: opened.document.id.clone(),
        set: opened.set()?.hash(),
        proposal,
        verdict,
        reason: reason.map(Private::from),
    })
}

/// Brings the words of the list and of the search up to date with the decisions.
pub(super) async fn refresh(
    tx: &mut Tx,
    opened: &Opened,
    decisions: &[relu_record::Decision],
) -> Result<()> {
    let (Some(set), Some(reading)) = (&opened.set, &opened.reading) else {
        return Ok(());
    };
    let id = &opened.document.id;
    let headline = Some(effective::headline(set, decisions, reading));
    tx.update_document(id, DocumentChange { headline, ..DocumentChange::default() }).await?;
    tx.index_document(id, &effective::terms(set, decisions, reading)).await?;
    Ok(())
}

fn is_clinical(opened: &Opened, id: &ProposalId) -> bool {
    let found = opened.set.as_ref().and_then(|set| set.get(id));
    found.is_some_and(|p| p.value.kind().is_clinical())
}

/// Whether values are decided in that state: the filing until it is filed (undo reopens it), facts
/// as long as the document is open.
pub(super) fn is_open(state: DocumentState, clinical: bool) -> bool {
    use DocumentState::{AClasser, ARattacher, ASeparer, Clos, Quarantaine, Recu};
    if clinical {
        !matches!(state, Recu | Quarantaine | Clos)
    } else {
        matches!(state, AClasser | ARattacher | ASeparer)
    }
}

fn check_state(state: DocumentState, clinical: bool) -> Result<()> {
    if is_open(state, clinical) {
        return Ok(());
    }
    Err(DeskError::new(ErrorKind::Conflict, OPERATION, "ce document n'est plus à décider")
        .hint("s'il est classé, annulez d'abord le classement (u)"))
}

pub(super) fn check_role(who: &Actor, kind: ValueKind) -> Result<()> {
    if may_decide(who.role, kind) {
        return Ok(());
    }
    let cause = if kind.is_clinical() {
        "les faits cliniques et le brouillon se décident par un médecin"
    } else {
        "votre rôle ne décide pas du classement"
    };
    Err(DeskError::new(ErrorKind::Forbidden, OPERATION, cause))
}
