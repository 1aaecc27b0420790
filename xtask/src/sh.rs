//! Runs other programs and says plainly what failed.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

/// Why a command stops.
#[derive(Debug)]
pub enum Failure {
    /// Wrong command line: exit 2.
    Usage(String),
    /// Something was found wrong, or could not be done: exit 1.
    Found(String),
}

/// A failure with its sentence.
pub fn found(why: impl Into<String>) -> Failure {
    Failure::Found(why.into())
}

/// `cargo`, the one that started this program when there is one. It reads no standard input.
pub fn cargo() -> Command {
    let mut c = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    c.stdin(Stdio::null()).current_dir(crate::repo::root());
    c
}

/// How a command line reads, for messages.
fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(OsStr::new("?")).to_string_lossy().into_owned();
    command.get_args().fold(name, |text, a| text + " " + &a.to_string_lossy())
}

/// Announces a step, runs it with its output shown, and fails when it fails.
pub fn step(what: &str, command: &mut Command) -> Result<(), Failure> {
    println!("== {what}: {}", line(command));
    let status =
        command.status().map_err(|e| found(format!("cannot start `{}`: {e}", line(command))))?;
    if status.success() { Ok(()) } else { Err(found(format!("{what} failed: {status}"))) }
}

/// Runs a step while handing each line of its standard output to `see`, which is also printed.
/// Returns whether it ended well.
pub fn watch(
    what: &str,
    command: &mut Command,
    mut see: impl FnMut(&str),
) -> Result<bool, Failure> {
    println!("== {what}: {}", line(command));
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|e| found(format!("cannot start `{}`: {e}", line(command))))?;
    if let Some(out) = child.stdout.take() {
        for bytes in BufReader::new(out).split(b'\n') {
            let bytes = bytes.map_err(|e| found(format!("{what}: cannot read its output: {e}")))?;
            let text = String::from_utf8_lossy(&bytes);
            println!("{text}");
            see(&text);
        }
    }
    let status = child.wait().map_err(|e| found(format!("{what}: {e}")))?;
    Ok(status.success())
}

/// Runs a program and returns its standard output; its messages go to the terminal.
pub fn output(command: &mut Command) -> Result<Vec<u8>, Failure> {
    let out = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|e| found(format!("cannot start `{}`: {e}", line(command))))?;
    if out.status.success() {
        Ok(out.stdout)
    } else {
        Err(found(format!("`{}` failed: {}", line(command), out.status)))
    }
}

/// Whether a program of that name is on the path.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}

/// Whether this is a continuous integration run, in which nothing may be skipped silently.
pub fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|v| v == "true" || v == "1")
}
