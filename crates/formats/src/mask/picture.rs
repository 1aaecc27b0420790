//! Pictures of text: recognised words are blacked in the pixels, and the picture is written anew, so
//! that nothing of its metadata (Exif, comments, thumbnails) is left.
//!
//! PNG and JPEG keep their format; a TIFF keeps its pages, their size and their resolution. Units:
//! points in the reading, pixels here.

use std::io::Cursor;

use hayro::vello_cpu::kurbo::Rect;
use image::{DynamicImage, ImageFormat};
use relu_record::{BoundingBox, Budget, Reading, Refusal, Word};

use super::pdf::fill;
use super::{Done, Work};
use crate::notes;
use crate::picture::write::{Sheet, Tiff};
use crate::picture::{self, Frame};

/// Masks a picture.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let mut done = Done::default();
    let format = match bytes.get(..2) {
        Some(b"\x89P") => ImageFormat::Png,
        Some(b"\xff\xd8") => ImageFormat::Jpeg,
        _ => return tiff(bytes, work, done, budget),
    };
    let (page, _) = blacked(bytes, 0, work, &mut done, budget)?;
    let mut out = Cursor::new(Vec::new());
    page.image()
        .and_then(|image| image.write_to(&mut out, format).ok())
        .ok_or_else(|| notes::MASK_UNKNOWN.refusal())?;
    done.bytes = out.into_inner();
    done.counts.passages = work.replacements.len();
    Ok(done)
}

/// Page after page, so that one at a time is in memory.
fn tiff(bytes: &[u8], work: &Work<'_>, mut done: Done, budget: &Budget) -> Result<Done, Refusal> {
    let pages = picture::frames(bytes, budget)?.len();
    let mut out = Tiff::new();
    for number in 0..u32::try_from(pages).unwrap_or(u32::MAX) {
        let (page, frame) = blacked(bytes, number, work, &mut done, budget)?;
        let sheet = Sheet {
            width: page.width,
            height: page.height,
            channels: page.channels,
            data: &page.data,
            dpi: frame.stated(),
        };
        out.page(&sheet).ok_or_else(|| notes::MASK_UNKNOWN.refusal())?;
    }
    done.bytes = out.finish();
    done.counts.passages = work.replacements.len();
    Ok(done)
}

/// The pixels of a page, grey or in colour.
struct Page {
    width: u32,
    height: u32,
    channels: u16,
    data: Vec<u8>,
}

impl Page {
    fn of(image: &DynamicImage) -> Page {
        let grey = matches!(image, DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_));
        let (channels, data) =
            if grey { (1, image.to_luma8().into_raw()) } else { (3, image.to_rgb8().into_raw()) };
        Page { width: image.width(), height: image.height(), channels, data }
    }

    fn image(self) -> Option<DynamicImage> {
        let Page { width, height, channels, data } = self;
        if channels == 1 {
            image::GrayImage::from_raw(width, height, data).map(DynamicImage::ImageLuma8)
        } else {
            image::RgbImage::from_raw(width, height, data).map(DynamicImage::ImageRgb8)
        }
    }
}

/// A page with black over what is hidden on it.
fn blacked(
    bytes: &[u8],
    number: u32,
    work: &Work<'_>,
    done: &mut Done,
    budget: &Budget,
) -> Result<(Page, Frame), Refusal> {
    // One page after another is in memory, and all of them are paid for.
    let (image, frame) = picture::decode(bytes, number, &Budget::standard())?;
    let pixels = u64::from(image.width()) * u64::from(image.height());
    budget.step(pixels / 16).map_err(notes::spent)?;
    let mut page = Page::of(&image);
    let (across, down) = frame.resolution();
    let (sx, sy) = (f64::from(across) / 72.0, f64::from(down) / 72.0);
    for b in hidden(&work.plan.reading, number, work) {
        let r = Rect::new(
            f64::from(b.x0) * sx,
            f64::from(b.y0) * sy,
            f64::from(b.x1) * sx,
            f64::from(b.y1) * sy,
        );
        let (width, height, channels) = (page.width, page.height, usize::from(page.channels));
        fill(&mut page.data, width, height, channels, r.inflate(2.0, 2.0), 0);
        done.counts.regions += 1;
    }
    Ok((page, frame))
}

/// What is hidden on a page: words of the passages, and codes that may say of whom it is.
fn hidden<'r>(
    reading: &'r Reading,
    page: u32,
    work: &'r Work<'_>,
) -> impl Iterator<Item = BoundingBox> + 'r {
    let goes = |w: &&Word| work.replacements.iter().any(|r| r.span.overlaps(w.span));
    let words = reading.words.iter().filter(move |w| w.page == page).filter(goes).map(|w| w.bbox);
    let codes = super::hidden_codes(reading).filter(move |(at, _)| *at == page);
    words.chain(codes.map(|(_, bbox)| bbox))
}
