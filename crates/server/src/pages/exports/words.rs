//! The text of a document with what may say who: filled when it goes, outlined when it stays; the
//! line under it says how sure (full, dashed, dotted), the small words behind it what it is. Nothing
//! rests on colour alone.

use std::collections::BTreeSet;

use maud::{Markup, html};
use relu_desk::view::ExportDocumentView;
use relu_record::Span;

use super::review::certainty;

/// The text. Each candidate's first stretch is an anchor `t-…`, each place that blocks `left-…`.
pub fn marked(document: &ExportDocumentView) -> Markup {
    let text = document.text.as_str();
    let mut edges: BTreeSet<usize> = BTreeSet::from([0, text.len()]);
    let spans = document.candidates.iter().map(|c| c.span);
    let left = document.left.iter().filter_map(|l| l.span);
    for span in spans.chain(left).filter(|s| s.is_valid_in(text)) {
        edges.extend([span.start, span.end]);
    }
    let edges: Vec<usize> = edges.into_iter().collect();
    html! {
        @for pair in edges.windows(2) { (stretch(document, Span::new(pair[0], pair[1]))) }
    }
}

fn stretch(document: &ExportDocumentView, at: Span) -> Markup {
    let words = at.of(&document.text).unwrap_or_default();
    let candidate =
        document.candidates.iter().filter(|c| c.span.contains(at)).max_by_key(|c| c.masked);
    let left = document
        .left
        .iter()
        .filter(|l| l.span.is_some_and(|s| s.contains(at)))
        .max_by_key(|l| l.sure);
    html! {
        @if let Some(l) = left.filter(|l| l.sure || candidate.is_none()) {
            mark.cand.residue.ev[candidate.is_some()].blocks[l.sure] #{ "left-" (at.start) } data-test="residue" data-tag=(l.label) title=(l.why)
                data-ev=[candidate.map(|c| &c.id)] { (words) }
        } @else if let Some(c) = candidate {
            mark.ev.cand.masked[c.masked].released[!c.masked].decided[c.decided] .(certainty(c.certainty))
                id=[(c.span.start == at.start).then(|| format!("t-{}", c.id))]
                data-ev=(c.id) data-tag=[(c.span.end == at.end).then_some(&c.label)] title={ (c.label_name) ", " (c.source) } { (words) }
        } @else {
            (words)
        }
    }
}
