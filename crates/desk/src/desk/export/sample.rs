//! The sample for quality control: a draw that can be made again, and what it says of the rest.
//!
//! The bound is Clopper and Pearson's, one-sided and exact: the leak rate at which `leaks` leaks or
//! fewer among `read` documents would be seen only once in twenty (confidence 0.95). It holds for
//! documents as drawn with replacement, which errs on the safe side for a draw without.

use relu_record::Sha256Hex;

/// The highest leak rate that agrees with `leaks` leaks in `read` documents, at that confidence;
/// 1 when nothing was read.
pub fn upper_bound(leaks: usize, read: usize, confidence: f64) -> f64 {
    if read == 0 || leaks >= read {
        return 1.0;
    }
    let (mut low, mut high) = (0.0_f64, 1.0_f64);
    for _ in 0..100 {
        let middle = (low + high) / 2.0;
        if at_most(leaks, read, middle) > 1.0 - confidence { low = middle } else { high = middle }
    }
    high
}

// Probability of `k` or fewer successes in `n` draws of probability `p`.
fn at_most(k: usize, n: usize, p: f64) -> f64 {
    // In logarithms: for a large sample the first term is smaller than any number.
    let (ln_p, ln_q) = (p.ln(), (1.0 - p).ln());
    let mut ln_choose = 0.0_f64;
    let mut sum = 0.0_f64;
    for i in 0..=k {
        if i > 0 {
            ln_choose += ((n - i + 1) as f64).ln() - (i as f64).ln();
        }
        sum += (ln_choose + i as f64 * ln_p + (n - i) as f64 * ln_q).exp();
    }
    sum
}

/// Draws `size` of the ids: those whose hash with the seed comes first. The same seed and ids give
/// the same draw, in whatever order they come.
pub fn draw(ids: &[String], size: usize, seed: u64) -> Vec<String> {
    let mut drawn: Vec<(String, &String)> = ids
        .iter()
        .map(|id| (Sha256Hex::of(format!("relu-sample-1/{seed}/{id}").as_bytes()).0, id))
        .collect();
    drawn.sort();
    drawn.into_iter().take(size).map(|(_, id)| id.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_clopper_and_pearsons() {
        // Quantiles of the beta distribution: 0.95, k + 1, n - k.
        for (leaks, read, bound) in [
            (0, 300, 0.009_936),
            (0, 299, 0.009_969),
            (0, 298, 0.010_002),
            (1, 300, 0.015_715),
            (3, 100, 0.075_711),
            (0, 1, 0.95),
            (5, 10, 0.777_559),
        ] {
            let got = upper_bound(leaks, read, 0.95);
            assert!((got - bound).abs() < 2e-6, "{leaks} of {read}: {got}");
        }
        assert_eq!(upper_bound(0, 0, 0.95), 1.0);
        assert_eq!(upper_bound(7, 7, 0.95), 1.0);
        assert!(upper_bound(40, 5000, 0.95) < 0.011, "no underflow on a large sample");
    }

    #[test]
    fn a_draw_can_be_made_again_and_favours_nobody() {
        let ids: Vec<String> = (0..100).map(|i| format!("d{i}")).collect();
        let mut turned = ids.clone();
        turned.reverse();
        assert_eq!(draw(&ids, 10, 7), draw(&turned, 10, 7));
        assert_ne!(draw(&ids, 10, 7), draw(&ids, 10, 8));
        let mut seen = vec![0usize; 100];
        for seed in 0..2000 {
            for id in draw(&ids, 10, seed) {
                seen[id[1..].parse::<usize>().unwrap()] += 1;
            }
        }
        // Expected 200 each; five standard deviations.
        assert!(seen.iter().all(|n| (130..270).contains(n)), "{seen:?}");
    }
}
