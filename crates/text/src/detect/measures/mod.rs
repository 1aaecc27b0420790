//! Measured quantities and results: name, operator, number or range, unit, reference range, flag.
//!
//! A name comes before its number (`Poids : 65 kg`, `Hémoglobine …… 13,2 g/dL 13,0 - 17,0`), several
//! names before theirs (`poids / taille : 57 / 170`, a heading and the line below), or the unit alone
//! tells what is measured (`50 kg`, `2.0cm x 3cm`, `130/80 mmHg`). Labels: `quantity` for what is
//! weighed and measured on a patient, `result` for analyses. What a test says in a word (`hémocultures
//! négatives`) is in [`findings`]; tables drawn with bars are in [`super::tables`].
//!
//! Data: `rules/units.toml`, `rules/measures.toml`, `rules/findings.toml`. One pass over the tokens;
//! names are met on the way through the sorted hits and the last few are kept.

mod cells;
mod emit;
pub(crate) mod findings;
pub(crate) mod names;
mod numbers;
mod reading;
mod series;
mod several;
pub(crate) mod unit_file;
pub(crate) mod units;

use serde::{Deserialize, Serialize};

use crate::detect::tables::Grid;
use crate::found::Sink;
use crate::lists::List;
use crate::phrases::{Hit, Meaning};
use crate::strings::Str;
use crate::view::View;
use findings::Findings;
use names::Name;
use reading::Reading;
use units::Units;

/// Compiled rules of measures.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Measures {
    pub(crate) units: Units,
    pub(crate) names: Vec<Name>,
    pub(crate) findings: Findings,
    /// Label of the drugs of the lexicons.
    pub(crate) drug: Str,
}

/// Number of the first test, and of the first qualitative value, among [`Meaning::Measure`].
pub(crate) const TESTS: u32 = 100_000;
pub(crate) const VALUES: u32 = 200_000;

const KEPT: usize = 8;

/// The last names met, latest first asked for.
#[derive(Clone, Copy, Default)]
struct Met {
    hits: [Option<(Hit, u32)>; KEPT],
    next: usize,
}

impl Met {
    fn push(&mut self, hit: Hit, name: u32) {
        // Of two names that overlap the longer one stays; one inside another is part of it.
        if let Some((last, _)) = self.back(0) {
            if hit.from == last.from && hit.to > last.to {
                self.next = (self.next + KEPT - 1) % KEPT;
            } else if hit.from < last.to {
                return;
            }
        }
        if let Some(slot) = self.hits.get_mut(self.next) {
            *slot = Some((hit, name));
        }
        self.next = (self.next + 1) % KEPT;
    }

    fn back(&self, n: usize) -> Option<(Hit, u32)> {
        if n >= KEPT {
            return None;
        }
        self.hits.get((self.next + 2 * KEPT - 1 - n) % KEPT).copied().flatten()
    }
}

/// Finds them.
pub(crate) fn find(view: &View<'_>, sink: &mut Sink) {
    let mut state = State::default();
    let number_words = 1u64 << List::NumberWord as u64;
    let mut done = 0;
    for i in view.landmarks.counted.iter().map(|i| *i as usize) {
        let Some(t) = view.token(i) else { break };
        let starts = t.is_digits()
            || t.is_mark(crate::tokens::mark::HALF)
            || t.is_word()
                && (2..=9).contains(&t.len())
                && view.starts(i) & number_words != 0
                && view.counts_on(i);
        if !starts || i < done {
            continue;
        }
        state.advance(view, i, sink);
        if let Some(next) = (Reading { view, state: &mut state }).number_at(i, sink) {
            done = next;
            state.done = next;
        }
    }
    state.advance(view, view.tokens.len(), sink);
}

/// Where the pass is.
#[derive(Default)]
struct State {
    // Next hit of `view.terms`.
    hit: usize,
    names: Met,
    // Tests and names, for qualitative values.
    tests: Met,
    // Token after the last drug.
    drug: usize,
    grid: Grid,
    // Token after the last number read.
    done: usize,
}

impl State {
    fn is_drug(&self, view: &View<'_>, hit: &Hit) -> bool {
        let Meaning::Lexeme(n) = hit.meaning else { return false };
        let label = view.rules.origins.get(n as usize).map(|o| o.label);
        label == Some(view.rules.measures.drug)
    }

    // Meets the hits that begin before token `i`.
    fn advance(&mut self, view: &View<'_>, i: usize, sink: &mut Sink) {
        while let Some(&hit) = view.terms.get(self.hit).filter(|h| (h.from as usize) < i) {
            self.hit += 1;
            match hit.meaning {
                Meaning::Measure(n) if n >= VALUES => {
                    // The longest value at one place.
                    let longer = view.terms.get(self.hit..).unwrap_or_default().iter();
                    let longer = longer
                        .take_while(|h| h.from == hit.from)
                        .any(|h| matches!(h.meaning, Meaning::Measure(m) if m >= VALUES));
                    if !longer {
                        findings::value(view, &self.tests, hit, n - VALUES, sink);
                    }
                }
                Meaning::Measure(n) => {
                    if n < TESTS {
                        self.names.push(hit, n);
                    }
                    self.tests.push(hit, n);
                }
                _ if self.is_drug(view, &hit) => self.drug = self.drug.max(hit.to as usize),
                _ => {}
            }
        }
    }
}
