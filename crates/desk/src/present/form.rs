//! The form that corrects a value, and the way back: [`value_from_form`].

use relu_record::{
    Coding, Finess, HumanName, InsStatus, Moment, Organization, PartialDate, PatientIdentity,
    Practitioner, Private, ProposalValue, Recipient, Rpps, Sex, ValueKind,
};

use super::details::patient_fields;
use super::line::recipient_line;
use crate::error::{DeskError, ErrorKind};
use crate::texts::text;
use crate::view::EditField;

/// JDV_J07 types offered in the form: code, system, label.
pub(crate) type Types = [(String, String, String)];

/// Fields of the form that corrects a value; none for values that are only accepted or refused.
pub(crate) fn edit_fields(value: &ProposalValue, types: &Types) -> Vec<EditField> {
    match value {
        ProposalValue::Patient(p) => patient_form(p),
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
        ProposalValue::DocumentType(c) => vec![type_field(c, types)],
        ProposalValue::DocumentDate(m) => {
            let input = if m.date.is_full() { "date" } else { "text" };
            vec![field("date", input, Some(m.date.to_string()))]
        }
        ProposalValue::Fact(e) => {
            let polarity = if e.attributes.negated { "absent" } else { "present" };
            let choices = ["present", "absent"].map(|k| (k.to_owned(), text("polarity", k)));
            vec![select("polarity", polarity, choices.into())]
        }
        ProposalValue::Destination(d) => vec![field("destination", "text", Some(d.clone()))],
        ProposalValue::SummaryLine(_)
        | ProposalValue::Check(_)
        | ProposalValue::Contradiction(_)
        | ProposalValue::Cut(_)
        | ProposalValue::Route(_) => Vec::new(),
    }
}

fn field(name: &str, input: &str, value: Option<String>) -> EditField {
    EditField {
        name: name.to_owned(),
        label: text("field", name),
        value: value.unwrap_or_default(),
        input: input.to_owned(),
        choices: Vec::new(),
    }
}

fn select(name: &str, value: &str, choices: Vec<(String, String)>) -> EditField {
    EditField { choices, ..field(name, "select", Some(value.to_owned())) }
}

fn patient_form(p: &PatientIdentity) -> Vec<EditField> {
    let shown = patient_fields(p).into_iter().filter(|(name, _)| *name != "birth_place");
    let fields = shown.map(|(name, value)| match name {
        "birth_date" => {
            // A date known in part is no day: a date field would not hold it.
            let full = p.birth_date.as_ref().is_none_or(|d| d.is_full());
            let value = p.birth_date.as_ref().map(|d| d.to_string());
            field(name, if full { "date" } else { "text" }, value)
        }
        "sex" => sex_field(p.sex),
        _ => field(name, "text", value),
    });
    fields.collect()
}

fn sex_field(sex: Option<Sex>) -> EditField {
    let value = match sex {
        Some(Sex::F) => "F",
        Some(Sex::M) => "M",
        None => "",
    };
    let choices = vec![
        (String::new(), "—".into()),
        ("F".into(), text("sex", "F")),
        ("M".into(), text("sex", "M")),
    ];
    select("sex", value, choices)
}

fn type_field(c: &Coding, types: &Types) -> EditField {
    let mut choices: Vec<_> =
        types.iter().map(|(code, _, label)| (code.clone(), label.clone())).collect();
    if !types.iter().any(|(code, ..)| *code == c.code) {
        let label = c.display.clone().unwrap_or_else(|| c.code.clone());
        choices.insert(0, (c.code.clone(), label));
    }
    select("code", &c.code, choices)
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
