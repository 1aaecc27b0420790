//! TNM stages in every usual writing: `pT2N0M0`, `p Tx N1M 0 (UICC 2017)`, `cT4d / N3c / M1 (HEP)`,
//! `ypT1b pN1mi R0`, `pT1b(m)N0(sn)`.
//!
//! Read from the bytes where a word may begin one: tumour, node, metastasis, pleura and resection in
//! this order, each with its prefix, specification and suffix, then the edition. One component alone
//! needs a prefix (`pT2`, `cT3b`). The normal form leaves out blanks and brackets, writes the letter
//! `o` of a stage as 0 and the year of the edition with four digits. Source: UICC, TNM
//! Classification of Malignant Tumours, 8th edition (2017).

use std::fmt;

use relu_record::Span;

use crate::found::Sink;
use crate::view::View;

// The letters of a component, and what its stage may be.
const COMPONENTS: [(&str, &str); 5] =
    [("T", "01234xo"), ("N", "01234xo+"), ("M", "0123xo+"), ("PL", "0123x"), ("R", "012x+")];
const PREFIXES: &str = "cpyraums";
const EDITIONS: [&str; 4] = ["uicc", "ajcc", "accj", "tnm"];
// Longest suffix between brackets, in bytes.
const SUFFIX: usize = 20;

// Specifications of T, N, M, pleura and R, longest first.
const SPECIFICATIONS: [&[&str]; 5] = [
    &["mi", "a", "b", "c", "d", "x", "m"],
    &[
        "(mol+)", "(mol-)", "(mi)", "(sn)", "(i+)", "(i-)", "mol+", "mol-", "mi", "sn", "i+", "i-",
        "a", "b", "c", "d", "x", "m",
    ],
    &[
        "(mol+)", "(cy+)", "(i+)", "mol+", "cy+", "pul", "oss", "hep", "bra", "lym", "oth", "mar",
        "ple", "per", "adr", "ski", "i+", "a", "b", "c", "d", "m",
    ],
    &[],
    &["(cy+)", "(is)", "cy+", "is"],
];

#[derive(Clone, Copy, Default)]
struct Component<'t> {
    letters: &'static str,
    prefix: &'t str,
    stage: &'t str,
    specification: &'t str,
    suffix: &'t str,
    end: usize,
}

struct Tnm<'t> {
    parts: [Component<'t>; 5],
    len: usize,
    edition: Option<(&'t str, u32)>,
    end: usize,
}

/// The stage that begins at token `i`, put into the sink; the token after it.
pub(super) fn at(view: &View<'_>, i: usize, sink: &mut Sink) -> Option<usize> {
    let mut start = view.token(i)?.start as usize;
    let first = view.text.as_bytes().get(start).map(u8::to_ascii_lowercase)?;
    if first != b't' && !PREFIXES.as_bytes().contains(&first) {
        return None;
    }
    // "p T2": the prefix is a token of its own.
    if first == b't'
        && let Some(p) = i.checked_sub(1).and_then(|p| view.token(p))
        && p.len() <= 2
        && p.of(view.text).bytes().all(|b| b"cpyr".contains(&b))
        && view.gap(i) <= crate::tokens::Gap::Space
    {
        start = p.start as usize;
    }
    let tnm = Reader { text: view.text, at: start }.tnm()?;
    let mut bare = [0u8; 8];
    let printed = view.text.get(start..tnm.end)?;
    let mut len = 0;
    for b in printed.bytes().filter(|b| !b.is_ascii_whitespace() && *b != b',') {
        if let Some(slot) = bare.get_mut(len) {
            *slot = b.to_ascii_lowercase();
        }
        len += 1;
    }
    let bare = bare.get(..len).and_then(|b| std::str::from_utf8(b).ok()).unwrap_or("");
    if view.rules.codes.not_tnm.binary_search_by(|n| n.as_str().cmp(bare)).is_ok() {
        return None;
    }
    let (from, to) = view.tokens_of(Span::new(start, tnm.end));
    let norm = sink.write(format_args!("{tnm}"));
    let f = sink.push(view.tokens, from, to, view.rules.codes.tnm)?;
    (f.norm, f.code) = (norm, norm);
    Some(to)
}

#[derive(Clone, Copy)]
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl<'t> Reader<'t> {
    fn tnm(mut self) -> Option<Tnm<'t>> {
        let mut tnm = Tnm { parts: [Component::default(); 5], len: 0, edition: None, end: self.at };
        for (n, (letters, stages)) in COMPONENTS.iter().enumerate() {
            let before = self;
            if n > 0 {
                self.separator();
            }
            match self.component(n, letters, stages) {
                Some(part) => {
                    *tnm.parts.get_mut(tnm.len)? = part;
                    tnm.len += 1;
                }
                None if n == 0 => return None,
                None => self = before,
            }
        }
        // The last component after which a word ends.
        while tnm.len > 0 && !self.ends_at(tnm.parts.get(tnm.len - 1)?.end) {
            tnm.len -= 1;
        }
        let last = tnm.len.checked_sub(1).and_then(|l| tnm.parts.get(l)).copied()?;
        tnm.end = last.end;
        let first = tnm.parts.first()?;
        let staged = |b: u8| b.is_ascii_digit() || b == b'i' || b == b'I';
        let alone = !first.prefix.is_empty()
            && (!first.specification.is_empty()
                || (first.prefix.bytes().all(|b| b"cpyr".contains(&b))
                    && first.stage.bytes().next().is_some_and(staged)));
        if tnm.len < 2 && !alone {
            return None;
        }
        self.at = tnm.end;
        self.separator();
        if let Some((edition, end)) = self.edition()
            && self.ends_at(end)
        {
            (tnm.edition, tnm.end) = (Some(edition), end);
        }
        Some(tnm)
    }

    fn component(
        &mut self,
        n: usize,
        letters: &'static str,
        stages: &str,
    ) -> Option<Component<'t>> {
        let start = self.at;
        for long in [2, 1, 0] {
            self.at = start;
            let prefix = self.rest().get(..long)?;
            if !prefix.bytes().all(|b| PREFIXES.as_bytes().contains(&b.to_ascii_lowercase()))
                || (n == 3 && long > 0)
            {
                continue;
            }
            self.at += long;
            if long > 0 {
                self.blanks();
            }
            if !self.takes(letters) {
                continue;
            }
            self.blanks();
            let Some(stage) = self.stage(n, stages) else { continue };
            let specification = self.specification(n);
            let suffix = if n == 3 { "" } else { self.suffix(n) };
            return Some(Component { letters, prefix, stage, specification, suffix, end: self.at });
        }
        self.at = start;
        None
    }

    fn stage(&mut self, n: usize, stages: &str) -> Option<&'t str> {
        let start = self.at;
        if n == 0 && self.takes("is") {
            return self.text.get(start..self.at);
        }
        let b = self.peek()?.to_ascii_lowercase();
        stages.as_bytes().contains(&b).then(|| self.at += 1)?;
        self.text.get(start..self.at)
    }

    // What specifies the stage, glued or after a blank that begins no other component.
    fn specification(&mut self, n: usize) -> &'t str {
        let start = self.at;
        self.blanks();
        if self.at > start && self.begins_component() {
            self.at = start;
            return "";
        }
        let counted = (n == 1).then(|| self.counted()).flatten();
        let from = self.at;
        let end = counted.or_else(|| {
            SPECIFICATIONS.get(n)?.iter().find_map(|s| {
                let mut ahead = *self;
                (ahead.takes(s) && ahead.closes(s)).then_some(ahead.at)
            })
        });
        match end {
            Some(end) => {
                self.at = end;
                self.text.get(from..end).unwrap_or("")
            }
            None => {
                self.at = start;
                ""
            }
        }
    }

    // Whether a specification may end here: a letter that goes on is another word, and "m" before a
    // stage is the metastasis.
    fn closes(&self, specification: &str) -> bool {
        let letters = specification.bytes().all(|b| b.is_ascii_alphabetic());
        let next = self.peek().unwrap_or(b' ').to_ascii_lowercase();
        if specification == "m" {
            let mut ahead = *self;
            ahead.blanks();
            if ahead.peek().is_some_and(|b| b"0123456789xo+".contains(&b.to_ascii_lowercase())) {
                return false;
            }
        }
        !letters || !(next.is_ascii_alphanumeric() || next >= 0x80) || self.begins_component()
    }

    // "(4/12)": nodes reached of nodes seen.
    fn counted(&self) -> Option<usize> {
        let mut ahead = *self;
        (ahead.takes("(") && ahead.digits() > 0).then_some(())?;
        ahead.blanks();
        ahead.takes("/").then_some(())?;
        ahead.blanks();
        (ahead.digits() > 0 && ahead.takes(")")).then_some(ahead.at)
    }

    fn suffix(&mut self, n: usize) -> &'t str {
        let mut ahead = *self;
        let mut last = "";
        // Where the resection was incomplete: one bracket a place.
        loop {
            ahead.blanks();
            let from = ahead.at;
            if !ahead.takes("(") || ahead.edition_name().is_some() {
                return last;
            }
            let inside = ahead
                .rest()
                .bytes()
                .take(SUFFIX + 1)
                .take_while(|b| *b != b')' && *b != b'(')
                .count();
            ahead.at += inside;
            if inside == 0 || !ahead.takes(")") {
                return last;
            }
            let Some(found) = self.text.get(from..ahead.at) else { return last };
            last = found;
            self.at = ahead.at;
            if n != 4 {
                return last;
            }
        }
    }

    // "(UICC 2017)", "TNM 8ème édition 2017": the edition and the place after it.
    fn edition(&self) -> Option<((&'t str, u32), usize)> {
        let mut ahead = *self;
        ahead.takes("(");
        ahead.blanks();
        let name = ahead.edition_name()?;
        ahead.at += name.len();
        ahead.blanks();
        let mut numbered = ahead;
        let rank = numbered.digits();
        if (1..=2).contains(&rank) {
            numbered.blanks();
            if ["ème", "ere", "ère", "eme", "er", "th", "nd", "rd", "st", "e", "è"]
                .iter()
                .any(|o| numbered.takes(o))
            {
                numbered.blanks();
                ahead = numbered;
            }
        }
        for word in ["éditions", "édition", "edition", "version", "éd.", "éd", "ed.", "ed"] {
            if ahead.takes(word) {
                break;
            }
        }
        ahead.blanks();
        let from = ahead.at;
        let n = ahead.digits();
        let year: u32 = ahead.text.get(from..ahead.at)?.parse().ok()?;
        let year = match (n, year) {
            (4, _) => year,
            (2, 0..=39) => 2000 + year,
            (2, _) => 1900 + year,
            _ => return None,
        };
        let end = ahead.at;
        ahead.blanks();
        let end = if ahead.takes(")") { ahead.at } else { end };
        Some(((name, year), end))
    }

    fn edition_name(&self) -> Option<&'t str> {
        let mut ahead = *self;
        ahead.blanks();
        let from = ahead.at;
        EDITIONS.iter().find(|e| ahead.takes(e)).and_then(|_| self.text.get(from..ahead.at))
    }

    fn begins_component(&self) -> bool {
        [2usize, 1, 0].iter().any(|&long| {
            let mut ahead = *self;
            let Some(prefix) = ahead.rest().get(..long) else { return false };
            if !prefix.bytes().all(|b| PREFIXES.as_bytes().contains(&b.to_ascii_lowercase())) {
                return false;
            }
            ahead.at += long;
            ahead.blanks();
            let taken = ["N", "M", "PL", "R"].iter().any(|l| ahead.takes(l));
            ahead.blanks();
            taken && ahead.peek().is_some_and(|b| b"x01234+o".contains(&b.to_ascii_lowercase()))
        })
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    // Takes these letters, in capitals or not.
    fn takes(&mut self, letters: &str) -> bool {
        let here = self.rest().get(..letters.len());
        let same = here.is_some_and(|h| h.eq_ignore_ascii_case(letters));
        if same {
            self.at += letters.len();
        }
        same
    }

    fn digits(&mut self) -> usize {
        let n = self.rest().bytes().take(6).take_while(u8::is_ascii_digit).count();
        self.at += n;
        n
    }

    fn blanks(&mut self) {
        let n = self.rest().bytes().take(16).take_while(u8::is_ascii_whitespace).count();
        self.at += n;
        if self.rest().starts_with('\u{a0}') {
            self.at += 2;
        }
    }

    fn separator(&mut self) {
        self.blanks();
        let _ = self.takes(",") || self.takes("/");
        self.blanks();
    }

    fn ends_at(&self, at: usize) -> bool {
        self.text.get(at..).is_some_and(|rest| {
            rest.chars().next().is_none_or(|c| c.is_whitespace() || "().,;:/-\"|]".contains(c))
        })
    }
}

// What a bracket holds, without it.
fn bare(text: &str) -> &str {
    text.strip_prefix('(').and_then(|t| t.strip_suffix(')')).unwrap_or(text).trim()
}

impl fmt::Display for Tnm<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.parts.iter().take(self.len) {
            f.write_str(part.prefix)?;
            f.write_str(part.letters)?;
            // The letter o for a zero.
            f.write_str(if part.stage.eq_ignore_ascii_case("o") { "0" } else { part.stage })?;
            f.write_str(bare(part.specification))?;
            // A suffix in letters qualifies the stage; a count or a comment does not.
            let suffix = bare(part.suffix);
            if suffix.len() <= 3 && suffix.bytes().all(|b| b.is_ascii_alphabetic()) {
                f.write_str(suffix)?;
            }
        }
        if let Some((name, year)) = self.edition {
            f.write_str(" (")?;
            name.chars().try_for_each(|c| write!(f, "{}", c.to_ascii_uppercase()))?;
            write!(f, " {year})")?;
        }
        Ok(())
    }
}
