//! Pictures of text: recognised words are blacked in the pixels, and the picture is written anew, so
//! that nothing of its metadata (Exif, comments, thumbnails) is left.
//!
//! PNG and JPEG keep their format; a TIFF of one page too. A TIFF of several pages is refused: it is
//! to be turned into a PDF first. Units: points in the reading, pixels here.

use std::io::Cursor;

use hayro::vello_cpu::kurbo::Rect;
use image::{DynamicImage, ImageFormat};
use relu_record::{Budget, Refusal, Word};

use super::pdf::fill;
use super::{Done, Work};
use crate::{notes, picture};

/// Masks a picture.
pub(super) fn mask(bytes: &[u8], work: &Work<'_>, budget: &Budget) -> Result<Done, Refusal> {
    let reading = &work.plan.reading;
    if reading.pages.len() > 1 {
        return Err(notes::MASK_UNKNOWN.refusal());
    }
    let (image, frame) = picture::decode(bytes, 0, budget)?;
    let (width, height) = (image.width(), image.height());
    let (across, down) = frame.resolution();
    let (sx, sy) = (f64::from(across) / 72.0, f64::from(down) / 72.0);
    let grey = matches!(image, DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_));
    let (channels, mut data) =
        if grey { (1, image.to_luma8().into_raw()) } else { (3, image.to_rgb8().into_raw()) };
    let mut done = Done::default();
    let hidden = |w: &&Word| work.replacements.iter().any(|r| r.span.overlaps(w.span));
    let words = reading.words.iter().filter(hidden).map(|w| w.bbox);
    for b in words.chain(super::telling_codes(reading).map(|c| c.bbox)) {
        let r = Rect::new(
            f64::from(b.x0) * sx,
            f64::from(b.y0) * sy,
            f64::from(b.x1) * sx,
            f64::from(b.y1) * sy,
        );
        fill(&mut data, width, height, channels, r.inflate(2.0, 2.0), 0);
        done.counts.regions += 1;
    }
    let image = if grey {
        image::GrayImage::from_raw(width, height, data).map(DynamicImage::ImageLuma8)
    } else {
        image::RgbImage::from_raw(width, height, data).map(DynamicImage::ImageRgb8)
    };
    let format = match bytes.get(..2) {
        Some(b"\x89P") => ImageFormat::Png,
        Some(b"\xff\xd8") => ImageFormat::Jpeg,
        _ => ImageFormat::Tiff,
    };
    let mut out = Cursor::new(Vec::new());
    let image = image.ok_or_else(|| notes::MASK_UNKNOWN.refusal())?;
    image.write_to(&mut out, format).map_err(|_| notes::MASK_UNKNOWN.refusal())?;
    done.bytes = out.into_inner();
    done.counts.passages = work.replacements.len();
    Ok(done)
}
