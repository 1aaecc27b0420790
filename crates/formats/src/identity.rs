//! Identifiers of people and structures as the carrier formats write them.
//!
//! A matricule whose key is wrong is kept as the source gave it, with a finding: the person who
//! re-reads must see what the document says. Nothing here raises a status.
//! Source: `interop-fr` fact sheet §1 and §2.

use relu_record::{
    Finding, Finess, Identifier, IdentityError, Ins, PartialDate, PatientIdentity, Private, Rpps,
    system,
};

use crate::notes;

/// Files an identifier of a patient where it belongs: INS by its authority, or beside.
pub(crate) fn patient_id(
    patient: &mut PatientIdentity,
    value: &str,
    authority: &str,
    kind: Option<&str>,
    findings: &mut Vec<Finding>,
) {
    let value = value.trim();
    if value.is_empty() {
        return;
    }
    if Ins::is_ins_oid(authority) {
        let ins = ins(value, authority, findings);
        match &patient.ins {
            None => patient.ins = Some(ins),
            Some(first) if *first == ins => {}
            Some(first) => {
                // An INS-NIA given beside the definitive INS-NIR is no contradiction.
                if first.oid == ins.oid {
                    note(findings, notes::INS_SEVERAL.finding());
                }
                push_id(patient, authority, value, Some("INS"));
            }
        }
        return;
    }
    let kind = if authority == system::INS_C { Some("INS-C") } else { kind };
    push_id(patient, authority, value, kind);
}

fn push_id(patient: &mut PatientIdentity, authority: &str, value: &str, kind: Option<&str>) {
    let id = Identifier {
        system: authority.to_owned(),
        value: Private::from(value),
        kind: kind.map(str::to_owned),
    };
    if !patient.identifiers.contains(&id) {
        patient.identifiers.push(id);
    }
}

/// An INS as printed; its key and shape are findings, not conditions.
pub(crate) fn ins(value: &str, oid: &str, findings: &mut Vec<Finding>) -> Ins {
    let compact: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    match Ins::parse(&compact, oid) {
        Ok(ins) => ins,
        Err(e) => {
            note(
                findings,
                match e {
                    IdentityError::BadKey => notes::INS_BAD_KEY.finding(),
                    _ => notes::INS_BAD_SHAPE.finding(),
                },
            );
            Ins { value: Private(compact), oid: oid.to_owned() }
        }
    }
}

/// An RPPS out of a national identifier (`8` + RPPS) or a bare one.
pub(crate) fn rpps(value: &str, findings: &mut Vec<Finding>) -> Option<Rpps> {
    let value = value.trim();
    // Other prefixes of the IDNPS (ADELI, FINESS, SIRET with a local number) are no RPPS.
    if value.contains('/') || (value.len() == 12 && !value.starts_with('8')) {
        return None;
    }
    let rpps = Rpps::parse(value).ok()?;
    if !rpps.has_valid_key() {
        note(findings, notes::RPPS_BAD_KEY.finding());
    }
    Some(rpps)
}

/// A FINESS out of a national identifier (`1` + FINESS) or a bare one.
pub(crate) fn finess(value: &str) -> Option<Finess> {
    let value = value.trim();
    if value.len() == 10 && !value.starts_with('1') {
        return None;
    }
    Finess::parse(value).ok()
}

/// A birth date in digits; one that is not in the calendar is a finding.
pub(crate) fn birth_date(
    digits: &str,
    findings: &mut Vec<Finding>,
) -> Option<Private<PartialDate>> {
    let digits = digits.trim();
    if digits.is_empty() {
        return None;
    }
    let date = PartialDate::from_digits(digits);
    if date.is_none() {
        note(findings, notes::BIRTH_DATE_INVALID.finding());
    }
    date.map(Private)
}

/// INSEE code of a birthplace: five characters, `2A` and `2B` included.
pub(crate) fn birth_place(code: &str) -> Option<Private> {
    let code = code.trim();
    let b = code.as_bytes();
    let shape = b.len() == 5
        && b.iter()
            .enumerate()
            .all(|(i, c)| c.is_ascii_digit() || (i == 1 && matches!(c, b'A' | b'B')));
    shape.then(|| Private::from(code))
}

/// Adds a finding once.
pub(crate) fn note(findings: &mut Vec<Finding>, finding: Finding) {
    if !findings.contains(&finding) {
        findings.push(finding);
    }
}

/// A trimmed value, when there is one.
pub(crate) fn some(value: &str) -> Option<Private> {
    let value = value.trim();
    (!value.is_empty()).then(|| Private::from(value))
}

/// Words joined by `separator`, empty ones left out.
pub(crate) fn join<'a>(words: impl IntoIterator<Item = &'a str>, separator: &str) -> String {
    let mut out = String::new();
    for word in words.into_iter().map(str::trim).filter(|w| !w.is_empty()) {
        if !out.is_empty() {
            out.push_str(separator);
        }
        out.push_str(word);
    }
    out
}
