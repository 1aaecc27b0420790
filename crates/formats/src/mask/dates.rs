//! Dates in fields that must hold one: the year alone stays, or all of them move by as many days. The
//! writing stays: `20210304T1012`, `2021-03-04T10:12:00+01:00` and `2021-03` keep their length, their
//! time of day and their precision.
//!
//! Sources: ISO 8601 as HL7 v2 (TS, DTM), CDA (TS) and FHIR (date, dateTime, instant) restrict it.

use relu_record::{Instant, PartialDate};

const DAY_MS: i64 = 86_400_000;
/// Years outside are not dates of care, but numbers that look like one.
const YEARS: std::ops::RangeInclusive<u16> = 1880..=2120;

/// What becomes of the dates of a document's fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dates {
    /// They stay.
    Keep,
    /// Their year alone is true.
    Year,
    /// They move by that many days.
    Shift(i64),
}

impl Dates {
    /// As the caller of a header policy says it: `=keep`, `=year`, `=shift:-45`.
    pub(crate) fn parse(text: &str) -> Option<Dates> {
        match text {
            "=keep" => Some(Dates::Keep),
            "=year" => Some(Dates::Year),
            _ => text.strip_prefix("=shift:")?.parse().ok().map(Dates::Shift),
        }
    }

    /// What is written in place of a date; `None` when it stays, or is no date.
    pub(crate) fn apply(self, value: &str) -> Option<String> {
        self.at(value, false)
    }

    /// The same for the end of a period: cut to its year it goes to the last day, so that no period
    /// is empty or ends before it begins (CDA IVL_TS, FHIR per-1).
    pub(crate) fn apply_to_end(self, value: &str) -> Option<String> {
        self.at(value, true)
    }

    fn at(self, value: &str, end: bool) -> Option<String> {
        let (date, len, dashed) = read(value)?;
        let rest = value.get(len..)?;
        let made = match self {
            Dates::Keep => return None,
            Dates::Year if end => end_of_year(date),
            Dates::Year => year_of(date),
            Dates::Shift(days) => moved(date, days)?,
        };
        let written = made.to_string();
        let written = if dashed { written } else { written.replace('-', "") };
        Some(written + rest)
    }
}

/// The date at the head of a value, how many bytes it takes, and whether hyphens part it. What
/// follows is a time or nothing.
fn read(value: &str) -> Option<(PartialDate, usize, bool)> {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (date, len, dashed) = if digits == 4 && value.as_bytes().get(4) == Some(&b'-') {
        let len = match value.len() {
            7 => 7,
            n if n >= 10 => 10,
            _ => return None,
        };
        (value.get(..len)?.parse::<PartialDate>().ok()?, len, true)
    } else {
        let len = match digits {
            4 | 6 => digits,
            n if n >= 8 => 8,
            _ => return None,
        };
        (PartialDate::from_digits(value.get(..len)?)?, len, false)
    };
    let rest = value.get(len..)?;
    let time = rest
        .bytes()
        .all(|b| b.is_ascii_digit() || matches!(b, b'T' | b':' | b'.' | b'+' | b'-' | b'Z'));
    // A year or a month alone is one only when nothing follows.
    let whole = date.is_full() || rest.is_empty();
    (time && whole && YEARS.contains(&date.year)).then_some((date, len, dashed))
}

/// Another day of the same year: the first, or one of July for what was the first already.
fn year_of(date: PartialDate) -> PartialDate {
    let PartialDate { year, month, day } = date;
    let first = (month, day) == (Some(1), Some(1));
    PartialDate { year, month: month.map(|_| if first { 7 } else { 1 }), day: day.map(|_| 1) }
}

/// The last day of the same year; of November for what was the last already.
fn end_of_year(date: PartialDate) -> PartialDate {
    let PartialDate { year, month, day } = date;
    let last = month == Some(12) && day.is_none_or(|d| d == 31);
    let (m, d) = if last { (11, 30) } else { (12, 31) };
    PartialDate { year, month: month.map(|_| m), day: day.map(|_| d) }
}

/// A date known in part moves as its middle does, and stays known in part.
fn moved(date: PartialDate, days: i64) -> Option<PartialDate> {
    let middle = PartialDate::ymd(date.year, date.month.unwrap_or(7), date.day.unwrap_or(15))?;
    let on = Instant(middle.days()?.checked_add(days)?.checked_mul(DAY_MS)?).date();
    Some(PartialDate { year: on.year, month: date.month.and(on.month), day: date.day.and(on.day) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_writing_stays() {
        let shift = Dates::parse("=shift:-45").unwrap();
        for (value, year, moved) in [
            ("20210304", "20210101", "20210118"),
            ("20210304101112.000+0100", "20210101101112.000+0100", "20210118101112.000+0100"),
            ("2021-03-04", "2021-01-01", "2021-01-18"),
            ("2021-03-04T10:11:12+01:00", "2021-01-01T10:11:12+01:00", "2021-01-18T10:11:12+01:00"),
            ("2021-01-01", "2021-07-01", "2020-11-17"),
            ("202103", "202101", "202101"),
            ("2021-03", "2021-01", "2021-01"),
        ] {
            assert_eq!(Dates::Year.apply(value).as_deref(), Some(year), "{value}");
            assert_eq!(shift.apply(value).as_deref(), Some(moved), "{value}");
            assert_eq!(Dates::Keep.apply(value), None);
        }
    }

    #[test]
    fn a_period_within_a_year_keeps_its_order() {
        for (start, end) in [
            ("20210101", "20210102"),
            ("20210304", "20210304"),
            ("20211230", "20211231"),
            ("2021-01-01", "2021-12-31"),
            ("202112", "202112"),
            ("20201231", "20210101"),
            ("20210304101112+0100", "20210304101512+0100"),
        ] {
            let start = Dates::Year.apply(start).unwrap();
            let cut = Dates::Year.apply_to_end(end).unwrap();
            assert!(start < cut && cut != end, "{start} {cut}");
            assert_eq!(Dates::Shift(3).apply_to_end(end), Dates::Shift(3).apply(end));
        }
    }

    #[test]
    fn what_is_no_date_stays() {
        for value in [
            "",
            "12",
            "99999999",
            "20211304",
            "20210304-ABC",
            "2021-03-04 à 10 h",
            "123456789012345",
            "2021-W03",
        ] {
            assert_eq!(Dates::Shift(-45).apply(value), None, "{value}");
        }
    }

    #[test]
    fn intervals_are_kept() {
        let days = |s: &str| s.parse::<PartialDate>().unwrap().days().unwrap();
        for (a, b) in [("2020-02-28", "2020-03-01"), ("1999-12-31", "2000-01-01")] {
            for shift in [-365, -1, 1, 400] {
                let moved = |v: &str| days(&Dates::Shift(shift).apply(v).unwrap());
                assert_eq!(moved(b) - moved(a), days(b) - days(a));
            }
        }
    }
}
