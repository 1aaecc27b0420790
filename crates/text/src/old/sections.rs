//! Sections: the titles of French clinical documents and what stands under each.
//!
//! A title is a line, or the beginning of a line before a colon (*run-in*: `Conclusion : …`), whose
//! words are in `rules/sections.toml`. A section runs to the next title; sections are flat.

use std::collections::BTreeMap;

use relu_record::{Section, Span};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SectionFile {
    section: Vec<SectionRule>,
}

/// Titles of one kind.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SectionRule {
    pub(crate) kind: String,
    #[serde(default)]
    pub(crate) parent: Option<String>,
    pub(crate) why: String,
    pub(crate) source: String,
    titles: Vec<String>,
    pub(crate) matches: Vec<String>,
    pub(crate) rejects: Vec<String>,
}

/// Compiled titles.
#[derive(Default)]
pub(crate) struct Sections {
    rules: Vec<SectionRule>,
    // Folded title to the index of its rule.
    titles: BTreeMap<String, usize>,
}

// Longer lines are prose.
const MAX_TITLE_BYTES: usize = 90;

impl Sections {
    /// Compiles the file.
    pub(crate) fn compile(file: &str) -> Result<Sections, toml::de::Error> {
        let rules = toml::from_str::<SectionFile>(file)?.section;
        let mut titles = BTreeMap::new();
        for (i, rule) in rules.iter().enumerate() {
            for t in &rule.titles {
                titles.insert(crate::key(t), i);
            }
        }
        Ok(Sections { rules, titles })
    }

    /// The sections of `text`.
    pub(crate) fn find(&self, text: &str) -> Vec<Section> {
        let mut found: Vec<Section> = Vec::new();
        let mut at = 0;
        for line in text.split_inclusive('\n') {
            if let Some((rule, title)) = self.title_of(line) {
                if let Some(last) = found.last_mut() {
                    last.span.end = at;
                }
                let parent = rule
                    .parent
                    .iter()
                    .filter(|p| found.last().is_some_and(|s| s.kind == **p || s.path.contains(p)));
                found.push(Section {
                    span: Span::new(at, text.len()),
                    kind: rule.kind.clone(),
                    title: Some(title.shifted(at)),
                    path: parent.cloned().collect(),
                });
            }
            at += line.len();
        }
        found
    }

    // The rule of the title that begins `line`, and where the title's words are in it.
    fn title_of(&self, line: &str) -> Option<(&SectionRule, Span)> {
        let lead = line.len() - line.trim_start_matches(is_ornament).len();
        let body = line.get(lead..)?.trim_end();
        let (head, run_in) = match body.find(':') {
            Some(colon) => (body.get(..colon)?, true),
            None => (body.trim_end_matches(is_ornament), false),
        };
        let head = head.trim_end();
        if head.is_empty() || head.len() > MAX_TITLE_BYTES {
            return None;
        }
        let folded = crate::key(head);
        let shouted =
            head.chars().any(char::is_alphabetic) && !head.chars().any(char::is_lowercase);
        let rule = match self.titles.get(&folded) {
            Some(&i) => i,
            None if run_in || shouted => self.longest_prefix(&folded)?,
            None => return None,
        };
        Some((self.rules.get(rule)?, Span::new(lead, lead + head.len())))
    }

    // "antecedents personnels et familiaux connus" begins with a title and adds a few words.
    fn longest_prefix(&self, folded: &str) -> Option<usize> {
        let words: Vec<&str> = folded.split(' ').collect();
        (1..words.len())
            .rev()
            .filter(|&n| words.len() - n <= 4)
            .find_map(|n| self.titles.get(&words.get(..n)?.join(" ")).copied())
    }

    /// The rules, for their page and their tests.
    pub(crate) fn rules(&self) -> &[SectionRule] {
        &self.rules
    }
}

// What stands before a title without being part of it: bullets, numbers ("1.", "II)"), frames.
fn is_ornament(c: char) -> bool {
    c.is_whitespace() || c.is_ascii_digit() || "-•*·–—>+▪■□.)(_=#|".contains(c)
}
