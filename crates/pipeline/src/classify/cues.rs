//! Turns of phrase with a gap: words that follow each other in a sentence (`rules/cues.toml`).
//!
//! "Je vous remercie de bien vouloir recevoir" and "Merci de la recevoir" are the same request; a list
//! of fixed phrases would never hold them all.

use serde::Deserialize;

use super::{Classify, Kind, Score};
use crate::page::{Page, words};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CueFile {
    cue: Vec<CueRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CueRule {
    #[cfg_attr(not(test), allow(dead_code))]
    code: String,
    r#type: String,
    points: f32,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    source: String,
    all: Vec<Vec<String>>,
    #[cfg_attr(not(test), allow(dead_code))]
    matches: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    rejects: Vec<String>,
}

struct Cue {
    code: String,
    points: f32,
    // Groups of alternatives, each some words; the last may be the start of a word.
    groups: Vec<Vec<(Vec<String>, bool)>>,
}

/// Compiled cues.
#[derive(Default)]
pub(super) struct Cues {
    cues: Vec<Cue>,
}

// Words between two groups of a cue.
const REACH: usize = 8;

impl Cues {
    /// Compiles the rule file.
    pub(super) fn compile(file: &str) -> Result<Cues, toml::de::Error> {
        let file = toml::from_str::<CueFile>(file)?;
        let group = |list: &Vec<String>| {
            let one = |w: &String| (words(w.trim_end_matches('*')), w.ends_with('*'));
            list.iter().map(one).collect()
        };
        let cue = |c: CueRule| Cue {
            code: c.r#type,
            points: c.points,
            groups: c.all.iter().map(group).collect(),
        };
        Ok(Cues { cues: file.cue.into_iter().map(cue).collect() })
    }
}

#[cfg(test)]
impl Cues {
    /// The codes that the cues name.
    pub(super) fn codes(&self) -> impl Iterator<Item = &str> {
        self.cues.iter().map(|c| c.code.as_str())
    }
}

impl Classify {
    /// Points for the cues of the page, each once.
    pub(super) fn read_cues(&self, page: &Page<'_>, scores: &mut [Score]) {
        for (n, cue) in self.cues.cues.iter().enumerate() {
            let Some((first, last)) = cue.find(page) else { continue };
            let rule = self.rules.iter().position(|r| r.code == cue.code);
            if let Some(score) = rule.and_then(|r| scores.get_mut(r))
                && let Some((_, span)) = page.printed(first, last)
            {
                // Numbered past every phrase and title.
                score.add(usize::MAX - n, cue.points, span, Kind::Cue);
            }
        }
    }
}

impl Cue {
    // The first place of the page where every group follows the one before.
    fn find(&self, page: &Page<'_>) -> Option<(usize, usize)> {
        (0..page.tokens.len()).find_map(|i| Some((i, self.follow(page, i)?)))
    }

    fn follow(&self, page: &Page<'_>, first: usize) -> Option<usize> {
        let (mut at, mut last) = (first, first);
        for (n, group) in self.groups.iter().enumerate() {
            let reach = if n == 0 { 1 } else { REACH };
            let (_, next) = (at..at + reach)
                .take_while(|&k| n == 0 || !ends_sentence(page, k))
                .find_map(|k| Some((k, group.iter().find_map(|w| stands(page, k, w))?)))?;
            at = next;
            last = next - 1;
        }
        Some(last)
    }
}

fn ends_sentence(page: &Page<'_>, i: usize) -> bool {
    [".", ";", "?"].contains(&page.word(i)) || page.token(i).is_none()
}

// Whether an alternative stands at token `i`, over the ends of lines too; the index after it.
fn stands(page: &Page<'_>, i: usize, (phrase, open): &(Vec<String>, bool)) -> Option<usize> {
    let last = phrase.len().checked_sub(1)?;
    let fits = phrase.iter().enumerate().all(|(k, w)| {
        let word = page.word(i + k);
        // "d'examiner" is "examiner" too.
        let bare = word.split_once(['\'', '’']).map_or(word, |(_, rest)| rest);
        let same = |x: &str| if *open && k == last { x.starts_with(w.as_str()) } else { x == w };
        same(word) || same(bare)
    });
    fits.then_some(i + phrase.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cue_is_found_in_its_examples_only() {
        let text = include_str!("rules/cues.toml");
        let (file, cues) = (toml::from_str::<CueFile>(text).unwrap(), Cues::compile(text).unwrap());
        assert!(file.cue.len() >= 15);
        for (rule, cue) in file.cue.iter().zip(&cues.cues) {
            assert!(
                rule.code.starts_with("CUE") && !rule.why.is_empty() && !rule.source.is_empty()
            );
            assert!(!rule.matches.is_empty() && !rule.rejects.is_empty());
            for m in &rule.matches {
                assert!(cue.find(&Page::of(m)).is_some(), "{m}");
            }
            for r in &rule.rejects {
                assert!(cue.find(&Page::of(r)).is_none(), "{r}");
            }
        }
    }
}
