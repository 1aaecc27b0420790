//! Masked CDA, FHIR, HL7v2, HPRIM, DOCX, mail, XDM and text: read again, without the patient of the header
//! and without the words chosen, in the same format.
//!
//! Reads the published examples of `$RELU_TEST_DATA/interop` and `hprim`. Without that variable it says so. With
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
    for (name, bytes) in files_of(&data.join(folder)) {
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
    check("interop/cda", &[Format::CdaN1, Format::CdaN3]);
}

#[test]
fn fhir() {
    check("interop/fhir", &[Format::Fhir]);
}

#[test]
fn hl7v2() {
    check("interop/hl7v2", &[Format::Hl7v2]);
}

#[test]
fn hprim() {
    check("hprim", &[Format::Hprim]);
}

/// A laboratory's result of the day, line by line: what goes, what stays, by which hand.
mod hprim_lines {
    use std::collections::BTreeMap;

    use super::*;
    use relu_formats::mask::{HeaderPolicy, Masked};

    const MEDECIN: &str = "L-40817\nKERVADEC\nMaëlle\n4 rue des Tilleuls\n\n29200 BREST\n12/04/1961\n\
        2610429019001 35\n   506232\n22/05/2013\nLAB01     Laboratoire de la Rade\n          Dr LE GOFF\n\
        \nMme KERVADEC\n  Glycémie        5,1 mmol/l\n  Prescrit par Dr Le Goff\n****LAB****\n\
        TEX|Mme KERVADEC\nTEX|  Glycémie        5,1 mmol/l\nTEX|Voisine : Mme Abgrall\n\
        RES|Glycémie|GLY|N|5.1|mmol/l|3.9|6.1|N|F\nRES|Sérologie|SER|A|vue par Mme Kervadec\n\
        RES|CRP|CRP|A|   < 5  mg/l\nRES|Prélevé le|DAT|A|22/05/2013\n****FIN****\n****FINFICHIER****\n";

    const HIDDEN: &str = "0-00000\n[NOM]\n[PRENOM]\n[ADRESSE]\n\n00000 [VILLE]\n01/01/1961\n\
        0000000000000 00\n   000000\n22/05/2013\n[HOPITAL]\n          [NOM]\n\
        \nMme [NOM]\n  Glycémie        5,1 mmol/l\n  Prescrit par Dr [NOM]\n****LAB****\n\
        TEX|Mme [NOM]\nTEX|  Glycémie        5,1 mmol/l\nTEX|[MASQUÉ]\n\
        RES|Glycémie|GLY|N|5.1|mmol/l|3.9|6.1|N|F\nRES|Sérologie|SER|A|[MASQUÉ]\n\
        RES|CRP|CRP|A|   < 5  mg/l\nRES|Prélevé le|DAT|A|22/05/2013\n****FIN****\n****FINFICHIER****\n";

    const SANTE: &str = "H|~^\\&|R.HPS||LAB01~Laboratoire de la Rade||ORU|||CAB~Cabinet||P|H2.1~C|202403121030\n\
        P|1|77|L-5||KERVADEC~Maëlle|LE GALL|19610412|F||4 rue des Tilleuls~~BREST~~29200||0298000000||\
        Dr Abgrall\nOBR|1|E-1||NFS~Numération~L|R||20240311|||||||||MOD~Dr LE G\nA|OFF\n\
        OBX|1|NM|HB~Hémoglobine~L||9.5|g/dl|12 - 16|L|||F\n\
        C|1|L|À revoir avec Mme KERV\nA|ADEC\nL|1|1|7\n";

    const SANTE_HIDDEN: &str = "H|~^\\&|R.HPS||00000~[HOPITAL]||ORU|||000~[HOPITAL]||P|H2.1~C|202403121030\n\
        P|1|00|0-0||[NOM]~[PRENOM]|[NOM]|19610101|F||[ADRESSE]~~[VILLE]~~00000||0000000000||\
        \nOBR|1|0-0||NFS~Numération~L|R||20240311|||||||||000~[NOM]\nA|\n\
        OBX|1|NM|HB~Hémoglobine~L||9.5|g/dl|12 - 16|L|||F\n\
        C|1|L|À revoir avec Mme [NOM]\nA|\nL|1|1|7\n";

    /// Hides those words of the text.
    fn hide(bytes: &[u8], words: &[&str], values: &[(&str, &str)]) -> (MaskPlan, Masked) {
        fn plan(reading: Reading, words: &[&str], header: &HeaderPolicy) -> MaskPlan {
            let text = reading.text.to_string();
            let places = words.iter().flat_map(|w| text.match_indices(w));
            let hidden = places
                .map(|(at, w)| Replacement {
                    span: Span::new(at, at + w.len()),
                    with: "[NOM]".to_owned(),
                })
                .collect();
            let mut out = MaskPlan::new(reading, hidden);
            out.header = header.clone();
            for part in out.reading.parts.clone() {
                let inner = plan(of(&part.bytes).unwrap(), &[], header);
                out.parts.insert(part.path, inner);
            }
            out
        }
        let values: BTreeMap<String, String> =
            values.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        let plan = plan(of(bytes).unwrap(), words, &HeaderPolicy::Replace { values });
        let masked = mask(bytes, &plan, &Budget::standard()).unwrap();
        (plan, masked)
    }

    fn encoded(text: &str, charset: &str) -> Vec<u8> {
        let cp850: &[(char, u8)] = &[('é', 0x82), ('ë', 0x89), ('É', 0x90), ('À', 0xb7)];
        let one = |c: char| match c {
            c if c.is_ascii() => c as u8,
            c if charset == "cp850" => cp850.iter().find(|(k, _)| *k == c).unwrap().1,
            c => u8::try_from(u32::from(c)).unwrap(),
        };
        if charset == "utf8" { text.as_bytes().to_vec() } else { text.chars().map(one).collect() }
    }

    #[test]
    fn in_every_character_set_with_every_line_end() {
        let words = ["KERVADEC", "Le Goff"];
        for charset in ["utf8", "latin1", "cp850"] {
            for end in ["\n", "\r\n", "\r"] {
                for (before, after) in [(MEDECIN, HIDDEN), (SANTE, SANTE_HIDDEN)] {
                    let bytes = encoded(&before.replace('\n', end), charset);
                    let (plan, masked) = hide(&bytes, &words, &[]);
                    assert!(masked.residue.is_empty(), "{charset} {end:?}");
                    let wanted = encoded(&after.replace('\n', end), charset);
                    assert_eq!(
                        String::from_utf8_lossy(&masked.bytes),
                        String::from_utf8_lossy(&wanted),
                        "{charset} {end:?}"
                    );
                    let again = of(&masked.bytes).unwrap();
                    assert_eq!(again.format, Format::Hprim);
                    assert_eq!(again.entries.len(), plan.reading.entries.len());
                    // Masking twice changes nothing.
                    let (_, twice) = hide(&masked.bytes, &words, &[]);
                    assert!(twice.bytes == masked.bytes, "{charset} {end:?}");
                }
            }
        }
    }

    #[test]
    fn stand_ins_and_moved_dates_are_read_as_the_header_says_them() {
        let values = [
            ("family-name", "LESCOAT"),
            ("given-name", "Solène"),
            ("city", "QUIMPER"),
            ("organization-name", "Hôpital | de <Lanester>"),
            ("date", "=shift:-45"),
        ];
        let (_, masked) = hide(MEDECIN.as_bytes(), &["KERVADEC", "Le Goff"], &values);
        let header = of(&masked.bytes).unwrap().header;
        let patient = &header.patients[0].value;
        assert_eq!(patient.birth_name.as_ref().unwrap().as_str(), "LESCOAT");
        assert_eq!(patient.first_name.as_ref().unwrap().as_str(), "Solène");
        assert_eq!(patient.birth_date.as_ref().unwrap().0.to_string(), "1961-01-01");
        assert_eq!(header.date.unwrap().value.date.to_string(), "2013-04-07");
        let raw = String::from_utf8(masked.bytes).unwrap();
        assert!(raw.contains("00000 QUIMPER\n") && raw.contains("|A|07/04/2013\n"), "{raw}");
        assert!(raw.contains("Hôpital   de  Lanester>"), "{raw}");
    }

    /// A header that is not where it should be is shown with the letter and goes by its lines all the
    /// same; several messages go each by its own plan and by what was decided on the whole; text
    /// after the end, and what a mail made of it, too.
    #[test]
    fn what_is_not_as_the_standard_says() {
        let unsound = MEDECIN.replace("12/04/1961", "né en 1961, Mme KERVADEC");
        let second = MEDECIN.replace("KERVADEC", "ABGRALL").replace("Mme Abgrall", "Mme Kervadec");
        let two = MEDECIN.replace("****FINFICHIER****\n", "") + &second;
        let marked_up =
            MEDECIN.replace("Mme KERVADEC\n", "Mme KERVAD&#69;C<br />vue &agrave; jeun\n");
        let outside = format!("{MEDECIN}\nTransmis pour Mme KERVADEC\n");
        let coded = MEDECIN.replace(
            "\nMme KERVADEC\n  Glyc\u{e9}mie        5,1 mmol/l\n  Prescrit par Dr Le Goff\n****LAB",
            "\n****LAB",
        );
        for source in [&unsound, &two, &marked_up, &outside, &coded] {
            let words = ["KERVADEC", "ABGRALL", "Le Goff", "Abgrall"];
            let (plan, masked) = hide(source.as_bytes(), &words, &[]);
            assert!(masked.residue.is_empty(), "{source}");
            let raw = String::from_utf8(masked.bytes.clone()).unwrap();
            for gone in [
                "KERVAD", "Kervadec", "Maëlle", "Tilleuls", "ABGRALL", "Abgrall", "GOFF", "Goff",
                "Rade", "1961,",
            ] {
                assert!(!raw.contains(gone), "{gone} in {raw}");
            }
            assert_eq!(raw.lines().count(), source.lines().count(), "{raw}");
            let again = of(&masked.bytes).unwrap();
            assert_eq!(again.parts.len(), plan.reading.parts.len());
            assert_eq!(again.entries.len(), plan.reading.entries.len());
        }
    }
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
