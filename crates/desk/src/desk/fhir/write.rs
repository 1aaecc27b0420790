//! Writing: creations, updates and deletions of one act, checked, sealed and indexed together.

use std::collections::HashMap;

use relu_record::{Actor, Role};
use relu_vault::{Former, NewResource, PatientId, Resource, Tx};

use super::json::Json;
use super::outcome::{FhirError, Result};
use super::table::{Type, WrittenBy};
use super::values::{found, reference, terms};
use super::{check, follow, patient, shown};

/// Label of documents hidden from other professionals (TRE_A07, 1.2.250.1.213.1.1.4.13).
const MASKED: &str = "MASQUE_PS";

/// One change asked for.
#[derive(Clone)]
pub struct Change {
    /// Type.
    pub kind: &'static Type,
    /// Id; given by us for a creation.
    pub id: String,
    /// What is to be done.
    pub act: Act,
}

/// What is to be done to a resource.
#[derive(Clone)]
pub enum Act {
    /// Record it under a fresh id.
    Create(Json),
    /// Replace it, or record it under an id that the program chose; only over this version when one
    /// is named.
    Update(Json, Option<u64>),
    /// Delete it; only this version when one is named.
    Delete(Option<u64>),
}

/// What a change came to.
#[derive(Clone, Debug)]
pub struct Changed {
    /// Type.
    pub kind: &'static Type,
    /// Id.
    pub id: String,
    /// Version now; none when there was nothing to delete.
    pub version: Option<u64>,
    /// Whether it did not exist before.
    pub created: bool,
}

/// Refuses what a role may not write.
pub fn may_write(who: &Actor, kind: &Type) -> Result<()> {
    let may = |right: fn(Role) -> bool| who.role.is_some_and(right);
    let allowed = match kind.write {
        WrittenBy::Filing => may(Role::may_decide_filing),
        WrittenBy::Facts => may(Role::may_decide_facts),
    };
    match allowed {
        true => Ok(()),
        false => Err(FhirError::forbidden(format!(
            "this role does not write {}; clinical facts are a clinician's to state",
            kind.name
        ))),
    }
}

/// Who shows the documents received, and what was decided of them.
pub const SHOWS: &str = "fhir";

/// Whose masked resources somebody sees: their own, and those of documents received when their role
/// sees masked documents.
pub fn authors(who: &Actor) -> Vec<String> {
    let received = who.sees_masked().then(|| SHOWS.to_owned());
    std::iter::once(who.id.clone()).chain(received).collect()
}

/// Whether somebody may see a version.
pub fn may_see(who: &Actor, resource: &Resource) -> bool {
    !resource.masked || resource.author == who.id || resource.author == SHOWS && who.sees_masked()
}

/// Applies changes within an act. `patients` says whether patients are recorded here at all, or only
/// received from the identity server that masters them.
pub async fn apply(
    tx: &mut Tx,
    changes: Vec<Change>,
    subject: &str,
    patients: bool,
) -> Result<Vec<Changed>> {
    tx.alone().await?;
    let mut writes = Vec::with_capacity(changes.len());
    let mut done = Vec::with_capacity(changes.len());
    let mut shown_patients = Vec::new();
    let mut merges = Merges::default();
    let who = tx.actor().clone();
    for change in changes {
        may_write(&who, change.kind)?;
        if change.kind.name == "Patient" && !patients {
            let why = "patients are mastered by the identity server; write them there";
            return Err(FhirError::forbidden(why));
        }
        let former = match change.act {
            Act::Create(_) => None,
            _ => tx.resource(&change.kind.name, &change.id).await?,
        };
        if former.as_ref().is_some_and(|f| !may_see(&who, f)) {
            return Err(FhirError::unknown());
        }
        let standing = former.as_ref().filter(|f| f.content.is_some());
        let asked = match &change.act {
            Act::Create(_) => None,
            Act::Update(_, version) | Act::Delete(version) => *version,
        };
        if asked.is_some() && asked != standing.map(|f| f.version) {
            let why = "the resource was changed since that version; read it again";
            return Err(FhirError::new(412, "conflict", why));
        }
        let Change { kind, id, act } = change;
        let created = standing.is_none();
        let mut body = match act {
            Act::Create(body) | Act::Update(body, _) => Some(shown::bare(&kind.name, body)),
            Act::Delete(_) => None,
        };
        if let Some(body) = &mut body {
            merges.follow(tx, kind, &id, body).await?;
        }
        if body.is_none() && standing.is_none() {
            done.push(Changed { kind, id, version: None, created: false });
            continue;
        }
        if body.is_none() && kind.name == "Patient" {
            let why = "a patient is not deleted here; merge it in the desk";
            return Err(FhirError::new(405, "not-supported", why));
        }
        if let Some(body) = &body {
            check::resource(kind, body)?;
            if kind.name == "Patient" {
                record_patient(tx, &id, body, standing.is_some()).await?;
                shown_patients.push(PatientId(id.clone()));
            }
        }
        let patient = match &body {
            Some(body) => compartment(kind, &id, body),
            None => standing.and_then(|f| f.patient.clone()),
        };
        let former_terms = |f: &Resource| match f.content {
            Some(_) => terms(kind, &shown::body(f)),
            None => Vec::new(),
        };
        let former = former.as_ref().map(|f| Former {
            num: f.num,
            version: f.version,
            terms: former_terms(f),
        });
        let version = former.as_ref().map_or(0, |f| f.version) + 1;
        done.push(Changed { kind, id: id.clone(), version: Some(version), created });
        writes.push(NewResource {
            kind: &kind.name,
            id,
            patient,
            masked: body.as_ref().is_some_and(is_masked),
            author: None,
            terms: body.as_ref().map(|b| terms(kind, b)).unwrap_or_default(),
            content: body.map(|b| b.to_bytes()),
            former,
        });
    }
    tx.write_resources(subject, writes).await?;
    for id in shown_patients {
        tx.patient_shown(&id).await?;
    }
    Ok(done)
}

/// Which records of patients stand for merged ones, as far as an act has asked.
#[derive(Default)]
struct Merges(HashMap<PatientId, Option<PatientId>>);

impl Merges {
    /// What is written about a merged patient belongs to the record that stands for them now; their
    /// own is no longer written.
    async fn follow(
        &mut self,
        tx: &mut Tx,
        kind: &'static Type,
        id: &str,
        body: &mut Json,
    ) -> Result<()> {
        let Some(named) = compartment(kind, id, body) else { return Ok(()) };
        if !self.0.contains_key(&named) {
            let standing = tx.merged_into(&named).await?;
            self.0.insert(named.clone(), standing);
        }
        match self.0.get(&named).and_then(Option::as_ref) {
            None => {}
            Some(standing) if kind.name == "Patient" => {
                let why = format!("was merged: Patient/{} stands for this patient now", standing.0);
                return Err(FhirError::new(409, "conflict", why));
            }
            Some(standing) => _ = follow::rename(kind, body, &named, standing),
        }
        Ok(())
    }
}

// The same person under the same id, in the table that the desk works with.
async fn record_patient(tx: &mut Tx, id: &str, body: &Json, known: bool) -> Result<()> {
    let id = PatientId(id.to_owned());
    let before = match known {
        true => Some(tx.patient(&id).await?.identity),
        false => None,
    };
    let identity = patient::identity(body, before.as_ref())?;
    match before {
        None => _ = tx.insert_patient(id, &identity).await?,
        Some(before) if before == identity => {}
        Some(_) => _ = tx.upsert_patient(Some(&id), &identity).await?,
    }
    Ok(())
}

/// The patient in whose file a resource lies.
fn compartment(kind: &'static Type, id: &str, body: &Json) -> Option<PatientId> {
    if kind.name == "Patient" {
        return Some(PatientId(id.to_owned()));
    }
    let elements = kind.patient.iter().filter_map(|e| body.get(e));
    let mut references = elements.flat_map(|e| e.list()).filter_map(reference);
    references.find_map(|r| r.strip_prefix("Patient/")).map(|id| PatientId(id.to_owned()))
}

/// Whether a label hides it from other professionals.
pub fn is_masked(body: &Json) -> bool {
    let in_meta = body.get("meta").and_then(|m| m.get("security")).map_or(&[][..], Json::list);
    let labels = body.get("securityLabel").map_or(&[][..], Json::list);
    let codings = labels.iter().flat_map(|l| l.get("coding").map_or(&[][..], Json::list));
    in_meta.iter().chain(codings).any(|c| c.str("code") == Some(MASKED))
}

/// What a reference of `kind` named `param` points to in a resource.
pub fn pointed<'a>(body: &'a Json, param: &super::table::Param) -> Vec<&'a str> {
    let found = found(body, param);
    found
        .into_iter()
        .filter_map(|f| match f {
            super::values::Found::Reference(to) => Some(to),
            _ => None,
        })
        .collect()
}
