//! « Rechercher »: a line, facets, results with the words marked, saved views.

use maud::{Markup, html};
use relu_desk::view::{SavedView, SearchAnswer, SearchItem, SearchRequest, Shows};
use relu_record::DocumentState;

use crate::list::percent;
use crate::pages::inbox::{address, headline};
use crate::pages::views::{ViewsPanel, panel};
use crate::pages::{Frame, framed, icon, state_chip, state_name};
use crate::texts::{t, tf, tn};

/// Where a person stands, as it is written in addresses: no word of the search is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct SearchQuery {
    /// Opaque name of the words kept in the session.
    #[serde(rename = "r")]
    pub search: Option<String>,
    /// Wire name of a state.
    #[serde(rename = "etat")]
    pub state: Option<String>,
    /// JDV_J07 code.
    #[serde(rename = "type")]
    pub type_code: Option<String>,
    /// Id of a patient.
    pub patient: Option<String>,
    /// From that day (ISO).
    #[serde(rename = "du")]
    pub from: Option<String>,
    /// To that day (ISO).
    #[serde(rename = "au")]
    pub to: Option<String>,
    /// Page, from 1.
    pub page: Option<usize>,
}

impl SearchQuery {
    /// The address of this place.
    pub fn at(&self, path: &str) -> String {
        let page = self.page.filter(|p| *p > 1).map(|p| p.to_string());
        let pairs = [
            ("r", &self.search),
            ("etat", &self.state),
            ("type", &self.type_code),
            ("patient", &self.patient),
            ("du", &self.from),
            ("au", &self.to),
            ("page", &page),
        ];
        let mut address = path.to_owned();
        let mut separator = '?';
        for (name, value) in pairs {
            if let Some(value) = value.as_deref().filter(|v| !v.is_empty()) {
                address.push_str(&format!("{separator}{name}={}", percent(value)));
                separator = '&';
            }
        }
        address
    }

    fn first(&self) -> SearchQuery {
        SearchQuery { page: None, ..self.clone() }
    }
}

/// What the page shows.
pub struct SearchPage<'a> {
    /// What was asked for.
    pub asked: &'a SearchRequest,
    /// What was found.
    pub answer: &'a SearchAnswer,
    /// Where the person stands.
    pub query: &'a SearchQuery,
    /// Types to choose: code and label.
    pub types: &'a [(String, String)],
    /// The views that person has saved.
    pub views: &'a [SavedView],
    /// The patient searched within, in words.
    pub patient: Option<&'a str>,
}

/// The page.
pub fn page(frame: &Frame, page: &SearchPage<'_>) -> Markup {
    framed(
        frame,
        t("search.title"),
        "reading wide search-page",
        &html! {
            h1 { (t("search.title")) }
            (form(frame, page))
            @if page.answer.behind > 0 { p.callout role="status" { (tn("search.behind", page.answer.behind)) } }
            @if asked(page) {
                div.search-columns {
                    (facets(page))
                    section.results aria-label=(t("search.results")) {
                        p.muted role="status" data-test="total" data-total=(page.answer.total) { (tn("search.found", page.answer.total)) }
                        ol.found { @for item in &page.answer.items { (found(item)) } }
                        @if page.answer.items.is_empty() { p.empty data-test="empty" { (t("search.none")) } }
                        (pager(page))
                    }
                }
            } @else { p.lead { (t("search.explain")) } }
            (views(frame, page))
        },
    )
}

fn asked(page: &SearchPage<'_>) -> bool {
    let q = page.query;
    q.search.is_some()
        || q.state.is_some()
        || q.type_code.is_some()
        || q.patient.is_some()
        || q.from.is_some()
        || q.to.is_some()
}

fn form(frame: &Frame, page: &SearchPage<'_>) -> Markup {
    let q = page.query;
    html! {
        form.search-form method="post" action="/recherche/mots" role="search" {
            (frame.token())
            @if let Some(patient) = &q.patient { input type="hidden" name="patient" value=(patient); }
            @if let Some(state) = &q.state { input type="hidden" name="etat" value=(state); }
            label for="search-words" { (t("search.words")) }
            span.field {
                (icon("search"))
                input #search-words name="q" type="search" value=(page.asked.words.as_str()) maxlength="300" autocomplete="off"
                    placeholder=(t("search.placeholder")) autofocus[!asked(page)];
            }
            label for="search-type" { (t("inbox.type")) }
            select #search-type name="type" {
                option value="" { (t("inbox.all-types")) }
                @for (code, label) in page.types {
                    option value=(code) selected[q.type_code.as_deref() == Some(code)] { (label) }
                }
            }
            label for="search-sender" { (t("search.sender")) }
            input #search-sender name="expediteur" type="text" value=(page.asked.sender.as_str()) maxlength="100" autocomplete="off";
            label for="search-from" { (t("search.from")) }
            input #search-from name="du" type="date" value=(q.from.as_deref().unwrap_or_default());
            label for="search-to" { (t("search.to")) }
            input #search-to name="au" type="date" value=(q.to.as_deref().unwrap_or_default());
            button.primary #search-go type="submit" { (t("inbox.find")) }
            @if asked(page) { a.button.quiet #search-clear href="/recherche" { (t("inbox.clear")) } }
        }
    }
}

fn facets(page: &SearchPage<'_>) -> Markup {
    let q = page.query;
    let state = |s: Option<DocumentState>| {
        SearchQuery { state: s.map(|s| s.as_str().to_owned()), ..q.first() }.at("/recherche")
    };
    let kind = |code: Option<&str>| {
        SearchQuery { type_code: code.map(str::to_owned), ..q.first() }.at("/recherche")
    };
    html! {
        nav.facets aria-label=(t("search.facets")) {
            @if let Some(patient) = page.patient {
                h2 { (t("inbox.patient")) }
                p { (patient) " " a href=(SearchQuery { patient: None, ..q.first() }.at("/recherche")) { (t("search.everybody")) } }
            }
            @if !page.answer.states.is_empty() {
                h2 { (t("inbox.state")) }
                ul {
                    @if q.state.is_some() { li { a href=(state(None)) { (t("search.all-states")) } } }
                    @for (s, n) in &page.answer.states {
                        li { a href=(state(Some(*s))) data-facet=(s.as_str()) { (state_name(*s)) } " " span.count { (n) } }
                    }
                }
            }
            @if !page.answer.types.is_empty() {
                h2 { (t("inbox.type")) }
                ul {
                    @if q.type_code.is_some() { li { a href=(kind(None)) { (t("inbox.all-types")) } } }
                    @for (code, label, n) in page.answer.types.iter().take(12) {
                        li { a href=(kind(Some(code))) data-facet=(code) { (label) } " " span.count { (n) } }
                    }
                }
            }
        }
    }
}

fn found(found: &SearchItem) -> Markup {
    let item = &found.item;
    html! {
        li data-test="found" data-id=(item.id.0) {
            p.found-head {
                a.row-link href=(address(item)) { (headline(item)) }
                " " (state_chip(item.state))
                @if found.masked { " " span.chip { (t("search.masked")) } }
            }
            p.muted {
                (item.document_type.as_deref().unwrap_or("—"))
                @if let Some(date) = &item.date { " · " (date) }
                @if let Some(author) = &item.author { " · " (author) }
            }
            p.snippet { @for (words, marked) in &found.snippet { @if *marked { mark { (words) } } @else { (words) } } }
        }
    }
}

fn pager(page: &SearchPage<'_>) -> Markup {
    let here = page.query.page.unwrap_or(1).max(1);
    let last = (page.answer.total as usize).div_ceil(page.answer.page_size.max(1)).max(1);
    let to = |n: usize| SearchQuery { page: Some(n), ..page.query.clone() }.at("/recherche");
    html! {
        nav.pager aria-label=(t("inbox.pages")) {
            @if here > 1 { a.button #page-previous rel="prev" href=(to(here - 1)) { (t("inbox.previous")) } }
            span { (tf("inbox.page", &[("page", &here.to_string()), ("pages", &last.to_string())])) }
            @if here < last { a.button #page-next rel="next" href=(to(here + 1)) { (t("inbox.next")) } }
        }
    }
}

fn views(frame: &Frame, page: &SearchPage<'_>) -> Markup {
    let (back, save) = (page.query.at("/recherche"), page.query.first().at("/recherche/vues"));
    let shown = ViewsPanel {
        views: page.views,
        now: asked(page).then(|| Shows::Search(page.asked.clone()).first_page()),
        back: &back,
        save: asked(page).then_some(save.as_str()),
    };
    html! {
        section.saved-views aria-label=(t("views.title")) {
            h2 { (t("views.title")) }
            (panel(frame, &shown))
        }
    }
}
