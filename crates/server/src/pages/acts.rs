//! What a person did lately, with an undo for what can still be taken back.

use maud::{Markup, html};
use relu_desk::view::ActLine;

use crate::pages::inbox::{address, headline};
use crate::pages::{Frame, framed, icon, state_chip, when};
use crate::texts::t;

/// The page.
pub fn page(frame: &Frame, lines: &[ActLine]) -> Markup {
    framed(
        frame,
        t("acts.title"),
        "reading wide",
        &html! {
            div.page-head { h1 { (t("acts.title")) } }
            p.lead { (t("acts.explain")) }
            @if lines.is_empty() { p.empty { (t("acts.none")) } } @else {
                table.plain {
                    thead { tr {
                        th scope="col" { (t("acts.at")) }
                        th scope="col" { (t("acts.what")) }
                        th scope="col" { (t("acts.document")) }
                        th scope="col" { (t("inbox.state")) }
                        th scope="col" { (t("acts.undo")) }
                    } }
                    tbody { @for line in lines { (row(frame, line)) } }
                }
            }
        },
    )
}

fn row(frame: &Frame, line: &ActLine) -> Markup {
    html! {
        tr data-test="act" data-id=(line.item.id.0) {
            td.date { (when(line.at)) }
            td { (line.what) }
            td {
                a href=(address(&line.item)) { (headline(&line.item)) }
                @if let Some(kind) = &line.item.document_type { " · " (kind) }
            }
            td { (state_chip(line.item.state)) }
            td {
                @if let Some(label) = &line.undo {
                    form method="post" action={ (address(&line.item)) "/annuler?retour=actes" } {
                        (frame.token())
                        button.small type="submit" title=(label) { (icon("undo")) (t("acts.take-back")) " : " (label) }
                    }
                }
            }
        }
    }
}
