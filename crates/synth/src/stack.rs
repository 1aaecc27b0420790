//! A morning's post put through the scanner in one go: letters of several patients, one to three
//! pages each, in one file; where each begins is the truth.
//!
//! Now and then a blank back or a printed separator page lies between two letters. As a scanned PDF,
//! a fax in TIFF, or a PDF whose text is there but misread here and there, as recognition misreads.

use serde::{Deserialize, Serialize};

use crate::carrier::{pdf, scan};
use crate::compose::{Composed, compose};
use crate::generate::{Layouts, cast, fits, reference_day};
use crate::layout;
use crate::paper::{self, Run, Sheet};
use crate::people;
use crate::rng::Rng;
use crate::words;

/// What the separator page says; the same words as the page that the program prints.
pub const SEPARATOR: &str = "SÉPARATEUR RELU";

/// How a stack travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StackForm {
    /// A PDF of pictures.
    ScannedPdf,
    /// A TIFF of several pages, as a fax gives.
    Fax,
    /// A PDF with a text layer in which one letter in fifty is misread.
    Misread,
}

/// A stack with its truth.
pub struct Stack {
    /// File name.
    pub name: String,
    /// The file.
    pub bytes: Vec<u8>,
    /// Where its letters are.
    pub truth: StackTruth,
}

/// Where the letters of a stack are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackTruth {
    /// Pages in all.
    pub pages: u32,
    /// First page of each letter, from 0.
    pub starts: Vec<u32>,
    /// Pages that belong to no letter: separators and blank ones.
    pub between: Vec<u32>,
    /// Birth names, one a letter.
    pub patients: Vec<String>,
    /// Layouts, one a letter.
    pub layouts: Vec<String>,
}

/// A stack of that many letters.
pub fn stack(seed: u64, letters: usize, layouts: Layouts, form: StackForm) -> Stack {
    let mut rng = Rng::of(seed, 0x0053_5441_434b);
    let rng = &mut rng;
    let mut truth = StackTruth {
        pages: 0,
        starts: Vec::new(),
        between: Vec::new(),
        patients: Vec::new(),
        layouts: Vec::new(),
    };
    let mut all: Vec<Sheet> = Vec::new();
    let mut patient = people::patient(rng, None, (20, 90), reference_day());
    while truth.starts.len() < letters {
        // One letter in five is about the patient of the letter before.
        if !rng.chance(20) {
            patient = people::patient(rng, None, (20, 90), reference_day());
        }
        let fitting: Vec<_> = layout::all().iter().filter(|l| layouts.has(l.held_out)).collect();
        let Some(layout) = rng.pick(&fitting).copied() else { break };
        let date = words::plus_days(reference_day(), rng.between(-40, 0));
        let Some(case) = fits(rng, layout, &patient, date) else { continue };
        let who = cast(rng, layout, case, patient.clone(), date);
        let doc = compose(layout, case, who, rng);
        let times = *rng.pick(&[1.0f32, 1.0, 1.3, 1.6]).unwrap_or(&1.0);
        let sheets = paper::enlarged(&doc, times);
        if sheets.len() > 3 {
            continue;
        }
        if !all.is_empty() && rng.chance(10) {
            truth.between.push(all.len() as u32);
            let page = if rng.chance(50) { separator() } else { Sheet::default() };
            all.push(page);
        }
        truth.starts.push(all.len() as u32);
        truth.patients.push(words::strict(&patient.birth_name));
        truth.layouts.push(layout.name.to_owned());
        all.extend(sheets);
    }
    truth.pages = all.len() as u32;
    let (bytes, extension) = match form {
        StackForm::ScannedPdf => (scan::of_sheets(&all, scan::Output::Pdf, rng), "pdf"),
        StackForm::Fax => (scan::of_sheets(&all, scan::Output::Fax, rng), "tif"),
        StackForm::Misread => {
            for run in all.iter_mut().flat_map(|s| &mut s.runs) {
                run.text = misread(&run.text, rng);
            }
            (pdf::from_sheets(&all, "Numérisation"), "pdf")
        }
    };
    Stack { name: format!("pile-{seed:05}.{extension}"), bytes, truth }
}

/// A document as a PDF whose text is misread here and there.
pub(crate) fn misread_pdf(doc: &Composed, rng: &mut Rng) -> Vec<u8> {
    let mut sheets = paper::sheets(doc);
    for run in sheets.iter_mut().flat_map(|s| &mut s.runs) {
        run.text = misread(&run.text, rng);
    }
    pdf::from_sheets(&sheets, "Numérisation")
}

/// The separator page, as printed.
fn separator() -> Sheet {
    let run = |y: f32, size: f32, text: &str| Run {
        x: 90.0,
        y,
        size,
        face: crate::layout::Face::Helvetica,
        bold: true,
        text: text.to_owned(),
    };
    Sheet { runs: vec![run(300.0, 34.0, SEPARATOR), run(360.0, 14.0, SEPARATOR)], strokes: vec![] }
}

/// The same words with one letter in fifty taken for another that looks like it.
fn misread(text: &str, rng: &mut Rng) -> String {
    const PAIRS: &[(char, char)] = &[
        ('e', 'c'),
        ('l', '1'),
        ('O', '0'),
        ('o', '0'),
        ('i', 'l'),
        ('n', 'r'),
        ('a', 'o'),
        ('5', 'S'),
        ('8', 'B'),
        ('é', 'e'),
        ('u', 'v'),
        ('m', 'n'),
        ('0', 'O'),
        ('1', 'l'),
        ('t', 'f'),
    ];
    text.chars()
        .map(|c| match PAIRS.iter().find(|(from, _)| *from == c) {
            Some((_, to)) if rng.chance(4) => *to,
            _ => c,
        })
        .collect()
}
