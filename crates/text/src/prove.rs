//! The examples that rule files carry, run: by the tests of this crate for the shipped rules, and by
//! `relu rules check` for a site's own.

use relu_record::Span;

use crate::compile::{Proof, RuleDoc};
use crate::context::SpanRequest;
use crate::engine::{Engine, NoteContext, Workspace};

/// An example that does not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Code of the rule.
    pub code: String,
    /// The example, as the file writes it.
    pub example: String,
    /// What was expected.
    pub expected: &'static str,
}

/// The text of an example without its brackets, and the spans they held.
pub fn marked(example: &str) -> (String, Vec<Span>) {
    let (mut text, mut spans, mut open) = (String::new(), Vec::new(), None);
    for c in example.chars() {
        match (c, open) {
            ('[', None) => open = Some(text.len()),
            (']', Some(start)) => {
                spans.push(Span::new(start, text.len()));
                open = None;
            }
            _ => text.push(c),
        }
    }
    (text, spans)
}

impl Engine {
    /// The examples of the rules that do not hold.
    pub fn prove(&self) -> Vec<Failure> {
        let mut work = Workspace::new();
        let mut failures = Vec::new();
        for doc in self.rules() {
            for (examples, wanted) in [(&doc.matches, true), (&doc.rejects, false)] {
                for example in examples {
                    if let Some(expected) = self.fails(doc, example, wanted, &mut work) {
                        let (code, example) = (doc.code.clone(), example.clone());
                        failures.push(Failure { code, example, expected });
                    }
                }
            }
        }
        failures
    }

    fn fails(
        &self,
        doc: &RuleDoc,
        example: &str,
        wanted: bool,
        work: &mut Workspace,
    ) -> Option<&'static str> {
        let (text, spans) = marked(example);
        let asked: Vec<SpanRequest> =
            spans.iter().map(|&span| SpanRequest { span, within: false }).collect();
        let note = self.read(&text, &NoteContext::default(), &asked, work);
        match doc.proof {
            Proof::None => None,
            Proof::Attribute(_) if spans.is_empty() => Some("une mention entre crochets"),
            Proof::Attribute(a) => {
                let holds = note.spans().iter().all(|q| a.of(&q.attributes) == wanted);
                (!holds).then_some(if wanted { "attribut attendu" } else { "attribut de trop" })
            }
            Proof::Reason if spans.is_empty() => Some("une mention entre crochets"),
            Proof::Reason => {
                let holds = note.spans().iter().all(|q| q.is_reason == wanted);
                (!holds).then_some(if wanted { "raison attendue" } else { "raison de trop" })
            }
            Proof::Entity => {
                let made: Vec<Span> =
                    note.entities().filter(|e| e.rule == doc.code).map(|e| e.span).collect();
                let holds = match (wanted, spans.is_empty()) {
                    (false, _) => made.is_empty(),
                    (true, true) => !made.is_empty(),
                    (true, false) => spans.iter().all(|s| made.contains(s)),
                };
                (!holds).then_some(if wanted { "entité attendue" } else { "entité de trop" })
            }
            Proof::Span => {
                let is = |s: &Span| note.entities().any(|e| e.span == *s);
                let holds = spans.iter().all(|s| is(s) == wanted);
                (!holds).then_some(if wanted { "entité attendue" } else { "entité de trop" })
            }
            Proof::Condition => {
                let Some((label, kind)) = self.label_and_kind(&doc.code) else {
                    return Some("règle inconnue");
                };
                let made: Vec<Span> = note
                    .entities()
                    .filter(|e| e.label == label && e.kind.unwrap_or("") == kind)
                    .map(|e| e.span)
                    .collect();
                let holds = match (wanted, spans.is_empty()) {
                    (false, _) => made.is_empty(),
                    (true, true) => !made.is_empty(),
                    // A disorder may be the longer term of a lexicon.
                    (true, false) if label == "disorder" || label == "behaviour" => spans
                        .iter()
                        .all(|s| made.iter().any(|m| m.start < s.end && s.start < m.end)),
                    (true, false) => spans.iter().all(|s| made.contains(s)),
                };
                (!holds).then_some(if wanted { "mention attendue" } else { "mention de trop" })
            }
            Proof::Section => {
                let holds = note.sections().any(|s| s.kind == doc.code) == wanted;
                (!holds).then_some(if wanted { "titre attendu" } else { "titre de trop" })
            }
        }
    }
}
