//! What stands for a document now: proposals, what people decided of them, and what people stated
//! without a proposal.

use std::collections::BTreeMap;

use relu_record::{
    Decision, DecisionId, DocumentState, Moment, PatientIdentity, Private, Proposal, ProposalId,
    ProposalSet, ProposalValue, Reading, ValueKind, Verdict,
};
use relu_vault::{Headline, Term, terms_of};

use super::{alike, versions};
use crate::present;

/// Below this, a patient proposal is not taken as sure enough to file without comparing.
const SURE_PATIENT: f32 = 0.7;
/// Checks that keep a document out of the ordinary list.
const SPLIT: [&str; 2] = ["several-patients", "several-documents"];
const COMPARE: &str = "patient-mismatch";

/// Prefix of the ids under which people state values nobody proposed.
const STATED: &str = "stated-";

/// The id under which a value of that kind is stated.
pub(super) fn stated_id(kind: ValueKind) -> ProposalId {
    let name = serde_json::to_value(kind).ok().and_then(|v| v.as_str().map(str::to_owned));
    ProposalId(format!("{STATED}{}", name.unwrap_or_default()))
}

/// The decisions that stand: of each proposal the last that was not taken back.
pub(super) struct Standing<'a> {
    by_proposal: BTreeMap<&'a ProposalId, &'a Decision>,
}

impl<'a> Standing<'a> {
    pub(super) fn of(decisions: &'a [Decision]) -> Standing<'a> {
        // From the last to the first: what took a decision back may itself have been taken back.
        let mut undone: Vec<&DecisionId> = Vec::new();
        for d in decisions.iter().rev() {
            if let Verdict::Undone(id) = &d.verdict
                && !undone.contains(&&d.id)
            {
                undone.push(id);
            }
        }
        let by_proposal = decisions
            .iter()
            .filter(|d| !matches!(d.verdict, Verdict::Undone(_)) && !undone.contains(&&d.id))
            .map(|d| (&d.proposal, d))
            .collect();
        Standing { by_proposal }
    }

    pub(super) fn get(&self, id: &ProposalId) -> Option<&'a Decision> {
        self.by_proposal.get(id).copied()
    }

    pub(super) fn all(&self) -> impl Iterator<Item = &'a Decision> {
        self.by_proposal.values().copied()
    }

    /// The value of a proposal as it stands; nothing once it is refused.
    pub(super) fn value(
        &self,
        id: &ProposalId,
        proposal: &'a Proposal,
    ) -> Option<&'a ProposalValue> {
        match self.get(id).map(|d| &d.verdict) {
            Some(Verdict::Edited(v)) => Some(v),
            Some(Verdict::Refused) => None,
            _ => Some(&proposal.value),
        }
    }

    /// Values stated without a proposal.
    pub(super) fn stated(&self) -> impl Iterator<Item = (&'a ProposalId, &'a ProposalValue)> {
        self.by_proposal.iter().filter_map(|(id, d)| match &d.verdict {
            Verdict::Edited(v) if id.0.starts_with(STATED) => Some((*id, &**v)),
            _ => None,
        })
    }

    /// The one value of a kind that stands: a stated one before a proposed one.
    pub(super) fn one(&self, set: &'a ProposalSet, kind: ValueKind) -> Option<&'a ProposalValue> {
        self.stated().map(|(_, v)| v).find(|v| v.kind() == kind).or_else(|| {
            set.with_ids().find_map(|(id, p)| self.value(&id, p).filter(|v| v.kind() == kind))
        })
    }

    pub(super) fn patient(&self, set: &'a ProposalSet) -> Option<&'a PatientIdentity> {
        match self.one(set, ValueKind::Patient)? {
            ProposalValue::Patient(p) => Some(p),
            _ => None,
        }
    }

    pub(super) fn date(&self, set: &'a ProposalSet) -> Option<Moment> {
        match self.one(set, ValueKind::DocumentDate)? {
            ProposalValue::DocumentDate(m) => Some(*m),
            _ => None,
        }
    }
}

/// Codes of the checks a set carries.
pub(super) fn checks(set: &ProposalSet) -> Vec<String> {
    set.proposals
        .iter()
        .filter_map(|p| match &p.value {
            ProposalValue::Check(c) => Some(c.code.clone()),
            _ => None,
        })
        .collect()
}

/// Where a document goes once it is read and nobody has decided yet.
pub(super) fn first_state(set: &ProposalSet) -> DocumentState {
    let checks = checks(set);
    let has = |code: &str| checks.iter().any(|c| c == code);
    if SPLIT.into_iter().any(has) { DocumentState::ASeparer } else { state_when_whole(set) }
}

/// Where a document goes that a person has found to be one.
pub(super) fn state_when_whole(set: &ProposalSet) -> DocumentState {
    let checks = checks(set);
    let has = |code: &str| checks.iter().any(|c| c == code);
    // A name alone is no identity, however clearly it is printed.
    let sure = set.proposals.iter().any(|p| match &p.value {
        ProposalValue::Patient(who) => {
            p.confidence.get() >= SURE_PATIENT && (who.birth_date.is_some() || who.ins.is_some())
        }
        _ => false,
    });
    if !sure || has(COMPARE) { DocumentState::ARattacher } else { DocumentState::AClasser }
}

/// The few words the list shows.
pub(super) fn headline(set: &ProposalSet, decisions: &[Decision], reading: &Reading) -> Headline {
    let standing = Standing::of(decisions);
    let one = |kind| standing.one(set, kind);
    let patient = standing.patient(set);
    let sender = one(ValueKind::Author).or(one(ValueKind::Organization));
    let mut checks = checks(set);
    if reading.ocr {
        checks.push("ocr".to_owned());
    }
    Headline {
        patient: patient.map(|p| Private(present::patient_line(p))),
        birth_date: patient.and_then(|p| p.birth_date.as_ref()).map(|d| Private(d.to_french())),
        title: reading.header.title.as_ref().map(|t| t.value.clone()),
        document_type: match one(ValueKind::DocumentType) {
            Some(ProposalValue::DocumentType(c)) => Some(c.clone()),
            _ => None,
        },
        date: standing.date(set),
        sender: sender.map(|v| Private(present::display(v, &reading.text))),
        checks,
        masked: reading.header.is_masked(),
    }
}

/// What the document can be found by: its patients' names, dates and numbers, and what its source
/// calls it and the documents it replaces.
pub(super) fn terms(set: &ProposalSet, decisions: &[Decision], reading: &Reading) -> Vec<Term> {
    let standing = Standing::of(decisions);
    let stated = standing.stated().map(|(_, v)| v);
    let proposed = set.with_ids().filter_map(|(id, p)| standing.value(&id, p));
    let patients = stated.chain(proposed).filter_map(|v| match v {
        ProposalValue::Patient(p) => Some(terms_of(p)),
        _ => None,
    });
    let copies = alike::terms(reading, standing.patient(set), standing.date(set).map(|m| m.date));
    patients.flatten().chain(versions::terms(reading)).chain(copies).collect()
}
