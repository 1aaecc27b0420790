//! A person merges two records of one patient, or takes a merge back.

use relu_record::{Actor, DocumentId, Identifier, ProposalValue};
use relu_vault::{DocumentFilter, Merge, MergeId, Patient, PatientId};

use super::super::fhir::Files;
use super::super::{Desk, Result};
use super::check_role;
use crate::present;
use crate::view::MergeLine;
use crate::{DeskError, ErrorKind};

const OPERATION: &str = "fusion de deux patients";
/// Merges shown, newest first.
const SHOWN: u32 = 50;

impl Desk {
    /// Merges the record `source` into `target`: its documents follow. Says how many.
    pub async fn merge_patients(&self, who: &Actor, source: &str, target: &str) -> Result<usize> {
        check_role(who, OPERATION)?;
        self.check_local_merging()?;
        if source == target {
            let cause = "c'est deux fois le même patient";
            return Err(DeskError::new(ErrorKind::User, OPERATION, cause));
        }
        let (source, target) = (PatientId(source.to_owned()), PatientId(target.to_owned()));
        let mut tx = self.begin(who).await?;
        let id = tx.merge_patients(&source, &target, None, &Files).await?;
        tx.commit().await?;
        Ok(self.vault().merge(&id).await?.followed.documents.len())
    }

    /// Takes a merge back: what had followed returns, and so do the documents that came since and
    /// carry a number of the first record. Says how many.
    pub async fn split_patients(&self, who: &Actor, merge: &str) -> Result<usize> {
        check_role(who, OPERATION)?;
        let merge = self.vault().merge(&MergeId(merge.to_owned())).await?;
        let also = self.came_since(&merge).await?;
        let mut tx = self.begin(who).await?;
        let split = tx.split_patients(&merge.id, &also, &Files).await?;
        tx.commit().await?;
        Ok(split.followed.documents.len())
    }

    /// Documents filed to the record that stays, since the merge, that carry a number of the other
    /// record and none of its own.
    async fn came_since(&self, merge: &Merge) -> Result<Vec<DocumentId>> {
        let source = self.vault().patient(&merge.source).await?;
        let target = self.vault().patient(&merge.target).await?;
        let mut found = Vec::new();
        let mut filter = DocumentFilter {
            patient: Some(merge.target.clone()),
            limit: 500,
            ..DocumentFilter::default()
        };
        loop {
            let page = self.vault().documents(&filter).await?;
            for d in page.documents.iter().filter(|d| d.updated_at >= merge.made_at) {
                let numbers = self.numbers_of(&d.id).await?;
                let theirs = numbers.iter().any(|n| source.carries(n));
                let own = numbers.iter().any(|n| target.identity.identifiers.contains(n));
                if theirs && !own {
                    found.push(d.id.clone());
                }
            }
            match page.next {
                Some(next) => filter.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    /// The patient numbers that a document itself carries.
    async fn numbers_of(&self, id: &DocumentId) -> Result<Vec<Identifier>> {
        let set = self.vault().proposal_set(id).await?;
        let proposals = set.iter().flat_map(|s| &s.proposals);
        let patients = proposals.filter_map(|p| match &p.value {
            ProposalValue::Patient(p) => Some(p),
            _ => None,
        });
        Ok(patients.flat_map(|p| &p.identifiers).cloned().collect())
    }

    /// How many documents are filed to a patient.
    pub async fn documents_of(&self, patient: &str) -> Result<u64> {
        let filter = DocumentFilter {
            patient: Some(PatientId(patient.to_owned())),
            ..DocumentFilter::default()
        };
        Ok(self.vault().count_by_state(&filter).await?.iter().map(|(_, n)| n).sum())
    }

    /// The last merges, newest first.
    pub async fn merges(&self, who: &Actor) -> Result<Vec<MergeLine>> {
        check_role(who, OPERATION)?;
        let names = self.names().await?;
        let mut lines = Vec::new();
        for merge in self.vault().merges(SHOWN).await? {
            let source = self.vault().patient(&merge.source).await?;
            let target = self.vault().patient(&merge.target).await?;
            let actor = |id: &str| Actor { id: id.to_owned(), ..Actor::system("") };
            lines.push(MergeLine {
                id: merge.id.0,
                source: line(&source),
                target: line(&target),
                documents: merge.followed.documents.len(),
                message: merge.because,
                made_at: merge.made_at,
                made_by: names.of(&actor(&merge.made_by)),
                undone: merge.undone.map(|(by, at)| (names.of(&actor(&by)), at)),
            });
        }
        Ok(lines)
    }
}

/// A patient in one line, with the numbers that tell one record from the other.
pub(super) fn line(patient: &Patient) -> String {
    let numbers = patient.identity.identifiers.iter().filter(|i| i.designates_patient());
    let numbers: Vec<&str> = numbers.map(|i| i.value.as_str()).collect();
    let line = present::patient_line(&patient.identity);
    if numbers.is_empty() { line } else { format!("{line} · n° {}", numbers.join(", ")) }
}
