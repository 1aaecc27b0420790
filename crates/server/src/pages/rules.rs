//! Rules of routing: those in use, the draft, what a try would change, and why a rule holds for a
//! document or not. A rule is a sentence; what can be said is listed beside the form.

use maud::{Markup, html};
use relu_desk::view::ListItem;
use relu_desk::view::routing::{ReplayView, RuleSetView, RuleView, RulesView, WhyRule};

use crate::list::percent;
use crate::pages::inbox::{address, headline};
use crate::pages::{Frame, framed, icon};
use crate::texts::{t, tf, tn};

/// What a person was writing when it could not be kept.
#[derive(Default)]
pub struct Writing {
    /// The rule, when it is one of the draft.
    pub rule: Option<String>,
    /// The sentence as typed.
    pub sentence: String,
    /// What is wrong with it.
    pub problem: String,
}

/// The page of rules.
pub fn page(frame: &Frame, view: &RulesView, writing: Option<&Writing>) -> Markup {
    framed(
        frame,
        t("rules.title"),
        "reading wide rules-page",
        &html! {
            h1 { (t("rules.title")) }
            p.lead { (t("rules.explain")) }
            section.card #draft {
                @match &view.draft {
                    Some(draft) => { (written(frame, view, draft, writing)) }
                    None => {
                        h2 { (t("rules.no-draft")) }
                        p { (t("rules.no-draft-explain")) }
                        form method="post" action="/regles/brouillon" {
                            (frame.token())
                            button.primary #begin-draft type="submit" { (t("rules.begin")) }
                        }
                    }
                }
            }
            (suggestions(frame, view))
            section.card #active {
                @match &view.active {
                    Some(active) => { (head(active)) (list(active)) }
                    None => { h2 { (t("rules.none-active")) } p { (t("rules.none-active-explain")) } }
                }
            }
            @if !view.older.is_empty() {
                section.card #older {
                    h2 { (t("rules.older")) }
                    @for set in &view.older {
                        details.older {
                            summary { (tf("rules.set", &[("n", &set.version.to_string())])) " · " (set.by) " · " (tn("rules.count", set.rules.len() as u64)) }
                            (list(set))
                            @if view.may_activate { (activate(frame, set, t("rules.back-to"))) }
                        }
                    }
                }
            }
        },
    )
}

fn head(set: &RuleSetView) -> Markup {
    html! {
        h2 data-test="rules" data-version=(set.version) {
            (tf("rules.set", &[("n", &set.version.to_string())])) " " span.chip.active[set.state != "brouillon"] { (set.state) }
        }
        p.muted { (set.by) }
    }
}

fn list(set: &RuleSetView) -> Markup {
    html! {
        @if set.rules.is_empty() { p.muted { (t("rules.empty")) } }
        ol.rules { @for rule in &set.rules { li { code { (rule.id) } " " (rule.sentence) } } }
    }
}

fn written(
    frame: &Frame,
    view: &RulesView,
    draft: &RuleSetView,
    writing: Option<&Writing>,
) -> Markup {
    html! {
        (head(draft))
        p { (t("rules.order")) }
        ol.rules {
            @for (i, rule) in draft.rules.iter().enumerate() {
                (draft_rule(frame, rule, (i, draft.rules.len()), writing.filter(|w| w.rule.as_deref() == Some(&rule.id))))
            }
        }
        form.stacked.rule method="post" action="/regles/regle" #new-rule {
            (frame.token())
            @let new = writing.filter(|w| w.rule.is_none());
            label for="sentence" { (t("rules.new")) }
            @if let Some(w) = new { p.problem role="alert" data-test="problem" { (icon("error")) (w.problem) } }
            textarea #sentence name="phrase" rows="3" maxlength="8000" required placeholder=(t("rules.example")) {
                (new.map_or("", |w| w.sentence.as_str()))
            }
            button #rule-submit type="submit" { (t("rules.add")) }
        }
        (words(view))
        div.actions {
            a.button.primary #try href="/regles/essai" { (t("rules.try")) }
            @if view.may_activate { (activate(frame, draft, t("rules.activate"))) }
            @else { p.muted { (t("rules.who-activates")) } }
        }
    }
}

fn draft_rule(
    frame: &Frame,
    rule: &RuleView,
    (at, of): (usize, usize),
    writing: Option<&Writing>,
) -> Markup {
    let move_to = |way: &str| format!("/regles/regle/{}/{way}", percent(&rule.id));
    html! {
        li.draft-rule data-test="rule" data-id=(rule.id) {
            p { code { (rule.id) } " " (rule.sentence) }
            @if let Some(problem) = &rule.problem { p.problem { (icon("error")) (problem) } }
            div.rule-acts {
                @for (way, label, shown) in [("monter", t("rules.up"), at > 0), ("descendre", t("rules.down"), at + 1 < of), ("supprimer", t("rules.remove"), true)] {
                    @if shown {
                        form.inline method="post" action=(move_to(way)) {
                            (frame.token())
                            button.small type="submit" id={ (way) "-" (rule.id) } aria-label={ (label) " " (rule.id) } { (label) }
                        }
                    }
                }
                details.answer open[writing.is_some()] {
                    summary.button.small id={ "change-" (rule.id) } { (t("rules.change")) }
                    form.stacked.rule method="post" action="/regles/regle" {
                        (frame.token())
                        input type="hidden" name="regle" value=(rule.id);
                        label for={ "sentence-" (rule.id) } { (t("rules.sentence")) }
                        @if let Some(w) = writing { p.problem role="alert" { (icon("error")) (w.problem) } }
                        textarea #{ "sentence-" (rule.id) } name="phrase" rows="3" maxlength="8000" required {
                            (writing.map_or(rule.sentence.as_str(), |w| w.sentence.as_str()))
                        }
                        button id={ "keep-" (rule.id) } type="submit" { (t("rules.keep")) }
                    }
                }
            }
        }
    }
}

fn words(view: &RulesView) -> Markup {
    html! {
        details.words {
            summary { (t("rules.words")) }
            dl.parts {
                @for (what, list) in &view.words {
                    dt { (what) }
                    dd { (list.join(" · ")) }
                }
            }
        }
    }
}

fn activate(frame: &Frame, set: &RuleSetView, label: &str) -> Markup {
    html! {
        form.inline method="post" action={ "/regles/" (set.version) "/activer" } {
            (frame.token())
            button type="submit" id={ "activate-" (set.version) } data-test="activate" { (label) }
        }
    }
}

fn suggestions(frame: &Frame, view: &RulesView) -> Markup {
    html! {
        @if !view.suggestions.is_empty() {
            section.card #suggestions {
                h2 { (t("rules.suggestions")) }
                p.muted { (t("rules.suggestions-explain")) }
                ul { @for (i, s) in view.suggestions.iter().enumerate() {
                    li.suggestion data-test="suggestion" {
                        p { (s.sentence) }
                        p.muted { (s.why) }
                        form.inline method="post" action="/regles/regle" {
                            (frame.token())
                            input type="hidden" name="phrase" value=(s.sentence);
                            button.small type="submit" id={ "suggestion-" (i) } { (t("rules.take")) }
                        }
                    }
                } }
            }
        }
    }
}

/// The dates of a try, as typed.
#[derive(Default)]
pub struct Range {
    /// First day, ISO.
    pub from: String,
    /// Last day, ISO.
    pub to: String,
}

/// What the draft would change.
pub fn replay(frame: &Frame, view: &ReplayView, range: &Range, reads: bool) -> Markup {
    framed(
        frame,
        t("rules.try-title"),
        "reading wide rules-page",
        &html! {
            p { a href="/regles" { "← " (t("rules.title")) } }
            h1 { (t("rules.try-title")) }
            form.range method="get" action="/regles/essai" {
                label for="from" { (t("rules.from")) }
                input #from name="du" type="date" value=(range.from);
                label for="to" { (t("rules.to")) }
                input #to name="au" type="date" value=(range.to);
                button #range-submit type="submit" { (t("rules.try-again")) }
            }
            p.lead data-test="tried" data-documents=(view.documents) data-changed=(view.changed) {
                (tf("rules.tried", &[
                    ("documents", &view.documents.to_string()), ("from", &view.from), ("to", &view.to),
                    ("changed", &view.changed.to_string()), ("version", &view.version.to_string()),
                ])) " "
                (tf("rules.unowned", &[("was", &view.without_owner.0.to_string()), ("would", &view.without_owner.1.to_string())]))
            }
            section.card {
                h2 { (t("rules.by-rule")) }
                table.plain #counts {
                    thead { tr {
                        th scope="col" { (t("rules.rule")) }
                        th.number scope="col" { (t("rules.matched")) }
                        th.number scope="col" { (t("rules.owned")) }
                        th.number scope="col" { (t("rules.overridden")) }
                    } }
                    tbody { @for c in &view.counts {
                        tr data-test="count" data-id=(c.id) data-matched=(c.matched) {
                            td { code { (c.id) } " " (c.sentence) @if c.matched == 0 { " " span.chip.never { (icon("warn")) (t("rules.never")) } } }
                            td.number { (c.matched) } td.number { (c.owned) } td.number { (c.overridden) }
                        }
                    } }
                }
            }
            @if !view.conflicts.is_empty() {
                section.card #conflicts {
                    h2 { (t("rules.conflicts")) }
                    ul { @for (winner, other, n) in &view.conflicts {
                        li { (tf("rules.conflict", &[("n", &n.to_string()), ("winner", winner), ("other", other)])) }
                    } }
                }
            }
            section.card {
                h2 { (t("rules.changes")) }
                @if view.rows.is_empty() { p.muted { (t("rules.no-change")) } }
                @else {
                    table.plain #changes {
                        thead { tr {
                            th scope="col" { (t("rules.document")) } th scope="col" { (t("rules.was")) }
                            th scope="col" { (t("rules.would-be")) } th scope="col" { (t("rules.rules")) }
                        } }
                        tbody { @for row in &view.rows {
                            tr data-test="change" {
                                td {
                                    @if reads { a href={ "/documents/" (percent(&row.document)) "/pourquoi?v=" (view.version) } { (if row.what.is_empty() { t("rules.document") } else { &row.what }) } }
                                    @else { code { (row.document.get(..8).unwrap_or_default()) } }
                                }
                                td { (row.was) } td { (row.would_be) } td { code { (row.rules) } }
                            }
                        } }
                    }
                    @if view.changed as usize > view.rows.len() { p.muted { (tf("rules.more", &[("n", &(view.changed - view.rows.len() as u64).to_string())])) } }
                }
            }
        },
    )
}

/// Why each rule holds for a document, or not.
pub fn why(frame: &Frame, item: &ListItem, rules: &[WhyRule]) -> Markup {
    framed(
        frame,
        t("rules.why-title"),
        "reading wide rules-page",
        &html! {
            p { a #back-to-document href=(address(item)) { "← " (headline(item)) } }
            h1 { (t("rules.why-title")) }
            p.lead { (t("rules.why-explain")) }
            @if rules.is_empty() { p.empty { (t("rules.why-none")) } }
            @for r in rules {
                article.card.why data-test="why" data-rule=(r.rule.id) data-truth=(r.truth) {
                    h2 { span class={ "chip truth-" (r.truth) } { (r.says) } " " code { (r.rule.id) } }
                    p { (r.rule.sentence) }
                    table.plain {
                        thead { tr {
                            th scope="col" { (t("rules.condition")) } th scope="col" { (t("rules.holds")) }
                            th scope="col" { (t("rules.seen")) } th scope="col" { (t("rules.proof")) }
                        } }
                        tbody { @for c in &r.conditions {
                            tr data-truth=(c.truth) {
                                td class={ "depth-" (c.depth.min(4)) } { (c.condition) }
                                td { span class={ "chip truth-" (c.truth) } { (c.says) } }
                                td { (c.seen) }
                                td { @for e in &c.evidence { p { (e.label) } } }
                            }
                        } }
                    }
                }
            }
        },
    )
}
