//! What annotating a fixed corpus costs, in instructions of the program as the tests build it: the
//! same on any machine and any day, so that a slowdown shows before anybody waits for it.
//!
//! Counted by `valgrind --tool=callgrind` on `relu annotate --jobs 1`, less a run over nothing (what
//! starting costs). After a change that is meant to cost, or that saves:
//! `RELU_UPDATE_BASELINE=1 cargo test -p relu-cli instructions`, and say both numbers in the commit.

use std::path::{Path, PathBuf};

use super::support::{relu, tool};

/// Above the baseline by more than this, the test fails; below, it asks for a new baseline.
const TOLERANCE: f64 = 0.10;

#[derive(serde::Deserialize)]
struct Baseline {
    /// Documents of the corpus.
    documents: usize,
    /// Instructions of annotating them.
    instructions: u64,
}

fn data(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

#[test]
fn the_fixed_corpus_costs_no_more_instructions() {
    let Some(valgrind) = tool("valgrind") else { return };
    if !cfg!(debug_assertions) {
        eprintln!("skipped: the baseline is that of the dev profile");
        return;
    }
    let corpus = data("annotate-corpus.jsonl");
    let empty = tempfile::NamedTempFile::new().unwrap();
    // Both at once: each is one thread.
    let (all, start) = std::thread::scope(|s| {
        let start = s.spawn(|| count(&valgrind, empty.path()));
        (count(&valgrind, &corpus), start.join().unwrap())
    });
    let documents = std::fs::read_to_string(&corpus).unwrap().lines().count();
    let instructions = all.checked_sub(start).unwrap();
    let file = data("annotate-instructions.toml");
    if std::env::var_os("RELU_UPDATE_BASELINE").is_some() {
        let head = "# Instructions of `relu annotate` on annotate-corpus.jsonl, dev profile; see\n\
                    # tests/it/instructions.rs for how it is counted and made anew.\n";
        let baseline = format!("documents = {documents}\ninstructions = {instructions}\n");
        std::fs::write(&file, format!("{head}{baseline}")).unwrap();
        return;
    }
    let baseline: Baseline = toml::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(documents, baseline.documents, "another corpus: make the baseline anew");
    let change = instructions as f64 / baseline.instructions as f64 - 1.0;
    let told = format!(
        "{instructions} instructions for {documents} documents, {:+.1} % of the baseline of {}",
        change * 100.0,
        baseline.instructions
    );
    eprintln!("{told}");
    assert!(change <= TOLERANCE, "annotating got slower: {told}");
    if change < -TOLERANCE {
        eprintln!("faster than the baseline: RELU_UPDATE_BASELINE=1 keeps the gain");
    }
}

// Instructions of one run over a file.
fn count(valgrind: &Path, file: &Path) -> u64 {
    let program = relu();
    let output = std::process::Command::new(valgrind)
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(program.get_program())
        .args(["annotate", "--quiet", "--jobs", "1"])
        .arg(file)
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{told}");
    let collected = told.lines().find_map(|l| l.split_once("Collected :"));
    collected.and_then(|c| c.1.trim().parse().ok()).unwrap_or_else(|| panic!("no count: {told}"))
}
