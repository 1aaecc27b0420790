//! What an ADT message tells of patients, one [`PatientEvent`] a patient group of the message.
//!
//! The stay comes from PV1, and from ZBE (IHE PAM): its unit is ZBE-7 (medical unit), else ZBE-8
//! (nursing unit), else the point of care of PV1-3. The *médecin traitant* is the ROL of role `ODRP`
//! or `PP`, else PD1-4. Times without an offset are taken as they stand: they only order messages.
//! Which trigger means what is data: `triggers.toml`. Source: HL7 v2.5 chapter 3; IHE PAM.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use relu_record::{
    Deceased, Finding, Identifier, Instant, Moment, PartialDate, PatientAct, PatientEvent, Private,
    Stay, Unit,
};

use super::er7::{Piece, Segment};
use super::header;
use crate::identity::{join, some};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    trigger: Vec<Trigger>,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Trigger {
    act: PatientAct,
    codes: Vec<String>,
    // For whoever reads the file.
    #[serde(rename = "why")]
    _why: String,
    #[serde(rename = "source")]
    _source: String,
}

static TRIGGERS: LazyLock<BTreeMap<String, PatientAct>> = LazyLock::new(|| {
    // The file is embedded and a test reads it.
    let file: File =
        toml::from_str(include_str!("triggers.toml")).unwrap_or(File { trigger: Vec::new() });
    let each = |t: Trigger| t.codes.into_iter().map(move |c| (c, t.act));
    file.trigger.into_iter().flat_map(each).collect()
});

/// The events of an ADT message; none for another message.
pub(super) fn read(segments: &[Segment]) -> Vec<PatientEvent> {
    let Some(msh) = segments.first().filter(|m| m.text(9, 1) == "ADT") else {
        return Vec::new();
    };
    let code = msh.text(9, 2);
    let act = TRIGGERS.get(&code).copied().unwrap_or(PatientAct::ByHand);
    let facility = header::facility(msh);
    let event = PatientEvent {
        act,
        sender: join([msh.text(3, 1).as_str(), facility.as_str()], "/"),
        at: at(segments, msh),
        production: !matches!(msh.text(11, 1).as_str(), "D" | "T"),
        trigger: code,
        ..PatientEvent::default()
    };
    groups(segments).into_iter().map(|g| one(&event, &facility, g)).collect()
}

/// From each PID to the next: a merge may name several pairs.
fn groups(segments: &[Segment]) -> Vec<&[Segment]> {
    let starts: Vec<usize> =
        segments.iter().enumerate().filter(|(_, s)| s.name() == "PID").map(|(i, _)| i).collect();
    let end = |n: usize| starts.get(n + 1).copied().unwrap_or(segments.len());
    starts.iter().enumerate().filter_map(|(n, start)| segments.get(*start..end(n))).collect()
}

fn one(event: &PatientEvent, facility: &str, group: &[Segment]) -> PatientEvent {
    let first = |name: &str| group.iter().find(|s| s.name() == name);
    let mut event = event.clone();
    // What is odd in the identity is said with the header.
    let mut findings: Vec<Finding> = Vec::new();
    if let Some(pid) = first("PID") {
        event.patient = header::patient(pid, &mut findings);
        header::name_authority(&mut event.patient, facility);
        event.status_said = !pid.field(32).is_empty();
        event.deceased = deceased(pid);
        event.alive = pid.text(30, 1) == "N";
    }
    let old = first("MRG").map(|mrg| identifiers(mrg.field(1), facility)).unwrap_or_default();
    event.replaced = old.into_iter().filter(Identifier::designates_patient).collect();
    event.general_practitioner = general_practitioner(group, &mut findings);
    event.stay = stay(group, facility, &mut findings);
    if let Some(stay) = event.stay.as_mut().filter(|_| event.act == PatientAct::Discharge) {
        // PV1-45 may be left empty: the movement itself is the end.
        let moved = first("ZBE").and_then(|z| Moment::from_digits(&z.text(2, 1)));
        stay.end = stay.end.or(moved).or_else(|| event.at.map(day));
    }
    event
}

/// When the sender recorded the event: EVN-2, else the time of the message.
fn at(segments: &[Segment], msh: &Segment) -> Option<Instant> {
    let evn = segments.iter().find(|s| s.name() == "EVN").map(|e| e.text(2, 1));
    evn.as_deref().and_then(instant).or_else(|| instant(&msh.text(7, 1)))
}

/// `AAAAMMJJhhmmss` as milliseconds.
fn instant(ts: &str) -> Option<Instant> {
    let moment = Moment::from_digits(ts)?;
    let minutes = moment.date.days()?.checked_mul(1440)? + i64::from(moment.minute.unwrap_or(0))
        - i64::from(moment.offset_minutes.unwrap_or(0));
    let digits = |range: std::ops::Range<usize>| -> Option<i64> {
        let d = ts.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_digit()))?;
        d.parse().ok()
    };
    let fraction = ts.get(14..15).filter(|d| *d == ".").and_then(|_| digits(15..18)).unwrap_or(0);
    Some(Instant((minutes * 60 + digits(12..14).unwrap_or(0)) * 1000 + fraction))
}

fn day(at: Instant) -> Moment {
    Moment { date: at.date(), minute: None, offset_minutes: None }
}

fn deceased(pid: &Segment) -> Option<Deceased> {
    let day = pid.text(29, 1);
    let date = PartialDate::from_digits(&day).map(Private);
    let said = matches!(pid.text(30, 1).as_str(), "Y" | "O" | "1");
    (said || date.is_some()).then_some(Deceased { date })
}

fn identifiers(field: Piece<'_>, facility: &str) -> Vec<Identifier> {
    let all = field.repetitions().filter_map(|r| header::identifier(r, Some("PI")));
    all.map(|mut i| {
        if i.system.is_empty() {
            i.system = facility.to_owned();
        }
        i
    })
    .collect()
}

fn general_practitioner(
    group: &[Segment],
    findings: &mut Vec<Finding>,
) -> Option<relu_record::Practitioner> {
    let role = group
        .iter()
        .find(|s| s.name() == "ROL" && matches!(s.text(3, 1).as_str(), "ODRP" | "PP"))
        .map(|rol| rol.field(4));
    let declared = group.iter().find(|s| s.name() == "PD1").map(|pd1| pd1.field(4));
    let person = role.or(declared)?.repetitions().next()?;
    header::xcn(person, findings)
}

fn stay(group: &[Segment], facility: &str, findings: &mut Vec<Finding>) -> Option<Stay> {
    let first = |name: &str| group.iter().find(|s| s.name() == name);
    let pv1 = first("PV1")?;
    let class = pv1.text(2, 1);
    let number = |field: Piece<'_>, kind| {
        let mut number = header::identifier(field.repetitions().next()?, Some(kind))?;
        if number.system.is_empty() {
            number.system = facility.to_owned();
        }
        Some(number)
    };
    let account = first("PID").and_then(|pid| number(pid.field(18), "AN"));
    let visit = number(pv1.field(19), "VN");
    // `N` and an empty class: an identity message that has to carry a PV1.
    if matches!(class.as_str(), "N" | "") && account.is_none() && visit.is_none() {
        return None;
    }
    let moved = first("ZBE").map(|zbe| zbe.text(2, 1)).unwrap_or_default();
    let begun = pv1.text(44, 1);
    let doctor = pv1.field(7).repetitions().next();
    Some(Stay {
        number: account.or(visit),
        unit: unit(first("ZBE"), pv1),
        start: Moment::from_digits(&begun).or_else(|| Moment::from_digits(&moved)),
        end: Moment::from_digits(&pv1.text(45, 1)),
        doctor: doctor.and_then(|d| header::xcn(d, findings)),
        class: some(&class).map(Private::into_inner),
    })
}

fn unit(zbe: Option<&Segment>, pv1: &Segment) -> Option<Unit> {
    for field in [7, 8] {
        let Some(unit) = zbe.and_then(|z| z.field(field).repetitions().next()) else { continue };
        let name = unit.component(1).text();
        let id = [10, 3].map(|c| unit.component(c).text()).into_iter().find(|v| !v.is_empty());
        match id {
            Some(code) => return Some(Unit { code, label: some(&name).map(Private::into_inner) }),
            None if !name.is_empty() => return Some(Unit { code: name, label: None }),
            None => {}
        }
    }
    let code = pv1.field(3).repetitions().next()?.component(1).sub(1).text();
    (!code.is_empty()).then_some(Unit { code, label: None })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trigger_is_told_once() {
        let file: File = toml::from_str(include_str!("triggers.toml")).unwrap();
        let codes: Vec<&String> = file.trigger.iter().flat_map(|t| &t.codes).collect();
        assert!(codes.len() > 40);
        assert_eq!(codes.len(), TRIGGERS.len(), "a code is told twice");
    }

    #[test]
    fn instants_of_messages() {
        let of = |ts| instant(ts).map(|i| i.0);
        assert_eq!(of("19700101000001"), Some(1000));
        assert_eq!(of("19700101010000.250+0100"), Some(250));
        assert_eq!(of("19700102"), Some(86_400_000));
        assert_eq!(of("hier"), None);
    }
}
