//! The body of a CDA: sections in order, their narrative, their entries, the documents inside.

use relu_record::{Budget, Reading, Refusal, Span};
use roxmltree::Node;

use super::narrative::{self, Anchors};
use super::{entries, private};
use crate::lines::Lines;
use crate::{identity, notes, payload, xml};

/// Reads the body into the reading.
pub(super) fn read(
    document: Node<'_, '_>,
    reading: &mut Reading,
    budget: &Budget,
) -> Result<(), Refusal> {
    let mut lines = Lines::default();
    if let Some(title) = &reading.header.title {
        lines.text(&title.value);
        lines.line();
    }
    let mut narrated = false;
    for component in xml::children(document, "component") {
        if let Some(body) = xml::child(component, "nonXMLBody") {
            non_xml_body(body, reading, budget);
        }
        if let Some(body) = xml::child(component, "structuredBody") {
            let mut anchors = Anchors::new();
            let before = lines.len();
            sections(body, "", &mut lines, &mut anchors, reading, budget)?;
            narrated |= lines.len() > before;
        }
    }
    if !narrated && reading.parts.is_empty() {
        reading.findings.push(notes::CDA_EMPTY_BODY.finding());
    }
    let text = lines.finish();
    for entry in &mut reading.entries {
        // Trailing white space was cut: a span past the end points at nothing.
        entry.span = entry.span.filter(|s| s.is_valid_in(&text));
    }
    reading.text = private(text);
    Ok(())
}

fn sections(
    parent: Node<'_, '_>,
    path: &str,
    lines: &mut Lines,
    anchors: &mut Anchors,
    reading: &mut Reading,
    budget: &Budget,
) -> Result<(), Refusal> {
    for (i, component) in xml::children(parent, "component").enumerate() {
        for section in xml::children(component, "section") {
            let path = format!("{path}component[{}]/section", i + 1);
            budget.step(10).map_err(notes::spent)?;
            one_section(section, &path, lines, anchors, reading, budget)?;
            sections(section, &format!("{path}/"), lines, anchors, reading, budget)?;
        }
    }
    Ok(())
}

fn one_section(
    section: Node<'_, '_>,
    path: &str,
    lines: &mut Lines,
    anchors: &mut Anchors,
    reading: &mut Reading,
    budget: &Budget,
) -> Result<(), Refusal> {
    lines.blank();
    let title = xml::child(section, "title").and_then(xml::text).or_else(|| {
        xml::child(section, "code").and_then(|c| xml::attr(c, "displayName")).map(str::to_owned)
    });
    if let Some(title) = title {
        lines.text(&title);
        lines.line();
    }
    // Copied sections repeat their ids: those of the section itself come first.
    let mut own = Anchors::new();
    if let Some(text) = xml::child(section, "text") {
        narrative::write(text, lines, &mut own);
    }
    let place = |id: &str| -> Option<Span> { own.get(id).or_else(|| anchors.get(id)).copied() };
    for (i, entry) in xml::children(section, "entry").enumerate() {
        let path = format!("{path}/entry[{}]", i + 1);
        entries::read(entry, &path, &place, &mut reading.entries, budget)?;
        media(entry, &path, reading, budget);
    }
    for (id, span) in own {
        anchors.entry(id).or_insert(span);
    }
    Ok(())
}

/// Documents inside an entry: anything in base64 with content.
fn media(entry: Node<'_, '_>, path: &str, reading: &mut Reading, budget: &Budget) {
    let values = entry
        .descendants()
        .filter(|n| n.is_element() && xml::attr(*n, "representation") == Some("B64"));
    for (i, value) in values.enumerate() {
        let holder = value.parent_element().map_or("value", |p| p.tag_name().name());
        embed(value, &format!("{path}/{holder}[{}]", i + 1), reading, budget);
    }
}

fn non_xml_body(body: Node<'_, '_>, reading: &mut Reading, budget: &Budget) {
    for text in xml::children(body, "text") {
        embed(text, "component/nonXMLBody/text", reading, budget);
    }
}

/// One embedded document: base64, plain text, or a mere reference.
fn embed(node: Node<'_, '_>, path: &str, reading: &mut Reading, budget: &Budget) {
    if reading.parts.len() >= budget.max_parts {
        identity::note(&mut reading.findings, notes::TOO_MANY_PARTS.finding());
        return;
    }
    let content: String =
        node.descendants().filter(|d| d.is_text()).filter_map(|d| d.text()).collect();
    let bytes = if content.trim().is_empty() {
        Err(match xml::child(node, "reference") {
            Some(_) => notes::REMOTE_PART.refusal(),
            None => notes::MISSING_PART.refusal(),
        })
    } else if xml::attr(node, "representation") == Some("B64") {
        payload::base64(&content, budget)
    } else {
        Ok(content.into_bytes())
    };
    if let Err(refusal) = &bytes {
        let note = match refusal.code {
            relu_record::RefusalCode::MissingPart => &notes::PART_MISSING,
            _ => &notes::PART_DAMAGED,
        };
        identity::note(&mut reading.findings, note.finding());
    }
    let part = payload::part(path, None, xml::attr(node, "mediaType"), bytes);
    payload::add(part, reading);
}
