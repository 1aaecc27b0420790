//! What the tagger sees of a unit: hashes of its word, its shape, the lists, its neighbours and its
//! place on the line. The numbers of the templates are part of the model: a change here asks for a
//! new model.

use relu_text::words::{Case, Gap};

use super::hash::feature;
use super::units::{Kind, Unit};

/// Features of a unit.
pub(crate) const COUNT: usize = 36;

/// What a unit shows to its neighbours too.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sign {
    word: u32,
    shape: u32,
    lists: u32,
    // The word before the last `:` of the line, and how many units ago.
    title: u32,
    // The last word in small letters on the line, and how many units ago.
    lower: u32,
    // The first word of the run of capitals this unit is in, and how many units ago.
    run: u32,
    // Place on the line, and whether the line is in capitals.
    place: u32,
    gap: u32,
    ending: u32,
    // Whether the word stands in small letters elsewhere in the text.
    small: u32,
    /// Whether the line is running prose, where a capital in the middle is seldom a name.
    pub(crate) prose: bool,
}

/// Prepares the signs of `units`. With `blind`, the lists are not seen: in training, so that names of
/// no list are found by their shape and their place.
pub(crate) fn signs(units: &[Unit], colon: u32, blind: bool, out: &mut Vec<Sign>) {
    out.clear();
    let mut line = Line::default();
    let small = Small::of(units);
    for (i, u) in units.iter().enumerate() {
        if i == 0 || u.gap >= Gap::Line {
            line = Line::begin(units, i);
        }
        let far = |n: u32| match n {
            0..=3 => n,
            4..=6 => 4,
            _ => 5,
        };
        let last = units.get(i + 1).is_none_or(|n| n.gap >= Gap::Line);
        out.push(Sign {
            word: u.word,
            shape: shape(u),
            lists: if blind { 0 } else { u32::from(u.lists) },
            title: if line.title == 0 {
                0
            } else {
                feature(100, line.title, far(line.since_title))
            },
            lower: if line.lower == 0 {
                0
            } else {
                feature(101, line.lower, far(line.since_lower))
            },
            run: if line.run == 0 { 0 } else { feature(102, line.run, far(line.since_run)) },
            place: line.position.min(4) << 3 | u32::from(last) << 2 | line.capitals,
            gap: u.gap as u32,
            ending: u.edges.get(3).copied().unwrap_or(0),
            small: u32::from(u.kind == Kind::Word && small.holds(u.word)),
            prose: line.prose,
        });
        line.pass(u, colon);
    }
}

#[derive(Default)]
struct Line {
    position: u32,
    capitals: u32,
    prose: bool,
    title: u32,
    since_title: u32,
    lower: u32,
    since_lower: u32,
    before: u32,
    run: u32,
    since_run: u32,
}

// The words that a text holds in small letters, as a filter of bits (Bloom 1970, one hash).
struct Small([u64; 256]);

impl Small {
    fn of(units: &[Unit]) -> Small {
        let mut bits = [0u64; 256];
        for u in units.iter().filter(|u| u.kind == Kind::Word && u.case == Case::Lower) {
            if let Some(cell) = bits.get_mut((u.word >> 6) as usize & 255) {
                *cell |= 1 << (u.word & 63);
            }
        }
        Small(bits)
    }

    fn holds(&self, word: u32) -> bool {
        self.0.get((word >> 6) as usize & 255).is_some_and(|cell| cell >> (word & 63) & 1 == 1)
    }
}

impl Line {
    fn begin(units: &[Unit], from: usize) -> Line {
        let (mut upper, mut words, mut lower) = (0u32, 0u32, 0u32);
        for u in
            units.iter().skip(from).enumerate().take_while(|(k, u)| *k == 0 || u.gap < Gap::Line)
        {
            if u.1.kind == Kind::Word && u.1.length > 1 {
                words += 1;
                upper += u32::from(u.1.case == Case::Upper);
                lower += u32::from(u.1.case == Case::Lower);
            }
        }
        let capitals = match (upper, words) {
            (_, 0..=2) => 0,
            (u, w) if u * 4 >= w * 3 => 3,
            (u, w) if u * 3 >= w => 2,
            _ => 1,
        };
        Line { capitals, prose: words >= 25 && lower * 4 >= words * 3, ..Line::default() }
    }

    fn pass(&mut self, u: &Unit, colon: u32) {
        self.position += 1;
        (self.since_title, self.since_lower) = (self.since_title + 1, self.since_lower + 1);
        self.since_run += 1;
        if u.kind == Kind::Mark {
            if u.word == colon && self.before != 0 {
                (self.title, self.since_title) = (self.before, 0);
            }
            return;
        }
        if u.kind == Kind::Number {
            self.run = 0;
        } else {
            self.before = u.word;
            // Particles and small words do not end a run; a longer word in small letters does.
            if u.case == Case::Lower && u.length > 3 {
                self.run = 0;
            } else if u.case != Case::Lower && self.run == 0 {
                (self.run, self.since_run) = (u.word, 0);
            }
            if u.case == Case::Lower && u.length > 1 {
                (self.lower, self.since_lower) = (u.word, 0);
            }
        }
    }
}

fn shape(u: &Unit) -> u32 {
    let length = match u.length {
        0..=3 => u32::from(u.length),
        4..=6 => 4,
        7..=10 => 5,
        _ => 6,
    };
    match u.kind {
        Kind::Word => (u.case as u32) << 3 | length,
        Kind::Mark => u.word | 0x8000_0000,
        Kind::Number => 0x100 + u.word,
    }
}

/// The features of unit `i`.
#[inline]
pub(crate) fn of(units: &[Unit], signs: &[Sign], i: usize, out: &mut [u32; COUNT]) {
    const NONE: Sign = Sign {
        word: 1,
        shape: 7,
        lists: 0,
        title: 0,
        lower: 0,
        run: 0,
        place: 0,
        gap: 7,
        ending: 0,
        small: 0,
        prose: false,
    };
    let at = |k: usize| signs.get(k).copied().unwrap_or(NONE);
    let before = |n: usize| i.checked_sub(n).map_or(NONE, at);
    let (a3, a2, a1, s, b1, b2) = (before(3), before(2), before(1), at(i), at(i + 1), at(i + 2));
    let edges = units.get(i).map_or([0; 5], |u| u.edges);
    let case = s.shape & 0x18;
    *out = [
        feature(0, s.word, 0),
        feature(1, a1.word, 0),
        feature(2, b1.word, 0),
        feature(3, a2.word, 0),
        feature(4, b2.word, 0),
        feature(5, a1.word, s.word),
        feature(6, s.word, b1.word),
        feature(7, s.shape, s.place & 3),
        feature(8, a1.shape, s.shape),
        feature(9, s.shape, b1.shape),
        feature(10, feature(0, a1.shape, s.shape), b1.shape),
        feature(11, feature(0, a2.shape, a1.shape), s.shape),
        feature(12, feature(0, s.shape, b1.shape), b2.shape),
        feature(13, edges[1], case),
        feature(14, edges[2], case),
        feature(15, edges[3], case),
        feature(16, edges[4], case),
        feature(17, s.lists, s.shape),
        feature(18, feature(a1.lists, s.lists, s.shape), a1.shape),
        feature(19, feature(b1.lists, s.lists, s.shape), b1.shape),
        feature(20, feature(a1.lists, s.lists, b1.lists), s.place & 3),
        feature(21, s.gap << 4 | b1.gap, s.shape),
        feature(22, s.title, s.shape),
        feature(23, s.lower, s.shape),
        feature(24, a1.word, s.shape),
        feature(25, b1.word, s.shape),
        feature(26, feature(0, a2.word, a1.word), s.shape),
        feature(27, s.place, s.shape),
        feature(28, feature(0, b1.word, b2.word), s.shape),
        feature(29, a1.ending, s.shape),
        feature(30, a3.word, feature(0, a2.shape, a1.shape)),
        feature(31, feature(a1.word, a1.gap, s.gap), feature(b1.word, b1.gap, s.shape)),
        feature(32, s.run, s.shape),
        feature(33, a1.word, s.lists << 6 | case),
        feature(34, b1.word, s.lists << 6 | case),
        feature(35, s.small << 16 | s.lists, s.shape),
    ];
}
