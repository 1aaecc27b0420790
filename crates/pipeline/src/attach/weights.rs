//! The data file of weights, limits and obstacles (`rules/weights.toml`).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Field, Level, Obstacle};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct WeightsFile {
    pub(super) zones: Zones,
    pub(super) weight: Vec<Weight>,
    pub(super) obstacle: Vec<ObstacleText>,
}

/// Where the limits are, in bits.
#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Zones {
    pub(super) sure: f32,
    pub(super) check: f32,
    pub(super) margin: f32,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Weight {
    pub(super) field: Field,
    pub(super) level: Level,
    pub(super) m: f32,
    pub(super) u: f32,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ObstacleText {
    pub(super) code: Obstacle,
    pub(super) message: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub(super) source: String,
}

/// Bits of each comparison.
pub(super) type Bits = BTreeMap<(Field, Level), f32>;

impl WeightsFile {
    /// `log2(m / u)` of each line.
    pub(super) fn bits(&self) -> Bits {
        let bits = |w: &Weight| (w.m.max(1e-9) / w.u.max(1e-12)).log2();
        self.weight.iter().map(|w| ((w.field, w.level), bits(w))).collect()
    }
}
