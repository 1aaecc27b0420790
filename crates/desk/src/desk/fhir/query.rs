//! The query of a search: `name[:modifier]=value,value`, read against the table of the type.
//!
//! Each criterion gives a clause of tokens that brings every match and perhaps more, and, where it
//! may bring more, a comparison with the resource once it is read. Source: FHIR R4 §3.1.1 (search).
//! What is not known is named back ([`Asked::ignored`]); a modifier that is not is always refused.

use relu_vault::{ResourceClause, ResourceTerm};

use super::dates::Interval;
use super::json::Json;
use super::outcome::{FhirError, Result};
use super::table::{Kind, Param, Type, find};
use super::values::{Found, any_system, found, prefix};

/// Most values and criteria of one search.
const MAX_VALUES: usize = 200;
/// Most resources on a page.
const MAX_COUNT: usize = 1_000;

/// What a search asks.
#[derive(Debug, Default)]
pub struct Asked {
    /// Conditions, all to hold.
    pub criteria: Vec<Criterion>,
    /// Only these ids.
    pub ids: Option<Vec<String>>,
    /// Changed within, by prefix and interval.
    pub updated: Vec<(Compare, Interval)>,
    /// Resources a page; none asked means the usual number.
    pub count: Option<usize>,
    /// Order.
    pub sort: Vec<Sort>,
    /// Resources that those found point to.
    pub include: Vec<Include>,
    /// Resources that point to those found.
    pub revinclude: Vec<Include>,
    /// Whether the total is to be exact.
    pub total: bool,
    /// Whether only the total is asked.
    pub summary_count: bool,
    /// Only these elements of each resource.
    pub elements: Vec<String>,
    /// Parameters nobody here knows.
    pub ignored: Vec<String>,
}

/// A condition on one parameter.
#[derive(Debug)]
pub struct Criterion {
    /// The parameter.
    pub param: &'static Param,
    /// How it compares.
    pub modifier: Modifier,
    /// One of these.
    pub any: Vec<Wanted>,
}

/// How a parameter compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Modifier {
    /// As its kind does.
    Plain,
    /// Has no value (`:missing=true`) or has one.
    Missing(bool),
    /// Has none of these (`:not`).
    Not,
    /// The same text, letter by letter.
    Exact,
    /// The text anywhere.
    Contains,
}

/// A value asked for.
#[derive(Clone, PartialEq)]
pub enum Wanted {
    /// System when one is named (possibly empty: none), code when one is.
    Token(Option<String>, Option<String>),
    /// A text.
    Text(String),
    /// A date.
    Date(Compare, Interval),
    /// One of these references: the type may be left open.
    Reference(Vec<String>),
    /// An address.
    Uri(String),
}

impl std::fmt::Debug for Wanted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wanted([masqué])")
    }
}

/// Prefix of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)] // the codes of FHIR
pub enum Compare {
    Eq,
    Ne,
    Gt,
    Lt,
    Ge,
    Le,
    Sa,
    Eb,
    Ap,
}

/// One key of the order.
#[derive(Debug)]
pub struct Sort {
    /// The parameter, or none for `_lastUpdated`.
    pub param: Option<&'static Param>,
    /// Last first.
    pub descending: bool,
}

/// `_include` and `_revinclude`.
#[derive(Debug)]
pub struct Include {
    /// Type that holds the reference.
    pub from: &'static Type,
    /// The reference.
    pub param: &'static Param,
    /// Only to this type.
    pub target: Option<String>,
}

/// Reads a query, `base` being the address of this server.
pub fn parse(kind: &'static Type, pairs: &[(String, String)], base: &str) -> Result<Asked> {
    let mut asked = Asked::default();
    if pairs.len() > MAX_VALUES {
        return Err(FhirError::new(400, "too-costly", "too many parameters"));
    }
    for (name, value) in pairs {
        let (bare, modifier) = match name.split_once(':') {
            Some((n, m)) => (n, Some(m)),
            None => (name.as_str(), None),
        };
        if value.is_empty() {
            continue;
        }
        match bare {
            "_format" | "_pretty" => {}
            "_id" => asked.ids.get_or_insert_default().extend(values(value)),
            "_lastUpdated" => {
                let (how, interval) = date(value).ok_or_else(|| bad(name, "is no date"))?;
                asked.updated.push((how, interval));
            }
            "_count" => {
                let n: usize = value.parse().map_err(|_| bad(name, "is no number"))?;
                asked.count = Some(n.min(MAX_COUNT));
            }
            "_total" => asked.total = value == "accurate",
            "_summary" => match value.as_str() {
                "count" => asked.summary_count = true,
                "false" => {}
                _ => return Err(bad(name, "only `count` is supported")),
            },
            "_elements" => asked.elements.extend(values(value)),
            "_sort" => {
                asked.sort = values(value).iter().map(|k| sort(kind, k)).collect::<Result<_>>()?
            }
            "_include" | "_revinclude" => {
                if modifier.is_some() {
                    return Err(bad(name, "the modifier is not supported"));
                }
                let include =
                    include(value).ok_or_else(|| bad(name, "names no reference known here"))?;
                if bare == "_include" {
                    asked.include.push(include);
                } else {
                    asked.revinclude.push(include);
                }
            }
            _ => match kind.param(bare) {
                Some(param) => asked.criteria.push(criterion(param, name, modifier, value, base)?),
                None => asked.ignored.push(bare.chars().take(60).collect()),
            },
        }
    }
    Ok(asked)
}

fn bad(name: &str, why: &str) -> FhirError {
    let name: String = name.chars().filter(|c| !c.is_control()).take(60).collect();
    FhirError::bad(format!("search parameter {name}: {why}"))
}

fn criterion(
    param: &'static Param,
    name: &str,
    modifier: Option<&str>,
    value: &str,
    base: &str,
) -> Result<Criterion> {
    let mut target = None;
    let modifier = match (modifier, param.kind) {
        (None, _) => Modifier::Plain,
        (Some("missing"), _) => {
            let missing = match value {
                "true" => true,
                "false" => false,
                _ => return Err(bad(name, "must be true or false")),
            };
            return Ok(Criterion { param, modifier: Modifier::Missing(missing), any: Vec::new() });
        }
        (Some("not"), Kind::Token) => Modifier::Not,
        (Some("exact"), Kind::String) => Modifier::Exact,
        (Some("contains"), Kind::String) => Modifier::Contains,
        (Some(of), Kind::Reference) if find(of).is_some() => {
            target = Some(of);
            Modifier::Plain
        }
        _ => return Err(bad(name, "the modifier is not supported")),
    };
    let all = values(value);
    if all.len() > MAX_VALUES {
        return Err(FhirError::new(400, "too-costly", "too many values of one parameter"));
    }
    let any: Option<Vec<Wanted>> =
        all.into_iter().map(|v| wanted(param, v, target, base)).collect();
    let any = any.ok_or_else(|| bad(name, "the value cannot be read"))?;
    Ok(Criterion { param, modifier, any })
}

fn wanted(param: &Param, value: String, target: Option<&str>, base: &str) -> Option<Wanted> {
    Some(match param.kind {
        Kind::Token => match value.split_once('|') {
            Some((system, code)) => Wanted::Token(
                Some(system.to_owned()),
                Some(code.to_owned()).filter(|c| !c.is_empty()),
            ),
            None => Wanted::Token(None, Some(value)),
        },
        Kind::String => Wanted::Text(value),
        Kind::Uri => Wanted::Uri(value),
        Kind::Date => {
            let (how, interval) = date(&value)?;
            Wanted::Date(how, interval)
        }
        Kind::Reference => {
            let own = value.strip_prefix(base).map(|v| v.trim_start_matches('/').to_owned());
            let value = own.unwrap_or(value);
            if value.contains('/') || value.contains(':') {
                return Some(Wanted::Reference(vec![value]));
            }
            let types: Vec<&str> = match (target, param.targets.is_empty()) {
                (Some(t), _) => vec![t],
                (None, true) => super::table::types().keys().map(String::as_str).collect(),
                // `patient` is about patients, whatever else a subject may be.
                (None, false) => param.targets.iter().map(String::as_str).collect(),
            };
            Wanted::Reference(types.iter().map(|t| format!("{t}/{value}")).collect())
        }
    })
}

fn date(value: &str) -> Option<(Compare, Interval)> {
    let (how, rest) = match value.get(..2) {
        Some("eq") => (Compare::Eq, 2),
        Some("ne") => (Compare::Ne, 2),
        Some("gt") => (Compare::Gt, 2),
        Some("lt") => (Compare::Lt, 2),
        Some("ge") => (Compare::Ge, 2),
        Some("le") => (Compare::Le, 2),
        Some("sa") => (Compare::Sa, 2),
        Some("eb") => (Compare::Eb, 2),
        Some("ap") => (Compare::Ap, 2),
        _ => (Compare::Eq, 0),
    };
    // A plus sign of a zone that was not escaped in the address has become a space.
    Some((how, Interval::parse(&value.get(rest..)?.replace(' ', "+"))?))
}

fn sort(kind: &'static Type, key: &str) -> Result<Sort> {
    let (name, descending) = match key.strip_prefix('-') {
        Some(name) => (name, true),
        None => (key, false),
    };
    if name == "_lastUpdated" {
        return Ok(Sort { param: None, descending });
    }
    match kind.param(name).filter(|p| matches!(p.kind, Kind::Date | Kind::String | Kind::Token)) {
        Some(param) => Ok(Sort { param: Some(param), descending }),
        None => Err(bad("_sort", "cannot sort by this")),
    }
}

fn include(value: &str) -> Option<Include> {
    let mut parts = value.split(':');
    let from = find(parts.next()?)?;
    let param = from.param(parts.next()?).filter(|p| p.kind == Kind::Reference)?;
    let target = parts.next().map(str::to_owned);
    parts.next().is_none().then_some(Include { from, param, target })
}

/// Splits at commas that are not escaped, and takes the escapes off.
fn values(text: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            ',' => out.push(String::new()),
            '\\' => match chars.next() {
                Some(next) => last(&mut out).push(next),
                None => last(&mut out).push('\\'),
            },
            c => last(&mut out).push(c),
        }
    }
    out.retain(|v| !v.is_empty());
    out
}

fn last(out: &mut Vec<String>) -> &mut String {
    if out.is_empty() {
        out.push(String::new());
    }
    let at = out.len() - 1;
    &mut out[at]
}

/// The clauses of all criteria. Those on one date (`ge…`, `lt…`) make one interval: each would bring
/// half of everything. An element has one date or period here, so that what overlaps both overlaps
/// what they have in common, or spans the gap between them.
pub fn clauses(criteria: &[Criterion]) -> Vec<ResourceClause> {
    let mut dates: Vec<(&'static str, Interval)> = Vec::new();
    let mut out = Vec::new();
    for criterion in criteria {
        match criterion.date_reach() {
            None => out.extend(criterion.clauses()),
            Some(reach) => {
                let index = criterion.param.index.as_str();
                match dates.iter_mut().find(|(i, _)| *i == index) {
                    None => dates.push((index, reach)),
                    Some((_, all)) => {
                        all.from = all.from.max(reach.from);
                        all.to = all.to.min(reach.to);
                    }
                }
            }
        }
    }
    out.extend(dates.into_iter().map(|(param, all)| {
        // Asked on both sides of a gap, a period must span the gap.
        let all = match all.from < all.to {
            true => all,
            false => Interval { from: all.to.saturating_sub(1), to: all.from.saturating_add(1) },
        };
        let term = |value: String| ResourceTerm { param, value };
        ResourceClause { any: all.cover().into_iter().map(term).collect(), none: false }
    }));
    out
}

impl Criterion {
    // What every match overlaps, when it asks for one date.
    fn date_reach(&self) -> Option<Interval> {
        match (self.modifier, self.any.as_slice()) {
            (Modifier::Plain, [Wanted::Date(how, asked)]) => reach(*how, *asked),
            _ => None,
        }
    }

    /// The clauses of tokens that bring every match; none when tokens cannot help.
    pub fn clauses(&self) -> Vec<ResourceClause> {
        let term = |value: String| ResourceTerm { param: &self.param.index, value };
        let none = self.modifier == Modifier::Not;
        match self.modifier {
            Modifier::Missing(_) | Modifier::Contains => return Vec::new(),
            // Exact texts begin alike too.
            Modifier::Plain | Modifier::Exact | Modifier::Not => {}
        }
        if let (Kind::String, [Wanted::Text(text)]) = (self.param.kind, self.any.as_slice()) {
            let folded = relu_vault::fold(text);
            let words = folded.split(' ').filter(|w| !w.is_empty());
            let one = |w: &str| ResourceClause { any: vec![term(prefix(w).into_owned())], none };
            return words.map(one).collect();
        }
        let mut any = Vec::new();
        for wanted in &self.any {
            match wanted {
                Wanted::Token(Some(system), Some(code)) if !system.is_empty() => {
                    any.push(term(format!("{system}|{code}")));
                }
                // No system: the tokens bring that code in any.
                Wanted::Token(_, Some(code)) if !none => any.push(term(any_system(code))),
                Wanted::Token(None, Some(code)) => any.push(term(any_system(code))),
                Wanted::Token(..) => return Vec::new(),
                Wanted::Text(text) => match relu_vault::fold(text).split(' ').next() {
                    Some(w) if !w.is_empty() => any.push(term(prefix(w).into_owned())),
                    _ => return Vec::new(),
                },
                Wanted::Date(how, asked) => match reach(*how, *asked) {
                    Some(interval) => any.extend(interval.cover().into_iter().map(term)),
                    None => return Vec::new(),
                },
                Wanted::Reference(all) => any.extend(all.iter().cloned().map(term)),
                Wanted::Uri(uri) => any.push(term(uri.clone())),
            }
        }
        vec![ResourceClause { any, none }]
    }

    /// Whether what the tokens bring must still be compared.
    pub fn must_compare(&self) -> bool {
        match (self.param.kind, self.modifier) {
            (_, Modifier::Missing(_)) => true,
            (Kind::Token, _) => self.any.iter().any(|w| match w {
                Wanted::Token(Some(system), code) => system.is_empty() || code.is_none(),
                _ => false,
            }),
            (Kind::Reference | Kind::Uri, _) => false,
            _ => true,
        }
    }

    /// Whether a resource satisfies it.
    pub fn holds(&self, resource: &Json) -> bool {
        let found = found(resource, self.param);
        match self.modifier {
            Modifier::Missing(missing) => found.is_empty() == missing,
            Modifier::Not => !self.any.iter().any(|w| found.iter().any(|f| self.matches(w, f))),
            _ => self.any.iter().any(|w| found.iter().any(|f| self.matches(w, f))),
        }
    }

    fn matches(&self, wanted: &Wanted, found: &Found<'_>) -> bool {
        match (wanted, found) {
            (Wanted::Token(system, code), Found::Token(s, c)) => {
                system.as_deref().is_none_or(|w| w == *s) && code.as_deref().is_none_or(|w| w == *c)
            }
            (Wanted::Text(text), Found::Text(t)) => match self.modifier {
                Modifier::Exact => text == t,
                Modifier::Contains => relu_vault::fold(t).contains(&relu_vault::fold(text)),
                _ => begins(&relu_vault::fold(text), &relu_vault::fold(t)),
            },
            (Wanted::Date(how, asked), Found::Date(value)) => compare(*how, *asked, *value),
            (Wanted::Reference(all), Found::Reference(to)) => all.iter().any(|r| r == to),
            (Wanted::Uri(uri), Found::Uri(u)) => uri == u,
            _ => false,
        }
    }
}

// Each word asked for begins a word of the text.
fn begins(asked: &str, text: &str) -> bool {
    !asked.is_empty() && asked.split(' ').all(|a| text.split(' ').any(|w| w.starts_with(a)))
}

/// Whether a value compares so with what was asked (FHIR R4 §3.1.1.4.4).
pub fn compare(how: Compare, asked: Interval, value: Interval) -> bool {
    match how {
        Compare::Eq => asked.contains(value),
        Compare::Ne => !asked.contains(value),
        Compare::Gt => value.to > asked.to,
        Compare::Lt => value.from < asked.from,
        Compare::Ge => value.to > asked.to || asked.contains(value),
        Compare::Le => value.from < asked.from || asked.contains(value),
        Compare::Sa => value.from >= asked.to,
        Compare::Eb => value.to <= asked.from,
        Compare::Ap => asked.overlaps(value),
    }
}

// What every match overlaps; nothing when it may lie anywhere.
fn reach(how: Compare, asked: Interval) -> Option<Interval> {
    match how {
        Compare::Eq | Compare::Ap => Some(asked),
        Compare::Ne => None,
        Compare::Gt | Compare::Ge => Some(Interval { from: asked.from, to: i64::MAX }),
        Compare::Sa => Some(Interval { from: asked.to, to: i64::MAX }),
        Compare::Lt | Compare::Le => Some(Interval { from: i64::MIN, to: asked.to }),
        Compare::Eb => Some(Interval { from: i64::MIN, to: asked.from }),
    }
}
