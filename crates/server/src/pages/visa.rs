//! *À viser*: the doctor's list. What the sender marked as abnormal comes first, as printed; filters
//! are in the address, so that a reload keeps them.

use maud::{Markup, html};
use relu_desk::view::routing::{VisaItem, VisaView};

use crate::list::percent;
use crate::pages::inbox::{address, headline};
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
}

impl Place {
    /// `/a-viser?…`.
    pub fn at(&self, path: &str, show: &str) -> String {
        let mine = if self.mine { "&moi=oui" } else { "" };
        let kind = self.type_code.as_deref().map(|c| format!("&type={}", percent(c)));
        format!("{path}?voir={}{mine}{}", percent(show), kind.unwrap_or_default())
    }
}

const TABS: [(&str, &str); 3] =
    [("a-viser", "visa.to-see"), ("a-faire", "visa.to-do"), ("vus", "visa.seen")];

/// The page.
pub fn page(frame: &Frame, view: &VisaView, place: &Place, types: &[(String, String)]) -> Markup {
    framed(
        frame,
        t("visa.title"),
        "list-page visa-page",
        &html! {
            h1.sr-only { (t("visa.title")) }
            form.toolbar method="get" action="/a-viser" {
                input type="hidden" name="voir" value=(place.show);
                label.choice for="mine" { input #mine type="checkbox" name="moi" value="oui" checked[place.mine] data-submit=""; (t("visa.mine")) }
                label.sr-only for="visa-type" { (t("inbox.type")) }
                select #visa-type name="type" data-submit="" {
                    option value="" { (t("inbox.all-types")) }
                    @for (code, label) in types { option value=(code) selected[place.type_code.as_deref() == Some(code)] { (label) } }
                }
                button type="submit" #visa-filter { (t("visa.filter")) }
                p.muted { (t("visa.explain")) }
            }
            nav.tabs aria-label=(t("visa.title")) {
                @for (i, (code, key)) in TABS.iter().enumerate() {
                    a href=(place.at("/a-viser", code)) id={ "visa-" (code) } aria-current=[(place.show == *code).then_some("page")] {
                        (t(key)) span.count { (view.counts[i]) }
                    }
                }
            }
            div.rows data-scroll="rows" {
                @if view.items.is_empty() { p.empty data-test="empty" { (t("visa.empty")) } }
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

fn row(frame: &Frame, place: &Place, item: &VisaItem) -> Markup {
    let id = &item.item.id.0;
    html! {
        tr data-test="visa" data-id=(id) data-mentions=(item.mentions.len()) {
            td {
                a.row-open #{ "doc-" (id) } data-p="" href=(address(&item.item)) { (headline(&item.item)) }
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
