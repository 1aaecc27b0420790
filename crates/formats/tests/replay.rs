//! The short form of the fuzzing drill, on a stable compiler: every seed of `fuzz/corpus`, then a
//! fixed number of seeded mutations of them, through every decoder. A decoder may refuse, find, or
//! run out of budget; it may not panic, hang, or return a reading whose spans lie outside its text.
//!
//! Mutations depend on a seed and nothing else, so that a failure names what shows it again:
//! `RELU_REPLAY=cda:17 cargo test -p relu-formats --test replay -- --nocapture`.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr)]

mod hostile;

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hostile::{DECODERS, Decoder};

/// Mutations per decoder.
const ROUNDS: u64 = 2_000;
/// No input of a few kilobytes may take this long, on a busy machine either.
const STUCK: Duration = Duration::from_secs(60);

#[test]
fn every_decoder_stands_any_bytes() {
    let asked = std::env::var("RELU_REPLAY").ok();
    let at = watchdog();
    let mut failures = Vec::new();
    for (d, (name, decoder)) in DECODERS.iter().enumerate() {
        let seeds = seeds(name);
        assert!(!seeds.is_empty(), "fuzz/corpus/{name} has no seed");
        let inputs = seeds.clone().into_iter().map(|(file, bytes)| (file, bytes));
        let mutated = (0..ROUNDS).map(|n| (n.to_string(), mutate(&seeds, n)));
        for (n, (which, bytes)) in inputs.chain(mutated).enumerate() {
            let label = format!("{name}:{which}");
            if asked.as_ref().is_some_and(|a| *a != label) {
                continue;
            }
            at.store(((d as u64) << 32) | n as u64, Ordering::Relaxed);
            if let Err(why) = run(*decoder, &bytes) {
                failures.push(format!("{label}: {why}"));
            }
        }
    }
    at.store(u64::MAX, Ordering::Relaxed);
    assert!(
        failures.is_empty(),
        "{} inputs broke a decoder:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

fn run(decoder: Decoder, bytes: &[u8]) -> Result<(), String> {
    catch_unwind(AssertUnwindSafe(|| hostile::decode(decoder, bytes))).map_err(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        text.or(panic.downcast_ref::<&str>().copied()).unwrap_or("panicked").to_owned()
    })
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
                eprintln!("{name}: input {} takes more than {STUCK:?}", now & 0xffff_ffff);
                std::process::abort();
            }
            last = now;
        }
    });
    at
}

/// The seeds of a decoder, by file name. `read` takes those of every other decoder.
fn seeds(name: &str) -> BTreeMap<String, Vec<u8>> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let folders: Vec<&str> =
        if name == "read" { DECODERS.iter().map(|d| d.0).collect() } else { vec![name] };
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

/// A generator of numbers (xorshift64*), so that mutation `n` is the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 11) as usize % n.max(1)
    }
}

/// Words on which decoders turn, of all formats: lengths, escapes, openings without ends.
const WORDS: &[&str] = &[
    "\0",
    "\u{feff}",
    "é",
    "\u{202e}",
    "\r",
    "\n\n",
    "&#0;",
    "&lt;",
    "<![CDATA[",
    "<!DOCTYPE x [",
    "</",
    "<a ",
    "/>",
    "xmlns=\"\"",
    "|",
    "^~\\&",
    "\\X0D\\",
    "\\.br\\",
    "MSH|^~\\&|",
    "OBX|",
    "\x1c\r",
    "H|~^\\&|HPR|",
    "PK\x03\x04",
    "PK\x05\x06",
    "%PDF-1.7\n",
    "endobj",
    "stream\n",
    "xref",
    "startxref\n",
    "/Length 0",
    "/Length 99999999",
    "/Filter /FlateDecode",
    "<<",
    ">>",
    "[",
    "]",
    "0 0 0 R",
    "1 0 R",
    "/Kids [1 0 R]",
    "/Count -1",
    "/MediaBox [0 0 1e38 1e38]",
    "BT /F1 1e9 Tf",
    "Content-Type: ",
    "multipart/mixed; boundary=\"",
    "--",
    "=?utf-8?B?",
    "=\r\n",
    "{",
    "}",
    "[[[[",
    "\"",
    "\\u",
    "-1",
    "4294967296",
    "18446744073709551615",
    "1e308",
    "NaN",
    "{\\rtf1",
    "\\'e9",
    "\\bin99999 ",
];

/// The `n`-th mutation of the seeds: one of them, changed one to eight times.
fn mutate(seeds: &BTreeMap<String, Vec<u8>>, n: u64) -> Vec<u8> {
    let mut numbers = Numbers((n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let pick = |numbers: &mut Numbers| seeds.values().nth(numbers.below(seeds.len())).unwrap();
    let mut bytes = pick(&mut numbers).clone();
    for _ in 0..=numbers.below(8) {
        let at = numbers.below(bytes.len() + 1);
        let length = 1 + numbers.below(64);
        let end = (at + length).min(bytes.len());
        match numbers.below(9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
            1 if at < bytes.len() => bytes[at] = numbers.next() as u8,
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => {
                let again = bytes[at..end].to_vec();
                let times = 1 + numbers.below(40);
                bytes.splice(at..at, again.repeat(times));
            }
            5 | 6 => {
                let word = WORDS[numbers.below(WORDS.len())].as_bytes();
                bytes.splice(at..at, word.iter().copied());
            }
            7 => {
                let other = pick(&mut numbers);
                let from = numbers.below(other.len() + 1);
                let to = (from + 8 * length).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            _ => {
                // Another number where a number stands: lengths and offsets that lie.
                if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                    bytes[at + digit] = b'0' + numbers.below(10) as u8;
                }
            }
        }
    }
    bytes
}
