//! Rule examples, cases (`cases/documents.toml`) and properties.

use relu_record::{Format, PartialDate, Private, Sourced};
use relu_text::{Engine, NoteContext};

use super::*;

fn function() -> &'static (Classify, Engine) {
    static F: std::sync::OnceLock<(Classify, Engine)> = std::sync::OnceLock::new();
    F.get_or_init(|| (Classify::embedded(), Engine::embedded()))
}

fn propose(text: &str) -> Vec<Proposal> {
    let mut r = Reading::new(Format::Text, "text/plain");
    r.text = Private::from(text);
    run(&r)
}

fn run(r: &Reading) -> Vec<Proposal> {
    let (f, engine) = function();
    let notes = engine.annotate(&r.text, &NoteContext::default());
    f.propose(r, &notes, &Context::received(PartialDate::y(2024).unwrap())).value
}

fn code(made: &[Proposal]) -> String {
    made.iter()
        .find_map(|p| match &p.value {
            ProposalValue::DocumentType(c) => Some(c.code.clone()),
            ProposalValue::Check(c) => Some(c.code.clone()),
            _ => None,
        })
        .unwrap_or_default()
}

#[test]
fn every_type_is_found_in_its_examples_and_not_elsewhere() {
    let rules = &function().0.rules;
    assert!(rules.len() >= 40, "types.toml does not parse");
    for r in rules {
        assert!(!r.why.is_empty() && !r.source.is_empty());
        for m in &r.matches {
            assert_eq!(code(&propose(m)), r.code, "{m}");
        }
        for x in &r.rejects {
            assert_ne!(code(&propose(x)), r.code, "{x}");
        }
    }
}

#[test]
fn headings_and_cues_give_types_of_the_list() {
    let f = &function().0;
    let codes = f.headings.codes();
    assert!(codes.len() >= 30);
    for code in codes.into_iter().chain(f.cues.codes()) {
        assert!(f.rules.iter().any(|r| r.code == code), "{code}");
    }
    let types = crate::document_types();
    assert!(types.len() > f.rules.len());
    let mut codes: Vec<_> = types.iter().map(|t| (&t.0, &t.1)).collect();
    codes.sort();
    codes.dedup();
    assert_eq!(codes.len(), types.len());
}

#[test]
fn the_list_of_types_is_whole() {
    // JDV_J07 of 27 September 2024: 113 codes of documents and the signature of a DMP lot.
    assert_eq!(crate::document_types().len(), 114);
    let weights = &function().0.weights;
    assert!(weights.abstain.least_points > 0.0 && weights.phrases.turn > 0.0);
}

#[test]
fn case_table() {
    let cases: toml::Table = toml::from_str(include_str!("cases/documents.toml")).unwrap();
    let cases = cases["case"].as_array().unwrap();
    assert!(cases.len() >= 60, "{} cases", cases.len());
    let mut failures = Vec::new();
    for case in cases {
        let (want, text) = (case["type"].as_str().unwrap(), case["text"].as_str().unwrap());
        let got = code(&propose(text));
        if got != want {
            failures.push(format!("{want} read as {got}: {}", text.lines().next().unwrap_or("")));
        }
    }
    assert!(failures.is_empty(), "{} of {}:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

#[test]
fn the_code_of_the_header_is_taken() {
    let mut r = Reading::new(Format::CdaN1, "text/xml");
    r.text = Private::from("ORDONNANCE");
    let coding = Coding::new(relu_record::system::LOINC, "34112-3", None);
    r.header.document_type = Some(Sourced::new(coding, "ClinicalDocument/code"));
    let made = run(&r);
    assert_eq!(code(&made), "34112-3");
    assert_eq!(made[0].evidence(), [Evidence::Header("ClinicalDocument/code".into())]);
}

fn check_evidence(text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
    let made = propose(text);
    for e in made.iter().flat_map(|p| p.evidence()) {
        if let Evidence::Words(s) = e {
            proptest::prop_assert!(s.is_valid_in(text));
        }
    }
    proptest::prop_assert_eq!(made, propose(text));
    Ok(())
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,150}") {
        check_evidence(&text)?;
    }

    #[test]
    fn any_titles_are_read_without_harm(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "ORDONNANCE", "Compte rendu", "de", "consultation", "IRM", "\n", " ", ":", "laboratoire", "Hémoglobine 13 g/dL (12 - 16)", "urgences", "œ", "Doliprane 1 g",
        ]), 0..25),
    ) {
        check_evidence(&words.join(" "))?;
    }
}
