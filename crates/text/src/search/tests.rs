//! What a text holds, what a line asks for, what is shown of it.

use proptest::prelude::*;

use super::query::{code_term, parse};
use super::*;

fn said(text: &str) -> Vec<String> {
    terms(text).into_iter().map(|t| t.text).collect()
}

#[test]
fn small_words_are_in_order() {
    assert!(SMALL.is_sorted());
}

#[test]
fn forms_of_one_word_are_one_term() {
    for forms in [
        "insuffisance l'insuffisance INSUFFISANCES L’insuffisance",
        "artériel artérielle artériels artérielles",
        "rénal rénale rénaux rénales",
        "douloureux douloureuse douloureuses",
        "opéré opérée opérés opérées opérer",
        "œdème oedème œdèmes",
        "fracture fractures",
        "digestif digestive digestives",
        "cardiaque cardiaques",
        "cheval chevaux",
        "myocarde myocardes",
    ] {
        let mut all = said(forms);
        all.dedup();
        assert_eq!(all.len(), 1, "{forms}: {all:?}");
    }
    for (a, b) in [("rein", "rien"), ("foie", "fois"), ("bras", "bris"), ("hépatite", "hépatique")]
    {
        assert_ne!(said(a), said(b));
    }
}

#[test]
fn places_count_small_words_and_spans_are_those_of_the_text() {
    let text = "Pas d'infarctus du myocarde.";
    let all = terms(text);
    let of: Vec<(&str, u32)> =
        all.iter().map(|t| (&text[t.span.start..t.span.end], t.place)).collect();
    assert_eq!(of, [("Pas", 0), ("infarctus", 1), ("myocarde", 3)]);
}

fn shown(line: &str) -> String {
    let one = |a: &Alternative| {
        let words: Vec<String> = a.terms.iter().map(|(t, n)| format!("{t}{n}")).collect();
        let mark = if a.ordered { "" } else { "?" };
        format!("{mark}{}{}", words.join(" "), if a.prefix { "*" } else { "" })
    };
    let clause = |c: &Clause| {
        let any: Vec<String> = c.any.iter().map(one).collect();
        format!("{}{}", if c.negative { "-" } else { "" }, any.join(" | "))
    };
    parse(line).clauses.iter().map(clause).collect::<Vec<_>>().join(" ; ")
}

#[test]
fn a_line_says_what_is_asked_for() {
    for (line, wanted) in [
        ("", ""),
        ("  de la  ", ""),
        ("toux ", "?toux0"),
        ("toux fiev", "?toux0 ; ?fiev0*"),
        ("l'insuffisance ", "?insuffisanc0"),
        ("\"infarctus du myocarde\"", "infarctu0 myocard2"),
        ("« toux sèche »", "toux0 sech1"),
        ("toux -fièvre", "?toux0 ; -?fievr0*"),
        ("-\"toux sèche\" douleur ", "-toux0 sech1 ; ?douleur0"),
        ("I21", "#i210* | i210"),
        ("4548-4 ", "#4548-40* | 45480 41"),
        ("\"sans fin", "sans0 fin1"),
    ] {
        assert_eq!(shown(line), wanted, "{line}");
    }
    assert!(shown("IDM ").contains("infarctu0 myocard2"), "{}", shown("IDM "));
    assert!(
        shown("infarctus du myocarde ").contains("| idm0"),
        "{}",
        shown("infarctus du myocarde ")
    );
    assert!(shown("hta ").contains("hypertension0 arteriel1"), "{}", shown("hta "));
    assert!(!shown("\"hta\"").contains("hypertension"), "a phrase is taken as written");
    assert_eq!(code_term("I21.9"), "#i21.9");
}

proptest! {
    #[test]
    fn any_line_and_any_text_are_read(line in any::<String>()) {
        let query = parse(&line);
        prop_assert!(query.clauses.len() <= 32);
        for t in terms(&line) {
            prop_assert!(line.get(t.span.start..t.span.end).is_some());
        }
    }
}

fn cut(text: &str, line: &str) -> String {
    let pieces = snippet(text, &parse(line)).into_iter();
    let shown = pieces.map(|(span, marked)| {
        let piece = &text[span.start..span.end];
        if marked { format!("[{piece}]") } else { piece.to_owned() }
    });
    shown.collect()
}

#[test]
fn what_was_asked_for_is_marked_where_most_of_it_stands() {
    let far = "mot ".repeat(200);
    let text = format!("Toux. {far}Pas d'infarctus du myocarde, toux grasse. {far}");
    let shown = cut(&text, "idm toux ");
    assert!(shown.contains("Pas d'[infarctus] du [myocarde], [toux] grasse."), "{shown}");
    assert!(shown.len() < 400);
    assert_eq!(cut("court", "absent "), "court");
    assert_eq!(cut("", "toux"), "");
}

proptest! {
    #[test]
    fn pieces_are_of_the_text(text in any::<String>(), line in "[a-zé \"*-]{0,20}") {
        for (span, _) in snippet(&text, &parse(&line)) {
            prop_assert!(text.get(span.start..span.end).is_some());
        }
    }
}
