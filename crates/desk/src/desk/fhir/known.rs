//! The patients that the desk recorded, shown as resources before anything is answered.

use relu_record::Actor;
use relu_vault::{Former, NewResource, Patient, Tx};

use super::super::Desk;
use super::outcome::{FhirError, Result};
use super::{patient, shown, table, values, write};

impl Desk {
    /// Brings the resource Patient up to date with what the desk recorded of patients.
    pub(super) async fn show_patients(&self) -> Result<()> {
        loop {
            let changed = self.vault().patients_to_show(200).await?;
            if changed.is_empty() {
                return Ok(());
            }
            let mut with_links = Vec::with_capacity(changed.len());
            for patient in changed {
                let links = self.links_of(&patient).await?;
                with_links.push((patient, links));
            }
            let mut tx = self.vault().begin(&Actor::system(write::SHOWS), self.now()).await?;
            tx.alone().await?;
            let mut writes = Vec::new();
            for (patient, links) in &with_links {
                writes.push(shown_patient(&mut tx, patient, links).await?);
            }
            tx.write_resources("patients", writes).await?;
            for (patient, _) in &with_links {
                tx.patient_shown(&patient.id).await?;
            }
            tx.commit().await?;
        }
    }

    // Which records it was merged with, and what it said of itself before.
    async fn links_of(&self, patient: &Patient) -> Result<patient::Links> {
        let merges = self.vault().merges_of(&patient.id).await?;
        let mut links = patient::Links::of(patient, &merges);
        if links.is_empty() {
            return Ok(links);
        }
        let history = self.vault().resource_history("Patient", Some(&patient.id.0), None, 200);
        let bodies = history.await?.into_iter().map(|r| shown::body(&r));
        let before = bodies.into_iter().find(|b| !links.says_replaced(b));
        links.active_before = before.and_then(|b| b.get("active").cloned());
        Ok(links)
    }
}

async fn shown_patient(
    tx: &mut Tx,
    patient: &Patient,
    links: &patient::Links,
) -> Result<NewResource> {
    let kind = table::find("Patient").ok_or_else(FhirError::unknown)?;
    let former = tx.resource("Patient", &patient.id.0).await?;
    let before = former.as_ref().filter(|f| f.content.is_some()).map(shown::body);
    let former = former.as_ref().map(|f| Former {
        num: f.num,
        version: f.version,
        terms: before.as_ref().map(|b| values::terms(kind, b)).unwrap_or_default(),
    });
    let mut body = patient::resource(&patient.identity, before);
    links.put(&mut body);
    let body = shown::bare("Patient", body);
    Ok(NewResource {
        kind: &kind.name,
        id: patient.id.0.clone(),
        patient: Some(patient.id.clone()),
        masked: false,
        author: None,
        terms: values::terms(kind, &body),
        content: Some(body.to_bytes()),
        former,
    })
}
