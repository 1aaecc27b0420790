//! Persons of a FHIR resource for whoever reads lists of them.

use relu_record::{HumanName, PatientIdentity, Practitioner};

use super::header;
use crate::identity::{rpps, some};
use crate::json::Json;

/// The patient of a Patient resource.
pub(crate) fn patient(resource: &Json) -> PatientIdentity {
    header::patient(resource, &mut Vec::new())
}

/// Whether the resource says how sure the identity is.
pub(crate) fn status_said(resource: &Json) -> bool {
    let extensions = resource.get("extension").list();
    extensions.iter().any(|e| e.str("url").contains("identity-reliability"))
}

/// A doctor referred to by name or number.
pub(crate) fn doctor(reference: &Json) -> Option<Practitioner> {
    let rpps = rpps(reference.str("identifier/value"), &mut Vec::new());
    let name = some(reference.str("display"));
    let known = name.is_some() || rpps.is_some();
    let name = HumanName { family: name.unwrap_or_default(), ..HumanName::default() };
    known.then_some(Practitioner { name, rpps, specialty: None })
}
