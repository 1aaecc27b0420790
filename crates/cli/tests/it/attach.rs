//! The right patient: synthetic documents about patients chosen to be mistaken for one another.

use std::process::Command;

#[test]
fn no_document_is_surely_somebody_elses() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("population");
    let relu = |args: &[&str]| {
        let done = Command::new(env!("CARGO_BIN_EXE_relu")).args(args).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8(done.stdout).unwrap()
    };
    let folder = out.to_str().unwrap();
    let truth = out.join("truth.jsonl");
    let size = ["--count", "120", "--population", "150", "--layouts", "development", "--quiet"];
    relu(&[&["synth", "--out", folder, "--seed", "11"], size.as_slice()].concat());
    let table = relu(&["eval", "attach", "--gold", truth.to_str().unwrap(), "--quiet"]);
    let all = table.lines().find(|l| l.starts_with("tous ")).unwrap();
    assert!(all.contains("mauvais patient 0 "), "{table}");
    let sure: f64 = all.split("sûr ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
    assert!(sure >= 75.0, "{table}");
    // Whom the base does not hold is nobody's surely.
    let near = table.lines().filter(|l| l.starts_with("groupe:unknown"));
    assert!(
        near.clone().count() > 0 && near.into_iter().all(|l| l.contains("mauvais patient 0 ")),
        "{table}"
    );
}
