//! What the XML formats share: the walk over a source with its path, header rules, leaves, and
//! documents in base64.

use std::collections::BTreeSet;
use std::ops::Range;

use relu_record::{Budget, Refusal};

use super::leaf::{self, Leaf, Order, Splice};
use super::policy::Policy;
use super::xmlscan::{self, Item};
use super::{Done, Work, needles};
use crate::{notes, payload};

/// From the path, the name and the value of an attribute to another value.
pub(crate) type OfAttribute<'d> = dyn Fn(&[&str], &str, &str) -> Option<String> + 'd;

/// How a format reads its XML.
pub(crate) struct Dialect<'d> {
    /// Whether the reader writes the text of an element of that path.
    pub shown: &'d dyn Fn(&[&str]) -> bool,
    /// What becomes of an element as a whole.
    pub element: &'d dyn Fn(&[&str]) -> Fate,
    /// What is written in place of a text, when it is known.
    pub text: &'d dyn Fn(&[&str], &str) -> Option<String>,
    /// What becomes of an attribute: nothing, another value, or removal (an empty one).
    pub attribute: &'d OfAttribute<'d>,
}

/// What becomes of an element.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It stays.
    Keep,
    /// It goes, with all it holds.
    Remove,
    /// It stays, without its texts.
    Empty,
}

/// Attributes that hold words of the format, never of a person.
const STRUCTURAL: &[&str] = &[
    "classCode",
    "typeCode",
    "moodCode",
    "determinerCode",
    "contextControlCode",
    "nullFlavor",
    "root",
    "codeSystem",
    "codeSystemName",
    "use",
    "type",
    "unit",
    "operator",
    "mediaType",
    "representation",
    "schemaLocation",
];

/// An element in base64 being read.
struct Embedded {
    depth: usize,
    content: usize,
    media: Option<Range<usize>>,
}

/// Masks an XML text (decoded); gives it in UTF-8.
pub(crate) fn mask(
    source: &str,
    dialect: &Dialect<'_>,
    policy: &Policy,
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let mut leaves: Vec<Leaf> = Vec::new();
    let mut splices: Vec<Splice> = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    let mut removed: Option<(usize, usize)> = None;
    let mut emptied: Option<usize> = None;
    let mut embedded: Option<Embedded> = None;
    let mut identities: Vec<String> = Vec::new();
    let mut used = BTreeSet::new();
    let mut typed: Vec<(Range<usize>, Typed, String)> = Vec::new();
    for item in xmlscan::scan(source) {
        budget.step(4).map_err(notes::spent)?;
        match item {
            Item::Open { name, attributes, empty, at } => {
                path.push(called(source, name, &attributes));
                let fate = if removed.is_none() { (dialect.element)(&path) } else { Fate::Keep };
                if fate == Fate::Remove {
                    if empty {
                        splices.push(Splice { start: at.start, end: at.end, with: Vec::new() });
                        done.counts.removed += 1;
                    } else {
                        removed = Some((path.len(), at.start));
                    }
                }
                if fate == Fate::Empty && !empty && emptied.is_none() {
                    emptied = Some(path.len());
                }
                if removed.is_none() {
                    let b64 = attributes.iter().any(|a| {
                        a.name == "representation" && source.get(a.value.clone()) == Some("B64")
                    });
                    if b64 && !empty {
                        let media = attributes.iter().find(|a| a.name == "mediaType");
                        embedded = Some(Embedded {
                            depth: path.len(),
                            content: at.end,
                            media: media.map(|m| m.value.clone()),
                        });
                    }
                    let coded = attributes.iter().any(|a| a.name == "codeSystem")
                        && !path.ends_with(&["section", "code"]);
                    for a in attributes {
                        let value = xmlscan::leaf(source, a.value.clone(), false);
                        let key = format!("@{}", a.name);
                        let mut full: Vec<&str> = path.clone();
                        full.push(&key);
                        let header = policy.at(&full, &value.text);
                        let given = (dialect.attribute)(&path, a.name, &value.text);
                        if header.is_some() {
                            done.counts.header += 1;
                            identities.push(value.text.clone());
                        }
                        let dated = || {
                            dated(&path, a.name, &value.text).then(|| match path.last() {
                                Some(&"high") => policy.end_date(&value.text),
                                _ => policy.date(&value.text),
                            })
                        };
                        match header.or(given).or_else(|| dated().flatten()) {
                            Some(with) if with.is_empty() => splices.push(Splice {
                                start: a.at.start,
                                end: a.at.end,
                                with: Vec::new(),
                            }),
                            Some(with) => splices.push(Splice {
                                start: a.value.start,
                                end: a.value.end,
                                with: xmlscan::escape(&with).into_bytes(),
                            }),
                            None if STRUCTURAL.contains(&a.name) => {}
                            // A code and its label come from a terminology, unless they hold a
                            // word that must go everywhere; that of a section may be its title.
                            None if coded
                                && matches!(a.name, "code" | "displayName")
                                && work.words.find(&value.text).is_empty() => {}
                            None => match Typed::of(&path, a.name, &value.text) {
                                Some(kind) => typed.push((a.value.clone(), kind, value.text)),
                                None => leaves.push(value),
                            },
                        }
                    }
                }
                if empty {
                    path.pop();
                }
            }
            Item::Close { at } => {
                if let Some((depth, start)) = removed
                    && depth == path.len()
                {
                    splices.push(Splice { start, end: at.end, with: Vec::new() });
                    done.counts.removed += 1;
                    removed = None;
                }
                if emptied == Some(path.len()) {
                    emptied = None;
                }
                if let Some(part) = embedded.take_if(|e| e.depth == path.len()) {
                    embed(source, part, at.start, &mut splices, &mut used, work, done, budget);
                }
                path.pop();
            }
            Item::Comment(at) => {
                splices.push(Splice { start: at.start, end: at.end, with: Vec::new() });
            }
            _ if removed.is_some() || embedded.is_some() => {}
            Item::Text(at) | Item::Literal(at) if emptied.is_some() => {
                splices.push(Splice { start: at.start, end: at.end, with: Vec::new() });
            }
            Item::Text(at) => {
                let leaf = xmlscan::leaf(source, at.clone(), (dialect.shown)(&path));
                if let Some(with) = (dialect.text)(&path, &leaf.text) {
                    let with = xmlscan::escape(&with).into_bytes();
                    splices.push(Splice { start: at.start, end: at.end, with });
                    continue;
                }
                match policy.at(&path, &leaf.text) {
                    Some(with) => {
                        done.counts.header += 1;
                        identities.push(leaf.text.trim().to_owned());
                        let with = xmlscan::escape(&with).into_bytes();
                        splices.push(Splice { start: at.start, end: at.end, with });
                    }
                    None if leaf.text.trim().is_empty() => {}
                    None if !leaf.shown
                        && full(&leaf.text)
                        && policy.date(leaf.text.trim()).is_some() =>
                    {
                        let with = policy.date(leaf.text.trim()).unwrap_or_default().into_bytes();
                        splices.push(Splice { start: at.start, end: at.end, with });
                    }
                    None => leaves.push(leaf),
                }
            }
            Item::Literal(at) => {
                leaves.push(xmlscan::literal(source, at, (dialect.shown)(&path)));
            }
        }
    }
    // Who the header names is hidden in what the reading does not show, too.
    let work = work.with_identities(&identities);
    let edits = leaf::edits(&leaves, Order::Source, &work, &mut done.counts, budget)?;
    splices.extend(edits);
    let mut anchors = Anchors::default();
    for (at, kind, value) in typed {
        if let Some((with, n)) = kind.clean(&value, source, &mut anchors, &work) {
            done.counts.words += n;
            let with = xmlscan::escape(&with).into_bytes();
            splices.push(Splice { start: at.start, end: at.end, with });
        }
    }
    Ok(xmlscan::as_utf8(&String::from_utf8_lossy(&leaf::apply(source.as_bytes(), splices)))
        .into_bytes())
}

/// Elements whose `value` is a point in time, or one end of a period.
const TIMES: &[&str] = &["effectiveTime", "time", "birthTime", "deceasedTime"];
const ENDS: &[&str] = &["low", "high", "center", "value"];

/// Whether an attribute holds a date; at the end of a range, which may be one of numbers, a full one.
fn dated(path: &[&str], attribute: &str, value: &str) -> bool {
    let element = path.last().copied().unwrap_or("");
    attribute == "value" && (TIMES.contains(&element) || ENDS.contains(&element) && full(value))
}

/// Whether a value begins with the eight digits of a full date.
fn full(value: &str) -> bool {
    value.trim().bytes().take(8).filter(u8::is_ascii_digit).count() == 8
}

/// Attributes whose values have a form that a mark would break.
#[derive(Clone, Copy)]
enum Typed {
    /// An identifier inside the document, or a reference to one: it stays a name of XML.
    Anchor,
    /// An address: a mark in it has none of the characters that an address cannot hold.
    Address,
    /// A date in digits: its year stays.
    Date,
    /// Another number: zeros.
    Number,
}

impl Typed {
    fn of(path: &[&str], name: &str, value: &str) -> Option<Typed> {
        let address = name == "value" && matches!(path.last(), Some(&("reference" | "telecom")));
        let digits = !value.is_empty()
            && value.bytes().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'+' | b'-'));
        match name {
            "ID" | "IDREF" | "referencedObject" => Some(Typed::Anchor),
            _ if value.starts_with('#') => Some(Typed::Anchor),
            // `reference/@value` without `#` is written for an anchor all the same.
            _ if address && !value.contains([':', '/', '.']) => Some(Typed::Anchor),
            _ if address => Some(Typed::Address),
            "value" if digits && value.len() >= 8 => Some(Typed::Date),
            _ if digits => Some(Typed::Number),
            _ => None,
        }
    }

    fn clean(
        self,
        value: &str,
        source: &str,
        anchors: &mut Anchors,
        work: &Work<'_>,
    ) -> Option<(String, usize)> {
        let found = work.hidden.find(value);
        if found.is_empty() {
            return None;
        }
        let with = match self {
            Typed::Date => super::policy::year(value),
            Typed::Number => value.replace(|c: char| c.is_ascii_digit(), "0"),
            Typed::Anchor => anchors.renamed(value, source),
            Typed::Address => {
                let mut with = value.to_owned();
                for (range, _) in found.iter().rev() {
                    with.replace_range(range.clone(), "masque");
                }
                with
            }
        };
        Some((with, found.len()))
    }
}

/// New names of anchors that held a hidden word: each its own, the same for those that refer to it.
#[derive(Default)]
struct Anchors {
    names: std::collections::BTreeMap<String, String>,
    last: usize,
}

impl Anchors {
    fn renamed(&mut self, value: &str, source: &str) -> String {
        let bare = value.trim_start_matches('#');
        let name = match self.names.get(bare) {
            Some(name) => name.clone(),
            None => {
                let mut name = String::new();
                // A document masked before may have such names already.
                while name.is_empty() || source.contains(&format!("\"{name}\"")) {
                    self.last += 1;
                    name = format!("masque-{}", self.last);
                }
                self.names.insert(bare.to_owned(), name.clone());
                name
            }
        };
        if value.starts_with('#') { format!("#{name}") } else { name }
    }
}

/// What an element is called in a path: its name, or what it says it is, in registry metadata.
fn called<'s>(source: &'s str, name: &'s str, attributes: &[xmlscan::Attribute<'s>]) -> &'s str {
    let said = match name {
        "Slot" => "name",
        "ExternalIdentifier" => "identificationScheme",
        _ => return name,
    };
    let value = attributes.iter().find(|a| a.name == said);
    value.and_then(|a| source.get(a.value.clone())).unwrap_or(name)
}

/// A document in base64: masked by its own plan, or replaced by a word that says it is gone.
#[allow(clippy::too_many_arguments)]
fn embed(
    source: &str,
    part: Embedded,
    end: usize,
    splices: &mut Vec<Splice>,
    used: &mut BTreeSet<String>,
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) {
    let raw = source.get(part.content..end).unwrap_or("");
    let bytes = payload::base64(raw, budget).unwrap_or_default();
    if bytes.is_empty() {
        return;
    }
    let masked = by_content(&bytes, used, work, done, budget);
    if masked.is_none()
        && let Some(media) = part.media
    {
        splices.push(Splice { start: media.start, end: media.end, with: b"text/plain".to_vec() });
    }
    let masked = masked.unwrap_or_else(|| needles::MARK.as_bytes().to_vec());
    let with = encode64(&masked).into_bytes();
    splices.push(Splice { start: part.content, end, with });
}

/// The part of the reading with those bytes, masked.
pub(crate) fn by_content(
    bytes: &[u8],
    used: &mut BTreeSet<String>,
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Option<Vec<u8>> {
    let parts = &work.plan.reading.parts;
    let path = parts
        .iter()
        .find(|p| p.bytes == bytes && !used.contains(&p.path))
        .or_else(|| parts.iter().find(|p| p.bytes == bytes))
        .map_or("", |p| p.path.as_str());
    used.insert(path.to_owned());
    super::part(path, bytes, work, done, budget)
}

pub(crate) fn encode64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
