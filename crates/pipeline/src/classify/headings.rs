//! Titles made of a head and a topic: "Compte rendu de votre scanner", "Bon de demande d'acte
//! d'imagerie", "Courrier de fin de séjour".
//!
//! The pair gives the type, whatever stands between (`rules/headings.toml`). Only short lines near the
//! top, or after `Objet :`, are titles; a line that reads as a sentence is not.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Classify, Kind, Score};
use crate::page::{Page, Shape, words};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HeadingFile {
    heads: BTreeMap<String, Vec<String>>,
    topic: Vec<Topic>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Topic {
    #[allow(dead_code)]
    code: String,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    starts: Vec<String>,
    report: Option<String>,
    letter: Option<String>,
    request: Option<String>,
    prescription: Option<String>,
}

impl Topic {
    fn code(&self, head: &str) -> Option<&str> {
        match head {
            "report" => self.report.as_deref(),
            "letter" => self.letter.as_deref(),
            "request" => self.request.as_deref(),
            "prescription" => self.prescription.as_deref(),
            _ => None,
        }
    }
}

/// Compiled heads and topics.
#[derive(Default)]
pub(super) struct Headings {
    heads: Vec<(Vec<String>, String)>,
    topics: Vec<Topic>,
}

// Lines at the top where a title stands.
const TOP_LINES: usize = 34;
// Words of a title, and words between its head and its topic.
const MOST_WORDS: usize = 16;
const REACH: usize = 7;

impl Headings {
    /// Compiles the rule file.
    pub(super) fn compile(file: &str) -> Result<Headings, toml::de::Error> {
        let file = toml::from_str::<HeadingFile>(file)?;
        let mut heads: Vec<(Vec<String>, String)> = Vec::new();
        for (kind, list) in &file.heads {
            heads.extend(list.iter().map(|h| (words(h), kind.clone())));
        }
        heads.sort_by_key(|h| std::cmp::Reverse(h.0.len()));
        Ok(Headings { heads, topics: file.topic })
    }

    /// The codes that the rules name, for the tests.
    #[cfg(test)]
    pub(super) fn codes(&self) -> Vec<&str> {
        let kinds = ["report", "letter", "request", "prescription"];
        self.topics.iter().flat_map(|t| kinds.iter().filter_map(|k| t.code(k))).collect()
    }
}

impl Classify {
    /// Points for the titles made of a head and a topic.
    pub(super) fn read_headings(&self, page: &Page<'_>, scores: &mut [Score]) {
        let mut i = 0;
        while i < page.tokens.len() {
            let Some(t) = page.token(i) else { break };
            if t.line >= TOP_LINES {
                break;
            }
            let Some((next, kind)) = self.head_at(page, i) else {
                i += 1;
                continue;
            };
            if let Some((rule, topic)) = self.topic_after(page, next, kind)
                && let Some(points) = worth(page, i)
                && let Some((_, span)) = page.printed(i, topic)
                && !scores.iter().enumerate().any(|(n, s)| n != rule && s.has_title_over(span))
            {
                for (_, other) in scores.iter_mut().enumerate().filter(|(n, _)| *n != rule) {
                    other.without_titles_in(span);
                }
                let Some(score) = scores.get_mut(rule) else { break };
                // Past the phrases of types.toml, so that each is counted once.
                score.add(self.phrases.len() + i, points, span, Kind::Title);
            }
            i = next.max(i + 1);
        }
    }

    /// The type that a short text names as a title would.
    pub(super) fn heading_of(&self, page: &Page<'_>) -> Option<usize> {
        (0..page.tokens.len().min(12)).find_map(|i| {
            let (next, kind) = self.head_at(page, i)?;
            Some(self.topic_after(page, next, kind)?.0)
        })
    }

    fn head_at<'a>(&'a self, page: &Page<'_>, i: usize) -> Option<(usize, &'a str)> {
        self.headings
            .heads
            .iter()
            .find_map(|(words, kind)| Some((page.phrase_at(i, words)?, kind.as_str())))
    }

    // The first topic after a head, with its rule.
    fn topic_after(&self, page: &Page<'_>, from: usize, kind: &str) -> Option<(usize, usize)> {
        let line = page.token(from)?.line;
        for k in from..from + REACH {
            let t = page.token(k).filter(|t| t.line == line && !t.cell_start)?;
            if [".", ":"].contains(&t.word.as_str()) {
                return None;
            }
            let word = t.word.rsplit(['\'', '’']).next().unwrap_or("");
            let fits = |topic: &&super::headings::Topic| {
                topic.starts.iter().any(|s| word.starts_with(s.as_str()) && word.len() > 2)
            };
            if let Some(topic) = self.headings.topics.iter().find(fits)
                && let Some(code) = topic.code(kind)
            {
                return Some((self.rules.iter().position(|r| r.code == code)?, k));
            }
        }
        None
    }
}

// What a title whose head is token `i` is worth; nothing when the line is prose.
fn worth(page: &Page<'_>, i: usize) -> Option<f32> {
    let t = page.token(i)?;
    let line: Vec<_> = {
        let start = page.tokens.partition_point(|x| x.line < t.line);
        page.tokens.get(start..)?.iter().take_while(|x| x.line == t.line).collect()
    };
    let first = page.tokens.partition_point(|x| x.line < t.line);
    let object = (first..i)
        .any(|k| ["objet", "concerne", "titre", "type", "nature"].contains(&page.word(k)));
    let leads = t.cell_start || object || page.token(i.checked_sub(1)?)?.shape == Shape::Sign;
    let count = line.iter().filter(|x| x.shape != Shape::Sign).count();
    let sentence = count > 6 && line.last().is_some_and(|x| x.word == ".");
    if !leads || sentence || t.shape == Shape::Lower && !object || count > MOST_WORDS {
        return None;
    }
    Some(if t.shape == Shape::Caps { 5.0 } else { 4.2 })
}
