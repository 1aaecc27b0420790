//! Real published documents (optional external data): each file and each document inside has its
//! line, and what a CDA's header says is what is proposed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::support::{jsonl, relu, test_data};

#[test]
fn headers_of_published_cda_are_what_is_proposed() {
    let Some(data) = test_data("interop") else { return };
    let dir = tempfile::tempdir().unwrap();
    relu().args(["run", "--quiet", "--out"]).arg(dir.path()).arg(&data).status().unwrap();
    let mut by_source: BTreeMap<PathBuf, serde_json::Value> = BTreeMap::new();
    for line in jsonl(&dir.path().join("report.jsonl")) {
        if line["part"].is_null() {
            by_source.insert(line["source"].as_str().unwrap().into(), line);
        }
    }
    let mut seen = 0;
    for folder in ["cda", "fhir", "hl7v2", "signature"] {
        for entry in std::fs::read_dir(data.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let line =
                by_source.get(&path).unwrap_or_else(|| panic!("{} has no line", path.display()));
            if folder == "cda" {
                same_header(&path, line);
            }
            seen += 1;
        }
    }
    assert!(seen > 60);
}

/// Header fields found by plain text search, independent of the reader under test.
fn same_header(path: &Path, line: &serde_json::Value) {
    let xml = without_prefix(&std::fs::read_to_string(path).unwrap());
    let name = path.file_name().unwrap().to_string_lossy();
    let patient = between(&xml, "<patientRole", "</patientRole>").expect("a patientRole");
    let person = between(patient, "<patient", "</patient>").unwrap_or_default();
    let family = element(person, "family", "qualifier=\"BR\"")
        .or_else(|| element(person, "family", "qualifier=\"SP\""))
        .or_else(|| element(person, "family", ""));
    if let Some(family) = family {
        assert_eq!(line["patient"]["birth_name"], unescape(&family), "{name}: birth name");
    }
    if let Some(birth) = between(person, "<birthTime", ">").and_then(|t| attribute(t, "value")) {
        let digits = &birth[..8.min(birth.len())];
        let got = line["patient"]["birth_date"].as_str().unwrap_or_default().replace('-', "");
        assert_eq!(got, digits, "{name}: birth date");
    }
    // Further down stand the numbers of other people (a mother, a guardian).
    let own =
        patient.trim_start_matches("<patientRole").split("<patient").next().unwrap_or_default();
    let ids = own.split("<id ").skip(1).filter_map(|t| t.split('>').next());
    for id in ids {
        let root = attribute(id, "root").unwrap_or_default();
        if matches!(
            root.as_str(),
            "1.2.250.1.213.1.4.8"
                | "1.2.250.1.213.1.4.9"
                | "1.2.250.1.213.1.4.10"
                | "1.2.250.1.213.1.4.11"
        ) {
            assert_eq!(line["patient"]["ins"]["oid"], root, "{name}: INS authority");
            let value = attribute(id, "extension").unwrap_or_default();
            assert_eq!(line["patient"]["ins"]["value"], value, "{name}: INS");
        }
    }
    let body = &xml[xml.find("<ClinicalDocument").expect("a ClinicalDocument")..];
    if let Some(code) = between(body, "<code", ">").and_then(|t| attribute(t, "code")) {
        assert_eq!(line["type"]["code"], code, "{name}: type");
    }
}

/// The same document with the namespace prefix of its root, if it has one, left out.
fn without_prefix(xml: &str) -> String {
    let before = xml.split(":ClinicalDocument").next().unwrap_or_default();
    match before.rsplit_once('<') {
        Some((_, prefix))
            if before.len() < xml.len() && prefix.chars().all(char::is_alphanumeric) =>
        {
            xml.replace(&format!("<{prefix}:"), "<").replace(&format!("</{prefix}:"), "</")
        }
        _ => xml.to_owned(),
    }
}

fn between<'a>(text: &'a str, from: &str, to: &str) -> Option<&'a str> {
    let start = text.find(from)?;
    let rest = &text[start..];
    Some(&rest[..rest.find(to)?])
}

fn element(text: &str, tag: &str, with: &str) -> Option<String> {
    text.split(&format!("<{tag}")).skip(1).find_map(|t| {
        let (attributes, rest) = t.split_once('>')?;
        (attributes.contains(with))
            .then(|| rest.split('<').next().unwrap_or_default().trim().to_owned())
    })
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!("{name}=\""))? + name.len() + 2;
    Some(tag[start..].split('"').next()?.to_owned())
}

fn unescape(s: &str) -> String {
    s.replace("&apos;", "'").replace("&amp;", "&")
}
