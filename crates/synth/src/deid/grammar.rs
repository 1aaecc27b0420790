//! Grammars of notes: how a rule becomes text. The language is told in `deid/README.md`.
//!
//! A group with one choice keeps its brackets: `({DATE})` is a date in brackets. Depth is bounded,
//! so that a rule that holds itself ends.

use std::collections::BTreeMap;

use crate::rng::Rng;

/// Rules by name, each with its alternatives.
#[derive(Debug, Default)]
pub(crate) struct Grammar {
    rules: BTreeMap<&'static str, Vec<Vec<Part>>>,
}

#[derive(Clone, Debug)]
enum Part {
    Text(String),
    Rule(String),
    Slot(String),
    Choice(Vec<Vec<Part>>),
}

/// What takes the pieces of a note.
pub(crate) trait Writer {
    /// Takes text.
    fn text(&mut self, text: &str);
    /// Fills a slot; false when there is none of that name.
    fn slot(&mut self, name: &str, rng: &mut Rng) -> bool;
}

const DEPTH: usize = 24;

impl Grammar {
    /// Reads the rules of `files`; `Err` names what is wrong.
    pub(crate) fn read(files: &[&'static str]) -> Result<Grammar, String> {
        let mut grammar = Grammar::default();
        let mut name = "";
        for line in files.iter().flat_map(|f| f.lines()) {
            if let Some(new) = line.strip_prefix('@') {
                name = new.trim();
                grammar.rules.entry(name).or_default();
                continue;
            }
            if line.trim().is_empty() {
                continue;
            }
            let (times, line) = match line.split_once('*') {
                Some((n, rest)) if n.len() <= 2 && n.parse::<usize>().is_ok() => {
                    (n.parse().unwrap_or(1), rest)
                }
                _ => (1, line),
            };
            let chars: Vec<char> = line.chars().collect();
            let parts = parse(&chars).ok_or_else(|| format!("{name} : {line}"))?;
            let alternatives = grammar.rules.entry(name).or_default();
            alternatives.extend(std::iter::repeat_n(parts, times));
        }
        Ok(grammar)
    }

    /// Writes rule `name`; `Err` names the rule or slot that is missing.
    pub(crate) fn write(
        &self,
        name: &str,
        rng: &mut Rng,
        out: &mut impl Writer,
    ) -> Result<(), String> {
        self.rule(name, rng, out, 0)
    }

    fn rule(
        &self,
        name: &str,
        rng: &mut Rng,
        out: &mut impl Writer,
        depth: usize,
    ) -> Result<(), String> {
        let rules = self.rules.get(name).ok_or_else(|| format!("<{name}>"))?;
        if depth > DEPTH {
            return Ok(());
        }
        let Some(parts) = rng.pick(rules) else { return Ok(()) };
        self.parts(parts, rng, out, depth + 1)
    }

    fn parts(
        &self,
        parts: &[Part],
        rng: &mut Rng,
        out: &mut impl Writer,
        depth: usize,
    ) -> Result<(), String> {
        for part in parts {
            match part {
                Part::Text(t) => out.text(t),
                Part::Rule(name) => self.rule(name, rng, out, depth)?,
                Part::Slot(name) => {
                    if !out.slot(name, rng) {
                        return Err(format!("{{{name}}}"));
                    }
                }
                Part::Choice(choices) if choices.len() == 1 => {
                    out.text("(");
                    for c in choices {
                        self.parts(c, rng, out, depth)?;
                    }
                    out.text(")");
                }
                Part::Choice(choices) => {
                    if let Some(c) = rng.pick(choices) {
                        self.parts(c, rng, out, depth)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Every rule and slot named anywhere, to be checked once.
    #[cfg(test)]
    pub(crate) fn names(&self) -> (Vec<String>, Vec<String>) {
        fn walk(parts: &[Part], rules: &mut Vec<String>, slots: &mut Vec<String>) {
            for p in parts {
                match p {
                    Part::Text(_) => {}
                    Part::Rule(r) => rules.push(r.clone()),
                    Part::Slot(s) => slots.push(s.clone()),
                    Part::Choice(c) => c.iter().for_each(|p| walk(p, rules, slots)),
                }
            }
        }
        let (mut rules, mut slots) = (Vec::new(), Vec::new());
        self.rules.values().flatten().for_each(|p| walk(p, &mut rules, &mut slots));
        (rules, slots)
    }
}

fn parse(chars: &[char]) -> Option<Vec<Part>> {
    let mut at = 0;
    let parts = sequence(chars, &mut at, false)?;
    (at == chars.len()).then_some(parts)
}

fn sequence(chars: &[char], at: &mut usize, inside: bool) -> Option<Vec<Part>> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let flush = |text: &mut String, parts: &mut Vec<Part>| {
        if !text.is_empty() {
            parts.push(Part::Text(std::mem::take(text)));
        }
    };
    while let Some(&c) = chars.get(*at) {
        match c {
            '\\' => {
                let next = *chars.get(*at + 1)?;
                text.push(match next {
                    'n' => '\n',
                    't' => '\t',
                    other => other,
                });
                *at += 2;
            }
            '<' if chars.get(*at + 1).is_some_and(|c| c.is_ascii_alphabetic()) => {
                flush(&mut text, &mut parts);
                parts.push(Part::Rule(name(chars, at, '>')?));
            }
            '{' => {
                flush(&mut text, &mut parts);
                parts.push(Part::Slot(name(chars, at, '}')?));
            }
            '(' => {
                flush(&mut text, &mut parts);
                *at += 1;
                let mut choices = Vec::new();
                loop {
                    choices.push(sequence(chars, at, true)?);
                    match chars.get(*at)? {
                        '|' => *at += 1,
                        _ => break,
                    }
                }
                *at += 1;
                parts.push(Part::Choice(choices));
            }
            '|' | ')' if inside => break,
            _ => {
                text.push(c);
                *at += 1;
            }
        }
    }
    flush(&mut text, &mut parts);
    Some(parts)
}

fn name(chars: &[char], at: &mut usize, close: char) -> Option<String> {
    let rest = chars.get(*at + 1..)?;
    let length = rest.iter().position(|c| *c == close)?;
    *at += length + 2;
    Some(rest.get(..length)?.iter().collect())
}
