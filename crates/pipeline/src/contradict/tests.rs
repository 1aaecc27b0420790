//! Cases and the examples of the rules, from text to pair.

use std::sync::OnceLock;

use relu_record::{Evidence, Format, Private, ProposalSet, Reading, TextVersion};
use relu_text::{Engine, NoteContext};

use super::*;
use crate::extract::Extract;
use crate::function::{Context, Function};

fn function() -> &'static Contradict {
    static F: OnceLock<Contradict> = OnceLock::new();
    F.get_or_init(Contradict::embedded)
}

/// A document of a case: `2024-06-01 Gonarthrose droite.`
struct Document {
    id: DocumentId,
    date: PartialDate,
    said: Vec<Said>,
}

fn document(number: usize, written: &str) -> Document {
    static F: OnceLock<(Extract, Engine)> = OnceLock::new();
    let (extract, engine) = F.get_or_init(|| (Extract::embedded(), Engine::embedded()));
    let (date, text) = written.split_once(' ').unwrap();
    let mut reading = Reading::new(Format::Text, "text/plain");
    reading.text = Private::from(text);
    let notes = engine.annotate(text, &NoteContext::default());
    let date: PartialDate = date.parse().unwrap();
    let proposals = extract.propose(&reading, &notes, &Context::received(date)).value;
    let text_version = TextVersion(String::new());
    let set = ProposalSet { text_version, functions: Vec::new(), proposals };
    let said = set.with_ids().flat_map(|(id, p)| {
        let ProposalValue::Fact(e) = &p.value else { return Vec::new() };
        let section = notes.section_at(e.span.start).map(|s| s.kind.as_str());
        function().said(&id, e, text, section, false)
    });
    Document { id: DocumentId(format!("d{number}")), date, said: said.collect() }
}

/// Kinds of the pairs found: those of the last document, and all.
fn found(record: &[String], last: &str) -> (Vec<String>, Vec<String>) {
    let all: Vec<Document> = record
        .iter()
        .map(String::as_str)
        .chain([last])
        .enumerate()
        .map(|(n, d)| document(n, d))
        .collect();
    let sources: Vec<Source<'_>> =
        all.iter().map(|d| Source { document: &d.id, date: d.date, said: &d.said }).collect();
    let pairs = function().find(&sources);
    let kinds = |of: &dyn Fn(usize) -> bool| {
        let mut kinds: Vec<String> = pairs
            .iter()
            .filter(|f| of(f.here.0))
            .map(|f| toml::Value::try_from(Shown(f.rule)).unwrap().as_str().unwrap().to_owned())
            .collect();
        kinds.sort();
        kinds
    };
    for pair in &pairs {
        let made = function().propose(&sources, *pair).unwrap();
        assert_eq!(made.evidence().len(), 2);
        assert!(matches!(made.evidence()[0], Evidence::Words(_)));
    }
    (kinds(&|s| s == record.len()), kinds(&|_| true))
}

struct Shown<'a>(&'a Rule);

impl serde::Serialize for Shown<'_> {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.serialize_str(match self.0.kind {
            rules::Kind::AllergyNew => "allergy-new",
            rules::Kind::AllergyDeniedBefore => "allergy-denied-before",
            rules::Kind::AllergyNoLonger => "allergy-no-longer",
            rules::Kind::StoppedStillListed => "stopped-still-listed",
            rules::Kind::ConditionOtherSide => "condition-other-side",
            rules::Kind::ProcedureOtherSide => "procedure-other-side",
        })
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    why: String,
    record: Vec<String>,
    document: String,
    /// Pairs that belong to the document.
    found: Vec<String>,
    /// Pairs of the whole record, when others are there too.
    whole: Option<Vec<String>>,
}

#[derive(serde::Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[test]
fn case_table() {
    let cases: Cases = toml::from_str(include_str!("cases/contradictions.toml")).unwrap();
    let wrong: Vec<String> = cases
        .case
        .iter()
        .filter_map(|c| {
            assert!(!c.why.is_empty());
            let (of_document, all) = found(&c.record, &c.document);
            let whole = c.whole.as_ref().unwrap_or(&c.found);
            let right = of_document == c.found && all == *whole;
            (!right).then(|| format!("{}: {of_document:?}, in all {all:?}", c.id))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let silent = cases.case.iter().filter(|c| c.found.is_empty()).count();
    assert!(cases.case.len() >= 40 && silent >= 20, "{} of which {silent}", cases.case.len());
}

#[test]
fn every_rule_speaks_on_its_examples_and_is_silent_on_the_others() {
    let rules = &function().rules;
    assert_eq!(rules.rule.len(), 6);
    for rule in &rules.rule {
        assert!(!rule.why.is_empty() && !rule.source.is_empty(), "{}", rule.code);
        let kind = toml::Value::try_from(Shown(rule)).unwrap();
        let speaks = |e: &rules::Example| {
            found(&e.record, &e.document).0.iter().any(|k| Some(k.as_str()) == kind.as_str())
        };
        for e in &rule.matches {
            assert!(speaks(e), "{}: {}", rule.code, e.document);
        }
        for e in &rule.rejects {
            assert!(!speaks(e), "{}: {}", rule.code, e.document);
        }
    }
}

#[test]
fn order_of_arrival_changes_nothing_and_a_confirmed_allergy_is_not_new() {
    let (a, b) = ("2023-01-01 Pas d'allergie connue.", "2024-01-01 Allergie au latex.");
    assert_eq!(found(&[a.to_owned()], b).1, found(&[b.to_owned()], a).1);
    let (old, mut new) = (document(0, "2023-01-01 HTA."), document(1, b));
    let count = |old: &Document, new: &Document| {
        let of = |d: &'static str, o: &Document| (DocumentId(d.into()), o.date);
        let (x, y) = (of("a", old), of("b", new));
        let sources = [
            Source { document: &x.0, date: x.1, said: &old.said },
            Source { document: &y.0, date: y.1, said: &new.said },
        ];
        function().find(&sources).len()
    };
    assert_eq!(count(&old, &new), 1);
    for said in &mut new.said {
        said.confirmed = true;
    }
    assert_eq!(count(&old, &new), 0);
}

#[test]
fn a_record_of_five_hundred_documents_is_compared_at_once() {
    let texts = [
        "Traitement : amlodipine 5 mg le matin, ramipril 5 mg, metformine 1 g.",
        "Pas d'allergie connue. Gonarthrose droite.",
        "Arrêt de l'amlodipine. Allergie à la pénicilline.",
        "Gonarthrose gauche. Traitement : amlodipine 10 mg le matin.",
    ];
    let all: Vec<Document> = (0..500)
        .map(|n| {
            let date = format!("{}-{:02}-{:02}", 2000 + n / 100, n / 28 % 12 + 1, n % 28 + 1);
            document(n, &format!("{date} {}", texts[n % 4]))
        })
        .collect();
    let sources: Vec<Source<'_>> =
        all.iter().map(|d| Source { document: &d.id, date: d.date, said: &d.said }).collect();
    let found = function().find(&sources);
    assert_eq!(found.len(), function().rules.limits.most, "capped");
}

#[test]
fn a_side_is_among_the_words_shown() {
    for (text, words) in [
        ("Gonarthrose évoluée gauche, HTA.", "Gonarthrose évoluée gauche"),
        ("Gonarthrose droite.", "Gonarthrose droite"),
    ] {
        let of = document(0, &format!("2024-01-01 {text}"));
        let shown: Vec<&str> = of.said.iter().map(|s| s.words.as_str()).collect();
        assert_eq!(shown, [words]);
    }
}

#[test]
fn an_allergy_is_named_by_the_words_after_it() {
    for (text, names, words) in [
        ("Allergie à la pénicilline.", "penicilline", "Allergie à la pénicilline"),
        ("Allergies : pénicilline (œdème), iode.", "penicilline iode", ""),
        ("Allergie au produit de contraste iodé.", "produit contraste|produit contraste iode", ""),
        ("Allergie connue aux arachides et au latex.", "arachide latex", ""),
        ("Allergies\nPénicilline : urticaire\n", "penicilline", ""),
        ("Allergies : aucune.", "non", ""),
        ("Pas d'allergie connue à ce jour.", "non", "Pas d'allergie connue à ce jour"),
        ("Allergie respiratoire.", "", "Allergie"),
    ] {
        let of = document(0, &format!("2024-01-01 {text}"));
        let said: Vec<&Said> = of.said.iter().filter(|s| s.subject == Subject::Allergy).collect();
        let told = |s: &&Said| match s.stance {
            Stance::Denied if s.names.is_empty() => "non".to_owned(),
            _ => s.names.join("|"),
        };
        assert_eq!(said.iter().map(told).collect::<Vec<_>>().join(" "), names, "{text}");
        if let Some(first) = said.first().filter(|_| !words.is_empty()) {
            assert_eq!(first.words.as_str(), words);
        }
    }
}
