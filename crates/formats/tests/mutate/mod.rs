//! Seeded mutations of a seed: of its bytes, or of what it holds (an element, a JSON value, an entry
//! of an archive), so that the change reaches the decoder behind the parser. The `n`-th mutation
//! depends on the seeds and on `n` alone.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};

use serde_json::Value;

/// Words on which decoders turn, of all formats: lengths, escapes, openings without ends.
const WORDS: &[&str] = &[
    "\0",
    "\u{feff}",
    "é",
    "\u{202e}",
    "\r",
    "\n\n",
    "&#0;",
    "&lt;",
    "<![CDATA[",
    "<!DOCTYPE x [",
    "</",
    "<a ",
    "/>",
    "xmlns=\"\"",
    "|",
    "^~\\&",
    "\\X0D\\",
    "\\.br\\",
    "MSH|^~\\&|",
    "OBX|",
    "\x1c\r",
    "H|~^\\&|HPR|",
    "PK\x03\x04",
    "PK\x05\x06",
    "%PDF-1.7\n",
    "endobj",
    "stream\n",
    "xref",
    "startxref\n",
    "/Length 0",
    "/Length 99999999",
    "/Filter /FlateDecode",
    "<<",
    ">>",
    "[",
    "]",
    "0 0 0 R",
    "1 0 R",
    "/Kids [1 0 R]",
    "/Count -1",
    "/MediaBox [0 0 1e38 1e38]",
    "BT /F1 1e9 Tf",
    "Content-Type: ",
    "multipart/mixed; boundary=\"",
    "--",
    "=?utf-8?B?",
    "=\r\n",
    "{",
    "}",
    "[[[[",
    "\"",
    "\\u",
    "-1",
    "4294967296",
    "18446744073709551615",
    "1e308",
    "NaN",
    "{\\rtf1",
    "\\'e9",
    "\\bin99999 ",
];

/// A generator of numbers (xorshift64*), so that mutation `n` is the same everywhere.
struct Numbers(u64);

impl Numbers {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    fn below(&mut self, n: usize) -> usize {
        (self.next() >> 11) as usize % n.max(1)
    }

    fn of<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len())]
    }
}

/// The `n`-th mutation of the seeds.
pub fn mutate(seeds: &BTreeMap<String, Vec<u8>>, n: u64) -> Vec<u8> {
    let mut numbers = Numbers((n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let all: Vec<&Vec<u8>> = seeds.values().collect();
    let seed = numbers.of(&all).to_vec();
    // Two in three keep the shape, where the seed has one.
    if numbers.below(3) > 0
        && let Some(bytes) = within(&seed, &mut numbers)
    {
        return bytes;
    }
    let mut bytes = seed;
    for _ in 0..=numbers.below(4) {
        let other = numbers.of(&all).as_slice();
        change_bytes(&mut bytes, other, &mut numbers);
    }
    bytes
}

/// A change of what the bytes hold, or `None` when they have no such shape.
fn within(bytes: &[u8], numbers: &mut Numbers) -> Option<Vec<u8>> {
    if bytes.starts_with(b"PK\x03\x04") {
        return archive(bytes, numbers);
    }
    let text = std::str::from_utf8(bytes).ok()?;
    if let Ok(mut value) = serde_json::from_str(text) {
        for _ in 0..=numbers.below(3) {
            change_json(&mut value, numbers, 0);
        }
        return serde_json::to_vec(&value).ok();
    }
    if !text.trim_start().starts_with('<') {
        return None;
    }
    let mut text = text.to_owned();
    for _ in 0..=numbers.below(4) {
        change_xml(&mut text, numbers);
    }
    Some(text.into_bytes())
}

fn change_bytes(bytes: &mut Vec<u8>, other: &[u8], numbers: &mut Numbers) {
    let at = numbers.below(bytes.len() + 1);
    let length = 1 + numbers.below(64);
    let end = (at + length).min(bytes.len());
    match numbers.below(9) {
        0 if at < bytes.len() => bytes[at] ^= 1 << numbers.below(8),
        1 if at < bytes.len() => bytes[at] = numbers.next() as u8,
        2 => drop(bytes.drain(at..end)),
        3 => bytes.truncate(at),
        4 => {
            let again = bytes[at..end].repeat(1 + numbers.below(40));
            bytes.splice(at..at, again);
        }
        5 | 6 => {
            bytes.splice(at..at, numbers.of(WORDS).bytes());
        }
        7 => {
            let from = numbers.below(other.len() + 1);
            let to = (from + 8 * length).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
        _ => {
            // Another number where a number stands: lengths and offsets that lie.
            if let Some(digit) = bytes[at..].iter().position(u8::is_ascii_digit) {
                bytes[at + digit] = b'0' + numbers.below(10) as u8;
            }
        }
    }
}

/// Changes one element: gone, repeated, elsewhere, within itself; or a value it holds.
fn change_xml(text: &mut String, numbers: &mut Numbers) {
    let elements = elements(text);
    if elements.is_empty() {
        return;
    }
    let (start, end) = *numbers.of(&elements);
    let element = text[start..end].to_owned();
    match numbers.below(6) {
        0 => text.replace_range(start..end, ""),
        1 => text.insert_str(start, &element.repeat(1 + numbers.below(30))),
        2 => {
            let (_, there) = *numbers.of(&elements);
            text.insert_str(there, &element);
        }
        3 => {
            // Deeper and deeper.
            let name: String = element[1..].chars().take_while(|c| !" />\n".contains(*c)).collect();
            let times = 1 + numbers.below(600);
            let deep =
                format!("<{name}>").repeat(times) + &element + &format!("</{name}>").repeat(times);
            text.replace_range(start..end, &deep);
        }
        4 => {
            // Another value of an attribute of this element.
            let tag = element.find('>').unwrap_or(0);
            let quotes: Vec<usize> = element[..tag].match_indices('"').map(|q| q.0).collect();
            if let Some(pair) = quotes.chunks_exact(2).nth(numbers.below(quotes.len() / 2)) {
                text.replace_range(start + pair[0] + 1..start + pair[1], &value(numbers));
            }
        }
        _ => {
            // Other words in this element, when it holds words alone.
            if let (Some(open), Some(close)) = (element.find('>'), element.rfind("</"))
                && open < close
                && !element[open + 1..close].contains('<')
            {
                text.replace_range(start + open + 1..start + close, &value(numbers));
            }
        }
    }
}

/// A value that may stand in XML.
fn value(numbers: &mut Numbers) -> String {
    let word = numbers.of(WORDS).repeat(1 + numbers.below(20));
    let allowed = word.chars().filter(|c| *c >= ' ' || *c == '\n');
    allowed.collect::<String>().replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// Where the elements of an XML text begin and end, the root left out.
fn elements(text: &str) -> Vec<(usize, usize)> {
    let (mut open, mut found, mut at) = (Vec::new(), Vec::new(), 0);
    while let Some(start) = text[at..].find('<').map(|i| at + i) {
        let Some(end) = text[start..].find('>').map(|i| start + i + 1) else { break };
        let tag = &text[start..end];
        if tag.starts_with("</") {
            if let Some(begun) = open.pop() {
                found.push((begun, end));
            }
        } else if tag.ends_with("/>") {
            found.push((start, end));
        } else if !tag.starts_with("<?") && !tag.starts_with("<!") {
            open.push(start);
        }
        at = end;
    }
    found.pop();
    found
}

/// Changes one value somewhere below `value`.
fn change_json(value: &mut Value, numbers: &mut Numbers, depth: usize) {
    let here = depth > 0 && numbers.below(4) == 0;
    match value {
        Value::Array(items) if !here && !items.is_empty() => {
            let at = numbers.below(items.len());
            match numbers.below(8) {
                0 => drop(items.remove(at)),
                1 => items.extend(vec![items[at].clone(); 1 + numbers.below(30)]),
                _ => change_json(&mut items[at], numbers, depth + 1),
            }
        }
        Value::Object(fields) if !here && !fields.is_empty() => {
            let key = fields.keys().nth(numbers.below(fields.len())).cloned().unwrap_or_default();
            if numbers.below(8) == 0 {
                fields.remove(&key);
            }
            if let Some(inner) = fields.get_mut(&key) {
                change_json(inner, numbers, depth + 1);
            }
        }
        other => {
            *other = match numbers.below(7) {
                0 => Value::Null,
                1 => Value::from(numbers.next()),
                2 => Value::from(-1e300),
                3 => Value::from(numbers.below(2) == 0),
                4 => Value::Array(vec![other.clone(); 3]),
                5 => {
                    (0..numbers.below(60)).fold(other.clone(), |inner, _| Value::Array(vec![inner]))
                }
                _ => Value::from(numbers.of(WORDS).repeat(1 + numbers.below(20))),
            };
        }
    }
}

/// The archive with one entry changed, left out, repeated under another name, or grown.
fn archive(bytes: &[u8], numbers: &mut Numbers) -> Option<Vec<u8>> {
    let mut source = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let mut entries = Vec::new();
    for i in 0..source.len() {
        let mut entry = source.by_index(i).ok()?;
        let name = entry.name().ok()?.into_owned();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).ok()?;
        entries.push((name, content));
    }
    let at = numbers.below(entries.len());
    match numbers.below(8) {
        0 => drop(entries.remove(at)),
        1 => {
            let (name, content) = entries[at].clone();
            let prefix = *numbers.of(&["", "../", "/", "a/b/", "\\", "é"]);
            entries.push((format!("{prefix}{name}{}", numbers.below(3)), content));
        }
        2 => entries[at].1 = vec![b'a'; 1 << (10 + numbers.below(12))],
        3 => change_bytes(&mut entries[at].1, bytes, numbers),
        _ => {
            let changed = within(&entries[at].1, numbers);
            entries[at].1 = changed.unwrap_or_else(|| numbers.of(WORDS).as_bytes().to_vec());
        }
    }
    let mut target = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        let options = zip::write::SimpleFileOptions::default();
        // Two entries of one name are refused by the writer; the first stays.
        if target.start_file(name, options).is_ok() {
            target.write_all(&content).ok()?;
        }
    }
    Some(target.finish().ok()?.into_inner())
}
