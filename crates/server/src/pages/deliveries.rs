//! « Remis »: what was handed to other software, what waits, what was refused and why; and the part of
//! a document's page that says the same of one document.

use maud::{Markup, html};
use relu_desk::DeliveryState;
use relu_desk::view::{DeliveryList, DeliveryView};

use crate::list::percent;
use crate::pages::inbox::{address_in_list, headline};
use crate::pages::{Frame, framed, icon, when};
use crate::texts::{t, tf};

/// Where a person stands on the page, as it is written in addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct DeliveryQuery {
    /// Wire name of a state; absent: all.
    #[serde(rename = "etat")]
    pub state: Option<String>,
    /// Code of a destination.
    #[serde(rename = "vers")]
    pub destination: Option<String>,
    /// Page, from 1.
    pub page: Option<u32>,
}

impl DeliveryQuery {
    /// The state asked for.
    pub fn delivery_state(&self) -> Option<DeliveryState> {
        self.state.as_deref().and_then(DeliveryState::parse)
    }

    /// The address of something at this place.
    pub fn at(&self, path: &str) -> String {
        let page = self.page.filter(|p| *p > 1).map(|p| p.to_string());
        let pairs = [("etat", &self.state), ("vers", &self.destination), ("page", &page)];
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
}

/// What the page shows.
pub struct DeliveriesPage<'a> {
    /// The lines and counts.
    pub list: &'a DeliveryList,
    /// Where the person stands.
    pub query: &'a DeliveryQuery,
    /// Codes and labels of the destinations.
    pub destinations: &'a [(String, String)],
}

/// Tabs in the order of attention.
const TABS: [DeliveryState; 4] = [
    DeliveryState::Refused,
    DeliveryState::Pending,
    DeliveryState::Delivered,
    DeliveryState::Cancelled,
];

/// The page.
pub fn page(frame: &Frame, page: &DeliveriesPage<'_>) -> Markup {
    framed(
        frame,
        t("deliveries.title"),
        "reading wide",
        &html! {
            div.page-head {
                h1 { (t("deliveries.title")) }
                (filter(page))
            }
            p.lead { (t("deliveries.explain")) }
            @if page.destinations.is_empty() { p.callout { (t("deliveries.none-set")) } }
            (tabs(page))
            @if page.list.items.is_empty() { p.empty data-test="empty" { (t("deliveries.none")) } }
            @else { (table(frame, page)) }
            (pager(page))
        },
    )
}

fn filter(page: &DeliveriesPage<'_>) -> Markup {
    html! {
        form.filter method="get" action="/remis" {
            @if let Some(state) = &page.query.state { input type="hidden" name="etat" value=(state); }
            label for="destination-filter" { (t("deliveries.destination")) }
            select #destination-filter name="vers" data-submit="" {
                option value="" { (t("deliveries.all")) }
                @for (code, label) in page.destinations {
                    option value=(code) selected[page.query.destination.as_deref() == Some(code)] { (label) }
                }
            }
            button #destination-submit type="submit" { (t("deliveries.show")) }
        }
    }
}

fn tabs(page: &DeliveriesPage<'_>) -> Markup {
    let here = page.query.delivery_state();
    let to = |state: Option<DeliveryState>| {
        let state = state.map(|s| s.as_str().to_owned());
        DeliveryQuery { state, page: None, ..page.query.clone() }.at("/remis")
    };
    let count = |state| page.list.counts.iter().find(|(s, _)| *s == state).map_or(0, |(_, n)| *n);
    html! {
        nav.tabs aria-label=(t("deliveries.tabs")) {
            a #tab-tout href=(to(None)) aria-current=[here.is_none().then_some("page")] { (t("deliveries.everything")) }
            @for state in TABS {
                a id={ "tab-" (state.as_str()) } href=(to(Some(state))) aria-current=[(here == Some(state)).then_some("page")] {
                    (state_name(state)) span.count.none[count(state) == 0] { (count(state)) }
                }
            }
        }
    }
}

fn state_name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Pending | DeliveryState::Staged => t("deliveries.pending"),
        DeliveryState::Delivered => t("deliveries.delivered"),
        DeliveryState::Refused => t("deliveries.refused"),
        DeliveryState::Cancelled => t("deliveries.cancelled"),
    }
}

fn chip_name(state: DeliveryState) -> &'static str {
    match state {
        DeliveryState::Refused => t("deliveries.one-refused"),
        DeliveryState::Cancelled => t("deliveries.one-cancelled"),
        other => state_name(other),
    }
}

/// Its words say the state, the tint only helps.
fn chip(state: DeliveryState) -> Markup {
    html! { span class={ "chip delivery-" (state.as_str()) } data-delivery=(state.as_str()) { (chip_name(state)) } }
}

fn table(frame: &Frame, page: &DeliveriesPage<'_>) -> Markup {
    html! {
        table.plain.deliveries {
            thead { tr {
                th scope="col" { (t("deliveries.state")) }
                th scope="col" { (t("deliveries.document")) }
                th scope="col" { (t("deliveries.destination")) }
                th scope="col" { (t("deliveries.since")) }
                th scope="col" { (t("deliveries.why")) }
                th scope="col" { span.sr-only { (t("deliveries.acts")) } }
            } }
            tbody {
                @for line in &page.list.items {
                    tr data-test="delivery" data-id=(line.id) data-state=(line.state.as_str()) {
                        td { (chip(line.state)) }
                        td {
                            a.row-link href=(address_in_list(&line.document)) { (headline(&line.document)) }
                            @if let Some(kind) = &line.document.document_type { br; span.muted { (kind) } }
                        }
                        td { (line.destination) br; span.muted { (line.purpose) " · " (line.by) } }
                        td.date { (when(line.updated)) }
                        td { (why(line)) }
                        td.line-acts { (acts(frame, line, &page.query.at(""))) }
                    }
                }
            }
        }
    }
}

/// The reason in words, then the words of the other side as it wrote them.
fn why(line: &DeliveryView) -> Markup {
    html! {
        @if let Some(reason) = &line.reason { (reason) }
        @if !line.words.is_empty() { " " q data-test="words" { (line.words) } }
    }
}

fn acts(frame: &Frame, line: &DeliveryView, back: &str) -> Markup {
    let name = headline(&line.document);
    html! {
        @if line.may_retry {
            form method="post" action={ "/remis/" (percent(&line.id)) "/reessayer" (back) } {
                (frame.token())
                button.small type="submit" id={ "retry-" (line.id) } aria-label=(tf("deliveries.retry-name", &[("name", name)])) { (t("deliveries.retry")) }
            }
        }
        @if line.may_cancel {
            form method="post" action={ "/remis/" (percent(&line.id)) "/renoncer" (back) } {
                (frame.token())
                button.small.quiet type="submit" id={ "cancel-" (line.id) } aria-label=(tf("deliveries.cancel-name", &[("name", name)])) { (t("deliveries.cancel")) }
            }
        }
    }
}

fn pager(page: &DeliveriesPage<'_>) -> Markup {
    let here = page.query.page.unwrap_or(1).max(1);
    let to = |page_number: u32| {
        DeliveryQuery { page: Some(page_number), ..page.query.clone() }.at("/remis")
    };
    html! {
        nav.pager aria-label=(t("inbox.pages")) {
            @if here > 1 { a.button #page-previous rel="prev" href=(to(here - 1)) { (t("inbox.previous")) } }
            @if page.list.items.len() >= page.list.page_size { a.button #page-next rel="next" href=(to(here.saturating_add(1))) { (t("inbox.next")) } }
        }
    }
}

/// What a document's page says and offers.
#[derive(Default)]
pub struct HandOver {
    /// What was handed over of it.
    pub deliveries: Vec<DeliveryView>,
    /// Where it can be handed over.
    pub destinations: Vec<(String, String)>,
}

/// The part of a document's page. `action` posts the choice of a destination.
pub fn part(frame: &Frame, over: &HandOver, action: Option<&str>) -> Markup {
    let offered = action.filter(|_| !over.destinations.is_empty());
    if over.deliveries.is_empty() && offered.is_none() {
        return html! {};
    }
    html! {
        section.part #handed-over {
            header { h2 { (t("deliveries.title")) } }
            @if !over.deliveries.is_empty() {
                ul.handed {
                    @for line in &over.deliveries {
                        li data-test="delivery" data-state=(line.state.as_str()) {
                            (chip(line.state)) " " b { (line.destination) } " " span.muted { (line.purpose) " · " (when(line.updated)) }
                            @if line.reason.is_some() || !line.words.is_empty() { br; (why(line)) }
                            (acts(frame, line, &format!("?document={}", percent(&line.document.id.0))))
                        }
                    }
                }
            }
            @if let Some(action) = offered {
                form.hand-over method="post" action=(action) data-swap="" {
                    (frame.token())
                    label.sr-only for="hand-over-to" { (t("deliveries.hand-over-to")) }
                    select #hand-over-to name="vers" {
                        @for (code, label) in &over.destinations { option value=(code) { (label) } }
                    }
                    button.small #hand-over type="submit" { (icon("next")) (t("deliveries.hand-over")) }
                }
            }
        }
    }
}
