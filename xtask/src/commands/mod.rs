//! The commands, one file each: a name, a summary, a help text and a `run`.

mod check;
mod drill;
mod fuzz;
mod lexicon;
mod test;
mod tidy;
mod train;
mod validators;

use crate::sh::Failure;

/// A command of `cargo xtask`.
pub struct Command {
    /// Name on the command line.
    pub name: &'static str,
    /// One line for the list of commands.
    pub summary: &'static str,
    /// What `--help` prints.
    pub help: &'static str,
    /// Runs it with the arguments that follow its name.
    pub run: fn(&[String]) -> Result<(), Failure>,
}

/// Every command, in the order of the help.
pub const ALL: &[Command] = &[
    check::COMMAND,
    tidy::COMMAND,
    test::COMMAND,
    fuzz::COMMAND,
    drill::COMMAND,
    lexicon::COMMAND,
    train::COMMAND,
];

/// The list of commands.
pub fn help() -> String {
    let mut text = String::from("Usage: cargo xtask <command> [options]\n\n");
    for c in ALL {
        text += &format!("  {:<8} {}\n", c.name, c.summary);
    }
    text + "\n`cargo xtask <command> --help` says more.\n"
}

/// The only arguments of a command that takes none.
fn no_arguments(args: &[String]) -> Result<(), Failure> {
    match args.first() {
        Some(a) => Err(Failure::Usage(format!("unexpected argument `{a}`"))),
        None => Ok(()),
    }
}
