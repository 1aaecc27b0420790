//! How sure a proposal is, and what it rests on with its place on the pages.

use relu_record::{BoundingBox, Evidence, Proposal, Reading, Span};

use crate::texts::{text, text_with};
use crate::view::EvidenceView;

/// How sure the proposal is, in words.
pub(crate) fn certainty(p: &Proposal) -> String {
    let from_header =
        p.evidence().iter().any(|e| matches!(e, Evidence::Header(_) | Evidence::Entry(_)));
    let key = match p.confidence.get() {
        c if c >= 0.9 && from_header => "header",
        c if c >= 0.9 => "sure",
        c if c >= 0.7 => "likely",
        _ => "check",
    };
    text("certainty", key)
}

/// Evidence with its words and its place on the pages.
pub(crate) fn evidence(p: &Proposal, reading: &Reading) -> Vec<EvidenceView> {
    p.evidence().iter().map(|e| one_evidence(e, reading)).collect()
}

/// One piece of evidence.
pub(crate) fn one_evidence(e: &Evidence, reading: &Reading) -> EvidenceView {
    let plain = |label| EvidenceView { label, span: None, boxes: Vec::new() };
    match e {
        Evidence::Words(span) => EvidenceView {
            label: format!("« {} »", one_line(span.of(&reading.text).unwrap_or_default(), 140)),
            span: Some(*span),
            boxes: boxes(*span, reading),
        },
        Evidence::Header(path) => plain(text_with("evidence", "header", path)),
        Evidence::Entry(path) => plain(text_with("evidence", "entry", path)),
        Evidence::Region { page, bbox } => EvidenceView {
            label: text_with("evidence", "region", &(page + 1).to_string()),
            span: None,
            boxes: vec![(*page, *bbox)],
        },
        Evidence::Record(what) => plain(text_with("evidence", "record", what)),
        Evidence::Absence(what) => plain(what.clone()),
    }
}

/// Rectangles that cover a span, words of one line joined.
fn boxes(span: Span, reading: &Reading) -> Vec<(u32, BoundingBox)> {
    let first = reading.words.partition_point(|w| w.span.end <= span.start);
    let mut out: Vec<(u32, BoundingBox)> = Vec::new();
    for w in reading.words.iter().skip(first).take_while(|w| w.span.start < span.end) {
        if let Some((page, last)) = out.last_mut()
            && *page == w.page
            && same_line(last, &w.bbox)
        {
            last.x0 = last.x0.min(w.bbox.x0);
            last.x1 = last.x1.max(w.bbox.x1);
            last.y0 = last.y0.min(w.bbox.y0);
            last.y1 = last.y1.max(w.bbox.y1);
            continue;
        }
        out.push((w.page, w.bbox));
    }
    out
}

fn same_line(a: &BoundingBox, b: &BoundingBox) -> bool {
    let overlap = a.y1.min(b.y1) - a.y0.max(b.y0);
    let height = (a.y1 - a.y0).min(b.y1 - b.y0);
    // Words that stand far apart on one line belong to other columns.
    overlap > 0.5 * height && b.x0 - a.x1 < 3.0 * height
}

pub(super) fn one_line(words: &str, max: usize) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(max) {
        Some((cut, _)) => format!("{}…", line.get(..cut).unwrap_or_default()),
        None => line,
    }
}
