//! What is sealed of an export and of each of its documents, as JSON. Nothing here is shown as it is;
//! `view.rs` says what a page gets.
//!
//! Acts are only added, and marked as undone: what was decided, by whom and when stays. Spans are
//! bytes of the text that was read; ids of candidates are stable (`c…` found, `a…` added by a person,
//! `e…` made by a word that is masked everywhere).

use std::collections::BTreeMap;

use relu_pipeline::deidentify::Label;
use relu_record::{Instant, Private, Span, TextVersion};
use serde::{Deserialize, Serialize};

/// The record without which nothing is exported (rule EX-1).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Project {
    /// Short title.
    pub title: Private,
    /// What for.
    pub purpose: Private,
    /// MR-004, number of an authorisation, feasibility by the care team…
    pub legal_basis: Private,
    /// Who answers for it.
    pub controller: Private,
    /// To whom it goes.
    pub recipients: Private,
    /// Until when it may be used, `AAAA-MM-JJ`.
    pub end_date: String,
    /// Who approved the project.
    pub approved_by: Private,
}

/// Which filed documents.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Selection {
    /// Code of the type; all when absent.
    pub type_code: Option<String>,
    /// First date of the document, `AAAA-MM-JJ`.
    pub since: Option<String>,
    /// Last date of the document, `AAAA-MM-JJ`.
    pub until: Option<String>,
    /// Beginning of a patient's name.
    pub name: Option<Private>,
}

/// Persons and documents that were left out before anything was written. Counts alone (EX-3).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LeftOut {
    /// Persons who object.
    pub opposed: usize,
    /// Persons of whom too little is known to tell, while there are objections.
    pub unknown: usize,
    /// Documents of both.
    pub documents: usize,
}

/// What is sealed of an export.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ExportContent {
    pub project: Project,
    pub selection: Selection,
    pub left_out: LeftOut,
    pub everywhere: Vec<Everywhere>,
    /// Every sample that was drawn, the last one in force.
    pub samples: Vec<Sample>,
    /// Work on all documents is under way or queued.
    pub working: bool,
    pub decision: Option<Approval>,
    /// Why the last writing did not come to its end, a sentence.
    pub problem: Option<String>,
    pub written: Vec<Written>,
}

/// A word that is masked in every document.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Everywhere {
    /// Folded, words separated by one space.
    pub words: Private,
    pub label: String,
    /// Document on which it was asked for.
    pub from: String,
    pub by: String,
    pub at: Instant,
    /// Whether the finder had let it through in that document.
    #[serde(default)]
    pub leak: bool,
    #[serde(default)]
    pub undone: bool,
}

/// A sample for quality control: which documents, and by which draw it can be made again.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Sample {
    pub seed: u64,
    pub by: String,
    pub at: Instant,
    pub documents: Vec<String>,
}

/// A named person's decision to export exactly that version.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Approval {
    pub by: String,
    pub name: Private,
    pub at: Instant,
    pub version: String,
}

/// An archive that was written.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Written {
    pub at: Instant,
    pub by: String,
    pub version: String,
    pub persons: usize,
    pub documents: usize,
    pub sha256: String,
    pub bytes: u64,
}

/// What is sealed of a document of an export.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DocumentContent {
    pub text_version: Option<TextVersion>,
    pub sha256_in: String,
    pub candidates: Vec<Candidate>,
    pub acts: Vec<Act>,
    pub check: Option<Check>,
    /// Why it cannot be written without its identities.
    pub refusal: Option<String>,
}

/// Words that may say who.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    pub id: String,
    pub span: Span,
    pub label: String,
    pub certainty: f32,
    /// Wire name of the source: `known`, `form`, `context`, `repeated`, `person`, `everywhere`.
    pub source: String,
    /// Left in the text unless a person masks it.
    #[serde(default)]
    pub doubt: bool,
}

/// What a person did.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Act {
    pub what: What,
    pub by: String,
    pub at: Instant,
    #[serde(default)]
    pub undone: bool,
}

/// The acts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum What {
    Mask(String),
    Release(String),
    Label(String, String),
    Add(Candidate),
    Reviewed,
}

/// The second reading of one version of the decisions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Check {
    /// Hash of what was to be masked and how.
    pub of: String,
    pub sha256_out: String,
    pub left: Vec<Left>,
    pub counts: BTreeMap<String, usize>,
}

/// Something the second reading still finds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Left {
    /// Where in the text that was read, when it can be told.
    pub span: Option<Span>,
    pub label: String,
    /// Why, a French sentence without the words.
    pub why: String,
    pub certainty: f32,
    /// Blocks.
    pub sure: bool,
}

/// A candidate with what becomes of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Standing {
    pub candidate: Candidate,
    pub masked: bool,
    /// A person said so.
    pub decided: bool,
}

impl DocumentContent {
    /// Every candidate in the order of the text, with what becomes of it.
    pub fn standing(&self, text: &str, everywhere: &[Everywhere]) -> Vec<Standing> {
        let mut all: Vec<Standing> = self
            .candidates
            .iter()
            .map(|c| Standing { candidate: c.clone(), masked: !c.doubt, decided: false })
            .collect();
        let mut acts: Vec<(Instant, Step<'_>)> = self
            .acts
            .iter()
            .filter(|a| !a.undone)
            .map(|a| (a.at, Step::Act(&a.what)))
            .chain(everywhere.iter().filter(|e| !e.undone).map(|e| (e.at, Step::Everywhere(e))))
            .collect();
        acts.sort_by_key(|(at, _)| *at);
        let words = if everywhere.iter().any(|e| !e.undone) { words(text) } else { Vec::new() };
        for (_, step) in acts {
            match step {
                Step::Act(what) => apply(&mut all, what),
                Step::Everywhere(e) => mask_everywhere(&mut all, e, &words),
            }
        }
        all.sort_by_key(|s| (s.candidate.span.start, s.candidate.span.end));
        all
    }

    /// Whether a person has looked at it.
    pub fn reviewed(&self) -> Option<&Act> {
        self.acts.iter().rev().find(|a| !a.undone && a.what == What::Reviewed)
    }

    /// Whether the finder let something through that a person masked here: a leak, for the sample.
    pub fn leaks(&self, document: &str, everywhere: &[Everywhere]) -> bool {
        let wide = everywhere.iter().any(|e| !e.undone && e.leak && e.from == document);
        let doubt = |id: &String| self.candidates.iter().any(|c| c.id == *id && c.doubt);
        wide || self.acts.iter().filter(|a| !a.undone).any(|a| match &a.what {
            What::Add(candidate) => candidate.source == "person",
            What::Mask(id) | What::Label(id, _) => doubt(id),
            _ => false,
        })
    }
}

enum Step<'a> {
    Act(&'a What),
    Everywhere(&'a Everywhere),
}

fn apply(all: &mut Vec<Standing>, what: &What) {
    let mut on = |id: &str, change: &dyn Fn(&mut Standing)| {
        if let Some(s) = all.iter_mut().find(|s| s.candidate.id == id) {
            s.decided = true;
            change(s);
        }
    };
    match what {
        What::Mask(id) => on(id, &|s| s.masked = true),
        What::Release(id) => on(id, &|s| s.masked = false),
        What::Label(id, label) => on(id, &|s| {
            s.masked = true;
            s.candidate.label.clone_from(label);
        }),
        // One made by a word that is masked everywhere may be there already.
        What::Add(candidate) if all.iter().any(|s| s.candidate.id == candidate.id) => {}
        What::Add(candidate) => {
            all.push(Standing { candidate: candidate.clone(), masked: true, decided: true });
        }
        What::Reviewed => {}
    }
}

fn mask_everywhere(all: &mut Vec<Standing>, e: &Everywhere, words: &[(Span, String)]) {
    for span in occurrences(words, &e.words) {
        let mut covered = false;
        for s in all.iter_mut().filter(|s| s.candidate.span.overlaps(span)) {
            s.masked = true;
            s.decided = true;
            covered |= s.candidate.span.contains(span);
        }
        if !covered {
            let candidate = Candidate {
                id: format!("e{}", span.start),
                span,
                label: e.label.clone(),
                certainty: 1.0,
                source: "everywhere".to_owned(),
                doubt: false,
            };
            all.push(Standing { candidate, masked: true, decided: true });
        }
    }
}

/// The words of a text, folded.
pub fn words(text: &str) -> Vec<(Span, String)> {
    let mut out = Vec::new();
    let mut from = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        // A combining mark belongs to the letter before it.
        let inside = c.is_alphanumeric() || ('\u{300}'..='\u{36f}').contains(&c);
        match (inside, from) {
            (true, None) => from = Some(at),
            (false, Some(start)) => {
                let span = Span::new(start, at);
                let folded = relu_vault::fold(span.of(text).unwrap_or(""));
                if !folded.is_empty() {
                    out.push((span, folded));
                }
                from = None;
            }
            _ => {}
        }
    }
    out
}

/// Where these folded words stand, in whatever case and accents, blanks and hyphens.
pub fn occurrences(words: &[(Span, String)], wanted: &str) -> Vec<Span> {
    let wanted: Vec<&str> = wanted.split(' ').filter(|w| !w.is_empty()).collect();
    if wanted.is_empty() {
        return Vec::new();
    }
    words
        .windows(wanted.len())
        .filter(|w| w.iter().map(|(_, word)| word.as_str()).eq(wanted.iter().copied()))
        .filter(|w| w.windows(2).all(|p| p[1].0.start - p[0].0.end <= 3))
        .filter_map(|w| Some(Span::new(w.first()?.0.start, w.last()?.0.end)))
        .collect()
}

/// A label of the wire.
pub fn label(name: &str) -> Label {
    Label::named(name).unwrap_or(Label::Nom)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(id: &str, a: usize, b: usize, doubt: bool) -> Candidate {
        Candidate {
            id: id.into(),
            span: Span::new(a, b),
            label: "NOM".into(),
            certainty: 0.9,
            source: "context".into(),
            doubt,
        }
    }

    fn act(what: What, at: i64) -> Act {
        Act { what, by: "m".into(), at: Instant(at), undone: false }
    }

    #[test]
    fn the_last_act_counts_and_an_undone_one_does_not() {
        let text = "M. DUPONT et Rose";
        let mut content = DocumentContent {
            candidates: vec![candidate("c0", 3, 9, false), candidate("c1", 13, 17, true)],
            ..DocumentContent::default()
        };
        let masked = |c: &DocumentContent| -> Vec<bool> {
            c.standing(text, &[]).iter().map(|s| s.masked).collect()
        };
        assert_eq!(masked(&content), [true, false]);
        assert!(!content.leaks("d", &[]));
        content.acts.push(act(What::Release("c0".into()), 1));
        content.acts.push(act(What::Mask("c1".into()), 2));
        assert_eq!(masked(&content), [false, true]);
        assert!(content.leaks("d", &[]), "a doubt that a person masked was let through");
        content.acts[1].undone = true;
        assert_eq!(masked(&content), [false, false]);
        assert!(!content.leaks("d", &[]));
    }

    #[test]
    fn a_word_is_masked_everywhere_however_it_is_written() {
        let text = "Lefèvre, LEFEVRE ; Lefèvres. Jean-Paul Lefe\u{300}vre";
        let everywhere = Everywhere {
            words: "lefevre".into(),
            label: "NOM".into(),
            from: "d".into(),
            by: "m".into(),
            at: Instant(5),
            leak: true,
            undone: false,
        };
        let content = DocumentContent {
            candidates: vec![candidate("c0", 0, 8, true)],
            acts: vec![act(What::Release("c0".into()), 1)],
            ..DocumentContent::default()
        };
        let standing = content.standing(text, std::slice::from_ref(&everywhere));
        let found: Vec<&str> =
            standing.iter().map(|s| s.candidate.span.of(text).unwrap()).collect();
        assert_eq!(found, ["Lefèvre", "LEFEVRE", "Lefe\u{300}vre"]);
        assert!(standing.iter().all(|s| s.masked));
        // Released by a person afterwards: that place stays.
        let mut later = content.clone();
        later.acts.push(act(What::Release("c0".into()), 9));
        assert!(!later.standing(text, std::slice::from_ref(&everywhere))[0].masked);
        assert!(content.leaks("d", std::slice::from_ref(&everywhere)));
        assert!(!content.leaks("another", std::slice::from_ref(&everywhere)));
        assert_eq!(occurrences(&words("Jean-Paul, Jean\n\n\n\nPaul"), "jean paul").len(), 1);
    }
}
