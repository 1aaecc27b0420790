//! The ledger, newest first.

use maud::{Markup, html};
use relu_desk::view::LedgerLine;

use crate::list::percent;
use crate::pages::{Frame, framed, icon, when};
use crate::session::may_read;
use crate::texts::t;

/// The page. `before` is the line the page starts under; `more` whether older lines may exist.
pub fn page(frame: &Frame, lines: &[LedgerLine], before: Option<u64>, more: bool) -> Markup {
    framed(
        frame,
        t("journal.title"),
        "reading wide",
        &html! {
            div.page-head {
                h1 { (t("journal.title")) }
                form method="post" action="/journal/verifier" {
                    (frame.token())
                    button.primary #verify-ledger type="submit" { (icon("accept")) (t("journal.verify")) }
                }
                a.button #ledger-head href="/journal/tete.json" download { (icon("download")) (t("journal.head")) }
            }
            p.lead { (t("journal.explain")) }
            table.plain.ledger {
                thead { tr {
                    th scope="col" { (t("journal.seq")) }
                    th scope="col" { (t("journal.at")) }
                    th scope="col" { (t("journal.by")) }
                    th scope="col" { (t("journal.what")) }
                    th scope="col" { (t("journal.document")) }
                    th scope="col" { (t("journal.mac")) }
                } }
                tbody {
                    @for line in lines { (row(frame, line)) }
                }
            }
            @if lines.is_empty() { p.empty { (t("journal.none")) } }
            nav.pager aria-label=(t("journal.pages")) {
                @if before.is_some() { a.button href="/journal" { (t("journal.newest")) } }
                @if let (true, Some(last)) = (more, lines.last()) {
                    a.button #older href={ "/journal?avant=" (last.seq) } { (t("journal.older")) }
                }
            }
        },
    )
}

fn row(frame: &Frame, line: &LedgerLine) -> Markup {
    html! {
        tr data-test="ledger-line" data-seq=(line.seq) {
            td.number { (line.seq) }
            td.date { (when(line.at)) }
            td { (line.by) }
            td { (line.what) }
            td {
                @if let Some(id) = &line.document {
                    @if may_read(frame.account.role) {
                        a href={ "/documents/" (percent(&id.0)) } { (short(&id.0)) }
                    } @else { code { (short(&id.0)) } }
                }
            }
            td { code { (line.mac) } }
        }
    }
}

/// The end of an id, which differs most between documents of one day.
fn short(id: &str) -> String {
    let skip = id.chars().count().saturating_sub(8);
    if skip == 0 {
        id.to_owned()
    } else {
        format!("…{}", id.chars().skip(skip).collect::<String>())
    }
}
