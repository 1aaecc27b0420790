//! The list (*boîte de réception*), and the administrator's home, which shows counts alone.

use maud::{Markup, html};
use relu_desk::view::{Inbox, ListItem, SavedView, Shows};
use relu_record::{DocumentState, Severity};

use crate::list::{ListQuery, percent};
use crate::memory::Lot;
use crate::pages::document::{Filed, undo_bar};
use crate::pages::views::{ViewsPanel, panel};
use crate::pages::{Frame, framed, icon, lot, state_chip, state_name, when};
use crate::texts::{t, tf, tn};

/// What the list shows.
pub struct InboxPage<'a> {
    /// The lines and counts.
    pub inbox: &'a Inbox,
    /// Where the person stands.
    pub query: &'a ListQuery,
    /// Words of the search.
    pub words: &'a str,
    /// Types to filter by: code and label.
    pub types: &'a [(String, String)],
    /// The views that person has saved.
    pub views: &'a [SavedView],
    /// The document just filed, while it can be undone.
    pub filed: Option<&'a Filed>,
    /// The lot just done, with its name.
    pub lot: Option<(&'a str, &'a Lot)>,
}

/// Tabs, in the order of work; the first shows all that wait for a filing.
const TABS: [Option<DocumentState>; 10] = [
    None,
    Some(DocumentState::AClasser),
    Some(DocumentState::ARattacher),
    Some(DocumentState::ASeparer),
    Some(DocumentState::Quarantaine),
    Some(DocumentState::AViser),
    Some(DocumentState::Action),
    Some(DocumentState::Classe),
    Some(DocumentState::Vu),
    Some(DocumentState::Clos),
];

/// The list page.
pub fn page(frame: &Frame, page: &InboxPage<'_>) -> Markup {
    let state = page.query.document_state();
    let title = state.map_or(t("inbox.title"), state_name);
    framed(
        frame,
        title,
        "list-page",
        &html! {
            h1.sr-only { (t("inbox.title")) }
            @if let Some(filed) = page.filed { (undo_bar(frame, filed, page.query)) }
            @if let Some((name, lot)) = page.lot { (lot::undo_bar(frame, name, lot, page.query)) }
            div.toolbar {
                (search(frame, page))
                (views(frame, page))
                (upload(frame))
            }
            (tabs(page))
            (news())
            (table(frame, page))
            (pager(page))
        },
    )
}

fn search(frame: &Frame, page: &InboxPage<'_>) -> Markup {
    let filtered = !page.words.is_empty() || page.query.type_code.is_some();
    html! {
        form.search method="post" action="/recherche" role="search" {
            (frame.token())
            @if let Some(state) = &page.query.state { input type="hidden" name="etat" value=(state); }
            @if let Some(order) = &page.query.order { input type="hidden" name="tri" value=(order); }
            label.sr-only for="search" { (t("inbox.search")) }
            span.field {
                (icon("search"))
                input #search name="q" type="search" value=(page.words) maxlength="100" autocomplete="off"
                    placeholder=(t("inbox.search-placeholder"));
            }
            label.sr-only for="type-filter" { (t("inbox.type")) }
            select #type-filter name="type" data-submit="" {
                option value="" { (t("inbox.all-types")) }
                @for (code, label) in page.types {
                    option value=(code) selected[page.query.type_code.as_deref() == Some(code)] { (label) }
                }
            }
            button #search-submit type="submit" { (t("inbox.find")) }
            @if filtered {
                a.button.quiet #search-clear href=(ListQuery { search: None, type_code: None, ..page.query.on_page(1) }.at("/")) {
                    (t("inbox.clear"))
                }
            }
        }
    }
}

/// The saved views: in a list that opens, its button says which one is shown.
fn views(frame: &Frame, page: &InboxPage<'_>) -> Markup {
    let (back, save) = (page.query.place().at("/"), page.query.on_page(1).at("/vues"));
    let shown = ViewsPanel {
        views: page.views,
        now: Some(Shows::List(page.query.filter(page.words.to_owned())).first_page()),
        back: &back,
        save: Some(&save),
    };
    html! {
        details.views-menu.opens {
            summary.button #views-menu {
                span {
                    @match shown.here() {
                        Some(view) => { (tf("views.command", &[("name", &view.name)])) }
                        None => { (t("views.title")) }
                    }
                }
            }
            section.saved-views aria-label=(t("views.title")) { (panel(frame, &shown)) }
        }
    }
}

fn upload(frame: &Frame) -> Markup {
    html! {
        form.upload #upload method="post" action="/documents" enctype="multipart/form-data"
            data-sending=(t("receive.sending"))
            data-words=(words_of_upload()) data-drop=(t("receive.drop")) {
            (frame.token())
            label.button for="files" { (icon("upload")) (t("receive.choose")) }
            input #files.sr-only name="files" type="file" multiple data-test="files";
            button #upload-submit type="submit" data-plain="" { (t("receive.send")) }
            progress #upload-progress max="1" value="0" hidden aria-label=(t("receive.progress")) {}
            output #upload-status {}
        }
    }
}

/// The script's words: singular and plural of each outcome.
fn words_of_upload() -> String {
    let both = |key: &str| {
        [t(&format!("receive.{key}.one")).to_owned(), t(&format!("receive.{key}.many")).to_owned()]
    };
    serde_json::json!({
        "received": both("received"),
        "duplicates": both("duplicates"),
        "too_large": both("too-large"),
        "refused": both("refused"),
        "lost": both("lost"),
    })
    .to_string()
}

fn tabs(page: &InboxPage<'_>) -> Markup {
    let here = page.query.document_state();
    html! {
        nav.tabs aria-label=(t("inbox.tabs")) {
            @for tab in TABS {
                @let count = tab.map(|state| count(page.inbox, state));
                a href=(page.query.in_state(tab).at("/")) aria-current=[(here == tab).then_some("page")]
                    id={ "tab-" (tab.map_or("attente", DocumentState::as_str)) }
                    data-test="tab" data-state=(tab.map_or("attente", DocumentState::as_str)) {
                    span.tab-name { (tab.map_or(t("inbox.waiting"), tab_name)) }
                    @match count {
                        Some(0) => span.count.none { "0" },
                        Some(n) => span.count { (n) },
                        None => span.count { (waiting(page.inbox)) },
                    }
                }
            }
        }
    }
}

fn tab_name(state: DocumentState) -> &'static str {
    match state {
        DocumentState::Classe => t("inbox.filed"),
        DocumentState::Vu => t("inbox.seen"),
        other => state_name(other),
    }
}

fn count(inbox: &Inbox, state: DocumentState) -> u64 {
    inbox.counts.iter().filter(|(s, _)| *s == state).map(|(_, n)| n).sum()
}

/// What the list shows without a state: all that wait for somebody to decide the filing.
fn waiting(inbox: &Inbox) -> u64 {
    use DocumentState::{AClasser, ARattacher, ASeparer};
    [AClasser, ARattacher, ASeparer].into_iter().map(|state| count(inbox, state)).sum()
}

/// The bar that announces new lines; the script fills and shows it.
fn news() -> Markup {
    html! {
        div #news hidden role="status" aria-live="polite"
            data-one=(t("inbox.news.one")) data-many=(t("inbox.news.many")) data-show=(t("inbox.news-show")) {}
    }
}

/// The lines, each with a box that chooses it for an act on several.
fn table(frame: &Frame, page: &InboxPage<'_>) -> Markup {
    let mixed = page.query.document_state().is_none();
    html! {
        form.lot #lot method="post" action=(page.query.place().at("/lot")) {
            (frame.token())
            @if !page.inbox.items.is_empty() { (choices(frame, page)) }
            (rows(page, mixed))
        }
    }
}

/// What can be done to the documents chosen.
fn choices(frame: &Frame, page: &InboxPage<'_>) -> Markup {
    let role = frame.account.role;
    let state = page.query.document_state();
    let filing = matches!(state, None | Some(DocumentState::AClasser));
    html! {
        div.lot-bar role="group" aria-label=(t("lot.bar")) {
            label.needs-script for="lot-all" {
                input #lot-all type="checkbox" aria-label=(t("lot.all")); (t("lot.all"))
            }
            span #lot-count data-one=(t("lot.chosen.one")) data-many=(t("lot.chosen.many")) role="status" {}
            @if filing && role.may_decide_filing() {
                button #lot-file type="submit" name="faire" value="classer" { (t("lot.preview-file")) " " kbd { "b" } }
            }
            @if state == Some(DocumentState::AViser) && role.may_visa() {
                button #lot-see type="submit" name="faire" value="viser" { (t("lot.preview-see")) " " kbd { "b" } }
            }
            button.quiet #lot-print type="submit" name="faire" value="imprimer" { (t("lot.print-chosen")) }
        }
    }
}

fn rows(page: &InboxPage<'_>, mixed: bool) -> Markup {
    html! {
        div.rows data-scroll="rows" {
            table.list {
                caption.sr-only { (t("inbox.caption")) }
                thead { tr {
                    th.c-choose scope="col" { span.sr-only { (t("lot.choose")) } }
                    @if mixed { th.c-state scope="col" { (t("inbox.state")) } }
                    th.c-patient scope="col" { (t("inbox.patient")) }
                    th.c-type scope="col" { (t("inbox.type")) }
                    th.c-date scope="col" { (t("inbox.date")) }
                    th.c-author scope="col" { (t("inbox.author")) }
                    th.c-checks scope="col" { (t("inbox.checks")) }
                    th.c-received scope="col" aria-sort=(if page.query.newest() { "descending" } else { "ascending" }) {
                        (order(page.query))
                    }
                } }
                tbody {
                    @for item in &page.inbox.items { (row(item, page.query, mixed)) }
                }
            }
            @if page.inbox.items.is_empty() { (nothing(page)) }
        }
    }
}

/// The order: from the oldest received as people work, or from the newest.
fn order(query: &ListQuery) -> Markup {
    let newest = query.newest();
    let (mark, other) =
        if newest { ("↓", "inbox.oldest-first") } else { ("↑", "inbox.newest-first") };
    html! {
        a #order href=(query.in_order(!newest).at("/")) title=(t(other)) {
            (t("inbox.received")) " " span aria-hidden="true" { (mark) }
        }
    }
}

fn nothing(page: &InboxPage<'_>) -> Markup {
    let searching = !page.words.is_empty() || page.query.type_code.is_some();
    html! {
        div.empty data-test="empty" {
            @if searching {
                p { b { (t("inbox.nothing-found")) } } p { (t("inbox.nothing-found-hint")) }
            } @else if page.query.state.is_some() {
                p { b { (t("inbox.none-here")) } }
            } @else {
                p { b { (t("inbox.empty")) } } p { (t("inbox.empty-hint")) }
            }
        }
    }
}

fn row(item: &ListItem, query: &ListQuery, mixed: bool) -> Markup {
    html! {
        tr data-test="document" data-id=(item.id.0) data-state=(item.state.as_str()) {
            td.c-choose {
                input type="checkbox" name="d" value=(item.id.0) aria-label=(tf("lot.choose-one", &[("what", headline(item))]));
            }
            @if mixed { td.c-state { (state_chip(item.state)) } }
            td.c-patient {
                a.row-link href=(query.place().at(&address(item))) { (headline(item)) }
                @if item.patient.is_none() && item.refusal.is_none() {
                    " " span.muted { (item.name) }
                }
            }
            @match &item.refusal {
                Some((_, why)) => td.c-refusal colspan="4" { (why) },
                None => {
                    td.c-type { (item.document_type.as_deref().unwrap_or("—")) }
                    td.c-date { (item.date.as_deref().unwrap_or("—")) }
                    td.c-author { (item.author.as_deref().unwrap_or("—")) }
                    td.c-checks { (checks(item)) }
                },
            }
            td.c-received { (when(item.received)) }
        }
    }
}

/// The address of a document.
pub(crate) fn address(item: &ListItem) -> String {
    format!("/documents/{}", percent(&item.id.0))
}

/// The address of a document beside the list of those in its state, for one who comes from elsewhere.
pub(crate) fn address_in_list(item: &ListItem) -> String {
    format!("{}?etat={}", address(item), item.state.as_str())
}

/// The patient; the file's name when it cannot be read, or words when the patient is not sure.
pub(crate) fn headline(item: &ListItem) -> &str {
    match (&item.patient, &item.refusal) {
        (Some(patient), _) => patient,
        (None, Some(_)) => &item.name,
        (None, None) if item.state == DocumentState::Recu => t("inbox.being-read"),
        (None, None) => t("inbox.no-patient"),
    }
}

fn checks(item: &ListItem) -> Markup {
    let worst = item.checks.iter().map(|c| c.severity).max();
    html! {
        @if item.masked { span.chip title=(t("inbox.masked-why")) { (t("inbox.masked")) } " " }
        @if let Some(worst) = worst {
            @let first = item.checks.iter().find(|c| c.severity == worst);
            @if let Some(first) = first {
                span class={ "check " (severity_class(worst)) } title=(first.message) {
                    (icon(severity_icon(worst))) span.check-words { (first.message) }
                    @if item.checks.len() > 1 { " " b { "+" (item.checks.len() - 1) } }
                }
            }
        }
        @if item.ocr && item.checks.is_empty() {
            span.check.info { (icon("scan")) (t("inbox.ocr")) }
        }
    }
}

/// Class name of a severity.
pub(crate) fn severity_class(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    }
}

/// Icon of a severity.
pub(crate) fn severity_icon(severity: Severity) -> &'static str {
    match severity {
        Severity::Info => "info",
        Severity::Warning => "warn",
        Severity::Error => "error",
    }
}

fn pager(page: &InboxPage<'_>) -> Markup {
    let size = page.inbox.page_size.max(1);
    let here = page.query.page.unwrap_or(1).max(1);
    let last = (page.inbox.total as usize).div_ceil(size).max(1);
    let place = tf("inbox.page", &[("page", &here.to_string()), ("pages", &last.to_string())]);
    html! {
        footer.pager {
            p {
                span data-test="total" data-total=(page.inbox.total) { (tn("inbox.documents", page.inbox.total)) }
                span #pending data-one=(t("inbox.pending.one")) data-many=(t("inbox.pending.many"))
                    hidden[page.inbox.pending == 0] role="status" {
                    (tn("inbox.pending", page.inbox.pending))
                }
            }
            nav aria-label=(t("inbox.pages")) {
                @if here > 1 { a.button #page-previous rel="prev" href=(page.query.on_page(here - 1).at("/")) { (t("inbox.previous")) } }
                span { (place) }
                @if here < last { a.button #page-next rel="next" href=(page.query.on_page(here + 1).at("/")) { (t("inbox.next")) } }
            }
        }
    }
}

/// What the administrator's home shows.
pub struct HomePage<'a> {
    /// Counts; the lines are not shown.
    pub inbox: &'a Inbox,
    /// How many accounts there are.
    pub people: usize,
}

/// The administrator's home: counts, and the way to accounts, register and ledger.
pub fn home(frame: &Frame, page: &HomePage<'_>) -> Markup {
    framed(
        frame,
        t("home.title"),
        "reading",
        &html! {
            h1 { (t("home.title")) }
            p.lead { (t("home.explain")) }
            dl.counts {
                @for (state, n) in &page.inbox.counts {
                    div { dt { (state_name(*state)) } dd data-test="count" data-state=(state.as_str()) { (n) } }
                }
            }
            ul.ways {
                li { a href="/comptes" { (t("frame.accounts")) } " — " (tn("home.accounts", page.people as u64)) }
                li { a href="/registre-des-fonctions" { (t("frame.register")) } " — " (t("home.register")) }
                li { a href="/journal" { (t("frame.journal")) } " — " (t("home.journal")) }
            }
        },
    )
}
