//! Dates of FHIR as intervals of milliseconds since 1970, and the values under which they are
//! indexed.
//!
//! A date without a time is the whole day, a month the whole month; a time without a zone is taken
//! as UTC. FHIR R4 §3.1.1.4.7 compares intervals. An interval is indexed by the months, years and
//! decades it touches: up to two months by months; longer ones, up to two years, as coarse years;
//! longer ones as coarse decades; beyond thirty years, or without an end, as long. A search for an
//! interval asks for whole decades, then whole years, then months at its edges, and for the coarse
//! ones around them: it brings everything that overlaps it and, at the edges, a little more.

use relu_record::PartialDate;

/// Milliseconds of a day.
const DAY: i64 = 86_400_000;
/// First and last year told apart; what lies outside is long.
const YEARS: std::ops::RangeInclusive<i64> = 1800..=2199;

/// From `from` to `to`, which is outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interval {
    /// First millisecond.
    pub from: i64,
    /// First millisecond after.
    pub to: i64,
}

impl Interval {
    /// A FHIR `date`, `dateTime` or `instant`, or its beginning (`2019`, `2019-03`,
    /// `2019-03-02T10:11`).
    pub fn parse(text: &str) -> Option<Interval> {
        let (date, time) = match text.split_once('T') {
            Some((d, t)) => (d, Some(t)),
            None => (text, None),
        };
        let mut parts = date.split('-');
        let year = number(parts.next()?, 4)?;
        let (month, day) = (parts.next(), parts.next());
        if parts.next().is_some() {
            return None;
        }
        let month = month.map(|m| number(m, 2)).map_or(Some(None), |m| m.map(Some))?;
        let day = day.map(|d| number(d, 2)).map_or(Some(None), |d| d.map(Some))?;
        match (month, day, time) {
            (None, None, None) => Some(Interval { from: start(year, 1)?, to: start(year + 1, 1)? }),
            (Some(m), None, None) => {
                let next = if m == 12 { start(year + 1, 1)? } else { start(year, m + 1)? };
                Some(Interval { from: start(year, m)?, to: next })
            }
            (Some(m), Some(d), None) => {
                let from = day_start(year, m, d)?;
                Some(Interval { from, to: from + DAY })
            }
            (Some(m), Some(d), Some(time)) => {
                let (from, length) = time_of(time)?;
                let from = day_start(year, m, d)? + from;
                Some(Interval { from, to: from + length })
            }
            _ => None,
        }
    }

    /// Whether the two share an instant.
    pub fn overlaps(self, other: Interval) -> bool {
        self.from < other.to && other.from < self.to
    }

    /// Whether `other` lies inside.
    pub fn contains(self, other: Interval) -> bool {
        self.from <= other.from && other.to <= self.to
    }

    /// The values under which it is indexed.
    pub fn index(self) -> Vec<String> {
        let (first, last) = (month_of(self.from), month_of(self.to - 1));
        let (y1, y2) = (first.div_euclid(12), last.div_euclid(12));
        let (d1, d2) = (y1.div_euclid(10), y2.div_euclid(10));
        if !YEARS.contains(&y1) || !YEARS.contains(&y2) || last < first || d2 - d1 > 2 {
            return vec!["long".to_owned()];
        }
        let mut out = Vec::new();
        if last - first <= 1 {
            out.extend((first..=last).map(|m| format!("m{m}")));
            out.extend((y1..=y2).map(|y| format!("y{y}")));
        } else if y2 - y1 <= 1 {
            out.extend((y1..=y2).flat_map(|y| [format!("cy{y}"), format!("y{y}")]));
        } else {
            out.extend((d1..=d2).map(|d| format!("cd{d}")));
        }
        out.extend((d1..=d2).map(|d| format!("d{d}")));
        out
    }

    /// The values of everything that overlaps it.
    pub fn cover(self) -> Vec<String> {
        let limit = |ms: i64| month_of(ms).clamp(*YEARS.start() * 12, *YEARS.end() * 12 + 11);
        let (mut at, end) = (limit(self.from), limit(self.to.saturating_sub(1)));
        let mut out = vec!["long".to_owned()];
        let mut add = |value: String| {
            if !out.contains(&value) {
                out.push(value);
            }
        };
        while at <= end {
            let (year, decade) = (at.div_euclid(12), at.div_euclid(120));
            if at.rem_euclid(120) == 0 && at + 119 <= end {
                add(format!("d{decade}"));
                at += 120;
            } else if at.rem_euclid(12) == 0 && at + 11 <= end {
                add(format!("y{year}"));
                add(format!("cd{decade}"));
                at += 12;
            } else {
                add(format!("m{at}"));
                add(format!("cy{year}"));
                add(format!("cd{decade}"));
                at += 1;
            }
        }
        out
    }
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let plain = text.len() == digits && text.bytes().all(|b| b.is_ascii_digit());
    plain.then(|| text.parse().ok()).flatten()
}

fn start(year: i64, month: i64) -> Option<i64> {
    day_start(year, month, 1)
}

fn day_start(year: i64, month: i64, day: i64) -> Option<i64> {
    let (y, m) = (u16::try_from(year).ok()?, u8::try_from(month).ok()?);
    PartialDate::ymd(y, m, u8::try_from(day).ok()?)?.days().map(|d| d * DAY)
}

// Milliseconds into the day in UTC, and how long the instant named is.
fn time_of(text: &str) -> Option<(i64, i64)> {
    let zone_at = text.find(['Z', '+', '-']);
    let (clock, zone) = text.split_at(zone_at.unwrap_or(text.len()));
    let offset = match zone {
        "" | "Z" => 0,
        zone => {
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let minutes = number(hours, 2)? * 60 + number(minutes, 2)?;
            if minutes > 14 * 60 {
                return None;
            }
            if zone.starts_with('-') { -minutes } else { minutes }
        }
    };
    let (clock, fraction) = match clock.split_once('.') {
        Some((c, f)) => (c, Some(f)),
        None => (clock, None),
    };
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let second = parts.next();
    if parts.next().is_some() || hour > 23 || minute > 59 {
        return None;
    }
    let base = (hour * 60 + minute - offset) * 60_000;
    let Some(second) = second else {
        return fraction.is_none().then_some((base, 60_000));
    };
    let second = number(second, 2).filter(|s| *s <= 60)?;
    let Some(fraction) = fraction else { return Some((base + second * 1000, 1000)) };
    if fraction.is_empty() || fraction.len() > 9 || !fraction.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let millis: i64 = format!("{:0<3}", fraction).get(..3)?.parse().ok()?;
    let length = match fraction.len() {
        1 => 100,
        2 => 10,
        _ => 1,
    };
    Some((base + second * 1000 + millis, length))
}

// Months since year 0.
fn month_of(ms: i64) -> i64 {
    // Days to a date of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible
    // low-level date algorithms", civil_from_days).
    let z = ms.div_euclid(DAY) + 719_468;
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1_460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    year * 12 + month - 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn dates_are_intervals() {
        let of = |t: &str| Interval::parse(t).map(|i| (i.from, i.to - i.from));
        assert_eq!(of("1970"), Some((0, 365 * DAY)));
        assert_eq!(of("1970-02"), Some((31 * DAY, 28 * DAY)));
        assert_eq!(of("1970-01-02"), Some((DAY, DAY)));
        assert_eq!(of("1970-01-01T01:00:00+01:00"), Some((0, 1000)));
        assert_eq!(of("1970-01-01T00:00:00.250Z"), Some((250, 1)));
        assert_eq!(of("1970-01-01T10:11"), Some(((10 * 60 + 11) * 60_000, 60_000)));
        for bad in [
            "",
            "70",
            "1970-13",
            "1970-02-30",
            "1970-1-1",
            "1970-01-01T",
            "1970T10:00",
            "1970-01-01T25:00:00Z",
            "1970-01-01T10:00:00+1",
            "é",
            "1970-01-01T10:00:00.Z",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }

    #[test]
    fn months_agree_with_dates() {
        for (text, month) in [
            ("1969-12-31", 1969 * 12 + 11),
            ("2024-02-29", 2024 * 12 + 1),
            ("2000-03-01", 2000 * 12 + 2),
            ("1900-01-01", 1900 * 12),
        ] {
            assert_eq!(month_of(Interval::parse(text).unwrap().from), month, "{text}");
        }
    }

    #[test]
    fn a_search_brings_everything_that_overlaps() {
        // A fixed pseudo-random walk over intervals of every length.
        let mut seed = 7_u64;
        let mut next = |n: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            i64::try_from(seed >> 33).unwrap() % n
        };
        for _ in 0..20_000 {
            let mut make = || {
                let from = (next(90_000) - 40_000) * DAY + next(DAY);
                let length = [1, 1000, DAY, 40 * DAY, 500 * DAY, 9_000 * DAY][next(6) as usize];
                Interval { from, to: from + length }
            };
            let (a, b) = (make(), make());
            let stored: BTreeSet<String> = a.index().into_iter().collect();
            let found = b.cover().iter().any(|v| stored.contains(v));
            assert!(found || !a.overlaps(b), "{a:?} {b:?}");
        }
    }

    #[test]
    fn a_range_asks_for_few_values() {
        let open = Interval { from: Interval::parse("2017-05-04").unwrap().from, to: i64::MAX };
        assert!(open.cover().len() < 50, "{}", open.cover().len());
        let day = Interval::parse("2017-05-04").unwrap();
        assert_eq!(day.cover().len(), 4);
        assert_eq!(day.index().len(), 3);
    }
}
