//! `cargo xtask test`: the one command that says whether this repository is sound. Installs what
//! the tests start, checks, then runs every test once.

use std::path::Path;
use std::process::{Command as Process, Stdio};

use serde::Deserialize;

use super::{Command, check, no_arguments, validators};
use crate::sh::{self, Failure, found};

/// The command.
pub const COMMAND: Command = Command {
    name: "test",
    summary: "installs what tests need, checks, then runs every test once",
    help: "Usage: cargo xtask test

1. Installs the Debian packages that tests start (xtask/src/requirements.toml), when they are
   missing and this runs as root on Debian. Elsewhere it says what is missing and goes on: the
   tests concerned then say that they were skipped. Where RELU_TEST_TOOLS says where validators
   are, their packages of PyPI and npm are fetched by name, beside the built files.
2. Runs `cargo xtask check`.
3. Runs `cargo test --workspace --locked` once and closes with the totals.

With CI=true nothing is skipped: what is missing, or a test that is ignored without saying why,
is a failure.
",
    run,
};

fn run(args: &[String]) -> Result<(), Failure> {
    no_arguments(args)?;
    install()?;
    check::run(&[])?;
    tests()
}

/// `requirements.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirements {
    debian: Vec<Requirement>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Requirement {
    /// Package that brings it.
    package: String,
    /// A program on the path, or a file, whose presence means that nothing is to be done.
    file: String,
    /// What it is for.
    #[serde(rename = "for")]
    purpose: String,
}

fn install() -> Result<(), Failure> {
    let wanted: Requirements = toml::from_str(include_str!("../requirements.toml"))
        .map_err(|e| found(format!("requirements.toml is wrong: {e}")))?;
    let missing: Vec<&Requirement> = wanted.debian.iter().filter(|r| !present(&r.file)).collect();
    if missing.is_empty() {
        println!("== requirements: everything the tests start is there");
        return Ok(());
    }
    if may_install() {
        let packages = missing.iter().map(|r| r.package.as_str());
        let apt = || {
            let mut c = Process::new("apt-get");
            c.env("DEBIAN_FRONTEND", "noninteractive").stdin(Stdio::null());
            c
        };
        sh::step("package lists", apt().args(["update", "-qq"]))?;
        let options = ["install", "-y", "-qq", "--no-install-recommends"];
        sh::step("packages for tests", apt().args(options).args(packages))?;
        return match missing.iter().find(|r| !present(&r.file)) {
            None => Ok(()),
            Some(r) => Err(found(format!("{} was installed, yet {} is absent", r.package, r.file))),
        };
    }
    for r in &missing {
        println!(
            "== missing: {} ({}). On Debian: apt-get install {}",
            r.file, r.purpose, r.package
        );
    }
    if sh::in_ci() {
        return Err(found("CI=true: nothing is skipped, and the programs above are missing"));
    }
    println!("== the tests that need them will say that they were skipped");
    Ok(())
}

/// Only root installs packages, and only where apt is.
fn may_install() -> bool {
    let uid = Process::new("id").arg("-u").output().map(|o| o.stdout).unwrap_or_default();
    sh::has("apt-get") && uid.trim_ascii() == b"0"
}

/// Whether a program is on the path, or a file is there; one part of its path may be `*`.
fn present(file: &str) -> bool {
    match file.split_once("/*/") {
        None if file.starts_with('/') => Path::new(file).exists(),
        None => sh::has(file),
        Some((before, after)) => std::fs::read_dir(before)
            .is_ok_and(|d| d.flatten().any(|entry| entry.path().join(after).exists())),
    }
}

/// What `cargo test` says at the end of one test program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Tests that passed.
    pub passed: u64,
    /// Tests that failed.
    pub failed: u64,
    /// Tests that were ignored.
    pub ignored: u64,
}

impl Totals {
    /// The totals in a line such as `test result: ok. 3 passed; 0 failed; 1 ignored; …`.
    pub fn of(line: &str) -> Option<Totals> {
        let rest = line.strip_prefix("test result: ")?.split_once(". ")?.1;
        let count = |what: &str| {
            let part = rest.split("; ").find_map(|p| p.strip_suffix(what))?;
            part.trim().parse::<u64>().ok()
        };
        Some(Totals {
            passed: count(" passed")?,
            failed: count(" failed")?,
            ignored: count(" ignored")?,
        })
    }
}

/// The name of an ignored test and the reason it gives, which may be empty.
fn ignored(line: &str) -> Option<(&str, &str)> {
    let (name, rest) = line.strip_prefix("test ")?.split_once(" ... ignored")?;
    Some((name, rest.strip_prefix(", ").unwrap_or("")))
}

fn tests() -> Result<(), Failure> {
    let mut all = Totals::default();
    let mut asleep: Vec<(String, String)> = Vec::new();
    let ok = sh::watch(
        "tests",
        sh::cargo()
            .args(["test", "--workspace", "--locked", "--no-fail-fast"])
            .envs(validators::environment()),
        |line| {
            if let Some(t) = Totals::of(line) {
                all.passed += t.passed;
                all.failed += t.failed;
                all.ignored += t.ignored;
            }
            if let Some((name, why)) = ignored(line) {
                asleep.push((name.to_owned(), why.to_owned()));
            }
        },
    )?;
    for (name, why) in &asleep {
        println!("not run: {name}: {}", if why.is_empty() { "no reason given" } else { why });
    }
    println!("tests: {} passed, {} failed, {} skipped", all.passed, all.failed, all.ignored);
    if !ok {
        return Err(found("tests failed; each is named above"));
    }
    if all.passed == 0 {
        return Err(found("no test ran"));
    }
    if sh::in_ci() && asleep.iter().any(|(_, why)| why.is_empty()) {
        return Err(found("CI=true: a test may be ignored only with a reason"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_cargos_lines() {
        let line = "test result: ok. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; \
                    finished in 0.10s";
        assert_eq!(Totals::of(line), Some(Totals { passed: 12, failed: 1, ignored: 2 }));
        assert_eq!(Totals::of("test a ... ok"), None);
        assert_eq!(ignored("test a::b ... ignored, needs a card"), Some(("a::b", "needs a card")));
        assert_eq!(ignored("test a::b ... ignored"), Some(("a::b", "")));
        assert_eq!(ignored("test a::b ... ok"), None);
    }
}
