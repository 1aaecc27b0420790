//! Context: negated, supposed, about a relative, past, or said by somebody else.
//!
//! Method of NegEx and ConText (Chapman 2001, Harkema 2009): cues before or after a mention, in its
//! sentence; the longest cue counts, so that a pseudo-cue (`pas de doute`) hides the cue it holds;
//! words that end a scope. Beside the cues: sections (antecedents, family), dates, quotes, boxes and
//! columns to tick.
//!
//! One pass: the reach of every cue is worked out once as a range of tokens ([`Reach`]); a mention
//! then takes those that lie over it. Mentions, reaches, sentences and sections are all in the order
//! of the text, so that cursors only move on. The cues that decided are kept as evidence.

mod boxes;
mod past;
mod reach;
mod rules;
mod scope;

use relu_record::{Attributes, Span};

use crate::found::{Found, Piece, Sink};
use crate::lists::{List, context_word};
use crate::view::View;
pub(crate) use reach::Reach;
pub(crate) use rules::{ContextRules, Effect, compile};

/// A span whose context is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRequest {
    /// The words.
    pub span: Span,
    /// Whether a cue inside the span counts.
    pub within: bool,
}

/// The context of a span that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Qualified {
    /// The words.
    pub span: Span,
    /// Their context.
    pub attributes: Attributes,
    /// Whether they are a reason of the stay or visit.
    pub is_reason: bool,
    /// Words that decided.
    pub cues: Vec<Span>,
}

/// Room for one reading after another.
#[derive(Debug, Default)]
pub(crate) struct Room {
    reaches: Vec<Reach>,
    dates: Vec<past::Dated>,
    // Tokens of the answers "yes" that may head a column.
    yes: Vec<u32>,
}

/// Gives every entity but times its context, and every span of `asked`.
pub(crate) fn qualify(
    view: &View<'_>,
    sink: &mut Sink,
    asked: &[SpanRequest],
    out: &mut Vec<Qualified>,
    room: &mut Room,
) {
    reach::find(view, &sink.found, room);
    boxes::find(view, room);
    room.reaches.sort_unstable_by_key(|r| (r.sentence, r.cue, r.lo, r.effect as u8));
    past::find(view, sink, room);
    entities(view, sink, room);
    spans(view, asked, out, room);
}

// A longer span is judged by its first tokens.
const LONGEST: usize = 2_000;

// In the order of the text, so that the cursor only moves on; given back in the order asked.
fn spans(view: &View<'_>, asked: &[SpanRequest], out: &mut Vec<Qualified>, room: &Room) {
    let mentions = asked.iter().enumerate().map(|(n, request)| {
        let (from, to) = view.tokens_of(request.span);
        let to = to.min(from + LONGEST) as u32;
        (Mention { from: from as u32, to, within: request.within }, n)
    });
    let mut mentions: Vec<(Mention, usize)> = mentions.collect();
    mentions.sort_by_key(|(m, _)| m.from);
    let nothing = |r: &SpanRequest| Qualified {
        span: r.span,
        attributes: Attributes::default(),
        is_reason: false,
        cues: Vec::new(),
    };
    out.clear();
    out.extend(asked.iter().map(nothing));
    let mut cursor = Cursor::default();
    for (mention, n) in mentions {
        let Some(q) = out.get_mut(n) else { continue };
        cursor.advance(view, room, mention.from);
        (q.attributes, q.is_reason) = cursor.judge(view, room, mention, &mut q.cues);
        q.cues.sort_unstable();
        q.cues.dedup();
        q.cues.drain(..q.cues.len().saturating_sub(MOST_CUES));
    }
}

// Cues kept as evidence of one mention: a sentence of a hundred cues would fill the memory.
const MOST_CUES: usize = 16;

fn entities(view: &View<'_>, sink: &mut Sink, room: &Room) {
    let rules = &view.rules.context;
    let mut cursor = Cursor::default();
    let Sink { found, cues, .. } = sink;
    for f in found.iter_mut() {
        if rules.times.contains(&label(view, f)) {
            continue;
        }
        cursor.advance(view, room, f.from);
        let mention = Mention { from: f.from, to: f.to, within: false };
        let start = cues.len();
        // What a detector denied ("tabac : 0") stays denied.
        let denied = f.attributes.negated;
        f.attributes = cursor.judge(view, room, mention, cues).0;
        // The nearest are the last: those before it come first, in the order of the text.
        let kept = cues.len().saturating_sub(MOST_CUES).max(start);
        cues.drain(start..kept);
        f.attributes.negated |= denied;
        f.cues = Piece { start: start as u32, end: cues.len() as u32 };
    }
}

fn label(view: &View<'_>, f: &Found) -> crate::strings::Str {
    view.rules.origins.get(f.origin.0 as usize).map_or(Default::default(), |o| o.label)
}

#[derive(Clone, Copy)]
struct Mention {
    from: u32,
    to: u32,
    within: bool,
}

// Places in the sorted lists: none of what lies before them can matter any more.
#[derive(Clone, Copy, Default)]
struct Cursor {
    sentence: usize,
    reach: usize,
    date: usize,
    section: usize,
}

impl Cursor {
    fn advance(&mut self, view: &View<'_>, room: &Room, token: u32) {
        let byte = view.token(token as usize).map_or(view.text.len(), |t| t.start as usize);
        on(&mut self.sentence, view.sentences, |s| s.1 <= token);
        let sentence = self.sentence;
        on(&mut self.reach, &room.reaches, |r| {
            // In a sentence without end, cues too far before are left behind too.
            (r.sentence as usize) < sentence || r.hi.max(r.cue.1) + reach::FARTHEST < token
        });
        on(&mut self.date, &room.dates, |d| (d.sentence as usize) < sentence);
        on(&mut self.section, view.sections, |s| s.span.end <= byte);
    }

    // The context of a mention, and whether it is a reason of the stay.
    fn judge(
        self,
        view: &View<'_>,
        room: &Room,
        m: Mention,
        cues: &mut Vec<Span>,
    ) -> (Attributes, bool) {
        let mut a = Attributes::default();
        let mut reason = false;
        let dated = past::of(view, room.dates.get(self.date..).unwrap_or(&[]), (m.from, m.to));
        let recent = dated.is_some_and(|d| !d.past);
        for r in room.reaches.get(self.reach..).unwrap_or(&[]) {
            if r.cue.0 > m.to + reach::FARTHEST {
                break;
            }
            if !r.covers(m.from, m.to, m.within) || (recent && r.effect == Effect::History) {
                continue;
            }
            if r.tests_stand && is_test(view, m) {
                continue;
            }
            apply(r.effect, &mut a, &mut reason);
            if r.effect != Effect::Reason {
                cues.extend(span(view, r.cue.0, r.cue.1));
            }
        }
        if let Some(d) = dated.filter(|d| d.past) {
            a.history = true;
            cues.extend(span(view, d.from, d.to));
        }
        self.section(view, m, recent, &mut a, &mut reason, cues);
        (a, reason)
    }

    // What the section says of all that stands in it.
    fn section(
        self,
        view: &View<'_>,
        m: Mention,
        recent: bool,
        a: &mut Attributes,
        reason: &mut bool,
        cues: &mut Vec<Span>,
    ) {
        let byte = view.token(m.from as usize).map_or(view.text.len(), |t| t.start as usize);
        let Some(s) = view.sections.get(self.section).filter(|s| s.span.start <= byte) else {
            return;
        };
        let Some(kind) = view.rules.sections.get(s.rule as usize) else { return };
        if byte < s.title.end {
            return;
        }
        let past = kind.history && !recent;
        a.history |= past;
        a.family |= kind.family;
        *reason = (*reason || kind.reason) && !kind.history;
        if past || kind.family {
            cues.push(s.title);
        }
    }
}

// Whether a mention names an examination. "recherche de BK" names what is looked for too.
fn is_test(view: &View<'_>, m: Mention) -> bool {
    let first = view.list(m.from as usize, List::ContextWord);
    let alone = m.to == m.from + 1;
    first.is_some_and(|(v, _)| v == context_word::TEST)
        && (alone || view.words(m.from as usize, m.from as usize + 1).to_lowercase() != "recherche")
}

fn on<T>(at: &mut usize, list: &[T], behind: impl Fn(&T) -> bool) {
    while list.get(*at).is_some_and(&behind) {
        *at += 1;
    }
}

fn apply(effect: Effect, a: &mut Attributes, reason: &mut bool) {
    match effect {
        Effect::Negated => a.negated = true,
        Effect::Hypothesis => a.hypothesis = true,
        Effect::Family => a.family = true,
        Effect::History => a.history = true,
        Effect::ReportedSpeech => a.reported_speech = true,
        Effect::Reason => *reason = true,
        Effect::None | Effect::Yes => {}
    }
}

// The bytes of tokens.
fn span(view: &View<'_>, from: u32, to: u32) -> Option<Span> {
    let first = view.token(from as usize)?;
    let last = view.token((to as usize).checked_sub(1)?)?;
    Some(Span::new(first.start as usize, last.end() as usize))
}
