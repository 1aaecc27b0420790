//! From a page to its recognised words: the merge on answers written by hand, and the whole way
//! through Tesseract where it is installed (it must be when `CI=true`).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod piped;

use std::process::{Command, Stdio};

use relu_formats::ocr::{self, OcrAnswer, OcrGeometry};
use relu_formats::{Input, page, pdf, picture};
use relu_record::{Budget, Format, Page, Private, Reading, Span, Word};

/// A picture whose pixels are the points of its page.
fn plain() -> OcrGeometry {
    OcrGeometry {
        matrix: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0],
        rules: Vec::new(),
        codes: Vec::new(),
        unread_codes: Vec::new(),
    }
}

fn scan(pages: u32) -> Reading {
    let mut reading = Reading::new(Format::Image, "image/tiff");
    reading.pages = vec![Page { width: 600.0, height: 800.0 }; pages as usize];
    reading.pages_to_recognise = (0..pages).collect();
    reading
}

/// A TSV of words at `(left, top)`, 12 high, with a confidence.
fn tsv(words: &[(u32, u32, u8, &str)]) -> String {
    let mut out = String::from(
        "level\tpage_num\tblock_num\tpar_num\tline_num\tword_num\tleft\ttop\twidth\theight\tconf\ttext\n",
    );
    out.push_str("1\t1\t0\t0\t0\t0\t0\t0\t600\t800\t-1\t\n");
    for (n, (left, top, confidence, text)) in words.iter().enumerate() {
        let width = 7 * text.chars().count();
        out.push_str(&format!(
            "5\t1\t1\t1\t{top}\t{n}\t{left}\t{top}\t{width}\t12\t{confidence}\t{text}\n"
        ));
    }
    out
}

fn codes(reading: &Reading) -> Vec<&str> {
    reading.findings.iter().map(|f| f.code.as_str()).collect()
}

#[test]
fn answers_become_text_in_page_order() {
    let mut reading = scan(3);
    let first = tsv(&[(50, 100, 95, "Bonjour"), (120, 100, 91, "docteur")]);
    let third = tsv(&[(50, 100, 95, "Fin")]);
    let blank = tsv(&[]);
    let image = plain();
    let answer = |page, tsv| OcrAnswer { page, image: &image, tsv };
    ocr::merge(
        &mut reading,
        &[answer(2, &third), answer(0, &first), answer(1, &blank), answer(9, &first)],
    );
    assert_eq!(*reading.text, "Bonjour docteur\n\u{c}\u{c}Fin\n");
    assert_eq!(reading.words.iter().map(|w| w.page).collect::<Vec<_>>(), [0, 0, 2]);
    assert_eq!(reading.words[1].confidence, Some(91));
    assert!(reading.ocr && reading.pages_to_recognise.is_empty());
    assert_eq!(codes(&reading), ["ocr", "blank-page"]);
}

#[test]
fn a_recognised_table_is_read_row_by_row_whatever_the_order_of_the_answer() {
    let mut reading = scan(1);
    let columns = tsv(&[
        (50, 100, 95, "Sodium"),
        (50, 120, 95, "Potassium"),
        (300, 100, 95, "140"),
        (300, 120, 95, "4,1"),
    ]);
    ocr::merge(&mut reading, &[OcrAnswer { page: 0, image: &plain(), tsv: &columns }]);
    assert_eq!(*reading.text, "Sodium\t140\nPotassium\t4,1\n");
    assert_eq!(codes(&reading), ["ocr", "ocr-number"]);
}

#[test]
fn repairs_are_said_with_their_place_and_bad_pages_are_said_too() {
    let mut reading = scan(1);
    let words = tsv(&[
        (50, 100, 40, "HbAïc"),
        (92, 100, 45, "7,2"),
        (50, 116, 50, "24"),
        (80, 116, 50, "kg/m°"),
    ]);
    ocr::merge(&mut reading, &[OcrAnswer { page: 0, image: &plain(), tsv: &words }]);
    assert_eq!(*reading.text, "HbA1c 7,2\n24 kg/m²\n");
    let repaired: Vec<&str> = reading
        .findings
        .iter()
        .filter(|f| f.code == "ocr-repair")
        .map(|f| f.span.unwrap().of(&reading.text).unwrap())
        .collect();
    assert_eq!(repaired, ["HbA1c", "kg/m²"]);
    assert!(codes(&reading).contains(&"ocr-low"));
}

#[test]
fn what_the_page_prints_is_kept_and_not_read_twice() {
    let mut reading = scan(1);
    reading.text = Private("Page 1/2\n".to_owned());
    let bbox = relu_record::BoundingBox { x0: 500.0, y0: 20.0, x1: 580.0, y1: 34.0 };
    reading.words = vec![Word { span: Span::new(0, 8), page: 0, bbox, confidence: None }];
    let words = tsv(&[(510, 21, 90, "Pag3"), (50, 100, 90, "Compte"), (110, 100, 90, "rendu")]);
    ocr::merge(&mut reading, &[OcrAnswer { page: 0, image: &plain(), tsv: &words }]);
    assert_eq!(*reading.text, "Page 1/2\n\nCompte rendu\n");
    assert_eq!(reading.words[0].span.of(&reading.text), Some("Page 1/2"));
    assert_eq!(reading.words[0].confidence, None);
}

#[test]
fn odd_answers_are_survived() {
    for tsv in [
        "",
        "5\t1",
        "5\t1\t1\t1\t1\t1\tx\t2\t3\t4\t5\tmot",
        "5\t1\t1\t1\t1\t1\t1\t1\t1\t1\t200\ta b",
        "\u{0}\n\n5\t\t",
    ] {
        let mut reading = scan(1);
        ocr::merge(&mut reading, &[OcrAnswer { page: 0, image: &plain(), tsv }]);
        assert!(reading.text.is_empty());
        assert!(codes(&reading).contains(&"blank"));
    }
}

/// A page of text as a PDF, drawn, turned, and recognised again: words and places must come back.
#[test]
fn a_scanned_letter_comes_back_with_its_words_and_their_places() {
    if !has_tesseract() {
        return;
    }
    let lines = [
        "Compte rendu de consultation",
        "Monsieur Paul DURAND, ne le 12/03/1950, est suivi pour une hypertension",
        "arterielle traitee par BISOPROLOL 2,5 mg, un comprime le matin.",
        "Le bilan du 4 avril 2024 montre une creatinine stable et une kaliemie normale.",
        "La prochaine consultation aura lieu dans six mois avec le meme bilan sanguin.",
        "Avec mes confraternelles salutations, Docteur Anne MARTIN",
    ];
    let mut content = String::from("BT /F 12 Tf\n");
    for (n, line) in lines.iter().enumerate() {
        content.push_str(&format!("1 0 0 1 70 {} Tm ({line}) Tj\n", 750 - 24 * n));
    }
    content.push_str("ET");
    let original = one_page(&content);
    let printed = pdf::read(&input(&original), &Budget::standard()).unwrap();
    let drawn = page::render(&original, Format::Pdf, 0, 1653, &Budget::standard()).unwrap();
    let upright = image::load_from_memory(&drawn.png).unwrap();
    for (turn, picture) in [
        ("upright", upright.clone()),
        ("upside down", upright.rotate180()),
        ("lying", upright.rotate90()),
    ] {
        let mut png = Vec::new();
        picture.write_to(&mut std::io::Cursor::new(&mut png), image::ImageFormat::Png).unwrap();
        let mut reading = picture::read(&input(&png), &Budget::standard()).unwrap();
        let image = ocr::prepare(&png, Format::Image, 0, false, &Budget::standard()).unwrap();
        let tsv = tesseract(&image.png_or_pgm, image.dpi);
        ocr::merge(&mut reading, &[OcrAnswer { page: 0, image: &image.geometry, tsv: &tsv }]);
        let mut found = 0;
        for word in &printed.words {
            let text = word.span.of(&printed.text).unwrap();
            let same = || reading.words.iter().filter(|w| w.span.of(&reading.text) == Some(text));
            found += usize::from(same().next().is_some());
            let near = |w: &Word| {
                (w.bbox.x0 - word.bbox.x0).abs() < 6.0 && (w.bbox.y0 - word.bbox.y0).abs() < 8.0
            };
            if turn == "upright" && text.len() > 7 && same().next().is_some() {
                assert!(same().any(near), "{text}: {:?}", word.bbox);
            }
        }
        println!("{turn}: {found} of {} words", printed.words.len());
        assert!(
            found * 100 >= printed.words.len() * 95,
            "{turn}: {found} of {}",
            printed.words.len()
        );
    }
}

fn input(bytes: &[u8]) -> Input<'_> {
    Input { bytes, name: None, media_type: None }
}

fn one_page(content: &str) -> Vec<u8> {
    format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
         2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
         3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R \
         /Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>\nendobj\n\
         4 0 obj\n<< /Length {} >>\nstream\n{content}\nendstream\nendobj\n\
         trailer\n<< /Root 1 0 R >>\n",
        content.len()
    )
    .into_bytes()
}

fn has_tesseract() -> bool {
    let there = Command::new("tesseract")
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "tesseract is missing");
    if !there {
        println!("tesseract is not installed: nothing recognised");
    }
    there
}

fn tesseract(picture: &[u8], dpi: u16) -> String {
    let mut command = Command::new("tesseract");
    command.args(ocr::tesseract_args(dpi)).env("OMP_THREAD_LIMIT", "1");
    String::from_utf8(piped::answer(&mut command, picture)).unwrap()
}
