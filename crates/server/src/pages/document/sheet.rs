//! The middle column: the document as it looks, or its text with the evidence marked.

use maud::{Markup, html};
use relu_record::{DocumentState, Page};

use super::DocumentPage;
use super::evidence::{marked_text, marks_on};
use crate::list::ListQuery;
use crate::pages::inbox::address;
use crate::pages::{Frame, icon};
use crate::texts::{maybe, t, tf};

/// Most pages drawn on one screen; images are loaded as they come into view.
const MOST_PAGES: usize = 400;

/// The column.
pub fn column(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let view = page.view;
    let has_pages = !view.pages.is_empty();
    let text_first = !has_pages || page.query.view.as_deref() == Some("texte");
    html! {
        section.column.sheet aria-label=(t("document.sheet")) {
            header {
                @if has_pages && view.item.refusal.is_none() { (tabs(page, text_first)) }
                @else { span.format { (format_name(&view.item.format)) } }
                span.name title=(view.item.name) data-test="document-name" { (view.item.name) }
                @if view.item.ocr { span.chip.ocr { (icon("scan")) (t("inbox.ocr")) } }
                @if view.item.masked { span.chip title=(t("inbox.masked-why")) { (t("inbox.masked")) } }
                a.button.small #download-original href=(format!("{}/original", address(&view.item))) download
                    title=(t("document.original")) { (icon("download")) (t("document.original-short")) }
            }
            div.paper data-scroll="sheet" tabindex="0" aria-label=(t("document.sheet")) {
                // One that is read again keeps its last refusal until it is done.
                @if view.item.state == DocumentState::Recu {
                    p.empty role="status" data-reload-when-read=(view.item.id.0) { (t("document.being-read")) }
                } @else if let Some((code, why)) = &view.item.refusal {
                    (quarantine(frame, page, code, why))
                } @else {
                    @if has_pages { div #pane-pages hidden[text_first] { (images(page)) } }
                    div #pane-text hidden[!text_first] {
                        @if view.text.is_empty() { p.empty { (t("document.no-text")) } }
                        @else { div.text data-test="document-text" { (marked_text(view)) } }
                    }
                }
            }
        }
    }
}

/// The two ways to look; links, so that they work without scripts.
fn tabs(page: &DocumentPage<'_>, text_first: bool) -> Markup {
    let to = |view: Option<&str>| {
        let query = ListQuery { view: view.map(str::to_owned), ..page.query.clone() };
        query.at(&address(&page.view.item))
    };
    html! {
        nav.views aria-label=(t("document.views")) {
            a #view-pages href=(to(None)) data-pane="pages" aria-current=[(!text_first).then_some("true")] { (t("document.pages")) }
            a #view-text href=(to(Some("texte"))) data-pane="text" aria-current=[text_first.then_some("true")] { (t("document.text")) " " kbd { "t" } }
        }
    }
}

fn images(page: &DocumentPage<'_>) -> Markup {
    let total = page.view.pages.len();
    html! {
        @for (n, size) in page.view.pages.iter().enumerate().take(MOST_PAGES) { (image(page, n, *size, total)) }
        @if total > MOST_PAGES { p.empty { (tf("document.more-pages", &[("n", &total.to_string())])) } }
    }
}

/// A page image under its evidence. Rectangles are SVG, in the page's own points: no inline style.
fn image(page: &DocumentPage<'_>, n: usize, size: Page, total: usize) -> Markup {
    let (w, h) = (size.width.max(1.0), size.height.max(1.0));
    let alt =
        tf("document.page-alt", &[("n", &(n + 1).to_string()), ("total", &total.to_string())]);
    let loading = if n < 2 { "eager" } else { "lazy" };
    html! {
        figure.page data-page=(n) {
            img src=(format!("{}/pages/{n}.png?l=1000", address(&page.view.item))) alt=(alt)
                width=(w.round()) height=(h.round()) loading=(loading) decoding="async";
            svg.overlay viewBox={ "0 0 " (w) " " (h) } preserveAspectRatio="none" aria-hidden="true" {
                @for mark in marks_on(page.view, n as u32) {
                    rect.ev.soft[mark.clinical] data-ev=(mark.proposal)
                        x=(mark.bbox.x0 - 1.5) y=(mark.bbox.y0 - 1.5) rx="2"
                        width=((mark.bbox.x1 - mark.bbox.x0 + 3.0).max(2.0))
                        height=((mark.bbox.y1 - mark.bbox.y0 + 3.0).max(2.0)) {}
                }
            }
            @if total > 1 { figcaption { (alt) } }
        }
    }
}

fn quarantine(frame: &Frame, page: &DocumentPage<'_>, code: &str, why: &str) -> Markup {
    let advice = maybe(&format!("quarantine.{code}")).unwrap_or(t("quarantine.other"));
    html! {
        section.card.quarantine data-test="quarantine" data-code=(code) {
            h2 { (icon("warn")) (t("quarantine.title")) }
            dl.parts {
                dt { (t("quarantine.why")) } dd data-test="quarantine-reason" { (why) }
                dt { (t("quarantine.what")) } dd { (advice) }
            }
            p.muted { (t("quarantine.kept")) }
            div.actions {
                @if page.view.rights.retry {
                    form method="post" action=(page.action("/relire")) data-swap="" {
                        (frame.token())
                        button.primary #retry type="submit" { (icon("undo")) (t("quarantine.retry")) }
                    }
                }
                a.button #quarantine-download href=(format!("{}/original", address(&page.view.item))) download {
                    (icon("download")) (t("document.original"))
                }
            }
        }
    }
}

fn format_name(format: &str) -> &str {
    maybe(&format!("format.{format}")).unwrap_or(format)
}
