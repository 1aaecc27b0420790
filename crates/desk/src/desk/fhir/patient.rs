//! One patient, one truth: the identity of the vault's patients and the resource Patient show each
//! other. A Patient written by a program records or changes the patient under the same id; what the
//! desk changes is shown by a new version of the resource.
//!
//! The status of an identity is never raised to *qualifiée* by what a program writes.

use relu_formats::Input;
use relu_record::{Budget, InsStatus, PatientIdentity};

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
