//! Cases, coded entries and properties.

use relu_record::{Coding, Format, PartialDate};
use relu_text::{Engine, NoteContext};

use super::*;

fn run(r: &Reading) -> Vec<Proposal> {
    static F: std::sync::OnceLock<(Extract, Engine)> = std::sync::OnceLock::new();
    let (f, engine) = F.get_or_init(|| (Extract::embedded(), Engine::embedded()));
    assert!(f.rules.fact.iter().all(|r| !r.why.is_empty()) && f.rules.fact.len() >= 5);
    assert!(f.rules.entry.iter().all(|r| !r.why.is_empty()) && f.rules.entry.len() >= 5);
    let notes = engine.annotate(&r.text, &NoteContext::default());
    f.propose(r, &notes, &Context::received(PartialDate::y(2024).unwrap())).value
}

fn reading(text: &str) -> Reading {
    let mut r = Reading::new(Format::Text, "text/plain");
    r.text = Private::from(text);
    r
}

fn facts(made: &[Proposal]) -> Vec<String> {
    made.iter()
        .filter_map(|p| match &p.value {
            ProposalValue::Fact(e) => {
                let code = e.code.as_ref().map(|c| c.code.clone()).or(e.kind.clone());
                let negated = if e.attributes.negated { " -" } else { "" };
                Some(format!("{} {}{negated}", e.label, code.unwrap_or_default()))
            }
            _ => None,
        })
        .collect()
}

#[test]
fn case_table() {
    let table: toml::Table = toml::from_str(include_str!("cases/facts.toml")).unwrap();
    for case in table["case"].as_array().unwrap() {
        let text = case["text"].as_str().unwrap();
        let want: Vec<&str> =
            case["facts"].as_array().unwrap().iter().map(|f| f.as_str().unwrap()).collect();
        assert_eq!(facts(&run(&reading(text))), want, "{text}");
    }
}

#[test]
fn coded_entries_are_facts_with_their_entry_as_evidence() {
    let mut r = reading("CRP 12 mg/L");
    r.entries.push(Entry {
        path: "OBX[1]".into(),
        kind: "observation".into(),
        code: Some(Coding::new(relu_record::system::LOINC, "1988-5", None)),
        label: Some("CRP".into()),
        value: Some("< 12,5".into()),
        unit: Some("mg/L".into()),
        span: Some(Span::new(0, 11)),
        ..Entry::default()
    });
    let made = run(&r);
    // The words are the entry's: one fact, not two.
    assert_eq!(facts(&made), ["result 1988-5"]);
    assert_eq!(made[0].evidence()[0], Evidence::Entry("OBX[1]".into()));
    let ProposalValue::Fact(fact) = &made[0].value else { panic!("no fact") };
    let Some(TextValue::Measure(m)) = &fact.value else { panic!("no measure") };
    assert_eq!((m.number, m.operator.as_deref()), (Number::Number(12.5), Some("<")));
}

proptest::proptest! {
    #[test]
    fn evidence_lies_in_the_text(text in "\\PC{0,120}|(fièvre|pas de |HTA|Poids 65 kg|\n|ramipril 5 mg |œ){0,12}") {
        let r = reading(&text);
        let made = run(&r);
        for e in made.iter().flat_map(|p| p.evidence()) {
            if let Evidence::Words(s) = e {
                proptest::prop_assert!(s.is_valid_in(&text));
            }
        }
        proptest::prop_assert_eq!(made, run(&r));
    }
}
