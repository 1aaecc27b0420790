//! A page as pixels, from a PDF or from a picture.
//!
//! Shapes: bytes in, pixels out with the size of the page in points. The size is capped before
//! anything is drawn: [`MAX_SIDE`] pixels a side, [`MAX_PIXELS`] in all.
//! Refusals: as in [`super`].

use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{RenderCache, RenderSettings};
use hayro_interpret::InterpreterSettings;
use image::imageops::FilterType;
use image::{DynamicImage, GrayImage, RgbImage};
use relu_record::{Budget, Format, Refusal, RefusalCode};

use crate::{pdf, picture};

/// The renderer counts pixels on 16 bits; well below, a page stays quick to draw.
const MAX_SIDE: f32 = 10_000.0;
/// Most pixels drawn: A3 at 300 dots per inch, and a margin.
const MAX_PIXELS: f32 = 20_000_000.0;

/// How large to draw.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Scale {
    /// At most that many pixels wide.
    Width(u32),
    /// That many dots per inch, less for a page too large.
    Dpi(f32),
}

/// A page drawn.
pub(crate) struct Raster {
    pub image: DynamicImage,
    /// Points per pixel, across and down.
    pub points: (f32, f32),
}

/// Draws one page.
pub(crate) fn draw(
    bytes: &[u8],
    format: Format,
    page: u32,
    scale: Scale,
    budget: &Budget,
) -> Result<Raster, Refusal> {
    match format {
        Format::Pdf => draw_pdf(bytes, page, scale, budget),
        Format::Image => draw_picture(bytes, page, scale, budget),
        _ => {
            Err(Refusal::new(RefusalCode::UnknownFormat, "Ce format n'a pas de pages à afficher."))
        }
    }
}

/// Pixels per point for a page of that size.
fn pixels_per_point(width: f32, height: f32, scale: Scale) -> f32 {
    let wanted = match scale {
        Scale::Width(pixels) => (pixels.clamp(16, 8_000) as f32) / width.max(1.0),
        Scale::Dpi(dpi) => dpi / 72.0,
    };
    let by_side = MAX_SIDE / width.max(height).max(1.0);
    let by_area = (MAX_PIXELS / (width * height).max(1.0)).sqrt();
    wanted.min(by_side).min(by_area)
}

fn draw_pdf(bytes: &[u8], page: u32, scale: Scale, budget: &Budget) -> Result<Raster, Refusal> {
    let opened = pdf::open(bytes)?;
    let pages = opened.pdf.pages();
    let page =
        usize::try_from(page).ok().and_then(|p| pages.get(p)).ok_or_else(picture::no_such_page)?;
    let (width, height) = page.render_dimensions();
    let zoom = pixels_per_point(width, height, scale);
    let side = |points: f32| (points * zoom).round().clamp(1.0, MAX_SIDE) as u16;
    let (w, h) = (side(width), side(height));
    budget.output(u64::from(w) * u64::from(h) * 4).map_err(|_| too_large())?;
    let settings = RenderSettings {
        x_scale: f32::from(w) / width.max(1.0),
        y_scale: f32::from(h) / height.max(1.0),
        width: Some(w),
        height: Some(h),
        bg_color: WHITE,
    };
    let drawn =
        hayro::render(page, &RenderCache::new(), &InterpreterSettings::default(), &settings);
    let image =
        opaque(drawn.data_as_u8_slice(), u32::from(w), u32::from(h)).ok_or_else(too_large)?;
    Ok(Raster { image, points: (width / f32::from(w), height / f32::from(h)) })
}

/// Opaque pixels without their fourth byte; in grey when the page has no colour.
fn opaque(rgba: &[u8], width: u32, height: u32) -> Option<DynamicImage> {
    let grey = rgba.chunks_exact(4).all(|p| p[0] == p[1] && p[1] == p[2]);
    if grey {
        let pixels = rgba.iter().step_by(4).copied().collect();
        return Some(DynamicImage::ImageLuma8(GrayImage::from_raw(width, height, pixels)?));
    }
    let mut pixels = Vec::with_capacity(rgba.len() / 4 * 3);
    for p in rgba.chunks_exact(4) {
        pixels.extend_from_slice(&p[..3]);
    }
    Some(DynamicImage::ImageRgb8(RgbImage::from_raw(width, height, pixels)?))
}

fn draw_picture(bytes: &[u8], page: u32, scale: Scale, budget: &Budget) -> Result<Raster, Refusal> {
    let (image, frame) = picture::decode(bytes, page, budget)?;
    let (across, down) = frame.resolution();
    let width = image.width() as f32 * 72.0 / across;
    let height = image.height() as f32 * 72.0 / down;
    let zoom = pixels_per_point(width, height, scale);
    let side = |points: f32| (points * zoom).round().clamp(1.0, MAX_SIDE) as u32;
    let mut size = (side(width), side(height));
    // More pixels than the picture has show nothing more, except a fax's flat ones.
    if size.0 > image.width() && size.1 > image.height() && matches!(scale, Scale::Width(_)) {
        size = (image.width(), image.height());
    }
    let image = match image {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageRgb8(_) => image,
        DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(image.to_luma8()),
        // Transparent parts are paper.
        other => DynamicImage::ImageRgb8(on_white(&other)),
    };
    let image = if size == (image.width(), image.height()) {
        image
    } else {
        image.resize_exact(size.0, size.1, FilterType::Triangle)
    };
    Ok(Raster { points: (width / size.0 as f32, height / size.1 as f32), image })
}

fn on_white(image: &DynamicImage) -> RgbImage {
    let rgba = image.to_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [r, g, b, a] = rgba.get_pixel(x, y).0;
        let over = |c: u8| ((u16::from(c) * u16::from(a) + 255 * (255 - u16::from(a))) / 255) as u8;
        image::Rgb([over(r), over(g), over(b)])
    })
}

fn too_large() -> Refusal {
    Refusal::new(RefusalCode::TooLarge, "La page est trop grande pour être dessinée.")
}
