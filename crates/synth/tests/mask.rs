//! Synthetic documents of every carrier, masked: the patient's names, birth date and INS are in none
//! of them any more, whatever tool looks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;
use std::io::Write;
use std::process::{Command, Stdio};

use relu_formats::mask::{MaskPlan, Replacement, mask};
use relu_formats::ocr::{self, OcrAnswer};
use relu_formats::{Input, read};
use relu_record::{Budget, Format, Private, Reading, Span};
use relu_synth::{Generator, Layouts};

fn of(bytes: &[u8]) -> Option<Reading> {
    read(&Input { bytes, name: None, media_type: None }, &Budget::standard()).ok()
}

/// Letters without case or accents, as the truth writes names.
fn folded(text: &str) -> String {
    text.chars()
        .map(|c| match c.to_lowercase().next().unwrap_or(c) {
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'à' | 'â' | 'ä' => 'a',
            'î' | 'ï' => 'i',
            'ô' | 'ö' => 'o',
            'ù' | 'û' | 'ü' => 'u',
            'ç' => 'c',
            c => c,
        })
        .collect()
}

fn plan(reading: Reading, names: &[String], depth: usize) -> MaskPlan {
    let text: String = reading.text.to_string();
    let mut replacements = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let start = at + text[at..].find(word).unwrap();
        at = start + word.len();
        if names.iter().any(|n| *n == folded(word)) {
            replacements.push(Replacement { span: Span::new(start, at), with: "[NOM]".to_owned() });
        }
    }
    let mut plan = MaskPlan::new(reading, replacements);
    plan.words = names.iter().map(|n| Private::from(n.as_str())).collect();
    if depth < 4 {
        for part in plan.reading.parts.clone() {
            if let Some(inner) = of(&part.bytes) {
                plan.parts.insert(part.path.clone(), self::plan(inner, names, depth + 1));
            }
        }
    }
    plan
}

/// All that a reader gets out of the bytes, parts inside included.
fn everything(bytes: &[u8], depth: usize, out: &mut String) {
    let Some(reading) = of(bytes) else { return };
    out.push_str(&reading.text);
    out.push('\n');
    out.push_str(&serde_json::to_string(&reading.header).unwrap());
    for part in reading.parts.iter().filter(|_| depth < 4) {
        everything(&part.bytes, depth + 1, out);
    }
}

fn holds(text: &str, name: &str) -> bool {
    let text = folded(text);
    text.split(|c: char| !c.is_alphanumeric()).any(|w| w == name)
}

#[test]
fn the_patient_is_in_no_masked_document() {
    let pdftotext = Command::new("pdftotext").arg("-v").stderr(Stdio::null()).status().is_ok();
    assert!(pdftotext || std::env::var("CI").as_deref() != Ok("true"), "pdftotext is missing");
    let mut generator = Generator::new(41);
    let mut done: BTreeMap<&str, usize> = BTreeMap::new();
    let mut failures = Vec::new();
    for document in generator.documents(160, Layouts::Development) {
        let Some(patient) = &document.truth.patient else { continue };
        // Scans are masked with what recognition read; there is none here.
        if document.truth.scan {
            continue;
        }
        let names = names_of(patient);
        let Some(reading) = of(&document.bytes) else { continue };
        let format = reading.format;
        let plan = plan(reading, &names, 0);
        let name = &document.name;
        let masked = match mask(&document.bytes, &plan, &Budget::standard()) {
            Ok(masked) => masked,
            Err(refusal) => {
                failures.push(format!("{name}: {}", refusal.message));
                continue;
            }
        };
        *done.entry(format.as_str()).or_default() += 1;
        for finding in &masked.residue {
            failures.push(format!("{name} ({}): {}", format.as_str(), finding.code));
        }
        let mut seen = String::new();
        everything(&masked.bytes, 0, &mut seen);
        if format == Format::Pdf && pdftotext {
            seen.push_str(&text_of(&masked.bytes));
        } else {
            seen.push_str(&String::from_utf8_lossy(&masked.bytes));
        }
        for n in names.iter().filter(|n| holds(&seen, n)) {
            failures.push(format!(
                "{name} ({}): a word of {} letters is left",
                format.as_str(),
                n.len()
            ));
        }
    }
    println!("{done:?}");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(done.values().sum::<usize>() >= 100, "{done:?}");
}

/// One hundred PDF reports: the names are found by no tool, and pages outside the boxes are alike.
#[test]
fn a_hundred_reports_lose_the_patient_and_keep_their_look() {
    if !has("pdftotext") {
        return;
    }
    let mut generator = Generator::new(73);
    let (mut files, mut worst, mut failures) = (0, 0.0f64, Vec::new());
    for document in generator.documents(700, Layouts::All) {
        let Some(patient) = &document.truth.patient else { continue };
        if document.truth.format != Format::Pdf || document.truth.scan || files == 100 {
            continue;
        }
        let names = names_of(patient);
        let Some(reading) = of(&document.bytes) else { continue };
        if reading.text.trim().is_empty() {
            continue;
        }
        files += 1;
        let plan = plan(reading, &names, 0);
        let hidden = plan.replacements.clone();
        let masked = mask(&document.bytes, &plan, &Budget::standard()).unwrap();
        let name = &document.name;
        failures.extend(masked.residue.iter().map(|f| format!("{name}: {}", f.code)));
        let seen = text_of(&masked.bytes);
        failures.extend(
            names.iter().filter(|n| holds(&seen, n)).map(|_| format!("{name}: a name is left")),
        );
        let changed = changed(&document.bytes, &masked.bytes, &plan.reading, &hidden);
        worst = worst.max(changed);
        if changed > 0.0005 {
            failures.push(format!("{name}: {:.4} % of the pixels changed", changed * 100.0));
        }
    }
    println!("{files} reports, at worst {:.5} % of the pixels outside the boxes", worst * 100.0);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(files, 100);
}

/// Share of the pixels of the first page that changed outside the boxes.
fn changed(before: &[u8], after: &[u8], reading: &Reading, hidden: &[Replacement]) -> f64 {
    let draw = |bytes: &[u8]| {
        let drawn = relu_formats::page::render(bytes, Format::Pdf, 0, 500, &Budget::standard());
        image::load_from_memory(&drawn.unwrap().png).unwrap().to_luma8()
    };
    let (before, after) = (draw(before), draw(after));
    assert_eq!(before.dimensions(), after.dimensions());
    let scale = before.width() as f32 / reading.pages[0].width;
    let boxes: Vec<_> = reading
        .words
        .iter()
        .filter(|w| w.page == 0 && hidden.iter().any(|r| r.span.overlaps(w.span)))
        .map(|w| w.bbox)
        .collect();
    let covered = |x: u32, y: u32| {
        let (x, y) = (x as f32 / scale, y as f32 / scale);
        boxes.iter().any(|b| x > b.x0 - 4.0 && x < b.x1 + 4.0 && y > b.y0 - 4.0 && y < b.y1 + 4.0)
    };
    let differing = before
        .enumerate_pixels()
        .filter(|(x, y, p)| p.0[0].abs_diff(after.get_pixel(*x, *y).0[0]) > 48 && !covered(*x, *y));
    differing.count() as f64 / f64::from(before.width() * before.height())
}

/// Scans: recognised, masked, their pictures taken out of the file and recognised again.
#[test]
fn names_are_gone_from_the_pixels_of_scans() {
    if !has("tesseract") || !has("pdfimages") {
        return;
    }
    let mut generator = Generator::new(19);
    let (mut files, mut regions, mut failures) = (0, 0, Vec::new());
    for document in generator.documents(400, Layouts::All) {
        let Some(patient) = &document.truth.patient else { continue };
        if document.truth.format != Format::Pdf || !document.truth.scan || files == 2 {
            continue;
        }
        let names = names_of(patient);
        let Some(mut reading) = of(&document.bytes) else { continue };
        recognise(&document.bytes, &mut reading);
        let plan = plan(reading, &names, 0);
        if plan.replacements.is_empty() {
            continue;
        }
        files += 1;
        let masked = mask(&document.bytes, &plan, &Budget::standard()).unwrap();
        regions += masked.counts.regions;
        let folder = tempdir(files);
        std::fs::write(folder.join("in.pdf"), &masked.bytes).unwrap();
        let done = Command::new("pdfimages")
            .args(["-png", "in.pdf", "p"])
            .current_dir(&folder)
            .status()
            .unwrap();
        assert!(done.success(), "pdfimages fails");
        let mut seen = text_of(&masked.bytes);
        let mut pictures = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "png") {
                pictures += 1;
                seen.push_str(&tesseract(&std::fs::read(&path).unwrap(), 300));
            }
        }
        std::fs::remove_dir_all(&folder).unwrap();
        let name = &document.name;
        if pictures == 0 {
            failures.push(format!("{name}: no picture came out"));
        }
        failures.extend(
            names.iter().filter(|n| holds(&seen, n)).map(|_| format!("{name}: a name is left")),
        );
    }
    println!("{files} scans, {regions} regions blacked");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(files > 0 && regions > 0, "no scan was masked");
}

/// A fax of three pages: words of the first and of the third go, each from its own page, and the second
/// is as it was.
#[test]
fn a_fax_of_several_pages_loses_words_on_their_pages() {
    if !has("tesseract") {
        return;
    }
    let mut generator = Generator::new(29);
    let printed = generator.documents(200, Layouts::All);
    let letters: Vec<_> = printed
        .filter(|d| d.truth.format == Format::Pdf && !d.truth.scan && d.truth.patient.is_some())
        .take(3)
        .collect();
    let pages: Vec<image::GrayImage> = letters
        .iter()
        .map(|d| {
            let drawn =
                relu_formats::page::render(&d.bytes, Format::Pdf, 0, 1728, &Budget::standard());
            let mut page = image::load_from_memory(&drawn.unwrap().png).unwrap().to_luma8();
            page.pixels_mut().for_each(|p| p.0[0] = if p.0[0] < 160 { 0 } else { 255 });
            page
        })
        .collect();
    let fax = relu_synth::faxed(&pages, 204.0);
    let mut reading = of(&fax).unwrap();
    recognise(&fax, &mut reading);
    assert_eq!(reading.pages.len(), 3);
    let names: Vec<Vec<String>> =
        letters.iter().map(|d| names_of(d.truth.patient.as_ref().unwrap())).collect();
    let text = reading.text.to_string();
    let hidden: Vec<_> = reading
        .words
        .iter()
        .filter(|w| w.page != 1 && holds_any(w.span.of(&text).unwrap(), &names[w.page as usize]))
        .copied()
        .collect();
    for page in [0, 2] {
        assert!(hidden.iter().any(|w| w.page == page), "no name was read on page {page}");
    }
    let spans = hidden.iter().map(|w| Replacement { span: w.span, with: "[NOM]".to_owned() });
    let plan = MaskPlan::new(reading.clone(), spans.collect());
    let masked = mask(&fax, &plan, &Budget::standard()).unwrap();
    assert!(masked.residue.is_empty(), "{:?}", masked.residue);
    assert!(masked.counts.regions >= hidden.len());
    // The same pages, of the same size and resolution, in a file about as small.
    let after = of(&masked.bytes).unwrap();
    assert_eq!(after.pages, reading.pages);
    assert!(masked.bytes.len() < fax.len() * 2, "{} {}", masked.bytes.len(), fax.len());
    for page in 0..3_u32 {
        let one = relu_formats::extract::pages(
            &masked.bytes,
            Format::Image,
            &[page],
            &Budget::standard(),
        );
        let one = one.unwrap();
        let pixels = image::load_from_memory(&one).unwrap().to_luma8();
        let before = &pages[page as usize];
        assert_eq!(pixels.dimensions(), before.dimensions());
        let scale = 204.0 / 72.0;
        let covered = |x: u32, y: u32| {
            let (x, y) = (x as f32 / scale, y as f32 / scale);
            hidden.iter().filter(|w| w.page == page).any(|w| {
                let b = w.bbox;
                x > b.x0 - 2.0 && x < b.x1 + 2.0 && y > b.y0 - 2.0 && y < b.y1 + 2.0
            })
        };
        let changed = before
            .enumerate_pixels()
            .filter(|(x, y, p)| pixels.get_pixel(*x, *y) != *p && !covered(*x, *y));
        assert_eq!(changed.count(), 0, "page {page} changed outside what is hidden");
        if page == 1 {
            assert!(pixels == *before, "the second page changed");
            continue;
        }
        let mut png = std::io::Cursor::new(Vec::new());
        pixels.write_to(&mut png, image::ImageFormat::Png).unwrap();
        let seen = tesseract(&png.into_inner(), 204);
        for name in &names[page as usize] {
            assert!(!holds(&seen, name), "a name of {} letters is left on page {page}", name.len());
        }
    }
}

fn holds_any(word: &str, names: &[String]) -> bool {
    names.iter().any(|n| folded(word).contains(n.as_str()))
}

fn recognise(bytes: &[u8], reading: &mut Reading) {
    let budget = Budget::standard();
    let mut answers = Vec::new();
    for page in reading.pages_to_recognise.clone() {
        let image = ocr::prepare(bytes, reading.format, page, false, &budget).unwrap();
        let tsv = tesseract_tsv(&image.png_or_pgm, image.dpi);
        answers.push((page, image, tsv));
    }
    let answers: Vec<OcrAnswer<'_>> = answers
        .iter()
        .map(|(page, image, tsv)| OcrAnswer { page: *page, image: &image.geometry, tsv })
        .collect();
    ocr::merge(reading, &answers);
}

fn tesseract_tsv(picture: &[u8], dpi: u16) -> String {
    run("tesseract", &ocr::tesseract_args(dpi), picture)
}

/// All the words that the recognition sees in a picture.
fn tesseract(picture: &[u8], dpi: u16) -> String {
    tesseract_tsv(picture, dpi)
        .lines()
        .filter_map(|l| l.rsplit('\t').next())
        .collect::<Vec<_>>()
        .join(" ")
}

fn run(tool: &str, args: &[String], input: &[u8]) -> String {
    let mut child = Command::new(tool)
        .args(args)
        .env("OMP_THREAD_LIMIT", "1")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let bytes = input.to_vec();
    let writer = std::thread::spawn(move || drop(stdin.write_all(&bytes)));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn tempdir(n: usize) -> std::path::PathBuf {
    let folder = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("mask-{n}"));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn names_of(patient: &relu_synth::PatientTruth) -> Vec<String> {
    let mut names: Vec<String> = [Some(&patient.birth_name), patient.used_name.as_ref()]
        .into_iter()
        .flatten()
        .chain([&patient.first_name])
        .flat_map(|n| n.split([' ', '-', '\'']).map(folded).collect::<Vec<_>>())
        .filter(|n| n.len() >= 4)
        .collect();
    names.extend(patient.ins.clone());
    names
}

fn has(tool: &str) -> bool {
    let there = Command::new(tool).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let there = there.is_ok();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "{tool} is missing");
    if !there {
        println!("{tool} is not installed: nothing is checked");
    }
    there
}

fn text_of(pdf: &[u8]) -> String {
    run("pdftotext", &["-".to_owned(), "-".to_owned()], pdf)
}
