//! What the tests share: the program and tools (here), a server of ours (`server`), a person who
//! sends forms (`visitor`), a person in a real browser (`browser`), a desk opened in the test itself
//! with its people (`desk`), and letters of nobody (`letters`).

mod browser;
mod desk;
mod letters;
mod server;
mod visitor;

use std::path::{Path, PathBuf};
use std::process::Command;

pub use browser::{Browser, Day, ENTER, demo_day, demo_server};
pub use desk::{desk, doctor, drop_in, open_desk, person, receive, secretary, until_read};
pub use letters::{Letter, demo_letter, masked_result};
pub use server::{Server, documents, status, verify_ledger, wait_read};
pub use visitor::{Visitor, free_port, http_post};

/// The program under test.
pub fn relu() -> Command {
    Command::new(env!("CARGO_BIN_EXE_relu"))
}

/// A program of the machine; without it a test says so and ends, but fails where CI is set.
pub fn tool(name: &str) -> Option<PathBuf> {
    let found = std::env::split_paths(&std::env::var_os("PATH")?)
        .map(|d| d.join(name))
        .find(|p| p.is_file());
    if found.is_none() {
        assert!(!in_ci(), "{name} is missing and CI is set: `cargo xtask test` installs it");
        eprintln!("skipped: {name} is not installed");
    }
    found
}

/// Whether nothing may be skipped.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v == "true")
}

/// A folder of the optional external test data; absent when the variable is not set, and a failure
/// when it is set and the folder is not there.
pub fn test_data(folder: &str) -> Option<PathBuf> {
    let Some(base) = std::env::var_os("RELU_TEST_DATA") else {
        eprintln!("skipped: RELU_TEST_DATA is not set");
        return None;
    };
    let path = PathBuf::from(base).join(folder);
    assert!(path.exists(), "RELU_TEST_DATA is set but has no {folder}");
    Some(path)
}

/// Lines of a JSONL file.
pub fn jsonl(path: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|l| serde_json::from_str(l).unwrap()).collect()
}
