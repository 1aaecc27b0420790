//! The use cases: receive, read, propose, decide, act. Everything a person or a connector can do
//! goes through [`Desk`]; the pages, the interfaces and the command line are its clients.
//!
//! Shapes: views are plain data ready to be shown ([`view`]); errors are [`DeskError`], whose kinds
//! map once to an exit code and an HTTP status. Decoders run in child processes with limits on
//! memory and time ([`worker`]), so that a hostile file costs one document.
#![cfg_attr(
    test,
    allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stdout)
)]

mod desk;
mod error;
mod settings;
pub mod view;

pub use desk::Desk;
pub use error::{DeskError, ErrorKind};
pub use settings::Settings;
