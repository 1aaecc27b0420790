//! FHIR R4 DocumentReference with its patient, author and structure contained and its content inline.
//!
//! `masterIdentifier` is the delivery's UUID; a replacement says `relatesTo: replaces`, a recall is
//! the first one's identifier with the status `entered-in-error`. Masking goes as `securityLabel`.
//! Sources: HL7 FHIR R4 DocumentReference; FR Core 2.2 (identifier slices); PDSm.

use base64::Engine;
use relu_record::{Coding, Moment, PatientIdentity, Practitioner, Private, Purpose, Sex, system};
use serde_json::{Map, Value, json};

use super::{Outgoing, one_line};

/// Media type of the file.
pub const MEDIA_TYPE: &str = "application/fhir+json";

/// The resource as JSON, indented.
pub fn write(out: &Outgoing<'_>) -> Vec<u8> {
    let mut bytes = serde_json::to_vec_pretty(&resource(out)).unwrap_or_default();
    bytes.push(b'\n');
    bytes
}

fn resource(out: &Outgoing<'_>) -> Value {
    let recalled = (out.purpose == Purpose::Recall).then_some(out.replaces).flatten();
    let id = recalled.unwrap_or(out.id);
    let mut contained = vec![patient(out)];
    let mut authors = Vec::new();
    if let Some(author) = out.author {
        contained.push(practitioner(author));
        authors.push(json!({"reference": "#auteur"}));
    }
    let mut resource = json!({
        "resourceType": "DocumentReference",
        "masterIdentifier": {"system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{id}")},
        "status": if recalled.is_some() { "entered-in-error" } else { "current" },
        "docStatus": "final",
        "subject": {"reference": "#patient"},
        "date": out.at.to_rfc3339(),
        "content": contents(out),
    });
    let Value::Object(fields) = &mut resource else { return resource };
    if let Some(kind) = out.document_type {
        fields.insert("type".into(), json!({"coding": [coding(kind)]}));
    }
    if let Some(o) = out.organization {
        let mut organization =
            json!({"resourceType": "Organization", "id": "structure", "name": one_line(&o.name)});
        if let (Some(finess), Value::Object(fields)) = (&o.finess, &mut organization) {
            fields.insert(
                "identifier".into(),
                json!([identifier(system::IDNST, &format!("1{}", finess.as_str()))]),
            );
        }
        contained.push(organization);
        fields.insert("custodian".into(), json!({"reference": "#structure"}));
    }
    if !authors.is_empty() {
        fields.insert("author".into(), Value::Array(authors));
    }
    if !out.title.trim().is_empty() {
        fields.insert("description".into(), one_line(out.title).into());
    }
    if !out.masks.is_empty() {
        let labels: Vec<Value> = out.masks.iter().map(|m| json!({"coding": [coding(m)]})).collect();
        fields.insert("securityLabel".into(), Value::Array(labels));
    }
    if let Some(old) = out.replaces.filter(|_| out.purpose == Purpose::Replace) {
        let target = json!({"identifier": {"system": "urn:ietf:rfc:3986", "value": format!("urn:uuid:{old}")}});
        fields.insert("relatesTo".into(), json!([{"code": "replaces", "target": target}]));
    }
    fields.insert("contained".into(), Value::Array(contained));
    resource
}

/// The document itself, or its text when it has no bytes that go along.
fn contents(out: &Outgoing<'_>) -> Value {
    let (media_type, bytes) = match out.payload {
        _ if out.purpose == Purpose::Recall => ("text/plain; charset=utf-8", &b""[..]),
        Some(payload) => (payload.media_type, payload.bytes),
        None => ("text/plain; charset=utf-8", out.text.as_bytes()),
    };
    let mut attachment = Map::new();
    attachment.insert("contentType".into(), media_type.into());
    attachment.insert("language".into(), "fr-FR".into());
    if !bytes.is_empty() {
        let data = base64::engine::general_purpose::STANDARD.encode(bytes);
        attachment.insert("data".into(), data.into());
    }
    attachment.insert("title".into(), one_line(out.title).into());
    if let Some(date) = out.date {
        attachment.insert("creation".into(), moment(&date).into());
    }
    json!([{"attachment": attachment}])
}

fn patient(out: &Outgoing<'_>) -> Value {
    let p: &PatientIdentity = out.patient;
    let of = |v: &Option<Private>| v.as_ref().map(|v| one_line(v));
    let mut ids = Vec::new();
    if let Some(ins) = &p.ins {
        ids.push(identifier(&ins.oid, &ins.value));
    }
    let own = out.patient_number.into_iter();
    let others = p.identifiers.iter().filter(|id| Some(*id) != out.patient_number);
    ids.extend(own.chain(others).map(|id| identifier(&id.system, &id.value)));
    let mut names = Vec::new();
    if let Some(family) = of(&p.birth_name) {
        let given: Vec<String> = of(&p.birth_first_names)
            .or(of(&p.first_name))
            .map(|g| g.split_whitespace().map(str::to_owned).collect())
            .unwrap_or_default();
        names.push(json!({"use": "official", "family": family, "given": given}));
    }
    if p.used_name.is_some() || p.used_first_name.is_some() {
        let family = of(&p.used_name).unwrap_or_default();
        let given: Vec<String> = of(&p.used_first_name).into_iter().collect();
        names.push(json!({"use": "usual", "family": family, "given": given}));
    }
    let mut patient = json!({"resourceType": "Patient", "id": "patient"});
    let Value::Object(fields) = &mut patient else { return patient };
    if !ids.is_empty() {
        fields.insert("identifier".into(), Value::Array(ids));
    }
    if !names.is_empty() {
        fields.insert("name".into(), Value::Array(names));
    }
    if let Some(sex) = p.sex {
        fields.insert("gender".into(), if sex == Sex::F { "female" } else { "male" }.into());
    }
    if let Some(date) = &p.birth_date {
        fields.insert("birthDate".into(), date.to_string().into());
    }
    patient
}

fn practitioner(p: &Practitioner) -> Value {
    let mut name = json!({"family": one_line(&p.name.family)});
    if let Value::Object(fields) = &mut name {
        if !p.name.given.is_empty() {
            fields.insert("given".into(), json!([one_line(&p.name.given)]));
        }
        if let Some(prefix) = &p.name.prefix {
            fields.insert("prefix".into(), json!([one_line(prefix)]));
        }
    }
    let mut out = json!({"resourceType": "Practitioner", "id": "auteur", "name": [name]});
    if let (Some(rpps), Value::Object(fields)) = (&p.rpps, &mut out) {
        let id = identifier(system::IDNPS, &format!("8{}", rpps.as_str()));
        fields.insert("identifier".into(), json!([id]));
    }
    out
}

fn identifier(authority: &str, value: &str) -> Value {
    json!({"system": uri(authority), "value": one_line(value)})
}

fn coding(c: &Coding) -> Value {
    let mut out = json!({"system": uri(&c.system), "code": c.code});
    if let (Some(display), Value::Object(fields)) = (&c.display, &mut out) {
        fields.insert("display".into(), display.as_str().into());
    }
    out
}

/// The system as a URI: LOINC by its name, OIDs with their prefix.
fn uri(system: &str) -> String {
    if system == system::LOINC {
        return "http://loinc.org".to_owned();
    }
    let bare = !system.is_empty() && system.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    if bare { format!("urn:oid:{system}") } else { one_line(system) }
}

/// FHIR `dateTime`: a time needs an offset, without one the day alone is said.
fn moment(m: &Moment) -> String {
    match (m.minute, m.offset_minutes) {
        (Some(minute), Some(offset)) if m.date.is_full() => {
            let (sign, of) = (if offset < 0 { '-' } else { '+' }, offset.unsigned_abs());
            let zone = format!("{sign}{:02}:{:02}", of / 60, of % 60);
            format!("{}T{:02}:{:02}:00{zone}", m.date, minute / 60, minute % 60)
        }
        _ => m.date.to_string(),
    }
}
