//! `relu status`: what waits, in one JSON line.

use std::process::ExitCode;

use clap::Args;

use super::common::{DataArguments, ReadingArguments, runtime};
use crate::output::Done;

/// Print how many documents stand in each state
#[derive(Args)]
pub(crate) struct Status {
    #[command(flatten)]
    data: DataArguments,
    #[command(flatten)]
    reading: ReadingArguments,
}

impl Status {
    pub(crate) fn run(self) -> Done {
        let settings = self.data.settings(false, self.reading.settings()?, Vec::new())?;
        let line = runtime()?.block_on(relu_desk::status(&settings))?;
        crate::output::print(&line)?;
        Ok(ExitCode::SUCCESS)
    }
}
