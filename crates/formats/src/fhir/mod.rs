//! FHIR R4 in JSON: documents, collections, transactions and single resources.
//!
//! Reading: the header from Patient (FR Core identifiers and extensions), Composition,
//! DocumentReference, DiagnosticReport or MedicationRequest; a French text generated in a fixed way
//! (section narratives for a document, one line per statement otherwise); an entry per clinical
//! resource; inline attachments and Binary resources as parts. Numbers keep their text.
//! Nothing is fetched: an attachment known by its address only is a part that says so.
//!
//! Findings: `ins-bad-key`, `several-patients`, `fhir-remote`, `fhir-no-content`…
//! Refusals: `damaged`, `too-deep`, `work-limit`.
//! Sources: HL7 FHIR R4; FR Core 2.2; PDSm; `interop-fr` fact sheet §1, §2 and §9.

mod header;
mod lines;
pub(crate) mod people;
mod resources;

use relu_record::{Budget, Format, Private, Reading, Refusal};

use crate::json::{self, Json};
use crate::text::html;
use crate::{Input, charset, identity, notes, payload};
use resources::Resources;

/// Reads a FHIR resource.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    budget.output(input.bytes.len() as u64).map_err(notes::spent)?;
    let text = charset::decode(input.bytes).text;
    let root = json::parse(&text, budget)?;
    if root.str("resourceType").is_empty() {
        return crate::text::read(input, budget);
    }
    let all = Resources::of(&root, budget)?;
    let mut reading = Reading::new(Format::Fhir, "application/fhir+json");
    reading.header = header::read(&root, &all, &mut reading.findings);
    let mut written = lines::write(&all, &mut reading.entries);
    attachments(&all, &mut reading, budget);
    if written.trim().is_empty() {
        // A resource of another kind: its own narrative.
        written = html::to_text(root.str("text/div"));
    }
    if written.trim().is_empty() && reading.parts.is_empty() {
        reading.findings.push(notes::FHIR_NO_CONTENT.finding());
    }
    reading.text = Private(written.trim_end().to_owned());
    Ok(reading)
}

/// Attachments of documents and reports, and lone Binary resources.
fn attachments(all: &Resources<'_>, reading: &mut Reading, budget: &Budget) {
    let mut used: Vec<&Json> = Vec::new();
    for held in all.iter() {
        let (resource, members): (&Json, &[&str]) = match held.kind {
            "DocumentReference" => (held.json, &["content"]),
            "DiagnosticReport" => (held.json, &["presentedForm"]),
            "Communication" | "CommunicationRequest" => (held.json, &["payload"]),
            "Media" => (held.json, &["content"]),
            _ => continue,
        };
        for (i, item) in members.iter().flat_map(|m| resource.get(m).list()).enumerate() {
            let attachment = match held.kind {
                "DocumentReference" => item.get("attachment"),
                "Communication" | "CommunicationRequest" => item.get("contentAttachment"),
                _ => item,
            };
            if attachment.is_null() {
                continue;
            }
            let path = format!("{}/{}[{}]", held.path, members.first().unwrap_or(&""), i + 1);
            let binary = all.resolve(held, attachment.str("url")).filter(|r| r.kind == "Binary");
            used.extend(binary.map(|b| b.json));
            let data = binary.map_or(attachment.get("data"), |b| b.json.get("data"));
            let media =
                [attachment.str("contentType"), binary.map_or("", |b| b.json.str("contentType"))];
            let media = media.into_iter().find(|m| !m.is_empty());
            let name = Some(attachment.str("title")).filter(|t| !t.is_empty());
            let document = (held.kind == "DocumentReference").then_some(held.json);
            attach(&path, name, media, data, document, reading, budget);
        }
    }
    for held in
        all.iter().filter(|h| h.kind == "Binary" && !used.iter().any(|u| std::ptr::eq(*u, h.json)))
    {
        let media = Some(held.json.str("contentType")).filter(|m| !m.is_empty());
        attach(&held.path, None, media, held.json.get("data"), None, reading, budget);
    }
}

fn attach(
    path: &str,
    name: Option<&str>,
    media: Option<&str>,
    data: &Json,
    document: Option<&Json>,
    reading: &mut Reading,
    budget: &Budget,
) {
    if reading.parts.len() >= budget.max_parts {
        identity::note(&mut reading.findings, notes::TOO_MANY_PARTS.finding());
        return;
    }
    let bytes = match data.text() {
        Some(data) => payload::base64(data, budget),
        None => Err(notes::REMOTE_PART.refusal()),
    };
    if bytes.is_err() {
        let note = if data.is_null() { &notes::FHIR_REMOTE } else { &notes::PART_DAMAGED };
        identity::note(&mut reading.findings, note.finding());
    }
    let mut part = payload::part(path, name, media, bytes);
    let mut said = reading.header.clone();
    if let Some(document) = document {
        header::of_document(document, &mut said);
    }
    part.header = Some(Box::new(said));
    reading.parts.push(part);
}
