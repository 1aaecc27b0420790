//! A work budget for decoders: how much a hostile file may make us do.
//!
//! Pure: the meter counts what the decoder declares (bytes produced, elements visited, nested
//! parts), not seconds. Time and memory are limited from outside, by the process that decodes.

use std::cell::Cell;

/// The budget is spent; the decoder stops and says which limit it met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("work budget spent: {limit}")]
pub struct BudgetSpent {
    /// Name of the limit, such as `output-bytes`.
    pub limit: &'static str,
}

/// Limits on one decoding, parts inside included.
#[derive(Debug)]
pub struct Budget {
    steps: Cell<u64>,
    output: Cell<u64>,
    /// Most pages a document may have.
    pub max_pages: usize,
    /// Most documents inside a document (attachments, archive entries).
    pub max_parts: usize,
    /// Deepest nesting of containers.
    pub max_depth: usize,
    /// Greatest ratio of unpacked to packed size of an archive entry.
    pub max_ratio: u64,
}

impl Budget {
    /// What one received file may cost by default: 400 million steps, 512 MiB of output, 2,000
    /// pages, 500 parts, 8 containers deep, a ratio of 200.
    pub fn standard() -> Budget {
        Budget::with(400_000_000, 512 << 20)
    }

    /// A budget of that many steps and bytes of output, other limits as in [`Budget::standard`].
    pub fn with(steps: u64, output_bytes: u64) -> Budget {
        Budget {
            steps: Cell::new(steps),
            output: Cell::new(output_bytes),
            max_pages: 2_000,
            max_parts: 500,
            max_depth: 8,
            max_ratio: 200,
        }
    }

    /// Pays for `n` units of work (an element visited, an operator interpreted).
    pub fn step(&self, n: u64) -> Result<(), BudgetSpent> {
        pay(&self.steps, n, "steps")
    }

    /// Pays for `bytes` of decoded output, before it is allocated.
    pub fn output(&self, bytes: u64) -> Result<(), BudgetSpent> {
        pay(&self.output, bytes, "output-bytes")
    }

    /// Bytes of output still allowed.
    pub fn output_left(&self) -> u64 {
        self.output.get()
    }
}

fn pay(meter: &Cell<u64>, n: u64, limit: &'static str) -> Result<(), BudgetSpent> {
    let left = meter.get();
    if n > left {
        meter.set(0);
        return Err(BudgetSpent { limit });
    }
    meter.set(left - n);
    Ok(())
}
