//! Pictures of pages (PNG, JPEG, TIFF of several pages, faxes included) to a reading without text,
//! every page of which waits for character recognition.
//!
//! Shapes: bytes in, [`Reading`] or [`Refusal`] out; for the rest of the crate, the pixels of one
//! page. Units: pages in points, from the picture's own resolution, or 200 dots per inch when it
//! states none. Nothing is decoded before its size is known and paid for.
//! Refusals: `empty`, `damaged`, `too-large`, `too-many-pages`, `work-limit`.
//! Findings: `resolution-assumed`.
//! Sources: TIFF 6.0 with ITU-T T.4 and T.6; PNG 3rd edition (pHYs); JFIF 1.02; Exif 2.32 (orientation).

mod density;
mod fax;
mod tiff;
pub(crate) mod write;

use std::io::Cursor;

use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageReader, Limits};
use relu_record::{Budget, Finding, Format, Page, Reading, Refusal, RefusalCode, Severity};

use crate::Input;

/// Most pixels of one page: A3 at 600 dots per inch, and a margin.
pub(crate) const MAX_PIXELS: u64 = 100_000_000;
/// Resolution when a picture states none.
const DEFAULT_DPI: f32 = 200.0;

/// What is known of a page without decoding it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Frame {
    /// Width in pixels, as stored.
    pub width: u32,
    /// Height in pixels, as stored.
    pub height: u32,
    /// Dots per inch across and down, as stated.
    pub dpi: Option<(f32, f32)>,
    /// How the picture is to be turned to stand upright.
    pub orientation: Orientation,
}

impl Frame {
    /// Dots per inch across and down, as shown; the default when nothing sensible is stated.
    pub(crate) fn resolution(&self) -> (f32, f32) {
        let longest = self.width.max(self.height) as f32;
        let sensible = |(x, y): &(f32, f32)| {
            (50.0..=2400.0).contains(x) && (50.0..=2400.0).contains(y) && longest / x.max(*y) < 50.0
        };
        let (x, y) = match self.dpi.filter(sensible) {
            Some(dpi) => dpi,
            // A photograph says 72 and is no page of two metres: its long side is that of A4.
            None if longest / DEFAULT_DPI > 20.0 => (longest / 11.69, longest / 11.69),
            None => (DEFAULT_DPI, DEFAULT_DPI),
        };
        if self.is_turned() { (y, x) } else { (x, y) }
    }

    /// Dots per inch across and down as stated, of the picture as shown.
    pub(crate) fn stated(&self) -> Option<(f32, f32)> {
        self.dpi.map(|(x, y)| if self.is_turned() { (y, x) } else { (x, y) })
    }

    /// Width and height in pixels, as shown.
    pub(crate) fn size(&self) -> (u32, u32) {
        if self.is_turned() { (self.height, self.width) } else { (self.width, self.height) }
    }

    fn is_turned(&self) -> bool {
        matches!(
            self.orientation,
            Orientation::Rotate90
                | Orientation::Rotate270
                | Orientation::Rotate90FlipH
                | Orientation::Rotate270FlipH
        )
    }
}

/// The kinds of pictures read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Png,
    Jpeg,
    Tiff,
}

fn kind(bytes: &[u8]) -> Option<Kind> {
    match bytes {
        [0x89, b'P', b'N', b'G', ..] => Some(Kind::Png),
        [0xff, 0xd8, 0xff, ..] => Some(Kind::Jpeg),
        [b'I', b'I', 42, 0, ..] | [b'M', b'M', 0, 42, ..] => Some(Kind::Tiff),
        _ => None,
    }
}

/// Reads a picture.
pub fn read(input: &Input<'_>, budget: &Budget) -> Result<Reading, Refusal> {
    let frames = frames(input.bytes, budget)?;
    let media_type = match kind(input.bytes) {
        Some(Kind::Png) => "image/png",
        Some(Kind::Jpeg) => "image/jpeg",
        _ => "image/tiff",
    };
    let mut reading = Reading::new(Format::Image, media_type);
    for (number, frame) in (0u32..).zip(&frames) {
        let (across, down) = frame.resolution();
        let (width, height) = frame.size();
        reading.pages.push(Page {
            width: width as f32 * 72.0 / across,
            height: height as f32 * 72.0 / down,
        });
        reading.pages_to_recognise.push(number);
    }
    if frames.iter().any(|f| f.dpi.is_none()) {
        reading.findings.push(Finding::new(
            "resolution-assumed",
            Severity::Info,
            "L'image n'indique pas sa résolution : la taille de la page est supposée.",
        ));
    }
    Ok(reading)
}

/// The pages of a picture, without decoding them.
pub(crate) fn frames(bytes: &[u8], budget: &Budget) -> Result<Vec<Frame>, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new(RefusalCode::Empty, "Le fichier est vide."));
    }
    let frames = match kind(bytes).ok_or_else(damaged)? {
        Kind::Tiff => tiff::directories(bytes, budget.max_pages)?
            .iter()
            .map(tiff::Directory::frame)
            .collect::<Option<Vec<Frame>>>()
            .ok_or_else(damaged)?,
        kind => vec![single(bytes, kind)?],
    };
    for frame in &frames {
        let pixels = u64::from(frame.width) * u64::from(frame.height);
        if pixels == 0 {
            return Err(damaged());
        }
        if pixels > MAX_PIXELS {
            return Err(too_large());
        }
    }
    Ok(frames)
}

fn single(bytes: &[u8], kind: Kind) -> Result<Frame, Refusal> {
    let mut decoder = ImageReader::new(Cursor::new(bytes))
        .with_guessed_format()
        .map_err(|_| damaged())?
        .into_decoder()
        .map_err(|_| damaged())?;
    let (width, height) = decoder.dimensions();
    let dpi = match kind {
        Kind::Png => density::png(bytes),
        _ => density::jpeg(bytes),
    };
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    Ok(Frame { width, height, dpi, orientation })
}

/// Some pages as a file of their own; a picture of one page is that page.
pub(crate) fn extract(bytes: &[u8], wanted: &[u32], budget: &Budget) -> Result<Vec<u8>, Refusal> {
    match kind(bytes).ok_or_else(damaged)? {
        Kind::Tiff => {
            let all = tiff::directories(bytes, budget.max_pages)?;
            let kept: Vec<_> = wanted.iter().filter_map(|n| all.get(*n as usize)).collect();
            if kept.is_empty() {
                return Err(no_such_page());
            }
            let out = tiff::extract(bytes, &kept).ok_or_else(damaged)?;
            budget.output(out.len() as u64).map_err(crate::notes::spent)?;
            Ok(out)
        }
        _ if wanted.contains(&0) => Ok(bytes.to_vec()),
        _ => Err(no_such_page()),
    }
}

/// The pixels of one page, upright.
pub(crate) fn decode(
    bytes: &[u8],
    page: u32,
    budget: &Budget,
) -> Result<(DynamicImage, Frame), Refusal> {
    let frames = frames(bytes, budget)?;
    let frame = *usize::try_from(page).ok().and_then(|p| frames.get(p)).ok_or_else(no_such_page)?;
    let pixels = u64::from(frame.width) * u64::from(frame.height);
    budget.output(pixels * 4).map_err(|_| too_large())?;
    let mut image = match kind(bytes) {
        Some(Kind::Tiff) => decode_tiff(bytes, page as usize, budget)?,
        _ => decode_any(bytes)?,
    };
    image.apply_orientation(frame.orientation);
    Ok((image, frame))
}

fn decode_tiff(bytes: &[u8], page: usize, budget: &Budget) -> Result<DynamicImage, Refusal> {
    let directories = tiff::directories(bytes, budget.max_pages)?;
    let directory = directories.get(page).ok_or_else(no_such_page)?;
    if directory.is_fax() {
        return fax::decode(bytes, directory).map(DynamicImage::ImageLuma8).ok_or_else(damaged);
    }
    // The decoder reads the first page of a file: make the wanted page the first.
    let moved = tiff::with_first(bytes, directory).ok_or_else(damaged)?;
    decode_any(&moved).or_else(|refusal| {
        tiff::plain(bytes, directory).map(DynamicImage::ImageLuma8).ok_or(refusal)
    })
}

fn decode_any(bytes: &[u8]) -> Result<DynamicImage, Refusal> {
    let mut reader =
        ImageReader::new(Cursor::new(bytes)).with_guessed_format().map_err(|_| damaged())?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_PIXELS * 8);
    reader.limits(limits);
    reader.decode().map_err(|error| match error {
        image::ImageError::Limits(_) => too_large(),
        _ => damaged(),
    })
}

fn damaged() -> Refusal {
    Refusal::new(
        RefusalCode::Damaged,
        "L'image est tronquée, endommagée ou d'une sorte qui n'est pas lue. Demander un nouvel envoi.",
    )
}

fn too_large() -> Refusal {
    Refusal::new(RefusalCode::TooLarge, "L'image est trop grande pour être lue.")
}

pub(crate) fn no_such_page() -> Refusal {
    Refusal::new(RefusalCode::MissingPart, "Cette page n'existe pas dans le document.")
}

#[cfg(test)]
mod tests;
