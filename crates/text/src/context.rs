//! Context: negated, supposed, about a relative, past, or said by somebody else.

use relu_record::{Attributes, Span};

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
