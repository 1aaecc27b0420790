//! The review of an export: its documents on the left, the text with what may say who in the middle,
//! the same words one under the other on the right, each with its buttons.

use maud::{Markup, html};
use relu_desk::view::{CandidateView, Certainty, ExportDocumentView, ExportView};

use super::{document_state, side, words};
use crate::list::percent;
use crate::pages::{Frame, framed, icon, when};
use crate::texts::{t, tf, tn};

/// What the page shows.
pub struct ReviewPage<'a> {
    /// The export.
    pub view: &'a ExportView,
    /// Kinds of identifiers: wire name and words.
    pub labels: &'a [(String, String)],
}

impl ReviewPage<'_> {
    pub(super) fn address(&self) -> String {
        format!("/exports/{}", percent(&self.view.id))
    }

    pub(super) fn of_document(&self, document: &ExportDocumentView, act: &str) -> String {
        format!("{}/documents/{}/{act}", self.address(), percent(&document.id.0))
    }

    /// Address of the page with another document open.
    pub(super) fn at(&self, document: &str) -> String {
        format!("{}?d={}", self.address(), percent(document))
    }
}

/// The page.
pub fn page(frame: &Frame, page: &ReviewPage<'_>) -> Markup {
    let view = page.view;
    let shown = view.shown.as_ref();
    // A page that waits for the second reading asks again by itself.
    let waits = view.working || shown.is_some_and(|d| !d.checked && d.refusal.is_none());
    framed(
        frame,
        &view.project.title,
        "export-page",
        &html! {
            div.columns data-document=(shown.map_or("", |d| d.id.0.as_str())) data-export=(view.id)
                data-state=(view.state) data-working[waits] {
                (side::column(frame, page))
                @match shown {
                    Some(document) => {
                        (sheet(frame, page, document))
                        (candidates(frame, page, document))
                    }
                    None => section.column.sheet aria-label=(t("document.sheet")) {
                        div.paper data-scroll="sheet" { (project(page)) }
                    },
                }
            }
            (printed(page))
        },
    )
}

fn sheet(frame: &Frame, page: &ReviewPage<'_>, document: &ExportDocumentView) -> Markup {
    let view = page.view;
    let number = view.documents.iter().find(|d| d.id == document.id).map_or(0, |d| d.number);
    html! {
        section.column.sheet aria-label=(t("document.sheet")) {
            header {
                h1 { (tf("export.document-of", &[("n", &number.to_string()), ("total", &view.documents.len().to_string())])) }
                span.name { (document.kind.as_deref().unwrap_or("")) }
                (document_chip(&document.state))
                a.button.small href={ "/documents/" (percent(&document.id.0)) } #open-document { (t("export.open-document")) }
            }
            (left(frame, page, document))
            div.paper data-scroll="sheet" tabindex="0" role="region" aria-label=(t("document.text")) {
                @if let Some(refusal) = &document.refusal {
                    p.problem data-test="refusal" { (icon("error")) (t("export.refused")) " " (refusal) }
                }
                div.text #export-text data-test="export-text" { (words::marked(document)) }
                @if document.pages > 0 {
                    details.pictures {
                        summary { (t("export.pictures")) }
                        @for n in 0..document.pages.min(20) {
                            figure.page {
                                img src=(format!("/documents/{}/pages/{n}.png?l=1000", percent(&document.id.0)))
                                    alt=(tf("document.page-alt", &[("n", &(n + 1).to_string()), ("total", &document.pages.to_string())]))
                                    loading="lazy" decoding="async";
                            }
                        }
                    }
                }
            }
            (legend())
        }
    }
}

fn document_chip(state: &str) -> Markup {
    html! { span class={ "chip export-" (state) } data-test="document-state" data-state=(state) { (document_state(state)) } }
}

/// What the second reading still finds. What blocks comes first, and each has its way out.
fn left(frame: &Frame, page: &ReviewPage<'_>, document: &ExportDocumentView) -> Markup {
    let sure = document.left.iter().filter(|l| l.sure);
    let count = sure.clone().count();
    html! {
        @if count > 0 {
            div.left role="alert" data-test="blocked" data-count=(count) {
                p { (icon("error")) b { (tn("export.left", count as u64)) } " " (t("export.left-explain")) }
                ul {
                    @for (n, l) in sure.enumerate().take(12) {
                        li {
                            @match (&l.words, l.span) {
                                (Some(words), Some(span)) => {
                                    a.quote href={ "#left-" (span.start) } data-test="left-words" { "« " (words) " »" }
                                    " " (l.why)
                                    form method="post" action=(page.of_document(document, "ajouter")) data-swap="" {
                                        (frame.token())
                                        input type="hidden" name="words" value=(words);
                                        input type="hidden" name="at" value=(span.start);
                                        input type="hidden" name="label" value=(l.label);
                                        button.small.danger type="submit" #{ "mask-left-" (n) } { (t("export.mask-it")) }
                                        @if l.may_stand {
                                            " " button.small type="submit" name="verdict" value="laisser" #{ "stand-left-" (n) } { (t("export.let-stand")) }
                                        }
                                    }
                                }
                                _ => span { (l.why) },
                            }
                        }
                    }
                }
            }
        }
    }
}

/// The keys and the writing of the marks, under the text.
fn legend() -> Markup {
    html! {
        p.legend { b { (t("export.legend")) }
            span { mark.cand.masked.sure { (t("export.sample-word")) } " " (t("export.certainty.sure")) }
            span { mark.cand.masked.probable { (t("export.sample-word")) } " " (t("export.certainty.probable")) }
            span { mark.cand.released.doubtful { (t("export.sample-word")) } " " (t("export.certainty.doubtful")) }
            span { mark.cand.released.decided { (t("export.sample-word")) } " " (t("export.released")) }
        }
    }
}

fn candidates(frame: &Frame, page: &ReviewPage<'_>, document: &ExportDocumentView) -> Markup {
    let may = page.view.may_export;
    let masked = document.candidates.iter().filter(|c| c.masked).count();
    html! {
        section.column.decide aria-label=(t("export.candidates")) {
            header {
                h2 { (t("export.candidates")) }
                span.muted data-test="masked" data-masked=(masked) data-total=(document.candidates.len()) {
                    (tf("export.masked-of", &[("masked", &masked.to_string()), ("total", &document.candidates.len().to_string())]))
                }
            }
            ol.scroll data-scroll="candidates" tabindex="0" aria-label=(t("export.candidates")) {
                @for candidate in &document.candidates { (line(frame, page, document, candidate)) }
                @if document.candidates.is_empty() { li.empty { (t("export.no-candidate")) } }
            }
            @if may { (acts(frame, page, document)) }
        }
    }
}

fn line(
    frame: &Frame,
    page: &ReviewPage<'_>,
    document: &ExportDocumentView,
    c: &CandidateView,
) -> Markup {
    let state = match (c.masked, c.decided) {
        (true, true) => t("export.masked-by-person"),
        (true, false) => t("export.masked"),
        (false, true) => t("export.released"),
        (false, false) => t("export.left-as-is"),
    };
    let certainty = certainty(c.certainty);
    html! {
        li.prop.candidate.released[!c.masked] #{ "prop-" (c.id) } data-p=(c.id) tabindex="-1" data-test="candidate"
            data-masked=(if c.masked { "oui" } else { "non" }) data-decided=(if c.decided { "oui" } else { "non" })
            data-label=(c.label) aria-label=(tf("export.candidate-name", &[("words", &c.words), ("label", &c.label_name), ("state", state)])) {
            div.prop-body {
                p.value { a.quote href={ "#t-" (c.id) } data-show=(c.id) { (c.words) } }
                p.foot {
                    span { (c.label_name) } span class={ "tag certainty-" (certainty) } { (t(&format!("export.certainty.{certainty}"))) }
                    span.muted { (c.source) }
                }
                p.state data-test="candidate-state" { (icon(if c.masked { "accept" } else { "eye" })) (state) }
            }
            @if page.view.may_export {
                form.answers method="post" action=(page.of_document(document, "decider")) data-swap="" #{ "form-" (c.id) } {
                    (frame.token())
                    input type="hidden" name="candidate" value=(c.id);
                    button.small type="submit" name="verdict" value="masquer" #{ "mask-" (c.id) } disabled[c.masked && c.decided] { (t("export.mask")) }
                    button.small type="submit" name="verdict" value="laisser" #{ "release-" (c.id) } disabled[!c.masked && c.decided] { (t("export.release")) }
                    button.small type="submit" name="verdict" value="partout" #{ "everywhere-" (c.id) } { (t("export.everywhere")) }
                    details.answer {
                        summary.small { (t("export.other-label")) }
                        label for={ "label-" (c.id) } { (t("export.label")) }
                        select name="label" #{ "label-" (c.id) } {
                            @for (name, words) in page.labels { option value=(name) selected[*name == c.label] { (words) } }
                        }
                        button.small type="submit" name="verdict" value="etiquette" { (t("export.set-label")) }
                    }
                }
            }
        }
    }
}

fn acts(frame: &Frame, page: &ReviewPage<'_>, document: &ExportDocumentView) -> Markup {
    let next = page.view.documents.iter().skip_while(|d| d.id != document.id).nth(1);
    html! {
        footer.acts.export-acts {
            form.add method="post" action=(page.of_document(document, "ajouter")) data-swap="" #add-passage {
                (frame.token())
                input type="hidden" name="at" value="" #add-at;
                label.sr-only for="add-words" { (t("export.add-words")) }
                input #add-words name="words" type="text" maxlength="300" autocomplete="off" required placeholder=(t("export.add-placeholder"));
                label.sr-only for="add-label" { (t("export.label")) }
                select #add-label name="label" { @for (name, words) in page.labels { option value=(name) { (words) } } }
                button type="submit" #add-submit { (t("export.add")) " " kbd { "s" } }
            }
            div.row {
                form method="post" action=(page.of_document(document, "annuler")) data-swap="" {
                    (frame.token())
                    button #undo type="submit" disabled[!document.may_undo] { (icon("undo")) (t("document.undo")) " " kbd { "u" } }
                }
                form method="post" action=(page.of_document(document, "relu")) data-swap="" {
                    (frame.token())
                    button.primary.big #reviewed type="submit" disabled[document.refusal.is_some()] {
                        (icon("accept")) (t("export.reviewed-and-next")) " " kbd { "v" }
                    }
                }
                @if let Some(next) = next { a.button.quiet #next-document href=(page.at(&next.id.0)) title=(t("export.next-document")) { (t("export.next")) " " kbd { "n" } } }
            }
            p.muted.seen {
                @if let Some((by, at)) = &document.reviewed { (tf("export.reviewed-by", &[("by", by)])) " " (when(*at)) "." }
                " " (if document.checked { t("export.checked") } else { t("export.checking") })
            }
        }
    }
}

/// The record of the project, and what becomes of identities.
pub(super) fn project(page: &ReviewPage<'_>) -> Markup {
    let (view, p) = (page.view, &page.view.project);
    html! {
        section.card.record {
            h2 { (t("export.record")) }
            dl.parts {
                @for (key, value) in [
                    ("export.field.title", &p.title), ("export.field.purpose", &p.purpose), ("export.field.legal_basis", &p.legal_basis),
                    ("export.field.controller", &p.controller), ("export.field.recipients", &p.recipients),
                    ("export.field.end_date", &p.end_date), ("export.field.approved_by", &p.approved_by),
                ] {
                    dt { (t(key)) } dd { (value) }
                }
                dt { (t("export.policy")) } dd { (view.policy) " " span.muted { (view.policy_version) } br; (view.policy_basis) }
                dt { (t("export.begun")) } dd { (when(view.created_at)) " · " (view.created_by) }
            }
        }
    }
}

/// What goes on paper: the record and the figures, no text of a document.
fn printed(page: &ReviewPage<'_>) -> Markup {
    html! {
        div.print-sheet {
            h1 { (page.view.project.title) }
            (project(page))
            (side::figures(page))
        }
    }
}

pub(super) fn certainty(c: Certainty) -> &'static str {
    match c {
        Certainty::Sure => "sure",
        Certainty::Probable => "probable",
        Certainty::Doubtful => "doubtful",
    }
}
