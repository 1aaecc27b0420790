//! What is proposed for one document, as a FHIR R4 collection Bundle.
//!
//! Everything in it is unconfirmed: resources carry `meta.tag` `unreviewed`, conditions are
//! `unconfirmed` (or `refuted` when the text denies them), and one Provenance names the functions.
//! Ids are derived from the document's hash, so that the same input gives the same bytes.
//! Source: FHIR R4 (4.0.1), FR Core for patient identifiers.

use relu_record::{
    Coding, Entity, Instant, Moment, Number, PatientIdentity, Practitioner, ProposalValue, Sex,
    Sha256Hex, TextValue, system,
};
use serde_json::{Value, json};

use crate::RunInput;
use crate::header::Object;

/// The bundle of one document. `at` is when it was made.
pub fn bundle(sha256: &Sha256Hex, input: RunInput<'_>, at: Instant) -> Value {
    let mut out = Entries { sha256, entries: Vec::new() };
    let values = || input.set.proposals.iter().map(|p| &p.value);

    let subject = values().find_map(|v| match v {
        ProposalValue::Patient(p) => Some(out.add(patient(p))),
        _ => None,
    });
    let author = values().find_map(|v| match v {
        ProposalValue::Author(p) => Some(out.add(practitioner(p))),
        _ => None,
    });
    let custodian =
        values().find_map(|v| match v {
            ProposalValue::Organization(o) => {
                let mut r = Object::default();
                r.some("resourceType", Some(json!("Organization")));
                r.list("identifier", o.finess.iter().map(|f| {
                json!({"system": urn(system::IDNST), "value": format!("1{}", f.as_str())})
            }));
                r.some("name", (!o.name.is_empty()).then(|| json!(o.name)));
                Some(out.add(r.finish()))
            }
            _ => None,
        });

    let document = out.add(document(sha256, &input, subject.as_ref(), author, custodian));
    let subject = subject.unwrap_or_else(|| json!({"display": "patient non identifié"}));
    for v in values() {
        if let ProposalValue::Fact(e) = v
            && let Some(r) = fact(e, input.reading.text.as_str(), &subject)
        {
            out.add(r);
        }
    }
    let agents: Vec<Value> = input
        .set
        .functions
        .iter()
        .map(|f| json!({"who": {"display": format!("relu {} {}", f.id, f.version)}}))
        .collect();
    if !agents.is_empty() {
        out.add(json!({
            "resourceType": "Provenance",
            "target": [document],
            "recorded": at.to_rfc3339(),
            "agent": agents,
        }));
    }
    json!({
        "resourceType": "Bundle",
        "type": "collection",
        "timestamp": at.to_rfc3339(),
        "meta": {"tag": [unreviewed()]},
        "entry": out.entries,
    })
}

/// Resources in order, each under an address derived from the document's hash and its place.
struct Entries<'a> {
    sha256: &'a Sha256Hex,
    entries: Vec<Value>,
}

impl Entries<'_> {
    fn add(&mut self, resource: Value) -> Value {
        let n = self.entries.len();
        let h = Sha256Hex::of(format!("{}/{n}", self.sha256.0).as_bytes()).0;
        let part = |r: std::ops::Range<usize>| h.get(r).unwrap_or_default().to_owned();
        let uuid = format!(
            "urn:uuid:{}-{}-8{}-a{}-{}",
            part(0..8),
            part(8..12),
            part(13..16),
            part(17..20),
            part(20..32)
        );
        self.entries.push(json!({"fullUrl": uuid, "resource": resource}));
        json!({"reference": uuid})
    }
}

fn unreviewed() -> Value {
    json!({"system": "urn:relu:tag", "code": "unreviewed", "display": "Proposé, pas encore relu"})
}

fn document(
    sha256: &Sha256Hex,
    input: &RunInput<'_>,
    subject: Option<&Value>,
    author: Option<Value>,
    custodian: Option<Value>,
) -> Value {
    let mut r = Object::default();
    r.some("resourceType", Some(json!("DocumentReference")));
    r.some("meta", Some(json!({"tag": [unreviewed()]})));
    r.some("status", Some(json!("current")));
    r.some("docStatus", Some(json!("preliminary")));
    for p in &input.set.proposals {
        match &p.value {
            ProposalValue::DocumentType(c) => r.some("type", Some(json!({"coding": [coding(c)]}))),
            ProposalValue::DocumentDate(m) => {
                r.some("context", Some(json!({"period": {"start": date_time(m)}})));
            }
            _ => {}
        }
    }
    r.some("subject", subject.cloned());
    r.list("author", author.into_iter());
    r.some("custodian", custodian);
    r.list(
        "securityLabel",
        input
            .reading
            .header
            .confidentiality
            .iter()
            .map(|c| json!({"coding": [{"system": uri(&c.system), "code": c.code}]})),
    );
    r.some(
        "content",
        Some(json!([{"attachment": {
            "contentType": input.reading.media_type,
            "url": format!("urn:sha256:{}", sha256.0),
        }}])),
    );
    r.finish()
}

/// A patient as FR Core writes one.
pub fn patient(p: &PatientIdentity) -> Value {
    let mut r = Object::default();
    r.some("resourceType", Some(json!("Patient")));
    let ins = p.ins.iter().map(|i| {
        json!({
            "use": "official",
            "type": {"coding": [{"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": ins_type(&i.oid)}]},
            "system": urn(&i.oid),
            "value": i.value.0,
        })
    });
    let others = p.identifiers.iter().filter(|i| !i.value.is_empty()).map(|i| {
        let mut o = Object::default();
        o.some("system", (!i.system.is_empty()).then(|| json!(uri(&i.system))));
        o.some("value", Some(json!(i.value.0)));
        o.finish()
    });
    r.list("identifier", ins.chain(others).collect::<Vec<_>>().into_iter());
    let mut names = Vec::new();
    if p.birth_name.is_some() || p.first_name.is_some() {
        let mut n = Object::default();
        n.some("use", Some(json!("official")));
        n.some("family", p.birth_name.as_ref().map(|v| json!(v.0)));
        n.list("given", p.first_name.iter().map(|v| json!(v.0)));
        names.push(n.finish());
    }
    if p.used_name.is_some() || p.used_first_name.is_some() {
        let mut n = Object::default();
        n.some("use", Some(json!("usual")));
        n.some("family", p.used_name.as_ref().map(|v| json!(v.0)));
        n.list("given", p.used_first_name.iter().map(|v| json!(v.0)));
        names.push(n.finish());
    }
    r.list("name", names.into_iter());
    r.some(
        "gender",
        p.sex.map(|s| {
            json!(match s {
                Sex::F => "female",
                Sex::M => "male",
            })
        }),
    );
    r.some("birthDate", p.birth_date.as_ref().map(|d| json!(d.to_string())));
    r.finish()
}

fn practitioner(p: &Practitioner) -> Value {
    let mut r = Object::default();
    r.some("resourceType", Some(json!("Practitioner")));
    r.list(
        "identifier",
        p.rpps
            .iter()
            .map(|n| json!({"system": urn(system::IDNPS), "value": format!("8{}", n.as_str())})),
    );
    let mut n = Object::default();
    n.some("family", (!p.name.family.is_empty()).then(|| json!(p.name.family.0)));
    n.list("given", Some(&p.name.given).filter(|g| !g.is_empty()).map(|g| json!(g)).into_iter());
    n.list("prefix", p.name.prefix.iter().map(|v| json!(v)));
    match n.finish() {
        Value::Object(fields) if fields.is_empty() => {}
        name => r.list("name", std::iter::once(name)),
    }
    r.finish()
}

fn fact(e: &Entity, text: &str, subject: &Value) -> Option<Value> {
    let words = e.span.of(text).unwrap_or_default();
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    // Facts about relatives and suppositions are not facts about the patient.
    if words.is_empty() || e.attributes.family || e.attributes.hypothesis {
        return None;
    }
    let mut concept = Object::default();
    concept.list(
        "coding",
        e.code.iter().map(|c| {
            let mut o = Object::default();
            o.some("system", Some(json!(terminology(&c.system))));
            o.some("code", Some(json!(c.code)));
            o.some("display", c.display.as_ref().map(|d| json!(d)));
            o.finish()
        }),
    );
    concept.some("text", Some(json!(words)));
    let concept = concept.finish();
    let tag = json!({"tag": [unreviewed()]});
    match e.label.as_str() {
        "disorder" => Some(json!({
            "resourceType": "Condition", "meta": tag, "subject": subject, "code": concept,
            "verificationStatus": {"coding": [{
                "system": "http://terminology.hl7.org/CodeSystem/condition-ver-status",
                "code": if e.attributes.negated { "refuted" } else { "unconfirmed" },
            }]},
        })),
        "drug" => Some(json!({
            "resourceType": "MedicationStatement", "meta": tag, "subject": subject,
            "medicationCodeableConcept": concept,
            "status": if e.attributes.negated { "not-taken" } else { "unknown" },
        })),
        "quantity" | "result" if !e.attributes.negated => {
            let mut r = Object::default();
            r.some("resourceType", Some(json!("Observation")));
            r.some("meta", Some(tag));
            r.some("status", Some(json!("preliminary")));
            r.some("code", Some(json!({"text": e.kind.clone().unwrap_or(words)})));
            r.some("subject", Some(subject.clone()));
            if let Some(TextValue::Measure(m)) = &e.value
                && let Number::Number(n) = m.number
            {
                let mut q = Object::default();
                q.some("value", Some(json!(n)));
                q.some("unit", m.unit.as_ref().map(|u| json!(u)));
                q.some(
                    "comparator",
                    m.operator
                        .as_ref()
                        .filter(|o| ["<", "<=", ">", ">="].contains(&o.as_str()))
                        .map(|o| json!(o)),
                );
                r.some("valueQuantity", Some(q.finish()));
            }
            Some(r.finish())
        }
        _ => None,
    }
}

/// A coding, its system as an address.
pub fn coding(c: &Coding) -> Value {
    let mut o = Object::default();
    o.some("system", Some(json!(uri(&c.system))));
    o.some("code", Some(json!(c.code)));
    o.some("display", c.display.as_ref().map(|d| json!(d)));
    o.finish()
}

/// A `dateTime`. FHIR wants a zone with a time: without one, only the date is said.
pub fn date_time(m: &Moment) -> String {
    match (m.minute, m.offset_minutes) {
        (Some(_), Some(_)) => {
            let s = crate::header::moment(m);
            // Seconds are mandatory in a FHIR dateTime with a time.
            s.get(..16).zip(s.get(16..)).map_or_else(
                || m.date.to_string(),
                |(to_minute, zone)| format!("{to_minute}:00{zone}"),
            )
        }
        _ => m.date.to_string(),
    }
}

/// The address of a terminology known by a short name (`cim10`, `atc`, `loinc`).
pub fn terminology(short: &str) -> String {
    match short {
        "cim10" => urn(system::CIM10),
        "atc" => "http://www.whocc.no/atc".to_owned(),
        "loinc" => "http://loinc.org".to_owned(),
        other => format!("urn:relu:terminology:{other}"),
    }
}

fn uri(system_id: &str) -> String {
    match system_id {
        system::LOINC => "http://loinc.org".to_owned(),
        s if s.bytes().all(|b| b.is_ascii_digit() || b == b'.') => urn(s),
        s if s.contains(':') && !s.contains(char::is_whitespace) => s.to_owned(),
        s => format!("urn:relu:system:{}", s.replace(|c: char| !c.is_ascii_alphanumeric(), "-")),
    }
}

fn urn(oid: &str) -> String {
    format!("urn:oid:{oid}")
}

fn ins_type(oid: &str) -> &'static str {
    match oid {
        system::INS_NIA => "INS-NIA",
        system::INS_NIR_TEST => "INS-NIR-TEST",
        system::INS_NIR_DEMO => "INS-NIR-DEMO",
        _ => "INS-NIR",
    }
}
