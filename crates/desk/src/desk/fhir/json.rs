//! JSON of resources: members keep their order, numbers their digits (FHIR R4 §2.6.3 wants `0.010`
//! and `0.01` told apart), nesting and size are bounded. Read and written without loss.
//! Source: RFC 8259; a name given twice in an object is refused, as §2.6.2 asks.

use std::fmt::Write;

/// Deepest nesting read.
const MAX_DEPTH: usize = 64;

/// One value.
#[derive(Clone, PartialEq)]
pub enum Json {
    /// `null`, which FHIR allows beside extensions of primitive values only.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number as written.
    Number(Box<str>),
    /// A string.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object in the order given.
    Object(Vec<(Box<str>, Json)>),
}

impl std::fmt::Debug for Json {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Json([masqué])")
    }
}

/// What is wrong with a text that is not JSON: the place in bytes, never the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged {
    /// Where reading stopped.
    pub at: usize,
    /// Why.
    pub why: &'static str,
}

impl Json {
    /// Reads a whole text as one value.
    pub fn parse(text: &[u8]) -> Result<Json, Damaged> {
        let text = std::str::from_utf8(text)
            .map_err(|e| Damaged { at: e.valid_up_to(), why: "not UTF-8" })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut parser = Parser { bytes: text.as_bytes(), text, at: 0 };
        let value = parser.value(0)?;
        parser.space();
        match parser.at < parser.bytes.len() {
            true => Err(parser.wrong("more than one value")),
            false => Ok(value),
        }
    }

    /// A string.
    pub fn text(value: impl Into<String>) -> Json {
        Json::Text(value.into())
    }

    /// An object of members in that order.
    pub fn object<const N: usize>(members: [(&str, Json); N]) -> Json {
        Json::Object(members.into_iter().map(|(k, v)| (k.into(), v)).collect())
    }

    /// The member of that name.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members().iter().find(|(k, _)| &**k == name).map(|(_, v)| v)
    }

    /// The member of that name, to be changed.
    pub fn get_mut(&mut self, name: &str) -> Option<&mut Json> {
        let Json::Object(members) = self else { return None };
        members.iter_mut().find(|(k, _)| &**k == name).map(|(_, v)| v)
    }

    /// The text of the member of that name.
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name).and_then(Json::as_str)
    }

    /// The members of an object.
    pub fn members(&self) -> &[(Box<str>, Json)] {
        match self {
            Json::Object(members) => members,
            _ => &[],
        }
    }

    /// The text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::Text(s) => Some(s),
            _ => None,
        }
    }

    /// The elements of a list; a lone value counts as one.
    pub fn list(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            Json::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// Sets a member, in its place or at the end.
    pub fn set(&mut self, name: &str, value: Json) {
        if let Json::Object(members) = self {
            match members.iter_mut().find(|(k, _)| &**k == name) {
                Some((_, v)) => *v = value,
                None => members.push((name.into(), value)),
            }
        }
    }

    /// Takes a member out.
    pub fn take(&mut self, name: &str) -> Option<Json> {
        let Json::Object(members) = self else { return None };
        let at = members.iter().position(|(k, _)| &**k == name)?;
        Some(members.remove(at).1)
    }

    /// Every string under a member of one of these names, to be changed in place.
    pub fn each_text(&mut self, name: &str, change: &mut impl FnMut(&mut String)) {
        match self {
            Json::List(items) => items.iter_mut().for_each(|i| i.each_text(name, change)),
            Json::Object(members) => {
                for (key, value) in members {
                    match value {
                        Json::Text(text) if &**key == name => change(text),
                        Json::Text(_) => {}
                        other => other.each_text(name, change),
                    }
                }
            }
            _ => {}
        }
    }

    /// As text, without white space.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut out = String::with_capacity(512);
        self.write(&mut out);
        out.into_bytes()
    }

    /// Appends it as text.
    pub fn write(&self, out: &mut String) {
        match self {
            Json::Null => out.push_str("null"),
            Json::Bool(true) => out.push_str("true"),
            Json::Bool(false) => out.push_str("false"),
            Json::Number(n) => out.push_str(n),
            Json::Text(s) => write_text(out, s),
            Json::List(items) => {
                out.push('[');
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    item.write(out);
                }
                out.push(']');
            }
            Json::Object(members) => {
                out.push('{');
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(',');
                    }
                    write_text(out, name);
                    out.push(':');
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

impl From<serde_json::Value> for Json {
    fn from(value: serde_json::Value) -> Json {
        use serde_json::Value as V;
        match value {
            V::Null => Json::Null,
            V::Bool(b) => Json::Bool(b),
            V::Number(n) => Json::Number(n.to_string().into()),
            V::String(s) => Json::Text(s),
            V::Array(items) => Json::List(items.into_iter().map(Json::from).collect()),
            V::Object(members) => {
                Json::Object(members.into_iter().map(|(k, v)| (k.into(), v.into())).collect())
            }
        }
    }
}

fn write_text(out: &mut String, text: &str) {
    out.push('"');
    let mut from = 0;
    for (at, b) in text.bytes().enumerate() {
        if b >= 0x20 && b != b'"' && b != b'\\' {
            continue;
        }
        out.push_str(text.get(from..at).unwrap_or_default());
        from = at + 1;
        match b {
            b'"' => out.push_str("\\\""),
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            // Writing to a string cannot fail.
            _ => _ = write!(out, "\\u{b:04x}"),
        }
    }
    out.push_str(text.get(from..).unwrap_or_default());
    out.push('"');
}

struct Parser<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
}

impl Parser<'_> {
    fn wrong(&self, why: &'static str) -> Damaged {
        Damaged { at: self.at, why }
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    fn value(&mut self, depth: usize) -> Result<Json, Damaged> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("nested too deep"));
        }
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.array(depth),
            Some(b'"') => self.string().map(Json::Text),
            Some(b't') => self.word("true", Json::Bool(true)),
            Some(b'f') => self.word("false", Json::Bool(false)),
            Some(b'n') => self.word("null", Json::Null),
            Some(b'-' | b'0'..=b'9') => self.number(),
            _ => Err(self.wrong("no value")),
        }
    }

    fn object(&mut self, depth: usize) -> Result<Json, Damaged> {
        self.at += 1;
        let mut members: Vec<(Box<str>, Json)> = Vec::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Json::Object(members));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("no member name"));
            }
            let name = self.string()?;
            if members.len() > 200 {
                return Err(self.wrong("too many members"));
            }
            if members.iter().any(|(k, _)| **k == *name) {
                return Err(self.wrong("a member twice"));
            }
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.wrong("no colon"));
            }
            self.at += 1;
            let value = self.value(depth + 1)?;
            members.push((name.into(), value));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Json::Object(members));
                }
                _ => return Err(self.wrong("an object not closed")),
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Json, Damaged> {
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
                _ => return Err(self.wrong("a list not closed")),
            }
        }
    }

    fn word(&mut self, word: &str, value: Json) -> Result<Json, Damaged> {
        if !self.bytes.get(self.at..).is_some_and(|rest| rest.starts_with(word.as_bytes())) {
            return Err(self.wrong("no value"));
        }
        self.at += word.len();
        Ok(value)
    }

    // RFC 8259 §6, digit by digit: what is kept is written out again as it is.
    fn number(&mut self) -> Result<Json, Damaged> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(Json::Number(self.text.get(start..self.at).unwrap_or("0").into()))
    }

    fn digits(&mut self) -> Result<(), Damaged> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err(self.wrong("no digit")) } else { Ok(()) }
    }

    fn string(&mut self) -> Result<String, Damaged> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let start = self.at;
            while !matches!(self.peek(), None | Some(b'"' | b'\\' | 0..0x20)) {
                self.at += 1;
            }
            out.push_str(self.text.get(start..self.at).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(out);
                }
                Some(b'\\') => out.push(self.escape()?),
                _ => return Err(self.wrong("a string not closed")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Damaged> {
        self.at += 1;
        let c = match self.peek() {
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(c @ (b'"' | b'\\' | b'/')) => char::from(c),
            Some(b'u') => return self.unicode(),
            _ => return Err(self.wrong("an unknown escape")),
        };
        self.at += 1;
        Ok(c)
    }

    fn unicode(&mut self) -> Result<char, Damaged> {
        self.at += 1;
        let high = self.unit()?;
        let mut units = vec![high];
        if (0xD800..0xDC00).contains(&high) && self.bytes.get(self.at..self.at + 2) == Some(b"\\u")
        {
            self.at += 2;
            units.push(self.unit()?);
        }
        let mut chars = char::decode_utf16(units);
        match (chars.next(), chars.next()) {
            (Some(Ok(c)), None) => Ok(c),
            _ => Err(self.wrong("half of a surrogate pair")),
        }
    }

    fn unit(&mut self) -> Result<u16, Damaged> {
        let digits = self.text.get(self.at..self.at + 4);
        let digits = digits.filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
        let unit = digits.and_then(|d| u16::from_str_radix(d, 16).ok());
        self.at += 4;
        unit.ok_or_else(|| self.wrong("not four hexadecimal digits"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn again(text: &str) -> String {
        String::from_utf8(Json::parse(text.as_bytes()).unwrap().to_bytes()).unwrap()
    }

    #[test]
    fn what_was_read_is_written_again() {
        for text in [
            r#"{"b":0.010,"a":[1e3,-0,"é😀\n\"\\"],"c":{"x":true,"y":null}}"#,
            r#"[]"#,
            r#""\u0001""#,
        ] {
            assert_eq!(again(text), text);
        }
        assert_eq!(again(" { \"a\" : \"\\u00e9\\ud83d\\ude00\\/\" } "), r#"{"a":"é😀/"}"#);
    }

    #[test]
    fn damage_is_refused() {
        let deep = "[".repeat(100_000);
        for bad in [
            "",
            "{",
            "[1,]",
            "{\"a\" 1}",
            "\"a",
            "tru",
            "1 2",
            "\"\\u12\"",
            "-",
            "01",
            "1.",
            "1e",
            "{\"a\":1,\"a\":2}",
            "\"\\ud83d\"",
            "\"a\nb\"",
            "{\"a\":1,}",
            deep.as_str(),
        ] {
            assert!(Json::parse(bad.as_bytes()).is_err(), "{bad:.20}");
        }
        assert!(Json::parse(b"\"\xff\"").is_err());
    }
}
