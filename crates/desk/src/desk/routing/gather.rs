//! What rules look at: the document with what was decided on it, how it came, and what is known of
//! its patient. What this installation does not know leaves conditions unknown, and they say so.

use relu_pipeline::route::{Features, Known, PatientFacts};
use relu_record::{
    Decision, Evidence, PartialDate, ProposalSet, ProposalValue, Reading, ValueKind,
};
use relu_vault::{Document, PatientId, VaultError};

use super::super::effective::Standing;
use super::super::look::Opened;
use super::super::{Desk, Result};

/// How far up a part looks for how its container came.
const DEEPEST: usize = 8;

impl Desk {
    /// What rules look at in a document just read.
    pub(in crate::desk) async fn features_of_reading(
        &self,
        source: &str,
        received: PartialDate,
        reading: &Reading,
        set: &ProposalSet,
    ) -> Result<Features> {
        let patient = self.sure_patient(set, &[], reading.ocr).await?;
        self.gather((source, received), reading, set, &[], patient.as_ref()).await
    }

    /// What rules look at in an opened document, with what was decided on it.
    pub(super) async fn features_of(
        &self,
        opened: &Opened,
        decisions: &[Decision],
        patient: Option<&PatientId>,
    ) -> Result<Option<Features>> {
        let (Some(set), Some(reading)) = (&opened.set, &opened.reading) else { return Ok(None) };
        let sure = match patient {
            Some(id) => Some(id.clone()),
            None => self.sure_patient(set, decisions, reading.ocr).await?,
        };
        let source = self.source_of(&opened.document).await?;
        let received = opened.document.received_at.date();
        self.gather((&source, received), reading, set, decisions, sure.as_ref()).await.map(Some)
    }

    /// Gathers what rules look at. Everything that asks the vault is done before the act begins.
    pub(in crate::desk) async fn gather(
        &self,
        (source, received): (&str, PartialDate),
        reading: &Reading,
        set: &ProposalSet,
        decisions: &[Decision],
        patient: Option<&PatientId>,
    ) -> Result<Features> {
        let facts = match patient {
            Some(id) => Some(self.patient_facts(id).await?),
            None => None,
        };
        let standing = Standing::of(decisions);
        let decided = [Evidence::Record("décision".to_owned())];
        let stated: Vec<&ProposalValue> = standing.stated().map(|(_, v)| v).collect();
        let replaced = |kind: ValueKind| stated.iter().any(|v| v.kind() == kind);
        let proposed = set.with_ids().filter_map(|(id, p)| {
            let value = standing.value(&id, p).filter(|v| !replaced(v.kind()))?;
            Some((value, p.evidence()))
        });
        let values = stated.iter().map(|v| (*v, &decided[..])).chain(proposed);
        let known = Known { source, received, patient: facts.as_ref() };
        Ok(Features::gather(reading, values, &known))
    }

    /// What this installation knows of a patient's doctors and stay, from the software that masters
    /// the record. What it does not know leaves conditions unknown, and they say so.
    async fn patient_facts(&self, patient: &PatientId) -> Result<PatientFacts> {
        let record = match self.vault().standing_patient(patient).await {
            Ok(known) => known.record,
            // Recorded by this very act: nothing is known of them beside what the document says.
            Err(VaultError::NotFound { .. }) => return Ok(PatientFacts::default()),
            Err(e) => return Err(e.into()),
        };
        let stay = record.stay.filter(|s| s.end.is_none());
        Ok(PatientFacts {
            treating: record.general_practitioner.into_iter().collect(),
            referring: Vec::new(),
            in_charge: stay.iter().filter_map(|s| s.doctor.clone()).collect(),
            unit: stay
                .and_then(|s| s.unit)
                .map(|u| (u.label.unwrap_or_else(|| u.code.clone()), Some(u.code))),
        })
    }

    /// How the document came: a part came as its container did.
    pub(in crate::desk) async fn source_of(&self, document: &Document) -> Result<String> {
        let mut at = document.clone();
        for _ in 0..DEEPEST {
            let Some(parent) = at.parent.clone() else { break };
            at = self.vault().document(&parent).await?;
        }
        Ok(at.source_kind)
    }

    /// The known patient that the values that stand name for sure.
    async fn sure_patient(
        &self,
        set: &ProposalSet,
        decisions: &[Decision],
        recognised: bool,
    ) -> Result<Option<PatientId>> {
        let standing = Standing::of(decisions);
        let Some(identity) = standing.patient(set) else { return Ok(None) };
        Ok(self.attach(identity, recognised).await?.sure().map(|p| p.id.clone()))
    }
}
