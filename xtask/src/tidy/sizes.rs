//! Files stay of a size that one reads at once. A long file is reported, a huge one refused.

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Lines of code of Rust files, bytes of all files.
pub fn check(house: &House, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in &tree.files {
        let bytes = std::fs::metadata(tree.root.join(file)).map_or(0, |m| m.len());
        if bytes > house.sizes.file_bytes && !house.sizes.large_files.contains(file) {
            problems.push(Problem::new(
                file,
                format!(
                    "has {bytes} bytes; past {} say in house.toml why it is kept here",
                    house.sizes.file_bytes
                ),
            ));
        }
        if file.ends_with(".rs") {
            let lines = code_lines(&tree.text(file).unwrap_or_default());
            if lines > house.sizes.code_lines {
                problems.push(
                    Problem::new(
                        file,
                        format!("has {lines} lines of code: a table, or several files in one?"),
                    )
                    .warning(),
                );
            }
        }
    }
    problems
}

/// Lines that are neither blank nor a comment, before the unit tests.
fn code_lines(text: &str) -> usize {
    text.lines()
        .map(str::trim)
        .take_while(|l| *l != "mod tests {")
        .filter(|l| !l.is_empty() && !l.starts_with("//"))
        .count()
}
