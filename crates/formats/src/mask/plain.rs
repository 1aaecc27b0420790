//! Text in all its forms: plain text, HTML, RTF, XML of no known kind. The character set stays (XML
//! becomes UTF-8).
//!
//! HTML: texts by the plan; attributes lose the hidden words; scripts, styles, comments and the head
//! go. RTF: see [`rtf`]. XML: every text by the plan, attributes cleaned; signatures go, with what
//! they sign.

mod rtf;

use relu_record::{Budget, Refusal};

use super::leaf::{self, Leaf, Order, Splice};
use super::policy::{Family, Policy};
use super::xmlmask::{self, Dialect, Fate};
use super::xmlscan::{self, Item};
use super::{Done, HeaderPolicy, Work};
use crate::text::html;
use crate::{charset, xml};

/// Masks a text.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let mut done = Done::default();
    match work.plan.reading.media_type.as_str() {
        "application/rtf" => {
            done.bytes = rtf::mask(bytes, work, &mut done, budget)?;
        }
        "application/xml" => {
            let decoded = xml::decode(bytes);
            xml::parse(&decoded.text, budget)?;
            done.bytes = any_xml(&decoded.text, work, &mut done, budget)?;
        }
        media => {
            let decoded = charset::decode(bytes);
            let (leaves, mut splices) = match media {
                "text/html" => of_html(&decoded.text),
                _ => (vec![Leaf::plain(&decoded.text, 0, decoded.text.len(), true)], Vec::new()),
            };
            let counts = &mut done.counts;
            splices.extend(leaf::edits(&leaves, Order::Source, work, counts, budget)?);
            let out = leaf::apply(decoded.text.as_bytes(), splices);
            let out = String::from_utf8_lossy(&out);
            done.bytes = charset::encode_like(&out, decoded.charset);
        }
    }
    Ok(done)
}

fn any_xml(
    text: &str,
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let element = |path: &[&str]| match path.last() {
        Some(&"Signature" | &"SignedInfo" | &"KeyInfo" | &"SignatureValue") if path.len() > 1 => {
            Fate::Remove
        }
        _ => Fate::Keep,
    };
    let dialect = Dialect {
        shown: &|_| true,
        element: &element,
        text: &|_, _| None,
        attribute: &|_, _, _| None,
    };
    let policy = Policy::of(Family::Cda, &HeaderPolicy::Keep);
    xmlmask::mask(text, &dialect, &policy, work, done, budget)
}

/// The leaves of a page, and what goes whole. The reader's own rules say what is shown.
pub(crate) fn of_html(source: &str) -> (Vec<Leaf>, Vec<Splice>) {
    let mut leaves = Vec::new();
    let mut splices = Vec::new();
    let mut skipped: Option<(&str, usize)> = None;
    for item in xmlscan::scan(source) {
        match item {
            Item::Open { name, attributes, empty, at } => {
                let lower = name.to_ascii_lowercase();
                let out = ["script", "style", "head", "title"].iter().find(|n| **n == lower);
                if let (None, Some(out), false) = (skipped, out, empty) {
                    skipped = Some((out, at.end));
                }
                if skipped.is_none() {
                    let values = attributes.into_iter().filter(|a| a.name != "class");
                    leaves.extend(values.map(|a| of_text(source, a.value, false)));
                }
            }
            Item::Close { at } => {
                let closing = source.get(at.clone()).unwrap_or("").to_ascii_lowercase();
                if let Some((name, start)) = skipped
                    && closing.starts_with(&format!("</{name}"))
                {
                    splices.push(Splice { start, end: at.start, with: Vec::new() });
                    skipped = None;
                }
            }
            Item::Comment(at) => {
                splices.push(Splice { start: at.start, end: at.end, with: Vec::new() });
            }
            Item::Text(at) | Item::Literal(at) if skipped.is_none() => {
                leaves.push(of_text(source, at, true));
            }
            _ => {}
        }
    }
    leaves.retain(|l| !l.text.trim().is_empty());
    (leaves, splices)
}

/// A leaf of HTML text: references resolved as the reader resolves them.
fn of_text(source: &str, at: std::ops::Range<usize>, shown: bool) -> Leaf {
    let mut leaf = Leaf::new(shown, xmlscan::escape);
    let mut i = at.start;
    while let Some(rest) = source.get(i..at.end).filter(|r| !r.is_empty()) {
        let Some(c) = rest.chars().next() else { break };
        let reference = rest
            .strip_prefix('&')
            .and_then(|r| r.char_indices().take(12).find(|(_, c)| *c == ';'))
            .and_then(|(end, _)| {
                let resolved = html::unescape(rest.get(..end + 2)?);
                let mut chars = resolved.chars();
                let one = chars.next().filter(|_| chars.next().is_none())?;
                Some((one, end + 2))
            });
        let (c, len) = reference.unwrap_or((c, c.len_utf8()));
        leaf.push(c, i, i + len);
        i += len;
    }
    leaf
}
