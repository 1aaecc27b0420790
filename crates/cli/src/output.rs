//! Standard output for data, standard error for messages and progress: a bar on a terminal, plain
//! lines otherwise, nothing with `--quiet`.

use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::{Duration, Instant};

/// A verb that could not be carried out: exit code and sentence.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) code: u8,
    pub(crate) message: String,
}

impl Failure {
    /// Wrong usage or settings (exit code 2).
    pub(crate) fn usage(message: impl Into<String>) -> Failure {
        Failure { code: 2, message: message.into() }
    }

    /// What was asked was not done (exit code 1).
    pub(crate) fn refused(message: impl Into<String>) -> Failure {
        Failure { code: 1, message: message.into() }
    }
}

impl From<relu_desk::DeskError> for Failure {
    fn from(e: relu_desk::DeskError) -> Failure {
        Failure { code: e.kind.exit_code(), message: e.to_string() }
    }
}

impl From<std::io::Error> for Failure {
    fn from(e: std::io::Error) -> Failure {
        Failure::refused(e.to_string())
    }
}

/// What a verb ends with.
pub(crate) type Done = Result<ExitCode, Failure>;

/// Prints a failure and gives its exit code.
pub(crate) fn fail(failure: &Failure) -> ExitCode {
    say(&format!("relu : {}", failure.message));
    ExitCode::from(failure.code)
}

/// A message for the person, on standard error. A closed standard error is no reason to stop.
pub(crate) fn say(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Progress over a known number of inputs.
pub(crate) struct Progress {
    bar: Option<indicatif::ProgressBar>,
    quiet: bool,
    total: usize,
    done: usize,
    last: Instant,
}

impl Progress {
    pub(crate) fn new(total: usize, quiet: bool) -> Progress {
        let bar = (!quiet && std::io::stderr().is_terminal())
            .then(|| indicatif::ProgressBar::new(total as u64));
        Progress { bar, quiet, total, done: 0, last: Instant::now() }
    }

    pub(crate) fn step(&mut self) {
        self.done += 1;
        match &self.bar {
            Some(bar) => bar.inc(1),
            None if !self.quiet && self.last.elapsed() > Duration::from_secs(5) => {
                say(&format!("{} / {}", self.done, self.total));
                self.last = Instant::now();
            }
            None => {}
        }
    }

    pub(crate) fn finish(self) {
        if let Some(bar) = self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Prints a line of data on standard output.
pub(crate) fn print(line: &str) -> std::io::Result<()> {
    writeln!(std::io::stdout(), "{line}")
}
