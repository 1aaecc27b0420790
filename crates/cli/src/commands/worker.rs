//! `relu worker`: a reader process, started by the other verbs. Not for people.

use std::process::ExitCode;

use clap::Args;

use crate::output::Done;

/// Reads requests on standard input and answers on standard output
#[derive(Args)]
pub(crate) struct Worker {
    /// Greatest address space, in bytes
    #[arg(long, default_value_t = 2 << 30)]
    memory: u64,
}

impl Worker {
    pub(crate) fn run(self) -> Done {
        relu_desk::worker::serve(self.memory)?;
        Ok(ExitCode::SUCCESS)
    }
}
