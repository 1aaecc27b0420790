//! What the documents name is there: a path in backticks that begins in a folder of this
//! repository, the test named after it (`crates/x/src/y.rs: its_name`), and every relative link.

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Folders of the repository; a path in backticks that begins with one is meant as a path.
const FOLDERS: [&str; 6] = ["crates/", "xtask/", "fuzz/", "docs/", ".ci/", ".cargo/"];

/// Every Markdown file outside the fixtures.
pub fn check(_: &House, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|f| f.ends_with(".md") && !f.contains("/fixtures/")) {
        let text = tree.text(file).unwrap_or_default();
        for (i, line) in text.lines().enumerate() {
            let wrong = quoted(line)
                .filter_map(|q| missing(tree, q))
                .chain(links(line).filter_map(|l| broken(tree, file, l)));
            problems.extend(wrong.map(|why| Problem::at(file, i + 1, why)));
        }
    }
    problems
}

/// What stands between backticks.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// Targets of `[text](target)`.
fn links(line: &str) -> impl Iterator<Item = &str> {
    line.split("](").skip(1).filter_map(|rest| rest.split(')').next())
}

fn missing(tree: &Tree, quote: &str) -> Option<String> {
    let (path, name) = match quote.split_once(": ") {
        Some((path, name)) => (path, Some(name)),
        None => (quote, None),
    };
    let ours = FOLDERS.iter().any(|f| path.starts_with(f));
    // `crates/<name>` and `fuzz/corpus/*` stand for several.
    if !ours || path.contains(['<', '*', ' ', '…']) || path.chars().any(char::is_uppercase) {
        return None;
    }
    if !tree.root.join(path).exists() {
        return Some(format!("`{path}` is not there"));
    }
    let name = name?;
    let is_name = |n: &str| n.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    let text = tree.text(path).unwrap_or_default();
    (is_name(name) && !text.contains(&format!("fn {name}")))
        .then(|| format!("`{path}` has no `{name}`"))
}

fn broken(tree: &Tree, file: &str, link: &str) -> Option<String> {
    let path = link.split('#').next().unwrap_or("");
    if path.is_empty() || link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
    let there = tree.root.join(folder).join(path).exists();
    (!there).then(|| format!("the link to `{link}` leads nowhere"))
}
