//! Instants as a French reader expects them, in the time of metropolitan France.
//!
//! The rule is that of directive 2000/84/CE: summer time (UTC+2) from the last Sunday of March,
//! 01:00 UTC, to the last Sunday of October, 01:00 UTC; otherwise UTC+1. The script then writes the
//! browser's own time, which differs overseas.

use maud::{Markup, html};
use relu_record::{Instant, PartialDate};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;

/// `21/11/2026 18:05`, with the exact instant for programs.
pub fn when(at: Instant) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (french(at)) } }
}

/// Day and time, local.
pub fn french(at: Instant) -> String {
    let local = Instant(at.0.saturating_add(offset(at)));
    let minute = local.0.rem_euclid(DAY) / 60_000;
    format!("{} {:02}:{:02}", local.date().to_french(), minute / 60, minute % 60)
}

fn offset(at: Instant) -> i64 {
    let year = at.date().year;
    let (start, end) = (last_sunday(year, 3), last_sunday(year, 10));
    let summer = start
        .zip(end)
        .is_some_and(|(start, end)| at.0 >= start * DAY + HOUR && at.0 < end * DAY + HOUR);
    if summer { 2 * HOUR } else { HOUR }
}

/// Days since 1970-01-01 of the last Sunday of a month of 31 days.
fn last_sunday(year: u16, month: u8) -> Option<i64> {
    let last = PartialDate::ymd(year, month, 31)?.days()?;
    // 1970-01-01 was a Thursday: day number 3 was a Sunday.
    Some(last - (last - 3).rem_euclid(7))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_and_winter() {
        // 2026: summer time from 29 March to 25 October.
        for (ms, shown) in [
            (1_774_745_999_000, "29/03/2026 01:59"),
            (1_774_746_000_000, "29/03/2026 03:00"),
            (1_792_889_999_000, "25/10/2026 02:59"),
            (1_792_890_000_000, "25/10/2026 02:00"),
            (0, "01/01/1970 01:00"),
        ] {
            assert_eq!(french(Instant(ms)), shown);
        }
    }
}
