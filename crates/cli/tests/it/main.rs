//! Whole-program tests: the binary as a person, a script or a power cut meets it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::print_stderr)]

mod alike;
mod annotate;
#[path = "../hostile/mod.rs"]
mod any_text;
mod attach;
mod bad_inputs;
mod browser;
mod browser_axe;
mod browser_export;
mod browser_lot;
mod browser_monday;
mod browser_patients;
mod browser_routing;
mod browser_split;
mod browser_timeline;
#[path = "../../../vault/tests/vault/cluster.rs"]
mod cluster;
mod columns;
mod deid_files;
mod desk;
mod drill;
mod export;
mod fhir;
mod handover;
mod hostile;
mod inbox;
mod instructions;
mod interop;
mod labels;
mod linear;
mod network;
mod patients;
mod routing;
mod rules;
mod run;
mod search;
mod secrecy;
mod support;
mod timeline;
