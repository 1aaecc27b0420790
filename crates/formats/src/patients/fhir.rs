//! FHIR Patients: a bundle, one resource, or NDJSON (a resource a line).

use relu_record::{
    Budget, Deceased, Identifier, Moment, PatientAct, PatientEvent, Private, Refusal,
};

use super::Row;
use crate::fhir::people;
use crate::json::{self, Json};

pub(super) fn read(text: &str, source: &str, budget: &Budget) -> Result<Vec<Row>, Refusal> {
    if let Ok(root) = json::parse(text, budget) {
        let entries = root.get("entry").list();
        if entries.is_empty() {
            return Ok(vec![row(1, &root, source)]);
        }
        let all = entries.iter().map(|e| e.get("resource"));
        let patients =
            all.enumerate().filter(|(_, resource)| resource.str("resourceType") == "Patient");
        return Ok(patients.map(|(n, resource)| row(n + 1, resource, source)).collect());
    }
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    Ok(lines
        .map(|(n, line)| match json::parse(line, budget) {
            Ok(resource) => row(n + 1, &resource, source),
            Err(_) => Row { line: n + 1, event: Err("not-a-patient"), note: None },
        })
        .collect())
}

fn row(line: usize, resource: &Json, source: &str) -> Row {
    let refused = |code| Row { line, event: Err(code), note: None };
    if resource.str("resourceType") != "Patient" {
        return refused("not-a-patient");
    }
    let mut patient = people::patient(resource);
    // The logical id is the patient's number in the server that gave the list.
    if let Some(value) = crate::identity::some(resource.str("id")) {
        let kind = Some("PI".to_owned());
        patient.identifiers.push(Identifier { system: source.to_owned(), value, kind });
    }
    if !patient.identifiers.iter().any(Identifier::designates_patient) {
        return refused("no-number");
    }
    if patient.birth_name.is_none() && patient.used_name.is_none() {
        return refused("no-name");
    }
    let day = resource.str("deceasedDateTime");
    let died = !day.is_empty() || resource.str("deceasedBoolean") == "true";
    let digits: String = day.chars().take(10).filter(char::is_ascii_digit).collect();
    let date = Moment::from_digits(&digits).map(|m| Private(m.date));
    let doctor = resource.get("generalPractitioner").list().first();
    let event = PatientEvent {
        act: PatientAct::Identity,
        trigger: "fhir".to_owned(),
        sender: source.to_owned(),
        production: true,
        status_said: people::status_said(resource),
        deceased: died.then_some(Deceased { date }),
        alive: resource.str("deceasedBoolean") == "false",
        general_practitioner: doctor.and_then(people::doctor),
        patient,
        ..PatientEvent::default()
    };
    Row { line, event: Ok(event), note: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"use":"official","family":"ESSAI","given":["Jeanne"]}],"birthDate":"1950-03-12","gender":"female","deceasedDateTime":"2026-02-05","generalPractitioner":[{"display":"Dr Paul BONNET"}]}"#;

    #[test]
    fn a_bundle_and_lines_say_the_same() {
        let bundle = format!(
            "{{\"resourceType\":\"Bundle\",\"entry\":[{{\"resource\":{{\"resourceType\":\"Observation\"}}}},{{\"resource\":{ONE}}}]}}"
        );
        let of = |text: &str| read(text, "LOGI", &Budget::standard()).unwrap();
        let (bundle, lines, one) =
            (of(&bundle), of(&format!("{ONE}\n\n{ONE}\npas du json\n{{}}\n")), of(ONE));
        assert_eq!((bundle.len(), bundle[0].line, one.len()), (1, 2, 1));
        assert_eq!(bundle[0].event, one[0].event);
        let event = one[0].event.as_ref().unwrap();
        assert_eq!(event.patient.birth_name.as_ref().unwrap().as_str(), "ESSAI");
        assert_eq!(event.patient.identifiers[0].system, "LOGI");
        assert!(event.deceased.as_ref().unwrap().date.is_some());
        assert!(event.general_practitioner.is_some());
        let said: Vec<_> = lines.iter().map(|r| (r.line, r.event.is_ok())).collect();
        assert_eq!(said, [(1, true), (3, true), (4, false), (5, false)]);
    }
}
