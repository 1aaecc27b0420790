//! A decided fact as a resource of the record, and where its words stand.
//!
//! Only what a clinician has decided comes here. A supposition is no fact and makes no resource; a
//! fact about a relative becomes a FamilyMemberHistory; what is said to be absent is `refuted`, `not-taken`
//! or nothing. Words are given as they stand in the document. Offsets count Unicode code points.
//! Source: FHIR R4 (4.0.1); FR Core; measures by `data/decided.toml` (LOINC, UCUM).

use std::collections::BTreeMap;
use std::sync::OnceLock;

use relu_record::{Entity, Measure, Moment, Number, TextValue};
use relu_wire::{date_time, terminology};
use serde::Deserialize;
use serde_json::{Value, json};

/// Where a fact stands.
#[derive(Clone, Copy)]
pub struct FactPlace<'a> {
    /// The text of the document.
    pub text: &'a str,
    /// Kind of the section that holds it.
    pub section: Option<&'a str>,
    /// The patient, as `Patient/…`.
    pub patient: &'a str,
    /// Date of the document.
    pub date: Option<&'a Moment>,
    /// What is said of vaccination where a vaccine is named (`REFUSED`, `PLANNED`…).
    pub vaccination: Option<&'a str>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    measure: BTreeMap<String, MeasureCode>,
    name: BTreeMap<String, String>,
    unit: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MeasureCode {
    loinc: String,
    display: String,
    units: Vec<String>,
    #[serde(default)]
    profile: Option<String>,
}

/// Longest words of an allergy that has no code, in characters.
const MOST_WORDS: usize = 100;

const FR_CORE: &str = "https://hl7.fr/ig/fhir/core/StructureDefinition/";

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    // The file is embedded and a test reads it.
    TABLE.get_or_init(|| {
        toml::from_str(include_str!("../../../data/decided.toml")).unwrap_or_default()
    })
}

/// What a kind of measure is called.
pub(crate) fn measure_name(kind: &str) -> Option<&'static str> {
    let coded = table().measure.get(kind).map(|m| m.display.as_str());
    coded.or_else(|| table().name.get(kind).map(String::as_str))
}

/// The resource that a decided fact makes; nothing when it makes none.
pub fn decided(e: &Entity, place: FactPlace<'_>) -> Option<Value> {
    let mut words = e.span.of(place.text).unwrap_or_default();
    // « allergie » alone names nothing: what it is to stands behind it.
    if e.label == "allergy" && e.code.is_none() {
        words = clause(place.text, e.span.start).unwrap_or(words);
    }
    let mut words = words.split_whitespace().collect::<Vec<_>>().join(" ");
    // A coded entry may have no words of its own.
    if words.is_empty() {
        words = e.code.as_ref().and_then(|c| c.display.clone()).unwrap_or_default();
    }
    if words.is_empty() || e.attributes.hypothesis {
        return None;
    }
    let concept = concept(e, &words);
    let negated = e.attributes.negated;
    let allergy = place.section == Some("allergies");
    match e.label.as_str() {
        "disorder" if e.attributes.family => (!negated).then(|| family(place, &concept)),
        _ if e.attributes.family => None,
        // A disorder under « Allergies » is what the allergen did, not the allergen.
        "allergy" => Some(allergic(place, &concept, negated)),
        "drug" if allergy => Some(allergic(place, &concept, negated)),
        "disorder" | "covid" | "suicide_attempt" => Some(condition(e, place, &concept)),
        "vaccine" | "immunization" => immunization(place, &concept, negated),
        "drug" if vaccine(e) => immunization(place, &concept, negated),
        "drug" => Some(json!({
            "resourceType": "MedicationStatement",
            "status": match e.status.as_deref() {
                _ if negated => "not-taken",
                Some("STOPPED") => "stopped",
                _ => "unknown",
            },
            "medicationCodeableConcept": concept,
            "subject": {"reference": place.patient},
            "dosage": dosage(e),
            "dateAsserted": place.date.map(date_time),
        })),
        "procedure" if !negated => Some(json!({
            "resourceType": "Procedure",
            "status": "completed",
            "code": concept,
            "subject": {"reference": place.patient},
        })),
        "quantity" | "result" | "score" | "tnm" | "behaviour" | "pregnancy" if !negated => {
            Some(observation(e, place, &words))
        }
        _ => None,
    }
    .map(without_nulls)
}

// From a place to the end of its clause, not far.
fn clause(text: &str, start: usize) -> Option<&str> {
    let rest = text.get(start..)?;
    let end = rest.find(['.', ';', ',', '\n']).unwrap_or(rest.len());
    let most = rest.char_indices().nth(MOST_WORDS).map_or(rest.len(), |(at, _)| at);
    rest.get(..end.min(most))
}

fn condition(e: &Entity, place: FactPlace<'_>, concept: &Value) -> Value {
    let negated = e.attributes.negated;
    let status = |system: &str, code: &str| json!({"coding": [{"system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code}]});
    json!({
        "resourceType": "Condition",
        // Whether an old problem still goes on, the words do not say.
        "clinicalStatus": (!negated && !e.attributes.history)
            .then(|| status("condition-clinical", "active")),
        "verificationStatus": status("condition-ver-status", if negated { "refuted" } else { "confirmed" }),
        "code": concept,
        "subject": {"reference": place.patient},
        "recordedDate": place.date.map(date_time),
    })
}

fn family(place: FactPlace<'_>, concept: &Value) -> Value {
    json!({
        "resourceType": "FamilyMemberHistory",
        "status": "partial",
        "patient": {"reference": place.patient},
        "date": place.date.map(date_time),
        "relationship": {"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-RoleCode", "code": "FAMMEMB",
        }]},
        "condition": [{"code": concept}],
    })
}

fn allergic(place: FactPlace<'_>, concept: &Value, negated: bool) -> Value {
    let status = |system: &str, code: &str| json!({"coding": [{"system": format!("http://terminology.hl7.org/CodeSystem/{system}"), "code": code}]});
    json!({
        "resourceType": "AllergyIntolerance",
        // Asked for whatever the verification (invariant ait-1).
        "clinicalStatus": status(
            "allergyintolerance-clinical",
            if negated { "inactive" } else { "active" },
        ),
        "verificationStatus": status(
            "allergyintolerance-verification",
            if negated { "refuted" } else { "confirmed" },
        ),
        "code": concept,
        "patient": {"reference": place.patient},
        "recordedDate": place.date.map(date_time),
    })
}

// ATC J07 holds the vaccines.
fn vaccine(e: &Entity) -> bool {
    e.code.as_ref().is_some_and(|c| c.system == "atc" && c.code.starts_with("J07"))
}

// One that is planned or put off was not given.
fn immunization(place: FactPlace<'_>, concept: &Value, negated: bool) -> Option<Value> {
    let status = match place.vaccination {
        _ if negated => return None,
        Some("REFUSED") => "not-done",
        None | Some("DONE" | "UP_TO_DATE") => "completed",
        Some(_) => return None,
    };
    Some(json!({
        "resourceType": "Immunization",
        "status": status,
        "vaccineCode": concept,
        "patient": {"reference": place.patient},
        "occurrenceString": "date non précisée",
        "recorded": place.date.map(date_time),
    }))
}

fn observation(e: &Entity, place: FactPlace<'_>, words: &str) -> Value {
    let measure = match &e.value {
        Some(TextValue::Measure(m)) => Some(m),
        _ => None,
    };
    let unit = measure.and_then(|m| m.unit.as_deref()).unwrap_or_default();
    let known = e.kind.as_deref().and_then(|k| table().measure.get(k));
    let known = known.filter(|m| measure.is_some() && m.units.iter().any(|u| u == unit));
    let words_of_code = e.code.as_ref().and_then(|c| c.display.as_deref());
    let named = e.kind.as_deref().map(|kind| measure_name(kind).unwrap_or(kind));
    let mut code = concept(e, named.or(words_of_code).unwrap_or(words));
    if let (Some(m), Value::Object(members)) = (known, &mut code) {
        let coding = json!([{"system": "http://loinc.org", "code": m.loinc, "display": m.display}]);
        members.insert("coding".into(), coding);
        members.insert("text".into(), json!(m.display));
    }
    // The profiles of vital signs want a date.
    let profile = known.and_then(|m| m.profile.as_ref()).filter(|_| place.date.is_some());
    let category = known.filter(|m| m.profile.is_some()).map(|_| {
        json!([{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/observation-category",
            "code": "vital-signs",
        }]}])
    });
    let mut out = json!({
        "resourceType": "Observation",
        "meta": profile.map(|p| json!({"profile": [format!("{FR_CORE}{p}")]})),
        "status": "final",
        "category": category,
        "code": code,
        "subject": {"reference": place.patient},
        "effectiveDateTime": place.date.map(date_time),
    });
    let Value::Object(members) = &mut out else { return out };
    match &e.value {
        Some(TextValue::Measure(m)) => match m.number {
            Number::Number(n) => {
                members.insert("valueQuantity".into(), quantity(n, m));
            }
            Number::Range([low, high]) if e.kind.as_deref() == Some("blood_pressure") => {
                // Written systolic first.
                let part = |loinc: &str, display: &str, n: f64| {
                    json!({
                        "code": {"coding": [{"system": "http://loinc.org", "code": loinc, "display": display}]},
                        "valueQuantity": quantity(n, m),
                    })
                };
                members.insert(
                    "component".into(),
                    json!([
                        part("8480-6", "Pression artérielle systolique", low.max(high)),
                        part("8462-4", "Pression artérielle diastolique", low.min(high)),
                    ]),
                );
            }
            Number::Range([low, high]) => {
                let range = json!({"low": quantity(low, m), "high": quantity(high, m)});
                members.insert("valueRange".into(), range);
            }
        },
        _ => {
            members.insert("valueString".into(), json!(words));
        }
    }
    if let Some(TextValue::Measure(Measure { range: Some(range), .. })) = &e.value {
        members.insert("referenceRange".into(), json!([{"text": range}]));
    }
    out
}

fn quantity(n: f64, m: &Measure) -> Value {
    let unit = m.unit.as_deref();
    let ucum = unit.and_then(|u| table().unit.get(u));
    let operator = m.operator.as_deref().filter(|o| ["<", "<=", ">", ">="].contains(o));
    without_nulls(json!({
        "value": n,
        "comparator": operator,
        "unit": ucum.map(String::as_str).or(unit),
        "system": ucum.map(|_| "http://unitsofmeasure.org"),
        "code": ucum,
    }))
}

fn dosage(e: &Entity) -> Option<Value> {
    let Some(TextValue::Dosage { dose, frequency, route, duration }) = &e.value else {
        return None;
    };
    let parts: Vec<&str> =
        [dose, frequency, route, duration].into_iter().flatten().map(String::as_str).collect();
    (!parts.is_empty()).then(|| json!([{"text": parts.join(", ")}]))
}

fn concept(e: &Entity, words: &str) -> Value {
    let coding = e.code.as_ref().filter(|c| !c.code.is_empty()).map(|c| {
        json!([without_nulls(json!({
            "system": terminology(&c.system), "code": c.code, "display": c.display,
        }))])
    });
    without_nulls(json!({"coding": coding, "text": words}))
}

// Members without a value are no members.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, v)| !v.is_null()).collect())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::{Attributes, FactCode, Span};

    fn fact(
        label: &str,
        kind: Option<&str>,
        words: &str,
        text: &str,
        attributes: Attributes,
    ) -> Entity {
        let start = text.find(words).unwrap();
        Entity {
            span: Span::new(start, start + words.len()),
            label: label.to_owned(),
            kind: kind.map(str::to_owned),
            attributes,
            norm: None,
            days: None,
            value: None,
            code: Some(FactCode { system: "cim10".into(), code: "E11".into(), display: None }),
            status: None,
            modality: None,
            rule: "R".into(),
            cues: Vec::new(),
        }
    }

    #[test]
    fn the_table_is_read() {
        let table: Table = toml::from_str(include_str!("../../../data/decided.toml")).unwrap();
        assert!(table.measure.values().all(|m| m.loinc.contains('-')));
        assert_eq!(table.unit["kg_per_m2"], "kg/m2");
        // Nothing is known under two names, and every kind that the text engine reads has one.
        assert!(table.name.keys().all(|kind| !table.measure.contains_key(kind)));
        let rules = include_str!("../../../../text/rules/measures.toml");
        let kinds =
            rules.lines().filter_map(|l| l.strip_prefix("kind = ")).map(|k| k.trim_matches('"'));
        let nameless: Vec<&str> = kinds.filter(|k| measure_name(k).is_none()).collect();
        assert!(nameless.is_empty(), "{nameless:?}");
    }

    #[test]
    fn context_decides_what_a_fact_becomes() {
        let text = "Diabète. Amoxicilline. Poids 72 kg";
        let place = |section| FactPlace {
            text,
            section,
            patient: "Patient/1",
            date: None,
            vaccination: None,
        };
        let with = |f: fn(&mut Attributes)| {
            let mut a = Attributes::default();
            f(&mut a);
            a
        };
        for (label, section, attributes, kind, told) in [
            ("disorder", None, Attributes::default(), Some("Condition"), "confirmed"),
            ("disorder", None, with(|a| a.negated = true), Some("Condition"), "refuted"),
            ("disorder", None, with(|a| a.family = true), Some("FamilyMemberHistory"), "partial"),
            ("disorder", None, with(|a| a.hypothesis = true), None, ""),
            ("disorder", Some("allergies"), Attributes::default(), Some("Condition"), "confirmed"),
            (
                "drug",
                Some("allergies"),
                Attributes::default(),
                Some("AllergyIntolerance"),
                "active",
            ),
            ("allergy", None, Attributes::default(), Some("AllergyIntolerance"), "confirmed"),
            ("allergy", None, with(|a| a.negated = true), Some("AllergyIntolerance"), "inactive"),
            ("allergy", None, with(|a| a.family = true), None, ""),
            ("vaccine", None, Attributes::default(), Some("Immunization"), "completed"),
            ("vaccine", None, with(|a| a.negated = true), None, ""),
            ("behaviour", None, Attributes::default(), Some("Observation"), "final"),
            ("device", None, Attributes::default(), None, ""),
            ("drug", None, with(|a| a.negated = true), Some("MedicationStatement"), "not-taken"),
            ("procedure", None, Attributes::default(), Some("Procedure"), "completed"),
            ("procedure", None, with(|a| a.negated = true), None, ""),
            ("date", None, Attributes::default(), None, ""),
        ] {
            let e = fact(label, None, "Diabète", text, attributes);
            let made = decided(&e, place(section));
            let found = made.as_ref().and_then(|m| m["resourceType"].as_str());
            assert_eq!(found, kind, "{label} {attributes:?}");
            assert!(made.is_none_or(|m| m.to_string().contains(told)));
        }
    }

    #[test]
    fn an_allergy_without_a_code_says_to_what() {
        let text = "Allergie à la pénicilline, aux acariens.";
        let mut e = fact("allergy", None, "Allergie", text, Attributes::default());
        e.code = None;
        let place =
            FactPlace { text, section: None, patient: "Patient/1", date: None, vaccination: None };
        let made = decided(&e, place).unwrap();
        assert_eq!(made["code"], json!({"text": "Allergie à la pénicilline"}));
    }

    #[test]
    fn what_was_not_given_or_goes_on_no_more_says_so() {
        let text = "Vaccin refusé. Amiodarone.";
        let place = |vaccination| FactPlace {
            text,
            section: None,
            patient: "Patient/1",
            date: None,
            vaccination,
        };
        let e = fact("vaccine", None, "Vaccin", text, Attributes::default());
        assert_eq!(decided(&e, place(Some("REFUSED"))).unwrap()["status"], "not-done");
        assert!(decided(&e, place(Some("PLANNED"))).is_none());
        let mut e = fact("drug", None, "Amiodarone", text, Attributes::default());
        e.status = Some("STOPPED".into());
        e.code = Some(FactCode { system: "local".into(), code: String::new(), display: None });
        let made = decided(&e, place(None)).unwrap();
        assert_eq!(made["status"], "stopped");
        // A code without a value is none.
        assert!(made["medicationCodeableConcept"].get("coding").is_none());
    }

    #[test]
    fn a_measure_has_its_code_and_unit() {
        let text = "Poids 72 kg, TA 13/8";
        let place =
            FactPlace { text, section: None, patient: "Patient/1", date: None, vaccination: None };
        let measure = |number, unit: &str| {
            Some(TextValue::Measure(Measure {
                number,
                unit: Some(unit.into()),
                operator: None,
                canonical: None,
                range: None,
                flag: None,
            }))
        };
        let mut e = fact("quantity", Some("weight"), "72 kg", text, Attributes::default());
        e.value = measure(Number::Number(72.0), "kg");
        let made = decided(&e, place).unwrap();
        assert_eq!(made["code"]["coding"][0]["code"], "29463-7");
        assert_eq!(made["valueQuantity"]["code"], "kg");
        e.kind = Some("blood_pressure".into());
        e.value = measure(Number::Range([130.0, 80.0]), "mmhg");
        let made = decided(&e, place).unwrap();
        assert_eq!(made["component"][0]["valueQuantity"]["value"], 130.0);
        assert_eq!(made["component"][1]["code"]["coding"][0]["code"], "8462-4");
    }
}
