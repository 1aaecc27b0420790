//! XML as a row of leaves and elements with their places in the source, so that a masked file keeps
//! every byte that nothing asks to change.
//!
//! The source has been parsed before: it is well formed and has no document type. Comments go.
//! Source: XML 1.0, §2.4 (character data), §4.1 (references).

use std::ops::Range;

use super::leaf::Leaf;

/// What was met, in order.
pub(crate) enum Item<'s> {
    /// An element begins: its local name, its attributes, and whether it is empty.
    Open { name: &'s str, attributes: Vec<Attribute<'s>>, empty: bool, at: Range<usize> },
    /// An element ends.
    Close { at: Range<usize> },
    /// Character data between marks.
    Text(Range<usize>),
    /// A section taken literally, its content.
    Literal(Range<usize>),
    /// A comment, whole.
    Comment(Range<usize>),
}

/// An attribute: local name and the place of its value.
pub(crate) struct Attribute<'s> {
    pub name: &'s str,
    pub value: Range<usize>,
    /// The whole of it, with the white space before.
    pub at: Range<usize>,
}

fn local(name: &str) -> &str {
    name.rsplit(':').next().unwrap_or(name)
}

/// The items of a source.
pub(crate) fn scan(source: &str) -> Vec<Item<'_>> {
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(rest) = source.get(at..).filter(|r| !r.is_empty()) {
        let Some(next) = rest.find('<') else {
            out.push(Item::Text(at..source.len()));
            break;
        };
        if next > 0 {
            out.push(Item::Text(at..at + next));
        }
        let start = at + next;
        at = mark(source, start, &mut out).max(start + 1);
    }
    out
}

/// Reads what starts with `<`; gives where it ends.
fn mark<'s>(source: &'s str, start: usize, out: &mut Vec<Item<'s>>) -> usize {
    let rest = source.get(start..).unwrap_or("");
    let until = |close: &str| rest.find(close).map_or(source.len(), |i| start + i + close.len());
    if rest.starts_with("<!--") {
        let end = until("-->");
        out.push(Item::Comment(start..end));
        end
    } else if rest.starts_with("<![CDATA[") {
        let end = until("]]>");
        out.push(Item::Literal(
            (start + 9).min(end)..end.saturating_sub(3).max(start + 9).min(end),
        ));
        end
    } else if rest.starts_with("<?") {
        until("?>")
    } else if rest.starts_with("<!") {
        until(">")
    } else if rest.starts_with("</") {
        let end = until(">");
        out.push(Item::Close { at: start..end });
        end
    } else {
        open(source, start, out)
    }
}

fn open<'s>(source: &'s str, start: usize, out: &mut Vec<Item<'s>>) -> usize {
    let bytes = source.as_bytes();
    let is_space = |i: usize| bytes.get(i).is_some_and(u8::is_ascii_whitespace);
    let ends = |i: usize| matches!(bytes.get(i), None | Some(b'>' | b'/' | b'=')) || is_space(i);
    let word = |mut i: usize| {
        while !ends(i) {
            i += 1;
        }
        i
    };
    let mut at = word(start + 1);
    let name = local(source.get(start + 1..at).unwrap_or(""));
    let mut attributes = Vec::new();
    let mut empty = false;
    loop {
        let before = at;
        while is_space(at) {
            at += 1;
        }
        match bytes.get(at) {
            None => break,
            Some(b'>') => {
                at += 1;
                break;
            }
            Some(b'/') => {
                empty = true;
                at += 1;
            }
            _ => {
                let end = word(at).max(at + 1);
                let name = local(source.get(at..end).unwrap_or(""));
                let mut value = end;
                while is_space(value) || bytes.get(value) == Some(&b'=') {
                    value += 1;
                }
                let Some(quote) = bytes.get(value).filter(|b| matches!(b, b'"' | b'\'')) else {
                    at = value.max(end);
                    continue;
                };
                let from = value + 1;
                let len = bytes.get(from..).unwrap_or_default().iter().position(|b| b == quote);
                let to = len.map_or(bytes.len(), |l| from + l);
                at = (to + 1).min(bytes.len());
                attributes.push(Attribute { name, value: from..to, at: before..at });
                empty = false;
            }
        }
    }
    out.push(Item::Open { name, attributes, empty, at: start..at });
    at
}

/// A leaf of character data or of an attribute's value, references resolved.
pub(crate) fn leaf(source: &str, at: Range<usize>, shown: bool) -> Leaf {
    let mut leaf = Leaf::new(shown, escape);
    let mut i = at.start;
    while let Some(rest) = source.get(i..at.end).filter(|r| !r.is_empty()) {
        let reference = rest
            .strip_prefix('&')
            .and_then(|r| r.get(..r.find(';').filter(|l| *l <= 10)?))
            .and_then(|name| Some((reference(name)?, name.len() + 2)));
        let Some(c) = rest.chars().next() else { break };
        let (c, len) = reference.unwrap_or((c, c.len_utf8()));
        leaf.push(c, i, i + len);
        i += len;
    }
    leaf
}

/// A leaf of a literal section.
pub(crate) fn literal(source: &str, at: Range<usize>, shown: bool) -> Leaf {
    let mut leaf = Leaf::plain(source, at.start, at.end, shown);
    leaf.encode = |text| text.replace("]]>", "]]");
    leaf
}

fn reference(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

/// Text as XML writes it, in elements and attributes alike.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// The text with its character set declared as UTF-8, which is what is written.
pub(crate) fn as_utf8(text: &str) -> String {
    let end = text.find("?>").filter(|_| text.trim_start().starts_with("<?xml"));
    let Some((head, tail)) = end.and_then(|e| text.split_at_checked(e)) else {
        return text.to_owned();
    };
    let Some(at) = head.find("encoding") else { return text.to_owned() };
    let Some((before, after)) = head.split_at_checked(at) else { return text.to_owned() };
    let mut pieces = after.splitn(3, ['"', '\'']);
    let (_, _, rest) = (pieces.next(), pieces.next(), pieces.next().unwrap_or(""));
    format!("{before}encoding=\"UTF-8\"{rest}{tail}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_of_text_and_attributes() {
        let source = "<?xml version=\"1.0\"?><a x='1 &lt; 2' y:b=\"c\"><!-- n --><b/>t&#233;<![CDATA[<u>]]></a>";
        let mut seen = Vec::new();
        for item in scan(source) {
            match item {
                Item::Open { name, attributes, empty, .. } => {
                    seen.push(format!("<{name} {empty}"));
                    for a in attributes {
                        seen.push(format!("{}={}", a.name, leaf(source, a.value, false).text));
                    }
                }
                Item::Close { .. } => seen.push("/".to_owned()),
                Item::Text(at) => seen.push(leaf(source, at, true).text),
                Item::Literal(at) => seen.push(literal(source, at, true).text),
                Item::Comment(at) => seen.push(source[at].to_owned()),
            }
        }
        assert_eq!(seen, ["<a false", "x=1 < 2", "b=c", "<!-- n -->", "<b true", "té", "<u>", "/"]);
        assert_eq!(
            as_utf8("<?xml version='1.0' encoding='ISO-8859-1' standalone='yes'?><a/>"),
            "<?xml version='1.0' encoding=\"UTF-8\" standalone='yes'?><a/>"
        );
    }

    proptest::proptest! {
        #[test]
        fn never_panics(s in "[<>/a='\"!\\-\\[\\]CDAT &;#é]{0,80}") { scan(&s); }
    }
}
