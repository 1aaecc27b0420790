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
