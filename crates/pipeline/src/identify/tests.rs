//! Cases (`cases/*.toml`), header behaviour and properties.

use relu_record::{Evidence, Format, PartialDate, Private, ProposalValue, Reading, Sex, Sourced};

use super::*;

fn function() -> &'static Identify {
    static F: std::sync::OnceLock<Identify> = std::sync::OnceLock::new();
    F.get_or_init(Identify::embedded)
}

fn received() -> Context {
    Context::received(PartialDate::ymd(2024, 6, 15).unwrap())
}

fn reading(text: &str) -> Reading {
    let mut r = Reading::new(Format::Text, "text/plain");
    r.text = Private::from(text);
    r
}

fn propose(r: &Reading) -> Vec<relu_record::Proposal> {
    function().propose(r, &Annotations::default(), &received()).value
}

// What was proposed, as one table of short strings.
fn table(r: &Reading) -> toml::Table {
    let mut t = toml::Table::new();
    let (mut recipients, mut checks) = (Vec::new(), Vec::new());
    let mut put = |k: &str, v: String| {
        t.insert(k.to_owned(), v.into());
    };
    for p in propose(r) {
        match p.value {
            ProposalValue::Patient(i) => {
                let s = |p: &Option<Private>| p.as_ref().map_or(String::new(), |p| p.0.clone());
                put("birth_name", s(&i.birth_name));
                put("used_name", s(&i.used_name));
                put("first_name", s(&i.first_name));
                put("first_names", s(&i.birth_first_names));
                put("birth_place", s(&i.birth_place));
                put("birth_date", i.birth_date.map_or(String::new(), |d| d.0.to_string()));
                put("sex", i.sex.map_or("", |s| if s == Sex::F { "F" } else { "M" }).to_owned());
                put("ins", i.ins.map_or(String::new(), |i| i.value.0));
                let ids: Vec<String> =
                    i.identifiers.iter().map(|i| format!("{} {}", i.system, *i.value)).collect();
                put("ids", ids.join(", "));
            }
            ProposalValue::Author(a) => {
                put("author", a.name.full());
                put("rpps", a.rpps.map_or(String::new(), |r| r.as_str().to_owned()));
            }
            ProposalValue::Organization(o) => {
                put("organization", o.name);
                put("finess", o.finess.map_or(String::new(), |f| f.as_str().to_owned()));
            }
            ProposalValue::Recipient(x) => {
                recipients.push(x.practitioner.map_or(String::new(), |p| p.name.full()));
            }
            ProposalValue::DocumentDate(d) => put("date", d.date.to_string()),
            ProposalValue::Check(c) => checks.push(c.code),
            _ => {}
        }
    }
    put("recipients", recipients.join(", "));
    put("checks", checks.join(", "));
    t
}

#[test]
fn case_tables() {
    let mut count = 0;
    let mut failures = Vec::new();
    for file in [
        include_str!("cases/fields.toml"),
        include_str!("cases/letters.toml"),
        include_str!("cases/traps.toml"),
        include_str!("cases/people.toml"),
        include_str!("cases/variants.toml"),
    ] {
        let cases: toml::Table = toml::from_str(file).unwrap();
        for case in cases["case"].as_array().unwrap() {
            count += 1;
            let text = case["text"].as_str().unwrap();
            let got = table(&reading(text));
            for (key, want) in case["want"].as_table().unwrap() {
                let found = got.get(key).and_then(|v| v.as_str()).unwrap_or("");
                if found != want.as_str().unwrap() {
                    failures.push(format!(
                        "{}: {key} = {found:?}, wanted {want:?}",
                        case["id"].as_str().unwrap()
                    ));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {count} cases:\n{}", failures.len(), failures.join("\n"));
    assert!(count >= 60, "{count} cases");
}

#[test]
fn every_word_file_parses() {
    assert!(function().words.is_some());
    assert!(People::compile(include_str!("rules/people.toml")).is_ok());
    assert_eq!(function().sheet.id, "identify");
}

fn header(birth: &str, first: &str, date: &str) -> Sourced<PatientIdentity> {
    let identity = PatientIdentity {
        birth_name: Some(birth.into()),
        first_name: Some(first.into()),
        birth_date: date.parse().ok().map(Private),
        ..PatientIdentity::default()
    };
    Sourced::new(identity, "PID-5")
}

#[test]
fn the_header_comes_first_and_the_text_may_contradict_it() {
    let mut r = reading("Patient : DUPONT Jeanne, née le 12/03/1950");
    r.header.patients = vec![header("DUPONT", "JEANNE", "1950-03-12")];
    let t = table(&r);
    assert_eq!((t["birth_name"].as_str(), t["checks"].as_str()), (Some("DUPONT"), Some("")));
    let first = &propose(&r)[0];
    assert_eq!(first.evidence(), [Evidence::Header("PID-5".into())]);

    r.header.patients = vec![header("MARTIN", "PAUL", "1960-01-01")];
    assert_eq!(table(&r)["checks"].as_str(), Some("patient-mismatch"));
    r.header.patients = vec![header("DUPONT", "JEANNE", "1951-03-12")];
    assert_eq!(table(&r)["checks"].as_str(), Some("patient-mismatch"));
    // The narrative of a structured body also names children and contacts.
    r.format = Format::CdaN3;
    assert_eq!(table(&r)["checks"].as_str(), Some(""));
    r.format = Format::Text;

    r.header.patients =
        vec![header("DUPONT", "JEANNE", "1950-03-12"), header("MARTIN", "PAUL", "1960-01-01")];
    let t = table(&r);
    assert_eq!(t["checks"].as_str(), Some("several-patients"));
    assert!(!t.contains_key("birth_name"));

    // The text completes a header without birth date.
    r.header.patients = vec![header("DUPONT", "JEANNE", "")];
    assert_eq!(table(&r)["birth_date"].as_str(), Some("1950-03-12"));
}

fn check_evidence(text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
    let r = reading(text);
    let made = propose(&r);
    for p in &made {
        proptest::prop_assert!(!p.evidence().is_empty());
        for e in p.evidence() {
            if let Evidence::Words(s) = e {
                proptest::prop_assert!(s.is_valid_in(text));
            }
        }
    }
    proptest::prop_assert_eq!(made, propose(&r));
    Ok(())
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,150}") {
        check_evidence(&text)?;
    }

    #[test]
    fn any_header_like_text_is_read_without_harm(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "Nom", "Prénom", "Nom de naissance", ":", "DUPONT", "Jean", "née", "Né(e) le", "12/03/1950", "l2/O3/195O", "M.", "Mme", "(", ")", ",", ".",
            "\n", "\t", "   ", "Dr", "Docteur", "Patient", "INS", "2 79 03 51 215 189 89", "IPP", "12345", "Sexe", "F", "épouse", "de", "LE", "Copie", "RPPS", "75010 PARIS",
            "Hôpital", "le", "é", "œ", "e\u{301}", "’", "0", "99999999999999999999", "Identité",
        ]), 0..40),
        glue in proptest::sample::select(vec![" ", "", "  "]),
    ) {
        check_evidence(&words.join(glue))?;
    }
}

// A page with that text and those codes.
fn coded(text: &str, codes: &[String]) -> Reading {
    let mut r = Reading::new(Format::Image, "image/png");
    r.text = Private::from(text);
    let bbox = relu_record::BoundingBox { x0: 10.0, y0: 10.0, x1: 60.0, y1: 60.0 };
    let code = |text: &String| relu_record::PageCode { page: 0, bbox, text: text.as_str().into() };
    r.codes = codes.iter().map(code).collect();
    r
}

#[test]
fn a_datamatrix_completes_contradicts_and_qualifies_nothing() {
    let head = "IS010000000000000000000000";
    let code = |name: &str, first: &str, born: &str| {
        format!(
            "{head}S1279035121518989S21.2.250.1.213.1.4.10S3{first}\u{1d}S4{name}\u{1d}S5FS6{born}S72B033"
        )
    };
    let paule = code("ESSAI", "PAULE", "28-03-1979");
    let patient = |made: &[relu_record::Proposal]| {
        made.iter().find_map(|p| match &p.value {
            ProposalValue::Patient(i) => {
                Some((i.clone(), p.confidence.get(), p.evidence().to_vec()))
            }
            _ => None,
        })
    };
    let checks = |made: &[relu_record::Proposal]| -> Vec<String> {
        let code = |p: &relu_record::Proposal| match &p.value {
            ProposalValue::Check(c) => Some(c.code.clone()),
            _ => None,
        };
        made.iter().filter_map(code).collect()
    };
    let letter = "Patient : Mme Paule ESSAI, née le 28/03/1979\n\nCher confrère,\nElle va bien.\n";
    // Alone: what the code says, and it stays provisional.
    let made = propose(&coded("Cher confrère,\nElle va bien.\n", std::slice::from_ref(&paule)));
    let (who, _, at) = patient(&made).unwrap();
    assert_eq!(who.birth_name.as_ref().unwrap().0, "ESSAI");
    assert_eq!(who.ins_status, relu_record::InsStatus::Provisoire);
    assert!(matches!(at.as_slice(), [Evidence::Region { page: 0, .. }]));
    // With the text: its number and birthplace are added.
    let made = propose(&coded(letter, std::slice::from_ref(&paule)));
    let (who, sure, at) = patient(&made).unwrap();
    assert!(who.ins.is_some() && sure > 0.95 && at.len() > 1);
    assert!(!checks(&made).contains(&"patient-mismatch".to_owned()));
    // Against the text: said, and the text is not overruled.
    let made = propose(&coded(letter, &[code("ESSAI", "PAULE", "29-03-1979")]));
    assert!(checks(&made).contains(&"patient-mismatch".to_owned()));
    let (who, sure, _) = patient(&made).unwrap();
    assert!(who.ins.is_none() && sure <= 0.5);
    // Two people: nobody. A wrong key: nothing of it.
    let made = propose(&coded("", &[paule.clone(), code("AUTRE", "LUCE", "28-03-1979")]));
    assert!(patient(&made).is_none() && checks(&made).contains(&"several-patients".to_owned()));
    let made = propose(&coded(letter, &[paule.replace("8989", "8988")]));
    assert!(checks(&made).contains(&"ins-bad-key".to_owned()));
    assert!(patient(&made).unwrap().0.ins.is_none());
}
