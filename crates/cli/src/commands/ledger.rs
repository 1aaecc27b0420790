//! `relu ledger`: proves that nobody has rewritten what happened.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::common::{DataArguments, ReadingArguments, runtime};
use crate::output::{Done, Failure, say};

/// Verify the ledger, or print its head to be kept elsewhere
#[derive(Args)]
pub(crate) struct Ledger {
    #[command(subcommand)]
    verb: LedgerVerb,
}

#[derive(Subcommand)]
enum LedgerVerb {
    /// Verify every event; says which one is wrong and why
    Verify {
        /// A head exported earlier: what happened since must continue it
        #[arg(long, value_name = "FILE")]
        head: Option<PathBuf>,
        #[command(flatten)]
        data: DataArguments,
        #[command(flatten)]
        reading: ReadingArguments,
    },
    /// Print the head (JSON), to be kept outside this machine
    Head {
        #[command(flatten)]
        data: DataArguments,
        #[command(flatten)]
        reading: ReadingArguments,
    },
}

impl Ledger {
    pub(crate) fn run(self) -> Done {
        match self.verb {
            LedgerVerb::Verify { head, data, reading } => {
                let anchor = head
                    .map(std::fs::read_to_string)
                    .transpose()
                    .map_err(|e| Failure::usage(format!("lecture de la tête exportée : {e}")))?;
                let settings = data.settings(false, reading.settings()?, Vec::new())?;
                let check = runtime()?.block_on(async {
                    relu_desk::verify_ledger(&settings, anchor.as_deref()).await
                })?;
                say(&match &check.problem {
                    None => format!("{} événements, la chaîne est intacte", check.events),
                    Some(problem) => format!("{} événements lus : {problem}", check.events),
                });
                Ok(if check.ok { ExitCode::SUCCESS } else { ExitCode::from(1) })
            }
            LedgerVerb::Head { data, reading } => {
                let settings = data.settings(false, reading.settings()?, Vec::new())?;
                let head = runtime()?.block_on(relu_desk::ledger_head(&settings))?;
                crate::output::print(&head)?;
                Ok(ExitCode::SUCCESS)
            }
        }
    }
}
