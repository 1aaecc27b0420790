//! PDF to a reading: the text in reading order with the box of every word, the pages that need
//! character recognition, the documents attached.
//!
//! Shapes: bytes in, [`Reading`] or [`Refusal`] out. Units: points, origin at the top left of the
//! page as it is shown (rotation and crop box applied).
//!
//! The page is interpreted once by the same parser that draws it on the screen, so that a word's
//! box and its picture agree:
//!
//! ```text
//! open ──▶ glyphs (what is drawn, where) ──▶ words ──▶ order (columns, tables) ──▶ text
//! ```
//!
//! Refusals: `empty`, `encrypted`, `damaged`, `too-many-pages`, `work-limit`.
//! Findings: `pdf-repaired`, `blank`, `unmapped-font`, `picture-only`, `attachment-left-out`.
//! Source: ISO 32000-2 (PDF 2.0), sections 9 (text), 12.5 (annotations), 7.11 (embedded files).

mod attachments;
mod fields;
mod glyphs;
mod open;
mod unicode;
mod unnamed;
mod words;

use hayro::vello_cpu::kurbo::Rect;
use hayro_interpret::{Context, InterpreterCache, InterpreterSettings, interpret_page};
use hayro_syntax::page::Page as PdfPage;
use relu_record::{
    Budget, Finding, Format, Page, Private, Reading, Refusal, RefusalCode, Severity, Sourced,
};

use crate::Input;
use crate::code;
use crate::page::order::{self, Rules, Token};
use crate::page::printed::{PrintedPage, compose};
use crate::page::raster::{Scale, draw};
use glyphs::Collector;
use unnamed::Unnamed;

pub(crate) use open::{decode_text, open, page_transform};
pub(crate) use unicode::push_char;

/// Pages with text that are drawn to look for a code, at most, and how large.
const MAX_CODE_PAGES: usize = 3;
const CODE_DPI: f32 = 200.0;

/// Reads a PDF.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    let opened = open(input.bytes)?;
    let pages = opened.pdf.pages();
    if pages.len() > budget.max_pages {
        return Err(Refusal::new(
            RefusalCode::TooManyPages,
            &format!(
                "Le document a {} pages ; la limite est de {}.",
                pages.len(),
                budget.max_pages
            ),
        ));
    }

    let mut reading = Reading::new(Format::Pdf, "application/pdf");
    let cache = InterpreterCache::new();
    let mut printed = Vec::with_capacity(pages.len());
    let mut with_codes = 0_usize;
    for (number, page) in (0u32..).zip(pages.iter()) {
        let seen = look_at(page, &cache, budget)?;
        let (width, height) = page.render_dimensions();
        reading.pages.push(Page { width, height });
        printed.push(read_page(number, page, &seen, &mut reading));
        let drawn_later = reading.pages_to_recognise.last() == Some(&number);
        if seen.square_picture && !drawn_later && with_codes < MAX_CODE_PAGES {
            with_codes += 1;
            let seen = codes(input.bytes, number, budget);
            reading.codes.extend(seen.read);
            reading.unread_codes.extend(seen.unread);
        }
    }
    let (text, words) = compose(&printed);
    reading.text = Private(text);
    reading.words = words;
    code::drop_words(&mut reading);
    reading.header.title = open::title(&opened.pdf).map(|t| Sourced::new(Private(t), "Info/Title"));
    reading.parts = attachments::read(&opened.pdf, budget, &mut reading.findings);
    describe(&opened, &mut reading);
    Ok(reading)
}

/// The codes of a page that prints its text; one that waits for recognition is drawn then.
fn codes(bytes: &[u8], page: u32, budget: &Budget) -> code::Seen {
    let drawn = draw(bytes, Format::Pdf, page, Scale::Dpi(CODE_DPI), budget);
    drawn.map(|r| code::look(&r.image.into_luma8(), page, r.points)).unwrap_or_default()
}

/// Interprets a page and notes what is drawn on it.
fn look_at<'a, 'b>(
    page: &'a PdfPage<'a>,
    cache: &InterpreterCache<'a>,
    budget: &'b Budget,
) -> Result<Collector<'b>, Refusal> {
    let (width, height) = page.render_dimensions();
    let bounds = Rect::new(0.0, 0.0, f64::from(width), f64::from(height));
    let mut collector = Collector::new(width, height, budget, Unnamed::of(page.resources()));
    let settings = InterpreterSettings::default();
    let mut context =
        Context::new(open::page_transform(page), bounds, cache, page.xref(), settings);
    interpret_page(page, &mut context, &mut collector);
    if collector.overrun { Err(open::work_limit()) } else { Ok(collector) }
}

/// The text of a page, and whether the page needs character recognition.
fn read_page(
    number: u32,
    page: &PdfPage<'_>,
    seen: &Collector<'_>,
    reading: &mut Reading,
) -> PrintedPage {
    let mut printed = PrintedPage::default();
    let no_rules = Rules::default();
    let values = fields::values(page, &seen.glyphs);
    for frame in words::frames(seen, values) {
        // Rules part rows and cells where the text is upright.
        let rules = if frame.angle == 0 { &seen.rules } else { &no_rules };
        let place = |token: &Token| frame.page_box(token);
        printed.blocks.extend(order::blocks(frame.tokens.clone(), rules, &place));
    }
    let letters = seen.letters.chars().filter(|c| c.is_alphanumeric()).count();
    let unreadable = seen.unmapped >= 5 && seen.unmapped * 4 > seen.glyphs.len();
    if unreadable {
        reading.findings.push(Finding::new(
            "unmapped-font",
            Severity::Warning,
            &format!(
                "Page {} : une police ne dit pas à quelles lettres correspondent ses signes. Le texte est lu par reconnaissance de caractères.",
                number + 1
            ),
        ));
        // What the font does name is not enough to be read without the rest.
        printed = PrintedPage::default();
    }
    let pictured = seen.picture_share > 0.03 || seen.curves > 400;
    let scanned = seen.picture_share > 0.5 && letters < 150;
    if unreadable || (pictured && letters < 12) || scanned {
        reading.pages_to_recognise.push(number);
    }
    printed
}

/// Findings about the document as a whole.
fn describe(opened: &open::Opened, reading: &mut Reading) {
    let mut note = |code, severity, message: &str| {
        reading.findings.push(Finding::new(code, severity, message));
    };
    if opened.repaired {
        note(
            "pdf-repaired",
            Severity::Info,
            "Le fichier PDF était abîmé : il a été réparé pour être lu. Vérifier qu'il est complet.",
        );
    }
    if reading.words.is_empty() && reading.pages_to_recognise.is_empty() {
        note(
            "blank",
            Severity::Warning,
            "Le document ne contient rien de lisible : pages blanches.",
        );
    }
}
