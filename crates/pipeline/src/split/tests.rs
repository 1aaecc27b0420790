//! Cases (`cases/stacks.toml`), rules and properties.

use relu_record::{Format, Page, PartialDate, Private, Word};
use relu_text::{Engine, NoteContext};

use super::*;

/// A reading whose pages hold those texts, every word with its place.
fn reading(pages: &[&str]) -> Reading {
    let mut r = Reading::new(Format::Pdf, "application/pdf");
    let mut text = String::new();
    for (n, page) in (0u32..).zip(pages) {
        if n > 0 {
            text.push('\u{c}');
        }
        r.pages.push(Page { width: 595.0, height: 842.0 });
        for piece in page.split_inclusive(char::is_whitespace) {
            let word = piece.trim();
            if !word.is_empty() {
                let span = Span::new(text.len(), text.len() + word.len());
                let bbox = BoundingBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };
                r.words.push(Word { span, page: n, bbox, confidence: None });
            }
            text.push_str(piece);
        }
    }
    r.text = Private::from(text.as_str());
    r
}

fn cuts(r: &Reading) -> (Vec<u32>, Vec<u32>, bool) {
    let notes = Engine::embedded().annotate(&r.text, &NoteContext::default());
    let context = Context::received(PartialDate::y(2024).unwrap());
    let made = Split::embedded().propose(r, &notes, &context).value;
    let (mut starts, mut out, mut several) = (vec![1], Vec::new(), false);
    for p in made {
        assert!(!p.evidence().is_empty());
        match p.value {
            ProposalValue::Cut(c) if c.leave_out => out.push(c.page + 1),
            ProposalValue::Cut(c) => starts.push(c.page + 1),
            _ => several = true,
        }
    }
    (starts, out, several)
}

#[test]
fn case_table() {
    let cases: toml::Table = toml::from_str(include_str!("cases/stacks.toml")).unwrap();
    let numbers = |v: Option<&toml::Value>| -> Vec<u32> {
        v.and_then(|v| v.as_array())
            .map(|a| a.iter().map(|n| n.as_integer().unwrap() as u32).collect())
            .unwrap_or_default()
    };
    for case in cases["case"].as_array().unwrap() {
        let pages: Vec<&str> =
            case["pages"].as_array().unwrap().iter().map(|p| p.as_str().unwrap()).collect();
        let (starts, out, several) = cuts(&reading(&pages));
        let why = case["why"].as_str().unwrap();
        assert_eq!(starts, numbers(case.get("starts")), "{why}");
        assert_eq!(out, numbers(case.get("out")), "{why}");
        assert_eq!(several, starts.len() > 1, "{why}");
    }
}

#[test]
fn the_code_of_a_separator_page_parts_even_where_its_words_are_unreadable() {
    let mut r = reading(&[
        "Dr Roux\nCertificat pour M. BERNARD",
        "Feuille grise illisible, presque noire",
        "Résultats du laboratoire\nSodium 138",
    ]);
    let bbox = BoundingBox { x0: 200.0, y0: 400.0, x1: 300.0, y1: 500.0 };
    let text = Private::from(relu_record::SEPARATOR_CODE);
    r.codes = vec![relu_record::PageCode { page: 1, bbox, text }];
    assert_eq!(cuts(&r), (vec![1, 3], vec![2], true));
    r.codes.clear();
    assert_eq!(cuts(&r).1, Vec::<u32>::new());
}

#[test]
fn every_sign_is_used_and_has_a_reason() {
    let rules = Rules::embedded();
    assert!(rules.sign.len() >= 15 && rules.least > 0.0 && rules.sure >= rules.least);
    let code = include_str!("mod.rs");
    for s in &rules.sign {
        assert!(!s.why.is_empty() && !s.source.is_empty() && s.points != 0.0, "{}", s.code);
        let quoted = format!("\"{}\"", s.code);
        assert!(code.contains(&quoted), "{}", s.code);
    }
}

proptest::proptest! {
    #[test]
    fn any_pages_are_read_without_harm(pages in proptest::collection::vec("\\PC{0,80}", 0..5)) {
        let pages: Vec<&str> = pages.iter().map(String::as_str).collect();
        let r = reading(&pages);
        let (starts, out, _) = cuts(&r);
        proptest::prop_assert!(starts.iter().chain(&out).all(|p| *p as usize <= pages.len().max(1)));
    }
}
