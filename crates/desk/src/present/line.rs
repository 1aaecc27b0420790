//! A value on one line.

use relu_pipeline::attach::Field;
use relu_record::{
    Moment, Owner, PatientIdentity, Practitioner, Private, ProposalValue, Recipient, Route,
    RouteAction, Sex,
};

use super::fact::fact_line;
use crate::texts::{text, text_with};

/// The value on one line.
pub(crate) fn display(value: &ProposalValue, reading_text: &str) -> String {
    match value {
        ProposalValue::Patient(p) => patient_line(p),
        ProposalValue::Author(p) => p.name.full(),
        ProposalValue::Organization(o) => o.name.clone(),
        ProposalValue::Recipient(r) => recipient_line(r),
        ProposalValue::DocumentType(c) => c.display.clone().unwrap_or_else(|| c.code.clone()),
        ProposalValue::DocumentDate(m) => moment_line(m),
        ProposalValue::SummaryLine(t) => t.0.clone(),
        ProposalValue::Fact(e) => fact_line(e, reading_text),
        ProposalValue::Destination(d) => d.clone(),
        ProposalValue::Route(r) => route_line(r),
        ProposalValue::Cut(c) => {
            let key = if c.leave_out { "leave-out" } else { "begins" };
            text_with("cut", key, &(c.page + 1).to_string())
        }
        ProposalValue::Check(c) => c.message.clone(),
        ProposalValue::Contradiction(c) => {
            let rule = crate::desk::comparing().rule(&c.rule);
            rule.map_or_else(|| c.rule.clone(), |r| r.title.clone())
        }
    }
}

/// `DUPONT Jeanne, née MARTIN · F · 12/03/1950`.
pub(crate) fn patient_line(p: &PatientIdentity) -> String {
    let birth = p.birth_name.as_ref().map_or("", |v| v.as_str());
    let used = p.used_name.as_ref().map_or("", |v| v.as_str());
    let first = p.used_first_name.as_ref().or(p.first_name.as_ref()).map_or("", |v| v.as_str());
    let mut line = if used.is_empty() { birth } else { used }.to_owned();
    if !first.is_empty() {
        line.push(' ');
        line.push_str(first);
    }
    if !used.is_empty() && !birth.is_empty() && used != birth {
        line.push_str(if p.sex == Some(Sex::M) { ", né " } else { ", née " });
        line.push_str(birth);
    }
    if let Some(sex) = p.sex {
        line.push_str(if sex == Sex::F { " · F" } else { " · M" });
    }
    if let Some(d) = &p.birth_date {
        line.push_str(" · ");
        line.push_str(&d.to_french());
    }
    line.trim().to_owned()
}

/// One trait of an identity, as a person reads it.
pub(crate) fn trait_of(p: &PatientIdentity, field: Field) -> String {
    let joined = |values: &[&Option<Private>]| {
        let all = values.iter().filter_map(|v| v.as_ref()).map(|v| v.as_str());
        let mut once: Vec<&str> = Vec::new();
        for value in all {
            if !once.contains(&value) {
                once.push(value);
            }
        }
        once.join(" / ")
    };
    match field {
        Field::Ins => p.ins.as_ref().map_or_else(String::new, |i| i.value.0.clone()),
        Field::Identifier => {
            p.identifiers.iter().map(|i| i.value.as_str()).collect::<Vec<_>>().join(", ")
        }
        Field::BirthDate => p.birth_date.as_ref().map_or_else(String::new, |d| d.to_french()),
        Field::FamilyName => joined(&[&p.birth_name, &p.used_name]),
        Field::FirstName => joined(&[&p.first_name, &p.used_first_name]),
        Field::Names => joined(&[&p.birth_name, &p.used_name, &p.first_name]),
        Field::Sex => match p.sex {
            Some(Sex::F) => "F".to_owned(),
            Some(Sex::M) => "M".to_owned(),
            None => String::new(),
        },
        Field::BirthPlace => joined(&[&p.birth_place]),
        Field::Telecom => p.telecom.iter().map(|t| t.as_str()).collect::<Vec<_>>().join(", "),
    }
}

/// What a route does, in words, with the codes of its owners.
pub(crate) fn route_line(route: &Route) -> String {
    let to = |owner: &Owner| match owner {
        Owner::Queue(code) | Owner::Person(code) => code.clone(),
    };
    match &route.action {
        RouteAction::Assign(owner) => text_with("route", "assign", &to(owner)),
        RouteAction::Copy(owner) => text_with("route", "copy", &to(owner)),
        RouteAction::Task { label, due: None } => text_with("route", "task", label),
        RouteAction::Task { label, due: Some(due) } => {
            let due = text_with("route", "due", &due.to_french());
            format!("{} {due}", text_with("route", "task", label))
        }
        RouteAction::Tag(tag) => text_with("route", "tag", tag),
        RouteAction::Print => text("route", "print"),
        RouteAction::HandOver(to) => text_with("route", "hand-over", to),
    }
}

fn practitioner_line(p: &Practitioner) -> String {
    match &p.specialty {
        Some(s) => format!("{} ({s})", p.name.full()),
        None => p.name.full(),
    }
}

pub(super) fn recipient_line(r: &Recipient) -> String {
    let person = r.practitioner.as_ref().map(practitioner_line);
    let structure = r.organization.as_ref().map(|o| o.name.clone());
    let address = r.address.as_ref().map(|a| a.0.clone());
    [person, structure, address].into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn moment_line(m: &Moment) -> String {
    match m.minute {
        Some(minute) => {
            format!("{} à {:02} h {:02}", m.date.to_french(), minute / 60, minute % 60)
        }
        None => m.date.to_french(),
    }
}
