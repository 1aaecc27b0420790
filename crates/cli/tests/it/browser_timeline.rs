//! The timeline in a real browser, on the patient whom the demo has known for three years: filters in the
//! address, a chart, one click to the words, and what the letter of this morning says differently.

use super::support::{ENTER, demo_day};

#[test]
fn a_doctor_reads_a_course_and_answers_what_differs() {
    let dir = tempfile::tempdir().unwrap();
    let Some((day, server)) = demo_day(dir.path()) else { return };
    let (browser, at) = (&day.browser, |path: &str| day.at(path));
    day.sign_in("medecin");

    // From a filed document to the timeline of its patient.
    browser.open(&at("/?etat=vu"));
    browser.click("tr[data-test=document] a.row-link");
    browser.click("#timeline");
    browser.find("[data-test=timeline]");
    assert_eq!(browser.count("[data-test=group]"), 6);
    assert!(browser.count("[data-test=chart]") >= 4);
    let timeline = browser.run("return location.pathname").as_str().unwrap().to_owned();

    // The filter is in the address and survives a reload.
    browser.click("a[data-kind=allergies]");
    browser.find("a[data-kind=allergies][aria-current]");
    let asked = browser.run("return location.search");
    assert_eq!(asked.as_str(), Some("?quoi=allergies"));
    assert_eq!(browser.count("[data-test=fact]:not([data-kind=allergies])"), 0);
    assert_eq!(browser.count("[data-test=chart]"), 0);

    // One click to the exact words, lit in the document.
    browser.open(&at(&format!("{timeline}?quoi=medicaments")));
    browser.click("[data-test=fact][data-kind=medicaments] a");
    browser.find(".columns[data-document]");
    browser.find("#pane-text:not([hidden]) mark.ev.on");

    // The letter of this morning: shown before it is filed, beside the filing that goes on.
    browser.open(&at("/?etat=a-classer"));
    let letter = browser.run(
        "return [...document.querySelectorAll('tr[data-test=document]')]\
           .find((r) => r.textContent.includes('VERNEJOULS')).querySelector('a.row-link').getAttribute('href')",
    );
    browser.open(&at(letter.as_str().unwrap()));
    browser.find("#pairs [data-test=pair]");
    let shown = browser.count("#pairs [data-test=pair]");
    assert!(shown >= 3, "{shown} pairs");
    assert_eq!(browser.count("#pairs form"), 0, "answered once it is filed");
    let id = browser.document();
    browser.key(ENTER);
    browser.find(&format!("#undo-bar[data-id='{id}']"));

    // Filed: the doctor keeps one, notes another, and takes an answer back.
    browser.open(&at(&timeline));
    browser.find("#pairs [data-test=pair]");
    let open = browser.count("#pairs [data-test=pair]");
    browser.click("#pairs [data-rule=CTR004] button[data-answer=ailleurs]");
    browser.find(&format!("[data-test=pairs-count][data-count='{}']", open - 1));
    browser.open(&at(&format!("/documents/{id}")));
    browser.find("[data-rule=CTR004][data-kept=ailleurs] [data-test=pair-decision]");
    browser.click("#pairs article:not(.decided) button[data-answer=vu]");
    browser.find("article[data-kept=vu]");
    browser.click("[data-rule=CTR004] button[data-answer=rouvrir]");
    browser.find("[data-rule=CTR004]:not([data-kept])");
    day.ends(server, &[]);
}
