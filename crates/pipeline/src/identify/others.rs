//! Names that are somebody else's: relatives, contacts, professionals, told by the words around them.

use super::patient::Reader;
use crate::page::{Page, Shape};

impl Reader<'_, '_> {
    // "sa mère, Mme X": somebody else's word just before, in the same sentence.
    pub(super) fn somebody_else_before(&self, i: usize) -> bool {
        // "adressé par M. X": whoever did it is not the patient.
        if i > 0 && self.page.word(i - 1) == "par" {
            return true;
        }
        let line = self.page.token(i).map_or(0, |t| t.line);
        let mut from = i.saturating_sub(4);
        // What stands in the cell before is not said of this name.
        if let Some(cell) = (from..=i)
            .rev()
            .find(|&k| self.page.token(k).is_some_and(|t| t.cell_start && t.line == line))
            && self.page.token(cell.wrapping_sub(1)).is_some_and(|t| t.line == line)
        {
            from = cell;
        }
        let near = self.page.tokens.get(from..i).unwrap_or_default();
        // A sentence ends at a stop, and at a line that ends with a sign ("Cher Confrère,").
        let cut = near.windows(2).rposition(|w| {
            let stop = [".", ";"].contains(&w[0].word.as_str());
            stop || (w[0].line < w[1].line && w[0].shape == Shape::Sign)
        });
        let at = self.page.token(i).map_or(0, |t| t.span.start);
        let ends_line = |t: &crate::page::Token| t.line < line && t.shape == Shape::Sign;
        let near = near.get(cut.map_or(0, |c| c + 1)..).unwrap_or_default();
        let own = near.last().is_some_and(ends_line);
        !own && near.iter().any(|t| {
            let titled = self.words.is_doctor(&t.word) && t.span.end + 2 >= at;
            let speaks = self.words.is_other(&t.word) || titled;
            speaks
                && (t.line == line
                    || (t.line + 1 == line
                        && self.page.token(i).is_some_and(|n| n.shape != Shape::Caps)
                        && wrapped_at(self.page, t.line)))
        })
    }

    // "Mme X, infirmière": a profession or a relation just after.
    pub(super) fn somebody_else_after(&self, next: usize) -> bool {
        let line = self.page.token(next.saturating_sub(1)).map_or(0, |t| t.line);
        let near =
            self.page.tokens.get(next..(next + 4).min(self.page.tokens.len())).unwrap_or_default();
        near.first().is_some_and(|t| [",", "(", "-"].contains(&t.word.as_str()))
            && near.iter().take(4).filter(|t| t.line <= line + 1).any(|t| {
                self.words.is_other(&t.word) && !["bebe", "femme"].contains(&t.word.as_str())
            })
    }

    // A heading above, or words before on the line, that speak of a professional or a relative.
    pub(super) fn about_somebody_else(&self, first: usize) -> bool {
        let Some(line) = self.page.token(first).map(|t| t.line) else { return false };
        let start = self.page.tokens.partition_point(|t| t.line < line);
        let cell = (start..=first)
            .rev()
            .find(|&i| self.page.token(i).is_some_and(|t| t.cell_start))
            .unwrap_or(start);
        let before = self.page.tokens.get(cell..first).unwrap_or_default();
        if before.len() <= 6
            && before.iter().any(|t| self.words.is_other(&t.word) || self.words.is_doctor(&t.word))
        {
            return true;
        }
        let Some(above) = start.checked_sub(1).and_then(|i| self.page.token(i)) else {
            return false;
        };
        let from = self.page.tokens.partition_point(|t| t.line < above.line);
        let heading = self.page.tokens.get(from..start).unwrap_or_default();
        let colon = heading.iter().position(|t| t.word == ":");
        let bare = colon.is_none_or(|c| c + 1 == heading.len());
        let close = line - above.line <= if colon.is_some() { 2 } else { 1 };
        // "Médecins pathologistes" under the names of doctors speaks of those.
        let of_above = from.checked_sub(1).and_then(|i| self.page.token(i)).is_some_and(|t| {
            let first = self.page.tokens.partition_point(|x| x.line < t.line);
            t.line + 1 == above.line
                && (first..from).any(|i| self.words.is_doctor(self.page.word(i)))
        });
        let sentence = heading.iter().any(|t| t.word == ",");
        close
            && bare
            && (colon.is_some() || !of_above)
            && !sentence
            && heading.len() <= 6
            && heading.iter().any(|t| self.words.is_other(&t.word))
            && !heading.iter().any(|t| t.word.starts_with("patient"))
            && !heading.iter().any(|t| self.words.is_doctor(&t.word))
    }
}

// A line long enough to go on with the next one.
pub(super) fn wrapped_at(page: &Page<'_>, line: usize) -> bool {
    page.lines.get(line).is_some_and(|l| l.len() >= 36)
}
