//! A person on one line, units and labels in French, and the form there and back.

use relu_record::{PartialDate, PatientIdentity, Private, ProposalValue, Sex};

use super::{edit_fields, french_unit, patient_line, value_from_form};
use crate::error::ErrorKind;
use crate::texts::find;

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
    let rules = include_str!("../../../pipeline/src/extract/rules/facts.toml");
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
