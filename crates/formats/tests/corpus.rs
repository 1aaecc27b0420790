//! Replays the published examples of `RELU_TEST_DATA` against what an independent, trivial scan of
//! the same bytes gives, or against the expected values that come with them.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use std::path::PathBuf;

use relu_formats::{Input, read};
use relu_record::{Budget, Format, Reading, Refusal, RefusalCode};

/// The data folder, or a plain word that there is none. Set and broken is a failure.
fn data() -> Option<PathBuf> {
    match std::env::var_os("RELU_TEST_DATA") {
        Some(dir) => {
            let dir = PathBuf::from(dir);
            assert!(dir.is_dir(), "RELU_TEST_DATA is set but is no folder");
            Some(dir)
        }
        None => {
            println!("RELU_TEST_DATA is not set: published examples are not replayed");
            None
        }
    }
}

fn files(dir: &std::path::Path, folder: &str) -> Vec<(String, Vec<u8>)> {
    let mut all: Vec<(String, Vec<u8>)> = std::fs::read_dir(dir.join(folder))
        .unwrap()
        .map(|e| e.unwrap().path())
        .map(|p| (p.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&p).unwrap()))
        .collect();
    all.sort();
    assert!(!all.is_empty(), "{folder} is empty");
    all
}

fn of(bytes: &[u8]) -> Result<Reading, Refusal> {
    read(&Input { bytes, name: None, media_type: None }, &Budget::standard())
}

/// The text between two marks, after a third.
fn between<'a>(text: &'a str, from: &str, open: &str, close: &str) -> Option<&'a str> {
    let after = text.split_once(from)?.1;
    let after = after.split_once(open)?.1;
    Some(after.split_once(close)?.0.trim())
}

/// A CDA without its comments, whatever its prefixes.
fn bare(bytes: &[u8]) -> String {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, after)) = rest.split_once("<!--") {
        out.push_str(before);
        rest = after.split_once("-->").map_or("", |(_, r)| r);
    }
    out.push_str(rest);
    // The prefix of the document element, if it has one: `<c:ClinicalDocument`.
    let prefix = out.match_indices("ClinicalDocument").find_map(|(i, _)| {
        let prefix = out[..i].rsplit('<').next().unwrap();
        (prefix.len() < 10 && !prefix.contains([' ', '"', '/'])).then(|| prefix.to_owned())
    });
    let prefix = prefix.unwrap();
    if !prefix.is_empty() {
        out = out.replace(&format!("<{prefix}"), "<").replace(&format!("</{prefix}"), "</");
    }
    let document = out.rfind("<ClinicalDocument").unwrap();
    out[document..].to_owned()
}

#[test]
fn cda_headers_equal_an_independent_scan() {
    let Some(dir) = data() else { return };
    let mut checked = 0;
    for (name, bytes) in files(&dir, "interop/cda") {
        let reading = of(&bytes).unwrap_or_else(|r| panic!("{name}: {}", r.code));
        let text = bare(&bytes);
        let target = between(&text, "<recordTarget", ">", "</recordTarget>").unwrap();
        let patient = &reading.header.patients[0].value;
        let family = target
            .split("<family")
            .skip(1)
            .find(|f| f.split('>').next().unwrap().contains("\"BR\""))
            .or_else(|| target.split("<family").nth(1))
            .and_then(|f| between(f, "", ">", "<"));
        assert!(family.is_some(), "{name}");
        assert_eq!(patient.birth_name.as_ref().map(|n| n.as_str()), family, "{name}");
        let birth = between(target, "<birthTime", "value=\"", "\"")
            .map(|d| d.chars().take(8).collect::<String>());
        assert_eq!(
            patient.birth_date.as_ref().map(|d| d.to_string().replace('-', "")),
            birth,
            "{name}"
        );
        let ins = target
            .split("<id")
            .skip(1)
            .filter_map(|id| id.split('>').next())
            .find(|id| (8..=11).any(|n| id.contains(&format!("\"1.2.250.1.213.1.4.{n}\""))))
            .and_then(|id| between(id, "extension", "\"", "\""));
        assert_eq!(patient.ins.as_ref().map(|i| i.value.as_str()), ins, "{name}");
        let code = text.split("<code").nth(1).and_then(|c| c.split('>').next()).unwrap();
        let code = between(&format!(" {code}"), " code=", "\"", "\"").map(str::to_owned);
        let got = reading.header.document_type.as_ref().map(|t| t.value.code.clone());
        assert_eq!(got, code, "{name}");
        let level_1 = text.contains("<nonXMLBody");
        assert_eq!(reading.format == Format::CdaN1, level_1, "{name}");
        assert!(level_1 || reading.text.len() > 50, "{name}");
        assert_eq!(text.matches("representation=\"B64\"").count(), reading.parts.len(), "{name}");
        assert!(reading.parts.iter().all(|p| p.refusal.is_none()), "{name}");
        for span in reading.entries.iter().filter_map(|e| e.span) {
            assert!(span.is_valid_in(&reading.text), "{name}");
        }
        checked += 1;
    }
    println!("{checked} CDA checked");
    assert!(checked >= 30, "only {checked} CDA");
}

#[test]
fn hprim_medecin_equals_the_expected_values() {
    let Some(dir) = data() else { return };
    let rows = std::fs::read_to_string(dir.join("hprim/expected.jsonl")).unwrap();
    let mut checked = 0;
    for row in rows.lines() {
        let row: serde_json::Value = serde_json::from_str(row).unwrap();
        let file = row["file"].as_str().unwrap();
        let r = of(&std::fs::read(dir.join("hprim").join(file)).unwrap()).unwrap();
        let want = |key: &str| row[key].as_str().unwrap().to_owned();
        let head = &r.header;
        let patient = &head.patients[0].value;
        assert_eq!(patient.identifiers[0].value.as_str(), want("patient_id"), "{file}");
        assert_eq!(patient.birth_name.as_ref().unwrap().as_str(), want("name"), "{file}");
        assert_eq!(patient.first_name.as_ref().unwrap().as_str(), want("first_name"), "{file}");
        let address =
            format!("{}, {}, {} {}", want("address1"), want("address2"), want("zip"), want("city"));
        assert_eq!(patient.address.as_ref().unwrap().as_str(), address, "{file}");
        assert_eq!(patient.birth_date.as_ref().unwrap().to_french(), want("birth_date"), "{file}");
        assert_eq!(patient.identifiers[1].value.as_str(), want("ssn"), "{file}");
        assert_eq!(head.document_ids[0].value.as_str(), want("dossier"), "{file}");
        assert_eq!(head.date.as_ref().unwrap().value.date.to_french(), want("date"), "{file}");
        assert_eq!(head.organization.as_ref().unwrap().value.name, want("sender"), "{file}");
        let receiver = head.recipients[0].value.practitioner.as_ref().unwrap();
        assert_eq!(receiver.name.family.as_str(), want("receiver"), "{file}");
        let conformant = !r.findings.iter().any(|f| f.code == "hprim-nonconformant");
        assert_eq!(conformant, row["valid"].as_bool().unwrap(), "{file}");
        if let Some(lines) = row["hprim2_lines"].as_u64() {
            let got = r.entries.iter().filter(|e| !e.path.ends_with("/2")).count() as u64;
            assert_eq!(got, lines, "{file}");
        }
        // The same message in three character sets gives the same text.
        let twin = of(&std::fs::read(
            dir.join("hprim").join(file.replace("latin1", "utf8").replace("cp850", "utf8")),
        )
        .unwrap());
        assert_eq!(r.text, twin.unwrap().text, "{file}");
        checked += 1;
    }
    println!("{checked} HPRIM Médecin files checked");
    assert!(checked >= 12);
}

#[test]
fn every_hl7v2_payload_is_decoded_or_said_to_be_damaged() {
    let Some(dir) = data() else { return };
    let (mut whole, mut inner) = (0, 0);
    for (name, bytes) in files(&dir, "interop/hl7v2") {
        let r = of(&bytes).unwrap_or_else(|r| panic!("{name}: {}", r.code));
        assert_eq!(r.format, Format::Hl7v2, "{name}");
        let raw = String::from_utf8_lossy(&bytes);
        let patients = usize::from(raw.contains("PID|"));
        assert_eq!(r.header.patients.len(), patients, "{name}");
        if patients > 0 {
            let pid = raw.split("PID|").nth(1).unwrap();
            assert!(
                pid.contains(r.header.patients[0].value.birth_name.as_ref().unwrap().as_str()),
                "{name}"
            );
            let ins = r.header.patients[0].value.ins.as_ref().unwrap();
            assert!(pid.contains(ins.value.as_str()), "{name}");
        }
        for part in &r.parts {
            match &part.refusal {
                None => whole += 1,
                // Published messages whose padding is missing: said, not cut.
                Some(refusal) => assert_eq!(refusal.code, RefusalCode::BadEncoding, "{name}"),
            }
            if part.bytes.starts_with(b"<") || part.bytes.starts_with(b"\xef\xbb\xbf") {
                let cda = of(&part.bytes).unwrap_or_else(|r| panic!("{name}: {}", r.code));
                assert!(matches!(cda.format, Format::CdaN1 | Format::CdaN3), "{name}");
                assert!(!cda.header.patients.is_empty(), "{name}");
                inner += 1;
            }
        }
    }
    println!("{whole} payloads decoded, {inner} CDA among them");
    assert!(whole >= 6 && inner >= 4, "{whole} {inner}");
}

#[test]
fn every_fhir_file_reads_to_text() {
    let Some(dir) = data() else { return };
    for (name, bytes) in files(&dir, "interop/fhir") {
        let r = of(&bytes).unwrap_or_else(|r| panic!("{name}: {}", r.code));
        assert_eq!(r.format, Format::Fhir, "{name}");
        // A transaction response holds status lines only, and says so.
        let says_so = r.findings.iter().any(|f| f.code == "fhir-no-content");
        assert!(!r.text.trim().is_empty() || says_so, "{name}");
        assert_eq!(says_so, bytes.windows(20).any(|w| w == b"transaction-response"), "{name}");
        if name.contains("Presc") {
            assert!(r.entries.iter().any(|e| e.kind == "medication"), "{name}");
        }
    }
}
