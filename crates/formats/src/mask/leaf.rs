//! Leaves: the stretches of text of a source (text nodes, attributes, JSON strings, HL7 components,
//! characters of an RTF), each character with the bytes it was read from.
//!
//! [`edits`] lays the leaves beside the text of the reading, so that a passage of the plan falls on
//! characters of leaves, whatever the reader put between them (labels, separators, line ends). A
//! leaf that is not found in the text is treated as one that the reading does not show: it loses
//! every hidden word. Characters that stay keep their bytes.

use relu_record::{Budget, Refusal};

use super::{Counts, Work};
use crate::notes;

/// One stretch of text.
pub(crate) struct Leaf {
    pub text: String,
    /// For each character, the bytes of the source it was read from.
    pub from: Vec<(u32, u32)>,
    /// The reader writes it into the text.
    pub shown: bool,
    /// How text is written in the source.
    pub encode: fn(&str) -> String,
}

/// Bytes of the source to be replaced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Splice {
    pub start: usize,
    pub end: usize,
    pub with: Vec<u8>,
}

/// In which order the reader writes the leaves.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Order {
    /// That of the source.
    Source,
    /// Another: a leaf is looked for everywhere, as a whole word.
    Any,
}

impl Leaf {
    pub(crate) fn new(shown: bool, encode: fn(&str) -> String) -> Leaf {
        Leaf { text: String::new(), from: Vec::new(), shown, encode }
    }

    pub(crate) fn push(&mut self, c: char, start: usize, end: usize) {
        self.text.push(c);
        let cut = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        self.from.push((cut(start), cut(end)));
    }

    /// Text that stands as it is.
    pub(crate) fn plain(source: &str, start: usize, end: usize, shown: bool) -> Leaf {
        let mut leaf = Leaf::new(shown, str::to_owned);
        for (at, c) in source.get(start..end).unwrap_or("").char_indices() {
            leaf.push(c, start + at, start + at + c.len_utf8());
        }
        leaf
    }

    /// Replaces characters `a..b` of the leaf. Each loses its own bytes, so that what stands between
    /// two characters (markup) stays.
    pub(crate) fn splice(&self, a: usize, b: usize, with: &str, out: &mut Vec<Splice>) {
        let mut first = true;
        for (start, end) in self.from.get(a..b).unwrap_or_default() {
            let (start, end) = (*start as usize, *end as usize);
            let with = if first { (self.encode)(with).into_bytes() } else { Vec::new() };
            first = false;
            match out.last_mut() {
                Some(last) if last.end == start && with.is_empty() && !last.with.is_empty() => {
                    last.end = end;
                }
                _ => out.push(Splice { start, end, with }),
            }
        }
    }
}

/// The text without white space, and where each byte of it stands in the text.
struct Compact {
    text: String,
    at: Vec<u32>,
}

/// Whether a character says nothing: the reader may write it otherwise, or not at all.
pub(crate) fn skipped(c: char) -> bool {
    c.is_whitespace() || c.is_control() || c == '\u{feff}'
}

impl Compact {
    fn of(text: &str) -> Compact {
        let mut out = Compact { text: String::with_capacity(text.len()), at: Vec::new() };
        for (i, c) in text.char_indices().filter(|(_, c)| !skipped(*c)) {
            out.text.push(c);
            out.at.extend(std::iter::repeat_n(i as u32, c.len_utf8()));
        }
        out
    }

    fn place(&self, i: usize) -> usize {
        self.at.get(i).copied().unwrap_or(u32::MAX) as usize
    }
}

/// How far ahead a short leaf is looked for.
const NEAR: usize = 200;
/// A leaf shorter than this says too little to be found far away.
const SHORT: usize = 4;

/// The splices that mask the leaves.
pub(crate) fn edits(
    leaves: &[Leaf],
    order: Order,
    work: &Work<'_>,
    counts: &mut Counts,
    budget: &Budget,
) -> Result<Vec<Splice>, Refusal> {
    let text: &str = &work.plan.reading.text;
    let compact = Compact::of(text);
    let mut cursor = 0;
    let mut out = Vec::new();
    for leaf in leaves {
        budget.step(1 + leaf.text.len() as u64 / 8).map_err(notes::spent)?;
        let wanted: String = leaf.text.chars().filter(|c| !skipped(*c)).collect();
        let places = if leaf.shown && !wanted.is_empty() {
            match order {
                Order::Source => ahead(&compact, &wanted, &mut cursor).into_iter().collect(),
                Order::Any => everywhere(&compact, &wanted, text),
            }
        } else {
            Vec::new()
        };
        if places.is_empty() {
            counts.words += clean(leaf, work, &mut out);
            continue;
        }
        for hit in passages(leaf, &places, &compact, wanted.len(), work) {
            // Of several leaves under one passage, the one where it begins takes the mark.
            let with = if hit.begins || order == Order::Any { hit.with } else { "" };
            leaf.splice(hit.from, hit.to, with, &mut out);
        }
    }
    counts.passages = work.replacements.len();
    Ok(out)
}

/// The hidden words of a leaf that the reading does not show.
fn clean(leaf: &Leaf, work: &Work<'_>, out: &mut Vec<Splice>) -> usize {
    let found = work.hidden.find(&leaf.text);
    for (range, with) in &found {
        let before = leaf.text.get(..range.start).map_or(0, |t| t.chars().count());
        let inside = leaf.text.get(range.clone()).map_or(0, |t| t.chars().count());
        leaf.splice(before, before + inside, with, out);
    }
    found.len()
}

fn ahead(compact: &Compact, wanted: &str, cursor: &mut usize) -> Option<usize> {
    let rest = compact.text.get(*cursor..)?;
    let found = rest.find(wanted);
    let near = found.filter(|at| wanted.len() >= SHORT || *at <= NEAR);
    if let Some(at) = near {
        let place = *cursor + at;
        // Far away, it may be another one like it: the cursor stays for those in between.
        if at <= NEAR * 20 || wanted.len() > 24 {
            *cursor = place + wanted.len();
        }
        return Some(place);
    }
    (wanted.len() >= SHORT).then(|| compact.text.find(wanted)).flatten()
}

/// Every place of a leaf, between word boundaries of the text.
fn everywhere(compact: &Compact, wanted: &str, text: &str) -> Vec<usize> {
    let boundary = |before: Option<char>, after: Option<char>| {
        !before.is_some_and(char::is_alphanumeric) || !after.is_some_and(char::is_alphanumeric)
    };
    let mut out = Vec::new();
    let mut from = 0;
    while let Some(at) = compact.text.get(from..).and_then(|rest| rest.find(wanted)) {
        let start = from + at;
        let first = compact.place(start);
        let last = compact.place(start + wanted.len() - 1);
        let end = last + text.get(last..).and_then(|t| t.chars().next()).map_or(0, char::len_utf8);
        let before = text.get(..first).and_then(|t| t.chars().next_back());
        let after = text.get(end..).and_then(|t| t.chars().next());
        if boundary(before, wanted.chars().next()) && boundary(wanted.chars().next_back(), after) {
            out.push(start);
        }
        from = start + wanted.len().max(1);
        if out.len() >= 1_000 {
            break;
        }
    }
    out
}

/// A passage, or a part of one, on a leaf: first character and one past the last.
struct Hit<'w> {
    from: usize,
    to: usize,
    begins: bool,
    with: &'w str,
}

/// The passages that fall on a leaf, not overlapping, in order.
fn passages<'w>(
    leaf: &Leaf,
    places: &[usize],
    compact: &Compact,
    len: usize,
    work: &'w Work<'_>,
) -> Vec<Hit<'w>> {
    let mut out: Vec<Hit<'w>> = Vec::new();
    for place in places {
        let (first, last) = (compact.place(*place), compact.place(place + len - 1));
        let from = work.replacements.partition_point(|r| r.span.end <= first);
        let rest = work.replacements.get(from..).unwrap_or_default();
        for r in rest.iter().take_while(|r| r.span.start <= last) {
            let mut at = *place;
            let mut hit: Option<(usize, usize)> = None;
            for (i, c) in leaf.text.chars().enumerate() {
                if skipped(c) {
                    continue;
                }
                let here = compact.place(at);
                at += c.len_utf8();
                if here >= r.span.start && here < r.span.end {
                    hit = Some(hit.map_or((i, i + 1), |(a, _)| (a, i + 1)));
                }
            }
            if let Some((from, to)) = hit
                && !out.iter().any(|h| from < h.to && h.from < to)
            {
                out.push(Hit { from, to, begins: r.span.start >= first, with: r.with.as_str() });
            }
        }
    }
    out.sort_by_key(|h| h.from);
    out
}

/// The source with its splices; of two that overlap, the one that begins first, or is longer, wins.
pub(crate) fn apply(source: &[u8], mut splices: Vec<Splice>) -> Vec<u8> {
    splices.sort_by_key(|s| (s.start, std::cmp::Reverse(s.end)));
    let mut out = Vec::with_capacity(source.len());
    let mut at = 0;
    for splice in &splices {
        if splice.start < at || splice.end > source.len() {
            continue;
        }
        out.extend(source.get(at..splice.start).unwrap_or_default());
        out.extend(&splice.with);
        at = splice.end;
    }
    out.extend(source.get(at..).unwrap_or_default());
    out
}
