//! `relu synth`: synthetic documents with the truth beside them, to try and to measure.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use relu_synth::{Generator, Layouts};
use serde::{Deserialize, Serialize};

use super::read::write_line;
use crate::output::{Done, Progress};

/// Write synthetic documents (no real person) and truth.jsonl
#[derive(Args)]
pub(crate) struct Synth {
    /// Folder
    #[arg(long)]
    out: PathBuf,
    /// Same seed, same documents
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many
    #[arg(long, default_value_t = 100)]
    count: usize,
    /// Which layouts: those rules may be written on, those kept aside, the files of the demo, or
    /// files made to be refused
    #[arg(long, value_enum, default_value_t = Which::All)]
    layouts: Which,
    /// No progress on standard error
    #[arg(long)]
    quiet: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Which {
    Development,
    HeldOut,
    All,
    Demo,
    Bad,
}

/// One line of `truth.jsonl`.
#[derive(Serialize, Deserialize)]
pub(crate) struct TruthLine {
    /// File name in the same folder.
    pub(crate) file: String,
    /// What it says.
    #[serde(flatten)]
    pub(crate) truth: relu_synth::Truth,
}

impl Synth {
    pub(crate) fn run(self) -> Done {
        std::fs::create_dir_all(&self.out)?;
        let mut truth = BufWriter::new(File::create(self.out.join("truth.jsonl"))?);
        let mut progress = Progress::new(self.count, self.quiet);
        let mut generator = Generator::new(self.seed);
        let mut write = |d: relu_synth::SynthDocument| -> std::io::Result<()> {
            std::fs::write(self.out.join(&d.name), &d.bytes)?;
            progress.step();
            write_line(&mut truth, &TruthLine { file: d.name, truth: d.truth })
        };
        match self.layouts {
            Which::Demo => relu_synth::demo(self.seed).into_iter().try_for_each(&mut write)?,
            Which::Bad => relu_synth::bad_inputs().into_iter().try_for_each(&mut write)?,
            Which::Development => {
                generator.documents(self.count, Layouts::Development).try_for_each(&mut write)?;
            }
            Which::HeldOut => {
                generator.documents(self.count, Layouts::HeldOut).try_for_each(&mut write)?;
            }
            Which::All => {
                generator.documents(self.count, Layouts::All).try_for_each(&mut write)?;
            }
        }
        progress.finish();
        truth.flush()?;
        Ok(ExitCode::SUCCESS)
    }
}
