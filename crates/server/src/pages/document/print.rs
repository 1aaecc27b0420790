//! The sheet that goes on paper: what was decided, by whom, and the history. Hidden on the screen.

use maud::{Markup, html};
use relu_desk::view::ProposalView;
use relu_record::ValueKind;

use super::DocumentPage;
use super::evidence::proposals;
use super::proposal::said_of;
use crate::pages::{state_name, when};
use crate::texts::t;

/// The sheet.
pub fn sheet(page: &DocumentPage<'_>) -> Markup {
    let view = page.view;
    html! {
        section.print-sheet aria-hidden="true" {
            h1 { (t("print.title")) }
            table {
                tbody {
                    (row(t("print.file"), &html! { (view.item.name) }))
                    (row(t("inbox.state"), &html! { (state_name(view.item.state)) }))
                    (row(t("inbox.received"), &html! { (when(view.item.received)) }))
                    (row("SHA-256", &html! { code { (view.sha256) } }))
                }
            }
            h2 { (t("print.values")) }
            table {
                thead { tr {
                    th { (t("print.what")) } th { (t("print.value")) } th { (t("print.decision")) }
                } }
                tbody { @for proposal in proposals(view) { (value(proposal)) } }
            }
            h2 { (t("document.history")) }
            table {
                tbody {
                    @for line in &view.history {
                        tr { td { (when(line.at)) } td { (line.by) } td { (line.what) } }
                    }
                }
            }
        }
    }
}

fn row(label: &str, value: &Markup) -> Markup {
    html! { tr { th scope="row" { (label) } td { (value) } } }
}

fn value(proposal: &ProposalView) -> Markup {
    html! {
        tr {
            td { (proposal.label) }
            td {
                (proposal.display)
                // A fact without its dose, « absent » or « famille » would say something else.
                @if proposal.kind == ValueKind::Fact {
                    @if let Some((_, amount)) = proposal.details.first().filter(|(_, v)| !v.is_empty()) {
                        " : " (amount)
                    }
                    @for (label, _) in said_of(&proposal.details) { " — " b { (label) } }
                }
            }
            td {
                @match &proposal.decision {
                    Some(decision) => { (decision.verdict) ", " (decision.by) ", " (when(decision.at)) },
                    None => (t("print.undecided")),
                }
            }
        }
    }
}
