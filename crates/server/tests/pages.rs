//! Pages as pure functions: what holds on every one of them, and the marks each must carry.
#![allow(clippy::unwrap_used)]

mod samples;

use std::collections::BTreeMap;

use relu_record::{DocumentState, Role};
use relu_server::ListQuery;
use relu_server::pages::Section;

fn document(view: relu_desk::view::DocumentView, role: Role) -> String {
    samples::document_page(view, role, &ListQuery::default()).into_string()
}

fn review(view: &relu_desk::view::ExportView, role: Role) -> String {
    samples::exports::review_page(view, role).into_string()
}

fn all_pages() -> Vec<(&'static str, String)> {
    use Role::{Administrateur, Medecin, Secretariat};
    vec![
        ("inbox", samples::inbox_page(None).into_string()),
        ("inbox, one state", samples::inbox_page(Some(DocumentState::AClasser)).into_string()),
        ("inbox, empty", samples::empty_page().into_string()),
        ("document", document(samples::letter(), Secretariat)),
        ("document, doctor", document(samples::to_see(), Medecin)),
        ("document without pages", document(samples::message(), Medecin)),
        ("document, patient not sure", document(samples::unsure(), Secretariat)),
        ("document, quarantine", document(samples::unreadable(), Secretariat)),
        ("sign-in", samples::sign_in_page().into_string()),
        ("first start", samples::first_page().into_string()),
        ("register", samples::register_page(Administrateur).into_string()),
        ("register, read", samples::register_page(Secretariat).into_string()),
        ("ledger", samples::journal_page().into_string()),
        ("deliveries", samples::deliveries_page().into_string()),
        ("search", samples::search_page().into_string()),
        ("accounts", samples::accounts_page().into_string()),
        ("home", samples::home_page().into_string()),
        ("failure", samples::failure_page().into_string()),
        ("exports", samples::exports::list_page(Medecin).into_string()),
        ("exports, administrator", samples::exports::list_page(Administrateur).into_string()),
        ("export, new", samples::exports::new_page().into_string()),
        ("export, blocked", review(&samples::exports::blocked(), Medecin)),
        ("export, ready", review(&samples::exports::ready(), Medecin)),
        ("export, followed", review(&samples::exports::followed(), Administrateur)),
        ("opposition", samples::exports::opposition_page().into_string()),
        ("patients", samples::patients::page(true).into_string()),
        ("patients, identity server", samples::patients::page(false).into_string()),
        ("patients, import", samples::patients::import().into_string()),
        ("document, detached", samples::patients::detached().into_string()),
        ("timeline", samples::timeline::page().into_string()),
        ("timeline, empty", samples::timeline::empty().into_string()),
        ("side by side", samples::compare_page().into_string()),
        ("bannettes", samples::team::bannettes_page("biologie").into_string()),
        ("tasks", samples::team::bannettes_page("taches").into_string()),
        ("to print", samples::team::bannettes_page("imprimer").into_string()),
        ("team", samples::team::team_page().into_string()),
        ("rules", samples::team::rules_page(Medecin).into_string()),
        ("rules, secretary", samples::team::rules_page(Secretariat).into_string()),
        ("rules, tried", samples::team::replay_page().into_string()),
        ("why", samples::team::why_page().into_string()),
        ("to see", samples::team::visa_page().into_string()),
        (
            "help",
            relu_server::pages::help::page(&samples::frame(Secretariat, Section::Help))
                .into_string(),
        ),
    ]
}

/// Start tags of a page, with their attributes as written.
fn tags(page: &str) -> impl Iterator<Item = &str> {
    page.split('<').skip(1).filter_map(|piece| piece.split_once('>')).map(|(tag, _)| tag)
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

#[test]
fn nothing_inline() {
    for (name, page) in all_pages() {
        for tag in tags(&page) {
            assert!(attribute(tag, "style").is_none(), "{name}: {tag}");
            assert!(!tag.contains(" on"), "an inline handler in {name}: {tag}");
            if tag.starts_with("script") {
                assert!(attribute(tag, "src").is_some(), "{name}: {tag}");
            }
            assert!(!tag.starts_with("style"), "{name}");
        }
    }
}

#[test]
fn every_id_is_there_once_and_every_reference_leads_somewhere() {
    for (name, page) in all_pages() {
        let mut ids = BTreeMap::new();
        for id in tags(&page).filter_map(|tag| attribute(tag, "id")) {
            *ids.entry(id).or_insert(0) += 1;
        }
        for (id, times) in &ids {
            assert_eq!(*times, 1, "{name}: id {id}");
        }
        for tag in tags(&page) {
            for reference in ["for", "form", "aria-labelledby", "aria-describedby"] {
                if let Some(to) = attribute(tag, reference) {
                    assert!(ids.contains_key(to), "{name}: {reference}={to}");
                }
            }
        }
    }
}

#[test]
fn every_form_of_a_signed_in_person_carries_the_token() {
    for (name, page) in all_pages() {
        if ["sign-in", "first start"].contains(&name) {
            continue;
        }
        for form in page.split("<form").skip(1) {
            let form = form.split("</form>").next().unwrap();
            if form.contains("method=\"post\"") {
                assert!(
                    form.contains("name=\"csrf\" value=\"jeton-de-formulaire\""),
                    "{name}: {form}"
                );
            }
        }
    }
}

#[test]
fn every_control_has_a_name() {
    for (name, page) in all_pages() {
        let labelled: Vec<&str> = tags(&page).filter_map(|tag| attribute(tag, "for")).collect();
        for tag in tags(&page) {
            let field = tag.starts_with("select") || tag.starts_with("input");
            let kind = attribute(tag, "type").unwrap_or_default();
            if field && !["hidden", "radio"].contains(&kind) {
                let id = attribute(tag, "id").unwrap_or_default();
                let said = attribute(tag, "aria-label").is_some_and(|l| !l.is_empty());
                assert!(said || labelled.contains(&id), "{name}: {tag}");
            }
            if tag.starts_with("img") {
                assert!(attribute(tag, "alt").is_some(), "{name}: {tag}");
            }
        }
        // A button holds words, or says its name.
        for button in page.split("<button").skip(1) {
            let (open, inside) = button.split("</button>").next().unwrap().split_once('>').unwrap();
            let words: String = inside
                .split('<')
                .enumerate()
                .map(
                    |(n, piece)| {
                        if n == 0 { piece } else { piece.split_once('>').map_or("", |p| p.1) }
                    },
                )
                .collect();
            assert!(
                !words.trim().is_empty() || attribute(open, "aria-label").is_some(),
                "{name}: {open}"
            );
        }
    }
}

#[test]
fn hostile_content_is_text() {
    let hostile = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let mut view = samples::letter();
    view.item.name = hostile.into();
    view.item.patient = Some(hostile.into());
    view.text = hostile.into();
    view.siblings = vec![(relu_record::DocumentId(hostile.into()), hostile.into())];
    for proposal in &mut view.filing {
        proposal.display = hostile.into();
        proposal.details = vec![(hostile.into(), hostile.into())];
        for piece in &mut proposal.evidence {
            piece.label = hostile.into();
        }
        for field in &mut proposal.edit {
            field.value = hostile.into();
        }
    }
    let page = document(view, Role::Secretariat);
    assert!(page.contains("&lt;script&gt;alert(1)"), "the text is shown");
    assert!(!page.contains("<script>alert") && !page.contains("<img src=x"));
    for tag in tags(&page) {
        assert!(attribute(tag, "onerror").is_none(), "{tag}");
    }
}

#[test]
fn the_inbox_shows_states_counts_and_lines() {
    let page = samples::inbox_page(None).into_string();
    assert_eq!(page.matches("<tr data-test=\"document\"").count(), 40);
    for mark in [
        "id=\"tab-a-classer\"",
        "id=\"tab-quarantaine\"",
        "id=\"tab-a-viser\"",
        "id=\"search\"",
        "id=\"files\"",
        "id=\"upload-submit\"",
        "id=\"page-next\"",
        "data-total=\"185\"",
        "le fichier est protégé",
    ] {
        assert!(page.contains(mark), "{mark}");
    }
    let waiting = page.split("data-state=\"attente\"").nth(1).unwrap();
    assert!(waiting.split("</a>").next().unwrap().contains(">185<"), "all that wait, added up");
}

#[test]
fn a_secretary_files_and_does_not_decide_facts() {
    let page = document(samples::letter(), Role::Secretariat);
    for mark in [
        "id=\"accept-and-next\"",
        "id=\"accept-p0\"",
        "id=\"edit-p0\"",
        "id=\"refuse-p0\"",
        "name=\"birth_name\"",
        "id=\"refuse-reason-p0\"",
        "id=\"undo-filed\"",
        "id=\"other-patient\"",
    ] {
        assert!(page.contains(mark), "{mark}");
    }
    assert!(!page.contains("id=\"visa\"") && !page.contains("data-test=\"section-accept\""));
    assert!(!page.contains("id=\"accept-p20\""), "facts are not a secretary's to decide");
    assert!(page.contains("non confirmé") && page.contains("brouillon à vérifier"));
}

#[test]
fn a_doctor_sees_decides_facts_and_undoes() {
    let page = document(samples::to_see(), Role::Medecin);
    for mark in [
        "id=\"visa\"",
        "id=\"visa-action\"",
        "id=\"undo\"",
        "id=\"section-accept-traitements\"",
        "id=\"section-accept-resume\"",
        "id=\"accept-p21\"",
    ] {
        assert!(page.contains(mark), "{mark}");
    }
    assert!(!page.contains("id=\"accept-and-next\"") && !page.contains("id=\"accept-p20\""));
}

#[test]
fn evidence_is_marked_on_the_page_and_in_the_text() {
    let page = document(samples::letter(), Role::Secretariat);
    let rects = tags(&page)
        .filter(|tag| tag.starts_with("rect") && attribute(tag, "data-ev") == Some("p0"));
    assert!(rects.count() >= 1);
    assert!(page.contains("viewBox=\"0 0 595 842\""));
    assert_eq!(tags(&page).filter(|tag| attribute(tag, "id") == Some("t-p0")).count(), 1);
    let texte = ListQuery { view: Some("texte".into()), ..ListQuery::default() };
    let page = samples::document_page(samples::letter(), Role::Secretariat, &texte).into_string();
    let pane = tags(&page).find(|tag| attribute(tag, "id") == Some("pane-pages")).unwrap();
    assert!(pane.ends_with(" hidden"), "{pane}");
}

#[test]
fn a_patient_not_sure_must_be_chosen() {
    let page = document(samples::unsure(), Role::Secretariat);
    let choices: Vec<&str> =
        tags(&page).filter(|tag| attribute(tag, "name") == Some("patient")).collect();
    assert_eq!(choices.len(), 3);
    for choice in choices {
        assert!(choice.contains(" required") && !choice.contains(" checked"), "{choice}");
        assert_eq!(attribute(choice, "form"), Some("file"));
    }
    assert!(page.contains("id=\"state-document-date\""), "a missing date can be stated");
}

#[test]
fn quarantine_says_why_and_what_to_do() {
    let page = document(samples::unreadable(), Role::Secretariat);
    for mark in [
        "id=\"retry\"",
        "id=\"quarantine-download\"",
        "protégé par un mot de passe",
        "copie sans mot de passe",
    ] {
        assert!(page.contains(mark), "{mark}");
    }
    assert!(!page.contains("id=\"accept-and-next\""));
}

#[test]
fn a_leak_is_shown_in_its_place_and_stands_in_the_way() {
    let page = review(&samples::exports::blocked(), Role::Medecin);
    for mark in [
        "data-test=\"blocked\" data-count=\"1\"",
        "id=\"mask-left-0\"",
        "fait partie de l'identité connue du patient",
        "0,99 %",
        "3 personnes opposées, laissées de côté.",
    ] {
        assert!(page.contains(mark), "{mark}");
    }
    let leak = tags(&page).find(|tag| tag.starts_with("mark") && tag.contains("residue")).unwrap();
    assert!(
        leak.contains("blocks") && attribute(leak, "id").unwrap().starts_with("left-"),
        "{leak}"
    );
    assert!(!page.contains("id=\"export-now\""), "no way to export beside a leak");
    // How sure and what becomes of it are words and forms, not colour alone.
    for class in ["masked sure", "masked probable", "released doubtful", "released decided"] {
        assert!(page.contains(class), "{class}");
    }
    let ready = review(&samples::exports::ready(), Role::Medecin);
    assert!(ready.contains("id=\"export-now\"") && ready.contains("value=\"0123456789abcdef\""));
    assert!(ready.contains("pas anonyme") && !ready.to_lowercase().contains("anonymisé"));
}

#[test]
fn who_may_not_read_documents_sees_figures_alone() {
    let page = review(&samples::exports::followed(), Role::Administrateur);
    assert!(page.contains("data-persons=\"11\"") && page.contains("id=\"destroy-key\""));
    for mark in ["KERVEGANEC", "id=\"export-now\"", "data-test=\"candidate\"", "id=\"download\""] {
        assert!(!page.contains(mark), "{mark}");
    }
}

#[test]
fn only_administrators_get_switches() {
    assert!(
        samples::register_page(Role::Administrateur)
            .into_string()
            .contains("id=\"switch-identify\"")
    );
    assert!(!samples::register_page(Role::Medecin).into_string().contains("id=\"switch-"));
}

// ---- contrast (WCAG 2.2, 1.4.3), computed from the style sheet itself

fn channel(value: u8) -> f64 {
    let v = f64::from(value) / 255.0;
    if v <= 0.040_45 { v / 12.92 } else { ((v + 0.055) / 1.055).powf(2.4) }
}

fn luminance(hex: &str) -> f64 {
    let part = |at: usize| channel(u8::from_str_radix(&hex[at..at + 2], 16).unwrap());
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

fn contrast(a: &str, b: &str) -> f64 {
    let (a, b) = (luminance(a), luminance(b));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn words_stand_out_enough() {
    let css = include_str!("../assets/base.css");
    let colour = |name: &str| -> String {
        let (_, rest) = css.split_once(&format!("--{name}: ")).unwrap();
        rest.split(';').next().unwrap().to_owned()
    };
    for (words, ground) in [
        ("ink", "ground"),
        ("ink", "surface"),
        ("muted", "surface"),
        ("muted", "ground"),
        ("accent", "surface"),
        ("accent", "accent-soft"),
        ("surface", "accent"),
        ("good", "good-soft"),
        ("warn", "warn-soft"),
        ("bad", "bad-soft"),
        ("bad", "surface"),
        ("ink", "mark"),
        ("ink", "mark-on"),
        ("muted", "accent-soft"),
    ] {
        let ratio = contrast(&colour(words), &colour(ground));
        assert!(ratio >= 4.5, "{words} on {ground}: {ratio:.2}");
    }
}

#[test]
fn no_record_of_a_pair_is_chosen_beforehand() {
    let page = samples::patients::page(true).into_string();
    assert_eq!(page.matches("type=\"radio\"").count(), 4);
    assert!(!page.contains(" checked"), "the person chooses");
    // Where an identity server masters patients there is nothing to send.
    let page = samples::patients::page(false).into_string();
    assert!(!page.contains("type=\"radio\"") && !page.contains("id=\"merge-"));
}
