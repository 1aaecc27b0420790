//! Sections: the titles of French clinical documents and what stands under each.
//!
//! A title is a line, or the beginning of a line before a colon (*run-in*: `Conclusion : …`), after
//! bullets and numbers (`II) `, `1.`), whose words are in `rules/sections.toml`. A few more words may
//! follow before the colon, or on a line all in capitals. A section runs to the next title; sections
//! are flat, and a nested title names its parent. A title that comes back as the header or footer of
//! each page (same line, beside a page number or beside another line that comes back) opens nothing.
//!
//! Finds no error: a text without titles has no sections.

use relu_record::Span;
use serde::{Deserialize, Serialize};

use crate::compile::{Builder, Proof, RuleDoc, RuleError, Rules};
use crate::found::SectionAt;
use crate::landmarks::Landmarks;
use crate::lists::{List, context_word as word};
use crate::strings::Str;
use crate::tokens::{Case, Gap, Token, TokenKind, mark};

/// What a kind of section says of what stands in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct SectionKind {
    pub(crate) kind: Str,
    pub(crate) parent: Str,
    /// It is past.
    pub(crate) history: bool,
    /// It is about relatives.
    pub(crate) family: bool,
    /// It is a reason of the stay.
    pub(crate) reason: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
    section: Vec<SectionRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionRule {
    kind: String,
    #[serde(default)]
    parent: String,
    #[serde(default)]
    history: bool,
    #[serde(default)]
    family: bool,
    #[serde(default)]
    reason: bool,
    why: String,
    source: String,
    titles: Vec<String>,
    matches: Vec<String>,
    rejects: Vec<String>,
}

/// Adds the titles of a file.
pub(crate) fn compile(
    name: &str,
    file: &str,
    b: &mut Builder,
    kinds: &mut Vec<SectionKind>,
) -> Result<(), RuleError> {
    let parsed: SectionFile = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    for rule in parsed.section {
        if !b.keeps(&rule.kind) {
            continue;
        }
        let number = kinds.len() as i32;
        for title in &rule.titles {
            b.listed(title, List::SectionTitle, number);
        }
        let (kind, parent) = (b.str(&rule.kind), b.str(&rule.parent));
        let (history, family, reason) = (rule.history, rule.family, rule.reason);
        kinds.push(SectionKind { kind, parent, history, family, reason });
        let SectionRule { kind: code, why, source, matches, rejects, .. } = rule;
        let proof = Proof::Section;
        b.document(RuleDoc { code, why, source, matches, rejects, proof, ..RuleDoc::default() });
    }
    Ok(())
}

/// Room for one reading after another: the line of each title, and whether it is a page's header.
#[derive(Debug, Default)]
pub(crate) struct Room {
    lines: Vec<(u32, u32, bool)>,
}

/// The sections of a text.
pub(crate) fn find(
    text: &str,
    tokens: &[Token],
    landmarks: &Landmarks,
    rules: &Rules,
    room: &mut Room,
    out: &mut Vec<SectionAt>,
) {
    out.clear();
    room.lines.clear();
    let reader = Reader { text, tokens, rules };
    for i in landmarks.lines.iter().map(|i| *i as usize) {
        let Some((rule, title)) = reader.title(i) else { continue };
        let Some(t) = tokens.get(i) else { continue };
        let Some(kind) = rules.sections.get(rule) else { continue };
        let span = Span::new(t.start as usize, text.len());
        let rule = rule as u32;
        out.push(SectionAt { span, kind: kind.kind, title, parent: kind.parent, rule });
        room.lines.push((i as u32, reader.line_end(i) as u32, false));
        reader.repeated(out, &mut room.lines);
    }
    let mut lines = room.lines.iter();
    out.retain(|_| lines.next().is_none_or(|l| !l.2));
    nest(out);
}

// Ends each section at the next, and keeps the parents that do enclose.
fn nest(out: &mut [SectionAt]) {
    let mut before: Option<(Str, Str)> = None;
    for i in 0..out.len() {
        let end = out.get(i + 1).map(|n| n.span.start);
        let Some(s) = out.get_mut(i) else { return };
        s.span.end = end.unwrap_or(s.span.end);
        let encloses = before.is_some_and(|(kind, parent)| kind == s.parent || parent == s.parent);
        if !encloses {
            s.parent = Str::NONE;
        }
        before = Some((s.kind, s.parent));
    }
}

// Words that may follow a title before its colon.
const MORE_WORDS: usize = 5;
// Titles before this one among which its line is looked for.
const LOOK_BACK: usize = 30;

#[derive(Clone, Copy)]
struct Reader<'t> {
    text: &'t str,
    tokens: &'t [Token],
    rules: &'t Rules,
}

impl<'t> Reader<'t> {
    fn list(self, i: usize, list: List) -> Option<(i32, usize)> {
        self.rules.phrases.listed(self.tokens, &self.rules.vocabulary, i, list as u16)
    }

    // The rule of the title of the line that begins at token `i`, and the title's words.
    fn title(self, i: usize) -> Option<(usize, Span)> {
        let at = self.after_ornaments(i);
        let (rule, next) = self.list(at, List::SectionTitle)?;
        if (at + 1..next).any(|i| self.tokens.get(i).is_some_and(|t| t.begins_line())) {
            return None;
        }
        let end = self.title_end(at, next)?;
        let first = self.tokens.get(at)?;
        let last = self.tokens.get(end.checked_sub(1)?)?;
        Some((usize::try_from(rule).ok()?, Span::new(first.start as usize, last.end() as usize)))
    }

    // The token after the title, when what follows lets it be one.
    fn title_end(self, at: usize, next: usize) -> Option<usize> {
        let shouted = |to: usize| {
            self.tokens.get(at..to).is_some_and(|ts| {
                ts.iter().all(|t| !t.is_word() || t.case() == Case::Upper) && to > at
            })
        };
        for i in next..=next + MORE_WORDS {
            let Some(t) = self.tokens.get(i).filter(|t| !t.begins_line()) else {
                return (i == next || shouted(i)).then_some(i);
            };
            if t.is_mark(b':') {
                return Some(i);
            }
            if i == next && t.gap() == Gap::Wide && shouted(next) {
                return Some(next);
            }
            if t.kind() == TokenKind::Mark {
                let joins = [b'/', b'-', b'(', b')', b'&', b'\''].iter().any(|m| t.is_mark(*m));
                if i == next && self.frame(i) {
                    return Some(i);
                }
                if !joins {
                    return None;
                }
            }
        }
        None
    }

    // Whether only marks follow on the line.
    fn frame(self, i: usize) -> bool {
        (i..i + 60)
            .map_while(|i| self.tokens.get(i).filter(|t| !t.begins_line()))
            .all(|t| t.kind() == TokenKind::Mark && !t.is_mark(b',') && !t.is_mark(b'?'))
    }

    // Past bullets, frames and numbers: "- ", "1.2 ", "II) ", "A/ ".
    fn after_ornaments(self, mut i: usize) -> usize {
        for _ in 0..12 {
            let Some(t) = self.tokens.get(i) else { return i };
            let ornament = match t.kind() {
                TokenKind::Mark => {
                    let marks = b"-*+>=#_|.)(/~";
                    let symbols = [mark::BULLET, mark::ARROW, mark::OTHER, mark::DEGREE];
                    marks.iter().chain(&symbols).any(|m| t.is_mark(*m))
                }
                TokenKind::Digits => t.len() <= 2,
                TokenKind::Word => self.numeral(i),
            };
            if !ornament {
                return i;
            }
            i += 1;
        }
        i
    }

    // "II)", "A." at the start of a title.
    fn numeral(self, i: usize) -> bool {
        let marked = self.tokens.get(i + 1).is_some_and(|t| {
            t.gap() == Gap::Glued && [b')', b'.', b'/', b'-'].iter().any(|m| t.is_mark(*m))
        });
        let spaced = self.tokens.get(i + 1).is_some_and(|t| t.is_mark(b'-'));
        let printed = self.tokens.get(i).map_or("", |t| t.of(self.text));
        let roman = !printed.is_empty() && printed.bytes().all(|b| b"IVX".contains(&b));
        (marked && (printed.len() == 1 || roman)) || (spaced && roman)
    }

    fn line_end(self, i: usize) -> usize {
        let last = self.tokens.len().min(i + 60);
        (i + 1..last).find(|i| self.begins_line(*i)).unwrap_or(last)
    }

    fn begins_line(self, i: usize) -> bool {
        self.tokens.get(i).is_none_or(|t| t.begins_line())
    }

    // Marks the last title and an earlier one as headers when they are one line printed again.
    fn repeated(self, out: &[SectionAt], lines: &mut [(u32, u32, bool)]) {
        let Some((last, before)) = lines.split_last_mut() else { return };
        let Some(rule) = out.last().map(|s| s.rule) else { return };
        let earlier = out.iter().rev().skip(1).zip(before.iter_mut().rev()).take(LOOK_BACK);
        for (_, line) in earlier.filter(|(s, _)| s.rule == rule) {
            if self.words((line.0, line.1)) != self.words((last.0, last.1)) {
                continue;
            }
            let (a, b) = (self.around((line.0, line.1)), self.around((last.0, last.1)));
            let again = |x: &str, y: &str| !x.is_empty() && x == y;
            let both = again(a.0, b.0) || again(a.1, b.1);
            line.2 |= both || self.paged((line.0, line.1));
            last.2 |= both || self.paged((last.0, last.1));
            return;
        }
    }

    fn words(self, (from, to): (u32, u32)) -> &'t str {
        let start = self.tokens.get(from as usize).map_or(0, |t| t.start as usize);
        let last = (to as usize).checked_sub(1).and_then(|l| self.tokens.get(l));
        self.text.get(start..last.map_or(0, |t| t.end() as usize)).unwrap_or("")
    }

    // The lines before and after one, as tokens.
    fn neighbours(self, (from, to): (u32, u32)) -> ((u32, u32), (u32, u32)) {
        let (from, to) = (from as usize, to as usize);
        let low = from.saturating_sub(60);
        let start = (low..from).rev().find(|i| self.begins_line(*i)).unwrap_or(from);
        let end = if to < self.tokens.len() { self.line_end(to) } else { to };
        ((start as u32, from as u32), (to as u32, end as u32))
    }

    // Their words.
    fn around(self, line: (u32, u32)) -> (&'t str, &'t str) {
        let (before, after) = self.neighbours(line);
        (self.words(before), self.words(after))
    }

    // Whether a line stands at the edge of a page: after a form feed, or beside "Page 2/3" or "2/3".
    fn paged(self, line: (u32, u32)) -> bool {
        let (before, after) = self.neighbours(line);
        let start = self.tokens.get(line.0 as usize).map_or(0, |t| t.start as usize);
        let end =
            self.tokens.get((line.0 as usize).wrapping_sub(1)).map_or(0, |t| t.end() as usize);
        let fed = self.text.get(end..start).is_some_and(|gap| gap.contains('\u{C}'));
        fed || self.page_number(before) || self.page_number(after)
    }

    fn page_number(self, (from, to): (u32, u32)) -> bool {
        let (from, to) = (from as usize, to as usize);
        let digits = |i: usize| self.tokens.get(i).is_some_and(|t| t.is_digits());
        let named = (from..to).any(|i| {
            digits(i + 1) && self.list(i, List::ContextWord).is_some_and(|(v, _)| v == word::PAGE)
        });
        let bare = to - from == 3
            && digits(from)
            && digits(from + 2)
            && self.tokens.get(from + 1).is_some_and(|t| t.is_mark(b'/'));
        named || bare
    }
}
