//! Resources to readable French lines and entries, in a fixed way.
//!
//! A document (Composition) shows its narratives, which are what its author signed; other files
//! show one line per statement.

use relu_record::{Entry, Private, Span};

use super::header::{coding, moment};
use super::resources::{Held, Resources};
use crate::identity::{join, some};
use crate::json::Json;
use crate::text::html;

pub(super) fn write(all: &Resources<'_>, entries: &mut Vec<Entry>) -> String {
    let mut out = String::new();
    let document = all.iter().find(|h| h.kind == "Composition");
    if let Some(composition) = document {
        line(&mut out, composition.json.str("title"));
        let before = out.len();
        for section in composition.json.get("section").list() {
            sections(section, 0, &mut out);
        }
        let narrated = out.len() > before;
        statements(all, (!narrated).then_some(&mut out), entries);
    } else {
        statements(all, Some(&mut out), entries);
    }
    out
}

fn line(out: &mut String, text: &str) -> Option<Span> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    let start = out.len();
    out.push_str(text);
    let end = out.len();
    out.push('\n');
    Some(Span::new(start, end))
}

fn sections(section: &Json, depth: usize, out: &mut String) {
    if depth > 10 {
        return;
    }
    if !out.is_empty() {
        out.push('\n');
    }
    let title =
        [section.str("title"), section.str("code/text"), section.str("code/coding/display")];
    line(out, title.into_iter().find(|t| !t.is_empty()).unwrap_or(""));
    line(out, &html::to_text(section.str("text/div")));
    for inner in section.get("section").list() {
        sections(inner, depth + 1, out);
    }
}

/// Entries for every clinical resource, and their lines when `out` is given.
fn statements(all: &Resources<'_>, mut out: Option<&mut String>, entries: &mut Vec<Entry>) {
    for held in all.iter() {
        let said = statement(held, all);
        for (mut entry, words) in said {
            if let Some(out) = out.as_deref_mut() {
                entry.span = line(out, &words);
            }
            if !entry.kind.is_empty() {
                entries.push(entry);
            }
        }
    }
}

/// What a resource states: entries with their lines; a line alone has an entry without kind.
fn statement(held: &Held<'_>, all: &Resources<'_>) -> Vec<(Entry, String)> {
    let json = held.json;
    match held.kind {
        "Observation" => observation(held),
        "MedicationRequest"
        | "MedicationStatement"
        | "MedicationAdministration"
        | "MedicationDispense" => medication(held, all),
        "Condition" => {
            let refuted = matches!(
                json.str("verificationStatus/coding/code"),
                "refuted" | "entered-in-error"
            );
            let date = first(json, &["onsetDateTime", "recordedDate"]);
            vec![simple(held, "problem", "Problème", json.get("code"), date, refuted)]
        }
        "AllergyIntolerance" => {
            let refuted = json.str("verificationStatus/coding/code") == "refuted";
            let date = first(json, &["onsetDateTime", "recordedDate"]);
            vec![simple(held, "allergy", "Allergie", json.get("code"), date, refuted)]
        }
        "Procedure" => {
            let date = first(json, &["performedDateTime", "performedPeriod/start"]);
            let undone = json.str("status") == "not-done";
            vec![simple(held, "procedure", "Acte", json.get("code"), date, undone)]
        }
        "Immunization" => {
            let undone = json.str("status") == "not-done";
            let date = json.str("occurrenceDateTime");
            vec![simple(held, "immunization", "Vaccination", json.get("vaccineCode"), date, undone)]
        }
        "DiagnosticReport" => {
            let mut out = vec![words(&label(json.get("code")))];
            out.push(words(&prefixed("Conclusion", json.str("conclusion"))));
            out.extend(json.get("conclusionCode").list().iter().map(|c| words(&label(c))));
            out
        }
        "ServiceRequest" => {
            vec![simple(held, "other", "Demande", json.get("code"), json.str("authoredOn"), false)]
        }
        "DocumentReference" => {
            let kind = first(json, &["type/text", "type/coding/display"]).to_owned();
            let title = first(json, &["description", "content/attachment/title"]);
            vec![words(&join(["Document", &join([kind.as_str(), title], ", ")], " : "))]
        }
        "Communication" => {
            let text = json.get("payload").list().iter().map(|p| p.str("contentString"));
            text.map(words).collect()
        }
        "QuestionnaireResponse" => {
            let mut out = Vec::new();
            answers(json, 0, &mut out);
            out
        }
        _ => Vec::new(),
    }
}

fn words(text: &str) -> (Entry, String) {
    (Entry::default(), text.to_owned())
}

fn prefixed(prefix: &str, text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{prefix} : {text}") }
}

fn first<'j>(json: &'j Json, members: &[&str]) -> &'j str {
    members.iter().map(|m| json.str(m)).find(|t| !t.is_empty()).unwrap_or("")
}

/// The words of a concept: its text, or the first label, or the code.
fn label(concept: &Json) -> String {
    let coded = concept.get("coding").list();
    let display = coded.iter().map(|c| c.str("display")).find(|d| !d.is_empty());
    let code = coded.iter().map(|c| c.str("code")).find(|d| !d.is_empty());
    [concept.str("text"), display.unwrap_or(""), code.unwrap_or("")]
        .into_iter()
        .find(|t| !t.is_empty())
        .unwrap_or("")
        .to_owned()
}

fn simple(
    held: &Held<'_>,
    kind: &str,
    prefix: &str,
    concept: &Json,
    date: &str,
    negated: bool,
) -> (Entry, String) {
    let name = label(concept);
    let entry = Entry {
        path: held.path.clone(),
        kind: if name.is_empty() { "" } else { kind }.to_owned(),
        code: coding(concept),
        label: some(&name),
        date: moment(date),
        negated,
        ..Entry::default()
    };
    let mut text = prefixed(prefix, &name);
    if negated {
        text.push_str(" (écarté ou non réalisé)");
    }
    if let (Some(moment), false) = (entry.date, text.is_empty()) {
        text.push_str(&format!(", {}", moment.date.to_french()));
    }
    let notes: Vec<&str> = held.json.get("note").list().iter().map(|n| n.str("text")).collect();
    (entry, join([text.as_str(), &join(notes, " ; ")], ". "))
}

fn observation(held: &Held<'_>) -> Vec<(Entry, String)> {
    let json = held.json;
    let date = moment(first(json, &["effectiveDateTime", "effectivePeriod/start", "issued"]));
    let mut out = vec![one_observation(json, &held.path, date)];
    for (i, component) in json.get("component").list().iter().enumerate() {
        out.push(one_observation(component, &format!("{}.component[{i}]", held.path), date));
    }
    for note in json.get("note").list() {
        out.push(words(note.str("text")));
    }
    out
}

fn one_observation(json: &Json, path: &str, date: Option<relu_record::Moment>) -> (Entry, String) {
    let (value, unit) = value(json);
    let flag = coding(json.at("interpretation"));
    let entry = Entry {
        path: path.to_owned(),
        kind: "observation".to_owned(),
        code: coding(json.get("code")),
        label: some(&label(json.get("code"))),
        value: some(&value),
        unit: some(&unit).map(Private::into_inner),
        range: range(json.at("referenceRange")),
        flag: flag.map(|c| c.code),
        date,
        ..Entry::default()
    };
    let mut text =
        join([label(json.get("code")).as_str(), &join([value.as_str(), &unit], " ")], " : ");
    if let Some(range) = &entry.range {
        text.push_str(&format!(" ({range})"));
    }
    if let Some(flag) = &entry.flag {
        text.push_str(&format!(" {flag}"));
    }
    (entry, text)
}

/// `value[x]`, and its unit.
fn value(json: &Json) -> (String, String) {
    let quantity = json.get("valueQuantity");
    if !quantity.is_null() {
        return amount(quantity);
    }
    let concept = json.get("valueCodeableConcept");
    if !concept.is_null() {
        return (label(concept), String::new());
    }
    let range = json.get("valueRange");
    if !range.is_null() {
        let (low, unit) = amount(range.get("low"));
        let (high, other) = amount(range.get("high"));
        return (join([low.as_str(), &high], " - "), if unit.is_empty() { other } else { unit });
    }
    let ratio = json.get("valueRatio");
    if !ratio.is_null() {
        let side = |n: &str| {
            let (v, u) = amount(ratio.get(n));
            join([v.as_str(), &u], " ")
        };
        return (join([side("numerator").as_str(), &side("denominator")], " / "), String::new());
    }
    if let Some(flag) = json.get("valueBoolean").text() {
        return (if flag == "true" { "oui" } else { "non" }.to_owned(), String::new());
    }
    let plain =
        ["valueString", "valueInteger", "valueDecimal", "valueDateTime", "valueTime", "valueDate"];
    if let Some(text) = plain.iter().find_map(|m| json.get(m).text()) {
        return (text.to_owned(), String::new());
    }
    (label(json.get("dataAbsentReason")), String::new())
}

fn amount(quantity: &Json) -> (String, String) {
    let value = join([quantity.str("comparator"), quantity.str("value")], " ");
    (value, first(quantity, &["unit", "code"]).to_owned())
}

fn range(range: &Json) -> Option<String> {
    if let Some(text) = some(range.str("text")) {
        return Some(text.into_inner());
    }
    match (range.str("low/value"), range.str("high/value")) {
        ("", "") => None,
        (low, "") => Some(format!(">= {low}")),
        ("", high) => Some(format!("<= {high}")),
        (low, high) => Some(format!("{low} - {high}")),
    }
}

fn medication(held: &Held<'_>, all: &Resources<'_>) -> Vec<(Entry, String)> {
    let json = held.json;
    let referenced = all.resolve(held, json.str("medicationReference/reference"));
    let concept = match referenced {
        Some(found) => found.json.get("code"),
        None => json.get("medicationCodeableConcept"),
    };
    let mut name = label(concept);
    if name.is_empty() {
        name = first(json, &["medicationReference/display"]).to_owned();
    }
    if name.is_empty()
        && let Some(found) = referenced
    {
        // A compounded or named-only product: its ingredients.
        let parts: Vec<String> = found
            .json
            .get("ingredient")
            .list()
            .iter()
            .map(|i| label(i.get("itemCodeableConcept")))
            .collect();
        name = join(parts.iter().map(String::as_str), " + ");
    }
    let dosages =
        ["dosageInstruction", "dosage"].iter().map(|m| json.get(m)).find(|d| !d.is_null());
    let rendered = json
        .get("extension")
        .list()
        .iter()
        .filter(|e| e.str("url").contains("renderedDosageInstruction"))
        .map(|e| first(e, &["valueMarkdown", "valueString"]))
        .find(|t| !t.is_empty());
    let structured: Vec<String> = dosages.map_or(&[][..], Json::list).iter().map(dosage).collect();
    let posology = match rendered {
        Some(text) => text.to_owned(),
        None => join(structured.iter().map(String::as_str), " ; puis "),
    };
    let dose = dosages.map(|d| d.at("doseAndRate/doseQuantity"));
    let entry = Entry {
        path: held.path.clone(),
        kind: if name.is_empty() { "" } else { "medication" }.to_owned(),
        code: coding(concept),
        label: some(&name),
        value: dose.and_then(|d| some(d.str("value"))),
        unit: dose.and_then(|d| some(first(d, &["unit", "code"]))).map(Private::into_inner),
        date: moment(first(
            json,
            &["authoredOn", "effectiveDateTime", "effectivePeriod/start", "whenHandedOver"],
        )),
        negated: json.str("doNotPerform") == "true" || json.str("status") == "not-taken",
        ..Entry::default()
    };
    let mut out = vec![(entry, prefixed("Médicament", &join([name.as_str(), &posology], " : ")))];
    let supply = json.get("dispenseRequest");
    let (days, unit) = amount(supply.get("expectedSupplyDuration"));
    out.push(words(&prefixed("Durée", &join([days.as_str(), french_unit(&unit)], " "))));
    out.push(words(&prefixed("Renouvellements", supply.str("numberOfRepeatsAllowed"))));
    for reason in json.get("reasonCode").list() {
        out.push(words(&prefixed("Motif", &label(reason))));
    }
    for note in json.get("note").list() {
        out.push(words(note.str("text")));
    }
    out
}

/// One dosage instruction: its own words, or its structure read out.
fn dosage(dosage: &Json) -> String {
    if let Some(text) = some(first(dosage, &["text", "patientInstruction"])) {
        return text.into_inner();
    }
    let repeat = dosage.at("timing/repeat");
    let mut said = Vec::new();
    let each = dosage.at("doseAndRate");
    let (dose, unit) = amount(each.get("doseQuantity"));
    said.push(join([dose.as_str(), &unit], " "));
    let (low, unit) = amount(each.at("doseRange/low"));
    let (high, _) = amount(each.at("doseRange/high"));
    if !low.is_empty() || !high.is_empty() {
        said.push(join([join([low.as_str(), &high], " à ").as_str(), &unit], " "));
    }
    said.push(rhythm(repeat));
    for day in repeat.get("dayOfWeek").list() {
        said.push(french_day(day.text().unwrap_or("")).to_owned());
    }
    for hour in repeat.get("timeOfDay").list() {
        let hour = hour.text().unwrap_or("");
        said.push(format!("à {}", hour.get(..5).unwrap_or(hour)));
    }
    for when in repeat.get("when").list() {
        said.push(french_when(when.text().unwrap_or("")).to_owned());
    }
    let bounds = repeat.get("boundsDuration");
    let (lasting, unit) = amount(bounds);
    let unit = first(bounds, &["code"]).to_owned()
        + if bounds.str("code").is_empty() { &unit } else { "" };
    if !lasting.is_empty() {
        said.push(format!("pendant {lasting} {}", french_unit(&unit)));
    }
    if dosage.str("asNeededBoolean") == "true" || !dosage.get("asNeededCodeableConcept").is_null() {
        said.push(join(["si besoin", &label(dosage.get("asNeededCodeableConcept"))], " : "));
    }
    let max = dosage.at("maxDosePerPeriod");
    let (most, unit) = amount(max.get("numerator"));
    let (per, per_unit) = amount(max.get("denominator"));
    if !most.is_empty() {
        said.push(format!("maximum {most} {unit} par {per} {}", french_unit(&per_unit)));
    }
    said.push(label(dosage.get("route")));
    said.extend(dosage.get("additionalInstruction").list().iter().map(label));
    join(said.iter().map(String::as_str), ", ")
}

fn rhythm(repeat: &Json) -> String {
    let (times, period) = (repeat.str("frequency"), repeat.str("period"));
    if period.is_empty() {
        return String::new();
    }
    let times = if times.is_empty() { "1" } else { times };
    let most = repeat.str("frequencyMax");
    let times = if most.is_empty() { times.to_owned() } else { format!("{times} à {most}") };
    let unit = french_unit(repeat.str("periodUnit"));
    if period == "1" {
        format!("{times} fois par {unit}")
    } else {
        format!("{times} fois tous les {period} {unit}")
    }
}

fn french_unit(unit: &str) -> &str {
    match unit {
        "s" => "seconde",
        "min" => "minute",
        "h" => "heure",
        "d" => "jour",
        "wk" => "semaine",
        "mo" => "mois",
        "a" => "an",
        other => other,
    }
}

fn french_day(day: &str) -> &str {
    match day {
        "mon" => "le lundi",
        "tue" => "le mardi",
        "wed" => "le mercredi",
        "thu" => "le jeudi",
        "fri" => "le vendredi",
        "sat" => "le samedi",
        "sun" => "le dimanche",
        other => other,
    }
}

fn french_when(when: &str) -> &str {
    match when {
        "MORN" => "le matin",
        "NOON" => "à midi",
        "AFT" => "l'après-midi",
        "EVE" => "le soir",
        "NIGHT" => "la nuit",
        "HS" => "au coucher",
        "WAKE" => "au réveil",
        "C" => "au repas",
        "CM" => "au petit déjeuner",
        "CD" => "au déjeuner",
        "CV" => "au dîner",
        "AC" => "avant le repas",
        "ACM" => "avant le petit déjeuner",
        "ACD" => "avant le déjeuner",
        "ACV" => "avant le dîner",
        "PC" => "après le repas",
        "PCM" => "après le petit déjeuner",
        "PCD" => "après le déjeuner",
        "PCV" => "après le dîner",
        other => other,
    }
}

fn answers(json: &Json, depth: usize, out: &mut Vec<(Entry, String)>) {
    if depth > 10 {
        return;
    }
    for item in json.get("item").list() {
        let said: Vec<String> = item
            .get("answer")
            .list()
            .iter()
            .map(|a| {
                let coded = [a.str("valueCoding/display"), a.str("valueCoding/code")];
                let (plain, unit) = value(a);
                let plain = join([plain.as_str(), &unit], " ");
                coded.into_iter().find(|t| !t.is_empty()).map_or(plain, str::to_owned)
            })
            .collect();
        out.push(words(&join(
            [item.str("text"), &join(said.iter().map(String::as_str), ", ")],
            " : ",
        )));
        answers(item, depth + 1, out);
    }
}
