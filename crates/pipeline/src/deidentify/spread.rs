//! The same name elsewhere in the text: what the tagger is sure of in one place is masked in others.
//!
//! Only words of four letters or more that stand capitalised in both places, and that never stand in
//! small letters in the text: `Rose` the patient does not take `rose` the colour with her.

use relu_record::Span;
use relu_text::words::Case;

use super::units::{Kind, Unit};
use super::{Identifier, Label, Source};

/// The sure names of a text so far.
#[derive(Debug, Default)]
pub(crate) struct Spread {
    names: Vec<(u32, Label)>,
}

// Names kept; a text with more is a list of people, where each has a line of its own.
const MOST: usize = 64;
const SURE: f32 = 0.9;

impl Spread {
    /// Forgets the last text.
    pub(crate) fn clear(&mut self) {
        self.names.clear();
    }

    /// Keeps the sure names among `found`.
    pub(crate) fn learn(&mut self, units: &[Unit], found: &[Identifier]) {
        let mut at = 0;
        for f in found.iter().filter(|f| f.label.is_name() && f.certainty >= SURE) {
            while units.get(at).is_some_and(|u| (u.start as usize) < f.span.start) {
                at += 1;
            }
            let inside = units.iter().skip(at).take_while(|u| (u.end as usize) <= f.span.end);
            for u in inside.filter(|u| long(u)) {
                let known = self.names.iter().any(|(w, _)| *w == u.word);
                if !known && self.names.len() < MOST {
                    self.names.push((u.word, f.label));
                }
            }
        }
    }

    /// Adds to `found`, from `from` on, the units that hold a sure name and are not yet found.
    pub(crate) fn apply(&self, units: &[Unit], from: usize, found: &mut Vec<Identifier>) {
        if self.names.is_empty() {
            return;
        }
        let before = found.len();
        let mut taken = from;
        for u in units.iter().filter(|u| long(u)) {
            let Some((word, label)) = self.names.iter().find(|(w, _)| *w == u.word) else {
                continue;
            };
            let span = Span::new(u.start as usize, u.end as usize);
            while found.get(taken).is_some_and(|f| f.span.end <= span.start) && taken < before {
                taken += 1;
            }
            let covered =
                taken < before && found.get(taken).is_some_and(|f| f.span.start < span.end);
            let small = || {
                units
                    .iter()
                    .any(|o| o.word == *word && o.case == Case::Lower && o.kind == Kind::Word)
            };
            if !covered && !small() {
                found.push(Identifier {
                    span,
                    label: *label,
                    certainty: 0.8,
                    source: Source::Repeated,
                });
            }
        }
        if found.len() > before
            && let Some(new) = found.get_mut(from..)
        {
            new.sort_by_key(|f| f.span.start);
        }
    }
}

fn long(u: &Unit) -> bool {
    u.kind == Kind::Word && u.length >= 4 && u.case != Case::Lower
}
