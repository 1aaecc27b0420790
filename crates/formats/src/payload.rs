//! Documents carried inside others as base64: decoded strictly, never cut silently.
//!
//! White space is allowed (mail and XML break lines); everything else must be right, padding
//! included: without its padding, a payload that was cut off looks like a whole one.
//! Source: RFC 4648 §3.3 and §4.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relu_record::{Budget, Part, Private, Reading, Refusal};

use crate::notes;

/// Decodes base64, or says that the payload is damaged.
pub(crate) fn base64(text: &str, budget: &Budget) -> Result<Vec<u8>, Refusal> {
    budget.output((text.len() as u64) / 4 * 3).map_err(notes::spent)?;
    let compact: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    if compact.is_empty() {
        return Err(notes::MISSING_PART.refusal());
    }
    STANDARD.decode(&compact).map_err(|_| notes::BAD_BASE64.refusal())
}

/// A part from its place, its declared kind and what became of its bytes.
pub(crate) fn part(
    path: &str,
    name: Option<&str>,
    media_type: Option<&str>,
    bytes: Result<Vec<u8>, Refusal>,
) -> Part {
    let (bytes, refusal) = match bytes {
        Ok(bytes) => (bytes, None),
        Err(refusal) => (Vec::new(), Some(refusal)),
    };
    Part {
        path: path.to_owned(),
        name: name.filter(|n| !n.trim().is_empty()).map(Private::from),
        media_type: media_type.map(str::to_owned),
        bytes,
        header: None,
        refusal,
    }
}

/// Adds a part under a path of its own, whatever the source calls it: two bodies, two entries of
/// one name, are two documents.
pub(crate) fn add(part: Part, reading: &mut Reading) {
    let alike = |p: &&Part| {
        p.path.strip_prefix(&part.path).is_some_and(|rest| rest.is_empty() || rest.starts_with('['))
    };
    let mut n = reading.parts.iter().filter(alike).count();
    let mut path = part.path.clone();
    while reading.parts.iter().any(|p| p.path == path) {
        n += 1;
        path = format!("{}[{n}]", part.path);
    }
    reading.parts.push(Part { path, ..part });
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::RefusalCode;

    #[test]
    fn strict_but_for_white_space() {
        let b = Budget::standard();
        assert_eq!(base64("Qm9u\r\n am91cg==", &b).unwrap(), b"Bonjour");
        for bad in ["Qm9uam91cg", "Qm9uam91cg=", "Qm9u!", "Qm9uam91c===", "Qm9uam9"] {
            assert_eq!(base64(bad, &b).unwrap_err().code, RefusalCode::BadEncoding, "{bad}");
        }
        assert_eq!(base64(" \n", &b).unwrap_err().code, RefusalCode::MissingPart);
    }

    #[test]
    fn two_parts_never_share_a_path() {
        let mut reading = Reading::new(relu_record::Format::Xdm, "application/zip");
        for path in ["a", "a[2]", "a", "b", "a"] {
            add(part(path, None, None, Ok(Vec::new())), &mut reading);
        }
        let paths: Vec<&str> = reading.parts.iter().map(|p| p.path.as_str()).collect();
        assert_eq!(paths, ["a", "a[2]", "a[3]", "b", "a[4]"]);
    }
}
