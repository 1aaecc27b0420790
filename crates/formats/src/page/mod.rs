//! Pages: as printed words in reading order ([`order`], [`printed`]), and as a picture for the screen ([`render`]).
//!
//! Shapes of `render`: bytes, format and page number in, a PNG out. Units: pixels; a page is drawn as
//! it is shown, so that a word's box in points times `width / page width` is its place in the
//! picture. Refusals: those of opening the file; `missing-part` for a page that does not exist,
//! `too-large`, `unknown-format` for formats without pages.

pub(crate) mod hyphen;
pub(crate) mod order;
pub(crate) mod printed;
pub(crate) mod raster;

use std::io::Cursor;

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{DynamicImage, ExtendedColorType, ImageEncoder};
use relu_record::{Budget, Format, Refusal, RefusalCode};

/// A page as a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageImage {
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// The picture, as PNG.
    pub png: Vec<u8>,
}

/// Draws a page, at most `max_width_px` wide.
pub fn render(
    bytes: &[u8],
    format: Format,
    page: u32,
    max_width_px: u32,
    budget: &Budget,
) -> Result<PageImage, Refusal> {
    let raster = raster::draw(bytes, format, page, raster::Scale::Width(max_width_px), budget)?;
    let (width, height) = (raster.image.width(), raster.image.height());
    let mut png = Vec::new();
    let encoder = PngEncoder::new_with_quality(
        Cursor::new(&mut png),
        CompressionType::Fast,
        FilterType::Adaptive,
    );
    let written = match &raster.image {
        DynamicImage::ImageLuma8(grey) => {
            encoder.write_image(grey.as_raw(), width, height, ExtendedColorType::L8)
        }
        other => {
            encoder.write_image(other.to_rgb8().as_raw(), width, height, ExtendedColorType::Rgb8)
        }
    };
    written.map_err(|_| {
        Refusal::new(RefusalCode::TooLarge, "La page est trop grande pour être affichée.")
    })?;
    Ok(PageImage { width, height, png })
}
