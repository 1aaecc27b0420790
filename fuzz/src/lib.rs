//! What the targets share: the table of decoders and the check of what comes back, which are those
//! of the replay test in `crates/formats/tests`.

#[path = "../../crates/formats/tests/decoders/mod.rs"]
mod decoders;

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
