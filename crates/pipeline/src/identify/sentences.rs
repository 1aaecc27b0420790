//! Names beside a civility, in sentences and address lines, and names beside a birth date.

use relu_record::{PartialDate, Sex, Span};

use super::candidate::{Candidate, Found, Weight, keep};
use super::names::{Name, clean, name_at};
use super::others::wrapped_at;
use super::patient::Reader;
use super::words::Field;
use crate::page::{Shape, with_century};

// Words that may stand between a name and its birth date.
const TAIL_WORDS: usize = 26;

impl Reader<'_, '_> {
    // Civilities in sentences and address lines.
    pub(super) fn civilities(&mut self) {
        for i in 0..self.page.tokens.len() {
            let Some(sex) = self.words.civility(self.page.word(i)) else { continue };
            let Some(t) = self.page.token(i) else { continue };
            // "m" is a civility only as a capital.
            if t.word == "m" && t.shape != Shape::Caps {
                continue;
            }
            let mut at = i + 1;
            while [".", "(", "e", ")"].contains(&self.page.word(at)) && at < i + 5 {
                at += 1;
            }
            let neutral = sex.is_none();
            if neutral && self.page.word(at) == ":" {
                continue;
            }
            if !self
                .page
                .token(at)
                .is_some_and(|n| n.line <= t.line + 1 && (n.line == t.line || at == i + 1))
            {
                continue;
            }
            let civil_next = self.words.civility(self.page.word(at)).is_some();
            let titled = ["le", "la"].contains(&self.page.word(at))
                && (self.words.is_doctor(self.page.word(at + 1))
                    || self.words.is_other(self.page.word(at + 1)));
            if titled || civil_next || self.words.is_doctor(self.page.word(at)) {
                continue;
            }
            let Some((name, next)) = self.name_over_lines(at) else { continue };
            let announced = self.words.announces(&self.page.before(i, 12))
                || self.words.tells(&self.page.after(next, 8));
            let mut c = Candidate {
                weight: if announced { Weight::Announced } else { Weight::Bare },
                guessed: name.guessed,
                name: Some((name.family.clone(), name.span.span())),
                sex: sex.map(|s| (s, t.span)),
                foreign: self.somebody_else_before(i)
                    || self.somebody_else_after(next)
                    || self.about_somebody_else(i),
                last_line: t.line,
                ..Candidate::default()
            };
            c.take_parts(&name);
            self.tail(&mut c, next, true);
            if c.birth_date.is_some() {
                c.weight = c.weight.max(Weight::Dated);
            }
            self.found.push(c);
        }
    }

    // A name after a civility; it may go on after the end of a line of prose.
    fn name_over_lines(&self, at: usize) -> Option<(Name, usize)> {
        let (mut name, next) = name_at(self.page, self.words, at, self.in_capitals(at))?;
        let line = self.page.token(at)?.line;
        if let Some(cell) = self.given_below(at, next).filter(|_| name.given.is_empty())
            && let Some((given, after)) = name_at(self.page, self.words, cell, true)
        {
            name.given = vec![given.family];
            return Some((name, after));
        }
        // A given name alone on the line below an address line.
        let alone = self.page.token(next).is_some_and(|n| {
            n.line == line + 1
                && self.words.is_first_name(&n.word)
                && self.page.token(next + 1).is_none_or(|x| x.line > n.line)
        });
        let goes_on = name.given.is_empty()
            && name.birth.is_none()
            && (alone || wrapped_at(self.page, line))
            && self
                .page
                .token(next)
                .is_some_and(|t| t.line == line + 1 && !self.words.is_particle(&t.word));
        let Some((rest, after)) =
            goes_on.then(|| name_at(self.page, self.words, next, true)).flatten()
        else {
            return Some((name, next));
        };
        let capitals = |s: &str| !s.chars().any(char::is_lowercase);
        if !rest.given.is_empty() {
            return Some((name, next));
        }
        if capitals(&rest.family) && !capitals(&name.family) {
            name.given = vec![std::mem::replace(&mut name.family, rest.family)];
        } else if capitals(&name.family) && self.words.is_first_name(self.page.word(next)) {
            name.given = vec![rest.family];
        } else {
            return Some((name, next));
        }
        name.birth = rest.birth;
        name.span.1 = rest.span.1;
        Some((name, after))
    }

    // A given name alone in the last cell of the line below, under a surname that ends the last
    // cell of its line: a name over two lines beside a letterhead.
    fn given_below(&self, at: usize, next: usize) -> Option<usize> {
        let line = self.page.token(at)?.line;
        let starts = |k: &usize| self.page.token(*k).is_some_and(|t| t.cell_start);
        let begin = self.page.tokens.partition_point(|t| t.line < line);
        let cell = (begin + 1..=at).rev().find(starts)?;
        if cell <= begin || self.page.token(next)?.line != line + 1 {
            return None;
        }
        let end = self.line_end(next);
        let below = (next + 1..end).rev().find(starts)?;
        let alone = below + 1 == end && self.words.is_first_name(self.page.word(below));
        alone.then_some(below)
    }

    pub(super) fn in_capitals(&self, i: usize) -> bool {
        let line = self.page.token(i).map_or(0, |t| t.line);
        let near = self.page.tokens.get(i..).unwrap_or_default().iter();
        near.take_while(|t| t.line == line).take(2).all(|t| t.shape == Shape::Caps)
    }

    // "née DUPONT le 12/03/1950" at token `i`.
    #[allow(clippy::type_complexity)]
    fn born_as(&self, i: usize) -> Option<((String, Span), (PartialDate, Span))> {
        if !["ne", "nee"].contains(&self.page.word(i)) {
            return None;
        }
        let mut first = i + 1;
        while ["(", "e", ")"].contains(&self.page.word(first)) {
            first += 1;
        }
        let (name, next) = name_at(self.page, self.words, first, true)?;
        let at = next + usize::from(self.page.word(next) == ",");
        let at = at + usize::from(self.page.word(at) == "le");
        let (date, span, _) = self.page.date_at(at).filter(|_| at > next)?;
        let date = with_century(date, self.received).filter(|d| *d <= self.received)?;
        let printed = name.span.span();
        let family = clean(printed.of(self.page.text)?);
        Some(((family, printed), (date, span)))
    }

    // "née X" just before token `i`.
    fn born_before(&self, i: usize) -> bool {
        (i.saturating_sub(5)..i).any(|k| ["ne", "nee"].contains(&self.page.word(k)))
    }

    // What follows a name: a birth date with its label or in brackets, a sex, an alias.
    pub(super) fn tail(&mut self, c: &mut Candidate, next: usize, bare_date: bool) {
        for i in next..(next + TAIL_WORDS).min(self.page.tokens.len()) {
            if let Some(label) =
                self.words.label_at(self.page, i).filter(|l| l.field == Field::BirthDate)
            {
                // "né le" of the person just named.
                if let Some((date, span, _)) = self.page.date_at(label.next) {
                    let Some(date) = with_century(date, self.received) else { return };
                    if date > self.received {
                        self.decision.future.push(span);
                    } else {
                        keep(&mut c.birth_date, Some((date, span)));
                        if self.page.word(i) == "nee" {
                            keep(&mut c.sex, self.page.token(i).map(|t| (Sex::F, t.span)));
                        }
                    }
                    return;
                }
            }
            // "née DUPONT le 12/03/1950".
            let told = c.birth_name.as_ref().or(c.name.as_ref()).map_or(0, |n| n.1.end);
            if i == next
                && self.page.word(i) == "le"
                && self.born_before(i)
                && let Some((date, span, _)) = self.page.date_at(i + 1)
                && let Some(date) =
                    with_century(date, self.received).filter(|d| *d <= self.received)
                && told > 0
            {
                keep(&mut c.birth_date, Some((date, span)));
                return;
            }
            // "né" at the end of a line, "le 12/03/1950" on the next.
            let line = |k: usize| self.page.token(k).map(|t| t.line);
            if ["ne", "nee"].contains(&self.page.word(i))
                && self.page.word(i + 1) == "le"
                && line(i) != line(i + 1)
                && let Some((date, span, _)) = self.page.date_at(i + 2)
                && let Some(date) =
                    with_century(date, self.received).filter(|d| *d <= self.received)
            {
                keep(&mut c.birth_date, Some((date, span)));
                return;
            }
            // ", née DUPONT le 12/03/1950".
            if let Some((birth, date)) = self.born_as(i) {
                keep(&mut c.birth_name, Some(birth));
                keep(&mut c.birth_date, Some(date));
                return;
            }
            // "Madame Jeanne MARTIN, née DUPONT, …": the date may come later.
            if ["ne", "nee"].contains(&self.page.word(i))
                && self.page.token(i + 1).is_some_and(|t| t.shape == Shape::Caps)
                && let Some((name, _)) = name_at(self.page, self.words, i + 1, true)
                && name.given.is_empty()
            {
                keep(&mut c.birth_name, Some((name.family, name.span.span())));
            }
            let word = self.page.word(i);
            let stop = word == "." && i > next + 1
                || self.words.civility(word).is_some()
                    && i > next
                    && self.page.token(i).is_some_and(|t| t.shape != Shape::Lower)
                    && !["m", "f"].contains(&word)
                || self.words.is_doctor(word);
            if stop
                || self.words.label_at(self.page, i).is_some_and(|l| {
                    matches!(l.field, Field::FullName | Field::Name | Field::BirthName)
                })
            {
                return;
            }
            // "(12/03/1950)", "- 12/03/1950", "DUPONT Jean 12/03/1950 M".
            let near = i <= next + 2
                && bare_date
                && self
                    .page
                    .token(i)
                    .zip(self.page.token(next.saturating_sub(1)))
                    .is_some_and(|(a, b)| a.line == b.line);
            let framed =
                ["(", "-", ",", "["].contains(&self.page.word(i.wrapping_sub(1))) && i > next;
            if near
                && (framed || (i == next && c.weight == Weight::Labelled))
                && let Some((date, span, _)) = self.page.date_at(i)
            {
                let Some(date) = with_century(date, self.received).filter(|d| *d <= self.received)
                else {
                    return;
                };
                // A bare date of the last days is that of the document.
                let recent =
                    self.received.days().zip(date.days()).is_some_and(|(r, d)| r - d < 400);
                if !recent || framed && self.page.word(i - 1) == "(" {
                    keep(&mut c.birth_date, Some((date, span)));
                }
                return;
            }
        }
    }

    // The name that ends just before token `i`, on its line or, when `i` begins its line, on the
    // line before; with the sex its civility tells and whether it is somebody else's.
    #[allow(clippy::type_complexity)]
    pub(super) fn name_before(
        &self,
        i: usize,
        column: bool,
    ) -> Option<(Name, Found<Sex>, bool, usize)> {
        let here = self.page.token(i)?.line;
        let last = i.checked_sub(1)?;
        let line = self.page.token(last)?.line;
        if here > line + 1 {
            return None;
        }
        let start = self.page.tokens.partition_point(|t| t.line < line);
        self.name_ending(start, last).or_else(|| {
            // A label that begins a cell further right: its name is in the last cell of the line
            // above, when that line has several.
            if !column || here != line || !self.page.token(i)?.cell_start {
                return None;
            }
            let last = start.checked_sub(1)?;
            let above = self.page.token(last)?.line;
            let first = self.page.tokens.partition_point(|t| t.line < above);
            let cell = |k: &usize| self.page.token(*k).is_some_and(|t| t.cell_start);
            let start = (first..=last).rev().find(cell)?;
            (here == above + 1 && start > first).then(|| self.name_ending(start, last))?
        })
    }

    // The name among tokens `start..=last` that reaches their end.
    #[allow(clippy::type_complexity)]
    pub(super) fn name_ending(
        &self,
        start: usize,
        last: usize,
    ) -> Option<(Name, Found<Sex>, bool, usize)> {
        let line = self.page.token(start)?.line;
        let i = last + 1;
        // A label on the way means that the name was read as a field.
        if (start..=last).any(|k| {
            self.words
                .label_at(self.page, k)
                .is_some_and(|l| l.field != Field::Other && l.field != Field::BirthDate)
        }) {
            return None;
        }
        for k in start..=last {
            let free = k == start
                || self.page.word(k.wrapping_sub(1)) == ":"
                || self.page.token(k).is_some_and(|t| t.cell_start)
                || self.words.civility(self.page.word(k.wrapping_sub(1))).is_some()
                || (self.page.word(k.wrapping_sub(1)) == "."
                    && k >= 2
                    && self.words.civility(self.page.word(k - 2)).is_some());
            if !free {
                continue;
            }
            let Some((name, next)) = name_at(self.page, self.words, k, self.in_capitals(k)) else {
                continue;
            };
            if name.given.is_empty() && name.birth.is_none() && !self.civil(k) {
                continue;
            }
            let between = self.page.tokens.get(next..i)?;
            let closes = between.iter().all(|t| {
                t.shape == Shape::Sign
                    || t.word == "et"
                    || ["sexe", "m", "f", "h"].contains(&t.word.as_str())
            });
            // The name must end its line when the date is on the next one.
            if !closes || between.len() > 4 {
                continue;
            }
            let civil = if self.page.word(k.wrapping_sub(1)) == "." {
                k.checked_sub(2)
            } else {
                k.checked_sub(1)
            };
            let sex = civil.filter(|&c| c >= start).and_then(|c| {
                Some((self.words.civility(self.page.word(c))??, self.page.token(c)?.span))
            });
            let head = if self.civil(k) { civil.unwrap_or(k) } else { k };
            if head > start && self.words.is_doctor(self.page.word(head - 1))
                || self.words.is_doctor(self.page.word(start))
            {
                return None;
            }
            let foreign = self.somebody_else_before(head) || self.about_somebody_else(head);
            return Some((name, sex, foreign, line));
        }
        None
    }

    pub(super) fn civil(&self, k: usize) -> bool {
        let civil =
            |i: Option<usize>| i.is_some_and(|i| self.words.civility(self.page.word(i)).is_some());
        civil(k.checked_sub(1))
            || self.page.word(k.wrapping_sub(1)) == "." && civil(k.checked_sub(2))
    }
}
