//! *À viser*: the doctor's list. What the sender marked as abnormal comes first, as printed; filters
//! are in the address, so that a reload keeps them, and the words of a patient's name in the session.

use maud::{Markup, html};
use relu_desk::view::routing::{ANY_MENTION, VisaItem, VisaView};

use crate::list::percent;
use crate::pages::inbox::{address_in_list, headline};
use crate::pages::{Frame, framed, icon, when};
use crate::texts::{t, tf};

/// Where the doctor stands.
#[derive(Clone, Debug, Default)]
pub struct Place {
    /// `a-viser`, `a-faire`, `vus`.
    pub show: String,
    /// Those given to me alone.
    pub mine: bool,
    /// Type.
    pub type_code: Option<String>,
    /// Code of a mention as printed, or [`ANY_MENTION`].
    pub mention: Option<String>,
    /// Opaque name of the words of a patient's name.
    pub search: Option<String>,
}

impl Place {
    /// `/a-viser?…`.
    pub fn at(&self, path: &str, show: &str) -> String {
        let pairs = [
            ("moi", self.mine.then_some("oui")),
            ("type", self.type_code.as_deref()),
            ("mention", self.mention.as_deref()),
            ("r", self.search.as_deref()),
        ];
        let given = pairs.iter().filter_map(|(name, value)| Some((name, (*value)?)));
        let rest: String = given.map(|(name, v)| format!("&{name}={}", percent(v))).collect();
        format!("{path}?voir={}{rest}", percent(show))
    }

    fn filtered(&self) -> bool {
        self.mine || self.type_code.is_some() || self.mention.is_some() || self.search.is_some()
    }
}

const TABS: [(&str, &str); 3] =
    [("a-viser", "visa.to-see"), ("a-faire", "visa.to-do"), ("vus", "visa.seen")];

/// What the filters offer beside the mentions.
pub struct Filters<'a> {
    /// Types: code and label.
    pub types: &'a [(String, String)],
    /// Words of a patient's name.
    pub words: &'a str,
}

/// The page.
pub fn page(frame: &Frame, view: &VisaView, place: &Place, with: &Filters<'_>) -> Markup {
    framed(
        frame,
        t("visa.title"),
        "list-page visa-page",
        &html! {
            h1.sr-only { (t("visa.title")) }
            (filters(frame, view, place, with))
            nav.tabs aria-label=(t("visa.title")) {
                @for (i, (code, key)) in TABS.iter().enumerate() {
                    a href=(place.at("/a-viser", code)) id={ "visa-" (code) } aria-current=[(place.show == *code).then_some("page")] {
                        (t(key)) span.count { (view.counts[i]) }
                    }
                }
            }
            p.muted.visa-keys { (t("visa.explain")) }
            div.rows data-scroll="rows" {
                @if view.items.is_empty() {
                    p.empty data-test="empty" { (if place.filtered() { t("visa.none-such") } else { t("visa.empty") }) }
                }
                @else {
                    table.plain.queue-table {
                        caption.sr-only { (t("visa.title")) }
                        thead { tr {
                            th scope="col" { (t("bannettes.document")) } th scope="col" { (t("visa.printed")) }
                            th scope="col" { (t("bannettes.day")) } th scope="col" { (t("visa.place")) }
                            th scope="col" { (t("inbox.received")) } th scope="col" { (t("bannettes.act")) }
                        } }
                        tbody { @for item in &view.items { (row(frame, place, item)) } }
                    }
                    @if view.more { p.muted { (t("visa.more")) } }
                }
            }
        },
    )
}

/// The filters: each answers at once, and with the button where there is no script.
fn filters(frame: &Frame, view: &VisaView, place: &Place, with: &Filters<'_>) -> Markup {
    let any = [(ANY_MENTION.to_owned(), t("visa.any-mention").to_owned())];
    let mentions: Vec<_> = any.iter().chain(&view.mentions).cloned().collect();
    html! {
        form.toolbar.search method="post" action="/a-viser" role="search" {
            (frame.token())
            input type="hidden" name="voir" value=(place.show);
            label.sr-only for="visa-patient" { (t("visa.patient")) }
            span.field {
                (icon("search"))
                input #visa-patient name="patient" type="search" value=(with.words) maxlength="100" autocomplete="off"
                    placeholder=(t("visa.patient"));
            }
            (choice(("visa-type", "type", t("inbox.type")), t("inbox.all-types"), with.types, place.type_code.as_deref()))
            (choice(("visa-mention", "mention", t("visa.printed")), t("visa.all-mentions"), &mentions, place.mention.as_deref()))
            label.choice for="mine" { input #mine type="checkbox" name="moi" value="oui" checked[place.mine] data-submit=""; (t("visa.mine")) }
            button type="submit" #visa-filter { (t("visa.filter")) }
            @if place.filtered() { a.button.quiet #visa-clear href=(Place::default().at("/a-viser", &place.show)) { (t("inbox.clear")) } }
        }
    }
}

fn choice(
    (id, name, label): (&str, &str, &str),
    all: &str,
    options: &[(String, String)],
    here: Option<&str>,
) -> Markup {
    html! {
        label.sr-only for=(id) { (label) }
        select id=(id) name=(name) data-submit="" {
            option value="" { (all) }
            @for (code, label) in options { option value=(code) selected[here == Some(code.as_str())] { (label) } }
        }
    }
}

fn row(frame: &Frame, place: &Place, item: &VisaItem) -> Markup {
    let id = &item.item.id.0;
    html! {
        tr data-test="visa" data-id=(id) data-mentions=(item.mentions.len()) {
            td {
                a.row-open #{ "doc-" (id) } data-p="" href=(address_in_list(&item.item)) { (headline(&item.item)) }
                p.muted {
                    @if let Some(kind) = &item.item.document_type { (kind) }
                    @if let Some(author) = &item.item.author { " · " (author) }
                    @if let Some(date) = &item.item.date { " · " (date) }
                }
            }
            td { @for m in &item.mentions { span.chip.mention { (icon("warn")) (m) } " " } }
            td.when { @if let Some((day, late)) = &item.due { span.late[*late] { (tf("bannettes.due", &[("day", day)])) } } }
            td { (item.place) }
            td.when { (when(item.item.received)) }
            td.acts {
                @if place.show == "a-viser" { (act(frame, place, id, "vu", t("visa.do-seen"), "v")) (act(frame, place, id, "a-faire", t("visa.do-act"), "i")) }
                @if place.show == "a-faire" { (act(frame, place, id, "fait", t("visa.do-done"), "t")) }
                @if place.show != "a-viser" { (act(frame, place, id, "annuler", t("document.undo"), "u")) }
            }
        }
    }
}

fn act(frame: &Frame, place: &Place, id: &str, what: &str, label: &str, key: &str) -> Markup {
    let action = place.at(&format!("/a-viser/{}/{what}", percent(id)), &place.show);
    html! {
        form.inline method="post" action=(action) data-swap="" data-act=(what) {
            (frame.token())
            button.small type="submit" id={ (what) "-" (id) } { (label) kbd { (key) } }
        }
    }
}
