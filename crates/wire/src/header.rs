//! The header of a document on the wire: every value with the `path` it was read from.

use relu_record::{Header, Identifier, Organization, PatientIdentity, Practitioner, Recipient};
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A header as a JSON object without empty fields.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct HeaderLine(Value);

impl From<&Header> for HeaderLine {
    fn from(h: &Header) -> HeaderLine {
        let mut out = Object::default();
        out.list("patients", h.patients.iter().map(|p| sourced(patient(&p.value), &p.path)));
        out.list("authors", h.authors.iter().map(|a| sourced(practitioner(&a.value), &a.path)));
        out.some(
            "organization",
            h.organization.as_ref().map(|o| sourced(organization(&o.value), &o.path)),
        );
        out.list("recipients", h.recipients.iter().map(|r| sourced(recipient(&r.value), &r.path)));
        out.some("type", h.document_type.as_ref().map(|t| sourced(json!({"code": t.value.code, "system": t.value.system, "label": t.value.display}), &t.path)));
        out.some("title", h.title.as_ref().map(|t| json!(t.value.0)));
        out.some(
            "date",
            h.date.as_ref().map(|d| sourced(json!({"value": moment(&d.value)}), &d.path)),
        );
        out.some(
            "act_date",
            h.act_date.as_ref().map(|d| sourced(json!({"value": moment(&d.value)}), &d.path)),
        );
        out.list("document_ids", h.document_ids.iter().map(identifier));
        out.some("set_id", h.set_id.as_ref().map(|v| json!(v)));
        out.some("version", h.version.as_ref().map(|v| json!(v)));
        out.list("replaces", h.replaces.iter().map(|v| json!(v)));
        out.list(
            "confidentiality",
            h.confidentiality.iter().map(|c| json!({"code": c.code, "system": c.system})),
        );
        out.some("encounter", h.encounter.as_ref().map(identifier));
        out.some("message_type", h.message_type.as_ref().map(|v| json!(v)));
        HeaderLine(out.finish())
    }
}

/// A moment as ISO 8601, as far as it is known.
pub(crate) fn moment(m: &relu_record::Moment) -> String {
    let mut s = m.date.to_string();
    if let Some(minute) = m.minute {
        s.push_str(&format!("T{:02}:{:02}", minute / 60, minute % 60));
        if let Some(o) = m.offset_minutes {
            let sign = if o < 0 { '-' } else { '+' };
            s.push_str(&format!("{sign}{:02}:{:02}", o.abs() / 60, o.abs() % 60));
        }
    }
    s
}

/// A patient in the field names of the contract, `sex` as `F`, `M`.
pub(crate) fn patient(p: &PatientIdentity) -> Value {
    let mut out = Object::default();
    for (key, value) in [
        ("birth_name", &p.birth_name),
        ("first_name", &p.first_name),
        ("birth_first_names", &p.birth_first_names),
        ("used_name", &p.used_name),
        ("used_first_name", &p.used_first_name),
    ] {
        out.some(key, value.as_ref().map(|v| json!(v.0)));
    }
    out.some("birth_date", p.birth_date.as_ref().map(|d| json!(d.to_string())));
    out.some("sex", p.sex.map(|s| json!(s)));
    out.some("birth_place", p.birth_place.as_ref().map(|v| json!(v.0)));
    out.some("ins", p.ins.as_ref().map(|i| json!({"value": i.value.0, "oid": i.oid})));
    out.some("ins_status", Some(json!(p.ins_status)));
    out.list("identifiers", p.identifiers.iter().map(identifier));
    out.some("address", p.address.as_ref().map(|v| json!(v.0)));
    out.list("telecom", p.telecom.iter().map(|v| json!(v.0)));
    out.finish()
}

pub(crate) fn practitioner(p: &Practitioner) -> Value {
    let mut out = Object::default();
    out.some("name", Some(json!(p.name.full())));
    out.some("rpps", p.rpps.as_ref().map(|r| json!(r.as_str())));
    out.some("specialty", p.specialty.as_ref().map(|s| json!(s)));
    out.finish()
}

pub(crate) fn organization(o: &Organization) -> Value {
    let mut out = Object::default();
    out.some("name", Some(json!(o.name)));
    out.some("finess", o.finess.as_ref().map(|f| json!(f.as_str())));
    out.finish()
}

pub(crate) fn recipient(r: &Recipient) -> Value {
    let mut out = Object::default();
    if let Some(p) = &r.practitioner {
        out.some("name", Some(json!(p.name.full())));
        out.some("rpps", p.rpps.as_ref().map(|r| json!(r.as_str())));
    }
    out.some("organization", r.organization.as_ref().map(|o| json!(o.name)));
    out.some("address", r.address.as_ref().map(|a| json!(a.0)));
    out.finish()
}

fn identifier(i: &Identifier) -> Value {
    let mut out = Object::default();
    out.some("system", (!i.system.is_empty()).then(|| json!(i.system)));
    out.some("value", Some(json!(i.value.0)));
    out.some("kind", i.kind.as_ref().map(|k| json!(k)));
    out.finish()
}

fn sourced(value: Value, path: &str) -> Value {
    match value {
        Value::Object(mut fields) => {
            fields.insert("path".to_owned(), json!(path));
            Value::Object(fields)
        }
        other => json!({"value": other, "path": path}),
    }
}

/// An object to which absent values leave no trace.
#[derive(Default)]
pub(crate) struct Object(Map<String, Value>);

impl Object {
    pub(crate) fn some(&mut self, key: &str, value: Option<Value>) {
        if let Some(value) = value {
            self.0.insert(key.to_owned(), value);
        }
    }

    pub(crate) fn list(&mut self, key: &str, values: impl Iterator<Item = Value>) {
        let values: Vec<Value> = values.collect();
        if !values.is_empty() {
            self.0.insert(key.to_owned(), Value::Array(values));
        }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}
