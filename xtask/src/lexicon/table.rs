//! A lexicon on disk: `NAME.tsv` with one header line, sorted, and `manifest.toml` beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::{Terms, key};
use crate::sh::{Failure, found};

const HEADER: &str = "display\tcode\tkind\tstatus\tterms";

/// A line.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Row {
    /// What is shown.
    pub display: String,
    /// Code, empty when there is none.
    pub code: String,
    /// Its terms.
    pub terms: Vec<String>,
}

/// The folder of lexicon `name`.
pub fn folder(name: &str) -> PathBuf {
    crate::repo::root().join("crates/text/lexicons").join(name)
}

/// Every term of a lexicon of this repository, in the form in which terms are compared.
pub fn terms_of(name: &str) -> Result<BTreeSet<String>, Failure> {
    let path = folder(name).join(format!("{name}.tsv"));
    let text = std::fs::read_to_string(&path)
        .map_err(|e| found(format!("cannot read {}: {e}", path.display())))?;
    let lists = text.lines().skip(1).filter_map(|l| l.split('\t').nth(4));
    Ok(lists.flat_map(|l| l.split(';')).map(key).collect())
}

/// Writes a rebuilt lexicon.
pub fn write(name: &str, mut rows: Vec<Row>, terms: &Terms, version: &str) -> Result<(), Failure> {
    rows.sort();
    let lines: Vec<String> = rows
        .iter()
        .map(|r| format!("{}\t{}\t\t\t{}", r.display, r.code, r.terms.join(";")))
        .collect();
    let text = table(lines);
    let said = [
        ("title", terms.title.as_str()),
        ("publisher", &terms.publisher),
        ("version", version),
        ("date", "2026-11-21"),
        ("licence", &terms.licence),
        ("note", &terms.note),
    ];
    // A JSON string is a TOML string.
    let head: String =
        said.iter().map(|(k, v)| format!("{k} = {}\n", Value::String((*v).to_owned()))).collect();
    put(&folder(name), name, &text, &head)
}

/// Sorts a lexicon written by hand and writes its number of entries and hash into its manifest.
pub fn seal(name: &str) -> Result<(), Failure> {
    let folder = folder(name);
    let read = |file: &str| {
        let path = folder.join(file);
        std::fs::read_to_string(&path)
            .map_err(|e| found(format!("cannot read {}: {e}", path.display())))
    };
    let lines = read(&format!("{name}.tsv"))?.lines().skip(1).map(str::to_owned).collect();
    let head: String = read("manifest.toml")?
        .lines()
        .filter(|l| !l.starts_with("entries") && !l.starts_with("sha256"))
        .map(|l| format!("{l}\n"))
        .collect();
    put(&folder, name, &table(lines), &head)
}

// The text of a table with these lines.
fn table(mut lines: Vec<String>) -> String {
    lines.sort();
    lines.dedup();
    let mut text = format!("{HEADER}\n");
    lines.iter().for_each(|l| text += &format!("{l}\n"));
    text
}

fn put(folder: &Path, name: &str, text: &str, head: &str) -> Result<(), Failure> {
    let hash: String = Sha256::digest(text.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    let entries = text.lines().count().saturating_sub(1);
    let manifest = format!("{head}entries = {entries}\nsha256 = \"{hash}\"\n");
    let wrong = |e: std::io::Error| found(format!("cannot write {}: {e}", folder.display()));
    std::fs::create_dir_all(folder).map_err(wrong)?;
    std::fs::write(folder.join(format!("{name}.tsv")), text).map_err(wrong)?;
    std::fs::write(folder.join("manifest.toml"), manifest).map_err(wrong)?;
    println!("{name}: {entries} entries, {} bytes", text.len());
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_sorted_and_says_each_line_once() {
        let text = table(vec!["b\t\t\t\tb".into(), "a\t\t\t\ta".into(), "b\t\t\t\tb".into()]);
        assert_eq!(text, format!("{HEADER}\na\t\t\t\ta\nb\t\t\t\tb\n"));
    }
}
