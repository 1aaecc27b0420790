//! RTF: letters of the text by the plan, each with the bytes that wrote it (`\'e9`, `\u233?`), control
//! words staying where they are. Groups that are no text (information, deleted text, field
//! instructions, objects, pictures, revision tables, private destinations) go whole.
//! Source: Rich Text Format specification 1.9.1; `crate::text::rtf` for what is text.

use relu_record::{Budget, Refusal};

use super::super::leaf::{self, Leaf, Order, Splice};
use super::super::{Done, Work};
use crate::{charset, notes};

/// Destinations that go, whatever they hold.
const OUT: &[&str] = &[
    "info",
    "deleted",
    "object",
    "objdata",
    "revtbl",
    "rsidtbl",
    "generator",
    "userprops",
    "datastore",
    "themedata",
    "pict",
    "xmlnstbl",
    "docvar",
    "template",
    "fldinst",
    "atnid",
    "atnauthor",
    "annotation",
    "bkmkstart",
    "bkmkend",
    "mailmerge",
    "private",
    "passwordhash",
    "nonshppict",
    "shppict",
];

#[derive(Clone)]
struct Group {
    start: usize,
    /// Not text: shown to nobody.
    skip: bool,
    /// Goes whole.
    out: bool,
    /// Stand-in characters after a `\u`.
    stand_ins: usize,
}

/// Masks an RTF.
pub(super) fn mask(
    bytes: &[u8],
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<Vec<u8>, Refusal> {
    let mut walk = Walk {
        bytes,
        leaf: Leaf::new(true, escape),
        group: Group { start: 0, skip: false, out: false, stand_ins: 1 },
        stack: Vec::new(),
        splices: Vec::new(),
        drop: 0,
        codepage: "windows-1252",
    };
    let mut at = 0;
    while at < bytes.len() {
        budget.step(1).map_err(notes::spent)?;
        at = walk.next(at).max(at + 1);
    }
    let Walk { leaf, mut splices, .. } = walk;
    done.counts.removed += splices.len();
    // One leaf a line: a line is found, whatever another one holds.
    let leaves = lines(leaf);
    splices.extend(leaf::edits(&leaves, Order::Source, work, &mut done.counts, budget)?);
    Ok(leaf::apply(bytes, splices))
}

fn lines(leaf: Leaf) -> Vec<Leaf> {
    let mut out = vec![Leaf::new(true, escape)];
    for (c, (start, end)) in leaf.text.chars().zip(leaf.from) {
        if c == '\n' {
            out.push(Leaf::new(true, escape));
        } else if let Some(last) = out.last_mut() {
            last.push(c, start as usize, end as usize);
        }
    }
    out.retain(|l| !l.text.trim().is_empty());
    out
}

struct Walk<'b> {
    bytes: &'b [u8],
    leaf: Leaf,
    group: Group,
    stack: Vec<Group>,
    splices: Vec<Splice>,
    drop: usize,
    codepage: &'static str,
}

impl Walk<'_> {
    fn next(&mut self, at: usize) -> usize {
        match self.bytes.get(at) {
            Some(b'{') => {
                self.drop = 0;
                self.stack.push(self.group.clone());
                self.group.start = at;
                self.group.out = false;
                at + 1
            }
            Some(b'}') => {
                self.drop = 0;
                let Some(outer) = self.stack.pop() else { return at + 1 };
                // The outermost group is the file.
                if self.group.out && !self.stack.is_empty() {
                    let start = self.group.start;
                    // An empty group still ends the control word before it.
                    self.splices.push(Splice { start, end: at + 1, with: b"{}".to_vec() });
                }
                self.group = outer;
                at + 1
            }
            Some(b'\\') => self.control(at),
            Some(b'\r' | b'\n') => at + 1,
            Some(b) => {
                self.byte(*b, at, at + 1);
                at + 1
            }
            None => at + 1,
        }
    }

    fn byte(&mut self, b: u8, start: usize, end: usize) {
        if self.drop > 0 {
            self.drop -= 1;
            // A stand-in belongs to the letter before it.
            if let Some(last) = self.leaf.from.last_mut().filter(|_| !self.group.skip) {
                last.1 = u32::try_from(end).unwrap_or(u32::MAX);
            }
        } else if !self.group.skip {
            let one = [b];
            let text = charset::decode_as(&one, self.codepage)
                .unwrap_or_else(|| charset::decode(&one).text);
            if let Some(c) = text.chars().next() {
                self.leaf.push(c, start, end);
            }
        }
    }

    fn push(&mut self, c: char, start: usize, end: usize) {
        if !self.group.skip {
            self.leaf.push(c, start, end);
        }
    }

    fn control(&mut self, at: usize) -> usize {
        let first = self.bytes.get(at + 1).copied().unwrap_or(b' ');
        if !first.is_ascii_alphabetic() {
            return self.symbol(first, at);
        }
        let tail = self.bytes.get(at + 1..).unwrap_or_default();
        let letters = tail.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
        let sign = usize::from(tail.get(letters) == Some(&b'-'));
        let rest = tail.iter().skip(letters + sign).take(10);
        let digits = rest.take_while(|b| b.is_ascii_digit()).count();
        let mut len = letters + if digits > 0 { sign + digits } else { 0 };
        let value = tail
            .get(letters..len)
            .and_then(|d| std::str::from_utf8(d).ok())
            .and_then(|d| d.parse::<i64>().ok());
        let word = std::str::from_utf8(tail.get(..letters).unwrap_or_default()).unwrap_or("");
        len += usize::from(tail.get(len) == Some(&b' '));
        let end = at + 1 + len;
        match word {
            "bin" => {
                let raw = usize::try_from(value.unwrap_or(0)).unwrap_or(0);
                return end.saturating_add(raw).min(self.bytes.len());
            }
            "par" | "line" | "sect" | "page" | "row" | "nestrow" => self.push('\n', at, at),
            "uc" => {
                let n = value.and_then(|v| usize::try_from(v).ok());
                self.group.stand_ins = n.unwrap_or(1).min(8);
            }
            "u" => {
                self.drop = self.group.stand_ins;
                let unit = value.unwrap_or(0).rem_euclid(65_536) as u32;
                self.push(char::from_u32(unit).unwrap_or('\u{fffd}'), at, end);
            }
            "ansicpg" if value == Some(850) => self.codepage = "cp850",
            "ansicpg" if value == Some(65_001) => self.codepage = "utf-8",
            "mac" => self.codepage = "macintosh",
            "pc" | "pca" => self.codepage = "cp850",
            "fonttbl" | "colortbl" | "stylesheet" | "listtable" | "listoverridetable" => {
                self.group.skip = true;
            }
            word if OUT.contains(&word) => {
                self.group.skip = true;
                self.group.out = true;
            }
            _ => {}
        }
        end
    }

    fn symbol(&mut self, symbol: u8, at: usize) -> usize {
        match symbol {
            b'\'' => {
                let hex = self.bytes.get(at + 2..at + 4).and_then(|h| std::str::from_utf8(h).ok());
                if let Some(b) = hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
                    self.byte(b, at, at + 4);
                    return at + 4;
                }
            }
            b'~' => self.push('\u{a0}', at, at + 2),
            b'_' => self.push('-', at, at + 2),
            // A destination that only some readers know: it may hold anything.
            b'*' => {
                self.group.skip = true;
                self.group.out = true;
            }
            b'\\' | b'{' | b'}' => self.byte(symbol, at, at + 2),
            b'\r' | b'\n' => self.push('\n', at, at),
            _ => {}
        }
        at + 2
    }
}

/// Text as RTF writes it, in a group of its own: a control word before it does not run into it.
fn escape(text: &str) -> String {
    if text.is_empty() {
        return String::new();
    }
    let mut out = String::from("{");
    for c in text.chars() {
        match c {
            '\\' | '{' | '}' => out.extend(['\\', c]),
            '\n' => out.push_str("\\line "),
            c if c.is_ascii() => out.push(c),
            c => {
                let mut units = [0u16; 2];
                for unit in c.encode_utf16(&mut units) {
                    // `\uc` may say otherwise than one stand-in: a group of its own says one.
                    out.push_str(&format!("{{\\uc1\\u{}?}}", *unit as i16));
                }
            }
        }
    }
    out.push('}');
    out
}
