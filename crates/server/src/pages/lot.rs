//! Several documents at once: what would happen to each before anything does, and the pages to print.

use maud::{Markup, html};
use relu_desk::view::DocumentView;
use relu_desk::{BulkAct, BulkLine};

use crate::list::ListQuery;
use crate::memory::Lot;
use crate::pages::inbox::{address, headline};
use crate::pages::{Frame, framed, icon};
use crate::texts::{t, tf, tn};

/// What the preview shows.
pub struct Preview<'a> {
    /// Opaque name of the lot.
    pub name: &'a str,
    /// What would be done.
    pub act: BulkAct,
    /// A line a document.
    pub lines: &'a [BulkLine],
    /// Where the person stands in the list.
    pub query: &'a ListQuery,
}

/// The preview: those that are ready first, then those that ask for a look.
pub fn preview(frame: &Frame, page: &Preview<'_>) -> Markup {
    let (ready, look): (Vec<_>, Vec<_>) = page.lines.iter().partition(|l| l.target.is_some());
    let back = page.query.place().at("/");
    let title = match page.act {
        BulkAct::Classer => t("lot.title-file"),
        BulkAct::Viser => t("lot.title-see"),
    };
    framed(
        frame,
        title,
        "reading wide lot-page",
        &html! {
            div.page-head {
                h1 { (title) }
                form method="post" action=(page.query.place().at(&format!("/lot/{}", page.name))) data-key-enter="" {
                    (frame.token())
                    @if !ready.is_empty() {
                        button.primary #lot-do type="submit" { (icon("accept")) (act_words(page.act, ready.len())) }
                    }
                }
                a.button #back-to-list href=(back) { (t("lot.back")) }
            }
            p.lead { (tn("lot.ready", ready.len() as u64)) @if !look.is_empty() { " " (tn("lot.look", look.len() as u64)) } }
            (lines("lot-ready", t("lot.ready-title"), &ready, page.query))
            (lines("lot-look", t("lot.look-title"), &look, page.query))
        },
    )
}

fn act_words(act: BulkAct, n: usize) -> String {
    tn(
        match act {
            BulkAct::Classer => "lot.file",
            BulkAct::Viser => "lot.see",
        },
        n as u64,
    )
}

fn lines(id: &str, title: &str, lines: &[&BulkLine], query: &ListQuery) -> Markup {
    html! {
        @if !lines.is_empty() {
            h2 { (title) }
            table.plain id=(id) {
                thead { tr {
                    th scope="col" { (t("lot.document")) }
                    th scope="col" { (t("inbox.type")) }
                    th scope="col" { (t("inbox.date")) }
                    th scope="col" { (t("lot.what")) }
                } }
                tbody {
                    @for line in lines {
                        tr data-test="lot-line" data-id=(line.item.id.0) data-ready=(line.target.is_some()) {
                            td { a href=(query.place().at(&address(&line.item))) { (headline(&line.item)) } }
                            td { (line.item.document_type.as_deref().unwrap_or("—")) }
                            td.date { (line.item.date.as_deref().unwrap_or("—")) }
                            td {
                                (line.why)
                                @if let Some(patient) = &line.patient { " : " b { (patient) } }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// « 12 documents classés — Annuler », on the list after a lot.
pub fn undo_bar(frame: &Frame, name: &str, lot: &Lot, query: &ListQuery) -> Markup {
    let key = match lot.act {
        BulkAct::Classer => "lot.filed",
        BulkAct::Viser => "lot.seen",
    };
    html! {
        form.undo-bar #undo-bar method="post" action=(query.place().at(&format!("/lot/{name}/annuler"))) data-test="undo-lot" {
            (frame.token())
            p role="status" {
                b { (tn(key, lot.done.len() as u64)) }
                @if lot.left > 0 { " · " (tn("lot.left", lot.left as u64)) }
            }
            @if !lot.done.is_empty() {
                button #undo-filed type="submit" data-key-undo="" { (icon("undo")) (t("lot.undo")) " " kbd { "u" } }
            }
        }
    }
}

/// Documents for paper.
pub struct Paper<'a> {
    /// The documents.
    pub views: &'a [DocumentView],
    /// The list they were chosen on.
    pub back: &'a str,
    /// Where it is said that they are printed.
    pub printed: &'a str,
}

/// The documents of a lot for paper; what waited to be printed is said to be, once it is.
pub fn print(frame: &Frame, page: &Paper<'_>) -> Markup {
    let waiting = page.views.iter().filter(|v| v.to_print.is_some()).count();
    framed(
        frame,
        t("lot.print-title"),
        "reading print-lot",
        &html! {
            div.page-head {
                h1 { (t("lot.print-title")) }
                button.primary.needs-script #print-now type="button" data-print="" { (t("lot.print")) }
                @if waiting > 0 {
                    form method="post" action=(page.printed) {
                        (frame.token())
                        input type="hidden" name="retour" value=(page.back);
                        button #printed type="submit" { (icon("accept")) (tn("prints.confirm", waiting as u64)) }
                    }
                }
                a.button #back-to-list href=(page.back) { (t("lot.back")) }
            }
            p.lead { (tn("inbox.documents", page.views.len() as u64)) " · " (t("lot.print-hint")) }
            @for view in page.views { (paper(view)) }
        },
    )
}

fn paper(view: &DocumentView) -> Markup {
    let item = &view.item;
    html! {
        section.paper-document data-test="print-document" {
            h2 { (headline(item)) @if let Some(kind) = &item.document_type { " · " (kind) } }
            @if view.pages.is_empty() {
                pre { (view.text) }
            } @else {
                @for (n, _) in view.pages.iter().enumerate() {
                    img src={ (address(item)) "/pages/" (n) ".png?l=1400" } loading="lazy"
                        alt=(tf("lot.page-of", &[("n", &(n + 1).to_string()), ("of", &view.pages.len().to_string())]));
                }
            }
        }
    }
}
