//! The rules of the house (`house.toml`): rows, pure crates, sizes, words. Embedded at build.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The whole file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct House {
    /// Row of each crate, by its name without `relu-`.
    pub rows: BTreeMap<String, u8>,
    /// What a pure crate may not do.
    pub pure: Pure,
    /// Sizes of files.
    pub sizes: Sizes,
    /// What no file may say.
    pub words: Vec<Word>,
}

/// Pure crates.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pure {
    /// Their names without `relu-`.
    pub crates: Vec<String>,
    /// Crates they may not depend on directly.
    pub forbidden: Vec<String>,
    /// Crates they may not depend on at any distance.
    pub never_reached: Vec<String>,
}

/// Sizes of files.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sizes {
    /// Lines of code past which a file is reported as long.
    pub code_lines: usize,
    /// Bytes past which a file is refused.
    pub file_bytes: u64,
    /// Files that may be larger.
    pub large_files: Vec<String>,
}

/// Something no file may say.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Word {
    /// The words, as they stand.
    pub text: String,
    /// Whether a digit must follow.
    #[serde(default)]
    pub digits: bool,
    /// Why.
    pub why: String,
}

impl House {
    /// The rules as shipped in this program.
    pub fn read() -> Result<House, crate::sh::Failure> {
        toml::from_str(include_str!("house.toml"))
            .map_err(|e| crate::sh::found(format!("house.toml is wrong: {e}")))
    }
}
