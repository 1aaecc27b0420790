//! Strings of the rules and lexicons, each kept once: a rule or an entity names one by a number of
//! four bytes, and nothing is copied while a text is read.

use serde::{Deserialize, Serialize};

/// Number of a string; 0 is the empty one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct Str(u32);

impl Str {
    /// No string.
    pub(crate) const NONE: Str = Str(0);
    /// No string, where an entity takes back that of its origin.
    pub(crate) const CLEARED: Str = Str(u32::MAX);

    /// Whether there is none.
    pub(crate) fn is_none(self) -> bool {
        self.0 == 0
    }
}

/// The strings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Strings {
    pool: String,
    // End of each string in the pool; string 0 is empty.
    ends: Vec<u32>,
}

impl Strings {
    /// The string of a number.
    pub(crate) fn get(&self, s: Str) -> &str {
        let n = s.0 as usize;
        let end = self.ends.get(n).copied().unwrap_or(0) as usize;
        let start = n.checked_sub(1).and_then(|p| self.ends.get(p)).copied().unwrap_or(0) as usize;
        self.pool.get(start..end).unwrap_or("")
    }

    /// The string of a number, unless it is the empty one.
    pub(crate) fn filled(&self, s: Str) -> Option<&str> {
        (!s.is_none()).then(|| self.get(s))
    }
}

/// Strings under construction.
#[derive(Default)]
pub(crate) struct StringsBuilder {
    strings: Strings,
    known: std::collections::BTreeMap<String, Str>,
}

impl StringsBuilder {
    /// The number of a string, new or known.
    pub(crate) fn add(&mut self, text: &str) -> Str {
        if text.is_empty() {
            return Str::NONE;
        }
        if let Some(&known) = self.known.get(text) {
            return known;
        }
        if self.strings.ends.is_empty() {
            self.strings.ends.push(0);
        }
        self.strings.pool.push_str(text);
        self.strings.ends.push(self.strings.pool.len() as u32);
        let s = Str(self.strings.ends.len() as u32 - 1);
        self.known.insert(text.to_owned(), s);
        s
    }

    /// The strings.
    pub(crate) fn compile(self) -> Strings {
        self.strings
    }
}
