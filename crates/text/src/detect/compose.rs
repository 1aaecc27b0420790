//! Composition: findings and parts of the body as French builds them.
//!
//! - A word whose ending names a disorder, a sign or a procedure is one (`cavernite`, `lymphopénie`).
//! - A noun that means nothing alone is a finding with what follows (`perte d'appétit`).
//! - A finding takes the adjective that says its nature or site, and some findings the part of the
//!   body they lie in (`métastase pulmonaire`, `fracture de la clavicule gauche`).
//! - A part of the body takes side and position, and the noun of the part of it that is meant
//!   (`paroi postérieure du rhinopharynx`).
//!
//! Data: `rules/heads.toml`. Works on what [`super::terms`] has put into the sink; never crosses a
//! mark other than a hyphen, nor an empty line. One pass over the tokens.

use crate::compile::OriginId;
use crate::found::{Found, Sink};
use crate::lists::List;
use crate::morphology::class;
use crate::strings::Str;
use crate::tokens::{Case, Gap};
use crate::view::View;
use crate::vocabulary::WordId;

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    // What detectors before `terms` found stays as it is.
    let words = Words { view };
    let heads = heads(&words);
    let bodies = bodies(&words, &heads, sink);
    findings(&words, &bodies, &heads, sink);
    sink.found.retain(|f| f.to > f.from);
}

// A part of the body, in tokens.
#[derive(Clone, Copy)]
struct Body {
    from: usize,
    to: usize,
}

// A word that makes a finding or a place: its token and its classes.
#[derive(Clone, Copy)]
struct Head {
    at: usize,
    class: u32,
}

fn heads(words: &Words<'_, '_>) -> Vec<Head> {
    let heads = words.view.landmarks.heads.iter();
    let heads = heads.map(|at| *at as usize).map(|at| Head { at, class: words.class(at) });
    heads.filter(|h| h.class & class::HEADS != 0).collect()
}

// Questions about the words of a text.
struct Words<'v, 'w> {
    view: &'v View<'w>,
}

impl Words<'_, '_> {
    // Classes of the word at `i`, with those told by an ending only where the accents agree.
    fn class(&self, i: usize) -> u32 {
        let Some(t) = self.view.token(i).filter(|t| t.word.has(WordId::CLASS)) else { return 0 };
        let class = self.view.rules.vocabulary.info(t.word).class;
        if class & class::PLAIN != 0 {
            let mut last =
                t.of(self.view.text).bytes().rev().skip_while(|b| matches!(b, b's' | b'e'));
            // A letter with an accent is two bytes in UTF-8, each with the high bit.
            if last.next().is_some_and(|b| b >= 0x80) {
                let told = class::DISORDER | class::SYMPTOM | class::PROCEDURE;
                let adjective = if class & class::LISTED == 0 { class::RELATIONAL } else { 0 };
                return class & !(told | adjective);
            }
        }
        class
    }

    fn hyphen(&self, i: usize) -> bool {
        self.view.is(i, b'-') && self.view.gap(i) == Gap::Glued
    }

    // The token after the adjective of these classes at `i`: `pulmonaire`, `maculo-papuleux`,
    // `sous cutané`.
    fn adjective(&self, i: usize, classes: u32) -> Option<usize> {
        let t = self.view.token(i).filter(|t| t.is_word())?;
        if t.gap() == Gap::Blank {
            return None;
        }
        let mut at = i;
        for _ in 0..3 {
            if self.hyphen(at + 1) && self.view.token(at + 2).is_some_and(|n| n.is_word()) {
                at += 2;
            } else if self.class(at) & class::PREFIX != 0 && self.class(at + 1) & classes != 0 {
                at += 1;
            } else {
                break;
            }
        }
        let fits = self.class(at) & classes != 0;
        (fits && self.view.token(at)?.gap() != Gap::Blank).then_some(at + 1)
    }

    // The adjectives of these classes from `i` on, at most `most`, with their coordination
    // (`supérieurs et inférieurs`).
    fn adjectives(&self, i: usize, classes: u32, most: usize) -> usize {
        let mut end = i;
        for _ in 0..most {
            let Some(next) = self.adjective(end, classes) else { break };
            end = next;
        }
        let after_one = end > i || i.checked_sub(1).is_some_and(|l| self.class(l) & classes != 0);
        if after_one
            && self.coordinates(end)
            && let Some(next) = self.adjective(end + 1, classes)
        {
            end = next;
        }
        end
    }

    // "et", "ou", "ni" between two adjectives.
    fn coordinates(&self, i: usize) -> bool {
        self.view.token(i).is_some_and(|t| {
            t.gap() < Gap::Blank && matches!(t.of(self.view.text), "et" | "ou" | "ni" | "et/ou")
        })
    }

    // The token after "de la", "du", "d'", "des deux" at `i`.
    fn link(&self, i: usize) -> Option<usize> {
        (self.class(i) & class::LINK != 0 && self.view.gap(i) < Gap::Blank).then_some(())?;
        let mut at = i + 1;
        while at < i + 3 && self.class(at) & class::ARTICLE != 0 {
            at += 1;
        }
        Some(at)
    }
}

// Parts of the body in the sink, widened; those swallowed by another are emptied.
fn bodies(words: &Words<'_, '_>, heads: &[Head], sink: &mut Sink) -> Vec<Body> {
    let body = words.view.rules.heads.body_label;
    let known = |f: &Found| label_of(words, f) == body;
    let places: Vec<usize> =
        sink.found.iter().enumerate().filter(|(_, f)| known(f)).map(|(i, _)| i).collect();
    let mut all: Vec<Body> = Vec::with_capacity(places.len());
    // From the last to the first, so that a chain ("lobe de la glande") is joined from its end.
    let mut next: Option<(usize, Body)> = None;
    for &i in places.iter().rev() {
        let Some(f) = sink.found.get(i) else { continue };
        let (from, to) = (f.from as usize, f.to as usize);
        // "aire ganglionnaire cervicale" is a place, "rectum métastatique" a finding.
        let region = words.class(from) & class::REGION != 0;
        let mut end =
            words.adjectives(to, class::PLACE | if region { class::RELATIONAL } else { 0 }, 1);
        end = words.adjectives(end, class::PLACE, 3);
        let from = counted(words, part_before(words, from));
        let mut body = Body { from, to: end.max(to) };
        if let Some((j, after)) = next {
            let joined = words
                .link(body.to)
                .is_some_and(|at| at == after.from || counted(words, at) == after.from)
                || after.from < body.to;
            if joined {
                body.to = body.to.max(after.to);
                all.pop();
                empty(sink, j);
            }
        }
        widen(words, sink, i, body);
        all.push(body);
        next = Some((i, body));
    }
    all.reverse();
    regions(words, heads, sink, &mut all);
    all
}

// The first token of "paroi postérieure du" before the part of the body at `from`.
fn part_before(words: &Words<'_, '_>, from: usize) -> usize {
    let mut start = from;
    for _ in 0..3 {
        let mut at = start;
        while at > 0 && words.class(at - 1) & class::ARTICLE != 0 && start - at < 2 {
            at -= 1;
        }
        if at == 0 || words.class(at - 1) & class::LINK == 0 || words.view.gap(at) == Gap::Blank {
            return start;
        }
        at -= 1;
        let place = class::PLACE | class::RELATIONAL;
        let mut steps = 0;
        while at > 0
            && steps < 3
            && words.class(at - 1) & place != 0
            && words.class(at - 1) & class::PART == 0
        {
            at -= 1;
            steps += 1;
        }
        if at == 0 || words.class(at - 1) & class::PART == 0 || words.view.gap(at) == Gap::Blank {
            return start;
        }
        start = at - 1;
    }
    start
}

// The first token of "deux", "2", "3ème", "cinquième" before the part of the body at `from`: one of
// several, or all of them.
fn counted(words: &Words<'_, '_>, from: usize) -> usize {
    let view = words.view;
    let Some(at) = from.checked_sub(1).filter(|_| matches!(view.gap(from), Gap::Space)) else {
        return from;
    };
    // A number printed alone, not the end of a date, of a code or of another number.
    let alone = |i: usize| {
        view.digits(i).is_some_and(|n| (2..=12).contains(&n))
            && view.gap(i) != Gap::Glued
            && !i.checked_sub(1).is_some_and(|l| view.token(l).is_some_and(|t| t.is_digits()))
    };
    if alone(at) {
        return if view.digits(at).is_some_and(|n| n <= 4) { at } else { from };
    }
    let several = |list, least| {
        view.list(at, list).is_some_and(|(n, end)| end == from && (least..=10).contains(&n))
    };
    if several(List::NumberWord, 2) || several(List::OrdinalWord, 1) {
        return at;
    }
    let rank = view.list(at, List::TimeMark).is_some_and(|(n, end)| end == from && n <= 2);
    match at.checked_sub(1) {
        Some(number) if rank && alone(number) && view.gap(at) < Gap::Line => number,
        _ => from,
    }
}

// "région sternale": a part of the body that no lexicon names.
fn regions(words: &Words<'_, '_>, heads: &[Head], sink: &mut Sink, all: &mut Vec<Body>) {
    let origin = words.view.rules.heads.region;
    let mut made: Vec<Body> = Vec::new();
    let mut covered = all.iter().peekable();
    for i in heads.iter().filter(|h| h.class & class::REGION != 0).map(|h| h.at) {
        while covered.peek().is_some_and(|b| b.to <= i) {
            covered.next();
        }
        if covered.peek().is_some_and(|b| b.from <= i) || made.last().is_some_and(|b| b.to > i) {
            continue;
        }
        let Some(end) = words.adjective(i + 1, class::RELATIONAL) else { continue };
        let end = words.adjectives(end, class::PLACE, 3);
        if covered.peek().is_some_and(|b| b.from < end) {
            continue;
        }
        made.push(Body { from: counted(words, part_before(words, i)), to: end });
    }
    if made.is_empty() {
        return;
    }
    for b in &made {
        sink.push(words.view.tokens, b.from, b.to, origin);
    }
    all.extend(made);
    all.sort_by_key(|b| b.from);
}

// Findings in the sink, widened, and those that endings and heads make.
fn findings(words: &Words<'_, '_>, bodies: &[Body], heads: &[Head], sink: &mut Sink) {
    let rules = words.view.rules.heads;
    let clinical = |l: Str| l == rules.disorder_label || l == rules.symptom_label;
    // Places of the findings in the sink, by first token.
    let mut known: Vec<usize> = (0..sink.found.len())
        .filter(|&i| {
            sink.found.get(i).is_some_and(|f| {
                let l = label_of(words, f);
                f.to > f.from && (clinical(l) || l == rules.procedure_label)
            })
        })
        .collect();
    known.sort_by_key(|&i| sink.found.get(i).map_or((0, 0), |f| (f.from, u32::MAX - f.to)));
    let mut known = known.into_iter().peekable();
    // The last finding, and one past the last token of anything that stops a new one.
    let mut last: Option<(usize, usize)> = None;
    let mut reach = 0;
    let mut heads = heads.iter().peekable();
    loop {
        // What begins next, a finding of a lexicon or a head.
        let begins = known.peek().and_then(|&k| sink.found.get(k)).map(|f| f.from as usize);
        let i = match (begins, heads.peek().map(|h| h.at)) {
            (Some(a), Some(b)) => a.min(b),
            (Some(i), None) | (None, Some(i)) => i,
            (None, None) => break,
        };
        let head = heads.next_if(|h| h.at == i);
        // A finding of a lexicon that begins here; one that begins inside the last is dropped.
        let mut here = None;
        while let Some(&k) = known.peek() {
            let Some(f) = sink.found.get(k).copied() else { break };
            if f.from as usize > i {
                break;
            }
            known.next();
            if !clinical(label_of(words, &f)) {
                reach = reach.max(f.to as usize);
                continue;
            }
            match last {
                Some((outer, end)) if (f.from as usize) < end => {
                    inherit(words, sink, outer, k);
                    empty(sink, k);
                }
                _ if here.is_some() => empty(sink, k),
                _ => here = Some((k, f.to as usize)),
            }
        }
        if let Some((k, to)) = here {
            let end = extend(words, bodies, i, to);
            widen(words, sink, k, Body { from: i, to: end });
            last = Some((k, end));
            reach = reach.max(end);
        } else if i >= reach
            && let Some(head) = head
            && let Some((end, origin)) = made(words, bodies, *head)
        {
            sink.push(words.view.tokens, i, end, origin);
            if origin != rules.procedure {
                last = Some((sink.found.len() - 1, end));
            }
            reach = end;
        }
    }
}

// A finding that swallows one with a kind takes it ("processus tumoral").
fn inherit(words: &Words<'_, '_>, sink: &mut Sink, outer: usize, inner: usize) {
    let origin = |i: usize| {
        let f = sink.found.get(i)?;
        words.view.rules.origins.get(f.origin.0 as usize).copied()
    };
    let (Some(own), Some(o)) = (origin(outer), origin(inner)) else { return };
    if own.kind.is_none()
        && !o.kind.is_none()
        && let Some(f) = sink.found.get_mut(outer)
        && f.kind.is_none()
    {
        (f.kind, f.status) = (o.kind, o.status);
    }
}

// The end of the finding `from..to` with what belongs to it.
fn extend(words: &Words<'_, '_>, bodies: &[Body], from: usize, to: usize) -> usize {
    // Of several words, only "insuffisance hépatique ou rénale", the first half of which a lexicon knows.
    let one = to == from + 1 || words.hyphen(from + 1) && to == from + 3;
    let end = words.adjectives(to, class::RELATIONAL, usize::from(one));
    if words.class(from) & class::OF_BODY != 0 {
        // The lexicon may have taken "fracture de la clavicule" of "… clavicule gauche".
        let inside = bodies.partition_point(|b| b.from < end).checked_sub(1);
        if let Some(body) =
            inside.and_then(|i| bodies.get(i)).filter(|b| b.from > from && b.to > end)
        {
            return body.to;
        }
        if let Some(body) = words.link(end).and_then(|at| body_at(bodies, at)) {
            return body.to;
        }
    }
    if end == to && to == from + 1 {
        return eponym(words, from).unwrap_or(end);
    }
    end
}

// What an ending or a head makes.
fn made(words: &Words<'_, '_>, bodies: &[Body], head: Head) -> Option<(usize, OriginId)> {
    let Head { at: i, class: c } = head;
    let heads = words.view.rules.heads;
    let told = class::DISORDER | class::SYMPTOM | class::PROCEDURE;
    if c & (told | class::NEEDS) == 0 {
        return eponym(words, i).map(|end| (end, heads.disorder));
    }
    if c & class::NEEDS != 0 {
        let end = words.adjectives(i + 1, class::RELATIONAL, 1);
        let mut whole = (end > i + 1).then_some(end);
        if let Some(at) = words.link(end) {
            if words.class(at) & class::OBJECT != 0 {
                whole = Some(words.adjectives(at + 1, class::RELATIONAL, 1));
            } else if c & class::OF_BODY != 0
                && let Some(body) = body_at(bodies, at)
            {
                whole = Some(body.to);
            }
        }
        let whole = whole.or_else(|| eponym(words, i));
        if let Some(end) = whole {
            return Some((end, heads.needs));
        }
    }
    let origin = match c {
        _ if c & class::DISORDER != 0 => heads.disorder,
        _ if c & class::SYMPTOM != 0 => heads.symptom,
        _ if c & class::PROCEDURE != 0 => heads.procedure,
        _ => return None,
    };
    if origin == heads.procedure {
        return Some((words.adjectives(i + 1, class::RELATIONAL, 1), origin));
    }
    Some((extend(words, bodies, i, i + 1), origin))
}

// The end of "syndrome de Fraser", "maladie de Charcot-Marie".
fn eponym(words: &Words<'_, '_>, i: usize) -> Option<usize> {
    if words.class(i) & class::EPONYMIC == 0 || words.class(i + 1) & class::LINK == 0 {
        return None;
    }
    let name = |at: usize| {
        words.view.token(at).is_some_and(|t| {
            t.is_word()
                && t.gap() < Gap::Blank
                && t.len() > 2
                && matches!(t.case(), Case::Capital | Case::Mixed)
        })
    };
    let mut end = i + 2;
    if !name(end) {
        return None;
    }
    end += 1;
    while (words.hyphen(end) && name(end + 1)) || (words.coordinates(end) && name(end + 1)) {
        end += 2;
    }
    Some(end)
}

// The part of the body named at `at`, whose number may stand before ("des deux poumons").
fn body_at(bodies: &[Body], at: usize) -> Option<Body> {
    let i = bodies.partition_point(|b| b.from <= at).checked_sub(1)?;
    bodies.get(i).filter(|b| b.from + 2 >= at && b.to > at).copied()
}

fn label_of(words: &Words<'_, '_>, f: &Found) -> Str {
    words.view.rules.origins.get(f.origin.0 as usize).map_or(Str::NONE, |o| o.label)
}

fn widen(words: &Words<'_, '_>, sink: &mut Sink, i: usize, to: Body) {
    let tokens = words.view.tokens;
    let (Some(first), Some(last)) =
        (tokens.get(to.from), to.to.checked_sub(1).and_then(|l| tokens.get(l)))
    else {
        return;
    };
    if let Some(f) = sink.found.get_mut(i) {
        (f.from, f.to) = (to.from as u32, to.to as u32);
        (f.start, f.end) = (first.start, last.end());
    }
}

fn empty(sink: &mut Sink, i: usize) {
    if let Some(f) = sink.found.get_mut(i) {
        f.to = f.from;
    }
}
