//! Pure crates switch on the lints that refuse I/O, clocks, randomness and the environment, never
//! switch them off outside tests, and depend on nothing that would bring those in.
//! The list of refused calls, each with its reason, is `clippy.toml`.

use super::{Problem, rows};
use crate::house::House;
use crate::repo::Tree;

const LINTS: [&str; 2] = ["clippy::disallowed_methods", "clippy::disallowed_types"];

/// Lints and direct dependencies of each pure crate. What their dependencies bring is looked at
/// in [`super::licences`], which reads the whole graph.
pub fn check(house: &House, tree: &Tree) -> Vec<Problem> {
    let workspace = tree.toml("Cargo.toml").unwrap_or_default();
    let crates = tree.crates("crates");
    let mut problems = Vec::new();
    for name in house.pure.crates.iter().filter(|n| crates.contains(n)) {
        let lib = format!("crates/{name}/src/lib.rs");
        let text = tree.text(&lib).unwrap_or_default();
        for lint in LINTS {
            if !switched_on(&text, lint) {
                problems.push(Problem::new(
                    &lib,
                    format!("`{name}` is pure: write `#![warn({lint})]` at the top"),
                ));
            }
        }
        problems.extend(switched_off(tree, name));
        let file = format!("crates/{name}/Cargo.toml");
        for (kind, package) in rows::dependencies(&tree.toml(&file).unwrap_or_default(), &workspace)
        {
            if kind != "dev-dependencies" && house.pure.forbidden.contains(&package) {
                problems.push(Problem::new(
                    &file,
                    format!("`{name}` is pure and may not depend on `{package}`"),
                ));
            }
        }
    }
    problems
}

/// Whether an inner attribute that does not depend on a condition warns about `lint` or refuses it.
fn switched_on(text: &str, lint: &str) -> bool {
    let code: String = text.lines().filter(|l| !l.trim_start().starts_with("//")).collect();
    ["#![warn(", "#![deny(", "#![forbid("].iter().any(|open| {
        code.split(open)
            .skip(1)
            .any(|rest| rest.split(")]").next().is_some_and(|l| l.contains(lint)))
    })
}

/// `allow` or `expect` of one of the lints, other than the crate's own `cfg_attr(test, …)`.
fn switched_off(tree: &Tree, name: &str) -> Vec<Problem> {
    let folder = format!("crates/{name}/src/");
    let mut problems = Vec::new();
    for file in tree
        .files
        .iter()
        .filter(|f| f.starts_with(&folder) && f.ends_with(".rs") && !f.ends_with("tests.rs"))
    {
        let text = tree.text(file).unwrap_or_default();
        let mut in_test_attribute = false;
        for (i, line) in text.lines().enumerate() {
            // Tests may read files; nothing after this line is built into the product.
            if line.trim_start().starts_with("#[cfg(test)]") {
                break;
            }
            in_test_attribute |= line.contains("cfg_attr(test") || line.starts_with("#![cfg_attr(");
            let named = line.contains("disallowed_methods") || line.contains("disallowed_types");
            let warned = ["warn(", "deny(", "forbid("].iter().any(|w| line.contains(w));
            let comment = line.trim_start().starts_with("//");
            if named && !warned && !comment && !in_test_attribute {
                problems.push(Problem::at(
                    file,
                    i + 1,
                    format!("`{name}` is pure: the lint is not switched off outside tests"),
                ));
            }
            if line.contains(")]") || line.trim() == "]" {
                in_test_attribute = false;
            }
        }
    }
    problems
}
