//! `cargo xtask fuzz`: a long drill of every decoder against hostile bytes, with libFuzzer.
//!
//! cargo-fuzz and a nightly compiler are not needed: the same compiler, told to instrument our
//! code and that of our dependencies for coverage, builds the programs of `fuzz/`.

use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use super::Command;
use crate::repo;
use crate::sh::{self, Failure, found};

/// The command.
pub const COMMAND: Command = Command {
    name: "fuzz",
    summary: "feeds hostile bytes to every decoder for a while (libFuzzer)",
    help: "Usage: cargo xtask fuzz [--seconds N] [TARGET...]

Builds the targets of fuzz/ with coverage, then runs each for N seconds (60 unless told) from the
seeds in fuzz/corpus/TARGET. One input may take 25 seconds and 2 GiB; more is a finding. What is
found is written under the fuzz target folder, with the command that shows it again; make it a
seed in fuzz/corpus/TARGET, which the ordinary tests replay.

Needs a C++ compiler (g++) for libFuzzer itself. New inputs are kept between runs in the target
folder, not in the repository.
",
    run,
};

/// What asks the compiler for coverage that libFuzzer understands; the same flags as cargo-fuzz.
const COVERAGE: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    // One unit, so that counters of one crate lie together.
    "-Ccodegen-units=1",
];

fn run(args: &[String]) -> Result<(), Failure> {
    let (seconds, asked) = options(args)?;
    let known = targets()?;
    if let Some(wrong) = asked.iter().find(|t| !known.contains(t)) {
        let why = format!("there is no target `{wrong}`; there are: {}", known.join(", "));
        return Err(Failure::Usage(why));
    }
    if !sh::has("c++") && !sh::has("g++") {
        return Err(found(
            "libFuzzer is C++ and no C++ compiler is here. On Debian: apt-get install g++",
        ));
    }
    let target = folder();
    let bin = build(&target)?;
    let mut broken = Vec::new();
    for name in if asked.is_empty() { known } else { asked } {
        if !fuzz(&bin, &target, &name, seconds)? {
            broken.push(name);
        }
    }
    if broken.is_empty() {
        println!("fuzz: nothing found");
        return Ok(());
    }
    Err(found(format!("found something in: {}; the inputs are named above", broken.join(", "))))
}

fn options(args: &[String]) -> Result<(u64, Vec<String>), Failure> {
    let mut seconds = 60;
    let mut asked = Vec::new();
    let mut args = args.iter();
    while let Some(a) = args.next() {
        if a == "--seconds" {
            let n = args.next().and_then(|n| n.parse().ok()).filter(|n| *n > 0);
            seconds = n.ok_or_else(|| Failure::Usage("--seconds needs a number".to_owned()))?;
        } else if a.starts_with('-') {
            return Err(Failure::Usage(format!("unknown option `{a}`")));
        } else {
            asked.push(a.clone());
        }
    }
    Ok((seconds, asked))
}

/// The names of the targets: the files of `fuzz/src/bin`.
fn targets() -> Result<Vec<String>, Failure> {
    let folder = repo::root().join("fuzz/src/bin");
    let entries = std::fs::read_dir(&folder)
        .map_err(|e| found(format!("cannot list {}: {e}", folder.display())))?;
    let mut names: Vec<String> = entries
        .flatten()
        .filter_map(|e| e.file_name().to_str()?.strip_suffix(".rs").map(str::to_owned))
        .collect();
    names.sort();
    Ok(names)
}

/// A target folder of its own: the flags differ, and so does everything built with them.
fn folder() -> PathBuf {
    let base = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    base.unwrap_or_else(|| repo::root().join("target")).join("fuzz")
}

/// Builds every target; returns the folder of the programs.
fn build(target: &Path) -> Result<PathBuf, Failure> {
    // `--target` keeps the flags away from build scripts and macros.
    let triple = host()?;
    let mut build = sh::cargo();
    build
        .current_dir(repo::root().join("fuzz"))
        .args(["build", "--bins", "--target", &triple])
        .env("CARGO_TARGET_DIR", target)
        // `-Cpasses` is refused by a stable compiler unless it is told to accept it.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("RUSTFLAGS", format!("{} --cfg fuzzing", COVERAGE.join(" ")));
    sh::step("fuzz targets", &mut build)?;
    Ok(target.join(triple).join("debug"))
}

fn host() -> Result<String, Failure> {
    let out = sh::output(Process::new("rustc").arg("-vV"))?;
    let text = String::from_utf8_lossy(&out);
    let host = text.lines().find_map(|l| l.strip_prefix("host: ").map(str::to_owned));
    host.ok_or_else(|| found("rustc -vV names no host"))
}

/// Runs one target; true when nothing was found.
fn fuzz(bin: &Path, target: &Path, name: &str, seconds: u64) -> Result<bool, Failure> {
    let kept = target.join("corpus").join(name);
    let findings = target.join("findings").join(name);
    for folder in [&kept, &findings] {
        std::fs::create_dir_all(folder)
            .map_err(|e| found(format!("cannot make {}: {e}", folder.display())))?;
    }
    // `read` recognises every format and starts from the seeds of all.
    let seeds = repo::root().join("fuzz/corpus").join(name);
    let seeds = if seeds.is_dir() { seeds } else { repo::root().join("fuzz/corpus") };
    let mut run = Process::new(bin.join(name));
    run.stdin(Stdio::null())
        .arg(format!("-max_total_time={seconds}"))
        .args([
            "-timeout=25",
            "-rss_limit_mb=2048",
            "-max_len=65536",
            "-print_final_stats=1",
            "-verbosity=0",
        ])
        .arg(format!("-artifact_prefix={}/", findings.display()))
        // New inputs go to the first folder; the seeds of the repository are only read.
        .arg(&kept)
        .arg(seeds);
    println!("== {name}: {seconds} s");
    let status = run.status().map_err(|e| found(format!("cannot start {name}: {e}")))?;
    Ok(status.success())
}
