//! `relu run` and `relu read`: the shapes other programs rely on.

use super::support::{jsonl, relu};

fn synthetic(dir: &std::path::Path, count: &str) -> std::path::PathBuf {
    let docs = dir.join("docs");
    let status = relu()
        .args(["synth", "--quiet", "--seed", "7", "--count", count, "--out"])
        .arg(&docs)
        .status();
    assert!(status.unwrap().success());
    std::fs::remove_file(docs.join("truth.jsonl")).unwrap();
    docs
}

#[test]
fn the_report_is_the_same_whatever_the_number_of_jobs() {
    let dir = tempfile::tempdir().unwrap();
    let docs = synthetic(dir.path(), "24");
    let report = |jobs: &str| {
        let out = dir.path().join(format!("out-{jobs}"));
        relu()
            .args(["run", "--quiet", "--no-ocr", "--jobs", jobs, "--out"])
            .arg(&out)
            .arg(&docs)
            .status()
            .unwrap();
        std::fs::read_to_string(out.join("report.jsonl")).unwrap()
    };
    assert_eq!(report("1"), report("3"));
}

#[test]
fn every_line_is_tied_to_the_text_that_read_gives() {
    let dir = tempfile::tempdir().unwrap();
    let docs = synthetic(dir.path(), "20");
    let out = dir.path().join("out");
    relu().args(["run", "--quiet", "--no-ocr", "--out"]).arg(&out).arg(&docs).status().unwrap();
    let read = relu().args(["read", "--quiet", "--no-ocr", "--boxes"]).arg(&docs).output().unwrap();
    let read: Vec<serde_json::Value> = String::from_utf8(read.stdout)
        .unwrap()
        .lines()
        .map(|l| serde_json::from_str(l).unwrap())
        .collect();
    let report = jsonl(&out.join("report.jsonl"));
    assert_eq!(report.len(), read.len());
    assert_eq!(report[0]["unreviewed"], true);
    for (line, read) in report.iter().zip(&read) {
        assert_eq!(line["sha256"], read["sha256"]);
        assert_eq!(line["part"], read["part"]);
        let text: Vec<char> = read["text"].as_str().unwrap().chars().collect();
        for s in line["summary"].as_array().unwrap() {
            let quoted: String = s["evidence"]
                .as_array()
                .unwrap()
                .iter()
                .map(|e| span(&text, e))
                .collect::<Vec<_>>()
                .join(" ");
            assert_eq!(
                squeeze(s["text"].as_str().unwrap()),
                squeeze(&quoted),
                "summary lines quote"
            );
        }
        for e in line["entities"].as_array().unwrap() {
            assert!(!span(&text, e).trim().is_empty());
        }
        for w in read["words"].as_array().into_iter().flatten() {
            assert!(!span(&text, w).is_empty());
        }
        if line["status"] == "proposed" {
            let bundle = out.join(format!("{}.fhir.json", line["sha256"].as_str().unwrap()));
            let bundle: serde_json::Value =
                serde_json::from_slice(&std::fs::read(bundle).unwrap()).unwrap();
            assert_eq!(bundle["resourceType"], "Bundle");
        }
    }
}

fn span(text: &[char], e: &serde_json::Value) -> String {
    let at = |k: &str| e[k].as_u64().unwrap() as usize;
    text[at("start")..at("end")].iter().collect()
}

fn squeeze(s: &str) -> String {
    s.split_whitespace().collect::<Vec<_>>().join(" ")
}
