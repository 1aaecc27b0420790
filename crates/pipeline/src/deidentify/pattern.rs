//! Patterns of numbers: the small language of `rules/identifiers.toml`, and its matcher.
//!
//! Elements, separated by blanks: `d2` two digits, `d6-9` six to nine, `day`, `month`, `year` (1900
//! to 2119), `yy`, `mname` (a name of month), `wday` (of a day), `age90` (90 to 125), `A` one capital, `A2` two, `'x'`
//! the characters, `[./]` one of them, `~` up to two blanks or none, `_` one or two blanks, `sep`
//! one mark of `. - / :` with or without blanks, or a blank, or nothing, the same all along. `?` after an element makes
//! it optional. A *spaced* pattern wants a blank between all its characters, as in a form with boxes.
//!
//! The matcher backtracks over options and ranges only; every pattern has a fixed greatest length.

/// A compiled pattern.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Pattern {
    elements: Vec<(Element, bool)>,
    spaced: bool,
}

#[derive(Clone, Debug, PartialEq)]
enum Element {
    Digits(usize, usize),
    Between(usize, usize, u32, u32),
    MonthName,
    Weekday,
    Capitals(usize),
    Text(Vec<u8>),
    OneOf(Vec<u8>),
    Blanks(usize),
    Separator,
}

/// Names of months and of days, folded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Calendar {
    pub(crate) months: Vec<Vec<u8>>,
    pub(crate) days: Vec<Vec<u8>>,
}

impl Pattern {
    /// Reads a pattern; `Err` names the element that cannot be read.
    pub(crate) fn parse(text: &str, spaced: bool) -> Result<Pattern, String> {
        let mut elements = Vec::new();
        for word in text.split_whitespace() {
            let (name, optional) = match word.strip_suffix('?') {
                Some(name) => (name, true),
                None => (word, false),
            };
            elements.push((element(name).ok_or_else(|| word.to_owned())?, optional));
        }
        Ok(Pattern { elements, spaced })
    }

    /// Where the match that begins at `from` ends, if there is one; the longest in the order of the
    /// options.
    pub(crate) fn find(&self, text: &[u8], from: usize, calendar: &Calendar) -> Option<usize> {
        // Separators are the same all along a number.
        let kinds: &[Sep] = if self.elements.iter().any(|e| e.0 == Element::Separator) {
            &[
                Sep::None,
                Sep::Blank,
                Sep::Mark(b'.'),
                Sep::Mark(b'-'),
                Sep::Mark(b'/'),
                Sep::Mark(b':'),
            ]
        } else {
            &[Sep::None]
        };
        kinds
            .iter()
            .filter_map(|sep| {
                let run = Run { text, calendar, spaced: self.spaced, from, sep: *sep };
                run.from(&self.elements, from)
            })
            .max()
    }

    /// Whether a match can begin with this byte; cheap, and at times true where there is none.
    pub(crate) fn may_begin(&self, byte: u8) -> bool {
        match self.elements.first() {
            Some((Element::Text(t), false)) => {
                t.first().is_some_and(|b| b.eq_ignore_ascii_case(&byte))
            }
            Some((Element::OneOf(set), false)) => set.contains(&byte),
            Some((Element::Digits(..) | Element::Between(..), false)) => byte.is_ascii_digit(),
            _ => true,
        }
    }

    /// Whether it can begin with a name of month or a capital.
    pub(crate) fn begins_with_letters(&self) -> bool {
        matches!(
            self.elements.first(),
            Some((Element::MonthName | Element::Weekday | Element::Capitals(_), _))
        ) || matches!(self.elements.first(), Some((Element::Text(t), _)) if t.first().is_some_and(u8::is_ascii_alphabetic))
    }
}

fn element(name: &str) -> Option<Element> {
    Some(match name {
        "day" => Element::Between(1, 2, 1, 31),
        "month" => Element::Between(1, 2, 1, 12),
        "day2" => Element::Between(2, 2, 1, 31),
        "month2" => Element::Between(2, 2, 1, 12),
        "year" => Element::Between(4, 4, 1900, 2119),
        "yy" => Element::Digits(2, 2),
        "age90" => Element::Between(2, 3, 90, 125),
        "mname" => Element::MonthName,
        "wday" => Element::Weekday,
        "~" => Element::Blanks(0),
        "_" => Element::Blanks(1),
        "sep" => Element::Separator,
        "A" => Element::Capitals(1),
        "A2" => Element::Capitals(2),
        _ => {
            if let Some(set) = name.strip_prefix('[').and_then(|n| n.strip_suffix(']')) {
                return Some(Element::OneOf(set.bytes().collect()));
            }
            if let Some(text) = name.strip_prefix('\'').and_then(|n| n.strip_suffix('\'')) {
                return Some(Element::Text(text.bytes().collect()));
            }
            let count = name.strip_prefix('d')?;
            let (low, high) = count.split_once('-').unwrap_or((count, count));
            Element::Digits(low.parse().ok()?, high.parse().ok()?)
        }
    })
}

// What stands between the groups of a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sep {
    None,
    Blank,
    Mark(u8),
}

struct Run<'a> {
    sep: Sep,
    text: &'a [u8],
    calendar: &'a Calendar,
    spaced: bool,
    from: usize,
}

impl Run<'_> {
    fn from(&self, elements: &[(Element, bool)], at: usize) -> Option<usize> {
        let Some(((element, optional), rest)) = elements.split_first() else { return Some(at) };
        let taken = match element {
            Element::Digits(low, high) => {
                (*low..=*high).rev().find_map(|n| self.from(rest, self.digits(at, n)?.0))
            }
            Element::Between(low, high, least, most) => (*low..=*high).rev().find_map(|n| {
                let (end, value) = self.digits(at, n)?;
                if (*least..=*most).contains(&value) { self.from(rest, end) } else { None }
            }),
            Element::Blanks(least) => (*least..=2)
                .rev()
                .filter(|n| self.blanks(at) >= *n)
                .find_map(|n| self.from(rest, at + n)),
            Element::Separator => self.separator(at).and_then(|end| self.from(rest, end)),
            Element::Text(wanted) => {
                let mut end = Some(at);
                for c in wanted {
                    end = end.and_then(|e| self.one(e, |b| b.eq_ignore_ascii_case(c)));
                }
                end.and_then(|end| self.from(rest, end))
            }
            Element::OneOf(set) => {
                self.one(at, |b| set.contains(b)).and_then(|end| self.from(rest, end))
            }
            Element::Capitals(n) => (0..*n)
                .try_fold(at, |end, _| self.one(end, u8::is_ascii_uppercase))
                .and_then(|end| self.from(rest, end)),
            Element::MonthName => {
                self.name(at, &self.calendar.months).and_then(|end| self.from(rest, end))
            }
            Element::Weekday => {
                self.name(at, &self.calendar.days).and_then(|end| self.from(rest, end))
            }
        };
        taken.or_else(|| if *optional { self.from(rest, at) } else { None })
    }

    // One character, after its blank when the pattern is spaced.
    fn one(&self, at: usize, accept: impl Fn(&u8) -> bool) -> Option<usize> {
        let at = if self.spaced && at > self.from {
            let n = self.blanks(at);
            if n == 0 || n > 2 {
                return None;
            }
            at + n
        } else {
            at
        };
        self.text.get(at).filter(|b| accept(b)).map(|_| at + 1)
    }

    fn digits(&self, at: usize, n: usize) -> Option<(usize, u32)> {
        let (mut end, mut value) = (at, 0u32);
        for _ in 0..n {
            end = self.one(end, u8::is_ascii_digit)?;
            let digit = self.text.get(end - 1).map_or(0, |b| u32::from(b - b'0'));
            value = value.saturating_mul(10).saturating_add(digit);
        }
        Some((end, value))
    }

    // Blanks here, at most three counted; a no-break space is two bytes and counts as none.
    fn blanks(&self, at: usize) -> usize {
        self.text.iter().skip(at).take(3).take_while(|b| **b == b' ').count()
    }

    // The byte after the separator here.
    fn separator(&self, at: usize) -> Option<usize> {
        let blanks = self.blanks(at).min(2);
        match self.sep {
            Sep::None => Some(at),
            Sep::Blank if blanks > 0 => Some(at + blanks),
            Sep::Blank => (self.text.get(at..at + 2) == Some(&[0xC2, 0xA0])).then_some(at + 2),
            Sep::Mark(m) => (self.text.get(at + blanks) == Some(&m)).then(|| {
                let after = at + blanks + 1;
                after + self.blanks(after).min(2)
            }),
        }
    }

    fn name(&self, at: usize, names: &[Vec<u8>]) -> Option<usize> {
        let mut folded = [0; 16];
        let mut n = 0;
        let rest = std::str::from_utf8(self.text.get(at..)?.get(..24.min(self.text.len() - at))?)
            .or_else(|e| {
                let whole = self.text.get(at..at + e.valid_up_to()).unwrap_or_default();
                std::str::from_utf8(whole)
            })
            .ok()?;
        let mut end = at;
        for c in rest.chars().take_while(|c| c.is_alphabetic()) {
            let mut utf8 = [0; 4];
            let more = relu_text::words::fold(c.encode_utf8(&mut utf8), folded.get_mut(n..)?);
            end += c.len_utf8();
            n += more;
        }
        let word = folded.get(..n)?;
        names.iter().any(|m| m.as_slice() == word).then_some(end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn find(pattern: &str, spaced: bool, text: &str) -> Option<usize> {
        let months = vec![b"janvier".to_vec(), b"aout".to_vec(), b"janv".to_vec()];
        let months = Calendar { months, days: vec![b"lundi".to_vec()] };
        Pattern::parse(pattern, spaced).unwrap().find(text.as_bytes(), 0, &months)
    }

    #[test]
    fn elements_take_what_they_say() {
        for (pattern, text, end) in [
            ("day ~ [/.-] ~ month ~ [/.-] ~ year", "28 / 01 / 1974.", Some(14)),
            ("day [/] month [/] year", "32/01/1974", None),
            ("day ~ mname ~ year", "14août2042", Some(11)),
            ("mname '.'? ~ year", "janv.1983", Some(9)),
            ("d1-3 sep d2", "123-45", Some(6)),
            ("'0' d1 sep d2 sep d2 sep d2 sep d2", "01.02.03.04.05", Some(14)),
            ("'0' d1 sep d2 sep d2 sep d2 sep d2", "02/09/2077 08", None),
            ("age90 _ 'ans'", "91 ans", Some(6)),
            ("A2 '-' d3 '-' A2", "AB-123-CD", Some(9)),
        ] {
            assert_eq!(find(pattern, false, text), end, "{pattern}");
        }
        assert_eq!(find("day [/] month [/] year", true, "0 3 / 0 9 / 2 0 7 3 x"), Some(19));
        assert_eq!(find("day [/] month [/] year", true, "03/09/2073"), None);
        assert!(Pattern::parse("day nonsense", false).is_err());
    }
}
