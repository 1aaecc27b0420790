//! How far each cue reaches: a range of tokens, worked out once per cue.
//!
//! A reach stays in its sentence, and goes on under a title or a line that ends in a colon into the
//! items of the list below it (`Pas de :⏎- fièvre⏎- toux`).

use super::rules::{Cue, Effect, Scope, Side, When};
use super::scope::{backward, forward};
use super::{Room, label};
use crate::found::Found;
use crate::lists::{List, context_word as word};
use crate::phrases::{Hit, Meaning};
use crate::tokens::{Gap, TokenKind, mark};
use crate::view::View;

/// What a cue says, and of which tokens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reach {
    pub(crate) effect: Effect,
    /// Tokens reached.
    pub(crate) lo: u32,
    pub(crate) hi: u32,
    /// Tokens of the cue.
    pub(crate) cue: (u32, u32),
    /// Number of the sentence reached into.
    pub(crate) sentence: u32,
    /// Whether examinations are spared.
    pub(crate) tests_stand: bool,
}

/// Most tokens that a reach spans.
pub(crate) const FARTHEST: u32 = 200;

impl Reach {
    /// Whether it says something of the mention `from..to`.
    pub(crate) fn covers(&self, from: u32, to: u32, within: bool) -> bool {
        let (start, end) = self.cue;
        if start < to && from < end {
            // A word of supposition, itself asked for, is supposed ("évoque").
            let itself = self.effect == Effect::Hypothesis && start <= from && end == to;
            return itself || within && start >= from && end <= to;
        }
        self.lo < to && from < self.hi && (self.lo < end || from >= self.lo)
    }
}

/// Works out the reach of every cue of the text.
pub(crate) fn find(view: &View<'_>, found: &[Found], room: &mut Room) {
    room.reaches.clear();
    room.yes.clear();
    let mut finder = Finder { view, found, covered: (0, (0, 0)), room };
    let mut at = 0;
    let mut carried = Carried::default();
    for (n, &(a, b)) in view.sentences.iter().enumerate() {
        let start = at;
        while view.cues.get(at).is_some_and(|h| h.from < b) {
            at += 1;
        }
        let s = Sentence { number: n as u32, from: a as usize, to: b as usize, clip: None };
        let made = finder.room.reaches.len();
        finder.carry(s, &mut carried);
        finder.sentence(view.cues.get(start..at).unwrap_or(&[]), s);
        carried.renew(view, s, finder.room.reaches.get(made..).unwrap_or(&[]));
    }
    if view.landmarks.quotes {
        quotes(view, room);
    }
}

#[derive(Clone, Copy)]
struct Sentence {
    number: u32,
    from: usize,
    to: usize,
    // What the cue at hand may reach in it, when that is less.
    clip: Option<(usize, usize)>,
}

// A cue whose list follows on the next lines.
#[derive(Default)]
struct Carried {
    effect: Option<Effect>,
    cue: (u32, u32),
    // Whether nothing stood between the cue and the colon: short lines are then its items too.
    bare: bool,
}

impl Carried {
    // After sentence `s` and its reaches.
    fn renew(&mut self, view: &View<'_>, s: Sentence, made: &[Reach]) {
        let end = s.to as u32;
        if view.is(s.to.wrapping_sub(1), b':') {
            let kept = made.iter().rev().find(|r| {
                r.hi == end
                    && r.lo >= r.cue.1
                    && !matches!(r.effect, Effect::ReportedSpeech | Effect::Reason)
            });
            *self = kept.map_or_else(Carried::default, |r| Carried {
                effect: Some(r.effect),
                cue: r.cue,
                bare: r.cue.1 + 2 >= end,
            });
        }
    }
}

struct Finder<'f, 'w> {
    view: &'f View<'w>,
    found: &'f [Found],
    // Next entity to look at, and of those that begin at or before the cue, the one that goes
    // farthest, as tokens.
    covered: (usize, (u32, u32)),
    room: &'f mut Room,
}

impl Finder<'_, '_> {
    // The cues that count, leftmost and longest first, each with what it says.
    fn sentence(&mut self, mut hits: &[Hit], s: Sentence) {
        let mut free = 0;
        while let Some(first) = hits.first() {
            let same = hits.iter().take_while(|h| h.from == first.from).count();
            let (here, rest) = hits.split_at(same);
            hits = rest;
            if first.from < free {
                continue;
            }
            let mut taken = None;
            for h in here.iter().rev() {
                let Some(cue) = self.cue(h) else { continue };
                if h.to as usize > s.to || taken.is_some_and(|t| t != h.to) || !self.fits(cue, h, s)
                {
                    continue;
                }
                taken = Some(h.to);
                free = h.to;
                let within = self.covering(h).map(|(a, b)| (a as usize, b as usize));
                self.push(cue, h, Sentence { clip: within, ..s });
            }
        }
    }

    fn cue(&self, h: &Hit) -> Option<Cue> {
        match h.meaning {
            Meaning::Cue(n) => self.view.rules.context.cues.get(n as usize).copied(),
            _ => None,
        }
    }

    // The entity that holds the cue among other words ("lymphome non hodgkinien"): the cue does not
    // reach out of it.
    fn covering(&mut self, h: &Hit) -> Option<(u32, u32)> {
        while let Some(f) = self.found.get(self.covered.0).filter(|f| f.from <= h.from) {
            let longer = f.to - f.from > h.to - h.from && f.to > self.covered.1.1;
            if longer && self.view.rules.context.whole.contains(&label(self.view, f)) {
                self.covered.1 = (f.from, f.to);
            }
            self.covered.0 += 1;
        }
        Some(self.covered.1).filter(|c| c.1 >= h.to && c.0 <= h.from)
    }

    fn fits(&self, cue: Cue, h: &Hit, s: Sentence) -> bool {
        let (from, to) = (h.from as usize, h.to as usize);
        if matches!(cue.effect, Effect::Negated | Effect::Yes) && to == from + 1 {
            // The words of a form's boxes are read with the boxes.
            let boxed = |i: Option<usize>| i.is_some_and(|i| is_box(self.view, i));
            if boxed(from.checked_sub(1)) || boxed(Some(to)) {
                return false;
            }
        }
        match cue.when {
            When::Always => true,
            When::Alone => self.alone(to, s),
            When::Followed => !self.alone(to, s),
            When::AfterNe => {
                (from.saturating_sub(5).max(s.from)..from).any(|i| self.is(i, word::NE))
            }
            When::Particle => self.particle(to, s).is_some() || self.particle_before(from, s),
            When::Through => self.link(to, s).is_some(),
            When::Participle => self
                .view
                .token(to - 1)
                .is_some_and(|t| t.of(self.view.text).trim_end_matches('s').ends_with(['é', 'É'])),
            When::Finding => self.is(to, word::FINDING),
            When::Opening => {
                let before = from.checked_sub(1).and_then(|i| self.view.token(i));
                from == s.from || before.is_none_or(|b| b.kind() == TokenKind::Mark)
            }
        }
    }

    // Whether a cue that ends before token `to` ends a line, a cell or a group of words.
    fn alone(&self, to: usize, s: Sentence) -> bool {
        let Some(t) = self.view.token(to).filter(|_| to < s.to) else { return true };
        if t.gap() >= Gap::Wide {
            return true;
        }
        let marks = [b',', b';', b'.', b'|', b')', b'/', b'(', b'-', b'"', mark::BULLET];
        let glued_digit = self
            .view
            .token(to + 1)
            .is_some_and(|n| n.is_digits() && n.gap() == Gap::Glued && t.gap() == Gap::Glued);
        marks.iter().any(|m| t.is_mark(*m)) && !glued_digit
    }

    fn is(&self, i: usize, value: i32) -> bool {
        self.view.list(i, List::ContextWord).is_some_and(|(v, _)| v == value)
    }

    // The particle of a negation that `ne`, before token `to`, began.
    fn particle(&self, to: usize, s: Sentence) -> Option<usize> {
        (to..s.to.min(to + 7))
            .take_while(|i| self.view.token(*i).is_some_and(|t| t.is_word()))
            .find(|i| self.is(*i, word::PARTICLE))
    }

    // "aucun incident n'a été noté": the particle stands before.
    fn particle_before(&self, from: usize, s: Sentence) -> bool {
        (s.from.max(from.saturating_sub(12))..from)
            .rev()
            .take_while(|i| self.view.token(*i).is_some_and(|t| t.is_word()))
            .any(|i| self.is(i, word::PARTICLE))
    }

    fn link(&self, to: usize, s: Sentence) -> Option<usize> {
        (to..s.to.min(to + 60)).find_map(|i| match self.view.list(i, List::ContextWord) {
            Some((word::LINK, next)) => Some(next),
            _ => None,
        })
    }

    fn push(&mut self, cue: Cue, h: &Hit, s: Sentence) {
        if cue.effect == Effect::Yes {
            self.room.yes.push(h.from);
        }
        let Some(scope) = self.view.rules.context.scopes.get(cue.effect as usize).copied() else {
            return;
        };
        let scope = Scope { words: if cue.words > 0 { cue.words } else { scope.words }, ..scope };
        let (from, to) = (h.from as usize, h.to as usize);
        match cue.when {
            When::Particle => {
                let near = s.to.min(to + 5);
                let end = self.particle(to, s).unwrap_or_else(|| {
                    (to..near)
                        .find(|i| self.view.token(*i).is_none_or(|t| !t.is_word()))
                        .unwrap_or(near)
                });
                self.reach(cue, (to, end), h, s);
            }
            When::Through => {
                if let Some(start) = self.link(to, s) {
                    self.reach(cue, (start, s.to.min(start + FARTHEST as usize)), h, s);
                }
            }
            _ => {
                if cue.side != Side::After {
                    let hi = forward(self.view, scope, cue.effect, to, s.to);
                    self.reach(cue, (to, hi), h, s);
                }
                if cue.side != Side::Before {
                    let lo = backward(self.view, scope, s.from, from, self.plural(to));
                    self.reach(cue, (lo, from), h, s);
                }
            }
        }
    }

    // Whether the cue that ends before token `to` is a plural: it then says the same of all the items
    // before it ("absents").
    fn plural(&self, to: usize) -> bool {
        let printed = to.checked_sub(1).map_or("", |l| self.view.words(l, to));
        printed.ends_with(['s', 'S']) || printed.ends_with("ent")
    }

    fn reach(&mut self, cue: Cue, (lo, hi): (usize, usize), h: &Hit, s: Sentence) {
        // An empty reach still counts for a span that holds its cue.
        let (least, most) = s.clip.unwrap_or((0, usize::MAX));
        let (lo, hi) = (lo.max(least) as u32, hi.min(most) as u32);
        let (effect, tests_stand) = (cue.effect, cue.tests_stand);
        let (cue, sentence) = ((h.from, h.to), s.number);
        self.room.reaches.push(Reach { effect, lo, hi, cue, sentence, tests_stand });
    }

    // Items of the list that an earlier line announced.
    fn carry(&mut self, s: Sentence, carried: &mut Carried) {
        let Some(effect) = carried.effect else { return };
        let gap = self.view.gap(s.from);
        let item = bullet(self.view, s.from);
        let line = carried.bare && gap == Gap::Line && s.to - s.from <= 6;
        let Some(&scope) = self.view.rules.context.scopes.get(effect as usize) else { return };
        let wanted = line || item && gap >= Gap::Line;
        if !wanted {
            *carried = Carried::default();
            return;
        }
        let lo = s.from + usize::from(item);
        let hi = forward(self.view, scope, effect, lo, s.to) as u32;
        let (cue, sentence) = (carried.cue, s.number);
        let lo = lo as u32;
        self.room.reaches.push(Reach { effect, lo, hi, cue, sentence, tests_stand: false });
    }
}

fn bullet(view: &View<'_>, i: usize) -> bool {
    let numbered = view.token(i).is_some_and(|t| t.is_digits())
        && (view.is(i + 1, b')') || view.is(i + 1, b'.'));
    numbered || [b'-', b'*', b'+', b'>', mark::BULLET, mark::ARROW].iter().any(|m| view.is(i, *m))
}

/// Whether token `i` is a box to tick, or the bracket of one.
pub(super) fn is_box(view: &View<'_>, i: usize) -> bool {
    [mark::CHECKED, mark::UNCHECKED, b'[', b']'].iter().any(|m| view.is(i, *m))
}

// Words between quotes are somebody else's; one or two words are a manner of speaking.
fn quotes(view: &View<'_>, room: &mut Room) {
    let mut open: Option<usize> = None;
    for (i, t) in view.tokens.iter().enumerate() {
        if t.gap() == Gap::Blank {
            open = None;
        }
        if !t.is_mark(b'"') {
            continue;
        }
        let printed = t.of(view.text);
        match open {
            Some(o) if printed != "«" && i - o <= FARTHEST as usize => {
                if i - o > 3 {
                    quoted(view, room, (o, i));
                }
                open = None;
            }
            _ if printed == "»" => open = None,
            _ => open = Some(i),
        }
    }
}

fn quoted(view: &View<'_>, room: &mut Room, (open, close): (usize, usize)) {
    let (lo, hi) = (open as u32 + 1, close as u32);
    let first = view.sentences.partition_point(|s| s.1 <= lo);
    for (n, s) in view.sentences.iter().enumerate().skip(first).take_while(|(_, s)| s.0 < hi) {
        let (effect, cue) = (Effect::ReportedSpeech, (open as u32, lo));
        let (lo, hi) = (lo.max(s.0), hi.min(s.1));
        let sentence = n as u32;
        room.reaches.push(Reach { effect, lo, hi, cue, sentence, tests_stand: false });
    }
}
