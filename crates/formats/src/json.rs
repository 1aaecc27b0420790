//! JSON as data: objects keep their order, numbers their text (FHIR R4 §2.6.3 wants `0.010` and
//! `0.01` told apart), nesting is bounded. Source: RFC 8259.

use relu_record::{Budget, Refusal};

use crate::notes;

const MAX_DEPTH: usize = 96;

/// One value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    /// A number as written.
    Number(String),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(String, Json)>),
}

static NULL: Json = Json::Null;

impl Json {
    /// The member of that name, or null.
    pub(crate) fn get(&self, name: &str) -> &Json {
        match self {
            Json::Object(members) => {
                members.iter().find(|(n, _)| n == name).map_or(&NULL, |(_, v)| v)
            }
            _ => &NULL,
        }
    }

    /// The value reached by member names separated by `/`; a list gives its first element.
    pub(crate) fn at(&self, path: &str) -> &Json {
        path.split('/').fold(self, |value, name| value.one().get(name)).one()
    }

    fn one(&self) -> &Json {
        match self {
            Json::List(items) => items.first().unwrap_or(&NULL),
            other => other,
        }
    }

    /// The elements of a list; a lone value counts as one.
    pub(crate) fn list(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            Json::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// Non-empty text, a number or a boolean as written.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Json::Text(s) | Json::Number(s) => Some(s.trim()).filter(|s| !s.is_empty()),
            Json::Bool(true) => Some("true"),
            Json::Bool(false) => Some("false"),
            _ => None,
        }
    }

    /// The text at a path, or nothing.
    pub(crate) fn str(&self, path: &str) -> &str {
        self.at(path).text().unwrap_or("")
    }

    pub(crate) fn is_null(&self) -> bool {
        matches!(self, Json::Null)
    }
}

/// Reads a whole text as one value.
pub(crate) fn parse(text: &str, budget: &Budget) -> Result<Json, Refusal> {
    let mut parser = Parser { bytes: text.as_bytes(), text, at: 0, budget };
    let value = parser.value(0)?;
    parser.space();
    if parser.at < parser.bytes.len() {
        return Err(notes::DAMAGED_JSON.refusal());
    }
    Ok(value)
}

struct Parser<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    budget: &'a Budget,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn expect(&mut self, b: u8) -> Result<(), Refusal> {
        self.space();
        if self.peek() != Some(b) {
            return Err(notes::DAMAGED_JSON.refusal());
        }
        self.at += 1;
        Ok(())
    }

    fn value(&mut self, depth: usize) -> Result<Json, Refusal> {
        if depth > MAX_DEPTH {
            return Err(notes::TOO_DEEP.refusal());
        }
        self.budget.step(2).map_err(notes::spent)?;
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(notes::DAMAGED_JSON.refusal()),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Refusal> {
        self.at += 1;
        let mut members = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(notes::DAMAGED_JSON.refusal());
            }
            let name = self.string()?;
            self.expect(b':')?;
            members.push((name, self.value(depth + 1)?));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                _ => return Err(notes::DAMAGED_JSON.refusal()),
            }
        }
    }

    fn list(&mut self, depth: usize) -> Result<Json, Refusal> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Json::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Json::List(items));
                }
                _ => return Err(notes::DAMAGED_JSON.refusal()),
            }
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, Refusal> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(notes::DAMAGED_JSON.refusal());
        }
        self.at += word.len();
        Ok(value)
    }

    fn number(&mut self) -> Result<Json, Refusal> {
        let start = self.at;
        while matches!(self.peek(), Some(b'-' | b'+' | b'.' | b'e' | b'E' | b'0'..=b'9')) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or("");
        if text.parse::<f64>().is_err() {
            return Err(notes::DAMAGED_JSON.refusal());
        }
        Ok(Json::Number(text.to_owned()))
    }

    fn string(&mut self) -> Result<String, Refusal> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\')) {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or(""));
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => self.escape(&mut out)?,
                _ => return Err(notes::DAMAGED_JSON.refusal()),
            }
        }
    }

    fn escape(&mut self, out: &mut String) -> Result<(), Refusal> {
        self.at += 1;
        let c = match self.peek() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'u') => {
                let high = self.unit()?;
                let pair = (0xD800..0xDC00).contains(&high)
                    && self.bytes.get(self.at + 1..self.at + 3) == Some(b"\\u");
                let units = if pair {
                    self.at += 2;
                    vec![high, self.unit()?]
                } else {
                    vec![high]
                };
                out.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
                self.at += 1;
                return Ok(());
            }
            _ => return Err(notes::DAMAGED_JSON.refusal()),
        };
        out.push(c);
        self.at += 1;
        Ok(())
    }

    /// Four hexadecimal digits after `u`; leaves the cursor on the last.
    fn unit(&mut self) -> Result<u16, Refusal> {
        let digits = self.text.get(self.at + 1..self.at + 5);
        let unit = digits
            .filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|d| u16::from_str_radix(d, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| notes::DAMAGED_JSON.refusal())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use relu_record::RefusalCode;

    fn ok(text: &str) -> Json {
        parse(text, &Budget::standard()).unwrap()
    }

    #[test]
    fn numbers_keep_their_text_and_strings_their_characters() {
        let v = ok("{\"a\": [0.010, 1e3], \"s\": \"\\u00e9\\ud83d\\ude00\\n\\/\", \"b\": true}");
        assert_eq!(v.at("a").text(), Some("0.010"));
        assert_eq!(v.get("a").list().len(), 2);
        assert_eq!(v.str("s"), "é😀\n/");
        assert_eq!(v.str("b"), "true");
        assert!(v.get("absent").is_null());
    }

    #[test]
    fn damage_and_depth_are_refused() {
        for bad in ["", "{", "[1,]", "{\"a\" 1}", "\"a", "tru", "1 2", "\"\\u12\"", "-"] {
            let code = parse(bad, &Budget::standard()).unwrap_err().code;
            assert_eq!(code, RefusalCode::Damaged, "{bad}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(parse(&deep, &Budget::standard()).unwrap_err().code, RefusalCode::TooDeep);
    }

    proptest::proptest! {
        #[test]
        fn agrees_with_serde_json(text in "[\\[\\]{}\",:0-9a-z\\\\. ]{0,40}") {
            let ours = parse(&text, &Budget::standard()).is_ok();
            let theirs = serde_json::from_str::<serde_json::Value>(&text).is_ok();
            // Ours accepts control characters in strings and loose numbers; never less.
            proptest::prop_assert!(ours || !theirs);
        }
    }
}
