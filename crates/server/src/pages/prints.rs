//! *À imprimer*: the list of what is to be put on paper, among the queues.

use maud::{Markup, html};
use relu_desk::view::routing::{BannettesView, PrintItem};

use super::Frame;
use super::inbox::{address, headline};
use crate::texts::{t, tf};

/// Its code among the queues.
pub(super) const CODE: &str = "imprimer";
/// Its address.
pub const ADDRESS: &str = "/bannettes?b=imprimer";

/// The documents, each with a box that chooses it, and the bar of what can be done.
pub(super) fn list(frame: &Frame, view: &BannettesView) -> Markup {
    html! {
        form.lot.prints #lot method="post" action="/a-imprimer" {
            (frame.token())
            @if !view.prints.is_empty() { (bar()) }
            div.rows data-scroll="rows" {
                @if view.prints.is_empty() {
                    div.empty data-test="empty" { p { b { (t("prints.empty")) } } p { (t("prints.empty-hint")) } }
                } @else { (table(view)) }
            }
        }
    }
}

fn bar() -> Markup {
    html! {
        div.lot-bar role="group" aria-label=(t("lot.bar")) {
            span #lot-count data-one=(t("lot.chosen.one")) data-many=(t("lot.chosen.many")) role="status" {}
            button.primary #lot-print type="submit" name="faire" value="imprimer" { (t("prints.print")) " " kbd { "b" } }
            button.quiet #prints-leave type="submit" name="faire" value="retirer" { (t("prints.take-off")) }
        }
    }
}

fn table(view: &BannettesView) -> Markup {
    html! {
        table.plain.queue-table {
            caption.sr-only { (view.title) }
            thead { tr {
                th.c-choose scope="col" {
                    label.needs-script for="lot-all" { input #lot-all type="checkbox" aria-label=(t("lot.all")); }
                }
                th scope="col" { (t("bannettes.document")) }
                th scope="col" { (t("prints.by")) }
                th scope="col" { (t("bannettes.since")) }
            } }
            tbody { @for one in &view.prints { (row(one)) } }
        }
    }
}

fn row(one: &PrintItem) -> Markup {
    let (item, id) = (&one.item, &one.item.id.0);
    html! {
        tr data-test="print" data-id=(id) {
            td.c-choose { input type="checkbox" name="d" value=(id) aria-label=(tf("lot.choose-one", &[("what", headline(item))])); }
            td {
                a.row-open #{ "doc-" (id) } data-p="" href=(address(item)) { (headline(item)) }
                p.muted {
                    @if let Some(kind) = &item.document_type { (kind) }
                    @if let Some(author) = &item.author { " · " (author) }
                    @if let Some(date) = &item.date { " · " (date) }
                }
            }
            td data-test="print-by" { (one.by) }
            td.when { (one.since) }
        }
    }
}
