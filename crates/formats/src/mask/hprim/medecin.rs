//! HPRIM Médecin: the twelve lines of the header by the policy; the letter by the plan; `TEX` lines,
//! which repeat it, as the letter they repeat; in `RES` lines the hidden words.
//!
//! A coded line that repeats nothing of the letter is read by nobody and loses its words, measures
//! apart.

use std::collections::BTreeSet;
use std::ops::Range;

use relu_record::{Budget, PartialDate, Refusal};

use super::{squeezed, tame};
use crate::hprim::dates;
use crate::hprim::medecin::{BREAKS, CODED, HEADER, cut, is_marked_up, is_sound, is_tag};
use crate::mask::leaf::{self, Leaf, Order, Splice, skipped};
use crate::mask::policy::{Family, Policy};
use crate::mask::{Counts, Done, Replacement, Work, needles, part_with, xmlscan};
use crate::text::html;
use crate::{charset, notes, text};

/// Masks the messages of a file, and the text outside them.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let cut = cut(bytes);
    let several = cut.pieces.iter().filter(|p| p.message).count() > 1;
    let mut done = Done::default();
    let mut out = Vec::with_capacity(bytes.len());
    let (mut at, mut number, mut shown) = (0, 0, 0);
    for piece in &cut.pieces {
        out.extend(bytes.get(at..piece.at.start).unwrap_or_default());
        at = piece.at.end;
        let raw = bytes.get(piece.at.clone()).unwrap_or_default();
        if !piece.message {
            out.extend(outside(raw, work, &mut done, budget)?);
        } else if several {
            number += 1;
            let path = format!("message {number}");
            let own = decided_outside(&path, &mut shown, work);
            out.extend(part_with(&path, raw, own, work, &mut done, budget).unwrap_or_default());
        } else {
            out.extend(message(raw, work, &mut done, budget)?);
        }
    }
    out.extend(bytes.get(at..).unwrap_or_default());
    done.bytes = out;
    Ok(done)
}

/// The passages of the whole file's plan that lie in the text of one message, which stands there
/// after those before it.
fn decided_outside(path: &str, shown: &mut usize, work: &Work<'_>) -> Vec<Replacement> {
    let Some(plan) = work.plan.parts.get(path) else { return Vec::new() };
    let (whole, own): (&str, &str) = (&work.plan.reading.text, &plan.reading.text);
    let found = whole.get(*shown..).and_then(|rest| rest.find(own));
    let Some(start) = found.map(|at| *shown + at) else { return Vec::new() };
    *shown = start + own.len();
    let inside = work.replacements.iter().filter(|r| r.span.start >= start && r.span.end <= *shown);
    let moved = |r: &Replacement| {
        let mut r = r.clone();
        (r.span.start, r.span.end) = (r.span.start - start, r.span.end - start);
        r
    };
    inside.map(moved).collect()
}

/// Text after the end of a message, which the reader shows with it.
fn outside(
    raw: &[u8],
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let decoded = charset::decode(raw);
    let whole = [Leaf::plain(&decoded.text, 0, decoded.text.len(), true)];
    let mut counts = Counts::default();
    let edits = leaf::edits(&whole, Order::Source, work, &mut counts, budget)?;
    done.counts.words += counts.words;
    let out = leaf::apply(decoded.text.as_bytes(), edits);
    Ok(charset::encode_like(&String::from_utf8_lossy(&out), decoded.charset))
}

fn message(
    raw: &[u8],
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let decoded = charset::decode(raw);
    let source: &str = &decoded.text;
    let of = |l: &Range<usize>| source.get(l.clone()).unwrap_or("");
    let mut lines = text::lines(source);
    lines.retain(|l| !is_tag(of(l)));
    budget.step(lines.len() as u64 * 4).map_err(notes::spent)?;
    let (head, rest) = lines.split_at(lines.len().min(HEADER));
    let coded = rest.iter().position(|l| bare(of(l)) == CODED).unwrap_or(rest.len());
    let (letter, coded) = rest.split_at(coded);
    let read: BTreeSet<String> = work.plan.reading.text.lines().map(squeezed).collect();
    // Each coded line may be looked for in all lines of the letter.
    budget.step(coded.len() as u64 * (1 + read.len() as u64 / 16)).map_err(notes::spent)?;
    let mut masker = Masker {
        source,
        policy: &Policy::of(Family::Hprim, &work.plan.header),
        sound: is_sound(&head.iter().map(of).collect::<Vec<_>>()),
        marked_up: letter.iter().any(|l| is_marked_up(of(l))),
        read,
        shown: Vec::new(),
        repeated: Vec::new(),
        splices: Vec::new(),
        identities: Vec::new(),
        header: 0,
        removed: 0,
        letter_is_coded: false,
    };
    masker.header(head);
    masker.letter(letter, coded);
    for line in coded {
        masker.coded(line.clone());
    }
    let Masker { shown, repeated, mut splices, identities, header, removed, .. } = masker;
    let work = work.with_identities(&identities);
    // Each line that repeats the letter is looked for in all of it.
    let looked_at = repeated.len() as u64 * (1 + work.plan.reading.text.len() as u64 / 256);
    budget.step(looked_at).map_err(notes::spent)?;
    splices.extend(leaf::edits(&shown, Order::Source, &work, &mut done.counts, budget)?);
    splices.extend(leaf::edits(&repeated, Order::Any, &work, &mut done.counts, budget)?);
    done.counts.header += header;
    done.counts.removed += removed;
    let out = leaf::apply(source.as_bytes(), splices);
    Ok(charset::encode_like(&String::from_utf8_lossy(&out), decoded.charset))
}

/// A line as the reader compares it.
fn bare(line: &str) -> &str {
    line.trim_matches(skipped)
}

struct Masker<'m> {
    source: &'m str,
    policy: &'m Policy,
    /// The header is where it should be: the reader does not show it with the letter.
    sound: bool,
    /// The letter is read as HTML.
    marked_up: bool,
    /// The lines that were read.
    read: BTreeSet<String>,
    /// What the reader shows, in order, and what it does not, hidden words apart.
    shown: Vec<Leaf>,
    /// Coded lines that repeat the letter.
    repeated: Vec<Leaf>,
    splices: Vec<Splice>,
    identities: Vec<String>,
    header: usize,
    removed: usize,
    /// The coded lines are all there is of the letter.
    letter_is_coded: bool,
}

impl Masker<'_> {
    fn text(&self, at: &Range<usize>) -> &str {
        self.source.get(at.clone()).unwrap_or("")
    }

    /// The range without what stands around its words.
    fn trimmed(&self, at: Range<usize>) -> Range<usize> {
        let text = self.text(&at);
        let start = at.start + (text.len() - text.trim_start_matches(skipped).len());
        start..start + bare(text).len()
    }

    fn header(&mut self, lines: &[Range<usize>]) {
        let filed = lines.get(9).and_then(|l| dates::parse(bare(self.text(l)), None));
        for (n, line) in lines.iter().enumerate() {
            let at = self.trimmed(line.clone());
            let number = (n + 1).to_string();
            match n + 1 {
                6 => self.town(at),
                7 => self.date(&number, at, filed.map(|(d, _)| d)),
                10 => self.date(&number, at, None),
                _ => self.field(&["medecin", &number], at),
            }
        }
    }

    fn field(&mut self, path: &[&str], at: Range<usize>) {
        let value = self.text(&at).to_owned();
        match self.policy.at(path, &value) {
            Some(with) => {
                self.identities.push(value);
                self.replace(at, &with);
            }
            None => self.keep(at, !self.sound),
        }
    }

    /// Text that stays, hidden words apart.
    fn keep(&mut self, at: Range<usize>, shown: bool) {
        let mut leaf = Leaf::plain(self.source, at.start, at.end, shown);
        leaf.encode = tame;
        self.shown.push(leaf);
    }

    fn replace(&mut self, at: Range<usize>, with: &str) {
        self.header += 1;
        self.splices.push(Splice { start: at.start, end: at.end, with: tame(with).into_bytes() });
    }

    /// Postal code, blank, town; a line that begins with no code is all town.
    fn town(&mut self, at: Range<usize>) {
        let text = self.text(&at);
        let code = text.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let is_code = code == 5 && text.bytes().take(code).filter(u8::is_ascii_digit).count() >= 4;
        let middle = at.start + if is_code { code } else { 0 };
        self.field(&["medecin", "6", "1"], at.start..middle);
        let town = self.trimmed(middle..at.end);
        self.field(&["medecin", "6", "2"], town);
    }

    /// The birth date, or the date of the file; what is no date goes by the rule of the line.
    fn date(&mut self, number: &str, at: Range<usize>, not_after: Option<PartialDate>) {
        let path = ["medecin", number];
        let birth = number == "7";
        let text = self.text(&at).to_owned();
        let first = text.split_whitespace().next().unwrap_or("");
        let Some((date, _)) = dates::parse(&text, not_after) else {
            // Another text in its place is no date afterwards either.
            match self.policy.at(&path, &text) {
                Some(_) => self.replace(at, ""),
                None => self.keep(at, !self.sound),
            }
            return;
        };
        let iso = date.to_string();
        let made = if birth { self.policy.at(&path, &iso) } else { self.policy.date(&iso) };
        let Some(made) = made else { return self.keep(at, !self.sound) };
        let moved = made.parse().ok().and_then(|d| dates::written_like(first, d));
        self.identities.push(first.to_owned());
        // Of what follows, a time of day says nobody.
        let rest =
            text.get(first.len()..).filter(|r| r.chars().all(|c| " 0123456789:h".contains(c)));
        self.replace(at, &(moved.unwrap_or(made) + rest.unwrap_or("")));
    }

    /// The letter, or the coded lines when they are all there is of it.
    fn letter(&mut self, lines: &[Range<usize>], coded: &[Range<usize>]) {
        let mut leaf = self.leaf();
        for line in lines {
            self.push(line.clone(), self.marked_up, &mut leaf);
        }
        if !leaf.text.chars().any(|c| !c.is_whitespace()) {
            self.letter_is_coded = true;
            leaf = Leaf::new(true, tame);
            for line in coded {
                if let Some(words) = repeated(self.text(line)) {
                    self.push(line.end - words.len()..line.end, false, &mut leaf);
                }
            }
        }
        self.shown.push(leaf);
    }

    fn leaf(&self) -> Leaf {
        Leaf::new(true, if self.marked_up { xmlscan::escape } else { tame })
    }

    /// The characters of a line as the reader shows them.
    fn push(&self, line: Range<usize>, marked_up: bool, leaf: &mut Leaf) {
        let mut i = line.start;
        while let Some(rest) = self.source.get(i..line.end).filter(|r| !r.is_empty()) {
            let Some(c) = rest.chars().next() else { break };
            let br = BREAKS.iter().find(|b| marked_up && rest.starts_with(**b));
            if let Some(br) = br {
                leaf.push('\n', i, i);
                i += br.len();
                continue;
            }
            let reference = (marked_up && c == '&').then(|| reference(rest)).flatten();
            let (c, len) = reference.unwrap_or((c, c.len_utf8()));
            leaf.push(c, i, i + len);
            i += len;
        }
    }

    /// A line of the coded part.
    fn coded(&mut self, line: Range<usize>) {
        let text = self.text(&line);
        let start = bare(text);
        if start.is_empty() || start == CODED || start == "TEX" {
        } else if start.starts_with("RES|") {
            self.result(self.trimmed(line));
        } else if !(self.letter_is_coded && text.starts_with("TEX")) {
            let words = repeated(text).map_or(line.start, |w| line.end - w.len());
            self.repetition(words..line.end);
        }
    }

    /// A line that says again what the letter says; one that says something else goes.
    fn repetition(&mut self, at: Range<usize>) {
        let mut leaf = self.leaf();
        self.push(at.clone(), self.marked_up, &mut leaf);
        let line = squeezed(&leaf.text);
        if line.is_empty() {
        } else if self.read.contains(&line) {
            self.repeated.push(leaf);
        } else {
            self.remove(self.trimmed(at));
        }
    }

    fn remove(&mut self, at: Range<usize>) {
        self.removed += 1;
        let with = needles::MARK.as_bytes().to_vec();
        self.splices.push(Splice { start: at.start, end: at.end, with });
    }

    /// A result: label, code, kind, value, unit, bounds, flag, status, second value.
    fn result(&mut self, line: Range<usize>) {
        let mut at = line.start + "RES|".len();
        let fields: Vec<&str> = self.source.get(at..line.end).unwrap_or("").split('|').collect();
        let numeric = fields.get(2).is_some_and(|k| bare(k) == "N");
        for (n, field) in fields.into_iter().enumerate() {
            let place = self.trimmed(at..at + field.len());
            at += field.len() + 1;
            match n {
                // Codes are words of the format.
                1 | 2 | 7 | 8 => {}
                3 | 9 if numeric && is_measure(field) => {}
                3 | 9 => self.value(place),
                _ => self.keep(place, false),
            }
        }
    }

    /// A value that is not a number: a measure with its unit, a date, words of the letter.
    fn value(&mut self, at: Range<usize>) {
        let text = self.text(&at);
        let date = dates::parse(text, None).filter(|_| !text.contains(char::is_whitespace));
        if let Some((date, _)) = date {
            let moved = self.policy.date(&date.to_string()).and_then(|d| d.parse().ok());
            return match moved.and_then(|d| dates::written_like(text, d)) {
                Some(with) => self.replace(at, &with),
                None => self.keep(at, false),
            };
        }
        let said = squeezed(text);
        let read = said.is_empty() || self.read.iter().any(|line| line.contains(&said));
        if read || is_measure(text) { self.keep(at, false) } else { self.remove(at) }
    }
}

/// What a line that begins with `TEX` repeats, as the reader cuts it.
fn repeated(line: &str) -> Option<&str> {
    line.starts_with("TEX").then(|| line.get(4..).unwrap_or(""))
}

/// A reference as the reader resolves it, and its length.
fn reference(rest: &str) -> Option<(char, usize)> {
    let (end, _) = rest.char_indices().take(14).find(|(_, c)| *c == ';')?;
    let resolved = html::unescape(rest.get(..=end)?);
    let mut chars = resolved.chars();
    let one = chars.next().filter(|_| chars.next().is_none())?;
    Some((one, end + 1))
}

/// A number, with a sign before it or a short unit after it; a long one may be somebody's.
fn is_measure(text: &str) -> bool {
    let number = bare(text).trim_start_matches(['<', '>', '=', '≤', '≥', '~', '+', '-', ' ']);
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let unit = number.trim_start_matches(|c: char| c.is_ascii_digit() || " .,".contains(c));
    number.starts_with(|c: char| c.is_ascii_digit()) && digits <= 7 && unit.chars().count() <= 10
}
