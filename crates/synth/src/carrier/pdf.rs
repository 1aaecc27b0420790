//! PDF with a text layer: standard 14 fonts in WinAnsi, one text object per run of words, as office
//! and hospital software prints. PDF 32000-1:2008 §9.6.2.2 (standard fonts), annex D (WinAnsi).

use pdf_writer::types::LineCapStyle;
use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use crate::compose::Composed;
use crate::layout::Face;
use crate::paper::{self, HEIGHT, Sheet, WIDTH};
use crate::words;

const FONTS: [(&str, &str); 5] = [
    ("F1", "Helvetica"),
    ("F2", "Helvetica-Bold"),
    ("F3", "Times-Roman"),
    ("F4", "Times-Bold"),
    ("F5", "Courier"),
];

/// The document as a PDF.
pub(crate) fn write(doc: &Composed) -> Vec<u8> {
    from_sheets(&paper::sheets(doc), doc.layout.kind.label)
}

/// Sheets as a PDF.
pub(crate) fn from_sheets(sheets: &[Sheet], title: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    let mut next = 0;
    let mut id = || {
        next += 1;
        Ref::new(next)
    };
    let (catalog, tree, info) = (id(), id(), id());
    let fonts: Vec<Ref> = FONTS.iter().map(|_| id()).collect();
    let pages: Vec<(Ref, Ref)> = sheets.iter().map(|_| (id(), id())).collect();
    pdf.catalog(catalog).pages(tree);
    pdf.document_info(info).title(TextStr(title)).producer(TextStr("synthese"));
    pdf.pages(tree).count(pages.len() as i32).kids(pages.iter().map(|p| p.0));
    for (font, (_, base)) in fonts.iter().zip(FONTS) {
        pdf.type1_font(*font)
            .base_font(Name(base.as_bytes()))
            .encoding_predefined(Name(b"WinAnsiEncoding"));
    }
    for (sheet, (page, content)) in sheets.iter().zip(&pages) {
        let mut p = pdf.page(*page);
        p.parent(tree).media_box(Rect::new(0.0, 0.0, WIDTH, HEIGHT)).contents(*content);
        let mut resources = p.resources();
        let mut dictionary = resources.fonts();
        for (font, (name, _)) in fonts.iter().zip(FONTS) {
            dictionary.pair(Name(name.as_bytes()), *font);
        }
        dictionary.finish();
        resources.finish();
        p.finish();
        let packed = miniz_oxide::deflate::compress_to_vec_zlib(&draw(sheet), 6);
        pdf.stream(*content, &packed).filter(pdf_writer::Filter::FlateDecode);
    }
    pdf.finish()
}

fn draw(sheet: &Sheet) -> Vec<u8> {
    let mut c = Content::new();
    c.set_line_width(0.5).set_line_cap(LineCapStyle::ButtCap);
    for s in &sheet.strokes {
        let y = HEIGHT - s.y;
        if s.h > 0.0 {
            c.rect(s.x, y - s.h, s.w, s.h).stroke();
        } else {
            c.move_to(s.x, y).line_to(s.x + s.w, y).stroke();
        }
    }
    for f in &sheet.fills {
        c.rect(f.x, HEIGHT - f.y - f.h, f.w, f.h);
    }
    if !sheet.fills.is_empty() {
        c.fill_nonzero();
    }
    for r in &sheet.runs {
        let font = match (r.face, r.bold) {
            (Face::Helvetica, false) => "F1",
            (Face::Helvetica, true) => "F2",
            (Face::Times, false) => "F3",
            (Face::Times, true) => "F4",
            (Face::Courier, _) => "F5",
        };
        c.begin_text()
            .set_font(Name(font.as_bytes()), r.size)
            .set_text_matrix([1.0, 0.0, 0.0, 1.0, r.x, HEIGHT - r.y])
            .show(Str(&words::windows_1252(&r.text)))
            .end_text();
    }
    c.finish().to_vec()
}
