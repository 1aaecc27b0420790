//! Whole-program tests: the binary as a person, a script or a power cut meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod annotate;
mod bad_inputs;
mod browser;
mod columns;
mod desk;
mod drill;
mod interop;
mod network;
mod rules;
mod run;
mod secrecy;
mod support;
