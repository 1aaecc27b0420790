//! FHIR R4 document Bundle: Composition, Patient (INS), Practitioner, Organization, and the results
//! as Observations. Source: `interop-fr` fact sheet §9 (FR Core names of identifiers).

use serde_json::{Value, json};

use crate::compose::{Block, Composed, Style};
use crate::words::{strict, xml};

/// The document as a Bundle in JSON.
pub(crate) fn write(doc: &Composed) -> Vec<u8> {
    let c = &doc.cast;
    let p = &c.patient;
    let urn = |n: u64| {
        format!("urn:uuid:00000000-0000-4000-8000-{:012x}", (doc.serial & 0xffff_ffff_ff00) | n)
    };
    let kind = doc.layout.kind;
    let system = match kind.system {
        relu_record::system::LOINC => "http://loinc.org".to_owned(),
        oid => format!("urn:oid:{oid}"),
    };
    let mut names = vec![json!({
        "use": "official", "family": strict(&p.birth_name), "given": [strict(&p.first_name)],
        "extension": [{
            "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-patient-birth-list-given-name",
            "valueString": strict(&p.first_names.join(" "))
        }]
    })];
    if let Some(used) = &p.used_name {
        names.push(
            json!({"use": "usual", "family": strict(used), "given": [strict(&p.first_name)]}),
        );
    }
    let gender = if p.sex == relu_record::Sex::F { "female" } else { "male" };
    let patient = json!({
        "resourceType": "Patient",
        "identifier": [
            {"use": "official",
             "type": {"coding": [{"system": "https://hl7.fr/ig/fhir/core/CodeSystem/fr-core-cs-v2-0203", "code": "INS-NIR-TEST"}]},
             "system": format!("urn:oid:{}", relu_record::system::INS_NIR_TEST), "value": p.ins},
            {"use": "usual",
             "type": {"coding": [{"system": "http://terminology.hl7.org/CodeSystem/v2-0203", "code": "PI"}]},
             "system": format!("urn:oid:{}", crate::people::IPP_SYSTEM), "value": p.ipp}
        ],
        "name": names, "gender": gender, "birthDate": p.birth_date.to_string(),
        "telecom": [{"system": "phone", "value": p.phone}],
        "address": [{"line": [p.street], "postalCode": p.zip, "city": p.town}],
        "extension": [{
            "url": "http://hl7.org/fhir/StructureDefinition/patient-birthPlace",
            "valueAddress": {"city": p.birth_place_name, "extension": [{
                "url": "https://hl7.fr/ig/fhir/core/StructureDefinition/fr-core-address-insee-code",
                "valueCoding": {"system": "https://mos.esante.gouv.fr/NOS/TRE_R13-CommuneOM/FHIR/TRE-R13-CommuneOM", "code": p.birth_place}
            }]}
        }]
    });
    let author = json!({
        "resourceType": "Practitioner",
        "identifier": [{"system": "https://rpps.esante.gouv.fr", "value": c.author.rpps}],
        "name": [{"family": c.author.name.to_uppercase(), "given": [c.author.first_name], "prefix": [c.author.title]}]
    });
    let organization = json!({
        "resourceType": "Organization",
        "identifier": [{"system": "https://finess.esante.gouv.fr", "value": c.structure.finess}],
        "name": c.structure.name
    });
    let observations: Vec<(String, Value)> = doc
        .records
        .get("labo")
        .into_iter()
        .flatten()
        .filter(|r| r.len() == 5)
        .enumerate()
        .map(|(i, r)| (urn(16 + i as u64), observation(r, &c.act.to_string(), &urn(2))))
        .collect();
    let mut sections = sections(doc);
    if let (Some(first), false) = (sections.first_mut(), observations.is_empty()) {
        first["entry"] = observations.iter().map(|(u, _)| json!({"reference": u})).collect();
    }
    let composition = json!({
        "resourceType": "Composition", "status": "final",
        "language": "fr-FR",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": format!("urn:oid:{}", super::cda::document_oid(doc))},
        "type": {"coding": [{"system": system, "code": kind.code, "display": kind.label}]},
        "subject": {"reference": urn(2)}, "date": format!("{}T09:30:00+01:00", c.date),
        "author": [{"reference": urn(3)}], "custodian": {"reference": urn(4)},
        "title": kind.label, "section": sections
    });
    let mut entries = vec![
        json!({"fullUrl": urn(1), "resource": composition}),
        json!({"fullUrl": urn(2), "resource": patient}),
        json!({"fullUrl": urn(3), "resource": author}),
        json!({"fullUrl": urn(4), "resource": organization}),
    ];
    entries.extend(observations.into_iter().map(|(u, r)| json!({"fullUrl": u, "resource": r})));
    let bundle = json!({
        "resourceType": "Bundle", "type": "document",
        "identifier": {"system": "urn:ietf:rfc:3986", "value": urn(0)},
        "timestamp": format!("{}T09:30:00+01:00", c.date), "entry": entries
    });
    serde_json::to_vec_pretty(&bundle).unwrap_or_default()
}

fn observation(r: &[String], date: &str, patient: &str) -> Value {
    let number = r[1].replace(',', ".").replace(' ', "");
    let mut o = json!({
        "resourceType": "Observation", "status": "final", "code": {"text": r[0]},
        "subject": {"reference": patient}, "effectiveDateTime": date
    });
    match number.parse::<f64>() {
        Ok(n) => o["valueQuantity"] = json!({"value": n, "unit": r[2]}),
        Err(_) => o["valueString"] = json!(r[1]),
    }
    if !r[3].is_empty() {
        o["referenceRange"] = json!([{"text": r[3]}]);
    }
    if !r[4].is_empty() {
        o["interpretation"] = json!([{"coding": [{
            "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "code": r[4]}]}]);
    }
    o
}

fn sections(doc: &Composed) -> Vec<Value> {
    let mut out: Vec<(String, String)> = vec![(doc.layout.kind.label.to_owned(), String::new())];
    let mut push = |text: String| {
        if let Some((_, body)) = out.last_mut() {
            body.push_str(&text);
        }
    };
    let mut titles = Vec::new();
    for block in &doc.blocks {
        match block {
            Block::Line(l) if l.style == Style::Heading => {
                titles.push(l.text.clone());
                push(format!("\u{1}{}\u{1}", titles.len() - 1));
            }
            Block::Line(l) => push(format!("<p>{}</p>", xml(&l.text))),
            Block::Columns(_, a, b) => {
                a.iter().chain(b).for_each(|l| push(format!("<p>{}</p>", xml(&l.text))));
            }
            Block::Frame(_, lines) => {
                lines.iter().for_each(|l| push(format!("<p>{}</p>", xml(&l.text))))
            }
            Block::Table(_, rows) => {
                let rows: String = rows
                    .iter()
                    .map(|r| {
                        let cells: String =
                            r.iter().map(|c| format!("<td>{}</td>", xml(c))).collect();
                        format!("<tr>{cells}</tr>")
                    })
                    .collect();
                push(format!("<table>{rows}</table>"));
            }
            Block::Rule | Block::Space | Block::PageBreak => {}
        }
    }
    let whole = out.pop().map(|(_, b)| b).unwrap_or_default();
    let mut sections = Vec::new();
    let mut title = doc.layout.kind.label.to_owned();
    // Between two \u{1} stands the number of a title; between two numbers, a body.
    for (i, piece) in whole.split('\u{1}').enumerate() {
        if i % 2 == 1 {
            title =
                piece.parse().ok().and_then(|n: usize| titles.get(n).cloned()).unwrap_or_default();
        } else if !piece.is_empty() {
            sections.push(json!({
                "title": title,
                "text": {"status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{piece}</div>")}
            }));
        }
    }
    sections
}
