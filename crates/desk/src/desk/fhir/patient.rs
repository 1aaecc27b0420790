//! One patient, one truth: the identity of the vault's patients and the resource Patient show each
//! other. A Patient written by a program records or changes the patient under the same id; what the
//! desk changes (a merge too) is shown by a new version of the resource.
//!
//! The status of an identity is never raised to *qualifiée* by what a program writes.

use relu_formats::Input;
use relu_record::{Budget, InsStatus, PatientIdentity};
use relu_vault::{Merge, Patient, PatientId};

use super::json::Json;
use super::outcome::{FhirError, Result};

/// Elements that the identity masters.
const MASTERED: [&str; 4] = ["identifier", "name", "gender", "birthDate"];

/// Who a Patient is; `known` is what was recorded before.
pub fn identity(body: &Json, known: Option<&PatientIdentity>) -> Result<PatientIdentity> {
    let mut told = body.clone();
    for element in ["text", "photo", "contained"] {
        told.take(element);
    }
    let bytes = told.to_bytes();
    let input = Input { bytes: &bytes, name: None, media_type: Some("application/fhir+json") };
    let reading = relu_formats::read(&input, &Budget::standard())
        .map_err(|_| FhirError::refused("structure", "the Patient cannot be read"))?;
    let found = reading.header.patients.into_iter().next();
    let mut identity = found.map(|p| p.value).unwrap_or_default();
    if identity.is_empty() {
        let why = "a Patient needs a name or an identifier";
        return Err(FhirError::refused("required", why));
    }
    let before = known.map_or(InsStatus::Provisoire, |k| k.ins_status);
    if identity.ins_status == InsStatus::Qualifiee && before != InsStatus::Qualifiee {
        identity.ins_status = before;
    }
    if identity.birth_place.is_none() {
        identity.birth_place = known.and_then(|k| k.birth_place.clone());
    }
    Ok(identity)
}

/// The Patient that shows an identity, over what was kept of it before.
pub fn resource(identity: &PatientIdentity, before: Option<Json>) -> Json {
    let fresh = Json::from(relu_wire::patient(identity));
    let mut body =
        before.unwrap_or_else(|| Json::object([("resourceType", Json::text("Patient"))]));
    for element in MASTERED {
        match fresh.get(element) {
            Some(value) => body.set(element, value.clone()),
            None => _ = body.take(element),
        }
    }
    body
}

/// The records that a patient's was merged with, as the resource shows them: the one no longer used
/// is not active and names the one that replaces it, which names it in turn.
#[derive(Default)]
pub struct Links {
    replaced_by: Option<String>,
    replaces: Vec<String>,
    // Every record of a merge, also of one taken back: links to others are not ours.
    known: Vec<String>,
    /// What `active` held before the merge.
    pub active_before: Option<Json>,
}

impl Links {
    /// From the merges that the patient was part of.
    pub fn of(patient: &Patient, merges: &[Merge]) -> Links {
        let reference = |id: &PatientId| format!("Patient/{}", id.0);
        let standing = merges.iter().filter(|m| m.undone.is_none() && m.target == patient.id);
        let others = merges.iter().flat_map(|m| [&m.source, &m.target]);
        Links {
            replaced_by: patient.merged_into.as_ref().map(reference),
            replaces: standing.map(|m| reference(&m.source)).collect(),
            known: others.filter(|o| **o != patient.id).map(reference).collect(),
            active_before: None,
        }
    }

    /// Whether the patient was never part of a merge.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// Whether a Patient says that another record replaces it.
    pub fn says_replaced(&self, body: &Json) -> bool {
        links(body).iter().any(|l| self.is_ours(l) && l.str("type") == Some("replaced-by"))
    }

    fn is_ours(&self, link: &Json) -> bool {
        let other = link.get("other").and_then(|o| o.str("reference"));
        matches!(link.str("type"), Some("replaced-by" | "replaces"))
            && other.is_some_and(|o| self.known.iter().any(|k| k == o))
    }

    /// Puts them into a Patient.
    pub fn put(&self, body: &mut Json) {
        if self.is_empty() {
            return;
        }
        let was_replaced = self.says_replaced(body);
        let mut all: Vec<Json> = links(body).iter().filter(|l| !self.is_ours(l)).cloned().collect();
        let link = |to: &String, kind: &str| {
            let other = Json::object([("reference", Json::text(to.as_str()))]);
            Json::object([("other", other), ("type", Json::text(kind))])
        };
        all.extend(self.replaced_by.iter().map(|to| link(to, "replaced-by")));
        all.extend(self.replaces.iter().map(|to| link(to, "replaces")));
        match all.is_empty() {
            true => _ = body.take("link"),
            false => body.set("link", Json::List(all)),
        }
        match (&self.replaced_by, &self.active_before) {
            (Some(_), _) => body.set("active", Json::Bool(false)),
            (None, Some(before)) if was_replaced => body.set("active", before.clone()),
            (None, None) if was_replaced => _ = body.take("active"),
            (None, _) => {}
        }
    }
}

fn links(body: &Json) -> &[Json] {
    body.get("link").map_or(&[], Json::list)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::Sex;

    fn parsed(text: &str) -> Json {
        Json::parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn a_patient_and_its_identity_show_each_other() {
        let body = parsed(
            r#"{"resourceType":"Patient","maritalStatus":{"text":"x"},"identifier":[{"system":"urn:oid:1.2.3","value":"42"}],
                "name":[{"use":"official","family":"ZWINGEL","given":["Ombe"]}],"gender":"female","birthDate":"1957-03-28"}"#,
        );
        let who = identity(&body, None).unwrap();
        assert_eq!(who.birth_name.as_ref().unwrap().0, "ZWINGEL");
        assert_eq!((who.sex, who.identifiers.len()), (Some(Sex::F), 1));
        let mut changed = who.clone();
        changed.used_name = Some("AUTRE".into());
        let shown = resource(&changed, Some(body));
        assert!(shown.get("maritalStatus").is_some());
        let mut again = identity(&shown, Some(&changed)).unwrap();
        again.birth_first_names = changed.birth_first_names.clone();
        assert_eq!(again, changed);
    }

    #[test]
    fn nobody_is_refused_and_no_status_is_raised() {
        assert!(identity(&parsed(r#"{"resourceType":"Patient","gender":"male"}"#), None).is_err());
        let claim = parsed(
            r#"{"resourceType":"Patient","name":[{"use":"official","family":"A"}],
                "extension":[{"url":"https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-identity-status",
                "valueCoding":{"code":"VALI"}}],
                "identifier":[{"type":{"coding":[{"code":"INS-NIR"}]},"system":"urn:oid:1.2.250.1.213.1.4.10","value":"279035121518989"}]}"#,
        );
        let who = identity(&claim, None).unwrap();
        assert_ne!(who.ins_status, InsStatus::Qualifiee);
    }
}
