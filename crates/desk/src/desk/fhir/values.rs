//! What a search parameter finds in a resource, and the terms under which that is indexed.

use std::borrow::Cow;

use relu_vault::ResourceTerm;

use super::dates::Interval;
use super::json::Json;
use super::table::{Kind, Param, Type};

/// Shortest and longest beginning of a word that is indexed, in characters.
const PREFIX: std::ops::RangeInclusive<usize> = 1..=12;
/// Most terms of one resource; the rest of a hostile one is left.
const MAX_TERMS: usize = 600;

/// A value found.
#[derive(Clone, Debug, PartialEq)]
pub enum Found<'a> {
    /// A code with its system, either possibly empty.
    Token(&'a str, &'a str),
    /// A name or a part of one.
    Text(&'a str),
    /// A date or a period.
    Date(Interval),
    /// Another resource, `Type/id`, or an address elsewhere.
    Reference(&'a str),
    /// An address.
    Uri(&'a str),
}

/// Everything that a parameter finds in a resource.
pub fn found<'a>(resource: &'a Json, param: &Param) -> Vec<Found<'a>> {
    let mut out = Vec::new();
    for path in &param.paths {
        walk(resource, path, &mut |leaf| read(leaf, param.kind, &mut out));
    }
    out
}

fn walk<'a>(value: &'a Json, path: &[String], each: &mut dyn FnMut(&'a Json)) {
    match (value, path.split_first()) {
        (Json::List(items), _) => items.iter().for_each(|i| walk(i, path, each)),
        (value, None) => each(value),
        (value, Some((name, rest))) => {
            if let Some(inner) = value.get(name) {
                walk(inner, rest, each);
            }
        }
    }
}

fn read<'a>(leaf: &'a Json, kind: Kind, out: &mut Vec<Found<'a>>) {
    match kind {
        Kind::Token => token(leaf, out),
        Kind::String => texts(leaf, out),
        Kind::Date => out.extend(interval(leaf).map(Found::Date)),
        Kind::Reference => out.extend(reference(leaf).map(Found::Reference)),
        Kind::Uri => out.extend(leaf.as_str().map(Found::Uri)),
    }
}

fn token<'a>(leaf: &'a Json, out: &mut Vec<Found<'a>>) {
    match leaf {
        Json::Text(code) => out.push(Found::Token("", code)),
        Json::Bool(flag) => out.push(Found::Token("", if *flag { "true" } else { "false" })),
        Json::Object(_) => match leaf.get("coding") {
            Some(codings) => codings.list().iter().for_each(|c| token(c, out)),
            // An identifier or a contact has a value, a coding a code.
            None => {
                let code = leaf.str("code").or_else(|| leaf.str("value")).unwrap_or_default();
                let system = leaf.str("system").unwrap_or_default();
                if !code.is_empty() || !system.is_empty() {
                    out.push(Found::Token(system, code));
                }
            }
        },
        _ => {}
    }
}

fn texts<'a>(leaf: &'a Json, out: &mut Vec<Found<'a>>) {
    match leaf {
        Json::Text(text) => out.push(Found::Text(text)),
        Json::Object(_) => {
            for part in ["text", "family", "given", "prefix", "suffix"] {
                let texts = leaf.get(part).map_or(&[][..], Json::list);
                out.extend(texts.iter().filter_map(Json::as_str).map(Found::Text));
            }
        }
        _ => {}
    }
}

fn interval(leaf: &Json) -> Option<Interval> {
    if let Some(text) = leaf.as_str() {
        return Interval::parse(text);
    }
    let (start, end) = (leaf.str("start"), leaf.str("end"));
    if start.is_none() && end.is_none() {
        return None;
    }
    let edge = |text: Option<&str>| text.map(Interval::parse).map_or(Some(None), |i| i.map(Some));
    Some(Interval {
        from: edge(start)?.map_or(i64::MIN, |i| i.from),
        to: edge(end)?.map_or(i64::MAX, |i| i.to),
    })
}

/// The literal reference of an element, without its version.
pub fn reference(leaf: &Json) -> Option<&str> {
    let text = leaf.str("reference").or_else(|| leaf.as_str())?;
    let text = text.split_once("/_history/").map_or(text, |(of, _)| of);
    (!text.is_empty() && !text.starts_with('#')).then_some(text)
}

/// The term that every resource of a type carries.
pub fn everyone() -> ResourceTerm {
    ResourceTerm { param: "", value: String::new() }
}

/// What a resource can be found by.
pub fn terms(kind: &'static Type, resource: &Json) -> Vec<ResourceTerm> {
    let mut out = vec![everyone()];
    for param in kind.params.iter().filter(|p| p.name == p.index) {
        let from = out.len();
        for value in found(resource, param) {
            of_value(&param.index, &value, &mut out);
            if out.len() > MAX_TERMS {
                break;
            }
        }
        // Repeated codings and words are common within one parameter.
        let mut own = out.split_off(from);
        own.sort_unstable();
        own.dedup();
        out.append(&mut own);
    }
    out.truncate(MAX_TERMS);
    out
}

fn of_value(param: &'static str, value: &Found<'_>, out: &mut Vec<ResourceTerm>) {
    let mut add = |value: String| out.push(ResourceTerm { param, value });
    match value {
        Found::Token(system, code) => {
            if !code.is_empty() {
                add(any_system(code));
                if !system.is_empty() {
                    add(format!("{system}|{code}"));
                }
            }
        }
        Found::Text(text) => {
            for word in relu_vault::fold(text).split(' ').filter(|w| !w.is_empty()) {
                let n = word.chars().count().min(*PREFIX.end());
                for k in *PREFIX.start()..=n {
                    add(word.chars().take(k).collect());
                }
            }
        }
        Found::Date(interval) => interval.index().into_iter().for_each(add),
        Found::Reference(to) => add((*to).to_owned()),
        Found::Uri(uri) => add((*uri).to_owned()),
    }
}

/// The value of a code whatever its system; no system begins with a line end.
pub fn any_system(code: &str) -> String {
    format!("\n|{code}")
}

/// The beginning of a word under which it is indexed.
pub fn prefix(word: &str) -> Cow<'_, str> {
    match word.chars().count() > *PREFIX.end() {
        true => Cow::Owned(word.chars().take(*PREFIX.end()).collect()),
        false => Cow::Borrowed(word),
    }
}
