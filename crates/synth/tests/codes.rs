//! Codes on scans and faxes: how many are read, how many of the others are seen as a region to hide, and
//! how many pages without a code have such a region. Figures are printed.
//!
//! `RELU_CODES` says how many codes of each kind and how many pages are looked at; without it, few.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::collections::BTreeMap;

use relu_formats::ocr::{OcrGeometry, prepare};
use relu_record::{BoundingBox, Budget, Format};
use relu_synth::{Generator, Layouts, labelled, labelled_fax};

fn many() -> u64 {
    std::env::var("RELU_CODES").ok().map_or(12, |n| n.parse().unwrap())
}

fn look(bytes: &[u8], format: Format, page: u32) -> Option<OcrGeometry> {
    Some(prepare(bytes, format, page, false, &Budget::standard()).ok()?.geometry)
}

/// Whether a box holds nearly all of the code, which a turn of the page may have moved a little.
fn covers(b: BoundingBox, [x, y, side]: [f32; 3], degrees: f32) -> bool {
    let (sin, cos) = (-degrees).to_radians().sin_cos();
    let (dx, dy) = (x + side / 2.0 - WIDTH / 2.0, y + side / 2.0 - HEIGHT / 2.0);
    let (x, y) = (WIDTH / 2.0 + dx * cos - dy * sin, HEIGHT / 2.0 + dx * sin + dy * cos);
    let (x, y) = (x - side / 2.0, y - side / 2.0);
    let w = b.x1.min(x + side) - b.x0.max(x);
    let h = b.y1.min(y + side) - b.y0.max(y);
    w > 0.0 && h > 0.0 && w * h >= side * side * 0.85
}

/// A4 in points.
const WIDTH: f32 = 595.0;
const HEIGHT: f32 = 842.0;

/// By how much a worn page is turned.
fn turn(seed: u64) -> f32 {
    (seed % 9) as f32 - 4.0
}

const KINDS: [&str; 3] = ["scan", "fax", "worn"];

#[derive(Default)]
struct Tally {
    all: usize,
    read: usize,
    seen: usize,
}

/// A page copied badly: few dots, turned, out of focus, and saved as a small JPEG.
fn worn(printed: &[u8], seed: u32) -> Vec<u8> {
    let dpi = 110 + seed % 5 * 10;
    let wide = (8.27 * dpi as f32) as u32;
    let drawn =
        relu_formats::page::render(printed, Format::Pdf, 0, wide, &Budget::standard()).unwrap();
    let page = image::load_from_memory(&drawn.png).unwrap().to_luma8();
    let (sin, cos) = turn(u64::from(seed)).to_radians().sin_cos();
    let (cx, cy) = (page.width() as f32 / 2.0, page.height() as f32 / 2.0);
    let turned = image::GrayImage::from_fn(page.width(), page.height(), |x, y| {
        let (dx, dy) = (x as f32 - cx, y as f32 - cy);
        let at = (cx + dx * cos - dy * sin, cy + dx * sin + dy * cos);
        image::imageops::interpolate_bilinear(&page, at.0, at.1).unwrap_or(image::Luma([255]))
    });
    let blurred = image::imageops::blur(&turned, 0.5 + (seed % 4) as f32 * 0.2);
    let mut out = Vec::new();
    let mut encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, 40);
    encoder.set_pixel_density(image::codecs::jpeg::PixelDensity::dpi(dpi as u16));
    encoder.encode_image(&blurred).unwrap();
    out
}

#[test]
fn codes_that_cannot_be_read_are_seen() {
    let mut tally: BTreeMap<&str, Tally> = BTreeMap::new();
    let mut missed = Vec::new();
    for seed in 1..=many() {
        let Some(l) = labelled(seed) else { continue };
        let faxed = labelled_fax(seed).unwrap();
        let worn = worn(&l.printed, seed as u32);
        for (n, (bytes, format)) in
            [(&l.scanned, Format::Pdf), (&faxed, Format::Image), (&worn, Format::Image)]
                .into_iter()
                .enumerate()
        {
            let found = look(bytes, format, 0).unwrap();
            let turned = if KINDS[n] == "worn" { turn(seed) } else { 0.0 };
            let of = tally.entry(KINDS[n]).or_default();
            of.all += 1;
            if !found.codes.is_empty() {
                of.read += 1;
            } else if found.unread_codes.iter().any(|u| covers(u.bbox, l.place, turned)) {
                of.seen += 1;
            } else {
                missed.push(format!("{} {seed}: {:?} {:?}", KINDS[n], l.place, found.unread_codes));
            }
        }
    }
    for (kind, t) in &tally {
        println!("{kind}: {} codes, {} read, {} more seen", t.all, t.read, t.seen);
    }
    missed.iter().for_each(|m| println!("  missed: {m}"));
    let sum = |of: fn(&Tally) -> usize| tally.values().map(of).sum::<usize>();
    let (all, well) = (sum(|t| t.all), sum(|t| t.read) + sum(|t| t.seen));
    assert!(all > 20 && well * 100 >= all * 98, "{well} of {all}");
}

#[test]
fn pages_without_a_code_have_no_such_region() {
    let (mut pages, mut wrong) = (0, Vec::new());
    let mut generator = Generator::new(57);
    for d in generator.documents(many() as usize * 3, Layouts::All) {
        if !matches!(d.truth.format, Format::Pdf | Format::Image) {
            continue;
        }
        for page in 0..4 {
            let Some(found) = look(&d.bytes, d.truth.format, page) else { break };
            pages += 1;
            for u in &found.unread_codes {
                wrong.push(format!("{} page {page}: {:?}", d.name, u.bbox));
            }
        }
    }
    println!("{pages} synthetic pages without a code: {} regions", wrong.len());
    wrong.iter().for_each(|w| println!("  {w}"));
    assert!(pages > 5 && wrong.len() * 100 <= pages, "{} of {pages}", wrong.len());
}

#[test]
fn published_pages_have_no_such_region() {
    let Some(data) = std::env::var_os("RELU_TEST_DATA") else {
        println!("RELU_TEST_DATA is not set: no published page is looked at");
        return;
    };
    let mut files: Vec<_> = std::fs::read_dir(std::path::Path::new(&data).join("pdf"))
        .unwrap()
        .map(|e| e.unwrap().path())
        .filter(|p| p.extension().is_some_and(|e| e == "pdf"))
        .collect();
    files.sort();
    let (mut pages, mut with) = (0, Vec::new());
    for file in &files {
        let bytes = std::fs::read(file).unwrap();
        for page in 0..many() as u32 {
            let Some(found) = look(&bytes, Format::Pdf, page) else { break };
            pages += 1;
            if !found.unread_codes.is_empty() {
                let name = file.file_name().unwrap().to_string_lossy();
                with.push(format!("{name} page {page}: {:?}", found.unread_codes));
            }
        }
    }
    println!("{pages} published pages: {} with a region", with.len());
    with.iter().for_each(|w| println!("  {w}"));
    assert!(pages > 50 && with.len() * 100 <= pages, "{} of {pages}", with.len());
}
