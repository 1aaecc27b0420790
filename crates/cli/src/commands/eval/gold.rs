//! Gold lines: documents with the entities that a person marked, in our own shape or in another one
//! that a small file maps to ours.

use std::borrow::Cow;
use std::path::Path;

use serde::Deserialize;
use serde_json::{Map, Value};

use crate::output::Failure;

/// One document and what was marked in it. Offsets count code points.
#[derive(Deserialize)]
pub(super) struct GoldLine {
    #[serde(default)]
    pub(super) id: Value,
    pub(super) text: String,
    #[serde(default)]
    pub(super) context: GoldContext,
    pub(super) entities: Vec<GoldEntity>,
    /// Any other field, to make groups of.
    #[serde(flatten)]
    pub(super) more: Map<String, Value>,
}

#[derive(Default, Deserialize)]
pub(super) struct GoldContext {
    pub(super) note_date: Option<String>,
    pub(super) birth_date: Option<String>,
}

/// One mention.
#[derive(Deserialize)]
pub(super) struct GoldEntity {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) label: String,
    #[serde(default)]
    pub(super) attributes: Map<String, Value>,
}

/// How gold labels and attributes are read as ours.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Mapping {
    pub(super) name: String,
    /// Words left out at the beginning of spans, on both sides.
    #[serde(default)]
    leading: Vec<String>,
    pub(super) label: Vec<LabelMap>,
    pub(super) attribute: Vec<AttributeMap>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct LabelMap {
    pub(super) name: String,
    pub(super) gold: Vec<String>,
    pub(super) ours: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AttributeMap {
    /// One of ours.
    pub(super) name: String,
    /// Gold labels that carry it; none: all of them.
    gold: Vec<String>,
    key: String,
    /// Beginnings of the values that say yes; none: the value is `true`.
    #[serde(default)]
    values: Vec<String>,
}

const EMBEDDED: &str = include_str!("../../../data/gold-e3c.toml");

/// The attributes of our own shape.
pub(super) const ATTRIBUTES: [&str; 6] =
    ["negated", "hypothesis", "family", "history", "reported_speech", "is_reason"];

/// Reads gold lines.
pub(super) fn read(path: &Path) -> Result<Vec<GoldLine>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|e| Failure::usage(format!("lecture de {} : {e}", path.display())))?;
    let lines = text.lines().enumerate().filter(|(_, l)| !l.trim().is_empty());
    lines
        .map(|(n, l)| {
            // The message of the parser may quote the line: only its place is told.
            serde_json::from_str(l).map_err(|e| {
                Failure::usage(format!(
                    "{} : ligne {}, colonne {} : ce n'est pas {{\"id\", \"text\", \"entities\"}}",
                    path.display(),
                    n + 1,
                    e.column()
                ))
            })
        })
        .collect()
}

impl Mapping {
    /// The mapping asked for, or the one that the labels of the gold call for.
    pub(super) fn choose(asked: Option<&Path>, gold: &[GoldLine]) -> Result<Mapping, Failure> {
        let parse = |text: &str, name: &str| {
            toml::from_str::<Mapping>(text)
                .map_err(|e| Failure::usage(format!("correspondance {name} : {e}")))
        };
        let e3c = parse(EMBEDDED, "e3c")?;
        match asked {
            Some(name) if name == Path::new(&e3c.name) => Ok(e3c),
            Some(path) => {
                let text = std::fs::read_to_string(path)
                    .map_err(|e| Failure::usage(format!("lecture de {} : {e}", path.display())))?;
                parse(&text, &path.display().to_string())
            }
            None if gold.iter().flat_map(|g| &g.entities).any(|e| e3c.knows(&e.label)) => Ok(e3c),
            None => Ok(Mapping::own(gold)),
        }
    }

    fn knows(&self, label: &str) -> bool {
        self.label.iter().any(|l| l.gold.iter().any(|g| g == label))
    }

    // Labels of the gold are ours; those it never uses are not measured.
    fn own(gold: &[GoldLine]) -> Mapping {
        let mut names: Vec<String> =
            gold.iter().flat_map(|g| &g.entities).map(|e| e.label.clone()).collect();
        names.sort();
        names.dedup();
        let label =
            |name: String| LabelMap { gold: vec![name.clone()], ours: vec![name.clone()], name };
        let attribute = |name: &str| AttributeMap {
            name: name.to_owned(),
            gold: Vec::new(),
            key: name.to_owned(),
            values: Vec::new(),
        };
        Mapping {
            name: "relu".to_owned(),
            leading: Vec::new(),
            label: names.into_iter().map(label).collect(),
            attribute: ATTRIBUTES.map(attribute).to_vec(),
        }
    }

    /// A span without the words that do not count, in code points of `text`.
    pub(super) fn core(&self, text: &[char], [start, end]: [usize; 2]) -> [usize; 2] {
        let mut from = start;
        while let Some(next) = self.past_leading(text, from, end) {
            from = next;
        }
        [if from < end { from } else { start }, end]
    }

    fn past_leading(&self, text: &[char], from: usize, end: usize) -> Option<usize> {
        let rest = text.get(from..end)?;
        self.leading.iter().find_map(|word| {
            let mut at = 0;
            for c in word.chars() {
                if !rest.get(at)?.to_lowercase().eq(c.to_lowercase()) {
                    return None;
                }
                at += 1;
            }
            let elided = word.ends_with(['\'', '’']);
            let spaces = rest.get(at..)?.iter().take_while(|c| c.is_whitespace()).count();
            (elided || spaces > 0).then_some(from + at + spaces)
        })
    }
}

impl AttributeMap {
    /// What the gold says of an entity; `None` when it says nothing.
    pub(super) fn says(&self, entity: &GoldEntity) -> Option<bool> {
        if !self.gold.is_empty() && !self.gold.contains(&entity.label) {
            return None;
        }
        let value = entity.attributes.get(&self.key);
        if self.values.is_empty() {
            return value?.as_bool();
        }
        // A corpus that marks the exception leaves the field out elsewhere.
        let value: Cow<'_, str> = match value {
            Some(Value::String(text)) => text.into(),
            Some(other) => other.to_string().into(),
            None => "".into(),
        };
        Some(self.values.iter().any(|v| value.starts_with(v.as_str())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn determiners_do_not_count_and_words_are_whole() {
        let e3c: Mapping = toml::from_str(EMBEDDED).unwrap();
        for (text, wanted) in [
            ("de la lésion", "lésion"),
            ("L’artère", "artère"),
            ("d'une laparotomie", "laparotomie"),
            ("lésion", "lésion"),
            ("la", "la"),
            ("les deux mains", "deux mains"),
        ] {
            let chars: Vec<char> = text.chars().collect();
            let [start, end] = e3c.core(&chars, [0, chars.len()]);
            assert_eq!(chars[start..end].iter().collect::<String>(), wanted);
        }
    }

    #[test]
    fn attributes_are_read_in_both_shapes() {
        let e3c: Mapping = toml::from_str(EMBEDDED).unwrap();
        let event = r#"{"start":0,"end":1,"label":"EVENT","attributes":{"polarity":"NEG",
            "contextualModality":"HYPOTHETICAL-X"}}"#;
        let event: GoldEntity = serde_json::from_str(event).unwrap();
        assert!(e3c.attribute.iter().all(|a| a.says(&event) == Some(true)));
        let other = GoldEntity { label: "TIMEX3".to_owned(), ..event };
        assert!(e3c.attribute.iter().all(|a| a.says(&other).is_none()));
        let own = Mapping::own(&[]);
        let ours = r#"{"start":0,"end":1,"label":"symptom","attributes":{"negated":false}}"#;
        let ours: GoldEntity = serde_json::from_str(ours).unwrap();
        assert_eq!(own.attribute[0].says(&ours), Some(false));
        assert_eq!(own.attribute[1].says(&ours), None, "nothing said is not no");
    }
}
