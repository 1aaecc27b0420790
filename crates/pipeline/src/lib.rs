//! The functions: each reads a document with its annotations and proposes, with evidence.
//!
//! One folder per function, all of one shape: `sheet.toml` (its entry in the *registre des
//! fonctions*), `mod.rs` (contract and compiled rules), `rules/*.toml`, `cases/*`, `tests.rs`.
//! [`Pipeline::run`] runs those that are active and seals their proposals in one set.
//!
//! Pure: no I/O, clock, randomness or environment. Content never fails a function: what is strange
//! becomes a check or a finding.
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

mod function;
mod page;
mod run;

mod identify;

mod classify;

mod extract;

mod summarise;

mod screen;

mod split;

pub mod alike;

pub mod attach;

pub mod contradict;

pub mod deidentify;

pub mod route;

pub use classify::document_types;
pub use function::{Context, Function};
pub use run::Pipeline;
