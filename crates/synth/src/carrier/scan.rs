//! Scans: the printed page rendered, then spoilt the way scanners and fax machines do: a slight
//! turn, blur, noise, poor contrast, or one bit a pixel. Out as PNG, JPEG, TIFF (one bit, several
//! pages, PackBits or CCITT G4) or a PDF that holds only pictures.
//!
//! Sources: TIFF 6.0; ITU-T T.6 for G4.

use std::sync::Arc;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings};
use image::{ExtendedColorType, ImageEncoder};

use crate::carrier::{g4, pdf};
use crate::compose::Composed;
use crate::paper;
use crate::rng::Rng;

/// A grey picture, one byte a pixel, 0 is black.
#[derive(Clone)]
pub(crate) struct Grey {
    pub width: usize,
    pub height: usize,
    pub pixels: Vec<u8>,
}

/// How the paper became a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Output {
    Png,
    Jpeg,
    /// One bit a pixel, PackBits.
    Tiff,
    /// One bit a pixel, CCITT G4, at fax resolution.
    Fax,
    /// A PDF of JPEG pictures.
    Pdf,
}

impl Output {
    /// Extension of the file.
    pub fn extension(self) -> &'static str {
        match self {
            Output::Png => "png",
            Output::Jpeg => "jpg",
            Output::Tiff | Output::Fax => "tif",
            Output::Pdf => "pdf",
        }
    }
}

/// Sheets as a scan of several pages; a sheet without words is the blank back of another.
pub(crate) fn of_sheets(sheets: &[paper::Sheet], output: Output, rng: &mut Rng) -> Vec<u8> {
    let dpi = if output == Output::Fax { 204.0 } else { 150.0 };
    let pages: Vec<Grey> = pages(&pdf::from_sheets(sheets, "scan"), dpi)
        .into_iter()
        .map(|p| spoil(&p, output, rng))
        .collect();
    match output {
        Output::Tiff => tiff(&pages, dpi, false),
        Output::Fax => tiff(&pages, dpi, true),
        _ => picture_pdf(&pages, dpi),
    }
}

/// The document as a scan, of at most `max_pages` pages.
pub(crate) fn write(doc: &Composed, output: Output, max_pages: usize, rng: &mut Rng) -> Vec<u8> {
    let mut sheets = paper::sheets(doc);
    sheets.truncate(if matches!(output, Output::Png | Output::Jpeg) { 1 } else { max_pages });
    let dpi = match output {
        Output::Fax => 204.0,
        _ => *rng.pick(&[150.0f32, 200.0, 200.0]).unwrap_or(&200.0),
    };
    let pages: Vec<Grey> = pages(&pdf::from_sheets(&sheets, "scan"), dpi)
        .into_iter()
        .map(|p| spoil(&p, output, rng))
        .collect();
    match output {
        Output::Png => pages.first().map(png).unwrap_or_default(),
        Output::Jpeg => pages.first().map(|p| jpeg(p, 70)).unwrap_or_default(),
        Output::Tiff => tiff(&pages, dpi, false),
        Output::Fax => tiff(&pages, dpi, true),
        Output::Pdf => picture_pdf(&pages, dpi),
    }
}

/// The pages of a PDF rendered in grey at that resolution.
pub(crate) fn pages(bytes: &[u8], dpi: f32) -> Vec<Grey> {
    let Ok(pdf) = Pdf::new(Arc::new(bytes.to_vec())) else { return Vec::new() };
    let cache = RenderCache::new();
    let settings = InterpreterSettings::default();
    let scale = dpi / 72.0;
    let render = RenderSettings {
        x_scale: scale,
        y_scale: scale,
        bg_color: WHITE,
        ..RenderSettings::default()
    };
    pdf.pages()
        .iter()
        .map(|page| {
            let picture = hayro::render(page, &cache, &settings, &render);
            let pixels = picture
                .data()
                .iter()
                .map(|p| {
                    ((u32::from(p.r) * 77 + u32::from(p.g) * 150 + u32::from(p.b) * 29) >> 8) as u8
                })
                .collect();
            Grey { width: picture.width().into(), height: picture.height().into(), pixels }
        })
        .collect()
}

/// Turn, blur, contrast, noise.
fn spoil(page: &Grey, output: Output, rng: &mut Rng) -> Grey {
    let degrees = rng.bell() * 1.4;
    let mut out = turn(page, degrees);
    if rng.chance(50) {
        out = blur(&out);
    }
    let paper = rng.between(225, 255) as f32;
    let ink = rng.between(0, 70) as f32;
    let noise = rng.between(2, 14) as f32;
    for p in &mut out.pixels {
        let value = ink + f32::from(*p) / 255.0 * (paper - ink) + rng.bell() * noise;
        *p = value.clamp(0.0, 255.0) as u8;
    }
    // Dust: a few dark specks.
    for _ in 0..rng.between(5, 60) {
        let at = rng.below(out.pixels.len());
        for k in [at, at + 1, at + out.width] {
            if let Some(p) = out.pixels.get_mut(k) {
                *p = 40;
            }
        }
    }
    if matches!(output, Output::Tiff | Output::Fax) {
        let threshold = rng.between(140, 180) as u8;
        out.pixels.iter_mut().for_each(|p| *p = if *p > threshold { 255 } else { 0 });
    }
    out
}

fn turn(page: &Grey, degrees: f32) -> Grey {
    let (sin, cos) = degrees.to_radians().sin_cos();
    let (cx, cy) = (page.width as f32 / 2.0, page.height as f32 / 2.0);
    let mut pixels = Vec::with_capacity(page.pixels.len());
    let at = |x: i64, y: i64| -> f32 {
        if x < 0 || y < 0 || x >= page.width as i64 || y >= page.height as i64 {
            return 255.0;
        }
        f32::from(page.pixels[y as usize * page.width + x as usize])
    };
    for y in 0..page.height {
        for x in 0..page.width {
            let (dx, dy) = (x as f32 - cx, y as f32 - cy);
            let (sx, sy) = (cx + dx * cos - dy * sin, cy + dx * sin + dy * cos);
            let (fx, fy) = (sx.floor(), sy.floor());
            let (tx, ty) = (sx - fx, sy - fy);
            let (ix, iy) = (fx as i64, fy as i64);
            let top = at(ix, iy) * (1.0 - tx) + at(ix + 1, iy) * tx;
            let bottom = at(ix, iy + 1) * (1.0 - tx) + at(ix + 1, iy + 1) * tx;
            pixels.push((top * (1.0 - ty) + bottom * ty) as u8);
        }
    }
    Grey { width: page.width, height: page.height, pixels }
}

/// A light blur: each pixel counts as much as its four neighbours together.
fn blur(page: &Grey) -> Grey {
    let mut out = page.clone();
    let w = page.width;
    for i in w + 1..page.pixels.len().saturating_sub(w + 1) {
        let p = |k: usize| u32::from(page.pixels[k]);
        out.pixels[i] = ((p(i) * 4 + p(i - 1) + p(i + 1) + p(i - w) + p(i + w)) / 8) as u8;
    }
    out
}

fn png(page: &Grey) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = image::codecs::png::PngEncoder::new(&mut out);
    // Encoding a whole picture to memory does not fail.
    let _ = encoder.write_image(
        &page.pixels,
        page.width as u32,
        page.height as u32,
        ExtendedColorType::L8,
    );
    out
}

fn jpeg(page: &Grey, quality: u8) -> Vec<u8> {
    let mut out = Vec::new();
    let encoder = image::codecs::jpeg::JpegEncoder::new_with_quality(&mut out, quality);
    let _ = encoder.write_image(
        &page.pixels,
        page.width as u32,
        page.height as u32,
        ExtendedColorType::L8,
    );
    out
}

fn picture_pdf(pages: &[Grey], dpi: f32) -> Vec<u8> {
    use pdf_writer::{Content, Filter, Finish, Name, Pdf, Rect, Ref};
    let mut pdf = Pdf::new();
    let (catalog, tree) = (Ref::new(1), Ref::new(2));
    let id = |i: usize, k: i32| Ref::new(3 + i as i32 * 3 + k);
    pdf.catalog(catalog).pages(tree);
    pdf.pages(tree).count(pages.len() as i32).kids((0..pages.len()).map(|i| id(i, 0)));
    for (i, grey) in pages.iter().enumerate() {
        let (w, h) = (grey.width as f32 * 72.0 / dpi, grey.height as f32 * 72.0 / dpi);
        let mut page = pdf.page(id(i, 0));
        page.parent(tree).media_box(Rect::new(0.0, 0.0, w, h)).contents(id(i, 1));
        page.resources().x_objects().pair(Name(b"Im1"), id(i, 2));
        page.finish();
        let mut c = Content::new();
        c.save_state().transform([w, 0.0, 0.0, h, 0.0, 0.0]).x_object(Name(b"Im1")).restore_state();
        pdf.stream(id(i, 1), &c.finish());
        let data = jpeg(grey, 60);
        let mut picture = pdf.image_xobject(id(i, 2), &data);
        picture.filter(Filter::DctDecode);
        picture.width(grey.width as i32).height(grey.height as i32);
        picture.color_space().device_gray();
        picture.bits_per_component(8).finish();
    }
    pdf.finish()
}

/// A bilevel TIFF of several pages; `fax` chooses G4, else PackBits.
pub(crate) fn tiff(pages: &[Grey], dpi: f32, fax: bool) -> Vec<u8> {
    let mut out = b"II\x2a\0\0\0\0\0".to_vec();
    let mut link = 4;
    for grey in pages {
        let rows = bits(grey);
        let strip = out.len() as u32;
        let data = if fax { g4::encode(&rows, grey.width) } else { packbits(&rows) };
        out.extend(&data);
        let resolution = out.len() as u32;
        out.extend((dpi as u32).to_le_bytes());
        out.extend(1u32.to_le_bytes());
        if out.len() % 2 == 1 {
            out.push(0);
        }
        let here = (out.len() as u32).to_le_bytes();
        out[link..link + 4].copy_from_slice(&here);
        // Tag, type (3 short, 4 long, 5 rational), value.
        let tags: [(u16, u16, u32); 12] = [
            (256, 4, grey.width as u32),
            (257, 4, grey.height as u32),
            (258, 3, 1),
            (259, 3, if fax { 4 } else { 32773 }),
            (262, 3, 0),
            (273, 4, strip),
            (277, 3, 1),
            (278, 4, grey.height as u32),
            (279, 4, data.len() as u32),
            (282, 5, resolution),
            (283, 5, resolution),
            (296, 3, 2),
        ];
        out.extend((tags.len() as u16).to_le_bytes());
        for (tag, kind, value) in tags {
            out.extend(tag.to_le_bytes());
            out.extend(kind.to_le_bytes());
            out.extend(1u32.to_le_bytes());
            out.extend(value.to_le_bytes());
        }
        link = out.len();
        out.extend(0u32.to_le_bytes());
    }
    out
}

/// Rows of packed bits, 1 is black.
fn bits(grey: &Grey) -> Vec<Vec<u8>> {
    grey.pixels
        .chunks(grey.width.max(1))
        .map(|row| {
            row.chunks(8)
                .map(|eight| {
                    eight.iter().enumerate().fold(
                        0u8,
                        |b, (i, p)| {
                            if *p < 128 { b | 0x80 >> i } else { b }
                        },
                    )
                })
                .collect()
        })
        .collect()
}

fn packbits(rows: &[Vec<u8>]) -> Vec<u8> {
    let mut out = Vec::new();
    for row in rows {
        let mut i = 0;
        while i < row.len() {
            let same = row[i..].iter().take(128).take_while(|b| **b == row[i]).count();
            if same > 1 {
                out.push((257 - same) as u8);
                out.push(row[i]);
                i += same;
            } else {
                let start = i;
                while i < row.len() && i - start < 128 && row.get(i + 1) != Some(&row[i]) {
                    i += 1;
                }
                i = i.max(start + 1);
                out.push((i - start - 1) as u8);
                out.extend(&row[start..i]);
            }
        }
    }
    out
}
