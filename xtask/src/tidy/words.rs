//! No file says what `house.toml` lists under `words`: paths of one machine, numbers of a tracker,
//! unfinished merges.

use super::Problem;
use crate::house::{House, Word};
use crate::repo::Tree;

/// Every text file but the list itself, lock files and the fixtures that show the mistake.
pub fn check(house: &House, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|f| !exempt(f)) {
        let Some(text) = tree.text(file) else { continue };
        for (i, line) in text.lines().enumerate() {
            for word in house.words.iter().filter(|w| says(line, w)) {
                let why = format!("says `{}`: {}", word.text, word.why);
                problems.push(Problem::at(file, i + 1, why));
            }
        }
    }
    problems
}

fn exempt(file: &str) -> bool {
    file.ends_with("Cargo.lock")
        || file == "xtask/src/house.toml"
        || file == "xtask/tests/tidy.rs"
        || file.starts_with("xtask/fixtures/")
        || file.starts_with("fuzz/corpus/")
}

fn says(line: &str, word: &Word) -> bool {
    line.match_indices(&word.text).any(|(at, found)| {
        // An address or a longer path that only contains the words is not a machine's path.
        let before = line.get(..at).and_then(|s| s.chars().next_back());
        let starts = !word.text.starts_with('/')
            || before.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '/' | '.' | '}' | '>')));
        let after = line.get(at + found.len()..).and_then(|s| s.chars().next());
        starts && (!word.digits || after.is_some_and(|c| c.is_ascii_digit()))
    })
}
