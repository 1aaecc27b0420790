//! `relu bench`: documents and megabytes per CPU second, start-up and peak memory, measured on
//! whole processes by the operating system's own accounting, reader processes included.

mod documents;
mod fhir;
mod lines;
mod search;

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Args, ValueEnum};

use super::measure::Cost;
use crate::output::{Done, Failure};

/// Measure how fast a verb is
#[derive(Args)]
pub(crate) struct Bench {
    /// What to measure
    verb: Measured,
    /// Files or folders; for `annotate` and `deid`, files of lines {"id", "text"}
    #[arg(required_unless_present = "documents")]
    inputs: Vec<PathBuf>,
    /// search: how many synthetic documents are searched [default: 10000]
    #[arg(long, value_name = "N")]
    documents: Option<usize>,
    /// Times each measure is taken; the median is printed
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// Another command, given the same files, measured in turns in the same run
    #[arg(long, value_name = "CMD")]
    peer: Option<String>,
    /// One line per format: what truth.jsonl beside the files says, else the extension
    #[arg(long)]
    by_format: bool,
    /// annotate, deid: threads
    #[arg(long, default_value_t = 1)]
    jobs: usize,
    /// annotate, deid: megabytes of text of a measure: the documents are repeated until they make that many
    #[arg(long, value_name = "MB", default_value_t = 64)]
    megabytes: usize,
    /// fhir: sizes of the record at which it is measured
    #[arg(long, value_name = "N", value_delimiter = ',', default_values_t = [10_000, 100_000])]
    resources: Vec<usize>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Measured {
    /// The main job: read, propose, report
    Run,
    /// Reading alone
    Read,
    /// The text engine on lines
    Annotate,
    /// De-identification of lines
    Deid,
    /// The record over HTTP: loading transaction bundles, searching
    Fhir,
    /// Full-text search over synthetic documents
    Search,
}

impl Bench {
    pub(crate) fn run(self) -> Done {
        let scratch = std::env::temp_dir().join(format!("relu-bench-{}", std::process::id()));
        std::fs::create_dir_all(&scratch)?;
        let done = match self.verb {
            Measured::Run | Measured::Read => self.documents(&scratch),
            Measured::Annotate => self.lines("annotate", &scratch),
            Measured::Deid => self.lines("deid", &scratch),
            Measured::Fhir => self.fhir(&scratch),
            Measured::Search => self.search(&scratch),
        };
        let _ = std::fs::remove_dir_all(&scratch);
        done?;
        Ok(ExitCode::SUCCESS)
    }

    fn median(&self, arguments: &[OsString]) -> Result<Cost, Failure> {
        Ok(middle((0..self.rounds.max(1)).map(|_| ours_once(arguments)).collect::<Result<_, _>>()?))
    }
}

fn middle(mut costs: Vec<Cost>) -> Cost {
    costs.sort_by(|a, b| a.cpu.total_cmp(&b.cpu));
    costs.swap_remove(costs.len() / 2)
}

fn ours_once(arguments: &[OsString]) -> Result<Cost, Failure> {
    let program = std::env::current_exe()?;
    cost(std::iter::once(program.into_os_string()).chain(arguments.iter().cloned()))
}

fn peer_once(peer: &str, group: &[PathBuf]) -> Result<Cost, Failure> {
    let shell = ["sh".into(), "-c".into(), format!("{peer} \"$@\"").into(), "peer".into()];
    cost(shell.into_iter().chain(group.iter().map(|f| f.clone().into_os_string())))
}

fn cost(command: impl Iterator<Item = OsString>) -> Result<Cost, Failure> {
    let out = Command::new(std::env::current_exe()?).arg("measure").args(command).output()?;
    serde_json::from_slice(&out.stdout).map_err(|e| Failure::refused(format!("mesure : {e}")))
}
