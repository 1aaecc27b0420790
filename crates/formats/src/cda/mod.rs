//! CDA R2, levels 1 and 3, with the French header; also inside a self-presenting XSLT.
//!
//! Reading: the header as the document gives it, with the path of each value; the narrative as
//! text (title, section titles as lines, rows of tables with ` | `), which is what a person must
//! see; entries as coded statements, tied to the narrative where the document links them; embedded
//! documents (`nonXMLBody`, observation media, PDF copies of section 55108-5) as parts.
//! The presence of an INS does not say that the identity is *qualifiée*: the status stays
//! *provisoire*, because a CDA has no place that says it.
//!
//! Findings: `ins-bad-key`, `name-kind-unknown`, `cda-no-patient`, `cda-empty-body`,
//! `part-damaged`… Refusals: `xml-dtd`, `too-deep`, `damaged`, `work-limit`.
//! Sources: HL7 CDA R2; CI-SIS, volet Structuration minimale; `interop-fr` fact sheet §1 to §5.

mod body;
mod entries;
mod header;
mod narrative;

use relu_record::{Budget, Format, Private, Reading, Refusal};
use roxmltree::Node;

use crate::{Input, notes, xml};

/// Reads a CDA.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(input.bytes.len() as u64).map_err(notes::spent)?;
    budget.output(input.bytes.len() as u64).map_err(notes::spent)?;
    let decoded = xml::decode(input.bytes);
    let tree = xml::parse(&decoded.text, budget)?;
    let Some(document) = find_document(tree.root()) else {
        return Err(notes::UNKNOWN.refusal());
    };
    let level = match xml::at(document, "component/nonXMLBody") {
        Some(_) => Format::CdaN1,
        None => Format::CdaN3,
    };
    let mut reading = Reading::new(level, "text/xml");
    if decoded.wrong_charset {
        reading.findings.push(notes::CHARSET_WRONG.finding());
    }
    reading.header = header::read(document, &mut reading.findings);
    body::read(document, &mut reading, budget)?;
    Ok(reading)
}

/// The document element, be it the root or, in a self-presenting CDA, inside a stylesheet.
fn find_document<'a, 'i>(root: Node<'a, 'i>) -> Option<Node<'a, 'i>> {
    root.descendants().find(|n| {
        // A template of the stylesheet may name the element without being one.
        n.is_element()
            && n.tag_name().name() == "ClinicalDocument"
            && (xml::child(*n, "recordTarget").is_some()
                || xml::child(*n, "component").is_some()
                || xml::child(*n, "id").is_some())
    })
}

/// Text of an embedded stylesheet or document title, wrapped.
fn private(text: String) -> Private {
    Private(text)
}
