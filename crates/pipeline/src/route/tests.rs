//! Tables of why and why not, order, wrong sentences; examples of the rules; properties.

use std::collections::BTreeMap;

use proptest::prelude::*;
use relu_record::{
    Coding, Finess, Format, HumanName, Moment, Organization, PartialDate, Practitioner, Private,
    ProposalValue, Reading, Recipient, Span,
};
use serde::Deserialize;

use super::printed::printed;
use super::*;

#[derive(Deserialize)]
struct Cases {
    document: BTreeMap<String, Document>,
    case: Vec<Case>,
    order: Vec<OrderCase>,
    wrong: Vec<Wrong>,
}

#[derive(Deserialize)]
struct Document {
    text: String,
    r#type: Option<String>,
    structure: Option<String>,
    finess: Option<String>,
    sender: Option<String>,
    specialty: Option<String>,
    recipient: Option<String>,
    /// A recipient of the field OBR-16.
    requester: Option<String>,
    /// A recipient read in the text, where the name stands.
    named: Option<String>,
    treating: Option<String>,
    unit: Option<String>,
    source: String,
    date: Option<PartialDate>,
    received: PartialDate,
    #[serde(default)]
    attached: bool,
}

#[derive(Deserialize)]
struct Case {
    document: String,
    sentence: String,
    truth: Truth,
    conditions: Vec<Truth>,
    #[serde(default)]
    seen: Vec<String>,
}

#[derive(Deserialize)]
struct OrderCase {
    document: String,
    sentences: Vec<String>,
    routes: Vec<String>,
}

#[derive(Deserialize)]
struct Wrong {
    sentence: String,
    word: String,
    expected: String,
}

fn cases() -> Cases {
    toml::from_str(include_str!("cases/why.toml")).unwrap()
}

fn lists() -> Lists {
    Lists {
        queues: vec![Choice::new("biologie", "Biologie"), Choice::new("courrier", "Courrier")],
        people: vec![Choice::new("petit", "Dr Claire PETIT"), Choice::new("roux", "Jean ROUX")],
        destinations: vec![Choice::new("dossier", "Logiciel du cabinet")],
        ..Lists::shipped()
    }
}

fn doctor(name: &str, specialty: Option<&String>) -> Practitioner {
    let (given, family) = name.rsplit_once(' ').unwrap_or(("", name));
    let name = HumanName { family: family.into(), given: given.to_owned(), prefix: None };
    Practitioner { name, specialty: specialty.cloned(), ..Practitioner::default() }
}

fn reading(text: &str) -> Reading {
    let mut r = Reading::new(Format::Text, "text/plain");
    r.text = Private::from(text);
    r
}

fn features(d: &Document) -> Features {
    let mut values = Vec::new();
    if let Some(code) = &d.r#type {
        let types = Lists::shipped().types;
        let label = types.iter().find(|c| c.code == *code).map(|c| c.label.clone());
        values.push(ProposalValue::DocumentType(Coding::new("s", code, label.as_deref())));
    }
    values.extend(d.date.map(|date| ProposalValue::DocumentDate(Moment::day(date))));
    values
        .extend(d.sender.as_ref().map(|s| ProposalValue::Author(doctor(s, d.specialty.as_ref()))));
    values.extend(d.structure.as_ref().map(|name| {
        let finess = d.finess.as_ref().map(|f| Finess::parse(f).unwrap());
        ProposalValue::Organization(Organization { name: name.clone(), finess })
    }));
    values.extend(d.recipient.as_ref().map(|r| {
        let practitioner = Some(doctor(r, None));
        ProposalValue::Recipient(Recipient { practitioner, ..Recipient::default() })
    }));
    let patient = PatientFacts {
        treating: d.treating.iter().map(|t| doctor(t, None)).collect(),
        referring: Vec::new(),
        in_charge: Vec::new(),
        unit: d.unit.clone().map(|name| (name, None)),
    };
    let known =
        Known { source: &d.source, received: d.received, patient: d.attached.then_some(&patient) };
    let recipient = |name: &String| {
        let practitioner = Some(doctor(name, None));
        ProposalValue::Recipient(Recipient { practitioner, ..Recipient::default() })
    };
    let header = |path: &str| vec![Evidence::Header(path.to_owned())];
    let mut all: Vec<_> = values.into_iter().map(|v| (v, header("essai"))).collect();
    all.extend(d.requester.iter().map(|name| (recipient(name), header("OBR-16"))));
    all.extend(d.named.iter().map(|name| {
        let at = d.text.find(name.as_str()).unwrap();
        (recipient(name), vec![Evidence::Words(Span::new(at, at + name.len()))])
    }));
    Features::gather(&reading(&d.text), all.iter().map(|(v, e)| (v, &e[..])), &known)
}

fn rules(sentences: &[String]) -> RuleSet {
    let lists = lists();
    let made = sentences.iter().enumerate().map(|(i, s)| {
        let (when, then) = parse(s, &lists).unwrap_or_else(|e| panic!("{s}: {}", e.message()));
        Rule { id: format!("r{}", i + 1), version: 1, when, then }
    });
    let set = RuleSet { version: 1, rules: made.collect() };
    assert_eq!(set.problems(), []);
    set
}

#[test]
fn why_and_why_not() {
    let cases = cases();
    for case in &cases.case {
        let f = features(&cases.document[&case.document]);
        let set = rules(std::slice::from_ref(&case.sentence));
        let compiled = Compiled::of(&set, &lists());
        let why = compiled.why(&f, &lists());
        let [(_, truth, conditions)] = why.as_slice() else { panic!() };
        let got: Vec<Truth> = conditions.iter().map(|c| c.truth).collect();
        assert_eq!((*truth, &got), (case.truth, &case.conditions), "{}", case.sentence);
        for (want, got) in case.seen.iter().zip(conditions) {
            assert_eq!(*want, got.seen.0, "{}", case.sentence);
        }
        assert!(conditions.iter().all(|c| !c.evidence.is_empty()), "{}", case.sentence);
        // A rule that is true proposes, with evidence; one that is not stays silent.
        let made = Route::default().propose(&f, &compiled, "0");
        assert_eq!(!made.is_empty(), case.truth == Truth::True, "{}", case.sentence);
    }
}

#[test]
fn order_and_conflicts() {
    let cases = cases();
    for case in &cases.order {
        let f = features(&cases.document[&case.document]);
        let compiled = Compiled::of(&rules(&case.sentences), &lists());
        let shown: Vec<String> = compiled.routes(&f).iter().map(show).collect();
        assert_eq!(shown, case.routes);
        for p in Route::default().propose(&f, &compiled, "0") {
            assert!(p.function.version.ends_with("+regles-1.0"));
            assert!(p.rule.is_some() && !p.evidence().is_empty());
        }
    }
}

fn show(r: &Routed) -> String {
    let to = |o: &Owner| match o {
        Owner::Queue(q) => format!("queue {q}"),
        Owner::Person(p) => format!("person {p}"),
    };
    let what = match &r.action {
        RouteAction::Assign(o) => format!("assign {}", to(o)),
        RouteAction::Copy(o) => format!("copy {}", to(o)),
        RouteAction::Task { label, due } => {
            format!("task {} {}", label.0, due.map(|d| d.to_string()).unwrap_or_default())
        }
        RouteAction::Tag(t) => format!("tag {t}"),
        RouteAction::Print => "print".to_owned(),
        RouteAction::HandOver(d) => format!("hand-over {d}"),
    };
    let over = r.overridden_by.as_ref().map(|id| format!(" < {id}")).unwrap_or_default();
    format!("{} {what}{over}", r.rule)
}

#[test]
fn a_wrong_sentence_says_the_word_and_what_was_expected() {
    for case in cases().wrong {
        let error = parse(&case.sentence, &lists()).unwrap_err();
        assert_eq!(error.word.0, case.word, "{}", case.sentence);
        assert!(error.expected.contains(&case.expected), "{}: {:?}", case.sentence, error.expected);
        assert!(error.message().contains(&case.expected));
    }
}

#[test]
fn mentions_and_deadlines_do_what_their_examples_say() {
    assert!(!printed().mentions.is_empty() && !printed().cues.is_empty());
    for m in &printed().mentions {
        let has =
            |text: &str| printed().mentions_in(&reading(text)).iter().any(|s| s.value.0 == m.code);
        m.matches.iter().for_each(|t| assert!(has(t), "{} : {t}", m.code));
        m.rejects.iter().for_each(|t| assert!(!has(t), "{} : {t}", m.code));
    }
    let day = PartialDate::ymd(2026, 3, 10).unwrap();
    for c in &printed().cues {
        let n = |text: &str| printed().deadlines_in(text, day).len();
        c.matches.iter().for_each(|t| assert_eq!(n(t), 1, "{} : {t}", c.code));
        c.rejects.iter().for_each(|t| assert_eq!(n(t), 0, "{} : {t}", c.code));
    }
    for (text, due) in [
        ("sous 48 h", "2026-03-12"),
        ("sous 24h", "2026-03-11"),
        ("dans 3 mois", "2026-06-10"),
        ("d'ici 8 à 10 jours", "2026-03-20"),
        ("dans les quinze jours", "2026-03-25"),
        ("avant le 1er avril 2026", "2026-04-01"),
        ("dans un délai de 2 semaines", "2026-03-24"),
    ] {
        let found = printed().deadlines_in(text, day);
        assert_eq!(found[0].value.due.to_string(), due, "{text}");
    }
}

#[test]
fn every_condition_and_action_has_words() {
    use super::phrases::phrases;
    assert_eq!((phrases().conditions.len(), phrases().actions.len()), (17, 8));
    let shipped = Lists::shipped();
    assert!(shipped.types.len() > 50 && shipped.sources.len() >= 4 && shipped.mentions.len() >= 6);
    let mut keys: Vec<String> = shipped.types.iter().map(|c| relu_text::key(&c.label)).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), shipped.types.len(), "two types are said the same");
}

#[test]
fn replay_tells_what_would_change() {
    let cases = cases();
    let say = |s: &[&str]| {
        let set = rules(&s.iter().map(|s| (*s).to_owned()).collect::<Vec<_>>());
        Compiled::of(&set, &lists())
    };
    let biology =
        "Si le type est « CR d'examens biologiques », alors attribuer à la bannette « Biologie ».";
    let marked = "Si le document porte la mention « H », alors attribuer à « Dr Claire PETIT ».";
    let never = "Si la structure contient « Clinique du Lac », alors imprimer.";
    let (in_use, tried) = (say(&[biology]), say(&[marked, biology, never]));
    let mut replay = Replay::of(&tried, 1);
    for name in ["biologie", "biologie", "courrier", "inconnu"] {
        replay.add(name, &features(&cases.document[name]), &in_use, &tried);
    }
    assert_eq!((replay.documents, replay.changed, replay.changes.len()), (4, 2, 1));
    assert_eq!(replay.without_owner, (2, 2));
    assert_eq!(replay.never().collect::<Vec<_>>(), ["r3"]);
    let pair = ("r1".to_owned(), "r2".to_owned());
    assert_eq!(replay.conflicts.get(&pair), Some(&2));
    assert_eq!(replay.counts[0].1, Count { matched: 2, owned: 2, overridden: 0 });
    assert_eq!(replay.counts[1].1, Count { matched: 2, owned: 0, overridden: 2 });
    assert_eq!(owner(&replay.changes[0].was), Some(&Owner::Queue("biologie".into())));
    assert_eq!(owner(&replay.changes[0].would_be), Some(&Owner::Person("petit".into())));
}

#[test]
fn suggestions_come_from_counts_and_say_how_many() {
    let went = |n: usize, sender: &str, queue: &str| {
        (0..n)
            .map(|_| Went {
                document_type: "11502-2".into(),
                sender: sender.into(),
                queue: queue.into(),
            })
            .collect::<Vec<_>>()
    };
    let all = [
        went(12, "Laboratoire A", "biologie"),
        went(5, "Laboratoire B", "biologie"),
        went(10, "Laboratoire C", "biologie"),
        went(10, "Laboratoire C", "courrier"),
    ]
    .concat();
    let found = suggest(all);
    let [one] = found.as_slice() else { panic!("{}", found.len()) };
    assert_eq!((one.hits, one.of, one.queue.as_str()), (12, 12, "biologie"));
    assert!((one.interval.0 - 0.757).abs() < 0.001 && one.interval.1 == 1.0);
    assert_eq!(one.rule.problem(), None);
    let said = say(&one.rule, &lists());
    assert_eq!(
        said.0,
        "Si le type est « CR d'examens biologiques » et la structure est « Laboratoire A », alors attribuer à la bannette « Biologie »."
    );
}

fn text_value() -> impl Strategy<Value = Private> {
    "[A-Za-zÉéèçœ'().,-]{1,8}( [a-z0-9ou]{1,6}){0,3}".prop_map(Private)
}

fn from(list: Vec<Choice>) -> impl Strategy<Value = Private> {
    proptest::sample::select(list).prop_map(|c| Private(c.code))
}

fn condition() -> impl Strategy<Value = Condition> {
    use Subject::*;
    let l = lists();
    let made = |on: Subject| move |values| Condition { on, values, days: None };
    let text = proptest::sample::select(vec![
        SenderIs,
        SenderContains,
        StructureIs,
        StructureContains,
        SpecialtyIs,
        RecipientIs,
        TreatingIs,
        ReferringIs,
        StayDoctorIs,
        UnitIs,
    ]);
    let some = |s: BoxedStrategy<Private>| proptest::collection::vec(s, 1..3);
    prop_oneof![
        (text, some(text_value().boxed())).prop_map(|(on, values)| Condition {
            on,
            values,
            days: None
        }),
        some(from(l.types).boxed()).prop_map(made(TypeIs)),
        some(from(l.sources).boxed()).prop_map(made(SourceIs)),
        some(from(l.mentions).boxed()).prop_map(made(MentionIs)),
        (1u16..3650, any::<bool>()).prop_map(|(n, w)| Condition {
            on: if w { DeadlineWithin } else { OlderThan },
            values: Vec::new(),
            days: Some(n),
        }),
        any::<bool>().prop_map(|d| Condition {
            on: if d { DeadlineWritten } else { PatientAttached },
            values: Vec::new(),
            days: None,
        }),
    ]
}

fn test() -> impl Strategy<Value = Test> {
    condition().prop_map(Test::Is).prop_recursive(3, 12, 3, |inner| {
        let list = proptest::collection::vec(inner.clone(), 1..3);
        prop_oneof![
            inner.prop_map(|t| Test::Not(Box::new(t))),
            list.clone().prop_map(Test::All),
            list.prop_map(Test::Any),
        ]
    })
}

fn action() -> impl Strategy<Value = Action> {
    let l = lists();
    let queue = from(l.queues).prop_map(|q| Owner::Queue(q.0));
    let person = from(l.people).prop_map(|p| Owner::Person(p.0));
    let owner = prop_oneof![queue, person];
    let due = prop_oneof![Just(Due::Open), Just(Due::Printed), (1u16..3650).prop_map(Due::Days)];
    prop_oneof![
        owner.clone().prop_map(Action::Assign),
        owner.prop_map(Action::Copy),
        (text_value(), due).prop_map(|(label, due)| Action::Task { label, due }),
        text_value().prop_map(|t| Action::Tag(t.0)),
        Just(Action::Print),
        from(l.destinations).prop_map(|d| Action::HandOver(d.0)),
    ]
}

proptest! {
    #[test]
    fn a_rule_said_is_read_back(when in test(), then in proptest::collection::vec(action(), 1..4)) {
        let rule = Rule { id: "r1".into(), version: 1, when: when.normal(), then };
        let sentence = say(&rule, &lists());
        let (when, then) = parse(&sentence, &lists()).map_err(|e| {
            TestCaseError::fail(format!("{} : {}", sentence.0, e.message()))
        })?;
        prop_assert_eq!(&when, &rule.when, "{}", sentence.0);
        prop_assert_eq!(then, rule.then);
    }

    #[test]
    fn any_sentence_is_read_or_told(sentence in "\\PC{0,60}|(si |le type est |« |» |et |ou |\\(|\\)|alors |imprimer|, ){0,14}") {
        if let Err(e) = parse(&sentence, &lists()) {
            prop_assert!(!e.expected.is_empty() && e.at <= sentence.len());
        }
    }

    #[test]
    fn evidence_lies_in_the_text(text in "\\PC{0,80}|(sous |48 h|urgent |dans |3 mois|avant le |12/05/2026|H |5,9 |\n|é){0,12}") {
        let r = reading(&text);
        let day = PartialDate::ymd(2026, 3, 10).unwrap();
        let known = Known { source: "folder", received: day, patient: None };
        let f = Features::gather(&r, [], &known);
        let all = f.mentions.iter().flat_map(|m| &m.evidence)
            .chain(f.deadlines.iter().flat_map(|d| &d.evidence));
        for e in all {
            if let Evidence::Words(s) = e {
                prop_assert!(s.is_valid_in(&text));
            }
        }
    }
}
