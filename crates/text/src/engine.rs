//! The engine: rules and lexicons compiled once, then [`Engine::annotate`] for each text.

use relu_record::{Annotations, Attributes, PartialDate, Span};

/// What is known of a note beside its text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoteContext {
    /// Date of the note; relative dates count from it.
    pub note_date: Option<PartialDate>,
    /// Birth date of the patient, never reported as a date of care.
    pub birth_date: Option<PartialDate>,
}

/// A span whose context is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRequest {
    /// The words.
    pub span: Span,
    /// Whether a cue inside the span counts.
    pub within: bool,
}

/// The context of a span that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualified {
    /// The words.
    pub span: Span,
    /// Their context.
    pub attributes: Attributes,
    /// Whether they are a reason of the stay or visit.
    pub is_reason: bool,
    /// Words that decided.
    pub cues: Vec<Span>,
}

/// Compiled rules and lexicons.
#[derive(Debug, Default)]
pub struct Engine {}

impl Engine {
    /// The engine with the rules and lexicons shipped in this program.
    pub fn embedded() -> Engine {
        Engine::default()
    }

    /// Everything the engine says about `text`.
    pub fn annotate(&self, text: &str, note: &NoteContext) -> Annotations {
        let _ = note;
        Annotations {
            sentences: if text.is_empty() { Vec::new() } else { vec![Span::new(0, text.len())] },
            ..Annotations::default()
        }
    }

    /// The same, with the context of spans found by somebody else.
    pub fn annotate_spans(
        &self,
        text: &str,
        note: &NoteContext,
        spans: &[SpanRequest],
    ) -> (Annotations, Vec<Qualified>) {
        let qualified = spans
            .iter()
            .map(|s| Qualified {
                span: s.span,
                attributes: Attributes::default(),
                is_reason: false,
                cues: Vec::new(),
            })
            .collect();
        (self.annotate(text, note), qualified)
    }
}
