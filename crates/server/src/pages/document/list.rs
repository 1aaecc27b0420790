//! The left column: the same list, the present document marked.

use maud::{Markup, html};
use relu_desk::view::ListItem;

use super::DocumentPage;
use crate::list::ListQuery;
use crate::pages::inbox::{address, headline};
use crate::pages::{Frame, icon, state_name};
use crate::texts::{t, tf};

/// The column.
pub fn column(_frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let name = page.query.document_state().map_or(t("inbox.waiting"), state_name);
    html! {
        nav.column.side #list aria-label=(t("document.list")) {
            header {
                a.back #back-to-list href=(page.query.place().at("/")) { "← " (name) }
                span.muted { (page.list.total) }
            }
            @if !page.words.is_empty() { p.muted.filter-words { (tf("document.searching", &[("words", page.words)])) } }
            ol data-scroll="list" {
                @for item in &page.list.items { li { (line(item, page)) } }
                @if page.list.items.is_empty() { li.empty { (t("inbox.none-here")) } }
            }
            footer { (pages(page)) }
        }
    }
}

fn line(item: &ListItem, page: &DocumentPage<'_>) -> Markup {
    let here = item.id == page.view.item.id;
    let worried = item.checks.iter().any(|c| c.severity > relu_record::Severity::Info);
    html! {
        a.item href=(page.query.place().at(&address(item))) data-test="document" data-id=(item.id.0)
            data-state=(item.state.as_str()) aria-current=[here.then_some("true")] {
            span.item-head {
                span.item-patient { (headline(item)) }
                @if worried { span.worry title=(t("document.has-checks")) { (icon("warn")) span.sr-only { (t("document.has-checks")) } } }
            }
            span.item-more {
                @match &item.refusal {
                    Some((_, why)) => (why),
                    None => {
                        (item.document_type.as_deref().unwrap_or(&item.name))
                        @if let Some(date) = &item.date { " · " (date) }
                    },
                }
            }
        }
    }
}

fn pages(page: &DocumentPage<'_>) -> Markup {
    let here = page.query.page.unwrap_or(1).max(1);
    let last = (page.list.total as usize).div_ceil(page.list.page_size.max(1)).max(1);
    let query: ListQuery = page.query.place();
    html! {
        @if here > 1 { a href=(query.on_page(here - 1).at("/")) { (t("inbox.previous")) } }
        span.muted { (tf("inbox.page", &[("page", &here.to_string()), ("pages", &last.to_string())])) }
        @if here < last { a href=(query.on_page(here + 1).at("/")) { (t("inbox.next")) } }
    }
}
