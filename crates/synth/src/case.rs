//! The clinical content: one case is one patient story, told by several kinds of documents.
//!
//! Data: `cases/{development,held_out}/*.toml`, an array `case` of tables. Each field is a sentence
//! or a list of items; `rx` and `labo` hold records with `|` between columns. Inside a text,
//! `[fièvre:symptom-]` marks a fact (a final `-` says that it is negated), `{n:120-160}` is an
//! integer, `{d:9.8-10.9}` a decimal, `{alt:a~b}` a choice.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::Deserialize;

/// One story.
#[derive(Deserialize)]
pub(crate) struct Case {
    pub id: String,
    /// Kinds of documents that can tell it (`consultation`, `labo`…).
    pub kinds: Vec<String>,
    pub specialty: String,
    #[serde(default)]
    pub sex: Option<String>,
    pub age: [u16; 2],
    #[serde(skip)]
    pub held_out: bool,
    #[serde(flatten)]
    fields: BTreeMap<String, Field>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Field {
    One(String),
    Many(Vec<String>),
}

impl Case {
    /// The names of its fields with their items.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.fields.iter().map(|(k, v)| {
            let items = match v {
                Field::One(s) => std::slice::from_ref(s),
                Field::Many(v) => v.as_slice(),
            };
            (k.as_str(), items)
        })
    }
}

#[derive(Deserialize)]
struct File {
    case: Vec<Case>,
}

const DEVELOPMENT: &[(&str, &str)] = &[
    ("cardiologie", include_str!("../cases/development/cardiologie.toml")),
    ("general", include_str!("../cases/development/general.toml")),
    ("technique", include_str!("../cases/development/technique.toml")),
];

const HELD_OUT: &[(&str, &str)] = &[
    ("clinique", include_str!("../cases/held_out/clinique.toml")),
    ("technique", include_str!("../cases/held_out/technique.toml")),
    ("rare", include_str!("../cases/held_out/rare.toml")),
];

/// Every case, in the order of the files. A file that does not parse gives none: the tests of this
/// module check each.
pub(crate) fn all() -> &'static [Case] {
    static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
        let read = |files: &[(&str, &str)], held_out| {
            files
                .iter()
                .filter_map(|(_, text)| toml::from_str::<File>(text).ok())
                .flat_map(|f| f.case)
                .map(move |mut c| {
                    c.held_out = held_out;
                    c
                })
                .collect::<Vec<_>>()
        };
        let mut all = read(DEVELOPMENT, false);
        all.extend(read(HELD_OUT, true));
        all
    });
    &ALL
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_parses_and_ids_are_unique() {
        let mut ids = std::collections::BTreeSet::new();
        for (name, text) in DEVELOPMENT.iter().chain(HELD_OUT) {
            let file: File = toml::from_str(text).unwrap_or_else(|e| panic!("{name}: {e}"));
            for case in file.case {
                assert!(ids.insert(case.id.clone()), "{} twice", case.id);
                assert!(case.age[0] <= case.age[1], "{}", case.id);
                for (field, items) in case.fields() {
                    for item in items {
                        let open = item.matches('[').count();
                        assert_eq!(open, item.matches(']').count(), "{}.{field}", case.id);
                    }
                }
            }
        }
        assert!(ids.len() >= 20);
    }
}
