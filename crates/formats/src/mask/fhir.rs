//! FHIR R4 in JSON: identity elements by the policy, texts by the plan, inline documents by their own
//! plans. Everything else keeps its bytes, numbers included; identifiers of resources that hold a
//! hidden word get another, and the references to them follow.
//! Source: HL7 FHIR R4, §2.6.2 (JSON), §2.4 (narrative).

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use relu_record::{Budget, Refusal};

use super::leaf::{self, Leaf, Order, Splice};
use super::policy::{Family, Policy};
use super::xmlmask::{by_content, encode64};
use super::{Done, Work, needles, xmlscan};
use crate::{charset, json, notes, payload, xdm};

/// Resources whose narrative says who somebody is: it is replaced whole.
const IDENTITIES: &[&str] =
    &["Patient", "RelatedPerson", "Practitioner", "PractitionerRole", "Organization", "Person"];
/// Members that hold words of the format.
const STRUCTURAL: &[&str] = &[
    "resourceType",
    "system",
    "use",
    "code",
    "status",
    "contentType",
    "unit",
    "type",
    "gender",
    "language",
    "url",
    "profile",
    "hash",
    "comparator",
    "mode",
    "intent",
];

/// A value with its place.
enum Node {
    Object(Vec<(String, Node)>),
    List(Vec<Node>),
    /// Between the quotes.
    Text(Range<usize>),
    Other(Range<usize>),
}

/// Masks a FHIR resource.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let decoded = charset::decode(bytes);
    // The reader's own parser refuses what is damaged or too deep.
    json::parse(&decoded.text, budget)?;
    let mut at = 0;
    let root = parse(&decoded.text, &mut at);
    let policy = Policy::of(Family::Fhir, &work.plan.header);
    let mut masker = Masker {
        source: &decoded.text,
        policy,
        work,
        budget,
        done: Done::default(),
        leaves: Vec::new(),
        splices: Vec::new(),
        identities: Vec::new(),
        ids: BTreeMap::new(),
        links: Vec::new(),
        used: BTreeSet::new(),
    };
    masker.node(&root, &[], None)?;
    masker.rename();
    let Masker { leaves, mut splices, identities, mut done, .. } = masker;
    let work = work.with_identities(&identities);
    splices.extend(leaf::edits(&leaves, Order::Any, &work, &mut done.counts, budget)?);
    done.bytes = leaf::apply(decoded.text.as_bytes(), splices);
    Ok(done)
}

struct Masker<'m> {
    source: &'m str,
    policy: Policy,
    work: &'m Work<'m>,
    budget: &'m Budget,
    done: Done,
    leaves: Vec<Leaf>,
    splices: Vec<Splice>,
    identities: Vec<String>,
    /// New identifiers of resources.
    ids: BTreeMap<String, String>,
    /// Identifiers and references, to be renamed.
    links: Vec<Range<usize>>,
    used: BTreeSet<String>,
}

impl Masker<'_> {
    fn node(
        &mut self,
        node: &Node,
        path: &[&str],
        holder: Option<&[(String, Node)]>,
    ) -> Result<(), Refusal> {
        self.budget.step(2).map_err(notes::spent)?;
        match node {
            Node::Object(members) => {
                let kind = self.member(members, "resourceType");
                // A path begins at the resource that holds the element.
                let base: Vec<&str> = match &kind {
                    Some(kind) => vec![kind.as_str()],
                    None => path.to_vec(),
                };
                if self.attachment(members) {
                    return Ok(());
                }
                for (name, value) in members {
                    let mut inner = base.clone();
                    inner.push(name);
                    self.node(value, &inner, Some(members))?;
                }
            }
            Node::List(items) => {
                for item in items {
                    self.node(item, path, holder)?;
                }
            }
            Node::Text(at) => self.text(at.clone(), path, holder.unwrap_or_default()),
            Node::Other(_) => {}
        }
        Ok(())
    }

    fn member(&self, members: &[(String, Node)], name: &str) -> Option<String> {
        members.iter().find(|(n, _)| n == name).and_then(|(_, v)| match v {
            Node::Text(at) => Some(leaf_of(self.source, at.clone()).text),
            _ => None,
        })
    }

    fn text(&mut self, at: Range<usize>, path: &[&str], holder: &[(String, Node)]) {
        let leaf = leaf_of(self.source, at.clone());
        let resource = path.first().copied().unwrap_or("");
        let name = path.last().copied().unwrap_or("");
        if let Some(with) = self.policy.at(path, &leaf.text) {
            self.done.counts.header += 1;
            self.identities.push(leaf.text.clone());
            self.replace(at, &with);
            return;
        }
        // A field that must hold a date keeps its form, whatever the text shows of it.
        if leaf.text.len() >= 7
            && leaf.text.as_bytes().get(4) == Some(&b'-')
            && !STRUCTURAL.contains(&name)
            && let Some(with) = match name {
                "end" => self.policy.end_date(&leaf.text),
                _ => self.policy.date(&leaf.text),
            }
        {
            self.done.counts.header += 1;
            self.replace(at, &with);
            return;
        }
        let kept = matches!(self.work.plan.header, super::HeaderPolicy::Keep);
        if path.ends_with(&["text", "div"]) {
            // A narrative that nobody has read was decided on by nobody.
            let read = squashed(&crate::text::html::to_text(&leaf.text));
            let shown = squashed(&self.work.plan.reading.text).contains(&read);
            if (IDENTITIES.contains(&resource) || !shown) && !kept {
                self.done.counts.header += 1;
                let with =
                    format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{}</div>", needles::MARK);
                self.replace(at, &with);
            } else {
                self.leaves.extend(narrative(&leaf));
            }
            return;
        }
        // A person named beside a reference.
        let referring = holder.iter().any(|(n, _)| n == "reference" || n == "identifier");
        if name == "display" && referring && !kept {
            self.done.counts.header += 1;
            self.identities.push(leaf.text.clone());
            self.replace(at, needles::MARK);
            return;
        }
        if matches!(name, "id" | "reference" | "fullUrl") {
            if name == "id" && !self.work.hidden.find(&leaf.text).is_empty() {
                let new = format!("masque-{}", self.ids.len() + 1);
                self.ids.entry(leaf.text.clone()).or_insert(new);
            }
            self.links.push(at);
            return;
        }
        if !STRUCTURAL.contains(&name) || name == "code" && leaf.text.contains(' ') {
            self.leaves.push(leaf);
        }
    }

    fn replace(&mut self, at: Range<usize>, with: &str) {
        let with = if with.is_empty() { needles::MARK } else { with };
        let with = escape(with).into_bytes();
        self.splices.push(Splice { start: at.start, end: at.end, with });
    }

    /// An object with inline data: an attachment, a Binary, a signature. Its other members are left
    /// alone but for its title.
    fn attachment(&mut self, members: &[(String, Node)]) -> bool {
        let find = |name: &str| members.iter().find(|(n, _)| n == name).map(|(_, v)| v);
        let Some(Node::Text(data)) = find("data") else { return false };
        let Ok(bytes) = payload::base64(self.source.get(data.clone()).unwrap_or(""), self.budget)
        else {
            return false;
        };
        let masked = by_content(&bytes, &mut self.used, self.work, &mut self.done, self.budget);
        if masked.is_none()
            && let Some(Node::Text(at)) = find("contentType")
        {
            self.replace(at.clone(), "text/plain");
        }
        let masked = masked.unwrap_or_else(|| needles::MARK.as_bytes().to_vec());
        self.replace(data.clone(), &encode64(&masked));
        if let Some(Node::Other(at)) = find("size") {
            let with = masked.len().to_string().into_bytes();
            self.splices.push(Splice { start: at.start, end: at.end, with });
        }
        if let Some(Node::Text(at)) = find("hash")
            && let Some(hash) = crate::hl7v2::er7::hex_bytes(&xdm::sha1_hex(&masked))
        {
            self.replace(at.clone(), &encode64(&hash));
        }
        for (name, value) in members {
            match value {
                Node::Text(at) if matches!(name.as_str(), "title" | "url") => {
                    self.leaves.push(leaf_of(self.source, at.clone()));
                }
                Node::Text(at) if name == "id" => self.links.push(at.clone()),
                _ => {}
            }
        }
        true
    }

    /// Renames what holds a hidden word, piece by piece of an address.
    fn rename(&mut self) {
        for at in std::mem::take(&mut self.links) {
            let leaf = leaf_of(self.source, at.clone());
            let renamed: Vec<String> = leaf
                .text
                .split_inclusive(['/', '#', '|', '?', '='])
                .map(|piece| {
                    let bare = piece.trim_end_matches(['/', '#', '|', '?', '=']);
                    match self.ids.get(bare) {
                        Some(new) => piece.replacen(bare, new, 1),
                        None if !self.work.hidden.find(bare).is_empty() => {
                            piece.replacen(bare, "masque", 1)
                        }
                        None => piece.to_owned(),
                    }
                })
                .collect();
            let renamed = renamed.concat();
            if renamed != leaf.text {
                self.done.counts.words += 1;
                self.replace(at, &renamed);
            }
        }
    }
}

fn squashed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The texts and attributes of a narrative inside a JSON string.
fn narrative(leaf: &Leaf) -> Vec<Leaf> {
    // Bytes of the narrative to characters of the leaf.
    let starts: Vec<usize> = leaf.text.char_indices().map(|(i, _)| i).collect();
    let index = |byte: u32| starts.partition_point(|s| *s < byte as usize);
    let outer = |inner: Leaf| {
        let mut out = Leaf::new(inner.shown, |t| escape(&xmlscan::escape(t)));
        for (c, (from, to)) in inner.text.chars().zip(&inner.from) {
            let (a, b) = (index(*from), index(*to));
            let start = leaf.from.get(a).map_or(0, |p| p.0);
            let end = b.checked_sub(1).and_then(|b| leaf.from.get(b)).map_or(start, |p| p.1);
            out.push(c, start as usize, end as usize);
        }
        out
    };
    let mut out = Vec::new();
    for item in xmlscan::scan(&leaf.text) {
        match item {
            xmlscan::Item::Text(at) => out.push(outer(xmlscan::leaf(&leaf.text, at, true))),
            xmlscan::Item::Literal(at) => out.push(outer(xmlscan::literal(&leaf.text, at, true))),
            xmlscan::Item::Comment(at) => out.push(outer(xmlscan::literal(&leaf.text, at, false))),
            xmlscan::Item::Open { attributes, .. } => {
                let kept = |name: &str| matches!(name, "xmlns" | "class" | "style");
                out.extend(
                    attributes
                        .into_iter()
                        .filter(|a| !kept(a.name))
                        .map(|a| outer(xmlscan::leaf(&leaf.text, a.value, false))),
                );
            }
            xmlscan::Item::Close { .. } => {}
        }
    }
    out.retain(|l| !l.text.trim().is_empty());
    out
}

/// The leaf of a JSON string, between its quotes.
fn leaf_of(source: &str, at: Range<usize>) -> Leaf {
    let mut leaf = Leaf::new(true, escape);
    let mut i = at.start;
    let unit = |i: usize| {
        let hex = source.get(i..i + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(hex, 16).ok()
    };
    while let Some(c) = source.get(i..at.end).and_then(|r| r.chars().next()) {
        if c != '\\' {
            leaf.push(c, i, i + c.len_utf8());
            i += c.len_utf8();
            continue;
        }
        let next = source.get(i + 1..).and_then(|r| r.chars().next()).unwrap_or(' ');
        let (c, len) = match next {
            'n' => ('\n', 2),
            't' => ('\t', 2),
            'r' => ('\r', 2),
            'b' => ('\u{8}', 2),
            'f' => ('\u{c}', 2),
            'u' => {
                let high = unit(i).unwrap_or(0xfffd);
                let low = unit(i + 6).filter(|_| (0xd800..0xdc00).contains(&high));
                let units = [high].into_iter().chain(low);
                let c = char::decode_utf16(units).next().and_then(Result::ok);
                (c.unwrap_or('\u{fffd}'), if low.is_some() { 12 } else { 6 })
            }
            other => (other, 1 + other.len_utf8()),
        };
        leaf.push(c, i, (i + len).min(at.end));
        i += len;
    }
    leaf
}

fn escape(text: &str) -> String {
    let quoted = serde_json::to_string(text).unwrap_or_default();
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or("").to_owned()
}

/// Reads a value; the text is known to be sound.
fn parse(source: &str, at: &mut usize) -> Node {
    let bytes = source.as_bytes();
    let space = |at: &mut usize| {
        while matches!(bytes.get(*at), Some(b' ' | b'\t' | b'\r' | b'\n' | b',' | b':')) {
            *at += 1;
        }
    };
    space(at);
    match bytes.get(*at) {
        Some(b'{') => {
            *at += 1;
            let mut members = Vec::new();
            loop {
                space(at);
                match bytes.get(*at) {
                    Some(b'"') => {
                        let name = string(bytes, at);
                        let name = leaf_of(source, name).text;
                        members.push((name, parse(source, at)));
                    }
                    Some(b'}') | None => {
                        *at += 1;
                        return Node::Object(members);
                    }
                    Some(_) => *at += 1,
                }
            }
        }
        Some(b'[') => {
            *at += 1;
            let mut items = Vec::new();
            loop {
                space(at);
                match bytes.get(*at) {
                    Some(b']') | None => {
                        *at += 1;
                        return Node::List(items);
                    }
                    Some(_) => items.push(parse(source, at)),
                }
            }
        }
        Some(b'"') => Node::Text(string(bytes, at)),
        _ => {
            let start = *at;
            while bytes.get(*at).is_some_and(|b| b.is_ascii_alphanumeric() || b"+-.".contains(b)) {
                *at += 1;
            }
            let end = *at;
            // Something else is no JSON: step over it, so that the walk ends.
            *at = end.max(start + 1);
            Node::Other(start..end)
        }
    }
}

/// The place between the quotes of a string.
fn string(bytes: &[u8], at: &mut usize) -> Range<usize> {
    let start = *at + 1;
    let mut i = start;
    while let Some(b) = bytes.get(i) {
        match b {
            b'\\' => i += 2,
            b'"' => break,
            _ => i += 1,
        }
    }
    let end = i.min(bytes.len());
    *at = end + 1;
    start..end
}
