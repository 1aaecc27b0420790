//! Dates as a text knows them, their normal form, and their distance from the note.
//!
//! Norms: `2019-??-??`, `2012-01-11 11h34m`; counted times as `-365 days`, `+1 day, 6:00:00`, with
//! months of 30 days and years of 365. A day that is not in the calendar (31/06) keeps its norm and
//! has no distance.

use relu_record::PartialDate;

use crate::found::{Piece, Sink};

/// Seconds of a day.
pub(super) const DAY: i64 = 86_400;

/// Two-digit years up to this one are of this century when the note has no date.
const PIVOT: u32 = 2030;

/// A date, as much of it as the text says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Day {
    pub(super) year: Option<u32>,
    pub(super) month: Option<u32>,
    pub(super) day: Option<u32>,
    /// Hour, minute, second.
    pub(super) clock: Option<(u32, u32, u32)>,
}

/// The year of two digits: at most one year after the note.
pub(super) fn full_year(two: u32, note: Option<PartialDate>) -> u32 {
    let last = note.map_or(PIVOT, |d| u32::from(d.year) + 1);
    let year = last / 100 * 100 + two;
    if year <= last { year } else { year.saturating_sub(100) }
}

impl Day {
    /// Writes the norm.
    pub(super) fn write(self, sink: &mut Sink) -> Piece {
        let start = sink.arena.len() as u32;
        match self.year {
            Some(y) => sink.write(format_args!("{y:04}")),
            None => sink.write(format_args!("????")),
        };
        for part in [self.month, self.day] {
            match part {
                Some(n) => sink.write(format_args!("-{n:02}")),
                None => sink.write(format_args!("-??")),
            };
        }
        if let Some((h, m, s)) = self.clock {
            sink.write(format_args!(" {h:02}h"));
            if m > 0 || s > 0 {
                sink.write(format_args!("{m:02}m"));
            }
            if s > 0 {
                sink.write(format_args!("{s:02}s"));
            }
        }
        Piece { start, end: sink.arena.len() as u32 }
    }

    /// The same with what it lacks taken from another (`du 5 au 6 juillet 2012`).
    pub(super) fn completed(self, other: Day) -> Day {
        Day { year: self.year.or(other.year), month: self.month.or(other.month), ..self }
    }

    /// Days from the note. What is missing is taken from the note (year) or is the first one (month
    /// of a year, day of a month), as EDS-NLP does.
    pub(super) fn since_note(self, note: Option<PartialDate>) -> Option<i32> {
        let note = note?;
        let month = match (self.month, self.day) {
            (Some(m), _) => m,
            (None, None) => 1,
            (None, Some(_)) => u32::from(note.month?),
        };
        let date = PartialDate::ymd(
            self.year.unwrap_or(u32::from(note.year)).try_into().ok()?,
            month.try_into().ok()?,
            self.day.unwrap_or(1).try_into().ok()?,
        )?;
        i32::try_from(date.days()?.checked_sub(note.days()?)?).ok()
    }

    /// Whether it is the date `d`.
    pub(super) fn is(self, d: PartialDate) -> bool {
        self.year == Some(u32::from(d.year))
            && self.month == d.month.map(u32::from)
            && self.day == d.day.map(u32::from)
    }
}

/// Writes a number of seconds as days, or days and hours: `3 days`, `1 day, 6:00:00`, `0:30:00`.
pub(super) fn write_length(lead: &str, seconds: i64, sink: &mut Sink) -> Piece {
    let start = sink.arena.len() as u32;
    let (days, rest) = (seconds / DAY, seconds % DAY);
    sink.write(format_args!("{lead}"));
    if days > 0 || rest == 0 {
        let s = if days == 1 { "" } else { "s" };
        sink.write(format_args!("{days} day{s}"));
    }
    if rest > 0 {
        let comma = if days > 0 { ", " } else { "" };
        let (h, m, s) = (rest / 3600, rest / 60 % 60, rest % 60);
        sink.write(format_args!("{comma}{h}:{m:02}:{s:02}"));
    }
    Piece { start, end: sink.arena.len() as u32 }
}
