//! Terms of the lexicons: drugs, disorders, symptoms, body parts, procedures.
//!
//! Of two terms of the same label that overlap, the longer one stays; a term inside one of another
//! label stays (`sein` inside `cancer du sein`). At the same words the first lexicon wins.

use crate::compile::{Origin, OriginId};
use crate::found::Sink;
use crate::lexicon::ends_with_accent;
use crate::lists::List;
use crate::phrases::Meaning;
use crate::view::View;

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    // Last kept term of each label: its end. There are few labels.
    let mut last: Vec<(crate::strings::Str, u32)> = Vec::new();
    // End of the last words that only look like a term.
    let mut nothing = 0;
    let mut hits = view.terms;
    while let Some((first, _)) = hits.split_first() {
        let same = hits.iter().take_while(|h| h.from == first.from).count();
        let (here, rest) = hits.split_at(same);
        hits = rest;
        // Longest first.
        for hit in here.iter().rev() {
            let Meaning::Lexeme(n) = hit.meaning else { continue };
            let Some(origin) = view.rules.origins.get(n as usize) else { continue };
            let reach = match last.iter_mut().find(|(l, _)| *l == origin.label) {
                Some((_, end)) => end,
                None => {
                    last.push((origin.label, 0));
                    let Some((_, end)) = last.last_mut() else { continue };
                    end
                }
            };
            if hit.from < *reach || hit.from < nothing {
                continue;
            }
            if hit.to == hit.from + 1 && is_other_word(view, hit.from as usize, origin) {
                continue;
            }
            *reach = hit.to;
            if origin.label.is_none() {
                nothing = hit.to;
                continue;
            }
            sink.push(view.tokens, hit.from as usize, hit.to as usize, OriginId(n));
        }
    }
}

// Whether the word at `i` only shares its letters with the term of one word that it matches.
fn is_other_word(view: &View<'_>, i: usize, origin: &Origin) -> bool {
    let Some(t) = view.token(i) else { return false };
    let printed = t.of(view.text);
    // A participle is no thing ("fossé", "aîné"), nor is the adjective of a noun
    // ("un liquide séreux", "la séreuse").
    let thing = origin.plain
        && (ends_with_accent(printed)
            || printed.ends_with("eux")
                && view.rules.strings.get(origin.display).ends_with("euse"));
    // What is counted in doses is no disease ("10 gouttes").
    let dose = || {
        i.checked_sub(1).is_some_and(|n| view.token(n).is_some_and(|t| t.is_digits()))
            && view.list(i, List::DoseUnit).is_some()
    };
    thing || dose()
}
