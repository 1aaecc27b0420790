//! RTF to text: letters still come as RTF. Control words that carry text or layout are honoured,
//! destinations that hold none (fonts, pictures, styles, fields' instructions) are left out.
//!
//! Character sets: `\ansicpg` and `\pc`, `\pca`, `\mac`; `\'hh` in that set; `\uN` with its
//! `\ucN` stand-ins. Refusal: `too-deep` for groups nested beyond 200.
//! Source: Rich Text Format specification 1.9.1.

use relu_record::{Budget, Reading, Refusal};

use crate::{charset, notes};

const MAX_GROUPS: usize = 200;

/// Whether the bytes are RTF.
pub(crate) fn is_rtf(bytes: &[u8]) -> bool {
    bytes.trim_ascii_start().starts_with(b"{\\rtf")
}

pub(super) fn read(bytes: &[u8], budget: &Budget) -> Result<Reading, Refusal> {
    budget.step(bytes.len() as u64).map_err(notes::spent)?;
    Ok(super::reading("application/rtf", &to_text(bytes)?))
}

#[derive(Clone)]
struct Group {
    /// Nothing of this group is text.
    skip: bool,
    /// Stand-in characters after a `\u`.
    stand_ins: usize,
}

struct Rtf {
    out: String,
    /// Bytes of `\'hh` and plain bytes waiting to be decoded together.
    pending: Vec<u8>,
    codepage: &'static str,
    group: Group,
    stack: Vec<Group>,
    /// Characters still to drop after a `\u`.
    drop: usize,
    /// First half of a surrogate pair.
    high: Option<u16>,
}

/// The text of an RTF file.
pub(crate) fn to_text(bytes: &[u8]) -> Result<String, Refusal> {
    let mut rtf = Rtf {
        out: String::new(),
        pending: Vec::new(),
        codepage: "windows-1252",
        group: Group { skip: false, stand_ins: 1 },
        stack: Vec::new(),
        drop: 0,
        high: None,
    };
    let mut at = 0;
    while let Some(b) = bytes.get(at) {
        at = match b {
            b'{' => {
                if rtf.stack.len() >= MAX_GROUPS {
                    return Err(notes::TOO_DEEP.refusal());
                }
                rtf.drop = 0;
                rtf.stack.push(rtf.group.clone());
                at + 1
            }
            b'}' => {
                rtf.drop = 0;
                if let Some(outer) = rtf.stack.pop() {
                    rtf.flush();
                    rtf.group = outer;
                }
                at + 1
            }
            b'\\' => rtf.control(bytes, at + 1),
            b'\r' | b'\n' => at + 1,
            b => {
                rtf.byte(*b);
                at + 1
            }
        };
    }
    rtf.flush();
    Ok(rtf.out.trim_matches(['\n', ' ']).to_owned())
}

impl Rtf {
    fn byte(&mut self, b: u8) {
        if self.drop > 0 {
            self.drop -= 1;
        } else if !self.group.skip {
            self.pending.push(b);
        }
    }

    fn flush(&mut self) {
        if self.pending.is_empty() {
            return;
        }
        let bytes = std::mem::take(&mut self.pending);
        let text = charset::decode_as(&bytes, self.codepage)
            .unwrap_or_else(|| charset::decode(&bytes).text);
        self.out.push_str(&text);
    }

    fn push(&mut self, s: &str) {
        if !self.group.skip {
            self.flush();
            self.out.push_str(s);
        }
    }

    /// Handles what follows a backslash; returns where to go on.
    fn control(&mut self, bytes: &[u8], at: usize) -> usize {
        let Some(first) = bytes.get(at) else { return at };
        if !first.is_ascii_alphabetic() {
            return self.symbol(*first, bytes, at);
        }
        let tail = bytes.get(at..).unwrap_or_default();
        let letters = tail.iter().take(32).take_while(|b| b.is_ascii_alphabetic()).count();
        let signed = usize::from(tail.get(letters) == Some(&b'-'));
        let digits =
            tail.iter().skip(letters + signed).take(10).take_while(|b| b.is_ascii_digit()).count();
        let mut next = letters;
        let mut value = None;
        if digits > 0 {
            next = letters + signed + digits;
            value = tail
                .get(letters..next)
                .and_then(|d| std::str::from_utf8(d).ok())
                .and_then(|d| d.parse::<i64>().ok());
        }
        let word = std::str::from_utf8(tail.get(..letters).unwrap_or_default()).unwrap_or("");
        // One space after a control word belongs to it.
        next += usize::from(tail.get(next) == Some(&b' '));
        if word == "bin" {
            // Raw bytes follow; they are no text.
            let raw = usize::try_from(value.unwrap_or(0)).unwrap_or(0);
            return at.saturating_add(next).saturating_add(raw).min(bytes.len());
        }
        self.word(word, value);
        at + next
    }

    fn symbol(&mut self, symbol: u8, bytes: &[u8], at: usize) -> usize {
        match symbol {
            b'\'' => {
                let hex = bytes.get(at + 1..at + 3).and_then(|h| std::str::from_utf8(h).ok());
                if let Some(b) = hex.and_then(|h| u8::from_str_radix(h, 16).ok()) {
                    self.byte(b);
                    return at + 3;
                }
            }
            b'~' => self.push("\u{a0}"),
            b'_' => self.push("-"),
            b'*' => self.group.skip = true,
            b'\\' | b'{' | b'}' => self.byte(symbol),
            b'\r' | b'\n' => self.push("\n"),
            _ => {}
        }
        at + 1
    }

    fn word(&mut self, word: &str, value: Option<i64>) {
        match word {
            "par" | "line" | "sect" | "page" | "row" | "nestrow" => self.push("\n"),
            "tab" => self.push("\t"),
            "cell" | "nestcell" => self.push(" | "),
            "emdash" => self.push("—"),
            "endash" => self.push("–"),
            "bullet" => self.push("•"),
            "lquote" => self.push("‘"),
            "rquote" => self.push("’"),
            "ldblquote" => self.push("“"),
            "rdblquote" => self.push("”"),
            "uc" => {
                self.group.stand_ins =
                    value.and_then(|v| usize::try_from(v).ok()).unwrap_or(1).min(8)
            }
            "u" => self.unicode(value.unwrap_or(0)),
            "mac" => self.codepage = "macintosh",
            "pc" | "pca" => self.codepage = "cp850",
            "ansicpg" => self.codepage = codepage(value.unwrap_or(1252)),
            "fonttbl" | "colortbl" | "stylesheet" | "info" | "pict" | "object" | "themedata"
            | "datastore" | "listtable" | "listoverridetable" | "revtbl" | "rsidtbl"
            | "generator" | "fldinst" | "bkmkstart" | "bkmkend" | "xmlnstbl" | "deleted"
            | "objdata" => {
                self.flush();
                self.group.skip = true;
            }
            _ => {}
        }
    }

    fn unicode(&mut self, value: i64) {
        self.drop = self.group.stand_ins;
        if self.group.skip {
            return;
        }
        // Written as a signed 16-bit number; pairs of surrogates beyond the basic plane.
        let unit = (value.rem_euclid(65_536)) as u16;
        let units: Vec<u16> = self.high.take().into_iter().chain([unit]).collect();
        if (0xD800..0xDC00).contains(&unit) {
            self.high = Some(unit);
            return;
        }
        self.flush();
        self.out.extend(char::decode_utf16(units).map(|c| c.unwrap_or('\u{fffd}')));
    }
}

fn codepage(number: i64) -> &'static str {
    match number {
        850 | 437 | 858 => "cp850",
        1250 => "windows-1250",
        1251 => "windows-1251",
        10_000 => "macintosh",
        65_001 => "utf-8",
        _ => "windows-1252",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rtf_becomes_text() {
        for (rtf, text) in [
            (r"{\rtf1\ansi\ansicpg1252 Cher confr\'e8re,\par Merci.}", "Cher confrère,\nMerci."),
            (r"{\rtf1{\fonttbl{\f0 Arial;}}{\*\generator X;}\f0 A\b B\b0  C}", "AB C"),
            (r"{\rtf1\uc1 \u233?t\u233?}", "été"),
            (r"{\rtf1 {\pict\wmetafile8 0123abcd}fin}", "fin"),
            (r"{\rtf1 a\{b\}\\ \~c}", "a{b}\\ \u{a0}c"),
            (r"{\rtf1 {\field{\*\fldinst HYPERLINK x}{\fldrslt lien}}}", "lien"),
            (r"{\rtf1 A\cell B\cell\row C}", "A | B | \nC"),
        ] {
            assert_eq!(to_text(rtf.as_bytes()).unwrap(), text, "{rtf}");
        }
        assert!(to_text("{".repeat(1000).as_bytes()).is_err());
    }

    proptest::proptest! {
        #[test]
        fn never_panics(s in "[{}\\\\'a-f0-9u*\\- ]{0,200}") { let _ = to_text(s.as_bytes()); }
    }
}
