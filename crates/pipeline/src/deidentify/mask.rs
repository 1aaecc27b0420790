//! The text with labels in the place of what was found.

use super::Identifier;

/// `text` with `[NOM]` and the like in the place of `found`, which is in order and without overlap.
/// Neighbours under one label that only blanks part become one.
pub fn mask(text: &str, found: &[Identifier]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for (i, f) in found.iter().enumerate() {
        let between = text.get(at..f.span.start).unwrap_or("");
        let same = i > 0 && found.get(i - 1).is_some_and(|p| p.label == f.label);
        if !(same && between.trim().is_empty()) {
            out.push_str(between);
            out.push('[');
            out.push_str(f.label.name());
            out.push(']');
        }
        at = f.span.end.max(at);
    }
    out.push_str(text.get(at..).unwrap_or(""));
    out
}
