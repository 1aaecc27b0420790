//! Bad input: quarantine with a code and a sentence, or a proposal with a check; nothing is dropped
//! and one bad file never stops the others.

use std::collections::BTreeMap;

use super::support::{jsonl, relu};

#[test]
fn each_bad_input_gets_what_it_should() {
    let dir = tempfile::tempdir().unwrap();
    let (docs, out) = (dir.path().join("docs"), dir.path().join("out"));
    let made = relu().args(["synth", "--quiet", "--layouts", "bad", "--out"]).arg(&docs).status();
    assert!(made.unwrap().success());
    let truth = jsonl(&docs.join("truth.jsonl"));
    assert!(truth.len() >= 12, "bad inputs of every kind");
    std::fs::remove_file(docs.join("truth.jsonl")).unwrap();
    // A file larger than what is read: refused unread, never loaded.
    let large = std::fs::File::create(docs.join("enorme.pdf")).unwrap();
    large.set_len(2 << 30).unwrap();

    let status = relu().args(["run", "--quiet", "--out"]).arg(&out).arg(&docs).status().unwrap();
    assert_eq!(status.code(), Some(1), "some inputs are refused");
    let mut by_file: BTreeMap<String, Vec<serde_json::Value>> = BTreeMap::new();
    for line in jsonl(&out.join("report.jsonl")) {
        let source = line["source"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
        by_file.entry(source).or_default().push(line);
    }
    assert_eq!(by_file["enorme.pdf"][0]["reason"]["code"], "too-large");
    for t in &truth {
        let file = t["file"].as_str().unwrap();
        let lines = by_file.get(file).unwrap_or_else(|| panic!("{file} has no line"));
        let wanted = t["expected_status"].as_str().unwrap();
        // A message may be read while what it carries is refused.
        assert!(
            lines.iter().any(|l| l["status"] == wanted),
            "{file}: {wanted} wanted, got {lines:?}"
        );
        for check in t["expected_checks"].as_array().unwrap() {
            let found = lines.iter().any(|l| {
                let checks = l["checks"].as_array().unwrap();
                checks.iter().any(|c| c["code"] == *check)
            });
            assert!(found, "{file}: check {check} is missing: {:?}", lines[0]["checks"]);
        }
        for l in lines.iter().filter(|l| l["status"] == "quarantined") {
            assert!(l["reason"]["message"].as_str().unwrap().len() > 20, "{file}: what to do");
        }
    }
}

/// A form that draws itself: nothing in the decoder ends it, the limit on processor time does.
#[test]
fn an_endless_loop_costs_one_document_and_a_few_seconds() {
    let dir = tempfile::tempdir().unwrap();
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let endless = root.join("fuzz/known/pdf/form-within-itself.pdf");
    let letter = dir.path().join("lettre.txt");
    std::fs::write(&letter, "Cher confrère,\nJ'ai vu votre patient en consultation ce jour.\n")
        .unwrap();
    let out = dir.path().join("out");
    relu().args(["run", "--quiet", "--out"]).arg(&out).arg(&endless).arg(&letter).status().unwrap();
    let report = jsonl(&out.join("report.jsonl"));
    assert_eq!(report[0]["reason"]["code"], "work-limit");
    assert_eq!(report[1]["status"], "proposed", "the next document is read");
}
