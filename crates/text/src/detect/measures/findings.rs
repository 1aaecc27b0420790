//! What a test says in a word: `hémocultures négatives`, `bilan hépatique normal`, `l'IRM était
//! normale`. Data: `rules/findings.toml`, tests on one side, values on the other.
//!
//! The value stands right after the test, or after a verb that carries it (`était`, `se révèlent`,
//! `:`), whatever was enumerated between. The kind is that of the test, the status that of the value.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Met, TESTS, VALUES};
use crate::compile::{Builder, OriginId, Proof, RuleDoc, RuleError};
use crate::found::Sink;
use crate::lists::List;
use crate::phrases::{Hit, Meaning, Print};
use crate::strings::Str;
use crate::tokens::Gap;
use crate::view::View;

mod word {
    pub(super) const LINK: i32 = 1;
    pub(super) const ADVERB: i32 = 2;
    pub(super) const BLOCK: i32 = 4;
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    test: Vec<TestRule>,
    #[serde(default)]
    value: Vec<ValueRule>,
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestRule {
    code: String,
    kind: String,
    why: String,
    source: String,
    terms: Vec<String>,
    matches: Vec<String>,
    rejects: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ValueRule {
    status: String,
    terms: Vec<String>,
    /// Kinds of tests that may have it; all when empty.
    #[serde(default)]
    kinds: Vec<String>,
    /// Only after a verb or a colon that gives it to the test.
    #[serde(default)]
    linked: bool,
}

/// Compiled tests and values.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Findings {
    tests: Vec<OriginId>,
    // Status, the kinds it goes with as bits, whether a verb must carry it.
    values: Vec<(Str, u32, bool)>,
    // Bit of each test's kind.
    kinds: Vec<u32>,
    // Entity of a named measure (`CRP élevée`) and its bit.
    measured: OriginId,
    measured_kind: u32,
    // Names of the kinds, in the order of their bits.
    kind_names: Vec<String>,
}

impl Findings {
    fn bit(&self, kind: &str) -> Option<u32> {
        self.kind_names.iter().position(|k| k == kind).and_then(|i| 1u32.checked_shl(i as u32))
    }
}

/// Adds the tests and values of a file.
pub(crate) fn compile(
    name: &str,
    file: &str,
    b: &mut Builder,
    made: &mut Findings,
) -> Result<(), RuleError> {
    let file: File = toml::from_str(file).map_err(|e| RuleError::toml(name, &e))?;
    for t in &file.test {
        if made.bit(&t.kind).is_none() {
            made.kind_names.push(t.kind.clone());
        }
        let bit = made.bit(&t.kind).ok_or_else(|| RuleError::new(name, "trop de genres"))?;
        if !b.keeps(&t.code) {
            continue;
        }
        let n = made.tests.len();
        for term in &t.terms {
            let short = term.chars().count() <= 3 && !term.chars().any(char::is_lowercase);
            let print = if short { Print::Capitals } else { Print::Any };
            b.term(term, Meaning::Measure(TESTS + n as u32), print, !short);
        }
        let origin = b.plain_origin("result", &t.kind, &t.code);
        made.tests.push(origin);
        made.kinds.push(bit);
        if t.kind == "laboratory" && made.measured_kind == 0 {
            (made.measured, made.measured_kind) = (origin, bit);
        }
        b.document(RuleDoc {
            code: t.code.clone(),
            why: t.why.clone(),
            source: t.source.clone(),
            matches: t.matches.clone(),
            rejects: t.rejects.clone(),
            proof: Proof::Entity,
            ..RuleDoc::default()
        });
    }
    for v in &file.value {
        let n = made.values.len();
        for term in &v.terms {
            b.term(term, Meaning::Measure(VALUES + n as u32), Print::Any, true);
        }
        let mut all = 0;
        for kind in &v.kinds {
            let unknown = || RuleError::new(name, format!("genre inconnu : {kind}"));
            all |= made.bit(kind).ok_or_else(unknown)?;
        }
        made.values.push((
            b.str(&v.status),
            if v.kinds.is_empty() { u32::MAX } else { all },
            v.linked,
        ));
    }
    let mut roles: BTreeMap<String, i32> = BTreeMap::new();
    for (role, entries) in &file.words {
        let bit = match role.as_str() {
            "link" => word::LINK,
            "adverb" => word::ADVERB,
            "block" => word::BLOCK,
            _ => return Err(RuleError::new(name, format!("rôle inconnu : {role}"))),
        };
        for entry in entries {
            *roles.entry(crate::key(entry)).or_default() |= bit;
        }
    }
    for (entry, bits) in &roles {
        b.listed(entry, List::FindingWord, *bits);
    }
    Ok(())
}

// Tokens between a test and its value, with and without a verb.
const FAR: usize = 60;
const NEAR: usize = 5;
// Beyond this, the entity is the value alone.
const TOGETHER: usize = 8;

/// A value was met: what it says of the last test.
pub(super) fn value(view: &View<'_>, tests: &Met, hit: Hit, n: u32, sink: &mut Sink) {
    let rules = &view.rules.measures.findings;
    let Some(&(status, kinds, verb)) = rules.values.get(n as usize) else { return };
    let from = hit.from as usize;
    let Some((test, number)) = (0..3).filter_map(|k| tests.back(k)).find(|(h, _)| h.to <= hit.from)
    else {
        return;
    };
    let (origin, kind) = match number.checked_sub(TESTS) {
        Some(t) => match (rules.tests.get(t as usize), rules.kinds.get(t as usize)) {
            (Some(o), Some(k)) => (*o, *k),
            _ => return,
        },
        // "Taille normale" describes; a quantity is a number.
        None if view.rules.measures.names.get(number as usize).is_none_or(|m| !m.whole) => return,
        None => (rules.measured, rules.measured_kind),
    };
    let gap = from - test.to as usize;
    if kind & kinds == 0 || gap > FAR || !carried(view, test.to as usize, from, verb) {
        return;
    }
    let start = if gap <= TOGETHER { test.from as usize } else { from };
    if let Some(f) = sink.push(view.tokens, start, hit.to as usize, origin) {
        f.status = status;
        if number < TESTS
            && let Some(name) = view.rules.measures.names.get(number as usize)
            && let Some(o) = view.rules.origins.get(name.origin.0 as usize)
        {
            f.kind = o.kind;
        }
    }
}

// Whether the words `from..to`, between a test and a value, give the value to the test.
fn carried(view: &View<'_>, from: usize, to: usize, verb: bool) -> bool {
    let mut at = from;
    // Whether the last word, adverbs aside, is a verb that carries a value.
    let mut linked = false;
    let mut depth = 0usize;
    let mut words = 0usize;
    while at < to {
        let Some(t) = view.token(at) else { return false };
        if t.gap() == Gap::Blank || t.is_mark(b';') {
            return false;
        }
        let ends = view.is(at, b'.') && view.gap(at + 1) != Gap::Glued;
        if ends {
            return false;
        }
        if t.is_mark(b'(') || t.is_mark(b'[') {
            depth += 1;
        } else if t.is_mark(b')') || t.is_mark(b']') {
            depth = depth.saturating_sub(1);
        } else if t.is_mark(b':') || t.is_mark(b'=') {
            linked = true;
        } else if depth == 0
            && let Some((roles, next)) = view.list(at, List::FindingWord)
            && next <= to
        {
            if roles & word::BLOCK != 0 {
                return false;
            }
            linked |= roles & word::LINK != 0;
            at = next;
            continue;
        } else if depth == 0 {
            linked = false;
            words += if t.is_mark(b',') { NEAR } else { usize::from(!t.is_mark(b'-')) };
        }
        at += 1;
    }
    // A parenthesis left open holds another statement.
    depth == 0 && (linked || !verb && words <= NEAR - 2)
}
