//! Hyphens at the end of a line: when the two halves are one word, and whether the hyphen stays.
//!
//! Shapes: the last word of a line and the first of the next in; what to write of the first half
//! out. Rules: `hyphen.toml`. A hyphen between digits, or between a letter and a digit, is never
//! touched: `10-` / `12` is a range, not a word. Findings and errors: none.

use std::collections::BTreeSet;
use std::sync::LazyLock;

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    #[allow(dead_code)]
    code: String,
    #[allow(dead_code)]
    why: String,
    #[allow(dead_code)]
    source: String,
    half: Half,
    words: BTreeSet<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    examples: Vec<String>,
    #[cfg_attr(not(test), allow(dead_code))]
    rejects: Vec<String>,
}

#[derive(serde::Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Half {
    First,
    Second,
}

#[derive(serde::Deserialize, Default)]
#[serde(deny_unknown_fields)]
struct Rules {
    rule: Vec<Rule>,
}

static RULES: LazyLock<Rules> =
    LazyLock::new(|| toml::from_str(include_str!("hyphen.toml")).unwrap_or_default());

/// Compounds written with an inner hyphen among these words, in lower case.
pub(crate) fn compounds<'w>(words: impl Iterator<Item = &'w str>) -> BTreeSet<String> {
    words
        .filter_map(|word| {
            let word = word.trim_matches(|c: char| !c.is_alphabetic());
            let (a, b) = word.split_once('-')?;
            (!a.is_empty() && !b.is_empty()).then(|| word.to_lowercase())
        })
        .collect()
}

/// What to write of `first` when it is a cut word that goes on with `second`: without its hyphen,
/// or with it for a compound. `None` when the two are not one word.
pub(crate) fn join<'a>(
    first: &'a str,
    second: &str,
    compounds: &BTreeSet<String>,
) -> Option<&'a str> {
    let mark = first.chars().next_back()?;
    if !matches!(mark, '-' | '\u{2010}' | '\u{ad}') {
        return None;
    }
    let head = first.get(..first.len() - mark.len_utf8())?;
    let (last, next) = (head.chars().next_back()?, second.chars().next()?);
    if !last.is_alphabetic() || !next.is_alphabetic() {
        return None;
    }
    if mark == '\u{ad}' {
        return Some(head);
    }
    let keep = next.is_uppercase() || last.is_uppercase() || is_compound(head, second, compounds);
    Some(if keep { first } else { head })
}

fn is_compound(head: &str, second: &str, compounds: &BTreeSet<String>) -> bool {
    let tail: String = head.chars().rev().take_while(|c| c.is_alphabetic()).collect();
    let tail: String = tail.chars().rev().collect::<String>().to_lowercase();
    let next = second.to_lowercase();
    let bare = next.trim_end_matches(|c: char| !c.is_alphabetic());
    // `c'est-à-` / `dire`: what already holds a hyphen is a compound.
    head.trim_start_matches(|c: char| !c.is_alphabetic()).contains('-')
        || compounds.contains(&format!("{tail}-{bare}"))
        || RULES.rule.iter().any(|r| match r.half {
            Half::First => r.words.contains(&tail),
            Half::Second => r.words.contains(bare),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_keeps_its_examples_and_leaves_the_others() {
        let rules: Rules = toml::from_str(include_str!("hyphen.toml")).unwrap();
        assert!(!rules.rule.is_empty());
        for rule in &rules.rule {
            for (cases, kept) in [(&rule.examples, true), (&rule.rejects, false)] {
                assert!(!cases.is_empty(), "{}", rule.code);
                for case in cases {
                    let (a, b) = case.split_once('|').unwrap();
                    let written = join(a, b, &BTreeSet::new()).unwrap();
                    assert_eq!(written.ends_with('-'), kept, "{}: {case}", rule.code);
                }
            }
        }
    }
}
