//! French clinical text engine: sentences, sections, entities and their context, in one pass over
//! one automaton.
//!
//! Input: a text and what is known of the note ([`NoteContext`]). Output: [`Annotations`] of the
//! vocabulary crate, spans in UTF-8 bytes of the text given. The engine never fails on content and
//! never panics; the same text and rules give the same annotations. Rules (`rules/*.toml`) and
//! lexicons (`lexicons/*/`) are embedded at build.
//!
//! Sources: section kinds and entity labels follow EDS-NLP's French names; the context method
//! (cue before, cue after, pseudo-cue, end of scope) is that of NegEx and ConText (Chapman 2001,
//! Harkema 2009).
#![warn(clippy::disallowed_methods, clippy::disallowed_types)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::print_stdout,
        clippy::print_stderr,
        clippy::disallowed_methods
    )
)]

mod compile;
mod context;
mod detect;
mod embedded;
mod engine;
mod fold;
mod found;
mod groups;
mod lexicon;
mod lists;
mod morphology;
mod old;
mod phrases;
mod prove;
mod sections;
mod sentences;
mod strings;
#[cfg(test)]
mod tests;
mod tokens;
mod view;
mod vocabulary;

pub use fold::{Folded, fold, key, squeeze};
pub use old::engine::{Engine, NoteContext, Qualified, RuleDoc, SpanRequest};

/// The engine on tokens, until it takes the place of the old one.
pub mod next {
    pub use crate::compile::sources::{Kind, Source};
    pub use crate::compile::{Attribute, Proof, RuleDoc, RuleError};
    pub use crate::context::{Qualified, SpanRequest};
    pub use crate::engine::{Engine, NoteContext, Workspace};
    pub use crate::found::{CodeView, EntityView, Note, SectionView, ValueView};
    pub use crate::prove::{Failure, marked};
}
