//! A stored version as it is shown: with its id, its version and when it was written. What is stored
//! has none of these, so that a version says the same wherever it lies.

use std::fmt::Write;

use relu_record::Instant;
use relu_vault::Resource;

use super::json::Json;

/// Takes out what the record says itself, and puts `resourceType` and `meta` first.
pub fn bare(kind: &str, mut body: Json) -> Json {
    body.take("id");
    body.take("resourceType");
    let meta = body.take("meta").map(|mut meta| {
        meta.take("versionId");
        meta.take("lastUpdated");
        meta
    });
    let mut members: Vec<(Box<str>, Json)> = vec![("resourceType".into(), Json::text(kind))];
    if let Some(meta) = meta.filter(|m| !m.members().is_empty()) {
        members.push(("meta".into(), meta));
    }
    if let Json::Object(rest) = body {
        members.extend(rest);
    }
    Json::Object(members)
}

/// Appends a stored version as it is shown.
pub fn write(resource: &Resource, out: &mut String) {
    let stored = resource.content.as_ref().and_then(|c| std::str::from_utf8(c).ok()).unwrap_or("");
    let head = format!("{{\"resourceType\":\"{}\"", resource.kind);
    let rest = stored.strip_prefix(head.as_str()).unwrap_or("}");
    out.push_str(&head);
    // Writing to a string cannot fail; an id holds no character to escape.
    let _ = write!(
        out,
        ",\"id\":\"{}\",\"meta\":{{\"versionId\":\"{}\",\"lastUpdated\":\"{}\"",
        resource.id,
        resource.version,
        instant(resource.updated_at)
    );
    match rest.strip_prefix(",\"meta\":{") {
        Some(meta) => {
            if !meta.starts_with('}') {
                out.push(',');
            }
            out.push_str(meta);
        }
        None => {
            out.push('}');
            out.push_str(rest);
        }
    }
}

/// As one text.
pub fn text(resource: &Resource) -> String {
    let mut out = String::with_capacity(resource.content.as_ref().map_or(0, |c| c.len()) + 200);
    write(resource, &mut out);
    out
}

/// The stored content, read.
pub fn body(resource: &Resource) -> Json {
    let content = resource.content.as_ref().map_or(&b"{}"[..], |c| c.as_slice());
    Json::parse(content).unwrap_or(Json::Null)
}

/// An instant of FHIR, with milliseconds.
pub fn instant(at: Instant) -> String {
    let seconds = at.to_rfc3339();
    format!("{}.{:03}Z", seconds.trim_end_matches('Z'), at.0.rem_euclid(1000))
}

#[cfg(test)]
mod tests {
    use super::*;
    use zeroize::Zeroizing;

    #[test]
    fn what_is_shown_is_what_was_given_with_its_version() {
        for (given, shown) in [
            (
                r#"{"id":"x","resourceType":"Goal","meta":{"versionId":"9","tag":[{"code":"a"}]},"a":1.50}"#,
                r#"{"resourceType":"Goal","id":"g1","meta":{"versionId":"3","lastUpdated":"1970-01-01T00:00:01.234Z","tag":[{"code":"a"}]},"a":1.50}"#,
            ),
            (
                r#"{"a":1,"meta":{"versionId":"9"}}"#,
                r#"{"resourceType":"Goal","id":"g1","meta":{"versionId":"3","lastUpdated":"1970-01-01T00:00:01.234Z"},"a":1}"#,
            ),
            (
                r#"{}"#,
                r#"{"resourceType":"Goal","id":"g1","meta":{"versionId":"3","lastUpdated":"1970-01-01T00:00:01.234Z"}}"#,
            ),
        ] {
            let stored = bare("Goal", Json::parse(given.as_bytes()).unwrap()).to_bytes();
            let resource = Resource {
                num: 1,
                kind: "Goal".into(),
                id: "g1".into(),
                version: 3,
                updated_at: Instant(1234),
                live: true,
                patient: None,
                masked: false,
                author: "a".into(),
                content: Some(Zeroizing::new(stored)),
            };
            assert_eq!(text(&resource), shown);
        }
    }
}
