//! ER7: segments, fields, repetitions, components and escapes, by the delimiters the message gives.
//!
//! Delimiters are characters, not bytes: a published message uses `˜` (U+02DC) for repetition.
//! A line that does not start with a segment name continues the field before it (line ends inside
//! base64 or text). Source: HL7 v2.5 chapter 2, §2.5 to §2.7.

/// The delimiters of one message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Delimiters {
    pub(crate) field: char,
    pub(crate) component: char,
    pub(crate) repetition: char,
    pub(crate) escape: Option<char>,
    pub(crate) sub: char,
}

/// One segment: its name and raw fields; field 0 is the name.
#[derive(Debug)]
pub(crate) struct Segment {
    fields: Vec<String>,
    delimiters: Delimiters,
}

/// One field, one repetition or one component: a raw piece with the delimiters to cut it.
#[derive(Clone, Copy)]
pub(crate) struct Piece<'a> {
    raw: &'a str,
    delimiters: &'a Delimiters,
}

impl Delimiters {
    /// From the characters after `MSH`, `FHS` or `BHS`.
    pub(crate) fn of(header: &str) -> Option<Delimiters> {
        let mut chars = header.chars().skip(3);
        let field = chars.next()?;
        let rest: Vec<char> = chars.take_while(|c| *c != field).collect();
        Some(Delimiters {
            field,
            component: rest.first().copied().unwrap_or('^'),
            repetition: rest.get(1).copied().unwrap_or('~'),
            escape: rest.get(2).copied(),
            sub: rest.get(3).copied().unwrap_or('&'),
        })
    }
}

/// Cuts a message (one `MSH` and what follows) into segments; `None` without delimiters.
pub(crate) fn segments(message: &str) -> Option<Vec<Segment>> {
    let delimiters = Delimiters::of(message)?;
    let mut lines: Vec<String> = Vec::new();
    for line in message.split(['\r', '\n']) {
        if starts_segment(line, delimiters.field) {
            lines.push(line.to_owned());
        } else if let Some(last) = lines.last_mut()
            && !line.is_empty()
        {
            last.push('\n');
            last.push_str(line);
        }
    }
    Some(lines.iter().map(|l| segment(l, delimiters)).collect())
}

pub(crate) fn starts_segment(line: &str, field: char) -> bool {
    let b = line.as_bytes();
    b.len() >= 3
        && b.first().is_some_and(u8::is_ascii_uppercase)
        && b.iter().take(3).all(|c| c.is_ascii_uppercase() || c.is_ascii_digit())
        && line.get(3..).is_some_and(|rest| rest.is_empty() || rest.starts_with(field))
}

fn segment(line: &str, delimiters: Delimiters) -> Segment {
    let mut fields: Vec<String> = line.split(delimiters.field).map(str::to_owned).collect();
    // In a header segment the field delimiter itself counts as field 1.
    if matches!(fields.first().map(String::as_str), Some("MSH" | "FHS" | "BHS")) {
        fields.insert(1, delimiters.field.to_string());
    }
    Segment { fields, delimiters }
}

impl Segment {
    /// `PID`, `OBX`…
    pub(crate) fn name(&self) -> &str {
        self.fields.first().map_or("", String::as_str)
    }

    /// Field `n`, numbered as HL7 does; empty when absent.
    pub(crate) fn field(&self, n: usize) -> Piece<'_> {
        let raw = self.fields.get(n).map_or("", String::as_str);
        // `""` says "delete the value": nothing to read.
        let raw = if raw == "\"\"" { "" } else { raw };
        Piece { raw, delimiters: &self.delimiters }
    }

    /// Component `c` of field `n`, first repetition, as text.
    pub(crate) fn text(&self, n: usize, c: usize) -> String {
        self.field(n).first().component(c).text()
    }
}

impl<'a> Piece<'a> {
    pub(crate) fn is_empty(self) -> bool {
        self.raw.trim().is_empty()
    }

    /// The repetitions that say something.
    pub(crate) fn repetitions(self) -> impl Iterator<Item = Piece<'a>> {
        self.raw
            .split(self.delimiters.repetition)
            .filter(|r| !r.is_empty())
            .map(move |raw| Piece { raw, ..self })
    }

    fn first(self) -> Piece<'a> {
        Piece { raw: self.raw.split(self.delimiters.repetition).next().unwrap_or(""), ..self }
    }

    /// Component `n`, from 1.
    pub(crate) fn component(self, n: usize) -> Piece<'a> {
        let raw = self.raw.split(self.delimiters.component).nth(n.saturating_sub(1));
        Piece { raw: raw.unwrap_or(""), ..self }
    }

    /// How many components there are.
    pub(crate) fn components(self) -> usize {
        self.raw.split(self.delimiters.component).count()
    }

    /// Subcomponent `n`, from 1.
    pub(crate) fn sub(self, n: usize) -> Piece<'a> {
        let raw = self.raw.split(self.delimiters.sub).nth(n.saturating_sub(1));
        Piece { raw: raw.unwrap_or(""), ..self }
    }

    /// The piece as it stands.
    pub(crate) fn raw(self) -> &'a str {
        self.raw
    }

    /// The piece with its escapes resolved, trimmed.
    pub(crate) fn text(self) -> String {
        unescape(self.raw, self.delimiters).trim().to_owned()
    }

    /// The same, spaces kept (columns of a monospaced report).
    pub(crate) fn block(self) -> String {
        unescape(self.raw, self.delimiters)
    }
}

fn unescape(raw: &str, d: &Delimiters) -> String {
    let Some(escape) = d.escape else { return raw.to_owned() };
    if !raw.contains(escape) {
        return raw.to_owned();
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(escape) {
        out.push_str(rest.get(..at).unwrap_or(""));
        let after = rest.get(at + escape.len_utf8()..).unwrap_or("");
        let end = after.char_indices().take(40).find(|(_, c)| *c == escape).map(|(i, _)| i);
        let code = end.and_then(|e| after.get(..e));
        match code.and_then(|c| escape_text(c, d)) {
            Some(text) => {
                out.push_str(&text);
                rest = end.and_then(|e| after.get(e + escape.len_utf8()..)).unwrap_or("");
            }
            None => {
                // Not an escape: a bare backslash (a path, a date) stays.
                out.push(escape);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

pub(crate) fn escape_text(code: &str, d: &Delimiters) -> Option<String> {
    Some(match code {
        "F" => d.field.to_string(),
        "S" => d.component.to_string(),
        "T" => d.sub.to_string(),
        "R" => d.repetition.to_string(),
        "E" => d.escape?.to_string(),
        "H" | "N" => String::new(),
        ".br" | ".BR" | ".sp" | ".ce" => "\n".to_owned(),
        ".fi" | ".nf" => String::new(),
        _ => {
            if let Some(hex) = code.strip_prefix(['X', 'x']) {
                return hex_text(hex);
            }
            // Indent, skip and character set switches carry no text.
            let layout = code.starts_with(".in")
                || code.starts_with(".ti")
                || code.starts_with(".sk")
                || code.starts_with(".sp");
            if !layout {
                return None;
            }
            if code.starts_with(".sp") { "\n".to_owned() } else { String::new() }
        }
    })
}

fn hex_text(hex: &str) -> Option<String> {
    let bytes = hex_bytes(hex)?;
    Some(match bytes.as_slice() {
        [b'\r'] | [b'\n'] | [b'\r', b'\n'] => "\n".to_owned(),
        _ => crate::charset::decode(&bytes).text,
    })
}

/// Bytes from hexadecimal digits.
pub(crate) fn hex_bytes(hex: &str) -> Option<Vec<u8>> {
    if hex.is_empty() || !hex.len().is_multiple_of(2) || !hex.is_ascii() {
        return None;
    }
    (0..hex.len())
        .step_by(2)
        .map(|i| hex.get(i..i + 2).and_then(|h| u8::from_str_radix(h, 16).ok()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_components_and_escapes() {
        let text = "MSH|^~\\&|A|B\rPID|||1^^^X&1.2&ISO^PI~2||A\\T\\B^C\rOBX|1|FT|||un\\.br\\deux \\F\\ \\X41\\ c:\\temp\n suite";
        let s = segments(text).unwrap();
        assert_eq!(s[0].text(3, 1), "A");
        let ids: Vec<String> = s[1].field(3).repetitions().map(|r| r.component(1).text()).collect();
        assert_eq!(ids, ["1", "2"]);
        assert_eq!(s[1].field(3).repetitions().next().unwrap().component(4).sub(2).text(), "1.2");
        assert_eq!(s[1].text(5, 1), "A&B");
        assert_eq!(s[2].text(5, 1), "un\ndeux | A c:\\temp\n suite");
    }

    #[test]
    fn delimiters_may_be_any_character() {
        let s = segments("MSH|^˜\\&|A\rPID|||1˜2").unwrap();
        assert_eq!(s[1].field(3).repetitions().count(), 2);
        let s = segments("MSH$%~\\&$A\rPID$$$1%x").unwrap();
        assert_eq!(s[1].text(3, 2), "x");
        assert!(segments("MSH").is_none());
    }
}
