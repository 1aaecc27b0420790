//! Rule examples, case tables and properties of the whole engine.

use crate::{Engine, Kind, NoteContext, Source, SpanRequest, Workspace};

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

fn site(files: &[(Kind, &str)]) -> Engine {
    let name = "chu";
    let sources: Vec<Source<'_>> =
        files.iter().map(|&(kind, text)| Source { kind, name, text }).collect();
    Engine::with_files(&sources).unwrap()
}

fn said(engine: &Engine, text: &str) -> Vec<String> {
    let mut work = Workspace::new();
    let note = engine.read(text, &NoteContext::default(), &[], &mut work);
    let all = note.entities().map(|e| {
        let negated = if e.attributes.negated { " -" } else { "" };
        format!("{} {} {}{negated}", e.label, e.rule, e.span.of(text).unwrap())
    });
    all.collect()
}

const SITE_UNITS: &str = r#"
also = { mg = ["mgr"] }
[[unit]]
name = "pouce"
dimension = { length = 1 }
scale = 2.54e-2
long = ["pouce"]
"#;

const SITE_MEASURES: &str = r#"
[[measure]]
code = "CHU001"
label = "result"
kind = "zorbine"
why = "Dosage fait ici."
source = "Laboratoire du site."
terms = ["zorbine"]
units = { mg_per_l = 1.0 }
canonical = "mg_per_l"
matches = ["[Zorbine 12 mg/L]"]
rejects = ["zorbine"]
"#;

const SITE_FINDINGS: &str = r#"
[[test]]
code = "CHU002"
kind = "zorb"
why = "Test fait ici."
source = "Laboratoire du site."
terms = ["zorbotest"]
matches = ["[Zorbotest positif]"]
rejects = ["zorbotest à faire"]
[[value]]
status = "POSITIVE"
terms = ["zorbé"]
kinds = ["zorb"]
"#;

#[test]
fn a_site_adds_to_what_is_shipped() {
    let engine = site(&[
        (Kind::Units, SITE_UNITS),
        (Kind::Measures, SITE_MEASURES),
        (Kind::Findings, SITE_FINDINGS),
    ]);
    assert_eq!(engine.prove(), [], "the shipped examples and the site's own hold");
    for (text, wanted) in [
        ("CRP 12 mgr/L", "result"),
        ("Masse de 3 pouces", "quantity"),
        ("Zorbine : 12 mg/L", "result CHU001 Zorbine : 12 mg/L"),
        ("Zorbotest zorbé", "result CHU002 Zorbotest zorbé"),
        ("Hémocultures négatives", "result"),
    ] {
        let got = said(&engine, text);
        assert!(got.iter().any(|e| e.starts_with(wanted)), "{text}: {got:?}");
    }
    let twice = SITE_UNITS.replace("\"pouce\"\n", "\"g\"\n");
    let twice = [Source { kind: Kind::Units, name: "chu", text: &twice }];
    assert_eq!(Engine::with_files(&twice).unwrap_err().file, "chu");
}

#[test]
fn a_site_switches_shipped_rules_off() {
    let text = "Pas de fièvre le 12/03/2019. Poids 65 kg. Tumeur pT2N0M0. Ramipril.";
    let off = |codes: &str| format!("disable = [{codes}]\nwhy = 'Pas ici.'");
    let shipped = said(engine(), text);
    let found = |all: &[String], rule: &str| all.iter().any(|e| e.contains(&format!(" {rule} ")));
    for code in ["DAT001", "lexicon/symptoms", "lexicon/drugs"] {
        assert!(found(&shipped, code), "{code}: {shipped:?}");
        let engine = site(&[(Kind::Disable, &off(&format!("'{code}'")))]);
        assert!(!found(&said(&engine, text), code));
        let doc = engine.rules().iter().find(|r| r.code == code).unwrap();
        assert!(doc.file == "disable" && doc.why.ends_with("Pas ici."), "{doc:?}");
    }
    let negated = |engine: &Engine| said(engine, text).iter().any(|e| e.ends_with("fièvre -"));
    assert!(negated(engine()));
    assert!(!negated(&site(&[(Kind::Disable, &off("'NEG001'"))])));
    // Every family leaves out what it is told to: with all rules off, only lexicons speak.
    let parts_of_a_file =
        |c: &str| c.starts_with("portée/") || c.starts_with("GRP") || c == "score_words";
    let all: Vec<String> = engine()
        .rules()
        .iter()
        .filter(|r| !parts_of_a_file(&r.code))
        .map(|r| format!("'{}'", r.code))
        .collect();
    let silent = site(&[(Kind::Disable, &off(&all.join(", ")))]);
    let left = said(&silent, text);
    assert!(left.iter().all(|e| e.contains(" lexicon/")) && !left.is_empty(), "{left:?}");

    let slip = off("'NEG999'");
    let slip = [Source { kind: Kind::Disable, name: "coupe", text: &slip }];
    let error = Engine::with_files(&slip).unwrap_err();
    assert_eq!((error.file.as_str(), error.cause.as_str()), ("coupe", "règle inconnue : NEG999"));
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
