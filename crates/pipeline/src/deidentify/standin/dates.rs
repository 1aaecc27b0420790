//! Dates in text, moved by a number of days and written as they were: same order, separators, padding,
//! month in letters or figures, language, precision.
//!
//! Shape: [`moved`] takes the written date and gives the moved one, `None` when it is not a date of
//! the calendar in a form known here (the caller masks it). A month without day moves from its
//! fifteenth, a year from its first of July, a day without year in the year of `near`: their intervals
//! are right to the precision they have. Units: days. Source: proleptic Gregorian calendar (ISO 8601).

use relu_record::{Instant, MONTHS, PartialDate};

/// Years that a two-digit year and a day without year are read near to.
pub(crate) const USUAL_YEAR: u16 = 2015;

const SHORT: [&str; 12] =
    ["janv", "févr", "mars", "avr", "mai", "juin", "juil", "août", "sept", "oct", "nov", "déc"];
const THREE: [&str; 12] =
    ["jan", "fév", "mars", "avr", "mai", "juin", "juil", "août", "sep", "oct", "nov", "déc"];
const ENGLISH: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS: [&str; 7] = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"];

/// What a part of a written date says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Day,
    Month,
    Year,
    ShortYear,
    MonthName(Style),
    WeekDay {
        short: bool,
    },
    Er,
    /// Eight figures without mark.
    Whole {
        year_first: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Full,
    Short,
    Three,
    English,
}

#[derive(Clone, Debug)]
struct Part {
    start: usize,
    end: usize,
    says: Says,
}

/// A written date, read.
#[derive(Clone, Debug)]
pub(crate) struct Form {
    parts: Vec<Part>,
    pub(crate) year: Option<u16>,
    short: bool,
    month: Option<u8>,
    day: Option<u8>,
    // Whether the day and the month are written with two figures.
    padded: [Option<bool>; 2],
    spaced: bool,
}

/// The date `days` later, written as `written`; `None` when it cannot be read as one.
pub(crate) fn moved(written: &str, days: i32, near: u16) -> Option<String> {
    let form = read(written)?;
    let (y, m, d) = form.after(days, near)?;
    Some(form.write(written, y, m, d))
}

/// The year as it is written, where there is one.
pub(crate) fn year_of(written: &str) -> Option<String> {
    let form = read(written)?;
    let year = form.year?;
    Some(if form.short { format!("{:02}", year % 100) } else { format!("{year:04}") })
}

/// Whether it is that day of birth.
pub(crate) fn is_day(written: &str, [y, m, d]: [u32; 3]) -> bool {
    read(written).is_some_and(|f| {
        f.day.map(u32::from) == Some(d)
            && f.month.map(u32::from) == Some(m)
            && f.year
                .is_some_and(|year| u32::from(year) == y || f.short && u32::from(year) == y % 100)
    })
}

/// Reads a written date.
pub(crate) fn read(written: &str) -> Option<Form> {
    let runs = runs(written)?;
    let mut form = Form {
        parts: Vec::new(),
        year: None,
        short: false,
        month: None,
        day: None,
        padded: [None, None],
        spaced: runs.spaced,
    };
    // The last: `mar` is a Tuesday before it.
    let named = runs.words.iter().rev().find_map(|(s, e)| {
        month_named(written.get(*s..*e)?).map(|(month, style)| (*s, *e, month, style))
    });
    for (s, e) in &runs.words {
        let word = written.get(*s..*e)?;
        let part = |says| Part { start: *s, end: *e, says };
        if named.is_some_and(|(start, ..)| start == *s) {
            continue;
        }
        if word.eq_ignore_ascii_case("er") {
            form.parts.push(part(Says::Er));
        } else if let Some(short) = week_day(word) {
            form.parts.push(part(Says::WeekDay { short }));
        } else if !matches!(word.to_lowercase().as_str(), "le" | "en" | "de" | "d" | "du" | "ème")
        {
            return None;
        }
    }
    let text = |&(s, e): &(usize, usize)| -> String {
        written.get(s..e).unwrap_or("").chars().filter(char::is_ascii_digit).collect()
    };
    let digits: Vec<String> = runs.digits.iter().map(text).collect();
    match named {
        Some((start, end, month, style)) => {
            form.month = Some(month);
            form.parts.push(Part { start, end, says: Says::MonthName(style) });
            for (at, number) in runs.digits.iter().zip(&digits) {
                if at.0 < start {
                    form.take_day(*at, number)?;
                } else {
                    form.take_year(*at, number)?;
                }
            }
        }
        None => form.figures(&runs.digits, &digits)?,
    }
    form.parts.sort_by_key(|p| p.start);
    Some(form)
}

impl Form {
    /// Whether the year has two figures.
    pub(crate) fn is_short(&self) -> bool {
        self.short
    }

    fn figures(&mut self, at: &[(usize, usize)], digits: &[String]) -> Option<()> {
        match (at, digits) {
            ([a, b, c], [x, y, z]) if x.len() == 4 => {
                self.take_year(*a, x)?;
                self.take_month(*b, y)?;
                self.take_day(*c, z)
            }
            ([a, b, c], [x, y, z]) => {
                self.take_day(*a, x)?;
                self.take_month(*b, y)?;
                self.take_year(*c, z)
            }
            ([a, b], [x, y]) if x.len() == 4 => {
                self.take_year(*a, x)?;
                self.take_month(*b, y)
            }
            ([a, b], [x, y]) if y.len() == 4 => {
                self.take_month(*a, x)?;
                self.take_year(*b, y)
            }
            ([a, b], [x, y]) => {
                self.take_day(*a, x)?;
                self.take_month(*b, y)
            }
            ([a], [x]) if x.len() == 4 => self.take_year(*a, x),
            ([a], [x]) if x.len() == 8 => self.take_whole(*a, x),
            _ => None,
        }
    }

    fn take_whole(&mut self, at: (usize, usize), digits: &str) -> Option<()> {
        let part = |r: std::ops::Range<usize>| digits.get(r)?.parse::<u16>().ok();
        let first = (part(0..2)?, part(2..4)?, part(4..8)?);
        let last = (part(6..8)?, part(4..6)?, part(0..4)?);
        let good = |(d, m, y): (u16, u16, u16)| {
            (1850..2200).contains(&y) && PartialDate::ymd(y, m as u8, d as u8).is_some()
        };
        let (year_first, (d, m, y)) = match (good(first), good(last)) {
            (true, _) => (false, first),
            (false, true) => (true, last),
            _ => return None,
        };
        (self.day, self.month, self.year) = (Some(d as u8), Some(m as u8), Some(y));
        self.parts.push(Part { start: at.0, end: at.1, says: Says::Whole { year_first } });
        Some(())
    }

    fn take_day(&mut self, at: (usize, usize), digits: &str) -> Option<()> {
        if self.day.is_some() || digits.len() > 2 {
            return None;
        }
        self.day = Some(digits.parse().ok().filter(|d| (1..=31).contains(d))?);
        self.padded[0] = padding(digits);
        self.parts.push(Part { start: at.0, end: at.1, says: Says::Day });
        Some(())
    }

    fn take_month(&mut self, at: (usize, usize), digits: &str) -> Option<()> {
        if self.month.is_some() || digits.len() > 2 {
            return None;
        }
        self.month = Some(digits.parse().ok().filter(|m| (1..=12).contains(m))?);
        self.padded[1] = padding(digits);
        self.parts.push(Part { start: at.0, end: at.1, says: Says::Month });
        Some(())
    }

    fn take_year(&mut self, at: (usize, usize), digits: &str) -> Option<()> {
        if self.year.is_some() || !matches!(digits.len(), 2 | 4) {
            return None;
        }
        self.short = digits.len() == 2;
        self.year = Some(digits.parse().ok()?);
        let says = if self.short { Says::ShortYear } else { Says::Year };
        self.parts.push(Part { start: at.0, end: at.1, says });
        Some(())
    }

    // The year, month and day after so many days, at the precision of the form.
    fn after(&self, days: i32, near: u16) -> Option<(u16, u8, u8)> {
        let year = match self.year {
            Some(y) if self.short => nearest(y, near),
            Some(y) => y,
            None => near,
        };
        let (month, day) = match (self.month, self.day) {
            (Some(m), Some(d)) => (m, d),
            (Some(m), None) => (m, 15),
            _ => (7, 1),
        };
        let from = PartialDate::ymd(year, month, day)
            // The 29th of February of a year that is not told.
            .or_else(|| {
                self.year.is_none().then(|| PartialDate::ymd(2016, month, day)).flatten()
            })?;
        let to = Instant((from.days()? + i64::from(days)) * 86_400_000).date();
        Some((to.year, to.month?, to.day?))
    }

    fn write(&self, written: &str, year: u16, month: u8, day: u8) -> String {
        let mut out = String::with_capacity(written.len() + 4);
        let mut at = 0;
        // `12/11` tells nothing of the padding: figures are padded, a day beside a name is not.
        let [own_day, own_month] = self.padded;
        let numeric = self.parts.iter().any(|p| p.says == Says::Month);
        let day_two = own_day.or(own_month).unwrap_or(numeric);
        let month_two = own_month.or(own_day).unwrap_or(true);
        for part in &self.parts {
            out.push_str(written.get(at..part.start).unwrap_or(""));
            let old = written.get(part.start..part.end).unwrap_or("");
            let figure = |n: u8, two: bool| if two { format!("{n:02}") } else { n.to_string() };
            let new = match part.says {
                Says::Day => figure(day, day_two),
                Says::Month => figure(month, month_two),
                Says::Year => format!("{year:04}"),
                Says::ShortYear => format!("{:02}", year % 100),
                Says::Whole { year_first: true } => format!("{year:04}{month:02}{day:02}"),
                Says::Whole { year_first: false } => format!("{day:02}{month:02}{year:04}"),
                Says::Er if day == 1 => old.to_owned(),
                Says::Er => String::new(),
                Says::MonthName(style) => month_like(old, style, month),
                Says::WeekDay { short } => week_day_like(old, short, year, month, day),
            };
            let figures = new.bytes().all(|b| b.is_ascii_digit());
            if self.spaced && figures {
                let mut spaced = String::new();
                for c in new.chars() {
                    if !spaced.is_empty() {
                        spaced.push(' ');
                    }
                    spaced.push(c);
                }
                out.push_str(&spaced);
            } else {
                out.push_str(&new);
            }
            at = part.end;
        }
        out.push_str(written.get(at..).unwrap_or(""));
        out
    }
}

// Whether figures below ten are written with a zero; `None` when these tell nothing.
fn padding(digits: &str) -> Option<bool> {
    if digits.starts_with('0') { Some(true) } else { (digits.len() == 1).then_some(false) }
}

// The full year of a two-digit one, the nearest to `near`.
fn nearest(short: u16, near: u16) -> u16 {
    let century = near / 100 * 100;
    [century.saturating_sub(100), century, century + 100]
        .into_iter()
        .map(|c| c + short)
        .min_by_key(|y| y.abs_diff(near))
        .unwrap_or(century + short)
}

struct Runs {
    digits: Vec<(usize, usize)>,
    words: Vec<(usize, usize)>,
    spaced: bool,
}

// Runs of figures and of letters. In a date with its figures apart (`0 3 / 0 9 / 2 0 7 3`) a run goes
// on over blanks.
fn runs(written: &str) -> Option<Runs> {
    let mut digits: Vec<(usize, usize)> = Vec::new();
    let mut words: Vec<(usize, usize)> = Vec::new();
    for (at, c) in written.char_indices() {
        let end = at + c.len_utf8();
        let list = if c.is_ascii_digit() {
            &mut digits
        } else if c.is_alphabetic() {
            &mut words
        } else {
            continue;
        };
        match list.last_mut().filter(|r| r.1 == at) {
            Some(run) => run.1 = end,
            None => list.push((at, end)),
        }
    }
    let single = digits.iter().filter(|(s, e)| e - s == 1).count();
    let spaced = words.is_empty() && digits.len() >= 5 && single == digits.len();
    if spaced {
        let mut joined: Vec<(usize, usize)> = Vec::new();
        for run in digits {
            let blank = |last: &(usize, usize)| {
                written.get(last.1..run.0).is_some_and(|b| b.trim().is_empty())
            };
            match joined.last_mut().filter(|l| blank(l)) {
                Some(last) => last.1 = run.1,
                None => joined.push(run),
            }
        }
        return Some(Runs { digits: joined, words, spaced });
    }
    (!digits.is_empty() || !words.is_empty()).then_some(Runs { digits, words, spaced })
}

fn plain(word: &str) -> String {
    String::from_utf8_lossy(&super::names::fold(word)).into_owned()
}

fn month_named(word: &str) -> Option<(u8, Style)> {
    let word = plain(word);
    let find = |list: &[&str; 12]| list.iter().position(|m| plain(m) == word);
    let (at, style) = find(&MONTHS)
        .map(|at| (at, Style::Full))
        .or_else(|| find(&SHORT).map(|at| (at, Style::Short)))
        .or_else(|| find(&THREE).map(|at| (at, Style::Three)))
        .or_else(|| find(&ENGLISH).map(|at| (at, Style::English)))?;
    Some((at as u8 + 1, style))
}

fn week_day(word: &str) -> Option<bool> {
    let word = plain(word);
    if DAYS.contains(&word.as_str()) {
        return Some(false);
    }
    let short = word.len() == 3 && DAYS.iter().any(|d| d.starts_with(&word));
    short.then_some(true)
}

fn month_like(old: &str, style: Style, month: u8) -> String {
    let list = match style {
        Style::Full => &MONTHS,
        Style::Short => &SHORT,
        Style::Three => &THREE,
        Style::English => &ENGLISH,
    };
    cased(old, list.get(usize::from(month) - 1).unwrap_or(&""))
}

fn week_day_like(old: &str, short: bool, year: u16, month: u8, day: u8) -> String {
    let days = PartialDate::ymd(year, month, day).and_then(PartialDate::days).unwrap_or(0);
    // The first of January 1970 was a Thursday.
    let at = (days + 3).rem_euclid(7) as usize;
    let name = DAYS.get(at).unwrap_or(&"");
    cased(old, if short { name.get(..3).unwrap_or(name) } else { name })
}

// In the case of the old word; without accents where the old one is in plain capitals.
fn cased(old: &str, new: &str) -> String {
    if old.is_ascii() && old.chars().all(char::is_uppercase) {
        return plain(new).to_uppercase();
    }
    let capital = old.chars().next().is_some_and(char::is_uppercase);
    let mut chars = new.chars();
    match chars.next() {
        Some(first) if capital => first.to_uppercase().chain(chars).collect(),
        _ => new.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_moves_and_keeps_its_writing() {
        for (written, days, expected) in [
            ("12/03/2019", -20, "20/02/2019"),
            ("12/3/2019", -20, "20/2/2019"),
            ("4.05.85", 10, "14.05.85"),
            ("05.05.85", -2, "03.05.85"),
            ("2019-03-12", -20, "2019-02-20"),
            ("12 mars 2019", -20, "20 février 2019"),
            ("12 MARS 2019", -20, "20 FEVRIER 2019"),
            ("1er mars 2019", 3, "4 mars 2019"),
            ("mars 2019", -40, "février 2019"),
            ("03/2019", 40, "04/2019"),
            ("2019", -200, "2018"),
            ("mardi 12 mars 2019", 1, "mercredi 13 mars 2019"),
            ("Mar. 12 mars 2019", 1, "Mer. 13 mars 2019"),
            ("12 apr 2019", 30, "12 may 2019"),
            ("3 janv. 2020", -10, "24 déc. 2019"),
            ("0 3 / 0 9 / 2 0 7 3", 30, "0 3 / 1 0 / 2 0 7 3"),
            ("2 9 0 8 1 9 9 1", 3, "0 1 0 9 1 9 9 1"),
            ("12052076", 1, "13052076"),
            ("14juin2042", 20, "4juillet2042"),
            ("12.03.19", -20, "20.02.19"),
            ("01/01/00", -1, "31/12/99"),
            ("29/02", 1, "01/03"),
        ] {
            assert_eq!(moved(written, days, USUAL_YEAR).as_deref(), Some(expected), "{written}");
        }
        for odd in ["31/02/2019", "12/13/2019", "demain", "", "12", "1/2/3/4", "99"] {
            assert_eq!(moved(odd, 5, USUAL_YEAR), None, "{odd}");
        }
    }

    #[test]
    fn years_are_read_from_any_form() {
        assert_eq!(year_of("né le 12").as_deref(), None);
        assert_eq!(year_of("12/03/1950").as_deref(), Some("1950"));
        assert_eq!(year_of("12 mars 50").as_deref(), Some("50"));
        assert!(is_day("12 mars 1950", [1950, 3, 12]) && is_day("12/03/50", [1950, 3, 12]));
        assert!(!is_day("12/03/1951", [1950, 3, 12]));
    }

    proptest::proptest! {
        #[test]
        fn intervals_are_kept(a in 0i64..54_000, b in 0i64..54_000, days in -400i32..400, form in 0usize..5) {
            let write = |n: i64| {
                let d = Instant(n * 86_400_000).date();
                let (y, m, d) = (d.year, d.month.unwrap(), d.day.unwrap());
                match form {
                    0 => format!("{d:02}/{m:02}/{y}"),
                    1 => format!("{y}-{m:02}-{d:02}"),
                    2 => format!("{d} {} {y}", MONTHS[usize::from(m) - 1]),
                    3 => format!("{d:02}{m:02}{y}"),
                    _ => format!("{d}.{m}.{y}"),
                }
            };
            let back = |s: &str| {
                let f = read(s).unwrap();
                PartialDate::ymd(f.year.unwrap(), f.month.unwrap(), f.day.unwrap()).unwrap().days().unwrap()
            };
            let [x, y] = [a, b].map(|n| back(&moved(&write(n), days, USUAL_YEAR).unwrap()));
            proptest::prop_assert_eq!(y - x, b - a);
            proptest::prop_assert_eq!(x - a, i64::from(days));
        }

        #[test]
        fn anything_can_be_moved(text in "\\PC{0,30}|[0-9a-z/ .é-]{0,20}", days in -4000i32..4000) {
            moved(&text, days, USUAL_YEAR);
            year_of(&text);
        }
    }
}
