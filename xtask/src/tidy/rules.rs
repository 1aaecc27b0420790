//! Rules are data that a clinician or a secretary can review: TOML files in a folder `rules`, or
//! named `rules.toml`, beside the code that reads them. Each `[[rule]]` says its `code` (once in
//! the file), `why`, `source`, and examples that must match (`matches`) and must not (`rejects`).
//! A file of another shape, such as a table of thresholds, says its `source` once at its top or
//! in each of its entries. The examples themselves are run by the tests of the crate.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Every rule file under `crates/`.
pub fn check(_: &House, tree: &Tree) -> Vec<Problem> {
    let is_rules = |f: &&String| {
        let data = f.ends_with(".toml") && f.starts_with("crates/") && !f.contains("/lexicons/");
        data && (f.contains("/rules/") || f.ends_with("/rules.toml"))
    };
    tree.files
        .iter()
        .filter(is_rules)
        .flat_map(|file| match tree.toml(file) {
            Ok(table) => wrong(&table).into_iter().map(|w| Problem::new(file, w)).collect(),
            Err(why) => vec![Problem::new(file, why)],
        })
        .collect()
}

fn wrong(table: &Table) -> Vec<String> {
    let rules = table.get("rule").or_else(|| table.get("rules")).and_then(Value::as_array);
    match rules {
        Some(rules) if !rules.is_empty() => each_rule(rules),
        _ if sourced(table) => Vec::new(),
        _ => vec!["says its `source`, at its top or in each entry".to_owned()],
    }
}

fn each_rule(rules: &[Value]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut codes = BTreeSet::new();
    for (i, rule) in rules.iter().enumerate() {
        let text = |key: &str| rule.get(key).and_then(Value::as_str).unwrap_or("").trim();
        let code = text("code");
        let name = if code.is_empty() { format!("rule {}", i + 1) } else { code.to_owned() };
        for key in ["code", "why", "source"] {
            if text(key).is_empty() {
                problems.push(format!("{name}: `{key}` is missing or empty"));
            }
        }
        if !code.is_empty() && !codes.insert(code.to_owned()) {
            problems.push(format!("{name}: the code is used twice"));
        }
        let list = |key: &str| rule.get(key).and_then(Value::as_array);
        if list("matches").is_none_or(Vec::is_empty) {
            problems.push(format!("{name}: `matches` needs at least one example"));
        }
        if list("rejects").is_none() {
            problems.push(format!("{name}: `rejects` is missing: what looks alike and is not?"));
        }
    }
    problems
}

/// Whether a source is named at the top, or in every table of every list.
fn sourced(table: &Table) -> bool {
    let named = |t: &Table| t.get("source").and_then(Value::as_str).is_some_and(|s| !s.is_empty());
    if named(table) {
        return true;
    }
    let lists: Vec<&Vec<Value>> = table.values().filter_map(Value::as_array).collect();
    !lists.is_empty() && lists.iter().all(|l| l.iter().all(|v| v.as_table().is_some_and(named)))
}
