//! A wrapper for values that identify or describe a person: it serialises as its content and prints
//! as `[masqué]`, so that a log line, an error or a `Debug` never carries patient text.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Serialize};

/// A value that must not be printed by accident. Reach the content on purpose, through `Deref`.
#[derive(Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Private<T = String>(pub T);

impl<T> Private<T> {
    /// The content, by value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> Deref for Private<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Private<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[masqué]")
    }
}

impl From<String> for Private<String> {
    fn from(value: String) -> Self {
        Private(value)
    }
}

impl From<&str> for Private<String> {
    fn from(value: &str) -> Self {
        Private(value.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_is_redacted_and_json_is_the_content() {
        let name = Private::from("DUPONT");
        assert_eq!(format!("{name:?}"), "[masqué]");
        assert_eq!(serde_json::to_string(&name).unwrap(), "\"DUPONT\"");
    }
}
