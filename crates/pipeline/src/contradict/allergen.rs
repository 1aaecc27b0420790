//! What an allergy is to, in the words after it: *Allergie à la pénicilline (urticaire), à l'iode*. The
//! document's own words, up to the end of the phrase; no list of substances is needed to compare two.

use relu_record::Span;

use super::rules::Lists;
use super::said::{content, tokens};

/// Letters read after the word.
const AFTER: usize = 120;
/// Content words that make one name at most; more is a sentence, and its first word the name.
const NAME: usize = 3;

/// What stands after the word for an allergy.
pub(super) struct After {
    /// Each substance with its names.
    pub(super) substances: Vec<Vec<String>>,
    /// Whether it says that there is none (*Allergies : aucune*).
    pub(super) none: bool,
}

/// Where the phrase that names the substances ends; the end of the word when there is none.
pub(super) fn phrase(lists: &Lists, span: Span, text: &str) -> Span {
    let after = rest(span, text);
    let Some(lead) = lead(lists, span, text, after) else { return span };
    let body = after.get(lead..).unwrap_or_default();
    let end = body.find(['.', ';', '\n']).unwrap_or(body.len());
    let body = body.get(..end).unwrap_or_default().trim_end();
    Span::new(span.start, span.end + lead + body.len())
}

pub(super) fn after(lists: &Lists, span: Span, text: &str) -> After {
    let whole = phrase(lists, span, text);
    let said = text.get(span.end..whole.end).unwrap_or_default();
    let none = tokens(said).first().is_some_and(|w| lists.none.contains(w));
    let said = bare(said.trim_start_matches([' ', ':', '\n']));
    let parts = said.split([',', '/', '+']).flat_map(|p| p.split(" et "));
    let substances = parts.map(|p| names(lists, p)).filter(|n| !n.is_empty()).collect();
    After { substances: if none { Vec::new() } else { substances }, none }
}

fn rest(span: Span, text: &str) -> &str {
    let rest = text.get(span.end..).unwrap_or_default();
    let end = rest.char_indices().nth(AFTER).map_or(rest.len(), |(at, _)| at);
    rest.get(..end).unwrap_or_default()
}

/// Bytes until the substances: nothing but a preposition, a colon, or the line under a title leads there.
fn lead(lists: &Lists, span: Span, text: &str, after: &str) -> Option<usize> {
    let spaces = after.len() - after.trim_start().len();
    let body = after.get(spaces..).unwrap_or_default();
    let title = text.get(..span.start).is_none_or(|b| b.is_empty() || b.ends_with('\n'));
    if after.get(..spaces).is_some_and(|s| s.contains('\n')) {
        return title.then_some(spaces);
    }
    if let Some(listed) = body.strip_prefix(':') {
        let skipped = listed.len() - listed.trim_start().len();
        return Some(spaces + 1 + skipped);
    }
    let first = tokens(body).into_iter().next();
    // « allergie connue à… », « allergie médicamenteuse : … »: what qualifies the word is passed over.
    let word = body.split_whitespace().next().unwrap_or_default();
    match first {
        Some(w) if lists.towards.contains(&w) => Some(spaces),
        Some(w) if lists.filler.contains(&w) && !word.ends_with(['.', ',', ';']) => {
            let passed = spaces + word.len();
            let further = after.get(passed..).unwrap_or_default();
            let at = Span::new(span.start, span.end + passed);
            lead(lists, at, text, further).map(|more| passed + more)
        }
        _ => None,
    }
}

/// Without what stands in brackets: the reaction, a date.
fn bare(said: &str) -> String {
    let mut depth = 0usize;
    let kept = said.chars().filter(|c| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => return depth == 0,
        }
        false
    });
    kept.collect()
}

fn names(lists: &Lists, part: &str) -> Vec<String> {
    let part = part.split(':').next().unwrap_or_default();
    let words: Vec<String> = content(lists, part).into_iter().map(singular).collect();
    let mut names = Vec::new();
    let take = if words.first().is_some_and(|w| lists.vague.contains(w)) { 2 } else { 1 };
    if let Some(first) = words.get(..take) {
        names.push(first.join(" "));
    }
    if words.len() <= NAME && words.len() > take {
        names.push(words.join(" "));
    }
    names
}

fn singular(word: String) -> String {
    match word.strip_suffix('s') {
        Some(one) if one.len() > 3 => one.to_owned(),
        _ => word,
    }
}
