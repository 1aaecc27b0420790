//! Rule examples, forwarded findings and properties.

use relu_record::{Format, PartialDate, Private};

use super::*;

fn function() -> &'static Screen {
    static F: std::sync::OnceLock<Screen> = std::sync::OnceLock::new();
    F.get_or_init(Screen::embedded)
}

fn run(r: &Reading) -> Vec<Proposal> {
    let context = Context::received(PartialDate::y(2024).unwrap());
    function().propose(r, &Annotations::default(), &context).value
}

fn codes(made: &[Proposal]) -> Vec<String> {
    made.iter()
        .filter_map(|p| match &p.value {
            ProposalValue::Check(c) => Some(c.code.clone()),
            _ => None,
        })
        .collect()
}

fn reading(text: &str) -> Reading {
    let mut r = Reading::new(Format::Text, "text/plain");
    r.text = Private::from(text);
    r
}

#[test]
fn every_rule_does_what_its_examples_say() {
    assert!(!function().rules.phrase.is_empty(), "screen.toml does not parse");
    assert!(function().rules.finding.iter().all(|r| !r.why.is_empty() && !r.source.is_empty()));
    for rule in &function().rules.phrase {
        assert!(!rule.why.is_empty() && !rule.source.is_empty());
        for m in &rule.matches {
            assert_eq!(codes(&run(&reading(m))), std::slice::from_ref(&rule.check), "{m}");
        }
        for x in &rule.rejects {
            assert!(run(&reading(x)).is_empty(), "{x}");
        }
    }
}

#[test]
fn findings_of_the_reading_become_checks() {
    let cases: toml::Table = toml::from_str(include_str!("cases/findings.toml")).unwrap();
    for case in cases["case"].as_array().unwrap() {
        let severity = match case["severity"].as_str().unwrap() {
            "info" => Severity::Info,
            "warning" => Severity::Warning,
            _ => Severity::Error,
        };
        let mut r = reading("texte");
        let code = case["finding"].as_str().unwrap();
        r.findings = vec![Finding::new(code, severity, "à regarder"); 2];
        let want: Vec<&str> =
            case["checks"].as_array().unwrap().iter().map(|c| c.as_str().unwrap()).collect();
        assert_eq!(codes(&run(&r)), want, "{code}");
    }
}

proptest::proptest! {
    #[test]
    fn evidence_lies_in_the_text(text in "\\PC{0,100}|(ignore les |instructions précédentes|œ|\n| |system:){0,10}", a in 0usize..50, b in 0usize..200) {
        let mut r = reading(&text);
        r.findings = vec![Finding::new("ocr-number", Severity::Warning, "à vérifier").at(Span::new(a, b))];
        let made = run(&r);
        for e in made.iter().flat_map(|p| p.evidence()) {
            if let Evidence::Words(s) = e {
                proptest::prop_assert!(s.is_valid_in(&text));
            }
        }
        proptest::prop_assert_eq!(made, run(&r));
    }
}
