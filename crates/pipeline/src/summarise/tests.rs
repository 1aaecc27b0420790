//! Cases and properties.

use relu_record::{Format, PartialDate};
use relu_text::{Engine, NoteContext};

use super::*;

fn run(text: &str) -> Vec<Proposal> {
    static F: std::sync::OnceLock<(Summarise, Engine)> = std::sync::OnceLock::new();
    let (f, engine) = F.get_or_init(|| (Summarise::embedded(), Engine::embedded()));
    assert!(
        f.rules.part.len() >= 4
            && f.rules.part.iter().all(|r| !r.why.is_empty() && !r.source.is_empty())
    );
    assert!(
        f.rules.opening.len() >= 2
            && f.rules.opening.iter().all(|r| !r.why.is_empty() && !r.source.is_empty())
    );
    let mut r = Reading::new(Format::Text, "text/plain");
    r.text = Private::from(text);
    let notes = engine.annotate(text, &NoteContext::default());
    f.propose(&r, &notes, &Context::received(PartialDate::y(2024).unwrap())).value
}

fn lines(made: &[Proposal]) -> Vec<String> {
    made.iter()
        .filter_map(|p| match &p.value {
            ProposalValue::SummaryLine(l) => Some(l.0.clone()),
            _ => None,
        })
        .collect()
}

#[test]
fn case_table() {
    let table: toml::Table = toml::from_str(include_str!("cases/summaries.toml")).unwrap();
    for case in table["case"].as_array().unwrap() {
        let want: Vec<&str> =
            case["lines"].as_array().unwrap().iter().map(|l| l.as_str().unwrap()).collect();
        assert_eq!(lines(&run(case["text"].as_str().unwrap())), want);
    }
}

#[test]
fn the_sheet_says_that_it_is_a_draft() {
    let f = Summarise::embedded();
    assert!(f.sheet.purpose.contains("brouillon") && f.sheet.name.contains("Brouillon"));
}

proptest::proptest! {
    #[test]
    fn every_line_is_word_for_word(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "Conclusion :", "le patient va bien.", "Motif :", "\n", "Évolution :", "une phrase de plus ici.", "Au total, rien de neuf ce jour.", "œ", "12", "\n\n",
        ]), 0..60),
    ) {
        let text = words.join(" ");
        let made = run(&text);
        proptest::prop_assert!(made.is_empty() || (3..=7).contains(&made.len()));
        for p in &made {
            let (ProposalValue::SummaryLine(l), [Evidence::Words(s)]) = (&p.value, p.evidence()) else { panic!("shape") };
            proptest::prop_assert_eq!(s.of(&text), Some(l.0.as_str()));
        }
        proptest::prop_assert_eq!(&made, &run(&text));
    }
}
