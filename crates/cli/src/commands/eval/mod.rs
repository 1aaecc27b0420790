//! `relu eval`: how often a function is right, on documents with a truth beside them.

mod annotate;
mod attach;
mod classify;
mod deid;
mod documents;
mod gold;
mod spans;
mod split;
mod statistics;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::common::ReadingArguments;
use crate::output::Done;

/// Measure a function against a truth
#[derive(Args)]
pub(crate) struct Eval {
    /// What to measure
    function: Measured,
    /// truth.jsonl, as `relu synth` writes it, with the documents in the same folder; for
    /// `annotate` and `deid`, lines {"id", "text", "entities"}
    #[arg(long)]
    gold: PathBuf,
    /// annotate: how the labels of the gold are read as ours: a TOML file, or `e3c`
    /// [default: recognised by its labels, else our own]
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// annotate, deid: one table for each value of this field of the gold lines as well
    #[arg(long, value_name = "FIELD")]
    by: Option<String>,
    /// annotate, deid: print one JSON object
    #[arg(long)]
    json: bool,
    /// classify: from the words alone, headers and file names withheld; the gold may then be a
    /// folder of documents whose header gives the type
    #[arg(long)]
    text_only: bool,
    /// Print each document that is wrong or left open
    #[arg(long)]
    show: bool,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
    #[command(flatten)]
    reading: ReadingArguments,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
enum Measured {
    /// The patient: birth name, first name and birth date
    Identify,
    /// The document type
    Classify,
    /// The known patient a document belongs to (`relu synth --population`)
    Attach,
    /// Where each letter of a stack begins (`relu synth --stacks`, gold: stacks.jsonl)
    Split,
    /// Identifiers: what is found, what is left, what is masked for nothing
    Deid,
    /// Entities and their context
    Annotate,
}

impl Eval {
    pub(crate) fn run(self) -> Done {
        match self.function {
            Measured::Classify if self.text_only => classify::run(&self),
            Measured::Identify | Measured::Classify => documents::run(self),
            Measured::Attach => attach::run(&self),
            Measured::Split => split::run(&self),
            Measured::Deid => deid::run(&self),
            Measured::Annotate => annotate::run(&self),
        }
    }
}
