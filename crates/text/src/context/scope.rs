//! Where the scope of a cue ends, forwards and backwards: at marks, at conjunctions that open another
//! statement, at verbs, by the classes of the list `scope_end`.

use super::reach::FARTHEST;
use super::rules::{Effect, End, Passage, Scope};
use crate::lists::{List, context_word as word};
use crate::tokens::TokenKind;
use crate::view::View;

fn class(view: &View<'_>, i: usize) -> Option<(End, usize)> {
    let (value, next) = view.list(i, List::ScopeEnd)?;
    let class = match End::of(value)? {
        // "a" and "à" are one word once folded.
        End::VerbOrPreposition if view.token(i).is_some_and(|t| t.len() == 1) => End::Verb,
        End::VerbOrPreposition => return None,
        other => other,
    };
    Some((class, next))
}

/// The token at which the reach of a cue that ends before `start` ends.
pub(super) fn forward(
    view: &View<'_>,
    scope: Scope,
    effect: Effect,
    start: usize,
    end: usize,
) -> usize {
    let far = if scope.words == 0 { FARTHEST as usize } else { usize::from(scope.words) };
    let limit = end.min(start + far.min(FARTHEST as usize));
    let mut soft = None;
    let mut depth = 0u32;
    let mut i = start;
    while i < limit {
        let Some(t) = view.token(i) else { return i };
        if t.kind() != TokenKind::Word {
            match mark_at(view, i) {
                b'(' => depth += 1,
                b')' if depth > 0 => depth -= 1,
                b')' => return i,
                b';' | b'|' if scope.colon != Passage::Pass => return i,
                b':' if i + 1 < end && scope.colon != Passage::Pass && i > start + 4 => return i,
                // "Elle ne fume pas, HTA traitée": the cue has said all.
                b',' if i == start && effect == Effect::Negated => return i,
                b',' | b'/' | b'+' => match scope.comma {
                    Passage::Stop => return i,
                    Passage::List if opens_statement(view, i + 1, effect) => return i,
                    _ => soft = Some(i),
                },
                _ => {}
            }
            i += 1;
            continue;
        }
        let Some((end_class, next)) = class(view, i) else {
            i += 1;
            continue;
        };
        let stops = scope.ends & end_class.bit() != 0 && i > start;
        match end_class {
            End::And | End::Or => match scope.and {
                Passage::Stop if end_class == End::And => return i,
                Passage::Pass => {}
                // After "ou", an article goes on with the alternative.
                _ if end_class == End::Or && is_class(view, next, End::Subject) => {}
                _ if opens_statement(view, next, effect) => return i,
                _ => soft = Some(i),
            },
            End::Verb if stops && !after_ne(view, i) => return soft.unwrap_or(i),
            End::Affirm if stops => {
                if let Some(s) = soft {
                    return s;
                }
            }
            End::Verb | End::Affirm | End::Subject | End::Negator | End::VerbOrPreposition => {}
            _ if stops => return i,
            _ => {}
        }
        i = next;
    }
    limit
}

fn is_class(view: &View<'_>, i: usize, wanted: End) -> bool {
    class(view, i).is_some_and(|(c, _)| c == wanted)
}

fn mark_at(view: &View<'_>, i: usize) -> u8 {
    view.token(i).filter(|t| t.kind() == TokenKind::Mark).map_or(0, |t| t.word.0 as u8)
}

fn after_ne(view: &View<'_>, i: usize) -> bool {
    let is_ne = |i: Option<usize>| {
        i.and_then(|i| view.list(i, List::ContextWord)).is_some_and(|(v, _)| v == word::NE)
    };
    is_ne(i.checked_sub(1)) || is_ne(i.checked_sub(2))
}

// Whether a new statement, and not the next item of a list, begins at token `i`.
fn opens_statement(view: &View<'_>, mut i: usize, effect: Effect) -> bool {
    // "et ou et": a few at most.
    for _ in 0..4 {
        match class(view, i) {
            Some((End::Negator, _)) => return effect != Effect::Negated,
            Some((End::And | End::Or, next)) => i = next,
            Some(_) => return true,
            None => {
                return view.token(i).is_some_and(|t| t.is_digits() || participle(view, i));
            }
        }
    }
    false
}

// "entouré par", "adressé pour": a participle with its complement begins a statement of its own.
fn participle(view: &View<'_>, i: usize) -> bool {
    let printed = view.token(i).map_or("", |t| t.of(view.text));
    let ends = ["é", "ée", "és", "ées"].iter().any(|e| printed.ends_with(e));
    let next = view.token(i + 1).map_or("", |t| t.of(view.text));
    ends && ["par", "pour", "depuis", "dans"].contains(&next)
}

/// The token from which on a cue at `from` reaches back.
pub(super) fn backward(
    view: &View<'_>,
    scope: Scope,
    start: usize,
    from: usize,
    plural: bool,
) -> usize {
    let far = if scope.words == 0 { 30 } else { usize::from(scope.words) };
    let limit = start.max(from.saturating_sub(far));
    let mut depth = 0u32;
    let mut i = from;
    while i > limit {
        i -= 1;
        let Some(t) = view.token(i) else { return i };
        if t.kind() != TokenKind::Word {
            match mark_at(view, i) {
                b')' => depth += 1,
                b'(' if depth == 0 => return i + 1,
                b'(' => depth -= 1,
                b',' if plural || scope.comma == Passage::Pass || depth > 0 => {}
                b':' if scope.colon == Passage::Pass || i + 3 >= from => {}
                b',' | b';' | b':' | b'|' => return i + 1,
                _ => {}
            }
            continue;
        }
        let Some((end_class, next)) = class(view, i).filter(|_| depth == 0) else { continue };
        match end_class {
            End::And | End::Or if plural || scope.and == Passage::Pass => {}
            End::And => return next,
            // The verb of the cue itself ("est revenue négative").
            End::Verb if i + 3 >= from => {}
            End::Contrast | End::Cause | End::Relative | End::Verb | End::With
                if scope.ends & end_class.bit() != 0 =>
            {
                return next.min(from);
            }
            _ => {}
        }
    }
    limit
}
