//! The engine: compiled rules, and [`Engine::read`] for each text. This file is the whole flow.

use std::sync::OnceLock;

use relu_record::{Annotations, PartialDate, Span};

use crate::compile::sources::{SHIPPED, Source};
use crate::compile::{RuleDoc, RuleError, Rules};
use crate::context::{self, Qualified, SpanRequest};
use crate::found::{Note, SectionAt, Sink};
use crate::landmarks::Landmarks;
use crate::phrases::Hit;
use crate::tokens::Token;
use crate::view::View;
use crate::{detect, sections, sentences, tokens};

/// What is known of a note beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteContext {
    /// Date of the note; relative dates count from it.
    pub note_date: Option<PartialDate>,
    /// Birth date of the patient, never reported as a date of care.
    pub birth_date: Option<PartialDate>,
}

/// Compiled rules and lexicons.
pub struct Engine {
    rules: Rules,
    // Read only when somebody asks for the rules.
    docs: OnceLock<Vec<RuleDoc>>,
    read_docs: fn() -> Vec<RuleDoc>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Engine({} origins)", self.rules.origins.len())
    }
}

/// Room for one reading after another; one a thread. Nothing in it is read before it is written
/// again, but it does hold words of the last text until then.
#[derive(Default)]
pub struct Workspace {
    tokens: Vec<Token>,
    terms: Vec<Hit>,
    cues: Vec<Hit>,
    landmarks: Landmarks,
    sentences: Vec<(u32, u32)>,
    sentence_spans: Vec<Span>,
    sections: Vec<SectionAt>,
    sink: Sink,
    spans: Vec<Qualified>,
    titles: sections::Room,
    context: context::Room,
}

impl Workspace {
    /// An empty one.
    pub fn new() -> Workspace {
        Workspace::default()
    }
}

impl Engine {
    /// An engine of rules already compiled.
    pub(crate) fn of(rules: Rules, read_docs: fn() -> Vec<RuleDoc>) -> Engine {
        Engine { rules, docs: OnceLock::new(), read_docs }
    }

    /// The shipped rules with more files after them: a site's own lexicons, cues, titles… A file
    /// that cannot be used stops with its name and what is wrong.
    pub fn with_files(site: &[Source<'_>]) -> Result<Engine, RuleError> {
        let files: Vec<Source<'_>> = SHIPPED.iter().chain(site).copied().collect();
        let (rules, docs) = Rules::compile(&files)?;
        Ok(Engine { rules, docs: OnceLock::from(docs), read_docs: Vec::new })
    }

    /// Whether two engines hold the same rules.
    #[cfg(test)]
    pub(crate) fn same_rules(&self, other: &Engine) -> bool {
        self.rules == other.rules
    }

    /// Every rule with its reason, source and examples.
    pub fn rules(&self) -> &[RuleDoc] {
        self.docs.get_or_init(self.read_docs)
    }

    /// Everything the engine says about `text`, owned.
    pub fn annotate(&self, text: &str, note: &NoteContext) -> Annotations {
        self.read(text, note, &[], &mut Workspace::new()).to_annotations()
    }

    /// The same, with the context of spans found by somebody else.
    pub fn annotate_spans(
        &self,
        text: &str,
        note: &NoteContext,
        spans: &[SpanRequest],
    ) -> (Annotations, Vec<Qualified>) {
        let mut work = Workspace::new();
        let note = self.read(text, note, spans, &mut work);
        (note.to_annotations(), note.spans().to_vec())
    }

    /// Reads `text` into `work`.
    pub fn read<'w>(
        &'w self,
        text: &'w str,
        note: &NoteContext,
        spans: &[SpanRequest],
        work: &'w mut Workspace,
    ) -> Note<'w> {
        let Workspace {
            tokens,
            terms,
            cues,
            landmarks,
            sentences,
            sentence_spans,
            sections,
            sink,
            spans: asked,
            titles,
            context: room,
        } = work;
        let rules = &self.rules;
        tokens::scan(text, &rules.vocabulary, tokens);
        rules.phrases.find(tokens, &rules.vocabulary, terms, cues);
        landmarks.find(tokens, &rules.vocabulary);
        sentences::find(tokens, landmarks, rules, sentences);
        sections::find(text, tokens, landmarks, rules, titles, sections);
        sink.clear();
        let view = View { rules, text, note, tokens, landmarks, terms, cues, sentences, sections };
        for (_, detector) in detect::DETECTORS {
            detector(&view, sink);
        }
        detect::settle(rules, sink);
        context::qualify(&view, sink, spans, asked, room);
        sentence_spans.clear();
        sentence_spans.extend(sentences.iter().filter_map(|&(a, b)| {
            let first = tokens.get(a as usize)?;
            let last = tokens.get((b as usize).checked_sub(1)?)?;
            Some(Span::new(first.start as usize, last.end() as usize))
        }));
        Note { text, rules, sentences: sentence_spans, sections, sink, spans: asked }
    }

    /// Label and kind that the rule of this code gives.
    pub(crate) fn label_and_kind(&self, code: &str) -> Option<(&str, &str)> {
        let strings = &self.rules.strings;
        let origin = self.rules.origins.iter().find(|o| strings.get(o.rule) == code)?;
        Some((strings.get(origin.label), strings.get(origin.kind)))
    }

    /// A pass of the scanner and the automaton alone, for comparison; the number of occurrences.
    pub fn bare_pass(&self, text: &str, work: &mut Workspace) -> usize {
        tokens::scan(text, &self.rules.vocabulary, &mut work.tokens);
        let v = &self.rules.vocabulary;
        self.rules.phrases.find(&work.tokens, v, &mut work.terms, &mut work.cues);
        work.terms.len() + work.cues.len()
    }
}
