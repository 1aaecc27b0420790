//! French clinical text engine: sentences, sections, entities and their context, from one reading of
//! the text into tokens and one automaton over them.
//!
//! Input: a text and what is known of the note ([`NoteContext`]). Output: a [`Note`] in the room of a
//! [`Workspace`], or the owned `Annotations` of the vocabulary crate; spans are UTF-8 bytes of the
//! text given. The engine never fails on content and never panics; the same text and rules give the
//! same annotations. Rules (`rules/`) and lexicons (`lexicons/`) are compiled when this crate is built
//! (`build.rs`); a site's own files are compiled after them ([`Engine::with_files`]).
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
mod landmarks;
mod lexicon;
mod lists;
mod morphology;
mod phrases;
mod prove;
pub mod search;
mod sections;
mod sentences;
mod strings;
#[cfg(test)]
mod tests;
mod tokens;
mod view;
mod vocabulary;
pub mod words;

pub use compile::sources::{Kind, Source};
pub use compile::{Attribute, Proof, RuleDoc, RuleError};
pub use context::{Qualified, SpanRequest};
pub use engine::{Engine, NoteContext, Workspace};
pub use fold::{Folded, fold, key, squeeze};
pub use found::{CodeView, EntityView, Note, SectionView, ValueView};
pub use prove::{Failure, marked};
