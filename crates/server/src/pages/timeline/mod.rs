//! « Chronologie » of a patient: what, when, by whom, newest first; each line leads to its exact words.
//! Values that come again are small charts ([`chart`]); what documents say differently stands first
//! ([`pairs`]).

mod chart;
pub mod pairs;

use maud::{Markup, html};
use relu_desk::view::timeline::{
    Dated, TimelineDocument, TimelineEntry, TimelineGroup, TimelineKind, TimelineView,
};
use relu_record::{DocumentId, ProposalId};

use crate::list::percent;
use crate::pages::{Frame, framed, icon, when};
use crate::texts::{maybe, t, tf, tn};

/// Where a person stands, as it is written in addresses.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(default)]
pub struct TimelineQuery {
    /// One kind of line.
    #[serde(rename = "quoi")]
    pub kind: Option<String>,
    /// `tous`, when facts that nobody has confirmed are shown too.
    #[serde(rename = "faits")]
    pub facts: Option<String>,
    /// Page, from 1.
    pub page: Option<usize>,
}

impl TimelineQuery {
    /// Whether facts that nobody has confirmed are asked for.
    pub fn unconfirmed(&self) -> bool {
        self.facts.as_deref() == Some("tous")
    }

    /// The kind asked for.
    pub fn asked(&self) -> Option<TimelineKind> {
        TimelineKind::parse(self.kind.as_deref()?)
    }

    /// The address of this place.
    pub fn at(&self, patient: &str) -> String {
        let mut address = home(patient);
        let page = self.page.filter(|p| *p > 1).map(|p| p.to_string());
        let kind = self.asked().map(|k| k.as_str().to_owned());
        let facts = self.unconfirmed().then(|| "tous".to_owned());
        let mut separator = '?';
        for (name, value) in [("quoi", kind), ("faits", facts), ("page", page)] {
            if let Some(value) = value {
                address.push_str(&format!("{separator}{name}={value}"));
                separator = '&';
            }
        }
        address
    }
}

/// The address of a patient's timeline.
pub fn home(patient: &str) -> String {
    format!("/patients/{}/chronologie", percent(patient))
}

/// The exact words of a fact: in the text of its document, or its line beside it.
pub fn source(document: &DocumentId, fact: &ProposalId, in_text: bool) -> String {
    let id = percent(&document.0);
    match in_text {
        true => format!("/documents/{id}?vue=texte#t-{}", percent(&fact.0)),
        false => format!("/documents/{id}#prop-{}", percent(&fact.0)),
    }
}

/// The page.
pub fn page(frame: &Frame, view: &TimelineView, query: &TimelineQuery) -> Markup {
    framed(
        frame,
        t("timeline.title"),
        "reading wide timeline-page",
        &html! {
            div.page-head {
                h1 { (t("timeline.title")) " · " span data-test="patient" { (view.display) } }
                a.button #timeline-search href={ "/recherche?patient=" (percent(&view.patient)) } { (icon("search")) (t("timeline.search")) }
            }
            (filters(view, query))
            @if !view.pairs.is_empty() {
                section #pairs aria-labelledby="pairs-title" {
                    h2 #pairs-title data-test="pairs-count" data-count=(view.pairs.len()) { (tn("pairs.count", view.pairs.len() as u64)) }
                    p.muted { (t("pairs.explain")) }
                    @for pair in &view.pairs { (pairs::card(frame, pair, pairs::Back::Timeline(&view.patient))) }
                }
            }
            div.timeline-columns.alone[view.series.is_empty()] {
                div.timeline data-test="timeline" data-total=(view.total) {
                    (months(view))
                    @if view.groups.is_empty() { p.empty data-test="empty" { (t("timeline.empty")) } }
                    (pager(view, query))
                }
                @if !view.series.is_empty() {
                    section.charts #charts aria-labelledby="charts-title" {
                        h2 #charts-title { (t("timeline.charts")) }
                        p.muted { (t("timeline.charts-explain")) }
                        @for (n, series) in view.series.iter().enumerate() { (chart::figure(n, series)) }
                    }
                }
            }
        },
    )
}

fn filters(view: &TimelineView, query: &TimelineQuery) -> Markup {
    let to = |kind: Option<TimelineKind>| {
        let kind = kind.map(|k| k.as_str().to_owned());
        TimelineQuery { kind, page: None, ..query.clone() }.at(&view.patient)
    };
    let facts = (!query.unconfirmed()).then(|| "tous".to_owned());
    let other = TimelineQuery { facts, page: None, ..query.clone() };
    html! {
        nav.timeline-kinds aria-label=(t("timeline.filter")) {
            a href=(to(None)) aria-current=[query.asked().is_none().then_some("page")] { (t("timeline.all")) }
            @for (kind, n) in &view.counts {
                a href=(to(Some(*kind))) data-kind=(kind.as_str()) aria-current=[(query.asked() == Some(*kind)).then_some("page")] {
                    (kind_name(*kind)) " " span.count { (n) }
                }
            }
            @if view.unconfirmed > 0 {
                a.button.small #unconfirmed href=(other.at(&view.patient)) {
                    @if query.unconfirmed() { (t("timeline.hide-unconfirmed")) }
                    @else { (tn("timeline.show-unconfirmed", view.unconfirmed)) }
                }
            }
        }
    }
}

fn kind_name(kind: TimelineKind) -> &'static str {
    maybe(&format!("timeline.kinds.{}", kind.as_str())).unwrap_or_default()
}

/// Groups under the month they are of.
fn months(view: &TimelineView) -> Markup {
    let of = |g: &TimelineGroup| (g.year, g.month);
    let months = view.groups.chunk_by(|a, b| of(a) == of(b));
    html! {
        @for month in months {
            @if let Some(first) = month.first() {
                section.month {
                    h2 { (month_name(first)) }
                    ol { @for g in month { (group(g)) } }
                }
            }
        }
    }
}

fn month_name(group: &TimelineGroup) -> String {
    let name = group.month.and_then(|m| maybe(&format!("timeline.months.{m}")));
    name.map_or_else(|| group.year.to_string(), |name| format!("{name} {}", group.year))
}

fn group(group: &TimelineGroup) -> Markup {
    let together = together(&group.entries);
    html! {
        li.group data-test="group" data-document=[group.document.as_ref().map(|d| &d.id.0)] {
            p.group-date {
                b { (group.date) }
                @match group.dated {
                    Dated::Document => {}
                    Dated::Fact => span.muted { (t("timeline.dated-fact")) },
                    Dated::Received => span.muted { (t("timeline.dated-received")) },
                }
            }
            div.group-body {
                @if let Some(document) = &group.document { (document_line(document)) }
                @if !group.entries.is_empty() {
                    ul.facts { @for e in &group.entries { (entry(e, group.document.as_ref(), together.is_none())) } }
                }
                @if let Some(decision) = together {
                    p.muted.by { (tf("timeline.confirmed", &[("by", &decision.by)])) " " (when(decision.at)) }
                }
            }
        }
    }
}

/// The one decision to name when a person confirmed several facts at once.
fn together(entries: &[TimelineEntry]) -> Option<&relu_desk::view::DecisionView> {
    let first = entries.first()?.decision.as_ref()?;
    let alike = |e: &TimelineEntry| {
        e.decision.as_ref().is_some_and(|d| d.by == first.by && d.reason.is_none())
    };
    entries.iter().all(alike).then_some(first)
}

fn document_line(document: &TimelineDocument) -> Markup {
    html! {
        p.group-document {
            a href={ "/documents/" (percent(&document.id.0)) } data-test="document" { (document.title) }
            @if !document.by.is_empty() { " · " (document.by) }
            @if document.masked { " " span.chip data-test="masked" { (icon("lock")) (t("search.masked")) } }
            @if document.hidden { " " span.chip { (t("timeline.hidden")) } }
            @if let Some(filed) = &document.filed {
                span.muted.by { (tf("timeline.filed", &[("by", &filed.by)])) " " (when(filed.at)) }
            }
        }
    }
}

fn entry(entry: &TimelineEntry, document: Option<&TimelineDocument>, each: bool) -> Markup {
    html! {
        li.aside[entry.set_aside] data-test="fact" data-kind=(entry.kind.as_str()) data-confirmed=(entry.decision.is_some()) {
            span.fact-kind { (entry.label) }
            span.fact-words {
                @match document {
                    Some(d) => a href=(source(&d.id, &entry.fact, entry.in_text)) { (entry.words) },
                    None => (entry.words),
                }
                @if let Some(value) = &entry.value { " " span.amount { (value) } }
                @for said in &entry.said { " " b.attribute { (said) } }
                @if let Some(code) = &entry.code { " " span.code { (code) } }
                @if entry.set_aside { " " span.tag.no { (t("pairs.not-kept")) } }
                @match &entry.decision {
                    None if document.is_some() => { " " span.tag.unsure { (t("proposal.unconfirmed")) } },
                    Some(d) if each => span.muted.by {
                        (tf("timeline.confirmed", &[("by", &d.by)])) " " (when(d.at))
                        @if let Some(reason) = &d.reason { " : " (reason) }
                    },
                    _ => {}
                }
            }
        }
    }
}

fn pager(view: &TimelineView, query: &TimelineQuery) -> Markup {
    let here = query.page.unwrap_or(1).max(1);
    let last = view.total.div_ceil(view.page_size.max(1)).max(1);
    let to = |n: usize| TimelineQuery { page: Some(n), ..query.clone() }.at(&view.patient);
    html! {
        @if last > 1 {
            nav.pager aria-label=(t("timeline.pages")) {
                @if here > 1 { a.button #page-previous rel="prev" href=(to(here - 1)) { (t("timeline.newer")) } }
                span { (tf("inbox.page", &[("page", &here.to_string()), ("pages", &last.to_string())])) }
                @if here < last { a.button #page-next rel="next" href=(to(here + 1)) { (t("timeline.older")) } }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_keep_the_filter_and_name_the_words() {
        let query = TimelineQuery {
            kind: Some("medicaments".into()),
            facts: Some("tous".into()),
            page: Some(2),
        };
        assert_eq!(
            query.at("p/1"),
            "/patients/p%2F1/chronologie?quoi=medicaments&faits=tous&page=2"
        );
        assert_eq!(TimelineQuery::default().at("p"), "/patients/p/chronologie");
        let unknown = TimelineQuery { kind: Some("<b>".into()), ..TimelineQuery::default() };
        assert_eq!(unknown.at("p"), "/patients/p/chronologie");
        let (document, fact) = (DocumentId("d".into()), ProposalId("p3".into()));
        assert_eq!(source(&document, &fact, true), "/documents/d?vue=texte#t-p3");
        assert_eq!(source(&document, &fact, false), "/documents/d#prop-p3");
    }
}
