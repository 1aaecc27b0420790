//! The text of other people's PDF files against poppler's: at least 98 % of its words, file by file,
//! but for the exceptions that `pdf_corpus.toml` lists with their reasons.
//!
//! Reads the files of `$RELU_TEST_DATA/pdf` and the PDFs that the CDA documents of
//! `$RELU_TEST_DATA/interop/cda` carry. Without that variable it says so and checks nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod piped;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use base64::Engine;
use relu_formats::{Input, pdf};
use relu_record::{Budget, Reading};

use piped::pdftotext;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    file: String,
    least: f64,
    /// The page must then wait for character recognition: nothing is lost silently.
    #[serde(default)]
    recognised: bool,
    #[allow(dead_code)]
    reason: String,
}

#[derive(serde::Deserialize)]
struct Exceptions {
    exception: Vec<Exception>,
}

#[test]
fn words_of_every_file_are_found() {
    let Some(data) = data() else { return };
    if !has_pdftotext() {
        return;
    }
    let exceptions: Exceptions = toml::from_str(include_str!("pdf_corpus.toml")).unwrap();
    let files = corpus(&data);
    assert!(files.len() > 50, "only {} files", files.len());
    let mut failures = Vec::new();
    for (name, bytes) in &files {
        let Ok(reading) =
            pdf::read(&Input { bytes, name: None, media_type: None }, &Budget::standard())
        else {
            continue;
        };
        check_shape(name, &reading);
        let expected = pdftotext(bytes);
        let share = found(&expected, &reading.text);
        let exception = exceptions.exception.iter().find(|e| name.ends_with(&e.file));
        let least = exception.map_or(98.0, |e| e.least);
        println!("{share:6.2} % of {:5} words  {name}", expected.split_whitespace().count());
        if share < least {
            failures.push(format!("{name}: {share:.2} % of the words, {least} wanted"));
        }
        if exception.is_some_and(|e| e.recognised) && reading.pages_to_recognise.is_empty() {
            failures.push(format!("{name}: lost without recognition"));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn unreadable_files_are_refused_with_a_reason() {
    let Some(data) = data() else { return };
    for (name, bytes) in corpus(&data) {
        let read =
            pdf::read(&Input { bytes: &bytes, name: None, media_type: None }, &Budget::standard());
        match read {
            Ok(reading) => {
                let silent = reading.text.trim().is_empty()
                    && reading.pages_to_recognise.is_empty()
                    && !reading.findings.iter().any(|f| f.code == "blank");
                assert!(!silent, "{name}: empty text, and nothing says why");
            }
            Err(refusal) => assert!(refusal.message.ends_with('.'), "{name}"),
        }
    }
}

/// Words lie in the text and on a page, in order.
fn check_shape(name: &str, reading: &Reading) {
    let mut last = 0;
    for word in &reading.words {
        assert!(word.span.is_valid_in(&reading.text), "{name}: {:?}", word.span);
        assert!(word.span.start >= last, "{name}: words out of order");
        last = word.span.end;
        assert!((word.page as usize) < reading.pages.len(), "{name}");
        let b = word.bbox;
        assert!(
            b.x0 <= b.x1 && b.y0 <= b.y1 && b.x0.is_finite() && b.y1.is_finite(),
            "{name}: {b:?}"
        );
    }
}

/// Share of the words of `expected` that `text` holds, in percent. A word that poppler cuts or glues
/// otherwise (a hyphen at the end of a line, a space more or less) counts when its letters are there.
fn found(expected: &str, text: &str) -> f64 {
    let mut ours: BTreeMap<&str, usize> = BTreeMap::new();
    for word in text.split_whitespace() {
        *ours.entry(word).or_default() += 1;
    }
    let squashed = letters(text);
    let (mut total, mut missing) = (0usize, 0usize);
    for word in expected.split_whitespace() {
        total += 1;
        match ours.get_mut(word) {
            Some(n) if *n > 0 => *n -= 1,
            _ if squashed.contains(&letters(word)) => {}
            _ => missing += 1,
        }
    }
    if total == 0 { 100.0 } else { 100.0 * (total - missing) as f64 / total as f64 }
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '-' | '\u{ad}' | '\u{202a}'..='\u{202e}'))
        // Bullets of symbol fonts are named here, not there.
        .map(|c| if c == '\u{f0b7}' { '•' } else { c })
        .collect()
}

/// Files by name: those of the folder, then the PDFs inside CDA documents.
fn corpus(data: &Path) -> Vec<(String, Vec<u8>)> {
    let mut out = Vec::new();
    for path in listed(&data.join("pdf"), "pdf") {
        out.push((
            path.file_name().unwrap().to_string_lossy().into_owned(),
            std::fs::read(&path).unwrap(),
        ));
    }
    for path in listed(&data.join("interop/cda"), "xml") {
        let xml = std::fs::read_to_string(&path).unwrap();
        for (n, at) in xml.match_indices("JVBERi0").map(|(at, _)| at).enumerate() {
            let base64: String = xml[at..]
                .chars()
                .take_while(|c| {
                    c.is_ascii_alphanumeric() || c.is_whitespace() || "+/=".contains(*c)
                })
                .filter(|c| !c.is_whitespace() && *c != '=')
                .collect();
            let bytes = base64::engine::general_purpose::STANDARD_NO_PAD.decode(base64);
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            out.extend(bytes.ok().map(|b| (format!("{name}#{n}"), b)));
        }
    }
    out
}

fn listed(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap_or_else(|e| panic!("{}: {e}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == extension))
        .collect();
    files.sort();
    files
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("RELU_TEST_DATA").map(PathBuf::from);
    if data.is_none() {
        println!("RELU_TEST_DATA is not set: nothing to compare with");
    }
    data
}

fn has_pdftotext() -> bool {
    let there = Command::new("pdftotext").arg("-v").stderr(Stdio::null()).status().is_ok();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "pdftotext is missing");
    if !there {
        println!("pdftotext is not installed: nothing to compare with");
    }
    there
}
