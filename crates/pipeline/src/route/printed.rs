//! What the sender printed: mentions (H, L, *, *anormal*, *urgent*…) and deadlines, each with its
//! place. Words and signs are in `rules/printed.toml` and `rules/deadlines.toml`.
//!
//! Nothing is computed from a value: a result without a printed mark has none. A deadline is counted
//! from the date of the document; hours count for whole days. At most [`MOST`] of each are kept.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use relu_record::{Evidence, Instant, PartialDate, Reading, Span, month_named};
use serde::Deserialize;

use super::features::{Deadline, Seen};
use super::rule::Choice;

/// Enough for a person to find the place.
const MOST: usize = 20;
/// How far a negation reaches, in words.
const REACH: usize = 3;
/// A deadline further away is no deadline.
const FURTHEST_DAYS: i64 = 3 * 366;
const DAY_MS: i64 = 86_400_000;

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct PrintedFile {
    #[serde(default)]
    negations: BTreeSet<String>,
    #[serde(default)]
    mention: Vec<Mention>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mention {
    pub(super) code: String,
    label: String,
    flags: Vec<String>,
    marks: Vec<String>,
    phrases: Vec<String>,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) matches: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) rejects: Vec<String>,
    #[serde(default)]
    #[allow(dead_code)]
    effect: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct DeadlineFile {
    #[serde(default)]
    past: BTreeSet<String>,
    #[serde(default)]
    numbers: BTreeMap<String, u32>,
    #[serde(default)]
    hours: BTreeMap<String, u32>,
    #[serde(default)]
    days: BTreeMap<String, u32>,
    #[serde(default)]
    months: BTreeMap<String, u32>,
    #[serde(default)]
    cue: Vec<Cue>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Cue {
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) code: String,
    words: Vec<String>,
    takes: Takes,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) matches: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) rejects: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Takes {
    Duration,
    Date,
}

pub(super) struct Printed {
    pub(super) mentions: Vec<Mention>,
    negations: BTreeSet<String>,
    units: BTreeMap<String, Unit>,
    numbers: BTreeMap<String, u32>,
    past: BTreeSet<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) cues: Vec<Cue>,
    // Cues as words, the longest first.
    spelled: Vec<(Vec<String>, Takes)>,
    phrases: Vec<(Vec<String>, usize)>,
}

#[derive(Clone, Copy)]
enum Unit {
    Hours,
    Days(u32),
    Months(u32),
}

pub(super) fn printed() -> &'static Printed {
    static PRINTED: LazyLock<Printed> = LazyLock::new(|| {
        let file: PrintedFile =
            toml::from_str(include_str!("rules/printed.toml")).unwrap_or_default();
        let dated: DeadlineFile =
            toml::from_str(include_str!("rules/deadlines.toml")).unwrap_or_default();
        let mut units = BTreeMap::new();
        units.extend(dated.hours.keys().map(|k| (k.clone(), Unit::Hours)));
        units.extend(dated.days.iter().map(|(k, n)| (k.clone(), Unit::Days(*n))));
        units.extend(dated.months.iter().map(|(k, n)| (k.clone(), Unit::Months(*n))));
        let mut spelled: Vec<(Vec<String>, Takes)> = dated
            .cue
            .iter()
            .flat_map(|c| c.words.iter().map(|w| (plain_words(w), c.takes)))
            .collect();
        spelled.sort_by_key(|(w, _)| std::cmp::Reverse(w.len()));
        let phrases = file
            .mention
            .iter()
            .enumerate()
            .flat_map(|(i, m)| m.phrases.iter().map(move |p| (plain_words(p), i)))
            .collect();
        Printed {
            mentions: file.mention,
            negations: file.negations,
            units,
            numbers: dated.numbers,
            past: dated.past,
            cues: dated.cue,
            spelled,
            phrases,
        }
    });
    &PRINTED
}

/// The mentions a rule can name.
pub(super) fn mentions() -> Vec<Choice> {
    printed().mentions.iter().map(|m| Choice::new(&m.code, &m.label)).collect()
}

/// A word or number of the text: folded, with its place.
struct Token {
    folded: String,
    span: Span,
}

fn plain_words(phrase: &str) -> Vec<String> {
    tokens(phrase).into_iter().map(|t| t.folded).collect()
}

// Runs of letters and runs of digits apart, so that `48h` is a number and a unit.
fn tokens(text: &str) -> Vec<Token> {
    let mut out: Vec<Token> = Vec::new();
    let mut open: Option<(usize, bool)> = None;
    let close = |out: &mut Vec<Token>, from: usize, to: usize| {
        if let Some(word) = text.get(from..to) {
            out.push(Token { folded: relu_text::key(word), span: Span::new(from, to) });
        }
    };
    for (at, c) in text.char_indices() {
        let kind = c.is_alphanumeric().then(|| c.is_ascii_digit());
        match (open, kind) {
            (Some((_, digit)), Some(k)) if digit == k => {}
            (Some((from, _)), k) => {
                close(&mut out, from, at);
                open = k.map(|k| (at, k));
            }
            (None, k) => open = k.map(|k| (at, k)),
        }
    }
    if let Some((from, _)) = open {
        close(&mut out, from, text.len());
    }
    out
}

impl Printed {
    /// Mentions by code, each place once.
    pub(super) fn mentions_in(&self, reading: &Reading) -> Vec<Seen<String>> {
        let mut found: Vec<Seen<String>> = Vec::new();
        let mut add = |code: &str, evidence: Evidence| {
            let same = |s: &&Seen<String>| s.value.0 == code;
            if found.iter().filter(same).count() < MOST {
                found.push(Seen::new(code.to_owned(), evidence));
            }
        };
        for e in &reading.entries {
            let Some(flag) = e.flag.as_deref().map(str::trim) else { continue };
            for m in self.mentions.iter().filter(|m| m.flags.iter().any(|f| f == flag)) {
                add(&m.code, Evidence::Entry(e.path.clone()));
            }
        }
        let mut start = 0;
        for line in reading.text.split_inclusive('\n') {
            for (mark, span) in marks(line) {
                for m in self.mentions.iter().filter(|m| m.marks.iter().any(|k| k == mark)) {
                    add(&m.code, Evidence::Words(span.shifted(start)));
                }
            }
            start += line.len();
        }
        let words = tokens(&reading.text);
        for at in 0..words.len() {
            for (phrase, mention) in &self.phrases {
                let Some(span) = stands(&words, at, phrase) else { continue };
                let before = words.get(at.saturating_sub(REACH)..at).unwrap_or_default();
                if before.iter().any(|w| self.negations.contains(&w.folded)) {
                    continue;
                }
                if let Some(m) = self.mentions.get(*mention) {
                    add(&m.code, Evidence::Words(span));
                }
            }
        }
        found
    }

    /// Deadlines of a text, counted from `from`.
    pub(super) fn deadlines_in(&self, text: &str, from: PartialDate) -> Vec<Seen<Deadline>> {
        let words = tokens(text);
        let mut found = Vec::new();
        let mut at = 0;
        while at < words.len() && found.len() < MOST {
            let cue = self.spelled.iter().find_map(|(cue, takes)| {
                stands(&words, at, cue)?;
                let rest = at + cue.len();
                match takes {
                    Takes::Duration => self.duration(&words, rest, from),
                    Takes::Date => date(&words, rest),
                }
            });
            let Some((due, end)) = cue else {
                at += 1;
                continue;
            };
            let span = words.get(at).zip(words.get(end - 1));
            let ahead = due.days().zip(from.days()).map(|(d, f)| d - f);
            let past = words.get(end).is_some_and(|w| self.past.contains(&w.folded));
            if let (Some((a, b)), Some(days @ 0..=FURTHEST_DAYS), false) = (span, ahead, past) {
                let span = Span::new(a.span.start, b.span.end);
                let days = u16::try_from(days).unwrap_or(u16::MAX);
                found.push(Seen::new(Deadline { due, days }, Evidence::Words(span)));
            }
            at = end;
        }
        found
    }

    // `48 h`, `8 à 10 jours`: the last number counts.
    fn duration(
        &self,
        words: &[Token],
        at: usize,
        from: PartialDate,
    ) -> Option<(PartialDate, usize)> {
        let number = |at: usize| -> Option<u32> {
            let w = words.get(at)?;
            let n =
                w.folded.parse::<u32>().ok().or_else(|| self.numbers.get(&w.folded).copied())?;
            (1..=400).contains(&n).then_some(n)
        };
        let mut n = number(at)?;
        let mut next = at + 1;
        let to = usize::from(words.get(next).is_some_and(|w| w.folded == "a" || w.folded == "ou"));
        if let Some(last) = number(next + to).filter(|last| *last > n) {
            n = last;
            next += to + 1;
        }
        let unit = self.units.get(&words.get(next)?.folded)?;
        let due = match unit {
            Unit::Hours => plus_days(from, i64::from(n.div_ceil(24)))?,
            Unit::Days(each) => plus_days(from, i64::from(n) * i64::from(*each))?,
            Unit::Months(each) => plus_months(from, n.checked_mul(*each)?)?,
        };
        Some((due, next + 1))
    }
}

fn stands(words: &[Token], at: usize, phrase: &[String]) -> Option<Span> {
    let here = words.get(at..at.checked_add(phrase.len())?)?;
    let same = !phrase.is_empty() && here.iter().zip(phrase).all(|(w, p)| w.folded == *p);
    same.then(|| Span::new(here[0].span.start, here[here.len() - 1].span.end))
}

// `20/03/2026`, `2 avril 2026`, `1er mai 2026`.
fn date(words: &[Token], at: usize) -> Option<(PartialDate, usize)> {
    let digits = |at: usize| words.get(at).and_then(|w| w.folded.parse::<u16>().ok());
    let day = u8::try_from(digits(at)?).ok()?;
    let mut next = at + 1;
    next += usize::from(words.get(next).is_some_and(|w| w.folded == "er"));
    let word = words.get(next)?;
    let month = match month_named(&word.folded) {
        Some(month) => month,
        None => u8::try_from(digits(next)?).ok()?,
    };
    let year = digits(next + 1)?;
    let year = if year < 100 { year + 2000 } else { year };
    Some((PartialDate::ymd(year, month, day)?, next + 2))
}

/// The day so many days later.
pub(super) fn plus_days(from: PartialDate, days: i64) -> Option<PartialDate> {
    let ms = from.days()?.checked_add(days)?.checked_mul(DAY_MS)?;
    let date = Instant(ms).date();
    (date.year < 9999).then_some(date)
}

// The same day so many months later, or the last of that month.
fn plus_months(from: PartialDate, months: u32) -> Option<PartialDate> {
    let all = u32::from(from.year) * 12 + u32::from(from.month?) - 1 + months;
    let (year, month) = (u16::try_from(all / 12).ok()?, (all % 12) as u8 + 1);
    (1..=from.day?).rev().find_map(|day| PartialDate::ymd(year, month, day))
}

// Signs that stand alone on a line of a result: a value and its two bounds, three numbers at least.
fn marks(line: &str) -> Vec<(&str, Span)> {
    let numbers = line
        .split(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.')))
        .filter(|n| n.bytes().any(|b| b.is_ascii_digit()))
        .count();
    if numbers < 3 {
        return Vec::new();
    }
    let mut out = Vec::new();
    let mut from = 0;
    for word in line.split_inclusive(char::is_whitespace) {
        let bare = word.trim();
        if !bare.is_empty() && bare.len() <= 2 {
            let start = from + word.find(bare).unwrap_or(0);
            out.push((bare, Span::new(start, start + bare.len())));
        }
        from += word.len();
    }
    out
}
