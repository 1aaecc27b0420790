//! The date of the act that a document reports: the one after `Consultation du`, `CS le`, `Date de
//! l'examen :`, else that of the document (`Lyon, le`, `Compte rendu établi le`), else that of its
//! typing or signature. An act to come or another one's (`prochaine consultation le`) is left.

use super::rules::Rule;
use super::{Norm, Timed};
use crate::found::Sink;
use crate::lists::List;
use crate::tokens::{Case, Gap};
use crate::view::View;

/// Tokens between the announcement and its date.
const REACH: usize = 10;

/// The act, while the text is read.
#[derive(Default)]
pub(super) struct Act {
    // Rank and token after the last announcement.
    said: Option<(i32, usize)>,
    // Best date so far, with its rank.
    best: Option<(i32, Timed)>,
}

impl Act {
    /// Looks at token `i`, which may begin an announcement.
    pub(super) fn announced(&mut self, view: &View<'_>, i: usize) {
        let Some((rank, next)) = view.list(i, List::Consultation) else { return };
        // A shorter entry inside the last one says nothing new.
        if self.said.is_none_or(|(_, end)| next > end) {
            self.said = Some((rank, next));
        }
    }

    /// Looks at a date.
    pub(super) fn dated(&mut self, view: &View<'_>, t: &Timed) {
        let Norm::Day(day) = t.norm else { return };
        if day.month.is_none() {
            return;
        }
        let said = self.said.filter(|(_, end)| {
            *end <= t.from && t.from - end <= REACH && same_statement(view, *end, t.from)
        });
        let rank = match said {
            Some((rank, _)) if day.day.is_some() || rank == 1 => rank,
            _ if day.day.is_some() && after_town(view, t.from) => 2,
            _ => return,
        };
        self.said = None;
        if rank > 0 && self.best.is_none_or(|(best, _)| rank < best) {
            self.best = Some((rank, *t));
        }
    }

    /// Gives the date of the act.
    pub(super) fn close(self, view: &View<'_>, sink: &mut Sink) {
        if let Some((_, t)) = self.best {
            super::push(view, &Timed { rule: Rule::Consultation, ..t }, sink);
        }
    }
}

fn same_statement(view: &View<'_>, from: usize, to: usize) -> bool {
    (from..=to).all(|j| {
        let ends = view.is(j, b'.') && j < to && view.gap(j + 1) >= Gap::Space;
        let announced = matches!(view.list(j, List::TimeAfter), Some((1, _)));
        view.gap(j) < Gap::Blank && !ends && !announced
    })
}

// `Berck-sur-Mer, le 30/04/2025`, `Fait à Lyon, le`: a line that begins with a town.
fn after_town(view: &View<'_>, date: usize) -> bool {
    let Some(article) = date.checked_sub(1) else { return false };
    if !matches!(view.list(article, List::SmallWord), Some((1, n)) if n == date) {
        return false;
    }
    let comma = article.checked_sub(1).is_some_and(|c| view.is(c, b','));
    let end = article - usize::from(comma);
    let mut names = 0;
    for n in 1..=8 {
        let Some(p) = end.checked_sub(n) else { return false };
        let Some(t) = view.token(p) else { return false };
        let small = view.list(p, List::SmallWord);
        let name = t.is_word() && matches!(t.case(), Case::Capital | Case::Upper);
        let inside = small.is_some() || t.is_mark(b'-');
        if matches!(small, Some((3, _))) && names > 0 {
            return true;
        }
        if !name && !inside {
            return false;
        }
        names += usize::from(name);
        if t.begins_line() {
            // "Prélevé le" is no town: without "à", a comma must follow.
            return comma && name && names <= 4;
        }
    }
    false
}
