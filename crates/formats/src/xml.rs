//! XML from outside, made safe before a tree is built: no document type definition, no entity
//! beyond the five of XML, bounded depth and number of nodes, declared character set honoured.
//!
//! Refusals: `xml-dtd` (DTD or entities, so no "billion laughs" and no external file), `too-deep`,
//! `work-limit`, `damaged`. Nothing is ever fetched: stylesheet links are left alone.
//! Source: XML 1.0 §4.3.3 (encoding declaration).

use quick_xml::events::Event;
use relu_record::{Budget, Refusal};
use roxmltree::{Document, Node, ParsingOptions};

use crate::{charset, notes};

/// Deepest nesting of elements; published CDA stay under 60.
const MAX_DEPTH: usize = 256;
/// Most nodes of a tree; about 100 bytes each.
const MAX_NODES: u32 = 4_000_000;

/// Text of an XML file, and whether its declared character set was not the real one.
pub(crate) struct XmlText {
    pub text: String,
    pub wrong_charset: bool,
}

/// Decodes by byte order mark, then by the XML declaration, then by UTF-8 and by its look.
pub(crate) fn decode(bytes: &[u8]) -> XmlText {
    let declared = declared_charset(bytes);
    let label = declared.as_deref().unwrap_or("utf-8");
    let utf16 = label.to_ascii_lowercase().starts_with("utf-16");
    let ready = (!utf16).then(|| charset::decode_as(bytes, label)).flatten();
    // Latin-1 never fails to decode: UTF-8 bytes under that label show as "Ã©".
    let mislabelled = !label.eq_ignore_ascii_case("utf-8") && charset::is_multibyte_utf8(bytes);
    match ready {
        Some(text) if !mislabelled => XmlText { text, wrong_charset: false },
        _ => XmlText { text: charset::decode(bytes).text, wrong_charset: !utf16 },
    }
}

fn declared_charset(bytes: &[u8]) -> Option<String> {
    let head: String = bytes
        .iter()
        .take(200)
        .filter(|b| b.is_ascii() && **b != 0)
        .map(|b| char::from(*b))
        .collect();
    let declaration = head.get(head.find("<?xml")?..)?;
    let declaration = declaration.get(..declaration.find("?>")?)?;
    let after = declaration.get(declaration.find("encoding")? + "encoding".len()..)?;
    let after = after.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    after.get(1..)?.split(quote).next().map(str::to_owned)
}

/// Builds the tree, once the text has shown to be harmless.
pub(crate) fn parse<'t>(text: &'t str, budget: &Budget) -> Result<Document<'t>, Refusal> {
    let text = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n', '\0']);
    guard(text, budget)?;
    let options = ParsingOptions { nodes_limit: MAX_NODES, ..ParsingOptions::default() };
    Document::parse_with_options(text, options).map_err(|e| match e {
        roxmltree::Error::DtdDetected | roxmltree::Error::EntityReferenceLoop(_) => {
            notes::DTD.refusal()
        }
        roxmltree::Error::NodesLimitReached => notes::WORK_LIMIT.refusal(),
        _ => notes::DAMAGED_XML.refusal(),
    })
}

/// Walks the events without building anything; refuses what a tree builder should never see.
fn guard(text: &str, budget: &Budget) -> Result<(), Refusal> {
    let mut reader = quick_xml::Reader::from_str(text);
    // End tags are compared when the tree is built; a stack of names here would cost memory.
    reader.config_mut().check_end_names = false;
    reader.config_mut().allow_unmatched_ends = true;
    let mut depth = 0usize;
    loop {
        budget.step(1).map_err(notes::spent)?;
        match reader.read_event() {
            Ok(Event::Start(_)) => {
                depth += 1;
                if depth > MAX_DEPTH {
                    return Err(notes::TOO_DEEP.refusal());
                }
            }
            Ok(Event::End(_)) => depth = depth.saturating_sub(1),
            Ok(Event::DocType(_)) => return Err(notes::DTD.refusal()),
            Ok(Event::Eof) => return Ok(()),
            Ok(_) => {}
            Err(_) => return Err(notes::DAMAGED_XML.refusal()),
        }
    }
}

/// First child element of that local name, whatever its namespace.
pub(crate) fn child<'a, 'i>(node: Node<'a, 'i>, name: &str) -> Option<Node<'a, 'i>> {
    node.children().find(|c| c.is_element() && c.tag_name().name() == name)
}

/// Child elements of that local name.
pub(crate) fn children<'a, 'i: 'a>(
    node: Node<'a, 'i>,
    name: &'a str,
) -> impl Iterator<Item = Node<'a, 'i>> {
    node.children().filter(move |c| c.is_element() && c.tag_name().name() == name)
}

/// The element reached by first children of those names, separated by `/`.
pub(crate) fn at<'a, 'i>(node: Node<'a, 'i>, path: &str) -> Option<Node<'a, 'i>> {
    path.split('/').try_fold(node, child)
}

/// A non-empty attribute, trimmed.
pub(crate) fn attr<'a>(node: Node<'a, '_>, name: &str) -> Option<&'a str> {
    node.attributes().find(|a| a.name() == name).map(|a| a.value().trim()).filter(|v| !v.is_empty())
}

/// All text under the node, white space folded, or `None` when there is none.
pub(crate) fn text(node: Node<'_, '_>) -> Option<String> {
    let mut out = String::new();
    for piece in node.descendants().filter(|d| d.is_text()).filter_map(|d| d.text()) {
        for word in piece.split_whitespace() {
            if !out.is_empty() {
                out.push(' ');
            }
            out.push_str(word);
        }
    }
    (!out.is_empty()).then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::RefusalCode;

    fn code(text: &str) -> Option<RefusalCode> {
        parse(text, &Budget::standard()).err().map(|r| r.code)
    }

    #[test]
    fn hostile_xml_is_refused_by_its_reason() {
        let laughs = "<?xml version=\"1.0\"?><!DOCTYPE l [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><l>&b;</l>";
        assert_eq!(code(laughs), Some(RefusalCode::XmlDtd));
        assert_eq!(code("<!DOCTYPE a SYSTEM \"file:///x\"><a/>"), Some(RefusalCode::XmlDtd));
        assert_eq!(code(&"<a>".repeat(1_000_000)), Some(RefusalCode::TooDeep));
        assert_eq!(code("<a><b></a>"), Some(RefusalCode::Damaged));
        assert_eq!(code("<a>&unknown;</a>"), Some(RefusalCode::Damaged));
        assert_eq!(code("<a><!-- <!DOCTYPE x> --><![CDATA[<!DOCTYPE y>]]></a>"), None);
    }

    #[test]
    fn declared_character_set_is_honoured_or_corrected() {
        let latin = b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xe9</a>";
        let got = decode(latin);
        assert!(got.text.contains('é') && !got.wrong_charset);
        let lie = "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>";
        let got = decode(lie.as_bytes());
        assert!(got.text.contains("<a>é</a>") && got.wrong_charset);
        let wide: Vec<u8> = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-16\"?><a>é</a>"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let got = decode(&wide);
        assert!(got.text.contains("<a>é</a>") && !got.wrong_charset);
    }
}
