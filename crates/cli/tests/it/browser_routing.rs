//! Routing in a real browser: a rule written as a sentence, tried, put in use, and a new document that
//! carries its route and its why, waits to be printed and is; the doctor's filters; and one document of
//! a queue that two people take at once.

use super::support::{Browser, Day, demo_day, demo_letter, demo_server};

const RULE: &str = "Si l'expéditeur contient « Aubrac » et un délai est écrit, alors attribuer à la \
                    bannette « Imagerie », créer une tâche « Revoir » pour le délai écrit et imprimer.";

fn letter(name: &str) -> String {
    let body = format!(
        "Motif : douleur thoracique. Madame {name} est suivie pour une hypertension artérielle.\n\n\
         Conclusion : pas d'argument pour un syndrome coronarien. Poursuite du traitement actuel. \
         Merci de la revoir avant le 20/04/2026."
    );
    demo_letter(name, "Jeanne", "12/03/1950", &body)
}

#[test]
fn a_rule_is_written_tried_put_in_use_and_routes_a_new_document() {
    let dir = tempfile::tempdir().unwrap();
    let Some((day, server)) = demo_day(dir.path()) else { return };
    let b = &day.browser;
    day.sign_in("medecin");
    day.receives(dir.path(), "ESSAIROUTE", &letter("ESSAIROUTE"));

    b.open(&day.at("/regles"));
    b.click("#begin-draft");
    // A wrong sentence says the word, keeps what was typed, and changes nothing.
    b.write(
        "#sentence",
        "Si l'expéditeur contient « Aubrac », alors attribuer à la bannette « Radio ».",
    );
    b.click("#rule-submit");
    b.find("[data-test=problem]");
    assert!(b.text("[data-test=problem]").contains("Radio"));
    b.run("document.querySelector('#sentence').value = ''");
    b.write("#sentence", RULE);
    b.click("#rule-submit");
    b.until(
        "the rule in the draft",
        "return [...document.querySelectorAll('[data-test=rule]')].some((r) => r.innerText.includes('Aubrac'))",
    );
    // First in order, by the buttons.
    while b.run("return document.querySelector('[data-test=rule]').innerText.includes('Aubrac')")
        != true
    {
        let before = b.run("return [...document.querySelectorAll('[data-test=rule]')].findIndex((r) => r.innerText.includes('Aubrac'))");
        b.run("[...document.querySelectorAll('[data-test=rule]')].find((r) => r.innerText.includes('Aubrac')).querySelector('form[action$=monter] button').click()");
        b.until(
            "the rule moved",
            &format!("const at = [...document.querySelectorAll('[data-test=rule]')].findIndex((r) => r.innerText.includes('Aubrac')); return at >= 0 && at < {before}"),
        );
    }

    b.click("#try");
    b.find("[data-test=tried]");
    let documents: u64 = b.attribute("[data-test=tried]", "data-documents").parse().unwrap();
    let changed: u64 = b.attribute("[data-test=tried]", "data-changed").parse().unwrap();
    assert!(documents >= 20 && changed >= 1, "{documents} {changed}");
    let matched: u64 = b.attribute("[data-test=count]", "data-matched").parse().unwrap();
    assert!(matched >= 1, "the first rule is true of the letter");
    assert!(b.count("[data-test=change]") >= 1);

    b.open(&day.at("/regles"));
    b.click("#draft [data-test=activate]");
    b.find("#active [data-test=rules]");

    let id = day.receives(dir.path(), "ESSAIAPRES", &letter("ESSAIAPRES"));
    b.open(&day.at(&format!("/documents/{id}")));
    assert_eq!(b.text("[data-test=route-to]"), "Imagerie");
    assert!(b.count("[data-test=route-line]") >= 2);
    b.click("#why");
    b.find("[data-test=why]");
    assert_eq!(b.attribute("[data-test=why]", "data-truth"), "true");
    assert!(b.text("[data-test=why]").contains("avant le 20/04/2026"), "the proof is quoted");
    b.click("#back-to-document");
    b.click("#accept-and-next");
    b.find(&format!("#undo-bar[data-id='{id}']"));
    b.open(&day.at("/bannettes?b=imagerie"));
    b.find(&format!("[data-test=item][data-id='{id}']"));
    b.open(&day.at("/bannettes?b=taches"));
    b.until(
        "the task of the rule",
        "return [...document.querySelectorAll('[data-test=task]')].some((t) => t.innerText.includes('Revoir'))",
    );
    prints(&day, &id);
    // The doctor's list keeps its filters after a reload; the name looked for is in no address.
    b.open(&day.at("/a-viser"));
    b.write("#visa-patient", "essaiapr");
    b.click("#visa-filter");
    b.find("#visa-clear");
    assert_eq!(b.count("[data-test=visa]"), 1);
    assert!(!b.address().contains("essaiapr"));
    b.run("const mention = document.querySelector('#visa-mention'); mention.value = 'urgent'; mention.form.requestSubmit()");
    b.find("[data-test=empty]");
    b.reload();
    b.find("[data-test=empty]");
    assert_eq!(b.run("return document.querySelector('#visa-mention').value"), "urgent");
    assert_eq!(b.run("return document.querySelector('#visa-patient').value"), "essaiapr");
    b.click("#visa-clear");
    b.until("all again", "return !document.querySelector('#visa-clear')");
    b.open(&day.at("/a-viser"));
    b.find(&format!("[data-test=visa][data-id='{id}']"));
    b.click("#mine");
    b.find("[data-test=empty]");
    b.reload();
    b.find("[data-test=empty]");
    b.click("#mine");
    b.find(&format!("[data-test=visa][data-id='{id}']"));
    b.run(&format!(
        "document.querySelector(\"[data-test=visa][data-id='{id}'] a.row-open\").focus()"
    ));
    b.key('v');
    b.until(
        "the visa",
        &format!("return !document.querySelector(\"[data-test=visa][data-id='{id}']\")"),
    );
    day.ends(server, &["422"]);
}

/// What the rule wanted printed is chosen and printed by key, said to be printed, and taken back.
fn prints(day: &Day, id: &str) {
    let (b, line) = (&day.browser, format!("[data-test=print][data-id='{id}']"));
    b.open(&day.at("/bannettes?b=imprimer"));
    b.find(&line);
    let open = b.attribute("#bannette-imprimer", "data-open");
    assert!(b.text(&line).contains("une règle"));
    b.run(&format!("document.getElementById('doc-{id}').focus()"));
    for key in ['x', 'b'] {
        b.key(key);
    }
    b.find("[data-test=print-document]");
    b.click("#printed");
    b.find("#undo-notice");
    b.none(&line);
    assert_ne!(b.attribute("#bannette-imprimer", "data-open"), open);
    b.key('u');
    b.find(&line);
    assert_eq!(b.attribute("#bannette-imprimer", "data-open"), open);
    // From the document's page too.
    b.open(&day.at(&format!("/documents/{id}")));
    b.find("[data-test=to-print]");
    b.click("#to-print");
    b.until("no longer to be printed", "return !document.querySelector('[data-test=to-print]')");
    b.open(&day.at("/bannettes?b=imprimer"));
    b.find("[data-queue=imprimer]");
    b.none(&line);
}

#[test]
fn two_people_take_one_document_at_once() {
    let dir = tempfile::tempdir().unwrap();
    // A browser has its folder to itself.
    let other = tempfile::tempdir().unwrap();
    let Some(first) = Browser::start(dir.path()) else { return };
    let Some(second) = Browser::start(other.path()) else { return };
    let server = demo_server(dir.path());
    let seats = [first, second].map(|browser| Day { browser, address: server.address.clone() });
    let [a, b] = &seats;
    a.sign_in("secretariat");
    b.sign_in("medecin");
    let names = [a, b].map(|s| s.browser.text("[data-test=account-name]"));

    let id = a.receives(dir.path(), "ESSAIDEUX", &letter("ESSAIDEUX"));
    a.browser.open(&a.at(&format!("/documents/{id}")));
    a.browser.run("document.querySelector('#queue').value = 'courriers'");
    a.browser.click("#queue-choose");
    a.browser.until(
        "the queue chosen",
        "return document.querySelector('[data-test=route-to]')?.textContent === 'Courriers'",
    );
    a.browser.click("#accept-and-next");
    a.browser.find(&format!("#undo-bar[data-id='{id}']"));

    for seat in &seats {
        seat.browser.open(&seat.at("/bannettes?b=courriers"));
        seat.browser.find(&format!("#claim-{id}"));
    }
    // Both press before either page has changed.
    for seat in &seats {
        seat.browser.run(&format!("document.getElementById('claim-{id}').click()"));
    }
    for seat in &seats {
        seat.browser.until(
            "an answer",
            &format!(
                "return document.querySelector('[data-test=failure], #release-{id}') !== null"
            ),
        );
    }
    let held = seats.each_ref().map(|s| s.browser.count(&format!("#release-{id}")) == 1);
    assert!(held[0] != held[1], "exactly one gets it");
    let (winner, loser) = if held[0] { (0, 1) } else { (1, 0) };
    let told = seats[loser].browser.text("[data-test=failure]");
    assert!(told.contains(&names[winner]) && told.contains("s'en occupe déjà"), "{told}");
    // The lock is seen by the other, with the name and since when.
    seats[loser].browser.reload();
    let lock = seats[loser].browser.text(&format!("[data-id='{id}'] [data-test=holder]"));
    assert!(lock.contains(&names[winner]) && lock.contains("depuis"), "{lock}");
    seats[loser].browser.none(&format!("#claim-{id}"));
    // Given back by key, taken back by key, on the one chosen among those that wait.
    seats[winner].browser.run(&format!("document.getElementById('release-{id}').focus()"));
    seats[winner].browser.key('r');
    seats[winner].browser.find(&format!("#claim-{id}"));
    seats[winner].browser.key('u');
    seats[winner].browser.find(&format!("#release-{id}"));
    for seat in &seats {
        seat.browser.quiet(&["409"]);
    }
    seats.into_iter().for_each(|s| s.browser.close());
    server.stop();
}
