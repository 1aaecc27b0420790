//! Several documents at once in a real browser: chosen and previewed by key, filed together, the lot
//! taken back by one key; printed together; the palette of commands; and a saved view of the list.

use serde_json::json;

use super::support::{Day, ENTER, demo_day};

#[test]
fn a_lot_is_shown_filed_and_taken_back() {
    let dir = tempfile::tempdir().unwrap();
    let Some((day, server)) = demo_day(dir.path()) else { return };
    day.sign_in("secretariat");
    chooses_by_key(&day);
    let filed = files_what_was_shown(&day);
    takes_it_all_back(&day, filed);
    prints(&day);
    goes_by_the_palette(&day);
    keeps_a_view(&day);
    day.ends(server, &[]);
}

fn list(day: &Day) {
    day.browser.open(&day.at("/?etat=a-classer"));
    day.browser.find("#tab-a-classer[aria-current]");
}

fn waiting(day: &Day) -> u64 {
    list(day);
    day.browser.attribute("[data-test=total]", "data-total").parse().unwrap()
}

/// `j` and `x` choose lines one by one; the bar counts them. Then all of the page.
fn chooses_by_key(day: &Day) {
    list(day);
    assert_eq!(day.browser.run("return document.querySelector('.lot-bar').hidden"), json!(true));
    for key in ['j', 'x', 'j', 'x'] {
        day.browser.key(key);
    }
    assert!(day.browser.text("#lot-count").starts_with('2'));
    day.browser.key('x');
    assert!(day.browser.text("#lot-count").starts_with('1'));
    day.browser.click("#lot-all");
}

/// The preview says what becomes of each, and the act does that and nothing else.
fn files_what_was_shown(day: &Day) -> usize {
    day.browser.key('b');
    day.browser.find("#lot-ready");
    let before = day.browser.count("[data-test=lot-line]");
    let ids = day.browser.run(
        "return [...document.querySelectorAll('#lot-ready [data-test=lot-line]')].map((l) => l.dataset.id)",
    );
    let ready: Vec<String> = serde_json::from_value(ids).unwrap();
    assert!(ready.len() >= 5 && ready.len() <= before, "{} of {before} ready", ready.len());
    assert!(day.browser.text("#lot-do").contains(&ready.len().to_string()));
    day.browser.click("#lot-do");
    day.browser.find("[data-test=undo-lot]");
    // Two documents of one new patient may turn out not to be surely one: the second is left.
    let said = day.browser.text("[data-test=undo-lot] b");
    let filed: usize = said.split(' ').next().and_then(|n| n.parse().ok()).unwrap();
    assert!(filed <= ready.len() && filed + 3 >= ready.len(), "{said} of {}", ready.len());
    for id in ready.iter().take(2) {
        day.browser.open(&day.at(&format!("/documents/{id}")));
        let state = day.browser.attribute(".columns", "data-state");
        assert!(matches!(state.as_str(), "classe" | "a-viser"), "{state}");
    }
    filed
}

/// The browser's way back leads to the list, whose bar still takes the lot back.
fn takes_it_all_back(day: &Day, filed: usize) {
    let left = waiting(day);
    // The address of the list after the act names the lot; a person would still be there.
    day.browser.run("history.go(-3)");
    day.browser.find("[data-test=undo-lot]");
    day.browser.key('u');
    day.browser.until(
        "the lot taken back",
        "return document.querySelector('[data-test=notice]')?.innerText.includes('remis comme avant') ?? false",
    );
    assert_eq!(waiting(day), left + filed as u64);
}

fn prints(day: &Day) {
    list(day);
    for key in ['j', 'x', 'j', 'x'] {
        day.browser.key(key);
    }
    day.browser.click("#lot-print");
    day.browser.find("[data-test=print-document]");
    assert_eq!(day.browser.count("[data-test=print-document]"), 2);
    assert!(day.browser.count(".paper-document img, .paper-document pre") >= 2);
}

/// `c`, some letters, Enter.
fn goes_by_the_palette(day: &Day) {
    list(day);
    day.browser.key('c');
    day.browser.write("#palette-query", "journ");
    day.browser.until(
        "one command left",
        "return [...document.querySelectorAll('#palette li')].filter((l) => !l.hidden).length === 1",
    );
    day.browser.run("document.querySelector('#palette-query').focus()");
    day.browser.key(ENTER);
    day.browser.find("#verify-ledger");
}

/// What the list shows is saved, opened from another page by its name, and forgotten with an undo.
fn keeps_a_view(day: &Day) {
    list(day);
    let word: String = day
        .browser
        .text("tr[data-test=document] a.row-link")
        .chars()
        .take_while(|c| c.is_alphabetic())
        .collect();
    day.browser.write("#search", &word);
    day.browser.click("#search-submit");
    day.browser.find("#search-clear");
    day.browser.click("#order");
    day.browser.find("th[aria-sort=descending]");
    let found = day.browser.rows();
    assert!(!found.is_empty());
    day.browser.click("#views-menu");
    day.browser.find("[data-test=no-views]");
    day.browser.write("#view-name", "Les siens");
    day.browser.click("#save-view");
    day.browser.until(
        "the view shown",
        "return document.querySelector('#views-menu')?.textContent === 'Vue : Les siens'",
    );
    day.browser.reload();
    assert_eq!(day.browser.rows(), found);

    day.browser.open(&day.at("/journal"));
    day.browser.key('c');
    day.browser.write("#palette-query", "siens");
    day.browser.until(
        "the view among the commands",
        "return [...document.querySelectorAll('#palette li')].filter((l) => !l.hidden).length === 1",
    );
    day.browser.run("document.querySelector('#palette-query').focus()");
    day.browser.key(ENTER);
    day.browser.find("#search-clear");
    assert_eq!(day.browser.rows(), found);
    assert!(!day.browser.address().to_lowercase().contains(&word.to_lowercase()));

    day.browser.click("#views-menu");
    day.browser.click("[data-test=saved-view] form[action$=oublier] button");
    day.browser.find("#undo-notice");
    assert_eq!(day.browser.text("#views-menu"), "Vues enregistrées");
    day.browser.key('u');
    day.browser.until(
        "the view again",
        "return document.querySelector('#views-menu')?.textContent === 'Vue : Les siens'",
    );
}
