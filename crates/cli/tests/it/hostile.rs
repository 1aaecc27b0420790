//! The short form of the drill of `annotate`: every seed of `fuzz/corpus/annotate`, then a fixed
//! number of seeded mutations of them. `cargo xtask fuzz annotate` is the long one.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use relu_text::Engine;

use super::any_text;

const ROUNDS: u64 = 3_000;

// Words on which the engine turns.
const WORDS: &[&str] = &[
    " ",
    "\n",
    "\n\n",
    "\u{c}",
    "\t",
    "-",
    "-\n",
    "'",
    "’",
    "(",
    ")",
    "[",
    "]",
    "[x]",
    "☐",
    "☒",
    "|",
    ":",
    ";",
    ",",
    ".",
    "…",
    "/",
    "+",
    "<",
    "≥",
    "°",
    "%",
    "½",
    "²",
    "«",
    "»",
    "\u{301}",
    "\u{ad}",
    "\u{200b}",
    "ﬁ",
    "😀",
    "É",
    "0",
    "1",
    "000",
    "12/03/2019",
    "1 200",
    "mg",
    "g/L",
    "10^9/L",
    "mmHg",
    "pas de ",
    "sans ",
    "ni ",
    "et ",
    "ou ",
    "aucun",
    "possible ",
    "mère",
    "oui",
    "non",
    "depuis ",
    "il y a ",
    "3 mois",
    "fièvre",
    "HTA",
    "diabète",
    "Kardégic 75 mg",
    "1-0-1",
    "TNM",
    "pT2",
    "R1 (",
    "ADICAP",
    "BHGSA7A0",
    "G2P1",
    "tabac",
    "PA",
    "SOFA",
    "Antécédents :\n",
    "• ",
    "Page 1/2",
];

#[test]
fn any_text_is_annotated() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus/annotate");
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let seeds: Vec<Vec<u8>> = files.iter().map(|f| std::fs::read(f).unwrap()).collect();
    assert!(seeds.len() >= 5, "the seeds are gone");
    let engine = Engine::embedded();
    let mutated = (0..ROUNDS).map(|n| mutate(&seeds, n));
    let mut broken = Vec::new();
    for (n, bytes) in seeds.clone().into_iter().chain(mutated).enumerate() {
        if catch_unwind(AssertUnwindSafe(|| any_text::stand(&engine, &bytes))).is_err() {
            broken.push((n, String::from_utf8_lossy(&bytes).into_owned()));
        }
    }
    assert!(broken.is_empty(), "these inputs broke annotate: {broken:#?}");
}

// The `n`-th mutation: a seed with a few pieces cut, doubled, or replaced by words.
fn mutate(seeds: &[Vec<u8>], n: u64) -> Vec<u8> {
    let mut state = n.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut below = |most: usize| {
        // Xorshift.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % most.max(1)
    };
    let mut bytes = seeds[below(seeds.len())].clone();
    for _ in 0..1 + below(12) {
        let at = below(bytes.len() + 1);
        let end = (at + below(12)).min(bytes.len());
        match below(4) {
            0 => drop(bytes.drain(at..end)),
            1 => {
                let piece = bytes[at..end].repeat(1 + below(20));
                bytes.splice(at..at, piece);
            }
            2 => {
                let other = &seeds[below(seeds.len())];
                let from = below(other.len());
                let piece = other[from..(from + below(80)).min(other.len())].to_vec();
                bytes.splice(at..end, piece);
            }
            _ => drop(bytes.splice(at..end, WORDS[below(WORDS.len())].bytes())),
        }
    }
    bytes
}
