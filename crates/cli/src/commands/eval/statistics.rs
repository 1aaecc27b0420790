//! Intervals: Wilson's for a proportion, the bootstrap over documents for what is no proportion.

/// Wilson's interval at 95 % for a proportion.
pub(super) fn wilson(part: usize, whole: usize) -> (f64, f64) {
    if whole == 0 {
        return (0.0, 1.0);
    }
    let (n, z) = (whole as f64, 1.959_964);
    let p = part as f64 / n;
    let centre = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    (((centre - half) / scale).max(0.0), ((centre + half) / scale).min(1.0))
}

// Draws of the bootstrap: the 2.5 % ends then rest on 25 draws each.
const DRAWS: usize = 1000;

/// The middle 95 % of `figure` over 1,000 draws, with replacement, of as many documents as there are.
/// Same documents, same interval: the draws are seeded.
pub(super) fn bootstrap<D>(
    documents: &[D],
    figure: impl Fn(&mut dyn Iterator<Item = &D>) -> f64,
) -> (f64, f64) {
    if documents.is_empty() {
        return (0.0, 1.0);
    }
    let mut seed = Draws(0x5EED);
    let mut figures: Vec<f64> = (0..DRAWS)
        .map(|_| {
            let drawn: Vec<usize> =
                (0..documents.len()).map(|_| seed.below(documents.len())).collect();
            figure(&mut drawn.iter().filter_map(|i| documents.get(*i)))
        })
        .collect();
    figures.sort_by(f64::total_cmp);
    let at =
        |share: f64| figures.get((share * (DRAWS - 1) as f64) as usize).copied().unwrap_or(0.0);
    (at(0.025), at(0.975))
}

// SplitMix64 (Steele 2014): enough to draw documents, the same everywhere.
struct Draws(u64);

impl Draws {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        // The high half of the product: even over any bound met here.
        ((u128::from(z) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_of_known_cases() {
        let (low, high) = wilson(0, 300);
        assert!(low < 1e-9 && (0.012..0.013).contains(&high));
        let (low, high) = wilson(294, 300);
        assert!((0.956..0.958).contains(&low) && (0.990..0.992).contains(&high));
    }

    #[test]
    fn the_bootstrap_of_a_mean_agrees_with_its_known_width() {
        // Half zeros, half ones: the mean of 400 has a standard error of 0.025.
        let documents: Vec<f64> = (0..400).map(|i| f64::from(i % 2)).collect();
        let mean = |drawn: &mut dyn Iterator<Item = &f64>| {
            let (sum, n) = drawn.fold((0.0, 0.0), |(s, n), x| (s + x, n + 1.0));
            sum / n
        };
        let (low, high) = bootstrap(&documents, mean);
        assert!((0.44..0.46).contains(&low) && (0.54..0.56).contains(&high), "{low} {high}");
        assert_eq!(bootstrap(&documents, mean), (low, high));
        assert_eq!(bootstrap(&[3.0], mean), (3.0, 3.0));
    }
}
