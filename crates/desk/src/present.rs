//! Proposals as a person sees them: French words, details, evidence with its place on the page, and
//! the fields of the form that corrects them. [`value_from_form`] is the way back.

use relu_pipeline::attach::Field;
use relu_record::{
    BoundingBox, Coding, Entity, Evidence, Finess, HumanName, InsStatus, Moment, Number,
    Organization, Owner, PartialDate, PatientIdentity, Practitioner, Private, Proposal,
    ProposalValue, Reading, Recipient, Route, RouteAction, Rpps, Sex, Span, TextValue, ValueKind,
};

use crate::error::{DeskError, ErrorKind};
use crate::texts::{find, text, text_with};
use crate::view::{EditField, EvidenceView};

/// JDV_J07 types offered in the form: code, system, label.
pub(crate) type Types = [(String, String, String)];

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

fn recipient_line(r: &Recipient) -> String {
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

/// The words of a fact, without its code.
pub(crate) fn fact_words(e: &Entity, reading_text: &str) -> String {
    let words = match &e.value {
        Some(TextValue::Text(t)) if e.span.is_empty() => t.0.clone(),
        _ => one_line(e.span.of(reading_text).unwrap_or_default(), 160),
    };
    match words.is_empty() {
        true => e.code.as_ref().and_then(|c| c.display.clone()).unwrap_or_default(),
        false => words,
    }
}

fn fact_line(e: &Entity, reading_text: &str) -> String {
    let mut line = fact_words(e, reading_text);
    if let Some(c) = &e.code {
        line.push_str(&format!(" [{} {}]", c.system.to_uppercase(), c.code));
    }
    line
}

/// Label and value of each part of the proposal.
pub(crate) fn details(value: &ProposalValue) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    let mut add = |key: &str, v: Option<String>| {
        if let Some(v) = v.filter(|v| !v.is_empty()) {
            out.push((text("field", key), v));
        }
    };
    match value {
        ProposalValue::Patient(p) => {
            for (key, v) in patient_fields(p) {
                add(key, v);
            }
            add("ins", p.ins.as_ref().map(|i| grouped_ins(&i.value)));
            add("ins_status", Some(text("ins_status", ins_status_key(p.ins_status))));
            for i in &p.identifiers {
                let kind = i.kind.clone().unwrap_or_else(|| text("field", "identifier"));
                add("identifier", Some(format!("{} ({kind})", i.value.0)));
            }
            add("address", p.address.as_ref().map(|a| a.0.clone()));
        }
        ProposalValue::Author(p) => {
            add("rpps", p.rpps.as_ref().map(|r| r.as_str().to_owned()));
            add("specialty", p.specialty.clone());
        }
        ProposalValue::Organization(o) => {
            add("finess", o.finess.as_ref().map(|f| f.as_str().to_owned()));
        }
        ProposalValue::Fact(e) => {
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
        _ => {}
    }
    out
}

pub(crate) fn fact_value(e: &Entity) -> String {
    match &e.value {
        Some(TextValue::Measure(m)) => {
            let number = match m.number {
                Number::Number(n) => french_number(n),
                // A blood pressure is said as its two numbers, not as a range between them.
                Number::Range([a, b]) if e.kind.as_deref() == Some("blood_pressure") => {
                    format!("{}/{}", french_number(a), french_number(b))
                }
                Number::Range([a, b]) => format!("{} à {}", french_number(a), french_number(b)),
            };
            let unit = m.unit.as_deref().unwrap_or_default();
            let unit = french_unit(unit);
            let operator = m.operator.as_deref().unwrap_or_default();
            let mut line = format!("{operator} {number} {unit}").trim().to_owned();
            if let Some(range) = &m.range {
                line.push_str(&format!(" (réf. {range})"));
            }
            if let Some(flag) = &m.flag {
                line.push_str(&format!(" {flag}"));
            }
            line
        }
        Some(TextValue::Dosage { dose, frequency, route, duration }) => {
            [dose, frequency, route, duration]
                .into_iter()
                .flatten()
                .cloned()
                .collect::<Vec<_>>()
                .join(", ")
        }
        Some(TextValue::Text(t)) => t.0.clone(),
        None => e.norm.clone().unwrap_or_default(),
    }
}

/// A unit as people write it: the whole name, or each part above and below the bar.
pub(crate) fn french_unit(unit: &str) -> String {
    let one = |part: &str| find("unit", part).unwrap_or(part).to_owned();
    if let Some(whole) = find("unit", unit) {
        return whole.to_owned();
    }
    match unit.strip_prefix("per_") {
        Some(below) => format!("/{}", one(below)),
        None => unit.split("_per_").map(one).collect::<Vec<_>>().join("/"),
    }
}

fn french_number(n: f64) -> String {
    n.to_string().replace('.', ",")
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

fn patient_fields(p: &PatientIdentity) -> Vec<(&'static str, Option<String>)> {
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

/// How sure the proposal is, in words.
pub(crate) fn certainty(p: &Proposal) -> String {
    let from_header =
        p.evidence().iter().any(|e| matches!(e, Evidence::Header(_) | Evidence::Entry(_)));
    let key = match p.confidence.get() {
        c if c >= 0.9 && from_header => "header",
        c if c >= 0.9 => "sure",
        c if c >= 0.7 => "likely",
        _ => "check",
    };
    text("certainty", key)
}

/// Evidence with its words and its place on the pages.
pub(crate) fn evidence(p: &Proposal, reading: &Reading) -> Vec<EvidenceView> {
    p.evidence().iter().map(|e| one_evidence(e, reading)).collect()
}

/// One piece of evidence.
pub(crate) fn one_evidence(e: &Evidence, reading: &Reading) -> EvidenceView {
    let plain = |label| EvidenceView { label, span: None, boxes: Vec::new() };
    match e {
        Evidence::Words(span) => EvidenceView {
            label: format!("« {} »", one_line(span.of(&reading.text).unwrap_or_default(), 140)),
            span: Some(*span),
            boxes: boxes(*span, reading),
        },
        Evidence::Header(path) => plain(text_with("evidence", "header", path)),
        Evidence::Entry(path) => plain(text_with("evidence", "entry", path)),
        Evidence::Region { page, bbox } => EvidenceView {
            label: text_with("evidence", "region", &(page + 1).to_string()),
            span: None,
            boxes: vec![(*page, *bbox)],
        },
        Evidence::Record(what) => plain(text_with("evidence", "record", what)),
        Evidence::Absence(what) => plain(what.clone()),
    }
}

/// Rectangles that cover a span, words of one line joined.
fn boxes(span: Span, reading: &Reading) -> Vec<(u32, BoundingBox)> {
    let first = reading.words.partition_point(|w| w.span.end <= span.start);
    let mut out: Vec<(u32, BoundingBox)> = Vec::new();
    for w in reading.words.iter().skip(first).take_while(|w| w.span.start < span.end) {
        if let Some((page, last)) = out.last_mut()
            && *page == w.page
            && same_line(last, &w.bbox)
        {
            last.x0 = last.x0.min(w.bbox.x0);
            last.x1 = last.x1.max(w.bbox.x1);
            last.y0 = last.y0.min(w.bbox.y0);
            last.y1 = last.y1.max(w.bbox.y1);
            continue;
        }
        out.push((w.page, w.bbox));
    }
    out
}

fn same_line(a: &BoundingBox, b: &BoundingBox) -> bool {
    let overlap = a.y1.min(b.y1) - a.y0.max(b.y0);
    let height = (a.y1 - a.y0).min(b.y1 - b.y0);
    // Words that stand far apart on one line belong to other columns.
    overlap > 0.5 * height && b.x0 - a.x1 < 3.0 * height
}

fn one_line(words: &str, max: usize) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(max) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}

/// Fields of the form that corrects a value; none for values that are only accepted or refused.
pub(crate) fn edit_fields(value: &ProposalValue, types: &Types) -> Vec<EditField> {
    let field = |name: &str, input: &str, value: Option<String>| EditField {
        name: name.to_owned(),
        label: text("field", name),
        value: value.unwrap_or_default(),
        input: input.to_owned(),
        choices: Vec::new(),
    };
    match value {
        ProposalValue::Patient(p) => {
            let mut fields: Vec<EditField> = patient_fields(p)
                .into_iter()
                .filter(|(name, _)| *name != "birth_place")
                .map(|(name, v)| field(name, "text", v))
                .collect();
            for f in &mut fields {
                match f.name.as_str() {
                    "birth_date" => {
                        f.value = p.birth_date.as_ref().map(|d| d.to_string()).unwrap_or_default()
                    }
                    "sex" => {
                        f.input = "select".into();
                        f.value = match p.sex {
                            Some(Sex::F) => "F".into(),
                            Some(Sex::M) => "M".into(),
                            None => String::new(),
                        };
                        f.choices = vec![
                            (String::new(), "—".into()),
                            ("F".into(), text("sex", "F")),
                            ("M".into(), text("sex", "M")),
                        ];
                        continue;
                    }
                    _ => continue,
                }
                if p.birth_date.as_ref().is_none_or(|d| d.is_full()) {
                    f.input = "date".into();
                }
            }
            fields
        }
        ProposalValue::Author(p) => vec![
            field("prefix", "text", p.name.prefix.clone()),
            field("given", "text", Some(p.name.given.clone())),
            field("name", "text", Some(p.name.family.0.clone())),
            field("rpps", "text", p.rpps.as_ref().map(|r| r.as_str().to_owned())),
        ],
        ProposalValue::Organization(o) => vec![
            field("name", "text", Some(o.name.clone())),
            field("finess", "text", o.finess.as_ref().map(|f| f.as_str().to_owned())),
        ],
        ProposalValue::Recipient(r) => vec![field("name", "text", Some(recipient_line(r)))],
        ProposalValue::DocumentType(c) => {
            let mut f = field("code", "select", Some(c.code.clone()));
            f.choices =
                types.iter().map(|(code, _, label)| (code.clone(), label.clone())).collect();
            if !types.iter().any(|(code, ..)| *code == c.code) {
                let label = c.display.clone().unwrap_or_else(|| c.code.clone());
                f.choices.insert(0, (c.code.clone(), label));
            }
            vec![f]
        }
        ProposalValue::DocumentDate(m) => {
            let input = if m.date.is_full() { "date" } else { "text" };
            vec![field("date", input, Some(m.date.to_string()))]
        }
        ProposalValue::Fact(e) => {
            let mut f = field("polarity", "select", None);
            f.value = if e.attributes.negated { "absent" } else { "present" }.into();
            f.choices = ["present", "absent"].map(|k| (k.to_owned(), text("polarity", k))).into();
            vec![f]
        }
        ProposalValue::Destination(d) => vec![field("destination", "text", Some(d.clone()))],
        ProposalValue::SummaryLine(_)
        | ProposalValue::Check(_)
        | ProposalValue::Contradiction(_)
        | ProposalValue::Cut(_)
        | ProposalValue::Route(_) => Vec::new(),
    }
}

/// An empty value of a kind that a person may state without a proposal.
pub(crate) fn blank(kind: ValueKind) -> Option<ProposalValue> {
    Some(match kind {
        ValueKind::Patient => ProposalValue::Patient(PatientIdentity::default()),
        ValueKind::Author => ProposalValue::Author(Practitioner::default()),
        ValueKind::Organization => ProposalValue::Organization(Organization::default()),
        ValueKind::Recipient => ProposalValue::Recipient(Recipient::default()),
        ValueKind::DocumentType => ProposalValue::DocumentType(Coding::new("", "", None)),
        ValueKind::DocumentDate => ProposalValue::DocumentDate(Moment::day(PartialDate {
            year: 0,
            month: None,
            day: None,
        })),
        _ => return None,
    })
}

/// The value once the form's fields are put into it; says which field cannot be read.
pub(crate) fn value_from_form(
    before: &ProposalValue,
    form: &[(String, String)],
    types: &Types,
) -> Result<ProposalValue, DeskError> {
    let mut value = before.clone();
    for (name, given) in form {
        put(&mut value, name, given.trim(), types).ok_or_else(|| {
            DeskError::new(
                ErrorKind::User,
                "correction",
                format!("« {} » n'est pas lisible", text("field", name)),
            )
            .hint(
                "les dates s'écrivent AAAA-MM-JJ ou JJ/MM/AAAA, le RPPS a 11 chiffres, le FINESS 9",
            )
        })?;
    }
    if let (ProposalValue::Patient(old), ProposalValue::Patient(new)) = (before, &mut value)
        && traits(old) != traits(new)
    {
        // Other traits are another person until somebody has compared: the number and the
        // identifiers that came with the old ones do not follow.
        new.ins = None;
        new.ins_status = InsStatus::Provisoire;
        new.identifiers.clear();
    }
    Ok(value)
}

/// What tells one person from another in an identity.
fn traits(p: &PatientIdentity) -> impl PartialEq {
    (p.birth_name.clone(), p.first_name.clone(), p.birth_date.clone(), p.sex)
}

/// Puts one field; `None` when it cannot be read. Unknown fields are left alone.
fn put(value: &mut ProposalValue, name: &str, given: &str, types: &Types) -> Option<()> {
    let words = (!given.is_empty()).then(|| given.to_owned());
    match value {
        ProposalValue::Patient(p) => match name {
            "birth_name" => p.birth_name = words.map(Private),
            "first_name" => p.first_name = words.map(Private),
            "birth_first_names" => p.birth_first_names = words.map(Private),
            "used_name" => p.used_name = words.map(Private),
            "used_first_name" => p.used_first_name = words.map(Private),
            "birth_date" => p.birth_date = optional(words, |w| french_date(w).map(Private))?,
            "sex" => {
                p.sex = optional(words, |w| match w {
                    "F" => Some(Sex::F),
                    "M" => Some(Sex::M),
                    _ => None,
                })?;
            }
            _ => {}
        },
        ProposalValue::Author(p) => match name {
            "prefix" => p.name.prefix = words,
            "given" => p.name.given = given.to_owned(),
            "name" => p.name.family = given.into(),
            "rpps" => p.rpps = optional(words, |w| Rpps::parse(w).ok())?,
            _ => {}
        },
        ProposalValue::Organization(o) => match name {
            "name" => o.name = given.to_owned(),
            "finess" => o.finess = optional(words, |w| Finess::parse(w).ok())?,
            _ => {}
        },
        ProposalValue::Recipient(r) if name == "name" => {
            let name = HumanName { family: given.into(), ..HumanName::default() };
            *r = Recipient {
                practitioner: Some(Practitioner { name, ..Practitioner::default() }),
                ..Recipient::default()
            };
        }
        ProposalValue::DocumentType(c) if name == "code" && given != c.code => {
            let (code, system, label) = types.iter().find(|(code, ..)| code == given)?;
            *c = Coding::new(system, code, Some(label));
        }
        ProposalValue::DocumentDate(m) if name == "date" => {
            let date = french_date(given)?;
            if date != m.date {
                *m = Moment::day(date);
            }
        }
        ProposalValue::Fact(e) if name == "polarity" => e.attributes.negated = given == "absent",
        ProposalValue::Destination(d) if name == "destination" => *d = given.to_owned(),
        _ => {}
    }
    Some(())
}

/// `Some(None)` for an empty field, `None` for one that cannot be read.
fn optional<T>(words: Option<String>, read: impl Fn(&str) -> Option<T>) -> Option<Option<T>> {
    match words {
        None => Some(None),
        Some(w) => read(&w).map(Some),
    }
}

/// `1950-03-12`, `12/03/1950`, `12.03.1950`, `03/1950`, `1950`.
fn french_date(words: &str) -> Option<PartialDate> {
    if let Ok(date) = words.parse() {
        return Some(date);
    }
    let parts: Vec<u16> =
        words.split(['/', '.', ' ', '-']).map(|p| p.parse().ok()).collect::<Option<_>>()?;
    match parts.as_slice() {
        [d, m, y] => PartialDate::ymd(*y, u8::try_from(*m).ok()?, u8::try_from(*d).ok()?),
        [m, y] => PartialDate::ym(*y, u8::try_from(*m).ok()?),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jeanne() -> PatientIdentity {
        PatientIdentity {
            birth_name: Some("MARTIN".into()),
            used_name: Some("DUPONT".into()),
            first_name: Some("Jeanne".into()),
            sex: Some(Sex::F),
            birth_date: PartialDate::ymd(1950, 3, 12).map(Private),
            ..PatientIdentity::default()
        }
    }

    #[test]
    fn a_patient_on_one_line() {
        assert_eq!(patient_line(&jeanne()), "DUPONT Jeanne, née MARTIN · F · 12/03/1950");
    }

    #[test]
    fn units_are_written_as_people_write_them() {
        for (unit, wanted) in [
            ("mmol_per_l", "mmol/L"),
            ("ug_per_kg_per_min", "µg/kg/min"),
            ("per_min", "/min"),
            ("x10*9_per_l", "10⁹/L"),
            ("ml_per_min_per_173m2", "mL/min/1,73 m²"),
            ("pack_year", "paquets-années"),
            ("cm", "cm"),
        ] {
            assert_eq!(french_unit(unit), wanted);
        }
    }

    #[test]
    fn every_label_of_a_fact_has_a_french_word() {
        let rules = include_str!("../../pipeline/src/extract/rules/facts.toml");
        let rules: toml::Table = rules.parse().unwrap();
        let all = ["fact", "entry"].map(|list| rules[list].as_array().unwrap().clone()).concat();
        assert!(all.len() > 20);
        for rule in all {
            let label = rule["label"].as_str().unwrap();
            assert!(find("label", label).is_some(), "{label}");
        }
    }

    #[test]
    fn the_form_gives_back_what_it_shows_and_takes_corrections() {
        let value = ProposalValue::Patient(jeanne());
        let same: Vec<(String, String)> =
            edit_fields(&value, &[]).into_iter().map(|f| (f.name, f.value)).collect();
        assert_eq!(value_from_form(&value, &same, &[]).unwrap(), value);
        let form = [("birth_date".to_owned(), "13/03/1950".to_owned())];
        let ProposalValue::Patient(p) = value_from_form(&value, &form, &[]).unwrap() else {
            panic!("not a patient");
        };
        assert_eq!(p.birth_date.unwrap().to_string(), "1950-03-13");
        let wrong = [("birth_date".to_owned(), "31/02/1950".to_owned())];
        assert_eq!(value_from_form(&value, &wrong, &[]).unwrap_err().kind, ErrorKind::User);
    }
}
