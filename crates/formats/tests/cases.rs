//! Cases as data: `tests/cases/<decoder>/<name>.toml` says what the reading of the file (or the
//! zipped folder `<name>.d`) beside it must be.
//!
//! Keys: `why`; `format`; `findings` (all codes, sorted); `text` (exact); `spans` (the words of the
//! entries that have some); `encoding` and `eol` (the file is written in them before it is read);
//! `[expect]` JSON pointers into the reading. A part shows its bytes as `text`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use relu_formats::{Input, read};
use relu_record::Budget;
use serde_json::Value;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    why: String,
    format: String,
    findings: Vec<String>,
    text: String,
    #[serde(default)]
    spans: Option<Vec<String>>,
    #[serde(default)]
    encoding: Option<String>,
    #[serde(default)]
    eol: Option<String>,
    #[serde(default)]
    expect: BTreeMap<String, toml::Value>,
}

#[test]
fn every_case_reads_as_it_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut run = 0;
    let mut wrong = Vec::new();
    for decoder in sorted(&root) {
        for file in
            sorted(&decoder).into_iter().filter(|f| f.extension().is_some_and(|e| e == "toml"))
        {
            let case: Case = toml::from_str(&std::fs::read_to_string(&file).unwrap())
                .unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            run += 1;
            for problem in check(&case, &bytes(&case, &file)) {
                wrong.push(format!("{} ({}): {problem}", file.display(), case.why));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(run >= 14, "only {run} cases were found");
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    all.sort();
    all
}

/// The bytes of a case, as its sender would have written them.
fn bytes(case: &Case, toml: &Path) -> Vec<u8> {
    let folder = toml.with_extension("d");
    if folder.is_dir() {
        let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
        zip_folder(&folder, "", &mut writer);
        return writer.finish().unwrap().into_inner();
    }
    let beside = sorted(toml.parent().unwrap())
        .into_iter()
        .find(|f| f.file_stem() == toml.file_stem() && f.extension() != toml.extension())
        .unwrap_or_else(|| panic!("{} has no file beside it", toml.display()));
    let mut text = String::from_utf8(std::fs::read(beside).unwrap()).unwrap();
    if let Some(eol) = &case.eol {
        text = text.replace('\n', eol);
    }
    match case.encoding.as_deref() {
        None => text.into_bytes(),
        Some("cp850") => text.chars().map(cp850).collect(),
        Some(label) => {
            let encoding = encoding_rs::Encoding::for_label(label.as_bytes()).unwrap();
            let (bytes, _, lost) = encoding.encode(&text);
            assert!(!lost);
            bytes.into_owned()
        }
    }
}

/// The letters that the cases use, in code page 850.
fn cp850(c: char) -> u8 {
    match c {
        'é' => 0x82,
        'è' => 0x8a,
        'à' => 0x85,
        'ç' => 0x87,
        c => u8::try_from(u32::from(c)).ok().filter(u8::is_ascii).unwrap(),
    }
}

fn zip_folder(folder: &Path, prefix: &str, writer: &mut zip::ZipWriter<std::io::Cursor<Vec<u8>>>) {
    for path in sorted(folder) {
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            zip_folder(&path, &format!("{name}/"), writer);
        } else {
            writer.start_file(name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(&std::fs::read(&path).unwrap()).unwrap();
        }
    }
}

fn check(case: &Case, bytes: &[u8]) -> Vec<String> {
    let input = Input { bytes, name: None, media_type: None };
    let reading = match read(&input, &Budget::standard()) {
        Ok(reading) => reading,
        Err(refusal) => return vec![format!("refused: {}", refusal.code)],
    };
    let mut wrong = Vec::new();
    let mut differ = |what: &str, got: String, want: String| {
        if got != want {
            wrong.push(format!("{what}: got {got:?}, expected {want:?}"));
        }
    };
    differ("format", reading.format.as_str().to_owned(), case.format.clone());
    differ("text", reading.text.0.clone(), case.text.clone());
    let mut findings: Vec<&str> = reading.findings.iter().map(|f| f.code.as_str()).collect();
    findings.sort_unstable();
    differ("findings", findings.join(" "), case.findings.join(" "));
    if let Some(spans) = &case.spans {
        let got: Vec<&str> = reading
            .entries
            .iter()
            .filter_map(|e| e.span)
            .map(|s| s.of(&reading.text).unwrap())
            .collect();
        differ("spans", got.join("\n"), spans.join("\n"));
    }
    let mut json = serde_json::to_value(&reading).unwrap();
    for (i, part) in reading.parts.iter().enumerate() {
        json["parts"][i]["text"] = Value::String(String::from_utf8_lossy(&part.bytes).into_owned());
    }
    for (pointer, want) in &case.expect {
        let want = serde_json::to_value(want).unwrap();
        let got = json.pointer(pointer).cloned().unwrap_or(Value::Null);
        differ(pointer, got.to_string(), want.to_string());
    }
    wrong
}
