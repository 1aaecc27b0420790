//! HL7 version 2 in ER7: identity fields by the policy, texts of OBX and NTE by the plan, payloads by
//! their own plans. Segments, delimiters and line ends stay; so does the character set, as far as it
//! has the letters. Source: HL7 v2.5 chapter 2; `crate::hl7v2::er7` for what a line is.

use std::collections::BTreeSet;
use std::ops::Range;

use relu_record::{Budget, Refusal};

use super::leaf::{self, Leaf, Order, Splice};
use super::policy::{Family, Policy};
use super::xmlmask::{by_content, encode64};
use super::{Done, Work, needles};
use crate::hl7v2::er7::{Delimiters, starts_segment};
use crate::{charset, notes, payload};

/// Masks a message or a batch.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let decoded = charset::decode(bytes);
    let policy = Policy::of(Family::Hl7v2, &work.plan.header);
    let mut masker = Masker {
        source: &decoded.text,
        policy: &policy,
        work,
        budget,
        done: Done::default(),
        leaves: Vec::new(),
        splices: Vec::new(),
        identities: Vec::new(),
        used: BTreeSet::new(),
    };
    for (at, delimiters) in segments(&decoded.text) {
        budget.step(20).map_err(notes::spent)?;
        masker.segment(at, &delimiters);
    }
    let Masker { leaves, mut splices, identities, mut done, .. } = masker;
    let work = work.with_identities(&identities);
    splices.extend(leaf::edits(&leaves, Order::Source, &work, &mut done.counts, budget)?);
    let out = leaf::apply(decoded.text.as_bytes(), splices);
    done.bytes = charset::encode_like(&String::from_utf8_lossy(&out), decoded.charset);
    Ok(done)
}

/// The segments of a file, each with its delimiters; a line that starts none goes on with the last.
fn segments(source: &str) -> Vec<(Range<usize>, Delimiters)> {
    let mut out: Vec<(Range<usize>, Delimiters)> = Vec::new();
    let mut delimiters: Option<Delimiters> = None;
    let mut at = 0;
    for line in source.split_inclusive(['\r', '\n', '\u{b}', '\u{1c}']) {
        let bare = line.trim_end_matches(['\r', '\n', '\u{b}', '\u{1c}']);
        let end = at + bare.len();
        if ["MSH", "FHS", "BHS"].iter().any(|h| bare.starts_with(h)) {
            delimiters = Delimiters::of(bare).or(delimiters);
        }
        if let Some(d) = delimiters {
            if starts_segment(bare, d.field) {
                out.push((at..end, d));
            } else if let Some((last, _)) = out.last_mut()
                && !bare.is_empty()
            {
                last.end = end;
            }
        }
        at += line.len();
    }
    out
}

struct Masker<'m> {
    source: &'m str,
    policy: &'m Policy,
    work: &'m Work<'m>,
    budget: &'m Budget,
    done: Done,
    leaves: Vec<Leaf>,
    splices: Vec<Splice>,
    identities: Vec<String>,
    used: BTreeSet<String>,
}

/// Pieces of a range between delimiters.
fn pieces(source: &str, at: Range<usize>, delimiter: char) -> Vec<Range<usize>> {
    let mut out = Vec::new();
    let mut start = at.start;
    for (i, c) in source.get(at.clone()).unwrap_or("").char_indices() {
        if c == delimiter {
            out.push(start..at.start + i);
            start = at.start + i + c.len_utf8();
        }
    }
    out.push(start..at.end);
    out
}

impl Masker<'_> {
    fn segment(&mut self, at: Range<usize>, d: &Delimiters) {
        let fields = pieces(self.source, at, d.field);
        let Some(name) = fields.first().and_then(|f| self.source.get(f.clone())) else { return };
        let header = matches!(name, "MSH" | "FHS" | "BHS");
        for (n, field) in fields.iter().enumerate().skip(1) {
            // In a header the field delimiter counts as field 1, and field 2 is the delimiters.
            let number = if header { n + 1 } else { n };
            if header && number == 2 {
                continue;
            }
            let empty = self.source.get(field.clone()).is_none_or(|f| f.is_empty() || f == "\"\"");
            if empty {
                continue;
            }
            let said = fields.get(3).and_then(|f| self.source.get(f.clone())).unwrap_or("");
            let mail = said.starts_with("CORPSMAIL");
            if name == "OBX" && number == 5 && self.payload(field.clone(), mail, d) {
                continue;
            }
            let shown = matches!(
                (name, number),
                ("OBX", 3 | 5..=8) | ("NTE", 3) | ("OBR", 4) | ("MSA" | "ERR", _)
            );
            for repetition in pieces(self.source, field.clone(), d.repetition) {
                for (c, component) in
                    pieces(self.source, repetition, d.component).into_iter().enumerate()
                {
                    // Codes are words of the format.
                    let code = c == 0 && matches!((name, number), ("OBX", 3) | ("OBR", 4));
                    if !code && (name, number) != ("MSH", 9) {
                        self.component(name, number, c + 1, component, shown, d);
                    }
                }
            }
        }
    }

    fn component(
        &mut self,
        segment: &str,
        field: usize,
        component: usize,
        at: Range<usize>,
        shown: bool,
        d: &Delimiters,
    ) {
        let (field, component) = (field.to_string(), component.to_string());
        for sub in pieces(self.source, at, d.sub) {
            let leaf = text(self.source, sub.clone(), shown, d);
            if leaf.text.trim().is_empty() {
                continue;
            }
            match self.policy.at(&[segment, &field, &component], &leaf.text) {
                Some(with) => {
                    self.done.counts.header += 1;
                    self.identities.push(leaf.text.clone());
                    let with = escape(&with).into_bytes();
                    self.splices.push(Splice { start: sub.start, end: sub.end, with });
                }
                None => match self.date(segment, &leaf.text) {
                    Some(with) => {
                        self.done.counts.header += 1;
                        let with = with.into_bytes();
                        self.splices.push(Splice { start: sub.start, end: sub.end, with });
                    }
                    None => self.leaves.push(leaf),
                },
            }
        }
    }

    /// A component that is a date, or begins with one as the numbers of messages and orders do.
    fn date(&self, segment: &str, text: &str) -> Option<String> {
        let full = text.bytes().take(8).filter(u8::is_ascii_digit).count() == 8;
        if full && segment != "NTE" { self.policy.date(text) } else { None }
    }

    /// A document in OBX-5, or the words of a mail that the reader shows as text; says whether there
    /// was one.
    fn payload(&mut self, field: Range<usize>, mail: bool, d: &Delimiters) -> bool {
        let components = pieces(self.source, field, d.component);
        let of = |n: usize| components.get(n).and_then(|r| self.source.get(r.clone()));
        let encoding = of(3).unwrap_or("").to_ascii_lowercase();
        let hexadecimal = encoding == "hex";
        let last = if components.len() >= 5 { components.get(4) } else { components.last() };
        let Some(at) = last.filter(|_| encoding == "base64" || hexadecimal).cloned() else {
            return false;
        };
        let raw = self.source.get(at.clone()).unwrap_or("");
        let bytes = if hexadecimal {
            let digits: String = raw.chars().filter(|c| !c.is_whitespace()).collect();
            crate::hl7v2::er7::hex_bytes(&digits)
        } else {
            payload::base64(raw, self.budget).ok()
        };
        let masked = bytes.and_then(|b| {
            if mail {
                return self.words(&b);
            }
            by_content(&b, &mut self.used, self.work, &mut self.done, self.budget)
        });
        if masked.is_none() {
            // What cannot be read is not kept: a notice in plain text takes its place.
            for (n, kind) in [(1, "TEXT"), (2, "PLAIN")] {
                if let Some(at) = components.get(n) {
                    let with = kind.as_bytes().to_vec();
                    self.splices.push(Splice { start: at.start, end: at.end, with });
                }
            }
        }
        let masked = masked.unwrap_or_else(|| needles::MARK.as_bytes().to_vec());
        let with = if hexadecimal {
            masked.iter().map(|b| format!("{b:02X}")).collect::<String>()
        } else {
            encode64(&masked)
        };
        self.splices.push(Splice { start: at.start, end: at.end, with: with.into_bytes() });
        true
    }
}

impl Masker<'_> {
    /// Words in base64 that stand in the text of the reading.
    fn words(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let decoded = charset::decode(bytes);
        let leaf = [Leaf::plain(&decoded.text, 0, decoded.text.len(), true)];
        let counts = &mut self.done.counts;
        let edits = leaf::edits(&leaf, Order::Source, self.work, counts, self.budget).ok()?;
        let out = leaf::apply(decoded.text.as_bytes(), edits);
        Some(charset::encode_like(&String::from_utf8_lossy(&out), decoded.charset))
    }
}

/// A leaf of a component, escapes resolved.
fn text(source: &str, at: Range<usize>, shown: bool, d: &Delimiters) -> Leaf {
    let mut leaf = Leaf::new(shown, escape);
    let mut i = at.start;
    while let Some(rest) = source.get(i..at.end).filter(|r| !r.is_empty()) {
        let Some(c) = rest.chars().next() else { break };
        let escaped = d.escape.filter(|e| *e == c).and_then(|e| {
            let after = rest.get(c.len_utf8()..)?;
            let end = after.char_indices().take(40).find(|(_, x)| *x == e)?.0;
            let resolved = crate::hl7v2::er7::escape_text(after.get(..end)?, d)?;
            Some((resolved, end + 2 * e.len_utf8()))
        });
        match escaped {
            Some((resolved, len)) => {
                let mut from = i;
                for r in resolved.chars() {
                    // The bytes of an escape belong to the first of its characters.
                    leaf.push(r, from, i + len);
                    from = i + len;
                }
                i += len;
            }
            None => {
                leaf.push(c, i, i + c.len_utf8());
                i += c.len_utf8();
            }
        }
    }
    leaf
}

/// Text for a field with the usual delimiters; others are taken out, since no stand-in needs them.
fn escape(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '|' | '^' | '~' | '\\' | '&' | '\r' | '\n' | '\u{b}' | '\u{1c}' => ' ',
            c => c,
        })
        .collect()
}
