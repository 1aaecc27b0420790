//! A morning's post scanned in one go, cut by keyboard in a real browser: the cuts proposed are put
//! right, accepted, taken back, accepted again, and the documents that come of it are filed by key.
//!
//! The stack is a PDF whose text is misread here and there, as scanners that recognise give it, in
//! layouts that no rule was written on.

use std::time::{Duration, Instant};

use relu_synth::{Layouts, StackForm, StackTruth, stack};
use serde_json::json;

use super::support::{Browser, Day, ENTER, demo_day};

const LETTERS: usize = 15;
const RIGHT: char = '\u{e014}';
const HOME: char = '\u{e011}';

#[test]
fn a_stack_of_letters_is_cut_by_keyboard() {
    let dir = tempfile::tempdir().unwrap();
    let Some((day, server)) = demo_day(dir.path()) else { return };
    let made = stack(104, LETTERS, Layouts::HeldOut, StackForm::Misread);
    let file = dir.path().join(&made.name);
    std::fs::write(&file, &made.bytes).unwrap();

    day.sign_in("secretariat");
    let id = uploads(&day, &file);
    day.browser.open(&day.at(&format!("/documents/{id}/separer")));
    day.browser.find("body.split-page #sheets .page");
    assert_eq!(day.browser.count("#sheets .page"), made.truth.pages as usize);
    let turned = puts_right(&day.browser, &made.truth);
    eprintln!("{turned} keys beside the arrows put the cuts of {LETTERS} letters right");
    day.browser.key(ENTER);
    day.browser.find(&format!("#undo-bar[data-id='{id}']"));
    assert!(day.browser.text("[data-test=notice]").contains(&LETTERS.to_string()));
    let made_of = children(&day, &id);
    assert_eq!(made_of.len(), LETTERS);

    // Taken back: the stack waits again, and nothing of it is in the list.
    day.browser.open(&day.at("/"));
    day.browser.open(&day.at(&format!("/documents/{id}")));
    day.browser.find(".columns[data-state=clos]");
    day.browser.key('u');
    day.browser.find(".columns[data-state=a-separer]");
    day.browser.open(&day.at(&format!("/documents/{}", made_of[0])));
    day.browser.find(".columns[data-state=clos]");

    // Cut again in the same places: the same documents come back.
    day.browser.open(&day.at(&format!("/documents/{id}/separer")));
    day.browser.find("body.split-page #sheets .page");
    puts_right(&day.browser, &made.truth);
    day.browser.key(ENTER);
    day.browser.find(&format!("#undo-bar[data-id='{id}']"));
    let mut again = children(&day, &id);
    let mut first = made_of.clone();
    again.sort();
    first.sort();
    assert_eq!(again, first);

    let filed = files(&day, &made_of);
    eprintln!("{filed} of {LETTERS} filed with one key, the others wait to be attached");
    assert!(filed >= LETTERS / 3, "{filed}");
    // One that is filed stands: the cutting is not taken back under it.
    day.browser.open(&day.at(&format!("/documents/{id}")));
    day.browser.find(".columns[data-state=clos]");
    day.browser.key('u');
    day.browser.find("[data-test=failure], .notice.wrong");
    day.ends(server, &["409"]);
}

/// Goes from page to page by the arrow and turns what is proposed wrongly; says how many keys beside
/// the arrows.
pub(super) fn puts_right(b: &Browser, truth: &StackTruth) -> usize {
    let mut turned = 0;
    b.key(HOME);
    for page in 0..truth.pages {
        let here =
            format!("return document.activeElement?.closest('.page')?.dataset.page === '{page}'");
        b.until("the focus", &here);
        for (what, key, wanted) in [
            ("begins", 's', truth.starts.contains(&page)),
            ("out", 'e', truth.between.contains(&page)),
        ] {
            // What is said of a page left out tells nothing.
            if what == "begins" && truth.between.contains(&page) {
                continue;
            }
            let script = format!(
                "return document.querySelector('.page[data-page=\"{page}\"] [data-{what}]').checked"
            );
            if b.run(&script) != json!(wanted) {
                b.key(key);
                b.until("the turn", &format!("{script} === {wanted}"));
                turned += 1;
            }
        }
        if page + 1 < truth.pages {
            b.key(RIGHT);
        }
    }
    let told = b.text("[data-test=split-count]");
    assert!(told.contains(&truth.starts.len().to_string()), "{told}");
    turned
}

/// The documents made out of a stack.
pub(super) fn children(day: &Day, id: &str) -> Vec<String> {
    day.browser.open(&day.at(&format!("/documents/{id}")));
    day.browser.find("ul.siblings");
    let found = day.browser.run(
        "return [...document.querySelectorAll('ul.siblings a')].map((a) => new URL(a.href).pathname.split('/')[2])",
    );
    found.as_array().unwrap().iter().map(|v| v.as_str().unwrap().to_owned()).collect()
}

/// Gives a file in and waits until it is to be cut; gives its id.
fn uploads(day: &Day, file: &std::path::Path) -> String {
    day.browser.open(&day.at("/"));
    day.browser.choose_file("#files", file);
    let name = file.file_name().unwrap().to_string_lossy().into_owned();
    let until = Instant::now() + Duration::from_secs(120);
    loop {
        day.browser.open(&day.at("/?etat=a-separer"));
        day.browser.find("main");
        for row in day.browser.rows() {
            let id = row.as_str().unwrap().to_owned();
            day.browser.open(&day.at(&format!("/documents/{id}")));
            if day.browser.text("[data-test=document-name]").contains(&name) {
                return id;
            }
        }
        assert!(Instant::now() < until, "{name} is not among those to cut");
    }
}

/// Files by Enter those whose patient is sure; each child has its own bytes and its own words.
fn files(day: &Day, children: &[String]) -> usize {
    let mut filed = 0;
    for child in children {
        day.browser.open(&day.at(&format!("/documents/{child}")));
        day.browser.find(&format!(".columns[data-document='{child}']"));
        assert!(day.browser.text("[data-test=document-name]").contains("page"));
        if day.browser.count(".columns[data-state=a-classer]") == 0 {
            continue;
        }
        day.browser.key(ENTER);
        day.browser.find(&format!("#undo-bar[data-id='{child}']"));
        filed += 1;
    }
    filed
}
