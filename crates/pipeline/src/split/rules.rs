//! The rule file: signs with their points, lists of words, thresholds.

use serde::Deserialize;

/// The file.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Rules {
    pub start: f32,
    pub least: f32,
    pub sure: f32,
    pub sign: Vec<Sign>,
    pub words: Words,
}

/// One sign.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Sign {
    pub code: String,
    pub points: f32,
    #[cfg_attr(not(test), allow(dead_code))]
    pub why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    pub source: String,
}

/// Lists of words, folded.
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct Words {
    pub separator: Vec<String>,
    pub sender: Vec<String>,
    pub title: Vec<String>,
    pub salutation: Vec<String>,
    pub closing: Vec<String>,
    pub birth: Vec<String>,
    pub patient: Vec<String>,
    pub page: Vec<String>,
}

impl Rules {
    /// The rules shipped with the program; a file that does not parse fails the tests.
    pub(super) fn embedded() -> Rules {
        toml::from_str(include_str!("rules/split.toml")).unwrap_or_default()
    }

    /// Points of a sign.
    pub(super) fn points(&self, code: &str) -> f32 {
        self.sign.iter().find(|s| s.code == code).map_or(0.0, |s| s.points)
    }
}
