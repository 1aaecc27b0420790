//! Word lists that detectors ask about at one place of the text: months, units of time, routes…
//!
//! Data: `rules/lists/*.toml`. An entry is one or several words with a number, whose meaning is that
//! of its list (the month, the factor of a multiple, the index of a unit).

use serde::Deserialize;

use crate::compile::{Builder, RuleDoc, RuleError};

macro_rules! lists {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// A list, by the name it has in its file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u16)]
        pub(crate) enum List { $($(#[$doc])* $name,)* }

        /// Every list with its name.
        pub(crate) const LISTS: &[(List, &str)] = &[$((List::$name, $text),)*];
    };
}

// At most 64: a word knows by one bit each in which lists an entry begins with it.
lists! {
    /// Months, 1 to 12.
    Month = "month",
    /// Numbers in letters, with their value.
    NumberWord = "number_word",
    /// Units of one word, by their number in `rules/units.toml`.
    Unit = "unit",
    /// Small words of measures, with their roles as bits.
    MeasureWord = "measure_word",
    /// Small words of findings, with their roles as bits.
    FindingWord = "finding_word",
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListFile {
    list: Vec<ListRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ListRule {
    name: String,
    why: String,
    source: String,
    /// Number, as a string, to its entries.
    values: std::collections::BTreeMap<String, Vec<String>>,
}

/// Adds the lists of a file.
pub(crate) fn compile(name: &str, file: &str, b: &mut Builder) -> Result<(), RuleError> {
    let parsed: ListFile = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    for rule in parsed.list {
        let Some((list, _)) = LISTS.iter().find(|(_, n)| *n == rule.name) else {
            return Err(RuleError::new(name, format!("liste inconnue : {}", rule.name)));
        };
        for (value, entries) in &rule.values {
            let Ok(value) = value.parse::<i32>() else {
                return Err(RuleError::new(name, format!("{} : valeur {value}", rule.name)));
            };
            for entry in entries {
                b.listed(entry, *list, value);
            }
        }
        let ListRule { name: code, why, source, .. } = rule;
        b.document(RuleDoc { code, why, source, ..RuleDoc::default() });
    }
    Ok(())
}
