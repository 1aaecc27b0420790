//! IHE XDM archives (`IHE_XDM.ZIP` of MSSanté), and plain ZIP files.
//!
//! Reading: no text of its own; one part per document that `METADATA.XML` announces, each with the
//! header that the metadata give it (patient, type, author, title, visibility codes); files that
//! the metadata do not announce are parts too. A plain archive gives its files as parts.
//! Names are read case-insensitively; the order of the archive is not trusted.
//!
//! Findings: `xdm-hash`, `xdm-size`, `xdm-missing`, `xdm-extra`, `xdm-no-metadata`…
//! Refusals: `archive-bomb`, `encrypted`, `damaged`, `unknown-format` (other office files).
//! Sources: IHE ITI TF-2 §3.32; ebRIM 3.0; `interop-fr` fact sheet §7.

mod metadata;
mod sha1;

pub(crate) use sha1::hex as sha1_hex;

use relu_record::{Budget, Format, Header, Part, Reading, Refusal};

use crate::archive::{self, Archive, Entry};
use crate::{Input, identity, notes, payload, xml};
use metadata::Document;

/// Reads an archive.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    // Folders and accompanying files count too: twice the documents allowed.
    let mut archive = archive::open(input.bytes, budget.max_parts.saturating_mul(2))?;
    let entries = archive.entries();
    if entries.iter().any(|e| e.name == "[Content_Types].xml" || e.name == "mimetype") {
        return Err(notes::OTHER_OFFICE.refusal());
    }
    let mut reading = Reading::new(Format::Xdm, "application/zip");
    let mut taken = Vec::new();
    let metadata: Vec<&Entry> =
        entries.iter().filter(|e| e.file_name().eq_ignore_ascii_case("METADATA.XML")).collect();
    for entry in &metadata {
        taken.push(entry.index);
        let bytes = archive.read(entry.index, budget)?;
        announced(&bytes, entry, &entries, &mut archive, &mut taken, &mut reading, budget)?;
    }
    if metadata.is_empty() {
        reading.findings.push(notes::XDM_NO_METADATA.finding());
    }
    others(&entries, &taken, !metadata.is_empty(), &mut archive, &mut reading, budget)?;
    if reading.header.patients.len() > 1 {
        reading.findings.push(notes::SEVERAL_PATIENTS.finding());
    }
    Ok(reading)
}

/// The documents of one submission set.
fn announced(
    bytes: &[u8],
    at: &Entry,
    entries: &[Entry],
    archive: &mut Archive<'_>,
    taken: &mut Vec<usize>,
    reading: &mut Reading,
    budget: &Budget,
) -> Result<(), Refusal> {
    let decoded = xml::decode(bytes);
    let tree = match xml::parse(&decoded.text, budget) {
        Ok(tree) => tree,
        Err(refusal) if refusal.code == relu_record::RefusalCode::Damaged => {
            reading.findings.push(notes::XDM_METADATA_UNREADABLE.finding());
            return Ok(());
        }
        Err(refusal) => return Err(refusal),
    };
    let folder = at.name.rsplit_once('/').map_or("", |(folder, _)| folder);
    let set = metadata::submission(tree.root_element(), &mut reading.findings);
    merge(&mut reading.header, set);
    for document in metadata::documents(tree.root_element(), &mut reading.findings) {
        for patient in &document.header.patients {
            if !reading.header.patients.iter().any(|p| same(&p.value, &patient.value)) {
                reading.header.patients.push(patient.clone());
            }
        }
        let path = if folder.is_empty() {
            document.uri.clone()
        } else {
            format!("{folder}/{}", document.uri)
        };
        let found = entries.iter().find(|e| e.name.eq_ignore_ascii_case(&path) && e.is_safe());
        let bytes = match found {
            Some(entry) => {
                taken.push(entry.index);
                let bytes = archive.read(entry.index, budget)?;
                check(&document, &bytes, reading);
                Ok(bytes)
            }
            None => {
                identity::note(&mut reading.findings, notes::XDM_MISSING.finding());
                Err(notes::MISSING_PART.refusal())
            }
        };
        push(part(&path, document, bytes), reading, budget)?;
    }
    Ok(())
}

/// The same patient, seen by the set and by a document: same INS, or all alike.
fn same(a: &relu_record::PatientIdentity, b: &relu_record::PatientIdentity) -> bool {
    a == b || (a.ins.is_some() && a.ins == b.ins)
}

fn merge(into: &mut Header, set: Header) {
    into.authors.extend(set.authors);
    into.recipients.extend(set.recipients);
    into.document_ids.extend(set.document_ids);
    into.title = into.title.take().or(set.title);
    into.date = into.date.take().or(set.date);
    into.organization = into.organization.take().or(set.organization);
}

/// Compares what is there with what the metadata say of it.
fn check(document: &Document, bytes: &[u8], reading: &mut Reading) {
    let said = document.hash.as_deref().map(str::to_ascii_lowercase);
    if said.is_some_and(|hash| hash != sha1::hex(bytes)) {
        identity::note(&mut reading.findings, notes::XDM_HASH.finding());
    }
    if document.size.is_some_and(|size| size != bytes.len() as u64) {
        identity::note(&mut reading.findings, notes::XDM_SIZE.finding());
    }
}

fn part(path: &str, document: Document, bytes: Result<Vec<u8>, Refusal>) -> Part {
    let name = path.rsplit('/').next();
    let mut part = payload::part(path, name, document.media_type.as_deref(), bytes);
    part.header = Some(Box::new(document.header));
    part
}

fn push(part: Part, reading: &mut Reading, budget: &Budget) -> Result<(), Refusal> {
    if reading.parts.len() >= budget.max_parts {
        return Err(notes::BOMB.refusal());
    }
    payload::add(part, reading);
    Ok(())
}

/// Files that no metadata announce, the accompanying ones of the profile left out.
fn others(
    entries: &[Entry],
    taken: &[usize],
    profiled: bool,
    archive: &mut Archive<'_>,
    reading: &mut Reading,
    budget: &Budget,
) -> Result<(), Refusal> {
    for entry in entries.iter().filter(|e| !taken.contains(&e.index)) {
        if !entry.is_safe() {
            identity::note(&mut reading.findings, notes::XDM_BAD_NAME.finding());
            continue;
        }
        if is_companion(entry, profiled) {
            continue;
        }
        if profiled {
            identity::note(&mut reading.findings, notes::XDM_EXTRA.finding());
        }
        let bytes = archive.read(entry.index, budget)?;
        push(
            payload::part(&entry.name, Some(entry.file_name()), None, Ok(bytes)),
            reading,
            budget,
        )?;
    }
    Ok(())
}

/// Index page, notice and style sheets of the profile; droppings of file managers.
fn is_companion(entry: &Entry, profiled: bool) -> bool {
    let name = entry.file_name().to_ascii_uppercase();
    let dropping =
        entry.name.starts_with("__MACOSX/") || matches!(name.as_str(), ".DS_STORE" | "THUMBS.DB");
    let profile = matches!(name.as_str(), "INDEX.HTM" | "INDEX.HTML" | "README.TXT")
        || name.ends_with(".XSL")
        || name.ends_with(".CSS");
    dropping || (profiled && profile)
}
