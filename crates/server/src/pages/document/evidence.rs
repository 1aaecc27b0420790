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

#[cfg(test)]
mod tests {
    use super::*;
    use relu_desk::view::{EvidenceView, ListItem, Rights};
    use relu_record::{DocumentId, DocumentState, Instant, ProposalId, ValueKind};

    fn view(text: &str, spans: &[(&str, usize, usize)]) -> DocumentView {
        let proposal = |id: &str, span: Span| ProposalView {
            id: ProposalId(id.into()),
            kind: ValueKind::Patient,
            label: String::new(),
            display: String::new(),
            details: Vec::new(),
            evidence: vec![EvidenceView {
                label: String::new(),
                span: Some(span),
                boxes: Vec::new(),
            }],
            certainty: String::new(),
            function: String::new(),
            decision: None,
            edit: Vec::new(),
            may_decide: false,
        };
        DocumentView {
            item: ListItem {
                id: DocumentId("d".into()),
                name: String::new(),
                received: Instant(0),
                state: DocumentState::AClasser,
                format: "text".into(),
                patient: None,
                document_type: None,
                date: None,
                author: None,
                checks: Vec::new(),
                refusal: None,
                ocr: false,
                masked: false,
            },
            sha256: String::new(),
            text: text.into(),
            pages: Vec::new(),
            filing: spans
                .iter()
                .map(|(id, a, b)| proposal(id, Span { start: *a, end: *b }))
                .collect(),
            summary: Vec::new(),
            facts: Vec::new(),
            patients: Vec::new(),
            switched_off: Vec::new(),
            history: Vec::new(),
            rights: Rights::default(),
            siblings: Vec::new(),
            versions: Vec::new(),
            last_act: None,
            route: relu_desk::view::routing::RouteView::default(),
            to_print: None,
            file: None,
            pairs: Vec::new(),
        }
    }

    #[test]
    fn overlaps_are_cut_and_bad_spans_left_aside() {
        // « é » takes bytes 1 and 2; p3 cuts it, p4 runs past the end, p5 is turned round.
        let view = view(
            "aébcdef",
            &[("p0", 0, 4), ("p1", 3, 6), ("p2", 0, 4), ("p3", 2, 5), ("p4", 5, 99), ("p5", 6, 4)],
        );
        let cut: Vec<(&str, Vec<&str>)> =
            stretches(&view).into_iter().map(|s| (s.text, s.proposals)).collect();
        assert_eq!(
            cut,
            [
                ("aé", vec!["p0", "p2"]),
                ("b", vec!["p0", "p1", "p2"]),
                ("cd", vec!["p1"]),
                ("ef", vec![]),
            ]
        );
        let whole: String = stretches(&view).iter().map(|s| s.text).collect();
        assert_eq!(whole, view.text);
        let anchors: Vec<&str> = stretches(&view).into_iter().flat_map(|s| s.first_of).collect();
        assert_eq!(anchors, ["p0", "p2", "p1"]);
    }
}
