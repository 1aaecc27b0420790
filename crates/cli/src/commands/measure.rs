//! `relu measure`: runs one command and prints what it cost. Not for people: `relu bench` starts one
//! for each measure, because the system's account of peak memory is kept per parent process and
//! never goes down.

use std::ffi::OsString;
use std::process::{Command, ExitCode, Stdio};
use std::time::Instant;

use clap::Args;
use nix::sys::resource::{UsageWho, getrusage};
use serde::{Deserialize, Serialize};

use crate::output::{Done, Failure, print};

/// Runs a command and prints its cost as JSON
#[derive(Args)]
pub(crate) struct Measure {
    /// The command
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// What a whole process cost, its own children included once they were waited for.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) struct Cost {
    /// Processor seconds, user and system.
    pub(crate) cpu: f64,
    /// Seconds on the clock.
    pub(crate) wall: f64,
    /// Largest resident memory of one process, in megabytes.
    pub(crate) peak_mb: f64,
}

impl Measure {
    pub(crate) fn run(self) -> Done {
        let mut words = self.command.iter();
        let program = words.next().ok_or_else(|| Failure::usage("aucune commande"))?;
        let start = Instant::now();
        // Refused inputs are counted by exit code 1 and are part of the job.
        Command::new(program)
            .args(words)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status()?;
        let wall = start.elapsed().as_secs_f64();
        let usage =
            getrusage(UsageWho::RUSAGE_CHILDREN).map_err(|e| Failure::refused(e.to_string()))?;
        let seconds = |t: nix::sys::time::TimeVal| t.tv_sec() as f64 + t.tv_usec() as f64 / 1e6;
        let cost = Cost {
            cpu: (seconds(usage.user_time()) + seconds(usage.system_time())).max(1e-6),
            wall,
            peak_mb: usage.max_rss() as f64 / 1024.0,
        };
        print(&serde_json::to_string(&cost).map_err(|e| Failure::refused(e.to_string()))?)?;
        Ok(ExitCode::SUCCESS)
    }
}
