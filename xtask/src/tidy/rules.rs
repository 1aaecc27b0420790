//! Rules are data that a clinician or a secretary can review: TOML files in a folder `rules`, or
//! beside the code that reads them. Each entry (`[[rule]]`, `[[cue]]`, `[[section]]`…) has a name
//! (`code` or `kind`, once in its list), says `why` and by what `source`, and gives examples that
//! match (`matches` or `examples`) and that must not (`rejects`).
//! A table of values, such as thresholds, names its `source` once at its top, or in each entry.
//! The examples themselves are run by the tests of the crate.

use std::collections::BTreeSet;

use toml::{Table, Value};

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Other TOML files of a crate, which are no rules.
const OTHERS: [&str; 3] = ["/Cargo.toml", "/manifest.toml", "/sheet.toml"];
/// Folders of test data, screen texts and layouts.
const ELSEWHERE: [&str; 8] = [
    "/cases/",
    "/fixtures/",
    "/layouts/",
    "/lexicons/",
    "/test_data/",
    "/tests/",
    "/texts/",
    "/data/",
];

/// Every rule file under `crates/`.
pub fn check(_: &House, tree: &Tree) -> Vec<Problem> {
    let mut problems = Vec::new();
    for file in tree.files.iter().filter(|f| f.starts_with("crates/") && f.ends_with(".toml")) {
        let named = file.contains("/rules/") || file.ends_with("/rules.toml");
        let other = OTHERS.iter().any(|o| file.ends_with(o))
            || (!named && ELSEWHERE.iter().any(|e| file.contains(e)));
        if other {
            continue;
        }
        match tree.toml(file) {
            Ok(table) if named || looks_like_rules(&table) => {
                problems.extend(wrong(&table).into_iter().map(|why| Problem::new(file, why)));
            }
            Ok(_) => {}
            Err(why) => problems.push(Problem::new(file, why)),
        }
    }
    problems
}

/// The lists of tables of a file, by name.
fn lists(table: &Table) -> Vec<(&str, Vec<&Table>)> {
    table.iter().filter_map(|(name, v)| Some((name.as_str(), tables(v)?))).collect()
}

fn tables(list: &Value) -> Option<Vec<&Table>> {
    list.as_array()?.iter().map(Value::as_table).collect()
}

/// Whether an entry justifies itself or gives examples: then all have to.
fn looks_like_rules(table: &Table) -> bool {
    let mut entries = lists(table).into_iter().flat_map(|(_, entries)| entries);
    entries.any(|e| ["why", "matches", "rejects"].iter().any(|key| e.contains_key(*key)))
}

fn wrong(table: &Table) -> Vec<String> {
    if !looks_like_rules(table) {
        let entries: Vec<&Table> = lists(table).into_iter().flat_map(|(_, e)| e).collect();
        let each = !entries.is_empty() && entries.iter().all(|e| said(e, &["source"]));
        let sourced = said(table, &["source"]) || each;
        return if sourced {
            Vec::new()
        } else {
            vec!["says its `source`, at its top or in each entry".to_owned()]
        };
    }
    lists(table).into_iter().flat_map(|(list, entries)| each_entry(list, &entries)).collect()
}

/// Whether the entry says one of `keys`, and not an empty text or list.
fn said(entry: &Table, keys: &[&str]) -> bool {
    keys.iter().any(|key| match entry.get(*key) {
        Some(Value::String(s)) => !s.trim().is_empty(),
        Some(Value::Array(a)) => !a.is_empty(),
        Some(_) => true,
        None => false,
    })
}

fn each_entry(list: &str, entries: &[&Table]) -> Vec<String> {
    let mut problems = Vec::new();
    let mut names = BTreeSet::new();
    for (i, entry) in entries.iter().enumerate() {
        let name = ["code", "kind"].iter().find_map(|k| entry.get(*k)?.as_str());
        let called = name.map_or_else(|| format!("{list} {}", i + 1), str::to_owned);
        if name.is_some_and(|n| !names.insert(n)) && entry.contains_key("code") {
            problems.push(format!("{called}: the code is used twice"));
        }
        for (keys, what) in [
            (&["code", "kind"][..], "`code`"),
            (&["why"], "`why`"),
            (&["source"], "`source`"),
            (&["matches", "examples"], "`matches`, at least one example,"),
        ] {
            if !said(entry, keys) {
                problems.push(format!("{called}: {what} is missing or empty"));
            }
        }
        if !entry.contains_key("rejects") {
            problems.push(format!("{called}: `rejects` is missing: what looks alike and is not?"));
        }
    }
    problems
}
