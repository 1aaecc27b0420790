//! Screen texts, from the data file `texts/fr.toml` that a secretary can re-read.
//!
//! [`t`] gives the text of a key such as `inbox.title`; [`tf`] fills `{name}` places; [`tn`] chooses
//! between `.one` and `.many`. A missing key shows as itself; a test refuses that it happens.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static TEXTS: LazyLock<BTreeMap<String, String>> =
    LazyLock::new(|| flatten(include_str!("../texts/fr.toml")));

fn flatten(source: &str) -> BTreeMap<String, String> {
    let mut flat = BTreeMap::new();
    let table: toml::Table = toml::from_str(source).unwrap_or_default();
    walk(&table, "", &mut flat);
    flat
}

fn walk(table: &toml::Table, prefix: &str, flat: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        let path = if prefix.is_empty() { key.clone() } else { format!("{prefix}.{key}") };
        match value {
            toml::Value::Table(inner) => walk(inner, &path, flat),
            toml::Value::String(text) => {
                flat.insert(path, text.clone());
            }
            _ => {}
        }
    }
}

/// The text of that key.
pub fn t(key: &str) -> &str {
    TEXTS.get(key).map_or(key, String::as_str)
}

/// The text of that key, if there is one.
pub fn maybe(key: &str) -> Option<&'static str> {
    TEXTS.get(key).map(String::as_str)
}

/// The text of that key with its `{name}` places filled.
pub fn tf(key: &str, places: &[(&str, &str)]) -> String {
    // One pass, so that a filled-in value that looks like a place is left alone.
    let mut out = String::new();
    let mut rest = t(key);
    while let Some(open) = rest.find('{') {
        out.push_str(&rest[..open]);
        let after = &rest[open..];
        let filled = places.iter().find_map(|(name, value)| {
            let tail = after.strip_prefix('{')?.strip_prefix(name)?.strip_prefix('}')?;
            Some((*value, tail))
        });
        rest = match filled {
            Some((value, tail)) => {
                out.push_str(value);
                tail
            }
            None => {
                out.push('{');
                &after[1..]
            }
        };
    }
    out.push_str(rest);
    out
}

/// The text of `key.one` or `key.many`, with `{n}` filled. French: nought and one are singular.
pub fn tn(key: &str, n: u64) -> String {
    let form = if n < 2 { "one" } else { "many" };
    tf(&format!("{key}.{form}"), &[("n", &n.to_string())])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(dir: &std::path::Path, out: &mut String) {
        for entry in std::fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, out);
            } else if path.extension().is_some_and(|e| e == "rs") {
                out.push_str(&std::fs::read_to_string(&path).unwrap());
            }
        }
    }

    fn keys_after<'a>(source: &'a str, call: &str) -> Vec<&'a str> {
        source
            .match_indices(call)
            .filter_map(|(at, _)| source[at + call.len()..].split_once('"').map(|(key, _)| key))
            .collect()
    }

    #[test]
    fn every_key_used_exists() {
        let mut source = String::new();
        sources(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut source);
        // This module's own patterns are cut off.
        let mut seen = 0;
        for (call, suffixes) in [
            (" t(\"", &[""][..]),
            ("(t(\"", &[""]),
            ("tf(\"", &[""]),
            ("tn(\"", &[".one", ".many"]),
        ] {
            for key in keys_after(&source, call) {
                if !key.contains('.') || key.contains(char::is_whitespace) || key.contains('\\') {
                    continue;
                }
                for suffix in suffixes {
                    seen += 1;
                    let full = format!("{key}{suffix}");
                    assert!(TEXTS.contains_key(&full), "texts/fr.toml lacks {full}");
                }
            }
        }
        assert!(seen > 50, "the scan found only {seen} keys: it no longer reads the sources");
    }

    #[test]
    fn fills_places_once() {
        assert_eq!(tf("{a} et {b}", &[("a", "{b}"), ("b", "2")]), "{b} et 2");
    }
}
