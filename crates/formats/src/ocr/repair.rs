//! Repair of look-alikes that recognition confuses (`HbAïc`, `m°`, `umol`, `2O24`).
//!
//! Shapes: a recognised page in and out; a repaired word is marked, so that its place becomes a
//! finding. Rules: `repair.toml`. The text is not edited afterwards: this happens while it is built.

use std::sync::LazyLock;

use crate::page::printed::{PrintedPage, PrintedWord};

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[cfg_attr(not(test), allow(dead_code))]
    code: String,
    kind: Kind,
    #[serde(default)]
    from: Vec<String>,
    #[serde(default)]
    to: String,
    /// `wrong=right` pieces of a unit.
    #[serde(default)]
    to_suffix: Vec<String>,
    shape: Option<Shape>,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    #[cfg_attr(not(test), allow(dead_code))]
    examples: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    rejects: Vec<String>,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Kind {
    Word,
    Unit,
    Shape,
}

#[derive(Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
enum Shape {
    Date,
    Decimal,
    Integer,
    Time,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Rules {
    rule: Vec<Rule>,
}

static RULES: LazyLock<Rules> =
    LazyLock::new(|| toml::from_str(include_str!("repair.toml")).unwrap_or_default());

/// Repairs the words of a page.
pub(super) fn apply(page: &mut PrintedPage) {
    for line in page.blocks.iter_mut().flat_map(|b| &mut b.lines) {
        let mut before = String::new();
        for word in &mut line.words {
            repair_word(word, &before);
            before.clone_from(&word.text);
        }
    }
}

fn repair_word(word: &mut PrintedWord, before: &str) {
    for rule in &RULES.rule {
        if let Some(better) = rule.repaired(&word.text, before)
            && better != word.text
        {
            word.text = better;
            word.repaired = true;
        }
    }
}

impl Rule {
    /// The word as it should read, when the rule applies.
    fn repaired(&self, word: &str, before: &str) -> Option<String> {
        match self.kind {
            Kind::Word => {
                let (head, core, tail) = trimmed(word, ".,;:()[]«»");
                self.from.iter().any(|f| f == core).then(|| format!("{head}{}{tail}", self.to))
            }
            Kind::Unit => self.unit(word, before),
            Kind::Shape => {
                let (head, core, tail) = trimmed(word, ".,;:()[]«»");
                let better = self.shape?.repaired(core)?;
                Some(format!("{head}{better}{tail}"))
            }
        }
    }

    fn unit(&self, word: &str, before: &str) -> Option<String> {
        let (head, core, tail) = trimmed(word, ".,;:()[]");
        // The number stands in the same word (`84umol/L`) or in the one before.
        let digits = core
            .find(|c: char| !(c.is_ascii_digit() || matches!(c, ',' | '.')))
            .unwrap_or(core.len());
        let (number, unit) = core.split_at(digits);
        let after_number = number.contains(|c: char| c.is_ascii_digit())
            || before.ends_with(|c: char| c.is_ascii_digit());
        let known = self.from.iter().any(|f| f == unit || f == core);
        if !after_number || !known {
            return None;
        }
        let pairs = self.to_suffix.iter().filter_map(|p| p.split_once('='));
        for (wrong, right) in pairs {
            if let Some(at) = core.rfind(wrong)
                && let (Some(a), Some(b)) = (core.get(..at), core.get(at + wrong.len()..))
            {
                return Some(format!("{head}{a}{right}{b}{tail}"));
            }
        }
        None
    }
}

impl Shape {
    /// The token with its look-alikes turned to digits, when it then has this shape and had enough
    /// digits of its own.
    fn repaired(self, token: &str) -> Option<String> {
        let is_digit = |c: char| c.is_ascii_digit();
        let letters = token.chars().filter(|c| c.is_alphabetic()).count();
        let digits = token.chars().filter(|&c| is_digit(c)).count();
        if digits == 0 || letters == 0 {
            return None;
        }
        let turned: String = token
            .chars()
            .map(|c| match c {
                'O' | 'o' => '0',
                'l' | 'I' | '|' => '1',
                other => other,
            })
            .collect();
        let groups: Vec<&str> = turned.split(|c: char| !is_digit(c)).collect();
        let lengths: Vec<usize> = groups.iter().map(|g| g.len()).collect();
        let separators: String = turned.chars().filter(|&c| !is_digit(c)).collect();
        let number = |g: &str| g.parse::<u32>().unwrap_or(u32::MAX);
        let fits = match self {
            Shape::Date => {
                matches!(separators.as_str(), "//" | ".." | "--")
                    && matches!(lengths.as_slice(), [1 | 2, 1 | 2, 2 | 4])
                    && digits >= 3
                    && (1..=31).contains(&number(groups[0]))
                    && (1..=12).contains(&number(groups[1]))
            }
            // A letter l at the end is the litre.
            Shape::Decimal => {
                matches!(separators.as_str(), "," | ".")
                    && matches!(lengths.as_slice(), [1..=4, 1..=3])
                    && !token.ends_with(['l', 'I', '|'])
            }
            Shape::Integer => {
                separators.is_empty() && digits >= 2 && {
                    let first = token.chars().next().is_some_and(is_digit);
                    let last = token.chars().next_back();
                    first && last.is_some_and(|c| is_digit(c) || matches!(c, 'O' | 'o'))
                }
            }
            Shape::Time => {
                matches!(separators.as_str(), "h" | ":")
                    && matches!(lengths.as_slice(), [1 | 2, 2])
                    && number(groups[0]) <= 24
                    && number(groups[1]) <= 59
                    && letters > usize::from(separators == "h")
            }
        };
        fits.then_some(turned)
    }
}

/// The word without the punctuation around it.
fn trimmed<'w>(word: &'w str, punctuation: &str) -> (&'w str, &'w str, &'w str) {
    let start = word.len() - word.trim_start_matches(|c| punctuation.contains(c)).len();
    let core = word.trim_matches(|c| punctuation.contains(c));
    let (head, rest) = word.split_at(start);
    (head, core, rest.get(core.len()..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::printed::{Gap, PrintedBlock, PrintedLine};
    use relu_record::BoundingBox;

    fn repaired(line: &str, only: &str) -> String {
        let bbox = BoundingBox { x0: 0.0, y0: 0.0, x1: 1.0, y1: 1.0 };
        let words = line
            .split(' ')
            .map(|t| PrintedWord {
                text: t.to_owned(),
                bbox,
                confidence: Some(90),
                gap: Gap::Space,
                repaired: false,
            })
            .collect();
        let mut page =
            PrintedPage { blocks: vec![PrintedBlock { lines: vec![PrintedLine { words }] }] };
        apply(&mut page);
        let words: Vec<&PrintedWord> = page.words().collect();
        let changed = words.iter().map(|w| &w.text[..]).collect::<Vec<_>>().join(" ");
        assert_eq!(words.iter().any(|w| w.repaired), changed != line, "{only}: {line}");
        changed
    }

    #[test]
    fn every_rule_repairs_its_examples_and_leaves_the_others() {
        let rules: Rules = toml::from_str(include_str!("repair.toml")).unwrap();
        assert!(!rules.rule.is_empty());
        for rule in &rules.rule {
            assert!(!rule.examples.is_empty() && !rule.rejects.is_empty(), "{}", rule.code);
            for example in &rule.examples {
                let (wrong, right) = example.split_once(" => ").unwrap();
                assert_eq!(repaired(wrong, &rule.code), right, "{}", rule.code);
            }
            for reject in &rule.rejects {
                assert_eq!(&repaired(reject, &rule.code), reject, "{}", rule.code);
            }
        }
    }
}
