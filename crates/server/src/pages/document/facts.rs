//! Draft summary and clinical facts: shown to all who read the document, decided by a clinician,
//! one by one or a section at once. Until then they say that they are unconfirmed.

use maud::{Markup, html};
use relu_desk::view::ProposalView;

use super::DocumentPage;
use super::proposal::{Size, card};
use crate::pages::{Frame, icon};
use crate::texts::{t, tf, tn};

/// Key of the summary among the sections.
const SUMMARY: &str = "resume";

/// Both parts.
pub fn parts(frame: &Frame, page: &DocumentPage<'_>) -> Markup {
    let view = page.view;
    let total: usize = view.facts.iter().map(|section| section.facts.len()).sum();
    html! {
        @if !view.summary.is_empty() {
            section.part #summary aria-labelledby="summary-title" {
                header {
                    h2 #summary-title { (t("facts.summary")) }
                    span.tag.unsure { (t("facts.draft")) }
                    (both(frame, page, SUMMARY, t("facts.summary"), &view.summary))
                }
                @for line in &view.summary { (card(frame, page, line, Size::Line)) }
            }
        }
        @if total > 0 {
            section.part #facts aria-labelledby="facts-title" tabindex="-1" {
                header {
                    h2 #facts-title { (t("facts.title")) }
                    span.muted { (tn("facts.count", total as u64)) }
                }
                @if !view.rights.facts { p.muted.hint { (t("facts.clinician")) } }
                @for section in &view.facts {
                    @if !section.facts.is_empty() {
                        details.fact-section open data-test="fact-section" data-section=(section.key) {
                            summary { b { (section.title) } " " span.muted { (progress(&section.facts)) } }
                            (both(frame, page, &section.key, &section.title, &section.facts))
                            @for fact in &section.facts { (card(frame, page, fact, Size::Line)) }
                        }
                    }
                }
            }
        }
        @if !view.switched_off.is_empty() {
            p.muted.hint data-test="switched-off" {
                (tf("facts.switched-off", &[("functions", &view.switched_off.join(", "))]))
            }
        }
    }
}

fn progress(facts: &[ProposalView]) -> String {
    let decided = facts.iter().filter(|f| f.decision.is_some()).count().to_string();
    tf("facts.progress", &[("decided", &decided), ("total", &facts.len().to_string())])
}

/// Accept or refuse all that is undecided under one heading.
fn both(
    frame: &Frame,
    page: &DocumentPage<'_>,
    key: &str,
    title: &str,
    of: &[ProposalView],
) -> Markup {
    let open = of.iter().any(|p| p.may_decide && p.decision.is_none());
    let named = |verb: &str| tf("proposal.named", &[("verb", verb), ("value", title)]);
    html! {
        @if open {
            form.both method="post" action=(page.action("/section")) data-swap="" {
                (frame.token())
                input type="hidden" name="section" value=(key);
                button.small type="submit" name="verdict" value="accepter" id={ "section-accept-" (key) }
                    data-test="section-accept" aria-label=(named(t("facts.confirm-all"))) { (icon("accept")) (t("facts.confirm-all")) }
                button.small.quiet type="submit" name="verdict" value="refuser" id={ "section-refuse-" (key) }
                    data-test="section-refuse" aria-label=(named(t("facts.refuse-all"))) { (t("facts.refuse-all")) }
            }
        }
    }
}
