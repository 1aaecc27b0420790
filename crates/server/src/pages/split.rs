//! A stack before it is cut: every page small, where a document begins, what shows it; and the page
//! to print and slip between two documents.

use maud::{Markup, html};
use relu_desk::view::{SplitPage, SplitView};
use relu_record::SEPARATOR_CODE;

use crate::list::ListQuery;
use crate::pages::inbox::address;
use crate::pages::{Frame, framed, icon};
use crate::texts::{t, tf, tn};

/// What the separator page says; what the function looks for.
pub const SEPARATOR: &str = "SÉPARATEUR RELU";

/// The page.
pub fn stack(frame: &Frame, view: &SplitView, query: &ListQuery) -> Markup {
    let at = |rest: &str| query.place().at(&format!("{}{rest}", address(&view.item)));
    let total = view.pages.len();
    let documents = 1 + view.pages.iter().skip(1).filter(|p| p.begins && !p.leave_out).count();
    framed(
        frame,
        t("split.title"),
        "split-page",
        &html! {
            form.stack #split method="post" action=(at("/separer")) {
                (frame.token())
                header.page-head {
                    h1 { (t("split.title")) }
                    p.muted { (view.item.name) " · " (tn("split.pages", total as u64)) }
                    p.lead { (t("split.lead")) }
                    div.actions {
                        @if view.may {
                            button.primary.big #split-submit type="submit" {
                                (icon("accept"))
                                span #split-count data-one=(t("split.submit-one")) data-many=(t("split.submit-many")) data-test="split-count" {
                                    (submit_words(documents))
                                }
                                " " kbd { "Entrée" }
                            }
                        }
                        a.button #split-back href=(at("")) { (t("split.back")) }
                        a.button #split-separator href="/separateur" target="_blank" { (t("split.separator")) }
                    }
                    p.muted.keys-line { (t("split.keys")) }
                }
                ol.sheets #sheets {
                    @for (n, page) in view.pages.iter().enumerate() { (sheet(view, n, page)) }
                }
            }
        },
    )
}

fn submit_words(documents: usize) -> String {
    match documents {
        1 => t("split.submit-one").to_owned(),
        n => tf("split.submit-many", &[("n", &n.to_string())]),
    }
}

fn sheet(view: &SplitView, n: usize, page: &SplitPage) -> Markup {
    let number = (n + 1).to_string();
    let image = format!("{}/pages/{n}.png?l=300", address(&view.item));
    let (w, h) = (page.width.max(1.0), page.height.max(1.0));
    html! {
        li.page data-test="split-page" data-page=(n) {
            p.number { (tf("split.page", &[("n", &number)])) }
            label.begins {
                // The first page begins a document whatever is said.
                input type="checkbox" name="commence" value=(n) checked[page.begins || n == 0] disabled[!view.may]
                    data-begins="" aria-label=(tf("split.begins-at", &[("n", &number)]));
                span { (t("split.begins")) }
            }
            img src=(image) width=(w as u32) height=(h as u32) loading=(if n < 8 { "eager" } else { "lazy" })
                alt=(tf("split.page", &[("n", &number)]));
            label.out {
                input type="checkbox" name="ecarter" value=(n) checked[page.leave_out] disabled[!view.may]
                    data-out="" aria-label=(tf("split.leave-out-at", &[("n", &number)]));
                span { (t("split.leave-out")) }
            }
            @if !page.why.is_empty() {
                p.why title=(page.why.join(" · ")) { b { (page.certainty) } " " (page.why.join(" · ")) }
            }
        }
    }
}

/// The page to print and slip between two documents.
pub fn separator(frame: &Frame) -> Markup {
    framed(
        frame,
        t("split.separator"),
        "separator-page",
        &html! {
            header.page-head {
                h1 { (t("split.separator")) }
                p.lead { (t("split.separator-how")) }
                div.actions { button.primary.needs-script type="button" #print-separator data-print="" { (t("split.print")) } }
            }
            section.separator data-test="separator" { p { (SEPARATOR) } p.again { (SEPARATOR) } (code()) }
        },
    )
}

/// The code of the page, which is recognised where its words are not: one path of dark squares.
fn code() -> Markup {
    let rows = relu_formats::code::write(SEPARATOR_CODE).unwrap_or_default();
    let side = rows.len();
    let mut path = String::new();
    for (y, row) in rows.iter().enumerate() {
        for (x, _) in row.iter().enumerate().filter(|(_, dark)| **dark) {
            path.push_str(&format!("M{x} {y}h1v1h-1z"));
        }
    }
    html! {
        svg.code viewBox=(format!("-2 -2 {} {}", side + 4, side + 4)) role="img" aria-label=(t("split.separator-code"))
            shape-rendering="crispEdges" data-test="separator-code" { path d=(path) {} }
    }
}
