//! CSV: whole columns, by their name in the first line.
//!
//! Shapes: bytes and what to do with each column in, bytes out; separators, quotes and line ends
//! stay. The separator is the one of comma, semicolon and tab that the first line holds most.
//! Source: RFC 4180; French spreadsheets write semicolons.

use std::collections::BTreeMap;

use crate::charset;

/// What becomes of a column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ColumnAction {
    /// Every value is replaced by this mark; empty ones stay empty.
    Mask(String),
    /// The column goes, with its name.
    Remove,
}

/// One value and what stands after it.
struct Cell {
    raw: String,
    /// The separator, a line end, or nothing at the end.
    after: String,
}

/// Masks columns; gives how many values were masked or removed.
pub fn columns(bytes: &[u8], actions: &BTreeMap<String, ColumnAction>) -> (Vec<u8>, usize) {
    let decoded = charset::decode(bytes);
    let separator = separator(&decoded.text);
    let rows = rows(&decoded.text, separator);
    let names: Vec<String> =
        rows.first().map(|r| r.iter().map(|c| value(&c.raw)).collect()).unwrap_or_default();
    let action = |n: usize| names.get(n).and_then(|name| actions.get(name.trim()));
    let mut out = String::with_capacity(decoded.text.len());
    let mut count = 0;
    for (line, row) in rows.iter().enumerate() {
        let end = row.last().map_or("", |c| c.after.as_str());
        let mut written = 0;
        for (n, cell) in row.iter().enumerate() {
            let raw = match action(n) {
                Some(ColumnAction::Remove) => {
                    count += usize::from(line > 0);
                    continue;
                }
                Some(ColumnAction::Mask(with)) if line > 0 && !value(&cell.raw).is_empty() => {
                    count += 1;
                    quoted(with, separator)
                }
                _ => cell.raw.clone(),
            };
            if written > 0 {
                out.push(separator);
            }
            written += 1;
            out.push_str(&raw);
        }
        out.push_str(end);
    }
    (charset::encode_like(&out, decoded.charset), count)
}

fn separator(text: &str) -> char {
    let line = text.lines().next().unwrap_or("");
    let count = |c: char| line.matches(c).count();
    [';', ',', '\t'].into_iter().max_by_key(|c| (count(*c), *c == ';')).unwrap_or(';')
}

fn rows(text: &str, separator: char) -> Vec<Vec<Cell>> {
    let mut rows = Vec::new();
    let mut row = Vec::new();
    let mut raw = String::new();
    let mut quoted = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' => {
                quoted = !quoted;
                raw.push(c);
            }
            c if c == separator && !quoted => {
                row.push(Cell { raw: std::mem::take(&mut raw), after: c.to_string() });
            }
            '\r' | '\n' if !quoted => {
                let mut after = c.to_string();
                if c == '\r' {
                    after.extend(chars.next_if_eq(&'\n'));
                }
                row.push(Cell { raw: std::mem::take(&mut raw), after });
                rows.push(std::mem::take(&mut row));
            }
            c => raw.push(c),
        }
    }
    if !raw.is_empty() || !row.is_empty() {
        row.push(Cell { raw, after: String::new() });
        rows.push(row);
    }
    rows
}

fn value(raw: &str) -> String {
    let raw = raw.trim_start_matches('\u{feff}').trim();
    match raw.strip_prefix('"').and_then(|r| r.strip_suffix('"')) {
        Some(inner) => inner.replace("\"\"", "\""),
        None => raw.to_owned(),
    }
}

fn quoted(value: &str, separator: char) -> String {
    if value.contains([separator, '"', '\n', '\r']) {
        format!("\"{}\"", value.replace('"', "\"\""))
    } else {
        value.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_masked_or_removed_and_the_rest_stays() {
        let csv = "\u{feff}Nom;\"Note; libre\";IPP\r\nDUPONT;\"a;\"\"b\"\"\";12\r\n;x;\r\n";
        let actions = BTreeMap::from([
            ("Nom".to_owned(), ColumnAction::Mask("[NOM]".to_owned())),
            ("IPP".to_owned(), ColumnAction::Remove),
        ]);
        let (out, count) = columns(csv.as_bytes(), &actions);
        let out = String::from_utf8(out).unwrap();
        assert_eq!(out, "Nom;\"Note; libre\"\r\n[NOM];\"a;\"\"b\"\"\"\r\n;x\r\n");
        assert_eq!(count, 3);
    }

    proptest::proptest! {
        #[test]
        fn never_panics(s in "[a;,\"\r\n\t]{0,60}") {
            columns(s.as_bytes(), &BTreeMap::from([("a".to_owned(), ColumnAction::Remove)]));
        }
    }
}
