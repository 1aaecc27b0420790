//! Pages taken out of a file are a file of the same kind that holds those pages and nothing else.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use relu_formats::{Input, extract, read};
use relu_record::{Budget, Format};

/// A PDF of three pages, one word on each, a picture-free file made by hand.
fn three_pages() -> Vec<u8> {
    let mut out = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    let mut put = |out: &mut Vec<u8>, body: &str| {
        places.push(out.len());
        let n = places.len();
        out.extend(format!("{n} 0 obj\n{body}\nendobj\n").into_bytes());
    };
    put(&mut out, "<</Type/Catalog/Pages 2 0 R>>");
    put(&mut out, "<</Type/Pages/Count 3/Kids[4 0 R 6 0 R 8 0 R]>>");
    put(&mut out, "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>");
    for word in ["Premiere", "Deuxieme", "Troisieme"] {
        let content = format!("BT /F1 24 Tf 72 700 Td ({word}) Tj ET");
        let n = places_len(&out);
        put(
            &mut out,
            &format!(
                "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R>>>>/Contents {} 0 R>>",
                n + 2
            ),
        );
        put(&mut out, &format!("<</Length {}>>\nstream\n{content}\nendstream", content.len()));
    }
    let at = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", places.len() + 1).into_bytes());
    for p in &places {
        out.extend(format!("{p:010} 00000 n \n").into_bytes());
    }
    let trailer =
        format!("trailer\n<</Size {}/Root 1 0 R>>\nstartxref\n{at}\n%%EOF\n", places.len() + 1);
    out.extend(trailer.into_bytes());
    out
}

/// Objects written so far.
fn places_len(out: &[u8]) -> usize {
    String::from_utf8_lossy(out).matches(" 0 obj\n").count()
}

fn text_of(bytes: &[u8]) -> (usize, String) {
    let input = Input { bytes, name: None, media_type: None };
    let reading = read(&input, &Budget::standard()).unwrap();
    (reading.pages.len(), reading.text.0.clone())
}

#[test]
fn a_pdf_gives_its_pages_and_nothing_of_the_others() {
    let whole = three_pages();
    assert_eq!(text_of(&whole).0, 3);
    let budget = Budget::standard();
    let two = extract::pages(&whole, Format::Pdf, &[1, 2], &budget).unwrap();
    let (pages, text) = text_of(&two);
    assert_eq!(pages, 2);
    assert!(text.contains("Deuxieme") && text.contains("Troisieme") && !text.contains("Premiere"));
    let one = extract::pages(&whole, Format::Pdf, &[0], &budget).unwrap();
    assert_eq!(text_of(&one), (1, text_of(&one).1));
    assert!(text_of(&one).1.contains("Premiere"));
    // The same pages give the same bytes; a page that is not there gives none.
    assert_eq!(two, extract::pages(&whole, Format::Pdf, &[1, 2], &budget).unwrap());
    assert!(extract::pages(&whole, Format::Pdf, &[9], &budget).is_err());
    assert!(extract::pages(b"Bonjour", Format::Text, &[0], &budget).is_err());
}

/// A TIFF of three bilevel pages of 32 by 8, uncompressed, each with a pattern of its own.
fn three_frames() -> Vec<u8> {
    let mut out = b"II\x2a\0\0\0\0\0".to_vec();
    let mut link = 4;
    for pattern in [0x11u8, 0x22, 0x44] {
        let strip = out.len() as u32;
        out.extend([pattern; 32]);
        let here = (out.len() as u32).to_le_bytes();
        out[link..link + 4].copy_from_slice(&here);
        let fields: [(u16, u32); 8] =
            [(256, 32), (257, 8), (258, 1), (259, 1), (262, 0), (273, strip), (278, 8), (279, 32)];
        out.extend((fields.len() as u16).to_le_bytes());
        for (tag, value) in fields {
            out.extend(tag.to_le_bytes());
            out.extend(4u16.to_le_bytes());
            out.extend(1u32.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        link = out.len();
        out.extend(0u32.to_le_bytes());
    }
    out
}

#[test]
fn a_tiff_gives_its_pages_and_nothing_of_the_others() {
    let whole = three_frames();
    let budget = Budget::standard();
    let part = extract::pages(&whole, Format::Image, &[2, 0], &budget).unwrap();
    let reading = read(&Input { bytes: &part, name: None, media_type: None }, &budget).unwrap();
    assert_eq!(reading.pages.len(), 2);
    let count = |b: u8| part.iter().filter(|x| **x == b).count();
    assert!(count(0x44) >= 32 && count(0x11) >= 32, "the strips of the pages wanted are there");
    assert!(count(0x22) < 4, "a page that was not wanted is not");
    assert!(extract::pages(&whole, Format::Image, &[7], &budget).is_err());
    assert!(extract::pages(b"MM\0\x2a\0\0\0\x08", Format::Image, &[0], &budget).is_err());
}
