//! Patients in a real browser: a list is tried and imported, two records of one person are merged and
//! split, and a document filed to the wrong patient is detached, with what had left, and given back.

use super::support::{ENTER, demo_day};

const LIST: &str = "IPP;Nom;Prénom;Date de naissance;Sexe\n\
    1001;ESSAIDOUBLE;Jeanne;12/03/1950;F\n1002;ESSAIDOUBLE;Jeanne;12/03/1950;F\n";

#[test]
fn a_secretary_imports_merges_and_detaches() {
    let dir = tempfile::tempdir().unwrap();
    let Some((day, server)) = demo_day(dir.path()) else { return };
    let (browser, at) = (&day.browser, |path: &str| day.at(path));
    day.sign_in("secretariat");

    let list = dir.path().join("patients.csv");
    std::fs::write(&list, LIST).unwrap();
    browser.open(&at("/patients/importer"));
    browser.write("#import-source", "LOGI");
    browser.choose_file("#import-file", &list);
    browser.click("#import-try");
    browser.find("[data-test=import-count][data-outcome=new][data-count='2']");
    browser.click("#import-apply");
    browser.find("[data-test=import-count][data-outcome=new][data-count='2']");
    browser.none("#import-apply");

    browser.open(&at("/patients"));
    browser.find("[data-test=doubles-count][data-count='1']");
    browser.none("[data-test=pair] input:checked");
    browser.click("[data-test=side] input");
    browser.click("#merge-0");
    browser.find("[data-test=doubles-count][data-count='0']");
    browser.click("[data-test=merge][data-standing=oui] button");
    browser.find("[data-test=merge][data-standing=non]");
    browser.find("[data-test=doubles-count][data-count='1']");

    browser.open(&at("/"));
    browser.click("#tab-a-classer");
    browser.find("#tab-a-classer[aria-current]");
    browser.click("tr[data-test=document] a.row-link");
    browser.find(".columns[data-state=a-classer]");
    let id = browser.document();
    browser.key(ENTER);
    browser.find(&format!("#undo-bar[data-id='{id}']"));
    browser.open(&at(&format!("/documents/{id}")));
    browser.click("#detach");
    browser.find("[data-test=detached-from]");
    browser.find("[data-test=left]");
    browser.click("#undo-detach");
    browser.find(&format!(".columns[data-document='{id}']"));
    browser.find("#detach");
    day.ends(server, &[]);
}
