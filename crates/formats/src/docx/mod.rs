//! Word documents (OOXML): paragraphs and tables in order, headers, footnotes, footers, text boxes.
//!
//! Reading: the text as a person sees it with all changes accepted: deleted revisions are left
//! out, inserted ones are in. Tables row by row with ` | `. The title comes from the core
//! properties; the file's author and dates do not, because they are those of a template as often
//! as not. A document that holds pictures and hardly any text gives its pictures as parts.
//! Findings: `docx-revisions`. Refusals: `archive-bomb`, `encrypted`, `damaged`, `xml-dtd`.
//! Source: ECMA-376 part 1, §17.

mod body;

use relu_record::{Budget, Format, Private, Reading, Refusal, Sourced};

use crate::archive::{self, Archive, Entry};
use crate::{Input, identity, notes, payload, xml};

const MEDIA_TYPE: &str = "application/vnd.openxmlformats-officedocument.wordprocessingml.document";
const MAX_ENTRIES: usize = 5_000;
/// Fewer characters than this, and pictures may hold the document.
const HARDLY_ANY: usize = 40;

/// Reads a Word document.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    let mut archive = archive::open(input.bytes, MAX_ENTRIES)?;
    let entries = archive.entries();
    let mut reading = Reading::new(Format::Docx, MEDIA_TYPE);
    let mut out = String::new();
    let mut revised = false;
    for name in reading_order(&entries) {
        let before = out.len();
        let main = name == "word/document.xml";
        let Some(part) = member(&mut archive, &entries, &name, budget)? else { continue };
        let decoded = xml::decode(&part);
        let tree = match xml::parse(&decoded.text, budget) {
            Ok(tree) => tree,
            // The main part must be right; a broken footer must not cost the letter.
            Err(refusal) if main => return Err(refusal),
            Err(_) => continue,
        };
        revised |= body::write(tree.root_element(), &mut out);
        if !main && repeated(&out, before) {
            out.truncate(before);
        }
    }
    if !entries.iter().any(|e| e.name == "word/document.xml") {
        return Err(notes::DAMAGED_DOCX.refusal());
    }
    reading.text = Private(out.trim().to_owned());
    if revised {
        reading.findings.push(notes::DOCX_REVISIONS.finding());
    }
    if let Some(core) = member(&mut archive, &entries, "docProps/core.xml", budget)? {
        title(&core, &mut reading, budget);
    }
    if reading.text.chars().count() < HARDLY_ANY {
        pictures(&mut archive, &entries, &mut reading, budget)?;
    }
    Ok(reading)
}

/// Headers, body, notes, footers; each kind in the order of its number.
fn reading_order(entries: &[Entry]) -> Vec<String> {
    let kind = |prefix: &str| {
        let mut found: Vec<String> = entries
            .iter()
            .filter(|e| e.name.starts_with(prefix) && e.name.ends_with(".xml"))
            .map(|e| e.name.clone())
            .collect();
        found.sort();
        found
    };
    let mut order = kind("word/header");
    order.push("word/document.xml".to_owned());
    order.extend(["word/footnotes.xml".to_owned(), "word/endnotes.xml".to_owned()]);
    order.extend(kind("word/footer"));
    order
}

fn member(
    archive: &mut Archive<'_>,
    entries: &[Entry],
    name: &str,
    budget: &Budget,
) -> Result<Option<Vec<u8>>, Refusal> {
    match entries.iter().find(|e| e.name == name) {
        Some(entry) => archive.read(entry.index, budget).map(Some),
        None => Ok(None),
    }
}

/// Whether what was written from `from` on already stands before: headers of the first page and
/// of the others often say the same.
fn repeated(out: &str, from: usize) -> bool {
    let new = out.get(from..).unwrap_or("").trim();
    !new.is_empty() && out.get(..from).unwrap_or("").contains(new)
}

fn title(core: &[u8], reading: &mut Reading, budget: &Budget) {
    let decoded = xml::decode(core);
    let Ok(tree) = xml::parse(&decoded.text, budget) else { return };
    let title = xml::child(tree.root_element(), "title").and_then(xml::text);
    reading.header.title =
        title.and_then(|t| identity::some(&t)).map(|t| Sourced::new(t, "docProps/core.xml"));
}

fn pictures(
    archive: &mut Archive<'_>,
    entries: &[Entry],
    reading: &mut Reading,
    budget: &Budget,
) -> Result<(), Refusal> {
    for entry in entries.iter().filter(|e| e.name.starts_with("word/media/")) {
        if reading.parts.len() >= budget.max_parts {
            identity::note(&mut reading.findings, notes::TOO_MANY_PARTS.finding());
            break;
        }
        let bytes = archive.read(entry.index, budget)?;
        reading.parts.push(payload::part(&entry.name, Some(entry.file_name()), None, Ok(bytes)));
    }
    Ok(())
}
