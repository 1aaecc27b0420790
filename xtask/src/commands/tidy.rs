//! `cargo xtask tidy`: the checks of the house, in about a second.

use std::path::PathBuf;

use super::Command;
use crate::house::House;
use crate::repo::{self, Tree};
use crate::sh::{Failure, found};

/// The command.
pub const COMMAND: Command = Command {
    name: "tidy",
    summary: "rows, pure crates, licences, rule and lexicon files, words, sizes",
    help: "Usage: cargo xtask tidy [--root FOLDER]

Refuses what the compiler does not see: a dependency on the same row or an upper one, a pure crate
without its lints, a licence that deny.toml does not allow, a module without its `//!`, a rule
without source or examples, a lexicon that differs from its manifest, words that have no place
here. The rules are data: xtask/src/house.toml.

  --root FOLDER   look at another tree (used by the tests on small fixtures)
",
    run,
};

fn run(args: &[String]) -> Result<(), Failure> {
    let root = match args {
        [] => repo::root().to_owned(),
        [flag, folder] if flag == "--root" => PathBuf::from(folder),
        _ => return Err(Failure::Usage("the only option is `--root FOLDER`".to_owned())),
    };
    let house = House::read()?;
    let tree = Tree::open(&root)
        .map_err(|e| found(format!("cannot list the files of {}: {e}", root.display())))?;
    let problems = crate::tidy::run(&house, &tree);
    for p in &problems {
        println!("{p}");
    }
    let errors = problems.iter().filter(|p| !p.warning).count();
    let files = tree.files.len();
    match errors {
        0 => {
            println!("tidy: {files} files are as the house wants them");
            Ok(())
        }
        1 => Err(found(format!("1 problem in {files} files"))),
        n => Err(found(format!("{n} problems in {files} files"))),
    }
}
