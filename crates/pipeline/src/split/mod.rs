//! *Découpe d'une pile*: the pages of a file on which another document begins.
//!
//! Input: a reading with pages and the place of its words (PDF, scan). Output: a cut for each page
//! that seems to begin a document, with the words that show it and how sure it is; the pages to leave
//! out (separators, blank pages between documents); and, when one cut is sure, the check
//! `several-documents`, which sends the file to *à séparer*. Nothing is cut here: a person decides.
//!
//! The score is additive over signs (`rules/split.toml`): numbering of pages, letterhead, title,
//! appeal, another patient, what the page before ended with. The first page is never a cut.

mod features;
mod rules;
#[cfg(test)]
mod tests;

use relu_record::{
    Annotations, BoundingBox, Cut, Evidence, Outcome, PartialDate, Proposal, ProposalValue,
    Reading, Severity, Sheet, Span,
};

use self::features::{Seen, look, page_spans, same_frame};
use self::rules::Rules;
use crate::function::{Context, Draft, Function, check, sheet};

/// The function with its rules.
pub(crate) struct Split {
    sheet: Sheet,
    rules: Rules,
}

/// What speaks for or against a cut before a page.
#[derive(Default)]
struct Weighed {
    points: f32,
    signs: Vec<(f32, Option<Span>)>,
}

impl Weighed {
    fn add(&mut self, rules: &Rules, code: &str, at: Option<Span>) {
        let points = rules.points(code);
        self.points += points;
        self.signs.push((points, at));
    }
}

impl Split {
    /// Compiles the rules shipped with the program.
    pub(crate) fn embedded() -> Split {
        Split { sheet: sheet(include_str!("sheet.toml")), rules: Rules::embedded() }
    }

    fn weigh(&self, seen: &[Seen], page: usize, births: &[PartialDate]) -> Weighed {
        let mut w = Weighed { points: self.rules.start, ..Weighed::default() };
        let Some(here) = seen.get(page) else { return w };
        let before = seen.get(..page).unwrap_or_default();
        // The page before that says something; blank ones in between are backs.
        let last = before.iter().rev().find(|s| !s.blank);
        let mut add = |code: &str, at: Option<Span>| w.add(&self.rules, code, at);
        if before.last().is_some_and(|s| s.separates()) {
            add("after-separator", here.first);
        }
        if before.last().is_some_and(|s| s.blank) {
            add("blank-before", here.first);
        }
        match here.number {
            Some((1, _, at)) => add("first-of", Some(at)),
            Some((_, _, at)) => add("next-of", Some(at)),
            None => {}
        }
        if let Some((n, of, at)) = last.and_then(|s| s.number).filter(|(_, of, _)| *of > 0) {
            add(if n == of { "last-before" } else { "open-before" }, Some(at));
        }
        if !births.is_empty() && !here.births.is_empty() {
            let same = here.births.iter().find(|(d, _)| births.contains(d));
            match same {
                Some((_, at)) => add("same-birth", Some(*at)),
                None => add("other-birth", here.births.first().map(|b| b.1)),
            }
        }
        for (code, at) in [
            ("letterhead", here.letterhead),
            ("date-line", here.date_line),
            ("title", here.title),
            ("salutation", here.salutation),
            ("patient-block", here.patient_block),
            ("closed-before", last.and_then(|s| s.closed)),
            ("unfinished-before", last.and_then(|s| s.unfinished)),
            ("goes-on", here.goes_on),
        ] {
            if at.is_some() {
                add(code, at);
            }
        }
        if last.is_some_and(|s| same_frame(&s.frame, &here.frame)) {
            add("same-frame", here.first);
        }
        w
    }
}

/// The words that weigh most in the decision, most telling first; the top of the page otherwise.
fn evidence(w: &Weighed, reading: &Reading, page: u32) -> Vec<Evidence> {
    let mut signs: Vec<_> = w
        .signs
        .iter()
        .filter_map(|(points, at)| Some((*points, (*at)?)))
        .filter(|(points, at)| *points > 0.0 && at.is_valid_in(&reading.text))
        .collect();
    signs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    signs.dedup_by_key(|s| s.1);
    let mut out: Vec<Evidence> = signs.iter().take(4).map(|s| Evidence::Words(s.1)).collect();
    if out.is_empty() {
        out.push(whole_page(reading, page));
    }
    out
}

fn whole_page(reading: &Reading, page: u32) -> Evidence {
    let size = reading.pages.get(page as usize);
    let (x1, y1) = size.map_or((0.0, 0.0), |p| (p.width, p.height));
    Evidence::Region { page, bbox: BoundingBox { x0: 0.0, y0: 0.0, x1, y1 } }
}

impl Function for Split {
    fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    fn propose(
        &self,
        reading: &Reading,
        _notes: &Annotations,
        _context: &Context,
    ) -> Outcome<Vec<Proposal>> {
        let mut draft = Draft::of(&self.sheet);
        if reading.pages.len() < 2 || reading.words.is_empty() {
            return draft.finish();
        }
        let spans = page_spans(reading);
        let mut seen: Vec<Seen> =
            spans.iter().map(|s| look(&reading.text, *s, &self.rules.words)).collect();
        for code in reading.codes.iter().filter(|c| c.is_separator()) {
            if let Some(page) = seen.get_mut(code.page as usize) {
                (page.code, page.blank) = (Some(code.bbox), false);
            }
        }
        let mut births: Vec<PartialDate> = Vec::new();
        let mut sure: Vec<Evidence> = Vec::new();
        for (number, here) in (0u32..).zip(&seen) {
            if here.separates() {
                let code = here.code.map(|bbox| Evidence::Region { page: number, bbox });
                let at = code.or(here.separator.map(Evidence::Words));
                let at = at.unwrap_or_else(|| whole_page(reading, number));
                let cut = Cut { page: number, leave_out: true };
                draft.add(ProposalValue::Cut(cut), vec![at], 0.99, "separator");
                births.clear();
                continue;
            }
            if here.blank {
                let cut = Cut { page: number, leave_out: true };
                draft.add(ProposalValue::Cut(cut), vec![whole_page(reading, number)], 0.8, "blank");
                continue;
            }
            if number > 0 {
                let w = self.weigh(&seen, number as usize, &births);
                let certainty = 1.0 / (1.0 + (-w.points).exp());
                if certainty >= self.rules.least {
                    let at = evidence(&w, reading, number);
                    if certainty >= self.rules.sure {
                        sure.extend(at.first().cloned());
                    }
                    let cut = Cut { page: number, leave_out: false };
                    draft.add(ProposalValue::Cut(cut), at, certainty, "score");
                    births.clear();
                }
            }
            births.extend(here.births.iter().map(|b| b.0));
        }
        if !sure.is_empty() {
            let c = check(
                "several-documents",
                Severity::Warning,
                "Ce fichier semble contenir plusieurs documents : séparez-le avant de classer.",
            );
            sure.truncate(10);
            draft.add(c, sure, 0.9, "several-documents");
        }
        draft.finish()
    }
}
