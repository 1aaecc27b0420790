//! Attach (*rattacher*): which known patients a document could be about, compared field by field.
//!
//! The base is asked a few narrow questions ([`relu_pipeline::attach::lookups`]) and those found are
//! ranked. It is worked out when a document is opened or filed, never kept: the base changes.

use std::sync::OnceLock;

use relu_pipeline::attach::{Attach, Candidate, Given, Key, Level, Match, Ranking, Zone, lookups};
use relu_record::PatientIdentity;
use relu_vault::{Patient, Term};

use super::{Desk, Result};
use crate::present;
use crate::texts::text;
use crate::view::{Compared, PatientChoice};
use crate::{DeskError, ErrorKind};

/// Most patients that one question brings, and most that are shown.
const FOUND: u32 = 200;
const SHOWN: usize = 8;

/// Known patients with the answer of the comparison.
pub(super) struct Attached {
    pub(super) patients: Vec<Patient>,
    pub(super) ranking: Ranking,
}

impl Attached {
    /// The patient that is sure.
    pub(super) fn sure(&self) -> Option<&Patient> {
        self.patients.get(self.ranking.sure()?.candidate)
    }

    /// Why a person must compare, when one must.
    pub(super) fn obstacle(&self) -> Option<&'static str> {
        let first = self.ranking.matches.first().filter(|_| self.ranking.zone == Zone::Check)?;
        let said = first.obstacles.first().map(|o| attach().map_or("", |a| a.message(*o)));
        Some(said.unwrap_or("rien d'assez sûr"))
    }

    /// The patients worth a look, best first.
    pub(super) fn choices(&self, given: &PatientIdentity) -> Vec<PatientChoice> {
        let shown = self.ranking.matches.iter().take(SHOWN);
        shown.filter_map(|m| Some(self.choice(given, m, self.patients.get(m.candidate)?))).collect()
    }

    fn choice(&self, given: &PatientIdentity, m: &Match, patient: &Patient) -> PatientChoice {
        let sure = self.ranking.sure().is_some_and(|s| s.candidate == m.candidate);
        let why = match m.obstacles.first() {
            None if sure => text("attach", "sure"),
            None => text("attach", "near"),
            Some(o) => attach().map_or("", |a| a.message(*o)).to_owned(),
        };
        PatientChoice {
            id: patient.id.0.clone(),
            display: present::patient_line(&patient.identity),
            why,
            sure,
            compared: self.compared(given, m, patient),
        }
    }

    /// Two identities side by side, trait by trait.
    pub(super) fn compared(
        &self,
        given: &PatientIdentity,
        m: &Match,
        patient: &Patient,
    ) -> Vec<Compared> {
        let line = |r: &relu_pipeline::attach::Reason| Compared {
            field: text("attach-field", &key(&r.field)),
            given: present::trait_of(given, r.field),
            known: present::trait_of(&patient.identity, r.field),
            level: text("attach-level", &key(&r.level)),
            agrees: r.level == Level::Same,
        };
        m.reasons.iter().map(line).collect()
    }
}

// The name of a value in the data files.
fn key<T: serde::Serialize>(value: &T) -> String {
    let name = serde_json::to_value(value).ok();
    name.as_ref().and_then(|n| n.as_str()).unwrap_or_default().to_owned()
}

fn attach() -> Option<&'static Attach> {
    static ATTACH: OnceLock<Option<Attach>> = OnceLock::new();
    // The weights are embedded and a test of theirs reads them.
    ATTACH.get_or_init(|| Attach::embedded().ok()).as_ref()
}

fn term(key: Key) -> Term {
    match key {
        Key::Ins(ins) => Term::Ins { value: ins.value.0, oid: ins.oid },
        Key::Identifier { system, value } => Term::Identifier { system, value },
        Key::BirthDate(date) => Term::BirthDate(date),
        Key::Name(word) => Term::Name(word),
    }
}

impl Desk {
    /// Compares an identity with the known patients it could be.
    pub(super) async fn attach(
        &self,
        identity: &PatientIdentity,
        recognised: bool,
    ) -> Result<Attached> {
        let function = attach().ok_or_else(|| {
            DeskError::new(ErrorKind::Internal, "rattachement", "les poids ne se lisent pas")
        })?;
        let mut patients: Vec<Patient> = Vec::new();
        for keys in lookups(identity) {
            let terms: Vec<Term> = keys.into_iter().map(term).collect();
            for patient in self.vault().find_patients(&terms, FOUND).await? {
                if patients.iter().all(|p| p.id != patient.id) {
                    patients.push(patient);
                }
            }
        }
        let candidates: Vec<Candidate<'_>> = patients
            .iter()
            .map(|p| Candidate { identity: &p.identity, former: &p.record.former })
            .collect();
        let ranking = function.rank(Given { identity, recognised }, &candidates);
        Ok(Attached { patients, ranking })
    }
}
