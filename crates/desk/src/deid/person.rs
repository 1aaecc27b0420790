//! Who a document is about, and everybody its headers name.
//!
//! The caller's own knowledge comes first, then what the document's header says, then what the
//! function `identify` read in its text. Professionals and recipients are known too: their names go
//! like any other.

use relu_pipeline::deidentify::Known;
use relu_pipeline::deidentify::opposition::Traits;
use relu_record::{Header, PatientIdentity, Practitioner, ProposalSet, ProposalValue, Recipient};
use serde_json::Value;

/// The patients a document speaks of: those of its header, else the one read in its text.
pub(super) fn patients(header: &Header, proposals: Option<&ProposalSet>) -> Vec<PatientIdentity> {
    let mut out: Vec<PatientIdentity> = header.patients.iter().map(|p| p.value.clone()).collect();
    for p in proposals.into_iter().flat_map(|s| &s.proposals) {
        if let ProposalValue::Patient(identity) = &p.value {
            out.push(identity.clone());
        }
    }
    out.retain(|p| !p.is_empty());
    out
}

/// Adds an identity to what is known.
pub(super) fn add_patient(known: &mut Known, p: &PatientIdentity) {
    for (key, value) in [
        ("birth_name", &p.birth_name),
        ("used_name", &p.used_name),
        ("first_name", &p.first_name),
        ("birth_first_names", &p.birth_first_names),
        ("used_first_name", &p.used_first_name),
        ("address", &p.address),
    ] {
        if let Some(value) = value {
            known.add(key, value);
        }
    }
    if let Some(birth) = &p.birth_date {
        known.add("birth_date", &birth.to_string());
    }
    if let Some(ins) = &p.ins {
        known.add("ins", &ins.value);
    }
    for id in &p.identifiers {
        // Billing uses the social security number, which may be that of a parent.
        let kind = id.kind.as_deref().unwrap_or_default();
        known
            .add(if matches!(kind, "SS" | "NH" | "INS" | "NI") { "nir" } else { "ipp" }, &id.value);
    }
    for value in &p.telecom {
        known.add(if value.contains('@') { "mail" } else { "phone" }, value);
    }
}

/// Adds the others that a header names.
pub(super) fn add_others(known: &mut Known, header: &Header) {
    for author in &header.authors {
        add_practitioner(known, &author.value);
    }
    for Recipient { practitioner, address, .. } in header.recipients.iter().map(|r| &r.value) {
        if let Some(p) = practitioner {
            add_practitioner(known, p);
        }
        if let Some(address) = address {
            known.add("mail", address);
        }
    }
    if let Some(stay) = &header.encounter {
        known.add("nda", &stay.value);
    }
}

fn add_practitioner(known: &mut Known, p: &Practitioner) {
    known.add("name", &p.name.family);
    known.add("first_name", &p.name.given);
}

/// Adds what the caller knows: every text of the object under the name of its field.
pub(super) fn add_given(known: &mut Known, key: &str, value: &Value) {
    match value {
        Value::String(text) => known.add(key, text),
        Value::Array(values) => values.iter().for_each(|v| add_given(known, key, v)),
        Value::Object(fields) => fields.iter().for_each(|(k, v)| add_given(known, k, v)),
        Value::Number(n) => known.add(key, &n.to_string()),
        _ => {}
    }
}

/// What tells the persons of a file apart, for the list of those who object.
pub(super) fn traits(patients: &[PatientIdentity], given: Option<&Value>) -> Vec<Traits> {
    let given = given.and_then(Traits::from_json).filter(Traits::is_usable);
    match given {
        Some(traits) => vec![traits],
        None => patients.iter().map(Traits::of).collect(),
    }
}
