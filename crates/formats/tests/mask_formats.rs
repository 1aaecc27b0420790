//! Masked CDA, FHIR, HL7v2, DOCX, mail, XDM and text: read again, without the patient of the header
//! and without the words chosen, in the same format.
//!
//! Reads the published examples of `$RELU_TEST_DATA/interop`. Without that variable it says so. With
//! `RELU_TEST_OUT` the masked files are written there, for the validators.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use relu_formats::mask::{MaskPlan, Replacement, mask};
use relu_formats::{Input, read};
use relu_record::{Budget, Format, Private, Reading, Span};

fn of(bytes: &[u8]) -> Option<Reading> {
    read(&Input { bytes, name: None, media_type: None }, &Budget::standard()).ok()
}

/// A plan that hides the patient's names wherever they stand and a few words of the text, inside
/// documents too.
fn plan(reading: Reading, bytes: &[u8], names: &[String], depth: usize) -> MaskPlan {
    // Words that the reader writes by itself (labels, units, days) stand in no file.
    let raw = String::from_utf8_lossy(bytes).into_owned();
    let text: String = reading.text.to_string();
    let mut picked: BTreeSet<String> = names.iter().map(|n| n.to_lowercase()).collect();
    let mut words = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let start = at + text[at..].find(word).unwrap();
        at = start + word.len();
        words.push((Span::new(start, at), word.to_lowercase()));
    }
    // Titles are fixed by some content models.
    let title = reading.header.title.as_ref().map_or(String::new(), |t| t.value.to_lowercase());
    let long: Vec<&String> = words
        .iter()
        .map(|(_, w)| w)
        .filter(|w| w.chars().count() >= 7 && hold_once(&raw, w) && !title.contains(w.as_str()))
        .collect();
    picked.extend(long.iter().step_by((long.len() / 3).max(1)).take(3).map(|w| (*w).clone()));
    let replacements = words
        .iter()
        .filter(|(_, w)| picked.contains(w))
        .map(|(span, _)| Replacement { span: *span, with: "[NOM]".to_owned() })
        .collect();
    let mut plan = MaskPlan::new(reading, replacements);
    plan.words = names.iter().map(|n| Private::from(n.as_str())).collect();
    if depth < 4 {
        for part in plan.reading.parts.clone() {
            if let Some(inner) = of(&part.bytes) {
                plan.parts
                    .insert(part.path.clone(), self::plan(inner, &part.bytes, names, depth + 1));
            }
        }
    }
    plan
}

/// Names and identifiers of the patients of the header that say something by themselves.
fn names_of(reading: &Reading) -> Vec<String> {
    let mut out = BTreeSet::new();
    for patient in &reading.header.patients {
        let p = &patient.value;
        let names = [&p.birth_name, &p.used_name, &p.first_name, &p.used_first_name];
        out.extend(names.into_iter().flatten().map(|n| n.to_string()));
        out.extend(p.ins.as_ref().map(|i| i.value.to_string()));
    }
    out.into_iter().filter(|n| n.chars().filter(|c| c.is_alphanumeric()).count() >= 4).collect()
}

/// Whether the word stands in the file as the text has it, in small letters or with a capital.
fn hold_once(raw: &str, word: &str) -> bool {
    const WRITTEN: &[&str] = &["document", "accusé", "médicament", "lecture", "réception"];
    raw.contains(word) && !WRITTEN.contains(&word)
}

fn hold(bytes: &[u8], name: &str) -> bool {
    let text = String::from_utf8_lossy(bytes).to_lowercase();
    let name = name.to_lowercase();
    text.match_indices(&name).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

fn check(folder: &str, format: &[Format]) {
    let Some(data) = data() else { return };
    let (mut files, mut failures) = (0, Vec::new());
    for (name, bytes) in files_of(&data.join("interop").join(folder)) {
        let Some(reading) = of(&bytes) else { continue };
        if !format.contains(&reading.format) {
            continue;
        }
        files += 1;
        let names = names_of(&reading);
        let before = reading.clone();
        let plan = plan(reading, &bytes, &names, 0);
        let masked = match mask(&bytes, &plan, &Budget::standard()) {
            Ok(masked) => masked,
            Err(refusal) => {
                failures.push(format!("{name}: {}", refusal.message));
                continue;
            }
        };
        println!("{name}: {:?}", masked.counts);
        failures.extend(masked.residue.iter().map(|f| format!("{name}: {}", f.code)));
        for n in names.iter().filter(|n| hold(&masked.bytes, n)) {
            failures.push(format!("{name}: a name of {} letters is left", n.chars().count()));
        }
        let Some(after) = of(&masked.bytes) else {
            failures.push(format!("{name}: is not read again"));
            continue;
        };
        // A payload too damaged to be read is replaced by a notice: the text then says more.
        if before.parts.iter().any(|p| p.refusal.is_some()) {
            continue;
        }
        if after.format != before.format || after.parts.len() != before.parts.len() {
            failures.push(format!("{name}: another format, or other parts"));
        }
        let lines = (before.text.lines().count(), after.text.lines().count());
        if lines.0 != lines.1 && !name.contains("_P") && !name.contains("_Org") {
            failures.push(format!("{name}: {} lines, now {}", lines.0, lines.1));
        }
        let expected = expected(&plan);
        // The narrative of a resource that is a person goes whole.
        let person =
            ["_Patient-", "_Practitioner-", "_Organization-"].iter().any(|p| name.contains(p));
        if !person && squashed(&expected) != squashed(&after.text) {
            let (a, b) = (squashed(&expected), squashed(&after.text));
            let at = a.chars().zip(b.chars()).take_while(|(x, y)| x == y).count();
            let near = |t: &str| t.chars().skip(at.saturating_sub(10)).take(40).collect::<String>();
            failures.push(format!("{name}: the text differs: {} / {}", near(&a), near(&b)));
        }
        if let Some(out) = std::env::var_os("RELU_TEST_OUT") {
            let out = PathBuf::from(out).join(folder);
            std::fs::create_dir_all(&out).unwrap();
            std::fs::write(out.join(&name), &masked.bytes).unwrap();
        }
    }
    println!("{files} files of {folder}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(files > 5, "only {files} files");
}

fn squashed(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

/// The text as it should read.
fn expected(plan: &MaskPlan) -> String {
    let mut out = String::new();
    let mut at = 0;
    for r in &plan.replacements {
        out.push_str(&plan.reading.text[at..r.span.start]);
        out.push_str(&r.with);
        at = r.span.end;
    }
    out.push_str(&plan.reading.text[at..]);
    out
}

#[test]
fn cda() {
    check("cda", &[Format::CdaN1, Format::CdaN3]);
}

#[test]
fn fhir() {
    check("fhir", &[Format::Fhir]);
}

#[test]
fn hl7v2() {
    check("hl7v2", &[Format::Hl7v2]);
}

/// Small texts of each form: the name goes from the text and from what the text does not show, and the
/// rest stays.
#[test]
fn small_texts() {
    for (source, kept) in [
        (
            r#"<p title="x Dupont">M. <b>Du</b>pont va &agrave; Paris</p><!-- Dupont --><script>Dupont()</script>"#,
            "M. [NOM] va à Paris",
        ),
        (
            r"{\rtf1\ansi{\info{\author Dupont}}M. Du\b pont\b0  a \'e9t\'e9 vu{\*\bkmkstart Dupont} par \u233?ric}",
            "M. [NOM] a été vu par éric",
        ),
        ("Monsieur Dupont,\r\nné à Dinan.\r\n", "Monsieur [NOM],\nné à Dinan.\n"),
        (
            "<?xml version=\"1.0\"?><a b=\"Dupont\"><!-- Dupont --><c>M. Dupont &amp; fils</c></a>",
            "M. [NOM] & fils",
        ),
    ] {
        let reading = of(source.as_bytes()).unwrap();
        let start = reading.text.find("Dupont").unwrap();
        let span = Span::new(start, start + "Dupont".len());
        let hidden = vec![Replacement { span, with: "[NOM]".to_owned() }];
        let plan = MaskPlan::new(reading, hidden);
        let masked = mask(source.as_bytes(), &plan, &Budget::standard()).unwrap();
        assert!(masked.residue.is_empty(), "{source}");
        let raw = String::from_utf8_lossy(&masked.bytes).into_owned();
        assert!(!raw.contains("Dupont"), "{raw}");
        assert_eq!(*of(&masked.bytes).unwrap().text, kept, "{raw}");
    }
}

fn files_of(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).collect();
    files.sort();
    files
        .into_iter()
        .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(p).unwrap()))
        .collect()
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("RELU_TEST_DATA").map(PathBuf::from);
    if data.is_none() {
        println!("RELU_TEST_DATA is not set: nothing to mask");
    }
    data
}
