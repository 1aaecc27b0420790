//! Rule examples, case tables and properties of the whole engine.

use crate::old::context::Effect;
use crate::{Engine, NoteContext, SpanRequest};
use relu_record::{Annotations, Attributes, Span};

fn engine() -> &'static Engine {
    static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(Engine::embedded)
}

// "Pas de [fièvre]." gives the text without brackets and the spans they held.
fn marked(example: &str) -> (String, Vec<Span>) {
    let (mut text, mut spans, mut open) = (String::new(), Vec::new(), None);
    for c in example.chars() {
        match c {
            '[' => open = Some(text.len()),
            ']' => spans.push(Span::new(open.take().unwrap(), text.len())),
            _ => text.push(c),
        }
    }
    (text, spans)
}

fn attribute(a: &Attributes, effect: Effect) -> bool {
    match effect {
        Effect::Negated => a.negated,
        Effect::Hypothesis => a.hypothesis,
        Effect::Family => a.family,
        Effect::History => a.history,
        Effect::ReportedSpeech => a.reported_speech,
        Effect::None | Effect::End => false,
    }
}

#[test]
fn every_context_rule_does_what_its_examples_say() {
    assert!(engine().cues.rules().len() >= 10, "context.toml does not parse");
    for rule in engine().cues.rules() {
        assert!(!rule.why.is_empty() && !rule.source.is_empty(), "{}", rule.code);
        assert!(!rule.matches.is_empty() && !rule.rejects.is_empty(), "{}", rule.code);
        if matches!(rule.effect(), Effect::None | Effect::End) {
            continue;
        }
        for (examples, wanted) in [(&rule.matches, true), (&rule.rejects, false)] {
            for example in examples {
                let (text, spans) = marked(example);
                let asked: Vec<_> =
                    spans.iter().map(|&span| SpanRequest { span, within: false }).collect();
                let (_, got) = engine().annotate_spans(&text, &NoteContext::default(), &asked);
                for q in &got {
                    let has = attribute(&q.attributes, rule.effect());
                    assert_eq!(has, wanted, "{}: {example}", rule.code);
                    assert!(q.cues.iter().all(|c| c.is_valid_in(&text)));
                }
                assert!(!got.is_empty(), "{}: no mention marked in {example}", rule.code);
            }
        }
    }
}

#[test]
fn every_section_title_is_recognised_and_prose_is_not() {
    assert!(engine().sections.rules().len() >= 15, "sections.toml does not parse");
    for rule in engine().sections.rules() {
        assert!(!rule.why.is_empty() && !rule.source.is_empty(), "{}", rule.kind);
        for (examples, wanted) in [(&rule.matches, true), (&rule.rejects, false)] {
            for example in examples {
                let got = engine().sections.find(example);
                assert_eq!(got.iter().any(|s| s.kind == rule.kind), wanted, "{example}");
            }
        }
    }
}

#[test]
fn every_measure_rule_does_what_its_examples_say() {
    assert!(engine().measures.rules().len() >= 50, "measures.toml does not parse");
    for rule in engine().measures.rules() {
        assert!(!rule.why.is_empty() && !rule.source.is_empty(), "{}", rule.code);
        for example in &rule.matches {
            let (text, spans) = marked(example);
            let notes = engine().annotate(&text, &NoteContext::default());
            let got: Vec<Span> =
                notes.entities.iter().filter(|e| e.rule == rule.code).map(|e| e.span).collect();
            assert_eq!(got, spans, "{}: {example}", rule.code);
        }
        for example in &rule.rejects {
            let notes = engine().annotate(example, &NoteContext::default());
            assert!(notes.entities.iter().all(|e| e.rule != rule.code), "{}: {example}", rule.code);
        }
    }
}

// One line per entity: label, kind or code, words, attributes.
fn lines(text: &str, notes: &Annotations) -> Vec<String> {
    notes
        .entities
        .iter()
        .map(|e| {
            let a = &e.attributes;
            let flags: String = [
                (a.negated, '-'),
                (a.hypothesis, '?'),
                (a.family, 'f'),
                (a.history, 'h'),
                (a.reported_speech, 'r'),
            ]
            .iter()
            .filter(|(on, _)| *on)
            .map(|(_, c)| *c)
            .collect();
            let code = e
                .code
                .as_ref()
                .map(|c| c.code.as_str())
                .or(e.norm.as_deref())
                .or(e.kind.as_deref());
            format!("{}|{}|{}|{flags}", e.label, code.unwrap_or(""), e.span.of(text).unwrap())
        })
        .collect()
}

#[test]
fn case_table() {
    let table = include_str!("data/entities.toml");
    let table: toml::Table = toml::from_str(table).unwrap();
    let cases = table["case"].as_array().unwrap();
    assert!(cases.len() >= 20);
    for case in cases {
        let text = case["text"].as_str().unwrap();
        let want: Vec<&str> =
            case["entities"].as_array().unwrap().iter().map(|e| e.as_str().unwrap()).collect();
        let notes = engine().annotate(text, &NoteContext::default());
        assert_eq!(lines(text, &notes), want, "{text}");
    }
}

#[test]
fn the_engine_is_quick_to_build_and_to_read() {
    #[allow(clippy::disallowed_methods)]
    let now = std::time::Instant::now();
    let built = Engine::embedded();
    let build = now.elapsed();
    let page = "Patient hospitalisé pour insuffisance cardiaque. Pas de fièvre, TA 130/80 mmHg.\n\
        Traitement : ramipril 5 mg 1 cp le matin, bisoprolol 2,5 mg par jour.\n"
        .repeat(400);
    let now = std::time::Instant::now();
    let notes = built.annotate(&page, &NoteContext::default());
    let read = now.elapsed();
    println!(
        "build {build:?}, {} kB in {read:?}, {} entities",
        page.len() / 1000,
        notes.entities.len()
    );
    // Generous: a shared machine without optimisation.
    assert!(build.as_secs() < 5 && read.as_secs() < 5);
}

fn check_shape(text: &str) -> Result<(), proptest::test_runner::TestCaseError> {
    let notes = engine().annotate(text, &NoteContext::default());
    for e in &notes.entities {
        proptest::prop_assert!(e.span.is_valid_in(text), "{:?}", e.rule);
        proptest::prop_assert!(e.cues.iter().all(|c| c.is_valid_in(text)));
    }
    proptest::prop_assert!(notes.entities.is_sorted_by_key(|e| e.span.start));
    proptest::prop_assert!(notes.sentences.iter().all(|s| s.is_valid_in(text)));
    proptest::prop_assert!(notes.sentences.windows(2).all(|w| w[0].end <= w[1].start));
    proptest::prop_assert!(notes.sections.iter().all(|s| s.span.is_valid_in(text)));
    proptest::prop_assert!(notes.sections.windows(2).all(|w| w[0].span.end <= w[1].span.start));
    proptest::prop_assert_eq!(&notes, &engine().annotate(text, &NoteContext::default()));
    Ok(())
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "\\PC{0,120}") {
        check_shape(&text)?;
    }

    #[test]
    fn any_clinical_looking_text_is_read_without_harm(
        words in proptest::collection::vec(proptest::sample::select(vec![
            "pas de", "fièvre", "HTA", "Œdème", "\n", "\n\n", ":", ".", "Poids", "65", "kg", "1m72", "TA", "13/8", "12/03/2024",
            "ramipril", "5 mg", "1-0-1", "matin", "Conclusion", "CONCLUSION :", "père", "il y a", "3", "mois", "probable", "mais",
            "e\u{301}", "\u{a0}", "38°5", "°", "µmol/L", "créatinine", "<", "-", "(", ")", "²", "œ", "’", "99999999999999999999", "/", "1/2/3",
        ]), 0..40),
        glue in proptest::sample::select(vec![" ", "", "\n"]),
    ) {
        check_shape(&words.join(glue))?;
    }
}
