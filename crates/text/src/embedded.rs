//! The rules compiled by `build.rs`, taken in without compiling anything.

use crate::compile::{RuleDoc, Rules};
use crate::engine::Engine;

/// The compiled rules. The bytes are those that the build wrote; were they unreadable there would be
/// no rules, and the tests of this crate fail in that case.
fn rules() -> Rules {
    postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/rules.bin"))).unwrap_or_default()
}

/// What the files say of the rules.
fn docs() -> Vec<RuleDoc> {
    postcard::from_bytes(include_bytes!(concat!(env!("OUT_DIR"), "/docs.bin"))).unwrap_or_default()
}

impl Engine {
    /// The engine with the rules and lexicons shipped in this program.
    pub fn embedded() -> Engine {
        Engine::of(rules(), docs)
    }
}
