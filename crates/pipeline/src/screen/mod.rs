//! *Contrôles du document*: what to look at before filing.
//!
//! Input: the text and the findings of the reading. Output: checks, never a change. A text that
//! speaks to a machine gives `suspicious-text`; every warning or error of the reading, and the
//! findings named in `rules/screen.toml`, become checks of the same code, tied to their words when
//! they have some.

#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use relu_record::{
    Annotations, Check, Evidence, Finding, Outcome, Proposal, ProposalValue, Reading, Severity,
    Sheet, Span,
};
use serde::Deserialize;

use crate::function::{Context, Draft, Function, sheet};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct ScreenFile {
    #[serde(default)]
    phrase: Vec<PhraseRule>,
    #[serde(default)]
    finding: Vec<FindingRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseRule {
    code: String,
    check: String,
    message: String,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    source: String,
    phrases: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    matches: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    rejects: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingRule {
    codes: BTreeSet<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    source: String,
}

/// The function with its compiled rules.
pub(crate) struct Screen {
    sheet: Sheet,
    rules: ScreenFile,
}

// Evidence enough for a person to find the place.
const MOST_SPANS: usize = 10;

impl Screen {
    /// Compiles the rules shipped with the program.
    pub(crate) fn embedded() -> Screen {
        let mut rules: ScreenFile =
            toml::from_str(include_str!("rules/screen.toml")).unwrap_or_default();
        for r in &mut rules.phrase {
            r.phrases = r.phrases.iter().map(|p| relu_text::key(p)).collect();
        }
        Screen { sheet: sheet(include_str!("sheet.toml")), rules }
    }

    fn phrases(&self, draft: &mut Draft, reading: &Reading) {
        let folded = relu_text::squeeze(&reading.text);
        for rule in &self.rules.phrase {
            let mut spans: Vec<Span> = rule
                .phrases
                .iter()
                .flat_map(|p| folded.text().match_indices(p.as_str()))
                .filter(|(at, p)| whole_words(folded.text(), *at, p))
                .map(|(at, p)| folded.original(at, at + p.len()))
                .filter(|s| s.is_valid_in(&reading.text))
                .take(MOST_SPANS)
                .collect();
            spans.sort();
            spans.dedup();
            let check = Check {
                code: rule.check.clone(),
                severity: Severity::Error,
                message: rule.message.clone(),
            };
            let at = spans.into_iter().map(Evidence::Words).collect();
            draft.add(ProposalValue::Check(check), at, 1.0, &rule.code);
        }
    }

    fn findings(&self, draft: &mut Draft, reading: &Reading) {
        let mut seen: BTreeSet<(&str, Option<Span>)> = BTreeSet::new();
        for f in &reading.findings {
            let named = self.rules.finding.iter().any(|r| r.codes.contains(&f.code));
            if (named || f.severity >= Severity::Warning) && seen.insert((&f.code, f.span)) {
                let check = Check {
                    code: f.code.clone(),
                    severity: f.severity,
                    message: f.message.clone(),
                };
                draft.add(ProposalValue::Check(check), vec![place(f, reading)], 1.0, "reading");
            }
        }
    }
}

fn place(f: &Finding, reading: &Reading) -> Evidence {
    match f.span.filter(|s| s.is_valid_in(&reading.text)) {
        Some(span) => Evidence::Words(span),
        None => Evidence::Absence(format!("constat de lecture {}", f.code)),
    }
}

fn whole_words(text: &str, at: usize, phrase: &str) -> bool {
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let end = at + phrase.len();
    let before = text.get(..at).and_then(|t| t.chars().next_back());
    let after = text.get(end..).and_then(|t| t.chars().next());
    let cut_before = letter(before) && letter(phrase.chars().next());
    let cut_after = letter(after) && letter(phrase.chars().next_back());
    !cut_before && !cut_after
}

impl Function for Screen {
    fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    fn propose(
        &self,
        reading: &Reading,
        _notes: &Annotations,
        _context: &Context,
    ) -> Outcome<Vec<Proposal>> {
        let mut draft = Draft::of(&self.sheet);
        self.phrases(&mut draft, reading);
        self.findings(&mut draft, reading);
        draft.finish()
    }
}
