//! The rules of `rules/identifiers.toml`, compiled: what a number can be, by its form.
//!
//! Shape: [`Rules::at`] gives the longest match that begins at a byte. Errors only where rules are
//! read: a rule that cannot be used is named with the element that is wrong.

use serde::Deserialize;

use super::label::Label;
use super::pattern::{Calendar, Pattern};

/// What a unit is, as far as its form tells. The number is part of the model's features: append only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[repr(u8)]
pub(crate) enum Class {
    /// A word or a mark.
    #[default]
    None,
    Date,
    DayMonth,
    MonthYear,
    MonthYy,
    Month,
    Year,
    Date8,
    Phone,
    PhoneOdd,
    Nir,
    Zip,
    ZipSplit,
    Decimal,
    Time,
    Age,
    Iban,
    Plate,
    Mail,
    Url,
    /// Digits and letters together.
    Alnum,
    /// Other digits; their number is in the unit.
    Number,
}

/// What a rule found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Match {
    pub(crate) end: usize,
    pub(crate) class: Class,
    pub(crate) label: Option<Label>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    months: Vec<String>,
    days: Vec<String>,
    hosts: Vec<String>,
    rule: Vec<RuleFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleFile {
    code: String,
    class: Class,
    label: Option<String>,
    #[serde(default)]
    spaced: bool,
    patterns: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the tests"))]
    why: String,
    #[expect(dead_code, reason = "read by people")]
    source: String,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the tests"))]
    matches: Vec<String>,
    #[cfg_attr(not(test), expect(dead_code, reason = "read by people and by the tests"))]
    rejects: Vec<String>,
}

/// The rules.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    calendar: Calendar,
    digits: Vec<Rule>,
    letters: Vec<Rule>,
    hosts: Vec<String>,
}

#[derive(Clone, Debug)]
struct Rule {
    class: Class,
    label: Option<Label>,
    pattern: Pattern,
}

const SHIPPED: &str = include_str!("rules/identifiers.toml");

impl Rules {
    /// The shipped rules.
    pub(crate) fn shipped() -> Result<Rules, String> {
        Rules::read(SHIPPED)
    }

    fn read(text: &str) -> Result<Rules, String> {
        let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
        let mut rules = Rules::default();
        rules.hosts.clone_from(&file.hosts);
        let bytes = |names: &[String]| names.iter().map(|m| m.clone().into_bytes()).collect();
        rules.calendar = Calendar { months: bytes(&file.months), days: bytes(&file.days) };
        for r in &file.rule {
            let label = match &r.label {
                Some(name) => {
                    Some(Label::named(name).ok_or_else(|| format!("{} : {name}", r.code))?)
                }
                None => None,
            };
            for p in &r.patterns {
                let pattern =
                    Pattern::parse(p, r.spaced).map_err(|e| format!("{} : {e}", r.code))?;
                let to = if pattern.begins_with_letters() {
                    &mut rules.letters
                } else {
                    &mut rules.digits
                };
                to.push(Rule { class: r.class, label, pattern });
            }
        }
        Ok(rules)
    }

    /// The longest match at byte `from`, where a digit, `+` or `(` stands, or a letter.
    pub(crate) fn at(&self, text: &[u8], from: usize) -> Option<Match> {
        let letter = text.get(from).is_some_and(|b| b.is_ascii_alphabetic() || *b >= 0x80);
        let mut best: Option<Match> = None;
        for r in if letter { &self.letters } else { &self.digits } {
            if !text.get(from).is_some_and(|b| r.pattern.may_begin(*b)) {
                continue;
            }
            let Some(end) = r.pattern.find(text, from, &self.calendar) else { continue };
            // What goes on with a digit or, after a digit, with `,5` is something else.
            if text.get(end).is_some_and(u8::is_ascii_digit)
                || letter_cut(text, end)
                || goes_on(text, end, r.class)
            {
                continue;
            }
            if best.is_none_or(|b| end > b.end) {
                best = Some(Match { end, class: r.class, label: r.label });
            }
        }
        best
    }

    /// Whether a web address without `www.` begins so.
    pub(crate) fn is_host(&self, text: &[u8]) -> bool {
        self.hosts.iter().any(|h| {
            text.get(..h.len()).is_some_and(|head| head.eq_ignore_ascii_case(h.as_bytes()))
        })
    }

    /// Whether the folded word is the name of a month or a day.
    pub(crate) fn is_calendar(&self, folded: &[u8]) -> bool {
        self.calendar.months.iter().chain(&self.calendar.days).any(|m| m == folded)
    }
}

// Whether a date goes on where the match ends: its first number was taken for the last of this one.
fn goes_on(text: &[u8], end: usize, class: Class) -> bool {
    let blanks = match class {
        Class::Nir | Class::Phone | Class::PhoneOdd => {
            text.iter().skip(end).take(2).take_while(|b| **b == b' ').count()
        }
        _ => 0,
    };
    let mark =
        text.get(end + blanks).is_some_and(|b| b"/".contains(b) || blanks == 0 && *b == b'.');
    let digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    mark && (digit(end + blanks + 1) || blanks > 0 && digit(end + blanks + 2))
}

// Whether the match ends inside a word.
fn letter_cut(text: &[u8], end: usize) -> bool {
    let letter = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphabetic);
    end > 0 && letter(text.get(end - 1)) && letter(text.get(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_finds_what_it_shows_and_no_more() {
        let file: File = toml::from_str(SHIPPED).unwrap();
        let rules = Rules::shipped().unwrap();
        for r in &file.rule {
            assert!(!r.why.is_empty() && !r.matches.is_empty() && !r.rejects.is_empty());
            let label = r.label.as_deref().and_then(Label::named);
            for shown in &r.matches {
                let (from, to) = (shown.find('[').unwrap(), shown.rfind(']').unwrap() - 1);
                let text: String = shown.chars().filter(|c| !"[]".contains(*c)).collect();
                let got = rules.at(text.as_bytes(), from);
                let expected = Match { end: to, class: r.class, label };
                assert_eq!(got, Some(expected), "{} : {shown}", r.code);
            }
            for text in &r.rejects {
                let hit = (0..text.len())
                    .filter(|i| text.is_char_boundary(*i))
                    .filter(|i| *i == 0 || !text.as_bytes()[i - 1].is_ascii_alphanumeric())
                    .filter_map(|i| rules.at(text.as_bytes(), i))
                    .any(|m| m.class == r.class);
                assert!(!hit, "{} : {text}", r.code);
            }
        }
    }
}
