//! Small PDFs written by hand, one per thing that a reader of French clinical letters must get right.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

use relu_formats::{Input, page, pdf};
use relu_record::{Budget, Format, Reading, Refusal, RefusalCode};

/// A file of these objects (the first is number 1 and the catalog), with a sound cross-reference
/// table.
fn file(objects: &[String], trailer: &str) -> Vec<u8> {
    let mut out = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n".to_vec();
    let mut offsets = Vec::new();
    for (n, object) in objects.iter().enumerate() {
        offsets.push(out.len());
        out.extend(format!("{} 0 obj\n", n + 1).bytes());
        // Latin-1: one byte a character.
        out.extend(object.chars().map(|c| c as u8));
        out.extend(b"\nendobj\n");
    }
    let xref = out.len();
    out.extend(format!("xref\n0 {}\n0000000000 65535 f \n", objects.len() + 1).bytes());
    for offset in offsets {
        out.extend(format!("{offset:010} 00000 n \n").bytes());
    }
    let size = objects.len() + 1;
    out.extend(
        format!("trailer\n<< /Size {size} /Root 1 0 R {trailer} >>\nstartxref\n{xref}\n%%EOF\n")
            .bytes(),
    );
    out
}

/// A one-page file with that content stream; `page` and `more` add to the page and to the file.
fn one_page(content: &str, page: &str, more: &[String]) -> Vec<u8> {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R {page} \
             /Resources << /Font << /F 5 0 R >> >> >>"
        ),
        stream("", content),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>"
            .to_owned(),
    ];
    objects.extend_from_slice(more);
    file(&objects, "")
}

fn stream(dict: &str, content: &str) -> String {
    format!("<< /Length {} {dict} >>\nstream\n{content}\nendstream", content.chars().count())
}

/// Lines of 11 point text at these places.
fn text(lines: &[(i32, i32, &str)]) -> String {
    let mut out = String::from("BT /F 11 Tf\n");
    for (x, y, line) in lines {
        out.push_str(&format!("1 0 0 1 {x} {y} Tm ({line}) Tj\n"));
    }
    out + "ET"
}

fn read(bytes: &[u8]) -> Result<Reading, Refusal> {
    pdf::read(&Input { bytes, name: None, media_type: None }, &Budget::standard())
}

fn text_of(bytes: &[u8]) -> String {
    read(bytes).unwrap().text.to_string()
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.findings.iter().map(|f| f.code.as_str()).collect()
}

#[test]
fn french_letters_come_out_right() {
    let content =
        text(&[(72, 700, "\u{9c}d\u{e8}me, 5 \u{b5}mol/L, l\u{92}h\u{f4}pital, Na\u{ef}m \u{80}")]);
    assert_eq!(text_of(&one_page(&content, "", &[])), "œdème, 5 µmol/L, l’hôpital, Naïm €\n");
}

#[test]
fn an_accent_drawn_over_its_letter_is_one_letter() {
    // As TeX does with its old fonts: the accent, a step back, the letter.
    let content = "BT /F 10 Tf 72 700 Td [(d) 0 (\u{b4}) 445 (ef) 0 (\u{a8}) 445 (e)] TJ ET";
    assert_eq!(text_of(&one_page(content, "", &[])), "défë\n");
}

#[test]
fn spaces_are_told_from_gaps_and_kerning_is_not_a_space() {
    let content = "BT /F 10 Tf 72 700 Td [(Mon) -300 (sieur) -20 (s) 60 (DU) 40 (PONT)] TJ ET";
    assert_eq!(text_of(&one_page(content, "", &[])), "Mon sieursDUPONT\n");
    let content = "BT /F 10 Tf 3 Tc 72 700 Td (CONCLUSION) Tj ET";
    assert_eq!(text_of(&one_page(content, "", &[])), "CONCLUSION\n");
}

#[test]
fn two_columns_are_read_one_after_the_other() {
    let left = [
        "Le patient a ete vu en",
        "consultation ce jour pour",
        "un controle de routine sans",
        "particularite notable.",
    ];
    let right = [
        "Le traitement reste sans",
        "changement pour trois mois",
        "avec une prise de sang au",
        "laboratoire de la ville.",
    ];
    let mut lines = Vec::new();
    for (n, (l, r)) in left.iter().zip(right).enumerate() {
        let y = 700 - 14 * n as i32;
        lines.push((72, y, *l));
        lines.push((320, y, r));
    }
    let read = text_of(&one_page(&text(&lines), "", &[]));
    assert_eq!(read, format!("{}\n\n{}\n", left.join("\n"), right.join("\n")));
}

#[test]
fn a_table_is_read_row_by_row_with_tabs() {
    let mut lines = Vec::new();
    let rows = [
        ["Sodium", "140", "mmol/L"],
        ["Potassium", "4,1", "mmol/L"],
        ["Calcium", "2,35", "mmol/L"],
    ];
    for (n, row) in rows.iter().enumerate() {
        for (column, cell) in row.iter().enumerate() {
            lines.push((72 + 130 * column as i32, 700 - 16 * n as i32, *cell));
        }
    }
    let read = text_of(&one_page(&text(&lines), "", &[]));
    assert_eq!(read, "Sodium\t140\tmmol/L\nPotassium\t4,1\tmmol/L\nCalcium\t2,35\tmmol/L\n");
}

#[test]
fn a_wrapped_cell_of_a_ruled_row_stays_on_its_row() {
    let mut content = text(&[
        (80, 700, "FUROSEMIDE 40 mg"),
        (80, 686, "comprime secable"),
        (250, 700, "1 comprime le matin"),
        (80, 660, "BISOPROLOL 2,5 mg"),
        (250, 660, "1 comprime le soir"),
    ]);
    for y in [714, 676, 650] {
        content.push_str(&format!("\n72 {y} m 450 {y} l S"));
    }
    let read = text_of(&one_page(&content, "", &[]));
    assert_eq!(
        read,
        "FUROSEMIDE 40 mg comprime secable\t1 comprime le matin\nBISOPROLOL 2,5 mg\t1 comprime le soir\n"
    );
}

#[test]
fn boxes_follow_the_rotation_of_the_page() {
    let content = text(&[(100, 700, "Bonjour")]);
    let upright = read(&one_page(&content, "", &[])).unwrap();
    let b = upright.words[0].bbox;
    assert!((b.x0 - 100.0).abs() < 1.0 && b.y0 < 142.0 && b.y1 > 142.0, "{b:?}");
    let turned = read(&one_page(&content, "/Rotate 90", &[])).unwrap();
    assert_eq!((turned.pages[0].width, turned.pages[0].height), (842.0, 595.0));
    let b = turned.words[0].bbox;
    // A quarter turn clockwise brings (100, 700) to (700, 100) from the top left.
    assert!(b.x0 < 700.0 && b.x1 > 700.0 && (b.y0 - 100.0).abs() < 1.0, "{b:?}");
    assert_eq!(*turned.text, "Bonjour\n");
}

#[test]
fn words_point_to_their_letters() {
    let reading =
        read(&one_page(&text(&[(72, 700, "une hospi-"), (72, 686, "talisation")]), "", &[]))
            .unwrap();
    assert_eq!(*reading.text, "une hospitalisation\n");
    let words: Vec<&str> =
        reading.words.iter().map(|w| w.span.of(&reading.text).unwrap()).collect();
    assert_eq!(words, ["une", "hospi", "talisation"]);
    assert!(reading.words[2].bbox.y0 > reading.words[1].bbox.y0 + 10.0);
}

#[test]
fn invisible_text_is_text_and_bold_by_printing_twice_is_not_two() {
    let content = "BT /F 11 Tf 3 Tr 72 700 Td (couche de reconnaissance) Tj ET";
    assert_eq!(text_of(&one_page(content, "", &[])), "couche de reconnaissance\n");
    let content = text(&[(72, 700, "Conclusion"), (72, 700, "Conclusion")]);
    assert_eq!(text_of(&one_page(&content, "", &[])), "Conclusion\n");
}

#[test]
fn what_a_form_field_shows_is_text() {
    let widget = "/Annots [6 0 R]";
    let more = [
        "<< /Type /Annot /Subtype /Widget /FT /Tx /F 4 /Rect [100 600 300 620] /V (DUPONT) \
         /AP << /N 7 0 R >> >>"
            .to_owned(),
        stream(
            "/Type /XObject /Subtype /Form /BBox [0 0 200 20] /Resources << /Font << /F 5 0 R >> >>",
            "BT /F 11 Tf 2 5 Td (DUPONT) Tj ET",
        ),
    ];
    let read = text_of(&one_page(&text(&[(40, 605, "Nom :")]), widget, &more));
    assert_eq!(read, "Nom :\tDUPONT\n");
}

#[test]
fn attachments_are_parts() {
    let mut objects = vec![
        "<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles << /Names [(a) 5 0 R] >> >> >>"
            .to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>".to_owned(),
        stream("", ""),
        "<< /Type /Filespec /F (lettre.txt) /EF << /F 6 0 R >> >>".to_owned(),
        stream("/Type /EmbeddedFile /Subtype /text#2Fplain", "Bonjour"),
    ];
    let reading = read(&file(&objects, "")).unwrap();
    let part = &reading.parts[0];
    assert_eq!((part.path.as_str(), part.bytes.as_slice()), ("pièce jointe 1", &b"Bonjour"[..]));
    assert_eq!(part.media_type.as_deref(), Some("text/plain"));
    assert_eq!(part.name.as_ref().map(|n| n.as_str()), Some("lettre.txt"));
    assert_eq!(codes(&reading), ["blank"]);
    // A name tree that contains itself ends.
    objects[0] = "<< /Type /Catalog /Pages 2 0 R /Names << /EmbeddedFiles 7 0 R >> >>".to_owned();
    objects.push("<< /Kids [7 0 R 7 0 R] /Names [(a) 5 0 R] >>".to_owned());
    assert_eq!(read(&file(&objects, "")).unwrap().parts.len(), 1);
}

#[test]
fn a_scan_waits_for_recognition_and_a_logo_does_not() {
    let image = |w: u32, h: u32, text: &str| {
        format!("q {w} 0 0 {h} 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \u{80} EI Q {text}")
    };
    let scan = read(&one_page(&image(595, 842, ""), "", &[])).unwrap();
    assert_eq!((scan.pages_to_recognise.as_slice(), codes(&scan)), (&[0][..], vec![]));
    let letter = text(&[(72, 700, "Lettre avec un logo en bas de page")]);
    let logo = read(&one_page(&image(100, 60, &letter), "", &[])).unwrap();
    assert!(logo.pages_to_recognise.is_empty());
}

#[test]
fn a_font_that_does_not_name_its_letters_is_said_and_recognised() {
    let more = [
        "<< /Type /Font /Subtype /Type3 /FontBBox [0 0 10 10] /FontMatrix [0.1 0 0 0.1 0 0] \
         /FirstChar 97 /LastChar 97 /Widths [10] /Encoding << /Type /Encoding /Differences [97 /g1] >> \
         /CharProcs << /g1 7 0 R >> >>"
            .to_owned(),
        stream("", "10 0 0 0 10 10 d1 0 0 8 8 re f"),
    ];
    let mut content = "BT /G 12 Tf 72 700 Td (aaaaaaaaaa) Tj ET".to_owned();
    content.push(' ');
    let bytes = one_page(&content, "/Tabs /S", &more);
    // The page's fonts gain the Type 3 font, at the same length so that offsets hold.
    let bytes = replaced(
        &bytes,
        "/Tabs /S /Resources << /Font << /F 5 0 R >> >>",
        "/Resources << /Font << /G 6 0 R >> >>         ",
    );
    let reading = read(&bytes).unwrap();
    assert_eq!(
        (reading.pages_to_recognise.as_slice(), codes(&reading)),
        (&[0][..], vec!["unmapped-font"])
    );
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let at =
        bytes.windows(from.len()).position(|w| w == from.as_bytes()).expect("the text to replace");
    let mut out = bytes.to_vec();
    out[at..at + to.len()].copy_from_slice(to.as_bytes());
    out
}

#[test]
fn refusals_are_told_apart() {
    let code = |bytes: &[u8]| read(bytes).map(|_| ()).map_err(|r| r.code);
    assert_eq!(code(b""), Err(RefusalCode::Empty));
    let good = one_page(&text(&[(72, 700, "Bonjour")]), "", &[]);
    assert_eq!(code(&good[..60]), Err(RefusalCode::Damaged));
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>".to_owned(),
        format!("<< /Filter /Standard /V 1 /R 2 /P -4 /O <{0}> /U <{0}> >>", "5a".repeat(32)),
    ];
    let locked = file(&objects, "/Encrypt 4 0 R /ID [<00> <00>]");
    assert_eq!(code(&locked), Err(RefusalCode::Encrypted));
    let mut few = Budget::standard();
    few.max_pages = 0;
    let input = Input { bytes: &good, name: None, media_type: None };
    assert_eq!(
        pdf::read(&input, &few).map(|_| ()).map_err(|r| r.code),
        Err(RefusalCode::TooManyPages)
    );
    let poor = Budget::with(3, 1 << 20);
    assert_eq!(
        pdf::read(&input, &poor).map(|_| ()).map_err(|r| r.code),
        Err(RefusalCode::WorkLimit)
    );
}

#[test]
fn a_file_without_its_table_is_repaired_and_says_so() {
    let good = one_page(&text(&[(72, 700, "Bonjour docteur")]), "", &[]);
    assert!(codes(&read(&good).unwrap()).is_empty());
    let cut = good.windows(4).rposition(|w| w == b"xref").unwrap();
    let cut = good[..cut].windows(4).rposition(|w| w == b"xref").unwrap();
    let reading = read(&[&good[..cut], b"trailer << /Root 1 0 R >>"].concat()).unwrap();
    assert_eq!(
        (reading.text.as_str(), codes(&reading)),
        ("Bonjour docteur\n", vec!["pdf-repaired"])
    );
}

#[test]
fn pages_are_told_apart_by_form_feeds() {
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R 3 0 R] /Count 2 /Resources << /Font << /F 5 0 R >> >> >>"
            .to_owned(),
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>".to_owned(),
        stream("", &text(&[(72, 700, "Page")])),
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>".to_owned(),
    ];
    let reading = read(&file(&objects, "")).unwrap();
    assert_eq!(*reading.text, "Page\n\u{c}Page\n");
    assert_eq!(reading.words.iter().map(|w| w.page).collect::<Vec<_>>(), [0, 1]);
}

#[test]
fn a_page_is_drawn_and_its_size_is_capped() {
    let bytes = one_page(&text(&[(72, 700, "Bonjour")]), "", &[]);
    let drawn = page::render(&bytes, Format::Pdf, 0, 400, &Budget::standard()).unwrap();
    assert_eq!((drawn.width, drawn.height), (400, 566));
    assert!(drawn.png.starts_with(b"\x89PNG"));
    let none = page::render(&bytes, Format::Pdf, 7, 400, &Budget::standard());
    assert_eq!(none.map(|_| ()).map_err(|r| r.code), Err(RefusalCode::MissingPart));
    let huge = replaced(&bytes, "/MediaBox [0 0 595 842]", "/MediaBox[0 0 9999 9999");
    let huge = replaced(&huge, " /Contents", "]/Contents");
    let drawn = page::render(&huge, Format::Pdf, 0, 60_000, &Budget::standard()).unwrap();
    assert!(drawn.width <= 8_000 && drawn.width * drawn.height <= 20_100_000);
}

/// Files broken in a thousand ways, always the same ones: the reader answers, or refuses.
#[test]
fn broken_files_never_panic() {
    let seeds = [
        one_page(
            &text(&[(72, 700, "Bonjour docteur"), (72, 680, "hospi-"), (72, 666, "tal")]),
            "",
            &[],
        ),
        one_page(
            "q 500 0 0 500 0 0 cm BI /W 1 /H 1 /CS /G /BPC 8 ID \u{80} EI Q 72 700 m 300 700 l S",
            "/Rotate 90",
            &[],
        ),
    ];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut next = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state % below.max(1) as u64) as usize
    };
    let tokens: [&[u8]; 10] =
        [b"-1", b"99999999999", b"<<", b">>", b"[", b"/Kids", b"3 0 R", b"(", b"0", b"1e38"];
    let mut panics = 0;
    for round in 0..800 {
        let mut bytes = seeds[round % seeds.len()].clone();
        for _ in 0..1 + next(4) {
            let at = next(bytes.len());
            match next(4) {
                0 => bytes[at] = next(256) as u8,
                1 => bytes.truncate(at.max(1)),
                2 => {
                    let token = tokens[next(tokens.len())];
                    let end = (at + token.len()).min(bytes.len());
                    bytes.splice(at..end, token.iter().copied());
                }
                _ => {
                    let end = (at + next(40)).min(bytes.len());
                    bytes.drain(at..end);
                }
            }
        }
        let budget = Budget::with(1_000_000, 64 << 20);
        let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let input = Input { bytes: &bytes, name: None, media_type: None };
            let _ = pdf::read(&input, &budget);
            let _ = page::render(&bytes, Format::Pdf, 0, 120, &budget);
        }));
        if outcome.is_err() {
            panics += 1;
            eprintln!("round {round} panicked");
        }
    }
    assert_eq!(panics, 0);
}
