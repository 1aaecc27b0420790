//! A morning of a group practice.

use relu_record::PatientIdentity;

use crate::generate::{Generator, Layouts};
use crate::truth::SynthDocument;

/// About forty documents of one morning.
pub fn demo(seed: u64) -> Vec<SynthDocument> {
    Generator::new(seed).documents(40, Layouts::Development).collect()
}

/// The patients whom the practice of [`demo`] already knows.
pub fn demo_patients(seed: u64) -> Vec<PatientIdentity> {
    Generator::new(seed).patients(14).iter().map(crate::people::Patient::identity).collect()
}
