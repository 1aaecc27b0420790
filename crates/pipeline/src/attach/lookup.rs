//! What to look known patients up by, so that whoever could be meant is compared.
//!
//! A base is asked a few narrow questions, never for everybody: number, birth date, surname with
//! given name. A name misread by one letter is found by the birth date, a misread date by the names.

use relu_record::{Ins, PartialDate, PatientIdentity};

use super::names::words;

/// Something a patient is found by.
#[derive(Clone, PartialEq)]
pub enum Key {
    /// The national number.
    Ins(Ins),
    /// A number of another system.
    Identifier {
        /// Authority.
        system: String,
        /// Value.
        value: String,
    },
    /// Date of birth, exactly.
    BirthDate(PartialDate),
    /// The beginning of a word of any of their names, folded.
    Name(String),
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Key::Ins(_) => "Ins([masqué])",
            Key::Identifier { .. } => "Identifier([masqué])",
            Key::BirthDate(_) => "BirthDate([masqué])",
            Key::Name(_) => "Name([masqué])",
        })
    }
}

/// The questions to ask of a base, narrow ones first; each finds the patients who have all its keys.
pub fn lookups(given: &PatientIdentity) -> Vec<Vec<Key>> {
    let mut asked: Vec<Vec<Key>> = Vec::new();
    asked.extend(given.ins.iter().map(|i| vec![Key::Ins(i.clone())]));
    asked.extend(
        given
            .identifiers
            .iter()
            .take(8)
            .map(|i| vec![Key::Identifier { system: i.system.clone(), value: i.value.0.clone() }]),
    );
    let date = given.birth_date.as_ref().map(|d| **d).filter(|d| d.is_full());
    asked.extend(date.map(|d| vec![Key::BirthDate(d)]));
    let of = |names: [&Option<relu_record::Private>; 2]| -> Vec<String> {
        let all = names.into_iter().flatten().flat_map(|n| words(n));
        all.filter(|w| w.chars().count() >= 2).take(6).collect()
    };
    let families = of([&given.birth_name, &given.used_name]);
    let firsts = of([&given.first_name, &given.used_first_name]);
    for family in &families {
        match firsts.first() {
            Some(first) => {
                asked.push(vec![Key::Name(family.clone()), Key::Name(first.clone())]);
            }
            // A surname alone, where the document gives no more.
            None => asked.push(vec![Key::Name(family.clone())]),
        }
    }
    let mut once: Vec<Vec<Key>> = Vec::with_capacity(asked.len());
    for keys in asked {
        if !once.contains(&keys) {
            once.push(keys);
        }
    }
    once
}

impl Key {
    /// Whether a patient of a base held in memory has it.
    pub fn finds(&self, known: &PatientIdentity) -> bool {
        match self {
            Key::Ins(ins) => known.ins.as_ref() == Some(ins),
            Key::Identifier { system, value } => {
                known.identifiers.iter().any(|i| i.system == *system && i.value.0 == *value)
            }
            Key::BirthDate(d) => known.birth_date.as_ref().is_some_and(|k| **k == *d),
            Key::Name(beginning) => {
                let names = [
                    &known.birth_name,
                    &known.used_name,
                    &known.first_name,
                    &known.used_first_name,
                    &known.birth_first_names,
                ];
                let mut all = names.into_iter().flatten().flat_map(|n| words(n));
                all.any(|w| w.starts_with(beginning.as_str()))
            }
        }
    }
}
