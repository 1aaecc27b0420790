//! HPRIM Santé: fields of `H`, `P` and `OBR` by the policy; tests, results and comments by the plan.
//! A segment that goes on in `A` lines is one: its pieces keep the bytes they came from.

use relu_record::{Budget, Refusal};

use super::tame;
use crate::hprim::sante::Delimiters;
use crate::mask::leaf::{self, Leaf, Order, Splice};
use crate::mask::policy::{Family, Policy};
use crate::mask::{Done, Work};
use crate::{charset, notes, text};

/// A character and the bytes it was read from.
type Letter = (char, usize);
/// A segment by field, repetition and piece.
type Piece<'s> = &'s [Letter];

/// Masks a message.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let decoded = charset::decode(bytes);
    let (delimiters, segments) =
        segments(&decoded.text).ok_or_else(|| notes::DAMAGED_HPRIM.refusal())?;
    let mut masker = Masker {
        policy: Policy::of(Family::Hprim, &work.plan.header),
        leaves: Vec::new(),
        splices: Vec::new(),
        identities: Vec::new(),
        header: 0,
    };
    let mut patients = 0;
    for segment in &segments {
        budget.step(20).map_err(notes::spent)?;
        if name_of(segment, &delimiters) == "P" {
            patients += 1;
            // Of several patients each has a plan of their own.
            if let Some(plan) = work.plan.parts.get(&format!("P[{patients}]")) {
                masker.policy = Policy::of(Family::Hprim, &plan.header);
            }
        }
        masker.segment(segment, &delimiters);
    }
    let Masker { leaves, mut splices, identities, header, .. } = masker;
    let mut done = Done::default();
    done.counts.header = header;
    let work = work.with_identities(&identities);
    splices.extend(leaf::edits(&leaves, Order::Source, &work, &mut done.counts, budget)?);
    let out = leaf::apply(decoded.text.as_bytes(), splices);
    done.bytes = charset::encode_like(&String::from_utf8_lossy(&out), decoded.charset);
    Ok(done)
}

/// The segments, continuations joined; `None` when the first is no header.
fn segments(source: &str) -> Option<(Delimiters, Vec<Vec<Letter>>)> {
    let mut out: Vec<Vec<Letter>> = Vec::new();
    let mut delimiters = None;
    for line in text::lines(source) {
        let raw = source.get(line.clone()).unwrap_or("");
        if raw.trim().is_empty() {
            continue;
        }
        let (start, raw) = match delimiters {
            Some(_) => (line.start, raw),
            // White space before the header is none of it.
            None => (line.end - raw.trim_start().len(), raw.trim_start()),
        };
        let d: Delimiters = match delimiters {
            Some(d) => d,
            None => Delimiters::of(raw)?,
        };
        delimiters = Some(d);
        let more = raw.strip_prefix('A').and_then(|r| r.strip_prefix(d.field));
        let letters = |raw: &str, start: usize| -> Vec<Letter> {
            raw.char_indices().map(|(i, c)| (c, start + i)).collect()
        };
        match (more, out.last_mut()) {
            (Some(more), Some(last)) => last.extend(letters(more, line.end - more.len())),
            _ => out.push(letters(raw, start)),
        }
    }
    Some((delimiters?, out))
}

fn name_of(segment: Piece<'_>, d: &Delimiters) -> String {
    segment.iter().map(|(c, _)| *c).take_while(|c| *c != d.field).collect()
}

fn cut<'s>(piece: Piece<'s>, delimiter: char) -> impl Iterator<Item = Piece<'s>> {
    piece.split(move |(c, _)| *c == delimiter)
}

struct Masker {
    policy: Policy,
    leaves: Vec<Leaf>,
    splices: Vec<Splice>,
    identities: Vec<String>,
    header: usize,
}

impl Masker {
    fn segment(&mut self, segment: Piece<'_>, d: &Delimiters) {
        let name = name_of(segment, d);
        let said = |n: usize| cut(segment, d.field).nth(n - 1).map(|f| leaf(f, false).text);
        let kind = said(3).unwrap_or_default();
        let file = name == "OBX" && kind.trim() == "FIC";
        for (n, field) in cut(segment, d.field).enumerate().skip(1) {
            let number = n + 1;
            // The delimiters themselves.
            if name == "H" && number == 2 {
                continue;
            }
            let shown = !file
                && matches!((name.as_str(), number), ("OBX", 4 | 6..=9) | ("OBR", 5) | ("C", 4));
            for repetition in cut(field, d.repeat) {
                for (c, piece) in cut(repetition, d.sub).enumerate() {
                    // Codes are words of the format.
                    let code = c == 0 && matches!((name.as_str(), number), ("OBX", 4) | ("OBR", 5));
                    let several = cut(repetition, d.sub).count() > 1;
                    if !(code && several) {
                        let path = [name.as_str(), &number.to_string(), &(c + 1).to_string()];
                        self.piece(&path, leaf(piece, shown));
                    }
                }
            }
        }
    }

    fn piece(&mut self, path: &[&str], leaf: Leaf) {
        if leaf.text.trim().is_empty() {
            return;
        }
        let value = leaf.text.trim();
        let with = match self.policy.at(path, value) {
            Some(with) => {
                self.identities.push(value.to_owned());
                Some(with)
            }
            None => self.date(path, value),
        };
        match with {
            Some(with) => {
                self.header += 1;
                leaf.splice(0, leaf.from.len(), &with, &mut self.splices);
            }
            None => self.leaves.push(leaf),
        }
    }

    /// A field that is a date; the words of the laboratory are not.
    fn date(&self, path: &[&str], value: &str) -> Option<String> {
        let full = value.bytes().take(8).filter(u8::is_ascii_digit).count() == 8;
        let field = !matches!(path, ["C", ..] | ["OBX", "6", ..]);
        if full && field { self.policy.date(value) } else { None }
    }
}

fn leaf(piece: Piece<'_>, shown: bool) -> Leaf {
    let mut leaf = Leaf::new(shown, tame);
    for (c, at) in piece {
        leaf.push(*c, *at, at + c.len_utf8());
    }
    leaf
}
