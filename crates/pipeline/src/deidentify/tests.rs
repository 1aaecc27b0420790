//! Cases of the whole (`cases/*.toml`) and properties.

use super::*;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    case: Vec<Case>,
}

// `text` with its identifiers between ⟦ ⟧, each with its label and a colon.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    id: String,
    text: String,
    why: String,
    #[serde(default)]
    patient: std::collections::BTreeMap<String, String>,
}

fn marked(text: &str, found: &[Identifier]) -> String {
    let mut out = String::new();
    let mut at = 0;
    for f in found {
        out += &text[at..f.span.start];
        out += &format!("⟦{}:{}⟧", f.label.name(), &text[f.span.start..f.span.end]);
        at = f.span.end;
    }
    out + &text[at..]
}

fn plain(marked: &str) -> String {
    let mut out = String::new();
    for part in marked.split('⟦') {
        match part.split_once('⟧') {
            Some((inside, after)) => {
                out += inside.split_once(':').unwrap().1;
                out += after;
            }
            None => out += part,
        }
    }
    out
}

#[test]
fn cases_hold() {
    let cases: Cases = toml::from_str(include_str!("cases/notes.toml")).unwrap();
    let deidentifier = Deidentifier::shipped().unwrap();
    let mut work = Workspace::default();
    for case in cases.case {
        assert!(!case.why.is_empty());
        let text = plain(&case.text);
        let mut known = Known::default();
        case.patient.iter().for_each(|(key, value)| known.add(key, value));
        deidentifier.read(&text, &known, &mut work);
        assert_eq!(marked(&text, work.found()), case.text, "{}", case.id);
    }
}

#[test]
fn what_is_masked_is_masked_once() {
    let deidentifier = Deidentifier::shipped().unwrap();
    let text = "Dr Zorvane MALIBRUC\nTél. 01 42 34 56 78\nVu le 12/04/2015.";
    let masked = mask(text, &deidentifier.find(text));
    assert_eq!(mask(&masked, &deidentifier.find(&masked)), masked);
    assert!(!masked.contains("MALIBRUC") && !masked.contains("42 34"), "{masked}");
}

#[test]
fn a_long_text_is_read_in_pieces() {
    let deidentifier = Deidentifier::shipped().unwrap();
    let line = "Contact : 01 42 34 56 78, secretariat@exemple.fr\n";
    let text = line.repeat(3 * PIECE / line.len());
    let found = deidentifier.find(&text);
    assert_eq!(found.len(), 2 * text.lines().count());
    assert!(found.windows(2).all(|w| w[0].span.end <= w[1].span.start));
}

fn rewritten(text: &str, patient: &[(&str, &str)], material: u8) -> Rewritten {
    let policy = Policy::named("substitution").unwrap();
    let key = Key::from_material(&[material; 32]).unwrap();
    let rewriter = Rewriter::new(&policy, Some(&key)).unwrap();
    let deidentifier = Deidentifier::shipped().unwrap();
    let mut known = Known::default();
    patient.iter().for_each(|(k, v)| known.add(k, v));
    let mut work = Workspace::default();
    deidentifier.read(text, &known, &mut work);
    let person = Person::settle(&known, text, work.found(), "1", &key);
    rewrite(text, &rewriter.replacements(text, work.found(), &person))
}

const LETTER: &str = "Dr Claire LEFEBVRE\nTél. 01 42 34 56 78\nPatient : M. Jean DUPONT, né le 12/03/1950\n    NIR 1 50 03 75 116 001 42\nVu le 12/04/2019, revu le 26 avril 2019. M. J. Dupont va bien.";

#[test]
fn stand_ins_are_one_for_a_name_and_dates_move_together() {
    let out = rewritten(LETTER, &[], 1).text;
    for gone in ["DUPONT", "Dupont", "Jean", "LEFEBVRE", "42 34", "12/04/2019", "26 avril", "116"] {
        assert!(!out.contains(gone), "{gone} in {out}");
    }
    // One writing follows the other: capitals, initial.
    let line = out.lines().nth(2).unwrap();
    let (given, name) = line
        .strip_prefix("Patient : M. ")
        .and_then(|l| l.split_once(','))
        .and_then(|(n, _)| n.split_once(' '))
        .unwrap();
    assert_eq!(name, name.to_uppercase());
    let initial = given.chars().next().unwrap();
    let capital = format!("{}{}", &name[..1], name[1..].to_lowercase());
    assert!(out.contains(&format!("M. {initial}. {capital} va bien")), "{out}");
    assert_ne!(out, rewritten(LETTER, &[], 2).text);
    assert_eq!(out, rewritten(LETTER, &[], 1).text);
}

#[test]
fn one_person_has_one_stand_in_in_fifty_documents() {
    let policy = Policy::named("substitution").unwrap();
    let key = Key::from_material(&[9; 32]).unwrap();
    let rewriter = Rewriter::new(&policy, Some(&key)).unwrap();
    let mut known = Known::default();
    for (field, value) in
        [("birth_name", "KERBRIANT"), ("first_name", "Zoé"), ("birth_date", "1961-04-12")]
    {
        known.add(field, value);
    }
    let person = Person::of(&known, &key).unwrap();
    let deidentifier = Deidentifier::shipped().unwrap();
    let mut work = Workspace::default();
    let writings = ["KERBRIANT", "Kerbriant", "kerbriant", "Kerbrlant", "KERBRIAN"];
    let mut seen = std::collections::BTreeSet::new();
    for n in 0..50 {
        let written = writings[n % writings.len()];
        let (day, month) = (1 + n % 28, 1 + n % 12);
        let text = match n % 3 {
            0 => format!("Mme Zoé {written}, vue le {day:02}/{month:02}/2019"),
            1 => format!("{written} Zoé, vue le {day:02}/{month:02}/2019"),
            _ => format!("Z. {written}, vue le {day:02}/{month:02}/2019"),
        };
        deidentifier.read(&text, &known, &mut work);
        let replacements = rewriter.replacements(&text, work.found(), &person);
        let name = replacements.iter().find(|r| r.span.of(&text) == Some(written)).unwrap();
        let mut folded = [0; 40];
        let length = relu_text::words::fold(&name.with, &mut folded);
        seen.insert(folded[..length].to_vec());
    }
    assert_eq!(seen.len(), 1, "{seen:?}");
}

#[test]
fn two_keys_agree_no_more_often_than_chance() {
    let policy = Policy::named("substitution").unwrap();
    let keys = [1, 2].map(|n| Key::from_material(&[n; 32]).unwrap());
    let of = |key: &Key, name: &str| {
        let text = format!("M. {name}");
        let span = Span::new(3, text.len());
        let found = [Identifier { span, label: Label::Nom, certainty: 1.0, source: Source::Form }];
        let rewriter = Rewriter::new(&policy, Some(key)).unwrap();
        rewriter.replacements(&text, &found, &Person::nobody()).remove(0).with
    };
    let surnames = include_str!("../../gazetteers/surnames/surnames.tsv");
    let names: Vec<&str> =
        surnames.lines().filter_map(|l| l.split('\t').next()).step_by(400).take(100).collect();
    let agree = names.iter().filter(|n| of(&keys[0], n) == of(&keys[1], n)).count();
    assert!(agree <= 1, "{agree} of {}", names.len());
    // Under one key two names have two stand-ins.
    let one: std::collections::BTreeSet<String> = names.iter().map(|n| of(&keys[0], n)).collect();
    assert!(one.len() + 3 >= names.len(), "{} of {}", one.len(), names.len());
    let shifts: std::collections::BTreeSet<i32> = (0u8..60)
        .map(|n| {
            let key = Key::from_material(&[n; 32]).unwrap();
            let rewriter = Rewriter::new(&policy, Some(&key)).unwrap();
            rewriter.shift(&Person::in_text("", &[], "x", &key))
        })
        .collect();
    assert!(shifts.iter().all(|d| (-365..=-1).contains(d)) && shifts.len() > 45, "{shifts:?}");
}

#[test]
fn the_second_reading_catches_what_is_left() {
    let deidentifier = Deidentifier::shipped().unwrap();
    let mut work = Workspace::default();
    deidentifier.read(LETTER, &Known::default(), &mut work);
    let hidden = Hidden::of(LETTER, work.found());
    let masked = mask(LETTER, work.found());
    let mut read = |text: &str, exempt: &[Span]| {
        second_reading(&deidentifier, text, exempt, &Known::default(), &hidden, &mut work)
    };
    assert!(read(&masked, &[]).iter().all(|r| !r.sure), "{masked}");
    for leak in
        ["dupont", "DUPOMT", "D U P O N T", "JeanDupont", "01.42.34.56.78", "15003 75116001 42"]
    {
        let leaky = format!("{masked}\nSuite : {leak} ce jour.");
        let found = read(&leaky, &[]);
        assert!(found.iter().any(|r| r.sure), "{leak} {found:?}");
        // Exempt where told, and there alone.
        let at = leaky.rfind(leak).unwrap();
        let told = [Span::new(at, at + leak.len())];
        assert!(read(&leaky, &told).iter().all(|r| !r.sure), "{leak}");
        let twice = format!("{leaky} Encore {leak}.");
        assert!(read(&twice, &told).iter().any(|r| r.sure && r.span.start > at), "{leak}");
    }
}

proptest::proptest! {
    #[test]
    fn anything_can_be_read(text in "\\PC{0,80}|([A-Z][a-zé]{1,6}[ .,\\n-]){0,12}|[0-9 ./+@A-Z-]{0,60}") {
        thread_local! {
            static SHIPPED: Deidentifier = Deidentifier::shipped().unwrap();
        }
        let mut known = Known::default();
        known.add("birth_name", "Le Goff");
        known.add("birth_date", "1950-02-03");
        known.add("phone", "0142345678");
        let mut work = Workspace::default();
        SHIPPED.with(|d| d.read(&text, &known, &mut work));
        let mut last = 0;
        for f in work.found() {
            proptest::prop_assert!(f.span.start >= last && f.span.end > f.span.start);
            proptest::prop_assert!(text.get(f.span.start..f.span.end).is_some());
            last = f.span.end;
        }
        mask(&text, work.found());
    }
}
