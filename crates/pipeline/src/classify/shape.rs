//! The shape of a document against the words it holds: a letter that tells of drugs is no
//! prescription, an examination told in a letter is no report of it, an `Ordonnance` without a drug
//! is a prescription of something else.

use relu_record::{Annotations, TextValue};

use super::{Classify, Score};
use crate::page::{Page, Shape};

// Sentences of so many words are prose, so many of them a narrative.
const PROSE_WORDS: usize = 9;
const NARRATIVE: usize = 4;

// Turns of a salutation and of a closing, folded.
const SALUTATIONS: [&str; 13] = [
    "bonjour",
    "bonsoir",
    "cher ",
    "chere ",
    "chers ",
    "cheres ",
    "mon cher",
    "ma chere",
    "confrere,",
    "consoeur,",
    "docteur,",
    "monsieur le professeur,",
    "madame le professeur,",
];
const CLOSINGS: [&str; 5] = [
    "confraternellement",
    "amicalement",
    "salutations distinguees",
    "sentiments distingues",
    "sentiments les meilleurs",
];

impl Classify {
    /// Weighs the points that words gave by the shape of the document.
    pub(super) fn weigh_shape(&self, page: &Page<'_>, notes: &Annotations, scores: &mut [Score]) {
        let told = prose(page, notes);
        let letter = is_letter(page);
        let narrative = told >= NARRATIVE || clinical_sections(notes) >= 3;
        let not_a_list = narrative || letter || clinical_sections(notes) >= 2;
        let dosed =
            notes.entities.iter().any(|e| matches!(&e.value, Some(TextValue::Dosage { .. })));
        if not_a_list {
            self.scale(scores, &["57833-6"], 0.2, 0.8);
        } else if !dosed {
            // "Ordonnance" alone announces any prescription.
            self.scale(scores, &["57833-6"], 1.0, 0.45);
        }
        let results = notes.entities.iter().filter(|e| e.label == "result").count();
        if results == 0 {
            // A list of analyses without a figure asks for them.
            self.scale(scores, &["11502-2"], 0.4, 0.5);
        }
        let seen = ["motif", "examen_clinique", "conclusion", "histoire", "antecedents"]
            .iter()
            .filter(|k| notes.sections.iter().any(|s| s.kind == **k))
            .count();
        if seen >= 3
            && let Some(rule) = self.rules.iter().position(|r| r.code == "11488-4")
            && let Some(s) = scores.get_mut(rule)
        {
            s.points += 1.0;
        }
        let answers = ["technique", "resultats", "conclusion"]
            .iter()
            .any(|k| notes.sections.iter().any(|s| s.kind == *k));
        if told < 2 && !answers && !letter {
            // An examination named, and nothing found: it is asked for.
            let (named, said) = self.titles_and_words("18748-4", scores);
            let asked = said < 1.8;
            if asked {
                self.scale(scores, &["18748-4"], 0.6, 0.4);
            }
            if asked
                && named > 2.0
                && let Some(rule) = self.rules.iter().position(|r| r.code == "55115-0")
                && let Some(s) = scores.get_mut(rule)
            {
                s.points += named * 0.7;
            }
        }
        self.read_question(page, letter, scores);
        if letter {
            self.scale(scores, &["70004-7", "11505-5", "51969-4", "11502-2"], 0.5, 0.6);
            self.scale(scores, &["18748-4"], 0.8, 1.0);
            self.scale(scores, &["51851-4", "56446-8"], 0.5, 1.0);
            if let Some(rule) = self.rules.iter().position(|r| r.code == "11488-4")
                && let Some(s) = scores.get_mut(rule)
            {
                // Most letters between doctors tell of a consultation.
                s.points += if narrative { 1.5 } else { 0.5 };
            }
        }
    }
}

impl Classify {
    fn titles_and_words(&self, code: &str, scores: &[Score]) -> (f32, f32) {
        let rule = self.rules.iter().position(|r| r.code == code);
        rule.and_then(|r| scores.get(r)).map_or((0.0, 0.0), |s| (s.titles, s.points - s.titles))
    }

    // Multiplies what words and titles gave to some types.
    fn scale(&self, scores: &mut [Score], codes: &[&str], words: f32, titles: f32) {
        for code in codes {
            if let Some(rule) = self.rules.iter().position(|r| r.code == *code)
                && let Some(s) = scores.get_mut(rule)
            {
                let said = s.points - s.titles;
                s.titles *= titles;
                s.points = s.titles + said * words;
            }
        }
    }
}

pub(super) fn is_letter(page: &Page<'_>) -> bool {
    page.lines.iter().take(60).any(|l| {
        let line = relu_text::key(l.of(page.text).unwrap_or("").trim());
        line.len() < 60 && SALUTATIONS.iter().any(|s| line.starts_with(s))
    }) || page.lines.iter().rev().take(25).any(|l| {
        let line = relu_text::key(l.of(page.text).unwrap_or("").trim());
        line.len() < 110 && CLOSINGS.iter().any(|s| line.contains(s))
    })
}

// Sentences of some length.
fn prose(page: &Page<'_>, notes: &Annotations) -> usize {
    let long = |s: &&relu_record::Span| {
        let from = page.token_at(s.start);
        let inside = page.tokens.get(from..).unwrap_or_default().iter();
        let words = inside.take_while(|t| t.span.end <= s.end);
        let (mut lower, mut all) = (0, 0);
        for t in words.filter(|t| t.shape != Shape::Sign) {
            all += 1;
            lower += usize::from(t.shape != Shape::Number);
        }
        let dosed = notes.entities.iter().any(|e| {
            s.start <= e.span.start
                && e.span.end <= s.end
                && matches!(&e.value, Some(TextValue::Dosage { .. }))
        });
        lower >= PROSE_WORDS && all < lower + lower / 2 && !dosed
    };
    notes.sentences.iter().filter(long).count()
}

fn clinical_sections(notes: &Annotations) -> usize {
    let kinds = [
        "motif",
        "antecedents",
        "histoire",
        "examen_clinique",
        "evolution",
        "conclusion",
        "diagnostic",
        "examens_complementaires",
        "conduite_a_tenir",
    ];
    kinds.iter().filter(|k| notes.sections.iter().any(|s| s.kind == **k)).count()
}
