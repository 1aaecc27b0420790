//! The engine: compiled rules, and [`Engine::read`] for each text. This file is the whole flow.

use relu_record::{Annotations, PartialDate, Span};

use crate::compile::sources::SHIPPED;
use crate::compile::{RuleDoc, RuleError, Rules};
use crate::context::{Qualified, SpanRequest};
use crate::found::{Note, SectionAt, Sink};
use crate::phrases::Hit;
use crate::tokens::Token;
use crate::view::View;
use crate::{detect, sentences, tokens};

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
    docs: Vec<RuleDoc>,
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
    sentences: Vec<(u32, u32)>,
    sentence_spans: Vec<Span>,
    sections: Vec<SectionAt>,
    sink: Sink,
    spans: Vec<Qualified>,
}

impl Workspace {
    /// An empty one.
    pub fn new() -> Workspace {
        Workspace::default()
    }
}

impl Engine {
    /// The engine with the rules and lexicons shipped in this program. A rule file that does not
    /// parse gives no rules; the tests of this crate fail in that case.
    pub fn embedded() -> Engine {
        let (rules, docs) = Rules::compile(SHIPPED).unwrap_or_default();
        Engine { rules, docs }
    }

    /// Every rule with its reason, source and examples.
    pub fn rules(&self) -> &[RuleDoc] {
        &self.docs
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
            sentences,
            sentence_spans,
            sections,
            sink,
            spans: asked,
        } = work;
        let rules = &self.rules;
        tokens::scan(text, &rules.vocabulary, tokens);
        rules.phrases.find(tokens, &rules.vocabulary, terms, cues);
        sentences::find(tokens, sentences);
        sections.clear();
        sink.clear();
        let view = View { rules, text, note, tokens, terms, cues, sentences, sections };
        for (_, detector) in detect::DETECTORS {
            detector(&view, sink);
        }
        detect::settle(sink);
        asked.clear();
        asked.extend(spans.iter().map(|s| Qualified {
            span: s.span,
            attributes: Default::default(),
            is_reason: false,
            cues: Vec::new(),
        }));
        sentence_spans.clear();
        sentence_spans.extend(sentences.iter().filter_map(|&(a, b)| {
            let first = tokens.get(a as usize)?;
            let last = tokens.get((b as usize).checked_sub(1)?)?;
            Some(Span::new(first.start as usize, last.end() as usize))
        }));
        Note { text, rules, sentences: sentence_spans, sections, sink, spans: asked }
    }

    /// A pass of the scanner and the automaton alone, for comparison; the number of occurrences.
    pub fn bare_pass(&self, text: &str, work: &mut Workspace) -> usize {
        tokens::scan(text, &self.rules.vocabulary, &mut work.tokens);
        let v = &self.rules.vocabulary;
        self.rules.phrases.find(&work.tokens, v, &mut work.terms, &mut work.cues);
        work.terms.len() + work.cues.len()
    }

    #[allow(dead_code)]
    fn with(files: &[crate::compile::sources::Source<'_>]) -> Result<Engine, RuleError> {
        let (rules, docs) = Rules::compile(files)?;
        Ok(Engine { rules, docs })
    }
}
