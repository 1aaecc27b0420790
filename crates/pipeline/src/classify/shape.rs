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
const SALUTATIONS: [&str; 14] = [
    "cher confrere",
    "chere consoeur",
    "cher ami",
    "chere amie",
    "cher docteur",
    "mon cher",
    "ma chere",
    "chers confreres",
    "cher collegue",
    "chere collegue",
    "madame, monsieur",
    "cher monsieur",
    "chere madame",
    "monsieur le professeur,",
];

impl Classify {
    /// Weighs the points that words gave by the shape of the document.
    pub(super) fn weigh_shape(&self, page: &Page<'_>, notes: &Annotations, scores: &mut [Score]) {
        let narrative = prose(page, notes) >= NARRATIVE || clinical_sections(notes) >= 3;
        let letter = is_letter(page);
        let dosed =
            notes.entities.iter().any(|e| matches!(&e.value, Some(TextValue::Dosage { .. })));
        let mut scale = |codes: &[&str], words: f32, titles: f32| {
            for code in codes {
                if let Some(rule) = self.rules.iter().position(|r| r.code == *code)
                    && let Some(s) = scores.get_mut(rule)
                {
                    let said = s.points - s.titles;
                    s.points = s.titles * titles + said * words;
                }
            }
        };
        if narrative {
            scale(&["57833-6"], 0.2, 0.8);
        } else if !dosed {
            // "Ordonnance" alone announces any prescription.
            scale(&["57833-6"], 1.0, 0.45);
        }
        let results = notes.entities.iter().filter(|e| e.label == "result").count();
        if results == 0 {
            // A list of analyses without a figure asks for them.
            scale(&["11502-2"], 0.4, 0.5);
        }
        if letter {
            scale(&["70004-7", "11505-5", "51969-4", "11502-2"], 0.5, 0.6);
            scale(&["18748-4"], 0.8, 1.0);
            scale(&["51851-4", "56446-8"], 0.5, 1.0);
            if let Some(rule) = self.rules.iter().position(|r| r.code == "11488-4")
                && let Some(s) = scores.get_mut(rule)
            {
                // Most letters between doctors tell of a consultation.
                s.points += if narrative { 1.5 } else { 0.5 };
            }
        }
    }
}

fn is_letter(page: &Page<'_>) -> bool {
    page.lines.iter().take(60).any(|l| {
        let line = relu_text::key(l.of(page.text).unwrap_or("").trim());
        line.len() < 60 && SALUTATIONS.iter().any(|s| line.starts_with(s))
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
