//! XML of no known kind: its text, one line per element that has some, and what a signature signs.

use relu_record::{Budget, Format, Private, Reading, Refusal};

use crate::{notes, payload, xml};

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Reading, Refusal> {
    let decoded = xml::decode(bytes);
    let tree = xml::parse(&decoded.text, budget)?;
    let root = tree.root_element();
    let name = root.tag_name().name();
    let namespace = root.tag_name().namespace().unwrap_or("");
    let mut reading = Reading::new(Format::Text, "application/xml");
    let signed = namespace.contains("xmldsig") || namespace.contains("uri.etsi.org/01903");
    reading.findings.push(match () {
        () if signed => notes::SIGNED_XML.finding(),
        () if namespace.contains("hprim.org") || is_hprim_xml(name) => notes::HPRIM_XML.finding(),
        () if namespace == "http://hl7.org/fhir" => notes::FHIR_XML.finding(),
        () => notes::XML_OTHER.finding(),
    });
    if decoded.wrong_charset {
        reading.findings.push(notes::CHARSET_WRONG.finding());
    }
    let mut text = String::new();
    for node in root.descendants().filter(|n| n.is_element()) {
        if signed
            && node.tag_name().name() == "Object"
            && node.tag_name().namespace() == Some(namespace)
            && let Some(part) = signed_object(node, reading.parts.len() + 1, budget)
        {
            reading.parts.push(part);
        }
        if node.tag_name().namespace().is_some_and(|n| n.contains("xmldsig") || n.contains("01903"))
        {
            continue;
        }
        let own: Vec<&str> = node
            .children()
            .filter(|c| c.is_text())
            .filter_map(|c| c.text())
            .flat_map(str::split_whitespace)
            .collect();
        if !own.is_empty() {
            text.push_str(&own.join(" "));
            text.push('\n');
        }
    }
    reading.text = Private(text.trim_end().to_owned());
    Ok(reading)
}

/// What an enveloping signature signs, when it is base64.
fn signed_object(
    node: roxmltree::Node<'_, '_>,
    n: usize,
    budget: &Budget,
) -> Option<relu_record::Part> {
    let encoding = xml::attr(node, "Encoding").unwrap_or("");
    let only_text = node.children().all(|c| !c.is_element());
    let content = node.text()?.trim();
    if content.is_empty() || !(encoding.ends_with("base64") || only_text) {
        return None;
    }
    let path = format!("Object[{n}]");
    Some(payload::part(&path, None, xml::attr(node, "MimeType"), payload::base64(content, budget)))
}

fn is_hprim_xml(name: &str) -> bool {
    name.starts_with("evenements")
        && ["ServeurActes", "PMSI", "Patients", "FraisDivers"].iter().any(|e| name.ends_with(e))
}
