//! `cargo xtask`: the commands that check, test and exercise this repository.
//!
//! One file per command under `commands/`, all of one shape. Messages are plain sentences; the
//! exit code is 0 when all is well, 1 when something was found, 2 for a wrong command line.
#![allow(clippy::print_stdout, clippy::print_stderr)] // a command-line tool speaks on its terminal

mod commands;
mod fold;
mod gazetteers;
mod house;
mod lexicon;
mod repo;
mod sh;
mod tidy;

use std::process::ExitCode;

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((name, rest)) = args.split_first() else {
        print!("{}", commands::help());
        return ExitCode::from(2);
    };
    if matches!(name.as_str(), "help" | "--help" | "-h") {
        print!("{}", commands::help());
        return ExitCode::SUCCESS;
    }
    let Some(command) = commands::ALL.iter().find(|c| c.name == name) else {
        eprintln!("xtask: there is no command `{name}`.\n\n{}", commands::help());
        return ExitCode::from(2);
    };
    if rest.iter().any(|a| a == "--help" || a == "-h") {
        print!("{}", command.help);
        return ExitCode::SUCCESS;
    }
    match (command.run)(rest) {
        Ok(()) => ExitCode::SUCCESS,
        Err(sh::Failure::Usage(why)) => {
            eprintln!("xtask {name}: {why}\n\n{}", command.help);
            ExitCode::from(2)
        }
        Err(sh::Failure::Found(why)) => {
            eprintln!("xtask {name}: {why}");
            ExitCode::from(1)
        }
    }
}
