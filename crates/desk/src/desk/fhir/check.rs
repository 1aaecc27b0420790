//! What a resource must be to be kept: a type of the table, its required elements and codes, dates
//! and references that can be read, no empty element. Structure only: profiles are for validators.
//! Messages name elements, never their content. Source: FHIR R4 §2.1 (resources), §2.6 (JSON).

use super::dates::Interval;
use super::json::Json;
use super::outcome::{FhirError, Result};
use super::table::{Type, find};

/// Longest text of one element: attachments are documents, and documents are received as such.
const MAX_TEXT: usize = 4 << 20;

/// The type that a body says it is.
pub fn kind_of(body: &Json) -> Result<&'static Type> {
    let name = body.str("resourceType").ok_or_else(|| FhirError::bad("no resourceType"))?;
    find(name).ok_or_else(|| {
        FhirError::new(404, "not-supported", "this type of resource is not kept here")
    })
}

/// Checks a body against its type.
pub fn resource(kind: &'static Type, body: &Json) -> Result<()> {
    let name = &kind.name;
    for element in &kind.required {
        if body.get(element).is_none() {
            return Err(FhirError::refused("required", format!("{name}.{element} is required")));
        }
    }
    if let Some(status) = body.get("status").filter(|_| !kind.status.is_empty()) {
        let known = status.as_str().is_some_and(|s| kind.status.iter().any(|k| k == s));
        if !known {
            return Err(FhirError::refused(
                "code-invalid",
                format!("{name}.status holds an unknown code"),
            ));
        }
    }
    for param in kind.params.iter().filter(|p| p.kind == super::table::Kind::Date) {
        for path in &param.paths {
            dates(body, path, name)?;
        }
    }
    values(body, name, 0)
}

/// Whether an id may stand in an address.
pub fn id(id: &str) -> Result<()> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'.';
    match (1..=64).contains(&id.len()) && id.bytes().all(plain) {
        true => Ok(()),
        false => Err(FhirError::bad("an id is 1 to 64 letters, digits, hyphens or points")),
    }
}

fn dates(value: &Json, path: &[String], at: &str) -> Result<()> {
    let wrong = || FhirError::refused("value", format!("{at}.{} is no date", path.join(".")));
    match (value, path.split_first()) {
        (Json::List(items), _) => items.iter().try_for_each(|i| dates(i, path, at)),
        (Json::Text(text), None) => Interval::parse(text).map(|_| ()).ok_or_else(wrong),
        (Json::Object(_), None) => {
            ["start", "end"].iter().try_for_each(|edge| match value.get(edge).map(Json::as_str) {
                None => Ok(()),
                Some(Some(text)) => Interval::parse(text).map(|_| ()).ok_or_else(wrong),
                Some(None) => Err(wrong()),
            })
        }
        (_, None) => Err(wrong()),
        (value, Some((name, rest))) => value.get(name).map_or(Ok(()), |v| dates(v, rest, at)),
    }
}

// No empty element, no text beyond the limit, references that are addresses.
fn values(value: &Json, at: &str, depth: usize) -> Result<()> {
    match value {
        Json::Text(text) if text.is_empty() => {
            Err(FhirError::refused("value", format!("an element of {at} is empty")))
        }
        Json::Text(text) if text.len() > MAX_TEXT => {
            Err(FhirError::new(413, "too-long", format!("an element of {at} is too long")))
        }
        Json::List(items) if items.is_empty() => {
            Err(FhirError::refused("value", format!("a list of {at} is empty")))
        }
        Json::List(items) => items.iter().try_for_each(|i| values(i, at, depth)),
        Json::Object(members) if members.is_empty() => {
            Err(FhirError::refused("value", format!("an element of {at} is empty")))
        }
        Json::Object(members) => {
            for (name, value) in members {
                if &**name == "reference" {
                    let text = value.as_str().ok_or_else(|| bad_reference(at))?;
                    if text.chars().any(char::is_whitespace) || !address(text) {
                        return Err(bad_reference(at));
                    }
                }
                // Contained resources are kept as they are, but never contain others.
                if &**name == "contained" && depth > 0 {
                    return Err(FhirError::refused("structure", "contained within contained"));
                }
                let inner = if &**name == "contained" { depth + 1 } else { depth };
                values(value, at, inner)?;
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn bad_reference(at: &str) -> FhirError {
    FhirError::refused("value", format!("a reference of {at} is no address"))
}

// `#id`, `Type/id`, `urn:…`, `http…`, `Type?query`.
fn address(text: &str) -> bool {
    if text.starts_with('#') || text.starts_with("urn:") || text.contains("://") {
        return true;
    }
    if let Some((kind, _)) = text.split_once('?') {
        return find(kind).is_some();
    }
    let mut parts = text.split('/');
    let (Some(kind), Some(of)) = (parts.next(), parts.next()) else { return false };
    kind.starts_with(|c: char| c.is_ascii_uppercase()) && id(of).is_ok()
}
