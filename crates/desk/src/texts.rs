//! Words of the screens, from `texts/fr.toml`. A key that is missing shows as itself, so that a
//! forgotten text is seen and breaks nothing; a test refuses it before.

use std::collections::BTreeMap;
use std::sync::OnceLock;

type Texts = BTreeMap<String, BTreeMap<String, String>>;

fn texts() -> &'static Texts {
    static TEXTS: OnceLock<Texts> = OnceLock::new();
    // The file is embedded and parsed by a test; an empty table would show keys.
    TEXTS.get_or_init(|| toml::from_str(include_str!("../texts/fr.toml")).unwrap_or_default())
}

/// The words for `key` of that table.
pub(crate) fn text(table: &str, key: &str) -> String {
    texts().get(table).and_then(|t| t.get(key)).cloned().unwrap_or_else(|| key.to_owned())
}

/// The words for `key` of that table, when there are some.
pub(crate) fn find(table: &str, key: &str) -> Option<&'static str> {
    texts().get(table)?.get(key).map(String::as_str)
}

/// The words with their one blank filled.
pub(crate) fn text_with(table: &str, key: &str, value: &str) -> String {
    text(table, key).replacen("{}", value, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_parses_and_covers_states() {
        assert!(!texts().is_empty());
        for s in relu_record::DocumentState::ALL {
            assert_ne!(text("state", s.as_str()), s.as_str().replace('-', "_") + "?");
            assert!(texts()["state"].contains_key(s.as_str()), "{}", s.as_str());
        }
        for kind in relu_vault::EventKind::ALL {
            assert!(texts()["event"].contains_key(kind.as_str()), "{}", kind.as_str());
        }
    }
}
