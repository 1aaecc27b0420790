//! Every module opens with `//!`: what it is for, before anything else.

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Rust files of the crates and of the tools. Fixtures, and pieces that another file includes, are
/// no modules.
pub fn check(_: &House, tree: &Tree) -> Vec<Problem> {
    let ours = |f: &&String| {
        let module = ["/src/", "/tests/", "/examples/", "/benches/"].iter().any(|d| f.contains(d));
        f.ends_with(".rs") && module && !f.contains("/fixtures/") && !f.contains("/test_data/")
    };
    tree.files
        .iter()
        .filter(ours)
        .filter_map(|file| {
            let text = tree.text(file)?;
            let first = text.lines().find(|l| !l.trim().is_empty()).unwrap_or("");
            let said = first.strip_prefix("//!").is_some_and(|rest| rest.trim().len() > 3);
            let placeholder = first.contains("(being written)");
            (!said || placeholder).then(|| {
                Problem::new(
                    file,
                    "a module opens with `//!` and a sentence that says what it is for",
                )
            })
        })
        .collect()
}
