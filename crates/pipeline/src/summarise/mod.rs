//! *Brouillon de résumé*: three to seven sentences copied from the document, each with its place.
//!
//! Input: sentences and sections. Output: [`ProposalValue::SummaryLine`], word for word, in the order
//! of `rules/summary.toml` (conclusion first), then in text order. It rewrites nothing, infers
//! nothing and ranks nothing by clinical weight or urgency. With fewer than three sentences to take
//! it proposes nothing.
//!
//! Source: controls.md §2.3 (a summary stays an extractive draft with its sources).

#[cfg(test)]
mod tests;

use relu_record::{
    Annotations, Evidence, Outcome, Private, Proposal, ProposalValue, Reading, Sheet, Span,
};
use serde::Deserialize;

use crate::function::{Context, Draft, Function, sheet};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct SummaryFile {
    #[serde(default)]
    part: Vec<PartRule>,
    #[serde(default)]
    opening: Vec<OpeningRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PartRule {
    code: String,
    sections: Vec<String>,
    most: usize,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpeningRule {
    code: String,
    #[cfg_attr(not(test), allow(dead_code))]
    why: String,
    #[cfg_attr(not(test), allow(dead_code))]
    source: String,
    starts: Vec<String>,
}

/// The function with its compiled rules.
pub(crate) struct Summarise {
    sheet: Sheet,
    rules: SummaryFile,
}

const LEAST_LINES: usize = 3;
const MOST_LINES: usize = 7;
// A document with fewer sentences is read faster than its summary.
const LEAST_SENTENCES: usize = 8;
const MOST_BYTES: usize = 400;

impl Summarise {
    /// Compiles the rules shipped with the program.
    pub(crate) fn embedded() -> Summarise {
        let mut rules: SummaryFile =
            toml::from_str(include_str!("rules/summary.toml")).unwrap_or_default();
        for o in &mut rules.opening {
            o.starts = o.starts.iter().map(|s| relu_text::key(s)).collect();
        }
        Summarise { sheet: sheet(include_str!("sheet.toml")), rules }
    }

    // Sentences with the code of the rule that takes them, in order of the rules.
    fn chosen(&self, text: &str, notes: &Annotations) -> Vec<(Span, &str)> {
        let mut chosen: Vec<(Span, &str)> = Vec::new();
        let candidates: Vec<Span> =
            notes.sentences.iter().filter_map(|s| sentence(text, *s, notes)).collect();
        for part in &self.rules.part {
            let inside = |s: &&Span| {
                notes.section_at(s.start).is_some_and(|x| part.sections.contains(&x.kind))
            };
            let fresh: Vec<Span> = candidates
                .iter()
                .filter(inside)
                .filter(|s| chosen.iter().all(|(c, _)| !c.overlaps(**s)))
                .take(part.most)
                .copied()
                .collect();
            chosen.extend(fresh.into_iter().map(|s| (s, part.code.as_str())));
        }
        for opening in &self.rules.opening {
            for s in &candidates {
                let folded = relu_text::key(s.of(text).unwrap_or(""));
                let opens = opening.starts.iter().any(|o| folded.starts_with(o.as_str()));
                if opens && chosen.iter().all(|(c, _)| !c.overlaps(*s)) {
                    chosen.push((*s, &opening.code));
                }
            }
        }
        chosen.truncate(MOST_LINES);
        chosen
    }
}

// The words of a sentence without its section title, when they read as a sentence.
fn sentence(text: &str, span: Span, notes: &Annotations) -> Option<Span> {
    let mut span = span;
    if let Some(title) = notes.section_at(span.start).and_then(|s| s.title)
        && title.start < span.end
        && title.end > span.start
    {
        let rest = text.get(title.end.max(span.start)..span.end)?;
        let skipped =
            rest.len() - rest.trim_start_matches(|c: char| c.is_whitespace() || c == ':').len();
        span = Span::new(title.end.max(span.start) + skipped, span.end);
    }
    let words = span.of(text)?.split_whitespace();
    let (mut count, mut figures) = (0, 0);
    for w in words {
        count += 1;
        figures += usize::from(!w.chars().any(char::is_alphabetic));
    }
    // Neither a title, nor a line of a table, nor a greeting.
    let readable = count >= 4 && figures * 2 < count && span.len() <= MOST_BYTES;
    let folded = relu_text::key(span.of(text)?);
    // Letterhead, address and signature lines say nothing of the patient.
    let desk = [
        "finess",
        "rpps",
        "adeli",
        "siret",
        "signe electroniquement",
        "document signe",
        "valide par",
        "secretariat",
        "cedex",
        "n° vert",
        "telephone",
        "remise au patient",
        "remise a la patiente",
        "copie a",
        "page ",
        "@",
    ]
    .iter()
    .any(|p| folded.contains(p));
    if desk || has_postcode(span.of(text)?) {
        return None;
    }
    let polite = [
        "confraternellement",
        "cordialement",
        "cher confrere",
        "chere consoeur",
        "dr ",
        "docteur ",
    ]
    .iter()
    .any(|p| folded.starts_with(p) || folded.contains("confraternellement"));
    (readable && !polite).then_some(span)
}

// "44000 Nantes".
fn has_postcode(line: &str) -> bool {
    let words: Vec<&str> = line.split_whitespace().collect();
    words.windows(2).any(|w| {
        w[0].len() == 5
            && w[0].bytes().all(|b| b.is_ascii_digit())
            && w[1].chars().next().is_some_and(char::is_uppercase)
    })
}

impl Function for Summarise {
    fn sheet(&self) -> &Sheet {
        &self.sheet
    }

    fn propose(
        &self,
        reading: &Reading,
        notes: &Annotations,
        _context: &Context,
    ) -> Outcome<Vec<Proposal>> {
        let mut draft = Draft::of(&self.sheet);
        let chosen = self.chosen(&reading.text, notes);
        if chosen.len() < LEAST_LINES || notes.sentences.len() < LEAST_SENTENCES {
            return draft.finish();
        }
        for (span, rule) in chosen {
            if let Some(words) = span.of(&reading.text) {
                let line = ProposalValue::SummaryLine(Private::from(words));
                draft.add(line, vec![Evidence::Words(span)], 0.7, rule);
            }
        }
        draft.finish()
    }
}
