//! `relu`: one binary for every use, one file per verb under `commands/`.

mod annotate;
mod commands;
mod output;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Reads clinical documents, proposes, and lets a person decide. Nothing leaves the machine.
#[derive(Parser)]
#[command(name = "relu", version, disable_help_subcommand = true)]
struct Arguments {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    Read(commands::read::Read),
    Run(commands::run::Run),
    Annotate(commands::annotate::Annotate),
    Rules(commands::rules::Rules),
    Lexicon(commands::lexicon::Lexicon),
    Deid(commands::deid::Deid),
    Verify(commands::verify::Verify),
    Serve(commands::serve::Serve),
    Ledger(commands::ledger::Ledger),
    Patients(commands::patients::Patients),
    Status(commands::status::Status),
    Route(commands::route::Route),
    Synth(commands::synth::Synth),
    Eval(commands::eval::Eval),
    Bench(commands::bench::Bench),
    #[command(hide = true)]
    Measure(commands::measure::Measure),
    #[command(hide = true)]
    Worker(commands::worker::Worker),
}

fn main() -> ExitCode {
    let done = match Arguments::parse().verb {
        Verb::Read(v) => v.run(),
        Verb::Run(v) => v.run(),
        Verb::Annotate(v) => v.run(),
        Verb::Rules(v) => v.run(),
        Verb::Lexicon(v) => v.run(),
        Verb::Deid(v) => v.run(),
        Verb::Verify(v) => v.run(),
        Verb::Serve(v) => v.run(),
        Verb::Ledger(v) => v.run(),
        Verb::Patients(v) => v.run(),
        Verb::Status(v) => v.run(),
        Verb::Route(v) => v.run(),
        Verb::Synth(v) => v.run(),
        Verb::Eval(v) => v.run(),
        Verb::Bench(v) => v.run(),
        Verb::Measure(v) => v.run(),
        Verb::Worker(v) => v.run(),
    };
    match done {
        Ok(code) => code,
        Err(failure) => output::fail(&failure),
    }
}
