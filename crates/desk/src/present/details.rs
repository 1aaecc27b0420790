//! Label and value of each part of a proposal.

use relu_record::{Entity, InsStatus, PatientIdentity, Private, ProposalValue, Sex};

use super::fact::fact_value;
use crate::texts::{find, text};

/// Label and value, in the order of the screen.
type Details = Vec<(String, String)>;

/// Label and value of each part of the proposal.
pub(crate) fn details(value: &ProposalValue) -> Details {
    let mut out = Details::new();
    match value {
        ProposalValue::Patient(p) => patient(p, &mut out),
        ProposalValue::Author(p) => {
            add(&mut out, "rpps", p.rpps.as_ref().map(|r| r.as_str().to_owned()));
            add(&mut out, "specialty", p.specialty.clone());
        }
        ProposalValue::Organization(o) => {
            add(&mut out, "finess", o.finess.as_ref().map(|f| f.as_str().to_owned()));
        }
        ProposalValue::Fact(e) => fact(e, &mut out),
        _ => {}
    }
    out
}

/// Adds a part that is there.
fn add(out: &mut Details, key: &str, value: Option<String>) {
    if let Some(value) = value.filter(|v| !v.is_empty()) {
        out.push((text("field", key), value));
    }
}

fn patient(p: &PatientIdentity, out: &mut Details) {
    for (key, v) in patient_fields(p) {
        add(out, key, v);
    }
    add(out, "ins", p.ins.as_ref().map(|i| grouped_ins(&i.value)));
    add(out, "ins_status", Some(text("ins_status", ins_status_key(p.ins_status))));
    for i in &p.identifiers {
        let kind = i.kind.clone().unwrap_or_else(|| text("field", "identifier"));
        add(out, "identifier", Some(format!("{} ({kind})", i.value.0)));
    }
    add(out, "address", p.address.as_ref().map(|a| a.0.clone()));
}

fn fact(e: &Entity, out: &mut Details) {
    out.push((text("label", &e.label), fact_value(e)));
    // What the engine understood beyond the words, where the screens have a word for it.
    let said = [("fact_kind", "kind", &e.kind), ("fact_status", "status", &e.status)];
    for (table, key, value) in said {
        if let Some(word) = value.as_deref().and_then(|v| find(table, v)) {
            out.push((text("field", key), word.to_owned()));
        }
    }
    let a = e.attributes;
    for (key, on) in [
        ("negated", a.negated),
        ("hypothesis", a.hypothesis),
        ("family", a.family),
        ("history", a.history),
        ("reported_speech", a.reported_speech),
    ] {
        if on {
            out.push((text("attribute", key), String::new()));
        }
    }
}

pub(super) fn patient_fields(p: &PatientIdentity) -> Vec<(&'static str, Option<String>)> {
    let plain = |v: &Option<Private>| v.as_ref().map(|v| v.0.clone());
    vec![
        ("birth_name", plain(&p.birth_name)),
        ("first_name", plain(&p.first_name)),
        ("birth_first_names", plain(&p.birth_first_names)),
        ("used_name", plain(&p.used_name)),
        ("used_first_name", plain(&p.used_first_name)),
        ("birth_date", p.birth_date.as_ref().map(|d| d.to_french())),
        ("sex", p.sex.map(|s| text("sex", if s == Sex::F { "F" } else { "M" }))),
        ("birth_place", plain(&p.birth_place)),
    ]
}

fn grouped_ins(ins: &str) -> String {
    let cuts = [0, 1, 3, 5, 7, 10, 13, 15];
    cuts.windows(2).filter_map(|w| ins.get(w[0]..w[1])).collect::<Vec<_>>().join(" ")
}

fn ins_status_key(s: InsStatus) -> &'static str {
    match s {
        InsStatus::Provisoire => "provisoire",
        InsStatus::Recuperee => "recuperee",
        InsStatus::Validee => "validee",
        InsStatus::Qualifiee => "qualifiee",
    }
}
