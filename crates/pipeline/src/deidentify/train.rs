//! Training of the tagger: a linear-chain conditional random field (Lafferty, McCallum, Pereira
//! 2001) over the hashed features, by stochastic gradient with steps per weight (AdaGrad, Duchi 2011).
//!
//! Shape: [`train`] takes labelled texts in a fixed order and gives the bytes of a model. One thread,
//! own exponential, no clock: the same texts and settings give the same bytes. Words of no list are
//! found because the lists are hidden in part of the texts (`blind`).

use relu_text::words::{Scanner, Token};

use super::features::{self, COUNT, Sign};
use super::gazetteer::{Gazetteers, Lists};
use super::hash::hash;
use super::label::{self, Label, OUTSIDE, STATES};
use super::model::{Model, Row};
use super::rules::Rules;
use super::units::{Reader, Unit};

/// A text with its identifiers: byte spans in order, without overlap.
#[derive(Clone, Debug, Default)]
pub struct Example {
    /// The text.
    pub text: String,
    /// First byte, one past the last, label.
    pub spans: Vec<(usize, usize, Label)>,
    /// Whether the lists are hidden.
    pub blind: bool,
}

/// How the training goes.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// Times each text is seen.
    pub passes: usize,
    /// Texts in which a feature must stand to be kept.
    pub least: u32,
    /// First step.
    pub step: f32,
    /// Pull towards zero.
    pub decay: f32,
    /// Features left out at random, in a thousand: the tagger then leans on no single one.
    pub dropout: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Settings { passes: 3, least: 16, step: 0.2, decay: 2e-5, dropout: 150 }
    }
}

// A text as the trainer keeps it.
struct Sequence {
    // COUNT rows for each unit; u32::MAX where the feature is not kept.
    rows: Vec<u32>,
    states: Vec<u8>,
}

/// Trains on `examples`; `progress` hears of each pass: its number and the loss per unit.
pub fn train(
    lists: Lists<'_>,
    examples: &[Example],
    settings: Settings,
    mut progress: impl FnMut(usize, f32),
) -> Result<Vec<u8>, String> {
    let rules = Rules::shipped()?;
    let gazetteers = Gazetteers::new(lists);
    let scanner = Scanner::default();
    let reader = Reader { rules: &rules, gazetteers: &gazetteers, scanner: &scanner };
    let (keys, sequences) = prepare(&reader, examples, settings.least);
    let mut field = Field::new(keys.len());
    let mut rows = Vec::new();
    // The model is the mean of the weights at the fourths of the last pass: what the last few texts
    // pulled to and fro cancels out (Polyak and Juditsky 1992).
    let mut mean = Mean::default();
    for pass in 0..settings.passes {
        let mut loss = 0.0f64;
        let mut units = 0usize;
        for k in 0..sequences.len() {
            // Another order at each pass, the same every time: a walk by a step that is prime to the
            // number of texts.
            let stride = [7919usize, 104_729, 15_485_863].get(pass % 3).copied().unwrap_or(7919);
            let at = (k.wrapping_mul(stride) + pass * 31) % sequences.len();
            let Some(s) = sequences.get(at) else { continue };
            let salt = hash(&[(at as u64).to_le_bytes(), (pass as u64).to_le_bytes()].concat());
            thin(&s.rows, salt, settings.dropout, &mut rows);
            loss += f64::from(field.learn(&rows, &s.states, settings));
            units += s.states.len();
            if pass + 1 == settings.passes && (k + 1) % (sequences.len() / SNAPSHOTS).max(1) == 0 {
                mean.add(&field);
            }
        }
        progress(pass, (loss / units.max(1) as f64) as f32);
    }
    Ok(mean.of(field).finish(&keys))
}

// Weights looked at for the mean.
const SNAPSHOTS: usize = 4;
// Features a model may keep: those of the largest weights. At 36 bytes each, under 8 MB.
const MOST_FEATURES: usize = 210_000;

// Sums of weights.
#[derive(Default)]
struct Mean {
    taken: f32,
    weights: Vec<Wide>,
    transitions: Vec<Wide>,
    first: Vec<Wide>,
}

impl Mean {
    fn add(&mut self, field: &Field) {
        let sum = |to: &mut Vec<Wide>, from: &[Wide]| {
            to.resize(from.len(), [0.0; STATES]);
            for (t, f) in to.iter_mut().flatten().zip(from.iter().flatten()) {
                *t += f;
            }
        };
        sum(&mut self.weights, &field.weights);
        sum(&mut self.transitions, &field.transitions);
        sum(&mut self.first, &[field.first]);
        self.taken += 1.0;
    }

    // The field with the mean in the place of its weights.
    fn of(self, mut field: Field) -> Field {
        if self.taken > 0.0 {
            let put = |to: &mut [Wide], from: &[Wide]| {
                for (t, f) in to.iter_mut().flatten().zip(from.iter().flatten()) {
                    *t = f / self.taken;
                }
            };
            put(&mut field.weights, &self.weights);
            put(&mut field.transitions, &self.transitions);
            put(std::slice::from_mut(&mut field.first), &self.first);
        }
        field
    }
}

// The features of a text without some of them.
fn thin(all: &[u32], salt: u32, dropout: u32, rows: &mut Vec<u32>) {
    let mut dice = salt;
    rows.clear();
    rows.extend(all.iter().map(|f| {
        // Xorshift (Marsaglia 2003).
        dice ^= dice << 13;
        dice ^= dice >> 17;
        dice ^= dice << 5;
        if dice % 1000 < dropout { u32::MAX } else { *f }
    }));
}

// The features kept, in rising order, and the texts in their terms.
fn prepare(reader: &Reader<'_>, examples: &[Example], least: u32) -> (Vec<u32>, Vec<Sequence>) {
    let (mut tokens, mut units, mut signs) = (Vec::new(), Vec::new(), Vec::new());
    let mut all: Vec<u32> = Vec::new();
    let mut asked = [0; COUNT];
    // Twice over the texts: to count, then to write.
    let mut counts: Vec<u8> = vec![0; 1 << 26];
    for e in examples {
        read(reader, e, &mut tokens, &mut units, &mut signs);
        all.clear();
        for i in 0..units.len() {
            features::of(&units, &signs, i, &mut asked);
            all.extend(asked);
        }
        all.sort_unstable();
        all.dedup();
        for f in &all {
            if let Some(c) = counts.get_mut((*f >> 6) as usize) {
                *c = c.saturating_add(1);
            }
        }
    }
    let kept = |f: u32| counts.get((f >> 6) as usize).is_some_and(|c| u32::from(*c) >= least);
    let mut keys: Vec<u32> = Vec::new();
    let mut sequences = Vec::with_capacity(examples.len());
    for e in examples {
        read(reader, e, &mut tokens, &mut units, &mut signs);
        let mut rows = Vec::with_capacity(units.len() * COUNT);
        for i in 0..units.len() {
            features::of(&units, &signs, i, &mut asked);
            rows.extend(asked.iter().map(|f| if kept(*f) { *f } else { 0 }));
        }
        keys.extend(rows.iter().filter(|f| **f != 0));
        if keys.len() > 1 << 24 {
            keys.sort_unstable();
            keys.dedup();
        }
        sequences.push(Sequence { rows, states: states(&units, &e.spans) });
    }
    keys.sort_unstable();
    keys.dedup();
    for s in &mut sequences {
        for f in &mut s.rows {
            *f = keys.binary_search(f).map_or(u32::MAX, |at| at as u32);
        }
    }
    (keys, sequences)
}

fn read(
    reader: &Reader<'_>,
    e: &Example,
    tokens: &mut Vec<Token>,
    units: &mut Vec<Unit>,
    signs: &mut Vec<Sign>,
) {
    reader.read(&e.text, tokens, units);
    features::signs(units, hash(b":"), e.blind, signs);
}

/// The states that say `spans`.
fn states(units: &[Unit], spans: &[(usize, usize, Label)]) -> Vec<u8> {
    let mut spans = spans.iter().peekable();
    let mut inside: Option<(usize, usize)> = None;
    units
        .iter()
        .map(|u| {
            let (start, end) = (u.start as usize, u.end as usize);
            if let Some((until, state)) = inside {
                if start < until {
                    return (state + 1) as u8;
                }
                inside = None;
            }
            while spans.peek().is_some_and(|s| s.1 <= start) {
                spans.next();
            }
            let Some((_, to, label)) = spans.peek().filter(|s| s.0 < end) else {
                return OUTSIDE as u8;
            };
            let Some(state) = label::begin(*label) else { return OUTSIDE as u8 };
            inside = Some((*to, state));
            state as u8
        })
        .collect()
}

type Wide = [f32; STATES];

struct Field {
    weights: Vec<Wide>,
    // Sums of squared gradients.
    squares: Vec<Wide>,
    transitions: [Wide; STATES],
    transition_squares: [Wide; STATES],
    first: Wide,
    // Reused.
    emissions: Vec<Wide>,
    forward: Vec<Wide>,
    backward: Vec<Wide>,
}

const FORBIDDEN: f32 = -60.0;

impl Field {
    fn new(features: usize) -> Field {
        let mut transitions = [[0.0; STATES]; STATES];
        for (p, row) in transitions.iter_mut().enumerate() {
            for (s, w) in row.iter_mut().enumerate() {
                *w = if label::may_follow(p, s) { 0.0 } else { FORBIDDEN };
            }
        }
        let mut first = [0.0; STATES];
        for (s, w) in first.iter_mut().enumerate() {
            *w = if label::may_follow(OUTSIDE, s) { 0.0 } else { FORBIDDEN };
        }
        Field {
            weights: vec![[0.0; STATES]; features],
            squares: vec![[0.0; STATES]; features],
            transitions,
            transition_squares: [[0.0; STATES]; STATES],
            first,
            emissions: Vec::new(),
            forward: Vec::new(),
            backward: Vec::new(),
        }
    }

    // One step on one text; its loss.
    fn learn(&mut self, rows: &[u32], states: &[u8], settings: Settings) -> f32 {
        let n = states.len();
        if n == 0 {
            return 0.0;
        }
        let jumps = self.transitions.map(|row| row.map(exp));
        self.emissions.clear();
        let mut loss = 0.0;
        for (rows, gold) in rows.chunks_exact(COUNT).zip(states) {
            let mut sum = [0.0; STATES];
            for row in rows.iter().filter_map(|f| self.weights.get(*f as usize)) {
                sum.iter_mut().zip(row).for_each(|(s, w)| *s += w);
            }
            let most = sum.iter().copied().fold(f32::MIN, f32::max);
            loss -= sum.get(usize::from(*gold)).copied().unwrap_or(0.0) - most;
            self.emissions.push(sum.map(|w| exp(w - most)));
        }
        // Forward, each unit scaled to one.
        self.forward.clear();
        let mut before: Wide = self.first.map(exp);
        for (i, e) in self.emissions.iter().enumerate() {
            let mut here = if i == 0 { before } else { [0.0; STATES] };
            if i > 0 {
                for (a, row) in before.iter().zip(&jumps).filter(|(a, _)| **a > 1e-12) {
                    here.iter_mut().zip(row).for_each(|(h, j)| *h += a * j);
                }
            }
            here.iter_mut().zip(e).for_each(|(h, e)| *h *= e);
            let total = here.iter().sum::<f32>().max(1e-30);
            loss += ln(total);
            here.iter_mut().for_each(|h| *h /= total);
            self.forward.push(here);
            before = here;
        }
        for pair in states.windows(2) {
            if let [p, q] = pair {
                loss -= self.transitions[usize::from(*p)][usize::from(*q)];
            }
        }
        // Backward, and what the field expects of each pair.
        self.backward.clear();
        self.backward.resize(n, [1.0; STATES]);
        let mut expected = [[0.0f32; STATES]; STATES];
        for i in (1..n).rev() {
            let (e, b, f) = (self.emissions[i], self.backward[i], self.forward[i - 1]);
            let mut ahead = [0.0; STATES];
            ahead.iter_mut().zip(e.iter().zip(&b)).for_each(|(a, (e, b))| *a = e * b);
            let mut here = [0.0; STATES];
            for (h, row) in here.iter_mut().zip(&jumps) {
                let mut sum = 0.0;
                row.iter().zip(&ahead).for_each(|(j, a)| sum += j * a);
                *h = sum;
            }
            let z = f.iter().zip(&here).map(|(f, h)| f * h).sum::<f32>().max(1e-30);
            for ((f, row), jump) in f.iter().zip(&mut expected).zip(&jumps) {
                let share = f / z;
                if share > 1e-12 {
                    row.iter_mut()
                        .zip(jump.iter().zip(&ahead))
                        .for_each(|(x, (j, a))| *x += share * j * a);
                }
            }
            let most = here.iter().copied().fold(0.0, f32::max).max(1e-30);
            self.backward[i - 1] = here.map(|h| h / most);
        }
        self.update(rows, states, &expected, settings);
        loss
    }

    fn update(
        &mut self,
        rows: &[u32],
        states: &[u8],
        expected: &[Wide; STATES],
        settings: Settings,
    ) {
        for (i, (rows, gold)) in rows.chunks_exact(COUNT).zip(states).enumerate() {
            let mut gradient = [0.0; STATES];
            let pairs = self.forward[i].iter().zip(&self.backward[i]);
            gradient.iter_mut().zip(pairs).for_each(|(g, (f, b))| *g = f * b);
            let z = gradient.iter().sum::<f32>().max(1e-30);
            gradient.iter_mut().for_each(|g| *g = -*g / z);
            gradient[usize::from(*gold)] += 1.0;
            // What is already right teaches nothing.
            if gradient.iter().all(|g| g.abs() < 1e-3) {
                continue;
            }
            for f in rows.iter().filter(|f| **f != u32::MAX) {
                let at = *f as usize;
                let (Some(w), Some(q)) = (self.weights.get_mut(at), self.squares.get_mut(at))
                else {
                    continue;
                };
                climb(w, q, &gradient, settings);
            }
        }
        let mut seen = [[0.0f32; STATES]; STATES];
        for pair in states.windows(2) {
            if let [p, q] = pair {
                seen[usize::from(*p)][usize::from(*q)] += 1.0;
            }
        }
        for p in 0..STATES {
            let mut gradient = [0.0; STATES];
            for (q, g) in gradient.iter_mut().enumerate() {
                if label::may_follow(p, q) {
                    *g = seen[p][q] - expected[p][q];
                }
            }
            climb(&mut self.transitions[p], &mut self.transition_squares[p], &gradient, settings);
        }
    }

    // The weights as small integers.
    fn finish(self, keys: &[u32]) -> Vec<u8> {
        let most = self.weights.iter().flatten().fold(0.0f32, |m, w| m.max(w.abs()));
        let scale = (most.min(8.0) / 127.0).max(1e-6);
        let mut features: Vec<(u32, Row)> = keys
            .iter()
            .zip(&self.weights)
            .map(|(key, row)| (*key, row.map(|w| (w / scale).round().clamp(-127.0, 127.0) as i8)))
            // A row that says next to nothing is left out.
            .filter(|(_, row)| row.iter().any(|w| w.unsigned_abs() > 3))
            .collect();
        if features.len() > MOST_FEATURES {
            let weight = |row: &Row| row.iter().map(|w| u32::from(w.unsigned_abs())).max();
            features.sort_by_key(|(key, row)| (std::cmp::Reverse(weight(row)), *key));
            features.truncate(MOST_FEATURES);
            features.sort_by_key(|(key, _)| *key);
        }
        let whole = |w: f32| (w / scale).round().clamp(-32_000.0, 32_000.0) as i16;
        let transitions: Vec<[i16; STATES]> =
            self.transitions.iter().map(|row| row.map(whole)).collect();
        Model::write(scale, &features, &transitions, &self.first.map(whole))
    }
}

fn climb(weights: &mut Wide, squares: &mut Wide, gradient: &Wide, settings: Settings) {
    for ((w, q), g) in weights.iter_mut().zip(squares.iter_mut()).zip(gradient) {
        *q += g * g;
        *w += settings.step * g / (1e-2 + *q).sqrt() - settings.decay * *w;
    }
}

// e^x by hand: the library's differs from machine to machine. Relative error below 1e-6 (reduction
// in two parts, Cody and Waite 1980).
fn exp(x: f32) -> f32 {
    let x = x.clamp(-80.0, 80.0);
    let whole = (x * std::f32::consts::LOG2_E).round();
    let r = (x - whole * 0.693_359_4) - whole * -2.121_944_4e-4;
    let series = 1.0
        + r * (1.0
            + r * (0.5 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    f32::from_bits(((whole as i32 + 127) as u32) << 23) * series
}

// Only for the loss that is shown.
fn ln(x: f32) -> f32 {
    x.ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exponential_is_close() {
        for i in -400..=400 {
            let x = i as f32 / 20.0;
            assert!((exp(x) / x.exp() - 1.0).abs() < 1e-6, "{x}");
        }
    }

    #[test]
    fn a_pattern_is_learnt_and_the_bytes_are_the_same() {
        let mut examples = Vec::new();
        for (i, name) in ["Zorvane", "Quilimbo", "Tarsk", "Ombrevel", "Fandor"].iter().enumerate() {
            for verb in ["revu par", "adressé par", "opéré par"] {
                let text = format!("Patient {verb} Dr {name} hier numéro {i}.");
                let at = text.find(name).unwrap();
                examples.push(Example {
                    spans: vec![(at, at + name.len(), Label::Nom)],
                    text,
                    blind: i % 2 == 0,
                });
            }
        }
        let lists = Lists { first_names: "", surnames: "", towns: "", words: "", hospitals: "" };
        let settings = Settings { passes: 20, least: 2, dropout: 0, ..Settings::default() };
        let once = train(lists, &examples, settings, |_, _| ()).unwrap();
        assert_eq!(once, train(lists, &examples, settings, |_, _| ()).unwrap());
        let found = crate::deidentify::Deidentifier::new(&once, lists).unwrap();
        let text = "Patient suivi par Dr Malvignac hier.";
        let spans: Vec<_> = found
            .find(text)
            .into_iter()
            .map(|i| (&text[i.span.start..i.span.end], i.label))
            .collect();
        assert_eq!(spans, [("Malvignac", Label::Nom)]);
    }
}
