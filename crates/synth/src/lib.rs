//! Synthetic French patients and the documents a practice receives about them, with what is true of
//! each: for the demonstration, the tests and the measures. Nobody here exists.
//!
//! Shapes: [`Generator`] gives patients and documents from a seed; [`demo`] a morning of a group
//! practice; [`bad_inputs`] what a hostile or unlucky sender could send. Same seed, same bytes: no
//! clock, no environment, archives with a fixed date.
//! Sources: `interop-fr` fact sheet (identities §1-2, CDA §3, types §4, HL7v2 §6, HPRIM §6b, XDM
//! and mail §7, FHIR §9); each module names its own.
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
#![warn(clippy::disallowed_types)]

mod archive;
mod bad;
mod carrier;
mod case;
mod compose;
pub mod deid;
mod demo;
mod digest;
mod generate;
mod history;
mod label;
mod layout;
mod monday;
mod paper;
mod people;
mod population;
mod rng;
mod stack;
mod truth;
mod words;

#[cfg(test)]
mod tests;

pub use bad::bad_inputs;
pub use carrier::faxed;
pub use demo::{demo, demo_patients, demo_yesterday};
pub use generate::{Generator, Layouts};
pub use history::{History, demo_history};
pub use label::{Labelled, labelled, labelled_fax};
pub use monday::{Monday, monday};
pub use people::Patient;
pub use population::{AboutSomeone, Member, Population};
pub use stack::{SEPARATOR, Stack, StackForm, StackTruth, stack};
pub use truth::{FactTruth, PatientTruth, SynthDocument, Truth};
