//! Rules are data that a clinician or a secretary can review: TOML files in a folder `rules`, or
//! beside the code that reads them.
//!
//! - An entry of a list of rules (`[[rule]]`, `[[cue]]`, `[[section]]`…) has a name (`code` or
//!   `kind`, a code once in its list), says `why` and by what `source`, and gives examples that
//!   match (`matches` or `examples`) and that must not (`rejects`).
//! - A rule that is only there to hold others back (`effect = "none"`, a pseudo-cue) may do with
//!   examples that must not match.
//! - An entry of a list that only justifies itself says `why` and `source`.
//! - Plain lists of words or values say at the top of the file, in a comment, what they are.
//!
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

/// Problems of one file past which the rest is only counted.
const SHOWN: usize = 5;

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
        let found = match tree.toml(file) {
            Ok(table) => wrong(&table, &tree.text(file).unwrap_or_default(), named),
            Err(why) => vec![why],
        };
        problems.extend(found.iter().take(SHOWN).map(|why| Problem::new(file, why)));
        if found.len() > SHOWN {
            problems.push(Problem::new(file, format!("and {} more", found.len() - SHOWN)));
        }
    }
    problems
}

fn wrong(table: &Table, text: &str, named: bool) -> Vec<String> {
    let lists: Vec<(&str, Vec<&Table>)> =
        table.iter().filter_map(|(name, v)| Some((name.as_str(), tables(v)?))).collect();
    let mut problems: Vec<String> =
        lists.iter().flat_map(|(list, entries)| each_entry(list, entries)).collect();
    if named && lists.is_empty() && !text.starts_with('#') {
        problems.push("says at its top, in a comment, what these words are".to_owned());
    }
    problems
}

fn tables(list: &Value) -> Option<Vec<&Table>> {
    list.as_array()?.iter().map(Value::as_table).collect()
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
    let any = |keys: &[&str]| entries.iter().any(|e| keys.iter().any(|k| e.contains_key(*k)));
    let rules = any(&["matches", "rejects"]);
    if !rules && !any(&["why"]) {
        return Vec::new();
    }
    let mut problems = Vec::new();
    let mut codes = BTreeSet::new();
    for (i, entry) in entries.iter().enumerate() {
        let code = entry.get("code").and_then(Value::as_str);
        let name = code.or_else(|| entry.get("kind").and_then(Value::as_str));
        let called = name.map_or_else(|| format!("{list} {}", i + 1), str::to_owned);
        if code.is_some_and(|c| !codes.insert(c)) {
            problems.push(format!("{called}: the code is used twice"));
        }
        let wanted: &[(&[&str], &str)] = &[
            (&["why"], "`why`"),
            (&["source"], "`source`"),
            (&["code", "kind"], "`code`"),
            (&["matches", "examples"], "`matches`, at least one example,"),
        ];
        let wanted = if rules { wanted } else { &wanted[..2] };
        let holds_back = entry.get("effect").and_then(Value::as_str) == Some("none");
        let shown =
            |keys: &[&str]| holds_back && keys.contains(&"matches") && said(entry, &["rejects"]);
        for (_, what) in wanted.iter().filter(|(keys, _)| !said(entry, keys) && !shown(keys)) {
            problems.push(format!("{called}: {what} is missing or empty"));
        }
        if rules && !entry.contains_key("rejects") {
            problems.push(format!("{called}: `rejects` is missing: what looks alike and is not?"));
        }
    }
    problems
}
