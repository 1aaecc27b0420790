//! Dates as HPRIM files write them.

use relu_record::PartialDate;

/// `JJ/MM/AAAA`, `JJ/MM/AA`, `AAAA-MM-JJ`; also with `-`, `.` or nothing between. The second value
/// says whether the century is a guess: the latest one that is not after `not_after`.
pub(crate) fn parse(text: &str, not_after: Option<PartialDate>) -> Option<(PartialDate, bool)> {
    let text = text.split_whitespace().next()?;
    let pieces: Vec<&str> = text.split(['/', '-', '.']).collect();
    let number = |s: &str| -> Option<u16> {
        (!s.is_empty() && s.len() <= 4 && s.bytes().all(|b| b.is_ascii_digit()))
            .then(|| s.parse().ok())?
    };
    match pieces.as_slice() {
        [y, m, d] if y.len() == 4 => full(number(y)?, number(m)?, number(d)?).map(|d| (d, false)),
        [d, m, y] if y.len() == 4 => full(number(y)?, number(m)?, number(d)?).map(|d| (d, false)),
        [d, m, y] if y.len() == 2 => {
            let (d, m, y) = (number(d)?, number(m)?, number(y)?);
            let limit = not_after.map_or(PartialDate::y(2099)?, |l| l);
            let late = full(2000 + y, m, d).filter(|date| *date <= limit);
            late.or_else(|| full(1900 + y, m, d)).map(|d| (d, true))
        }
        [digits] if digits.len() == 8 => {
            let at = |r: std::ops::Range<usize>| digits.get(r).and_then(number);
            // Day first is the French habit; a year first is told by its century.
            let (a, b) = (at(0..4)?, at(4..8)?);
            let date = if (1850..=2100).contains(&a) && !(1850..=2100).contains(&b) {
                full(a, at(4..6)?, at(6..8)?)
            } else {
                full(b, at(2..4)?, at(0..2)?)
            };
            date.map(|d| (d, false))
        }
        _ => None,
    }
}

/// Another date as `text` writes its own, a year of two digits apart: it would be a guess.
pub(crate) fn written_like(text: &str, date: PartialDate) -> Option<String> {
    let (y, m, d) = (date.year, date.month?, date.day?);
    let by = |c: char| match text.split_once(c).map_or(0, |(first, _)| first.len()) {
        4 => format!("{y:04}{c}{m:02}{c}{d:02}"),
        _ => format!("{d:02}{c}{m:02}{c}{y:04}"),
    };
    Some(match text.chars().find(|c| matches!(c, '/' | '-' | '.')) {
        Some(c) => by(c),
        // The habit that `parse` would take, whatever the new digits are.
        None => format!("{d:02}/{m:02}/{y:04}"),
    })
}

fn full(y: u16, m: u16, d: u16) -> Option<PartialDate> {
    PartialDate::ymd(y, u8::try_from(m).ok()?, u8::try_from(d).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_date_is_written_alike_and_read_back() {
        let date = PartialDate::ymd(1951, 1, 12).unwrap();
        for (text, written) in [
            ("18/12/2009", "12/01/1951"),
            ("2009-12-18", "1951-01-12"),
            ("18.12.09", "12.01.1951"),
            ("18122009", "12/01/1951"),
        ] {
            let made = written_like(text, date).unwrap();
            assert_eq!(made, written);
            assert_eq!(parse(&made, None), Some((date, false)));
        }
    }

    #[test]
    fn shapes_met_in_the_field() {
        let file = PartialDate::ymd(2013, 5, 22);
        for (text, iso) in [
            ("18/12/2009", Some(("2009-12-18", false))),
            ("2009-12-18", Some(("2009-12-18", false))),
            ("18-12-2009", Some(("2009-12-18", false))),
            ("18/12/09", Some(("2009-12-18", true))),
            ("18/12/50", Some(("1950-12-18", true))),
            ("18122009", Some(("2009-12-18", false))),
            ("20091218", Some(("2009-12-18", false))),
            ("20111950", Some(("1950-11-20", false))),
            ("31/02/2009", None),
            ("", None),
            ("né en mai", None),
        ] {
            let got = parse(text, file).map(|(d, guess)| (d.to_string(), guess));
            assert_eq!(got.as_ref().map(|(d, g)| (d.as_str(), *g)), iso, "{text}");
        }
    }
}
