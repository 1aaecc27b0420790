//! The narrative of a section as lines, and where its elements with an `ID` stand in the text.

use std::collections::BTreeMap;

use relu_record::Span;
use roxmltree::Node;

use crate::lines::Lines;
use crate::xml;

/// Elements of the narrative that an entry may point to, by `ID`.
pub(super) type Anchors = BTreeMap<String, Span>;

/// Writes the narrative of a `text` element.
pub(super) fn write(text: Node<'_, '_>, lines: &mut Lines, anchors: &mut Anchors) {
    // The text element itself may be what an entry points to.
    element(text, lines, anchors);
    lines.line();
}

fn element(node: Node<'_, '_>, lines: &mut Lines, anchors: &mut Anchors) {
    // What a revision took out is not part of the document.
    if xml::attr(node, "revised") == Some("delete") {
        return;
    }
    let name = html_name(node.tag_name().name());
    lines.open(name);
    let start = lines.len();
    for child in node.children() {
        if child.is_text() {
            lines.text(child.text().unwrap_or(""));
        } else if child.is_element() {
            element(child, lines, anchors);
        }
    }
    if let Some(id) = xml::attr(node, "ID").or_else(|| xml::attr(node, "id")) {
        anchor(id, start, lines, anchors);
    }
    lines.close(name);
}

/// Notes what was written since `start`, without the white space around it.
fn anchor(id: &str, start: usize, lines: &Lines, anchors: &mut Anchors) {
    let written = lines.since(start);
    let lead = written.len() - written.trim_start().len();
    let core = written.trim();
    if !core.is_empty() {
        let span = Span::new(start + lead, start + lead + core.len());
        anchors.entry(id.to_owned()).or_insert(span);
    }
}

/// The HTML element that lays out the same way.
fn html_name(cda: &str) -> &str {
    match cda {
        "paragraph" => "p",
        "list" => "ul",
        "item" => "li",
        other => other,
    }
}
