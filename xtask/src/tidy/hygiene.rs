//! Plain files: UTF-8, lines ended by a line feed, nothing after the last word of a line, one line
//! feed at the end, and names that every file system can hold.

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Kinds of files that people read and edit.
const TEXT: [&str; 15] = [
    "rs", "toml", "md", "yml", "yaml", "sh", "js", "mjs", "css", "html", "sql", "py", "jsonl",
    "lock", "svg",
];

/// Every file by its name; those people edit by their content too.
pub fn check(_: &House, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in &tree.files {
        if !file.chars().all(|c| c.is_ascii_graphic() && !r#"<>:"|?*\"#.contains(c)) {
            problems.push(Problem::new(
                file,
                "a file name has ASCII letters, digits and plain punctuation only, no space",
            ));
        }
        let kind = file.rsplit_once('.').map_or("", |(_, kind)| kind);
        // Test data may hold on purpose what we refuse elsewhere.
        let data = ["/fixtures/", "/test_data/", "/cases/", "fuzz/corpus/"];
        let edited = TEXT.contains(&kind) || file == ".ci/run";
        if edited && !data.iter().any(|d| file.contains(d)) {
            problems.extend(lines(tree, file));
        }
    }
    problems
}

fn lines(tree: &Tree, file: &str) -> Vec<Problem> {
    let Some(text) = tree.text(file) else {
        return vec![Problem::new(file, "is not UTF-8 text")];
    };
    let mut problems = Vec::new();
    for (i, line) in text.split('\n').enumerate() {
        if line.ends_with('\r') {
            problems.push(Problem::at(file, i + 1, "ends with a carriage return"));
            break;
        }
        if line.ends_with([' ', '\t']) {
            problems.push(Problem::at(file, i + 1, "has spaces at its end"));
        }
        if line.contains('\t') && file.ends_with(".rs") {
            problems.push(Problem::at(file, i + 1, "has a tab; write it `\\t` in a string"));
        }
    }
    if !text.is_empty() && (!text.ends_with('\n') || text.ends_with("\n\n")) {
        problems.push(Problem::new(file, "ends with exactly one line feed"));
    }
    problems
}
