//! Masked PDF files: the chosen words are found by no tool any more, and what lies outside the boxes
//! looks the same.
//!
//! Reads the files of `$RELU_TEST_DATA/pdf`. Without that variable it says so and checks nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

mod piped;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::{Command, Stdio};

use relu_formats::mask::{MaskPlan, Masked, Replacement, mask};
use relu_formats::{Input, page, pdf};
use relu_record::{BoundingBox, Budget, Format, Reading, Span};

use piped::pdftotext;

fn read(bytes: &[u8]) -> Option<Reading> {
    pdf::read(&Input { bytes, name: None, media_type: None }, &Budget::standard()).ok()
}

/// Some words of the text, spread over it, hidden wherever they stand.
fn chosen(reading: &Reading) -> (BTreeSet<String>, Vec<Replacement>) {
    let text: &str = &reading.text;
    let mut words: Vec<(Span, &str)> = Vec::new();
    let mut at = 0;
    for word in text.split(|c: char| !c.is_alphabetic()) {
        let start = at + text[at..].find(word).unwrap();
        at = start + word.len();
        if word.chars().count() >= 5 {
            words.push((Span::new(start, at), word));
        }
    }
    let step = (words.len() / 8).max(1);
    let picked: BTreeSet<String> =
        words.iter().step_by(step).take(8).map(|(_, w)| w.to_lowercase()).collect();
    let spans = words
        .iter()
        .filter(|(_, w)| picked.contains(&w.to_lowercase()))
        .map(|(span, _)| Replacement { span: *span, with: "[NOM]".to_owned() })
        .collect();
    (picked, spans)
}

/// Whole words of a text, small letters.
fn words_of(text: &str) -> BTreeSet<String> {
    text.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase).collect()
}

#[test]
fn chosen_words_are_gone_from_every_file() {
    let Some(data) = data() else { return };
    if !has("pdftotext") {
        return;
    }
    let started = std::time::Instant::now();
    let (mut files, mut redrawn, mut failures) = (0, 0, Vec::new());
    for (name, bytes) in corpus(&data) {
        let Some(reading) = read(&bytes) else { continue };
        let (words, replacements) = chosen(&reading);
        if words.is_empty() {
            continue;
        }
        files += 1;
        let hidden = replacements.clone();
        let plan = MaskPlan::new(reading.clone(), replacements);
        let masked = match mask(&bytes, &plan, &Budget::standard()) {
            Ok(masked) => masked,
            Err(refusal) => {
                failures.push(format!("{name}: refused, {}", refusal.message));
                continue;
            }
        };
        let pages = masked.findings.iter().any(|f| f.code == "mask-page-redrawn");
        redrawn += usize::from(pages);
        println!(
            "{:5} passages {:3} regions  redrawn {}  {} s {name}",
            masked.counts.passages,
            masked.counts.regions,
            pages,
            started.elapsed().as_secs()
        );
        for why in found(&masked, &words, &reading) {
            failures.push(format!("{name}: {why}"));
        }
        for why in looks(&bytes, &masked, &reading, &hidden) {
            failures.push(format!("{name}: {why}"));
        }
    }
    println!("{files} files masked, {redrawn} with a page redrawn");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(files > 20, "only {files} files");
}

/// Where a hidden word is still found.
fn found(masked: &Masked, words: &BTreeSet<String>, before: &Reading) -> Vec<String> {
    let mut out = Vec::new();
    for finding in &masked.residue {
        out.push(finding.code.clone());
    }
    // Words that only poppler cuts so, before as after, are none of ours.
    let known = words_of(&before.text);
    let seen = words_of(&pdftotext(&masked.bytes));
    for word in words.iter().filter(|w| seen.contains(*w) && known.contains(*w)) {
        out.push(format!("pdftotext finds a word of {} letters", word.chars().count()));
    }
    let opened = hayro_syntax::Pdf::new(masked.bytes.clone()).unwrap();
    for object in opened.objects() {
        let bytes = match object {
            // The notices inside font programs are the font maker's words.
            hayro_syntax::object::Object::Stream(s) if s.dict().contains_key("Length1") => continue,
            hayro_syntax::object::Object::Stream(s) => match s.decoded() {
                Ok(d) => d.into_owned(),
                Err(_) => continue,
            },
            hayro_syntax::object::Object::Dict(d) => without_names(d.data()),
            hayro_syntax::object::Object::String(s) => s.as_bytes().to_vec(),
            _ => continue,
        };
        for word in words.iter().filter(|w| w.len() >= 7) {
            if strings_hold(&bytes, word) {
                out.push(format!("strings finds a word of {} letters", word.chars().count()));
            }
        }
    }
    out
}

/// The names of the format itself (`/Document`) are no words of the text.
fn without_names(bytes: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let mut out = String::new();
    let mut in_name = false;
    for c in text.chars() {
        in_name = c == '/' || (in_name && !(c.is_whitespace() || "<>[]()/".contains(c)));
        out.push(if in_name { ' ' } else { c });
    }
    out.into_bytes()
}

/// As text, as hexadecimal, as UTF-16, whatever the case; between two other characters.
fn strings_hold(bytes: &[u8], word: &str) -> bool {
    let lower: Vec<u8> = bytes.to_ascii_lowercase();
    let plain = word.to_lowercase();
    let wide: Vec<u8> = plain.encode_utf16().flat_map(u16::to_be_bytes).collect();
    let hex = |b: &[u8]| b.iter().map(|b| format!("{b:02x}")).collect::<String>().into_bytes();
    let holds = |needle: &[u8]| {
        lower.windows(needle.len()).enumerate().any(|(i, w)| {
            w == needle
                && !lower.get(i + needle.len()).is_some_and(u8::is_ascii_alphabetic)
                && !(i > 0 && lower.get(i - 1).is_some_and(u8::is_ascii_alphabetic))
        })
    };
    let hexed = |needle: &[u8]| {
        let needle = hex(needle);
        lower.windows(needle.len()).any(|w| w == needle.as_slice())
    };
    holds(plain.as_bytes()) || holds(&wide) || hexed(plain.as_bytes()) || hexed(&wide)
}

/// Pixels that changed outside the boxes.
fn looks(bytes: &[u8], masked: &Masked, reading: &Reading, hidden: &[Replacement]) -> Vec<String> {
    let redrawn = masked.findings.iter().any(|f| f.code == "mask-page-redrawn");
    let mut boxes: BTreeMap<u32, Vec<BoundingBox>> = BTreeMap::new();
    for word in &reading.words {
        if hidden.iter().any(|r| r.span.overlaps(word.span)) {
            boxes.entry(word.page).or_default().push(word.bbox);
        }
    }
    let mut out = Vec::new();
    // A few pages of each file.
    for number in boxes.keys().copied().take(3) {
        let draw = |bytes: &[u8]| {
            let drawn = page::render(bytes, Format::Pdf, number, 600, &Budget::standard()).unwrap();
            image::load_from_memory(&drawn.png).unwrap().to_luma8()
        };
        let (before, after) = (draw(bytes), draw(&masked.bytes));
        if before.dimensions() != after.dimensions() {
            out.push(format!("page {number}: another size"));
            continue;
        }
        let scale = before.width() as f32 / reading.pages[number as usize].width;
        let covered = |x: u32, y: u32| {
            let (x, y) = (x as f32 / scale, y as f32 / scale);
            boxes[&number].iter().any(|b| {
                // Letters reach a little beyond their boxes, down and to the sides.
                let (w, h) = ((b.x1 - b.x0).abs(), (b.y1 - b.y0).abs());
                let m = 0.3 * w.min(h) + 1.5;
                x > b.x0 - m && x < b.x1 + m && y > b.y0 - m && y < b.y1 + m
            })
        };
        let changed = before
            .enumerate_pixels()
            .filter(|(x, y, p)| {
                p.0[0].abs_diff(after.get_pixel(*x, *y).0[0]) > 48 && !covered(*x, *y)
            })
            .count();
        let share = changed as f64 / f64::from(before.width() * before.height());
        // A page redrawn is drawn from pixels of another size: edges differ.
        let most = if redrawn { 0.03 } else { 0.0002 };
        if share > most {
            out.push(format!("page {number}: {:.3} % of the pixels changed", share * 100.0));
        }
    }
    out
}

fn corpus(data: &std::path::Path) -> Vec<(String, Vec<u8>)> {
    let only = std::env::var("RELU_TEST_ONLY").unwrap_or_default();
    let mut files: Vec<PathBuf> = std::fs::read_dir(data.join("pdf"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "pdf"))
        .filter(|p| p.to_string_lossy().contains(&only))
        .collect();
    files.sort();
    files
        .into_iter()
        .map(|p| (p.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(p).unwrap()))
        .collect()
}

fn data() -> Option<PathBuf> {
    let data = std::env::var_os("RELU_TEST_DATA").map(PathBuf::from);
    if data.is_none() {
        println!("RELU_TEST_DATA is not set: nothing to mask");
    }
    data
}

fn has(tool: &str) -> bool {
    let there = Command::new(tool).arg("-v").stderr(Stdio::null()).status().is_ok();
    assert!(there || std::env::var("CI").as_deref() != Ok("true"), "{tool} is missing");
    if !there {
        println!("{tool} is not installed: nothing is checked");
    }
    there
}
