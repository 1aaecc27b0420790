//! Files that mean harm, or are merely broken: each is refused by its reason, or read with what is
//! left of it; none takes long, none panics.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr
)]

use std::io::Write;

use relu_formats::{Input, read, sniff};
use relu_record::{Budget, Format, Reading, Refusal, RefusalCode};

fn of(bytes: &[u8]) -> Result<Reading, Refusal> {
    read(&Input { bytes, name: None, media_type: None }, &Budget::standard())
}

fn named(bytes: &[u8], name: &str) -> Result<Reading, Refusal> {
    read(&Input { bytes, name: Some(name), media_type: None }, &Budget::standard())
}

fn code(bytes: &[u8]) -> RefusalCode {
    of(bytes).unwrap_err().code
}

fn has(reading: &Reading, code: &str) -> bool {
    reading.findings.iter().any(|f| f.code == code)
}

fn zip(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Deflated);
    for (name, bytes) in files {
        writer.start_file(*name, options).unwrap();
        writer.write_all(bytes).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

#[test]
fn nothing_is_refused_as_empty() {
    assert_eq!(code(b""), RefusalCode::Empty);
}

#[test]
fn billion_laughs_and_external_entities_are_refused_in_every_xml_reader() {
    let laughs =
        "<!DOCTYPE x [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;\"><!ENTITY c \"&b;&b;&b;\">]>";
    let external = "<!DOCTYPE x SYSTEM \"file:///etc/hostname\">";
    for dtd in [laughs, external] {
        let cda = format!(
            "<?xml version=\"1.0\"?>{dtd}<ClinicalDocument><id root=\"1\"/></ClinicalDocument>"
        );
        assert_eq!(code(cda.as_bytes()), RefusalCode::XmlDtd);
        assert_eq!(
            code(format!("<?xml version=\"1.0\"?>{dtd}<x>&c;</x>").as_bytes()),
            RefusalCode::XmlDtd
        );
        let document = zip(&[("word/document.xml", format!("{dtd}<w/>").as_bytes())]);
        assert_eq!(code(&document), RefusalCode::XmlDtd);
        let metadata = zip(&[("IHE_XDM/SUBSET01/METADATA.XML", format!("{dtd}<w/>").as_bytes())]);
        assert_eq!(code(&metadata), RefusalCode::XmlDtd);
    }
}

#[test]
fn a_million_nested_elements_do_not_overflow_the_stack() {
    let n = 1_000_000;
    let cda =
        format!("<ClinicalDocument>{}{}</ClinicalDocument>", "<a>".repeat(n), "</a>".repeat(n));
    assert_eq!(code(cda.as_bytes()), RefusalCode::TooDeep);
    let json =
        format!("{{\"resourceType\":\"Bundle\",\"entry\":{}{}}}", "[".repeat(n), "]".repeat(n));
    assert_eq!(code(json.as_bytes()), RefusalCode::TooDeep);
    let rtf = format!("{{\\rtf1 {}", "{".repeat(n));
    assert_eq!(code(rtf.as_bytes()), RefusalCode::TooDeep);
    let html = format!("<html>{}fin", "<div><ul><li>".repeat(n / 10));
    assert!(of(html.as_bytes()).unwrap().text.contains("fin"));
}

#[test]
fn archives_that_unpack_out_of_proportion_are_refused() {
    let zeros = vec![0u8; 64 << 20];
    assert_eq!(code(&zip(&[("a.txt", &zeros)])), RefusalCode::ArchiveBomb);
    assert_eq!(code(&zip(&[("word/document.xml", &zeros)])), RefusalCode::ArchiveBomb);
    let many: Vec<String> = (0..2_000).map(|i| format!("f{i}.txt")).collect();
    let many: Vec<(&str, &[u8])> = many.iter().map(|n| (n.as_str(), &b"x"[..])).collect();
    assert_eq!(code(&zip(&many)), RefusalCode::ArchiveBomb);
}

#[test]
fn the_budget_stops_a_reader() {
    let text = "mot ".repeat(100_000);
    let small = Budget::with(1_000, 1_000);
    let input = Input { bytes: text.as_bytes(), name: None, media_type: None };
    assert_eq!(read(&input, &small).unwrap_err().code, RefusalCode::WorkLimit);
}

#[test]
fn damaged_base64_is_said_and_never_cut() {
    for payload in ["QUJD QUJ", "QUJDQUI", "QUJD*UJD", "QUJDQUI=QUJD"] {
        let message = format!(
            "MSH|^~\\&|A|B|C|D|2024||ORU^R01|1|P|2.5\rOBX|1|ED|11502-2^CR^LN||^TEXT^PDF^Base64^{payload}||||||F\r"
        );
        let r = of(message.as_bytes()).unwrap();
        assert_eq!(
            r.parts[0].refusal.as_ref().unwrap().code,
            RefusalCode::BadEncoding,
            "{payload}"
        );
        assert!(r.parts[0].bytes.is_empty() && has(&r, "part-damaged"));
        let cda = format!(
            "<ClinicalDocument xmlns=\"urn:hl7-org:v3\"><id root=\"1.2\"/><component><nonXMLBody><text mediaType=\"application/pdf\" representation=\"B64\">{payload}</text></nonXMLBody></component></ClinicalDocument>"
        );
        let r = of(cda.as_bytes()).unwrap();
        assert!(r.parts[0].bytes.is_empty() && r.parts[0].refusal.is_some(), "{payload}");
        let fhir = format!(
            "{{\"resourceType\":\"DocumentReference\",\"content\":[{{\"attachment\":{{\"data\":\"{payload}\"}}}}]}}"
        );
        let r = of(fhir.as_bytes()).unwrap();
        assert!(r.parts[0].bytes.is_empty() && r.parts[0].refusal.is_some(), "{payload}");
    }
}

#[test]
fn one_line_of_ten_megabytes_is_read() {
    let line = "résultat ".repeat(1_100_000);
    assert_eq!(of(line.as_bytes()).unwrap().text.len(), line.len());
    let message = format!("MSH|^~\\&|A|B|C|D|2024||ORU^R01|1|P|2.5\rOBX|1|TX|T||{line}||||||F\r");
    assert!(of(message.as_bytes()).unwrap().text.len() > 10_000_000);
}

#[test]
fn a_name_that_lies_is_a_finding_not_a_refusal() {
    for (bytes, name) in [
        (&b"Bonjour, voici le compte rendu.\n"[..], "lettre.pdf"),
        (b"MSH|^~\\&|A|B|C|D|2024||ACK|1|P|2.5\rMSA|AA|1\r", "message.xml"),
        (b"{\\rtf1 Bonjour}", "lettre.docx"),
    ] {
        assert!(has(&named(bytes, name).unwrap(), "wrong-extension"), "{name}");
    }
    assert!(!has(&named(b"Bonjour docteur.\n", "lettre.txt").unwrap(), "wrong-extension"));
}

#[test]
fn unknown_bytes_say_what_to_do() {
    let noise: Vec<u8> =
        (0..4_096u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_eq!(code(&noise), RefusalCode::UnknownFormat);
    let old_word = [&b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"[..], &[0; 600]].concat();
    assert!(of(&old_word).unwrap_err().message.contains("DOCX"));
    let mut dicom = vec![0u8; 128];
    dicom.extend(b"DICM\x02\0");
    assert_eq!(sniff(&Input { bytes: &dicom, name: None, media_type: None }), Format::Dicom);
    assert!(of(&dicom).unwrap_err().message.contains("DICOM"));
    assert_eq!(
        code(&zip(&[("xl/workbook.xml", b"<x/>"), ("[Content_Types].xml", b"<x/>")])),
        RefusalCode::UnknownFormat
    );
}

#[test]
fn cut_files_are_damaged() {
    assert_eq!(code(b"<ClinicalDocument><id root=\"1\"/>"), RefusalCode::Damaged);
    assert_eq!(code(b"{\"resourceType\":\"Patient\","), RefusalCode::Damaged);
    let whole = zip(&[("a.txt", b"abc")]);
    assert_eq!(code(&whole[..whole.len() - 30]), RefusalCode::Damaged);
    assert_eq!(code(b"MSH|\r"), RefusalCode::Damaged);
}

#[test]
fn names_that_leave_the_archive_are_not_followed() {
    let r = of(&zip(&[("../../evil.txt", b"x"), ("bon.txt", b"Bonjour")])).unwrap();
    assert!(has(&r, "xdm-bad-name"));
    assert_eq!(r.parts.len(), 1);
}

/// Seeds of every kind, for random changes.
fn seeds() -> Vec<Vec<u8>> {
    let mut all = vec![zip(&[("word/document.xml", b"<w><p><t>Bonjour</t></p></w>")])];
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    for folder in std::fs::read_dir(dir).unwrap() {
        for file in std::fs::read_dir(folder.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.is_file() && path.extension().is_none_or(|e| e != "toml") {
                all.push(std::fs::read(path).unwrap());
            }
        }
    }
    assert!(all.len() > 10, "only {} seeds", all.len());
    all
}

fn sound(result: Result<Reading, Refusal>) {
    let Ok(reading) = result else { return };
    for entry in &reading.entries {
        if let Some(span) = entry.span {
            assert!(span.is_valid_in(&reading.text), "{}", entry.path);
        }
    }
    for (i, part) in reading.parts.iter().enumerate() {
        assert!(reading.parts.iter().skip(i + 1).all(|p| p.path != part.path), "{}", part.path);
        assert!(part.refusal.is_some() || !part.bytes.is_empty() || part.media_type.is_some());
    }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig {
        cases: 96,
        failure_persistence: None,
        ..Default::default()
    })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..2_000)) {
        sound(of(&bytes));
        let input = Input { bytes: &bytes, name: None, media_type: None };
        let budget = Budget::standard();
        for decoder in [
            relu_formats::cda::read, relu_formats::docx::read, relu_formats::fhir::read,
            relu_formats::hl7v2::read, relu_formats::hprim::read, relu_formats::mail::read,
            relu_formats::text::read, relu_formats::xdm::read,
        ] {
            sound(decoder(&input, &budget));
        }
    }

    #[test]
    fn changed_files_are_read_or_refused(
        seed in 0usize..10_000,
        edits in proptest::collection::vec((0usize..1_000_000, proptest::prelude::any::<u8>(), 0u8..3), 1..12),
    ) {
        let seeds = seeds();
        let mut bytes = seeds[seed % seeds.len()].clone();
        for (at, byte, how) in edits {
            if bytes.is_empty() { break }
            let at = at % bytes.len();
            match how {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                _ => bytes.truncate(at.max(1)),
            }
        }
        sound(of(&bytes));
    }
}
