//! Dates as documents give them, and instants as the ledger needs them.
//!
//! Documents often know only a year or a month; [`PartialDate`] keeps exactly what was said.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Names of the months in French, January first.
pub const MONTHS: [&str; 12] = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
];

/// The month (1 to 12) of that name, written without capitals and accents as folded text is.
pub fn month_named(folded: &str) -> Option<u8> {
    let number = match folded {
        "fevrier" => 2,
        "aout" => 8,
        "decembre" => 12,
        // The others have no accent.
        _ => MONTHS.iter().zip(1..).find(|(name, _)| **name == folded)?.1,
    };
    Some(number)
}

/// Milliseconds since 1970-01-01T00:00:00Z. Always an argument, never read from a clock here.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(transparent)]
pub struct Instant(pub i64);

impl Instant {
    /// The instant as `AAAA-MM-JJThh:mm:ssZ`.
    pub fn to_rfc3339(self) -> String {
        let seconds = self.0.div_euclid(1000);
        let (y, m, d) = civil_from_days(seconds.div_euclid(86_400));
        let s = seconds.rem_euclid(86_400);
        format!("{y:04}-{m:02}-{d:02}T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60)
    }

    /// The calendar day in UTC.
    pub fn date(self) -> PartialDate {
        let (y, m, d) = civil_from_days(self.0.div_euclid(86_400_000));
        PartialDate { year: y.clamp(0, 9999) as u16, month: Some(m), day: Some(d) }
    }
}

/// A calendar date of which the day, or the month and the day, may be unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    /// Year, 0 to 9999.
    pub year: u16,
    /// Month, 1 to 12.
    pub month: Option<u8>,
    /// Day of the month, valid for the month; present only with a month.
    pub day: Option<u8>,
}

impl PartialDate {
    /// A full date, or `None` when it is not in the calendar.
    pub fn ymd(year: u16, month: u8, day: u8) -> Option<PartialDate> {
        let in_calendar =
            year <= 9999 && (1..=12).contains(&month) && day >= 1 && day <= days_in(year, month);
        in_calendar.then_some(PartialDate { year, month: Some(month), day: Some(day) })
    }

    /// A year and month, or `None` when it is not in the calendar.
    pub fn ym(year: u16, month: u8) -> Option<PartialDate> {
        (year <= 9999 && (1..=12).contains(&month)).then_some(PartialDate {
            year,
            month: Some(month),
            day: None,
        })
    }

    /// A year alone.
    pub fn y(year: u16) -> Option<PartialDate> {
        (year <= 9999).then_some(PartialDate { year, month: None, day: None })
    }

    /// Reads digits as CDA, HL7v2 and HPRIM Santé write them: `AAAA`, `AAAAMM`, `AAAAMMJJ` and
    /// longer (a time follows and is left). `None` when the first eight characters are no date.
    pub fn from_digits(digits: &str) -> Option<PartialDate> {
        let n = digits.bytes().take_while(u8::is_ascii_digit).count();
        let part = |range: std::ops::Range<usize>| digits.get(range)?.parse::<u16>().ok();
        match n {
            4 | 5 => Self::y(part(0..4)?),
            6 | 7 => Self::ym(part(0..4)?, part(4..6)? as u8),
            n if n >= 8 => Self::ymd(part(0..4)?, part(4..6)? as u8, part(6..8)? as u8),
            _ => None,
        }
    }

    /// Whether day, month and year are all known.
    pub fn is_full(self) -> bool {
        self.day.is_some()
    }

    /// Days since 1970-01-01, for a full date.
    pub fn days(self) -> Option<i64> {
        Some(days_from_civil(self.year.into(), self.month?, self.day?))
    }

    /// The date as a French reader writes it: `03/05/1950`, `05/1950`, `1950`.
    pub fn to_french(self) -> String {
        match (self.month, self.day) {
            (Some(m), Some(d)) => format!("{d:02}/{m:02}/{:04}", self.year),
            (Some(m), None) => format!("{m:02}/{:04}", self.year),
            _ => format!("{:04}", self.year),
        }
    }
}

/// ISO 8601: `1950-05-03`, `1950-05`, `1950`.
impl fmt::Display for PartialDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}", self.year)?;
        if let Some(m) = self.month {
            write!(f, "-{m:02}")?;
        }
        if let (Some(_), Some(d)) = (self.month, self.day) {
            write!(f, "-{d:02}")?;
        }
        Ok(())
    }
}

impl FromStr for PartialDate {
    type Err = crate::IdentityError;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let mut parts = s.splitn(3, '-').map(|p| p.parse::<u16>().ok());
        let date = match (parts.next().flatten(), parts.next(), parts.next()) {
            (Some(y), None, None) => PartialDate::y(y),
            (Some(y), Some(Some(m)), None) => {
                u8::try_from(m).ok().and_then(|m| PartialDate::ym(y, m))
            }
            (Some(y), Some(Some(m)), Some(Some(d))) => u8::try_from(m)
                .ok()
                .zip(u8::try_from(d).ok())
                .and_then(|(m, d)| PartialDate::ymd(y, m, d)),
            _ => None,
        };
        date.ok_or(crate::IdentityError::BadDate)
    }
}

impl Serialize for PartialDate {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        s.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        let s = std::borrow::Cow::<str>::deserialize(d)?;
        s.parse().map_err(serde::de::Error::custom)
    }
}

/// A date with, when known, the time of day and the offset from UTC in minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Moment {
    /// The date.
    pub date: PartialDate,
    /// Minutes since midnight, local to `offset_minutes`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub minute: Option<u16>,
    /// Offset from UTC in minutes, when the source says it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub offset_minutes: Option<i16>,
}

impl Moment {
    /// A date without a time.
    pub fn day(date: PartialDate) -> Moment {
        Moment { date, minute: None, offset_minutes: None }
    }

    /// Reads the HL7 `TS` form `AAAAMMJJhhmm[ss[.fff]][+hhmm]`, as far as it is there.
    pub fn from_digits(ts: &str) -> Option<Moment> {
        let ts = ts.trim();
        let date = PartialDate::from_digits(ts)?;
        let two = |at: usize| {
            let s = ts.get(at..at + 2)?;
            s.bytes().all(|b| b.is_ascii_digit()).then(|| s.parse::<u16>().ok())?
        };
        let minute = match (two(8), two(10)) {
            (Some(h), Some(m)) if h < 24 && m < 60 => Some(h * 60 + m),
            (Some(h), None) if h < 24 => Some(h * 60),
            _ => None,
        };
        let offset_minutes = ts.get(8..).and_then(|rest| {
            let at = rest.find(['+', '-'])?;
            let sign = if rest.as_bytes().get(at) == Some(&b'-') { -1 } else { 1 };
            let h: i16 = rest.get(at + 1..at + 3)?.parse().ok()?;
            let m: i16 = rest.get(at + 3..at + 5)?.parse().ok()?;
            (h <= 14 && m < 60).then_some(sign * (h * 60 + m))
        });
        Some(Moment { date, minute, offset_minutes })
    }
}

fn days_in(year: u16, month: u8) -> u8 {
    let leap = (year.is_multiple_of(4) && !year.is_multiple_of(100)) || year.is_multiple_of(400);
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

// Proleptic Gregorian calendar on a year that starts in March, so that the leap day comes last.
fn days_from_civil(year: i64, month: u8, day: u8) -> i64 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let yoe = y.rem_euclid(400);
    let mp = i64::from((month + 9) % 12);
    let doy = (153 * mp + 2) / 5 + i64::from(day) - 1;
    era * 146_097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719_468
}

fn civil_from_days(days: i64) -> (i64, u8, u8) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = (doy - (153 * mp + 2) / 5 + 1) as u8;
    let month = if mp < 10 { mp + 3 } else { mp - 9 } as u8;
    (yoe + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_partial_digits() {
        for (digits, iso) in [
            ("1979", "1979"),
            ("197903", "1979-03"),
            ("19790328", "1979-03-28"),
            ("20210409094914.827+0100", "2021-04-09"),
        ] {
            assert_eq!(PartialDate::from_digits(digits).unwrap().to_string(), iso);
        }
        assert_eq!(PartialDate::from_digits("19790230"), None);
        let m = Moment::from_digits("20210409094914.827+0100").unwrap();
        assert_eq!((m.minute, m.offset_minutes), (Some(9 * 60 + 49), Some(60)));
    }

    proptest::proptest! {
        #[test]
        fn days_and_back(days in -700_000i64..2_900_000) {
            let (y, m, d) = civil_from_days(days);
            proptest::prop_assert_eq!(days_from_civil(y, m, d), days);
        }
    }
}
