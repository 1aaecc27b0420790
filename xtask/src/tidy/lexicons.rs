//! A lexicon is a folder with its tables and a `manifest.toml` that says where they come from:
//! `publisher`, `version`, `date`, `licence`, and the SHA-256 of each table, which must be that of
//! the file as it stands. A table changed by hand is thereby seen.
//!
//! The hash stands as `sha256` beside `file` (or `name`) at the top, in `[[file]]` entries, or in
//! a `[files]` or `[sha256]` table of name to hash.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};
use toml::{Table, Value};

use super::Problem;
use crate::house::House;
use crate::repo::Tree;

/// Every folder under a folder `lexicons`.
pub fn check(_: &House, tree: &Tree) -> Vec<Problem> {
    let ours = |f: &&String| f.starts_with("crates/") && !f.contains("/fixtures/");
    let folders: BTreeSet<&str> =
        tree.files.iter().filter(ours).filter_map(|f| folder(f)).collect();
    folders.into_iter().flat_map(|folder| one(tree, folder)).collect()
}

/// `crates/text/lexicons/atc` for a file of that lexicon; `crates/text/lexicons` when the tables
/// lie directly in it.
fn folder(file: &str) -> Option<&str> {
    let at = file.find("/lexicons/")? + "/lexicons".len();
    let rest = file.get(at + 1..)?;
    if rest.ends_with(".rs") {
        return None;
    }
    match rest.find('/') {
        Some(slash) => file.get(..at + 1 + slash),
        None => file.get(..at),
    }
}

fn one(tree: &Tree, folder: &str) -> Vec<Problem> {
    let manifest_file = format!("{folder}/manifest.toml");
    let inside = |f: &&String| folder_of(f) == folder && !f.ends_with("/manifest.toml");
    let tables: Vec<&String> = tree.files.iter().filter(inside).collect();
    if !tree.files.contains(&manifest_file) {
        return vec![Problem::new(folder, "a lexicon has a `manifest.toml` beside its tables")];
    }
    let manifest = match tree.toml(&manifest_file) {
        Ok(manifest) => manifest,
        Err(why) => return vec![Problem::new(&manifest_file, why)],
    };
    let mut problems: Vec<Problem> = ["publisher", "version", "date", "licence"]
        .into_iter()
        .filter(|key| !stated(&manifest, key))
        .map(|key| Problem::new(&manifest_file, format!("`{key}` is missing or empty")))
        .collect();
    let hashes = hashes(&manifest);
    for table in tables {
        let name = table.rsplit('/').next().unwrap_or(table);
        let bytes = std::fs::read(tree.root.join(table)).unwrap_or_default();
        let is = hex(&bytes);
        let says = hashes.get(name).or_else(|| hashes.get("")).map(|h| h.to_ascii_lowercase());
        match says {
            None => problems.push(Problem::new(
                &manifest_file,
                format!("`{name}` has no `sha256`; it is {is}"),
            )),
            Some(says) if says != is => problems.push(Problem::new(
                &manifest_file,
                format!("`{name}` was changed: its sha256 is {is}, not {says}"),
            )),
            Some(_) => {}
        }
    }
    for name in hashes.keys().filter(|n| !n.is_empty()) {
        if !tree.files.contains(&format!("{folder}/{name}")) {
            problems.push(Problem::new(&manifest_file, format!("`{name}` is not there")));
        }
    }
    problems
}

fn folder_of(file: &str) -> &str {
    file.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// Whether the manifest says `key`, at its top or in each of its `[[file]]` entries.
fn stated(manifest: &Table, key: &str) -> bool {
    let said =
        |t: &Table| t.get(key).is_some_and(|v| v.as_str().is_none_or(|s| !s.trim().is_empty()));
    said(manifest)
        || entries(manifest).is_some_and(|files| {
            !files.is_empty() && files.iter().all(|f| f.as_table().is_some_and(said))
        })
}

fn entries(manifest: &Table) -> Option<&Vec<Value>> {
    ["file", "files", "table", "lexicon"].iter().find_map(|k| manifest.get(*k)?.as_array())
}

/// Hash by file name; the name is empty when the manifest gives one hash for its one table.
fn hashes(manifest: &Table) -> BTreeMap<String, String> {
    let text = |t: &Table, key: &str| t.get(key).and_then(Value::as_str).map(str::to_owned);
    let entry = |t: &Table| {
        let name = text(t, "file").or_else(|| text(t, "name")).or_else(|| text(t, "path"));
        Some((name.unwrap_or_default(), text(t, "sha256")?))
    };
    let listed = entries(manifest).into_iter().flatten().filter_map(Value::as_table);
    let mapped = ["files", "sha256"]
        .iter()
        .filter_map(|k| manifest.get(*k)?.as_table())
        .flatten()
        .filter_map(|(name, hash)| Some((name.clone(), hash.as_str()?.to_owned())));
    entry(manifest).into_iter().chain(listed.filter_map(entry)).chain(mapped).collect()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
