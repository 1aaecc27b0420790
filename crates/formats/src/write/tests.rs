//! What is written is read back by our own readers, whatever the text holds.

use proptest::prelude::*;
use relu_record::{
    Budget, Coding, Format, HumanName, Identifier, Ins, Instant, Moment, PartialDate,
    PatientIdentity, Practitioner, Private, Purpose, Reading, Rpps, Sex, system,
};

use super::hl7v2::{Ack, Shape};
use super::*;
use crate::{Input, read};

const ID: &str = "01993b2e-7c00-7000-8000-00000000000a";
const OLD: &str = "01993b2e-7c00-7000-8000-000000000009";

fn patient() -> PatientIdentity {
    PatientIdentity {
        birth_name: Some("D'ÉPREUVE & FILS".into()),
        first_name: Some("Ombeline".into()),
        birth_first_names: Some("Ombeline Célestine".into()),
        used_name: Some("LE|GALL".into()),
        birth_date: Some(Private(PartialDate::ymd(1957, 3, 28).unwrap())),
        sex: Some(Sex::F),
        ins: Some(Ins::parse("279035121518989", system::INS_NIR_TEST).unwrap()),
        identifiers: vec![Identifier {
            system: "1.2.250.1.999".into(),
            value: "1001".into(),
            kind: Some("PI".into()),
        }],
        address: Some("4 rue des Lilas, 59000 LILLE".into()),
        ..PatientIdentity::default()
    }
}

struct Case {
    patient: PatientIdentity,
    kind: Coding,
    author: Practitioner,
    masks: Vec<Coding>,
    text: String,
}

impl Case {
    fn new(text: &str) -> Case {
        Case {
            patient: patient(),
            kind: Coding::new(system::LOINC, "11488-4", Some("Consultation")),
            author: Practitioner {
                name: HumanName {
                    family: "AUBRAC".into(),
                    given: "Hélène".into(),
                    prefix: Some("Dr".into()),
                },
                rpps: Some(Rpps::parse("10107350778").unwrap()),
                specialty: None,
            },
            masks: Vec::new(),
            text: text.to_owned(),
        }
    }

    fn out(&self) -> Outgoing<'_> {
        Outgoing {
            id: ID,
            purpose: Purpose::New,
            replaces: None,
            at: Instant(1_760_000_000_000),
            sender: "Cabinet des Tilleuls",
            receiver: "LOGICIEL",
            patient: &self.patient,
            patient_number: self.patient.identifiers.first(),
            document_type: Some(&self.kind),
            title: "Compte rendu | de consultation",
            date: Some(Moment::day(PartialDate::ymd(2026, 2, 3).unwrap())),
            author: Some(&self.author),
            organization: None,
            masks: &self.masks,
            text: &self.text,
            payload: None,
        }
    }
}

fn back(bytes: &[u8]) -> Reading {
    let input = Input { bytes, name: None, media_type: None };
    read(&input, &Budget::standard()).unwrap()
}

#[test]
fn hprim_is_read_back_in_every_character_set() {
    let case = Case::new("Glycémie : 0,88 g/L\n  colonne   2\n****FIN****\nsuite ≤ 3 œdème\n");
    for encoding in [Encoding::Windows1252, Encoding::Latin1, Encoding::Cp850, Encoding::Utf8] {
        let bytes = hprim::write(&case.out(), encoding);
        let reading = back(&bytes);
        assert_eq!(reading.format, Format::Hprim, "{encoding:?}");
        assert_eq!(reading.header.patients.len(), 1, "one message: {encoding:?}");
        let p = &reading.header.patients[0].value;
        assert_eq!(p.birth_name.as_ref().unwrap().0, "D'ÉPREUVE & FILS", "{encoding:?}");
        assert_eq!(p.first_name.as_ref().unwrap().0, "Ombeline");
        assert_eq!(p.birth_date.as_ref().unwrap().0, PartialDate::ymd(1957, 3, 28).unwrap());
        assert_eq!(p.identifiers[0].value.0, "1001");
        assert!(p.ins.is_none(), "an INS is no billing number");
        assert!(reading.text.contains("Glycémie : 0,88 g/L\n  colonne   2\n* * * *FIN****\nsuite"));
        assert!(!reading.text.contains('?'), "{}", reading.text.0);
        assert!(!reading.findings.iter().any(|f| f.code == "hprim-nonconformant"), "{encoding:?}");
    }
}

#[test]
fn messages_are_read_back() {
    let mut case = Case::new("Ligne | une ^ & ~ \\ fin\n\n  colonne   2");
    case.masks.push(Coding::new(system::CONFIDENTIALITY_FR, "MASQUE_PS", None));
    for (shape, kind) in [(Shape::Mdm, "MDM^T02"), (Shape::Oru, "ORU^R01")] {
        let pdf = Payload { media_type: "application/pdf", bytes: b"%PDF-1.4 un deux" };
        let out = Outgoing { payload: Some(pdf), ..case.out() };
        let reading = back(&hl7v2::write(&out, shape));
        let head = &reading.header;
        assert_eq!(head.message_type.as_deref(), Some(kind));
        let p = &head.patients[0].value;
        assert_eq!(p.birth_name, case.patient.birth_name);
        assert_eq!(p.used_name, case.patient.used_name);
        assert_eq!(p.ins, case.patient.ins);
        assert_eq!(p.identifiers[0], case.patient.identifiers[0]);
        assert_eq!(p.birth_first_names, case.patient.birth_first_names);
        assert_eq!(head.document_type.as_ref().unwrap().value.code, "11488-4");
        assert_eq!(
            head.authors.first().map(|a| &a.value.rpps),
            (shape == Shape::Mdm).then_some(&case.author.rpps)
        );
        assert_eq!(head.confidentiality[0].code, "MASQUE_PS");
        assert!(reading.text.contains("Ligne | une ^ & ~ \\ fin\n\n  colonne   2"), "{kind}");
        assert_eq!(reading.parts[0].bytes, b"%PDF-1.4 un deux");
        assert_eq!(reading.parts[0].media_type.as_deref(), Some("application/pdf"));
        assert!(head.document_ids.iter().any(|i| i.value.0 == hl7v2::control_id(ID)));
    }
}

#[test]
fn a_replacement_and_a_recall_say_what_they_are_about() {
    let case = Case::new("corrigé");
    let of = |purpose| Outgoing { purpose, replaces: Some(OLD), ..case.out() };
    let has = |r: &Reading, code: &str| r.findings.iter().any(|f| f.code == code);
    let reading = back(&hl7v2::write(&of(Purpose::Replace), Shape::Mdm));
    assert!(has(&reading, "hl7-replacement"));
    assert_eq!(reading.header.replaces, [oid(OLD)]);
    let reading = back(&hl7v2::write(&of(Purpose::Recall), Shape::Mdm));
    assert!(has(&reading, "hl7-deletion"));
    assert_eq!(reading.header.replaces, [oid(OLD)]);

    let reading = back(&fhir::write(&of(Purpose::Replace)));
    assert_eq!(reading.header.replaces, [format!("urn:uuid:{OLD}")]);
    let recalled: serde_json::Value =
        serde_json::from_slice(&fhir::write(&of(Purpose::Recall))).unwrap();
    assert_eq!(recalled["status"], "entered-in-error");
    assert_eq!(recalled["masterIdentifier"]["value"], format!("urn:uuid:{OLD}"));
}

#[test]
fn a_document_reference_is_read_back() {
    let mut case = Case::new("le texte");
    case.masks.push(Coding::new(system::CONFIDENTIALITY_FR, "INVISIBLE_PATIENT", None));
    let reading = back(&fhir::write(&case.out()));
    assert_eq!(reading.format, Format::Fhir);
    let p = &reading.header.patients[0].value;
    assert_eq!((&p.birth_name, &p.ins), (&case.patient.birth_name, &case.patient.ins));
    assert_eq!(p.identifiers[0].value.0, "1001");
    assert_eq!(reading.header.document_type.as_ref().unwrap().value, case.kind);
    assert_eq!(reading.header.authors[0].value.rpps, case.author.rpps);
    assert_eq!(reading.header.confidentiality[0].code, "INVISIBLE_PATIENT");
    assert_eq!(reading.parts[0].bytes, b"le texte");
}

#[test]
fn the_sheet_holds_the_same_words_in_both_shapes() {
    let case = Case::new("");
    let csv = index::write(&case.out(), index::Shape::Csv, Encoding::Utf8, "a.pdf");
    let csv = String::from_utf8(csv).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[1].contains("\"D'ÉPREUVE & FILS\";\"Ombeline\""));
    let xml = index::write(&case.out(), index::Shape::Xml, Encoding::Utf8, "a.pdf");
    let xml = String::from_utf8(xml).unwrap();
    let tree = roxmltree::Document::parse(&xml).unwrap();
    let of = |name: &str| {
        let found = tree.descendants().find(|n| n.has_tag_name(name)).unwrap();
        found.text().unwrap_or_default().to_owned()
    };
    assert_eq!(of("nom_naissance"), "D'ÉPREUVE & FILS");
    assert_eq!(
        (of("action"), of("fichier"), of("ipp")),
        ("nouveau".into(), "a.pdf".into(), "1001".into())
    );
}

#[test]
fn acknowledgements_go_and_come() {
    let case = Case::new("x");
    let message = hl7v2::write(&case.out(), Shape::Mdm);
    for (ack, text) in
        [(Ack::Accept, ""), (Ack::Error, "champ | absent"), (Ack::Reject, "plus tard")]
    {
        let bytes = hl7v2::write_ack(&message, ack, "7", Instant(0), text);
        let (read, about, words) = hl7v2::read_ack(&bytes).unwrap();
        assert_eq!((read, about.as_str(), words.as_str()), (ack, &*hl7v2::control_id(ID), text));
    }
    assert!(hl7v2::read_ack(b"MSH|^~\\&|A\rPID|1\r").is_none());
    assert!(hl7v2::read_ack(b"").is_none());
}

#[test]
fn codes_are_short_stable_and_differ() {
    assert_eq!(code(ID, 20).len(), 20);
    assert_eq!(code(ID, 8), code(ID, 20)[..8]);
    assert_ne!(code(ID, 8), code(OLD, 8));
    assert_eq!(oid("00000000-0000-0000-0000-0000000000ff"), "2.25.255");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn no_text_breaks_out_of_its_place(text in any::<String>(), name in "[ -~éà\n\r|^&~\\\\]{1,40}") {
        let mut case = Case::new(&text);
        case.patient.birth_name = Some(name.as_str().into());
        let out = case.out();
        for shape in [Shape::Mdm, Shape::Oru] {
            let reading = back(&hl7v2::write(&out, shape));
            prop_assert_eq!(reading.header.patients.len(), 1);
            prop_assert_eq!(reading.parts.len(), 0);
        }
        let reading = back(&hprim::write(&out, Encoding::Utf8));
        prop_assert!(reading.header.patients.len() <= 1, "no second message");
        let value: serde_json::Value = serde_json::from_slice(&fhir::write(&out)).unwrap();
        prop_assert_eq!(&value["resourceType"], "DocumentReference");
        let sheet = index::write(&out, index::Shape::Csv, Encoding::Utf8, "a");
        prop_assert_eq!(String::from_utf8(sheet).unwrap().lines().count(), 2);
    }
}
