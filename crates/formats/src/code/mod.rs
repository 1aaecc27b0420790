//! Two-dimensional codes on the picture of a page (Data Matrix, ECC 200): the INS datamatrix of labels
//! and headers, and the code of the separator page. Read from pixels, written as dark squares.
//!
//! Shapes: grey pixels in, [`relu_record::PageCode`] out, in points of the page; a text in, rows of
//! dark squares out. What a code says is evidence for a function, never a decision, and a text is
//! kept only when it is short enough to be one of ours to judge ([`MAX_TEXT`]).
//! Squares that could be a code are found first ([`find`]), at most [`MAX_SQUARES`] a page; each is cut
//! out and decoded by itself, so that the work is bounded whatever the page shows. A panic of the
//! library costs the code, not the page. Findings and errors: none; what cannot be read is no code.
//! The parts of the library used read no clock.
//! Source: ISO/IEC 16022 (Data Matrix); N. Otsu, threshold selection from grey-level histograms, 1979.

mod dense;
mod find;

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::{GrayImage, imageops};
use relu_record::{BoundingBox, PageCode, Private, Reading, UnreadCode};
use rxing::common::{BitMatrix, DetectorRXingResult};
use rxing::datamatrix::decoder::Decoder;
use rxing::datamatrix::detector::zxing_cpp_detector::detect;
use rxing::{BarcodeFormat, Writer, datamatrix::DataMatrixWriter};

use self::find::Square;

/// Most squares of a page that are looked at.
const MAX_SQUARES: usize = 8;
/// Longest side of a square when it is decoded, in pixels.
const MAX_SIDE: u32 = 700;
/// Longest text of a code that is kept, in bytes: an INS with two names of a hundred letters fits.
const MAX_TEXT: usize = 600;

/// What is on a page: codes that were read, and regions that look like one but were not.
#[derive(Default)]
pub(crate) struct Seen {
    pub read: Vec<PageCode>,
    pub unread: Vec<UnreadCode>,
}

/// Looks at a page. `points` is the size of a pixel in points, across and down.
pub(crate) fn look(page: &GrayImage, number: u32, points: (f32, f32)) -> Seen {
    let read = read(page, number, points);
    let unread = dense::regions(page, points)
        .into_iter()
        .map(|square| UnreadCode { page: number, bbox: on_page(square, points) })
        .filter(|u| {
            !read.iter().any(|c| share(u.bbox, c.bbox) > 0.5 || share(c.bbox, u.bbox) > 0.5)
        })
        .collect();
    Seen { read, unread }
}

/// Takes out of a reading the regions that are text: words that were surely read cover them.
pub(crate) fn drop_words(reading: &mut Reading) {
    let sure = |c: Option<u8>| c.is_none_or(|c| c >= SURE);
    let text = reading.text.clone();
    let words: Vec<(u32, BoundingBox)> = reading
        .words
        .iter()
        .filter(|w| sure(w.confidence))
        .filter(|w| {
            let letters = w.span.of(&text).unwrap_or("").chars().filter(|c| c.is_alphabetic());
            letters.count() >= 3
        })
        .map(|w| (w.page, w.bbox))
        .collect();
    reading.unread_codes.retain(|u| {
        let own = words.iter().filter(|(page, _)| *page == u.page);
        let covered: f32 = own.map(|(_, b)| share(u.bbox, *b)).sum();
        covered <= dense::covered_by_words()
    });
}

/// Confidence of a word that is surely one.
const SURE: u8 = 70;

/// The share of `a` that lies in `b`.
fn share(a: BoundingBox, b: BoundingBox) -> f32 {
    let (w, h) = (a.x1.min(b.x1) - a.x0.max(b.x0), a.y1.min(b.y1) - a.y0.max(b.y0));
    let area = (a.x1 - a.x0) * (a.y1 - a.y0);
    if w <= 0.0 || h <= 0.0 || area <= 0.0 { 0.0 } else { w * h / area }
}

fn on_page(square: Square, (across, down): (f32, f32)) -> BoundingBox {
    BoundingBox {
        x0: square.x as f32 * across,
        y0: square.y as f32 * down,
        x1: (square.x + square.width) as f32 * across,
        y1: (square.y + square.height) as f32 * down,
    }
}

/// The codes of a page that can be read. `points` is the size of a pixel in points, across and down.
fn read(page: &GrayImage, number: u32, points: (f32, f32)) -> Vec<PageCode> {
    let mut out: Vec<PageCode> = Vec::new();
    for square in find::squares(page).into_iter().take(MAX_SQUARES) {
        let Some(text) = decode(page, square) else { continue };
        let bbox = on_page(square, points);
        if out.iter().all(|c| c.text.0 != text) {
            out.push(PageCode { page: number, bbox, text: Private(text) });
        }
    }
    out
}

/// A text as the rows of a square code, true for dark, without margin; none when it does not fit.
pub fn write(text: &str) -> Option<Vec<Vec<bool>>> {
    if text.is_empty() || text.len() > MAX_TEXT {
        return None;
    }
    let made = catch_unwind(AssertUnwindSafe(|| {
        use rxing::datamatrix::encoder::SymbolShapeHint::FORCE_SQUARE;
        let hints = rxing::EncodeHints {
            DataMatrixShape: Some(FORCE_SQUARE),
            Margin: Some("0".to_owned()),
            ..rxing::EncodeHints::default()
        };
        DataMatrixWriter.encode_with_hints(text, &BarcodeFormat::DATA_MATRIX, 0, 0, &hints)
    }));
    let matrix = made.ok()?.ok()?;
    let row = |y| (0..matrix.width()).map(|x| matrix.get(x, y)).collect();
    Some((0..matrix.height()).map(row).collect())
}

/// What the code in a square says.
fn decode(page: &GrayImage, square: Square) -> Option<String> {
    let cut = imageops::crop_imm(page, square.x, square.y, square.width, square.height).to_image();
    let longest = cut.width().max(cut.height());
    let cut = if longest > MAX_SIDE {
        let side = |n: u32| (n * MAX_SIDE / longest).max(1);
        imageops::resize(
            &cut,
            side(cut.width()),
            side(cut.height()),
            imageops::FilterType::Triangle,
        )
    } else {
        cut
    };
    let middle = threshold(&cut);
    // Ink that spread or faded moves the border between dark and light.
    [0_i16, -25, 25].iter().find_map(|shift| {
        let level = (i16::from(middle) + shift).clamp(1, 254) as u8;
        let text = catch_unwind(AssertUnwindSafe(|| text_in(&cut, level))).ok()??;
        let usable = !text.is_empty() && text.len() <= MAX_TEXT;
        usable.then_some(text)
    })
}

fn text_in(cut: &GrayImage, level: u8) -> Option<String> {
    let mut bits = BitMatrix::new(cut.width(), cut.height()).ok()?;
    for (x, y, pixel) in cut.enumerate_pixels() {
        if pixel.0.first().is_some_and(|p| *p < level) {
            bits.set(x, y);
        }
    }
    let found = detect(&bits, true, true).ok()?;
    let decoder = Decoder::new();
    found
        .iter()
        .find_map(|symbol| Some(decoder.decode(symbol.getBits()).ok()?.getText().to_owned()))
}

/// The level that parts dark from light best.
fn threshold(cut: &GrayImage) -> u8 {
    let mut counts = [0_u64; 256];
    for p in cut.as_raw() {
        if let Some(count) = counts.get_mut(usize::from(*p)) {
            *count += 1;
        }
    }
    let total: u64 = counts.iter().sum();
    let sum: u64 = (0_u64..).zip(&counts).map(|(v, n)| v * n).sum();
    let (mut dark, mut dark_sum, mut best, mut level) = (0_u64, 0_u64, 0.0_f64, 128_u8);
    for (value, count) in (0_u8..=255).zip(&counts) {
        dark += count;
        dark_sum += u64::from(value) * count;
        let light = total - dark;
        if dark == 0 || light == 0 {
            continue;
        }
        let apart = dark_sum as f64 / dark as f64 - (sum - dark_sum) as f64 / light as f64;
        let between = dark as f64 * light as f64 * apart * apart;
        if between > best {
            (best, level) = (between, value.saturating_add(1));
        }
    }
    level
}

#[cfg(test)]
mod tests {
    use image::Luma;

    use super::*;

    /// A page of A4 at that resolution with the code printed on it, and lines of text around.
    fn page(text: &str, dpi: f32, side_mm: f32) -> GrayImage {
        let px = |mm: f32| (mm * dpi / 25.4).round() as u32;
        let mut out = GrayImage::from_pixel(px(210.0), px(297.0), Luma([250]));
        let code = write(text).unwrap();
        let (left, top, side) = (px(150.0), px(15.0), px(side_mm));
        for y in 0..side {
            for x in 0..side {
                let at = |n: u32| (n as usize * code.len()) / side as usize;
                if code[at(y)][at(x)] {
                    out.put_pixel(left + x, top + y, Luma([15]));
                }
            }
        }
        // Letters, as upright strokes in rows.
        for line in 0..40 {
            let y = px(60.0 + line as f32 * 5.0);
            for x in (px(20.0)..px(190.0)).step_by(px(1.2) as usize) {
                for dy in 0..px(2.0) {
                    for dx in 0..px(0.4) {
                        out.put_pixel(x + dx, y + dy, Luma([20]));
                    }
                }
            }
        }
        out
    }

    const INS: &str = "IS010000000000000000000000S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE \
                       ANNE\u{1d}S4PAT-TROIS\u{1d}S5FS628-03-1979S72B033";

    #[test]
    fn a_printed_code_is_read_whatever_the_resolution() {
        for (dpi, side) in [(150.0, 20.0), (200.0, 18.0), (300.0, 15.0), (300.0, 30.0)] {
            let found = read(&page(INS, dpi, side), 2, (72.0 / dpi, 72.0 / dpi));
            assert_eq!(found.len(), 1, "{dpi} dpi, {side} mm");
            assert_eq!(found[0].text.0, INS);
            assert_eq!(found[0].page, 2);
            let (x, y) = ((found[0].bbox.x0 + found[0].bbox.x1) / 2.0, found[0].bbox.y0);
            assert!((x - (150.0 + side / 2.0) * 72.0 / 25.4).abs() < 15.0 && y < 60.0, "{x} {y}");
        }
    }

    #[test]
    fn a_turned_blurred_noisy_code_is_read() {
        let made = page(INS, 200.0, 22.0);
        let noisy = |mut p: GrayImage| {
            let mut n = 7_u32;
            for pixel in p.pixels_mut() {
                n = n.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                pixel.0[0] = pixel.0[0].saturating_sub((n >> 28) as u8 * 3);
            }
            imageops::blur(&p, 0.8)
        };
        for p in [noisy(made.clone()), imageops::rotate90(&made), imageops::rotate180(&made)] {
            let found = read(&p, 0, (1.0, 1.0));
            assert_eq!(found.len(), 1);
            assert_eq!(found[0].text.0, INS);
        }
    }

    #[test]
    fn a_page_of_text_or_of_nothing_has_none() {
        let mut text = page(INS, 150.0, 20.0);
        imageops::replace(&mut text, &GrayImage::from_pixel(200, 200, Luma([250])), 850, 60);
        for p in [text, GrayImage::new(1240, 1754), GrayImage::new(3, 3), GrayImage::new(0, 0)] {
            assert!(read(&p, 0, (1.0, 1.0)).is_empty());
        }
        assert!(write("").is_none() && write(&"A".repeat(3000)).is_none());
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(40))]
        #[test]
        fn any_pixels_are_read_without_harm(seed in proptest::num::u32::ANY, w in 1_u32..220, h in 1_u32..220, grain in 1_u32..9) {
            let shade = |x: u32, y: u32| {
                let n = (x / grain).wrapping_mul(2_654_435_761) ^ (y / grain).wrapping_mul(40_503) ^ seed;
                (n.wrapping_mul(2_246_822_519) >> 24) as u8
            };
            let p = GrayImage::from_fn(w, h, |x, y| Luma([shade(x, y)]));
            let _ = read(&p, 0, (1.0, 1.0));
            // The square itself, as if it had been found.
            let _ = decode(&p, Square { x: 0, y: 0, width: w, height: h });
        }

        #[test]
        fn any_text_goes_round(text in "[A-Z0-9 .-]{1,80}") {
            let code = write(&text).unwrap();
            let side = code.len() as u32 * 4 + 24;
            let p = GrayImage::from_fn(side, side, |x, y| {
                let at = |n: u32| (n.wrapping_sub(12) / 4) as usize;
                let dark = code.get(at(y)).and_then(|r| r.get(at(x))).copied().unwrap_or(false);
                Luma([if dark { 0 } else { 255 }])
            });
            proptest::prop_assert_eq!(decode(&p, Square { x: 0, y: 0, width: side, height: side }), Some(text));
        }
    }
}
