//! A document taken off its patient: what was recalled with it, and the list of what had left.

use maud::{Markup, html};
use relu_desk::view::Recalled;

use crate::list::percent;
use crate::pages::{Frame, framed, icon, when};
use crate::texts::{t, tf, tn};

/// The page, printed as it stands.
pub fn page(frame: &Frame, id: &str, name: &str, recalled: &Recalled) -> Markup {
    let document = format!("/documents/{}", percent(id));
    framed(
        frame,
        t("detached.title"),
        "reading wide",
        &html! {
            h1 { (t("detached.title")) }
            p.lead data-test="detached-from" {
                @match &recalled.patient {
                    Some(patient) => (tf("detached.from", &[("document", name), ("patient", patient)])),
                    None => (tf("detached.not-any-more", &[("document", name)])),
                }
            }
            section.card {
                h2 { (t("detached.recalled")) }
                ul {
                    li data-test="recalled-facts" data-count=(recalled.facts) { (tn("detached.facts", recalled.facts as u64)) }
                    @if let Some(queue) = &recalled.queue { li data-test="recalled-queue" { (tf("detached.queue", &[("queue", queue)])) } }
                }
                div.actions {
                    a.button.primary #refile href=(document) { (icon("patient")) (t("detached.refile")) }
                    @if recalled.patient.is_some() {
                        form method="post" action={ (document) "/annuler" } {
                            (frame.token())
                            button #undo-detach type="submit" { (icon("undo")) (t("detached.undo")) }
                        }
                    }
                }
            }
            section #left {
                h2 { (t("detached.left")) }
                p.muted { (t("detached.left-why")) }
                @if recalled.left.is_empty() {
                    p.empty { (t("detached.nothing-left")) }
                } @else {
                    table.plain {
                        thead { tr {
                            th scope="col" { (t("journal.at")) }
                            th scope="col" { (t("journal.what")) }
                            th scope="col" { (t("journal.by")) }
                        } }
                        tbody {
                            @for line in &recalled.left {
                                tr data-test="left" { td.date { (when(line.at)) } td { (line.what) } td { (line.by) } }
                            }
                        }
                    }
                }
            }
        },
    )
}
