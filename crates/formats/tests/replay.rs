//! The short form of the fuzzing drill, on a stable compiler: every seed of `fuzz/corpus`, then a
//! fixed number of seeded mutations of them, through every decoder. A decoder may refuse, find, or
//! run out of budget; it may not panic, hang, or return a reading whose spans lie outside its text.
//!
//! Mutations depend on a seed and nothing else, so that a failure names what shows it again:
//! `RELU_REPLAY=cda:17 cargo test -p relu-formats --test replay -- --nocapture`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stdout, clippy::print_stderr)]

mod decoders;
mod mutate;

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use decoders::{DECODERS, Stood, stand};

/// Mutations per decoder, unless `RELU_REPLAY_ROUNDS` says otherwise.
const ROUNDS: u64 = 5_000;
/// No input of a few kilobytes may take this long, on a busy machine either.
const STUCK: Duration = Duration::from_secs(60);

#[test]
fn every_decoder_stands_any_bytes() {
    let asked = std::env::var("RELU_REPLAY").ok();
    let rounds = std::env::var("RELU_REPLAY_ROUNDS").map_or(ROUNDS, |n| n.parse().unwrap());
    let at = watchdog();
    let mut failures = Vec::new();
    let mut guarded = BTreeMap::new();
    for (d, (name, decoder)) in DECODERS.iter().enumerate() {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "fuzz/corpus/{name} has no seed");
        let inputs = seeds.clone().into_iter();
        let mutated = (0..rounds).map(|n| (n.to_string(), mutate::mutate(&seeds, n)));
        let mut read = 0;
        for (n, (which, bytes)) in inputs.chain(mutated).enumerate() {
            let label = format!("{name}:{which}");
            if asked.as_ref().is_some_and(|a| *a != label) {
                continue;
            }
            if asked.is_some() {
                // To look at, or to keep as a seed.
                let file =
                    Path::new(env!("CARGO_TARGET_TMPDIR")).join(label.replace([':', '/'], "-"));
                std::fs::write(&file, &bytes).unwrap();
                println!("{label}: {} bytes in {}", bytes.len(), file.display());
            }
            at.store(((d as u64) << 32) | n as u64, Ordering::Relaxed);
            match stand(*decoder, &bytes) {
                Stood::Read => read += 1,
                Stood::Refused => {}
                Stood::ByTheGuard(place) => {
                    guarded.insert(place, label);
                }
                Stood::Badly(why) => failures.push(format!("{label}: {why}")),
            }
        }
        println!("{name}: {read} of {} inputs were read", rounds as usize + seeds.len());
        // Mutations that are all refused at the door would show nothing.
        assert!(
            asked.is_some() || read * 20 > rounds,
            "{name}: hardly any input reaches the decoder"
        );
    }
    at.store(u64::MAX, Ordering::Relaxed);
    for (place, label) in guarded {
        println!("a library panicked, the reader process refuses the document: {place} ({label})");
    }
    let n = failures.len();
    assert!(failures.is_empty(), "{n} inputs broke a decoder:\n{}", failures.join("\n"));
}

/// Ends the test program when one input makes no progress: a hanging test says nothing.
fn watchdog() -> Arc<AtomicU64> {
    let at = Arc::new(AtomicU64::new(0));
    let seen = Arc::clone(&at);
    std::thread::spawn(move || {
        let mut last = 0;
        loop {
            std::thread::sleep(STUCK);
            let now = seen.load(Ordering::Relaxed);
            if now == u64::MAX {
                return;
            }
            if now == last {
                let name = DECODERS.get((now >> 32) as usize).map_or("?", |d| d.0);
                let seeds = seeds(name).len() as u64;
                let n = (now & 0xffff_ffff).saturating_sub(seeds);
                eprintln!("{name}:{n} (or a seed) takes more than {STUCK:?}");
                std::process::abort();
            }
            last = now;
        }
    });
    at
}

/// The seeds of a decoder, by file name. `read` and `mask` take those of every other decoder.
fn seeds(name: &str) -> BTreeMap<String, Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let folders: Vec<&str> = if matches!(name, "read" | "mask") {
        DECODERS.iter().map(|d| d.0).collect()
    } else {
        vec![name]
    };
    let mut seeds = BTreeMap::new();
    for folder in folders {
        let Ok(entries) = std::fs::read_dir(corpus.join(folder)) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            seeds.insert(format!("{folder}/{file}"), std::fs::read(path).unwrap());
        }
    }
    seeds
}
