//! Two identities, field by field.

use relu_record::{Ins, PartialDate, PatientIdentity, Private};

use super::names::{Agreement, agreement, words};
use super::{Field, Level};

/// What each field says. A field that one side does not know says nothing.
pub(super) fn compare(given: &PatientIdentity, known: &PatientIdentity) -> Vec<(Field, Level)> {
    let mut said = Vec::with_capacity(8);
    let mut say = |field, level: Option<Level>| said.extend(level.map(|l| (field, l)));
    say(Field::Ins, ins(given.ins.as_ref(), known.ins.as_ref()));
    say(Field::Identifier, identifiers(given, known));
    say(Field::BirthDate, dates(given, known));
    if swapped(given, known) {
        say(Field::Names, Some(Level::Swapped));
    } else {
        say(Field::FamilyName, families(given, known));
        say(Field::FirstName, firsts(given, known));
    }
    say(Field::Sex, given.sex.zip(known.sex).map(|(a, b)| same(a == b)));
    let places = given.birth_place.as_ref().zip(known.birth_place.as_ref());
    say(Field::BirthPlace, places.map(|(a, b)| same(a.0.eq_ignore_ascii_case(&b.0))));
    say(Field::Telecom, telecom(given, known).then_some(Level::Same));
    said
}

fn same(equal: bool) -> Level {
    if equal { Level::Same } else { Level::Different }
}

// A number of a test authority and one of production are not compared.
fn ins(given: Option<&Ins>, known: Option<&Ins>) -> Option<Level> {
    let (a, b) = given.zip(known)?;
    if a.value == b.value {
        return Some(Level::Same);
    }
    (a.oid == b.oid).then_some(Level::Different)
}

fn identifiers(given: &PatientIdentity, known: &PatientIdentity) -> Option<Level> {
    let mut other = false;
    for a in &given.identifiers {
        let theirs = || known.identifiers.iter().filter(|b| b.system == a.system);
        if theirs().any(|b| squeeze(&a.value) == squeeze(&b.value)) {
            return Some(Level::Same);
        }
        // Numbers of different kinds (stay, patient) from one authority say nothing.
        other |= theirs().any(|b| a.kind.is_some() && a.kind == b.kind);
    }
    other.then_some(Level::Different)
}

fn squeeze(value: &str) -> String {
    value.chars().filter(char::is_ascii_alphanumeric).collect()
}

fn dates(given: &PatientIdentity, known: &PatientIdentity) -> Option<Level> {
    let (a, b) = given.birth_date.as_ref().zip(known.birth_date.as_ref())?;
    let (a, b): (PartialDate, PartialDate) = (**a, **b);
    Some(if a == b && a.is_full() {
        Level::Same
    } else if !(a.is_full() && b.is_full()) {
        let agree = |x: Option<u8>, y: Option<u8>| x.zip(y).is_none_or(|(x, y)| x == y);
        let part = a.year == b.year && agree(a.month, b.month) && agree(a.day, b.day);
        if part { Level::Part } else { Level::Different }
    } else if slip(a, b) {
        Level::Close
    } else {
        Level::Different
    })
}

// One digit misread, or day and month exchanged.
fn slip(a: PartialDate, b: PartialDate) -> bool {
    let digits = |d: PartialDate| {
        format!("{:04}{:02}{:02}", d.year, d.month.unwrap_or(0), d.day.unwrap_or(0))
    };
    let (x, y) = (digits(a), digits(b));
    let apart = x.bytes().zip(y.bytes()).filter(|(x, y)| x != y).count();
    apart == 1 || a.year == b.year && a.month == b.day && a.day == b.month
}

fn list<'p>(names: impl IntoIterator<Item = &'p Option<Private>>) -> Vec<Vec<String>> {
    let words = names.into_iter().flatten().map(|n| words(n));
    words.filter(|w| !w.is_empty()).collect()
}

fn families(given: &PatientIdentity, known: &PatientIdentity) -> Option<Level> {
    let (a, b) = (list([&given.birth_name]), list([&known.birth_name]));
    let all_a = list([&given.birth_name, &given.used_name]);
    let all_b = list([&known.birth_name, &known.used_name]);
    if all_a.is_empty() || all_b.is_empty() {
        return None;
    }
    let best = |x: &[Vec<String>], y: &[Vec<String>]| {
        x.iter().flat_map(|x| y.iter().map(move |y| agreement(x, y))).min()
    };
    if best(&a, &b) == Some(Agreement::Same) {
        return Some(Level::Same);
    }
    Some(match best(&all_a, &all_b) {
        Some(Agreement::Same) => Level::Used,
        Some(Agreement::Part) => Level::Part,
        Some(Agreement::Close) => Level::Close,
        _ => Level::Different,
    })
}

fn firsts(given: &PatientIdentity, known: &PatientIdentity) -> Option<Level> {
    let main = |p: &PatientIdentity| {
        let mut names = list([&p.first_name, &p.used_first_name]);
        if names.is_empty() {
            names.extend(list([&p.birth_first_names]));
        }
        names
    };
    let (a, b) = (main(given), main(known));
    if a.is_empty() || b.is_empty() {
        return None;
    }
    let best = a.iter().flat_map(|x| b.iter().map(move |y| agreement(x, y))).min();
    let listed = || {
        let (mine, theirs) = (list([&given.birth_first_names]), list([&known.birth_first_names]));
        let holds = |all: &[Vec<String>], one: &[Vec<String>]| {
            let holds = |n: &Vec<String>| all.iter().any(|l| n.iter().all(|w| l.contains(w)));
            one.iter().any(holds)
        };
        holds(&theirs, &a) || holds(&mine, &b)
    };
    Some(match best {
        Some(Agreement::Same) => Level::Same,
        Some(Agreement::Part) => Level::Part,
        Some(Agreement::Close) => Level::Close,
        _ if listed() => Level::List,
        Some(Agreement::Initial) => Level::Initial,
        _ => Level::Different,
    })
}

fn swapped(given: &PatientIdentity, known: &PatientIdentity) -> bool {
    let family = |p: &PatientIdentity| list([&p.birth_name, &p.used_name]);
    let first = |p: &PatientIdentity| list([&p.first_name, &p.used_first_name]);
    let meet = |x: Vec<Vec<String>>, y: Vec<Vec<String>>| {
        x.iter().any(|x| y.iter().any(|y| agreement(x, y) == Agreement::Same))
    };
    meet(family(given), first(known))
        && meet(first(given), family(known))
        && !meet(family(given), family(known))
}

fn telecom(given: &PatientIdentity, known: &PatientIdentity) -> bool {
    let key = |t: &Private| {
        let digits: String = t.chars().filter(char::is_ascii_digit).collect();
        if digits.len() >= 9 {
            digits.get(digits.len() - 9..).unwrap_or("").to_owned()
        } else {
            t.to_lowercase()
        }
    };
    given.telecom.iter().any(|a| known.telecom.iter().any(|b| key(a) == key(b)))
}
