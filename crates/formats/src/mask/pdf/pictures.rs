//! Pictures with blacked regions as image objects, and pages redrawn as one picture.
//!
//! One bit a pixel when there are two values only, JPEG for large photographs, Flate for the rest.
//! Source: ISO 32000-2, 8.9.5 (image dictionaries).

use hayro::vello_cpu::kurbo::Rect;
use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ExtendedColorType};

use super::drawn::{Pixels, fill};
use super::model::{Dict, Entry, Obj, name};

/// Above this many bytes, colours are written as JPEG.
const LARGE: usize = 3 << 20;
const QUALITY: u8 = 90;

fn dictionary(width: u32, height: u32, bits: u8, space: Option<&str>) -> Dict {
    let mut dict = Dict::from([
        (b"Type".to_vec(), name("XObject")),
        (b"Subtype".to_vec(), name("Image")),
        (b"Width".to_vec(), Obj::Number(f64::from(width))),
        (b"Height".to_vec(), Obj::Number(f64::from(height))),
        (b"BitsPerComponent".to_vec(), Obj::Number(f64::from(bits))),
    ]);
    if let Some(space) = space {
        dict.insert(b"ColorSpace".to_vec(), name(space));
    }
    dict
}

/// The image object, and that of its transparency.
pub(super) fn object(pixels: &Pixels) -> (Entry, Option<Entry>) {
    let (w, h) = (pixels.width, pixels.height);
    if pixels.stencil {
        let mut dict = dictionary(w, h, 1, None);
        dict.insert(b"ImageMask".to_vec(), Obj::Bool(true));
        // A zero is where ink falls.
        let bits = pack(&pixels.data, w, |v| v < 128);
        return (entry(dict, bits), None);
    }
    let alpha = pixels
        .alpha
        .as_ref()
        .map(|(w, h, data)| entry(dictionary(*w, *h, 8, Some("DeviceGray")), data.clone()));
    let grey = pixels.channels() == 1;
    if grey && pixels.data.iter().all(|v| matches!(v, 0 | 255)) {
        let bits = pack(&pixels.data, w, |v| v >= 128);
        return (entry(dictionary(w, h, 1, Some("DeviceGray")), bits), alpha);
    }
    let space = if grey { "DeviceGray" } else { "DeviceRGB" };
    let mut dict = dictionary(w, h, 8, Some(space));
    let kind = if grey { ExtendedColorType::L8 } else { ExtendedColorType::Rgb8 };
    if pixels.data.len() > LARGE {
        let mut jpeg = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, QUALITY);
        if encoder.encode(&pixels.data, w, h, kind).is_ok() {
            dict.insert(b"Filter".to_vec(), name("DCTDecode"));
            return (entry(dict, jpeg), alpha);
        }
    }
    (entry(dict, pixels.data.clone()), alpha)
}

fn entry(dict: Dict, bytes: Vec<u8>) -> Entry {
    Entry { value: Obj::Dict(dict), stream: Some(bytes) }
}

/// One bit a pixel, rows on whole bytes.
fn pack(data: &[u8], width: u32, one: impl Fn(u8) -> bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(data.len() / 8 + 1);
    for row in data.chunks(width.max(1) as usize) {
        for eight in row.chunks(8) {
            let mut byte = 0u8;
            for (i, v) in eight.iter().enumerate() {
                byte |= u8::from(one(*v)) << (7 - i);
            }
            out.push(byte);
        }
    }
    out
}

/// A drawn page as pixels, with black over the rectangles, given in points.
pub(super) fn page(image: DynamicImage, points: (f32, f32), black: &[Rect]) -> Pixels {
    let (width, height) = (image.width(), image.height());
    let (channels, mut data) = match image {
        DynamicImage::ImageLuma8(grey) => (1, grey.into_raw()),
        other => (3, other.to_rgb8().into_raw()),
    };
    let (sx, sy) = (1.0 / f64::from(points.0), 1.0 / f64::from(points.1));
    for r in black {
        let r = Rect::new(r.x0 * sx, r.y0 * sy, r.x1 * sx, r.y1 * sy).inflate(1.0, 1.0);
        fill(&mut data, width, height, channels, r, 0);
    }
    Pixels { width, height, data, alpha: None, stencil: false, regions: black.len() }
}
