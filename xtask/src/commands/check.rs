//! `cargo xtask check`: format, lints, tidy, licences; no test is run.

use super::{Command, no_arguments, tidy};
use crate::sh::{self, Failure};

/// The command.
pub const COMMAND: Command = Command {
    name: "check",
    summary: "format, clippy without warnings, tidy, cargo-deny where installed",
    help: "Usage: cargo xtask check

What can be said without running anything: the format, clippy on every target with warnings
refused, `cargo xtask tidy`, and cargo-deny where it is installed (tidy checks licences and banned
packages by the same deny.toml in any case).
",
    run,
};

/// Runs the checks in turn and stops at the first that fails.
pub fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    sh::step("format", sh::cargo().args(["fmt", "--all", "--check", "--", "--color", "never"]))?;
    println!("== tidy");
    (tidy::COMMAND.run)(&[])?;
    sh::step(
        "lints",
        sh::cargo().args([
            "clippy",
            "--workspace",
            "--all-targets",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]),
    )?;
    if sh::has("cargo-deny") {
        sh::step(
            "dependencies",
            sh::cargo().args(["deny", "--offline", "check", "licenses", "bans", "sources"]),
        )?;
    } else {
        println!("== cargo-deny is not installed; tidy has checked licences and bans by deny.toml");
    }
    Ok(())
}
