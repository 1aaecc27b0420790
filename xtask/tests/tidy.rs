//! `cargo xtask tidy` and the lints of the house on small fixtures (`xtask/fixtures`): what must be
//! refused is refused, with its reason, and what is sound passes.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(name)
}

fn tidy(name: &str) -> (bool, String) {
    let out = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(["tidy", "--root"])
        .arg(fixture(name))
        .output()
        .unwrap();
    (out.status.success(), said(&out))
}

fn said(out: &Output) -> String {
    String::from_utf8_lossy(&out.stdout).into_owned() + &String::from_utf8_lossy(&out.stderr)
}

/// The problems that tidy prints for a fixture, without the closing sentence.
fn problems(name: &str) -> Vec<String> {
    let (ok, text) = tidy(name);
    assert!(!ok, "{name} should be refused:\n{text}");
    text.lines().filter(|l| l.contains(": ") && l.ends_with(']')).map(str::to_owned).collect()
}

#[test]
fn a_sound_tree_passes() {
    let (ok, text) = tidy("sound");
    assert!(ok, "{text}");
}

#[test]
fn an_upward_dependency_is_refused() {
    let expected = [
        "crates/attic/Cargo.toml: `attic` has no row in house.toml [rows]",
        "crates/text/Cargo.toml: `text` (row 1) may not depend on `desk` (row 3, in \
         [dependencies]): a crate depends only on lower rows [rows]",
        "crates/text/Cargo.toml: `text` (row 1) may not depend on `wire` (row 1, in \
         [dependencies]): a crate depends only on lower rows [rows]",
        "crates/wire/Cargo.toml: `wire` (row 1) may not depend on `desk` (row 3, in \
         [dev-dependencies]): a crate depends only on lower rows [rows]",
    ];
    assert_eq!(problems("upward"), expected);
}

#[test]
fn an_untidy_tree_is_refused_with_reasons() {
    let found = problems("untidy");
    for expected in [
        "crates/record/src/lib.rs: `record` is pure: write `#![warn(clippy::disallowed_methods)]`",
        "crates/record/src/lib.rs: `record` is pure: write `#![warn(clippy::disallowed_types)]`",
        "crates/record/src/clock.rs:2: `record` is pure: the lint is not switched off",
        "crates/record/Cargo.toml: `record` is pure and may not depend on `tokio`",
        "Cargo.toml: [workspace.package] says `license = \"Apache-2.0\"`",
        "crates/text/Cargo.toml: the package is named `relu-text`, after its folder",
        "crates/text/Cargo.toml: [package] says `license.workspace = true`",
        "crates/text/Cargo.toml: [lints] says `workspace = true`",
        "crates/record/src/silent.rs: a module opens with `//!`",
        "docs/map.md:3: `crates/record/src/clock.rs` has no `it_ticks`",
        "docs/map.md:4: `crates/record/src/calendar.rs` is not there",
        "docs/map.md:4: the link to `sky.md` leads nowhere",
        "crates/text/src/rules/negation.toml: N1: `source` is missing or empty",
        "crates/text/src/rules/negation.toml: N1: the code is used twice",
        "crates/text/src/rules/negation.toml: N1: `matches`, at least one example, is missing",
        "crates/text/src/rules/negation.toml: N1: `rejects` is missing",
        "crates/text/src/rules/thresholds.toml: threshold 1: `source` is missing or empty",
        "crates/text/src/rules/words.toml: says at its top, in a comment, what these words are",
        "crates/text/lexicons/drugs: a lexicon has a `manifest.toml`",
        "crates/text/lexicons/units/manifest.toml: `licence` is missing or empty",
        "crates/text/lexicons/units/manifest.toml: `units.tsv` was changed",
        "crates/record/src/silent.rs:2: says `/home/`: a path of one machine",
    ] {
        let hits = found.iter().filter(|p| p.starts_with(expected)).count();
        assert_eq!(hits, 1, "{expected}\nin:\n{}", found.join("\n"));
    }
    assert_eq!(found.len(), 22, "{}", found.join("\n"));
}

/// Runs clippy with the lints of the house on a fixture of one crate without dependencies.
fn clippy(name: &str) -> (bool, String) {
    let house = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    // A copy, so that no lock file is written among the fixtures.
    let copy = tempfile::tempdir().unwrap();
    std::fs::create_dir(copy.path().join("src")).unwrap();
    for file in ["Cargo.toml", "src/lib.rs"] {
        std::fs::copy(fixture(name).join(file), copy.path().join(file)).unwrap();
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let out = Command::new(cargo)
        .args(["clippy", "--offline", "--quiet", "--", "-D", "warnings"])
        .current_dir(copy.path())
        .env("CLIPPY_CONF_DIR", house)
        .env("CARGO_TARGET_DIR", copy.path().join("target"))
        .output()
        .unwrap();
    (out.status.success(), said(&out))
}

#[test]
fn reading_a_file_in_a_pure_crate_is_a_lint_error() {
    let (ok, text) = clippy("impure");
    assert!(!ok, "std::fs::read was let through:\n{text}");
    assert!(text.contains("use of a disallowed method `std::fs::read`"), "{text}");
    assert!(text.contains("pure crates do no I/O: bytes are handed in"), "{text}");

    let (ok, text) = clippy("pure");
    assert!(ok, "{text}");
}
