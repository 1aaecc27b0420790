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

/// Progress over inputs, whose number may not be known before the end.
pub(crate) struct Progress {
    bar: Option<indicatif::ProgressBar>,
    quiet: bool,
    total: Option<usize>,
    done: usize,
    last: Instant,
}

impl Progress {
    pub(crate) fn new(total: usize, quiet: bool) -> Progress {
        let bar = (!quiet && std::io::stderr().is_terminal())
            .then(|| indicatif::ProgressBar::new(total as u64));
        Progress { bar, quiet, total: Some(total), done: 0, last: Instant::now() }
    }

    /// Over a stream.
    pub(crate) fn open(quiet: bool) -> Progress {
        let bar = (!quiet && std::io::stderr().is_terminal()).then(|| {
            let style =
                indicatif::ProgressStyle::with_template("{spinner} {pos} documents, {per_sec}");
            let bar = indicatif::ProgressBar::no_length();
            style.map_or(bar.clone(), |style| bar.with_style(style))
        });
        Progress { bar, quiet, total: None, done: 0, last: Instant::now() }
    }

    pub(crate) fn step(&mut self) {
        self.advance(1);
    }

    pub(crate) fn advance(&mut self, inputs: usize) {
        self.done += inputs;
        match &self.bar {
            Some(bar) => bar.inc(inputs as u64),
            None if !self.quiet && self.last.elapsed() > Duration::from_secs(5) => {
                match self.total {
                    Some(total) => say(&format!("{} / {total}", self.done)),
                    None => say(&format!("{} documents", self.done)),
                }
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
