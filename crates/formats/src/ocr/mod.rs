//! Character recognition, as two pure steps around a call the caller makes: [`prepare`] a page for
//! Tesseract, then [`merge`] its answers into the reading.
//!
//! ```text
//! prepare ──▶ PGM ──▶ (tesseract, run by the caller with `tesseract_args`) ──▶ TSV ──▶ merge
//! ```
//!
//! Shapes: a page's bytes in, an [`OcrImage`] out with the [`OcrGeometry`] that brings its pixels
//! back to points of the page; TSV in, words with boxes and confidences out. Units: pixels in the
//! image, points on the page, confidence 0 to 100.
//!
//! What the page prints as text is kept, and only words outside it are taken from the recognition.
//! Look-alikes are repaired while the text is built ([`repair`]); every repair is a finding with its
//! place. Numbers read by recognition are to be checked by a person, always.
//!
//! Findings: `ocr`, `ocr-number`, `ocr-low`, `ocr-repair`, `blank-page`, `blank`.
//! Source: Tesseract 5 manual, TSV output.

mod clean;
mod lines;
mod repair;
mod tsv;

use std::collections::BTreeSet;

use relu_record::{
    BoundingBox, Budget, Finding, Format, PageCode, Private, Reading, Refusal, Severity,
    UnreadCode, Word,
};

use crate::code;

use crate::page::order::{Rule, Rules};
use crate::page::printed::{Composer, PAGE_BREAK, PrintedPage, compounds_of};
use crate::page::raster::{Scale, draw};

/// Resolution of the picture given to the recognition. Measured on clean and noisy pages: 200 loses
/// accents in small print, 400 takes half as long again and gains nothing.
const DPI: u16 = 300;
/// Mean confidence under which a page is said to be badly read.
const LOW_CONFIDENCE: u32 = 70;

/// A page ready for the recognition.
#[derive(Clone, Debug, PartialEq)]
pub struct OcrImage {
    /// The picture, as PGM (grey, binary).
    pub png_or_pgm: Vec<u8>,
    /// Its resolution, to be told to the recognition.
    pub dpi: u16,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// How its pixels lie on the page.
    pub geometry: OcrGeometry,
}

/// From pixels of a prepared picture to points of its page: `x = a·px + c·py + e`,
/// `y = b·px + d·py + f`.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct OcrGeometry {
    /// The coefficients `[a, b, c, d, e, f]`.
    pub matrix: [f32; 6],
    /// Straight lines taken out of the picture, in its pixels: `[x0, y0, x1, y1]`. They tell the
    /// rows and cells of tables.
    #[serde(default)]
    pub rules: Vec<[f32; 4]>,
    /// Two-dimensional codes of the page, in its points.
    #[serde(default)]
    pub codes: Vec<PageCode>,
    /// Regions of the page that look like a code nobody could read.
    #[serde(default)]
    pub unread_codes: Vec<UnreadCode>,
}

fn flattened(rules: &Rules) -> Vec<[f32; 4]> {
    let across = rules.horizontal.iter().map(|r| [r.from, r.at, r.to, r.at]);
    let down = rules.vertical.iter().map(|r| [r.at, r.from, r.at, r.to]);
    across.chain(down).map(|line| line.map(|n| n as f32)).collect()
}

impl OcrGeometry {
    /// The lines of the picture by direction.
    fn rules(&self) -> Rules {
        let mut rules = Rules::default();
        for line in &self.rules {
            let [x0, y0, x1, y1] = line.map(f64::from);
            if y0 == y1 {
                rules.horizontal.push(Rule { at: y0, from: x0, to: x1 });
            } else {
                rules.vertical.push(Rule { at: x0, from: y0, to: y1 });
            }
        }
        rules
    }

    fn point(&self, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f] = self.matrix;
        (a * x + c * y + e, b * x + d * y + f)
    }

    /// The upright rectangle on the page around a rectangle of the picture.
    fn page_box(&self, left: f32, top: f32, width: f32, height: f32) -> BoundingBox {
        let corners = [
            self.point(left, top),
            self.point(left + width, top),
            self.point(left, top + height),
            self.point(left + width, top + height),
        ];
        let x = corners.map(|c| c.0);
        let y = corners.map(|c| c.1);
        BoundingBox {
            x0: x.into_iter().fold(f32::INFINITY, f32::min),
            y0: y.into_iter().fold(f32::INFINITY, f32::min),
            x1: x.into_iter().fold(f32::NEG_INFINITY, f32::max),
            y1: y.into_iter().fold(f32::NEG_INFINITY, f32::max),
        }
    }
}

/// What the recognition answered for one page.
#[derive(Clone, Copy)]
pub struct OcrAnswer<'a> {
    /// Page, from 0.
    pub page: u32,
    /// How the picture lay on the page.
    pub image: &'a OcrGeometry,
    /// The TSV.
    pub tsv: &'a str,
}

/// The page as a grey picture: upright, straight, on a white ground. `over` is for a page that was
/// read badly: the other way up.
pub fn prepare(
    bytes: &[u8],
    format: Format,
    page: u32,
    over: bool,
    budget: &Budget,
) -> Result<OcrImage, Refusal> {
    let raster = draw(bytes, format, page, Scale::Dpi(f32::from(DPI)), budget)?;
    let dpi = (72.0 / raster.points.0.max(0.01)).round().clamp(70.0, 2400.0) as u16;
    let picture = raster.image.into_luma8();
    let seen = code::look(&picture, page, raster.points);
    let mut cleaned = clean::clean(picture, over);
    let rules = lines::take_out(&mut cleaned.image);
    let (across, down) = raster.points;
    let [a, b, c, d, e, f] = cleaned.to_source;
    let (width, height) = cleaned.image.dimensions();
    let mut pgm = format!("P5\n{width} {height}\n255\n").into_bytes();
    pgm.extend_from_slice(cleaned.image.as_raw());
    Ok(OcrImage {
        png_or_pgm: pgm,
        dpi,
        width,
        height,
        geometry: OcrGeometry {
            matrix: [a * across, b * down, c * across, d * down, e * across, f * down],
            rules: flattened(&rules),
            codes: seen.read,
            unread_codes: seen.unread,
        },
    })
}

/// Mean confidence of the words of an answer, 0 to 100; none when it holds no word.
pub fn confidence(tsv: &str) -> Option<f32> {
    let geometry = OcrGeometry {
        matrix: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        rules: Vec::new(),
        codes: Vec::new(),
        unread_codes: Vec::new(),
    };
    let page = tsv::read(tsv, &geometry);
    let all: Vec<f32> = page.words().filter_map(|w| w.confidence).map(f32::from).collect();
    (!all.is_empty()).then(|| all.iter().sum::<f32>() / all.len() as f32)
}

/// The arguments of `tesseract`: the picture on standard input, the TSV on standard output.
pub fn tesseract_args(dpi: u16) -> Vec<String> {
    let dpi = dpi.to_string();
    // Page layout found by the recognition (3), its neural engine only (1), French. Its search for
    // tables is off: it reads across their cells and loses words (96 % of the words of a page with
    // tables found with it, 99 % without); rows and cells are found here.
    const TABLES: &str = "textord_tabfind_find_tables=0";
    ["stdin", "stdout", "-l", "fra", "--dpi", &dpi, "--oem", "1", "--psm", "3", "-c", TABLES, "tsv"]
        .map(str::to_owned)
        .to_vec()
}

/// Puts the recognised pages into the reading: text, words, findings. `reading` is as the decoder
/// gave it; answers for pages that do not exist are ignored, pages without an answer keep their text.
pub fn merge(reading: &mut Reading, answers: &[OcrAnswer<'_>]) {
    let own = OwnPages::of(reading);
    let recognised: Vec<(u32, PrintedPage)> = answers
        .iter()
        .filter(|a| (a.page as usize) < reading.pages.len())
        .map(|a| {
            let mut page = tsv::read(a.tsv, a.image);
            tsv::drop_printed(&mut page, own.words(a.page));
            repair::apply(&mut page);
            (a.page, page)
        })
        .collect();

    let compounds = compounds_of(recognised.iter().map(|(_, page)| page));
    let empty = PrintedPage::default();
    let mut composer = Composer::default();
    for number in 0..reading.pages.len() as u32 {
        let more = recognised.iter().find(|(page, _)| *page == number).map_or(&empty, |(_, p)| p);
        composer.page_of_text(own.text(number), own.words(number), more, &compounds);
    }
    let composed = composer.finish();
    reading.text = Private(composed.text);
    reading.words = composed.words;
    let codes = answers.iter().flat_map(|a| &a.image.codes);
    reading.codes.extend(codes.filter(|c| (c.page as usize) < reading.pages.len()).cloned());
    let unread = answers.iter().flat_map(|a| &a.image.unread_codes);
    reading
        .unread_codes
        .extend(unread.filter(|c| (c.page as usize) < reading.pages.len()).cloned());
    code::drop_words(reading);
    reading.ocr |= reading.words.iter().any(|w| w.confidence.is_some());
    note_findings(reading, &recognised, &composed.repaired);
    let done: BTreeSet<u32> = recognised.iter().map(|(page, _)| *page).collect();
    reading.pages_to_recognise.retain(|page| !done.contains(page));
}

/// The text that pages held before recognition.
struct OwnPages {
    pages: Vec<(String, Vec<Word>)>,
}

impl OwnPages {
    fn of(reading: &Reading) -> OwnPages {
        let mut pages: Vec<(String, Vec<Word>)> = Vec::new();
        let mut start = 0;
        for (number, text) in (0u32..).zip(reading.text.split(PAGE_BREAK)) {
            let words = reading
                .words
                .iter()
                .filter(|w| w.page == number && w.span.start >= start)
                .map(|w| Word {
                    span: relu_record::Span::new(w.span.start - start, w.span.end - start),
                    ..*w
                })
                .collect();
            pages.push((text.to_owned(), words));
            start += text.len() + PAGE_BREAK.len_utf8();
        }
        OwnPages { pages }
    }

    fn text(&self, page: u32) -> &str {
        self.pages.get(page as usize).map_or("", |(text, _)| text)
    }

    fn words(&self, page: u32) -> &[Word] {
        self.pages.get(page as usize).map_or(&[], |(_, words)| words)
    }
}

fn note_findings(
    reading: &mut Reading,
    recognised: &[(u32, PrintedPage)],
    repaired: &[relu_record::Span],
) {
    if recognised.is_empty() {
        return;
    }
    let mut findings =
        vec![Finding::new("ocr", Severity::Info, "Texte lu par reconnaissance de caractères.")];
    let numbers = reading
        .words
        .iter()
        .filter(|w| w.confidence.is_some())
        .filter_map(|w| w.span.of(&reading.text))
        .filter(|t| t.contains(|c: char| c.is_ascii_digit()))
        .count();
    if numbers > 0 {
        findings.push(Finding::new(
            "ocr-number",
            Severity::Warning,
            &format!(
                "Les nombres lus par reconnaissance de caractères sont à vérifier ({numbers} dans ce document)."
            ),
        ));
    }
    for span in repaired {
        findings.push(
            Finding::new(
                "ocr-repair",
                Severity::Info,
                "Caractère mal reconnu corrigé : à vérifier sur l'image.",
            )
            .at(*span),
        );
    }
    for (number, page) in recognised {
        findings.extend(page_finding(*number, page));
    }
    if reading.words.is_empty() {
        findings.push(Finding::new(
            "blank",
            Severity::Warning,
            "Le document ne contient rien de lisible, même par reconnaissance de caractères.",
        ));
    }
    reading.findings.extend(findings);
}

/// What is to be said of one recognised page: blank, or badly read.
fn page_finding(number: u32, page: &PrintedPage) -> Option<Finding> {
    let confidences: Vec<u32> = page.words().filter_map(|w| w.confidence).map(u32::from).collect();
    let count = u32::try_from(confidences.len()).unwrap_or(u32::MAX);
    if count == 0 {
        return Some(Finding::new(
            "blank-page",
            Severity::Info,
            &format!("Page {} : aucun texte reconnu.", number + 1),
        ));
    }
    let mean = confidences.iter().sum::<u32>() / count;
    (mean < LOW_CONFIDENCE).then(|| {
        Finding::new(
            "ocr-low",
            Severity::Warning,
            &format!(
                "Page {} : lecture peu sûre (confiance moyenne de {mean} %). Relire sur l'image.",
                number + 1
            ),
        )
    })
}
