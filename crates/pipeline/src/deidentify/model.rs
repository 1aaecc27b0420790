//! The model: a row of weights for each feature kept, and the weights of one state after another.
//!
//! Bytes: `RLDEID` and a version byte, the scale as a 32-bit float, how many features, their hashes
//! in rising order, then a row of [`STATES`] signed bytes each, the weights of transitions and of
//! first states as 16-bit integers; all little-endian. A weight is an integer times the scale.

use super::features::COUNT;
use super::label::STATES;

/// A row of weights.
pub(crate) type Row = [i8; STATES];

/// The model, ready for look-ups.
#[derive(Clone, Debug, Default)]
pub(crate) struct Model {
    pub(crate) scale: f32,
    // Key and row of each slot; key 0 is empty.
    slots: Vec<(u32, u32)>,
    rows: Vec<Row>,
    pub(crate) transitions: Vec<[i32; STATES]>,
    pub(crate) first: Vec<i32>,
}

const MAGIC: &[u8; 7] = b"RLDEID\x01";

impl Model {
    /// Reads a model; `None` when the bytes are not one.
    pub(crate) fn read(bytes: &[u8]) -> Option<Model> {
        let mut rest = bytes.strip_prefix(MAGIC.as_slice())?;
        let scale = f32::from_le_bytes(take(&mut rest)?);
        let count = u32::from_le_bytes(take(&mut rest)?) as usize;
        let keys: Vec<u32> = rest
            .get(..count.checked_mul(4)?)?
            .chunks_exact(4)
            .filter_map(|c| Some(u32::from_le_bytes(c.try_into().ok()?)))
            .collect();
        rest = rest.get(count * 4..)?;
        let rows: Vec<Row> = rest
            .get(..count.checked_mul(STATES)?)?
            .chunks_exact(STATES)
            .map(|c| {
                let mut row = [0i8; STATES];
                row.iter_mut().zip(c).for_each(|(w, b)| *w = i8::from_le_bytes([*b]));
                row
            })
            .collect();
        rest = rest.get(count * STATES..)?;
        let mut sixteens = rest.chunks_exact(2).map(|c| {
            i32::from(i16::from_le_bytes([
                c.first().copied().unwrap_or(0),
                c.get(1).copied().unwrap_or(0),
            ]))
        });
        let mut line = || {
            let mut row = [0i32; STATES];
            for w in &mut row {
                *w = sixteens.next()?;
            }
            Some(row)
        };
        let mut transitions = Vec::with_capacity(STATES);
        for _ in 0..STATES {
            transitions.push(line()?);
        }
        let first = line()?.to_vec();
        let mut model = Model { scale, slots: Vec::new(), rows, transitions, first };
        model.index(&keys);
        Some(model)
    }

    /// The bytes of a model. `features` in rising order of their hashes.
    pub(crate) fn write(
        scale: f32,
        features: &[(u32, Row)],
        transitions: &[[i16; STATES]],
        first: &[i16; STATES],
    ) -> Vec<u8> {
        let mut out = MAGIC.to_vec();
        out.extend(scale.to_le_bytes());
        out.extend((features.len() as u32).to_le_bytes());
        features.iter().for_each(|(key, _)| out.extend(key.to_le_bytes()));
        features.iter().for_each(|(_, row)| out.extend(row.iter().map(|w| *w as u8)));
        for w in transitions.iter().flatten().chain(first) {
            out.extend(w.to_le_bytes());
        }
        out
    }

    fn index(&mut self, keys: &[u32]) {
        let size = (keys.len() * 2).next_power_of_two().max(2);
        self.slots = vec![(0, 0); size];
        for (row, key) in keys.iter().enumerate() {
            let mut at = *key as usize & (size - 1);
            while self.slots.get(at).is_some_and(|s| s.0 != 0) {
                at = (at + 1) & (size - 1);
            }
            if let Some(slot) = self.slots.get_mut(at) {
                *slot = (*key, row as u32);
            }
        }
    }

    /// Adds up the rows of `features`.
    #[inline]
    pub(crate) fn score(&self, features: &[u32; COUNT]) -> [i16; STATES] {
        let mut sum = [0i16; STATES];
        for row in features.iter().filter_map(|f| self.row(*f)) {
            // As many rows of at most 127 as there are features stay within 16 bits.
            for (s, w) in sum.iter_mut().zip(row) {
                *s += i16::from(*w);
            }
        }
        sum
    }

    #[inline]
    fn row(&self, key: u32) -> Option<&Row> {
        let mask = self.slots.len().wrapping_sub(1);
        let mut at = key as usize & mask;
        loop {
            let (k, row) = *self.slots.get(at)?;
            if k == 0 {
                return None;
            }
            if k == key {
                return self.rows.get(row as usize);
            }
            at = (at + 1) & mask;
        }
    }

    /// How many features it keeps.
    #[cfg(test)]
    pub(crate) fn features(&self) -> usize {
        self.rows.len()
    }
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_at_checked(N)?;
    *rest = tail;
    head.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut row = [0i8; STATES];
        row[1] = -5;
        row[30] = 7;
        let mut transitions = [[0i16; STATES]; STATES];
        transitions[2][3] = -400;
        let bytes = Model::write(0.5, &[(9, row), (77, row)], &transitions, &[3; STATES]);
        let model = Model::read(&bytes).unwrap();
        assert_eq!((model.features(), model.scale, model.first[4]), (2, 0.5, 3));
        assert_eq!(model.transitions[2][3], -400);
        let mut asked = [0u32; COUNT];
        asked[0] = 9;
        asked[1] = 77;
        asked[2] = 78;
        let sum = model.score(&asked);
        assert_eq!((sum[1], sum[30], sum[0]), (-10, 14, 0));
        assert!(Model::read(&bytes[..bytes.len() - 1]).is_none());
        assert!(Model::read(b"").is_none());
    }
}
