//! Names that look like a term: `Dr Rocher`, `Mme Jeanne MUGUET`, `PR Dupont`, `rocher@exemple.fr`,
//! `anti-PR3`.
//!
//! Takes entities of one word away from the sink; never adds any. A word printed all in lower case
//! is no name, unless it is a part of an address. Data: the list `person_title`.

use crate::found::{Found, Sink};
use crate::lists::List;
use crate::tokens::{Case, Gap};
use crate::view::View;

// First names and initials looked over between a title and a name.
const BETWEEN: usize = 3;

/// Takes them away.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    sink.found.retain(|f| f.to != f.from + 1 || !is_name(view, f));
}

fn is_name(view: &View<'_>, f: &Found) -> bool {
    let i = f.from as usize;
    let Some(t) = view.token(i).filter(|t| t.is_word()) else { return false };
    // A part of an address: what is glued to it leads to "@".
    if glued(view, i, 1) || glued(view, i, -1) {
        return true;
    }
    let code = t.case() == Case::Upper && t.len() <= 3 && digits_glued(view, i + 1);
    capital(t.case()) && (code || is_title(view, i) || after_title(view, i))
}

fn capital(case: Case) -> bool {
    matches!(case, Case::Capital | Case::Upper)
}

// "PR3", "RA2": letters and digits of a name that is no acronym of ours.
fn digits_glued(view: &View<'_>, i: usize) -> bool {
    view.token(i).is_some_and(|t| t.is_digits()) && view.gap(i) == Gap::Glued
}

// Whether "@" is reached from `i` through what is glued together.
fn glued(view: &View<'_>, i: usize, step: isize) -> bool {
    let mut at = i;
    for _ in 0..6 {
        let Some(next) = at.checked_add_signed(step) else { return false };
        // The gap of a token is the one before it.
        if view.gap(at.max(next)) != Gap::Glued {
            return false;
        }
        if view.is(next, b'@') {
            return true;
        }
        at = next;
    }
    false
}

// "PR", "Pr." before a name that no lexicon knows, or that is printed as a name.
fn is_title(view: &View<'_>, i: usize) -> bool {
    if view.list(i, List::PersonTitle).is_none_or(|(_, end)| end != i + 1) {
        return false;
    }
    let at = i + 1 + usize::from(view.is(i + 1, b'.'));
    view.token(at).is_some_and(|n| {
        n.is_word()
            && n.gap() < Gap::Line
            && match n.case() {
                Case::Capital => true,
                Case::Upper => n.word == crate::vocabulary::WordId::UNKNOWN || n.len() == 1,
                Case::Lower | Case::Mixed => false,
            }
    })
}

// Whether a title stands before `i`, with first names and initials between.
fn after_title(view: &View<'_>, i: usize) -> bool {
    let mut at = i;
    for _ in 0..=BETWEEN {
        if view.gap(at) >= Gap::Line {
            return false;
        }
        let Some(mut before) = at.checked_sub(1) else { return false };
        if view.is(before, b'.') || view.is(before, b'-') {
            let Some(word) = before.checked_sub(1) else { return false };
            before = word;
        }
        let Some(t) = view.token(before).filter(|t| t.is_word()) else { return false };
        // "m" and "mm" are units.
        let printed = capital(t.case()) || t.len() > 2;
        if printed && view.list(before, List::PersonTitle).is_some() {
            return true;
        }
        if !capital(t.case()) {
            return false;
        }
        at = before;
    }
    false
}
