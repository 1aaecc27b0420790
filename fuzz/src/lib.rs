//! What the targets share: the table of decoders and the check of what comes back, which are those
//! of the replay test in `crates/formats/tests`; for `annotate`, those of `crates/cli/tests`; for
//! `record`, that of `crates/desk/src/desk/fhir/drill.rs`.

use std::sync::OnceLock;

use relu_text::Engine;

#[path = "../../crates/formats/tests/decoders/mod.rs"]
mod decoders;
#[path = "../../crates/cli/tests/hostile/mod.rs"]
mod hostile;

/// Decodes `bytes` with the decoder of that name; ends the program when a mistake of ours shows.
pub fn decode(name: &str, bytes: &[u8]) {
    let (_, decoder) = decoders::DECODERS
        .iter()
        .find(|d| d.0 == name)
        .expect("a target is named after its decoder");
    if let decoders::Stood::Badly(why) = decoders::stand(*decoder, bytes) {
        eprintln!("{name}: {why}");
        std::process::abort();
    }
}

/// A search and a body at the doors of the record; ends the program when a mistake shows.
pub fn record(bytes: &[u8]) {
    if let Err(why) = relu_desk::fhir::drill::stand(bytes) {
        eprintln!("record: {why}");
        std::process::abort();
    }
}

/// Annotates `bytes` as a text; panics, which ends the program, when a mistake shows.
pub fn annotate(bytes: &[u8]) {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    hostile::stand(ENGINE.get_or_init(Engine::embedded), bytes);
}
