//! Accessibility of every page, by axe-core in a real browser: no serious or critical finding of
//! WCAG 2.2 A and AA. The pages are found as a person finds them: from the first one, by the links of
//! each, once for every kind of address and for every role; then those that only an act leads to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::support::{Day, ENTER, demo_day};

/// Most pages looked at for one role.
const MOST: usize = 60;

#[test]
fn every_page_is_accessible() {
    let Some(axe) = std::env::var_os("RELU_TEST_AXE") else {
        eprintln!(
            "skipped: RELU_TEST_AXE is not set; cargo xtask test fetches axe-core where it can"
        );
        return;
    };
    let axe = std::fs::read_to_string(&axe).expect("RELU_TEST_AXE names a file");
    let dir = tempfile::tempdir().unwrap();
    let Some((day, server)) = demo_day(dir.path()) else { return };
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut look = |day: &Day, role: &str, page: &str| {
        let told = violations(day, &axe);
        found.entry(format!("{role} {page}")).or_default().extend(told);
    };

    day.browser.open(&day.at("/connexion"));
    look(&day, "-", "/connexion");
    for role in ["medecin", "secretariat", "admin"] {
        day.sign_in(role);
        if role == "medecin" {
            files_some(&day);
        }
        let pages = crawl(&day, role, &mut look);
        eprintln!("{role}: {} pages", pages.len());
        assert!(pages.len() >= 6, "{pages:?}");
        let timeline = pages.contains("/patients/*/chronologie");
        assert!(timeline || role == "admin", "{pages:?}");
        if role == "secretariat" {
            day.browser.open(&day.at("/?etat=a-classer"));
            for key in ['j', 'x', 'b'] {
                day.browser.key(key);
            }
            day.browser.find("[data-test=lot-line]");
            look(&day, role, "/lot");
            for (key, dialog) in [('c', "#palette[open]"), ('?', "#keys[open]")] {
                day.browser.open(&day.at("/"));
                day.browser.find("main");
                day.browser.key(key);
                day.browser.find(dialog);
                look(&day, role, dialog);
            }
        }
    }
    found.retain(|_, told| !told.is_empty());
    assert!(found.is_empty(), "{found:#?}");
    day.browser.close();
    server.stop();
}

/// A few documents filed and one seen, so that pages of patients and of history have something.
fn files_some(day: &Day) {
    day.browser.open(&day.at("/?etat=a-classer"));
    day.browser.click("tr[data-test=document] a.row-link");
    for _ in 0..3 {
        day.browser.find(".columns[data-state=a-classer]");
        let id = day.browser.document();
        if day.browser.count("#patients") > 0 && day.browser.count("#patients input:checked") == 0 {
            day.browser.key('j');
            day.browser.find(&format!(".columns:not([data-document='{id}'])"));
            continue;
        }
        day.browser.key(ENTER);
        day.browser.find(&format!("#undo-bar[data-id='{id}']"));
    }
}

/// Every page that links lead to, one for each kind of address.
fn crawl(day: &Day, role: &str, look: &mut impl FnMut(&Day, &str, &str)) -> BTreeSet<String> {
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut next = vec!["/".to_owned()];
    while let Some(path) = next.pop() {
        if seen.len() >= MOST || !seen.insert(kind(&path)) {
            continue;
        }
        day.browser.open(&day.at(&path));
        day.browser.find("main");
        look(day, role, &kind(&path));
        let links = day.browser.run(
            "return [...document.querySelectorAll('a[href^=\"/\"]:not([download])')].map((a) => a.getAttribute('href'))",
        );
        let links: Vec<String> = serde_json::from_value(links).unwrap();
        let pages = links.into_iter().filter(|l| {
            !["/api", "/assets", "/fhir"].iter().any(|p| l.starts_with(p))
                && !["/original", ".json", ".csv", ".pdf", ".txt"].iter().any(|e| l.contains(e))
        });
        next.extend(pages.filter(|l| !seen.contains(&kind(l))));
    }
    seen
}

/// The kind of an address: parts that look like an id are one, and so are the values of a query, but
/// for the state of a list.
fn kind(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let id = |part: &str| part.len() > 3 && part.bytes().any(|b| b.is_ascii_digit());
    let path: Vec<&str> = path.split('/').map(|p| if id(p) { "*" } else { p }).collect();
    let state = query.split('&').find(|p| p.starts_with("etat="));
    format!("{}{}", path.join("/"), state.map_or(String::new(), |s| format!("?{s}")))
}

/// What axe-core says of the page shown: rule and place of each serious or critical finding.
fn violations(day: &Day, axe: &str) -> Vec<String> {
    day.browser.run(axe);
    let told = day.browser.run_async(
        "const done = arguments[arguments.length - 1];\
         axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })\
           .then((r) => done(r.violations.map((v) => [v.id, v.impact, v.nodes.map((n) => n.target.join(' ')).slice(0, 3).join(' ; '), v.help])))\
           .catch((e) => done([['axe', 'critical', String(e), '']]))",
    );
    let told: Vec<Vec<Value>> = serde_json::from_value(told).unwrap();
    told.iter()
        .filter(|v| [json!("serious"), json!("critical")].contains(&v[1]))
        .map(|v| format!("{} {} {}", v[0], v[2], v[3]))
        .collect()
}
