//! The INS datamatrix of a label is read on a scan and on a printed page, and becomes evidence of who
//! the patient is; it qualifies nothing. A masked document shows it no more. Figures are printed.

use relu_formats::mask::{MaskPlan, mask};
use relu_record::Budget;
use relu_synth::{Labelled, labelled};
use serde_json::Value;

use super::support::{jsonl, relu, tool};

fn proposed(folder: &std::path::Path, made: &[Labelled], scanned: bool) -> Vec<Value> {
    let (input, out) = (folder.join("in"), folder.join("out"));
    std::fs::create_dir_all(&input).unwrap();
    for (n, l) in made.iter().enumerate() {
        let bytes = if scanned { &l.scanned } else { &l.printed };
        std::fs::write(input.join(format!("{n:02}.pdf")), bytes).unwrap();
    }
    let run = relu().args(["run", "--quiet", "--out"]).arg(&out).arg(&input).output().unwrap();
    assert!(run.status.code().is_some_and(|c| c < 2), "{}", String::from_utf8_lossy(&run.stderr));
    jsonl(&out.join("report.jsonl"))
}

/// How many carry the matricule of their label; none carries another, none is qualified.
fn with_matricule(lines: &[Value], made: &[Labelled]) -> usize {
    let mut right = 0;
    for (line, l) in lines.iter().zip(made) {
        let wanted = l.patient.ins.as_ref().unwrap().value.0.as_str();
        let patient = &line["patient"];
        let Some(found) = patient["ins"]["value"].as_str() else { continue };
        assert_eq!(found, wanted, "{line}");
        assert_eq!(patient["ins_status"], "provisoire");
        right += 1;
    }
    right
}

#[test]
fn the_label_of_a_scanned_letter_says_who_it_is_about() {
    if tool("tesseract").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let made: Vec<Labelled> = (1..=6).filter_map(labelled).collect();
    let right = with_matricule(&proposed(dir.path(), &made, true), &made);
    eprintln!("labels read on scans: {right} of {}", made.len());
    assert!(made.len() >= 5 && right * 100 >= made.len() * 80);
}

#[test]
fn the_code_of_a_printed_page_says_who_it_is_about() {
    let dir = tempfile::tempdir().unwrap();
    let made: Vec<Labelled> = (1..=30).filter_map(labelled).collect();
    let right = with_matricule(&proposed(dir.path(), &made, false), &made);
    eprintln!("codes read on printed pages: {right} of {}", made.len());
    assert!(made.len() >= 25 && right * 100 >= made.len() * 90);
}

#[test]
fn a_masked_document_shows_no_code() {
    let made: Vec<Labelled> = (1..=8).filter_map(labelled).collect();
    let read = |bytes: &[u8]| {
        let input = relu_formats::Input { bytes, name: None, media_type: None };
        relu_formats::read(&input, &Budget::standard()).unwrap()
    };
    let mut coded = 0;
    for l in &made {
        let reading = read(&l.printed);
        coded += usize::from(!reading.codes.is_empty());
        let plan = MaskPlan::new(reading, Vec::new());
        let masked = mask(&l.printed, &plan, &Budget::standard()).unwrap();
        assert!(masked.residue.is_empty(), "{:?}", masked.residue);
        assert!(read(&masked.bytes).codes.is_empty());
    }
    assert!(coded >= 6, "{coded}");
    if tool("tesseract").is_none() {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let (input, out) = (dir.path().join("in"), dir.path().join("out"));
    std::fs::create_dir_all(&input).unwrap();
    for (n, l) in made.iter().take(2).enumerate() {
        std::fs::write(input.join(format!("{n:02}.pdf")), &l.scanned).unwrap();
    }
    let run = relu().args(["deid", "--quiet", "--out"]).arg(&out).arg(&input).output().unwrap();
    assert!(run.status.code().is_some_and(|c| c < 2), "{}", String::from_utf8_lossy(&run.stderr));
    let again = dir.path().join("again");
    let run = relu().args(["run", "--quiet", "--out"]).arg(&again).arg(&out).output().unwrap();
    assert!(run.status.code().is_some_and(|c| c < 2), "{}", String::from_utf8_lossy(&run.stderr));
    let lines = jsonl(&again.join("report.jsonl"));
    assert!(lines.iter().any(|l| l["source"].as_str().is_some_and(|s| s.ends_with(".pdf"))));
    assert!(lines.iter().all(|l| l["patient"]["ins"].is_null()));
}
