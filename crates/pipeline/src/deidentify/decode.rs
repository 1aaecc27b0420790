//! The best sequence of states (Viterbi 1967), and how sure each unit of it is.
//!
//! Scores are integers, so the result is the same on every machine. States that lie far behind the
//! best one at a unit are given up there: a text in plain prose has one or two left at most places.

use super::features::{self, COUNT, Sign};
use super::label::{OUTSIDE, STATES};
use super::model::Model;
use super::units::Unit;

/// What decoding reuses.
#[derive(Debug, Default)]
pub(crate) struct Trellis {
    // Where each state of each unit comes from.
    from: Vec<[u8; STATES]>,
    // The states chosen.
    pub(crate) path: Vec<u8>,
    // For each unit, by how much being outside of any identifier falls short of the best state, or the
    // best other state of being outside; in units of the model.
    pub(crate) margin: Vec<(i32, u8)>,
}

// How far behind the best a state is given up, in the logarithm of odds.
const CUT: f32 = 14.0;

impl Trellis {
    /// Decodes `units`. `caution` is added, at each unit, to all states but [`OUTSIDE`]: the
    /// second in running prose, the third elsewhere at a unit that is no ordinary word.
    pub(crate) fn run(&mut self, model: &Model, units: &[Unit], signs: &[Sign], caution: [f32; 3]) {
        self.from.clear();
        self.margin.clear();
        self.path.clear();
        let cut = (CUT / model.scale) as i32;
        let caution = caution.map(|c| (c / model.scale) as i32);
        let mut now = [i32::MIN / 2; STATES];
        let mut asked = [0u32; COUNT];
        for i in 0..units.len() {
            features::of(units, signs, i, &mut asked);
            let mut emission = [0i32; STATES];
            emission.iter_mut().zip(model.score(&asked)).for_each(|(e, s)| *e = i32::from(s));
            if let Some(outside) = emission.get_mut(OUTSIDE) {
                let [plain, prose, odd] = caution;
                *outside -= match (signs.get(i), units.get(i)) {
                    (Some(s), _) if s.prose => prose,
                    (_, Some(u)) if u.is_odd() => odd,
                    _ => plain,
                };
            }
            let mut back = [0u8; STATES];
            let mut next = [i32::MIN / 2; STATES];
            if i == 0 {
                next.iter_mut().zip(&model.first).for_each(|(n, f)| *n = *f);
            } else {
                let best = now.iter().copied().max().unwrap_or(0);
                for (p, row) in model.transitions.iter().enumerate() {
                    let Some(&so_far) = now.get(p).filter(|d| **d >= best - cut) else { continue };
                    for ((n, b), t) in next.iter_mut().zip(&mut back).zip(row) {
                        let reached = so_far + t;
                        let better = reached > *n;
                        *n = if better { reached } else { *n };
                        *b = if better { p as u8 } else { *b };
                    }
                }
            }
            let base = next.iter().zip(&emission).map(|(n, e)| n + e).max().unwrap_or(0);
            // Kept near zero, so that a long text never overflows.
            now.iter_mut().zip(next.iter().zip(&emission)).for_each(|(d, (n, e))| {
                *d = (n + e - base).max(i32::MIN / 4);
            });
            self.margin.push(rival(&now));
            self.from.push(back);
        }
        self.trace(&now);
    }

    fn trace(&mut self, last: &[i32; STATES]) {
        let mut state = best(last);
        for back in self.from.iter().rev() {
            self.path.push(state as u8);
            state = usize::from(back.get(state).copied().unwrap_or(0));
        }
        self.path.reverse();
    }
}

fn best(scores: &[i32; STATES]) -> usize {
    let mut at = OUTSIDE;
    for (s, score) in scores.iter().enumerate() {
        if scores.get(at).is_none_or(|b| score > b) {
            at = s;
        }
    }
    at
}

// The best state other than outside, and its lead over it, as far as this unit knows.
fn rival(scores: &[i32; STATES]) -> (i32, u8) {
    let mut at = 1;
    for (s, score) in scores.iter().enumerate().skip(1) {
        if scores.get(at).is_none_or(|b| score > b) {
            at = s;
        }
    }
    let of = |s: usize| scores.get(s).copied().unwrap_or(0);
    (of(at) - of(OUTSIDE), at as u8)
}
