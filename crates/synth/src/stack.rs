//! A morning's post put through the scanner in one go: letters of several patients, one to three
//! pages each, in one file; where each begins is the truth.
//!
//! Now and then a blank back or a printed separator page lies between two letters. As a scanned PDF,
//! a fax in TIFF, or a PDF whose text is there but misread here and there, as recognition misreads.

use relu_record::{PartialDate, SEPARATOR_CODE};
use serde::{Deserialize, Serialize};

use crate::carrier::{pdf, scan};
use crate::compose::{Composed, compose};
use crate::generate::{Layouts, cast, fits, reference_day};
use crate::layout;
use crate::paper::{self, Run, Sheet};
use crate::people::{self, Patient};
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackTruth {
    /// Pages in all.
    pub pages: u32,
    /// First page of each letter, from 0.
    pub starts: Vec<u32>,
    /// Pages that belong to no letter: separators and blank ones.
    pub between: Vec<u32>,
    /// Birth names, one a letter.
    pub patients: Vec<String>,
    /// Dates of birth, one a letter (`1950-03-12`).
    #[serde(default)]
    pub born: Vec<String>,
    /// Layouts, one a letter.
    pub layouts: Vec<String>,
}

/// A stack of that many letters, about people drawn for it.
pub fn stack(seed: u64, letters: usize, layouts: Layouts, form: StackForm) -> Stack {
    let mut rng = Rng::of(seed, 0x0053_5441_434b);
    let today = reference_day();
    let anybody = |rng: &mut Rng| people::patient(rng, None, (20, 90), today);
    about(&mut rng, anybody, today, letters, layouts, form, &format!("pile-{seed:05}"))
}

/// A stack of that many letters about people that `draw` gives, written in the weeks before `today`.
pub(crate) fn about(
    rng: &mut Rng,
    draw: impl Fn(&mut Rng) -> Patient,
    today: PartialDate,
    letters: usize,
    layouts: Layouts,
    form: StackForm,
    name: &str,
) -> Stack {
    let mut truth = StackTruth::default();
    let mut all: Vec<Sheet> = Vec::new();
    let mut patient = draw(rng);
    while truth.starts.len() < letters {
        // One letter in five is about the patient of the letter before.
        if !rng.chance(20) {
            patient = draw(rng);
        }
        let fitting: Vec<_> = layout::all().iter().filter(|l| layouts.has(l.held_out)).collect();
        let Some(layout) = rng.pick(&fitting).copied() else { break };
        let date = words::plus_days(today, rng.between(-40, 0));
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
        truth.born.push(patient.birth_date.to_string());
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
    Stack { name: format!("{name}.{extension}"), bytes, truth }
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
    let runs = vec![run(300.0, 34.0, SEPARATOR), run(360.0, 14.0, SEPARATOR)];
    let mut sheet = Sheet { runs, ..Sheet::default() };
    sheet.print_code(SEPARATOR_CODE, 255.0, 400.0, 85.0);
    sheet
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
