//! The left column: where the export stands and what can be done next, then its documents.

use maud::{Markup, html};
use relu_desk::view::{ExportDocumentLine, ExportView};

use super::review::ReviewPage;
use super::{bound_words, document_state, per_cent, state_chip};
use crate::pages::{Frame, icon, when};
use crate::texts::{t, tf, tn};

/// Most documents listed around the one that is open.
const MOST: usize = 300;

/// The column.
pub fn column(frame: &Frame, page: &ReviewPage<'_>) -> Markup {
    let view = page.view;
    html! {
        section.column.side.export-side #list aria-label=(t("export.documents-of")) {
            header {
                a.back #back-to-list href="/exports" { "← " (t("export.title")) }
                (state_chip(&view.state))
            }
            div.scroll data-scroll="list" tabindex="0" {
                p.project-title { b { (view.project.title) } }
                (figures(page))
                (next_step(frame, page))
                @if view.may_export { (sample(frame, page)) }
                (documents(page))
                (more(frame, page))
            }
        }
    }
}

/// The figures of the export.
pub fn figures(page: &ReviewPage<'_>) -> Markup {
    let view = page.view;
    html! {
        dl.figures data-test="figures" data-persons=(view.persons) data-opposed=(view.opposed) {
            div { dt { (t("export.persons-in")) } dd { (view.persons) } }
            @for (state, n) in &view.counts { div { dt { (document_state(state)) } dd data-count=(state) { (n) } } }
            @if view.everywhere > 0 { div { dt { (t("export.everywhere-words")) } dd { (view.everywhere) } } }
        }
        @if view.opposed + view.unknown > 0 {
            p.left-out data-test="left-out" {
                (tn("export.opposed", view.opposed as u64))
                @if view.unknown > 0 { " " (tn("export.unknown", view.unknown as u64)) }
            }
        }
        @if let Some(sample) = &view.sample {
            p.bound data-test="bound" data-bound=(per_cent(sample.bound)) {
                (bound_words(sample)) " "
                span.muted { (tf("export.drawn", &[("n", &sample.drawn.to_string()), ("seed", &sample.seed.to_string())])) }
            }
        }
    }
}

/// What stands in the way, or the decision itself.
fn next_step(frame: &Frame, page: &ReviewPage<'_>) -> Markup {
    let view = page.view;
    html! {
        div.next-step data-test="next-step" data-state=(view.state) {
            @if let Some(at) = view.key_destroyed {
                p { b { (t("export.key-destroyed")) } " " (when(at)) ". " (t("export.key-destroyed-explain")) }
            } @else {
                @if let Some(problem) = &view.problem { p.problem data-test="export-problem" { (icon("error")) (problem) } }
                p { (t(&format!("export.step.{}", view.state))) }
                @if view.may_export && view.state == "pret" && !view.version.is_empty() { (decide(frame, page)) }
            }
            @for written in &view.written {
                p.written data-test="written" {
                    (tf("export.written", &[("documents", &written.documents.to_string()), ("persons", &written.persons.to_string()), ("by", &written.by)]))
                    " " (when(written.at)) br;
                    span.muted title=(written.sha256) { "SHA-256 " (written.sha256.get(..16).unwrap_or_default()) "…" }
                }
            }
            @if view.may_download {
                a.button.primary #download href={ (page.address()) "/archive.zip" } download { (icon("download")) (t("export.download")) }
            }
        }
    }
}

fn decide(frame: &Frame, page: &ReviewPage<'_>) -> Markup {
    let view = page.view;
    html! {
        form method="post" action={ (page.address()) "/exporter" } data-swap="" #export-form {
            (frame.token())
            input type="hidden" name="version" value=(view.version);
            label.choice for="export-agree" {
                input #export-agree type="checkbox" name="agree" value="oui" required;
                span { (tf("export.agree", &[("name", &frame.account.name), ("version", view.version.get(..8).unwrap_or_default())])) }
            }
            button.primary #export-now type="submit" { (t("export.export")) }
        }
    }
}

fn sample(frame: &Frame, page: &ReviewPage<'_>) -> Markup {
    let view = page.view;
    html! {
        details.sample {
            summary { (t("export.sample")) }
            p.muted { (t("export.sample-explain")) }
            form method="post" action={ (page.address()) "/echantillon" } data-swap="" {
                (frame.token())
                label for="sample-size" { (t("export.sample-size")) }
                input #sample-size name="size" type="number" min="1" max="5000" required value=(view.sample_size.min(view.documents.len().max(1)));
                button.small type="submit" #draw-sample { (t("export.draw")) }
            }
        }
    }
}

fn documents(page: &ReviewPage<'_>) -> Markup {
    let view = page.view;
    let open = view.shown.as_ref().map(|d| &d.id);
    let here = view.documents.iter().position(|d| Some(&d.id) == open).unwrap_or(0);
    let from = here.saturating_sub(MOST / 2);
    let shown: Vec<&ExportDocumentLine> = view.documents.iter().skip(from).take(MOST).collect();
    html! {
        ol.documents {
            @for document in shown { li { (line(page, document, open == Some(&document.id))) } }
        }
        @if view.documents.len() > MOST { p.muted.hint { (tf("export.window", &[("n", &MOST.to_string()), ("total", &view.documents.len().to_string())])) } }
    }
}

fn line(page: &ReviewPage<'_>, document: &ExportDocumentLine, here: bool) -> Markup {
    html! {
        a.item href=(page.at(&document.id.0)) data-test="export-document" data-id=(document.id.0) data-state=(document.state)
            aria-current=[here.then_some("true")] {
            span.item-head {
                span.item-patient { (tf("export.document-number", &[("n", &document.number.to_string())])) }
                span class={ "chip export-" (document.state) } { (document_state(&document.state)) }
            }
            @if document.sampled { span.item-more { (t("export.drawn-for-control")) } }
        }
    }
}

/// Refresh, and the key.
fn more(frame: &Frame, page: &ReviewPage<'_>) -> Markup {
    let view: &ExportView = page.view;
    html! {
        @if view.may_export {
            form.refresh method="post" action={ (page.address()) "/actualiser" } data-swap="" {
                (frame.token())
                p.muted { (t("export.refresh-explain")) }
                button.small type="submit" #refresh { (t("export.refresh")) }
            }
        }
        details.record-of { summary { (t("export.record")) } (super::review::project(page)) }
        @if view.key_destroyed.is_none() {
            details.key {
                summary { (t("export.key")) }
                p { (t("export.key-explain")) }
                form method="post" action={ (page.address()) "/cle" } {
                    (frame.token())
                    label.choice for="key-agree" {
                        input #key-agree type="checkbox" name="agree" value="oui" required;
                        span { (t("export.key-agree")) }
                    }
                    button.small.danger type="submit" #destroy-key { (t("export.destroy-key")) }
                }
            }
        }
    }
}
