//! Rules of conditions: named groups of disorders, behaviours, states. Data: `rules/comorbidities.toml`,
//! `rules/behaviours.toml`, `rules/status.toml`, `rules/covid.toml`, `rules/suicide_attempt.toml`.
//!
//! A rule has terms that raise it, and clauses about the words around them. A clause names words
//! (its own, or a set of the file) and how many tokens `before` and `after` it looks, within the
//! sentence unless `anywhere`:
//!
//! | field | a clause that holds |
//! |---|---|
//! | `exclude` | refuses the mention |
//! | `require` | accepts it (one of them must hold, when there are any) |
//! | `become` | gives it a status or a modality (the first one that holds) |
//! | `negate` | marks it as negated |
//! | `mark` | gives a status to the entity of this label that follows |
//!
//! A hyphen inside a word of a rule stands for a hyphen, a blank or nothing.

use serde::{Deserialize, Serialize};

use crate::compile::{Builder, Origin, OriginId, Proof, RuleDoc, RuleError};
use crate::lists::List;
use crate::phrases::{Meaning, Print};
use crate::strings::Str;

/// Compiled rules of conditions.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Conditions {
    pub(crate) rules: Vec<Rule>,
    /// Kind given by a lexicon, and the rule that then looks at the words around.
    pub(crate) of_lexicon: Vec<(Str, u32)>,
    // Number of the next set of words.
    sets: i32,
    // Label and kind of each group, to number them.
    groups: Vec<(Str, Str)>,
    /// Label of disorders.
    pub(crate) disorder: Str,
    /// Label of behaviours.
    pub(crate) behaviour: Str,
    /// Label of signs.
    pub(crate) symptom: Str,
    /// Statuses that win over another one of the same group at the same words.
    pub(crate) severe: Vec<Str>,
}

/// At most this many groups: what two mentions of one group claim is settled by their number.
pub(crate) const MAX_GROUPS: usize = 64;

/// A rule.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Rule {
    pub(crate) origin: OriginId,
    pub(crate) label: Str,
    pub(crate) kind: Str,
    pub(crate) status: Str,
    pub(crate) modality: Str,
    pub(crate) group: u8,
    pub(crate) exclude: Vec<Clause>,
    pub(crate) require: Vec<Clause>,
    pub(crate) becomes: Vec<Clause>,
    pub(crate) negate: Vec<Clause>,
    pub(crate) value: Option<Quantity>,
    pub(crate) mark: Option<Mark>,
}

/// Words looked for around a mention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Clause {
    /// Sets of words, sorted.
    pub(crate) sets: Vec<i32>,
    /// Words inside which they do not count ("non ischémique"); 0: none.
    pub(crate) but: i32,
    pub(crate) before: u16,
    pub(crate) after: u16,
    pub(crate) anywhere: bool,
    /// The entity reaches to these words.
    pub(crate) extend: bool,
    /// The number that follows the words lies below.
    pub(crate) below: Option<f64>,
    /// Instead of words: the section.
    pub(crate) section: Str,
    pub(crate) status: Str,
    pub(crate) modality: Str,
}

/// A number that belongs to a mention.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Quantity {
    pub(crate) unit: Str,
    /// Words of the unit, next to which the number stands; none: next to the term itself.
    pub(crate) words: Option<Clause>,
    pub(crate) required: bool,
    pub(crate) low: f64,
    pub(crate) high: f64,
}

/// Entities that a mention says something of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Mark {
    pub(crate) labels: Vec<Str>,
    pub(crate) after: u16,
    pub(crate) status: Str,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    severe: Vec<String>,
    #[serde(default)]
    set: Vec<SetText>,
    rule: Vec<RuleText>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetText {
    name: String,
    words: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleText {
    code: String,
    #[serde(default = "disorder")]
    label: String,
    #[serde(default)]
    kind: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    modality: String,
    /// Code of the CIM-10.
    #[serde(default)]
    cim10: String,
    why: String,
    source: String,
    #[serde(default)]
    terms: Vec<String>,
    /// Terms read in capitals alone.
    #[serde(default)]
    acronyms: Vec<String>,
    /// Whether the rule also looks at the terms of the lexicons that have its kind.
    #[serde(default)]
    lexicon: bool,
    #[serde(default)]
    exclude: Vec<ClauseText>,
    #[serde(default)]
    require: Vec<ClauseText>,
    #[serde(default, rename = "become")]
    becomes: Vec<ClauseText>,
    #[serde(default)]
    negate: Vec<ClauseText>,
    value: Option<QuantityText>,
    mark: Option<MarkText>,
    #[serde(default)]
    matches: Vec<String>,
    #[serde(default)]
    rejects: Vec<String>,
}

fn disorder() -> String {
    "disorder".to_owned()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ClauseText {
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    sets: Vec<String>,
    /// Words inside which those of the clause do not count.
    #[serde(default)]
    but: Vec<String>,
    #[serde(default)]
    before: u16,
    #[serde(default)]
    after: u16,
    #[serde(default)]
    anywhere: bool,
    #[serde(default)]
    extend: bool,
    below: Option<f64>,
    #[serde(default)]
    section: String,
    #[serde(default)]
    status: String,
    #[serde(default)]
    modality: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct QuantityText {
    unit: String,
    #[serde(default)]
    words: Vec<String>,
    #[serde(default)]
    before: u16,
    #[serde(default)]
    after: u16,
    #[serde(default)]
    required: bool,
    range: [f64; 2],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MarkText {
    labels: Vec<String>,
    after: u16,
    status: String,
}

/// Adds the rules of a file.
pub(crate) fn compile(
    name: &str,
    file: &str,
    b: &mut Builder,
    to: &mut Conditions,
) -> Result<(), RuleError> {
    let parsed: File = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    to.behaviour = b.str("behaviour");
    (to.disorder, to.symptom) = (b.str("disorder"), b.str("symptom"));
    to.severe.extend(parsed.severe.iter().map(|s| b.str(s)));
    let mut names: Vec<(String, i32)> = Vec::new();
    for set in parsed.set {
        names.push((set.name, to.set(&set.words, b)));
    }
    for text in parsed.rule {
        if !b.keeps(&text.code) {
            continue;
        }
        let rule = to.rule(name, &text, &names, b)?;
        let n = to.rules.len() as u32;
        let meaning = Meaning::Condition(n);
        for term in &text.terms {
            for spelling in spellings(term) {
                b.term(&spelling, meaning, Print::Any, true);
            }
        }
        for term in &text.acronyms {
            b.term(term, meaning, Print::Capitals, false);
        }
        if text.lexicon {
            to.of_lexicon.push((rule.kind, n));
        }
        to.rules.push(rule);
        let RuleText { code, why, source, matches, rejects, .. } = text;
        let proof = Proof::Condition;
        b.document(RuleDoc { code, why, source, matches, rejects, proof, ..RuleDoc::default() });
    }
    Ok(())
}

impl Conditions {
    fn set(&mut self, words: &[String], b: &mut Builder) -> i32 {
        self.sets += 1;
        for word in words {
            for spelling in spellings(word) {
                b.near(&spelling, List::Near, self.sets);
            }
        }
        self.sets
    }

    fn rule(
        &mut self,
        file: &str,
        text: &RuleText,
        names: &[(String, i32)],
        b: &mut Builder,
    ) -> Result<Rule, RuleError> {
        let (label, kind) = (b.str(&text.label), b.str(&text.kind));
        let (status, modality) = (b.str(&text.status), b.str(&text.modality));
        let group = match self.groups.iter().position(|g| *g == (label, kind)) {
            Some(g) => g,
            None => {
                self.groups.push((label, kind));
                self.groups.len() - 1
            }
        };
        if group >= MAX_GROUPS {
            return Err(RuleError::new(file, format!("{} : trop de groupes", text.code)));
        }
        let system = if text.cim10.is_empty() { Str::NONE } else { b.str("cim10") };
        let origin = Origin {
            label,
            kind,
            status,
            modality,
            system,
            code: b.str(&text.cim10),
            rule: b.str(&text.code),
            ..Origin::default()
        };
        let origin = b.origin(origin);
        let mut clauses = |texts: &[ClauseText]| {
            texts
                .iter()
                .map(|c| self.clause(c, names, b).map_err(|e| RuleError::new(file, e)))
                .collect::<Result<Vec<Clause>, RuleError>>()
        };
        let exclude = clauses(&text.exclude)?;
        let require = clauses(&text.require)?;
        let becomes = clauses(&text.becomes)?;
        let negate = clauses(&text.negate)?;
        let value = text.value.as_ref().map(|q| Quantity {
            unit: b.str(&q.unit),
            words: (!q.words.is_empty()).then(|| Clause {
                sets: vec![self.set(&q.words, b)],
                before: q.before,
                after: q.after,
                ..Clause::default()
            }),
            required: q.required,
            low: q.range[0],
            high: q.range[1],
        });
        let mark = text.mark.as_ref().map(|m| Mark {
            labels: m.labels.iter().map(|l| b.str(l)).collect(),
            after: m.after,
            status: b.str(&m.status),
        });
        let group = group as u8;
        Ok(Rule {
            origin,
            label,
            kind,
            status,
            modality,
            group,
            exclude,
            require,
            becomes,
            negate,
            value,
            mark,
        })
    }

    fn clause(
        &mut self,
        text: &ClauseText,
        names: &[(String, i32)],
        b: &mut Builder,
    ) -> Result<Clause, String> {
        let mut sets = Vec::new();
        for wanted in &text.sets {
            let Some((_, n)) = names.iter().find(|(name, _)| name == wanted) else {
                return Err(format!("ensemble inconnu : {wanted}"));
            };
            sets.push(*n);
        }
        if !text.words.is_empty() {
            sets.push(self.set(&text.words, b));
        }
        sets.sort_unstable();
        if sets.is_empty() == text.section.is_empty() {
            return Err("une clause porte des mots ou une section".to_owned());
        }
        if !sets.is_empty() && text.before == 0 && text.after == 0 {
            return Err("une clause regarde avant ou après".to_owned());
        }
        let but = if text.but.is_empty() { 0 } else { self.set(&text.but, b) };
        Ok(Clause {
            sets,
            but,
            before: text.before,
            after: text.after,
            anywhere: text.anywhere,
            extend: text.extend,
            below: text.below,
            section: b.str(&text.section),
            status: b.str(&text.status),
            modality: b.str(&text.modality),
        })
    }
}

// A hyphen inside stands for a hyphen or a blank (the walk knows), or nothing.
fn spellings(term: &str) -> Vec<String> {
    let mut all = vec![term.to_owned()];
    if term.contains('-') && term.chars().any(char::is_alphabetic) {
        all.push(term.replace('-', ""));
        if term.matches('-').count() == 1 {
            all.push(term.replace('-', " "));
        }
    }
    all
}
