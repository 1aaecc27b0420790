//! Two documents side by side, what differs marked: by colour, by underlining, and for those who
//! listen by the elements `del` and `ins`.

use maud::{Markup, html};
use relu_desk::view::{SideBySide, SideView};

use crate::list::ListQuery;
use crate::pages::dates::when;
use crate::pages::inbox::address;
use crate::pages::{Frame, framed};
use crate::texts::{t, tn};

/// The page.
pub fn side_by_side(frame: &Frame, view: &SideBySide, query: &ListQuery) -> Markup {
    let [here, other] = &view.sides;
    let different = here.different().max(other.different()) as u64;
    framed(
        frame,
        t("compare.title"),
        "compare-page",
        &html! {
            header.page-head {
                h1 { (t("compare.title")) }
                p.lead data-test="differences" data-count=(different) {
                    @if different == 0 { (t("compare.same")) } @else { (tn("compare.different", different)) }
                    " " span.muted { (t("compare.why")) }
                }
                p { a.button #back-to-document href=(query.place().at(&address(&here.item))) { (t("compare.back")) } }
            }
            div.two {
                (side(here, query, true))
                (side(other, query, false))
            }
        },
    )
}

fn side(view: &SideView, query: &ListQuery, first: bool) -> Markup {
    let item = &view.item;
    html! {
        section data-test="side" aria-label=(item.name) {
            h2 { a href=(query.place().at(&address(item))) { (item.name) } }
            p.muted {
                (t("compare.received")) " " (when(item.received))
                " · " (t(&format!("format.{}", item.format)))
                @if item.ocr { " · " (t("compare.ocr")) }
            }
            div.text tabindex="0" data-test="side-text" {
                @for (piece, differs) in &view.pieces {
                    @if !differs { (piece.0) }
                    @else if first { del { (piece.0) } }
                    @else { ins { (piece.0) } }
                }
            }
        }
    }
}
