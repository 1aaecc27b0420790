//! Scores with their value: Charlson, SOFA, Elston and Ellis, emergency triage (priority, CCMU,
//! GEMSA), Glasgow, NIHSS, OMS/ECOG, NYHA, ASA, Child-Pugh, Gleason…
//!
//! Data: `rules/scores.toml`, one entry a score: its names, the range of its values, and its form.
//! The value is the first number (or Roman numeral) after the name, in its sentence; the entity goes
//! from the name to the value. A number outside the range is no value, and there is then no entity.

use relu_record::Number;
use serde::{Deserialize, Serialize};

use crate::compile::{Builder, OriginId, Proof, RuleDoc, RuleError};
use crate::found::{Sink, Value};
use crate::lists::List;
use crate::phrases::{Hit, Meaning, Print};
use crate::tokens::{Case, Gap};
use crate::view::View;
use crate::vocabulary::WordId;

/// How the value of a score is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Form {
    /// A whole number.
    Number,
    /// A whole number or a Roman numeral.
    Stage,
    /// A class, `A` to `C`, with or without its points.
    Class,
    /// `3+4`, or the sum.
    Sum,
    /// Three marks in brackets, `(3 + 2 + 1)`, that make a grade of 1 to 3: up to 5, 7, 9 points.
    ThreeMarks,
}

/// Compiled scores.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Scores {
    scores: Vec<Score>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Score {
    origin: OriginId,
    form: Form,
    low: u32,
    high: u32,
    // Tokens looked at after the name.
    window: u16,
    // Whether any word may stand between name and value.
    loose: bool,
    // Whether the value may stand before the name ("stade III de la NYHA").
    before: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    words: Option<Words>,
    score: Vec<ScoreText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Words {
    why: String,
    source: String,
    /// Words that may stand between a name and its value.
    links: Vec<String>,
    /// Words that announce a stage.
    stages: Vec<String>,
    /// Words after a number that make it something else than a score.
    units: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ScoreText {
    code: String,
    kind: String,
    why: String,
    source: String,
    #[serde(default)]
    terms: Vec<String>,
    #[serde(default)]
    acronyms: Vec<String>,
    form: Form,
    range: [u32; 2],
    #[serde(default = "window")]
    window: u16,
    #[serde(default)]
    loose: bool,
    #[serde(default)]
    before: bool,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    rejects: Vec<String>,
}

fn window() -> u16 {
    7
}

const LINK: i32 = 1;
const STAGE: i32 = 2;
const UNIT: i32 = 3;

/// Adds the scores of a file.
pub(crate) fn compile(
    name: &str,
    file: &str,
    b: &mut Builder,
    to: &mut Scores,
) -> Result<(), RuleError> {
    let parsed: File = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    if let Some(Words { why, source, links, stages, units }) = parsed.words {
        for (words, value) in [(links, LINK), (stages, STAGE), (units, UNIT)] {
            words.iter().for_each(|w| b.listed(w, List::ScoreWord, value));
        }
        b.document(RuleDoc { code: "score_words".to_owned(), why, source, ..RuleDoc::default() });
    }
    for text in parsed.score {
        if !b.keeps(&text.code) {
            continue;
        }
        let origin = b.plain_origin("score", &text.kind, &text.code);
        let meaning = Meaning::Score(to.scores.len() as u32);
        text.terms.iter().for_each(|t| b.term(t, meaning, Print::Any, false));
        text.acronyms.iter().for_each(|t| b.term(t, meaning, Print::Capitals, false));
        let [low, high] = text.range;
        let ScoreText { form, window, loose, before, .. } = text;
        to.scores.push(Score { origin, form, low, high, window, loose, before });
        let ScoreText { code, why, source, matches, rejects, .. } = text;
        let proof = Proof::Entity;
        b.document(RuleDoc { code, why, source, matches, rejects, proof, ..RuleDoc::default() });
    }
    Ok(())
}

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    let mut reach = 0;
    for (i, hit) in view.terms.iter().enumerate() {
        let Meaning::Score(n) = hit.meaning else { continue };
        let mut names =
            view.terms.iter().skip(i + 1).filter(|h| matches!(h.meaning, Meaning::Score(_)));
        // Of the names that begin here, the longest that has a value; none inside a score.
        let longer = names.clone().next().is_some_and(|n| n.from == hit.from);
        if hit.from < reach || (longer && !same_words(view, i)) {
            continue;
        }
        let Some(score) = view.rules.scores.scores.get(n as usize) else { continue };
        // No further than the next name.
        let limit = names.find(|n| n.from >= hit.to).map_or(u32::MAX, |n| n.from) as usize;
        if let Some(read) = read(view, score, *hit, limit) {
            reach = read.to as u32;
            add(view, score, &read, sink);
        }
    }
}

// Whether the next name begins and ends where this one does ("SBR": with its notes, or its grade).
fn same_words(view: &View<'_>, i: usize) -> bool {
    let (Some(a), Some(b)) = (view.terms.get(i), view.terms.get(i + 1)) else { return false };
    (a.from, a.to) == (b.from, b.to)
}

// A value with the tokens of the entity.
struct Read {
    from: usize,
    to: usize,
    number: Option<u32>,
    class: Option<char>,
}

fn read(view: &View<'_>, score: &Score, hit: Hit, limit: usize) -> Option<Read> {
    let (from, to) = (hit.from as usize, hit.to as usize);
    // A line break ends a sentence but not a score ("Charlson :⏎8").
    let end = to.saturating_add(usize::from(score.window)).min(limit).min(view.tokens.len());
    let sentence = view.sentence(from).1;
    let past = |i: usize| i >= sentence && view.gap(i) == Gap::Blank;
    for i in to..end {
        let t = view.token(i)?;
        if past(i) || (i >= sentence && ends_sentence(view, i)) {
            break;
        }
        if let Some(read) = value_at(view, score, i) {
            let from = if score.form == Form::ThreeMarks { i } else { from };
            return Some(Read { from, ..read });
        }
        if t.is_digits() && score.form != Form::ThreeMarks {
            // A number, but not a value: a time ("24h") is stepped over, anything else ends.
            if !timed(view, i) {
                break;
            }
        } else if !score.loose && !linking(view, i) {
            break;
        }
    }
    if !score.before {
        return None;
    }
    (1..=4).filter_map(|back| from.checked_sub(back)).find_map(|i| {
        let staged = i.checked_sub(1).and_then(|p| view.list(p, List::ScoreWord)).map(|w| w.0);
        let read = value_at(view, score, i).filter(|r| r.to <= from && staged == Some(STAGE))?;
        let joined = (read.to..from).all(|j| linking(view, j));
        joined.then_some(Read { from: i - 1, to, ..read })
    })
}

// Whether the mark before token `i` ends a sentence.
fn ends_sentence(view: &View<'_>, i: usize) -> bool {
    i.checked_sub(1).is_some_and(|p| view.is(p, b'.') || view.is(p, b'!') || view.is(p, b'?'))
}

fn linking(view: &View<'_>, i: usize) -> bool {
    let mark = [b':', b'=', b'-', b'(', b'/', b'~'].iter().any(|c| view.is(i, *c));
    mark || view.list(i, List::ScoreWord).is_some_and(|(kind, _)| kind != UNIT)
        || view.token(i).is_some_and(|t| t.word.has(WordId::SMALL))
}

fn timed(view: &View<'_>, i: usize) -> bool {
    view.list(i + 1, List::ScoreWord).is_some_and(|(kind, _)| kind == UNIT)
}

fn value_at(view: &View<'_>, score: &Score, i: usize) -> Option<Read> {
    let read = |number, class, to| Some(Read { from: i, to, number, class });
    let fits = |n: &u32| (score.low..=score.high).contains(n);
    match score.form {
        Form::Number => whole(view, i).filter(fits).and_then(|n| read(Some(n), None, i + 1)),
        Form::Stage => {
            let n = whole(view, i).or_else(|| roman(view, i)).filter(fits)?;
            read(Some(n), None, i + 1)
        }
        Form::Class => {
            let t = view.token(i).filter(|t| t.is_word() && t.len() == 1)?;
            let class = t.of(view.text).chars().next().filter(|c| ('A'..='C').contains(c))?;
            match whole(view, i + 1).filter(fits) {
                Some(n) => read(Some(n), Some(class), i + 2),
                None => read(None, Some(class), i + 1),
            }
        }
        Form::Sum => {
            let first = view.digits(i)?;
            let second = view.digits(i + 2).filter(|_| view.is(i + 1, b'+'));
            match second {
                Some(second) => {
                    let n = Some(first + second).filter(fits)?;
                    read(Some(n), None, i + 3)
                }
                None => {
                    let n = whole(view, i).filter(fits)?;
                    read(Some(n), None, i + 1)
                }
            }
        }
        Form::ThreeMarks => three_marks(view, i),
    }
}

// A whole number that is no part of a decimal, a time or a dose.
fn whole(view: &View<'_>, i: usize) -> Option<u32> {
    let (number, next) = view.number(i)?;
    let n = view.digits(i).filter(|n| next == i + 1 && f64::from(*n) == number)?;
    (!timed(view, i)).then_some(n)
}

fn roman(view: &View<'_>, i: usize) -> Option<u32> {
    let t = view
        .token(i)
        .filter(|t| t.is_word() && matches!(t.case(), Case::Upper | Case::Mixed | Case::Capital))?;
    // "IIB" is stage II, with its letter.
    let printed = t.of(view.text);
    let numeral = printed.trim_end_matches(['A', 'B', 'C', 'a', 'b', 'c']);
    let n = match numeral {
        "I" => 1,
        "II" => 2,
        "III" => 3,
        "IV" => 4,
        "V" => 5,
        "VI" => 6,
        _ => return None,
    };
    (printed.len() - numeral.len() <= 1).then_some(n)
}

fn three_marks(view: &View<'_>, i: usize) -> Option<Read> {
    if !view.is(i, b'(') {
        return None;
    }
    let close = (i + 1..i + 12).find(|&j| view.is(j, b')'))?;
    let mut marks = 0;
    let mut sum = 0;
    for j in i + 1..close {
        if let Some(n) = view.digits(j) {
            if n > 3 {
                return None;
            }
            (marks, sum) = (marks + 1, sum + n);
        }
    }
    let grade = match sum {
        0..=5 => 1,
        6..=7 => 2,
        _ => 3,
    };
    (marks == 3).then_some(Read { from: i, to: close + 1, number: Some(grade), class: None })
}

fn add(view: &View<'_>, score: &Score, read: &Read, sink: &mut Sink) {
    let value = read.number.map(|n| {
        sink.value(Value::Measure {
            number: Number::Number(f64::from(n)),
            unit: Default::default(),
            operator: "",
            canonical: None,
            range: Default::default(),
            flag: Default::default(),
        })
    });
    let norm = read.class.map(|c| sink.write(format_args!("{c}")));
    if let Some(f) = sink.push(view.tokens, read.from, read.to, score.origin) {
        f.value = value.unwrap_or(0);
        f.norm = norm.unwrap_or_default();
    }
}
