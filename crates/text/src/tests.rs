//! Rule examples, case tables and properties of the whole engine.

use crate::{Engine, NoteContext, SpanRequest, Workspace};

fn engine() -> &'static Engine {
    static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(Engine::embedded)
}

#[test]
fn the_shipped_files_compile() {
    let files = crate::compile::sources::SHIPPED;
    let (fresh, docs) = crate::compile::Rules::compile(files).unwrap();
    assert!(docs == engine().rules());
    assert!(
        Engine::of(fresh, Vec::new).same_rules(engine()),
        "the embedded rules are not those of the files"
    );
}

#[test]
fn every_rule_does_what_its_examples_say() {
    let failures = engine().prove();
    assert!(failures.is_empty(), "{failures:#?}");
    for doc in engine().rules() {
        assert!(!doc.why.is_empty() && !doc.source.is_empty(), "{}", doc.code);
    }
}

#[derive(serde::Deserialize)]
struct Cases {
    case: Vec<Case>,
}

// One line an entity: `label|kind, code or norm|words|context`, context being letters in the order
// - (negated) ? (hypothesis) f (family) h (history) r (reported). A line must be found; with
// `complete`, nothing else of the labels named there may be.
#[derive(serde::Deserialize)]
struct Case {
    text: String,
    #[serde(default)]
    note_date: Option<String>,
    entities: Vec<String>,
    #[serde(default)]
    complete: bool,
    /// `label|words` that must not be found.
    #[serde(default)]
    never: Vec<String>,
}

const TABLES: &[(&str, &str)] = &[
    ("conditions", include_str!("../cases/conditions.toml")),
    ("context", include_str!("../cases/context.toml")),
    ("measures", include_str!("../cases/measures.toml")),
    ("dates", include_str!("../cases/dates.toml")),
    ("dosage", include_str!("../cases/dosage.toml")),
    ("words", include_str!("../cases/words.toml")),
];

#[test]
fn case_tables() {
    for (name, table) in TABLES {
        let cases: Cases = toml::from_str(table).unwrap();
        for case in cases.case {
            let note_date = case.note_date.as_deref().and_then(|d| d.parse().ok());
            let context = NoteContext { note_date, birth_date: None };
            let mut work = Workspace::new();
            let note = engine().read(&case.text, &context, &[], &mut work);
            let mut got = Vec::new();
            for e in note.entities() {
                let words = e.span.of(&case.text).unwrap();
                let a = e.attributes;
                let context: String = [
                    (a.negated, '-'),
                    (a.hypothesis, '?'),
                    (a.family, 'f'),
                    (a.history, 'h'),
                    (a.reported_speech, 'r'),
                ]
                .iter()
                .filter_map(|(on, c)| on.then_some(*c))
                .collect();
                for value in
                    [e.norm, e.kind, e.code.map(|c| c.code), e.status, e.modality, Some("")]
                        .into_iter()
                        .flatten()
                {
                    got.push(format!("{}|{}|{}|{}", e.label, value, words, context));
                }
            }
            for wanted in &case.entities {
                assert!(got.contains(wanted), "{name}: {:?}: no {wanted}, got {got:#?}", case.text);
            }
            for e in note.entities() {
                let found = format!("{}|{}", e.label, e.span.of(&case.text).unwrap());
                assert!(!case.never.contains(&found), "{name}: {:?}: {found}", case.text);
            }
            if case.complete {
                let labels: Vec<&str> =
                    case.entities.iter().filter_map(|e| e.split('|').next()).collect();
                let n = note.entities().filter(|e| labels.contains(&e.label)).count();
                assert_eq!(n, case.entities.len(), "{name}: {:?}: {got:#?}", case.text);
            }
        }
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_harm(
        text in "\\PC{0,200}|([a-zéèà'’ ,.;:/|0-9%-]|pas de |sans |fièvre|mg|\\n|depuis |[A-Z]){0,60}",
        a in 0usize..200,
        b in 0usize..200,
    ) {
        let floor = |i: usize| (0..=i.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
        let span = relu_record::Span::new(floor(a.min(b)), floor(a.max(b)));
        let asked = [SpanRequest { span, within: a > b }];
        let mut work = Workspace::new();
        let note = engine().read(&text, &NoteContext::default(), &asked, &mut work);
        let mut last = 0;
        for s in note.sentences() {
            proptest::prop_assert!(s.is_valid_in(&text) && s.start >= last && !s.is_empty());
            last = s.end;
        }
        let mut last = 0;
        for s in note.sections() {
            proptest::prop_assert!(s.span.is_valid_in(&text) && s.span.start >= last);
            last = s.span.end;
        }
        for e in note.entities() {
            proptest::prop_assert!(e.span.is_valid_in(&text) && !e.span.is_empty());
            proptest::prop_assert!(e.cues.iter().all(|c| c.is_valid_in(&text)));
        }
        proptest::prop_assert_eq!(note.spans().len(), 1);
    }
}
