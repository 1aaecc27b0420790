//! Evidence in the text: the text cut at every edge of every proposal's spans, so that a stretch
//! that several proposals rest on is marked once and names them all.

use std::collections::BTreeSet;

use maud::{Markup, html};
use relu_desk::view::{DocumentView, ProposalView};
use relu_record::{BoundingBox, Span};

/// All proposals of a document, in screen order.
pub fn proposals(view: &DocumentView) -> impl Iterator<Item = &ProposalView> {
    view.filing.iter().chain(&view.summary).chain(view.facts.iter().flat_map(|s| &s.facts))
}

/// A stretch of text and the proposals that rest on it.
#[derive(Debug, PartialEq, Eq)]
pub struct Stretch<'a> {
    /// The words.
    pub text: &'a str,
    /// Ids, sorted.
    pub proposals: Vec<&'a str>,
    /// Proposals of which this is the first stretch.
    pub first_of: Vec<&'a str>,
}

/// The text in stretches. Spans that do not lie on character boundaries are left aside.
pub fn stretches(view: &DocumentView) -> Vec<Stretch<'_>> {
    let text = view.text.as_str();
    let mut spans: Vec<(Span, &str)> = proposals(view)
        .flat_map(|p| p.evidence.iter().filter_map(|e| Some((e.span?, p.id.0.as_str()))))
        .filter(|(span, _)| span.is_valid_in(text))
        .collect();
    spans.sort();
    let mut edges: BTreeSet<usize> = spans.iter().flat_map(|(s, _)| [s.start, s.end]).collect();
    edges.insert(0);
    edges.insert(text.len());
    let edges: Vec<usize> = edges.into_iter().collect();
    let mut seen = BTreeSet::new();
    let mut upcoming = spans.iter().peekable();
    let mut open: Vec<(Span, &str)> = Vec::new();
    let mut out = Vec::new();
    for pair in edges.windows(2) {
        let piece = Span::new(pair[0], pair[1]);
        open.retain(|(span, _)| span.end > piece.start);
        while let Some(next) = upcoming.next_if(|(span, _)| span.start <= piece.start) {
            open.push(*next);
        }
        let ids: BTreeSet<&str> = open.iter().map(|(_, id)| *id).collect();
        let first_of = ids.iter().copied().filter(|id| seen.insert(*id)).collect();
        out.push(Stretch {
            text: piece.of(text).unwrap_or_default(),
            proposals: ids.into_iter().collect(),
            first_of,
        });
    }
    out
}

/// The text with its evidence marked; each proposal's first mark is an anchor `t-p0`.
pub fn marked_text(view: &DocumentView) -> Markup {
    html! {
        @for stretch in stretches(view) {
            @if stretch.proposals.is_empty() {
                (stretch.text)
            } @else {
                mark.ev data-ev=(stretch.proposals.join(" ")) {
                    @for id in &stretch.first_of { span.anchor id={ "t-" (id) } {} }
                    (stretch.text)
                }
            }
        }
    }
}

/// A rectangle of a page and the proposal that rests on it.
pub struct Mark<'a> {
    /// Where, in points.
    pub bbox: BoundingBox,
    /// The proposal.
    pub proposal: &'a str,
    /// Whether it is a clinical one; those are many and marked more lightly.
    pub clinical: bool,
}

/// The rectangles of a page (from 0).
pub fn marks_on(view: &DocumentView, page: u32) -> Vec<Mark<'_>> {
    proposals(view)
        .flat_map(|p| {
            p.evidence.iter().flat_map(|e| &e.boxes).map(move |(at, bbox)| (*at, *bbox, p))
        })
        .filter(|(at, _, _)| *at == page)
        .map(|(_, bbox, p)| Mark { bbox, proposal: &p.id.0, clinical: p.kind.is_clinical() })
        .collect()
}
