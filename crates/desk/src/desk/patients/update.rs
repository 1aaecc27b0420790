//! What a patient becomes by an event: pure, from what is known and what is said.
//!
//! A field that is not said stays. Names are said together: a used name that is no longer given is
//! no longer used. Who a patient was before stays known, so that a letter under the former name still
//! finds them. An INS comes with its status as the source says it, and is dropped when the source
//! says that the identity is not validated any more; nothing here raises a status.

use relu_record::{Identifier, InsStatus, PatientAct, PatientEvent, PatientIdentity, Stay};
use relu_vault::PatientRecord;

/// Most former identities kept; the oldest go first.
const MAX_FORMER: usize = 40;

/// The patient after the event. Another system than the master adds its numbers and nothing else.
pub(super) fn after(
    identity: &PatientIdentity,
    record: &PatientRecord,
    event: &PatientEvent,
) -> (PatientIdentity, PatientRecord) {
    let (mut next, mut after) = (identity.clone(), record.clone());
    let masters = record.master.as_ref().is_none_or(|m| *m == event.sender);
    let identifies =
        matches!(event.act, PatientAct::Identity | PatientAct::Admit | PatientAct::Merge)
            || event.act == PatientAct::Identifiers;
    if masters && identifies {
        next = identity_after(identity, event);
        after.master = Some(event.sender.clone());
        if !same_person_traits(identity, &next) {
            remember(&mut after, identity);
        }
        after.deceased = match event.alive {
            true => None,
            false => event.deceased.clone().or(after.deceased),
        };
    }
    for number in &event.patient.identifiers {
        let known = next.identifiers.contains(number);
        if !known && (number.designates_patient() || masters) {
            next.identifiers.push(number.clone());
        }
    }
    let doctor = event.general_practitioner.clone();
    after.general_practitioner = match masters {
        true => doctor.or(after.general_practitioner),
        false => after.general_practitioner.or(doctor),
    };
    after.stay = stay_after(record.stay.as_ref(), event);
    (next, after)
}

/// An identifier is no longer the patient's own, and still finds them.
pub(super) fn replace(
    identity: &mut PatientIdentity,
    record: &mut PatientRecord,
    old: &[Identifier],
) {
    let is_old = |i: &Identifier| old.iter().any(|o| o.system == i.system && o.value == i.value);
    identity.identifiers.retain(|i| !is_old(i));
    let unknown: Vec<Identifier> = old
        .iter()
        .filter(|o| !record.former.iter().any(|f| f.identifiers.contains(o)))
        .cloned()
        .collect();
    if !unknown.is_empty() {
        remember(record, &PatientIdentity { identifiers: unknown, ..Default::default() });
    }
}

fn remember(record: &mut PatientRecord, identity: &PatientIdentity) {
    if !record.former.contains(identity) && !identity.is_empty() {
        record.former.push(identity.clone());
        let over = record.former.len().saturating_sub(MAX_FORMER);
        record.former.drain(..over);
    }
}

fn same_person_traits(a: &PatientIdentity, b: &PatientIdentity) -> bool {
    a.birth_name == b.birth_name
        && a.first_name == b.first_name
        && a.used_name == b.used_name
        && a.birth_date == b.birth_date
}

fn identity_after(known: &PatientIdentity, event: &PatientEvent) -> PatientIdentity {
    let said = &event.patient;
    let mut next = known.clone();
    if said.birth_name.is_some() || said.used_name.is_some() {
        next.birth_name = said.birth_name.clone().or(next.birth_name);
        next.first_name = said.first_name.clone().or(next.first_name);
        next.birth_first_names = said.birth_first_names.clone().or(next.birth_first_names);
        next.used_name = said.used_name.clone();
        next.used_first_name = said.used_first_name.clone();
    }
    next.birth_date = said.birth_date.clone().or(next.birth_date);
    next.sex = said.sex.or(next.sex);
    next.birth_place = said.birth_place.clone().or(next.birth_place);
    next.address = said.address.clone().or(next.address);
    if !said.telecom.is_empty() {
        next.telecom = said.telecom.clone();
    }
    match &said.ins {
        Some(ins) => {
            let other = next.ins.as_ref() != Some(ins);
            next.ins = Some(ins.clone());
            if event.status_said || other {
                next.ins_status = said.ins_status;
            }
        }
        None if event.status_said => {
            next.ins_status = said.ins_status;
            if !matches!(said.ins_status, InsStatus::Qualifiee | InsStatus::Validee) {
                next.ins = None;
            } else if next.ins.is_some() && known.ins_status == InsStatus::Qualifiee {
                // The same sender said both, of the same patient.
                next.ins_status = InsStatus::Qualifiee;
            }
        }
        None => {}
    }
    next
}

fn stay_after(known: Option<&Stay>, event: &PatientEvent) -> Option<Stay> {
    let Some(said) = &event.stay else { return known.cloned() };
    let same = known.filter(|k| k.number == said.number || said.number.is_none());
    match event.act {
        PatientAct::CancelAdmit => known.filter(|_| same.is_none()).cloned(),
        PatientAct::CancelDischarge => {
            let mut stay = same.unwrap_or(said).clone();
            stay.end = None;
            Some(stay)
        }
        _ => match (same, known) {
            (Some(known), _) => Some(Stay {
                number: known.number.clone(),
                class: said.class.clone().or_else(|| known.class.clone()),
                unit: said.unit.clone().or_else(|| known.unit.clone()),
                start: match event.act {
                    PatientAct::Admit => said.start.or(known.start),
                    _ => known.start.or(said.start),
                },
                end: said.end.or(known.end),
                doctor: said.doctor.clone().or_else(|| known.doctor.clone()),
            }),
            // Another stay, told late, does not hide the one that began after it.
            (None, Some(known)) if begins_after(known, said) && known.end.is_none() => {
                Some(known.clone())
            }
            _ => Some(said.clone()),
        },
    }
}

fn begins_after(a: &Stay, b: &Stay) -> bool {
    let at = |s: &Stay| s.start.map(|m| (m.date, m.minute));
    at(a).zip(at(b)).is_some_and(|(a, b)| a > b)
}
