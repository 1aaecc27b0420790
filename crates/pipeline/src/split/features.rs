//! What one page shows: its words at the top and at the foot, its number, whose it is.
//!
//! Units: bytes of the reading's text. Words are compared folded ([`relu_text::key`]), numbers as they
//! stand; a word that recognition has misread shows nothing, which is why no single sign decides.

use relu_record::{BoundingBox, PartialDate, Reading, Span};

use super::rules::Words;
use crate::page::{Page, Shape};

// Lines in which a letterhead, a title or an appeal stands, and lines of a foot.
const HEAD: usize = 14;
const APPEAL: usize = 40;
const FOOT: usize = 12;
// Fewer letters than that are dust on a blank page.
const BLANK_LETTERS: usize = 12;
const MOST_PAGES: u32 = 60;

/// What was seen, with where.
#[derive(Clone, Debug, Default)]
pub(super) struct Seen {
    pub blank: bool,
    pub separator: Option<Span>,
    /// The code of a separator page.
    pub code: Option<BoundingBox>,
    /// « 2/3 »: which, of how many (0 when it does not say).
    pub number: Option<(u32, u32, Span)>,
    pub births: Vec<(PartialDate, Span)>,
    pub letterhead: Option<Span>,
    pub date_line: Option<Span>,
    pub title: Option<Span>,
    pub salutation: Option<Span>,
    pub patient_block: Option<Span>,
    pub closed: Option<Span>,
    pub unfinished: Option<Span>,
    pub goes_on: Option<Span>,
    /// Folded letters of the first and of the last lines, without figures.
    pub frame: Vec<String>,
    /// Where the first line stands.
    pub first: Option<Span>,
}

impl Seen {
    /// Whether it is a page that was slipped in to part two documents.
    pub(super) fn separates(&self) -> bool {
        self.separator.is_some() || self.code.is_some()
    }
}

/// Where the text of each page stands; none for a page without words.
pub(super) fn page_spans(reading: &Reading) -> Vec<Option<Span>> {
    let mut spans: Vec<Option<Span>> = vec![None; reading.pages.len()];
    for w in &reading.words {
        let Some(slot) = spans.get_mut(w.page as usize) else { continue };
        *slot =
            Some(slot.map_or(w.span, |s: Span| {
                Span::new(s.start.min(w.span.start), s.end.max(w.span.end))
            }));
    }
    spans
}

struct Line<'t> {
    text: &'t str,
    folded: String,
    span: Span,
}

/// Looks at one page.
pub(super) fn look(text: &str, span: Option<Span>, words: &Words) -> Seen {
    let Some((span, whole)) = span.and_then(|s| Some((s, s.of(text)?))) else {
        return Seen { blank: true, ..Seen::default() };
    };
    let lines: Vec<Line<'_>> = lines(whole, span.start);
    let letters = whole.chars().filter(|c| c.is_alphanumeric()).count();
    if letters < BLANK_LETTERS {
        return Seen { blank: true, ..Seen::default() };
    }
    let page = Page::of(whole);
    let head = lines.iter().take(HEAD);
    let foot = || lines.iter().rev().take(FOOT);
    let holds = |line: &Line<'_>, list: &[String]| list.iter().any(|w| line.folded.contains(w));
    let begins = |line: &Line<'_>, list: &[String]| {
        line.folded.chars().count() < 80 && list.iter().any(|w| line.folded.starts_with(w))
    };
    Seen {
        blank: false,
        separator: lines
            .iter()
            .take(6)
            .find(|l| {
                let misread = || {
                    words.separator.iter().any(|w| alike(&letters_of(w), &letters_of(&l.folded)))
                };
                lines.len() < 12 && (holds(l, &words.separator) || misread())
            })
            .map(|l| l.span),
        code: None,
        number: number(&lines, words),
        births: births(&page, span.start, words),
        letterhead: letterhead(&lines, words),
        date_line: date_line(&page, span.start),
        title: head.clone().find(|l| begins(l, &words.title) || shouted(l.text)).map(|l| l.span),
        salutation: lines
            .iter()
            .take(APPEAL)
            .find(|l| l.folded.chars().count() < 60 && begins(l, &words.salutation))
            .map(|l| l.span),
        patient_block: head
            .clone()
            .find(|l| {
                l.folded
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|w| words.patient.iter().any(|p| p == w))
            })
            .map(|l| l.span),
        closed: foot().find(|l| holds(l, &words.closing)).map(|l| l.span),
        unfinished: unfinished(&lines),
        goes_on: lines
            .first()
            .filter(|l| l.text.chars().next().is_some_and(char::is_lowercase) && l.text.len() > 25)
            .map(|l| l.span),
        frame: frame(&lines),
        first: lines.first().map(|l| l.span),
    }
}

fn lines(whole: &str, start: usize) -> Vec<Line<'_>> {
    let mut out = Vec::new();
    let mut at = start;
    for raw in whole.split_inclusive('\n') {
        let text = raw.trim();
        if !text.is_empty() {
            let from = at + raw.len() - raw.trim_start().len();
            out.push(Line {
                text,
                folded: relu_text::key(text),
                span: Span::new(from, from + text.len()),
            });
        }
        at += raw.len();
    }
    out
}

/// « 2/3 », « page 2 sur 3 », « Page 2 », in the first two lines or the last three.
fn number(lines: &[Line<'_>], words: &Words) -> Option<(u32, u32, Span)> {
    let ends = lines.iter().rev().take(3).chain(lines.iter().take(2));
    ends.filter_map(|l| Some((numbered(&l.folded, words)?, l.span)))
        .max_by_key(|((_, of), _)| *of > 0)
        .map(|((n, of), span)| (n, of, span))
}

fn numbered(folded: &str, words: &Words) -> Option<(u32, u32)> {
    let pieces = Page::of(folded);
    let figure = |i: usize| {
        let t = pieces.token(i)?;
        (t.shape == Shape::Number && t.word.len() <= 2).then(|| t.word.parse::<u32>().ok())?
    };
    let said = |i: usize| words.page.iter().any(|w| w == pieces.word(i));
    let mut alone = None;
    for i in 0..pieces.tokens.len() {
        let Some(n) = figure(i).filter(|n| (1..=MOST_PAGES).contains(n)) else { continue };
        let named = i > 0 && said(i - 1);
        let of = figure(i + 2).filter(|of| *of >= n && *of <= MOST_PAGES);
        let parted = match pieces.word(i + 1) {
            "sur" | "de" => named,
            // Neither a date nor a blood pressure.
            "/" => pieces.word(i + 3) != "/" && (i == 0 || pieces.word(i - 1) != "/"),
            _ => false,
        };
        if let Some(of) = of.filter(|_| parted) {
            let last = i + 3 >= pieces.tokens.len();
            if named || last {
                return Some((n, of));
            }
        } else if named {
            alone = Some((n, 0));
        }
    }
    alone
}

fn births(page: &Page<'_>, start: usize, words: &Words) -> Vec<(PartialDate, Span)> {
    let mut out: Vec<(PartialDate, Span)> = Vec::new();
    for i in 0..page.tokens.len() {
        let Some((date, span, _)) = page.date_at(i) else { continue };
        let near = (i.saturating_sub(5)..i).any(|k| words.birth.iter().any(|w| w == page.word(k)));
        if near && !out.iter().any(|(d, _)| *d == date) {
            out.push((date, Span::new(span.start + start, span.end + start)));
        }
    }
    out
}

/// Two signs of a sender among the first lines.
fn letterhead(lines: &[Line<'_>], words: &Words) -> Option<Span> {
    let mut signs = 0_u32;
    let mut first = None;
    for l in lines.iter().take(HEAD) {
        let pieces = || l.folded.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty());
        let figures = l.text.chars().filter(char::is_ascii_digit).count();
        let telephone = (9..=14).contains(&figures) && l.folded.chars().count() < 60;
        let town = pieces().any(|w| w.len() == 5 && w.bytes().all(|b| b.is_ascii_digit()));
        let named = pieces().take(6).any(|w| words.sender.iter().any(|s| s == w));
        let here = u32::from(telephone) + u32::from(town) + u32::from(named);
        if here > 0 {
            first = first.or(Some(l.span));
        }
        signs += here;
    }
    first.filter(|_| signs >= 3)
}

fn date_line(page: &Page<'_>, start: usize) -> Option<Span> {
    let found = page.tokens.iter().enumerate().take_while(|(_, t)| t.line < HEAD * 2).find_map(
        |(i, _)| {
            let (_, span, _) = page.date_at(i)?;
            let led = i > 0 && ["le", ",", "date", ":"].contains(&page.word(i - 1));
            let alone = page.token(i).is_some_and(|t| t.cell_start);
            (led || alone).then_some(span)
        },
    )?;
    Some(Span::new(found.start + start, found.end + start))
}

/// A short line all in capitals.
fn shouted(line: &str) -> bool {
    let letters = line.chars().filter(|c| c.is_alphabetic()).count();
    let upper = line.chars().filter(|c| c.is_uppercase()).count();
    letters >= 10 && line.chars().count() < 70 && upper * 10 >= letters * 9
}

/// The last long line stops without a stop.
fn unfinished(lines: &[Line<'_>]) -> Option<Span> {
    let last = lines.iter().rev().take(3).find(|l| l.text.chars().count() >= 60)?;
    let end = last.text.chars().next_back()?;
    (end.is_lowercase() || end == ',').then_some(last.span)
}

fn letters_of(folded: &str) -> String {
    folded.chars().filter(|c| c.is_alphabetic()).collect()
}

fn frame(lines: &[Line<'_>]) -> Vec<String> {
    let ends = lines.iter().take(1).chain(lines.iter().rev().take(1));
    ends.map(|l| letters_of(&l.folded)).filter(|l| l.len() >= 12).collect()
}

/// Whether two frames share a line, a misread letter here and there allowed.
pub(super) fn same_frame(a: &[String], b: &[String]) -> bool {
    a.iter().any(|x| b.iter().any(|y| alike(x, y)))
}

fn alike(a: &str, b: &str) -> bool {
    let (short, long) = (a.len().min(b.len()), a.len().max(b.len()));
    if short * 10 < long * 9 {
        return false;
    }
    let same = a.bytes().zip(b.bytes()).filter(|(x, y)| x == y).count();
    same * 10 >= long * 8
}
