//! Labels, civilities and other words by which an identity is recognised (`rules/*`).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::page::{Page, Shape, words};

/// What a label announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Field {
    BirthName,
    UsedName,
    Name,
    FirstName,
    FirstNames,
    UsedFirstName,
    FullName,
    BirthDate,
    Sex,
    BirthPlace,
    Ins,
    Nir,
    Ipp,
    /// Ends the value of another field.
    Other,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelFile {
    label: Vec<LabelRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LabelRule {
    field: Field,
    separator: bool,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    printed: Vec<String>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct WordFile {
    male: BTreeSet<String>,
    female: BTreeSet<String>,
    neutral: BTreeSet<String>,
    doctors: BTreeSet<String>,
    particles: BTreeSet<String>,
    stops: BTreeSet<String>,
    others: BTreeSet<String>,
    announcing: Vec<String>,
    telling: Vec<String>,
}

/// A label found in the text: its field, its first token and the one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Label {
    pub(super) field: Field,
    pub(super) first: usize,
    pub(super) next: usize,
}

struct Entry {
    words: Vec<String>,
    field: Field,
    separator: bool,
}

/// Compiled words.
pub(super) struct Words {
    labels: BTreeMap<String, Vec<Entry>>,
    file: WordFile,
    first_names: BTreeSet<String>,
    announcing: Vec<String>,
    telling: Vec<String>,
}

impl Words {
    /// Compiles the rule files.
    pub(super) fn compile(
        labels: &str,
        file: &str,
        first_names: &str,
    ) -> Result<Words, toml::de::Error> {
        let mut by_first: BTreeMap<String, Vec<Entry>> = BTreeMap::new();
        for rule in toml::from_str::<LabelFile>(labels)?.label {
            for printed in &rule.printed {
                let words = words(printed);
                if let Some(first) = words.first().cloned() {
                    let entry = Entry { words, field: rule.field, separator: rule.separator };
                    by_first.entry(first).or_default().push(entry);
                }
            }
        }
        for entries in by_first.values_mut() {
            entries.sort_by_key(|e| std::cmp::Reverse(e.words.len()));
        }
        let file = toml::from_str::<WordFile>(file)?;
        let names = first_names.lines().filter(|l| !l.starts_with('#'));
        let first_names = names.flat_map(str::split_whitespace).map(str::to_owned).collect();
        let folded = |list: &[String]| list.iter().map(|p| words(p).join(" ")).collect();
        let (announcing, telling) = (folded(&file.announcing), folded(&file.telling));
        Ok(Words { labels: by_first, file, first_names, announcing, telling })
    }

    /// The label at token `i`, the longest that fits.
    pub(super) fn label_at(&self, page: &Page<'_>, i: usize) -> Option<Label> {
        let token = page.token(i)?;
        self.labels.get(&token.word)?.iter().find_map(|e| {
            let mut next = page.phrase_at(i, &e.words)?;
            let line = token.line;
            // Leaders: "Nom . . . . : DUPONT".
            let mut sign = next;
            while sign < next + 40
                && page.token(sign).is_some_and(|t| t.line == line && t.word == ".")
            {
                sign += 1;
            }
            let follows = page.token(sign).filter(|t| t.line == line);
            let separated = follows.is_some_and(|t| [":", ";", "="].contains(&t.word.as_str()));
            let alone = follows.is_none_or(|t| t.cell_start);
            // "Nom DUPONT": a short cell that begins with the label, then a capitalised value.
            let short = e.separator
                && token.cell_start
                && matches!(
                    e.field,
                    Field::BirthName
                        | Field::UsedName
                        | Field::Name
                        | Field::FirstName
                        | Field::FirstNames
                        | Field::FullName
                        | Field::Sex
                )
                && matches!(token.shape, Shape::Caps | Shape::Capital)
                && follows.is_some_and(|t| {
                    !t.cell_start && t.shape == Shape::Caps && e.field == Field::Sex
                        || !self.is_stop(&t.word)
                            && matches!(t.shape, Shape::Caps | Shape::Capital)
                            && self.label_words(&t.word)
                })
                && self.cell_words(page, i) <= e.words.len() + 4;
            let fits = separated || short || !e.separator || (alone && token.cell_start);
            // Before a bare label: the start of a cell, a sign, or the value of another field.
            let free = token.cell_start
                || separated
                || short
                || i == 0
                || !e.separator && e.words.len() + usize::from(e.words[0].len() > 2) >= 2;
            while page.token(next).is_some_and(|t| {
                t.line == line && [":", ";", "=", ".", "-", "°"].contains(&t.word.as_str())
            }) {
                next += 1;
            }
            (fits && free).then_some(Label { field: e.field, first: i, next })
        })
    }

    // Words from token `i` to the end of its cell.
    fn cell_words(&self, page: &Page<'_>, i: usize) -> usize {
        let line = page.token(i).map_or(0, |t| t.line);
        let rest = page.tokens.get(i + 1..).unwrap_or_default().iter();
        1 + rest.take_while(|t| t.line == line && !t.cell_start).count()
    }

    // Not a word of another label.
    fn label_words(&self, word: &str) -> bool {
        !self.labels.contains_key(word) && self.civility(word).is_none() && !self.is_doctor(word)
    }

    /// The sex a civility tells, when `word` is one: `Some(None)` for one that tells nothing.
    pub(super) fn civility(&self, word: &str) -> Option<Option<relu_record::Sex>> {
        use relu_record::Sex;
        match word.strip_prefix("l'").unwrap_or(word) {
            w if self.file.male.contains(w) => Some(Some(Sex::M)),
            w if self.file.female.contains(w) => Some(Some(Sex::F)),
            w if self.file.neutral.contains(w) => Some(None),
            _ => None,
        }
    }

    pub(super) fn is_doctor(&self, word: &str) -> bool {
        self.file.doctors.contains(word)
    }

    pub(super) fn is_particle(&self, word: &str) -> bool {
        self.file.particles.contains(word)
    }

    pub(super) fn is_stop(&self, word: &str) -> bool {
        self.file.stops.contains(word)
    }

    pub(super) fn is_other(&self, word: &str) -> bool {
        self.file.others.contains(word)
    }

    pub(super) fn is_first_name(&self, word: &str) -> bool {
        self.first_names.contains(word)
            || word.contains('-') && word.split('-').all(|w| self.first_names.contains(w))
    }

    /// Whether the words just before a name announce the patient.
    pub(super) fn announces(&self, before: &str) -> bool {
        self.announcing.iter().any(|p| {
            before.ends_with(p.as_str())
                || before.rfind(p.as_str()).is_some_and(|at| before.len() - at - p.len() <= 24)
        })
    }

    /// Whether the words just after a name say that it is the patient's.
    pub(super) fn tells(&self, after: &str) -> bool {
        let after = after.trim_start_matches([',', ' ', '(']);
        self.telling.iter().any(|p| after.starts_with(p.as_str()))
    }
}
