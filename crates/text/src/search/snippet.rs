//! A few words of a text around what was asked for, with what was found marked.

use relu_record::Span;

use super::{Query, terms};

/// About how many bytes are shown.
const WIDTH: usize = 220;

/// Pieces of the text in order: where each stands, and whether it was asked for. The window is the one
/// with the most of what was asked for; without any, the beginning of the text.
pub fn snippet(text: &str, query: &Query) -> Vec<(Span, bool)> {
    let asked = |term: &str| {
        let ways = query.clauses.iter().filter(|c| !c.negative).flat_map(|c| &c.any);
        for way in ways {
            let last = way.terms.len().saturating_sub(1);
            for (n, (wanted, _)) in way.terms.iter().enumerate() {
                if term == wanted || way.prefix && n == last && term.starts_with(wanted.as_str()) {
                    return true;
                }
            }
        }
        false
    };
    let found: Vec<(Span, String)> =
        terms(text).into_iter().filter(|t| asked(&t.text)).map(|t| (t.span, t.text)).collect();
    let (start, end) = window(text, &found);
    let mut pieces = Vec::new();
    let mut at = start;
    for (span, _) in found.iter().filter(|(s, _)| s.start >= start && s.end <= end) {
        if span.start > at {
            pieces.push((Span::new(at, span.start), false));
        }
        pieces.push((*span, true));
        at = span.end;
    }
    if at < end {
        pieces.push((Span::new(at, end), false));
    }
    pieces
}

/// The bytes to show, on borders of words.
fn window(text: &str, found: &[(Span, String)]) -> (usize, usize) {
    let mut best = (0, 0);
    for (n, (first, _)) in found.iter().enumerate() {
        let near = found.iter().skip(n).take_while(|(s, _)| s.end <= first.start + WIDTH);
        let mut seen: Vec<&str> = near.map(|(_, t)| t.as_str()).collect();
        seen.sort_unstable();
        seen.dedup();
        if seen.len() > best.0 {
            best = (seen.len(), first.start);
        }
    }
    let start = border(text, best.1.saturating_sub(WIDTH / 4), false);
    (start, border(text, start.saturating_add(WIDTH), true))
}

/// The nearest border of a word before or after a byte.
fn border(text: &str, at: usize, after: bool) -> usize {
    if at == 0 || at >= text.len() {
        return at.min(text.len());
    }
    let at = (0..=at).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    if after {
        let rest = text.get(at..).unwrap_or_default();
        return at + rest.find(char::is_whitespace).filter(|n| *n < 60).unwrap_or(0);
    }
    let head = text.get(..at).unwrap_or_default();
    match head.rfind(char::is_whitespace) {
        Some(n) if at - n < 60 => n + 1,
        _ => at,
    }
}
