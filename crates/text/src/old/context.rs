//! Context: negated, supposed, about a relative, past, or said by somebody else.
//!
//! Method of NegEx and ConText: cues before or after a mention, in its sentence, whose reach is cut
//! by a cue that ends the scope; a longer pseudo-cue hides the cue it holds. Cues are data
//! (`rules/context.toml`); those that decide are kept as evidence.

use relu_record::Attributes;
use serde::Deserialize;

use crate::old::terms::{Hit, Meaning, TermList};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CueFile {
    cue: Vec<CueRule>,
}

/// A family of cues with one effect.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct CueRule {
    pub(crate) code: String,
    effect: Effect,
    side: Side,
    #[serde(default)]
    max_words: usize,
    pub(crate) why: String,
    pub(crate) source: String,
    terms: Vec<String>,
    pub(crate) matches: Vec<String>,
    pub(crate) rejects: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Effect {
    Negated,
    Hypothesis,
    Family,
    History,
    ReportedSpeech,
    /// Hides the cues it holds.
    None,
    /// Cuts the reach of the others.
    End,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Side {
    Before,
    After,
    Both,
}

/// Compiled cue rules.
#[derive(Default)]
pub(crate) struct Cues {
    rules: Vec<CueRule>,
}

impl Cues {
    /// Compiles the file; the terms go into the common automaton.
    pub(crate) fn compile(file: &str, terms: &mut TermList) -> Result<Cues, toml::de::Error> {
        let rules = toml::from_str::<CueFile>(file)?.cue;
        for (i, rule) in rules.iter().enumerate() {
            for term in &rule.terms {
                terms.add(term, Meaning::Cue(i as u32), false);
            }
        }
        Ok(Cues { rules })
    }

    /// The cues among `hits` that count, in order: not those inside a longer cue, nor those that a
    /// pseudo-cue touches. Hits are sorted by start, longest first.
    pub(crate) fn visible(&self, hits: &[Hit]) -> Vec<Hit> {
        let mut whole: Vec<Hit> = Vec::new();
        let mut reach = 0;
        for h in hits.iter().filter(|h| matches!(h.meaning, Meaning::Cue(_))) {
            let same = whole.last().is_some_and(|k| (k.start, k.end) == (h.start, h.end));
            if same || h.end > reach {
                whole.push(*h);
            }
            reach = reach.max(h.end);
        }
        let of = |h: &Hit, effect| self.rule(h).is_some_and(|r| r.effect == effect);
        let pseudo: Vec<Hit> = whole.iter().filter(|h| of(h, Effect::None)).copied().collect();
        let hidden = |h: &Hit| {
            // A cue of exactly the same words means to count beside the pseudo-cue.
            pseudo
                .iter()
                .any(|p| p.start < h.end && h.start < p.end && (p.start, p.end) != (h.start, h.end))
        };
        whole.into_iter().filter(|h| !hidden(h)).collect()
    }

    /// The context of the words `start..end` of `folded`, given the visible cues of their sentence,
    /// with the cues that decided. `within` lets cues inside the words count.
    pub(crate) fn qualify(
        &self,
        folded: &str,
        cues: &[Hit],
        (start, end): (usize, usize),
        within: bool,
    ) -> (Attributes, Vec<(usize, usize)>) {
        let mut attributes = Attributes::default();
        let mut decided = Vec::new();
        let ends: Vec<&Hit> =
            cues.iter().filter(|c| self.rule(c).is_some_and(|r| r.effect == Effect::End)).collect();
        for cue in cues {
            let Some(rule) = self.rule(cue) else { continue };
            let inside = cue.start < end && start < cue.end;
            let (gap, side_fits) = if inside {
                ((0, 0), within && cue.start >= start && cue.end <= end)
            } else if cue.end <= start {
                ((cue.end, start), rule.side != Side::After)
            } else {
                ((end, cue.start), rule.side != Side::Before)
            };
            let cut = ends.iter().any(|e| e.start >= gap.0 && e.end <= gap.1 && gap.0 < gap.1);
            // A cue after its mention reaches one item of a list, not the ones before it.
            let listed =
                cue.start >= end && folded.get(gap.0..gap.1).is_some_and(|t| t.contains(','));
            let cut = cut || (listed && rule.side == Side::After);
            let near = rule.max_words == 0 || words(folded, gap) <= rule.max_words;
            if side_fits && !cut && near && apply(rule.effect, &mut attributes) {
                decided.push((cue.start, cue.end));
            }
        }
        decided.dedup();
        (attributes, decided)
    }

    fn rule(&self, hit: &Hit) -> Option<&CueRule> {
        match hit.meaning {
            Meaning::Cue(i) => self.rules.get(i as usize),
            _ => None,
        }
    }

    /// The rules, for their page and their tests.
    pub(crate) fn rules(&self) -> &[CueRule] {
        &self.rules
    }
}

#[cfg(test)]
impl CueRule {
    pub(crate) fn effect(&self) -> Effect {
        self.effect
    }
}

fn words(text: &str, (from, to): (usize, usize)) -> usize {
    text.get(from..to).map_or(0, |t| t.split_whitespace().count())
}

// Whether the effect marks something.
fn apply(effect: Effect, a: &mut Attributes) -> bool {
    match effect {
        Effect::Negated => a.negated = true,
        Effect::Hypothesis => a.hypothesis = true,
        Effect::Family => a.family = true,
        Effect::History => a.history = true,
        Effect::ReportedSpeech => a.reported_speech = true,
        Effect::None | Effect::End => return false,
    }
    true
}
